"""Authorizations in pages. Each list has an order that an index has too, so that a page costs the same in a ledger of any size.

    all, those of a payer, a member or a number, pending     by their ids: in the order in which they came
    expiring                                                 the soonest first
    used up                                                  the most used first, of these the newest
    overdue                                                  the longest first

Those of a decision are picked out of any of these: a list by that alone looks through all, until its page is full.

A page begins behind a cursor: what the last row before it is ordered by, and its id. Rows that come meanwhile, or change, do not
move the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, literal, select, text, tuple_
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.ledger.columns import ID, Moment
from edi.ledger.questions import USUAL, HeldAuthorization, called, due_of, held
from edi.ledger.shares import FULL
from edi.ledger.tables import AuthorizationRow
from edi.linkage.amending import POSITIVE
from edi.linkage.deadlines import Deadlines, Window
from edi.records.certification import NOTICE
from edi.records.made import of_type

AT_ONCE: Final = 500
"""Rows of a page where all are wanted."""
NAMED_BY: Final = ("number", "previous", "administrative", "trace")
_id, _asked, _end, _used = (
    col(AuthorizationRow.id),
    col(AuthorizationRow.asked_at),
    col(AuthorizationRow.period_end),
    col(AuthorizationRow.used),
)
Place = tuple[Any, int]
"""What a row is ordered by, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationQuery:
    """Which authorizations are asked for: all, or those for which all that is said is so (see `Ledger.authorizations`)."""

    pending: bool = False
    expiring: tuple[date, int] | None = None
    used_up: Decimal | None = None
    overdue: datetime | None = None
    member: str = ""
    payer: str = ""
    number: str = ""
    decision: str = ""
    notices: bool = False
    """What was only asked about or told of, instead."""
    deadlines: Deadlines = USUAL


@dataclass(frozen=True, slots=True)
class AuthorizationPage:
    """Some authorizations of a list, and the cursor behind which the next page begins (None: there are no more)."""

    authorizations: tuple[HeldAuthorization, ...]
    next: str | None


def page(session: Session, wanted: AuthorizationQuery, *, limit: int, after: str = "") -> AuthorizationPage:
    """The first `limit` authorizations of a list, or those behind a cursor."""
    of_type(tuple[date, int] | None, expiring=wanted.expiring)
    start = _read_cursor(wanted, after) if after else None
    if (moment := wanted.overdue) is not None:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # in the ledger UTC stands for "as written"
        places = due_in_order(session, wanted, moment, limit + 1, start)
    else:
        places = _in_order(session, wanted, limit + 1, start)
    shown = places[:limit]
    found = {
        one.key: one for one in held(session, select(AuthorizationRow).where(_id.in_([id for _, id in shown])), wanted.deadlines)
    }
    return AuthorizationPage(
        tuple(found[str(id)] for _, id in shown), _cursor(wanted, shown[-1]) if len(places) > limit else None
    )


def everything(session: Session, wanted: AuthorizationQuery) -> Iterator[HeldAuthorization]:
    """All of a list, asked for page by page."""
    after: str | None = ""
    while after is not None:
        one = page(session, wanted, limit=AT_ONCE, after=after)
        yield from one.authorizations
        after = one.next


def _in_order(session: Session, wanted: AuthorizationQuery, limit: int, start: Place | None) -> list[Place]:
    query = _filtered(select(_by(wanted), _id), wanted)
    place = tuple_(_by(wanted), _id)
    if wanted.expiring is None and wanted.used_up is not None:
        query = query.order_by(_used.desc(), _id.desc())
        beyond = None if start is None else place < tuple_(*_bound(start))
    elif wanted.expiring is not None:
        query = query.order_by(_end, _id)
        beyond = None if start is None else place > tuple_(*_bound(start))
    else:
        query = query.order_by(_id)
        beyond = None if start is None else _id > start[1]
    if beyond is not None:
        query = query.where(beyond)
    return [(value, id) for value, id in session.execute(query.limit(limit))]


def _by(wanted: AuthorizationQuery) -> Any:
    """What a list is ordered by, before the id."""
    if wanted.expiring is not None:
        return _end
    return _used if wanted.used_up is not None else _id


def _bound(place: Place) -> tuple[Any, Any]:
    return literal(place[0]), literal(place[1], ID)


