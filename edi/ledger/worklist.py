"""What a person does next, by money and deadline.

Denials and claims that could not be linked are kept as work until something settles them (a payment for the claim, whatever
it says, settles that it could not be linked); requests without an answer are work as long as they wait. The same subject is
the same work, however often it is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import exists, func, select, text, union, update
from sqlmodel import Session, col

from edi.ledger.questions import chunks, due_of
from edi.ledger.storing import Writer
from edi.ledger.tables import UNDECIDED, AuthorizationRow, EventRow, IdentifierRow, WorkRow
from edi.linkage.deadlines import Deadlines
from edi.linkage.verdict import Row, money
from edi.records.certification import NOTICE

DENIAL: Final = "denial"
LINK: Final = "link"
REQUEST: Final = "request"
REJECTION: Final = "rejection"
SILENCE: Final = "silence"
_SET: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing to do: about what (`subject` is its name in the ledger), what is at stake, until when, and the next action."""

    subject: str
    kind: str
    """denial, link (a claim that got no number), request (no answer yet), rejection (the claim did not come in), silence."""
    claim: str = ""
    line: str = ""
    authorization: str = ""
    """Its number; of a request that has none yet, the trace by which `Ledger.authorization` finds it."""
    patient: str = ""
    """Of a request: there is no claim to know it by."""
    payer: str = ""
    reason: str
    """The finding's kind, the verdict, or the decision that is waited for."""
    amount: Decimal | None = None
    deadline: date | None = None
    action: str
    opened: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "kind": self.kind,
            "claim": self.claim,
            "line": self.line or None,
            "authorization": self.authorization,
            "patient": self.patient or None,
            "payer": self.payer,
            "reason": self.reason,
            "amount": None if self.amount is None else money(self.amount),
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "action": self.action,
            "opened": self.opened.isoformat() if self.opened else None,
        }


def open_items(session: Session, today: date, deadlines: Deadlines) -> list[WorkItem]:
    """What is open: the most money first, then the nearest deadline; what is late by `today` before what is not.

    A payer's own lateness with an answer goes before nobody's money.
    """
    kept = session.execute(select(WorkRow).where(col(WorkRow.state) == "open")).scalars()
    items = [_item(row) for row in kept] + _waiting(session, deadlines)

    def order(item: WorkItem) -> tuple[bool, Decimal, date, str]:
        late = item.deadline is not None and item.deadline < today and item.kind != REQUEST
        return (not late, -(item.amount or Decimal(0)), item.deadline or date.max, item.subject)

    return sorted(items, key=order)


def open_subjects(session: Session, kind: str, claims: Sequence[str]) -> set[str]:
    """The subjects of the open work of a kind about these claims."""
    found: set[str] = set()
    for chunk in chunks(claims, _SET):
        mine = (col(WorkRow.kind) == kind, col(WorkRow.state) == "open", col(WorkRow.claim).in_(chunk))
        found.update(session.execute(select(col(WorkRow.subject)).where(*mine)).scalars())
    return found


def settle(writer: Writer, session: Session, items: Iterable[WorkItem], done: Iterable[str], now: datetime | None) -> None:
    """Open `items` (or bring them up to date, or open them again) and close the subjects in `done`."""
    wanted = {item.subject: item for item in items}
    settled = sorted(set(done) - set(wanted))
    there: dict[str, int] = {}
    for chunk in chunks(sorted(wanted), _SET):
        there.update(
            (subject, id)
            for subject, id in session.execute(
                select(col(WorkRow.subject), col(WorkRow.id)).where(col(WorkRow.subject).in_(chunk))
            )
        )
    fresh = [item for subject, item in wanted.items() if subject not in there]
    writer.insert(WorkRow, [_row(writer.new_id(WorkRow), item) | {"opened_at": now, "owner": ""} for item in fresh])
    changes = [_row(id, wanted[subject]) for subject, id in there.items()]
    if changes:
        session.execute(update(WorkRow), changes)
    for chunk in chunks(settled, _SET):
        closing = update(WorkRow).where(col(WorkRow.subject).in_(chunk), col(WorkRow.state) == "open")
        session.execute(closing.values(state="closed", closed_at=now))


def settle_links(writer: Writer, session: Session, rows: Iterable[Row], now: datetime | None) -> None:
    """Open work for claims that could not be linked, and close what an earlier link had opened for the same claims.

    What is denied is work already, with the same dollars: that the claim cannot be linked, still or again, adds none.
    """
    told = list(rows)
    claims = sorted({row.claim for row in told})
    denied = _denied(session, claims)
    items = [_link_item(row) for row in told if not row.verdict.settled and not _overlaps(row, denied.get(row.claim))]
    settle(writer, session, items, open_subjects(session, LINK, claims), now)


