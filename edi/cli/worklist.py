"""edi worklist: what a coordinator does next."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import click

from edi.cli.options import Command, format_option, ledger_option

__all__ = ["worklist"]


@click.command(cls=Command)
@ledger_option
@format_option
def worklist(ledger_url: str, output_format: str) -> None:
    """Show what is to be done next.

    That is: denials, claims that could not be linked, requests without a decision. What is late comes first, then the most
    money; where that is equal or not known, the nearest deadline.
    """
    from edi.ledger import Ledger

    today = date.today()
    with Ledger(ledger_url) as kept:
        items = kept.worklist(today)
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
