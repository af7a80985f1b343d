"""The worklist in pages, in its order, which an index has too.

    late      work about claims whose deadline is past: the most money first, then the nearest deadline
    work      other work about claims, in the same order
    asked     requests for which the payer waits for something of ours, documents or answers: the nearest day first
    waiting   other requests that the payer did not decide, authorizations that are refused or end: the nearest day first

A page begins behind a cursor: where the last item before it stands. Items that come meanwhile, or change, do not move the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, literal, or_, select, text, tuple_
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.ledger.columns import ID
from edi.ledger.questions import USUAL, chunks
from edi.ledger.tables import LISTED, WorkRow
from edi.ledger.work import waiting
from edi.ledger.work.worklist import CLOSED, EXPIRING, OPEN, REQUEST, WORKED, WorkItem, item_of
from edi.linkage.deadlines import Deadlines
from edi.linkage.verdict import money
from edi.records.made import of_type

LATE: Final = "late"
WORK: Final = "work"
ASKED: Final = "asked"
WAITING: Final = "waiting"
_SECTIONS: Final = (LATE, WORK, ASKED, WAITING)
_OF_AUTHORIZATIONS: Final = (ASKED, WAITING)
_SET: Final = 500
_id, _stake, _until = col(WorkRow.id), col(WorkRow.stake), col(WorkRow.until)
_ABOUT_CLAIMS: Final = "authorization_id IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQuery:
    """Which work is asked for, as of a day: all that is not closed, or that for which all that is said is so."""

    today: date
    owner: str | None = None
    """Who has it; "" what nobody has."""
    states: tuple[str, ...] = (OPEN, WORKED)
    kind: str = ""
    payer: str = ""
    """Its id, or its name as the list has it."""
    due_before: date | None = None
    """Whose deadline is before this day."""
    expiring: int | None = None
    """Also authorizations that end within so many days and are not used up."""
    deadlines: Deadlines = USUAL


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Some work of a list, and the cursor behind which the next page begins (None: there is no more)."""

    items: tuple[WorkItem, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class WorkTotal:
    """How many items a list has, and the money at stake in all of them."""

    items: int
    amount: Decimal

    def to_json(self) -> dict[str, Any]:
        return {"items": self.items, "amount": money(self.amount)}


Place = tuple[str, Any]
"""A section, and where in it."""


def page(session: Session, wanted: WorkQuery, *, limit: int, after: str = "") -> WorkPage:
    """The first `limit` items of a list, or those behind a cursor."""
    _check(wanted)
    section, start = _read_cursor(after) if after else (LATE, None)
    shown: list[tuple[str, Any]] = []
    for one in _SECTIONS[_SECTIONS.index(section) :]:
        if len(shown) <= limit:
            begun = start if one == section else None
            left = limit + 1 - len(shown)
            shown += [(one, place) for place in _places(session, wanted, one, left, begun)]
    there, more = shown[:limit], len(shown) > limit
    return WorkPage(tuple(_items(session, there, wanted.deadlines)), _cursor(*there[-1]) if more else None)


def _check(wanted: WorkQuery) -> None:
    of_type(date, today=wanted.today)
    of_type(date | None, due_before=wanted.due_before)


def total(session: Session, wanted: WorkQuery) -> WorkTotal:
    """All of a list, counted."""
    _check(wanted)
    query = _about_claims(select(func.count(), func.sum(_stake)), wanted)
    count, owed = session.execute(query).one() if _has(wanted, WORK) else (0, 0)
    return WorkTotal(count + _count_waiting(session, wanted), Decimal(-int(owed or 0)) / 100)


def _count_waiting(session: Session, wanted: WorkQuery) -> int:
    if not _has(wanted, WAITING):
        return 0
    if _is_plain(wanted):
        return waiting.count(session, wanted.today, wanted.expiring, alone=wanted.kind == REQUEST)
    return len(_waiting(session, wanted))


def _is_plain(wanted: WorkQuery) -> bool:
    """Whether all that waits and is not closed is wanted: then not all of it has to be looked at."""
    asked = (wanted.kind, wanted.payer, wanted.owner, wanted.due_before)
    return asked in (("", "", None, None), (REQUEST, "", None, None)) and set(wanted.states) == {OPEN, WORKED}


def _has(wanted: WorkQuery, section: str) -> bool:
    """Whether a section can have what is wanted."""
    if section == ASKED:
        return wanted.kind in ("", REQUEST)
    return not wanted.kind or (wanted.kind in waiting.LETTERS) == (section == WAITING)


def _places(session: Session, wanted: WorkQuery, section: str, limit: int, start: Any) -> Sequence[Any]:
    if not _has(wanted, section):
        return ()
    if section == WAITING and _is_plain(wanted):
        alone = wanted.kind == REQUEST
        within = wanted.today, wanted.expiring
        first = waiting.soonest(session, within, wanted.deadlines, alone=alone, limit=limit, start=start)
        return [one.place for one in first]
    if section in _OF_AUTHORIZATIONS:
        found = [one.place for one in _waiting(session, wanted, asked=section == ASKED)]
        return [place for place in found if start is None or place > start][:limit]
    query = _about_claims(select(_stake, _until, _id), wanted)
    query = query.where(_until < wanted.today if section == LATE else _until >= wanted.today)
    if start is not None:
        stake, until, id = start
        query = query.where(tuple_(_stake, _until, _id) > tuple_(literal(stake, ID), literal(until), literal(id, ID)))
    return [tuple(row) for row in session.execute(query.order_by(_stake, _until, _id).limit(limit))]


def _about_claims(query: Any, wanted: WorkQuery) -> Any:
    """The query of wanted work about claims. What is not closed is said in the words of its index."""
    query = query.where(text(_ABOUT_CLAIMS if CLOSED in wanted.states else LISTED))
    if set(wanted.states) != {OPEN, WORKED}:
        query = query.where(col(WorkRow.state).in_(wanted.states))
    if wanted.owner is not None:
        query = query.where(col(WorkRow.owner) == wanted.owner)
        query = query.where(text("owner <> ''")) if wanted.owner else query
    if wanted.kind:
        query = query.where(col(WorkRow.kind) == wanted.kind)
    if wanted.payer:
        query = query.where(or_(col(WorkRow.payer_id) == wanted.payer, col(WorkRow.payer) == wanted.payer))
    return query.where(_until < wanted.due_before) if wanted.due_before is not None else query


def _waiting(session: Session, wanted: WorkQuery, *, asked: bool | None = None) -> list[waiting.WaitingRequest]:
    if not _has(wanted, WAITING):
        return []
    expiring = (wanted.expiring if wanted.expiring is not None else 0) if wanted.kind == EXPIRING else wanted.expiring
    found = waiting.waiting(
        session, wanted.today, wanted.deadlines, expiring=None if asked else expiring, payer=wanted.payer, asked=asked
    )
    return [one for one in found if _fits(one, wanted)]


def _fits(one: waiting.WaitingRequest, wanted: WorkQuery) -> bool:
    return (
        one.state in wanted.states
        and wanted.kind in ("", one.kind)
        and wanted.owner in (None, one.owner)
        and (wanted.due_before is None or (one.due is not None and one.due.date() < wanted.due_before))
    )


def _items(session: Session, places: Sequence[Place], deadlines: Deadlines) -> Iterator[WorkItem]:
    """The items that stand at these places."""
    rows: dict[int, WorkRow] = {}
    for ids in chunks([place[2] for section, place in places if section not in _OF_AUTHORIZATIONS], _SET):
        rows.update((row.id, row) for row in session.execute(select(WorkRow).where(_id.in_(ids))).scalars())
    kinds = {letter: kind for kind, letter in waiting.LETTERS.items()}
    wanted = [(kinds[place[1]], place[2]) for section, place in places if section in _OF_AUTHORIZATIONS]
    yield from (item_of(rows[place[2]]) for section, place in places if section not in _OF_AUTHORIZATIONS)
    yield from waiting.items(session, wanted, deadlines)


def _cursor(section: str, place: Sequence[Any]) -> str:
    first, second, id = place
    if section in _OF_AUTHORIZATIONS:
        return f"{section}.{first.replace(tzinfo=None).isoformat()}.{second}{id}"
    return f"{section}.{-first}.{second.isoformat()}.{id}"


def _read_cursor(after: str) -> Place:
    section, _, rest = after.partition(".")
    try:
        if section in _OF_AUTHORIZATIONS:
            moment, _, name = rest.rpartition(".")
            return section, (datetime.fromisoformat(moment).replace(tzinfo=UTC), name[:1], int(name[1:]))
        stake, until, id = rest.split(".")
        if section in _SECTIONS:
            return section, (-int(stake), date.fromisoformat(until), int(id))
    except ValueError:
        pass
    raise LedgerError(f"{after!r} is no place in this list: take what the page before it said.")
