"""Which answer of a payer settles an earlier one: of the same claim, however both call it, and of no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.linkage.denials.correction import Refusal, course
from edi.records.claim import Claim
from edi.records.parties import Person
from edi.records.remittance import Payment

Open = Callable[[], Ledger]
TODAY = date(2026, 5, 20)
OTHER = Person(last_name="YARROW", first_name="IRIS", member_id="W9999", member_id_qualifier="MI", birth_date=date(1970, 11, 11))


def answered(made: Any, claim: str, day: int, **said: Any) -> Payment:
    """An answer in a remittance of its own."""
    on = date(2026, 4, day)
    return replace(made.payment(claim), trace=f"T{day}", paid_on=on, produced_on=on, **said)


def denied(made: Any, claim: str = "C1", day: int = 1, **said: Any) -> Payment:
    """One that denies all of it for want of an authorization."""
    lines = tuple(replace(line, paid=Decimal(0), adjustments=(made.adjustment(),)) for line in made.payment(claim).lines)
    return answered(made, claim, day, **{"paid": Decimal(0), "lines": lines, **said})


def left(ledger: Ledger) -> list[str]:
    """The claims with a denial that is open."""
    return [item.claim for item in ledger.worklist(TODAY) if item.kind == "denial"]


def worked(open_ledger: Open, made: Any, claims: Sequence[Claim], payments: Sequence[Payment]) -> list[str]:
    with open_ledger() as ledger:
        ledger.record_claims(claims, now=made.now)
        for payment in payments:
            ledger.record_payments([payment], now=made.now)
        return left(ledger)


def test_another_patient_s_payment_under_the_same_number_settles_nothing(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)]
    theirs = answered(made, "C1", 20, patient=OTHER, payer_claim="PB2")
    assert worked(open_ledger, made, claims, [denied(made), theirs]) == ["C1"]


def test_another_patient_s_reversal_takes_nothing_back(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)]
    back = answered(
        made, "C1", 20, patient=OTHER, payer_claim="PB2", status="22", charge=Decimal("-80.00"), paid=Decimal("-80.00")
    )
    assert worked(open_ledger, made, claims, [denied(made), back]) == ["C1"]


def test_an_answer_whose_number_comes_back_otherwise_settles(open_ledger: Open, made: Any) -> None:
    again = answered(made, "claim-1", 20, payer_claim="PCLAIM1")
    assert worked(open_ledger, made, [made.claim("CLAIM1")], [denied(made, "CLAIM1"), again]) == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_answer_to_what_replaces_it_under_another_number_settles(open_ledger: Open, made: Any, order: tuple[int, ...]) -> None:
    replacement = made.claim("C1R", frequency="7", original="PC1")
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1")], now=made.now)
        steps: list[Callable[[], None]] = [
            lambda: ledger.record_claims([replacement], now=made.now),
            lambda: ledger.record_payments([denied(made)], now=made.now),
            lambda: ledger.record_payments([answered(made, "C1R", 20, frequency="7")], now=made.now),
        ]
        for n in order:
            steps[n]()
        assert left(ledger) == []


def test_of_a_replacement_that_is_denied_too_one_item_is_left(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1R", frequency="7", original="PC1")]
    assert worked(open_ledger, made, claims, [denied(made), denied(made, "C1R", 20, frequency="7")]) == ["C1R"]


def test_an_answer_is_to_a_replacement_that_was_sent_though_it_does_not_say_so(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1R", frequency="7", original="PC1", charge=Decimal("95.00"))]
    again = answered(made, "C1R", 20, charge=Decimal("95.00"), paid=Decimal("95.00"))
    assert worked(open_ledger, made, claims, [denied(made), again]) == []


def test_a_part_that_is_answered_again_under_its_own_number_is_settled(open_ledger: Open, made: Any) -> None:
    two = (made.line("1"), made.line("2"))
    claim = made.claim("C1", charge=Decimal("160.00"), lines=two)
    parts = [
        answered(made, "C1", 1, payer_claim="PA1"),
        denied(made, payer_claim="PA2", day=2),
        answered(made, "C1", 20, payer_claim="PA2"),
    ]
    assert worked(open_ledger, made, [claim], parts[:2]) == ["C1"]
    assert worked(open_ledger, made, [], parts[2:]) == []


def test_a_number_that_two_patients_share_is_not_corrected(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)], now=made.now)
        ledger.record_payments([denied(made)], now=made.now)
        (kept,) = ledger.sent(["C1"]).values()
    assert course(kept.history).refusal is Refusal.SHARED_NUMBER
