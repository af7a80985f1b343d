"""What a person does next, by money and deadline.

Denials, claims that could not be linked and what payers took back are kept as work until something settles them: another answer,
or that the claim goes out with the right number (a payment for the claim, whatever it says, settles that it could not be linked).
The same subject is the same work, however often it is reported: its owner, minutes and history stay, and so does a person's word
that it is closed while no more is known of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, count
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from edi.ledger.inserting import change
from edi.ledger.questions import batches, chunks
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, table_of
from edi.ledger.tables import WorkEventRow, WorkRow
from edi.ledger.work.whose import agree, answered, kept
from edi.linkage.rows import heads, left
from edi.linkage.verdict import Row, Verdict, money

DENIAL: Final = "denial"
LINK: Final = "link"
REQUEST: Final = "request"
EXPIRING: Final = "expiring"
REFUSAL: Final = "refusal"
"""An authorization that was refused, wholly or in part, before its service."""
REJECTION: Final = "rejection"
SILENCE: Final = "silence"
RECOUPMENT: Final = "recoupment"
REVERSAL: Final = "reversal"
OPEN: Final = "open"
WORKED: Final = "worked"
CLOSED: Final = "closed"
OPENED: Final = "opened"
REOPENED: Final = "reopened"
_SET: Final = 10_000
_AT_ONCE: Final = 2_000
"""Items that are made and kept in one go."""
_MOST: Final = 10**15
"""Cents: what is more is ordered as if it were so much."""
_SUBJECT: Final = col(WorkRow.subject)
_LINKS: Final = (
    select(_SUBJECT, col(WorkRow.claim), col(WorkRow.state), col(WorkRow.who))
    .where(col(WorkRow.kind) == LINK, one_of(col(WorkRow.claim), "claims"))
    .order_by(col(WorkRow.id))
)
_OF_CLAIMS: Final = select(_SUBJECT, col(WorkRow.claim), col(WorkRow.line)).where(
    col(WorkRow.kind) == bindparam("kind"), col(WorkRow.state) != CLOSED, one_of(col(WorkRow.claim), "claims")
)
_KNOWN: Final = select(
    _SUBJECT, col(WorkRow.id), col(WorkRow.state), col(WorkRow.closed_by), col(WorkRow.reason), col(WorkRow.owner)
).where(one_of(_SUBJECT, "subjects"))
_NOT_CLOSED: Final = (
    select(col(WorkRow.id), _SUBJECT).where(one_of(_SUBJECT, "subjects"), col(WorkRow.state) != CLOSED).order_by(col(WorkRow.id))
)
_NEW: Final = {"state": OPEN, "owner": "", "minutes": 0, "closed_by": ""}
_NAME: Final = re.compile(r"([WARE])([1-9][0-9]{0,17})", re.ASCII | re.IGNORECASE)
"""An item: W12, about a claim; A5 (a request), R5 (a refused authorization), E5 (one that ends)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing to do: about what (`subject` is its name in the ledger), what is at stake, until when, and the next action."""

    item: str = ""
    """The name that people type: W12, of a request A5, of a refused authorization R5, of one that ends E5."""
    subject: str
    kind: str
    """denial, link (a claim that got no number), rejection (the claim did not come in), request (no answer yet), silence,
    recoupment (taken back without a reversal), reversal (taken back, and not decided anew), refusal (of an authorization, before
    its service), or expiring (an authorization that ends).
    """
    state: str = OPEN
    """open, worked (a person took it on) or closed."""
    owner: str = ""
    minutes: int = 0
    """What persons spent on it."""
    claim: str = ""
    line: str = ""
    authorization: str = ""
    """Its number; of a request that has none yet, the trace by which `Ledger.authorization` finds it."""
    patient: str = ""
    """Of a request, or of an authorization that ends: there is no claim to know it by."""
    payer: str = ""
    payer_id: str = ""
    reason: str
    """The finding's kind, the verdict, the decision that is waited for, or how much is left."""
    amount: Decimal | None = None
    deadline: date | None = None
    action: str
    opened: datetime | None = None
    who: str = ""
    """Of `link`: whose claim it is (`people.kept`), of those with its CLM01; it is in no report."""

    def to_json(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "subject": self.subject,
            "kind": self.kind,
            "state": self.state,
            "owner": self.owner or None,
            "minutes": self.minutes,
            "claim": self.claim,
            "line": self.line or None,
            "authorization": self.authorization,
            "patient": self.patient or None,
            "payer": self.payer,
            "payer_id": self.payer_id,
            "reason": self.reason,
            "amount": None if self.amount is None else money(self.amount),
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "action": self.action,
            "opened": self.opened.isoformat() if self.opened else None,
        }


