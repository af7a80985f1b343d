"""What is certified, asked, used of authorizations: the ledger's answers, each asked for in sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import func, select
from sqlmodel import Session, col

from edi.ledger.reading import read_as
from edi.ledger.tables import (
    AuthorizationRow,
    IdentifierRow,
    ServiceRow,
    UseRow,
)
from edi.linkage.amending import CERTIFIED
from edi.linkage.deadlines import Deadlines
from edi.linkage.joining import folded
from edi.linkage.usage import SENT
from edi.linkage.used import used_of
from edi.records.authorization import Authorization
from edi.records.certification import NOTICE

T = TypeVar("T")

USUAL: Final = Deadlines()
_SET: Final = 500
"""Ids asked for at once: far below what either database allows in one statement."""
NAMES: Final = 10_000
"""Numbers and member ids asked for at once, which a batch of long claims has many of: SQLite allows 32,766, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUse:
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
    """A service: what for, how much is certified, how much of it is used (the role that used most), or reserved to be used."""

    position: int
    decision: str
    number: str
    procedure: str
    """The procedure code or range, else the revenue code, else "type " and the service type."""
    start: date | None
    end: date | None
    unit: str
    certified: Decimal | None
    """None also where nothing is certified: then `asked` is what was asked for."""
    used: Decimal
    """By claims that were sent, and by those that were linked; `reserved` is the part of the latter."""
    reserved: Decimal = Decimal(0)
    asked: Decimal | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "number": self.number,
            "procedure": self.procedure,
            "start": iso(self.start),
            "end": iso(self.end),
            "unit": self.unit,
            "certified": _plain(self.certified),
            "used": format(self.used, "f"),
            "reserved": format(self.reserved, "f"),
            "asked": _plain(self.asked),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAuthorization:
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
    """How what stands came: 278, inquiry, notification, phone, portal, fax, letter; TA1, 999: it was rejected."""
    asked: datetime | None = None
    """When the oldest request that waits for an answer was made; `expedited` says whether it is urgent, `due` until when."""
    expedited: bool = False
    decide_by: date | None = None
    """Until when the payer says that it decides: it extended its time."""
    due: datetime | None = None
    services: tuple[HeldService, ...] = ()
    trace: str = ""
    """Where it has no number: by which it is called (TRN02)."""

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "number": self.number,
            "trace": self.trace,
            "kind": self.kind,
            "decision": self.decision,
            "awaiting": self.awaiting,
            "payer": self.payer,
            "payer_id": self.payer_id,
            "patient": self.patient,
            "start": iso(self.start),
            "end": iso(self.end),
            "source": self.source,
            "asked": _clock(self.asked),
            "expedited": self.expedited,
            "decide_by": iso(self.decide_by),
            "due": _clock(self.due),
            "services": [service.to_json() for service in self.services],
        }


def records(session: Session, keys: Sequence[str] | None = None) -> Iterator[Authorization]:
    """Every authorization as it stands, or those with these keys."""
    read = read_as(Authorization)
    found = select(col(AuthorizationRow.record)).where(col(AuthorizationRow.kind) != NOTICE)
    found = found.order_by(col(AuthorizationRow.id)).execution_options(yield_per=_SET)
    ids = [col(AuthorizationRow.id).in_(chunk) for chunk in chunks([int(key) for key in keys or ()], _SET)]
    queries = [found] if keys is None else [found.where(mine) for mine in ids]
    return (read(record) for query in queries for record in session.execute(query).scalars())


def held(session: Session, query: Any, deadlines: Deadlines) -> list[HeldAuthorization]:
    """The authorizations that a query finds, in its order, with their services and what is used of them."""
    rows = session.execute(query).scalars().all()
    ids = [row.id for row in rows]
    services: dict[int, list[ServiceRow]] = {}
    for chunk in chunks(ids, _SET):
        found = select(ServiceRow).where(col(ServiceRow.authorization_id).in_(chunk)).order_by(col(ServiceRow.position))
        for service in session.execute(found).scalars():
            services.setdefault(service.authorization_id, []).append(service)
    uses, traces = uses_of(session, ids), _traces(session, [row.id for row in rows if not row.number])
    return [
        HeldAuthorization(
            key=str(row.id),
            number=row.number,
            trace=traces.get(row.id, ""),
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


def _traces(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The trace by which each of these authorizations is called, the first of several."""
    found: dict[int, str] = {}
    for chunk in chunks(ids, _SET):
        query = select(col(IdentifierRow.authorization_id), func.min(col(IdentifierRow.value)))
        mine = query.where(col(IdentifierRow.authorization_id).in_(chunk), col(IdentifierRow.kind) == "trace")
        found.update((id, name) for id, name in session.execute(mine.group_by(col(IdentifierRow.authorization_id))))
    return found


def due_of(row: Any, deadlines: Deadlines) -> datetime | None:
    """When the answer that an authorization waits for is due."""
    urgent, what = bool(row.expedited), row.review or ""
    return deadlines.due(row.payer_id, row.asked_at, expedited=urgent, decide_by=row.decide_by, review=what)


def _service(row: ServiceRow, uses: Iterable[HeldUse]) -> HeldService:
    mine = [use for use in uses if use.service == row.position]
    used = used_of(mine, row.unit)
    code = "-".join(part for part in (row.code, row.code_end) if part)
    certified = row.decision in CERTIFIED
    return HeldService(
        position=row.position,
        decision=row.decision,
        number=row.number,
        procedure=code or row.revenue_code or (f"type {row.service_type}" if row.service_type else ""),
        start=row.period_start,
        end=row.period_end,
        unit=row.unit,
        certified=row.amount if certified else None,
        used=used,
        reserved=used - used_of((use for use in mine if use.state == SENT), row.unit),
        asked=None if certified else row.amount,
    )


def uses_of(session: Session, ids: Sequence[int]) -> dict[int, list[HeldUse]]:
    """What claims take of these authorizations, by their ids."""
    found: dict[int, list[HeldUse]] = {}
    for chunk in chunks(ids, _SET):
        query = select(UseRow).where(col(UseRow.authorization_id).in_(chunk)).order_by(col(UseRow.id))
        for row in session.execute(query).scalars():
            days = tuple(date.fromisoformat(day) for day in row.days.split())
            amount = row.amount or Decimal(0)
            use = HeldUse(service=row.service, role=row.role, claim=row.claim, days=days, amount=amount, state=row.state)
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


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """`values` as they come, in lists of at most `size`."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def iso(moment: date | datetime | None) -> str | None:
    """A day or a moment as JSON has it."""
    return None if moment is None else moment.isoformat()


def _clock(moment: datetime | None) -> str | None:
    """A moment of the sender's own clock, which names no zone."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat()


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
