"""An authorization's state after its messages, in whatever order they came."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from edi.linkage.history import Message, State, current
from edi.records.authorization import Authorization, Decision
from edi.records.services import Period, Procedure

APRIL = Period(start=date(2026, 4, 1), end=date(2026, 4, 30))
JUNE = Period(start=date(2026, 6, 1), end=date(2026, 6, 30))


def states(*records: Authorization) -> State:
    """The state after `records`, which must be the same in every order of arrival."""
    found = [
        current([Message(record, record.issued, order) for order, record in enumerate(arrival)])
        for arrival in itertools.permutations(records)
    ]
    assert all(state == found[0] for state in found)
    return found[0]


def test_a_request_alone_waits(made: Any) -> None:
    state = states(made.request())
    assert (state.record.decision, state.awaiting) == (Decision.UNANSWERED, True)


def test_an_answer_alone_stands(made: Any) -> None:
    state = states(made.authorization())
    assert (state.record, state.awaiting) == (made.authorization(), False)


def test_an_answer_ends_the_waiting(made: Any) -> None:
    state = states(made.request(), made.authorization())
    assert (state.record.decision, state.record.number, state.awaiting) == (Decision.CERTIFIED, "A100", False)


def test_an_answer_ends_the_waiting_by_the_reference_where_it_gives_no_trace(made: Any) -> None:
    state = states(made.request(), made.authorization(traces=()))
    assert not state.awaiting


def test_pended_then_certified(made: Any) -> None:
    pended = made.authorization(decision=Decision.PENDED, number="", services=(), issued=date(2026, 2, 19))
    assert states(made.request(), pended).awaiting
    state = states(made.request(), pended, made.authorization())
    assert (state.record.decision, state.record.number, state.awaiting) == (Decision.CERTIFIED, "A100", False)


def test_an_extension_adds_its_services_with_their_own_dates(made: Any) -> None:
    more = made.service(amount=4, period=JUNE)
    extension = made.authorization(
        certification_type="4", services=(more,), period=JUNE, issued=date(2026, 5, 20), traces=("T-2",), request_reference="R-2"
    )
    state = states(made.authorization(), extension)
    assert [service.period for service in state.record.services] == [made.service().period, JUNE]
    assert state.record.period == Period(start=date(2026, 3, 1), end=date(2026, 6, 30))


def test_an_extension_of_a_whole_event_becomes_services(made: Any) -> None:
    first = made.authorization(services=())
    extension = made.authorization(
        "A101", certification_type="R", services=(), period=JUNE, previous_number="A100", issued=JUNE.start
    )
    services = states(first, extension).record.services
    assert [(service.number, service.period) for service in services] == [("A100", first.period), ("A101", JUNE)]


def test_an_extension_by_as_much_as_before_is_as_much_again_and_counts_once(made: Any) -> None:
    extension = made.authorization(certification_type="4", issued=date(2026, 5, 20), traces=("T-2",), request_reference="R-2")
    again = replace(extension, issued=date(2026, 5, 21))
    assert states(made.authorization(), extension).record.services == (made.service(), made.service())
    assert states(made.authorization(), extension, again).record.services == (made.service(), made.service())


def test_an_extension_that_repeats_what_stood_adds_what_is_new(made: Any) -> None:
    extension = made.authorization(
        certification_type="4", services=(made.service(), made.service(period=JUNE)), issued=date(2026, 5, 20), traces=("T-2",)
    )
    assert states(made.authorization(), extension).record.services == (made.service(), made.service(period=JUNE))


@pytest.mark.parametrize(("amount", "until"), [(10, date(2026, 6, 30)), (6, date(2026, 6, 30)), (10, date(2026, 5, 31))])
def test_an_extension_that_may_tell_the_whole_counts_as_that_and_says_so(made: Any, amount: int, until: date) -> None:
    """Six were certified from March to May; now it says ten, or until June, from March on again."""
    more = made.service(amount=amount, period=Period(start=date(2026, 3, 1), end=until))
    extension = made.authorization(certification_type="4", services=(more,), issued=date(2026, 5, 20), traces=("T-2",))
    (service,) = states(made.authorization(), extension).record.services
    assert replace(service, doubt="") == more
    assert service.doubt.startswith("The extension begins on the first day again")


def test_an_extension_by_fewer_from_the_first_day_on_adds_them(made: Any) -> None:
    more = made.service(amount=2, period=Period(start=date(2026, 3, 1), end=date(2026, 6, 30)))
    extension = made.authorization(certification_type="4", services=(more,), issued=date(2026, 5, 20), traces=("T-2",))
    assert states(made.authorization(), extension).record.services == (made.service(), more)


def test_a_revision_replaces(made: Any) -> None:
    revised = made.authorization(certification_type="S", services=(made.service(amount=3),), issued=date(2026, 3, 5))
    state = states(made.authorization(), revised)
    assert state.record.services == (made.service(amount=3),)


@pytest.mark.parametrize("decision", [Decision.DENIED, Decision.PENDED, Decision.REJECTED])
def test_what_is_certified_outlives_a_refused_extension(made: Any, decision: Decision) -> None:
    refused = made.authorization(certification_type="4", decision=decision, number="", services=(), issued=date(2026, 5, 20))
    assert states(made.authorization(), refused).record == made.authorization()


def test_a_pended_extension_is_waited_for(made: Any) -> None:
    extension = made.request("A100", certification_type="4", issued=date(2026, 5, 1), traces=("T-2",), request_reference="R-2")
    pended = replace(extension, decision=Decision.PENDED, issued=date(2026, 5, 2))
    state = states(made.authorization(), extension, pended)
    assert (state.record.decision, state.awaiting) == (Decision.CERTIFIED, True)


@pytest.mark.parametrize("decision", [Decision.CANCELLED, Decision.CERTIFIED])
def test_a_cancellation_cancels_all_of_it(made: Any, decision: Decision) -> None:
    cancelled = made.authorization(certification_type="3", decision=decision, issued=date(2026, 3, 5))
    state = states(made.authorization(), cancelled)
    assert state.record.decision is Decision.CANCELLED
    assert {service.decision for service in state.record.services} == {Decision.CANCELLED}


def withdrawn(made: Any) -> list[Any]:
    """A request that is pended, and cancelled with the payer's consent, under traces of their own."""
    pended = made.authorization("", decision=Decision.PENDED, services=(), traces=("T-A100",), request_reference="R-A100")
    cancel = made.request(certification_type="3", traces=("T-2",), request_reference="R-2", issued=date(2026, 3, 4))
    agreed = made.authorization(
        "", certification_type="3", decision=Decision.CANCELLED, services=(), traces=("T-2",), issued=date(2026, 3, 5)
    )
    return [made.request(), pended, cancel, agreed]


