"""What a practice asks a payer and what the payer answers, before it is X12, in any of the forms that payers use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from edi.jobs.worlds.people import Clinician, Patient, Payer, Practice
from edi.records.clinical import Stay
from edi.records.parties import Contact, Party, Person
from edi.records.rejection import Rejection
from edi.records.request import Request
from edi.records.response import AnsweredEvent, AnsweredService, Response, ReviewAnswer
from edi.records.review import PatientEvent, RequestedService, ServiceKind, Trace
from edi.records.services import DeliveryPattern, Diagnosis, Period, Procedure, Quantity

CERTIFIED, PARTLY, DENIED, PENDED, MODIFIED = "A1", "A2", "A3", "A4", "A6"
CANCELLED, CALL, NOT_REQUIRED = "C", "CT", "NA"
SERVICES, ADMISSION, REFERRAL = "HS", "AR", "SC"
_REASONS: Final = {DENIED: ("0F",), PENDED: ("0U",), NOT_REQUIRED: ("0H",)}
_NUMBERED: Final = frozenset({CERTIFIED, MODIFIED, CANCELLED})
_POSITIVE: Final = frozenset({CERTIFIED, MODIFIED})
_TRACER: Final = "9OPENGATE1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One service of a request, and what the payer said of it where that is not what it said of all."""

    code: str
    code_end: str = ""
    qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    amount: int = 1
    """0: none of its own."""
    unit: str = "UN"
    pattern: DeliveryPattern | None = None
    """In the place of the amount: so many a week."""
    period: Period | None = None
    """Where it is not the event's."""
    action: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One request, and its answer."""

    reference: str
    """BHT03, TRN02."""
    number: str = ""
    payer: Payer
    patient: Patient
    practice: Practice
    providers: tuple[Party, ...]
    services: tuple[Asked, ...] = ()
    action: str = CERTIFIED
    category: str = SERVICES
    kind: str = "I"
    """UM02."""
    period: Period | None = None
    admission: Period | None = None
    nights: int = 0
    place: str = ""
    place_qualifier: str = ""
    diagnosis: str = ""
    previous: str = ""
    """REF*BB."""
    handle: str = ""
    """REF*NT: the payer's name of a review that certified nothing."""
    trace: str = ""
    """TRN02, where several requests have one reference."""
    visits: int = 0
    """HSD of the event: visits for all its services together."""
    service_type: str = ""
    """UM03, where it is not the usual one."""
    reviewer: tuple[str, str] = ("", "")
    """Who is asked and answers: an id and a name; the payer, where there is none."""
    endless: bool = False
    """Asked for without dates, and certified from a day on, without an end; `period` is that day."""
    reason: str = ""
    """HCR03, where it is not the usual one."""
    rejected: str = ""
    """AAA03, in the place of a decision."""
    known_as: Patient | None = None
    """Who the payer says the patient is, where that is not what was asked: another member id, a dependent with one of its own."""
    asked: date
    answered: date
    certified: tuple[Asked, ...] | None = None
    """What was certified in the place of what was asked for, where that is not the same."""


def request(review: Review) -> Request:
    """What is asked."""
    event = _event(replace(review, period=None) if review.endless else review, "1")
    services = tuple(_service(review, asked) for asked in review.services)
    return Request(
        reference=review.reference,
        created=datetime.combine(review.asked, time(9, 15)),
        utilization_manager=_manager(review),
        requester=_requester(review, contact=True),
        subscriber=review.patient.subscriber,
        dependent=review.patient.person if review.patient.dependent else None,
        event=replace(event, services=services, release="Y", level_of_service="E"),
    )


def response(review: Review, random: Random, *, terse: bool = False) -> Response:
    """What is answered. Where the request is known too (`terse`), the answer may leave out what was asked."""
    at_event, at_service = _levels(review, random)
    event = _event(review, "2")
    answer = ReviewAnswer(
        action=review.action if at_event and not review.rejected else "",
        number=_number(review, review.action) if at_event and not review.rejected else "",
        reasons=_reasons(review, review.action) if not review.rejected else (),
        issued=review.answered if random.random() < 0.7 and not review.rejected else None,
        rejections=(Rejection(loop="2000E", reason=review.rejected, follow_up="C"),) if review.rejected else (),
    )
    if review.action == PENDED:
        event = replace(event, administrative_reference=f"N{review.reference}")
    if not at_event:
        answer = replace(answer, reasons=())
    answer, event = _dates(review, answer, event, random)
    services = [] if review.rejected else [_answered(review, asked, at_service) for asked in review.certified or review.services]
    same = review.certified is None and not any(asked.action or asked.number for asked in review.services)
    if terse and same and at_event and review.action != MODIFIED:
        if random.random() < 0.5:
            services = []
        if random.random() < 0.5:
            event = replace(event, providers=(), diagnoses=())
    if review.kind == "3":
        services = []
    who = review.known_as or review.patient
    shown = _by_name if terse and review.known_as is None and random.random() < 0.3 else _whole
    return Response(
        reference=review.reference,
        created=datetime.combine(review.answered, time(14, random.randrange(60))),
        transaction_type="19" if review.action == PENDED else "18",
        utilization_manager=_manager(review, contact=review.action == CALL),
        requesters=(_requester(review, contact=False),),
        subscriber=shown(who.subscriber),
        dependent=shown(who.person) if who.dependent else None,
        events=(AnsweredEvent(answer=None if answer == ReviewAnswer() else answer, event=event, services=tuple(services)),),
    )


