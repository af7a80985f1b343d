"""A claim that is sent more than once: in which order, and which sending is the last.

The order is that in which they were sent, by the clock and the control numbers of their interchanges, not that in which they
were taken. A practice may number claims by the account, so one of other dates is another claim.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow, InterchangeRow, TransactionRow
from edi.linkage.replacing import LATE_CHARGES
from edi.records.claim import AGAIN

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
"""For what has no moment."""
_CLAIMS: Final = "837"
_SENT: Final[Any] = func.coalesce(col(InterchangeRow.sent), col(ClaimRow.sent_at))
_WHEN: Final = (
    select(col(ClaimRow.id), _SENT, func.coalesce(col(InterchangeRow.control), ""))
    .join(InterchangeRow, col(InterchangeRow.id) == col(ClaimRow.interchange_id), isouter=True)
    .where(one_of(col(ClaimRow.id), "ids"))
)
_SENDINGS: Final = (
    select(
        col(ClaimRow.id),
        col(ClaimRow.claim),
        col(ClaimRow.billing_id),
        col(ClaimRow.period_start),
        col(ClaimRow.period_end),
        _SENT,
        func.coalesce(col(InterchangeRow.control), ""),
        col(ClaimRow.denied),
        col(ClaimRow.denied_lines),
        col(ClaimRow.rejected),
        col(ClaimRow.interchange_id),
        col(ClaimRow.set_position),
        col(ClaimRow.charge),
        col(ClaimRow.frequency),
    )
    .join(InterchangeRow, col(InterchangeRow.id) == col(ClaimRow.interchange_id), isouter=True)
    .where(col(ClaimRow.claim).in_(select(col(ClaimRow.claim)).where(one_of(col(ClaimRow.id), "ids"))))
)
_LAST: Final = (
    select(_SENT, func.coalesce(col(InterchangeRow.control), ""), col(ClaimRow.interchange_id))
    .select_from(ClaimRow)
    .join(InterchangeRow, col(InterchangeRow.id) == col(ClaimRow.interchange_id), isouter=True)
    .where(col(ClaimRow.id) == bindparam("id"))
)
_LATER: Final = (
    select(col(InterchangeRow.id))
    .where(
        or_(
            col(InterchangeRow.sent) > bindparam("sent"),
            and_(col(InterchangeRow.sent) == bindparam("sent"), col(InterchangeRow.control) > bindparam("control")),
        ),
        col(InterchangeRow.id) != bindparam("first"),
        exists().where(col(TransactionRow.interchange_id) == col(InterchangeRow.id), col(TransactionRow.set) == _CLAIMS),
    )
    .limit(1),
    select(col(ClaimRow.id)).where(col(ClaimRow.interchange_id).is_(None), col(ClaimRow.sent_at) > bindparam("sent")).limit(1),
)
"""What was sent later than claims of a moment and a control number: other interchanges, and claims of none."""


class Sending(NamedTuple):
    """A claim as it was sent once."""

    id: int
    claim: str
    billing_id: str
    start: date | None
    end: date | None
    sent: datetime | None
    control: str
    denied: bool
    denied_lines: str
    rejected: bool
    interchange_id: int | None
    set_position: int | None
    charge: Decimal
    frequency: str

    @property
    def order(self) -> tuple[datetime, str, int]:
        return self.sent or LONG_AGO, self.control, self.id

    def is_again(self, other: Sending) -> bool:
        """Whether it is the other one, sent another time, or in its place. Late charges come beside what they are late for."""
        if (self.claim, self.billing_id) != (other.claim, other.billing_id):
            return False
        kinds = {self.frequency, other.frequency}
        if LATE_CHARGES in kinds and len(kinds) > 1 and kinds.isdisjoint(AGAIN):
            return False
        known = self.start and self.end and other.start and other.end
        return not known or (self.start <= other.end and other.start <= self.end)  # type: ignore[operator]  # they are known


def sendings(session: Session, claims: Collection[int]) -> dict[int, Sending]:
    """All sendings under the numbers (CLM01) of these claims, by their ids, in the order in which they were sent."""
    found: list[Sending] = []
    for ids in chunks(sorted(claims), NAMES):
        found += [Sending(*row) for row in ask(session, _SENDINGS, ids=ids)]
    return {one.id: one for one in sorted(found, key=lambda one: one.order)}


def last_ones(found: Iterable[Sending]) -> set[int]:
    """The ids of those (in their order) that were not sent again."""
    by_name: dict[tuple[str, str], list[Sending]] = {}
    for one in found:
        by_name.setdefault((one.claim, one.billing_id), []).append(one)
    return {
        one.id
        for same in by_name.values()
        for n, one in enumerate(same)
        if not any(later.is_again(one) for later in same[n + 1 :])
    }


def in_order(session: Session, claims: Sequence[int]) -> list[int]:
    """These claims in the order in which they were sent."""
    found: list[tuple[datetime, str, int]] = []
    for ids in chunks(sorted(claims), NAMES):
        found += [(sent or LONG_AGO, control, id) for id, sent, control in ask(session, _WHEN, ids=ids)]
    return [id for *_, id in sorted(found)]


def came_late(session: Session, claims: Sequence[int]) -> bool:
    """Whether claims that were sent later than the last of these were taken before them."""
    last = in_order(session, claims)[-1]
    sent, control, first = ask(session, _LAST, id=last).one()
    if sent is None:
        return False
    known = {"sent": sent, "control": control, "first": first or 0}
    return any(ask(session, query, **known).first() is not None for query in _LATER)
