"""278 response: what a payer answers, level by level (005010X217, BHT02 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from edi.errors import RecordError
from edi.frozen import quick
from edi.guides.document import transactions
from edi.records.envelope import Envelope
from edi.records.forms import Form, by_code, check, first_text, text, too_many
from edi.records.levels import (
    REVIEW,
    VERSION,
    Answering,
    Level,
    LevelWriter,
    Shape,
    levels,
    read_header,
    read_patient,
    write_header,
)
from edi.records.parties import NO_PARTY, Party, Person, read_party, write_party
from edi.records.rejection import Rejection, check_places, read_rejections, write_rejections
from edi.records.review import (
    PatientEvent,
    RequestedService,
    Trace,
    read_event,
    read_questions,
    read_service,
    write_dates,
    write_day,
    write_event,
    write_service,
)
from edi.records.services import Period
from edi.records.values import read_date, read_period
from edi.text.segments import Delimiters, Segment, Source, compose, decode

if TYPE_CHECKING:
    from edi.guides.document import Loop

GUIDE: Final = "278/response"


class Decision(StrEnum):
    """What the payer decided: HCR01, or what stands in its place."""

    CERTIFIED = "certified"  # A1
    PARTLY_CERTIFIED = "partly-certified"  # A2, event level only: look at the services
    DENIED = "denied"  # A3
    PENDED = "pended"  # A4
    MODIFIED = "modified"  # A6: certified with changes
    CANCELLED = "cancelled"  # C
    CONTACT_PAYER = "contact-payer"  # CT
    NOT_REQUIRED = "not-required"  # NA
    REJECTED = "rejected"  # AAA: not decided, and not a denial
    UNANSWERED = "unanswered"  # a request without its response


_ACTIONS: Final = MappingProxyType(
    {
        "A1": Decision.CERTIFIED,
        "A2": Decision.PARTLY_CERTIFIED,
        "A3": Decision.DENIED,
        "A4": Decision.PENDED,
        "A6": Decision.MODIFIED,
        "C": Decision.CANCELLED,
        "CT": Decision.CONTACT_PAYER,
        "NA": Decision.NOT_REQUIRED,
    }
)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAnswer:
    """What a level of a response adds to what was asked: HCR, the dates certified, AAA, and what more is to be told to whom."""

    action: str = ""
    """HCR01."""
    number: str = ""
    """HCR02: the certification number, byte for byte."""
    reasons: tuple[str, ...] = ()
    """HCR03: up to five codes of list 886."""
    second_opinion: str = ""
    """HCR04: Y when one is needed."""
    issued: date | None = None
    """DTP*102."""
    expires: date | None = None
    """DTP*036; also where DTP*007 is a range of one day. Of what is pended: until when the payer says that it decides."""
    effective: Period | None = None
    """DTP*007; a single day where only the beginning is told."""
    questions: tuple[str, ...] = ()
    """HI*LOI: what more is to be told."""
    contact: Party | None = None
    """2010EB, 2010FB: where to send it."""
    rejections: tuple[Rejection, ...] = ()

    @property
    def decision(self) -> Decision:
        """AAA of this level, else HCR01, else AAA of a provider in it; UNANSWERED where there is neither."""
        if self.rejections and any(rejection.loop in ("2000E", "2000F") for rejection in self.rejections):
            return Decision.REJECTED
        if self.action in _ACTIONS:
            return _ACTIONS[self.action]
        return Decision.REJECTED if self.rejections else Decision.UNANSWERED


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredService:
    """2000F of a response. What it certifies stands in `service`."""

    answer: ReviewAnswer | None = None
    service: RequestedService | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredEvent:
    """2000E of a response. What it certifies stands in `event`, whose `services` are empty: they are here, with their answers."""

    answer: ReviewAnswer | None = None
    event: PatientEvent
    services: tuple[AnsweredService, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to a request about one patient. It ends at the level that was rejected (AAA)."""

    purpose: str = "11"
    reference: str
    """BHT03 of the request."""
    created: datetime | None = None
    transaction_type: str = ""
    """BHT06: 18 complete, 19 more will follow, AT administrative, RU reservation of services."""
    utilization_manager: Party
    requesters: tuple[Party, ...] = ()
    """2010B, up to two: 1P and FA."""
    subscriber: Person | None = None
    dependent: Person | None = None
    rejections: tuple[Rejection, ...] = ()
    """AAA above the events: 2000A, 2010A, 2010B[1], 2010C, 2010D."""
    traces: tuple[Trace, ...] = ()
    """TRN of the patient's level, 2000C or 2000D: in the answer to an inquiry alone."""
    events: tuple[AnsweredEvent, ...] = ()


