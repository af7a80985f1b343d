"""Which claim a payment answers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.linkage.denials.denial import match_payment
from edi.records.claim import Claim, OtherPayer
from edi.records.parties import Party, Person, Reference
from edi.records.remittance import PaidLine, Payment
from tests.drawing import examples

from .build import CLINIC, GROUP, MARIA, OTHER_PAYER, claim, line, paid_line, payer, payment, period, procedure, provider

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
    found = match_payment(payment(paid_line(), claim="Q-9", charge=Decimal(60)), [claim(), claim(line(dates="07-01"), id="C-2")])
    assert found.nearest == ("C-1",)


def test_the_same_number_of_another_patient_is_refused() -> None:
    found = match_payment(payment(paid_line(), patient=UTE), [claim()])
    assert (found.claim, found.nearest) == (None, ("C-1",))


def test_the_member_id_may_be_lengthened_and_may_be_missing() -> None:
    assert match_payment(payment(paid_line(), patient=replace(MARIA, member_id="W10020030001")), [claim()]).sure
    assert match_payment(payment(paid_line(), patient=NAMED), [claim()]).sure
    assert match_payment(payment(paid_line(), patient=replace(NAMED, first_name="UTE")), [claim()]).claim is None
    assert match_payment(payment(paid_line(), patient=replace(MARIA, member_id="W1002003001234")), [claim()]).claim is None


def test_another_payer_on_the_claim_has_its_own_member_id() -> None:
    other = payer(OTHER_PAYER)
    second = OtherPayer(id=OTHER_PAYER, subscriber=replace(MARIA, member_id="SEC99"))
    by_its_own = payment(paid_line(), patient=replace(MARIA, member_id="SEC99"), payer=other)
    assert match_payment(by_its_own, [claim(other_payers=(second,))]).sure
    assert match_payment(by_its_own, [claim()]).claim is None
    assert match_payment(replace(by_its_own, payer=payer()), [claim(other_payers=(second,))]).claim is None


def test_the_insureds_id_will_do() -> None:
    child = Person(last_name="Keller", first_name="Jonas")
    assert match_payment(payment(paid_line(), patient=child, insured=MARIA), [claim(patient=child, dependent=True)]).sure


def test_money_that_went_to_another_is_refused() -> None:
    assert match_payment(payment(paid_line(), payee=provider(GROUP, "PE")), [claim()]).claim is None
    same_tax = Party(role="PE", id_qualifier="XX", id=GROUP, references=(Reference(qualifier="TJ", value="31-1234567"),))
    assert match_payment(payment(paid_line(), payee=same_tax), [claim()]).sure
    assert match_payment(payment(paid_line(), payee=Party(role="PE", id_qualifier="FI", id="311234567")), [claim()]).sure
    other_tax = Party(role="PE", id_qualifier="FI", id="319999999")
    assert match_payment(payment(paid_line(), payee=other_tax), [claim()]).claim is None, "the tax id is all that is known"


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
        ("kel-2026031000427-9", "KEL20260310004279"),
        ("KEL0042", "KEL004201"),
        ("KEL0042", "XKEL0042"),
        ("KEL-0042", "99KEL0042"),
        ("K042", "K042-1"),
        ("K042", "GLCK042"),
    ],
)
def test_damaged_claim_numbers(sent: str, returned: str) -> None:
    found = match_payment(payment(paid_line(), claim=returned), [claim(id=sent)])
    assert (found.claim and found.claim.id, found.how, found.sure) == (sent, "damaged claim number", False)


@pytest.mark.parametrize(
    ("sent", "returned"),
    [("KELLER2026031000427", "KELLER20260"), ("C-1", "C-15"), ("C-1", "0"), ("", ""), ("C-1", "XC-1"), ("XKEL0042", "KEL0042")],
)
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


def test_line_control_numbers_of_a_part_of_the_claim() -> None:
    sent = claim(line(control_number="L-1"), line(code="29881", control_number="L-2", charge=Decimal(40)))
    part = paid_line(control_number="L-2", procedure=procedure("29881"), charge=Decimal(40))
    back = payment(part, claim="Q-9", charge=Decimal(40))
    assert match_payment(back, [sent]).how == "line control number"
    assert match_payment(replace(back, charge=Decimal(41)), [sent]).claim is None


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


def test_patient_date_procedure_and_charge() -> None:
    sent = claim(line(code="27447"), line(code="29881", charge=Decimal(40)))
    lines = paid_line(), paid_line(procedure=procedure("29881"), charge=Decimal(40))
    back = payment(*reversed(lines), claim="0")
    found = match_payment(back, [sent, claim(id="C-2")])
    assert (found.claim, found.how, found.sure) == (sent, "patient, date, procedure and charge", False)
    another_code = payment(lines[0], replace(lines[1], procedure=procedure("29880")), claim="0")
    bundled = payment(lines[0], replace(lines[1], procedure=procedure("29880"), submitted=procedure("29881")), claim="0")
    assert match_payment(another_code, [sent]).claim is None
    assert match_payment(bundled, [sent]).claim is sent


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": replace(MARIA, first_name="Jonas")},
        {"payee": Party(role="PE", name="SOMEBODY")},
        {"charge": Decimal(60)},
        {"lines": ()},
        {"lines": (paid_line(period=period("03-11")),)},
        {"lines": (paid_line(), paid_line(charge=Decimal(0), ordinal=2))},
    ],
    ids=["of the family", "payee not known", "charge", "no lines", "date", "another line"],
)
def test_what_is_not_the_same_in_all_is_none(changes: dict[str, Any]) -> None:
    assert match_payment(replace(payment(paid_line(), claim="0"), **changes), [claim()]).claim is None


def test_two_alike_are_refused() -> None:
    found = match_payment(payment(paid_line(), claim="0"), [claim(), claim(id="C-2")])
    assert (found.claim, found.how) == (None, "several claims by patient, date, procedure and charge")
    assert found.nearest == ("C-1", "C-2")
    assert found.against == (("another claim number",), ("another claim number",))


def test_who_shares_the_member_id_is_told_apart() -> None:
    """Mother and child have one member id, and a practice may number claims by the account."""
    child = replace(MARIA, first_name="Jonas")
    hers, his = claim(), claim(patient=child, dependent=True)
    for patient, sent in ((MARIA, hers), (child, his)):
        found = match_payment(payment(paid_line(), patient=patient), [hers, his])
        assert (found.claim, found.sure) == (sent, True)
    assert not match_payment(payment(paid_line(), patient=child), [hers]).sure
    assert match_payment(payment(paid_line(), patient=replace(MARIA, first_name="MARI")), [hers]).sure, "a name may be cut"
    assert match_payment(payment(paid_line(), patient=replace(MARIA, last_name="Weber")), [hers]).sure, "she may have married"


# -- one claim in several payments, several claims in one ----------------------------------------------------------------------

TWO_LINES = claim(line(control_number="L-1"), line(code="29881", charge=Decimal(40), control_number="L-2"))


@pytest.mark.parametrize(
    "lines",
    [
        (paid_line(control_number="L-1"),),
        (paid_line(),),
        (paid_line(procedure=procedure("29881"), charge=Decimal(40)),),
        (paid_line(charge=Decimal(60), control_number="L-1"), paid_line(charge=Decimal(40), control_number="L-1", ordinal=2)),
    ],
    ids=["by its control number", "by procedure and charge", "the other line", "a line that was divided"],
)
def test_a_part_of_the_claim_is_sure(lines: tuple[PaidLine, ...]) -> None:
    found = match_payment(payment(*lines, remarks=("MA15",)), [TWO_LINES])
    assert (found.claim, found.how, found.sure) == (TWO_LINES, "claim number, of a part of the claim", True)


@pytest.mark.parametrize(
    "lines",
    [
        (paid_line(charge=Decimal(60), control_number="L-1"),),
        (paid_line(procedure=procedure("99999")),),
        (paid_line(), paid_line(ordinal=2, charge=Decimal(1))),
    ],
    ids=["a line's charge is another", "another procedure", "a line that was not sent"],
)
def test_what_is_no_part_is_not_sure(lines: tuple[PaidLine, ...]) -> None:
    found = match_payment(payment(*lines), [TWO_LINES])
    assert (found.claim, found.how, found.sure) == (TWO_LINES, "claim number, with another charge", False)


def test_the_accounts_number_for_every_visit_is_not_sure() -> None:
    found = match_payment(payment(paid_line(period=period("04-10"))), [claim()])
    assert (found.claim and found.claim.id, found.sure) == ("C-1", False)


def test_several_claims_paid_as_one_are_not_sure() -> None:
    first, second = claim(id="C-1"), claim(line(code="29881", charge=Decimal(40)), id="C-2")
    merged = payment(paid_line(), paid_line(procedure=procedure("29881"), charge=Decimal(40), ordinal=2))
    found = match_payment(merged, [first, second, claim(line(code="99213"), id="C-3")])
    assert (found.claim, found.how, found.sure, found.nearest) == (first, "several claims paid as one", False, ("C-1", "C-2"))
    unnamed = match_payment(replace(merged, claim="0"), [first, second])
    assert (unnamed.claim, unnamed.how) == (None, "several claims paid as one")
    assert match_payment(merged, [first, second, claim(id="C-4")]).how != "several claims paid as one", "C-1 or C-4: not unique"


# -- what speaks against -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "against"),
    [
        ({"patient": UTE}, "another patient"),
        ({"patient": replace(MARIA, first_name="Jonas"), "claim": "0"}, "another person with the same member id"),
        ({"payee": provider(GROUP, "PE")}, "another payee"),
        ({"payer": replace(payer("99999"), name="Quite Another Plan"), "patient": UTE}, "another payer"),
        ({"claim": "Q-9", "charge": Decimal(60)}, "another claim number"),
        ({"claim": "Q-9", "charge": Decimal(60)}, "a charge of 100.00, not 60.00"),
        ({"lines": (paid_line(period=period("07-01")),), "patient": UTE}, "other dates"),
        ({"lines": (paid_line(procedure=procedure("99999")),), "claim": "0"}, "other procedures"),
    ],
)
def test_what_speaks_against_the_nearest_is_said(changes: dict[str, Any], against: str) -> None:
    found = match_payment(replace(payment(paid_line()), **changes), [claim()])
    assert (found.claim, found.nearest) == (None, ("C-1",))
    (said,) = found.against
    assert against in said


# -- never a false match on exact evidence ---------------------------------------------------------------------------------------

PEOPLE = (MARIA, UTE, replace(MARIA, first_name="Jonas"), replace(UTE, first_name="Ada", member_id="W9991"))
PAYEES = (provider(CLINIC, "85"), provider(GROUP, "85"))
PAYERS = (payer(), replace(payer("99999"), name="Quite Another Plan"))


@st.composite
def sent_claims(draw: st.DrawFn) -> list[Claim]:
    """Claims of several practices, patients and payers, with few numbers between them."""
    return [
        claim(
            line(dates=draw(st.sampled_from(["03-10", "03-11"])), charge=Decimal(draw(st.sampled_from([40, 100])))),
            id=draw(st.sampled_from(["KEL00420001", "KEL00420002", "kel-00420001", "KEL0042000177"])),
            subscriber=draw(st.sampled_from(PEOPLE)),
            billing=draw(st.sampled_from(PAYEES)),
            payer=draw(st.sampled_from(PAYERS)),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


def answer_to(sent: Claim) -> Payment:
    (service,) = sent.lines
    return payment(
        paid_line(charge=service.charge, period=service.period),
        claim=sent.id,
        patient=sent.patient,
        payee=replace(sent.billing, role="PE"),
        payer=sent.payer,
    )


def told_of(sent: Claim) -> tuple[object, ...]:
    return sent.id, sent.patient, sent.billing, sent.payer, sent.charge, sent.period


@settings(deadline=None, max_examples=examples(300))
@given(sent_claims(), st.data())
def test_on_exact_evidence_no_match_is_false(claims: list[Claim], data: st.DataObject) -> None:
    """The claim that is answered is found, whatever else was sent; where it was not sent, no other is sure."""
    asked = data.draw(st.sampled_from(claims))
    found = match_payment(answer_to(asked), claims)
    assert found.claim is not None
    assert (told_of(found.claim), found.how, found.sure) == (told_of(asked), "claim number", True)
    others = [one for one in claims if told_of(one) != told_of(asked)]
    instead = match_payment(answer_to(asked), others)
    if instead.sure:
        assert instead.claim is not None
        assert told_of(instead.claim) == told_of(asked)
