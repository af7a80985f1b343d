"""Rows of text in columns that line up, for people; amounts and dates as a biller writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from edi.reports.text import printable

__all__ = ["columns", "counted", "dates", "money", "number", "safe"]

_BETWEEN = "  "
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would compute."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What does something to a terminal; tabs and line breaks do not."""


def columns(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> Iterator[str]:
    """Lines, the head first; the columns numbered in `right` (from 0) end together, the others begin together."""
    table = [tuple(head), *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    flush = set(right)
    for row in table:
        cells = (
            cell.rjust(width) if at in flush else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield _BETWEEN.join(cells).rstrip()


def money(amount: Decimal | None) -> str:
    """$1,234.50; "" for what is not known."""
    if amount is None:
        return ""
    return f"-${amount.copy_abs():,.2f}" if amount < 0 else f"${amount:,.2f}"


def number(amount: Decimal | None) -> str:
    """A quantity without needless zeros; "" for what is not known."""
    if amount is None:
        return ""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def dates(start: date | None, end: date | None) -> str:
    """2026-03-01, "2026-03-01 to 2026-05-31", "from 2026-03-01" without an end; "" for what is not known."""
    if start is None and end is None:
        return ""
    if start == end:
        return str(start)
    if end is None or end == date.max:
        return f"from {start}"
    return f"{start} to {end}" if start and start != date.min else f"until {end}"


def counted(count: int, word: str, plural: str = "") -> str:
    """1 claim, 2 claims, 1,000 claims."""
    return f"{count:,} {word if count == 1 else plural or word + 's'}"


def safe(cell: object) -> object:
    """A cell of CSV that no spreadsheet takes for a formula, and that does nothing to a terminal."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", cell)
    return f"'{text}" if cell.startswith(_FORMULAS) else text