def open_subjects(session: Session, kind: str, claims: Sequence[str]) -> dict[str, str]:
    """The subjects of the work of a kind about these claims that is not closed, each with its claim."""
    found: dict[str, str] = {}
    for chunk in chunks(claims, _SET):
        found.update((row.subject, row.claim) for row in ask(session, _OF_CLAIMS, kind=kind, claims=chunk))
    return found


def settle(
    writer: Writer, session: Session, items: Iterable[tuple[WorkItem, str]], done: Mapping[str, str], now: datetime | None
) -> None:
    """Open items (or bring them up to date, or open them again) and close the subjects in `done`; each with what it came by.

    What a person closed stays closed while its reason is the same.
    """
    wanted: set[str] = set()
    for some in batches(items, _AT_ONCE):
        wanted.update(item.subject for item, _ in some)
        _open(writer, session, {item.subject: (item, why) for item, why in some}, now)
    _close(writer, session, {subject: why for subject, why in done.items() if subject not in wanted}, now)


def _open(writer: Writer, session: Session, wanted: Mapping[str, tuple[WorkItem, str]], now: datetime | None) -> None:
    there: dict[str, Any] = {}
    for chunk in chunks(sorted(wanted), _SET):
        there.update((row.subject, row) for row in ask(session, _KNOWN, subjects=chunk))
    events: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for subject, (item, why) in wanted.items():
        before = there.get(subject)
        if before is None:
            id = writer.new_id(WorkRow)
            fresh.append({"id": id, **_columns(item), **_NEW, "opened_at": now})
            events.append(event(writer, id, OPENED, now, note=why))
        elif before.state != CLOSED:
            changes.append({"id": before.id, **_columns(item)})
        elif not before.closed_by or before.reason != item.reason:
            events.append(event(writer, before.id, REOPENED, now, note=why))
            state = WORKED if before.owner else OPEN
            changes.append({"id": before.id, **_columns(item), "state": state, "closed_at": None, "closed_by": ""})
    writer.insert(WorkRow, fresh)
    for alike in (True, False):  # of one statement all rows have the same columns
        if some := [row for row in changes if ("state" in row) is alike]:
            change(session.connection(), table_of(WorkRow), some)
    writer.insert(WorkEventRow, events)


def _close(writer: Writer, session: Session, done: Mapping[str, str], now: datetime | None) -> None:
    for chunk in chunks(sorted(done), _SET):
        rows = ask(session, _NOT_CLOSED, subjects=chunk).all()
        closed = [{"id": row.id, "state": CLOSED, "closed_at": now, "closed_by": ""} for row in rows]
        if closed:
            change(session.connection(), table_of(WorkRow), closed)
        writer.insert(WorkEventRow, [event(writer, row.id, CLOSED, now, note=done[row.subject]) for row in rows])


def event(
    writer: Writer, id: int, what: str, at: datetime | None, *, by: str = "", note: str = "", minutes: int = 0
) -> dict[str, Any]:
    """What happened to an item, as a row."""
    made = {"id": writer.new_id(WorkEventRow), "work_id": id, "at": at, "what": what, "by": by, "note": note}
    return {**made, "minutes": minutes}


def settle_links(writer: Writer, session: Session, rows: Iterable[Row], now: datetime | None, *, checked: bool = False) -> None:
    """Open work for claims that could not be linked, and close what an earlier link had opened for the same claims.

    `checked`: they were not linked, it was said what that would do.

    What is denied is work already, with the same dollars: that the claim cannot be linked, still or again, adds none.
    """
    told, did = rows if isinstance(rows, Sequence) else tuple(rows), "checked" if checked else "linked"
    claims = sorted({head.claim for head in heads(told)})
    denied, links = _denied(session, claims), Links(session, claims)
    del claims  # of a large file they are many
    done: dict[str, str] = {}
    for row in told if links.waiting else ():
        if row.claim in links.waiting:
            own = links.subject(row)
            for subject in links.about(row.claim, kept(row.who)):
                if subject == own:
                    done[subject] = _linked(row, did)
                else:
                    done.setdefault(subject, f"The claim was {did} again, with another result.")
    items = (
        (_link_item(row, links.subject(row)), f"The claim was {did}, and this is left to do.")
        for row in left(told)
        if not _overlaps(row, denied.get(row.claim, ()))
    )
    settle(writer, session, items, done, now)


def settle_sent(writer: Writer, session: Session, rows: Iterable[Row], now: datetime | None) -> None:
    """Close the work of claims that went out with the right number; `rows` is what was decided about claims as they were sent."""
    fits = [row for row in rows if row.verdict is Verdict.ALREADY_LINKED]
    if not fits:
        return
    links = Links(session, sorted({row.claim for row in fits}))
    fits = [row for row in fits if row.claim in links.waiting]
    settle(writer, session, (), {links.subject(row): f"The claim was sent with {row.authorization}." for row in fits}, now)


