"""edi worklist: what a coordinator does next."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import click

from edi.cli.options import format_option, ledger_option
from edi.cli.settings import Configured, deadlines_of

__all__ = ["worklist"]


@click.command(cls=Configured)
@ledger_option
@format_option
@click.pass_context
def worklist(context: click.Context, ledger_url: str, output_format: str) -> None:
    """Show what is to be done next.

    That is: denials, claims that could not be linked, that were rejected or of which nothing was heard, requests without a
    decision. What is late with us comes first, then the
    most money; where that is equal or not known, the nearest deadline. A request is due when its payer has to answer, by
    [payers] of the settings (docs/authorizations.md).
    """
    from edi.ledger import Ledger

    today = date.today()
    with Ledger(ledger_url) as kept:
        deadlines = deadlines_of(context)
        kept.note_silence(today, deadlines=deadlines, now=datetime.now(UTC))
        items = kept.worklist(today, deadlines=deadlines)
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "items": [item.to_json() for item in items]}, indent=2))
        return
    from edi.reports.columns import columns, counted, money

    if not items:
        click.echo("Nothing to do.")
        return
    rows = [
        (
            money(item.amount),
            _due(item.deadline, today),
            item.claim + (f" line {item.line}" if item.line else "") or item.patient,
            item.authorization,
            item.payer,
            item.reason,
            item.action,
        )
        for item in items
    ]
    head = ("amount", "due", "claim or patient", "authorization", "payer", "why", "what to do")
    for line in columns(head, rows, right=[0]):
        click.echo(line)
    total = sum((item.amount for item in items if item.amount is not None), Decimal(0))
    click.echo(f"\n{counted(len(items), 'item')}, {money(total) if total else 'no amount'} at stake.")


def _due(deadline: date | None, today: date) -> str:
    if deadline is None:
        return ""
    return f"{deadline} (late)" if deadline < today else str(deadline)
