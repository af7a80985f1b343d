"""What an authorization is after all the messages about it: pure, so that any order of arrival ends in the same state.

A message is a request (an UNANSWERED authorization) or an answer. They are taken in the order of the days on which they
were issued. What an answer to a first request says, stands; what amends (UM02) works on what stood before:

    4 extension, R renewal       its services are added, each with its own dates, quantity and number
    3 cancel                     certified or cancelled: all is cancelled
    S revised, 1 2 N appeals     what is certified replaces what stood; a refusal leaves what was certified
    AAA                          is not a decision: what was decided stays

The same message twice counts once. What was told by phone, portal, fax or letter is an answer like any other; what it leaves
out stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from edi.linkage.offers import whole
from edi.records.authorization import Authorization, Decision, combine
from edi.records.services import Period

POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.PARTLY_CERTIFIED, Decision.MODIFIED})
"""Decisions under which something is certified."""
_UNDECIDED: Final = frozenset({Decision.UNANSWERED, Decision.REJECTED})
_ADDING: Final = frozenset({"4", "R"})
_CANCELLING: Final = "3"
AMENDING: Final = frozenset({"1", "2", "3", "4", "N", "R", "S"})
"""UM02 of a message about something that was asked for before."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says, the day it was issued by its own account (else the day it came), and its place in arrival."""

    record: Authorization
    day: date | None
    order: int

    @property
    def made_at(self) -> datetime | None:
        """When it was made; midnight of its day where the time is not told."""
        return self.record.created or (datetime.combine(self.day, time()) if self.day else None)

    @property
    def asks(self) -> bool:
        return self.record.decision is Decision.UNANSWERED


@dataclass(frozen=True, slots=True)
class State:
    """What stands after the messages, whether an answer is still to come, when the oldest request that waits for it was made,
    and whether that is urgent.
    """

    record: Authorization
    awaiting: bool
    asked_at: datetime | None = None
    expedited: bool = False


def current(messages: Sequence[Message]) -> State:
    """The state after `messages` (at least one), which may come in any order."""
    ordered = sorted(messages, key=lambda m: (m.day or date.min, not m.asks, m.order))
    requests: list[Authorization] = []
    asked: dict[frozenset[str], Message] = {}
    seen: list[Authorization] = []
    state: Authorization | None = None
    open_requests: dict[frozenset[str], bool] = {}
    for message in ordered:
        record = message.record
        if record in seen:
            continue
        seen.append(record)
        if message.asks:
            requests.append(record)
            open_requests.setdefault(_handles(record), True)
            asked.setdefault(_handles(record), message)
            state = state or record
            continue
        request = _request_of(record, requests)
        pended = record.decision is Decision.PENDED
        if request is not None:
            open_requests[_handles(request)] = pended
        elif not pended and record.certification_type not in AMENDING:
            open_requests = dict.fromkeys(open_requests, False)
        else:
            open_requests[_handles(record)] = pended
        whole = combine(record, request) if request is not None else record
        state = whole if state is None else _after(state, whole)
    assert state is not None, "an authorization has at least one message"
    waiting = next((asked[handles] for handles, is_open in open_requests.items() if is_open and handles in asked), None)
    if waiting is None:
        return State(state, any(open_requests.values()))
    return State(state, True, waiting.made_at, waiting.record.expedited)


def _handles(record: Authorization) -> frozenset[str]:
    """What ties an answer to its request: the trace numbers, else BHT03."""
    return frozenset(record.traces) or frozenset({record.request_reference})


def _request_of(answer: Authorization, requests: Sequence[Authorization]) -> Authorization | None:
    """The latest request that the answer names."""
    for request in reversed(requests):
        if set(answer.traces) & set(request.traces):
            return request
    for request in reversed(requests):
        if answer.request_reference and answer.request_reference == request.request_reference:
            return request
    return None


def _after(state: Authorization, answer: Authorization) -> Authorization:
    """The state once `answer` came."""
    positive = answer.decision in POSITIVE
    if state.decision in _UNDECIDED:
        return answer
    if answer.source != state.source and answer.certification_type not in _ADDING:
        answer = combine(answer, state)  # a call repeats less than a response does
    if answer.decision is Decision.REJECTED:
        return state
    if answer.certification_type == _CANCELLING:
        return _cancelled(state) if positive or answer.decision is Decision.CANCELLED else state
    if answer.certification_type in AMENDING and state.decision in POSITIVE:
        if not positive:
            return state
        if answer.certification_type in _ADDING:
            return _added(state, answer)
    if positive and not answer.number:
        return replace(answer, number=state.number)
    return answer


def _cancelled(state: Authorization) -> Authorization:
    services = tuple(replace(service, decision=Decision.CANCELLED) for service in state.services)
    return replace(state, decision=Decision.CANCELLED, services=services)


def _added(state: Authorization, answer: Authorization) -> Authorization:
    """The services of both. An answer without services certifies one as a whole, with its own dates and quantity.

    One of another request that says nothing new (three more days, as the three before) certifies as much again.
    """
    before, said = state.services or (whole(state),), answer.services or (whole(answer),)
    more = tuple(service for service in said if service not in before)
    if not more and answer.traces and set(answer.traces).isdisjoint(state.traces):
        more = said
    periods = [period for period in (state.period, answer.period) if period is not None]
    period = Period(start=min(p.start for p in periods), end=max(p.end for p in periods)) if periods else None
    return replace(
        state,
        services=before + more,
        period=period,
        quantity=None,
        pattern=None,
        number=state.number or answer.number,
        traces=tuple(dict.fromkeys(state.traces + answer.traces)),
    )
