"""Amounts and quantities for people, however many digits they have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from edi.linkage.verdict import money as exactly
from edi.reports.columns import money, number


@pytest.mark.parametrize(
    ("amount", "said"), [("10", "10"), ("10.50", "10.5"), ("100", "100"), ("0.0", "0"), ("1E+3", "1000"), ("9" * 40, "9" * 40)]
)
def test_a_quantity_has_no_needless_zeros(amount: str, said: str) -> None:
    assert number(Decimal(amount)) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [("150", "150.00"), ("-0.5", "-0.50"), ("1.125", "1.125"), ("9" * 40, "9" * 40 + ".00"), ("1E+3", "1000.00")],
)
def test_an_amount_has_cents(amount: str, said: str) -> None:
    assert exactly(Decimal(amount)) == said
    assert money(Decimal(amount)).replace("$", "").replace(",", "")[:4] == said[:4]
