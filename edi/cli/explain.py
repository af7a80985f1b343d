"""edi-validate explain: what the codes of problems mean."""

from __future__ import annotations

import click

from edi.cli.options import IMPOSSIBLE, Command, refuse

__all__ = ["explain"]


def _codes(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """The codes that a shell proposes."""
    from edi.guides.explaining import explanations

    return [code for code in explanations() if code.startswith(begun)]


@click.command(cls=Command)
@click.argument("codes", metavar="CODE...", nargs=-1, required=True, shell_complete=_codes)
def explain(codes: tuple[str, ...]) -> int:
    """Say what a problem's CODE finds, why that matters, how to mend it, and give an example."""
    from edi.guides.explaining import explanation, similar

    result = 0
    for number, code in enumerate(codes):
        meaning = explanation(code)
        if meaning is None:
            near = similar(code)
            refuse(f"There is no problem {code!r}{f'; did you mean {near[0]}?' if near else '.'}")
            result = IMPOSSIBLE
            continue
        blank = "\n" if number else ""
        click.echo(f"{blank}{meaning.code}, level {meaning.level}")
        for word in ("finds", "why", "mend", "example"):
            if said := getattr(meaning, word):
                click.echo(f"  {word:<8} {said}")
    return result