def _denied(session: Session, claims: Sequence[str]) -> dict[str, set[str]]:
    """The lines with an open denial, by claim; "" is a denial of the whole claim."""
    found: dict[str, set[str]] = {}
    for chunk in chunks(claims, _SET):
        mine = (col(WorkRow.kind) == DENIAL, col(WorkRow.state) == "open", col(WorkRow.claim).in_(chunk))
        for claim, line in session.execute(select(col(WorkRow.claim), col(WorkRow.line)).where(*mine)):
            found.setdefault(claim, set()).add(line)
    return found


def _overlaps(row: Row, denied: set[str] | None) -> bool:
    """Whether a denial is of the row's dollars: one of the whole claim, of its line, or of any line where it speaks of all."""
    return denied is not None and (row.line is None or row.line in denied or "" in denied)


def _link_item(row: Row) -> WorkItem:
    """A row as work. One of a referral or of another payer is of the same dollars as the claim's own."""
    referral = row.kind == "referral"
    return WorkItem(
        subject=f"link:{row.payer}:{row.claim}:{row.line or ''}{':referral' if referral else ''}",
        kind=LINK,
        claim=row.claim,
        line=row.line or "",
        authorization=row.authorization,
        payer=row.payer,
        reason=f"referral: {row.verdict.value}" if referral else row.verdict.value,
        amount=None if referral or row.other else row.amount,
        action=" ".join((row.verdict.action, *row.reasons[:1])),
    )


def _row(id: int, item: WorkItem) -> dict[str, Any]:
    return {
        "id": id,
        "subject": item.subject,
        "kind": item.kind,
        "state": "open",
        "claim": item.claim,
        "line": item.line,
        "authorization": item.authorization,
        "payer": item.payer,
        "reason": item.reason,
        "amount": item.amount,
        "deadline": item.deadline,
        "action": item.action,
        "closed_at": None,
    }


def _item(row: WorkRow) -> WorkItem:
    return WorkItem(
        subject=row.subject,
        kind=row.kind,
        claim=row.claim,
        line=row.line,
        authorization=row.authorization,
        payer=row.payer,
        reason=row.reason,
        amount=row.amount,
        deadline=row.deadline,
        action=row.action,
        opened=row.opened_at,
    )


def _waiting(session: Session, deadlines: Deadlines) -> list[WorkItem]:
    """Requests that the payer did not decide: without their answer, pended, rejected (AAA), to be talked over.

    The deadline of what waits is the payer's: the day on which its answer is due.
    """
    ids = [
        select(col(AuthorizationRow.id)).where(text(each)) for each in ("authorizations.awaiting", f"authorizations.{UNDECIDED}")
    ]
    undecided = col(AuthorizationRow.id).in_(union(*ids))
    traces = (col(IdentifierRow.authorization_id) == col(AuthorizationRow.id), col(IdentifierRow.kind) == "trace")
    not_found = exists().where(
        col(EventRow.authorization_id) == col(AuthorizationRow.id), col(EventRow.kind) == "inquiry-refused"
    )
    name = select(func.min(col(IdentifierRow.value))).where(*traces).scalar_subquery()
    return [
        WorkItem(
            subject=f"authorization:{row.id}",
            kind=REQUEST,
            authorization=row.number or name or "",
            patient=row.patient,
            payer=row.payer_name,
            reason=row.decision,
            deadline=due.date() if row.awaiting and (due := due_of(row, deadlines)) else None,
            action=_next(row, asked=asked),
        )
        for row, name, asked in session.execute(select(AuthorizationRow, name, not_found).where(undecided))
    ]


def _next(row: AuthorizationRow, *, asked: bool) -> str:
    """What to do about what was not decided; `asked`: the payer was, and did not find it."""
    if row.kind == NOTICE:
        return "What was told to the payer, or asked of it, was refused: mend it by the payer's reasons, and send it again."
    if asked and row.decision == "unanswered":
        return "The payer was asked, and does not find the request: send it again, or call."
    return _WAITING.get(row.decision, "Ask the payer for the answer to the change that was requested.")


_WAITING: Final = {
    "unanswered": "Ask the payer for the answer to the request.",
    "pended": "Send what the payer still wants, or ask when it decides.",
    "rejected": "The request could not be processed: mend it by the payer's reasons, and send it again.",
    "contact-payer": "Call the payer: it does not decide this by an answer.",
}