class Links:
    """What work there is about claims that could not be linked. Of several with one CLM01 each has its own."""

    def __init__(self, session: Session, claims: Sequence[str]) -> None:
        self.waiting: dict[str, list[str]] = {}
        """By claim the subjects that are not closed."""
        self._known: dict[str, str] = {}
        """By subject whose it is."""
        for chunk in chunks(claims, _SET):
            for row in ask(session, _LINKS, claims=chunk):
                self._known[row.subject] = row.who
                if row.state != CLOSED:
                    self.waiting.setdefault(row.claim, []).append(row.subject)

    def subject(self, row: Row) -> str:
        """What the work of a row is known by; that of the second claim with the same words has a number behind them."""
        who, first = kept(row.who), _link_subject(row)
        names = chain((first,), (f"{first}#{n}" for n in count(2)))
        name = next(name for name in names if agree(self._known.get(name, ""), who))
        self._known[name] = self._known.get(name) or who
        return name

    def about(self, claim: str, who: str) -> list[str]:
        """Of a claim that is somebody's the subjects that are not closed."""
        return [subject for subject in self.waiting.get(claim, ()) if agree(self._known[subject], who)]


def _linked(row: Row, did: str) -> str:
    """Why a claim that was linked is no work any more."""
    if not row.verdict.settled:
        return "The claim was denied, which is work of its own."
    return f"The claim was {did}: {row.verdict.value}{f', {row.authorization}' if row.authorization else ''}."


def _denied(session: Session, claims: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """By claim the lines with a denial that is not closed, each with whose claim it is; "" is a denial of the whole claim."""
    rows = [row for chunk in chunks(claims, _SET) for row in ask(session, _OF_CLAIMS, kind=DENIAL, claims=chunk)]
    payments = {row.subject: place_of(row.subject)[0] for row in rows}
    people = answered(session, payments.values())
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.claim, []).append((row.line, people.get(payments[row.subject], "")))
    return found


def subject_of(id: int, position: int) -> str:
    """What the work about a finding is called."""
    return f"payment:{id}:{position}"


def place_of(subject: str) -> tuple[int, int]:
    """The payment, and the position among its findings, that `subject_of` names."""
    _, id, position = subject.split(":")
    return int(id), int(position)


def _overlaps(row: Row, denied: Sequence[tuple[str, str]]) -> bool:
    """Whether a denial is of the row's dollars: one of the whole claim, of its line, or of any line where it speaks of all."""
    return any((row.line in (None, line) or not line) and agree(who, kept(row.who)) for line, who in denied)


def _link_subject(row: Row) -> str:
    """What the work of a row is known by."""
    return f"link:{row.payer}:{row.claim}:{row.line or ''}{':referral' if row.kind == 'referral' else ''}"


def _link_item(row: Row, subject: str) -> WorkItem:
    """A row as work. One of a referral or of another payer is of the same dollars as the claim's own."""
    referral = row.kind == "referral"
    return WorkItem(
        subject=subject,
        kind=LINK,
        claim=row.claim,
        line=row.line or "",
        authorization=row.authorization,
        payer=row.payer,
        payer_id=row.payer,
        reason=f"referral: {row.verdict.value}" if referral else row.verdict.value,
        amount=None if referral or row.other else row.amount,
        action=" ".join((row.verdict.action, *row.reasons[:1])),
        who=kept(row.who),
    )


def _columns(item: WorkItem) -> dict[str, Any]:
    """What is known of an item, as the columns of its row."""
    return {
        "subject": item.subject,
        "kind": item.kind,
        "claim": item.claim,
        "line": item.line,
        "authorization": item.authorization,
        "payer": item.payer,
        "payer_id": item.payer_id,
        "reason": item.reason,
        "amount": item.amount,
        "deadline": item.deadline,
        "action": item.action,
        "stake": stake(item.amount),
        "until": item.deadline or date.max,
        "who": item.who,
    }


def stake(amount: Decimal | None) -> int:
    """An amount as a debt in cents, by which the most money comes first; what is not known is nothing."""
    cents = ((amount or Decimal(0)) * 100).to_integral_value(ROUND_HALF_UP)
    return -int(max(Decimal(0), min(cents, Decimal(_MOST))))


def item_named(name: str) -> tuple[str, int] | None:
    """The letter and id of an item by its name, in whatever case; None where it names none."""
    found = _NAME.fullmatch(name.strip())
    return (found[1].upper(), int(found[2])) if found else None


def item_of(row: WorkRow) -> WorkItem:
    """What is kept, as an item."""
    return WorkItem(
        item=f"W{row.id}",
        subject=row.subject,
        kind=row.kind,
        state=row.state,
        owner=row.owner,
        minutes=row.minutes,
        claim=row.claim,
        line=row.line,
        authorization=row.authorization,
        payer=row.payer,
        payer_id=row.payer_id,
        reason=row.reason,
        amount=row.amount,
        deadline=row.deadline,
        action=row.action,
        opened=row.opened_at,
    )
