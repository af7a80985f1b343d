"""278 response: what a payer answers, level by level (005010X217, BHT02 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from edi.errors import RecordError
from edi.guides.document import transactions
from edi.records.envelope import Envelope
from edi.records.forms import Form, by_code, check, choice, first_text, text, too_many
from edi.records.levels import VERSION, Level, LevelWriter, levels, read_header, write_header
from edi.records.parties import NO_PARTY, Party, Person, read_party, read_person, write_party, write_person
from edi.records.review import (
    Event,
    Service,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """AAA: a request, or a part of one, that could not be processed. Not a denial."""

    loop: str
    """Where it stands: 2010C, 2000E; with its number where the loop repeats in its level: 2010EA[2]."""
    reason: str
    """AAA03."""
    follow_up: str
    """AAA04: C correct and resend, N do not resend, ..."""
    valid: bool = False
    """AAA01: Y where the request itself was valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
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
    """DTP*036."""
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
        if any(rejection.loop in ("2000E", "2000F") for rejection in self.rejections):
            return Decision.REJECTED
        if self.action in _ACTIONS:
            return _ACTIONS[self.action]
        return Decision.REJECTED if self.rejections else Decision.UNANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredService:
    """2000F of a response. What it certifies stands in `service`."""

    answer: Answer | None = None
    service: Service | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredEvent:
    """2000E of a response. What it certifies stands in `event`, whose `services` are empty: they are here, with their answers."""

    answer: Answer | None = None
    event: Event
    services: tuple[AnsweredService, ...] = ()


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
    events: tuple[AnsweredEvent, ...] = ()


_HCR: Final = Form("HCR", action=text(1), number=text(2), second_opinion=text(4))
_AAA: Final = Form("AAA", valid=choice(1, "Y", "N"), reason=text(3), follow_up=text(4))
_MOST_REASONS: Final = 5


