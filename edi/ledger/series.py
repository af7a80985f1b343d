"""Control numbers, given one after the other: without a gap, and never twice, however many processes ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from edi.ledger.tables import InterchangeRow, SeriesRow

HIGHEST: Final = 999_999_999
"""ISA13 has nine digits; behind the highest comes 1."""
_NONE_YET: Final = ("", "", "")
"""Stands for every series of which no number was given."""
_DIGITS: Final = "0123456789"


def next_number(session: Session, sender: tuple[str, str], receiver: tuple[str, str], usage: str) -> int:
    """The next number of a series, in a session that alone writes; what the session does not keep is given again.

    Sender and receiver are qualifier and id (ISA05 to 08), `usage` is ISA15. A series begins behind the highest number that the
    ledger saw in an interchange from this sender to this receiver, and behind what was left out.
    """
    name = (":".join(sender), ":".join(receiver), usage)
    row = session.get(SeriesRow, name)
    if row is None:
        left_out = session.get(SeriesRow, _NONE_YET)
        begin = _highest(session, sender[1], receiver[1], usage) + (left_out.last if left_out else 0)
        row = SeriesRow(sender=name[0], receiver=name[1], usage=usage, last=begin)
        session.add(row)
    # Held, or the session would forget it as soon as it is written, and ask for it again.
    session.info.setdefault(SeriesRow, {})[name] = row
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


def leave_out(session: Session, count: int) -> int:
    """Have every series go on so many numbers further on, also those of which none was given; how many others there are."""
    rows = session.execute(select(SeriesRow)).scalars().all()
    if all((row.sender, row.receiver, row.usage) != _NONE_YET for row in rows):
        sender, receiver, usage = _NONE_YET
        session.add(SeriesRow(sender=sender, receiver=receiver, usage=usage, last=count))
    for row in rows:
        row.last = (row.last + count - 1) % HIGHEST + 1
    return sum(row.sender != "" for row in rows)


def _highest(session: Session, sender: str, receiver: str, usage: str) -> int:
    """The highest number (ISA13) of the interchanges that were taken; 0 where there is none."""
    control = col(InterchangeRow.control)
    digits = func.ltrim(control, "0")
    seen = (
        select(control)
        .where(col(InterchangeRow.sender) == sender, col(InterchangeRow.receiver) == receiver, col(InterchangeRow.usage) == usage)
        .where(control != "", func.ltrim(control, _DIGITS) == "")
        .order_by(func.length(digits).desc(), digits.desc())
        .limit(1)
    )
    return int(session.execute(seen).scalar() or 0)
