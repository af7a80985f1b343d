"""Payments that are told by a few of their facts come to the same as those that are judged as records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.payments import judging, pairs, plain, reading
from edi.ledger.storing import table_of
from edi.ledger.tables import ClaimRow, FindingRow, PaymentRow, WorkRow
from edi.records.claim import Claim
from edi.records.parties import Party
from edi.records.remittance import Payment
from edi.records.services import Period, Procedure
from tests.ledger.conftest import CLINIC, PATIENT, Made

MADE = Made()
CLAIM, PAYMENT = MADE.claim(), MADE.payment("CLAIM1", MADE.adjustment("45", "20.00"))
MAY = Period(start=date(2026, 5, 4), end=date(2026, 5, 4))
LATER = {"trace": "CHECK2", "produced_on": date(2026, 5, 1)}
Case = tuple[Sequence[Claim], Sequence[Payment], int]
"""Claims, payments, and how many of these are plain."""


def on_line(payment: Payment = PAYMENT, **changes: Any) -> Payment:
    return replace(payment, lines=tuple(replace(line, **changes) for line in payment.lines))


CASES: dict[str, Case] = {
    "paid": ([CLAIM], [PAYMENT], 1),
    "paid to the cent": ([CLAIM], [replace(PAYMENT, charge=Decimal("80"))], 1),
    "without a control number": ([CLAIM], [on_line(control_number="")], 1),
    "of a member, the name cut": ([CLAIM], [replace(PAYMENT, patient=replace(PATIENT, last_name="QUI"))], 0),
    "another charge": ([CLAIM], [replace(PAYMENT, charge=Decimal(90))], 0),
    "another patient": ([CLAIM], [replace(PAYMENT, patient=replace(PATIENT, member_id="W999"))], 0),
    "another of the family": ([CLAIM], [replace(PAYMENT, patient=replace(PATIENT, first_name="OTIS"))], 0),
    "another payee": ([CLAIM], [replace(PAYMENT, payee=replace(CLINIC, id="1234567802"))], 0),
    "another payer": ([CLAIM], [replace(PAYMENT, payer=Party(role="PR", name="OAK", id="OAK1"))], 0),
    "a payer by its name": ([CLAIM], [replace(PAYMENT, payer=Party(role="PR", name="MAPLE HEALTH"))], 1),
    "other dates": ([CLAIM], [on_line(period=MAY)], 0),
    "another code": ([CLAIM], [on_line(control_number="", procedure=Procedure(code="97112"))], 0),
    "another control number": ([replace(CLAIM, lines=(MADE.line("2"), MADE.line("1")))], [PAYMENT], 0),
    "a damaged number": ([CLAIM], [replace(PAYMENT, claim="claim-1")], 0),
    "denied": ([CLAIM], [MADE.payment("CLAIM1", MADE.adjustment())], 0),
    "cut": ([CLAIM], [MADE.payment("CLAIM1", MADE.adjustment("50", "5.00"))], 0),
    "cut where a remark says so": (
        [CLAIM],
        [on_line(MADE.payment("CLAIM1", MADE.adjustment("96", "5.00")), remarks=("M62",))],
        0,
    ),
    "the patient is not known": ([CLAIM], [replace(PAYMENT, status="4", paid=Decimal(0))], 0),
    "no claim": ([], [PAYMENT], 0),
    "sent twice": ([CLAIM, replace(CLAIM, frequency="7", original="PCLAIM1")], [PAYMENT], 0),
    "answered twice": ([CLAIM], [MADE.payment("CLAIM1", MADE.adjustment()), replace(PAYMENT, **LATER)], 0),
    "taken back": ([CLAIM], [PAYMENT, replace(PAYMENT, status="22", charge=Decimal(-80), paid=Decimal(-60), **LATER)], 0),
    "two claims": (
        [CLAIM, replace(CLAIM, id="CLAIM2")],
        [PAYMENT, MADE.payment("CLAIM2", MADE.adjustment(), **LATER)],
        1,
    ),
}


def contents(url: str) -> dict[str, list[Any]]:
    """The rows of the tables that payments have something to do with."""
    with Database(url).reading() as session:
        tables = map(table_of, (PaymentRow, FindingRow, WorkRow, ClaimRow))
        return {table.name: [tuple(row) for row in session.execute(select(table))] for table in tables}


@pytest.mark.parametrize(("claims", "payments", "count"), CASES.values(), ids=CASES)
def test_what_is_plain_comes_to_the_same(
    claims: Sequence[Claim], payments: Sequence[Payment], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def told(session: Session, rows: Sequence[Any], pair_of: Callable[[int], int]) -> list[plain.Plain]:
        kept = plain.keep_plain(session, rows, pair_of)
        found.append(len(kept))
        return kept

    def none(session: Session, rows: Sequence[Any], pair_of: Callable[[int], int]) -> list[plain.Plain]:
        return []

    def unknown(session: Session, rows: Sequence[Any]) -> list[None]:
        return [None] * len(rows)

    rows = []
    for name, keep, known in (("plain", told, pairs.pairs), ("found out", told, unknown), ("judged", none, unknown)):
        monkeypatch.setattr(judging, "keep_plain", keep)
        monkeypatch.setattr(reading, "pairs", known)
        url = f"sqlite:///{tmp_path / name}.db"
        with Ledger(url) as ledger:
            ledger.record_claims(claims)
            ledger.record_payments(payments)
            rows.append([contents(url), [one._asdict() for one in ledger.matches()]])
    assert (found[0], found[1]) == (count, count)
    assert rows[0] == rows[1] == rows[2]


def test_a_payment_that_was_plain_is_judged_when_another_comes(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/edi.db") as ledger:
        ledger.record_claims([CLAIM])
        ledger.record_payments([PAYMENT])
        assert ledger.worklist(date(2026, 5, 2)) == []
        ledger.record_payments([MADE.payment("CLAIM1", MADE.adjustment(), **LATER)])
        assert [item.reason for item in ledger.worklist(date(2026, 5, 2))] == ["authorization-missing: never-requested"]
