"""Which claim a payment answers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from edi.linkage.denial import match_payment
from edi.records.parties import Party, Person, Reference

from .build import GROUP, MARIA, OTHER_PAYER, claim, line, paid_line, payer, payment, period, provider

UTE = replace(MARIA, first_name="Ute", member_id="W999")
NAMED = Person(last_name="KELLER", first_name="MARIA")


def test_exact() -> None:
    found = match_payment(payment(paid_line()), [claim(), claim(id="C-2")])
    assert (found.claim and found.claim.id, found.how, found.sure) == ("C-1", "claim number", True)
    assert found.to_json() == {"how": "claim number", "sure": True}


def test_nothing() -> None:
    found = match_payment(payment(paid_line(), claim="Q-9", patient=UTE), [claim()])
    assert (found.claim, found.how, found.sure, found.nearest) == (None, "no claim", False, ())


def test_the_nearest_are_named() -> None:
    assert match_payment(payment(paid_line(), claim="Q-9"), [claim(), claim(line(dates="07-01"), id="C-2")]).nearest == ("C-1",)


def test_the_same_number_of_another_patient_is_refused() -> None:
    found = match_payment(payment(paid_line(), patient=UTE), [claim()])
    assert (found.claim, found.nearest) == (None, ("C-1",))


def test_the_member_id_may_be_lengthened_and_may_be_missing() -> None:
    assert match_payment(payment(paid_line(), patient=replace(MARIA, member_id="W10020030001")), [claim()]).sure
    assert match_payment(payment(paid_line(), patient=NAMED), [claim()]).sure
    assert match_payment(payment(paid_line(), patient=replace(NAMED, first_name="UTE")), [claim()]).claim is None
    assert match_payment(payment(paid_line(), patient=replace(MARIA, member_id="W1002003001234")), [claim()]).claim is None


def test_the_insureds_id_will_do() -> None:
    child = Person(last_name="Keller", first_name="Jonas")
    assert match_payment(payment(paid_line(), patient=child, insured=MARIA), [claim(patient=child, dependent=True)]).sure


def test_money_that_went_to_another_is_refused() -> None:
    assert match_payment(payment(paid_line(), payee=provider(GROUP, "PE")), [claim()]).claim is None
    same_tax = Party(role="PE", id_qualifier="XX", id=GROUP, references=(Reference(qualifier="TJ", value="31-1234567"),))
    assert match_payment(payment(paid_line(), payee=same_tax), [claim()]).sure
    assert match_payment(payment(paid_line(), payee=Party(role="PE", id_qualifier="FI", id="311234567")), [claim()]).sure


def test_another_charge_is_not_sure() -> None:
    found = match_payment(payment(paid_line(), charge=Decimal(60)), [claim()])
    assert (found.claim and found.claim.id, found.sure) == ("C-1", False)


def test_a_reversal_has_the_opposite_sign() -> None:
    assert match_payment(payment(paid_line(), status="22", charge=Decimal(-100)), [claim()]).sure


def test_two_claims_are_refused() -> None:
    twice = [claim(), claim(line(dates="03-10"), diagnoses=(), responsibility="S", payer=payer("OTHER"))]
    found = match_payment(payment(paid_line(), payer=payer("THIRD")), twice)
    assert (found.claim, found.nearest) == (None, ("C-1",))
    assert "several" in found.how


def test_a_claim_that_was_sent_twice_is_one() -> None:
    first, again = claim(offset=1), claim(offset=2)
    assert match_payment(payment(paid_line()), [first, again]).claim is again


def test_the_payer_tells_the_primary_claim_from_the_secondary() -> None:
    second = claim(payer=payer(OTHER_PAYER), responsibility="S")
    assert match_payment(payment(paid_line(), payer=payer(OTHER_PAYER)), [claim(), second]).claim is second


def test_dates_tell_claims_with_one_number_apart() -> None:
    later = claim(line(dates="04-10"))
    assert match_payment(payment(paid_line(period=period("04-10"))), [claim(), later]).claim is later


def test_frequency_tells_a_replacement_from_its_original() -> None:
    original, again = claim(), claim(frequency="7", original="P-77")
    assert match_payment(payment(paid_line(), frequency="7", payer_claim="P-88"), [original, again]).claim is again
    assert match_payment(payment(paid_line(), frequency="1"), [original, again]).claim is original


def test_the_payers_number_tells_a_replacement_from_its_original() -> None:
    original, again = claim(), claim(frequency="7", original="P-77")
    assert match_payment(payment(paid_line(), payer_claim="P-77"), [original, again]).claim is original
    assert match_payment(payment(paid_line(), payer_claim="P-88"), [original, again]).claim is again


def test_the_payers_number_is_known() -> None:
    found = match_payment(payment(paid_line(), claim="0"), [claim()], payer_claims={"P-77": "C-1"})
    assert (found.claim and found.claim.id, found.how, found.sure) == ("C-1", "payer's claim number", True)
    first = Reference(qualifier="F8", value="P-11")
    assert match_payment(payment(paid_line(), claim="0", references=(first,)), [claim()], payer_claims={"P-11": "C-1"}).sure


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ("kel-0042", "KEL-0042"),
        ("KEL-0042", "KEL0042"),
        ("0012345", "12345"),
        ("KELLER2026031000427", "KELLER20260310"),
        ("KEL0042", "KEL004201"),
    ],
)
def test_damaged_claim_numbers(sent: str, returned: str) -> None:
    found = match_payment(payment(paid_line(), claim=returned), [claim(id=sent)])
    assert (found.claim and found.claim.id, found.how, found.sure) == (sent, "damaged claim number", False)


@pytest.mark.parametrize(("sent", "returned"), [("KELLER2026031000427", "KELLER20260"), ("C-1", "C-15"), ("C-1", "0"), ("", "")])
def test_too_much_damage(sent: str, returned: str) -> None:
    assert match_payment(payment(paid_line(), claim=returned), [claim(id=sent)]).how != "damaged claim number"


def test_damage_that_leaves_two_is_refused() -> None:
    two = [claim(id="KELLER20260310-A"), claim(id="KELLER20260310-B")]
    assert match_payment(payment(paid_line(), claim="KELLER20260310"), two).claim is None


def test_damage_needs_the_charge_and_the_dates() -> None:
    assert match_payment(payment(paid_line(), claim="c1", charge=Decimal(60)), [claim()]).claim is None
    assert match_payment(payment(paid_line(period=period("07-01")), claim="c1"), [claim()]).claim is None


def test_line_control_numbers() -> None:
    sent = claim(line(control_number="L-1"), line(control_number="L-2"))
    back = payment(paid_line(control_number="L-1"), paid_line(control_number="L-2"), claim="Q-9")
    found = match_payment(back, [sent, claim(id="C-2")])
    assert (found.claim, found.how, found.sure) == (sent, "line control number", False)
    assert match_payment(replace(back, charge=Decimal(1)), [sent]).claim is None
    assert match_payment(payment(paid_line(control_number="L-3"), claim="Q-9"), [sent]).claim is None


def test_authorization_number() -> None:
    sent = claim(held="A-1")
    back = payment(paid_line(), claim="Q-9", references=(Reference(qualifier="G1", value="A-1"),))
    found = match_payment(back, [sent, claim(id="C-2")])
    assert (found.claim, found.how, found.sure) == (sent, "authorization number", False)
    assert match_payment(replace(back, lines=(paid_line(period=period("08-01")),)), [sent]).claim is None


def test_an_exact_number_of_an_unlike_payer_is_not_sure() -> None:
    other = replace(payer("99999"), name="Quite Another Plan")
    found = match_payment(payment(paid_line(), payer=other), [claim()])
    assert (found.claim and found.claim.id, found.sure) == ("C-1", False)
