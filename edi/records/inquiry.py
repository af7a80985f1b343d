"""278 inquiry: a provider asks what became of reviews that a payer has on file, and is answered (005010X215).

The guide's facts are public only in part (`edi/278/inquiry.guide`). What is written here is what public samples hold: BHT02 is 28
in an inquiry, and an answer says of a review what a response does, in the same places. BHT02 49 and BHT06 RD of an answer rest on
one sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from edi.errors import RecordError
from edi.guides.document import transactions
from edi.records.certification import Authorization, CertifiedService
from edi.records.envelope import Envelope
from edi.records.forms import check
from edi.records.levels import LevelWriter, Shape, levels, read_header, write_header
from edi.records.made import naming
from edi.records.parties import NO_PARTY, NOBODY, Party, Person, read_party, read_person, write_party, write_person
from edi.records.request import write_event_levels
from edi.records.response import Response, responses_of, write_answer
from edi.records.review import PatientEvent, RequestedService, ServiceKind, Trace, read_event, read_service
from edi.records.services import Period
from edi.text.segments import Segment, Source

if TYPE_CHECKING:
    from edi.guides.document import Loop

GUIDE: Final = "278/inquiry"
VERSION: Final = "005010X215"
ASKS: Final = "28"
"""BHT02 of an inquiry: query. With another one it is an answer."""
SHAPE: Final = Shape(VERSION, ("2010EA", "2010EA", "2010EA"), ("2010F", "2010F"), traced=True)
_MOST_TRACES: Final = 3
_DENTAL: Final = "AD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question about one patient's reviews: what the event names (numbers, dates, services) narrows it down."""

    purpose: str = ASKS
    reference: str
    """BHT03: the sender's name for this inquiry; the answer gives it back."""
    created: datetime | None = None
    transaction_type: str = ""
    utilization_manager: Party
    """2010A: who is asked; role X3 as a rule."""
    requester: Party
    """2010B: who asks."""
    subscriber: Person
    dependent: Person | None = None
    """The patient, where that is not the subscriber."""
    event: PatientEvent | None = None
    """REF*BB and REF*NT name a review by the payer's numbers, TRN by ours; None asks for all of the patient's."""


def read_inquiries(source: Source) -> Iterator[Inquiry]:
    """Every inquiry of a source, one for each patient event. What is none is passed over."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE and asks(unit.loop):
            yield from inquiries_of(unit.loop)


def asks(root: Loop) -> bool:
    """Whether a transaction of the guide is the inquiry, not the answer."""
    bht = root.first("BHT")
    return bht is not None and bht.get(2) == ASKS


def inquiries_of(root: Loop) -> Iterator[Inquiry]:
    """The inquiries of one transaction."""
    header = read_header(root)
    for level in levels(root):
        for loop in level.events or (None,):
            yield Inquiry(
                **header,
                utilization_manager=read_party(level.manager.loop("2010A")),
                requester=read_party(level.receivers[0] if level.receivers else None),
                subscriber=read_person(level.subscriber.loop("2010C") if level.subscriber else None),
                dependent=read_person(level.dependent.loop("2010D")) if level.dependent else None,
                event=None if loop is None else _read_event(loop),
            )


def _read_event(loop: Loop) -> PatientEvent:
    services = tuple(read_service(inner, "2010F") for inner in loop.loops("2000F"))
    return replace(read_event(loop, transports=""), services=services)


def write_inquiries(inquiries: Iterable[Inquiry], envelope: Envelope) -> bytes:
    """An interchange with these inquiries, each in a transaction of its own. A RecordError names what X12 cannot carry."""
    return envelope.wrap("278", "HI", VERSION, [_write(inquiry, envelope) for inquiry in inquiries])


def _write(inquiry: Inquiry, envelope: Envelope) -> list[Segment]:
    d, event = envelope.delimiters, inquiry.event
    check(inquiry, d)
    if event is not None and (event.transports or event.other_reviews):
        raise RecordError("event: an inquiry has neither transports nor other reviews.")
    writer = LevelWriter(d)
    writer.add(write_header(inquiry, inquiry.created or envelope.created, d))
    writer.level("20", "", "1")
    writer.add(write_party(inquiry.utilization_manager, d, "utilization_manager"))
    writer.level("21", "20", "1")
    writer.add(write_party(inquiry.requester, d, "requester"))
    writer.level("22", "21", "1" if inquiry.dependent or event else "0")
    writer.add(write_person(inquiry.subscriber, "IL", d, "subscriber"))
    if inquiry.dependent is not None:
        writer.level("23", "22", "1" if event else "0")
        writer.add(write_person(inquiry.dependent, "QC", d, "dependent"))
    if event is not None:
        write_event_levels(event, writer, "22" if inquiry.dependent is None else "23")
    return writer.segments


def read_inquiry_answers(source: Source) -> Iterator[Response]:
    """Every answer to an inquiry of a source, one for each patient: a Response, with each review that the payer holds."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE and not asks(unit.loop):
            yield from responses_of(unit.loop, SHAPE)