def test_what_is_cancelled_while_it_is_pended_is_waited_for_no_more(made: Any) -> None:
    told = withdrawn(made)
    state = states(*told)
    assert (state.record.decision, state.awaiting, state.asked_at) == (Decision.CANCELLED, False, None)
    assert not states(*told[1:]).awaiting  # the first request is not on file
    assert not states(told[0], told[1], told[3]).awaiting  # the cancellation is not
    early = replace(told[3], issued=date(2026, 3, 3))  # the payer's clock is behind
    assert not states(*told[:3], early).awaiting


def test_what_is_asked_behind_a_cancellation_is_waited_for(made: Any) -> None:
    told = withdrawn(made)
    anew = made.request(traces=("T-3",), request_reference="R-3", issued=date(2026, 3, 5))
    assert states(*told, anew).asked_at == datetime(2026, 3, 5, 23, 59)
    refused = replace(told[3], decision=Decision.DENIED)
    assert states(*told[:3], refused).awaiting
    one = made.service(number="A100", decision=Decision.CANCELLED)
    assert states(*told[:3], replace(told[3], services=(one,))).awaiting  # a service alone


def test_a_rejection_is_no_decision(made: Any) -> None:
    rejected = made.authorization(decision=Decision.REJECTED, number="", services=(), issued=date(2026, 3, 1))
    assert states(made.authorization(), rejected).record == made.authorization()
    assert states(made.request(), rejected).record.decision is Decision.REJECTED


def test_the_same_message_twice_counts_once(made: Any) -> None:
    extension = made.authorization(certification_type="4", services=(made.service(period=JUNE),), issued=date(2026, 5, 20))
    assert states(made.authorization(), extension, extension) == states(made.authorization(), extension)


