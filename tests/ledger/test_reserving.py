"""What linked claims reserve: nobody else gets it, sending makes it the claim's own, and it is given back where it is due."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bench.visits import Insured, claims_file
from edi.errors import LedgerError
from edi.ledger import Ledger
from edi.records.claim import read_claims

Open = Callable[[], Ledger]


def uses(ledger: Ledger, number: str = "A100") -> list[tuple[str, Decimal, str]]:
    (life,) = ledger.authorization(number)
    return [(use.claim, use.amount, use.state) for use in life.uses]


def verdicts(ledger: Ledger, *claims: tuple[str, int], **more: Any) -> list[str]:
    return [row.verdict.value for row in ledger.link(claims_file(claims, **more)).claims]


@pytest.fixture
def ledger(open_ledger: Open, made: Any) -> Any:
    """A ledger with one authorization for six units."""
    with open_ledger() as kept:
        kept.record_authorizations([made.authorization()])
        yield kept


def test_a_linked_claim_leaves_less_for_the_next(ledger: Ledger) -> None:
    assert verdicts(ledger, ("C1", 4)) == ["linked"]
    assert verdicts(ledger, ("C2", 4)) == ["units-short"]
    assert verdicts(ledger, ("C3", 1)) == ["units-used-up"]
    assert uses(ledger) == [("C1", Decimal(4), "reserved"), ("C2", Decimal(2), "reserved")]
    (held,) = ledger.authorizations(used_up=Decimal(1))
    assert (held.services[0].used, held.services[0].reserved) == (Decimal(6), Decimal(6))


def test_the_same_claim_linked_again_reserves_once_and_as_it_is_now(ledger: Ledger) -> None:
    for units in (2, 5, 3):
        assert verdicts(ledger, ("C1", units)) == ["linked"]
        assert uses(ledger) == [("C1", Decimal(units), "reserved")]


def test_checking_reserves_nothing(ledger: Ledger) -> None:
    assert [row.verdict.value for row in ledger.check(claims_file([("C1", 6)])).claims] == ["linked"]
    assert uses(ledger) == []


def test_a_claim_that_is_sent_consumes_what_it_reserved(ledger: Ledger) -> None:
    assert verdicts(ledger, ("C1", 4), ("C2", 2)) == ["linked", "linked"]
    ledger.take(claims_file([("C2", 2)]))
    assert uses(ledger) == [("C1", Decimal(4), "reserved"), ("C2", Decimal(2), "sent")]
    ledger.take(claims_file([("C1", 4)], control=2))
    assert uses(ledger) == [("C2", Decimal(2), "sent"), ("C1", Decimal(4), "sent")]


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_a_claim_sent_for_the_wrong_patient_gives_back_what_it_used(ledger: Ledger, frequency: str) -> None:
    ledger.take(claims_file([("C1", 4)]))
    right = Insured(id="W2000002", last="REED", first="OTTO", born="19600101", gender="M")
    mended = claims_file([("C1", 4)], insured=right, frequency=frequency)
    ledger.link(mended)
    assert uses(ledger) == []
    ledger.release(read_claims(mended))
    assert uses(ledger) == [("C1", Decimal(4), "sent")]


def test_what_was_sent_stays_sent_when_it_is_linked_again(ledger: Ledger) -> None:
    ledger.take(claims_file([("C1", 4)]))
    assert verdicts(ledger, ("C1", 4)) == ["linked"]
    assert uses(ledger) == [("C1", Decimal(4), "sent")]


def test_a_claim_that_is_sent_with_less_gives_the_rest_back(ledger: Ledger) -> None:
    verdicts(ledger, ("C1", 6))
    ledger.take(claims_file([("C1", 1)]))
    assert uses(ledger) == [("C1", Decimal(1), "sent")]


def test_a_claim_sent_for_another_patient_gives_back_what_it_reserved(ledger: Ledger) -> None:
    """The member id was wrong when it was linked: what was promised to it is not this patient's claim any more."""
    verdicts(ledger, ("C1", 6))
    ledger.take(claims_file([("C1", 6)], insured=Insured("W2", "OTHER", "OLA")))
    assert uses(ledger) == []


