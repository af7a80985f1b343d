"""What an authorization is after all the messages about it: pure, so that any order of arrival ends in the same state.

A message is a request (an UNANSWERED authorization) or an answer. They are taken in the order of the days on which they were
made (BHT04; of what was told, the day of that), whatever day a certification is dated back to (DTP*102). On one day requests
come before answers, what still waits before what is decided, and first reviews before what amends them; then the clock tells
(BHT05; what has none, as a call, comes last). Messages that tie in all of this are taken in the order of their texts: that says
nothing about them, but it is the same whenever they arrive.

What an answer to a first request says, stands; what amends (UM02) works on what stood before:

    4 extension, R renewal       its services are added, each with its own dates, quantity and number; an amount that may be
                                 the whole (the dates begin with the first day again) counts as that, and is said to be unclear
    3 cancel                     certified or cancelled: all is cancelled, and nothing is waited for that was asked before, or the
                                 services are cancelled that are answered by themselves
    S revised, 1 2 N appeals     what is certified replaces what stood, where it speaks of nothing else than that: of the services
                                 that it speaks of, the others stand; a refusal leaves what was certified
    AAA                          is not a decision: what was decided stays

A second answer to the same request leaves the services as they were decided that it does not speak of. What is decided of a
review (REF*NT) is decided of a revised request too that names it and only added papers.

The same message twice counts once. What was told by phone, portal, fax or letter is an answer like any other; what it leaves
out stays as it was. So is what the answer to an inquiry or a notification says, as of the day on which that was made. It may tell
what a response told too: an extension that is known adds nothing. What decides nothing (an inquiry, a notification of an
admission) is part of the life and changes nothing. A request that was not taken in (TA1, 999) is rejected, until it comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby, product
from typing import Final

from edi.frozen import quick
from edi.linkage.amending import (
    ADDING,
    AMENDING,
    APPEALING,
    CANCELLING,
    POSITIVE,
    RESTATING,
    UNDECIDED,
    WAITING,
    added,
    adds_papers,
    beside,
    cancelled,
    cancelled_alone,
    cancels,
    continued,
    of_another,
    refuses,
    revised,
    services_of,
)
from edi.linkage.deadlines import APPEAL
from edi.linkage.offers import ADMISSION
from edi.linkage.teeth import apart, site_of
from edi.records.authorization import Authorization, CertifiedService, Decision, Remark, combine
from edi.records.certification import ACKNOWLEDGMENT, INQUIRY, NOTICE, NOTIFICATION
from edi.records.services import span

_WHICH: Final = "Several requests have its BHT03 and no trace: which of them is answered is not told."
_RESPONSE: Final = "278"
REFUSING: Final = frozenset({"TA1", "999"})
"""Sources of what stands where a request was not taken in, and never processed."""


@quick
@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says, the day it was issued by its own account (else the day it came), and its place in arrival."""

    record: Authorization
    day: date | None
    order: int
    refused: str = ""
    """The acknowledgment that says that it was not taken in, "999 of 2026-11-03 (5)": nobody waits for an answer to it."""

    @property
    def made_at(self) -> datetime | None:
        """When it was made; midnight of its day where the time is not told. Of a decision that is told of: when it was issued."""
        day, created = self.day, self.record.created
        if self.record.source in RESTATING and self.record.issued and self.day and self.record.issued < self.day:
            day, created = self.record.issued, None
        return created or (datetime.combine(day, time()) if day else None)

    @property
    def asked_at(self) -> datetime | None:
        """From when a payer's time runs: the end of the day of what has a day only, which may have come at any time of it."""
        made = self.made_at
        return made if made is None or made == self.record.created else made.replace(hour=23, minute=59)

    @property
    def asks(self) -> bool:
        return self.record.decision is Decision.UNANSWERED and self.record.kind != NOTICE

    @property
    def place(self) -> tuple[date, bool, bool, bool, bool, time]:
        """Its place among the messages, but for those that tie; what tells of a decision comes after what decides."""
        record, created = self.record, self.record.created
        day = created.date() if created else self.day or date.min
        clock = created.time() if created else time.max
        decided, restates = record.decision not in WAITING, record.source in RESTATING
        return day, not self.asks, restates, decided, record.certification_type in AMENDING, clock

    @property
    def kind(self) -> str:
        """What it does: requested, answered, inquired, inquiry-refused, notified, acknowledged."""
        source = self.record.source
        if source == NOTIFICATION:
            return "notified"
        if source == ACKNOWLEDGMENT:
            return "acknowledged"
        if self.record.kind == NOTICE:
            return "inquiry-refused" if self.record.decision is Decision.REJECTED else "inquired"
        return "requested" if self.asks else "answered"

    def answers(self, history: Sequence[Message]) -> bool:
        """Whether a life has what this message answers; one that answers nothing does."""
        asking = _ASKING.get((self.record.source, self.kind), ())
        return not asking or any(message.kind in asking for message in history)


