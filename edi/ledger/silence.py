"""Claims of which nothing was heard: sent, and for too long neither acknowledged further, nor rejected, nor paid.

The time runs from when the claim was taken as sent, or from the last acknowledgment of it; how long is too long is a payer's
setting (`silence` in [payers]). Only claims that were sent to somebody from whom answers are taken can be silent: where payments
come into another system, nothing is missing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlmodel import Session, col

from edi.ledger.answer_tables import ClaimAnswerRow
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.sendings import LONG_AGO, last_ones, sendings
from edi.ledger.storing import Writer
from edi.ledger.tables import ClaimRow, InterchangeRow, PaymentRow, TransactionRow, WorkRow
from edi.ledger.work.worklist import CLOSED, SILENCE, WorkItem, settle
from edi.linkage.deadlines import Deadlines
from edi.linkage.placement import not_applicable
from edi.records.claim import Claim
from edi.records.made import of_type

_CLAIMS: Final = "837"
_ANSWERS: Final = ("835", "999", "997", "277")
_ASK: Final = "Ask the payer for the claim's status (276); where it has none, send the claim again as new (frequency 1)."


def settle_silence(session: Session, writer: Writer, today: date, deadlines: Deadlines, now: datetime | None) -> None:
    """Open work for claims that are silent as of a day, and close it for those that no longer are."""
    of_type(date, today=today)
    silent = [(item, f"Nothing was heard as of {today}.") for item in _silent(session, today, deadlines)]
    mine = (col(WorkRow.kind) == SILENCE, col(WorkRow.state) != CLOSED)
    subjects = session.execute(select(col(WorkRow.subject)).where(*mine)).scalars().all()
    settle(writer, session, silent, dict.fromkeys(subjects, "An answer came, or the claim was sent again."), now)


def _silent(session: Session, today: date, deadlines: Deadlines) -> Iterator[WorkItem]:
    until = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    waiting = _unanswered(session, until - deadlines.shortest_silence())
    last = last_ones(sendings(session, waiting).values()).intersection(waiting)
    read = read_as(Claim)
    columns = (ClaimRow.id, ClaimRow.claim, ClaimRow.payer_id, ClaimRow.payer_name, ClaimRow.charge, ClaimRow.sent_at)
    for ids in chunks(sorted(last), NAMES):
        heard = _heard(session, ids)
        query = select(*map(col, columns), col(ClaimRow.record)).where(col(ClaimRow.id).in_(ids), ~col(ClaimRow.rejected))
        for row in session.execute(query.order_by(col(ClaimRow.id))):
            since = max(row.sent_at or LONG_AGO, heard.get(row.id, LONG_AGO))
            if since + deadlines.silence(row.payer_id) < until and not not_applicable(read(row.record)):
                yield WorkItem(
                    subject=f"silence:{row.id}",
                    kind=SILENCE,
                    claim=row.claim,
                    payer=row.payer_name or row.payer_id,
                    payer_id=row.payer_id,
                    reason=f"silent since {since:%Y-%m-%d}",
                    amount=row.charge,
                    action=_ASK,
                )


def _unanswered(session: Session, before: datetime) -> set[int]:
    """The claims that were sent before a moment, to somebody from whom answers are taken, and have no payment."""
    holds = (col(TransactionRow.interchange_id) == col(InterchangeRow.id), col(TransactionRow.set) == _CLAIMS)
    answers = (
        select(col(InterchangeRow.sender))
        .join(TransactionRow, col(TransactionRow.interchange_id) == col(InterchangeRow.id))
        .where(col(TransactionRow.set).in_(_ANSWERS))
    )
    sent = select(col(InterchangeRow.id)).where(
        col(InterchangeRow.taken_at) < before, exists().where(*holds), col(InterchangeRow.receiver).in_(answers)
    )
    found: set[int] = set()
    for interchanges in chunks(session.execute(sent).scalars().all(), NAMES):
        paid = exists().where(col(PaymentRow.claim_id) == col(ClaimRow.id))
        mine: Any = select(col(ClaimRow.id)).where(col(ClaimRow.interchange_id).in_(interchanges), ~paid)
        found.update(session.execute(mine).scalars())
    return found


def _heard(session: Session, claims: Collection[int]) -> dict[int, datetime]:
    """When the last acknowledgment of each of these claims was taken."""
    found: dict[int, datetime] = {}
    own = select(col(ClaimAnswerRow.claim_id), col(ClaimAnswerRow.recorded_at)).where(col(ClaimAnswerRow.claim_id).in_(claims))
    of_sets = (
        select(col(ClaimRow.id), col(ClaimAnswerRow.recorded_at))
        .join(ClaimAnswerRow, col(ClaimAnswerRow.answered_id) == col(ClaimRow.interchange_id))
        .where(
            col(ClaimRow.id).in_(claims),
            col(ClaimRow.set_position).between(col(ClaimAnswerRow.first_set), col(ClaimAnswerRow.last_set)),
        )
    )
    for id, moment in (*session.execute(own), *session.execute(of_sets)):
        found[id] = max(found.get(id, LONG_AGO), moment or LONG_AGO)
    return found
