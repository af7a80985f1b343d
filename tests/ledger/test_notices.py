"""What inquiries, their answers, notifications and acknowledgments make of an authorization, in whatever order they came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from edi.linkage.history import Message
from edi.records.authorization import Authorization, Decision
from edi.records.certification import ACKNOWLEDGMENT, INQUIRY, NOTICE, NOTIFICATION
from edi.records.rejection import Rejection
from edi.records.services import Period, Quantity
from tests.ledger.test_history import JUNE, states

REFUSED = (Rejection(loop="2010C", reason="75", follow_up="C"),)


@pytest.fixture
def told(made: Any) -> Callable[..., Authorization]:
    """An authorization as the answer to an inquiry tells it, with its trace alone."""

    def tell(**changes: Any) -> Authorization:
        given = made.authorization(source=INQUIRY, request_reference="", certification_type="", issued=date(2026, 3, 10))
        return replace(given, **changes)

    return tell


def test_the_answer_to_an_inquiry_ends_the_waiting(made: Any, told: Any) -> None:
    pended = made.authorization(decision=Decision.PENDED, number="", services=(), issued=date(2026, 2, 19))
    asked = made.request(kind=NOTICE, source=INQUIRY, request_reference="I1", issued=date(2026, 3, 10))
    state = states(made.request(), pended, asked, told())
    assert (state.record.decision, state.record.number, state.awaiting) == (Decision.CERTIFIED, "A100", False)
    assert state.record.request_reference == "R-A100"


def test_an_answer_that_still_pends_waits_on(made: Any, told: Any) -> None:
    state = states(made.request(), told(decision=Decision.PENDED, number="", services=()))
    assert (state.record.decision, state.awaiting, state.asked_at) == (Decision.PENDED, True, datetime(2026, 2, 18, 23, 59))


def test_an_answer_without_a_trace_ends_the_waiting_for_the_first_request(made: Any, told: Any) -> None:
    assert not states(made.request(), told(traces=())).awaiting


def test_an_answer_about_the_first_leaves_a_requested_extension_open(made: Any, told: Any) -> None:
    extension = made.request(certification_type="4", traces=("T-2",), request_reference="R-2", issued=date(2026, 3, 5))
    state = states(made.request(), made.authorization(), extension, told(traces=()))
    assert (state.record.decision, state.awaiting, state.asked_at) == (Decision.CERTIFIED, True, datetime(2026, 3, 5, 23, 59))
    answered = told(traces=(), certification_type="4", services=(made.service(period=JUNE),), issued=date(2026, 3, 12))
    assert not states(made.request(), made.authorization(), extension, answered).awaiting


def test_what_an_answer_tells_of_the_event_alone_leaves_the_services_as_they_were(made: Any, told: Any) -> None:
    denied = made.service("97140", decision=Decision.DENIED, number="")
    known = made.authorization(decision=Decision.PARTLY_CERTIFIED, services=(made.service(), denied))
    state = states(known, told(decision=Decision.PARTLY_CERTIFIED, services=(), period=JUNE))
    assert [service.decision for service in state.record.services] == [Decision.CERTIFIED, Decision.DENIED]
    assert state.record.period == JUNE


def test_a_decision_that_changed_is_told(made: Any, told: Any) -> None:
    state = states(made.request(), made.authorization(), told(decision=Decision.CANCELLED, services=()))
    assert [service.decision for service in state.record.services] == [Decision.CANCELLED]


def test_a_response_behind_it_says_it_anew(made: Any, told: Any) -> None:
    other = made.service("97140")
    revised = made.authorization(certification_type="S", services=(other,), issued=date(2026, 3, 20))
    state = states(made.authorization(), told(), revised)
    assert [service.procedure.code for service in state.record.services if service.procedure] == ["97140"]


def test_an_answer_about_the_first_leaves_its_extension_as_it_was(made: Any, told: Any) -> None:
    more = made.service(amount=4, period=JUNE)
    extension = made.authorization(certification_type="4", services=(more,), period=JUNE, issued=date(2026, 3, 5))
    state = states(made.authorization(), extension, told(traces=(), certification_type="I"))
    assert [service.period for service in state.record.services] == [made.service().period, JUNE]
    assert state.record.period == Period(start=date(2026, 3, 1), end=JUNE.end)


@pytest.mark.parametrize("source", [INQUIRY, NOTIFICATION])
@pytest.mark.parametrize("day", [19, 20, 21])
def test_an_extension_that_a_response_tells_too_adds_once(made: Any, source: str, day: int) -> None:
    more = made.service(amount=4, period=JUNE)
    extension = made.authorization(certification_type="4", services=(more,), period=JUNE, issued=date(2026, 5, 20))
    again = replace(extension, source=source, services=(replace(more, trace="", period=None),), issued=date(2026, 5, day))
    state = states(made.authorization(), extension, again)
    assert [service.period for service in state.record.services] == [made.service().period, JUNE]
    alone = states(made.authorization(), replace(extension, source=source))
    assert [service.period for service in alone.record.services] == [made.service().period, JUNE]


def test_another_extension_of_the_same_dates_adds(made: Any) -> None:
    extension = made.authorization(certification_type="4", services=(made.service(amount=4),), issued=date(2026, 3, 20))
    told = replace(extension, source=NOTIFICATION, services=(made.service(amount=2),), issued=date(2026, 3, 21))
    state = states(made.authorization(), extension, told)
    quantities = [service.quantity for service in state.record.services]
    assert quantities == [Quantity(unit="UN", amount=Decimal(amount)) for amount in (6, 4, 2)]


def test_a_refused_inquiry_changes_nothing(made: Any, told: Any) -> None:
    refused = told(kind=NOTICE, decision=Decision.REJECTED, number="", services=(), rejections=REFUSED)
    state = states(made.request(), refused)
    assert (state.record.decision, state.awaiting) == (Decision.UNANSWERED, True)


def test_what_was_only_told_of_is_a_notice(made: Any) -> None:
    admitted = made.request(kind=NOTICE, source=NOTIFICATION, category="AR")
    taken = replace(admitted, source=ACKNOWLEDGMENT, category="", administrative_reference="N7", issued=date(2026, 2, 19))
    state = states(admitted, taken)
    assert (state.record, state.awaiting) == (admitted, False)
    state = states(admitted, replace(taken, decision=Decision.REJECTED, rejections=REFUSED))
    assert (state.record.kind, state.record.decision, state.record.rejections) == (NOTICE, Decision.REJECTED, REFUSED)
    decided = states(admitted, made.authorization())
    assert (decided.record.kind, decided.record.decision) == ("authorization", Decision.CERTIFIED)


@pytest.mark.parametrize(
    ("source", "decision", "kind", "said"),
    [
        ("278", Decision.UNANSWERED, "authorization", "requested"),
        ("278", Decision.DENIED, "authorization", "answered"),
        ("phone", Decision.CERTIFIED, "authorization", "answered"),
        (INQUIRY, Decision.UNANSWERED, NOTICE, "inquired"),
        (INQUIRY, Decision.PENDED, "authorization", "answered"),
        (INQUIRY, Decision.REJECTED, NOTICE, "inquiry-refused"),
        (NOTIFICATION, Decision.UNANSWERED, NOTICE, "notified"),
        (NOTIFICATION, Decision.CERTIFIED, "authorization", "notified"),
        (ACKNOWLEDGMENT, Decision.REJECTED, NOTICE, "acknowledged"),
    ],
)
def test_what_a_message_does_has_a_word(made: Any, source: str, decision: Decision, kind: str, said: str) -> None:
    assert Message(made.authorization(source=source, decision=decision, kind=kind), None, 0).kind == said


def test_of_two_authorizations_that_an_inquiry_names_it_makes_no_one(made: Any, open_ledger: Any) -> None:
    first, second = made.authorization("A1"), made.authorization("A2")
    asked = made.request(
        "A1", kind=NOTICE, source=INQUIRY, previous_number="A2", request_reference="I1", issued=date(2026, 3, 10)
    )
    with open_ledger() as ledger:
        ledger.record_authorizations([first, second])
        ledger.record_authorizations([asked])
        assert [held.number for held in ledger.authorizations()] == ["A1", "A2"]
        assert [len(ledger.authorization(number)[0].events) for number in ("A1", "A2")] == [1, 2]  # the number says more


def test_several_reviews_of_one_answer_stay_apart(made: Any, open_ledger: Any, told: Any) -> None:
    pending = made.request("A1")
    others = [told(number=number, traces=(), services=(made.service(number=number),)) for number in ("B1", "B2")]
    with open_ledger() as ledger:
        ledger.record_authorizations([pending])
        ledger.record_authorizations(others)
        assert [(held.number, held.awaiting) for held in ledger.authorizations()] == [("", True), ("B1", False), ("B2", False)]


def test_notices_are_listed_apart(made: Any, open_ledger: Any) -> None:
    admitted = made.request("N1", kind=NOTICE, source=NOTIFICATION, admission=Period(start=JUNE.start, end=JUNE.start))
    with open_ledger() as ledger:
        ledger.record_authorizations([admitted, made.authorization("A1")])
        assert [held.number for held in ledger.authorizations()] == ["A1"]
        (notice,) = ledger.authorizations(notices=True)
        assert (notice.kind, notice.awaiting) == (NOTICE, False)
        assert [record.number for record in ledger.records()] == ["A1"]
        assert list(ledger.records([notice.key])) == []
        (life,) = ledger.authorization("T-N1")
        assert life.events[0].start == JUNE.start


def test_a_request_that_the_payer_does_not_find_is_work(made: Any, open_ledger: Any, told: Any) -> None:
    refused = told(kind=NOTICE, decision=Decision.REJECTED, number="", services=(), rejections=REFUSED)
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(), made.request("B1")])
        before = {item.authorization: item.action for item in ledger.worklist(JUNE.start)}
        ledger.record_authorizations([refused])
        after = {item.authorization: item.action for item in ledger.worklist(JUNE.start)}
    assert [before[name] == after[name] for name in ("T-A100", "T-B1")] == [False, True]
    assert after["T-A100"].startswith("The payer was asked, and does not find the request")
