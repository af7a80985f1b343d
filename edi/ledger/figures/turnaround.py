"""How payers decided what was asked, and how long they took: the figures that CMS-0057-F asks of payers, from our own ledger.

A request counts once, on the day on which it was made; its decision is the next answer that decides (a pend does not). An answer
to an appeal (UM02 1, 2 or N) counts as such, not as another request. A cancellation (UM02 3) is the practice's and no request:
what waited when it was asked for, and the payer agreed, was cancelled, and has no time; what was decided stays so. What came
without its request is decided, and has no time; what was rejected (AAA) is answered, not decided, and has none
either. What was not taken in (TA1, 999) was not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from statistics import median
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.tables import AuthorizationRow, EventRow
from edi.linkage.amending import APPEALING, CANCELLING, CERTIFIED
from edi.records.made import of_type
from edi.records.response import Decision

REJECTED: Final = "rejected"
_COUNTED: Final = ("requested", "answered", "notified")
"""Kinds of messages that ask for a decision or may tell of one; an inquiry and an acknowledgment are neither."""
_OUTCOMES: Final = {
    Decision.CERTIFIED: "approved",
    Decision.MODIFIED: "modified",
    Decision.PARTLY_CERTIFIED: "modified",
    Decision.DENIED: "denied",
    Decision.NOT_REQUIRED: "not-required",
    Decision.CANCELLED: "cancelled",
    Decision.REJECTED: REJECTED,
}
"""What a decision counts as; one that is not here leaves the request waiting."""
OUTCOMES: Final = ("approved", "modified", "denied", "not-required", "cancelled", REJECTED, "pended", "unanswered")


@dataclass(slots=True, eq=False)
class Asked:
    """One request, or a decision that came without one."""

    day: date | None
    expedited: bool
    made_at: datetime | None = None
    outcome: str = "unanswered"
    pended: bool = False
    """Whether it was pended before it was decided."""
    took: timedelta | None = None
    approved_on_appeal: bool = False
    extended: bool = False
    """Whether the payer, when it pended it, said until when it decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnaround:
    """One payer's requests of one urgency."""

    payer_id: str
    payer: str
    expedited: bool
    requests: int
    outcomes: dict[str, int] = field(default_factory=dict)
    """How many had each of OUTCOMES."""
    approved_after_appeal: int
    pended_first: int
    """Decided after a pend."""
    extended: int
    """Of which the payer extended its time; `extended_approved` of these."""
    extended_approved: int
    timed: int
    """How many have a time: request and decision are known."""
    average: timedelta | None
    median: timedelta | None

    def share(self, outcome: str) -> float | None:
        """The part of all requests with an outcome; None where there is no request."""
        return self.outcomes[outcome] / self.requests if self.requests else None

    def to_json(self) -> dict[str, Any]:
        return {
            "payer_id": self.payer_id,
            "payer": self.payer,
            "expedited": self.expedited,
            "requests": self.requests,
            "outcomes": {name: {"count": self.outcomes[name], "share": _rounded(self.share(name))} for name in OUTCOMES},
            "approved_after_appeal": self.approved_after_appeal,
            "pended_first": self.pended_first,
            "extended": self.extended,
            "extended_approved": self.extended_approved,
            "timed": self.timed,
            "average_hours": hours(self.average),
            "median_hours": hours(self.median),
        }


