"""Units, visits and days: who uses what, what is left, and what is given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from edi.linkage.agreement import Matching
from edi.linkage.quantities import counted, dates, days, limits, role_of
from edi.linkage.replacing import Bill
from edi.linkage.stays import LONGEST, nights
from edi.linkage.usage import Usage, Use
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.services import DeliveryPattern, Period

from .build import (
    CLINIC,
    GROUP,
    HOSPITAL,
    OTHER_PAYER,
    STRANGER,
    SURGEON,
    admission,
    amount,
    authorization,
    claim,
    day,
    decided,
    hospital,
    line,
    only,
    pattern,
    payer,
    period,
    provider,
    service,
    stay,
    verdicts,
)
from .rules import matching


def therapy(quantity: str = "6 VS", number: str = "PT-1", **more: object) -> Authorization:
    return authorization(number, service("97110", quantity=quantity, **more))


def visit(*dates: str, id: str = "C-1", quantity: str = "1 UN", **more: object) -> Claim:
    return claim(*(line("97110", each, quantity) for each in dates), id=id, **more)


def after(*claims: Claim, on: Authorization) -> Usage:
    usage = Usage()
    for each in claims:
        decided(each, on, usage=usage)
    return usage


def test_a_range_of_centuries_is_a_slip_and_does_not_fill_the_memory() -> None:
    ages = Period(start=date.min, end=date.max)
    assert len(days(ages)) == len(nights(hospital(period=ages))) == 3_660
    assert len(days(period("01-01/12-31"))) == 365


# -- enough, short, used up ----------------------------------------------------------------------------------------------


def test_units_short_is_written_and_says_wanted_and_left() -> None:
    row = only(visit("03-10", quantity="10 UN"), therapy("6 UN"))
    assert (row.verdict, row.written, row.authorization, row.placement) == ("units-short", True, "PT-1", "2300")
    assert row.reasons == ("Authorization PT-1: 10 units wanted, 6 units left of 6 units certified.",)
    assert row.candidates[0].fits


def test_exactly_enough() -> None:
    assert only(visit("03-10", quantity="6 UN"), therapy("6 UN")).verdict == "linked"


def test_earlier_claims_use_before_later_ones() -> None:
    held, usage = therapy("6 UN"), Usage()
    found = [only(visit("03-10", id=f"C-{n}", quantity="4 UN"), held, usage=usage) for n in (1, 2, 3)]
    assert [row.verdict for row in found] == ["linked", "units-short", "units-used-up"]
    assert [row.written for row in found] == [True, True, False]
    assert found[2].reasons == ("Authorization PT-1: 4 units wanted, 0 units left of 6 units certified, used by C-1, C-2.",)
    assert sum(use.amount for use in usage.all()) == 6


def test_a_number_that_is_there_and_used_up_stays() -> None:
    held = therapy("6 UN")
    row = only(visit("03-11", id="C-2", held="PT-1"), held, usage=after(visit("03-10", quantity="6 UN"), on=held))
    assert (row.verdict, row.written, row.authorization, row.placement) == ("units-used-up", False, "PT-1", "2300")


def test_a_number_that_is_there_and_short_stays() -> None:
    row = only(visit("03-10", quantity="10 UN", held="PT-1"), therapy("6 UN"))
    assert (row.verdict, row.written, row.placement) == ("units-short", False, "2300")


def test_the_extension_serves_when_the_first_is_used_up() -> None:
    first, more = therapy("1 VS"), therapy("1 VS", "PT-2")
    usage = Usage()
    assert only(visit("03-10"), first, usage=usage).authorization == "PT-1"
    row = only(visit("03-12", id="C-2"), first, more, usage=usage)
    assert (row.verdict, row.authorization) == ("linked", "PT-2")


def test_what_fits_wholly_comes_before_what_is_short() -> None:
    row = only(visit("03-10", quantity="4 UN"), therapy("2 UN"), therapy("9 UN", "PT-2"))
    assert (row.verdict, row.authorization) == ("linked", "PT-2")


def test_without_a_quantity_nothing_runs_out() -> None:
    held = therapy("")
    assert only(visit("03-11", id="C-2", quantity="999 UN"), held, usage=after(visit("03-10"), on=held)).verdict == "linked"


def test_a_claim_that_asks_for_more_visits_than_are_left() -> None:
    rows = decided(visit("03-10", "03-12", "03-14"), therapy("2 VS"))
    assert verdicts(rows) == ["1 linked", "2 linked", "3 units-short"]
    assert all(row.written and row.placement == "2300" for row in rows)
    assert rows[2].reasons == (
        "Authorization PT-1: 1 visit wanted; what was left of 2 visits certified goes to other lines of this claim.",
    )


def test_a_line_that_gets_what_other_lines_leave() -> None:
    rows = decided(visit("03-10", "03-12", quantity="2 UN"), therapy("3 UN"))
    assert verdicts(rows) == ["1 linked", "2 units-short"]
    assert rows[1].reasons == ("Authorization PT-1: 2 units wanted, 1 unit left of 3 units certified.",)


def test_what_is_used_up_is_not_short_because_another_service_is_not() -> None:
    held = authorization("A-1", service(quantity="1 UN"), service("29827", quantity="1 UN"))
    usage = after(claim(line("29827"), id="C-0"), on=held)
    rows = decided(claim(line(), line("29827")), held, usage=usage)
    assert verdicts(rows) == ["1 linked", "2 units-used-up"]
    other = authorization("B-2", service("29827", quantity="1 UN"))
    usage = Usage()
    decided(claim(line("29827"), id="C-0"), other, usage=usage)
    assert verdicts(decided(claim(line(), line("29827")), authorization(), other, usage=usage)) == ["1 linked", "2 units-used-up"]


def test_a_wrong_number_that_is_replaced_takes_what_is_left() -> None:
    rows = decided(visit("03-10", "03-12", held="Z-9"), therapy("1 VS"), replace=True)
    assert any("goes to other lines" in reason for row in rows for reason in row.reasons)
    rows = decided(visit("03-10", "03-12", held="Z-9"), therapy("1 VS"))
    assert not any("goes to other lines" in reason for row in rows for reason in row.reasons)


# -- what is counted -----------------------------------------------------------------------------------------------------


def test_visits_are_distinct_dates() -> None:
    held = therapy("2 VS")
    same_day = claim(line("97110", "03-10", "4 UN"), line("97110", "03-10", "2 UN"), line("97110", "03-12"))
    usage = after(same_day, on=held)
    assert only(visit("03-10", id="C-2"), held, usage=usage).verdict == "linked"
    assert only(visit("03-13", id="C-3"), held, usage=usage).verdict == "units-used-up"


def test_a_line_over_several_days_is_as_many_visits_as_units() -> None:
    held = therapy("3 VS")
    usage = after(visit("03-10/03-20", quantity="3 UN"), on=held)
    assert {d for use in usage.all() for d in use.days} == {day("03-10"), day("03-11"), day("03-12")}
    assert only(visit("03-25", id="C-2"), held, usage=usage).verdict == "units-used-up"


def test_days_of_a_stay_are_nights() -> None:
    assert only(stay("03-10/03-15"), admission(quantity="5 DY")).verdict == "linked"
    row = only(stay("03-10/03-16"), admission(quantity="5 DY"))
    assert (row.verdict, row.written) == ("units-short", True)
    assert "6 days wanted, 5 days left of 5 days certified" in row.reasons[0]


def test_days_of_leave_are_no_days_of_the_stay() -> None:
    room, away = line("", "", "3 DA", revenue_code="0120"), line("", "", "2 DA", revenue_code="0183")
    bill = replace(stay("03-10/03-15"), lines=(room, away))
    row = only(bill, admission(quantity="3 DY"))
    assert row.verdict == "linked"
    assert "certifies the stay (2 of its 5 days are leave)" in row.reasons[0]
    assert [use.days for use in after(bill, on=admission(quantity="3 DY")).all()] == [
        tuple(map(day, ("03-10", "03-11", "03-12")))
    ]
    assert only(replace(bill, lines=(room,)), admission(quantity="3 DY")).verdict == "units-short"


def test_leave_that_is_certified_is_used_by_its_own_days() -> None:
    held = authorization(
        "LOA-1", replace(service("", quantity="1 DY"), revenue_code="0183"), providers=(provider(HOSPITAL, "FA"),)
    )
    bill = replace(stay("03-10/03-15"), lines=(line("", "", "2 DA", revenue_code="0183"),))
    row = only(bill, held)
    assert (row.verdict, row.misfit and row.misfit.over) == ("units-short", 1)


@pytest.mark.parametrize(
    ("revenue_code", "quantity", "used"),
    [
        ("0651", "30 UN", 30),
        ("0658", "30 UN", 30),
        ("0120", "30 UN", 30),
        ("0912", "30 DA", 30),
        ("0652", "30 UN", 1),
        ("0420", "30 UN", 1),
    ],
)
def test_a_line_with_one_date_that_is_billed_by_the_day(revenue_code: str, quantity: str, used: int) -> None:
    held = authorization(
        "HOS-1", replace(service("", quantity="40 DY"), revenue_code=revenue_code), providers=(provider(HOSPITAL, "FA"),)
    )
    bill = hospital(line("", "03-01", quantity, revenue_code=revenue_code), place="81")
    (use,) = after(bill, on=held).all()
    assert (len(use.days), use.days[0]) == (used, day("03-01"))
    assert dates(bill) >= set(use.days)


def test_visits_on_one_date_are_one_visit_however_it_is_billed() -> None:
    held = authorization(
        "HOS-1", replace(service("", quantity="40 VS"), revenue_code="0651"), providers=(provider(HOSPITAL, "FA"),)
    )
    (use,) = after(hospital(line("", "03-01", "30 UN", revenue_code="0651"), place="81"), on=held).all()
    assert use.days == (day("03-01"),)


def test_a_stay_that_ends_on_its_first_day_is_one_night() -> None:
    held = admission(quantity="1 DY")
    assert len(after(stay("03-10/03-10"), on=held).all()[0].days) == 1


def test_a_range_of_centuries_is_a_slip_and_not_counted_day_by_day() -> None:
    assert len(after(stay("03-10/9999-12-31"), on=admission(quantity="1 DY")).all()[0].days) <= LONGEST
    assert len(dates(claim(line("97110", "0001-01-01/9999-12-31")))) == LONGEST


def test_an_interim_bill_counts_its_last_day() -> None:
    held, usage = admission(quantity="7 DY"), Usage()
    first = stay("03-10/03-14", id="C-1", frequency="2")
    last = stay("03-15/03-17", id="C-2", frequency="4", admission=day("03-10"))
    assert [only(c, held, usage=usage).verdict for c in (first, last)] == ["linked", "linked"]
    assert sum(len(use.days) for use in usage.all()) == 7


def test_what_replaces_an_interim_bill_counts_its_last_day_as_long_as_the_patient_stays() -> None:
    held, usage = admission(quantity="10 DY"), Usage()
    only(stay("03-10/03-14", frequency="2"), held, usage=usage)
    for status, many in ("30", 5), ("01", 4):
        only(stay("03-10/03-14", frequency="7", patient_status=status), held, usage=usage)
        assert [len(use.days) for use in usage.all()] == [many]


def test_months() -> None:
    held, usage = authorization("R-1", service("E0601", "01-01/12-31", "2 MN")), Usage()
    found = [only(claim(line("E0601", f"{month}-05"), id=month), held, usage=usage).verdict for month in ("03", "04", "05")]
    assert found == ["linked", "linked", "units-used-up"]


def test_minutes_against_units_and_hours() -> None:
    anaesthesia = authorization("N-1", service("01402", quantity="1 UN"))
    assert only(claim(line("01402:AA", quantity="95 MJ")), anaesthesia).verdict == "linked"
    nursing = authorization("N-2", service("99600", quantity="2 HS"))
    assert only(claim(line("99600", quantity="120 MJ")), nursing).verdict == "linked"
    row = only(claim(line("99600", quantity="150 MJ")), nursing)
    assert row.verdict == "units-short"
    assert "2.5 hours wanted, 2 hours left of 2 hours certified" in row.reasons[0]


@pytest.mark.parametrize(
    ("certified", "billed", "rule"),
    [
        ("2 HS", "8 UN", ""),
        ("120 MJ", "8 UN", ""),
        ("8 UN", "120 MJ", ""),
        ("2 HS", "8 UN", "1 HS of T1019 is 1 UN of T1019"),
        ("2 HS", "8 UN", "4 UN of T1019 is 1 HS of T1019"),
        ("2 HS", "8 UN", "15 MJ of T1019 is 1 UN of T1019"),
        ("120 MJ", "8 UN", "1 HS of T1019 is 4 UN of T1019"),
        ("8 UN", "120 MJ", "1 UN of T1019 is 15 MJ of T1019"),
        ("8 UN", "120 MJ", "4 UN of T1019 is 1 HS of T1019"),
    ],
)
def test_time_and_units_are_counted_against_each_other_by_a_rule(certified: str, billed: str, rule: str) -> None:
    held, usage = authorization("T-1", service("T1019", quantity=certified)), Usage()
    rules = matching(f"quantity {rule}") if rule else Matching()
    sent = [claim(line("T1019", quantity=billed), id=f"C-{n}") for n in (1, 2)]
    first, second = (only(one, held, usage=usage, matching=rules) for one in sent)
    if not rule:
        why = "Authorization T-1: certified in other units than billed; no rule says how many are one."
        assert (first.verdict, first.written, first.reasons, usage.all()) == ("call-payer", False, (why,), ())
    elif rule.startswith("1 HS of T1019 is 1 UN"):
        assert (first.verdict, first.written) == ("units-short", True)
        assert first.reasons == ("Authorization T-1: 8 hours wanted, 2 hours left of 2 hours certified.",)
    else:
        assert (first.verdict, first.written, second.verdict) == ("linked", True, "units-used-up")
        assert first.remaining is not None and first.remaining.left == 0


def test_units_of_what_is_certified_without_its_code_are_told_by_the_rule_of_the_code() -> None:
    rules = matching("quantity 1 HS of G0299 is 4 UN of G0299")
    one = hospital(line("G0299", quantity="9 UN", revenue_code="0551"), place="34")
    by_code = authorization("H-1", service("G0299-G0300", quantity="2 HS"))
    by_revenue_code = authorization("H-1", service("", quantity="2 HS", revenue_code="0551"))
    for held in (by_code, by_revenue_code):
        row = only(one, held, matching=rules)
        assert (row.verdict, row.misfit and row.misfit.over) == ("units-short", Decimal("0.25"))
        assert only(one, held).verdict == "call-payer"


def test_minutes_of_an_anaesthetist_are_counted_by_a_rule_where_there_is_one() -> None:
    held = authorization("N-1", service("01402", quantity="6 UN"))
    rules = matching("quantity 1 UN of 01402 is 15 MJ of 01402")
    one = claim(line("01402:AA", quantity="120 MJ"))
    assert [only(one, held, **more).verdict for more in ({}, {"matching": rules})] == ["linked", "units-short"]


def test_an_amount_of_the_event_is_shared_by_its_services() -> None:
    held = authorization("PT-1", service("97110"), service("97140"), quantity=amount("2 VS"))
    usage = Usage()
    assert only(claim(line("97110", "03-10"), line("97140", "03-10")), held, usage=usage).verdict == "linked"
    assert only(claim(line("97140", "03-12"), id="C-2"), held, usage=usage).verdict == "linked"
    assert only(claim(line("97110", "03-14"), id="C-3"), held, usage=usage).verdict == "units-used-up"


def test_an_amount_of_the_event_is_not_shared_with_a_service_that_has_its_own() -> None:
    held = authorization("PT-1", service("97110", quantity="1 VS"), service("97140"), quantity=amount("2 VS"))
    usage = Usage()
    found = [
        only(claim(line(code, when), id=when), held, usage=usage).verdict
        for code, when in (("97110", "03-02"), ("97140", "03-04"), ("97140", "03-06"), ("97110", "03-08"), ("97140", "03-10"))
    ]
    assert found == ["linked", "linked", "linked", "units-used-up", "units-used-up"]


def test_units_of_the_event_are_not_shared() -> None:
    held = authorization("A-1", service(), service("29827"), quantity=amount("1 UN"))
    assert only(claim(line(), line("29827")), held).verdict == "linked"


def test_units_of_a_service_are_its_own() -> None:
    held = authorization("A-1", service("27447", quantity="1 UN"), service("29827", quantity="1 UN"))
    assert only(claim(line(), line("29827")), held).verdict == "linked"


# -- patterns ------------------------------------------------------------------------------------------------------------


def test_so_many_visits_a_week_counted_from_the_first_certified_day() -> None:
    held = therapy("", pattern=pattern("2 VS", "WK"), dates="03-03/04-30")
    rows = decided(visit("03-03", "03-05", "03-09", "03-10"), held)
    assert verdicts(rows) == ["1 linked", "2 linked", "3 units-short", "4 linked"]
    assert "2 visits per week" in rows[2].reasons[0]


def test_the_reader_may_repeat_the_rate_as_the_quantity() -> None:
    held = therapy("2 VS", pattern=pattern("2 VS", "WK"))
    assert only(visit("03-10", "03-11", "03-17", "03-18"), held).verdict == "linked"


def test_so_many_a_month() -> None:
    held = therapy("", pattern=pattern("1 VS", "MO"), dates="01-15/06-14")
    assert verdicts(decided(visit("02-14", "02-15"), held)) == ["linked"]
    assert verdicts(decided(visit("02-15", "03-14"), held)) == ["1 linked", "2 units-short"]


def test_units_a_day() -> None:
    held = therapy("", pattern=pattern("4 UN", "DA"))
    assert only(visit("03-10", "03-11", quantity="4 UN"), held).verdict == "linked"
    assert only(visit("03-10", quantity="5 UN"), held).verdict == "units-short"


@pytest.mark.parametrize(
    ("quantity", "given", "found"),
    [
        ("", pattern("2 VS", "WK", "6 35"), ["2 visits per week", "12 visits"]),
        ("", pattern("3 VS", "WK", "2 34"), ["3 visits per week"]),
        ("", pattern("6 VS"), ["6 visits"]),
        ("12 UN", pattern("2 VS", "WK"), ["12 units", "2 visits per week"]),
        ("", pattern("", "", "2 29"), ["2 visits"]),
        ("1 UN", None, ["1 unit"]),
        ("", None, []),
    ],
)
def test_limits(quantity: str, given: DeliveryPattern | None, found: list[str]) -> None:
    assert [str(limit) for limit in limits(service(quantity=quantity, pattern=given))] == found


def test_two_limits_hold_together() -> None:
    held = therapy("3 UN", pattern=pattern("2 VS", "WK"), dates="03-01/04-30")
    assert verdicts(decided(visit("03-02", "03-03", "03-09"), held)) == ["linked"]
    assert verdicts(decided(visit("03-02", "03-03", "03-09", "03-10"), held))[3] == "4 units-short"
    assert verdicts(decided(visit("03-02", "03-03", "03-04"), held))[2] == "3 units-short"


def test_two_limits_that_are_both_short() -> None:
    held, usage = therapy("5 UN", pattern=pattern("2 VS", "WK"), dates="03-01/04-30"), Usage()
    rows = decided(visit("03-02/03-04", quantity="6 UN"), held, usage=usage)
    assert verdicts(rows) == ["units-short"]
    assert [(use.days, use.amount) for use in usage.all()] == [((day("03-02"), day("03-03")), Decimal(5))]
    usage = Usage()
    decided(visit("03-02/03-04", quantity="3 UN"), held, usage=usage)
    assert [(use.days, use.amount) for use in usage.all()] == [((day("03-02"), day("03-03")), Decimal(3))]
    usage = Usage()
    decided(visit("03-02/03-03", quantity="6 UN"), held, usage=usage)
    assert [(use.days, use.amount) for use in usage.all()] == [((day("03-02"), day("03-03")), Decimal(5))]


def test_words() -> None:
    assert [counted(Decimal(n), unit) for n, unit in (("1", "VS"), ("2", "UN"), ("2.50", "HS"))] == [
        "1 visit",
        "2 units",
        "2.5 hours",
    ]


# -- roles ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("27447", "professional"),
        ("27447:RT", "professional"),
        ("27447:80", "assistant"),
        ("27447:RT:AS", "assistant"),
        ("27447:AA", "anaesthesia"),
        ("01402", "anaesthesia"),
        ("0275T", "professional"),
        ("73721:TC", "technical"),
        ("73721:26", "professional-component"),
        ("27447:RT:SG", "facility"),
        ("27447:54", "professional"),
        ("27447:55", "post-operative"),
        ("27447:56", "pre-operative"),
        ("27447:62", f"co-surgeon {SURGEON}"),
        ("27447:66", f"team-surgeon {SURGEON}"),
        ("27447:QK", "anaesthesia"),
        ("27447:QS:QX", "directed-anaesthesia"),
        ("AD:D2740", "professional"),
    ],
)
def test_roles(code: str, role: str) -> None:
    one = claim(line(code))
    assert role_of(one, one.lines[0]) == role
    assert role_of(hospital(line(code)), one.lines[0]) == "facility"


def test_one_surgery_is_used_once_by_each_role() -> None:
    held, usage = authorization("A-1", service(quantity="1 UN")), Usage()
    everyone = [
        claim(id="C-1"),
        hospital(line(), id="C-2"),
        claim(line("27447:80"), id="C-3"),
        claim(line("27447:AA", quantity="95 MJ"), id="C-4"),
    ]
    assert [only(c, held, usage=usage).verdict for c in everyone] == ["linked"] * 4
    assert sorted(use.role for use in usage.used("A-1")) == ["anaesthesia", "assistant", "facility", "professional"]
    assert only(claim(id="C-5"), held, usage=usage).verdict == "units-used-up"


@pytest.mark.parametrize(
    ("first", "second"),
    [("QK", "QX"), ("QY", "QX"), ("54", "55"), ("55", "56"), ("RT", "SG"), ("62", "80"), ("TC", "26")],
)
def test_what_two_parties_do_for_one_service_is_used_once_by_each(first: str, second: str) -> None:
    held, usage = authorization("A-1", service(quantity="1 UN")), Usage()
    sent = [claim(line(f"27447:{modifier}"), id=f"C-{n}") for n, modifier in enumerate((first, second, first, second))]
    found = [only(one, held, usage=usage).verdict for one in sent]
    assert found == ["linked", "linked", "units-used-up", "units-used-up"]


def by(surgeon: str, modifier: str, id: str, quantity: str = "1 UN") -> Claim:
    return claim(line(f"27447:{modifier}", quantity=quantity), id=id, providers=(provider(surgeon),))


def test_two_surgeons_in_one_operation_use_it_once_each_and_no_third_does() -> None:
    held, usage = authorization("A-1", service(quantity="1 UN"), providers=()), Usage()
    sent = [by(SURGEON, "62", "C-1"), by(SURGEON, "62", "C-2"), by(GROUP, "62", "C-3"), by(STRANGER, "62", "C-4")]
    rows = [only(one, held, usage=usage) for one in sent]
    assert [row.verdict for row in rows] == ["linked", "units-used-up", "linked", "units-used-up"]
    assert rows[3].reasons[0].endswith("1 unit wanted, 0 units left of 1 unit certified, used by C-1, C-3.")
    assert only(by(SURGEON, "RT", "C-5"), held, usage=usage).verdict == "linked"  # who bills it alone is told by the payer


def test_of_two_operations_a_third_surgeon_may_have_part_in_one() -> None:
    held, usage = authorization("A-1", service(quantity="2 UN"), providers=()), Usage()
    sent = [by(SURGEON, "62", "C-1", "2 UN"), by(GROUP, "62", "C-2"), by(STRANGER, "62", "C-3"), by(STRANGER, "62", "C-4")]
    assert [only(one, held, usage=usage).verdict for one in sent] == ["linked", "linked", "linked", "units-used-up"]


def test_each_surgeon_of_a_team_uses_an_operation_once() -> None:
    held, usage = authorization("A-1", service(quantity="1 UN"), providers=()), Usage()
    team = [by(surgeon, "66", f"C-{n}") for n, surgeon in enumerate((SURGEON, GROUP, STRANGER, SURGEON))]
    assert [only(one, held, usage=usage).verdict for one in team] == ["linked", "linked", "linked", "units-used-up"]


def test_a_payer_may_count_surgeons_as_one() -> None:
    held, usage = authorization("A-1", service(quantity="1 UN"), providers=()), Usage()
    rules = matching("roles professional, co-surgeon, post-operative count as one")
    sent = [by(SURGEON, "62", "C-1"), by(GROUP, "62", "C-2"), by(STRANGER, "55", "C-3"), by(STRANGER, "QX", "C-4")]
    found = [only(one, held, usage=usage, matching=rules).verdict for one in sent]
    assert found == ["linked", "units-used-up", "units-used-up", "linked"]


@pytest.mark.parametrize(
    ("more", "role"),
    [
        ({}, "facility"),
        ({"taxonomy": "261QA1903X"}, "facility"),
        ({"taxonomy": "207X00000X"}, "professional"),
        ({"organization": False}, "professional"),
        ({"providers": (provider(SURGEON),)}, "professional"),
        ({"place": "22"}, "professional"),
        ({"kind": "dental"}, "professional"),
    ],
)
def test_a_surgical_center_bills_its_own_part_as_a_facility(more: dict[str, Any], role: str) -> None:
    of_claim = {"place": "24", "providers": (), **{key: more.pop(key) for key in ("place", "providers", "kind") if key in more}}
    one = claim(billing=provider(CLINIC, "85", **more), **of_claim)
    assert role_of(one, one.lines[0]) == role


def test_roles_of_one_claim() -> None:
    assert only(claim(line(), line("27447:80")), authorization("A-1", service(quantity="1 UN"))).verdict == "linked"


# -- the same claim again ------------------------------------------------------------------------------------------------


def test_the_same_claim_twice_counts_once() -> None:
    held, usage = therapy("1 VS"), Usage()
    assert [only(visit("03-10"), held, usage=usage).verdict for _ in range(3)] == ["linked"] * 3
    assert len(usage.all()) == 1


def test_asking_again_when_later_claims_have_used_the_rest_gives_the_same_answer() -> None:
    held, usage = therapy("2 VS"), Usage()
    for id, when in (("C-1", "03-10"), ("C-2", "03-12"), ("C-1", "03-10"), ("C-2", "03-12")):
        assert only(visit(when, id=id), held, usage=usage).verdict == "linked"


def test_the_claim_that_the_other_payer_gets_uses_nothing_more() -> None:
    held, usage = therapy("1 VS"), Usage()
    decided(visit("03-10"), held, usage=usage)
    second = visit("03-10", payer=payer(OTHER_PAYER), responsibility="S")
    assert only(second, held, usage=usage, payers={OTHER_PAYER: "60054"}).verdict == "linked"


def test_one_claim_number_for_several_visits_counts_each() -> None:
    held, usage = therapy("2 VS"), Usage()
    found = [only(visit(when), held, usage=usage).verdict for when in ("03-10", "03-12", "03-14")]
    assert found == ["linked", "linked", "units-used-up"]


def test_a_replacement_takes_the_place_of_its_original() -> None:
    held, usage = therapy("3 VS"), Usage()
    decided(visit("03-10", "03-12", "03-14"), held, usage=usage)
    decided(visit("03-10", "03-12", frequency="7", original="P-1"), held, usage=usage)
    assert sum(len(use.days) for use in usage.all()) == 2
    assert only(visit("03-20", id="C-2"), held, usage=usage).verdict == "linked"


def test_a_replacement_under_a_new_claim_number() -> None:
    held, usage = therapy("2 VS"), Usage(claims={"P-1": "C-1"})
    decided(visit("03-10", "03-12"), held, usage=usage)
    again = visit("03-10", "03-13", id="C-9", frequency="7", original="P-1")
    assert only(again, held, usage=usage).verdict == "linked"
    assert {use.claim for use in usage.all()} == {"C-9"}


def test_a_replacement_that_fits_no_more_gives_back() -> None:
    held, usage = therapy("1 VS"), Usage()
    decided(visit("03-10"), held, usage=usage)
    decided(visit("08-10", frequency="7", original="P-1"), held, usage=usage)
    assert usage.all() == ()


def test_a_replacement_of_one_bill_of_a_stay_leaves_the_others() -> None:
    held, usage = admission(quantity="20 DY"), Usage()
    for dates_of, frequency in ("03-10/03-14", "2"), ("03-15/03-18", "3"), ("03-19/03-22", "4"):
        only(stay(dates_of, frequency=frequency, admission=day("03-10")), held, usage=usage)
    again = stay("03-15/03-17", frequency="7", original="P-2", admission=day("03-10"), patient_status="30")
    assert only(again, held, usage=usage).verdict == "linked"
    assert sorted(len(use.days) for use in usage.all()) == [3, 3, 5]
    assert sum(len(use.days) for use in usage.all()) == len({one for use in usage.all() for one in use.days})


def test_a_replacement_of_a_stay_with_other_dates_gives_back() -> None:
    held, usage = admission(quantity="20 DY", dates="03-01/03-31"), Usage()
    only(stay("03-10/03-14"), held, usage=usage)
    only(stay("03-20/03-22", frequency="7", original="P-1"), held, usage=usage)
    assert [use.days for use in usage.all()] == [(day("03-20"), day("03-21"))]


VISITS = Bill(period("03-10"), "1", "", frozenset({"P-1"})), Bill(period("03-12"), "1", "", frozenset({"P-2"}))


@pytest.mark.parametrize(
    ("original", "when", "left"),
    [
        ("P-2", "03-12", ["03-10", "03-12"]),
        ("P-2", "03-14", ["03-10", "03-14"]),  # the payer's number says whose date was wrong
        ("P-9", "03-12", ["03-10", "03-12"]),  # the date says which of them it replaces
        ("P-9", "03-14", ["03-14"]),  # nothing says it
    ],
)
def test_a_replacement_of_one_of_several_bills(original: str, when: str, left: list[str]) -> None:
    held, usage = therapy("6 VS"), Usage()
    for each in ("03-10", "03-12"):
        decided(visit(each), held, usage=usage)
    usage.know_bills({"C-1": VISITS})
    decided(visit(when, frequency="7", original=original), held, usage=usage)
    assert sorted(use.days for use in usage.all()) == [(day(one),) for one in left]


def test_a_replacement_of_late_charges_leaves_what_they_were_late_for() -> None:
    held, usage = therapy("6 VS"), Usage()
    decided(visit("03-10"), held, usage=usage)
    first, _ = VISITS
    usage.know_bills({"C-1": (first, first._replace(frequency="5", numbers=frozenset({"P-5"})))})
    decided(claim(line("70450", "03-10"), frequency="7", original="P-5"), held, usage=usage)
    assert len(usage.all()) == 1


@pytest.mark.parametrize("quantity", ["1 VS", "1 UN"])
def test_a_line_without_units_uses_nothing_and_has_the_number(quantity: str) -> None:
    held, usage = therapy(quantity), Usage()
    for _ in range(2):
        (row,) = decided(visit("03-10", quantity="0 UN"), held, usage=usage)
        assert (row.verdict, row.authorization, usage.all()) == ("linked", "PT-1", ())
    assert decided(visit("03-11", id="C-2"), held, usage=usage)[0].verdict == "linked"
    assert decided(visit("03-10", quantity="0 UN"), held, usage=usage)[0].verdict == "linked"


def test_a_void_gives_back() -> None:
    held, usage = therapy("1 VS"), Usage()
    usage.know("P-1", "C-1")
    decided(visit("03-10"), held, usage=usage)
    decided(visit("03-10", id="C-7", frequency="8", original="P-1"), held, usage=usage)
    assert usage.all() == ()


def test_a_void_gives_back_its_own_dates_only() -> None:
    held, usage = therapy("6 VS"), Usage()
    for when in ("03-10", "03-12"):
        decided(visit(when), held, usage=usage)
    decided(visit("03-12", frequency="8"), held, usage=usage)
    assert [use.days for use in usage.all()] == [(day("03-10"),)]


# -- who uses nothing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one",
    [
        visit("03-10", held="Z-9"),
        visit("07-10"),
        visit("03-10", purpose="RP"),
        visit("03-10", providers=(), billing=provider(GROUP, "85")),
    ],
)
def test_a_claim_that_does_not_carry_the_number_uses_nothing(one: Claim) -> None:
    assert after(one, on=therapy()).all() == ()


def test_a_claim_that_has_to_be_split_uses_nothing() -> None:
    usage = Usage()
    decided(hospital(line(), line("29827")), authorization(), authorization("B-2", service("29827")), usage=usage)
    assert usage.all() == ()


def test_a_claim_that_carries_the_number_uses_it() -> None:
    assert len(after(visit("03-10", held="PT-1"), on=therapy()).all()) == 1


def test_a_wrong_number_that_was_replaced_uses_the_right_one() -> None:
    usage = Usage()
    decided(visit("03-10", held="Z-9"), therapy(), usage=usage, replace=True)
    assert len(usage.all()) == 1


# -- keeping it ----------------------------------------------------------------------------------------------------------


def test_uses_come_back_as_they_were() -> None:
    held = replace(therapy("2 VS"), key="41")
    usage = after(visit("03-10"), visit("03-12", id="C-2"), on=held)
    assert usage.all()[0] == Use("41", 0, "professional", "C-1", (day("03-10"),), Decimal(1))
    kept = Usage(usage.all())
    assert kept.all() == usage.all()
    assert only(visit("03-14", id="C-3"), held, usage=kept).verdict == "units-used-up"
    assert {use.key for use in kept.all()} == {"41"}
    assert kept.of("C-2") == usage.used("41")[1:]


def test_what_changed_is_told_once() -> None:
    held, usage = therapy("6 VS"), Usage([Use("41", 0, "professional", "C-0", (day("03-01"),), Decimal(1))])
    held = replace(held, key="41")
    assert usage.changed() == ()
    decided(visit("03-10"), held, usage=usage)
    assert list(usage.rows(["41"], set(usage.changed()))) == [("41", (0, "professional", "C-1", "2026-03-10", "1", "sent"))]
    decided(visit("03-10", frequency="8"), held, usage=usage)
    assert usage.changed() == ("C-1",)
    assert list(usage.rows(["41"], {"C-1"})) == []
    assert usage.changed() == ()


def test_a_copy_is_its_own() -> None:
    held, usage = therapy("1 VS"), Usage()
    decided(visit("03-10"), held, usage=usage.within(["PT-1"]))
    assert usage.all() == ()


def test_the_period_of_a_service_starts_its_weeks() -> None:
    assert period("03-01/04-11").start.strftime("%A") == "Sunday"
    held = authorization("PT-1", service("97110", "03-01/04-11", pattern=pattern("2 VS", "WK")))
    rows = decided(claim(*(line("97110", when) for when in ("03-02", "03-04", "03-06"))), held)
    assert verdicts(rows) == ["1 linked", "2 linked", "3 units-short"]
    assert SURGEON in str(held.providers)