_ASKING: Final = {
    (_RESPONSE, "answered"): ("requested",),
    (INQUIRY, "answered"): ("requested", "inquired"),
    (INQUIRY, "inquiry-refused"): ("requested", "inquired"),
    (ACKNOWLEDGMENT, "acknowledged"): ("notified",),
}
"""What a kind of message answers, by its source."""


@quick
@dataclass(frozen=True, slots=True)
class State:
    """What stands after the messages, whether an answer is still to come, when the oldest request that waits for it was made (the
    end of its day, where that alone is told), and whether that is urgent.
    """

    record: Authorization
    awaiting: bool
    asked_at: datetime | None = None
    expedited: bool = False
    decide_by: date | None = None
    """Until when the payer says that it decides about that request, where it pended it and said so."""
    review: str = ""
    """What that request is, where payers do not have the time of a first review for it: appeal, cancellation, retrospective."""
    refused: bool = False
    """Whether it was refused, wholly or in part, and no appeal was asked for."""


def day_of(record: Authorization) -> date | None:
    """The day of a message by its own account: when a decision was issued; of one that tells what stands, when it was made."""
    if record.source in RESTATING and record.created:
        return record.created.date()
    return record.issued or record.received


def current(messages: Sequence[Message]) -> State:
    """The state after `messages` (at least one), which may come in any order."""
    deciding = [message for message in messages if message.record.kind != NOTICE]
    if not deciding:
        return State(_noticed(messages), False)
    restating = any(message.record.source in RESTATING for message in deciding)
    told = [s for m in deciding if restating and m.record.source not in RESTATING and not m.asks for s in services_of(m.record)]
    ordered = _in_order(deciding)
    asking = sorted((message for message in ordered if message.asks), key=lambda message: not message.refused)
    requests = [message.record for message in asking]  # a payer's clock may be behind: also later ones
    asked: dict[frozenset[str], Message] = {}
    seen: list[Authorization] = []
    state: Authorization | None = None
    open_requests: dict[frozenset[str], bool] = {}
    decide_by: dict[frozenset[str], date | None] = {}
    remarks: dict[frozenset[str], tuple[Remark, ...]] = {}
    reviews: dict[frozenset[str], set[str]] = {}
    for message in ordered:
        record = message.record
        if record in seen:
            continue
        seen.append(record)
        if message.asks and message.refused:
            state = state or _unprocessed(message)
            continue
        if message.asks:
            open_requests.setdefault(_handles(record), True)
            asked.setdefault(_handles(record), message)
            state = record if state is None or state.source in REFUSING else state
            continue
        request = _request_of(record, requests)
        pended = record.decision is Decision.PENDED or any(s.decision is Decision.PENDED for s in record.services)
        answered = _handles(request or record)
        if pended and record.decide_by is not None:
            decide_by[answered] = record.decide_by
        if record.remarks or record.source == _RESPONSE or not pended:  # what tells less does not repeat what is wanted
            remarks[answered] = _beside(remarks.get(answered, ()), record)
        if request is not None:
            open_requests[_handles(request)] = pended
        elif record.source in RESTATING:
            alike = [handles for handles, other in asked.items() if _change(other.record) == _change(record)]
            open_requests.update(dict.fromkeys([*alike, _handles(record)], pended))
        elif not pended and record.certification_type not in AMENDING:
            open_requests = dict.fromkeys(open_requests, False)
        else:
            open_requests[_handles(record)] = pended
        whole = combine(record, request) if request is not None else _unclear(record, requests)
        if cancels(whole) and not cancelled_alone(whole):  # nothing is waited for that was asked before
            before = requests.index(request) + 1 if request is not None else 0
            later = set(map(_handles, requests[before:])) if request is not None else set()
            closed = {*open_requests, *map(_handles, requests[:before])} - later
            open_requests.update(dict.fromkeys(closed, False))
        if state is not None and request is not None and not _change(record):
            whole = continued(state, whole, record)
        if state is not None and _confirms(record, state):
            state = replace(state, number=record.number or state.number, period=record.period or state.period)
        else:
            state = _alone(whole) if state is None else _after(state, whole, told)
        if request is not None and record.decision not in WAITING and not cancels(whole):
            left_out = any(service.decision is Decision.UNANSWERED for service in state.services)
            open_requests[_handles(request)] |= left_out
        if request is not None:
            named = reviews.setdefault(_handles(request), set())
            named.update({record.administrative_reference} - {""})
            if record.decision not in WAITING and not open_requests[_handles(request)]:
                sent = (handles for handles, other in asked.items() if other.record.administrative_reference in named)
                open_requests.update({each: False for each in sent if adds_papers(asked[each].record, request)})
    assert state is not None, "an authorization has at least one message"
    kind = next((message.record.told_kind for message in ordered if message.record.told_kind), state.kind)
    state = state if state.kind == kind else replace(state, kind=kind)  # the last answer may not say it
    still = [one for handles, is_open in open_requests.items() if is_open for one in remarks.get(handles, ())]
    if said := tuple(one for one in still if one not in state.remarks):
        state = replace(state, remarks=said + state.remarks)
    waiting = next((asked[handles] for handles, is_open in open_requests.items() if is_open and handles in asked), None)
    if waiting is None:
        days = (decide_by.get(handles) for handles, is_open in open_requests.items() if is_open)
        return State(state, any(open_requests.values()), decide_by=next(days, None), refused=refuses(state, requests))
    request = waiting.record
    decides = decide_by.get(_handles(request))
    return State(state, True, waiting.asked_at, request.expedited, decides, _review(waiting), refuses(state, requests))


