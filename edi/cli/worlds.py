"""edi worlds: invented payers, patients, authorizations and claims of which the right verdicts are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edi.cli.options import FINDINGS, Group, format_option

if TYPE_CHECKING:  # imported when the command runs
    from edi.jobs.worlds.checking import Checked

__all__ = ["worlds"]

_MOST_SHOWN = 50


@click.group(cls=Group)
def worlds() -> None:
    """Invented worlds, to try a linker on: the right verdict of every claim is known."""


@worlds.command()
@click.argument("folder", metavar="DIR")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed and size make the same bytes.")
@click.option("--size", type=click.IntRange(1), default=200, show_default=True, help="How many claims, or a few more.")
def make(folder: str, seed: int, size: int) -> None:
    """Make a world in DIR: requests, responses, claims, rules and the truth about each claim.

    DIR may be new, empty, or one in which a world stands: that one is made anew.
    """
    from edi.jobs.worlds.making import make as make_world
    from edi.reports.columns import columns, counted

    made = make_world(Path(folder), seed=seed, size=size)
    claims, requests, responses = (
        counted(made.claims, "claim"),
        counted(made.requests, "request"),
        counted(made.responses, "response"),
    )
    click.echo(f"{folder}: {claims}, {requests}, {responses}")
    rows = [(verdict, str(count)) for verdict, count in sorted(made.verdicts.items(), key=lambda one: (-one[1], one[0]))]
    for line in list(columns(("", ""), rows, right=[1]))[1:]:
        click.echo(f"  {line}")


@worlds.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--linked", metavar="FOLDER", help="Linked copies of DIR/claims, by the same names: only their numbers are compared."
)
@format_option
def check(folder: str, linked: str | None, output_format: str) -> int:
    """Link the claims of the world in DIR, in a ledger of its own, and say what is not as its truth has it.

    With --linked nothing is linked: the numbers in claims that something else linked are compared.

    Exit codes: 0 all is right, 1 something differs, 2 DIR is no world.
    """
    from edi.jobs.worlds.checking import check as check_world

    checked = check_world(Path(folder), Path(linked) if linked else None)
    if output_format == "json":
        click.echo(json.dumps({**checked.to_json(), "path": folder}, indent=2))
    else:
        _tell(folder, checked)
    return FINDINGS if checked.differences else 0


def _tell(folder: str, checked: Checked) -> None:
    """The differences, and in the end how many there are."""
    from edi.reports.columns import counted

    for difference in checked.differences[:_MOST_SHOWN]:
        truth = difference.truth
        where = f" {difference.where}" if difference.where else ""
        click.echo(f"{truth.file}: {truth.claim}{where} ({truth.story}): {difference.what}")
        click.echo(f"    right: {difference.right or 'none'}; found: {difference.found or 'none'}")
        if difference.said:
            click.echo(f"    {difference.said}")
    if more := len(checked.differences) - _MOST_SHOWN:
        click.echo(f"... and {more} more" if more > 0 else "", nl=more > 0)
    told = [counted(checked.claims, "claim")]
    if checked.judged:
        told.append(f"{checked.right:.2%} of them with the right verdict")
    told.append(f"{counted(checked.wrong_numbers, 'wrong number')} written")
    told.append(counted(len(checked.differences), "difference"))
    click.echo(f"{folder}: {', '.join(told)}")
