"""What is work by what is known of authorizations: requests that the payer did not decide, what it refused, and what ends.

Nothing of it is kept while nobody has taken it on, so it is right at any time. Who has it, and that it was closed, is a row of
work; an answer closes that row, and what is undecided again opens it (`edi.ledger.work.answered`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select, text, union
from sqlmodel import Session, col

from edi.ledger import listing
from edi.ledger.questions import USUAL, HeldAuthorization, chunks, due_of, held
from edi.ledger.reading import read_as
from edi.ledger.shares import FULL
from edi.ledger.tables import UNDECIDED, AuthorizationRow, EventRow, IdentifierRow, ServiceRow, WorkRow
from edi.ledger.work.worklist import CLOSED, EXPIRING, OPEN, REFUSAL, REQUEST, WorkItem
from edi.linkage.amending import POSITIVE
from edi.linkage.deadlines import Deadlines
from edi.linkage.history import REFUSING
from edi.linkage.quantities import counted
from edi.linkage.remarks import next_step
from edi.records.authorization import Decision
from edi.records.certification import NOTICE, Authorization

_SET: Final = 500
_LAST: Final = 2**62
"""Behind every id."""
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""When that is due of which nothing is said."""
Place = tuple[datetime, str, int]
LETTERS: Final = {REQUEST: "A", REFUSAL: "R", EXPIRING: "E"}
"""The kinds of this work, and how each item's name begins."""
_PREFIXES: Final = {REQUEST: "authorization", REFUSAL: "refusal", EXPIRING: "expiring"}
_UNDATED: Final = 60
"""Days for which what was refused is work of which no last day is told: for so long an appeal can be asked for, as a rule."""


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request, or an authorization that is refused or ends, by its id; until when, and who has it in which state."""

    due: datetime | None
    kind: str
    id: int
    state: str = OPEN
    owner: str = ""

    @property
    def place(self) -> Place:
        """Where it stands in the list: the nearest deadline first, what has none last."""
        return (self.due or NEVER, LETTERS[self.kind], self.id)


def waiting(
    session: Session,
    today: date,
    deadlines: Deadlines,
    *,
    expiring: int | None,
    payer: str = "",
    asked: bool | None = None,
) -> list[WaitingRequest]:
    """All that waits, in its order, with what persons did about it; `expiring` are the days within which authorizations end.

    `asked`: of requests those for which the payer waits for something of ours, or the others.
    """
    others = () if asked else _others(session, today, expiring, payer)
    found = [*_requests(session, deadlines, payer, asked), *others]
    taken = _rows(session)
    if taken:
        found = [_with(one, taken.get((one.kind, one.id))) for one in found]
    return sorted(found, key=lambda one: one.place)


def soonest(
    session: Session, within: tuple[date, int | None], deadlines: Deadlines, *, alone: bool, limit: int, start: Place | None
) -> list[WaitingRequest]:
    """The first of all that waits for others and is not closed, or the first behind a place: what is due is found by an index.

    `within`: today, and the days within which authorizations end; `alone`: only requests.
    """
    taken = _rows(session)
    ours = set(session.execute(select(col(AuthorizationRow.id)).where(text("authorizations.wanted"))).scalars())
    many = limit + len(ours) + sum(row.state == CLOSED for row in taken.values())
    others = () if alone else _others(session, *within, "")
    found = [one for one in others if start is None or one.place > start]
    if start is None or start[0] < NEVER:
        behind = None if start is None else (start[0], start[2] if start[1] == LETTERS[REQUEST] else _LAST)
        for notices in (False, True):
            wanted = listing.AuthorizationQuery(overdue=NEVER, notices=notices, deadlines=deadlines)
            places = listing.due_in_order(session, wanted, NEVER, many, behind)
            found += [WaitingRequest(due, REQUEST, id) for due, id in places]
    if len(found) < many:
        rest = (one for one in _requests(session, deadlines, "", asked=False) if one.due is None)
        found += [one for one in rest if start is None or one.place > start]
    found = [one for one in found if one.kind != REQUEST or one.id not in ours]
    left = [one for one in (_with(one, taken.get((one.kind, one.id))) for one in found) if one.state != CLOSED]
    return sorted(left, key=lambda one: one.place)[:limit]


def count(session: Session, today: date, expiring: int | None, *, alone: bool) -> int:
    """How much waits and is not closed; `alone`: of requests."""
    closed = {key for key, row in _rows(session).items() if row.state == CLOSED}
    others = 0 if alone else sum((one.kind, one.id) not in closed for one in _others(session, today, expiring, ""))
    query = select(func.count()).select_from(AuthorizationRow).where(_undecided())
    done = undecided(session, [id for kind, id in closed if kind == REQUEST])
    return others + (session.execute(query).scalar() or 0) - len(done)


def _rows(session: Session) -> dict[tuple[str, int], WorkRow]:
    """What persons took on, by its kind and authorization."""
    rows = session.execute(select(WorkRow).where(text("work.authorization_id IS NOT NULL"))).scalars()
    return {(row.kind, row.authorization_id): row for row in rows if row.authorization_id is not None}


def _with(one: WaitingRequest, row: WorkRow | None) -> WaitingRequest:
    return one if row is None else WaitingRequest(one.due, one.kind, one.id, row.state, row.owner)


def _requests(session: Session, deadlines: Deadlines, payer: str, asked: bool | None) -> Iterator[WaitingRequest]:
    columns = (AuthorizationRow.id, AuthorizationRow.awaiting, AuthorizationRow.payer_id, AuthorizationRow.asked_at)
    more = (AuthorizationRow.expedited, AuthorizationRow.decide_by, AuthorizationRow.review)
    query = select(*map(col, (*columns, *more))).where(text("authorizations.wanted") if asked else _undecided())
    if asked is False:
        query = query.where(text("authorizations.wanted IS NOT TRUE"))
    for row in session.execute(_of_payer(query, payer)):
        due = due_of(row, deadlines) if row.awaiting else None
        yield WaitingRequest(due, REQUEST, row.id)


def _others(session: Session, today: date, expiring: int | None, payer: str) -> Iterator[WaitingRequest]:
    yield from _refusals(session, today, payer)
    yield from _ending(session, today, expiring, payer)


def _refusals(session: Session, today: date, payer: str) -> Iterator[WaitingRequest]:
    """What was refused while its days are not over; of which no last day is told, what was refused lately."""
    end = col(AuthorizationRow.period_end)
    lately = col(AuthorizationRow.issued) >= date.fromordinal(max(today.toordinal() - _UNDATED, 1))
    dated = end.between(today, date.max - timedelta(1))
    days = or_(dated, and_(or_(end.is_(None), end == date.max), lately))
    query = select(col(AuthorizationRow.id), col(AuthorizationRow.period_start)).where(*_REFUSED, days)
    for id, day in session.execute(_of_payer(query, payer)):
        yield WaitingRequest(_midnight(day) if day else None, REFUSAL, id)


def _ending(session: Session, today: date, expiring: int | None, payer: str) -> Iterator[WaitingRequest]:
    if expiring is None:
        return
    until = date.fromordinal(min(today.toordinal() + expiring, date.max.toordinal()))
    end = col(AuthorizationRow.period_end)
    query = select(col(AuthorizationRow.id), end).where(end.between(today, until), *_USABLE)
    for id, day in session.execute(_of_payer(query, payer)):
        yield WaitingRequest(_midnight(day), EXPIRING, id)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_REFUSED: Final = (text("authorizations.refused"), text("NOT authorizations.awaiting"))
"""Authorizations of which nothing is waited for: else they are a request."""
_USABLE: Final = (
    col(AuthorizationRow.decision).in_(POSITIVE),
    col(AuthorizationRow.kind) != NOTICE,
    col(AuthorizationRow.used) < FULL,
)
"""Authorizations that are not used up: claims of them may still come."""


def _undecided() -> Any:
    """Requests without their answer, pended, rejected (AAA), to be talked over."""
    conditions = ("authorizations.awaiting", f"authorizations.{UNDECIDED}")
    return col(AuthorizationRow.id).in_(union(*(select(col(AuthorizationRow.id)).where(text(each)) for each in conditions)))


def _of_payer(query: Any, payer: str) -> Any:
    """Of one payer, by its id or as the list names it."""
    return (
        query.where(or_(col(AuthorizationRow.payer_id) == payer, col(AuthorizationRow.payer_name) == payer)) if payer else query
    )


def undecided(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of these authorizations that the payer did not decide."""
    return _those(session, ids, _undecided())


