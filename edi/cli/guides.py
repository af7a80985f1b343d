"""edi guides: implementation guides listed, shown, linted, and derived from pyx12's maps."""

from __future__ import annotations

import click

from edi.cli.options import FINDINGS, Command, Group, output_option, writing

__all__ = ["guides"]


def _names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """The names of guides that a shell proposes."""
    from edi.resources import guide_names

    return [name for name in guide_names() if name.startswith(begun)]


@click.group(cls=Group)
def guides() -> None:
    """Implementation guides: which there are, what they say."""


@guides.command("list", cls=Command)
def list_guides() -> None:
    """The guides that come with the program: name, versions, what they are for."""
    from edi.guides.guide import guides as shipped

    rows = [(g.name, " ".join(g.versions), g.label) for g in shipped()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, versions, label in rows:
        click.echo(f"{name:<{widths[0]}}  {versions:<{widths[1]}}  {label}")


@guides.command(cls=Command)
@click.argument("guide", shell_complete=_names)
@click.argument("path", default="")
def show(guide: str, path: str) -> None:
    """Show GUIDE as a tree, or what stands at PATH in it.

    GUIDE is its name (837/professional), the name's first or last half, or a .guide file. A PATH names a loop (2300), a
    segment (2300/REF[G1], or REF[G1] wherever it stands) or an element (CLM-05).
    """
    from edi.guides.guide import find
    from edi.guides.showing import show

    for line in show(find(guide), path):
        click.echo(line)


@guides.command(cls=Command)
@click.argument("named", metavar="[GUIDE]...", nargs=-1, shell_complete=_names)
def lint(named: tuple[str, ...]) -> int:
    """Look for what is wrong with a guide itself.

    GUIDE is its name or a .guide file; when none is named, every shipped guide and the dictionary are read. Found are uses
    that no document could satisfy, choices that could be read two ways, what can never be reached, codes that do not fit
    their element, elements that the dictionary does not have, and units that the engine cannot tell apart.
    """
    from edi.guides.lint import lint_everything, lint_named
    from edi.reports.text import printable

    found = [finding for name in named for finding in lint_named(name)] if named else list(lint_everything())
    for finding in found:
        click.echo("\n".join(map(printable, str(finding).split("\n"))))
    if not found:
        click.echo("nothing found")
    return FINDINGS if found else 0


@guides.command("import", cls=Command)
@click.argument("map_file", metavar="MAP.xml")
@output_option(help="The .guide file to write; standard output when not given.")
def import_map(map_file: str, output: str | None) -> None:
    """Derive a first guide from a map (XML) of the pyx12 validator.

    Either of pyx12's two formats will do.
    """
    from edi.guides.guide import parse
    from edi.guides.pyx12_map import guide_text

    text = guide_text(map_file)
    parse(text, output or f"{map_file}.guide")  # what is written can be read
    with writing(output or "-") as file:
        file.write(text.encode())