def _whole(person: Person) -> Person:
    return person


def _by_name(person: Person) -> Person:
    """A person as an answer may name one whom the request described: without birth date and address."""
    return replace(person, birth_date=None, gender="", address=None)


def _levels(review: Review, random: Random) -> tuple[bool, bool]:
    """Whether the decision stands at the event, and at the services."""
    if not review.services or review.rejected or review.kind == "3" or review.category != SERVICES:
        return True, bool(review.services)
    if review.action == PARTLY:
        return True, True
    return random.choice(((True, False), (True, True), (True, True), (False, True)))


def _reasons(review: Review, action: str) -> tuple[str, ...]:
    return (review.reason,) if review.reason else _REASONS.get(action, ())


def _number(review: Review, action: str) -> str:
    return review.number if action in _NUMBERED else ""


def _dates(review: Review, answer: ReviewAnswer, event: PatientEvent, random: Random) -> tuple[ReviewAnswer, PatientEvent]:
    """The certified dates, as days of the event (AAH) or of the certification (007, or from 007 to 036)."""
    certified = review.action in _POSITIVE and review.period is not None and not review.rejected
    if not certified or review.category == ADMISSION or review.period is None:
        return answer, event
    form = 1 if review.endless else random.randrange(3)
    if form == 0:
        return answer, event
    event = replace(event, period=None)
    if form == 1:
        return replace(answer, effective=review.period), event
    start = Period(start=review.period.start, end=review.period.start)
    return replace(answer, effective=start, expires=review.period.end), event


def _event(review: Review, trace: str) -> PatientEvent:
    return PatientEvent(
        category=review.category,
        certification_type=review.kind,
        service_type=review.service_type or ("3" if review.category == REFERRAL else "35" if _dental(review) else "2"),
        place=review.place,
        place_qualifier=review.place_qualifier,
        traces=(Trace(kind=trace, number=review.trace or f"T{review.reference}", originator=_TRACER),),
        previous_number=review.previous,
        administrative_reference=review.handle,
        period=review.period,
        admission=review.admission,
        diagnoses=(Diagnosis(qualifier="ABK", code=review.diagnosis),) if review.diagnosis else (),
        pattern=_pattern(review),
        stay=Stay(admission_type="3", admission_source="1") if review.category == ADMISSION else None,
        providers=review.providers,
    )


def _pattern(review: Review) -> DeliveryPattern | None:
    """HSD of the event: nights of a stay, or visits."""
    unit, amount = ("DY", review.nights) if review.nights else ("VS", review.visits)
    return DeliveryPattern(quantity=Quantity(unit=unit, amount=Decimal(amount))) if amount else None


def _service(review: Review, asked: Asked) -> RequestedService:
    visits = asked.unit == "VS" or asked.pattern is not None
    dental = asked.qualifier == "AD"
    quantity = Quantity(unit=asked.unit, amount=Decimal(asked.amount)) if asked.amount else None
    return RequestedService(
        kind=ServiceKind.DENTAL if dental else ServiceKind.PROFESSIONAL,
        period=asked.period,
        procedure=Procedure(qualifier=asked.qualifier, code=asked.code, modifiers=asked.modifiers, code_end=asked.code_end),
        quantity=None if visits else quantity,
        pattern=asked.pattern or (DeliveryPattern(quantity=quantity) if visits and quantity else None),
    )


def _answered(review: Review, asked: Asked, at_service: bool) -> AnsweredService:
    action = asked.action or review.action
    said = bool(asked.action) or (at_service and review.action != PARTLY)
    answer = ReviewAnswer(
        action=action, number=asked.number or _number(review, action), reasons=_reasons(review, action)
    )  # fmt: skip
    return AnsweredService(answer=answer if said else None, service=_service(review, asked))


def _dental(review: Review) -> bool:
    return any(asked.qualifier == "AD" for asked in review.services)


def _manager(review: Review, *, contact: bool = False) -> Party:
    id, name = review.reviewer if review.reviewer[0] else (review.payer.id, review.payer.name)
    line = Contact(name="UTILIZATION REVIEW", numbers=(("TE", "6145550190"),)) if contact else None
    return Party(role="X3", name=name, id_qualifier="PI", id=id, contact=line)


def _requester(review: Review, *, contact: bool) -> Party:
    practice = review.practice
    role = "FA" if practice.kind == "institutional" else "1P"
    line = Contact(name="AUTHORIZATION DESK", numbers=(("TE", "6145550101"),)) if contact else None
    return Party(role=role, name=practice.name, id_qualifier="XX", id=practice.npi, contact=line)


def as_provider(practice: Practice) -> Party:
    """A practice as who gives the service (2010EA)."""
    role = "FA" if practice.kind == "institutional" else "SJ"
    return Party(role=role, name=practice.name, id_qualifier="XX", id=practice.npi)


def as_clinician(clinician: Clinician, kind: str) -> Party:
    """A clinician as who gives the service; attending, where a hospital's claim will say so."""
    return Party(
        role="71" if kind == "institutional" else "SJ",
        organization=False,
        name=clinician.last_name,
        first_name=clinician.first_name,
        id_qualifier="XX",
        id=clinician.npi,
    )


def cancelled(review: Review, reference: str) -> Review:
    """The request that takes a certified one back, a while later, and its answer."""
    later = review.answered + timedelta(3)
    return replace(
        review, reference=reference, services=(), action=CANCELLED, kind="3", period=None, previous=review.number,
        asked=later, answered=later, certified=None,
    )  # fmt: skip
