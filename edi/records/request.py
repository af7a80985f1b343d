"""278 request: a provider asks a payer to certify an admission, services or a referral (005010X217, BHT02 13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from edi.guides.document import transactions
from edi.records.envelope import Envelope
from edi.records.forms import check
from edi.records.json import from_json, schema, to_json
from edi.records.levels import VERSION, LevelWriter, levels, read_header, write_header
from edi.records.parties import Party, Person, read_party, read_person, write_party, write_person
from edi.records.review import PatientEvent, read_event, read_service, write_event, write_other_review, write_service
from edi.text.segments import Delimiters, Source

if TYPE_CHECKING:
    from edi.guides.document import Loop

GUIDE: Final = "278/request"
JSON_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for review of one patient event."""

    purpose: str = "13"
    """BHT02: 13 request; 01 and 36 belong to the reservation of services."""
    reference: str
    """BHT03: the sender's name for this request; the response gives it back."""
    created: datetime | None = None
    """BHT04 and BHT05; the envelope's when there is none."""
    transaction_type: str = ""
    """BHT06: RU reservation of services."""
    utilization_manager: Party
    """2010A: who decides; role X3 as a rule."""
    requester: Party
    """2010B: who asks; role 1P a provider, FA a facility."""
    subscriber: Person
    dependent: Person | None = None
    """The patient, where that is not the subscriber."""
    event: PatientEvent


def read_requests(source: Source) -> Iterator[Request]:
    """Every request of a source, one for each patient event. What is no 278 request is passed over."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE:
            yield from requests_of(unit.loop)


def requests_of(root: Loop) -> Iterator[Request]:
    """The requests of one transaction."""
    header = read_header(root)
    for level in levels(root):
        for loop in level.events:
            event = read_event(loop, transports="2010EB", other_reviews="2010EC")
            services = tuple(read_service(inner, "2010F") for inner in loop.loops("2000F"))
            yield Request(
                **header,
                utilization_manager=read_party(level.manager.loop("2010A")),
                requester=read_party(level.requester.loop("2010B") if level.requester else None),
                subscriber=read_person(level.subscriber.loop("2010C") if level.subscriber else None),
                dependent=read_person(level.dependent.loop("2010D")) if level.dependent else None,
                event=replace(event, services=services),
            )


def write_request(request: Request, envelope: Envelope) -> bytes:
    """An interchange with this request. A RecordError names the field that X12 cannot carry."""
    return write_requests([request], envelope)


def write_requests(requests: Iterable[Request], envelope: Envelope) -> bytes:
    """An interchange with these requests, each in a transaction of its own."""
    sets = [_write(request, envelope.delimiters, envelope.created).segments for request in requests]
    return envelope.wrap("278", "HI", VERSION, sets)


def paths(request: Request) -> tuple[str, ...]:
    """Of each segment from BHT on, which part of the record it says: event.services[0]."""
    return tuple(_write(request, Delimiters(), datetime.min).paths)


def _write(request: Request, d: Delimiters, created: datetime) -> LevelWriter:
    check(request, d)
    writer = LevelWriter(d)
    writer.add(write_header(request, request.created or created, d))
    writer.level("20", "", "1")
    _add_party(request.utilization_manager, writer, "utilization_manager")
    writer.level("21", "20", "1")
    _add_party(request.requester, writer, "requester")
    writer.level("22", "21", "1")
    writer.add(write_person(request.subscriber, "IL", d, "subscriber"), "subscriber")
    if request.dependent is not None:
        writer.level("23", "22", "1")
        writer.add(write_person(request.dependent, "QC", d, "dependent"), "dependent")
    write_event_levels(request.event, writer, "22" if request.dependent is None else "23")
    return writer


def write_event_levels(event: PatientEvent, writer: LevelWriter, parent: str) -> None:
    """2000E with its services, below the latest level with the code `parent`."""
    d = writer.delimiters
    writer.level("EV", parent, "1" if event.services else "0", write_event(event, d, "event"), "event")
    for n, party in enumerate(event.providers):
        _add_party(party, writer, f"event.providers[{n}]")
    for n, party in enumerate(event.transports):
        _add_party(party, writer, f"event.transports[{n}]")
    for n, review in enumerate(event.other_reviews):
        path = f"event.other_reviews[{n}]"
        writer.add(write_other_review(review, d, path), path)
    for n, service in enumerate(event.services):
        path = f"event.services[{n}]"
        writer.level("SS", "EV", "0", write_service(service, d, path), path)
        for m, party in enumerate(service.providers):
            _add_party(party, writer, f"{path}.providers[{m}]")


def _add_party(party: Party, writer: LevelWriter, path: str) -> None:
    writer.add(write_party(party, writer.delimiters, path), path)


def request_to_json(request: Request) -> str:
    """A request as JSON, without what has its default value."""
    return to_json(request, version=JSON_VERSION)


def request_from_json(data: str | bytes) -> Request:
    """The inverse of `request_to_json`. A RecordError names what is wrong by its place: event.services[0].procedure.code."""
    return from_json(Request, data, version=JSON_VERSION)


def request_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a request."""
    return schema(Request, version=JSON_VERSION)
