"""Claims of which something was denied, each with every answer to it and to what replaces it, under another number too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.figures.adjudicated import (
    BILLING,
    DAY,
    DECIDES,
    LINKAGE,
    MEMBER,
    NAME,
    PAYER,
    RENDERING,
    FigureSpan,
    Payers,
    day_of,
)
from edi.ledger.figures.recovery import ClaimPayment, Denial
from edi.ledger.payments.answers import answers, asking, by_claim
from edi.ledger.questions import chunks
from edi.ledger.tables import ClaimRow, FindingRow, LineRow, PaymentRow, WorkEventRow, WorkRow
from edi.ledger.work.worklist import CLOSED, OPENED, REOPENED, subject_of

SEVERAL: Final = "several"
"""The procedure of what is denied of a whole claim that has more than one."""
_SET: Final = 400
_ZERO: Final = Decimal(0)
Thread = tuple[str, str]
"""A claim's number and member."""


@dataclass(slots=True)
class Case:
    """One claim with all that replaced it, and every answer to it."""

    claims: dict[int, Any]
    """By answer: the row with its claim's id, providers, and so on."""
    answers: dict[int, ClaimPayment] = field(default_factory=dict)
    codes: dict[int, dict[str, str]] = field(default_factory=dict)
    """By claim: the code of each line."""

    @property
    def threads(self) -> set[Thread]:
        return {(row.name, row.member) for row in self.claims.values()}

    def procedure(self, answer: ClaimPayment, denial: Denial) -> str:
        """The code of what was denied; "" where its claim was not found."""
        codes = self.codes.get(self.claims[answer.id].claim_id, {})
        if denial.line:
            return codes.get(denial.line, "")
        return next(iter(codes.values())) if len(set(codes.values())) == 1 else SEVERAL if codes else ""


def denied_claims(session: Session) -> list[Thread]:
    """The claims of which something was denied."""
    query = (
        select(NAME, MEMBER)
        .select_from(FindingRow)
        .join(PaymentRow, col(PaymentRow.id) == col(FindingRow.payment_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .where(LINKAGE, DECIDES)
        .distinct()
    )
    return sorted((name, member) for name, member in session.execute(query))


def cases(session: Session, threads: Sequence[Thread], known: Payers, span: FigureSpan) -> Iterator[Case]:
    """Claims with what replaces them, or what they replace, under another number."""
    rows = answers(session, {name for name, _ in threads}, lambda names: _answers(session, names, span))
    told = [Case(claims={row.id: row for row in of_claim}) for of_claim in by_claim(session, rows)]
    yield from _filled(session, [case for case in told if not case.threads.isdisjoint(threads)], known, span)


def _answers(session: Session, names: Sequence[str], span: FigureSpan) -> Iterator[Any]:
    """The answers to claims of these numbers, as of the span's day."""
    every = asking(
        col(PaymentRow.record),
        NAME.label("name"),
        MEMBER.label("member"),
        PAYER.label("payer"),
        DAY.label("day"),
        BILLING.label("billing"),
        RENDERING.label("rendering"),
    ).where(span.came)
    ids = select(col(ClaimRow.id)).where(col(ClaimRow.claim).in_(names))
    yield from session.execute(every.where(col(PaymentRow.claim_id).in_(ids)))
    yield from session.execute(every.where(col(PaymentRow.claim).in_(names), col(PaymentRow.claim_id).is_(None)))


def _filled(session: Session, cases: Sequence[Case], known: Payers, span: FigureSpan) -> Sequence[Case]:
    """Cases with what was found in each answer, what was paid on each line, and the code of each."""
    ids = [id for case in cases for id in case.claims]
    lines, numbers = _lines(session, sorted({row.claim_id for case in cases for row in case.claims.values() if row.claim_id}))
    found = _found(session, ids, span.today)
    for case in cases:
        case.codes = {row.claim_id: lines.get(row.claim_id, {}) for row in case.claims.values()}
        case.answers = {
            id: ClaimPayment(
                id=id,
                payer=known.id(row.payer),
                remittance_id=row.remittance_id,
                trace=row.trace,
                produced_on=row.day,
                payer_claim=row.payer_claim,
                status=row.status,
                frequency=row.frequency,
                charge=row.charge or _ZERO,
                paid=row.paid or _ZERO,
                billed=row.billed,
                claim_id=row.claim_id,
                sent_as=row.sent_as or "",
                repeats=row.repeats,
                lines=paid_by_line(row.record, numbers.get(row.claim_id, {})),
                denials=tuple(found.get(id, ())),
            )
            for id, row in case.claims.items()
        }
    return cases


def _lines(session: Session, claims: Sequence[int]) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, str]]]:
    """By claim: the code of each line, and the line of each control number ("" where two lines have it)."""
    codes: dict[int, dict[str, str]] = {}
    numbers: dict[int, dict[str, str]] = {}
    columns = (col(LineRow.claim_id), col(LineRow.number), col(LineRow.control_number), col(LineRow.code))
    for chunk in chunks(claims, _SET):
        for claim_id, number, control_number, code in session.execute(select(*columns).where(col(LineRow.claim_id).in_(chunk))):
            codes.setdefault(claim_id, {})[number] = code
            known = numbers.setdefault(claim_id, {})
            known[control_number] = "" if control_number in known else number
    return codes, numbers


