"""What a payment denies, its kind, its cause, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from edi.linkage.denials.denial import Finding, PaymentMatch, findings, totals
from edi.linkage.terms import Requirement
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, HeldNumber, OtherPayer
from edi.records.parties import Party, Reference
from edi.records.remittance import Payment

from .build import (
    GROUP,
    OTHER_PAYER,
    STRANGER,
    authorization,
    claim,
    day,
    decide,
    hospital,
    line,
    paid_line,
    payer,
    payment,
    period,
    procedure,
    provider,
    service,
)

DENIED = payment(paid_line("CO-197 100"))


def found(paid: Payment, sent: Claim | None, *held: Authorization, usage: Usage | None = None) -> list[Finding]:
    return list(findings(paid, sent, held, usage or Usage()))


def the(paid: Payment, sent: Claim | None, *held: Authorization, usage: Usage | None = None) -> Finding:
    (one,) = found(paid, sent, *held, usage=usage)
    return one


# -- which adjustments ---------------------------------------------------------------------------------------------------


def test_one_finding_for_each_triplet_that_denies() -> None:
    paid = payment(
        paid_line("CO-45 20", "CO-197 70", "PR-1 10"), paid_line("CO-50 100", ordinal=2), adjustments=["OA-18 5", "OA-23 7"]
    )
    told = [(f.line, f.kind, f.codes, f.amount) for f in found(paid, None)]
    assert told == [
        (None, "duplicate", ("OA-18",), 5),
        ("1", "authorization-missing", ("CO-197",), 70),
        ("2", "medical-necessity", ("CO-50",), 100),
    ]


def test_a_paid_claim_has_no_finding() -> None:
    assert found(payment(paid_line("CO-45 20", "PR-3 15", paid=65)), claim(), authorization()) == []


def test_amounts_keep_their_sign_and_are_not_netted() -> None:
    paid = payment(paid_line("CO-197 100"), paid_line("CO-197 -100", ordinal=2))
    assert [f.amount for f in found(paid, None)] == [100, -100]


def test_a_reversal_is_found_and_asks_for_nothing() -> None:
    one = the(payment(paid_line("CO-197 -100"), status="22", charge=Decimal(-100)), claim())
    assert (one.amount, one.deadline) == (-100, None)
    assert one.action.startswith("None")


def test_an_estimate_denies_nothing() -> None:
    assert found(replace(DENIED, status="25"), claim()) == []


def test_a_cut_on_a_paid_line_is_a_penalty() -> None:
    one = the(payment(paid_line("CO-45 20", "CO-197 20", paid=60)), claim(held="A-1"), authorization())
    assert (one.kind, one.cause, one.amount) == ("authorization-penalty", "sent-correctly", 20)


def test_remarks_of_the_claim_serve_lines_without_their_own() -> None:
    one = the(payment(paid_line("CO-16 100"), remarks=("MA01", "M62")), claim(held="A-1"), authorization())
    assert (one.kind, one.codes) == ("authorization-invalid", ("CO-16", "MA01", "M62"))
    one = the(payment(paid_line("CO-197 100"), remarks=("MA01",)), claim())
    assert one.codes == ("CO-197",)
    one = the(payment(paid_line("CO-197 100", remarks=("N210",)), remarks=("N54",)), claim())
    assert (one.kind, one.codes) == ("authorization-missing", ("CO-197", "N210"))


def test_remarks_of_lines_serve_the_claim_where_its_own_do_not_say_more() -> None:
    def read(*line_remarks: str, own: tuple[str, ...] = ()) -> Finding:
        paid = payment(paid_line(remarks=line_remarks), adjustments=["CO-16 100"], remarks=own)
        return the(paid, claim(held="A-1"), authorization())

    assert (read("M62").kind, read("M62").codes) == ("authorization-invalid", ("CO-16", "M62"))
    one = read("M62", own=("MA01",))
    assert (one.kind, one.codes) == ("authorization-invalid", ("CO-16", "MA01", "M62"))
    one = read("M62", own=("N706",))
    assert (one.kind, one.codes) == ("documentation", ("CO-16", "N706"))
    one = read("N210", own=("MA01",))
    assert (one.kind, one.codes) == ("other", ("CO-16", "MA01"))


def test_m62_says_missing_or_invalid_by_what_the_claim_carried() -> None:
    paid = payment(paid_line("CO-197 100", remarks=("M62",)))
    assert the(paid, claim(), authorization()).kind == "authorization-missing"
    assert the(paid, claim(held="Z-9"), authorization()).kind == "authorization-invalid"
    assert the(paid, claim(line(held="Z-9")), authorization()).kind == "authorization-invalid"


def test_another_payers_number_at_the_line_is_none_of_this_payer() -> None:
    paid = payment(paid_line("CO-197 100", remarks=("M62",)))
    theirs = line(authorizations=(HeldNumber(value="B-1", payer_id=OTHER_PAYER),))
    own = line(authorizations=(HeldNumber(value="A-1"),))
    assert the(paid, claim(theirs), authorization()).kind == "authorization-missing"
    assert the(paid, claim(own), authorization()).kind == "authorization-invalid"


# -- which line ----------------------------------------------------------------------------------------------------------


def test_the_line_is_lx_by_its_control_number_else_the_ordinal() -> None:
    sent = claim(line("99213", control_number="L-1"), line(control_number="L-2"))
    assert the(payment(paid_line("CO-197 100", control_number="L-2")), sent).line == "2"
    assert the(payment(paid_line("CO-197 100")), sent).line == "1"


@pytest.mark.parametrize(
    "paid",
    [
        paid_line("CO-197 100", control_number="L-2"),
        paid_line("CO-197 100"),
        paid_line("CO-197 100", procedure=procedure("27446"), submitted=procedure("27447")),
        paid_line("CO-197 100", period=None),
    ],
)
def test_the_line_is_judged_that_was_denied(paid: object) -> None:
    sent = claim(line("99213", control_number="L-1"), line(control_number="L-2"))
    assert the(payment(paid), sent, authorization()).cause == "held-not-sent"  # type: ignore[arg-type]  # a PaidLine


def test_of_two_lines_with_one_code_the_date_and_charge_tell() -> None:
    sent = claim(line(dates="03-10"), line(dates="08-10", charge=Decimal(80)))
    assert the(payment(paid_line("CO-197 100", period=period("08-10"))), sent, authorization()).cause == "after-period"
    assert the(payment(paid_line("CO-197 80", charge=Decimal(80), ordinal=2)), sent, authorization()).cause == "held-not-sent"


def test_a_denial_of_the_whole_claim_is_explained_by_the_line_that_does() -> None:
    paid = payment(adjustments=["CO-197 200"])
    one = the(paid, claim(line("99213"), line()), authorization())
    assert (one.line, one.cause, one.authorization) == (None, "held-not-sent", "A-1")
    assert the(paid, claim(line("99213"), line(), held="A-1"), authorization()).cause == "sent-correctly"


# -- causes --------------------------------------------------------------------------------------------------------------


def test_held_and_not_sent() -> None:
    one = the(DENIED, claim(), authorization(key="7"))
    assert (one.kind, one.cause, one.authorization, one.key) == ("authorization-missing", "held-not-sent", "A-1", "7")
    assert one.action == "Send a replacement (frequency 7, REF*F8 P-77) with A-1."
    assert "The claim carried no number there." in one.evidence
    assert "Authorization A-1: certifies 27447 for 2026-03-01 to 2026-05-31." in one.evidence


def test_the_number_that_the_claim_was_sent_under_is_told_where_the_payer_has_another() -> None:
    """By ours it is corrected and appealed; the work is called as the payer calls it."""
    said = "The claim was sent as {} (found by: given)."
    sent = claim()
    assert said.format(sent.id) not in the(DENIED, sent).evidence
    assert said.format(sent.id) in the(replace(DENIED, claim=f"{sent.id}-1"), sent).evidence


def test_a_placeholder_is_not_the_number() -> None:
    assert the(DENIED, claim(held="PENDING"), authorization()).cause == "held-not-sent"


def test_sent_correctly() -> None:
    one = the(DENIED, claim(held="A-1"), authorization())
    assert (one.cause, one.authorization) == ("sent-correctly", "A-1")
    assert one.action.startswith("Ask for reconsideration")
    assert "The claim carried A-1 in 2300." in one.evidence


@pytest.mark.parametrize(
    ("sent", "held", "cause"),
    [
        (claim(held="Z-9"), authorization(), "wrong-number"),
        (claim(held="Z-9"), authorization("B-1", service("99213")), "wrong-number"),
        (claim(held="a-1"), authorization(), "wrong-number"),
        (claim(line("27446")), authorization(), "service-mismatch"),
        (claim(line("99213"), held="A-1"), authorization(), "service-mismatch"),
        (claim(line(dates="02-20")), authorization(), "before-period"),
        (claim(line(dates="06-20")), authorization(), "after-period"),
        (claim(providers=(provider(STRANGER),), billing=provider(GROUP, "85")), authorization(), "provider-mismatch"),
        (claim(), authorization("A-1", service(place="24", place_qualifier="B")), "place-mismatch"),
        (claim(), authorization(payer=payer(OTHER_PAYER)), "other-payer"),
        (claim(line(quantity="3 UN"), held="A-1"), authorization("A-1", service(quantity="2 UN")), "units-short"),
        (claim(), authorization(decision=Decision.PENDED), "authorization-pending"),
        (claim(), authorization(decision=Decision.UNANSWERED), "authorization-pending"),
        (claim(), authorization(decision=Decision.CONTACT_PAYER), "authorization-pending"),
        (claim(), authorization(decision=Decision.DENIED), "authorization-denied"),
        (claim(), authorization(decision=Decision.CANCELLED), "authorization-cancelled"),
        (claim(), authorization("", decision=Decision.NOT_REQUIRED), "not-required"),
        (claim(), authorization("", decision=Decision.REJECTED), "request-rejected"),
        (claim(), authorization("", decision=Decision.REJECTED, services=()), "request-rejected"),
        (claim(), authorization("B-1", service("99213")), "never-requested"),
    ],
)
def test_causes(sent: Claim, held: Authorization, cause: str) -> None:
    one = the(DENIED, sent, held)
    assert (one.kind, one.cause) == ("authorization-missing", cause)
    assert one.action


def test_a_wrong_number_is_never_called_the_right_one() -> None:
    one = the(DENIED, claim(held="Z-9"))
    assert (one.cause, one.authorization) == ("wrong-number", "")
    assert "Z-9" not in one.action
    one = the(DENIED, claim(held="Z-9"), authorization())
    assert (one.authorization, "A-1" in one.action) == ("A-1", True)


def test_never_requested() -> None:
    one = the(DENIED, claim())
    assert (one.cause, one.authorization) == ("never-requested", "")
    assert "retroactive" in one.action


@pytest.mark.parametrize(
    ("needed", "cause"),
    [(Requirement(False, "Rule list: none is needed."), "not-required"), (Requirement(True, "Rule list."), "never-requested")],
)
def test_what_the_payers_rule_says(needed: Requirement, cause: str) -> None:
    (one,) = findings(DENIED, claim(), (), Usage(), required=lambda claim, line: needed)
    assert one.cause == cause
    assert needed.why in one.evidence


def test_used_up_by_other_claims() -> None:
    held, usage = authorization("A-1", service("97110", quantity="2 VS")), Usage()
    for n, when in ((1, "03-02"), (2, "03-04")):
        decide(claim(line("97110", when), id=f"C-{n}"), [held], usage)
    sent = claim(line("97110", "03-06"), id="C-3", held="A-1")
    one = the(payment(paid_line("CO-198 100", procedure=procedure("97110"), period=period("03-06"))), sent, held, usage=usage)
    assert (one.kind, one.cause) == ("authorization-exceeded", "units-used-up")
    assert any("used by C-1, C-2" in sentence for sentence in one.evidence)


def test_a_claims_own_use_is_not_held_against_it() -> None:
    held, usage = authorization("A-1", service(quantity="1 UN")), Usage()
    sent = claim(held="A-1")
    decide(sent, [held], usage)
    before = usage.all()
    one = the(payment(paid_line("CO-198 100")), sent, held, usage=usage)
    assert (one.kind, one.cause) == ("authorization-exceeded", "sent-correctly")
    assert the(payment(paid_line("CO-198 100")), sent, held, usage=usage) == one
    assert usage.all() == before


def test_short_and_not_sent() -> None:
    held, sent = authorization("A-1", service(quantity="2 UN")), claim(line(quantity="3 UN"))
    assert the(DENIED, sent, held).cause == "held-not-sent"
    assert the(payment(paid_line("CO-198 100")), sent, held).cause == "units-short"


def test_two_that_fit_and_none_was_sent() -> None:
    one = the(DENIED, claim(), authorization("A-1"), authorization("A-2"))
    assert (one.cause, one.authorization) == ("held-not-sent", "")


@pytest.mark.parametrize(
    ("issued", "cause"), [("03-20", "requested-late"), ("03-10", "sent-correctly"), ("03-01", "sent-correctly")]
)
def test_requested_late(issued: str, cause: str) -> None:
    one = the(payment(paid_line("CO-210 100")), claim(held="A-1"), authorization(issued=day(issued)))
    assert (one.kind, one.cause) == ("authorization-late", cause)


def test_refused_because_it_was_requested_late() -> None:
    refused = authorization("", service(reasons=("17",)), decision=Decision.DENIED, issued=day("03-20"))
    assert the(DENIED, claim(), refused).cause == "requested-late"
    assert the(DENIED, claim(), replace(refused, issued=day("03-01"))).cause == "authorization-denied"


def test_late_is_not_said_of_what_came_late_and_was_not_sent() -> None:
    assert the(DENIED, claim(), authorization(issued=day("03-20"))).cause == "held-not-sent"


def test_the_claim_is_not_known() -> None:
    missing = PaymentMatch(None, "no claim", False, ("C-8", "C-9"))
    (one,) = findings(DENIED, None, (), Usage(), match=missing)
    assert (one.kind, one.cause, one.how, one.sure) == ("authorization-missing", "unknown", "no claim", False)
    assert "The claim was not found (no claim). The nearest: C-8, C-9." in one.evidence
    assert the(payment(paid_line("CO-50 100")), None).cause is None


def test_medical_necessity_of_what_was_certified_is_told_with_its_authorization() -> None:
    paid = payment(paid_line("CO-50 100"))
    one = the(paid, claim(held="A-1"), authorization())
    assert (one.kind, one.cause, one.authorization) == ("medical-necessity", "sent-correctly", "A-1")
    assert one.action.startswith("Appeal")
    assert "A-1" in one.action
    assert the(paid, claim(), authorization()).cause == "held-not-sent"
    for sent, held in (
        (claim(), authorization(decision=Decision.DENIED)),
        (claim(line("99213"), held="A-1"), authorization()),
        (claim(line(dates="07-01")), authorization()),
    ):
        one = the(paid, sent, held)
        assert (one.cause, one.authorization) == (None, "")


@pytest.mark.parametrize("codes", ["CO-27", "CO-29", "CO-252", "CO-242", "OA-18", "CO-96"])
def test_what_is_not_about_authorization_has_no_cause(codes: str) -> None:
    one = the(payment(paid_line(f"{codes} 100")), claim(held="A-1"), authorization())
    assert (one.cause, one.authorization) == (None, "")
    assert one.action


def test_referrals_are_judged_by_referrals() -> None:
    paid = payment(paid_line("CO-288 100"))
    referral = authorization("R-1", service("", service_type="3"), kind="referral")
    assert the(paid, claim(), authorization()).cause == "never-requested"
    one = the(paid, claim(), referral, authorization())
    assert (one.kind, one.cause, one.authorization) == ("referral", "held-not-sent", "R-1")
    assert the(paid, claim(referral="R-1"), referral).cause == "sent-correctly"
    by_line = claim(line(referrals=(HeldNumber(value="R-1"),)))
    assert the(paid, by_line, referral).cause == "sent-correctly"
    assert the(paid, claim(line(dates="07-01"), referral="R-1"), referral).cause == "after-period"


def test_the_secondary_payer_is_judged_by_its_own_number() -> None:
    other = OtherPayer(id=OTHER_PAYER, authorization="S-1")
    sent = claim(held="A-1", other_payers=(other,))
    paid = replace(DENIED, payer=payer(OTHER_PAYER), status="2")
    theirs = authorization("S-1", payer=payer(OTHER_PAYER))
    one = the(paid, sent, authorization(), theirs)
    assert (one.cause, one.authorization) == ("sent-correctly", "S-1")
    bare = claim(held="A-1", other_payers=(replace(other, authorization=""),))
    assert the(paid, bare, authorization(), theirs).cause == "held-not-sent"


@pytest.mark.parametrize(
    "theirs",
    [
        replace(payer(OTHER_PAYER), name="As it likes"),
        replace(payer(""), references=(Reference(qualifier="2U", value=OTHER_PAYER),)),
        replace(payer(""), name="Second Health"),
        replace(payer("061119999"), name="Second Health"),
    ],
)
def test_the_secondary_payer_is_known_by_id_or_name(theirs: Party) -> None:
    other = OtherPayer(id=OTHER_PAYER, name="Second Health", authorization="")
    sent = claim(held="A-1", other_payers=(other,))
    paid = replace(DENIED, payer=theirs, status="2")
    one = the(paid, sent, authorization(), authorization("S-1", payer=payer(OTHER_PAYER)))
    assert (one.cause, one.authorization) == ("held-not-sent", "S-1")


def test_a_hospitals_claim() -> None:
    assert the(payment(paid_line("CO-197 100")), hospital(line(), held="A-1"), authorization()).cause == "sent-correctly"


# -- what is told --------------------------------------------------------------------------------------------------------


def test_the_deadline_is_a_default_and_says_so() -> None:
    one = the(DENIED, claim())
    assert one.deadline == day("05-31")
    assert "The deadline is a default, 60 days from the remittance of 2026-04-01; the payer's own may differ." in one.evidence
    (other,) = findings(DENIED, claim(), (), Usage(), days=90)
    assert other.deadline == day("06-30")
    assert the(replace(DENIED, produced_on=None), claim()).deadline is None
    assert the(replace(DENIED, produced_on=None, paid_on=day("04-02")), claim()).deadline == day("06-01")


def test_at_the_end_of_time_there_is_no_deadline() -> None:
    assert the(replace(DENIED, produced_on=date.max), claim()).deadline is None


def test_remarks_may_ask_for_a_new_claim() -> None:
    one = the(payment(paid_line("CO-197 100", remarks=("MA130",))), claim(), authorization())
    assert one.action == "Send a new claim (frequency 1) with A-1."


@pytest.mark.parametrize(
    ("codes", "owed", "said"),
    [
        ("CO-197", "practice", "the patient may not be billed"),
        ("PR-197", "patient", "the patient may be billed"),
        ("OA-197", "other-payer", "do not bill the patient"),
        ("PI-197", "payer", "to be disputed with the payer"),
        ("CR-197", None, "until 005010"),
        ("XX-197", None, "no group of the 835"),
    ],
)
def test_whose_money_it_is_goes_by_the_group(codes: str, owed: str | None, said: str) -> None:
    one = the(payment(paid_line(f"{codes} 100")), claim())
    assert (one.kind, one.owed) == ("authorization-missing", owed)
    assert any(sentence.startswith(f"{codes[:2]}: ") and said in sentence for sentence in one.evidence)


def test_what_was_not_processed_cannot_be_appealed() -> None:
    paid = payment(paid_line("CO-197 100", remarks=("MA130",)))
    one = the(paid, claim(held="A-1"), authorization())
    assert (one.cause, one.step) == ("sent-correctly", "file")
    assert one.action.startswith("Send a new claim (frequency 1)")
    one = the(payment(paid_line("CO-197 100", remarks=("N142",))), claim(held="A-1"), authorization())
    assert (one.cause, one.step) == ("sent-correctly", "appeal")


def test_remarks_about_appeals_are_told() -> None:
    one = the(payment(paid_line("CO-197 100", remarks=("N54",)), remarks=("MA44",)), claim(), authorization())
    assert "MA44: the decision may not be appealed: the law leaves no room." in one.evidence
    one = the(payment(paid_line("CO-197 100", remarks=("N211", "N54"))), claim(), authorization())
    assert "N211: the decision may not be appealed." in one.evidence


def test_a_code_that_ended_is_read_and_said() -> None:
    said = "One of these codes ended on 2007-04-01, before this remittance; it is read as it was meant then."
    paid = payment(paid_line("CO-62 100"))
    one = the(paid, claim())
    assert (one.kind, said in one.evidence) == ("authorization-missing", True)
    assert said not in the(replace(paid, produced_on=day("2006-05-01")), claim()).evidence
    assert any("not on X12's list any more" in each for each in the(payment(paid_line("CO-15 100")), claim()).evidence)


def test_the_remittances_own_number_is_told() -> None:
    paid = payment(paid_line("CO-197 100", references=(Reference(qualifier="BB", value="X-5"),)))
    assert "The remittance names authorization X-5." in the(paid, claim()).evidence


def test_as_json() -> None:
    one = the(payment(paid_line("CO-197 100.50", remarks=("N54",))), claim(held="A-1"), authorization()).to_json()
    assert list(one) == (
        "claim payer_claim line kind cause codes authorization amount match evidence action deadline step limit owed".split()
    )
    assert (one["codes"], one["amount"], one["deadline"], one["line"]) == (["CO-197", "N54"], "100.50", "2026-05-31", "1")
    assert one["match"] == {"how": "given", "sure": True}


def test_totals() -> None:
    told = totals(
        found(payment(paid_line("CO-197 70"), paid_line("CO-197 -20", ordinal=2), paid_line("CO-50 5", ordinal=3)), None)
    )
    assert told == {
        "authorization-missing": {"findings": 2, "amount": "50.00"},
        "medical-necessity": {"findings": 1, "amount": "5.00"},
    }


def test_no_person_is_named_in_a_finding() -> None:
    told = str([one.to_json() for one in found(DENIED, claim(held="A-1"), authorization())])
    assert not any(name in told for name in ("Keller", "Maria", "W100200300", "1961"))
