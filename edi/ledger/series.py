"""Control numbers, given one after the other: without a gap, and never twice, however many processes ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.tables import InterchangeRow, SeriesRow

HIGHEST: Final = 999_999_999
"""ISA13 has nine digits; behind the highest comes 1."""


def next_number(session: Session, sender: tuple[str, str], receiver: tuple[str, str], usage: str) -> int:
    """The next number of a series, in a session that alone writes; what the session does not keep is given again.

    Sender and receiver are qualifier and id (ISA05 to 08), `usage` is ISA15. A series begins behind the highest number that the
    ledger saw in an interchange from this sender to this receiver.
    """
    name = (":".join(sender), ":".join(receiver), usage)
    row = session.get(SeriesRow, name)
    if row is None:
        row = SeriesRow(sender=name[0], receiver=name[1], usage=usage, last=_highest(session, sender[1], receiver[1], usage))
        session.add(row)
    row.last = row.last % HIGHEST + 1
    return row.last


def next_of_all(session: Session, series: Iterable[tuple[tuple[str, str], tuple[str, str], str]]) -> int:
    """A number that is next in several series (sender, receiver, usage), and given in all of them."""
    names = list(dict.fromkeys(series))
    number = max(next_number(session, *name) for name in names)
    for sender, receiver, usage in names:
        row = session.get(SeriesRow, (":".join(sender), ":".join(receiver), usage))
        assert row is not None
        row.last = number
    return number


def _highest(session: Session, sender: str, receiver: str, usage: str) -> int:
    """The highest number (ISA13) of the interchanges that were taken; 0 where there is none."""
    seen = select(col(InterchangeRow.control)).where(
        col(InterchangeRow.sender) == sender, col(InterchangeRow.receiver) == receiver, col(InterchangeRow.usage) == usage
    )
    return max((int(control) for control in session.execute(seen).scalars() if control.isdecimal()), default=0)
