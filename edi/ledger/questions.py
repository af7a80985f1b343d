"""What is certified, asked, used of authorizations, and the life of one: the ledger's answers, each asked for in sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.storing import adapter
from edi.ledger.tables import (
    AuthorizationRow,
    EventRow,
    IdentifierRow,
    InterchangeRow,
    ServiceRow,
    UseRow,
)
from edi.linkage.deadlines import Deadlines
from edi.linkage.joining import folded
from edi.linkage.usage import SENT
from edi.linkage.used import used_of
from edi.records.authorization import Authorization
from edi.records.certification import ACKNOWLEDGMENT, NOTICE, NOTIFICATION

T = TypeVar("T")

USUAL: Final = Deadlines()
_SET: Final = 500
"""Ids asked for at once: far below what either database allows in one statement."""
NAMES: Final = 10_000
"""Numbers and member ids asked for at once, which a batch of long claims has many of: SQLite allows 32,766, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a claim takes of a service, in a role: each role uses the service once."""

    service: int
    role: str
    claim: str
    days: tuple[date, ...]
    amount: Decimal
    state: str = SENT
    """sent, reserved (linked, and not sent yet), denied or rejected (given back)."""

    def to_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "role": self.role,
            "claim": self.claim,
            "dates": [day.isoformat() for day in self.days],
            "amount": format(self.amount, "f"),
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldService:
    """A certified service: what for, how much, and how much of it is used (the role that used most), or reserved to be used."""

    position: int
    decision: str
    number: str
    procedure: str
    """The procedure code or range, else the revenue code, else "type " and the service type."""
    start: date | None
    end: date | None
    unit: str
    certified: Decimal | None
    used: Decimal
    """By claims that were sent, and by those that were linked; `reserved` is the part of the latter."""
    reserved: Decimal = Decimal(0)

    def to_json(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "number": self.number,
            "procedure": self.procedure,
            "start": _iso(self.start),
            "end": _iso(self.end),
            "unit": self.unit,
            "certified": _plain(self.certified),
            "used": format(self.used, "f"),
            "reserved": format(self.reserved, "f"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An authorization as a list shows it."""

    key: str
    number: str
    kind: str
    decision: str
    awaiting: bool
    payer: str
    payer_id: str
    patient: str
    start: date | None
    end: date | None
    source: str = "278"
    """How what stands came: 278, inquiry, notification, phone, portal, fax, letter."""
    asked: datetime | None = None
    """When the oldest request that waits for an answer was made; `expedited` says whether it is urgent, `due` until when."""
    expedited: bool = False
    decide_by: date | None = None
    """Until when the payer says that it decides: it extended its time."""
    due: datetime | None = None
    services: tuple[HeldService, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "number": self.number,
            "kind": self.kind,
            "decision": self.decision,
            "awaiting": self.awaiting,
            "payer": self.payer,
            "payer_id": self.payer_id,
            "patient": self.patient,
            "start": _iso(self.start),
            "end": _iso(self.end),
            "source": self.source,
            "asked": _clock(self.asked),
            "expedited": self.expedited,
            "decide_by": _iso(self.decide_by),
            "due": _clock(self.due),
            "services": [service.to_json() for service in self.services],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One message of an authorization's life, and the interchange that brought it."""

    day: date | None
    kind: str
    decision: str
    certification_type: str
    number: str
    interchange: str
    file: str
    recorded_at: datetime | None
    source: str = "278"
    told_by: str = ""
    call_reference: str = ""
    start: date | None = None
    end: date | None = None
    """Of a notification that decides nothing: the event that it tells of, an admission as a rule."""
    receipt: str = ""
    """Of an acknowledgment: the receiver's number of what was told."""
    rejections: tuple[str, ...] = ()
    """AAA: where it stands and its reason, "2010C 67"."""

    def to_json(self) -> dict[str, Any]:
        return {
            "day": _iso(self.day),
            "kind": self.kind,
            "decision": self.decision,
            "certification_type": self.certification_type,
            "number": self.number,
            "interchange": self.interchange,
            "file": self.file,
            "recorded_at": _iso(self.recorded_at),
            "source": self.source,
            "told_by": self.told_by,
            "call_reference": self.call_reference,
            "start": _iso(self.start),
            "end": _iso(self.end),
            "receipt": self.receipt,
            "rejections": list(self.rejections),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """An authorization with all that happened to it, in the order of days, and what used it."""

    held: Held
    record: Authorization
    events: tuple[Happened, ...]
    uses: tuple[Used, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.held.to_json(),
            "events": [event.to_json() for event in self.events],
            "uses": [use.to_json() for use in self.uses],
            "record": adapter(Authorization).dump_python(self.record, mode="json", exclude_defaults=True),
        }


def records(session: Session, keys: Sequence[str] | None = None) -> Iterator[Authorization]:
    """Every authorization as it stands, or those with these keys."""
    read = adapter(Authorization).validate_json
    found = select(col(AuthorizationRow.record)).where(col(AuthorizationRow.kind) != NOTICE)
    found = found.order_by(col(AuthorizationRow.id)).execution_options(yield_per=_SET)
    ids = [col(AuthorizationRow.id).in_(chunk) for chunk in chunks([int(key) for key in keys or ()], _SET)]
    queries = [found] if keys is None else [found.where(mine) for mine in ids]
    return (read(record) for query in queries for record in session.execute(query).scalars())


def lives(session: Session, number: str, deadlines: Deadlines = USUAL) -> list[Life]:
    """Every authorization that has or had this number (or one that differs from it in punctuation and case only)."""
    named = called(number, ["number", "previous", "administrative", "trace"])
    query = select(AuthorizationRow).where(col(AuthorizationRow.id).in_(named)).order_by(col(AuthorizationRow.id))
    return [_life(session, one) for one in held(session, query, deadlines)]


def _life(session: Session, held: Held) -> Life:
    id = int(held.key)
    text = session.execute(select(col(AuthorizationRow.record)).where(col(AuthorizationRow.id) == id)).scalar_one()
    events = session.execute(
        select(EventRow, InterchangeRow)
        .join(InterchangeRow, col(InterchangeRow.id) == col(EventRow.interchange_id), isouter=True)
        .where(col(EventRow.authorization_id) == id)
        .order_by(col(EventRow.day), col(EventRow.kind).desc(), col(EventRow.made_at), col(EventRow.id))
    )
    read = adapter(Authorization).validate_json
    return Life(
        held=held,
        record=read(text),
        events=tuple(
            Happened(
                day=event.day,
                kind=event.kind,
                decision=event.decision,
                certification_type=event.certification_type,
                number=event.number,
                interchange=interchange.control if interchange else "",
                file=interchange.name if interchange else "",
                recorded_at=event.recorded_at,
                source=said.source,
                told_by=said.told_by,
                call_reference=said.call_reference,
                **_told_of(said),
                receipt=said.administrative_reference if said.source == ACKNOWLEDGMENT else "",
                rejections=tuple(f"{one.loop} {one.reason}" for one in said.rejections),
            )
            for event, interchange in events
            for said in (read(event.record),)
        ),
        uses=tuple(_uses(session, [id]).get(id, ())),
    )


def _told_of(said: Authorization) -> dict[str, date | None]:
    """The dates of an event that was notified of: of a stay, its admission and its end."""
    if said.kind != NOTICE or said.source != NOTIFICATION:
        return {}
    period, admission = said.period, said.admission
    begun = admission or period
    return {"start": begun.start if begun else None, "end": period.end if period else None}


def held(session: Session, query: Any, deadlines: Deadlines) -> list[Held]:
    """The authorizations that a query finds, in its order, with their services and what is used of them."""
    rows = session.execute(query).scalars().all()
    ids = [row.id for row in rows]
    services: dict[int, list[ServiceRow]] = {}
    for chunk in chunks(ids, _SET):
        found = select(ServiceRow).where(col(ServiceRow.authorization_id).in_(chunk)).order_by(col(ServiceRow.position))
        for service in session.execute(found).scalars():
            services.setdefault(service.authorization_id, []).append(service)
    uses = _uses(session, ids)
    return [
        Held(
            key=str(row.id),
            number=row.number,
            kind=row.kind,
            decision=row.decision,
            awaiting=row.awaiting,
            payer=row.payer_name,
            payer_id=row.payer_id,
            patient=row.patient,
            start=row.period_start,
            end=row.period_end,
            source=row.source or "278",
            asked=row.asked_at,
            expedited=bool(row.expedited),
            decide_by=row.decide_by,
            due=due_of(row, deadlines),
            services=tuple(_service(service, uses.get(row.id, ())) for service in services.get(row.id, ())),
        )
        for row in rows
    ]


def due_of(row: Any, deadlines: Deadlines) -> datetime | None:
    """When the answer that an authorization waits for is due."""
    return deadlines.due(row.payer_id, row.asked_at, expedited=bool(row.expedited), decide_by=row.decide_by)


def _service(row: ServiceRow, uses: Iterable[Used]) -> HeldService:
    mine = [use for use in uses if use.service == row.position]
    used = used_of(mine, row.unit)
    code = "-".join(part for part in (row.code, row.code_end) if part)
    return HeldService(
        position=row.position,
        decision=row.decision,
        number=row.number,
        procedure=code or row.revenue_code or (f"type {row.service_type}" if row.service_type else ""),
        start=row.period_start,
        end=row.period_end,
        unit=row.unit,
        certified=row.amount,
        used=used,
        reserved=used - used_of((use for use in mine if use.state == SENT), row.unit),
    )


def _uses(session: Session, ids: Sequence[int]) -> dict[int, list[Used]]:
    found: dict[int, list[Used]] = {}
    for chunk in chunks(ids, _SET):
        query = select(UseRow).where(col(UseRow.authorization_id).in_(chunk)).order_by(col(UseRow.id))
        for row in session.execute(query).scalars():
            days = tuple(date.fromisoformat(day) for day in row.days.split())
            amount = row.amount or Decimal(0)
            use = Used(service=row.service, role=row.role, claim=row.claim, days=days, amount=amount, state=row.state)
            found.setdefault(row.authorization_id, []).append(use)
    return found


def called(name: str, kinds: Sequence[str]) -> Any:
    """The ids of the authorizations with this identifier."""
    return select(col(IdentifierRow.authorization_id)).where(
        col(IdentifierRow.folded) == folded(name), col(IdentifierRow.kind).in_(kinds)
    )


def chunks(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """`values` in pieces."""
    return (values[at : at + size] for at in range(0, len(values), size))


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _clock(moment: datetime | None) -> str | None:
    """A moment of the sender's own clock, which names no zone."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat()


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