def _filtered(query: Any, wanted: AuthorizationQuery) -> Any:
    """The query of what is wanted. Of partial indices the condition is said in their own words."""
    query = query.where((col(AuthorizationRow.kind) == NOTICE) == wanted.notices)
    if wanted.pending or wanted.overdue is not None:
        query = query.where(text("authorizations.awaiting"))
    if wanted.expiring is not None:
        today, days = wanted.expiring
        until = date.fromordinal(min(today.toordinal() + days, date.max.toordinal()))
        query = query.where(_end.between(today, until), col(AuthorizationRow.decision).in_(POSITIVE))
    if wanted.used_up is not None:
        least = int((wanted.used_up * FULL).to_integral_value(ROUND_CEILING))
        query = query.where(text("authorizations.used > 0"), _used >= least)
    if wanted.member:
        query = query.where(_id.in_(called(wanted.member, ["member"])))
    if wanted.number:
        query = query.where(_id.in_(called(wanted.number, NAMED_BY)))
    if wanted.payer:
        query = query.where(col(AuthorizationRow.payer_id) == wanted.payer)
    if wanted.decision:
        query = query.where(col(AuthorizationRow.decision) == wanted.decision)
    return query


def due_in_order(session: Session, wanted: AuthorizationQuery, moment: datetime, limit: int, start: Place | None) -> list[Place]:
    """Answers are due so long after the request, by payer, urgency and day: within each of these the oldest is due first."""
    found: list[Place] = []
    for window in wanted.deadlines.windows():
        if (query := _within(wanted, window)) is None:
            continue
        query = query.where(_asked < moment - window.span)
        if start is not None:
            query = query.where(tuple_(_asked, _id) > tuple_(literal(start[0] - window.span, Moment()), literal(start[1], ID)))
        rows = session.execute(query.order_by(_asked, _id).limit(limit))
        found += [(asked_at + window.span, id) for asked_at, id in rows]
    return list(islice(sorted([*found, *_extended(session, wanted, moment, start)]), limit))


def _extended(session: Session, wanted: AuthorizationQuery, moment: datetime, start: Place | None) -> Iterator[Place]:
    """Where the payer extended its time: they are few, and each is looked at."""
    more = (AuthorizationRow.payer_id, AuthorizationRow.expedited, AuthorizationRow.decide_by, AuthorizationRow.review)
    for row in session.execute(
        _filtered(select(_id, _asked, *map(col, more)), wanted).where(col(AuthorizationRow.decide_by).is_not(None))
    ):
        due = due_of(row, wanted.deadlines)
        if due is not None and due < moment and (start is None or (due, row.id) > start):
            yield due, row.id


def _within(wanted: AuthorizationQuery, window: Window) -> Any:
    """The query of requests to which one of the payers' times applies; None where it cannot be wanted."""
    query = _filtered(select(_asked, _id), wanted).where(
        col(AuthorizationRow.expedited) == window.expedited,
        col(AuthorizationRow.decide_by).is_(None),
        func.coalesce(col(AuthorizationRow.review), "") == window.review,
    )
    named = wanted.deadlines.named()
    if window.payer is not None:
        query = query.where(col(AuthorizationRow.payer_id) == window.payer)
        if wanted.payer not in ("", window.payer):
            return None
    elif wanted.payer in named and wanted.payer:
        return None
    elif named:
        query = query.where(col(AuthorizationRow.payer_id).not_in(named))
    if window.start > date.min:
        query = query.where(_asked >= _midnight(window.start))
    return query if window.end is None else query.where(_asked < _midnight(window.end))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _cursor(wanted: AuthorizationQuery, place: Place) -> str:
    value, id = place
    if wanted.overdue is not None:
        value = value.replace(tzinfo=None).isoformat()
    elif wanted.expiring is None and wanted.used_up is None:
        return str(id)
    return f"{value}.{id}"


def _read_cursor(wanted: AuthorizationQuery, after: str) -> Place:
    value, _, id = after.rpartition(".")
    try:
        if wanted.overdue is not None:
            return datetime.fromisoformat(value).replace(tzinfo=UTC), int(id)
        if wanted.expiring is not None:
            return date.fromisoformat(value), int(id)
        return (int(value), int(id)) if wanted.used_up is not None else (int(after), int(after))
    except ValueError:
        raise LedgerError(f"{after!r} is no place in this list: take what the page before it, asked for alike, said.") from None
