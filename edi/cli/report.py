"""edi report: figures over all that the ledger knows."""

from __future__ import annotations

import json
from datetime import datetime

import click

from edi.cli.options import Group, ledger_option, output_option, writing

__all__ = ["report"]

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(cls=Group)
def report() -> None:
    """Figures over all that the ledger knows."""


@report.command()
@click.option("--payer", default="", metavar="ID", help="Only this payer's.")
@click.option("--from", "start", type=_DAY, metavar="DATE", help="Only requests made on this day or later.")
@click.option("--to", "end", type=_DAY, metavar="DATE", help="Only requests made on this day or before.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "csv", "svg"]), default="text", show_default=True,
    help="For people, for programs, for a spreadsheet, or a picture.",
)  # fmt: skip
@output_option(help="The file to write; standard output when not given.")
@ledger_option
def turnaround(
    payer: str, start: datetime | None, end: datetime | None, output_format: str, output: str | None, ledger_url: str
) -> None:
    """How payers decided, and how long they took, as CMS-0057-F asks payers to publish; standard and expedited apart.

    A payer's public figures can be held against them. Shares are of all requests; times run from a request to its decision.
    """
    from edi.ledger import Ledger
    from edi.reports.turnaround import to_csv, to_svg, to_text

    first, last = start.date() if start else None, end.date() if end else None
    with Ledger(ledger_url) as kept:
        found = kept.turnaround(payer=payer, start=first, end=last)
    if output_format == "json":
        span = {"from": first.isoformat() if first else None, "to": last.isoformat() if last else None}
        text = json.dumps({"version": 1, **span, "payers": [one.to_json() for one in found]}, indent=2) + "\n"
    elif output_format == "csv":
        text = to_csv(found)
    elif output_format == "svg":
        text = to_svg(found)
    else:
        text = "\n".join(to_text(found)) + "\n" if found else "No request in the ledger in this time.\n"
    with writing(output or "-") as file:
        file.write(text.encode())
