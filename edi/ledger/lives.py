"""The life of an authorization: asked, answered, used by which claims, and what was paid for those."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.payments.accounts import accounts_of
from edi.ledger.questions import USUAL, HeldAuthorization, HeldUse, called, held, iso, uses_of
from edi.ledger.reading import adapter, read_as
from edi.ledger.refusing import taken_in
from edi.ledger.tables import AuthorizationRow, EventRow, EventTextRow, InterchangeRow
from edi.ledger.work.waiting import LETTERS
from edi.ledger.work.worklist import item_named
from edi.linkage.deadlines import Deadlines
from edi.linkage.denials.netting import Net
from edi.linkage.remarks import levels
from edi.records.authorization import Authorization, Remark
from edi.records.certification import ACKNOWLEDGMENT, NOTICE, NOTIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEvent:
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
    reasons: tuple[str, ...] = ()
    """HCR03, of the event and of its services."""
    remarks: tuple[Remark, ...] = ()
    """What the message says beside its decision, and wants."""
    refused: str = ""
    taken_in: str = ""
    """Of what was sent: the acknowledgment that says that it was rejected or taken in, "999 of 2026-11-03 (5)"."""

    def to_json(self) -> dict[str, Any]:
        return {
            "day": iso(self.day),
            "kind": self.kind,
            "decision": self.decision,
            "certification_type": self.certification_type,
            "number": self.number,
            "interchange": self.interchange,
            "file": self.file,
            "recorded_at": iso(self.recorded_at),
            "source": self.source,
            "told_by": self.told_by,
            "call_reference": self.call_reference,
            "start": iso(self.start),
            "end": iso(self.end),
            "receipt": self.receipt,
            "rejections": list(self.rejections),
            "reasons": list(self.reasons),
            "remarks": [adapter(Remark).dump_python(remark, mode="json", exclude_defaults=True) for remark in self.remarks],
            "refused": self.refused,
            "taken_in": self.taken_in,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationLife:
    """An authorization with all that happened to it, in the order of days, what used it, and what was paid for that."""

    held: HeldAuthorization
    record: Authorization
    events: tuple[AuthorizationEvent, ...]
    uses: tuple[HeldUse, ...]
    accounts: tuple[Net, ...] = ()
    """What stands of the claims that used it, after all payments, reversals and recoupments; for each payer of one."""

    def to_json(self) -> dict[str, Any]:
        return {
            **self.held.to_json(),
            "events": [event.to_json() for event in self.events],
            "uses": [use.to_json() for use in self.uses],
            "record": adapter(Authorization).dump_python(self.record, mode="json", exclude_defaults=True),
        }


def lives(session: Session, number: str, deadlines: Deadlines = USUAL) -> list[AuthorizationLife]:
    """Every authorization that has or had this number (or one that differs from it in punctuation and case only).

    Where none has, it may be the name of work about one (A5).
    """
    named = called(number, ["number", "previous", "administrative", "trace"])
    query = select(AuthorizationRow).where(col(AuthorizationRow.id).in_(named)).order_by(col(AuthorizationRow.id))
    found = held(session, query, deadlines)
    if not found and (item := item_named(number)) and item[0] in LETTERS.values():
        found = held(session, select(AuthorizationRow).where(col(AuthorizationRow.id) == item[1]), deadlines)
    return [_life(session, one) for one in found]


def _life(session: Session, held: HeldAuthorization) -> AuthorizationLife:
    id = int(held.key)
    text = session.execute(select(col(AuthorizationRow.record)).where(col(AuthorizationRow.id) == id)).scalar_one()
    events = session.execute(
        select(EventRow, InterchangeRow)
        .join(InterchangeRow, col(InterchangeRow.id) == col(EventRow.interchange_id), isouter=True)
        .where(col(EventRow.authorization_id) == id)
        .order_by(col(EventRow.day), col(EventRow.kind).desc(), col(EventRow.made_at), col(EventRow.id))
    )
    read = read_as(Authorization)
    came_in = taken_in(session, id)
    uses = tuple(uses_of(session, [id]).get(id, ()))
    return AuthorizationLife(
        held=held,
        record=read(text),
        events=tuple(
            AuthorizationEvent(
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
                rejections=tuple(f"{one.loop} {one.reason}" for level in levels(said) for one in level.rejections),
                reasons=tuple(dict.fromkeys(reason for level in levels(said) for reason in level.reasons)),
                remarks=said.remarks,
                refused=event.refused,
                taken_in=came_in.get(event.id, ""),
            )
            for event, interchange in events
            for said in (read(event.record),)
        ),
        uses=uses,
        accounts=_accounts(session, {use.claim for use in uses}),
    )


def _accounts(session: Session, claims: set[str]) -> tuple[Net, ...]:
    """What stands of claims (CLM01)."""
    nets = [account.net for account in accounts_of(session, claims)]
    return tuple(net for net in nets if any(payment.claim in claims for payment in net.payments))


def _told_of(said: Authorization) -> dict[str, date | None]:
    """The dates of an event that was notified of: of a stay, its admission and its end."""
    if said.kind != NOTICE or said.source != NOTIFICATION:
        return {}
    period, admission = said.period, said.admission
    begun = admission or period
    return {"start": begun.start if begun else None, "end": period.end if period else None}


def decisions(session: Session, life: AuthorizationLife) -> list[bytes]:
    """Copies of the transactions in which what stands of an authorization was decided, in the order of its events."""
    query = (
        select(col(EventTextRow.text))
        .join(EventRow, col(EventRow.id) == col(EventTextRow.event_id))
        .where(col(EventRow.authorization_id) == int(life.held.key))
        .order_by(col(EventRow.day), col(EventRow.made_at), col(EventRow.id))
    )
    return list(dict.fromkeys(session.execute(query).scalars()))
