"""Which sent claims a payment is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.payments import sent
from edi.ledger.reading import reader
from tests.ledger.conftest import PATIENT, Made


def test_the_ordinal_of_a_line_finds_no_claims(ledger_url: str, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Practices number lines 1, 2, 3: a payment whose own number is lost is not compared with all claims that there are."""
    line = made.line(control_number="1")
    people = [replace(PATIENT, last_name=f"REED{n}", member_id=f"W2{n:06d}") for n in range(30)]
    others = [made.claim(f"OTHER-{n}", subscriber=one, patient=one, lines=(line,)) for n, one in enumerate(people)]
    with Ledger(ledger_url) as ledger:
        ledger.record_claims([*others, made.claim("CLAIM-OWN-1", lines=(line,))], now=made.now)
    read: list[int] = []

    def counted(session: Session, kind: type[Any]) -> Callable[[int, str], Any]:
        of = reader(session, kind)
        return lambda id, record: (read.append(id), of(id, record))[1]

    monkeypatch.setattr(sent, "reader", counted)
    payment = made.payment("0", payer_claim="")
    payment = replace(payment, lines=(replace(payment.lines[0], control_number="1"),))
    database = Database(ledger_url)
    with database.reading() as session:
        assert [claim.id for _, claim in sent.SentClaims(session, [payment]).of(payment)] == ["CLAIM-OWN-1"]
    database.close()
    assert len(read) == 1
