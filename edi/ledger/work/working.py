"""What persons do to work: take it, note what they did, close it, open it again; and the history of an item.

An item is named as the worklist names it: W12, A5 (a request), R5 (a refused authorization), E5 (one that ends).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.ledger.reading import read_as
from edi.ledger.storing import Writer
from edi.ledger.tables import AuthorizationRow, FindingRow, WorkEventRow, WorkRow
from edi.ledger.work import waiting
from edi.ledger.work.worklist import (
    CLOSED,
    DENIAL,
    OPEN,
    REFUSAL,
    REOPENED,
    REQUEST,
    WORKED,
    WorkItem,
    event,
    item_named,
    item_of,
)
from edi.linkage.deadlines import Deadlines
from edi.linkage.denials.denial import Finding
from edi.linkage.remarks import told
from edi.records.authorization import Authorization

TAKEN: Final = "taken"
NOTED: Final = "noted"
MOST_MINUTES: Final = 10_000
"""More than a week at one thing is a slip."""
_KINDS: Final = {letter: kind for kind, letter in waiting.LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent:
    """What happened to an item: opened, taken, noted, closed or reopened."""

    at: datetime | None
    what: str
    by: str
    """The person; "" where it happened by itself."""
    note: str
    minutes: int

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat() if self.at else None,
            "what": self.what,
            "by": self.by or None,
            "note": self.note,
            "minutes": self.minutes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLife:
    """An item with all that happened to it, the oldest first; of a denial or a request also what the payer said and is known."""

    item: WorkItem
    codes: tuple[str, ...] = ()
    """The adjustment's group and reason, "CO-197", then its remarks."""
    evidence: tuple[str, ...] = ()
    history: tuple[WorkEvent, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            **self.item.to_json(),
            "codes": list(self.codes),
            "evidence": list(self.evidence),
            "history": [event.to_json() for event in self.history],
        }


def life(session: Session, name: str, deadlines: Deadlines) -> WorkLife:
    """An item and its history. LedgerError where there is none of this name."""
    letter, id = _read(name)
    row = _kept(session, letter, id)
    if letter == "W":
        item = item_of(_there(row, name))
    else:
        found = waiting.items(session, [(_KINDS[letter], id)], deadlines)
        if not found or (row is None and not _waits(session, letter, id)):
            raise _unknown(name)
        item = found[0]
    finding = _finding(session, item)
    events = select(WorkEventRow).where(col(WorkEventRow.work_id) == (row.id if row else -1)).order_by(col(WorkEventRow.id))
    return WorkLife(
        item=item,
        codes=finding.codes if finding else (),
        evidence=finding.evidence if finding else _answered(session, item, id),
        history=tuple(
            WorkEvent(at=one.at, what=one.what, by=one.by, note=one.note, minutes=one.minutes)
            for one in session.execute(events).scalars()
        ),
    )


def _answered(session: Session, item: WorkItem, id: int) -> tuple[str, ...]:
    """What the payer's answers to a request say beside their decisions."""
    if item.kind not in (REQUEST, REFUSAL):
        return ()
    text = session.execute(select(col(AuthorizationRow.record)).where(col(AuthorizationRow.id) == id)).scalar_one()
    return tuple(" ".join(part for part in row if part) for row in told(read_as(Authorization)(text)))


def _finding(session: Session, item: WorkItem) -> Finding | None:
    """What a denial was found to be."""
    if item.kind != DENIAL:
        return None
    _, payment, position = item.subject.split(":")
    mine = (col(FindingRow.payment_id) == int(payment), col(FindingRow.position) == int(position))
    record = session.execute(select(col(FindingRow.record)).where(*mine)).scalar()
    return None if record is None else read_as(Finding)(record)


def take(session: Session, writer: Writer, names: Sequence[str], *, by: str, over: bool, now: datetime) -> None:
    """Somebody takes items on. `over`: also from who has them."""

    def taking(row: WorkRow, name: str) -> tuple[str, str]:
        if row.state == CLOSED:
            raise LedgerError(f"{name} is closed: it must be opened again first.")
        if row.owner not in ("", by) and not over:
            raise LedgerError(f"{name} is {row.owner}'s: that it is taken over has to be said (--over).")
        note = f"from {row.owner}" if row.owner not in ("", by) else ""
        row.state, row.owner = WORKED, by
        return TAKEN, note

    _change(session, writer, names, taking, by=by, minutes=0, now=now)


