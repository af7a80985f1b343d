"""278: request and response as one thing, what a payer decided about a patient event.

Reading order, for a service: AAA of its level (rejected, not a denial), its own HCR, else the event's. Dates: DTP 007 with 036,
else AAH for an event, 472 for a service, the stay (435, 096) for an admission. What a service leaves open, the event says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Final, TypeVar

from edi.guides.document import transactions
from edi.records import request as requesting
from edi.records import response as responding
from edi.records.parties import NO_PARTY, NOBODY, Party, Person
from edi.records.request import Request
from edi.records.response import Answer, AnsweredEvent, AnsweredService, Decision, Rejection, Response
from edi.records.review import Event, Service
from edi.records.services import Pattern, Period, Procedure, Quantity
from edi.text.segments import Source

__all__ = ["Authorization", "CertifiedService", "Decision", "Rejection", "authorizations_of", "combine", "read_authorizations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedService:
    """One service of an authorization, with the payer's decision: what the event says where the service is silent."""

    decision: Decision
    number: str = ""
    """The service's own certification number (HCR02 at 2000F), else the event's. Byte for byte as the payer gave it."""
    procedure: Procedure | None = None
    """None: approved by service type, without a code."""
    revenue_code: str = ""
    service_type: str = ""
    """UM03."""
    period: Period | None = None
    """The dates certified; None where neither service nor event gives any. An open end is 9999-12-31."""
    quantity: Quantity | None = None
    """How much in all: HSD, unless it says so much per day, week or month, else SV104, SV205 or SV306; else the event's."""
    pattern: Pattern | None = None
    """HSD, the service's or else the event's."""
    place: str = ""
    place_qualifier: str = ""
    """UM04-2: B place of service, A the first two digits of a type of bill."""
    providers: tuple[Party, ...] = ()
    reasons: tuple[str, ...] = ()
    """HCR03."""
    rejections: tuple[Rejection, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a payer decided about one patient event: a response, joined with its request where that is known.

    A referral (UM01 = SC) has `kind` "referral": its number goes into REF*9F, never into REF*G1.
    `key` names the authorization where it is kept (the ledger's id); it is "" for one that was only read.
    """

    kind: str = "authorization"
    key: str = ""
    decision: Decision
    number: str = ""
    """HCR02 of the event, byte for byte, or "" when only services have numbers or none was given."""
    category: str = ""
    """UM01: AR admission, HS services, SC referral, IN reservation."""
    certification_type: str = ""
    """UM02: I initial, R renewal, S revised, 4 extension, 3 cancel, 1 / 2 / N appeals."""
    payer: Party
    requester: Party
    subscriber: Person
    patient: Person
    dependent: bool = False
    period: Period | None = None
    """The dates certified. Of a stay: to the discharge, or for the days certified; None where its end is not told."""
    admission: Period | None = None
    """DTP*435 as certified."""
    providers: tuple[Party, ...] = ()
    services: tuple[CertifiedService, ...] = ()
    """Empty: the event itself was answered and no service is known; use `whole` then."""
    service_type: str = ""
    quantity: Quantity | None = None
    pattern: Pattern | None = None
    place: str = ""
    place_qualifier: str = ""
    traces: tuple[str, ...] = ()
    """TRN02 values that the request gave (echoed with TRN01 = 2)."""
    request_reference: str = ""
    """BHT03."""
    previous_number: str = ""
    """REF*BB."""
    administrative_reference: str = ""
    """REF*NT: a handle for what is pended or refused; never a number for a claim."""
    reasons: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    issued: date | None = None
    source: str = "278"
    """278, or how else it came: phone, portal, fax."""
    received: date | None = None


NEVER: Final = date.max
"""The end of what is certified without an end."""
_CHANGED: Final = frozenset({Decision.MODIFIED, Decision.PARTLY_CERTIFIED})
_POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED})
_REFERRAL: Final = "SC"
_OWN, _ECHO = "1", "2"
_DAYS: Final = "DY"
_NO_ANSWER: Final = Answer()
_NO_SERVICE: Final = Service()
T = TypeVar("T", Party, Person)


def read_authorizations(source: Source) -> Iterator[Authorization]:
    """What the 278s of a source say: an authorization for each event of a response, an UNANSWERED one for each request."""
    for unit in transactions(source):
        name = unit.context.guide.name if unit.context.guide is not None else ""
        if name == responding.GUIDE:
            for response in responding.responses_of(unit.loop):
                yield from authorizations_of(response)
        elif name == requesting.GUIDE:
            yield from (authorization_of(request) for request in requesting.requests_of(unit.loop))


def authorization_of(request: Request) -> Authorization:
    """A request as an authorization that was not answered: what is asked for stands where the certified will stand."""
    answered = AnsweredEvent(event=request.event, services=tuple(AnsweredService(service=s) for s in request.event.services))
    return replace(
        _authorization(answered, Decision.UNANSWERED, Decision.UNANSWERED, _OWN),
        payer=request.utilization_manager,
        requester=request.requester,
        subscriber=request.subscriber,
        patient=request.dependent or request.subscriber,
        dependent=request.dependent is not None,
        request_reference=request.reference,
        issued=request.created.date() if request.created else None,
    )


def authorizations_of(response: Response) -> Iterator[Authorization]:
    """What a response decides: one for each event, or a rejected one where it ends above the events."""
    for event in response.events:
        own = (event.answer or _NO_ANSWER).decision
        if own is Decision.UNANSWERED and response.rejections:
            own = Decision.REJECTED
        yield _of(response, _authorization(event, own, _from_services(event) if own is Decision.UNANSWERED else own, _ECHO))
    if response.rejections and not response.events:
        yield _of(response, Authorization(decision=Decision.REJECTED, payer=NO_PARTY, requester=NO_PARTY, subscriber=NOBODY, patient=NOBODY))


def _of(response: Response, record: Authorization) -> Authorization:
    subscriber = response.subscriber or NOBODY
    created = response.created.date() if response.created else None
    return replace(
        record,
        payer=response.utilization_manager,
        requester=response.requesters[0] if response.requesters else NO_PARTY,
        subscriber=subscriber,
        patient=response.dependent or subscriber,
        dependent=response.dependent is not None,
        request_reference=response.reference,
        rejections=response.rejections + record.rejections,
        issued=record.issued or created,
    )


def _from_services(event: AnsweredEvent) -> Decision:
    """The decision of an event that has none of its own. Nothing decided at all: it is still to come."""
    said = [(service.answer or _NO_ANSWER).decision for service in event.services]
    found = set(said) - {Decision.UNANSWERED}
    if not found:
        return Decision.PENDED
    if len(set(said)) == 1:
        return said[0]
    if found & _POSITIVE:
        return Decision.MODIFIED if set(said) <= _POSITIVE else Decision.PARTLY_CERTIFIED
    return Decision.PENDED if Decision.PENDED in found else next(d for d in said if d in found)


def _authorization(event: AnsweredEvent, own: Decision, decision: Decision, trace: str) -> Authorization:
    """An event without its parties above. `own` is what the event says of services that say nothing."""
    asked, answer = event.event, event.answer or _NO_ANSWER
    whole = Authorization(
        kind="referral" if asked.category == _REFERRAL else "authorization",
        decision=decision,
        number=answer.number,
        category=asked.category,
        certification_type=asked.certification_type,
        payer=NO_PARTY,
        requester=NO_PARTY,
        subscriber=NOBODY,
        patient=NOBODY,
        period=_validity(answer, asked.period or _stay(asked)),
        admission=asked.admission,
        providers=asked.providers,
        service_type=asked.service_type,
        quantity=_total(asked.pattern, None),
        pattern=asked.pattern,
        place=asked.place,
        place_qualifier=asked.place_qualifier,
        previous_number=asked.previous_number,
        administrative_reference=asked.administrative_reference,
        reasons=answer.reasons,
        rejections=answer.rejections,
        issued=answer.issued,
    )
    silent = Decision.UNANSWERED if own is Decision.PARTLY_CERTIFIED else own
    services = tuple(_service(service, whole, silent, trace) for service in event.services)
    traces = [t.number for t in asked.traces if t.kind == trace] + [s.trace for s in services if s.trace]
    return replace(whole, services=services, traces=tuple(dict.fromkeys(traces)))


def _service(answered: AnsweredService, whole: Authorization, silent: Decision, trace: str) -> CertifiedService:
    """A service with what the event says where it says nothing itself."""
    asked, answer = answered.service or _NO_SERVICE, answered.answer or _NO_ANSWER
    decided = answer.decision is not Decision.UNANSWERED
    amounts = (_total(asked.pattern, asked.quantity), asked.pattern)
    quantity, pattern = amounts if amounts != (None, None) else (whole.quantity, whole.pattern)
    return CertifiedService(
        decision=answer.decision if decided else silent,
        number=answer.number or whole.number,
        procedure=asked.procedure,
        revenue_code=asked.revenue_code,
        service_type=asked.service_type or whole.service_type,
        period=_validity(answer, asked.period) or whole.period,
        quantity=quantity,
        pattern=pattern,
        place=asked.place or whole.place,
        place_qualifier=asked.place_qualifier if asked.place else whole.place_qualifier,
        providers=asked.providers or whole.providers,
        reasons=answer.reasons if decided else whole.reasons,
        rejections=answer.rejections,
        trace=next((t.number for t in asked.traces if t.kind == trace), ""),
    )


def _total(pattern: Pattern | None, quantity: Quantity | None) -> Quantity | None:
    return pattern.quantity if pattern and pattern.quantity and not pattern.per else quantity


def _stay(event: Event) -> Period | None:
    """From admission to discharge; where that is not told, as many days on as HSD says."""
    admission, pattern = event.admission, event.pattern
    if admission is None:
        return None
    end = event.discharge or (admission.end if admission.end > admission.start else None)
    if end is None and pattern and pattern.quantity and pattern.quantity.unit == _DAYS and not pattern.per:
        end = admission.start + timedelta(days=min(int(pattern.quantity.amount), 3660))
    return Period(start=admission.start, end=end) if end else None


def _validity(answer: Answer, own: Period | None) -> Period | None:
    """The dates of a certification, else `own`: what the event or service gives as its own dates."""
    if answer.effective:
        start, end = answer.effective.start, answer.effective.end
        if answer.expires:
            end = answer.expires
        elif end == start:  # only the beginning is told
            end = own.end if own and own.end > max(start, own.start) else NEVER
        return Period(start=start, end=end)
    if answer.expires:
        return Period(start=own.start if own else answer.issued or date.min, end=answer.expires)
    return own


# -- a response and its request --------------------------------------------------------------------------------------------


def combine(response: Authorization, request: Authorization) -> Authorization:
    """The response, with what it leaves out as it was requested.

    Who and what was asked for is always filled in. What is certified (dates, amounts, place, providers) only where the decision
    changed nothing: under "certified with changes" or "in part" what is left out is unknown and stays empty. Services of the
    request inherit the event's decision where the response has none at all; else those that it leaves out are unanswered.
    """
    as_asked = response.decision not in _CHANGED
    patient, dependent = _patient(response, request)
    return replace(
        response,
        kind="referral" if (response.category or request.category) == _REFERRAL else "authorization",
        key=response.key or request.key,
        category=response.category or request.category,
        certification_type=response.certification_type or request.certification_type,
        payer=_filled(response.payer, request.payer),
        requester=_filled(response.requester, request.requester),
        subscriber=patient if request.dependent and not dependent else _filled(response.subscriber, request.subscriber),
        patient=patient,
        dependent=dependent,
        service_type=response.service_type or request.service_type,
        period=response.period or (request.period if as_asked else None),
        admission=response.admission or (request.admission if as_asked else None),
        providers=response.providers or (request.providers if as_asked else ()),
        **_amounts(response, request, as_asked),
        **_place(response, request, as_asked),
        services=_services(response, request),
        traces=tuple(dict.fromkeys(response.traces + request.traces)),
        request_reference=response.request_reference or request.request_reference,
        previous_number=response.previous_number or request.previous_number,
    )