def test_an_appeal_that_is_won_stands(made: Any) -> None:
    denied = made.authorization(decision=Decision.DENIED, number="", services=(), issued=date(2026, 2, 21))
    won = made.authorization(certification_type="1", issued=date(2026, 3, 9))
    assert states(denied, won).record.decision is Decision.CERTIFIED
    lost = made.authorization(certification_type="1", decision=Decision.DENIED, number="", services=(), issued=date(2026, 3, 9))
    assert states(denied, lost).record.decision is Decision.DENIED


def test_a_certification_that_is_dated_back_is_not_undone_by_the_pend_before_it(made: Any) -> None:
    """DTP*102 says from when it counts; the message came after the one that pended."""
    pended = made.authorization(
        decision=Decision.PENDED, number="", services=(), issued=date(2026, 2, 25), created=datetime(2026, 2, 25, 9)
    )
    certified = made.authorization(issued=date(2026, 2, 19), created=datetime(2026, 2, 27, 9))
    assert states(made.request(), pended, certified).record.decision is Decision.CERTIFIED


def test_on_one_day_what_is_decided_comes_after_what_waits(made: Any) -> None:
    """A call has no clock: whether it came before the response of that day, nobody knows."""
    pended = made.authorization(decision=Decision.PENDED, number="", services=(), created=datetime(2026, 2, 20, 15))
    told = made.authorization(source="phone", services=())
    state = states(made.request(), pended, told)
    assert (state.record.decision, state.awaiting) == (Decision.CERTIFIED, False)


def test_of_two_decisions_on_one_day_the_later_stands(made: Any) -> None:
    first, later = (
        made.authorization(decision=decision, created=datetime(2026, 2, 20, hour))
        for decision, hour in ((Decision.DENIED, 9), (Decision.CERTIFIED, 10))
    )
    assert states(first, later).record == later
    first, later = replace(later, created=first.created), replace(first, created=later.created)
    assert states(first, later).record.decision is Decision.DENIED


def test_what_amends_comes_after_what_it_amends_whatever_the_clocks_say(made: Any) -> None:
    """Two desks of a payer on one day: the revision's answer cannot be older than the certification that it names."""
    first = made.authorization(created=datetime(2026, 2, 20, 15))
    revised = made.authorization(certification_type="S", services=(made.service(amount=3),), created=datetime(2026, 2, 20, 14))
    assert states(first, revised).record.services == (made.service(amount=3),)


def test_a_payer_s_clock_may_be_a_day_behind(made: Any) -> None:
    asked = made.request(created=datetime(2026, 2, 21, 0, 10), issued=date(2026, 2, 21))
    answer = made.authorization(services=(), created=datetime(2026, 2, 20, 23, 50))
    state = states(asked, answer)
    assert (state.record.decision, state.awaiting) == (Decision.CERTIFIED, False)
    assert [service.procedure for service in state.record.services] == [made.service().procedure]


def test_of_two_requests_with_one_reference_and_no_trace_the_one_that_names_the_same_is_answered(made: Any) -> None:
    known = {"traces": (), "request_reference": "R-1"}
    first, second = made.request(**known), made.request(services=(made.service("97140", 8, number=""),), **known)
    answer = made.authorization(services=(made.service("97140", quantity=None),), **known)
    (service,) = states(first, second, answer).record.services
    assert (service.procedure.code, service.quantity.amount, service.doubt) == ("97140", 8, "")


def test_which_of_two_requests_with_one_reference_and_no_trace_is_answered_is_said_to_be_unclear(made: Any) -> None:
    known = {"traces": (), "request_reference": "R-1"}
    first, second = made.request(**known), made.request(services=(made.service("97140", number=""),), **known)
    (service,) = states(first, second, made.authorization(services=(), **known)).record.services
    assert (service.procedure, service.number) == (None, "A100")
    assert service.doubt == "Several requests have its BHT03 and no trace: which of them is answered is not told."


def test_one_number_for_two_requests_certifies_both(made: Any) -> None:
    """A payer may give several requests of one case the same number: neither answer takes the other's service away."""
    knee = made.authorization(issued=date(2026, 3, 2))
    imaging = Procedure(qualifier="HC", code="70551")
    other = made.authorization(traces=("T-OTHER",), services=(made.service(procedure=imaging),), issued=date(2026, 3, 3))
    state = states(knee, other).record
    assert {service.procedure for service in state.services} == {made.service().procedure, imaging}
    again = replace(other, services=(made.service(procedure=made.service().procedure, number="A200"),))
    assert [service.number for service in states(knee, again).record.services] == ["A200"]