def write_inquiry_answer(response: Response, envelope: Envelope) -> bytes:
    """An interchange with this answer."""
    return envelope.wrap("278", "HI", VERSION, [write_answer(response, SHAPE, envelope)])


@naming(authorization=Authorization)
def inquiry_about(authorization: Authorization, reference: str) -> Inquiry:
    """The question what became of an authorization, by all that it is known by.

    A RecordError where it is not known whom to ask, who asked, or about whom: what came by phone may leave that open.
    """
    a, originators = authorization, dict(authorization.originators)
    see_that_it_can_be_asked(a)
    return Inquiry(
        reference=reference,
        utilization_manager=called(a.payer, "X3", "PI"),
        requester=called(a.requester, "1P", "XX"),
        subscriber=_member(a.subscriber),
        dependent=_member(a.patient) if a.dependent else None,
        event=PatientEvent(
            category=a.category or "HS",
            certification_type=a.certification_type,
            service_type=a.service_type,
            traces=tuple(Trace(number=number, originator=originators.get(number, "")) for number in a.traces[:_MOST_TRACES]),
            previous_number=a.number,
            administrative_reference=a.administrative_reference,
            period=None if a.admission else closed(a.period),
            admission=a.admission,
            services=tuple(asked_again(service, a) for service in a.services if service.procedure or service.revenue_code),
        ),
    )


def see_that_it_can_be_asked(a: Authorization) -> None:
    """A RecordError where it is not known whom to ask, who asks, or about whom."""
    for known, path in ((a.payer != NO_PARTY, "payer"), (a.requester.id, "requester"), (a.subscriber != NOBODY, "subscriber")):
        if not known:
            raise RecordError(f"{path}: is not known of this authorization, so that its payer cannot be asked by a 278.")


def asked_again(service: CertifiedService, whole: Authorization) -> RequestedService:
    """A service as it is asked about: with dates where it has its own."""
    procedure = service.procedure
    dental = procedure is not None and procedure.qualifier == _DENTAL
    institutional = ServiceKind.INSTITUTIONAL if service.revenue_code else ServiceKind.PROFESSIONAL
    return RequestedService(
        kind=ServiceKind.DENTAL if dental else institutional,
        procedure=None if procedure is None else replace(procedure, description=""),
        revenue_code=service.revenue_code,
        teeth=service.teeth if dental else (),
        oral_cavity=service.oral_cavity if dental else (),
        period=None if service.period == whole.period else closed(service.period),
    )


def closed(period: Period | None) -> Period | None:
    """Dates that can be asked by: an open end, as the first day; none without a beginning."""
    if period is None or period.start == date.min:
        return None
    return Period(start=period.start, end=period.start) if period.end == date.max else period


def called(party: Party, role: str, qualifier: str) -> Party:
    """A party as far as it is needed to be known; what came by phone has neither role nor qualifier."""
    known = replace(party, references=(), address=None, contact=None, taxonomy="", taxonomy_role="", role=party.role or role)
    return replace(known, id_qualifier=(party.id_qualifier or qualifier) if party.id else "")


def _member(person: Person) -> Person:
    """The subscriber or patient likewise; a dependent may have a member id of its own in what a payer told."""
    qualifier = (person.member_id_qualifier or "MI") if person.member_id else ""
    return replace(person, references=(), address=None, member_id_qualifier=qualifier)