def paid_by_line(record: str, numbers: dict[str, str]) -> dict[str, Decimal]:
    """What a payment pays on each line, by the number that a finding has."""
    paid: dict[str, Decimal] = {}
    for line in json.loads(record).get("lines", ()):
        control_number = line.get("control_number")
        number = (numbers.get(control_number) if control_number else "") or str(line["ordinal"])
        paid[number] = paid.get(number, _ZERO) + Decimal(line.get("paid", 0))
    return paid


def _found(session: Session, payments: Sequence[int], today: date) -> dict[int, list[Denial]]:
    """What payments deny for an authorization or a referral, by payment."""
    rows: list[Any] = []
    for chunk in chunks(payments, _SET):
        mine = (LINKAGE, col(FindingRow.payment_id).in_(chunk))
        order = (col(FindingRow.payment_id), col(FindingRow.position))
        rows += session.execute(select(FindingRow).where(*mine).order_by(*order)).scalars()
    work = _work(session, [subject_of(row.payment_id, row.position) for row in rows], today)
    found: dict[int, list[Denial]] = {}
    for row in rows:
        minutes, closed = work.get(subject_of(row.payment_id, row.position), (0, False))
        denial = Denial(
            line=json.loads(row.record).get("line") or "",
            kind=row.kind,
            cause=row.cause,
            amount=row.amount,
            deadline=row.deadline,
            closed=closed,
            minutes=minutes,
        )
        found.setdefault(row.payment_id, []).append(denial)
    return found


def _work(session: Session, subjects: Sequence[str], today: date) -> dict[str, tuple[int, bool]]:
    """By subject, the minutes that persons had spent on its work by the end of a day, and whether a person had closed it."""
    columns = (col(WorkRow.subject), *map(col, (WorkEventRow.what, WorkEventRow.by, WorkEventRow.at, WorkEventRow.minutes)))
    query = select(*columns).join(WorkEventRow, col(WorkEventRow.work_id) == col(WorkRow.id)).order_by(col(WorkEventRow.id))
    found: dict[str, tuple[int, bool]] = {}
    for some in chunks(subjects, _SET):
        for subject, what, by, at, spent in session.execute(query.where(col(WorkRow.subject).in_(some))):
            if at is None or day_of(at) <= today:
                minutes, closed = found.get(subject, (0, False))
                closed = what == CLOSED and bool(by) if what in (OPENED, CLOSED, REOPENED) else closed
                found[subject] = minutes + spent, closed
    return found
