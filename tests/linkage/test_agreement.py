"""What a payer's matching rules change: each line of `match`, in its direction, and not beyond it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from edi.linkage.agreement import Matching
from edi.linkage.denials.denial import findings
from edi.linkage.terms import PayerRules
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine, OtherPayer
from edi.records.parties import Party, Reference
from edi.records.services import Diagnosis, Procedure

from .build import (
    CLINIC,
    GROUP,
    HOSPITAL,
    MARIA,
    OTHER_PAYER,
    PAYER,
    STRANGER,
    SURGEON,
    amount,
    authorization,
    claim,
    day,
    decided,
    hospital,
    line,
    only,
    paid_line,
    payer,
    payment,
    period,
    provider,
    service,
    stay,
    verdicts,
)
from .rules import matching, rule_file


def certified(code: str, **more: Any) -> Authorization:
    return authorization("A-1", service(code, **more))


def verdict(sent: Claim | str, held: Authorization, rules: Matching) -> str:
    row = only(claim(line(sent)) if isinstance(sent, str) else sent, held, matching=rules)
    assert row.written == (row.verdict in ("linked", "units-short")) or row.verdict == "authorization-denied"
    return str(row.verdict)


# -- procedures ----------------------------------------------------------------------------------------------------------

FAMILY = matching("procedure 70553 covers 70551, 70552")
THERAPY = matching("service type PT covers 97110-97112, 97140 with GP or GO")
PT = authorization("PT-1", service("", service_type="PT"))


def test_a_procedure_covers_another_in_one_direction() -> None:
    assert verdict("70551", certified("70553"), FAMILY) == "linked"
    assert verdict("70551", certified("70553"), Matching()) == "service-mismatch"
    row = only(claim(line("70553")), certified("70551"), matching=FAMILY)
    assert (row.verdict, row.written) == ("service-mismatch", False)
    assert row.reasons == (
        "Authorization A-1: certified for 70551, billed 70553, which covers it but is not covered (rule own).",
    )


def test_the_rule_is_named() -> None:
    row = only(claim(line("70552")), certified("70553"), matching=FAMILY)
    assert row.reasons == ("Authorization A-1: certifies 70552 as 70553 (rule own) for 2026-03-01 to 2026-05-31.",)


def test_codes_far_apart_are_near_by_a_rule() -> None:
    rules = matching("procedure 27447 covers 01402")
    assert verdict("01402:AA", certified("27447"), rules) == "linked"
    assert verdict("27447", certified("01402"), rules) == "service-mismatch"
    assert verdict("27447", certified("01402"), Matching()) == "requirement-unknown"


def test_procedures_that_cover_one_another() -> None:
    rules = matching("procedures 29880, 29881 cover one another")
    assert verdict("29880", certified("29881"), rules) == verdict("29881", certified("29880"), rules) == "linked"
    assert verdict("29882", certified("29881"), rules) == "service-mismatch"


def test_a_certified_range_is_covered_as_a_whole() -> None:
    rules = matching("procedure 97110-97112 covers 97530")
    assert verdict("97530", certified("97110-97112"), rules) == "linked"
    assert verdict("97530", certified("97110-97140"), rules) != "linked"


def test_codes_of_another_kind_are_not_covered() -> None:
    held = certified("AD:D2740")
    dental = replace(claim(), lines=(replace(line(), procedure=Procedure(qualifier="HC", code="D2750")),))
    assert only(dental, held, matching=matching("procedure D2740 covers D2750")).written is False


def test_what_is_certified_in_so_many_words_goes_before_what_a_rule_covers() -> None:
    wide, narrow = certified("70553"), authorization("A-2", service("70551"))
    assert only(claim(line("70551")), wide, narrow, matching=FAMILY).authorization == "A-2"
    there = only(claim(line("70551"), held="A-1"), wide, narrow, matching=FAMILY)
    assert (there.verdict, there.authorization) == ("already-linked", "A-1")  # it fits too, and is there
    twice = (certified("70553"), authorization("A-2", service("70553")))
    assert only(claim(line("70551")), *twice, matching=FAMILY).verdict == "ambiguous"


def test_a_number_that_fits_by_a_rule_stays_where_it_stands() -> None:
    wide, narrow = certified("70553"), authorization("A-2", service("70551"))
    row = only(replace(claim(line("70551")), authorization="A-1"), wide, narrow, matching=FAMILY)
    assert (row.verdict, row.authorization) == ("already-linked", "A-1")


def test_a_service_type_covers_what_its_rule_says() -> None:
    for code in ("97110:GP", "97112:GO", "97140:59:GP"):
        assert verdict(code, PT, THERAPY) == "linked"
    assert verdict("97110:GP", PT, Matching()) == "requirement-unknown"
    assert verdict("97110", PT, THERAPY) == "service-mismatch"
    assert verdict("97113:GP", PT, THERAPY) == "requirement-unknown"
    assert verdict("97110:GP", authorization("PT-1", service("", service_type="OT")), THERAPY) == "requirement-unknown"
    row = only(claim(line("97110")), PT, matching=THERAPY)
    assert "by rule own does not cover 97110 without the modifier that it takes" in row.reasons[0]


def test_a_number_that_is_there_is_judged_by_the_rule_of_its_service_type() -> None:
    assert only(claim(line("97113:GP"), held="PT-1"), PT).verdict == "already-linked"  # no rule says otherwise
    row = only(claim(line("97113:GP"), held="PT-1"), PT, matching=THERAPY)
    assert (row.verdict, row.written, row.placement) == ("service-mismatch", False, "2300")


def test_a_revenue_code_covers_others() -> None:
    held = authorization("A-1", service("", revenue_code="0420"))
    sent = hospital(line("97110", revenue_code="0424"))
    assert verdict(sent, held, matching("revenue code 0420 covers 0421-0429")) == "linked"
    assert verdict(sent, held, Matching()) == "requirement-unknown"
    assert verdict(hospital(line("97110", revenue_code="0430")), held, matching("revenue code 0420 covers 042x")) != "linked"


# -- modifiers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "held", "sent", "expected"),
    [
        ("", "27447:RT", "27447", "service-mismatch"),
        ("", "27447", "27447:RT", "linked"),
        ("modifiers RT, LT must match", "27447", "27447:RT", "service-mismatch"),
        ("modifiers RT, LT must match", "27447:RT", "27447:RT:80", "linked"),
        ("modifiers RT, LT must match", "27447:LT", "27447:RT", "service-mismatch"),
        ("modifiers 26, TC, 80 need not match", "70551:26", "70551", "linked"),
        ("modifiers 26, TC, 80 need not match", "70551:26:RT", "70551:TC", "service-mismatch"),
        ("modifiers 26, TC, 80 need not match", "70551:26", "70551:TC", "linked"),
        ("modifier 50 covers RT, LT", "27447:50", "27447:RT", "linked"),
        ("modifier 50 covers RT, LT", "27447:RT", "27447:50", "service-mismatch"),
        ("modifier 50 covers RT, LT modifiers RT, LT must match", "27447:50", "27447:LT", "linked"),
        ("modifier 50 covers RT, LT modifiers RT, LT, 50 must match", "27447:RT", "27447:RT:50", "service-mismatch"),
    ],
)
def test_modifiers(rule: str, held: str, sent: str, expected: str) -> None:
    assert verdict(sent, certified(held), matching(rule) if rule else Matching()) == expected


def test_of_two_rules_about_a_modifier_the_first_counts() -> None:
    rules = matching("for procedures 27447 modifiers RT need not match", "modifiers RT must match")
    assert verdict("27447", certified("27447:RT"), rules) == "linked"
    assert verdict("27446", certified("27446:RT"), rules) == "service-mismatch"


# -- drugs ---------------------------------------------------------------------------------------------------------------

VIALS = "quantity 10 UN of J1745 is 1 UN of 57894003001"
NDC = authorization(
    "D-1",
    replace(service(quantity="10 UN"), procedure=Procedure(qualifier="N4", code="57894003001")),
    key="1",
)


def test_units_of_a_drug_are_counted_by_the_rule() -> None:
    usage = Usage()
    rules = matching(VIALS)
    first = only(claim(line("J1745", quantity="60 UN")), NDC, matching=rules, usage=usage)
    assert (first.verdict, first.authorization) == ("linked", "D-1")
    assert [use.amount for use in usage.all()] == [Decimal(6)]
    more = only(claim(line("J1745", "03-24", quantity="50 UN"), id="C-2"), NDC, matching=rules, usage=usage)
    assert (more.verdict, more.written) == ("units-short", True)
    assert "5 units wanted, 4 units left of 10 units certified, used by C-1" in more.reasons[0]
    last = only(claim(line("J1745", "04-07", quantity="20 UN"), id="C-3"), NDC, matching=rules, usage=usage)
    assert last.misfit and (last.verdict, last.misfit.billed, last.misfit.over) == ("units-used-up", ("2",), Decimal(2))


@pytest.mark.parametrize("whole", [3, 7])
def test_units_that_do_not_divide_are_neither_lost_nor_won(whole: int) -> None:
    usage = Usage()
    one = authorization("D-1", replace(NDC.services[0], quantity=amount("1 UN")), key="1")
    rules = matching(f"quantity {whole} UN of J1745 is 1 UN of 57894003001")
    sent = [claim(line("J1745", f"03-{n + 10}"), id=f"C-{n}") for n in range(whole + 1)]
    found = [str(only(each, one, matching=rules, usage=usage).verdict) for each in sent]
    assert found == ["linked"] * whole + ["units-used-up"]


def test_without_a_rule_a_drug_by_its_ndc_is_another_service() -> None:
    assert verdict("J1745", NDC, Matching()) == "requirement-unknown"


def test_units_without_a_rule_are_not_taken_for_others() -> None:
    international = authorization("D-1", service("J7192", quantity="1000 F2"), key="1")
    row = only(claim(line("J7192", quantity="10 UN")), international)
    assert (row.verdict, row.written) == ("call-payer", False)
    assert "certified in other units than billed; no rule says how many are one" in row.reasons[0]
    assert verdict("J7192", international, matching("quantity 1 UN of J7192 is 100 F2 of J7192")) == "linked"
    covered = matching("procedure J1745 covers J1746", "quantity 1 ML of J1745 is 1 UN of 57894003001")
    assert only(claim(line("J1745")), NDC, matching=covered).verdict == "call-payer"  # billed in units, not millilitres


# -- who -----------------------------------------------------------------------------------------------------------------

ASSISTANT = provider(STRANGER)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("one provider must match", "linked"),
        ("no provider must match", "linked"),
        ("providers rendering must match", "provider-mismatch"),
        ("providers facility must match", "linked"),
        ("providers billing must match", "provider-mismatch"),
        ("providers rendering, facility must match", "provider-mismatch"),
    ],
)
def test_which_providers_must_match(rule: str, expected: str) -> None:
    """A stranger renders at the certified hospital."""
    held = authorization(providers=(provider(SURGEON, "SJ"), provider(HOSPITAL, "FA")))
    sent = claim(providers=(ASSISTANT, provider(HOSPITAL, "77")))
    assert verdict(sent, held, matching(rule)) == expected


def test_nobody_certified_is_needed_where_no_provider_must_match() -> None:
    sent = claim(providers=(ASSISTANT,))
    assert verdict(sent, authorization(), Matching()) == "provider-mismatch"
    assert verdict(sent, authorization(), matching("no provider must match")) == "linked"


def test_the_rendering_provider_who_bills_is_not_named_apart() -> None:
    rules = matching("providers rendering must match")
    sent = claim(providers=(), billing=provider(SURGEON, "85"))
    assert verdict(sent, authorization(), rules) == "linked"
    assert verdict(claim(providers=()), authorization(), rules) == "provider-mismatch"


def test_the_line_s_own_provider_must_match() -> None:
    rules = matching("providers rendering must match")
    sent = claim(line(providers=(ASSISTANT,)), providers=(provider(SURGEON),))
    assert verdict(sent, authorization(), rules) == "provider-mismatch"


def test_the_referring_provider() -> None:
    rules = matching("providers referring must match")
    held = authorization(providers=(provider(SURGEON, "SJ"), provider(GROUP, "DN")))
    assert verdict(claim(providers=(ASSISTANT, provider(GROUP, "DN"))), held, rules) == "linked"
    assert verdict(claim(providers=(provider(SURGEON), provider(STRANGER, "DN"))), held, rules) == "provider-mismatch"
    assert verdict(claim(), held, rules) == "provider-mismatch"  # nobody refers


def test_a_facility_that_is_not_certified_by_name() -> None:
    rules = matching("providers facility must match")
    row = only(claim(providers=(provider(SURGEON), provider(HOSPITAL, "77"))), authorization(), matching=rules)
    assert row.reasons[0].endswith(f"certified for NPI {SURGEON}, who is not the facility provider (rule own).")


def test_an_id_that_took_the_place_of_another() -> None:
    old = Party(role="SJ", id_qualifier="24", id="31-1234567", name="Invented")
    held = authorization(providers=(old,))
    new = provider(GROUP, "85", references=(Reference(qualifier="EI", value="987654321"),))
    rules = matching("tax id 311234567 is now 987654321 since 2026-03-10")
    moved = claim(providers=(), billing=new)
    assert verdict(moved, held, Matching()) == "provider-mismatch"
    assert verdict(moved, held, rules) == "linked"
    assert verdict(claim(line(dates="03-09"), providers=(), billing=new), held, rules) == "provider-mismatch"
    npi = matching(f"npi {SURGEON} is now {STRANGER} since 2026-03-10")
    assert verdict(claim(providers=(ASSISTANT,)), authorization(), npi) == "linked"
    assert verdict(claim(line(dates="03-09"), providers=(ASSISTANT,)), authorization(), npi) == "provider-mismatch"


# -- where ---------------------------------------------------------------------------------------------------------------


def test_places_that_count_as_one_or_not_at_all() -> None:
    held = authorization("A-1", service(place="22", place_qualifier="B"))
    assert verdict(claim(place="19"), held, Matching()) == "place-mismatch"
    together = matching("places 19, 22 count as one")
    assert verdict(claim(place="19"), held, together) == "linked"
    assert verdict(claim(place="11"), held, together) == "place-mismatch"
    assert verdict(claim(place="11"), held, matching("place need not match")) == "linked"
    assert verdict(claim(place="11"), held, matching("place must match", "place need not match")) == "place-mismatch"


# -- when ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "dates", "expected"),
    [
        ("grace 3 days before", "02-26", "linked"),
        ("grace 3 days before", "02-25", "before-period"),
        ("grace 3 days before", "06-01", "after-period"),
        ("grace 5 days after", "06-05", "linked"),
        ("grace 5 days after", "06-06", "after-period"),
        ("grace 5 days after grace 1 day before", "02-28/06-01", "linked"),
        ("grace 0 days after", "06-01", "after-period"),
    ],
)
def test_days_of_grace(rule: str, dates: str, expected: str) -> None:
    assert verdict(claim(line(dates=dates)), authorization(), matching(rule)) == expected


def test_grace_is_told_and_how_far_a_misfit_is_stays_as_certified() -> None:
    rules = matching("grace 5 days after")
    (reason,) = only(claim(line(dates="06-03")), authorization(), matching=rules).reasons
    assert "the service (2026-06-03) is 3 days after 2026-03-01 to 2026-05-31 (allowed by rule own)" in reason
    (reason,) = only(claim(line(dates="06-10")), authorization(), matching=rules).reasons
    assert "is 10 days after" in reason


def test_certified_dates_go_before_days_of_grace() -> None:
    """As after a renewal, whose first days are days of grace of what was certified before."""
    first = authorization()
    renewed = authorization("A-2", replace(service(), period=period("06-01/08-31")))
    rules = matching("grace 5 days after")
    assert only(claim(line(dates="06-03")), first, renewed, matching=rules).authorization == "A-2"
    held = replace(claim(line(dates="06-03")), authorization="A-1")
    assert only(held, first, renewed, matching=rules).verdict == "already-linked"


def test_a_delivery_near_the_due_date() -> None:
    held = replace(certified("59400", dates="05-01/05-05"), due=day("05-03"))
    rules = matching("for procedures 59400-59410 delivery within 14 days of the due date")
    assert verdict(claim(line("59400", "04-19")), held, rules) == "linked"
    assert verdict(claim(line("59400", "04-18")), held, rules) == "before-period"
    assert verdict(claim(line("59400", "05-17")), held, rules) == "linked"
    assert verdict(claim(line("59400", "05-18")), held, rules) == "after-period"
    assert verdict(claim(line("59400", "04-19")), replace(held, due=None), rules) == "before-period"


def test_care_after_an_operation_is_counted_from_the_first_certified_day() -> None:
    rules = matching("for procedures 97110 procedure 27447 covers 97110 post-operative care 90 days")
    held = certified("27447", dates="03-10")
    assert verdict(claim(line("97110", "06-08")), held, rules) == "linked"
    assert verdict(claim(line("97110", "06-09")), held, rules) == "after-period"
    assert verdict(claim(line("27447", "03-12")), held, rules) == "after-period"  # the operation itself has its date


def test_an_open_end_stays_open() -> None:
    held = authorization("A-1", replace(service(), period=replace(period("03-01"), end=day("9999-12-31"))))
    assert verdict(claim(line(dates="02-27")), held, matching("grace 5 days before grace 5 days after")) == "linked"


def test_a_statement_may_begin_before_the_admission() -> None:
    """What was done before admission is on the bill of the stay: the admission is what is certified."""
    bill = replace(stay("03-10/03-14"), period=period("03-07/03-14"))
    held = authorization("A-1", services=(), category="AR", admission=period("03-10"), providers=(provider(HOSPITAL, "FA"),))
    assert only(bill, held).verdict == "linked"


def test_numbers_that_came_late() -> None:
    late = authorization(issued=day("03-12"))
    assert verdict("27447", late, Matching()) == "linked"
    assert verdict("27447", late, matching("late numbers accepted")) == "linked"
    assert verdict("27447", late, matching("late numbers within 2 days")) == "linked"
    assert verdict("27447", late, matching("late numbers within 1 day")) == "call-payer"
    assert verdict("27447", late, matching("late numbers refused")) == "call-payer"
    assert verdict("27447", authorization(issued=day("03-10")), matching("late numbers refused")) == "linked"
    assert verdict("27447", authorization(), matching("late numbers refused")) == "linked"  # nobody says when
    extended = authorization(issued=day("04-20"), certification_type="4")
    assert verdict("27447", extended, matching("late numbers refused")) == "linked"  # certified before, and extended since


def test_a_rule_holds_on_its_days() -> None:
    rules = matching("from 2026-03-05 until 2026-03-10 procedure 70553 covers 70551")
    for date, expected in (
        ("03-04", "service-mismatch"),
        ("03-05", "linked"),
        ("03-10", "linked"),
        ("03-11", "service-mismatch"),
    ):
        assert verdict(claim(line("70551", date)), certified("70553"), rules) == expected


# -- what for ------------------------------------------------------------------------------------------------------------


def diagnosed(*codes: str) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis(qualifier="ABK", code=code) for code in codes)


@pytest.mark.parametrize(
    ("rule", "billed", "expected"),
    [
        ("diagnosis must match", ("M1712",), "linked"),
        ("diagnosis must match", ("Z471", "M170"), "linked"),
        ("diagnosis must match", ("M1611",), "service-mismatch"),
        ("diagnosis must match", (), "service-mismatch"),
        ("diagnosis must match exactly", ("M1712",), "service-mismatch"),
        ("diagnosis must match exactly", ("M1711",), "linked"),
    ],
)
def test_the_diagnosis_where_it_must_match(rule: str, billed: tuple[str, ...], expected: str) -> None:
    held = authorization(diagnoses=diagnosed("M17.11"))
    sent = claim(diagnoses=diagnosed(*billed))
    assert verdict(sent, held, matching(rule)) == expected
    assert verdict(sent, held, Matching()) == "linked"
    row = only(sent, held, matching=matching(rule))
    assert not any("M1" in reason for reason in row.reasons)


def test_no_authorized_diagnosis_is_none_to_match() -> None:
    assert verdict(claim(diagnoses=diagnosed("M1711")), authorization(), matching("diagnosis must match")) == "linked"


# -- payers --------------------------------------------------------------------------------------------------------------


def test_ids_that_a_file_knows_are_one_payer() -> None:
    other = authorization(payer=payer(OTHER_PAYER, "X3"))
    assert only(claim(), other).verdict == "other-payer"
    joined = Matching([rule_file(f'payer "Invented Health Plan" known as {PAYER}, "{OTHER_PAYER}"\n')])
    assert only(claim(), other, matching=joined).verdict == "linked"
    named = replace(other, payer=replace(other.payer, name="Invented Health Plan"))
    assert only(claim(), named, matching=matching("number at claim")).verdict == "other-payer"  # a name does not join ids
    apart = Matching([rule_file(f'payer "Plan A" known as {PAYER}\n'), rule_file(f'payer "Plan B" known as {OTHER_PAYER}\n')])
    assert only(claim(), other, matching=apart).verdict == "other-payer"


def test_an_id_and_a_name_are_one_payer_where_a_file_says_so() -> None:
    by_name = authorization(payer=Party(role="X3", name="INVENTED HP"))
    sent = claim(payer=Party(role="PR", id_qualifier="PI", id="60054"))
    assert only(sent, by_name).verdict == "other-payer"
    joined = Matching([rule_file('payer "Invented Health Plan" known as 60054, "Invented HP"\n')])
    assert only(sent, by_name, matching=joined).verdict == "linked"


def test_who_decides_for_a_payer() -> None:
    reviewed = authorization(payer=Party(role="X3", id_qualifier="PI", id="EVR01", name="Evergreen Review"))
    assert only(claim(), reviewed).verdict == "other-payer"
    for reviewer in ("EVR01", '"Evergreen Review"'):
        row = only(claim(), reviewed, matching=matching(f"reviewer {reviewer}"))
        assert row.verdict == "linked"
        assert row.candidates[0].speaks_for[0] == "EVR01 decides for 60054 (rule own)"
    elsewhere = matching("reviewer EVR01", head='payer "Another Plan" known as "77001"\n')
    assert only(claim(), reviewed, matching=elsewhere).verdict == "other-payer"


def test_another_payer_of_the_claim_is_known_by_its_other_ids() -> None:
    theirs = authorization(payer=payer("EVR02", "X3"))
    sent = claim(other_payers=(OtherPayer(id=OTHER_PAYER),))
    joined = Matching([rule_file(f'payer "Plan B" known as "{OTHER_PAYER}", EVR02\n')])
    assert only(sent, theirs).verdict == "other-payer"
    assert only(sent, theirs, matching=joined).verdict == "requirement-unknown"


def test_a_rule_is_its_payer_s_and_every_payer_s_come_last() -> None:
    other = matching("procedure 70553 covers 70551", head='payer "Another Plan" known as "77001"\n')
    assert verdict("70551", certified("70553"), other) == "service-mismatch"
    every = matching("late numbers refused", head="every payer\n")
    late = authorization(issued=day("03-12"))
    assert verdict("27447", late, every) == "call-payer"
    both = Matching([rule_file('every payer\nmatch all late numbers refused source "x"\n'), rule_file(
        f'payer "P" known as {PAYER}\nmatch own late numbers accepted source "x"\n')])  # fmt: skip
    assert verdict("27447", late, both) == "linked"


# -- units, numbers ------------------------------------------------------------------------------------------------------


def test_roles_that_count_as_one() -> None:
    held = certified("70551", quantity="1 UN")
    rules = matching("roles technical, professional-component count as one")

    def second(with_rules: Matching) -> str:
        usage = Usage()
        decided(claim(line("70551:TC")), held, matching=with_rules, usage=usage)
        return str(only(claim(line("70551:26"), id="C-2"), held, matching=with_rules, usage=usage).verdict)

    assert (second(Matching()), second(rules)) == ("linked", "units-used-up")


def refused(number: str = "N-1", **more: Any) -> Authorization:
    return authorization(number, service(decision=Decision.DENIED), decision=Decision.DENIED, **more)


REFUSED = matching("numbers of denied requests go on claims")


def test_the_number_of_a_denied_request_where_the_payer_wants_it() -> None:
    """Medicare gives a request that it does not affirm a number, and wants that on the claim."""
    row = only(claim(), refused())
    assert (row.verdict, row.written) == ("authorization-denied", False)
    usage = Usage()
    row = only(claim(), refused(), matching=REFUSED, usage=usage)
    assert (row.verdict, row.written, row.authorization, row.placement) == ("authorization-denied", True, "N-1", "2300")
    assert row.reasons[-1] == "The payer wants the number of what it refused on the claim."
    assert usage.all() == ()
    assert only(claim(held="NPR"), refused(), matching=REFUSED).previous == "NPR"


def test_such_a_number_fits_in_all_else_and_is_alone() -> None:
    assert only(claim(line(dates="06-20")), refused(), matching=REFUSED).written is False
    assert only(claim(line("27446")), refused(), matching=REFUSED).written is False
    assert only(claim(), refused(""), matching=REFUSED).written is False
    row = only(claim(), refused("N-1"), refused("N-2"), matching=REFUSED)
    assert (row.verdict, row.written) == ("ambiguous", False)
    assert only(claim(), refused(), authorization("A-1"), matching=REFUSED).authorization == "A-1"
    assert only(claim(held="N-1"), refused(), matching=REFUSED).placement == "2300"
    assert only(claim(held="Z-9"), refused(), matching=REFUSED).written is False


def test_a_denied_line_is_written_beside_a_certified_one() -> None:
    held = authorization("A-1", service("27447"), service("20985", decision=Decision.DENIED, number="N-1"))
    rows = decided(claim(line("27447"), line("20985")), held, matching=REFUSED)
    assert verdicts(rows) == ["1 linked", "2 authorization-denied"]
    assert [(row.authorization, row.placement, row.written) for row in rows] == [("A-1", "2400", True), ("N-1", "2400", True)]


# -- evidence ------------------------------------------------------------------------------------------------------------


def test_everything_that_speaks_for_and_against_is_told() -> None:
    held = authorization("A-1", service("27446", dates="06-01/06-30", place="24", place_qualifier="B"), providers=(ASSISTANT,))
    (row,) = decided(claim(line("27447")), held)
    (candidate,) = row.candidates
    assert candidate.speaks_for == ("payer 60054", "certified")
    assert candidate.speaks_against == (
        "certified for 27446, billed 27447",
        "the service (2026-03-10) is 83 days before 2026-06-01 to 2026-06-30",
        f"certified for NPI {STRANGER}, who takes no part in the claim",
        "certified for place of service 24, billed 22",
    )
    assert candidate.why == candidate.speaks_against[0]


def test_units_speak_against_too() -> None:
    (row,) = decided(claim(line(quantity="3 UN")), certified("27447", quantity="1 UN"))
    assert row.candidates[0].speaks_against == ("3 units wanted, 1 unit left of 1 unit certified",)


def test_nothing_in_evidence_is_about_the_person() -> None:
    rows = decided(
        claim(diagnoses=diagnosed("M1711")), authorization(), authorization("A-2", subscriber=replace(MARIA, member_id="W9"))
    )
    told = str([row.to_json() for row in rows])
    assert not any(secret in told for secret in (MARIA.last_name, MARIA.first_name, MARIA.member_id, "1961", "M1711"))


def lines_of(*codes: str) -> tuple[ClaimLine, ...]:
    return tuple(line(code) for code in codes)


def test_lines_go_by_rules_of_their_own() -> None:
    rules = matching("for procedures 70551 procedure 70553 covers 70551, 70552")
    rows = decided(claim(*lines_of("70551", "70552")), certified("70553"), matching=rules)
    assert verdicts(rows) == ["1 linked", "2 service-mismatch"]


def test_a_type_of_bill_tells_which_claims() -> None:
    rules = matching("for type of bill 13x procedure 70553 covers 70551")
    held = authorization("A-1", service("70553"), providers=(provider(HOSPITAL, "FA"), provider(CLINIC, "SJ")))
    assert only(hospital(line("70551")), held, matching=rules).verdict == "linked"
    assert only(hospital(line("70551"), place="85"), held, matching=rules).verdict == "service-mismatch"
    assert only(claim(line("70551")), held, matching=rules).verdict == "service-mismatch"


# -- the remittance ------------------------------------------------------------------------------------------------------


def test_the_payer_of_a_remittance_is_known_by_its_other_ids() -> None:
    """A crossover: the second payer answers, and its 835 calls it otherwise than the claim does."""
    joined = Matching([rule_file(f'payer "Plan B" known as "{OTHER_PAYER}", EVR02\n')])
    sent = claim(held="A-9", other_payers=(OtherPayer(id=OTHER_PAYER, authorization="B-1"),))
    theirs = authorization("B-1", payer=payer(OTHER_PAYER, "X3"))
    answered = payment(paid_line("CO-197 100"), payer=payer("EVR02"))
    (apart,) = findings(answered, sent, [theirs], Usage())
    (known,) = findings(answered, sent, [theirs], Usage(), payers=joined.payers)
    assert (apart.cause, known.cause, known.authorization) == ("wrong-number", "sent-correctly", "B-1")


def test_a_denial_is_judged_by_the_matching_rules() -> None:
    sent = claim(line(dates="06-03"), held="A-1")
    answered = payment(paid_line("CO-197 100", period=period("06-03")))
    by_rule = PayerRules(None, matching("grace 5 days after"))
    (without,) = findings(answered, sent, [authorization()], Usage())
    (within,) = findings(answered, sent, [authorization()], Usage(), required=by_rule)
    assert (without.cause, within.cause) == ("after-period", "sent-correctly")


def test_the_next_step_is_what_the_payer_takes() -> None:
    """A denial for the want of a number that we held."""
    answered = payment(paid_line("CO-197 100"))
    for rule, said in (
        ("corrections replacement", "Send a replacement (frequency 7, REF*F8 P-77) with A-1."),
        ("corrections new claim only", "Send a request for reopening (this payer takes no replacement, rule own) with A-1."),
        ("corrections void", "Send a void, then a new claim, (this payer takes no replacement, rule own) with A-1."),
    ):
        required = PayerRules(lambda claim, line: None, matching(rule))
        (finding,) = findings(answered, claim(), [authorization()], Usage(), required=required)
        assert finding.action == said
