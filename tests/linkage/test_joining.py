"""Requests and answers that are about one authorization become one; a claim is decided by what stands after all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

import edi
from edi.linkage.joining import joined
from edi.records.authorization import Authorization, Decision

from .build import MARIA, authorization, claim, line, service

UTE = replace(MARIA, first_name="Ute", member_id="W9")
ANSWER = authorization(traces=("T-1",), issued=date(2026, 2, 3))


def asked(answer: Authorization = ANSWER, day: int = 1) -> Authorization:
    services = tuple(replace(each, decision=Decision.UNANSWERED) for each in answer.services)
    return replace(answer, decision=Decision.UNANSWERED, number="", services=services, issued=date(2026, 2, day))


@pytest.mark.parametrize("backwards", [False, True])
def test_a_request_and_its_answer_are_one(backwards: bool) -> None:
    messages = [asked(), replace(ANSWER, services=())]  # an answer that says nothing of services certifies what was asked
    (found,) = joined(reversed(messages) if backwards else messages)
    assert (found.decision, found.number, [each.decision for each in found.services]) == ("certified", "A-1", ["certified"])


def test_link_joins_what_it_is_given() -> None:
    messages = [asked(), replace(ANSWER, services=())]
    (row,) = edi.link([claim()], messages).claims
    assert (row.verdict, row.written, row.authorization, row.placement) == ("linked", True, "A-1", "2300")
    assert [one.verdict for one in edi.link([claim()], messages[:1]).claims] == ["authorization-pending"]


def test_the_later_answer_stands() -> None:
    pended = replace(ANSWER, decision=Decision.PENDED, number="", services=(), issued=date(2026, 2, 2))
    assert [one.decision for one in joined([ANSWER, pended, asked()])] == ["certified"]
    cancelled = replace(ANSWER, certification_type="3", issued=date(2026, 2, 9))
    (found,) = joined([cancelled, ANSWER])
    assert (found.decision, found.issued) == ("cancelled", date(2026, 2, 9))


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("decision", [Decision.CERTIFIED, Decision.CANCELLED])
@pytest.mark.parametrize("requested", [False, True])
def test_what_cancels_an_authorization_that_is_not_on_file_certifies_nothing(
    requested: bool, decision: Decision, backwards: bool
) -> None:
    """UM02 = 3: what the payer certifies then is that it is cancelled."""
    cancelled = replace(ANSWER, certification_type="3", decision=decision, issued=date(2026, 2, 9))
    messages = [replace(asked(), certification_type="3"), cancelled][not requested :]
    (found,) = joined(reversed(messages) if backwards else messages)
    assert (found.decision, found.number, {each.decision for each in found.services}) == ("cancelled", "A-1", {"cancelled"})
    (row,) = edi.link([claim()], messages).claims
    assert (row.verdict, row.written) == ("authorization-cancelled", False)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_cancellation_under_another_number_is_told_by_its_trace(backwards: bool) -> None:
    cancelled = replace(ANSWER, certification_type="3", number="X-77", services=(), issued=date(2026, 2, 9))
    messages = [asked(), ANSWER, cancelled]
    found = joined(reversed(messages) if backwards else messages)
    assert [(one.decision, one.number) for one in found] == [("cancelled", "A-1")]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("day", [2, 5])
def test_what_is_pended_under_a_number_of_its_own_is_told_by_its_trace(day: int, backwards: bool) -> None:
    """Payers give a number to what they have not decided yet; which came first is told by the days, not by the order."""
    pended = replace(ANSWER, decision=Decision.PENDED, number="P-9", services=(), issued=date(2026, 2, day))
    messages = [asked(), ANSWER, pended]
    found = joined(reversed(messages) if backwards else messages)
    assert [(one.decision, one.number) for one in found] == [("certified", "A-1") if day == 2 else ("pended", "P-9")]


def test_two_that_turn_out_as_one() -> None:
    """Two requests, each with its trace, and an answer that names both."""
    one, other = asked(), replace(asked(day=2), traces=("T-2",))
    answer = replace(ANSWER, traces=("T-1", "T-2"))
    assert len(joined([one, other])) == 2
    assert [(each.number, each.traces) for each in joined([one, other, answer])] == [("A-1", ("T-1", "T-2"))]


def test_what_a_payer_tells_on_a_later_day_stands() -> None:
    """The answer to an inquiry names the day of the first decision (DTP*102), and tells what stands when it is made."""
    revised = replace(ANSWER, certification_type="S", decision=Decision.DENIED, issued=date(2026, 2, 5))
    told = replace(ANSWER, source="inquiry", decision=Decision.CANCELLED, created=datetime(2026, 2, 9, 8))
    assert [(one.decision, one.source) for one in joined([told, asked(), ANSWER, revised])] == [("cancelled", "inquiry")]


def test_a_notice_is_no_authorization_and_makes_no_two_one() -> None:
    first, second = ANSWER, replace(ANSWER, number="A-2", traces=("T-2",), services=(service(number="A-2"),))
    inquiry = replace(asked(), kind="notice", source="inquiry", traces=("T-2",), previous_number="A-1")
    assert joined([inquiry]) == []
    assert [one.number for one in joined([first, second, inquiry])] == ["A-1", "A-2"]


def test_what_has_a_key_is_taken_as_it_is() -> None:
    kept = [replace(asked(), key="1"), replace(ANSWER, key="2")]
    assert joined(kept) == kept


def test_the_same_again_changes_nothing() -> None:
    other = authorization("B-7", traces=("T-2",), subscriber=UTE)
    once = joined([asked(), ANSWER, other])
    assert joined(once) == once
    assert [each.number for each in once] == ["A-1", "B-7"]


def test_one_number_of_two_patients_is_counted_apart() -> None:
    held = [authorization("A-1", service(quantity="1 UN"), subscriber=who) for who in (MARIA, UTE)]
    claims = [claim(id="C-1"), claim(id="C-2", subscriber=UTE), claim(line(dates="03-11"), id="C-3")]
    decided = edi.link(claims, held)
    assert [row.verdict for row in decided.claims] == ["linked", "linked", "units-used-up"]


def test_records_use_units_in_their_order_and_are_counted() -> None:
    held = [authorization("A-1", service(quantity="2 VS"))]
    claims = (claim(line(dates=f"03-0{n}"), id=f"C-{n}") for n in range(1, 4))
    usage = edi.Usage()
    decided = edi.link(claims, held, usage=usage)
    assert decided.totals == {
        "linked": {"claims": 2, "amount": "200.00"},
        "units-used-up": {"claims": 1, "amount": "100.00"},
    }
    assert decided.to_json()["totals"] == decided.totals
    assert [use.claim for use in usage.all()] == ["C-1", "C-2"]
    assert sum((row.amount for row in decided.claims), Decimal(0)) == 300