def test_what_is_released_is_there_again(ledger: Ledger) -> None:
    verdicts(ledger, ("C1", 4), ("C2", 2))
    assert ledger.release(read_claims(claims_file([("C1", 4)]))) == 1
    assert ledger.release(read_claims(claims_file([("C1", 4)]))) == 0
    assert uses(ledger) == [("C2", Decimal(2), "reserved")]
    ledger.take(claims_file([("C2", 2)]))
    assert ledger.release(read_claims(claims_file([("C2", 2)]))) == 0
    assert uses(ledger) == [("C2", Decimal(2), "sent")]
    assert verdicts(ledger, ("C3", 4)) == ["linked"]


def test_a_replacement_changes_what_was_used_and_its_release_restores_it(ledger: Ledger) -> None:
    ledger.take(claims_file([("C1", 4)]))
    verdicts(ledger, ("C1", 1), frequency="7")
    assert uses(ledger) == [("C1", Decimal(1), "reserved")]
    ledger.release(read_claims(claims_file([("C1", 1)], frequency="7")))
    assert uses(ledger) == [("C1", Decimal(4), "sent")]


def test_a_void_gives_back_and_its_release_restores_it(ledger: Ledger) -> None:
    ledger.take(claims_file([("C1", 4)]))
    verdicts(ledger, ("C1", 4), frequency="8")
    assert uses(ledger) == []
    ledger.release(read_claims(claims_file([("C1", 4)], frequency="8")))
    assert uses(ledger) == [("C1", Decimal(4), "sent")]


def test_a_revision_that_certifies_less_cuts_what_is_reserved_first(ledger: Ledger, made: Any) -> None:
    verdicts(ledger, ("C1", 2))
    ledger.take(claims_file([("C2", 4)]))
    revised = made.authorization(certification_type="S", services=(made.service(amount=5),), issued=date(2026, 3, 5))
    ledger.record_authorizations([revised])
    assert sorted(uses(ledger)) == [("C1", Decimal(1), "reserved"), ("C2", Decimal(4), "sent")]
    ledger.record_authorizations([replace(revised, services=(made.service(amount=3),), issued=date(2026, 3, 6))])
    assert uses(ledger) == [("C2", Decimal(3), "sent")]


def test_a_claim_that_is_denied_as_a_whole_gives_back_until_it_is_paid(ledger: Ledger, made: Any) -> None:
    ledger.record_claims([made.claim(number="A100", lines=(made.line(units=6),))])
    ledger.record_payments([made.payment("CLAIM1", made.adjustment("197"))])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "denied")]
    assert ledger.authorizations()[0].services[0].used == 0
    assert verdicts(ledger, ("C2", 2)) == ["linked"]
    ledger.record_payments([made.payment("CLAIM1", trace="CHECK2", paid_on=date(2026, 5, 1), produced_on=date(2026, 5, 1))])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]


@pytest.mark.parametrize("reason", ["1", "18", "24"], ids=["deductible", "duplicate", "capitation"])
def test_a_claim_that_is_paid_nothing_is_not_always_denied(ledger: Ledger, made: Any, reason: str) -> None:
    ledger.record_claims([made.claim(number="A100")])
    group = "PR" if reason == "1" else "CO"
    ledger.record_payments([made.payment("CLAIM1", made.adjustment(reason, group=group))])
    assert uses(ledger) == [("CLAIM1", Decimal(1), "sent")]


def test_a_denial_of_an_earlier_sending_does_not_touch_the_claim_that_was_sent_again(ledger: Ledger, made: Any) -> None:
    ledger.record_claims([made.claim()])
    ledger.record_payments([made.payment("CLAIM1", made.adjustment("197"))])
    ledger.record_claims([made.claim(number="A100")], now=datetime(2026, 4, 5))
    assert uses(ledger) == [("CLAIM1", Decimal(1), "sent")]


def test_tests_are_not_linked_with_what_production_certified(ledger: Ledger) -> None:
    ledger.take(claims_file([("C1", 1)]))
    out = io.BytesIO()
    for ask in (ledger.link, ledger.check):
        with pytest.raises(LedgerError, match=r"^Interchange 000000002 is a test \(ISA15\), and this ledger keeps production"):
            ask(claims_file([("C2", 1)], control=2, usage="T")).write(out)
    assert uses(ledger) == [("C1", Decimal(1), "sent")]
