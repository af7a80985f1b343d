"""278: request and response.

Reading order, for a service: AAA of its level (rejected, not a denial), its own HCR, else the event's. Dates: DTP 007 with 036,
else AAH for an event, 472 for a service, the stay (435, 096) for an admission. What a service leaves open, the event says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from edi.guides.document import transactions
from edi.records import request as requesting
from edi.records import response as responding
from edi.records.certification import REFERRAL, Authorization, CertifiedService, combine, silent
from edi.records.parties import NO_PARTY, NOBODY
from edi.records.request import Request
from edi.records.response import Answer, AnsweredEvent, AnsweredService, Decision, Rejection, Response
from edi.records.review import Service
from edi.records.services import Pattern, Quantity
from edi.records.validity import admission_of, event_dates, own_dates, validity
from edi.text.segments import Source

__all__ = [
    "Authorization",
    "CertifiedService",
    "Decision",
    "Rejection",
    "authorization_of",
    "authorizations_of",
    "combine",
    "decided",
    "read_authorizations",
]

_POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED})
_OWN, _ECHO = "1", "2"
_NO_ANSWER: Final = Answer()
_NO_SERVICE: Final = Service()


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
    return _authorization(
        AnsweredEvent(event=request.event, services=tuple(AnsweredService(service=s) for s in request.event.services)),
        Decision.UNANSWERED,
        Decision.UNANSWERED,
        _OWN,
        payer=request.utilization_manager,
        requester=request.requester,
        subscriber=request.subscriber,
        patient=request.dependent or request.subscriber,
        dependent=request.dependent is not None,
        request_reference=request.reference,
        rejections=(),
        created=request.created,
    )


def authorizations_of(response: Response) -> Iterator[Authorization]:
    """What a response decides: one for each event, or a rejected one where it ends above the events."""
    above = _above(response)
    for event in response.events:
        own = (event.answer or _NO_ANSWER).decision
        if own is Decision.UNANSWERED and response.rejections:
            own = Decision.REJECTED
        yield _authorization(event, own, _from_services(event) if own is Decision.UNANSWERED else own, _ECHO, **above)
    if response.rejections and not response.events:
        created = response.created
        yield Authorization(decision=Decision.REJECTED, issued=created.date() if created else None, **above)


def _above(response: Response) -> dict[str, Any]:
    """What a response says above its events, as fields of each authorization in it."""
    subscriber = response.subscriber or NOBODY
    return {
        "payer": response.utilization_manager,
        "requester": response.requesters[0] if response.requesters else NO_PARTY,
        "subscriber": subscriber,
        "patient": response.dependent or subscriber,
        "dependent": response.dependent is not None,
        "request_reference": response.reference,
        "rejections": response.rejections,
        "created": response.created,
    }


def _from_services(event: AnsweredEvent) -> Decision:
    """The decision of an event that has none of its own. Nothing decided at all: it is still to come."""
    found = decided([(service.answer or _NO_ANSWER).decision for service in event.services])
    return Decision.PENDED if found is Decision.UNANSWERED else found


def decided(said: Sequence[Decision]) -> Decision:
    """What the decisions on the services of an event come to."""
    found = set(said) - {Decision.UNANSWERED}
    if not found:
        return Decision.UNANSWERED
    if len(set(said)) == 1:
        return said[0]
    if found & _POSITIVE:
        return Decision.MODIFIED if set(said) <= _POSITIVE else Decision.PARTLY_CERTIFIED
    return Decision.PENDED if Decision.PENDED in found else next(d for d in said if d in found)


def _authorization(
    event: AnsweredEvent,
    own: Decision,
    decision: Decision,
    trace: str,
    *,
    rejections: tuple[Rejection, ...],
    created: datetime | None,
    **above: Any,
) -> Authorization:
    """An event, with what stands above it. `own` is what the event says of services that say nothing."""
    asked, answer = event.event, event.answer or _NO_ANSWER
    quantity, admission = _total(asked.pattern, None), admission_of(asked)
    whole = CertifiedService(
        decision=silent(own),
        number=answer.number,
        service_type=asked.service_type,
        period=validity(answer, event_dates(asked, quantity), admission=admission),
        quantity=quantity,
        pattern=asked.pattern,
        place=asked.place,
        place_qualifier=asked.place_qualifier,
        providers=asked.providers,
        reasons=answer.reasons,
    )
    services = tuple([_service(service, whole, trace, stay=admission is not None) for service in event.services])
    traces = [t.number for t in asked.traces if t.kind == trace] + [s.trace for s in services if s.trace]
    return Authorization(
        **above,
        kind="referral" if asked.category == REFERRAL else "authorization",
        decision=decision,
        number=whole.number,
        category=asked.category,
        certification_type=asked.certification_type,
        level_of_service=asked.level_of_service,
        period=whole.period,
        admission=admission,
        due=asked.estimated_birth,
        diagnoses=asked.diagnoses,
        providers=whole.providers,
        services=services,
        service_type=whole.service_type,
        quantity=whole.quantity,
        pattern=whole.pattern,
        place=whole.place,
        place_qualifier=whole.place_qualifier,
        traces=tuple(dict.fromkeys(traces)),
        previous_number=asked.previous_number,
        administrative_reference=asked.administrative_reference,
        reasons=whole.reasons,
        rejections=rejections + answer.rejections,
        issued=answer.issued or (created.date() if created else None),
        created=created,
    )


def _service(answered: AnsweredService, whole: CertifiedService, trace: str, *, stay: bool) -> CertifiedService:
    """A service with what the event as a whole says where it says nothing itself. A procedure does not last as long as a stay."""
    asked, answer = answered.service or _NO_SERVICE, answered.answer or _NO_ANSWER
    decided = answer.decision is not Decision.UNANSWERED
    amounts = (_total(asked.pattern, asked.quantity), asked.pattern)
    quantity, pattern = amounts if amounts != (None, None) else (whole.quantity, whole.pattern)
    own = own_dates(asked.period, *(amounts if stay else (quantity, pattern)))
    return CertifiedService(
        decision=answer.decision if decided else whole.decision,
        number=answer.number or whole.number,
        procedure=asked.procedure,
        revenue_code=asked.revenue_code,
        service_type=asked.service_type or whole.service_type,
        period=validity(answer, own, above=whole.period),
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
