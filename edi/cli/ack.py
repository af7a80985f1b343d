"""edi ack: what acknowledgments that were received say."""

from __future__ import annotations

import json
from typing import Any

import click

from edi.cli.options import FINDINGS, IMPOSSIBLE, Command, Group, format_option, refuse, sentence, sources_argument

__all__ = ["ack"]


@click.group(cls=Group)
def ack() -> None:
    """Acknowledgments (TA1, 999, 277CA) of what was sent."""


@ack.command(cls=Command)
@sources_argument
@format_option
@click.option("--values", is_flag=True, help="Show what was found, and free text, also where it is about a person (PHI).")
def read(sources: tuple[str, ...], output_format: str, values: bool) -> int:
    """Say what acknowledgments tell about what was sent.

    Which interchange, group, transaction set or claim was accepted or not, and each fault with its place, in words. - as PATH is
    standard input.

    Exit codes: 0 all was accepted, 1 something was rejected, 2 a file could not be read or holds no acknowledgment.
    """
    code, files = 0, []
    for source in sources:
        try:
            found = _read(source, as_text=output_format == "text", values=values)
        except Exception as error:  # one file's misfortune: the others are read, and JSON stays one document
            said = sentence(error)
            refuse(said)
            files.append({"path": source, "error": said})
            code = IMPOSSIBLE
        else:
            files.append(found)
            code = max(code, FINDINGS if found["rejected"] else 0)
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "files": files}, indent=2))
    return code


def _read(source: str, *, as_text: bool, values: bool) -> dict[str, Any]:
    """One file: its lines are written as it is read, or its acknowledgments kept as JSON."""
    from edi.errors import EdiError
    from edi.records.received import read_acknowledgments
    from edi.reports.acknowledgments import lines, refuses, to_json
    from edi.reports.text import named

    kept: list[dict[str, Any]] = []
    count, rejected = 0, False
    for one in read_acknowledgments(source):
        count += 1
        rejected |= refuses(one)
        if as_text:
            click.echo("\n".join(f"{named(source)}: {line}" for line in lines(one, values=values)))
        else:
            kept.append(to_json(one, values=values))
    if not count:
        raise EdiError(f"{named(source)}: there is no TA1, 999 or 277CA in it.")
    return {"path": source, "rejected": rejected, "acknowledgments": kept}
