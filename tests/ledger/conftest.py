"""Invented people, and short ways to make their records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.claim import Claim, ClaimLine, HeldNumber
from edi.records.parties import Party, Person
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.services import Period, Procedure, Quantity

PAYER = Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1")
CLINIC = Party(role="1P", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893")
PATIENT = Person(last_name="QUILL", first_name="NORA", member_id="W1000001", birth_date=date(1981, 4, 5), gender="F")
SPRING = Period(start=date(2026, 3, 1), end=date(2026, 5, 31))
SOME_DAY = date(2026, 3, 9)


@dataclass(frozen=True)
class Made:
    """Makes records; what is not said is as in the example above."""

    now: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def service(self, code: str = "97110", amount: int = 6, **changes: Any) -> CertifiedService:
        made = CertifiedService(
            decision=Decision.CERTIFIED,
            number="A100",
            procedure=Procedure(code=code),
            period=SPRING,
            quantity=Quantity(unit="UN", amount=Decimal(amount)),
        )
        return replace(made, **changes)

    def authorization(self, number: str = "A100", /, **changes: Any) -> Authorization:
        made = Authorization(
            decision=Decision.CERTIFIED,
            number=number,
            category="HS",
            certification_type="I",
            payer=PAYER,
            requester=CLINIC,
            subscriber=PATIENT,
            patient=PATIENT,
            period=SPRING,
            services=(self.service(number=number),),
            traces=(f"T-{number}",),
            request_reference=f"R-{number}",
            issued=date(2026, 2, 20),
        )
        return replace(made, **changes)

    def request(self, number: str = "A100", /, **changes: Any) -> Authorization:
        """The request that `authorization(number)` answers."""
        service = self.service(decision=Decision.UNANSWERED, number="")
        asked = {"decision": Decision.UNANSWERED, "number": "", "services": (service,), "issued": date(2026, 2, 18)}
        return self.authorization(number, **(asked | changes))

    def line(self, number: str = "1", code: str = "97110", units: int = 1, **changes: Any) -> ClaimLine:
        made = ClaimLine(
            number=number,
            procedure=Procedure(code=code),
            charge=Decimal("80.00"),
            quantity=Quantity(unit="UN", amount=Decimal(units)),
            period=Period(start=SOME_DAY, end=SOME_DAY),
            place="11",
            control_number=f"L{number}",
        )
        return replace(made, **changes)

    def claim(self, id: str = "CLAIM1", *, number: str = "", **changes: Any) -> Claim:
        made = Claim(
            id=id,
            transaction="0001",
            charge=Decimal("80.00"),
            place="11",
            place_qualifier="B",
            frequency="1",
            payer=replace(PAYER, role="PR"),
            responsibility="P",
            subscriber=PATIENT,
            patient=PATIENT,
            billing=replace(CLINIC, role="85"),
            lines=(self.line(),),
            period=Period(start=SOME_DAY, end=SOME_DAY),
            authorization=number,
            authorizations=(number,) if number else (),
        )
        return replace(made, **changes)

    def payment(self, claim: str = "CLAIM1", *adjustments: Adjustment, **changes: Any) -> Payment:
        paid = Decimal("80.00") - sum((a.amount for a in adjustments), Decimal(0))
        made = Payment(
            claim=claim,
            payer_claim=f"P{claim}",
            status="1",
            charge=Decimal("80.00"),
            paid=paid,
            patient=PATIENT,
            payer=replace(PAYER, role="PR"),
            payee=replace(CLINIC, role="PE"),
            trace="CHECK1",
            paid_on=date(2026, 4, 1),
            produced_on=date(2026, 4, 1),
            transaction="0001",
            lines=(
                PaidLine(
                    ordinal=1,
                    control_number="L1",
                    procedure=Procedure(code="97110"),
                    charge=Decimal("80.00"),
                    paid=paid,
                    period=Period(start=SOME_DAY, end=SOME_DAY),
                    adjustments=adjustments,
                ),
            ),
        )
        return replace(made, **changes)

    def adjustment(self, reason: str = "197", amount: str = "80.00", group: str = "CO") -> Adjustment:
        return Adjustment(group=group, reason=reason, amount=Decimal(amount))

    def held(self, value: str) -> HeldNumber:
        return HeldNumber(value=value)


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def open_ledger(ledger_url: str) -> Callable[[], Any]:
    """Opens the ledger of the test, on the database of the test."""
    from edi.ledger import Ledger

    return lambda: Ledger(ledger_url)