def _beside(before: Sequence[Remark], answer: Authorization) -> tuple[Remark, ...]:
    """What is said beside the decisions about a request, after one more answer: of services that it leaves out, what was said."""
    spoken = {service.label for service in answer.services}
    kept = [remark for remark in before if spoken and remark.service and remark.service not in spoken]
    return (*kept, *answer.remarks)


def _review(request: Message) -> str:
    """What a request is (see `State.review`). What is over on the day on which it is asked for is not reviewed before."""
    record, day = request.record, request.made_at
    periods = [service.period for service in record.services]
    if not periods or record.category == ADMISSION or record.admission is not None:  # a stay lasts to its discharge
        periods = [record.period]
    if day is not None and all(period is not None and period.end < day.date() for period in periods):
        return "retrospective"
    if record.certification_type == CANCELLING:
        return "cancellation"
    return APPEAL if record.certification_type in APPEALING else ""


def settled(messages: Sequence[Message]) -> Authorization:
    """The authorization that stands after `messages`: one that comes alone is as it came, unless it cancels."""
    return current(messages).record if len(messages) > 1 or cancels(messages[0].record) else messages[0].record


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """The messages in the order in which they are taken."""
    ordered: list[Message] = []
    for _, alike in groupby(sorted(messages, key=lambda message: message.place), key=lambda message: message.place):
        tied = list(alike)
        ordered += sorted(tied, key=lambda message: repr(message.record)) if len(tied) > 1 else tied
    return ordered


def _handles(record: Authorization) -> frozenset[str]:
    """What ties an answer to its request: the trace numbers, else BHT03."""
    return frozenset(record.traces) or frozenset({record.request_reference})


def _request_of(answer: Authorization, requests: Sequence[Authorization]) -> Authorization | None:
    """The latest request that the answer names."""
    for request in reversed(requests):
        if set(answer.traces) & set(request.traces):
            return request
    named = [r for r in reversed(requests) if answer.request_reference and answer.request_reference == r.request_reference]
    named = [request for request in named if _change(request) == _change(answer)] or named
    if len({_subjects(request) for request in named if not request.traces}) > 1:  # one BHT03 for several, and no trace
        named = [request for request in named if _meet(answer, request)]
    return named[0] if len({_subjects(request) for request in named}) == 1 or any(r.traces for r in named) else None


