"""What answers do to work about requests and refusals that persons took on: they close it, and open it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlmodel import Session, col

from edi.ledger.questions import chunks
from edi.ledger.reading import read_as
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer
from edi.ledger.tables import AuthorizationRow, EventRow, WorkEventRow, WorkRow
from edi.ledger.work.waiting import refused, undecided
from edi.ledger.work.worklist import CLOSED, OPEN, REFUSAL, REOPENED, REQUEST, WORKED, event
from edi.linkage.amending import RESTATING
from edi.records.authorization import Authorization, Decision

_SET: Final = 500
_TAKEN_ON: Final = select(WorkRow).where(
    text("work.authorization_id IS NOT NULL"),
    one_of(col(WorkRow.authorization_id), "ids"),
    col(WorkRow.kind).in_((REQUEST, REFUSAL)),
)
_ANY_TAKEN_ON: Final = _TAKEN_ON.with_only_columns(col(WorkRow.id)).limit(1)
_DECIDES: Final = col(EventRow.decision) != Decision.UNANSWERED.value
_ANSWERS: Final = select(
    col(EventRow.authorization_id), col(EventRow.made_at), col(EventRow.recorded_at), col(EventRow.record)
).where(one_of(col(EventRow.authorization_id), "ids"), col(EventRow.kind).in_(("answered", "notified")), _DECIDES)


def settle_requests(writer: Writer, session: Session, ids: Iterable[int], now: datetime | None) -> None:
    """After messages about these authorizations: the answer closes what a person had taken on, and a new question opens it again.

    What a person closed is open again when something else is undecided about it than before, or when another answer came.
    """
    rows: list[WorkRow] = []
    for chunk in chunks(sorted(set(ids)), _SET):
        if ask(session, _ANY_TAKEN_ON, ids=chunk).first() is not None:
            rows += session.execute(_TAKEN_ON, {"ids": chunk}).scalars()
    if not rows:
        return
    known = [row.authorization_id for row in rows if row.authorization_id is not None]
    left = {REQUEST: undecided(session, known), REFUSAL: refused(session, known)}
    stands: dict[int | None, list[str]] = {}
    for chunk in chunks(known, _SET):
        columns = (col(AuthorizationRow.id), col(AuthorizationRow.decision), col(AuthorizationRow.number))
        stands.update((id, rest) for id, *rest in session.execute(select(*columns).where(col(AuthorizationRow.id).in_(chunk))))
    closed = {
        id: row.closed_at for row in rows if row.closed_by and row.closed_at and (id := row.authorization_id) in left[row.kind]
    }
    anew = _answered_anew(session, closed)
    events = []
    for row in rows:
        decision, number = stands.get(row.authorization_id, ["", ""])
        new = not row.closed_by or row.reason != decision or row.authorization_id in anew
        is_left = row.authorization_id in left[row.kind]
        if is_left and row.state == CLOSED and new:
            row.state, row.closed_at, row.closed_by = (WORKED if row.owner else OPEN), None, ""
            events.append(event(writer, row.id, REOPENED, now, note=f"The request is {decision}."))
        elif not is_left and row.state != CLOSED:
            row.state, row.closed_at, row.closed_by = CLOSED, now, ""
            events.append(event(writer, row.id, CLOSED, now, note=_why(row, decision, number)))
        row.reason = decision or row.reason
    session.flush()
    writer.insert(WorkEventRow, events)


def _why(row: WorkRow, decision: str, number: str) -> str:
    """What closes it."""
    if row.kind == REFUSAL and row.reason == decision:
        return "An appeal or a change was asked for."
    said = f"{decision}{f', {number}' if number else ''}" if decision else "it is one with another request"
    return f"The payer answered: {said}."


def _answered_anew(session: Session, closed: Mapping[int, datetime]) -> set[int]:
    """Those of authorizations whose last answer came after a person had closed the work about them.

    What tells what stands (an answer to an inquiry) is another answer where it does not say what one said before.
    """
    found: set[int] = set()
    read = read_as(Authorization)
    for chunk in chunks(sorted(closed), _SET):
        known: dict[int, list[Any]] = {}
        for answer in ask(session, _ANSWERS, ids=chunk):
            known.setdefault(answer.authorization_id, []).append(answer)
        for id, answers in known.items():
            late = [one for one in answers if one.recorded_at is not None and one.recorded_at > closed[id]]
            before = [one for one in answers if one not in late]
            last = max((one.made_at.date() for one in before if one.made_at), default=date.min)
            said = [_said(read(one.record)) for one in before]
            for one in late:
                record = read(one.record)
                is_new = record.source not in RESTATING or _said(record) not in said
                if is_new and (one.made_at is None or one.made_at.date() >= last):
                    found.add(id)
    return found


def _said(answer: Authorization) -> Authorization:
    """What an answer says, whenever and however it came."""
    return replace(answer, created=None, issued=None, received=None, source="", told_by="", call_reference="")