def read_responses(source: Source) -> Iterator[Response]:
    """Every response of a source, one for each patient. What is no 278 response is passed over."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE:
            yield from responses_of(unit.loop)


def responses_of(root: Loop) -> Iterator[Response]:
    """The responses of one transaction."""
    header = read_header(root)
    for level in levels(root):
        requesters = level.requester.loops("2010B") if level.requester else []
        yield Response(
            **header,
            utilization_manager=read_party(level.manager.loop("2010A")),
            requesters=tuple(read_party(loop) for loop in requesters),
            subscriber=read_person(level.subscriber.loop("2010C")) if level.subscriber else None,
            dependent=read_person(level.dependent.loop("2010D")) if level.dependent else None,
            rejections=tuple(_above(level, requesters)),
            events=tuple(_read_event(loop) for loop in level.events),
        )


def write_response(response: Response, envelope: Envelope) -> bytes:
    """An interchange with this response. A RecordError names the field that X12 cannot carry."""
    d = envelope.delimiters
    check(response, d)
    places = ["2000A", "2010A", *(f"2010B[{n}]" for n in range(1, len(response.requesters) + 1))]
    places += ["2010C"] * (response.subscriber is not None) + ["2010D"] * (response.dependent is not None)
    _check_places(response.rejections, places, "rejections")
    writer = LevelWriter(d)
    writer.add(write_header(response, response.created or envelope.created, d))
    below = (bool(response.requesters), response.subscriber is not None, bool(response.dependent or response.events))
    writer.level("20", "", "1" if any(below) else "0", _write_rejections(response.rejections, "2000A", d))
    manager = response.utilization_manager
    writer.add(write_party(manager, d, "utilization_manager", rejections=_write_rejections(response.rejections, "2010A", d)))
    if any(below):
        writer.level("21", "20", "1" if any(below[1:]) else "0")
        for n, party in enumerate(response.requesters):
            rejections = _write_rejections(response.rejections, f"2010B[{n + 1}]", d)
            writer.add(write_party(party, d, f"requesters[{n}]", rejections=rejections))
    if any(below[1:]):
        writer.level("22", "21", "1" if below[2] else "0")
        if response.subscriber is not None:
            rejections = _write_rejections(response.rejections, "2010C", d)
            writer.add(write_person(response.subscriber, "IL", d, "subscriber", rejections=rejections))
    if response.dependent is not None:
        writer.level("23", "22", "1" if response.events else "0")
        rejections = _write_rejections(response.rejections, "2010D", d)
        writer.add(write_person(response.dependent, "QC", d, "dependent", rejections=rejections))
    for n, event in enumerate(response.events):
        _write_event(event, writer, "22" if response.dependent is None else "23", f"events[{n}]")
    return envelope.wrap("278", "HI", VERSION, [writer.segments])


def _above(level: Level, requesters: Sequence[Loop]) -> Iterator[Rejection]:
    yield from _read_rejections(level.manager, "2000A")
    yield from _read_rejections(level.manager.loop("2010A"), "2010A")
    for n, loop in enumerate(requesters, 1):
        yield from _read_rejections(loop, f"2010B[{n}]")
    yield from _read_rejections(level.subscriber.loop("2010C") if level.subscriber else None, "2010C")
    yield from _read_rejections(level.dependent.loop("2010D") if level.dependent else None, "2010D")


def _read_event(loop: Loop) -> AnsweredEvent:
    return AnsweredEvent(
        answer=_read_answer(loop, "2010EB", "2010EA", "2010EC"),
        event=read_event(loop, transports="2010EC"),
        services=tuple(_read_service(inner) for inner in loop.loops("2000F")),
    )


def _write_event(event: AnsweredEvent, writer: LevelWriter, parent: str, path: str) -> None:
    d, answer = writer.delimiters, event.answer or _NO_ANSWER
    if event.event.services or event.event.other_reviews:
        raise RecordError(f"{path}.event: services stand beside the event, and other reviews only in a request.")
    places = ["2000E", *(f"2010EA[{n}]" for n in range(1, len(event.event.providers) + 1))]
    places += [f"2010EC[{n}]" for n in range(1, len(event.event.transports) + 1)]
    _check_places(answer.rejections, places, f"{path}.answer.rejections")
    segments = [*write_event(event.event, d, f"{path}.event", answer.questions), *_write_answer(answer, "2000E", d, path)]
    writer.level("EV", parent, "1" if event.services else "0", segments)
    for n, party in enumerate(event.event.providers):
        rejections = _write_rejections(answer.rejections, f"2010EA[{n + 1}]", d)
        writer.add(write_party(party, d, f"{path}.event.providers[{n}]", rejections=rejections))
    if answer.contact:
        writer.add(write_party(answer.contact, d, f"{path}.answer.contact"))
    for n, party in enumerate(event.event.transports):
        rejections = _write_rejections(answer.rejections, f"2010EC[{n + 1}]", d)
        writer.add(write_party(party, d, f"{path}.event.transports[{n}]", rejections=rejections))
    for n, service in enumerate(event.services):
        _write_service(service, writer, f"{path}.services[{n}]")


def _read_service(loop: Loop) -> AnsweredService:
    service = read_service(loop, "2010FA")
    return AnsweredService(answer=_read_answer(loop, "2010FB", "2010FA"), service=None if service == _NO_SERVICE else service)


def _write_service(answered: AnsweredService, writer: LevelWriter, path: str) -> None:
    d, answer, service = writer.delimiters, answered.answer or _NO_ANSWER, answered.service or _NO_SERVICE
    places = ["2000F", *(f"2010FA[{n}]" for n in range(1, len(service.providers) + 1))]
    _check_places(answer.rejections, places, f"{path}.answer.rejections")
    segments = write_service(service, d, f"{path}.service", answer.questions)
    writer.level("SS", "EV", "0", [*segments, *_write_answer(answer, "2000F", d, path)])
    for n, party in enumerate(service.providers):
        rejections = _write_rejections(answer.rejections, f"2010FA[{n + 1}]", d)
        writer.add(write_party(party, d, f"{path}.service.providers[{n}]", rejections=rejections))
    if answer.contact:
        writer.add(write_party(answer.contact, d, f"{path}.answer.contact"))


def _read_answer(loop: Loop, contact: str, *repeated: str) -> Answer | None:
    """What a level answers; `repeated` are its NM1 loops that may hold AAA."""
    hcr, known = loop.first("HCR"), read_party(loop.loop(contact))
    rejections = list(_read_rejections(loop, loop.id))
    for id in repeated:
        for n, inner in enumerate(loop.loops(id), 1):
            rejections += _read_rejections(inner, f"{id}[{n}]")
    dates = by_code(loop, "DTP")
    answer = Answer(
        **_HCR.read(hcr),
        reasons=tuple(reason for reason in hcr.repetitions(3) if reason) if hcr else (),
        issued=read_date(first_text(dates, "102", 3)),
        expires=read_date(first_text(dates, "036", 3)),
        effective=read_period(first_text(dates, "007", 3)),
        questions=read_questions(loop),
        contact=None if known == NO_PARTY else known,
        rejections=tuple(rejections),
    )
    return None if answer == _NO_ANSWER else answer


def _write_answer(answer: Answer, loop: str, d: Delimiters, path: str) -> list[Segment]:
    """HCR, AAA and the dates of a level, in no particular order."""
    if len(answer.reasons) > _MOST_REASONS:
        raise too_many(f"{path}.answer.reasons", _MOST_REASONS)
    segments = _write_rejections(answer.rejections, loop, d)
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


def _read_rejections(loop: Loop | None, name: str) -> Iterator[Rejection]:
    if loop is not None:
        for segment in loop.every("AAA"):
            yield Rejection(loop=name, **_AAA.read(segment))


def _check_places(rejections: Sequence[Rejection], places: Sequence[str], path: str) -> None:
    for n, rejection in enumerate(rejections):
        if rejection.loop not in places:
            raise RecordError(f"{path}[{n}].loop: must be one of {', '.join(places)}.")


def _write_rejections(rejections: Sequence[Rejection], loop: str, d: Delimiters) -> list[Segment]:
    return [s for rejection in rejections if rejection.loop == loop for s in _AAA.write(rejection, d, "rejections")]


_NO_ANSWER: Final = Answer()
_NO_SERVICE: Final = Service()