_HCR: Final = Form("HCR", action=text(1), number=text(2), second_opinion=text(4))
_MOST_REASONS: Final = 5
_CONTACT: Final = "L5"
_TRANSPORTS: Final = frozenset({"45", "FS", "ND", "PW", "R3"})


def read_responses(source: Source) -> Iterator[Response]:
    """Every response of a source, one for each patient. What is no 278 response is passed over."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE:
            yield from responses_of(unit.loop)


def responses_of(root: Loop, shape: Shape = REVIEW) -> Iterator[Response]:
    """The responses of one transaction."""
    header = read_header(root)
    for level in levels(root):
        yield Response(
            **header,
            utilization_manager=read_party(level.manager.loop("2010A")),
            requesters=tuple(map(read_party, level.receivers)),
            **read_told(level, shape),
        )


def read_told(level: Level, shape: Shape) -> dict[str, Any]:
    """What an answer or a notice says besides who says it to whom, as fields."""
    return {**read_patient(level, shape), "events": tuple([_read_event(loop, shape) for loop in level.events])}


def write_response(response: Response, envelope: Envelope) -> bytes:
    """An interchange with this response. A RecordError names the field that X12 cannot carry."""
    return envelope.wrap("278", "HI", VERSION, [write_answer(response, REVIEW, envelope)])


def write_answer(response: Response, shape: Shape, envelope: Envelope) -> list[Segment]:
    """The segments of a response between ST and SE, as the guide of the shape has them."""
    sources = {"utilization_manager": response.utilization_manager}
    receivers = {f"requesters[{n}]": party for n, party in enumerate(response.requesters)}
    return write_told(response, sources, receivers, shape, envelope)


def write_told(
    told: Answering,
    sources: Mapping[str, Party],
    receivers: Mapping[str, Party],
    shape: Shape,
    envelope: Envelope,
    more: Sequence[Segment] = (),
) -> list[Segment]:
    """An answer or a notice between ST and SE: `sources` and `receivers` (2010A, 2010B) by what errors call them, and `more`
    segments of the patient's level.
    """
    d = envelope.delimiters
    check(told, d)
    writer = LevelWriter(d)
    writer.add(write_header(told, told.created or envelope.created, d))
    writer.patient(told, sources, receivers, shape, more)
    for n, event in enumerate(told.events):
        _write_event(event, writer, "22" if told.dependent is None else "23", f"events[{n}]", shape)
    return writer.segments


def _read_event(loop: Loop, shape: Shape) -> AnsweredEvent:
    providers, contact, transports = _parties(loop, *shape.event_parties)
    event = read_event(loop, transports=shape.event_parties[2])
    if shape.together:
        event = replace(event, providers=tuple(map(read_party, providers)), transports=tuple(map(read_party, transports)))
    return AnsweredEvent(
        answer=_read_answer(loop, contact, shape.event_parties, providers, transports),
        event=event,
        services=tuple([_read_service(inner, shape) for inner in loop.loops("2000F")]),
    )


def _write_event(event: AnsweredEvent, writer: LevelWriter, parent: str, path: str, shape: Shape) -> None:
    d, answer = writer.delimiters, event.answer or _NO_ANSWER
    if event.event.services or event.event.other_reviews:
        raise RecordError(f"{path}.event: services stand beside the event, and other reviews only in a request.")
    places = _places(shape.event_parties, event.event.providers, event.event.transports)
    check_places(answer.rejections, ["2000E", *places], f"{path}.answer.rejections")
    segments = [*write_event(event.event, d, f"{path}.event", answer.questions), *_write_answer(answer, "2000E", d, path)]
    writer.level("EV", parent, "1" if event.services else "0", segments)
    count = len(event.event.providers)
    for n, party in enumerate(event.event.providers):
        rejections = write_rejections(answer.rejections, places[n], d)
        writer.add(write_party(party, d, f"{path}.event.providers[{n}]", rejections=rejections))
    if answer.contact:
        writer.add(write_party(answer.contact, d, f"{path}.answer.contact"))
    for n, party in enumerate(event.event.transports):
        rejections = write_rejections(answer.rejections, places[count + n], d)
        writer.add(write_party(party, d, f"{path}.event.transports[{n}]", rejections=rejections))
    for n, service in enumerate(event.services):
        _write_service(service, writer, f"{path}.services[{n}]", shape)


def _read_service(loop: Loop, shape: Shape) -> AnsweredService:
    providers, contact, _ = _parties(loop, *shape.service_parties)
    service = read_service(loop, shape.service_parties[0])
    if shape.together:
        service = replace(service, providers=tuple(map(read_party, providers)))
    answer = _read_answer(loop, contact, shape.service_parties, providers)
    return AnsweredService(answer=answer, service=None if service == _NO_SERVICE else service)


def _write_service(answered: AnsweredService, writer: LevelWriter, path: str, shape: Shape) -> None:
    d, answer, service = writer.delimiters, answered.answer or _NO_ANSWER, answered.service or _NO_SERVICE
    places = _places(shape.service_parties, service.providers)
    check_places(answer.rejections, ["2000F", *places], f"{path}.answer.rejections")
    segments = write_service(service, d, f"{path}.service", answer.questions)
    writer.level("SS", "EV", "0", [*segments, *_write_answer(answer, "2000F", d, path)])
    for n, party in enumerate(service.providers):
        rejections = write_rejections(answer.rejections, places[n], d)
        writer.add(write_party(party, d, f"{path}.service.providers[{n}]", rejections=rejections))
    if answer.contact:
        writer.add(write_party(answer.contact, d, f"{path}.answer.contact"))


def _parties(level: Loop, provider: str, contact: str, transport: str = "") -> tuple[list[Loop], Loop | None, list[Loop]]:
    """The NM1 loops of an event or a service: its providers, whom to tell more to, where a transport goes."""
    if provider != contact:
        return level.loops(provider), level.loop(contact), level.loops(transport) if transport else []
    named = [(loop, name.get(1)) for loop in level.loops(provider) if (name := loop.first("NM1")) is not None]
    transports = [loop for loop, role in named if transport and role in _TRANSPORTS]
    providers = [loop for loop, role in named if role != _CONTACT and loop not in transports]
    return providers, next((loop for loop, role in named if role == _CONTACT), None), transports


def _places(names: Sequence[str], providers: Sequence[object], transports: Sequence[object] = ()) -> list[str]:
    """What the loops of providers, and of transport behind them, are called: 2010EA[1]."""
    places = [f"{names[0]}[{n}]" for n in range(1, len(providers) + 1)]
    first = len(providers) + 1 if names[0] == names[-1] else 1
    return places + [f"{names[-1]}[{n}]" for n in range(first, first + len(transports))]


def _read_answer(
    loop: Loop, contact: Loop | None, names: Sequence[str], providers: list[Loop], transports: Sequence[Loop] = ()
) -> ReviewAnswer | None:
    """What a level answers; its NM1 loops, which are called by these `names`, may hold AAA."""
    hcr, known = loop.first("HCR"), read_party(contact)
    rejections = read_rejections(loop, loop.id)
    for n, inner in enumerate([*providers, *transports]):
        if inner.first("AAA") is not None:
            rejections += read_rejections(inner, _places(names, providers, transports)[n])
    dates = by_code(loop, "DTP")
    effective, expires = read_period(said := first_text(dates, "007", 3)), read_date(first_text(dates, "036", 3))
    if effective is not None and effective.start == effective.end and "-" in said:
        expires = expires or effective.end  # a range of one day: its end is told
    answer = ReviewAnswer(
        **_HCR.read(hcr),
        reasons=tuple(reason for reason in hcr.repetitions(3) if reason) if hcr else (),
        issued=read_date(first_text(dates, "102", 3)),
        expires=expires,
        effective=effective,
        questions=read_questions(loop),
        contact=None if known == NO_PARTY else known,
        rejections=tuple(rejections),
    )
    return None if answer == _NO_ANSWER else answer


def _write_answer(answer: ReviewAnswer, loop: str, d: Delimiters, path: str) -> list[Segment]:
    """HCR, AAA and the dates of a level, in no particular order."""
    if len(answer.reasons) > _MOST_REASONS:
        raise too_many(f"{path}.answer.reasons", _MOST_REASONS)
    segments = write_rejections(answer.rejections, loop, d)
    reasons = decode(d.repetition or b"").join(answer.reasons)
    if hcr := _HCR.write(answer, d, f"{path}.answer") or ([compose(d, "HCR")] if reasons else []):
        segments.append(hcr[0].replaced(3, reasons) if reasons else hcr[0])
    if answer.issued:
        segments.append(write_day(d, "102", answer.issued))
    if answer.expires:
        segments.append(write_day(d, "036", answer.expires))
    if answer.effective:
        segments.append(write_dates(d, "007", answer.effective))
    return segments


_NO_ANSWER: Final = ReviewAnswer()
_NO_SERVICE: Final = RequestedService()
