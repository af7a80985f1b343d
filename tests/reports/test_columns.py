"""Amounts, quantities and dates as a biller writes them, and rows that line up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edi.linkage.verdict import money as plain
from edi.reports.columns import columns, counted, dates, money, number, safe

LONG = "9" * 38
"""More digits than Python's decimal numbers are computed with."""


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, ""),
        ("0", "$0.00"),
        ("1234.5", "$1,234.50"),
        ("-4200", "-$4,200.00"),
        ("100000000000000000000000000000000000.01", "$100,000,000,000,000,000,000,000,000,000,000,000.01"),
        ("-100000000000000000000000000000000000.01", "-$100,000,000,000,000,000,000,000,000,000,000,000.01"),
    ],
)
def test_money(amount: str | None, text: str) -> None:
    assert money(None if amount is None else Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("150", "150.00"), ("1.5", "1.50"), ("-0.125", "-0.125"), ("1E+2", "100.00"), (LONG, f"{LONG}.00")]
)
def test_money_for_programs(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, ""), ("6", "6"), ("6.00", "6"), ("100", "100"), ("1E+2", "100"), ("2.50", "2.5"), ("-1", "-1"), (LONG, LONG)],
)
def test_a_quantity_has_no_needless_zeros(amount: str | None, text: str) -> None:
    assert number(None if amount is None else Decimal(amount)) == text


def test_dates() -> None:
    first, last = date(2026, 3, 1), date(2026, 5, 31)
    assert dates(first, last) == "2026-03-01 to 2026-05-31"
    assert dates(first, first) == "2026-03-01"
    assert dates(first, date.max) == dates(first, None) == "from 2026-03-01"
    assert dates(date.min, last) == dates(None, last) == "until 2026-05-31"
    assert dates(None, None) == ""


def test_counts() -> None:
    assert [counted(n, "claim") for n in (0, 1, 2, 1000)] == ["0 claims", "1 claim", "2 claims", "1,000 claims"]


def test_columns_line_up_and_obey_nobody() -> None:
    assert list(columns(("who", "amount"), [("A\x1b[2J", "$1.00"), ("BB", "$10.00")], right=[1])) == [
        "who       amount",
        "A\\x1b[2J   $1.00",
        "BB        $10.00",
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=cmd|' /c calc'!A0", "'=cmd|' /c calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\tx", "'\tx"),
        ("S\x1b]0;x\x07\x9b31m", "S\\x1b]0;x\\x07\\x9b31m"),
        ("\r=1", "'\\x0d=1"),
        ("JOS\xc9\xa0A-B", "JOS\xc9\xa0A-B"),
        (Decimal("-1.50"), Decimal("-1.50")),
    ],
)
def test_a_cell_of_csv_does_nothing_to_a_spreadsheet_or_terminal(cell: object, text: object) -> None:
    assert safe(cell) == text
