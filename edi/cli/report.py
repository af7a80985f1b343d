"""edi report: figures over all that the ledger knows."""

from __future__ import annotations

import json
from datetime import date, datetime

import click

from edi.cli.options import Group, ledger_option, output_option, today_option, writing

__all__ = ["report"]

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(cls=Group)
def report() -> None:
    """Figures over all that the ledger knows."""


@report.command()
@click.option("--payer", default="", metavar="ID", help="Only this payer's.")
@click.option("--from", "start", type=_DAY, metavar="DATE", help="Only requests made on this day or later.")
@click.option("--until", "end", type=_DAY, metavar="DATE", help="Only requests made on this day or before.")
@click.option("--to", "end_as_before", type=_DAY, hidden=True)  # what it was called
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "csv", "svg"]), default="text", show_default=True,
    help="For people, for programs, for a spreadsheet, or a picture.",
)  # fmt: skip
@output_option(help="The file to write; standard output when not given.")
@ledger_option
def turnaround(
    payer: str,
    start: datetime | None,
    end: datetime | None,
    end_as_before: datetime | None,
    output_format: str,
    output: str | None,
    ledger_url: str,
) -> None:
    """How payers decided, and how long they took, as CMS-0057-F asks payers to publish; standard and expedited apart.

    A payer's public figures can be held against them. Shares are of all requests; times run from a request to its decision.
    """
    from edi.ledger import Ledger
    from edi.reports.turnaround import to_csv, to_svg, to_text

    end = end or end_as_before
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


@report.command()
@click.option("--payer", default="", metavar="ID", help="Only this payer's.")
@click.option("--from", "start", type=_DAY, metavar="DATE", help="Only claims first answered on this day or later.")
@click.option("--until", "end", type=_DAY, metavar="DATE", help="Only claims first answered on this day or before.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True,
    help="For people, for programs, for a spreadsheet, or a page with pictures.",
)  # fmt: skip
@today_option
@output_option(help="The file to write; standard output when not given.")
@ledger_option
def denials(
    payer: str,
    start: datetime | None,
    end: datetime | None,
    output_format: str,
    today: datetime | None,
    output: str | None,
    ledger_url: str,
) -> None:
    """What was denied for want of an authorization or a referral, and what became of it.

    By payer, kind, cause, provider, procedure and month: how many claims, which part of those that were answered; dollars denied,
    and of these recovered, answered otherwise, lost and open; days until they were paid. Each dollar counts once, however often
    it is denied, taken back and denied again. docs/figures.md says what is counted how.
    """
    from edi.ledger import Ledger
    from edi.reports.denials import to_csv, to_text
    from edi.reports.denials_page import to_html

    first, last = start.date() if start else None, end.date() if end else None
    with Ledger(ledger_url) as kept:
        found = kept.denials(today.date() if today else date.today(), payer=payer, start=first, end=last)
    if output_format == "json":
        text = json.dumps(found.to_json(), indent=2) + "\n"
    elif output_format == "csv":
        text = to_csv(found)
    elif output_format == "html":
        text = "".join(to_html(found))
    else:
        text = "\n".join(to_text(found)) + "\n"
    with writing(output or "-") as file:
        file.write(text.encode())
