"""Rows that are packed by part are what a tuple of them is, also where some of their claims were decided again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from edi.linkage.rows import PartRows, Rows, heads, left, pack, told
from edi.linkage.verdict import Row, Verdict, totals

LINKED, KNOWN, MISSING = Verdict.LINKED, Verdict.ALREADY_LINKED, Verdict.MISSING


def row(claim: int, line: str | None, verdict: Verdict) -> Row:
    return Row(
        claim=f"C-{claim}",
        transaction="0001",
        payer="P",
        line=line,
        verdict=verdict,
        written=verdict is LINKED,
        amount=Decimal("80.50"),
        offset=claim * 100,
    )


ROWS = (
    (row(1, None, KNOWN),),
    (row(2, "1", LINKED), row(2, "2", MISSING), row(2, "3", KNOWN)),
    (),
    (row(3, None, MISSING),),
    (row(4, None, LINKED),),
)
AGAIN = {
    "none": {},
    "others": {1: (row(2, None, MISSING),), 4: (row(4, "1", KNOWN), row(4, "2", LINKED))},
    "no rows": {0: (), 3: ()},
    "all": dict(enumerate(ROWS)),
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_packed_rows_are_the_rows(again: dict[int, tuple[Row, ...]]) -> None:
    behind = (row(9, None, MISSING), row(9, None, KNOWN))
    expected = tuple(one for n, mine in enumerate(ROWS) for one in again.get(n, mine)) + behind
    rows = Rows([PartRows(pack(ROWS), again), behind])
    assert (tuple(rows), len(rows), bool(rows), rows[0], rows[-2:]) == (expected, len(expected), True, expected[0], behind)
    assert [(head.claim, head.offset, head.verdict, head.amount) for head in heads(rows)] == [
        (one.claim, one.offset, one.verdict, one.amount) for one in expected
    ]
    assert totals(heads(rows)) == totals(expected)
    assert list(left(rows)) == list(left(expected)) == [one for one in expected if not one.verdict.settled]
    assert list(told(Rows([rows, ()]))) == list(told(expected))


def test_of_parts_without_rows_there_are_none() -> None:
    rows = Rows([PartRows(pack([(), ()]), {}), ()])
    assert (len(rows), bool(rows), tuple(rows)) == (0, False, ())


def test_an_amount_comes_back_with_its_places() -> None:
    (one,) = heads(Rows([PartRows(pack([(replace(ROWS[0][0], amount=Decimal("1E+2")),)]), {})]))
    assert str(one.amount) == "1E+2"
