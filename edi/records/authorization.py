"""278: what its messages say about authorizations.

Reading order, for a service: AAA of its level (rejected, not a denial), its own HCR, else the event's. Dates: DTP 007 with 036,
else AAH for an event, 472 for a service, the stay (435, 096) for an admission. What a service leaves open, the event says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from edi.frozen import changed
from edi.guides.document import transactions, whole
from edi.records import inquiry as inquiring
from edi.records import notification as notifying
from edi.records import request as requesting
from edi.records import response as responding
from edi.records.certification import (
    ACKNOWLEDGMENT,
    INQUIRY,
    NOTICE,
    NOTIFICATION,
    REFERRAL,
    RESERVATION,
    Authorization,
    CertifiedService,
    combine,
    silent,
)
from edi.records.copies import copy_of
from edi.records.inquiry import Inquiry
from edi.records.notification import Notification, NotificationAnswer
from edi.records.parties import NO_PARTY, NOBODY, Party
from edi.records.reading import Records
from edi.records.rejection import Rejection
from edi.records.remarks import Remark, decided_by, remarks_of
from edi.records.request import Request
from edi.records.response import AnsweredEvent, AnsweredService, Decision, Response, ReviewAnswer
from edi.records.review import PatientEvent, RequestedService, Trace
from edi.records.services import DeliveryPattern, Quantity
from edi.records.validity import admission_of, event_dates, own_dates, validity
from edi.text.segments import Source

if TYPE_CHECKING:
    from edi.guides.document import Loop, Unit

__all__ = [
    "Authorization",
    "CertifiedService",
    "Decision",
    "Rejection",
    "Remark",
    "authorization_of",
    "authorizations_of",
    "combine",
    "decided",
    "decided_in",
    "messages_of",
    "read_authorizations",
    "read_messages",
    "read_with_copies",
]

_POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED})
_OWN, _ECHO = "1", "2"
_NO_ANSWER: Final = ReviewAnswer()
_NO_SERVICE: Final = RequestedService()
_NO_EVENT: Final = PatientEvent(category="", certification_type="")


def read_authorizations(source: Source) -> Records[Authorization]:
    """What the 278s of a source say: an authorization for each event that is decided, an UNANSWERED one for each request."""
    return Records(whole(source), decided_in)


def read_messages(source: Source) -> Iterator[Authorization]:
    """All that the 278s of a source say, with inquiries, notifications and acknowledgments: what decides nothing is a NOTICE."""
    return (message for unit in transactions(source) for message in messages_of(unit))


def decided_in(unit: Unit) -> Iterator[Authorization]:
    """What a whole transaction decides or asks for; nothing where a unit is none, or no 278."""
    return (message for message in messages_of(unit) if message.kind != NOTICE)


def read_with_copies(source: Source) -> Iterator[tuple[Authorization, bytes]]:
    """The same, each decision with a copy of its transaction (see `edi.records.copies`); b"" where nothing is decided."""
    return (
        (message, copy_of(unit) if message.kind != NOTICE and message.decision is not Decision.UNANSWERED else b"")
        for unit in transactions(source)
        for message in messages_of(unit)
    )


def messages_of(unit: Unit) -> Iterable[Authorization]:
    """What a whole transaction says, nothing where it is no 278."""
    read = _READERS.get(unit.context.guide.name if unit.context.guide is not None else "")
    return () if read is None else read(unit.loop)


def authorization_of(request: Request) -> Authorization:
    """A request as an authorization that was not answered: what is asked for stands where the certified will stand."""
    return _authorization(
        AnsweredEvent(event=request.event, services=tuple(AnsweredService(service=s) for s in request.event.services)),
        Decision.UNANSWERED,
        Decision.UNANSWERED,
        (_OWN,),
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
        yield _authorization(event, own, _from_services(event) if own is Decision.UNANSWERED else own, (_ECHO,), **above)
    if response.rejections and not response.events:
        created = response.created
        yield Authorization(decision=Decision.REJECTED, issued=created.date() if created else None, **above)


def told_of(inquiry: Inquiry) -> Authorization:
    """An inquiry as a notice: what it asks about."""
    event = inquiry.event or _NO_EVENT
    services = tuple(AnsweredService(service=service) for service in event.services)
    above = _said_above(inquiry, inquiry.utilization_manager, inquiry.requester)
    return _notice(AnsweredEvent(event=event, services=services), above, INQUIRY)


def reviews_of(response: Response) -> Iterator[Authorization]:
    """What the answer to an inquiry says, of each review that the payer holds. An inquiry that is refused (AAA) is a notice.

    BHT03 and a trace given back with several reviews name the inquiry, not one of them, so they tie none.
    """
    found = list(authorizations_of(response))
    counts = Counter(trace for record in found for trace in record.traces)
    above = [trace for trace in response.traces if trace.kind == _ECHO] if len(found) == 1 else []
    for record in found:
        if record.decision is Decision.REJECTED:
            yield replace(_traced(record, above), kind=NOTICE, source=INQUIRY)
            continue
        known = replace(
            record,
            source=INQUIRY,
            request_reference="",
            traces=tuple(trace for trace in record.traces if counts[trace] == 1),
            services=tuple(replace(s, trace=s.trace if counts[s.trace] == 1 else "") for s in record.services),
        )
        yield _traced(known, above)


def notified_of(notification: Notification) -> Iterator[Authorization]:
    """What a notification tells: a decision that came unasked, else a notice of the event."""
    response = replace(_said_above(notification, *notification.parties), events=notification.events)
    for event, record in zip(notification.events, authorizations_of(response), strict=True):
        answers = [event.answer, *(service.answer for service in event.services)]
        said = [(answer or _NO_ANSWER).decision for answer in answers]
        if decided(said) is Decision.UNANSWERED:
            yield _notice(event, response, NOTIFICATION)
        else:
            own = [trace for trace in event.event.traces if trace.kind == _OWN]
            yield replace(_traced(record, own), source=NOTIFICATION)


def acknowledged_by(answer: NotificationAnswer) -> Iterator[Authorization]:
    """What the acknowledgment of a notification says, for each event: taken, or REJECTED with the reasons (AAA)."""
    response = replace(_said_above(answer, *answer.parties), rejections=answer.rejections)
    for event in answer.events or (AnsweredEvent(event=_NO_EVENT),):
        notice = _notice(event, response, ACKNOWLEDGMENT)
        rejections = notice.rejections + tuple(r for service in notice.services for r in service.rejections)
        yield replace(
            _traced(notice, answer.traces),
            decision=Decision.REJECTED if rejections or answer.purpose == notifying.REFUSED else Decision.UNANSWERED,
            administrative_reference=notice.administrative_reference or answer.receipt,
            rejections=rejections,
            services=(),
        )


def _said_above(said: Inquiry | Notification | NotificationAnswer, payer: Party, provider: Party) -> Response:
    """What stands above the events of a message, as the response has it that decides about them."""
    return Response(
        reference=said.reference,
        created=said.created,
        utilization_manager=payer,
        requesters=(provider,),
        subscriber=said.subscriber,
        dependent=said.dependent,
    )


def _notice(event: AnsweredEvent, response: Response, source: str) -> Authorization:
    """An event of which nothing was decided."""
    nothing = Decision.UNANSWERED
    return replace(_authorization(event, nothing, nothing, (_OWN, _ECHO), **_above(response)), kind=NOTICE, source=source)


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
    kinds: tuple[str, ...],
    *,
    rejections: tuple[Rejection, ...],
    created: datetime | None,
    **above: Any,
) -> Authorization:
    """An event, with what stands above it. `own` is what the event says of services that say nothing, `kinds` are the TRN01 of
    the traces that count.
    """
    asked, answer = event.event, event.answer or _NO_ANSWER
    quantity, admission = _total(asked.pattern, None), admission_of(asked)
    whole = CertifiedService(
        decision=silent(own),
        number=answer.number,
        service_type=asked.service_type,
        period=validity(_certifying(answer, decision), event_dates(asked, quantity), admission=admission),
        quantity=quantity,
        pattern=asked.pattern,
        place=asked.place,
        place_qualifier=asked.place_qualifier,
        providers=asked.providers,
        reasons=answer.reasons,
    )
    stay = admission is not None
    services = tuple([_service(service, whole, kinds, category=asked.category, stay=stay) for service in event.services])
    traces = [t for t in asked.traces if t.kind in kinds] + [t for s in event.services for t in _trace(s.service, kinds)]
    day = created.date() if created else None
    said = Authorization(
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
        previous_number=asked.previous_number,
        administrative_reference=asked.administrative_reference,
        reasons=whole.reasons,
        rejections=rejections + answer.rejections,
        remarks=remarks_of(event, decision, [(service.decision, service.label) for service in services], day),
        issued=answer.issued or day,
        created=created,
        decide_by=decided_by(event, decision, [service.decision for service in services]),
    )
    return _traced(said, traces)


def _certifying(answer: ReviewAnswer, decision: Decision) -> ReviewAnswer:
    """The dates that an answer certifies: DTP*036 of what is pended says until when the payer decides."""
    return changed(answer, expires=None) if decision is Decision.PENDED else answer


def _traced(record: Authorization, traces: Iterable[Trace]) -> Authorization:
    """A message that is tied by these traces too."""
    numbers = [trace.number for trace in traces]
    originators = [(trace.number, trace.originator) for trace in traces if trace.originator]
    return changed(
        record,
        traces=tuple(dict.fromkeys([*record.traces, *numbers])),
        originators=tuple(dict.fromkeys([*record.originators, *originators])),
    )


def _trace(service: RequestedService | None, kinds: tuple[str, ...]) -> list[Trace]:
    """The trace of a service, if it has one that counts."""
    return [trace for trace in (service or _NO_SERVICE).traces if trace.kind in kinds and trace.number][:1]


def _service(
    answered: AnsweredService, whole: CertifiedService, kinds: tuple[str, ...], *, category: str, stay: bool
) -> CertifiedService:
    """A service with what the event as a whole says where it says nothing itself. A procedure does not last as long as a stay."""
    asked, answer = answered.service or _NO_SERVICE, answered.answer or _NO_ANSWER
    decided = answer.decision is not Decision.UNANSWERED
    amounts = (_total(asked.pattern, asked.quantity), asked.pattern)
    quantity, pattern = amounts if amounts != (None, None) else (whole.quantity, whole.pattern)
    own = own_dates(asked.period, *(amounts if stay else (quantity, pattern)))
    decision = answer.decision if decided else whole.decision
    return CertifiedService(
        decision=decision,
        number=answer.number or whole.number,
        procedure=asked.procedure,
        revenue_code=asked.revenue_code,
        category=asked.category if _is_of_another_kind(asked.category, category) else "",
        service_type=asked.service_type or whole.service_type,
        period=validity(_certifying(answer, decision), own, above=whole.period),
        quantity=quantity,
        pattern=pattern,
        teeth=asked.teeth,
        oral_cavity=asked.oral_cavity,
        place=asked.place or whole.place,
        place_qualifier=asked.place_qualifier if asked.place else whole.place_qualifier,
        providers=asked.providers or whole.providers,
        reasons=answer.reasons if decided else whole.reasons,
        rejections=answer.rejections,
        trace=next((t.number for t in _trace(asked, kinds)), ""),
    )


def _is_of_another_kind(category: str, event: str) -> bool:
    """Whether one of both is a referral or a reservation, and the other is not."""
    return bool(category) and category != event and not {category, event}.isdisjoint((REFERRAL, RESERVATION))


def _total(pattern: DeliveryPattern | None, quantity: Quantity | None) -> Quantity | None:
    return pattern.quantity if pattern and pattern.quantity and not pattern.per else quantity


def _of_inquiry(root: Loop) -> Iterator[Authorization]:
    if inquiring.asks(root):
        return (told_of(inquiry) for inquiry in inquiring.inquiries_of(root))
    return (record for response in responding.responses_of(root, inquiring.SHAPE) for record in reviews_of(response))


def _of_notification(root: Loop) -> Iterator[Authorization]:
    if notifying.acknowledges(root):
        return (record for answer in notifying.answers_of(root) for record in acknowledged_by(answer))
    return (record for notification in notifying.notifications_of(root) for record in notified_of(notification))


_READERS: Final[dict[str, Callable[[Loop], Iterable[Authorization]]]] = {
    requesting.GUIDE: lambda root: (authorization_of(request) for request in requesting.requests_of(root)),
    responding.GUIDE: lambda root: (
        record for response in responding.responses_of(root) for record in authorizations_of(response)
    ),
    inquiring.GUIDE: _of_inquiry,
    notifying.GUIDE: _of_notification,
}