def _subjects(record: Authorization) -> frozenset[str]:
    """What is asked for or answered, by code, revenue code or else kind of service, and on which teeth."""
    return frozenset(f"{subject_of(service)}{site_of([service])}" for service in record.services) - {""}


def subject_of(service: CertifiedService) -> str:
    return service.procedure.code if service.procedure else service.revenue_code or service.service_type


def _meet(answer: Authorization, request: Authorization) -> bool:
    """Whether an answer speaks of what a request asks for."""
    pairs = product(answer.services, request.services)
    return any(subject_of(said) and subject_of(said) == subject_of(asked) and not apart(said, asked) for said, asked in pairs)


def _unclear(answer: Authorization, requests: Sequence[Authorization]) -> Authorization:
    """An answer without its request; where several requests may be meant, each of its services says so."""
    if not any(answer.request_reference and answer.request_reference == one.request_reference for one in requests):
        return answer
    return replace(answer, services=tuple(replace(service, doubt=_WHICH) for service in services_of(answer)))


def _noticed(notices: Sequence[Message]) -> Authorization:
    """What stands where nothing was asked for or decided: the last notification, else the last inquiry; refused, if that was."""
    ordered = _in_order(notices)
    telling = [m for m in ordered if m.kind == "notified"] or [m for m in ordered if m.kind == "inquired"] or ordered
    if telling[-1].refused:
        return _unprocessed(telling[-1])
    last = next((m.record for m in reversed(ordered) if m.kind in ("acknowledged", "inquiry-refused")), None)
    if last is None or last.decision is not Decision.REJECTED:
        return telling[-1].record
    return replace(telling[-1].record, decision=Decision.REJECTED, rejections=last.rejections)


def _unprocessed(message: Message) -> Authorization:
    """What stands of what was not taken in: rejected, by whom that says."""
    services = tuple(replace(service, decision=Decision.REJECTED) for service in message.record.services)
    return replace(message.record, decision=Decision.REJECTED, services=services, source=message.refused.split()[0])


def _change(record: Authorization) -> str:
    """What a message does to what was asked for before; "" for a first one."""
    return record.certification_type if record.certification_type in AMENDING else ""


def _confirms(record: Authorization, state: Authorization) -> bool:
    """Whether a message tells of the event alone what is known of it, and so nothing of its services."""
    return record.source in RESTATING and not record.services and not _change(record) and record.decision is state.decision


def _after(state: Authorization, answer: Authorization, told: Sequence[CertifiedService]) -> Authorization:
    """The state once `answer` came; `told` are the services that responses and calls told of."""
    positive = answer.decision in POSITIVE
    if state.decision in UNDECIDED:
        return _alone(answer)
    responds = answer.source == _RESPONSE and state.source in RESTATING
    if (answer.source in RESTATING or answer.source != state.source) and not responds and answer.certification_type not in ADDING:
        answer = combine(answer, state)  # a call repeats less than a response does
        if answer.source in RESTATING:
            answer = replace(answer, period=span([answer.period, *(service.period for service in answer.services)]))
    if answer.decision is Decision.REJECTED:
        return state
    if answer.certification_type == CANCELLING:
        return cancelled(state, answer) if cancels(answer) else state
    if answer.certification_type in AMENDING and state.decision in POSITIVE:
        if not positive:
            return state
        if answer.certification_type in ADDING:
            return added(state, answer, told if answer.source in RESTATING else ())
    if positive and not answer.number:
        answer = replace(answer, number=state.number)
    if positive and state.decision in POSITIVE and answer.certification_type in AMENDING:
        return revised(state, answer)
    if positive and state.decision in POSITIVE and answer.certification_type not in AMENDING and of_another(state, answer):
        return beside(state, answer)
    return answer


def _alone(answer: Authorization) -> Authorization:
    """What stands by an answer where nothing was decided before: what is cancelled was certified, by whatever is not on file."""
    return cancelled(answer, answer) if cancels(answer) else answer
