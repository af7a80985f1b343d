"""edi worlds: invented payers, patients, authorizations, claims and payments of which it is known what is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edi.cli.options import FINDINGS, Group, folder_to_write, format_option

if TYPE_CHECKING:  # imported when the command runs
    from edi.jobs.worlds.checking import Checked
    from edi.jobs.worlds.truth import Difference

__all__ = ["worlds"]

_MOST_SHOWN = 50


@click.group(cls=Group)
def worlds() -> None:
    """Invented worlds, to try a linker on: what is right of every claim and of every payment is known."""


@worlds.command()
@click.argument("folder", metavar="DIR")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed and size make the same bytes.")
@click.option("--size", type=click.IntRange(1), default=200, show_default=True, help="How many claims, or a few more.")
def make(folder: str, seed: int, size: int) -> None:
    """Make a world in DIR: requests, responses, claims, remittances, rules and the truth about each claim and payment.

    DIR may be new, empty, or one in which a world stands: that one is made anew.
    """
    from edi.jobs.worlds.making import make as make_world
    from edi.reports.columns import columns, counted

    made = make_world(folder_to_write(folder), seed=seed, size=size)
    told = (
        counted(made.claims, "claim"),
        counted(made.requests, "request"),
        counted(made.responses, "response"),
        counted(made.payments, "payment"),
    )
    click.echo(f"{folder}: {', '.join(told)}")
    rows = [(verdict, str(count)) for verdict, count in sorted(made.verdicts.items(), key=lambda one: (-one[1], one[0]))]
    for line in list(columns(("", ""), rows, right=[1]))[1:]:
        click.echo(f"  {line}")


@worlds.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--linked", metavar="FOLDER", help="Linked copies of DIR/claims, by the same names: only their numbers are compared."
)
@click.option("--replace", is_flag=True, help="Wrong numbers may be written over: what fits is right in their place.")
@format_option
def check(folder: str, linked: str | None, replace: bool, output_format: str) -> int:
    """Link the claims of the world in DIR, match its remittances, and say what is not as its truth has it.

    That is done in ledgers that are thrown away. With --linked nothing is linked or matched: the numbers in claims that
    something else linked are compared.

    Exit codes: 0 all is right, 1 something differs, 2 DIR is no world.
    """
    from edi.jobs.worlds.checking import check as check_world

    checked = check_world(Path(folder), Path(linked) if linked else None, replace=replace)
    if output_format == "json":
        click.echo(json.dumps({**checked.to_json(), "path": folder}, indent=2))
    else:
        _tell(folder, checked)
    return 0 if checked.fine else FINDINGS


def _tell(folder: str, checked: Checked) -> None:
    """The differences, and in the end how many there are."""
    from edi.reports.columns import counted

    differences: list[Difference] = [*checked.differences, *checked.remittances.missed]
    for one in differences[:_MOST_SHOWN]:
        where = f" {one.where}" if one.where else ""
        click.echo(f"{one.truth.file}: {one.truth.claim}{where} ({one.truth.story}): {one.what}")
        click.echo(f"    right: {one.right or 'none'}; found: {one.found or 'none'}")
        if one.said:
            click.echo(f"    {one.said}")
    if (more := len(differences) - _MOST_SHOWN) > 0:
        click.echo(f"... and {more} more")
    told = [counted(checked.claims, "claim")]
    if checked.judged:
        told.append(f"{checked.right:.2%} of them with the right verdict")
    told.append(f"{counted(checked.wrong_numbers, 'wrong number')} written")
    told.append(counted(len(checked.differences), "difference"))
    click.echo(f"{folder}: {', '.join(told)}")
    matched = checked.remittances
    if matched.payments:
        click.echo(
            f"{folder}: {counted(matched.payments, 'payment')}, {counted(matched.denials, 'denial')}, "
            f"{matched.right:.2%} of them with the right kind and cause, "
            f"{counted(matched.false_matches, 'false match', 'false matches')}, {counted(len(matched.missed), 'difference')}"
        )
    if matched.twice:
        click.echo(f"{folder}: {counted(matched.twice, 'payment')} counted twice, for coming in two envelopes")