def note(session: Session, writer: Writer, name: str, said: str, *, by: str, minutes: int, now: datetime) -> None:
    """Somebody says what was done about an item, and how long it took."""
    if not said.strip() and not minutes:
        raise LedgerError("A note says something, or how long something took.")

    def noting(row: WorkRow, _name: str) -> tuple[str, str]:
        row.state = row.state if row.state == CLOSED else WORKED
        return NOTED, said.strip()

    _change(session, writer, [name], noting, by=by, minutes=minutes, now=now)


def close(session: Session, writer: Writer, names: Sequence[str], *, why: str, by: str, minutes: int, now: datetime) -> None:
    """Somebody says that nothing is left to do about items, and why; the minutes are those of each."""
    if not why.strip():
        raise LedgerError("Who closes work says why.")

    def closing(row: WorkRow, name: str) -> tuple[str, str]:
        if row.state == CLOSED:
            raise LedgerError(f"{name} is closed already.")
        row.state, row.closed_at, row.closed_by = CLOSED, now, by
        return CLOSED, why.strip()

    _change(session, writer, names, closing, by=by, minutes=minutes, now=now)


def reopen(session: Session, writer: Writer, names: Sequence[str], *, why: str, by: str, now: datetime) -> None:
    """Somebody says that closed items are to be done after all."""

    def opening(row: WorkRow, name: str) -> tuple[str, str]:
        if row.state != CLOSED:
            raise LedgerError(f"{name} is not closed.")
        row.state, row.closed_at, row.closed_by = (WORKED if row.owner else OPEN), None, ""
        return REOPENED, why.strip()

    _change(session, writer, names, opening, by=by, minutes=0, now=now)


def _change(
    session: Session,
    writer: Writer,
    names: Sequence[str],
    change: Callable[[WorkRow, str], tuple[str, str]],
    *,
    by: str,
    minutes: int,
    now: datetime,
) -> None:
    """Change items, each with its event; all of them, or none."""
    if not by.strip():
        raise LedgerError("Work is done by somebody: say by whom.")
    if not 0 <= minutes <= MOST_MINUTES:
        raise LedgerError(f"{minutes} minutes are not possible: it is 0 to {MOST_MINUTES:,}.")
    events = []
    for name in dict.fromkeys(map(_plain, names)):
        row = _row(session, writer, name, now)
        what, said = change(row, name)
        row.minutes += minutes
        events.append(event(writer, row.id, what, now, by=by.strip(), note=said, minutes=minutes))
    session.flush()
    writer.insert(WorkEventRow, events)


def _row(session: Session, writer: Writer, name: str, now: datetime) -> WorkRow:
    """The row of an item; what waits gets its row when somebody does something about it."""
    letter, id = _read(name)
    row = _kept(session, letter, id)
    if row is not None or letter == "W":
        return _there(row, name)
    if not _waits(session, letter, id):
        raise _unknown(name)
    (item,) = waiting.items(session, [(_KINDS[letter], id)])
    made = WorkRow(
        id=writer.new_id(WorkRow),
        subject=item.subject,
        kind=item.kind,
        state=OPEN,
        owner="",
        claim="",
        line="",
        authorization=item.authorization,
        payer=item.payer,
        payer_id=item.payer_id,
        reason=item.reason,
        action=item.action,
        opened_at=now,
        authorization_id=id,
    )
    session.add(made)
    session.flush()
    return made


def _kept(session: Session, letter: str, id: int) -> WorkRow | None:
    by_name = col(WorkRow.id) == id if letter == "W" else col(WorkRow.subject) == waiting.subject(_KINDS[letter], id)
    about = col(WorkRow.authorization_id).is_(None) if letter == "W" else col(WorkRow.authorization_id) == id
    return session.execute(select(WorkRow).where(by_name, about)).scalar()


def _waits(session: Session, letter: str, id: int) -> bool:
    """Whether a request is not decided, an authorization is refused; of one that ends, whether it can be used."""
    known = {"A": waiting.undecided, "R": waiting.refused, "E": waiting.usable}[letter]
    return id in known(session, [id])


def _there(row: WorkRow | None, name: str) -> WorkRow:
    if row is None:
        raise _unknown(name)
    return row


def _plain(name: str) -> str:
    return name.strip().upper()


def _read(name: str) -> tuple[str, int]:
    found = item_named(name)
    if found is None:
        raise LedgerError(f"{name!r} names no item: they are named as the worklist does, such as W12 or A5.")
    return found


def _unknown(name: str) -> LedgerError:
    return LedgerError(f"The worklist has no item {_plain(name)}.")
