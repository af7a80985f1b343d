"""How many claims payers answered, how many passed at first, what was stopped before it was sent: counted by the database.

A claim is known by its number and its member; what replaces it under another number is no claim of its own. It counts once for
each payer that answered it, on the day of the first answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, Float, String, and_, case, cast, exists, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from edi.ledger.tables import (
    REPLACING,
    ClaimRow,
    FindingRow,
    IdentifierRow,
    LineRow,
    NumberRow,
    PaymentRow,
    RemittanceRow,
    UseRow,
    WorkRow,
)
from edi.ledger.worklist import LINK
from edi.linkage.denial import ESTIMATE
from edi.linkage.kinds import PREFIX, REFERRAL
from edi.linkage.pairing import REVERSAL

NAME: Final = func.coalesce(col(ClaimRow.claim), col(PaymentRow.claim))
"""What we call the claim that a payment answers; where it was not found, what the payer calls it."""
MEMBER: Final = func.coalesce(col(ClaimRow.member_key), col(PaymentRow.member_key))
PAYER: Final = case(
    (col(RemittanceRow.payer_id) != "", col(RemittanceRow.payer_id)),
    (func.coalesce(col(ClaimRow.payer_id), "") != "", col(ClaimRow.payer_id)),
    else_=col(RemittanceRow.payer_name),
)
"""The payer's id, by its remittance or else by the claim that it answers; else its name (see `Payers`)."""
DAY: Final = func.coalesce(col(RemittanceRow.produced_on), col(RemittanceRow.paid_on), type_=Date)
BILLING: Final = func.coalesce(func.nullif(col(ClaimRow.billing_id), ""), col(RemittanceRow.payee_id))
RENDERING: Final = func.coalesce(func.nullif(col(ClaimRow.rendering_id), ""), BILLING)
"""Who gave the care, which is the billing provider where a claim says no more."""
LINKAGE: Final = and_(
    or_(col(FindingRow.kind).startswith(PREFIX), col(FindingRow.kind) == REFERRAL), cast(col(FindingRow.amount), Float) > 0
)
"""Findings that deny something for an authorization or a referral."""
DECIDES: Final = col(PaymentRow.status).not_in((REVERSAL, ESTIMATE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which claims are looked at: of one payer ("": of all), first answered from one day to another."""

    payer: str = ""
    start: date | None = None
    end: date | None = None

    def has(self, payer: str, day: date | None) -> bool:
        """Whether a payer's claim that was first answered on a day is among them."""
        if self.payer and payer != self.payer:
            return False
        if self.start is None and self.end is None:
            return True
        return day is not None and (self.start is None or day >= self.start) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Payers:
    """What the payers of remittances are known by: `PAYER` as it is read, the id that a bare name stands for, and names."""

    ids: Mapping[str, str]
    names: Mapping[str, str]

    def id(self, read: str) -> str:
        """The payer's id; of a name that only one id has, that one."""
        return self.ids.get(read, read)

    def read(self, id: str) -> list[str]:
        """All that stands for an id."""
        return [id, *(name for name, of in self.ids.items() if of == id)]


@dataclass(frozen=True, slots=True)
class FirstPass:
    """Claims for which an authorization is on file that fits: how many were answered, and how many passed at first."""

    with_number: bool
    """Whether the claim carried its number when it was sent."""
    claims: int
    passed: int
    """How many had no denial for an authorization or a referral in the first remittance."""

    @property
    def rate(self) -> float | None:
        """The part that passed; None where there is no claim."""
        return self.passed / self.claims if self.claims else None

    def to_json(self) -> dict[str, Any]:
        rate = None if self.rate is None else round(self.rate, 4)
        return {"with_number": self.with_number, "claims": self.claims, "passed": self.passed, "rate": rate}


@dataclass(frozen=True, slots=True)
class Stopped:
    """Claims that could not be linked for one reason, and were mended before they were sent."""

    verdict: str
    claims: int
    amount: Decimal


def payers(session: Session) -> Payers:
    """The payers of all remittances."""
    query = (
        select(PAYER.label("payer"), col(RemittanceRow.payer_name))
        .select_from(PaymentRow)
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .distinct()
    )
    names: dict[str, str] = {}
    ids: dict[str, set[str]] = {}
    for payer, name in sorted(session.execute(query).all()):
        names[payer] = name
        if payer != name:
            ids.setdefault(name, set()).add(payer)
    return Payers({name: min(known) for name, known in ids.items() if len(known) == 1}, names)


def first_answers(span: Span, known: Payers) -> Any:
    """The first answer of each payer to each claim: one row for each."""
    earlier = aliased(PaymentRow)
    replaces = and_(
        text(f"claims.{REPLACING}"),
        exists().where(col(earlier.payer_claim) == col(ClaimRow.original), col(earlier.claim) != NAME),
    )
    order = func.row_number().over(
        partition_by=(PAYER, NAME, MEMBER), order_by=(DAY, col(PaymentRow.remittance_id), col(PaymentRow.id))
    )
    rows = (
        select(
            col(PaymentRow.id).label("payment_id"),
            col(PaymentRow.claim_id).label("claim_id"),
            col(PaymentRow.remittance_id).label("remittance_id"),
            NAME.label("name"),
            PAYER.label("payer"),
            BILLING.label("billing"),
            RENDERING.label("rendering"),
            DAY.label("day"),
            order.label("turn"),
        )
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .where(DECIDES, or_(col(ClaimRow.id).is_(None), ~replaces))
    )
    if span.payer:
        rows = rows.where(PAYER.in_(known.read(span.payer)))
    every = rows.subquery()
    first = select(every).where(every.c.turn == 1)
    if span.start is not None:
        first = first.where(every.c.day >= span.start)
    if span.end is not None:
        first = first.where(every.c.day <= span.end)
    return first.cte("first_answers")


def answered(session: Session, span: Span, known: Payers) -> Iterator[tuple[str, str, str, str, int]]:
    """Payer, billing provider, who gave the care, month (2026-03), and how many claims were first answered."""
    first = first_answers(span, known)
    month = func.substr(cast(first.c.day, String), 1, 7)
    keys = (first.c.payer, first.c.billing, first.c.rendering, month)
    for row in session.execute(select(*keys, func.count()).group_by(*keys)):
        payer, billing, rendering, when, count = row
        yield known.id(payer), billing, rendering, when or "", count


def answered_procedures(session: Session, span: Span, known: Payers) -> dict[str, int]:
    """By procedure (or revenue code) how many claims with it were answered, of those that were found."""
    first = first_answers(span, known)
    joined = select(col(LineRow.code), first.c.payer, first.c.claim_id).join(first, first.c.claim_id == col(LineRow.claim_id))
    every = joined.distinct().subquery()
    query = select(every.c.code, func.count()).group_by(every.c.code)
    return {row.code: row[1] for row in session.execute(query)}


def first_pass(session: Session, span: Span, known: Payers) -> tuple[FirstPass, FirstPass]:
    """What passed at first of claims that carried the number of an authorization that fits them, and of those that did not."""
    first = first_answers(span, known)
    uses = exists().where(col(UseRow.claim) == first.c.name)
    carried = exists().where(
        col(UseRow.claim) == first.c.name,
        col(IdentifierRow.authorization_id) == col(UseRow.authorization_id),
        col(IdentifierRow.kind).in_(("number", "previous")),
        col(NumberRow.claim_id) == first.c.claim_id,
        col(NumberRow.folded) == col(IdentifierRow.folded),
    )
    denied = exists().where(
        col(PaymentRow.claim_id) == first.c.claim_id,
        col(PaymentRow.remittance_id) == first.c.remittance_id,
        DECIDES,
        col(FindingRow.payment_id) == col(PaymentRow.id),
        LINKAGE,
    )
    has_number, is_denied = case((carried, 1), else_=0), case((denied, 1), else_=0)
    told = select(has_number.label("number"), is_denied.label("denied")).where(first.c.claim_id.is_not(None), uses).subquery()
    counts = {
        bool(number): (claims, claims - int(denied))
        for number, claims, denied in session.execute(
            select(told.c.number, func.count(), func.sum(told.c.denied)).group_by(told.c.number)
        )
    }
    return FirstPass(True, *counts.get(True, (0, 0))), FirstPass(False, *counts.get(False, (0, 0)))


def stopped(session: Session, span: Span, known: Payers) -> list[Stopped]:
    """By verdict what `edi claims link` kept as work, and was mended before the claim was sent; the largest amounts first.

    Mended is what a later link closed. Its claim was not sent from the day on which the work was opened until then, and was sent
    after. `span` is of the day on which it was mended.
    """
    sent, before = aliased(ClaimRow), aliased(ClaimRow)
    mended = select(
        col(WorkRow.payer), col(WorkRow.claim), col(WorkRow.reason), col(WorkRow.amount), col(WorkRow.closed_at)
    ).where(
        col(WorkRow.kind) == LINK,
        col(WorkRow.state) == "closed",
        exists().where(col(sent.claim) == col(WorkRow.claim), col(sent.sent_at) >= col(WorkRow.closed_at)),
        ~exists().where(
            col(before.claim) == col(WorkRow.claim),
            col(before.sent_at) >= col(WorkRow.opened_at),
            col(before.sent_at) < col(WorkRow.closed_at),
        ),
    )
    claims: dict[str, set[tuple[str, str]]] = {}
    amounts: dict[str, Decimal] = {}
    for payer, claim, verdict, amount, closed_at in session.execute(mended):
        if span.has(known.id(payer), closed_at.date()):
            claims.setdefault(verdict, set()).add((payer, claim))
            amounts[verdict] = amounts.get(verdict, Decimal(0)) + (amount or Decimal(0))
    found = [Stopped(verdict, len(claims[verdict]), amounts[verdict]) for verdict in claims]
    return sorted(found, key=lambda one: (-one.amount, one.verdict))
