"""Authorizations that end soon or are nearly used, noted in the rows of the claims that they fit: a note, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from edi.linkage.misfit import Remaining, plain
from edi.linkage.quantities import counted
from edi.linkage.verdict import Row

NEARLY: Final = Decimal("0.2")
"""The share of what is certified of which no more is left where it is nearly used."""


def noted(rows: Iterable[Row], today: date, days: int) -> tuple[Row, ...]:
    """The rows, with a note where the authorization ends within so many days from today, or is nearly used."""
    return tuple(_noted(row, today, days) for row in rows)


def _noted(row: Row, today: date, days: int) -> Row:
    if row.remaining is None:
        return row
    notes = tuple(f"{row.authorization} {said}." for said in _said(row.remaining, today, days))
    return replace(row, notes=notes) if notes else row


def _said(remaining: Remaining, today: date, days: int) -> list[str]:
    said = []
    if remaining.until is not None and 0 <= (ahead := (remaining.until - today).days) <= days:
        when = ("today", "tomorrow")[ahead] if ahead < 2 else f"in {ahead} days"
        said.append(f"ends on {remaining.until}, {when}")
    of, left = remaining.of, remaining.left
    if of is not None and left is not None and of > 1 and left <= of * NEARLY:  # one of one, an operation, is no end of a series
        said.append(f"has {plain(left) if left else 'nothing'} left of {counted(of, remaining.unit)}")
    return said