def turnaround(session: Session, *, payer: str = "", start: date | None = None, end: date | None = None) -> list[Turnaround]:
    """The figures of each payer (by id, else name), standard before expedited, for requests made from `start` to `end`."""
    of_type(date | None, start=start, end=end)
    query = (
        select(
            col(EventRow.authorization_id),
            col(AuthorizationRow.payer_id),
            col(AuthorizationRow.payer_name),
            col(EventRow.kind),
            col(EventRow.decision),
            col(EventRow.certification_type),
            col(EventRow.day),
            col(EventRow.made_at),
            col(EventRow.expedited),
            col(EventRow.decide_by),
        )
        .join(AuthorizationRow, col(AuthorizationRow.id) == col(EventRow.authorization_id))
        .where(col(EventRow.kind).in_(_COUNTED), col(EventRow.refused) == "")
        .order_by(
            col(EventRow.authorization_id),
            col(EventRow.day),
            col(EventRow.kind).desc(),
            col(EventRow.certification_type) == CANCELLING,  # what amends comes last on its day, whichever came first
            col(EventRow.id),
        )
        .execution_options(yield_per=1000)
    )
    if payer:
        query = query.where(col(AuthorizationRow.payer_id) == payer)
    found: dict[tuple[str, str], list[Asked]] = {}
    for _, life in groupby(session.execute(query), key=lambda row: row[0]):
        rows = list(life)
        requests = [one for one in _asked(row[3:] for row in rows) if _within(one.day, start, end)]
        name = rows[0][1] or rows[0][2], rows[0][2]
        found.setdefault(name, []).extend(requests)
    figures = [_figures(id, name, urgent, requests) for (id, name), requests in found.items() for urgent in (False, True)]
    return sorted((one for one in figures if one.requests), key=lambda one: (one.payer, one.payer_id, one.expedited))


def _asked(events: Iterable[Any]) -> Iterator[Asked]:
    """The requests of one authorization, with what became of each."""
    waiting: list[Asked] = []
    told: list[Asked] = []
    cancelling: list[Asked] | None = None
    """What waited when a cancellation was asked for; None: it was not, or not known to be."""
    for kind, decision, change, day, made_at, expedited, decide_by in events:
        if change == CANCELLING:
            if kind == "requested":
                cancelling = waiting[:]
            elif Decision(decision) in CERTIFIED:
                gone = [asked for asked in waiting if cancelling is None or asked in cancelling]
                for asked in gone:
                    asked.outcome = "cancelled"
                waiting = [asked for asked in waiting if asked not in gone]
            continue
        if kind == "requested":
            if change not in APPEALING:
                waiting.append(Asked(day=day, expedited=bool(expedited), made_at=made_at))
                told.append(waiting[-1])
            continue
        outcome = _OUTCOMES.get(Decision(decision))
        if change in APPEALING and told:
            told[-1].approved_on_appeal = told[-1].approved_on_appeal or outcome in ("approved", "modified")
        elif outcome is None:
            if waiting and decision == Decision.PENDED.value:
                waiting[0].outcome, waiting[0].pended = "pended", True
                waiting[0].extended = waiting[0].extended or decide_by is not None
        elif waiting:
            asked = waiting.pop(0)
            asked.outcome = outcome
            if outcome != REJECTED and asked.made_at and made_at and made_at >= asked.made_at:
                asked.took = made_at - asked.made_at
        elif not told:
            told.append(Asked(day=day, expedited=bool(expedited), outcome=outcome))
    yield from told


def _within(day: date | None, start: date | None, end: date | None) -> bool:
    if start is None and end is None:
        return True
    return day is not None and (start is None or day >= start) and (end is None or day <= end)


def _figures(payer_id: str, payer: str, expedited: bool, requests: Iterable[Asked]) -> Turnaround:
    mine = [one for one in requests if one.expedited is expedited]
    times = [one.took for one in mine if one.took is not None]
    return Turnaround(
        payer_id=payer_id,
        payer=payer,
        expedited=expedited,
        requests=len(mine),
        outcomes={name: sum(one.outcome == name for one in mine) for name in OUTCOMES},
        approved_after_appeal=sum(one.approved_on_appeal for one in mine),
        pended_first=sum(one.pended and one.outcome != "pended" for one in mine),
        extended=sum(one.extended for one in mine),
        extended_approved=sum(one.extended and one.outcome in ("approved", "modified") for one in mine),
        timed=len(times),
        average=sum(times, timedelta()) / len(times) if times else None,
        median=timedelta(seconds=median(time.total_seconds() for time in times)) if times else None,
    )


def hours(span: timedelta | None) -> float | None:
    """A time in hours, to one place."""
    return None if span is None else round(span.total_seconds() / 3600, 1)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
