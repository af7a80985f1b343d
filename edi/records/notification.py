"""278 notification: a provider or payer tells of an admission, a discharge or a decision, and is answered (005010X216).

The guide's facts are public only in part (`edi/278/notification.guide`). BHT02 CN with BHT06 RD rests on one sample; 14 and 22,
and 53 and 44 of the acknowledgment, on X12's examples of the guide's successor. The receipt number is written as REF*NT and read
under any qualifier, since its own is not public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from edi.guides.document import transactions
from edi.records.envelope import Envelope
from edi.records.json import from_json, schema
from edi.records.levels import Level, Shape, levels, read_header
from edi.records.parties import NO_PARTY, Party, Person, read_party
from edi.records.rejection import Rejection
from edi.records.response import AnsweredEvent, AnsweredService, ReviewAnswer, read_told, write_told
from edi.records.review import PatientEvent, RequestedService, Trace
from edi.text.segments import Segment, Source, compose

if TYPE_CHECKING:
    from edi.guides.document import Loop

GUIDE: Final = "278/notification"
VERSION: Final = "005010X216"
JSON_VERSION: Final = 1
SHAPE: Final = Shape(VERSION, ("2010EA", "2010EA", "2010EA"), ("2010F", "2010F"), traced=True, sources=True)
TAKEN, REFUSED = "53", "44"
"""BHT02 of an acknowledgment."""
_NOTIFIES: Final = frozenset({"CN", "14", "22"})
_PAYERS: Final = frozenset({"X3", "PR", "2B", "36"})
"""NM101 of who decides."""
_RECEIPT, _EARLIER = "NT", "BB"
_OF_EVENT: Final = ("2000E", "2010EA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is told about one patient's events. A decision stands in their answers, where there is one."""

    purpose: str = "CN"
    """BHT02: CN, 14 or 22."""
    reference: str
    """BHT03: the sender's name for this notification; the acknowledgment gives it back."""
    created: datetime | None = None
    transaction_type: str = "RD"
    sources: tuple[Party, ...]
    """2010A, up to two: who tells; FA, 1P a provider, PR, X3 a payer."""
    receivers: tuple[Party, ...]
    """2010B, up to two: who is told."""
    subscriber: Person | None = None
    dependent: Person | None = None
    traces: tuple[Trace, ...] = ()
    """TRN above the events, 2000C or 2000D."""
    events: tuple[AnsweredEvent, ...] = ()

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """None: an acknowledgment has them."""
        return ()

    @property
    def parties(self) -> tuple[Party, Party]:
        """The payer and the provider."""
        decides = any(event.answer and event.answer.action for event in self.events)
        return _parties(self.sources, self.receivers, source_pays=decides)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAnswer:
    """The acknowledgment of a notification: taken, or not and why (AAA). It decides nothing."""

    purpose: str = TAKEN
    """BHT02: 53 taken, 44 refused."""
    reference: str
    """BHT03 of the notification."""
    created: datetime | None = None
    transaction_type: str = ""
    sources: tuple[Party, ...] = ()
    """As in the notification."""
    receivers: tuple[Party, ...] = ()
    subscriber: Person | None = None
    dependent: Person | None = None
    receipt: str = ""
    """REF above the events: the receiver's number of the notification; that of an event is its administrative reference."""
    rejections: tuple[Rejection, ...] = ()
    traces: tuple[Trace, ...] = ()
    events: tuple[AnsweredEvent, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether anything of the notification was not taken."""
        answers = [one for event in self.events for one in (event.answer, *(service.answer for service in event.services))]
        return self.purpose == REFUSED or bool(self.rejections) or any(answer and answer.rejections for answer in answers)

    @property
    def parties(self) -> tuple[Party, Party]:
        """The payer and the provider."""
        return _parties(self.sources, self.receivers, source_pays=False)


def _parties(sources: Sequence[Party], receivers: Sequence[Party], *, source_pays: bool) -> tuple[Party, Party]:
    """Payer and provider by their roles; where these do not tell, whether the source is the payer is said by `source_pays`."""
    source, receiver = next(iter(sources), NO_PARTY), next(iter(receivers), NO_PARTY)
    told = [party.role in _PAYERS for party in (source, receiver)]
    pays = source_pays if told[0] == told[1] else told[0]
    return (source, receiver) if pays else (receiver, source)


def read_notifications(source: Source) -> Iterator[Notification]:
    """Every notification of a source, one for each patient. What is none is passed over."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE and not acknowledges(unit.loop):
            yield from notifications_of(unit.loop)


def read_notification_answers(source: Source) -> Iterator[NotificationAnswer]:
    """Every acknowledgment of a notification of a source, one for each patient."""
    for unit in transactions(source):
        if unit.context.guide is not None and unit.context.guide.name == GUIDE and acknowledges(unit.loop):
            yield from answers_of(unit.loop)


def acknowledges(root: Loop) -> bool:
    """Whether a transaction of the guide is the acknowledgment: by BHT02; by another code, what reviews nothing (UM) is one."""
    bht = root.first("BHT")
    code = bht.get(2) if bht else ""
    if code in _NOTIFIES or code in (TAKEN, REFUSED):
        return code not in _NOTIFIES
    return not any(loop.first("UM") for level in levels(root) for loop in level.events)


def notifications_of(root: Loop) -> Iterator[Notification]:
    """The notifications of one transaction."""
    header = read_header(root)
    for level in levels(root):
        told = read_told(level, SHAPE)
        del told["rejections"]
        yield Notification(**header, **_who(level), **told)


def answers_of(root: Loop) -> Iterator[NotificationAnswer]:
    """The acknowledgments of one transaction."""
    header = read_header(root)
    for level in levels(root):
        told = read_told(level, SHAPE)
        events = tuple(_with_receipt(event, loop) for event, loop in zip(told.pop("events"), level.events, strict=True))
        receipts = (_receipt(loop) for loop in (level.dependent, level.subscriber) if loop)
        receipt = next((number for number in receipts if number), "")
        yield NotificationAnswer(**header, **_who(level), receipt=receipt, events=events, **told)


def _who(level: Level) -> dict[str, Any]:
    return {
        "sources": tuple(read_party(loop) for loop in level.manager.loops("2010A")),
        "receivers": tuple(read_party(loop) for loop in level.receivers),
    }


def _receipt(loop: Loop) -> str:
    """The first number of a level that is none of an earlier review."""
    return next((segment.get(2) for segment in loop.every("REF") if segment.get(1) != _EARLIER), "")


def _with_receipt(event: AnsweredEvent, loop: Loop) -> AnsweredEvent:
    number = event.event.administrative_reference or _receipt(loop)
    return replace(event, event=replace(event.event, administrative_reference=number))


def write_notifications(notifications: Iterable[Notification], envelope: Envelope) -> bytes:
    """An interchange with these notifications, each in a transaction of its own. A RecordError names what X12 cannot carry."""
    return envelope.wrap("278", "HI", VERSION, [_write(one, envelope) for one in notifications])


def write_notification_answers(answers: Iterable[NotificationAnswer], envelope: Envelope) -> bytes:
    """An interchange with these acknowledgments, each in a transaction of its own."""
    bodies = []
    for answer in answers:
        receipt = [compose(envelope.delimiters, "REF", _RECEIPT, answer.receipt)] if answer.receipt else []
        bodies.append(_write(answer, envelope, receipt))
    return envelope.wrap("278", "HI", VERSION, bodies)


def _write(told: Notification | NotificationAnswer, envelope: Envelope, more: Sequence[Segment] = ()) -> list[Segment]:
    sources = {f"sources[{n}]": party for n, party in enumerate(told.sources)}
    receivers = {f"receivers[{n}]": party for n, party in enumerate(told.receivers)}
    return write_told(told, sources, receivers, SHAPE, envelope, more)


def answer_notification(
    notification: Notification, *, receipt: str = "", rejections: Sequence[Rejection] = ()
) -> NotificationAnswer:
    """The acknowledgment of a notification: its traces given back, a receipt number, or why it is refused.

    A rejection stands where it says (2010C, 2000E); at 2000E it refuses the first event.
    """
    above = tuple(one for one in rejections if not one.loop.startswith(_OF_EVENT))
    first = tuple(one for one in rejections if one.loop.startswith(_OF_EVENT))
    return NotificationAnswer(
        purpose=REFUSED if rejections else TAKEN,
        reference=notification.reference,
        sources=tuple(map(_known, notification.sources)),
        receivers=tuple(map(_known, notification.receivers)),
        subscriber=notification.subscriber,
        dependent=notification.dependent,
        receipt="" if notification.events else receipt,
        rejections=above,
        traces=_given_back(notification.traces),
        events=tuple(_acknowledged(event, receipt, () if n else first) for n, event in enumerate(notification.events)),
    )


def _acknowledged(event: AnsweredEvent, receipt: str, rejections: tuple[Rejection, ...]) -> AnsweredEvent:
    traced = [_given_back(service.service.traces) for service in event.services if service.service and service.service.traces]
    return AnsweredEvent(
        answer=ReviewAnswer(rejections=rejections) if rejections else None,
        event=PatientEvent(
            category="", certification_type="", traces=_given_back(event.event.traces), administrative_reference=receipt
        ),
        services=tuple(AnsweredService(service=RequestedService(traces=traces)) for traces in traced),
    )


def _given_back(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    return tuple(replace(trace, kind="2") for trace in traces)


def _known(party: Party) -> Party:
    """Who it is, without where and how to reach it."""
    return replace(party, address=None, contact=None, references=(), taxonomy="", taxonomy_role="")


def notification_from_json(data: str | bytes) -> Notification:
    """A notification of its JSON. A RecordError names what is wrong by its place: events[0].event.category."""
    return from_json(Notification, data, version=JSON_VERSION)


def notification_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a notification."""
    return schema(Notification, version=JSON_VERSION)
