"""Which remittances are one payer's, by id or by name."""

from __future__ import annotations

from typing import NamedTuple

from edi.ledger.payments.payers import by_payer


class Row(NamedTuple):
    payer_id: str
    payer_name: str


def test_by_id_or_by_name() -> None:
    rows = [Row("A1", "ALDER PLAN"), Row("", "Alder Plan"), Row("B2", "BIRCH PLAN"), Row("A9", "ALDER-PLAN"), Row("A9", "ALDER")]
    alder, birch = sorted(by_payer(rows), key=len, reverse=True)
    assert set(alder) == {rows[0], rows[1], rows[3], rows[4]}
    assert birch == [rows[2]]


def test_what_says_nothing_is_not_everybodys() -> None:
    assert len(by_payer([Row("A1", "ALDER PLAN"), Row("", "BIRCH PLAN")])) == 2
    assert len(by_payer([Row("", ""), Row("A1", "ALDER PLAN")])) == 2