def usable(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of these authorizations that claims may still use."""
    return _those(session, ids, *_USABLE)


def refused(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of these authorizations that were refused, wholly or in part, and of which nothing is waited for."""
    return _those(session, ids, *_REFUSED)


def _those(session: Session, ids: Sequence[int], *conditions: Any) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(sorted(ids), _SET):
        query = select(col(AuthorizationRow.id)).where(col(AuthorizationRow.id).in_(chunk), *conditions)
        found.update(session.execute(query).scalars())
    return found


def items(session: Session, wanted: Sequence[tuple[str, int]], deadlines: Deadlines = USUAL) -> list[WorkItem]:
    """The work of these kinds about these authorizations (by id), in their order; what is no authorization is left out."""
    found: dict[tuple[str, int], WorkItem] = {}
    for chunk in chunks([id for kind, id in wanted if kind == REQUEST], _SET):
        found.update(((REQUEST, id), item) for id, item in _request_items(session, chunk, deadlines))
    for made, what in ((_ending_item, EXPIRING), (_refused_item, REFUSAL)):
        for chunk in chunks([id for kind, id in wanted if kind == what], _SET):
            query = select(AuthorizationRow).where(col(AuthorizationRow.id).in_(chunk))
            found.update(((what, int(one.key)), made(one)) for one in held(session, query, deadlines))
    rows: dict[tuple[str, int | None], WorkRow] = {}
    for chunk in chunks([id for _, id in wanted], _SET):
        mine = select(WorkRow).where(text("work.authorization_id IS NOT NULL"), col(WorkRow.authorization_id).in_(chunk))
        rows.update(((row.kind, row.authorization_id), row) for row in session.execute(mine).scalars())
    return [_taken(found[one], rows.get(one)) for one in wanted if one in found]


def _taken(item: WorkItem, row: WorkRow | None) -> WorkItem:
    """An item, with what persons did about it. What is closed is told as it was then."""
    if row is None:
        return item
    known = replace(item, state=row.state, owner=row.owner, minutes=row.minutes, opened=row.opened_at)
    return replace(known, reason=row.reason, action=row.action) if row.state == CLOSED else known


def _request_items(session: Session, ids: Sequence[int], deadlines: Deadlines) -> Iterator[tuple[int, WorkItem]]:
    traces = (col(IdentifierRow.authorization_id) == col(AuthorizationRow.id), col(IdentifierRow.kind) == "trace")
    not_found = exists().where(
        col(EventRow.authorization_id) == col(AuthorizationRow.id), col(EventRow.kind) == "inquiry-refused"
    )
    name = select(func.min(col(IdentifierRow.value))).where(*traces).scalar_subquery()
    left = _left(session, ids)
    for row, trace, asked in session.execute(select(AuthorizationRow, name, not_found).where(col(AuthorizationRow.id).in_(ids))):
        due = due_of(row, deadlines) if row.awaiting else None
        yield (
            row.id,
            WorkItem(
                item=f"A{row.id}",
                subject=subject(REQUEST, row.id),
                kind=REQUEST,
                authorization=row.number or trace or "",
                patient=row.patient,
                payer=row.payer_name,
                payer_id=row.payer_id,
                reason=row.decision,
                deadline=due.date() if due else None,
                action=_next(row, left.get(row.id, {}), asked=asked),
            ),
        )


def _ending_item(one: HeldAuthorization) -> WorkItem:
    left = [
        f"{counted(service.certified - service.used, service.unit)} of {service.procedure}".removesuffix(" of ")
        for service in one.services
        if service.certified is not None and service.certified > service.used
    ]
    return WorkItem(
        item=f"E{one.key}",
        subject=subject(EXPIRING, int(one.key)),
        kind=EXPIRING,
        authorization=one.number,
        patient=one.patient,
        payer=one.payer,
        payer_id=one.payer_id,
        reason=f"{', '.join(left)} left" if left else "not used up",
        deadline=one.end,
        action="Bill what was done; ask for an extension before it ends where more is to come.",
    )


def _refused_item(one: HeldAuthorization) -> WorkItem:
    denied = "denied"
    names = "" if one.decision == denied else ", ".join(s.procedure for s in one.services if s.decision == denied)
    talk = "ask for a peer-to-peer talk or appeal before the service"
    less = f"Less was certified than was asked for: {talk}, where the rest is needed."
    return WorkItem(
        item=f"R{one.key}",
        subject=subject(REFUSAL, int(one.key)),
        kind=REFUSAL,
        authorization=one.number or one.trace,
        patient=one.patient,
        payer=one.payer,
        payer_id=one.payer_id,
        reason=one.decision,
        deadline=one.start,
        action=f"{names or 'It'} was refused: {talk}, or call it off." if names or one.decision == denied else less,
    )


def subject(kind: str, id: int) -> str:
    """The name in the ledger of what is work about an authorization."""
    return f"{_PREFIXES[kind]}:{id}"


def _left(session: Session, ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """By authorization the services that are pended, and those that no answer names."""
    found: dict[int, dict[str, list[str]]] = {}
    columns = (ServiceRow.authorization_id, ServiceRow.decision)
    names = (ServiceRow.code, ServiceRow.revenue_code, ServiceRow.service_type)
    wanted = col(ServiceRow.decision).in_((_PENDED, Decision.UNANSWERED.value))
    query = select(*map(col, (*columns, *names))).where(col(ServiceRow.authorization_id).in_(ids), wanted)
    for id, decision, *called in session.execute(query.order_by(col(ServiceRow.position))):
        found.setdefault(id, {}).setdefault(decision, []).append(next(filter(None, called), "a service"))
    return found


def _next(row: AuthorizationRow, left: Mapping[str, Sequence[str]], *, asked: bool) -> str:
    """What to do about what was not decided, of which these services are `left`; `asked`: the payer was, and did not find it."""
    if row.source in REFUSING:
        return f"The {row.source} rejected it, and it was never processed: mend it by the reasons given, and send it again."
    if row.kind == NOTICE:
        return "What was told to the payer, or asked of it, was refused: mend it by the payer's reasons, and send it again."
    if asked and row.decision == "unanswered":
        return "The payer was asked, and does not find the request: send it again, or call."
    if said := next_step(read_as(Authorization)(row.record)):
        return said
    if row.decision in _WAITING:
        return _WAITING[row.decision]
    if _PENDED in left:
        return f"Send what the payer still wants for {', '.join(left[_PENDED])}, or ask when it decides."
    unnamed = ", ".join(left.get(Decision.UNANSWERED.value, ()))
    return f"Ask the payer for what it left open: {f'{unnamed}, which its answer does not name' if unnamed else _CHANGE}."


_PENDED: Final = Decision.PENDED.value
_CHANGE: Final = "the change that was requested"
_WAITING: Final = {
    "unanswered": "Ask the payer for the answer to the request.",
    "pended": "Send what the payer still wants, or ask when it decides.",
    "rejected": "The request could not be processed: mend it by the payer's reasons, and send it again.",
    "contact-payer": "Call the payer: it does not decide this by an answer.",
}
