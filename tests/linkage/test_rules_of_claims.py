"""What a payer's rules say of a claim's line or stay: "not required" only where the claim says all that they ask."""

from __future__ import annotations

from typing import Final

import pytest

from edi.linkage.requirements import age_in, payer_in, query_of, requirement
from edi.records.claim import Claim
from edi.records.parties import Address
from edi.records.services import Diagnosis

from .build import CLINIC, HOSPITAL, claim, day, hospital, line, provider, stay
from .rules import HEAD, rule_file

WANTED: Final = 'wants prior authorization source "a test"'
NEEDLESS: Final = 'wants nothing source "a test"'


def need(asked: Claim, text: str, *, whole: bool = False) -> str:
    """What rules say of a claim's first line, or of its stay."""
    rules = rule_file(HEAD + text).requirements
    query = query_of(asked, None if whole else asked.lines[0], payer_in(rules, asked.payer.id))
    return requirement(query, rules).need.value


@pytest.mark.parametrize(
    ("words", "quantity", "answer"),
    [
        ("visits", "16 UN", "not-known"),
        ("visits", "2 UN", "not-known"),
        ("visits", "60 MJ", "not-known"),
        ("units", "16 UN", "required"),
        ("units", "2 UN", "not-known"),  # those before it stand on other claims
        ("units", "16 MJ", "not-known"),
        ("days", "13 DA", "required"),
        ("Visit", "13 VS", "required"),
        ("round trips", "13 UN", "not-known"),
    ],
)
def test_a_cap_counts_what_its_words_say(words: str, quantity: str, answer: str) -> None:
    rules = f'require cap procedures 97110 more than 12 "{words}" {WANTED} require first procedures 97110 {NEEDLESS}'
    assert need(claim(line("97110", quantity=quantity)), rules) == answer


@pytest.mark.parametrize(
    ("places", "outpatient", "inpatient"),
    [
        ("19, 21, 22, 24", "required", "required"),
        ("22", "not-known", "not-required"),
        ("19, 22", "required", "not-required"),
        ("21", "not-required", "required"),
        ("11, 24", "not-required", "not-required"),
        ("51", "not-known", "not-known"),
        ("23", "not-known", "not-known"),
    ],
)
def test_a_hospital_s_bill_names_no_place_and_its_type_tells_some(places: str, outpatient: str, inpatient: str) -> None:
    rules = f"require some places {places} {WANTED} require rest {NEEDLESS}"
    assert need(hospital(), rules) == outpatient
    assert need(stay(), rules, whole=True) == inpatient


@pytest.mark.parametrize("bill", ["14", "85", "21"])
def test_of_other_bills_the_place_is_not_known(bill: str) -> None:
    assert need(hospital(place=bill), f"require some places 22 {WANTED} require rest {NEEDLESS}") == "not-known"


def test_what_an_emergency_room_has_part_in_may_be_done_there() -> None:
    visit = line("99283", revenue_code="0450")
    asked = hospital(line("74177"), visit)
    assert need(asked, f"require some places 19, 22 {WANTED} require rest {NEEDLESS}") == "not-known"
    assert need(asked, f"require some places 19, 22, 23 {WANTED} require rest {NEEDLESS}") == "required"


def test_a_claim_without_a_place_does_not_say_that_there_is_none() -> None:
    assert need(claim(place=""), f"require some places 22 {WANTED} require rest {NEEDLESS}") == "not-known"


CHANGE: Final = f"""
require earlier until 2026-03-31 procedures 97110 {NEEDLESS}
require later from 2026-04-01 procedures 97110 {WANTED}
require ending until 2026-06-30 procedures 97112 {NEEDLESS}
require short from 2026-05-10 until 2026-05-10 procedures 97116 {WANTED}
require rest procedures 97116 {NEEDLESS}
"""


@pytest.mark.parametrize(
    ("code", "dates", "answer"),
    [
        ("97110", "03-30/03-31", "not-required"),
        ("97110", "03-30/04-02", "required"),
        ("97110", "04-01/04-02", "required"),
        ("97112", "06-30", "not-required"),
        ("97112", "06-29/07-01", "not-known"),
        ("97116", "05-01/05-20", "required"),
        ("97116", "05-11/05-20", "not-required"),
    ],
)
def test_every_day_of_a_line_is_asked(code: str, dates: str, answer: str) -> None:
    assert need(claim(line(code, dates)), CHANGE) == answer


def test_a_stay_goes_by_its_admission() -> None:
    rules = f"require earlier until 2026-03-31 {NEEDLESS} require later from 2026-04-01 {WANTED}"
    assert need(stay("03-30/04-03"), rules, whole=True) == "not-required"
    assert need(stay("03-30/04-03", admission=None), rules, whole=True) == "required"


def test_an_age_that_changes_within_a_service_is_not_known() -> None:
    birth = day("2005-03-10")
    assert age_in(birth, day("03-01"), day("03-09")) == 20
    assert age_in(birth, day("03-01"), day("03-10")) is None
    assert age_in(birth, day("03-01"), None) == 20
    assert age_in(birth, day("2004-01-01"), None) is None


@pytest.mark.parametrize(
    ("pointers", "answer"), [((2,), "required"), ((1, 2), "not-required"), ((), "not-required"), ((3,), "not-known")]
)
def test_a_line_has_the_diagnoses_that_it_points_to(pointers: tuple[int, ...], answer: str) -> None:
    rules = f"require cancer procedures 73721 diagnoses C00-C97 {NEEDLESS} require imaging procedures 73721 {WANTED}"
    diagnoses = (Diagnosis(qualifier="ABK", code="C50911"), Diagnosis(qualifier="ABF", code="M1711"))
    assert need(claim(line("73721", pointers=pointers), diagnoses=diagnoses), rules) == answer


def test_the_state_is_where_the_service_is_done() -> None:
    rules = f"require there states KY {WANTED} require elsewhere {NEEDLESS}"
    billing = provider(CLINIC, "85", address=Address(state="OH"))
    facility = provider(HOSPITAL, "77", address=Address(state="KY"))
    assert need(claim(billing=billing), rules) == "not-required"
    assert need(claim(billing=billing, providers=(facility,)), rules) == "required"
    assert need(claim(line(providers=(facility,)), billing=billing), rules) == "required"
    assert need(hospital(billing=billing, providers=(facility,)), rules) == "required"
    assert need(claim(billing=billing, providers=(provider(HOSPITAL, "77"),)), rules) == "not-known"
    assert need(claim(), rules) == "not-known"
