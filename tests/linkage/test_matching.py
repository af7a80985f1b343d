"""Each verdict, and what decides between two of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest

import edi
from edi.linkage.terms import Requirement
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict, totals
from edi.records.authorization import Authorization, Decision, Rejection
from edi.records.claim import Claim, ClaimLine, HeldNumber, OtherPayer
from edi.records.parties import Person
from edi.records.services import Period

from .build import (
    CLINIC,
    GROUP,
    HOSPITAL,
    JONAS,
    MARIA,
    OTHER_PAYER,
    STRANGER,
    SURGEON,
    admission,
    authorization,
    claim,
    day,
    decided,
    hospital,
    line,
    only,
    payer,
    period,
    provider,
    service,
    stay,
    verdicts,
)

NEIGHBOUR = replace(MARIA, last_name="Brandt", first_name="Ute", member_id="W999", birth_date=day("1970-01-01"))


# -- linked --------------------------------------------------------------------------------------------------------------


def test_one_authorization_fits() -> None:
    row = only(claim(offset=321), authorization(key="7"))
    assert (row.verdict, row.written, row.authorization, row.key, row.placement) == ("linked", True, "A-1", "7", "2300")
    assert (row.line, row.previous, row.amount, row.offset) == (None, "", Decimal(100), 321)
    assert row.reasons == ("Authorization A-1: certifies 27447 for 2026-03-01 to 2026-05-31.",)
    assert [(c.authorization, c.fits) for c in row.candidates] == [("A-1", True)]


def test_row_as_json() -> None:
    row = only(claim(offset=9), authorization()).to_json()
    assert list(row) == (
        "claim transaction payer line verdict written authorization previous placement reasons candidates "
        "misfit remaining notes amount offset kind".split()
    )
    assert (row["claim"], row["transaction"], row["payer"], row["line"]) == ("C-1", "0001", "60054", None)
    assert (row["amount"], row["previous"], row["written"]) == ("100.00", None, True)
    assert row["candidates"][0] == {
        "authorization": "A-1",
        "fits": True,
        "why": "certifies 27447 for 2026-03-01 to 2026-05-31",
        "for": ["payer 60054", "27447", "certified", "for 2026-03-01 to 2026-05-31", "a certified provider takes part"],
        "against": [],
    }


@pytest.mark.parametrize(
    "word", ["NPR", "none", "N/A", "n.a.", "PENDING", "0000", "999", "XXXX", "See Attached", "Auth", "20260301"]
)
def test_a_placeholder_counts_as_absent(word: str) -> None:
    row = only(claim(held=word), authorization())
    assert (row.verdict, row.written, row.previous, row.authorization) == ("linked", True, word, "A-1")


@pytest.mark.parametrize("value", [MARIA.member_id, SURGEON, CLINIC, "C-1"])
def test_what_is_known_as_something_else_is_no_number(value: str) -> None:
    assert only(claim(held=value), authorization()).verdict == "linked"


def test_a_number_that_looks_like_a_placeholder_is_one_when_it_was_given() -> None:
    row = only(claim(held="20260301"), authorization("20260301"))
    assert row.verdict == "already-linked"


def test_a_number_that_looks_like_a_placeholder_and_misfits_stays() -> None:
    assert only(claim(line(dates="06-10"), held="20260301"), authorization("20260301")).verdict == "after-period"
    assert only(claim(held="20260301"), authorization("20260301", subscriber=NEIGHBOUR)).verdict == "wrong-number"


def test_a_placeholder_where_nothing_fits() -> None:
    row = only(claim(held="NPR"))
    assert (row.verdict, row.written, row.previous) == ("requirement-unknown", False, "NPR")


def test_already_linked() -> None:
    row = only(claim(held="A-1"), authorization())
    assert (row.verdict, row.written, row.authorization, row.previous, row.placement) == (
        "already-linked",
        False,
        "A-1",
        "",
        "2300",
    )


def test_already_linked_at_the_line() -> None:
    row = only(claim(line(held="A-1")), authorization())
    assert (row.verdict, row.placement) == ("already-linked", "2400")


def test_outer_blanks_are_not_part_of_a_number() -> None:
    assert only(claim(held=" A-1 "), authorization("A-1 ")).verdict == "already-linked"


def test_of_two_that_fit_the_one_that_is_there_is_right() -> None:
    assert only(claim(held="A-2"), authorization("A-1"), authorization("A-2")).authorization == "A-2"


# -- not needed ----------------------------------------------------------------------------------------------------------


def test_nothing_on_file() -> None:
    row = only(claim())
    assert (row.verdict, row.written, row.authorization, row.placement) == ("requirement-unknown", False, "", "")
    assert row.verdict.settled


def test_what_is_certified_for_something_else_is_not_near() -> None:
    row = only(claim(line("99213")), authorization())
    assert (row.verdict, row.authorization) == ("requirement-unknown", "")
    assert [c.fits for c in row.candidates] == [False]


def test_the_payer_answered_that_none_is_needed() -> None:
    row = only(claim(), authorization("", decision=Decision.NOT_REQUIRED))
    assert (row.verdict, row.written) == ("not-required", False)


def test_such_an_answer_holds_for_what_was_asked_only() -> None:
    answer = authorization("", decision=Decision.NOT_REQUIRED)
    assert only(claim(line(dates="06-10")), answer).verdict == "requirement-unknown"
    assert only(claim(line("27446")), answer).verdict == "requirement-unknown"
    assert only(claim(providers=(provider(STRANGER),), billing=provider(GROUP, "85")), answer).verdict == "requirement-unknown"


def test_what_is_certified_counts_more_than_that_none_is_needed() -> None:
    assert only(claim(), authorization("", decision=Decision.NOT_REQUIRED), authorization()).verdict == "linked"


@pytest.mark.parametrize("how", [{"frequency": "8", "original": "P-1"}, {"predetermination": True}, {"purpose": "RP"}])
def test_not_applicable(how: dict[str, object]) -> None:
    row = only(claim(**how), authorization())
    assert (row.verdict, row.written, row.candidates) == ("not-applicable", False, ())


def test_a_replacement_is_linked_like_any_claim() -> None:
    assert only(claim(frequency="7", original="P-1"), authorization()).verdict == "linked"


# -- numbers that are there ----------------------------------------------------------------------------------------------


def test_number_unknown() -> None:
    row = only(claim(held="Z-9"))
    assert (row.verdict, row.written, row.authorization, row.placement) == ("number-unknown", False, "Z-9", "2300")


def test_number_unknown_beside_a_near_one() -> None:
    row = only(claim(line(dates="06-02"), held="Z-9"), authorization())
    assert row.verdict == "number-unknown"
    assert any("A-1" in reason and "2 days after" in reason for reason in row.reasons)


def test_wrong_number_where_another_fits() -> None:
    row = only(claim(held="Z-9"), authorization())
    assert (row.verdict, row.written, row.previous, row.authorization, row.placement) == (
        "wrong-number",
        False,
        "Z-9",
        "A-1",
        "2300",
    )


def test_wrong_number_replaced() -> None:
    row = only(claim(held="Z-9"), authorization(), replace=True)
    assert (row.verdict, row.written, row.previous, row.authorization, row.placement) == (
        "wrong-number",
        True,
        "Z-9",
        "A-1",
        "2300",
    )


def test_number_of_another_patient() -> None:
    row = only(claim(held="N-1"), authorization("N-1", subscriber=NEIGHBOUR), replace=True)
    assert (row.verdict, row.written, row.authorization) == ("wrong-number", False, "N-1")
    assert "another patient" in row.reasons[0]
    assert row.candidates == ()


def test_number_of_another_patient_where_one_fits() -> None:
    row = only(claim(held="N-1"), authorization("N-1", subscriber=NEIGHBOUR), authorization())
    assert (row.verdict, row.authorization, row.previous) == ("wrong-number", "A-1", "N-1")
    assert "another patient" in row.reasons[0]


@pytest.mark.parametrize(
    ("there", "given", "how"),
    [
        ("ab-12345", "AB-12345", "small letters"),
        ("AB12345", "AB-12345", "hyphens"),
        ("12345", "0012345", "leading zeros"),
        ("AO12345", "A012345", "look like digits"),
        ("AUTH# AB12345", "AB12345", "around it"),
    ],
)
def test_almost_the_number_is_wrong(there: str, given: str, how: str) -> None:
    row = only(claim(held=there), authorization(given))
    assert (row.verdict, row.authorization, row.written) == ("wrong-number", given, False)
    assert how in row.reasons[0]


def test_two_numbers_in_one_place() -> None:
    row = only(claim(authorization="A-1", authorizations=("A-1", "A-2")), authorization())
    assert (row.verdict, row.written) == ("wrong-number", False)
    assert only(claim(authorization="A-1", authorizations=("A-1", "A-2")), authorization(), replace=True).written is False


def test_two_numbers_at_one_line() -> None:
    numbers = (HeldNumber(value="A-1"), HeldNumber(value="A-2"))
    row = only(claim(line(authorizations=numbers)), authorization())
    assert (row.verdict, row.written, row.placement) == ("wrong-number", False, "2400")
    assert only(claim(line(authorizations=(*numbers[:1], *numbers[:1]))), authorization()).verdict == "already-linked"


def test_a_referral_is_no_candidate() -> None:
    referral = authorization("R-1", kind="referral")
    assert only(claim(), referral).verdict == "requirement-unknown"
    row = only(claim(held="R-1"), referral)
    assert row.verdict == "wrong-number"
    assert "referral" in row.reasons[0]


def test_a_misfit_that_is_there_stays_with_its_own_verdict() -> None:
    row = only(claim(line(dates="02-27"), held="A-1"), authorization(), replace=True)
    assert (row.verdict, row.written, row.authorization, row.placement) == ("before-period", False, "A-1", "2300")


def test_a_number_for_another_procedure() -> None:
    row = only(claim(line("99213"), held="A-1"), authorization())
    assert (row.verdict, row.authorization) == ("service-mismatch", "A-1")


def test_a_number_at_the_claim_stands_for_the_line_that_it_fits() -> None:
    rows = decided(claim(line(), line("99213"), held="A-1"), authorization())
    assert verdicts(rows) == ["already-linked"]
    assert rows[0].amount == 200


def test_a_misfit_at_the_claim_stands_for_the_line_that_it_is_near() -> None:
    rows = decided(claim(line(dates="06-02"), line("99213"), held="A-1"), authorization())
    assert verdicts(rows) == ["1 after-period", "2 requirement-unknown"]


def test_a_lines_own_number_is_not_the_claims() -> None:
    rows = decided(claim(line(), line("29827", held="Z-9"), held="A-1"), authorization())
    assert verdicts(rows) == ["1 already-linked", "2 number-unknown"]
    rows = decided(claim(line(dates="06-02"), line(held="A-1"), held="A-1"), authorization())
    assert verdicts(rows) == ["1 after-period", "2 already-linked"]
    assert [row.placement for row in rows] == ["2300", "2400"]


def test_a_claim_without_lines() -> None:
    bare = replace(claim(), lines=())
    assert only(bare, authorization()).verdict == "requirement-unknown"
    assert only(replace(bare, authorization="Z-9"), authorization()).verdict == "number-unknown"
    assert only(bare, authorization()).amount == 100


# -- misfits -------------------------------------------------------------------------------------------------------------


def test_near_procedure() -> None:
    row = only(claim(line("27446")), authorization())
    assert (row.verdict, row.written, row.authorization) == ("service-mismatch", False, "A-1")
    assert row.reasons == ("Authorization A-1: certified for 27447, billed 27446.",)


def test_a_near_procedure_that_was_refused_says_nothing() -> None:
    assert only(claim(line("27446")), authorization("", decision=Decision.DENIED)).verdict == "requirement-unknown"


def test_before_and_after_the_certified_dates() -> None:
    early, late = only(claim(line(dates="02-28")), authorization()), only(claim(line(dates="06-01")), authorization())
    assert (early.verdict, late.verdict) == ("before-period", "after-period")
    assert "1 day before 2026-03-01 to 2026-05-31" in early.reasons[0]
    assert not early.written
    assert not late.written


@pytest.mark.parametrize("dates", ["03-01", "05-31", "03-01/05-31"])
def test_the_certified_dates_are_inclusive(dates: str) -> None:
    assert only(claim(line(dates=dates)), authorization()).verdict == "linked"


def test_a_line_that_ends_too_late_does_not_fit() -> None:
    assert only(claim(line(dates="05-30/06-01")), authorization()).verdict == "after-period"


def test_the_event_dates_count_where_the_service_has_none() -> None:
    held = authorization("A-1", service(dates=""), period=period("04-01/04-30"))
    assert only(claim(), held).verdict == "before-period"
    assert only(claim(), authorization("A-1", service(dates=""))).verdict == "linked"


def test_a_claim_without_any_date_is_not_linked_to_certified_dates() -> None:
    assert only(claim(line(dates="")), authorization()).verdict == "before-period"


def test_provider_mismatch() -> None:
    row = only(claim(providers=(provider(STRANGER),), billing=provider(GROUP, "85")), authorization())
    assert (row.verdict, row.written) == ("provider-mismatch", False)
    assert SURGEON in row.reasons[0]


@pytest.mark.parametrize("role", ["82", "71", "72", "77", "DQ"])
def test_whoever_takes_part_may_be_the_certified_one(role: str) -> None:
    away = {"billing": provider(GROUP, "85")}
    assert only(claim(providers=(provider(SURGEON, role),), **away), authorization()).verdict == "linked"


@pytest.mark.parametrize("role", ["DN", "P3", "DK"])
def test_who_referred_or_ordered_is_not_who_gives_the_service(role: str) -> None:
    row = only(claim(providers=(provider(SURGEON, role), provider(STRANGER)), billing=provider(GROUP, "85")), authorization())
    assert row.verdict == "provider-mismatch"


def test_billing_provider_by_npi_or_tax_id() -> None:
    by_npi = authorization(providers=(provider(CLINIC, "FA"),))
    other = replace(provider(GROUP, "FA"), id_qualifier="24", id="31-1234567")
    assert only(claim(providers=()), by_npi).verdict == "linked"
    assert only(claim(providers=()), authorization(providers=(other,))).verdict == "linked"
    assert only(claim(providers=()), authorization(providers=(replace(other, id="319999999"),))).verdict == "provider-mismatch"


def test_the_services_own_provider_counts_before_the_events() -> None:
    held = authorization("A-1", service(providers=(provider(STRANGER, "72"),)))
    assert only(claim(), held).verdict == "provider-mismatch"


def test_the_requester_counts_where_no_provider_is_named() -> None:
    assert only(claim(), authorization(providers=())).verdict == "linked"
    assert only(claim(), authorization(providers=(provider(STRANGER, "DN"),))).verdict == "linked"
    assert only(claim(), authorization(providers=(), requester=provider(STRANGER, "1P"))).verdict == "provider-mismatch"


def test_nobody_is_known_who_may_give_the_service() -> None:
    named = replace(provider(""), name="Somebody", id_qualifier="")
    assert only(claim(), authorization(providers=(named,), requester=replace(named, role="1P"))).verdict == "linked"


def test_a_lines_rendering_provider_replaces_the_claims() -> None:
    row = only(claim(line(providers=(provider(STRANGER),)), billing=provider(GROUP, "85")), authorization())
    assert row.verdict == "provider-mismatch"


def test_place_mismatch() -> None:
    held = authorization("A-1", service(place="24", place_qualifier="B"))
    row = only(claim(), held)
    assert (row.verdict, row.written) == ("place-mismatch", False)
    assert "certified for place of service 24, billed 22" in row.reasons[0]
    assert only(claim(place="24"), held).verdict == "linked"
    assert only(claim(line(place="24")), held).verdict == "linked"
    assert only(claim(line(place="11"), place="24"), held).verdict == "place-mismatch"


def test_a_place_that_is_not_told_is_not_compared() -> None:
    held = authorization("A-1", service(place="24", place_qualifier="B"))
    assert only(claim(place=""), held).verdict == "linked"
    assert only(claim(), authorization("A-1", service(place="", place_qualifier="B"))).verdict == "linked"


def test_without_a_qualifier_the_kind_of_claim_tells_which_places_these_are() -> None:
    office, bill = service(place="24", place_qualifier="B"), service(place="14", place_qualifier="A")
    assert only(claim(place_qualifier=""), authorization("A-1", office)).verdict == "place-mismatch"
    assert only(claim(place_qualifier=""), authorization("A-1", bill)).verdict == "linked"
    outpatient = replace(hospital(line()), place_qualifier="")
    assert only(outpatient, authorization("A-1", bill)).verdict == "place-mismatch"
    assert only(outpatient, authorization("A-1", office)).verdict == "linked"


def test_places_of_different_kinds_are_not_compared() -> None:
    assert only(hospital(line()), authorization("A-1", service(place="24", place_qualifier="B"))).verdict == "linked"
    assert only(hospital(line()), authorization("A-1", service(place="14", place_qualifier="A"))).verdict == "place-mismatch"


def test_the_events_place_counts_where_the_service_has_none() -> None:
    assert only(claim(), authorization(place="24", place_qualifier="B")).verdict == "place-mismatch"


def test_other_payer() -> None:
    held = authorization(payer=payer(OTHER_PAYER, "X3"))
    row = only(claim(), held)
    assert (row.verdict, row.written, row.authorization) == ("other-payer", False, "A-1")
    assert f"payer {OTHER_PAYER}" in row.reasons[0]
    assert only(claim(), held, payers={OTHER_PAYER: "60054"}).verdict == "linked"


def test_another_payers_authorization_of_something_else_is_not_near() -> None:
    held = authorization(payer=payer(OTHER_PAYER, "X3"))
    assert only(claim(line("99213")), held).verdict == "requirement-unknown"
    assert only(claim(line(dates="08-01")), held).verdict == "requirement-unknown"
    assert only(claim(), replace(held, decision=Decision.DENIED, services=(service(decision=Decision.DENIED),))).verdict == (
        "requirement-unknown"
    )


def test_a_number_of_another_payer_that_is_there() -> None:
    held = authorization(payer=payer(OTHER_PAYER, "X3"))
    assert only(claim(line("99213"), held="A-1"), held).verdict == "other-payer"
    other = claim(line("99213"), held="A-1", other_payers=(OtherPayer(id=OTHER_PAYER),))
    row = only(other, held)
    assert (row.verdict, "another payer of this claim" in row.reasons[0]) == ("other-payer", True)


def test_payers_without_an_id_are_known_by_name() -> None:
    nameless = replace(payer(), id="", id_qualifier="")
    assert only(claim(payer=nameless), authorization()).verdict == "linked"
    assert only(claim(payer=replace(nameless, name="Another Plan")), authorization()).verdict == "other-payer"


def test_the_claims_own_other_payer_is_not_mistaken_for_its_destination() -> None:
    held = authorization(payer=payer(OTHER_PAYER, "X3"))
    assert only(claim(other_payers=(OtherPayer(id=OTHER_PAYER),)), held).verdict == "requirement-unknown"


@pytest.mark.parametrize(
    ("decision", "verdict"),
    [
        (Decision.PENDED, "authorization-pending"),
        (Decision.UNANSWERED, "authorization-pending"),
        (Decision.REJECTED, "authorization-pending"),
        (Decision.DENIED, "authorization-denied"),
        (Decision.CANCELLED, "authorization-cancelled"),
        (Decision.CONTACT_PAYER, "call-payer"),
    ],
)
def test_what_was_decided(decision: Decision, verdict: str) -> None:
    row = only(claim(), authorization("A-1", decision=decision))
    assert (row.verdict, row.written, row.verdict.settled) == (verdict, False, False)


def test_the_payers_reasons_are_told() -> None:
    refused = authorization("", service(reasons=("0F",)), decision=Decision.DENIED)
    assert "(0F not medically necessary)" in only(claim(), refused).reasons[0]
    rejected = service(rejections=(Rejection(loop="2010C", reason="72", follow_up="C"),))
    assert "AAA 72" in only(claim(), authorization("", rejected, decision=Decision.REJECTED)).reasons[0]


def test_a_decision_is_told_with_its_day() -> None:
    refused = authorization("D-1", issued=day("02-20"), decision=Decision.DENIED)
    assert only(claim(), refused).reasons == ("Authorization D-1: denied, answered 2026-02-20.",)
    assert "answered" not in only(claim(), authorization(issued=day("02-20"))).reasons[0]
    assert "answered" not in only(claim(), authorization(decision=Decision.DENIED)).reasons[0]


def test_a_request_is_told_with_the_day_on_which_it_was_asked() -> None:
    waiting = authorization("", issued=day("02-20"), decision=Decision.UNANSWERED)
    assert only(claim(), waiting).reasons[0].endswith(": requested, and no answer came, asked 2026-02-20.")


def test_the_services_decision_counts_not_the_events() -> None:
    held = authorization("A-1", service(), service("20985", decision=Decision.DENIED), decision=Decision.PARTLY_CERTIFIED)
    rows = decided(claim(line(), line("20985")), held)
    assert verdicts(rows) == ["1 linked", "2 authorization-denied"]
    assert [(row.placement, row.written, row.amount) for row in rows] == [("2400", True, 100), ("", False, 100)]


def test_certified_in_part_without_saying_which_part() -> None:
    held = authorization(services=(), decision=Decision.PARTLY_CERTIFIED)
    assert only(claim(held="A-1"), held).verdict == "call-payer"


def test_certified_without_a_number() -> None:
    row = only(claim(), authorization(""))
    assert (row.verdict, row.written) == ("call-payer", False)


def test_a_number_that_was_cancelled_in_any_message_is_not_written() -> None:
    row = only(claim(), authorization(), authorization(decision=Decision.CANCELLED))
    assert (row.verdict, row.written) == ("authorization-cancelled", False)


def test_what_was_cancelled_without_a_number_cancels_nothing_else() -> None:
    assert (
        only(claim(), authorization("", key="1"), authorization("", key="2", decision=Decision.CANCELLED)).verdict == "call-payer"
    )
    assert only(claim(), authorization("A-1"), authorization("A-2", decision=Decision.CANCELLED)).verdict == "linked"


def test_pended_then_approved() -> None:
    assert only(claim(), authorization("", decision=Decision.PENDED), authorization()).verdict == "linked"


def test_the_nearest_misfit_is_the_verdict() -> None:
    refused, later = authorization("D-1", decision=Decision.DENIED), authorization("A-2", service(dates="04-01/04-30"))
    row = only(claim(), refused, later)
    assert (row.verdict, row.authorization) == ("before-period", "A-2")
    assert [(c.authorization, c.fits) for c in row.candidates] == [("D-1", False), ("A-2", False)]


def test_of_misfits_of_one_kind_the_one_with_the_nearest_dates() -> None:
    far, close = authorization("A-1", service(dates="01-01/01-31")), authorization("A-2", service(dates="04-01/04-30"))
    assert only(claim(), far, close).authorization == only(claim(), close, far).authorization == "A-2"


# -- procedures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certified", "billed", "verdict"),
    [
        ("27447", "27447:RT", "linked"),
        ("27447:RT", "27447:RT", "linked"),
        ("27447:RT", "27447:RT:22", "linked"),
        ("27447:RT", "27447:LT", "service-mismatch"),
        ("27447:RT", "27447", "service-mismatch"),
        ("97110-97140", "97112", "linked"),
        ("97110-97140", "97150", "requirement-unknown"),
        ("97110-97140", "97146", "service-mismatch"),
        ("AD:D2740", "AD:D2740", "linked"),
        ("AD:D2740", "D2740", "requirement-unknown"),
    ],
)
def test_procedures(certified: str, billed: str, verdict: str) -> None:
    assert only(claim(line(billed)), authorization("A-1", service(certified))).verdict == verdict


def test_approved_by_service_type_alone() -> None:
    held = authorization("A-1", service("", service_type="PT"))
    row = only(claim(line("97110")), held)
    assert (row.verdict, row.written) == ("requirement-unknown", False)
    assert any("service type PT, without a code; no rule says that it covers 97110" in reason for reason in row.reasons)


def test_an_approval_that_names_no_service_is_told_of_where_it_may_be_meant() -> None:
    def doubtful(billed: Claim, **more: Any) -> bool:
        return only(billed, authorization("A-1", service("", service_type="PT"), **more)).doubtful

    assert doubtful(claim(line("97110")))
    assert not doubtful(claim(line("97110", dates="06-01")))  # not of its time
    assert not doubtful(claim(line("97110")), decision=Decision.DENIED)
    assert not only(claim(line("97110"))).doubtful
    assert not only(claim(line("97110")), authorization("A-1", service("99213"))).doubtful


def test_approved_by_service_type_and_the_number_is_there() -> None:
    held = authorization("A-1", service("", service_type="PT"))
    assert only(claim(line("97110"), held="A-1"), held).verdict == "already-linked"
    assert only(claim(line("97110", dates="06-01"), held="A-1"), held).verdict == "after-period"


def test_revenue_codes() -> None:
    held = authorization("A-1", service("", revenue_code="0420"))
    assert only(hospital(line("97110", revenue_code="0420")), held).verdict == "linked"
    assert only(hospital(line("", revenue_code="0430")), held).verdict == "requirement-unknown"


# -- inpatient stays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "dates", "number"),
    [
        ("2", "03-01/03-04", "ADM-1"),
        ("3", "03-05/03-10", "ADM-2"),
        ("4", "03-05/03-10", "ADM-2"),
        ("1", "03-01/03-04", "ADM-1"),
        ("7", "03-01/03-04", "ADM-1"),  # in the place of the first one,
        ("7", "02-27/03-04", "ADM-1"),  # which tells of days before the admission,
        ("7", "03-05/03-10", "ADM-2"),  # and of a later one
    ],
)
@pytest.mark.parametrize("admitted", [None, period("03-01")], ids=["", "admission told twice"])
def test_each_bill_of_a_stay_has_the_number_of_its_own_days(
    frequency: str, dates: str, number: str, admitted: Period | None
) -> None:
    first, more = admission("ADM-1", "03-01/03-04", "4 DY"), admission("ADM-2", "03-05/03-10", "6 DY")
    found = [
        replace(first, period=period("03-01/03-04"), admission=period("03-01")),
        replace(more, period=period("03-05/03-10"), admission=admitted),
    ]
    bill = replace(stay(dates), frequency=frequency, admission=period("03-01").start)
    assert only(bill, *found).authorization == number
    sent = replace(bill, authorization=number, authorizations=(number,))
    assert only(sent, *found).verdict is Verdict.ALREADY_LINKED


def test_a_stay_by_its_admission() -> None:
    row = only(stay(), admission())
    assert (row.verdict, row.line, row.placement, row.authorization) == ("linked", None, "2300", "ADM-1")


@pytest.mark.parametrize(
    ("certified", "verdict"), [("03-11", "before-period"), ("03-09", "after-period"), ("03-09/03-12", "linked")]
)
def test_admission_against_the_certified_admission(certified: str, verdict: str) -> None:
    assert only(stay(), admission(dates=certified)).verdict == verdict


def test_the_statement_may_begin_before_the_admission() -> None:
    assert only(stay("03-08/03-14", admission=day("03-10")), admission()).verdict == "linked"


def test_a_stay_without_a_date_of_admission_begins_with_its_statement() -> None:
    assert only(stay(admission=None), admission()).verdict == "linked"
    assert only(stay(admission=None), admission(dates="03-11")).verdict == "before-period"


def test_a_stay_without_a_certified_admission_is_compared_with_the_certified_dates() -> None:
    def held(dates: str) -> Authorization:
        return replace(admission(), admission=None, period=period(dates))

    assert only(stay(), held("03-01/03-10")).verdict == "linked"
    assert only(stay(), held("03-11/03-20")).verdict == "before-period"


def test_what_is_a_stay() -> None:
    assert only(stay(place="", admission=day("03-10")), admission()).verdict == "linked"
    assert only(stay(place="21"), admission()).verdict == "linked"
    for outpatient in (stay(place="13"), stay(place="", admission=None), stay(place="32"), replace(stay(), kind="professional")):
        assert only(outpatient, admission()).verdict == "requirement-unknown"


def test_a_stay_is_not_compared_with_a_procedure_that_it_does_not_bill() -> None:
    assert only(stay(), authorization()).verdict == "requirement-unknown"


def test_a_stay_that_bills_the_certified_procedure() -> None:
    bill = hospital(line("27447", "03-11"), place="11", admission=day("03-10"), period=period("03-10/03-14"))
    assert only(bill, authorization("A-1", service(dates="03-11"))).verdict == "linked"
    assert only(bill, authorization("A-1", service(dates="03-15/03-20"))).verdict == "before-period"


def test_an_admission_says_nothing_about_an_outpatient_line() -> None:
    assert only(claim(), admission()).verdict == "requirement-unknown"


def test_the_surgeons_claim_carries_the_number_of_the_stay() -> None:
    held = admission(dates="03-10/03-14", providers=(provider(HOSPITAL, "FA"), provider(SURGEON, "71")))
    assert only(claim(held="ADM-1"), held).verdict == "already-linked"


def observed(*more: ClaimLine, **kinds: Any) -> Claim:
    """A stay that began with hours of observation."""
    hours = line("G0378", "03-10", "20 UN", revenue_code="0762")
    return hospital(line("", "", "4 DA", revenue_code="0120"), hours, *more, **_ADMITTED | kinds)


_ADMITTED: Final = {"place": "11", "admission": day("03-10"), "period": period("03-10/03-14")}
HOURS: Final = authorization("OBS-1", service("G0378"), providers=(provider(HOSPITAL, "FA"),))


def test_what_certifies_the_stay_goes_before_what_certifies_a_procedure_in_it() -> None:
    surgery = authorization("A-1", service("27447"), providers=(provider(HOSPITAL, "FA"),))
    bill = observed(line("27447", "03-11"))
    for found in ((admission(), surgery, HOURS), (surgery, admission())):
        assert only(bill, *found).authorization == "ADM-1"
    short = only(bill, surgery, admission(quantity="3 DY"))
    assert (short.verdict, short.authorization) == ("units-short", "ADM-1")
    assert only(bill, surgery).authorization == "A-1"
    held = only(replace(bill, authorization="A-1", authorizations=("A-1",)), surgery, admission())
    assert (held.verdict, held.authorization) == ("already-linked", "A-1")


@pytest.mark.parametrize(
    "hours",
    [HOURS, authorization("OBS-1", replace(service(""), revenue_code="0762"), providers=(provider(HOSPITAL, "FA"),))],
    ids=["code", "revenue code"],
)
def test_observation_is_no_stay(hours: Authorization) -> None:
    row = only(observed(), hours)
    assert (row.verdict, row.written) == ("service-mismatch", False)
    assert "certified for observation" in row.reasons[0]
    assert only(observed(place="13", admission=None), hours).verdict == "linked"
    assert only(observed(held="OBS-1"), hours, admission()).verdict == "wrong-number"


def test_a_misfit_of_observation_says_what_the_stay_bills() -> None:
    misfit = only(observed(), HOURS).misfit
    assert misfit and (misfit.certified, misfit.billed) == (("G0378",), ("0120",))


def test_what_is_certified_where_nobody_stays_is_no_stay() -> None:
    bill = observed(line("27447", "03-11"))
    elsewhere = authorization("A-1", service("27447", place="22", place_qualifier="B"), providers=(provider(HOSPITAL, "FA"),))
    assert only(bill, elsewhere).verdict == "place-mismatch"
    assert (
        only(
            bill, authorization("A-1", service("27447", place="21", place_qualifier="B"), providers=(provider(HOSPITAL, "FA"),))
        ).verdict
        == "linked"
    )


def test_a_stay_certifies_no_outpatient_bill() -> None:
    bill = hospital(line("99285", "03-10"), held="ADM-1")
    row = only(bill, admission())
    assert (row.verdict, row.authorization) == ("service-mismatch", "ADM-1")
    assert row.reasons == ("Authorization ADM-1: certified for a stay, and 99285 is billed as none.",)
    for admitted in ("12", "22", "81"):  # ancillary services to who is admitted, a hospice
        assert only(replace(bill, place=admitted), admission()).verdict == "already-linked"


def test_a_stay_whose_procedures_are_listed() -> None:
    held = replace(admission(), services=(service(dates="03-10"), service("20985", decision=Decision.DENIED)))
    assert only(stay(), held).verdict == "linked"
    assert only(claim(), replace(held, providers=(provider(SURGEON, "71"),))).verdict == "linked"


def test_a_stay_extended_under_the_same_number() -> None:
    first = service("", "03-10/03-12", "2 DY", number="ADM-1")
    more = service("", "03-12/03-15", "3 DY", number="ADM-1")
    held = replace(admission(), services=(first, more), admission=None, quantity=None)
    assert only(stay(), held).verdict == "linked"
    assert only(stay("03-10/03-16"), held).verdict == "units-short"


# -- who is who ----------------------------------------------------------------------------------------------------------


def test_a_name_alone_is_nobody() -> None:
    other = replace(MARIA, member_id="W1", birth_date=day("1970-01-01"))
    assert only(claim(), authorization(subscriber=other)).candidates == ()
    assert only(claim(), authorization(subscriber=replace(other, birth_date=None))).candidates == ()
    assert only(claim(), authorization(subscriber=replace(other, member_id=""))).candidates == ()


def test_a_member_id_alone_is_nobody() -> None:
    assert only(claim(), authorization(subscriber=replace(MARIA, birth_date=day("1987-12-24")))).candidates == ()
    other_name = replace(MARIA, birth_date=None, first_name="Ute")
    assert only(claim(), authorization(subscriber=other_name)).candidates == ()


def test_a_new_name_with_the_same_birth_date() -> None:
    assert only(claim(), authorization(subscriber=replace(MARIA, last_name="Brandt"))).verdict == "linked"


@pytest.mark.parametrize("name", ["KELLER", "Kéller", "Kel-ler", "KELLER JR"])
def test_names_are_folded(name: str) -> None:
    assert only(claim(), authorization(subscriber=replace(MARIA, birth_date=None, last_name=name))).verdict == "linked"


def family(child: Person = JONAS) -> dict[str, object]:
    return {"patient": child, "dependent": True}


def test_a_dependent() -> None:
    assert only(claim(**family()), authorization(**family())).verdict == "linked"


def test_the_subscribers_authorization_is_not_the_dependents() -> None:
    assert only(claim(**family()), authorization()).candidates == ()
    assert only(claim(), authorization(**family())).candidates == ()


@pytest.mark.parametrize(
    "change", [{"first_name": "Lukas"}, {"birth_date": day("2014-09-29")}, {"gender": "F"}, {"birth_date": None}]
)
def test_a_sibling_is_another_patient(change: dict[str, object]) -> None:
    assert only(claim(**family()), authorization(**family(replace(JONAS, **change)))).candidates == ()


def test_a_dependent_with_a_member_id_of_its_own() -> None:
    own = replace(JONAS, member_id="W100200300-02")
    theirs = authorization(subscriber=own)
    assert only(claim(subscriber=replace(own)), theirs).verdict == "linked"
    assert only(claim(**family(replace(JONAS, member_id="W100200300-02"))), theirs).verdict == "linked"


# -- two authorizations --------------------------------------------------------------------------------------------------


def test_two_that_fit_equally() -> None:
    row = only(claim(), authorization("A-1"), authorization("A-2"), replace=True)
    assert (row.verdict, row.written, row.authorization) == ("ambiguous", False, "")
    assert [(c.authorization, c.fits) for c in row.candidates] == [("A-1", True), ("A-2", True)]


@pytest.mark.parametrize("codes", [("27447", "29827"), ("29827", "27447")])
def test_an_authorization_is_one_candidate_by_its_best_service(codes: tuple[str, str]) -> None:
    row = only(claim(), authorization("A-1", *(service(code) for code in codes)))
    assert [(c.authorization, c.fits, c.why[:15]) for c in row.candidates] == [("A-1", True, "certifies 27447")]
    row = only(claim(line("20985")), authorization("A-1", *(service(code) for code in codes)))
    assert [(c.authorization, c.fits) for c in row.candidates] == [("A-1", False)]


def test_a_candidate_of_several_lines_is_told_once() -> None:
    for lines in ((line(), line("99213")), (line("99213"), line())):
        (row,) = decided(claim(*lines, held="NONE"), authorization(), authorization("B-2", service("29827")))
        assert [(c.authorization, c.fits) for c in row.candidates] == [("A-1", True), ("B-2", False)]


def test_two_numbers_that_differ_only_in_a_hyphen_are_two() -> None:
    assert only(claim(), authorization("A-1"), authorization("A1")).verdict == "ambiguous"


def test_a_placeholder_is_not_replaced_by_one_of_two() -> None:
    row = only(claim(held="NONE"), authorization("A-1"), authorization("A-2"))
    assert (row.verdict, row.written) == ("ambiguous", False)
    assert (row.previous, row.placement, row.reasons[1]) == ("NONE", "2300", "NONE stays in 2300.")


def test_the_same_number_twice_is_one() -> None:
    assert only(claim(), authorization(), authorization()).verdict == "linked"
    assert only(claim(), authorization("A-1", service(number="A-1"), service(number="A-1"))).verdict == "linked"


def test_a_services_own_number_counts() -> None:
    assert only(claim(), authorization("A-1", service(number="S-7"))).authorization == "S-7"


def test_an_extension_is_another_authorization() -> None:
    first, more = authorization("A-1"), authorization("A-2", previous_number="A-1")
    assert only(claim(), first, more).verdict == "ambiguous"
    later = authorization("A-2", service(dates="06-01/06-30"), previous_number="A-1")
    assert only(claim(), first, later).authorization == "A-1"


# -- rules ---------------------------------------------------------------------------------------------------------------


def wanted(needed: bool = True, *exceptions: str):  # type: ignore[no-untyped-def]  # a test's own rule
    return lambda claim, line: Requirement(needed, "The plan's list of 2026 says so.", frozenset(exceptions))


def test_missing_where_a_rule_asks() -> None:
    row = only(claim(), required=wanted())
    assert (row.verdict, row.reasons[0]) == ("missing", "The plan's list of 2026 says so.")


def test_where_a_rule_asks_any_other_certified_procedure_is_near() -> None:
    assert only(claim(line("99213")), authorization(), required=wanted()).verdict == "service-mismatch"


def test_a_rule_says_that_none_is_needed() -> None:
    assert only(claim(), required=wanted(False)).verdict == "not-required"
    assert only(claim(), authorization(), required=wanted(False)).verdict == "linked"


def test_an_exception_that_the_rule_accepts() -> None:
    assert only(claim(exception="3"), required=wanted(True, "3")).verdict == "exception-claimed"
    assert only(claim(exception="2"), required=wanted(True, "3")).verdict == "missing"
    assert only(claim(exception="3")).verdict == "requirement-unknown"


# -- reports -------------------------------------------------------------------------------------------------------------


def test_totals_count_each_dollar_once() -> None:
    rows = [*decided(claim(line(), line("99213", charge=Decimal("50.50"))), authorization()), *decided(claim(offset=5))]
    assert totals(rows) == {
        "linked": {"claims": 1, "amount": "100.00"},
        "requirement-unknown": {"claims": 2, "amount": "150.50"},
    }


def test_only_the_first_five_verdicts_are_settled() -> None:
    assert [
        v.value for v in Verdict if v.settled
    ] == "linked already-linked not-required requirement-unknown not-applicable".split()
    assert len(Verdict) == 23


def test_no_person_is_named_in_a_row() -> None:
    held = (authorization("A-1", subscriber=NEIGHBOUR), authorization("A-2", service("27446")), authorization("A-3"))
    told = str([row.to_json() for row in decided(claim(held="A-1"), *held, usage=Usage())])
    assert not any(name in told for name in ("Keller", "Maria", "Brandt", "W100200300", "W999", "1961"))


class TestChoosing:
    """A person says which of several numbers is meant."""

    def link(self, chosen: dict[str, str], *known: Authorization, **more: Any) -> tuple[str, str, tuple[str, ...]]:
        (row,) = edi.link([claim(line("27447"), **more)], known, chosen=chosen).claims
        return row.verdict.value, row.authorization, row.reasons

    def test_of_several_that_fit(self) -> None:
        two = (authorization("A-1"), authorization("A-2"))
        name = claim(line("27447")).id
        assert self.link({}, *two)[0] == "ambiguous"
        verdict, number, reasons = self.link({name: "A-2"}, *two)
        assert (verdict, number, reasons[0]) == ("linked", "A-2", "A-2 was chosen of A-1, A-2.")
        assert self.link({"another claim": "A-2"}, *two)[0] == "ambiguous"

    def test_what_does_not_fit_is_not_taken(self) -> None:
        name = claim(line("27447")).id
        late = authorization("A-3", service("27447", "08-01/09-30"))
        verdict, number, reasons = self.link({name: "A-3"}, authorization("A-1"), authorization("A-2"), late)
        assert (verdict, number) == ("ambiguous", "")
        assert "A-3 was chosen, and is none of them." in reasons
        assert self.link({name: "A-3"}, late)[0] == "before-period"

    def test_of_a_patient_who_may_be_the_same(self) -> None:
        known = authorization("A-1", subscriber=replace(MARIA, member_id="W900900900"))
        assert self.link({}, known)[0] == "ambiguous"
        assert self.link({claim(line("27447")).id: "A-1"}, known)[:2] == ("linked", "A-1")
