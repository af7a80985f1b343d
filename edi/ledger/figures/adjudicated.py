"""How many claims payers answered, how many passed at first, what was stopped before it was sent: counted by the database.

A claim is known by its number, its member and its days, for every visit may have one number; what replaces it under another is no
claim of its own. It counts once for each payer that answered it, on the day of the first answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, Float, String, and_, case, cast, exists, func, or_, select, text, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from edi.ledger.payments.payers import by_payer
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
from edi.ledger.work.worklist import CLOSED, LINK
from edi.linkage.denials.denial import ESTIMATE
from edi.linkage.denials.kinds import PREFIX, REFERRAL
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.identity import folded_name

NAME: Final = func.coalesce(col(ClaimRow.claim), col(PaymentRow.claim))
"""What we call the claim that a payment answers; where it was not found, what the payer calls it."""
MEMBER: Final = func.coalesce(col(ClaimRow.member_key), col(PaymentRow.member_key))
PAYER: Final = case(
    (col(RemittanceRow.payer_id) != "", col(RemittanceRow.payer_id)),
    (func.coalesce(col(ClaimRow.payer_id), "") != "", col(ClaimRow.payer_id)),
    else_=col(RemittanceRow.payer_name),
)
"""The payer's id, by its remittance or else by the claim that it answers; else its name (see `Payers`)."""
_SENT: Final = aliased(ClaimRow)
_VISIT: Final = (
    select(func.min(_SENT.id))
    .where(
        col(_SENT.claim) == NAME,
        col(_SENT.member_key) == MEMBER,
        or_(
            col(ClaimRow.period_start).is_(None),
            and_(col(_SENT.period_start) <= col(ClaimRow.period_end), col(ClaimRow.period_start) <= col(_SENT.period_end)),
        ),
    )
    .correlate(PaymentRow, ClaimRow)
    .scalar_subquery()
)
"""The first claim with its number, its member and any of its days: of visits with one number each has its own."""
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
class FigureSpan:
    """Which claims are looked at: of one payer ("": of all), first answered from one day to another; as of a day, `today`."""

    payer: str = ""
    start: date | None = None
    end: date | None = None
    today: date = date.max
    """What is of a later day is left out of account."""

    def has(self, payer: str, day: date | None) -> bool:
        """Whether a payer's claim that was first answered on a day is among them."""
        if self.payer and payer != self.payer:
            return False
        if self.start is None and self.end is None:
            return True
        return day is not None and (self.start is None or day >= self.start) and (self.end is None or day <= self.end)

    @property
    def came(self) -> Any:
        """Whether a remittance is of `today` or before."""
        return or_(DAY.is_(None), self.today >= DAY)


@dataclass(frozen=True, slots=True)
class Payers:
    """Names of the payers of remittances by `PAYER` as it is read; by that, and by folded name, the id that one payer goes by."""

    names: Mapping[str, str]
    ids: Mapping[str, str]

    def id(self, read: str) -> str:
        """The first of the payer's ids."""
        return self.ids.get(read) or self.ids.get(folded_name(read), read)

    def read(self, id: str) -> list[str]:
        """All that stands for the payer of an id."""
        return [id, *(read for read in self.names if read != id and self.id(read) == self.id(id))]

    @property
    def column(self) -> Any:
        """The payer's id as the database has it."""
        other = {read: id for read in self.names if (id := self.id(read)) != read}
        return case(other, value=PAYER, else_=PAYER) if other else PAYER


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """So many claims that a payer first answered in a month, and how that went."""

    payer: str
    billing: str
    rendering: str
    month: str
    """2026-03; "" where the remittance has no date."""
    authorized: bool
    """An authorization is on file that fits."""
    with_number: bool
    """The claim carried its number when it was sent."""
    denied: bool
    """The first remittance denies something for an authorization or a referral."""
    claims: int


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
class StoppedClaims:
    """Claims that could not be linked for one reason, and were mended before they were sent."""

    verdict: str
    claims: int
    amount: Decimal


def day_of(moment: datetime) -> date:
    """The day of a moment of the clock, where this program runs: whose `today` it is."""
    return moment.astimezone().date()


def payers(session: Session) -> Payers:
    """The payers of all remittances; what is one payer's is so as for the worklist (`by_payer`)."""
    query = (
        select(PAYER.label("payer_id"), col(RemittanceRow.payer_name))
        .select_from(PaymentRow)
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .distinct()
    )
    rows = sorted(session.execute(query).all())
    ids: dict[str, str] = {}
    for same in by_payer(row for row in rows if folded_name(row.payer_name)):
        id = min(same, key=lambda row: (row.payer_id == row.payer_name, row.payer_id)).payer_id
        ids.update((read, id) for row in same for read in (row.payer_id, folded_name(row.payer_name)))
    return Payers(dict(map(tuple, rows)), ids)


def first_answers(span: FigureSpan, known: Payers) -> Any:
    """The first answer of each payer to each claim: one row for each."""
    earlier = aliased(PaymentRow)
    replaces = and_(
        text(f"claims.{REPLACING}"),
        exists().where(col(earlier.payer_claim) == col(ClaimRow.original), col(earlier.claim) != NAME),
    )
    order = func.row_number().over(
        partition_by=(known.column, NAME, MEMBER, _VISIT), order_by=(DAY, col(PaymentRow.remittance_id), col(PaymentRow.id))
    )
    rows = (
        select(
            col(PaymentRow.id).label("payment_id"),
            col(PaymentRow.claim_id).label("claim_id"),
            col(PaymentRow.payer_claim).label("payer_claim"),
            col(PaymentRow.remittance_id).label("remittance_id"),
            NAME.label("name"),
            known.column.label("payer"),
            BILLING.label("billing"),
            RENDERING.label("rendering"),
            DAY.label("day"),
            order.label("turn"),
        )
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .where(DECIDES, span.came, or_(col(ClaimRow.id).is_(None), ~replaces))
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


def answered(session: Session, span: FigureSpan, known: Payers) -> Iterator[Answered]:
    """How many claims were first answered, by payer, providers, month and how it went."""
    first = first_answers(span, known)
    # What replaces a claim under another number takes its units over.
    replacing = (
        text(f"claims.{REPLACING}"),
        col(ClaimRow.original) == first.c.payer_claim,
        col(UseRow.claim) == col(ClaimRow.claim),
    )
    its_number = (
        col(IdentifierRow.authorization_id) == col(UseRow.authorization_id),
        col(IdentifierRow.kind).in_(("number", "previous")),
        col(NumberRow.claim_id) == first.c.claim_id,
        col(NumberRow.folded) == col(IdentifierRow.folded),
    )
    uses = or_(first.c.name.in_(select(col(UseRow.claim))), exists().where(*replacing))
    carried = or_(
        exists().where(col(UseRow.claim) == first.c.name, *its_number),
        exists().where(*replacing, *its_number),
    )
    denying = (
        select(col(PaymentRow.claim_id), col(PaymentRow.remittance_id))
        .join(FindingRow, col(FindingRow.payment_id) == col(PaymentRow.id))
        .where(DECIDES, LINKAGE)
    )
    denied = tuple_(first.c.claim_id, first.c.remittance_id).in_(denying)
    month = func.substr(cast(first.c.day, String), 1, 7)
    told = select(
        first.c.payer,
        first.c.billing,
        first.c.rendering,
        func.coalesce(month, "").label("month"),
        case((and_(first.c.claim_id.is_not(None), uses), 1), else_=0).label("authorized"),
        case((carried, 1), else_=0).label("with_number"),
        case((denied, 1), else_=0).label("denied"),
    ).subquery()
    for row in session.execute(select(*told.c, func.count().label("claims")).group_by(*told.c)):
        yield Answered(
            payer=row.payer,
            billing=row.billing,
            rendering=row.rendering,
            month=row.month,
            authorized=bool(row.authorized),
            with_number=bool(row.with_number),
            denied=bool(row.denied),
            claims=row.claims,
        )


def first_pass(answers: Iterable[Answered]) -> tuple[FirstPass, FirstPass]:
    """What passed at first of claims that carried the number of an authorization that fits them, and of those that did not."""
    counts = Counter[tuple[bool, bool]]()
    for one in answers:
        if one.authorized:
            counts[one.with_number, one.denied] += one.claims
    with_number, without = (
        FirstPass(number, counts[number, True] + counts[number, False], counts[number, False]) for number in (True, False)
    )
    return with_number, without


def answered_procedures(session: Session, span: FigureSpan, known: Payers) -> dict[str, int]:
    """By procedure (or revenue code) how many claims with it were answered, of those that were found."""
    first = first_answers(span, known)
    joined = select(col(LineRow.code), first.c.payer, first.c.claim_id).join(first, first.c.claim_id == col(LineRow.claim_id))
    every = joined.distinct().subquery()
    query = select(every.c.code, func.count()).group_by(every.c.code)
    return {row.code: row[1] for row in session.execute(query)}


def stopped(session: Session, span: FigureSpan, known: Payers) -> list[StoppedClaims]:
    """By verdict what `edi claims link` kept as work, and was mended before the claim was sent; the largest amounts first.

    Mended is what a later link closed. Its claim was not sent from the day on which the work was opened until then, and was sent
    after. `span` is of the day on which it was mended.
    """
    sent, before = aliased(ClaimRow), aliased(ClaimRow)
    then = (col(sent.claim) == col(WorkRow.claim), col(sent.sent_at) > col(WorkRow.closed_at))
    mended = select(
        *map(col, (WorkRow.payer, WorkRow.claim, WorkRow.who, WorkRow.reason, WorkRow.amount, WorkRow.closed_at)),
        select(func.min(col(sent.sent_at))).where(*then).correlate(WorkRow).scalar_subquery(),
    ).where(
        col(WorkRow.kind) == LINK,
        col(WorkRow.state) == CLOSED,
        col(WorkRow.closed_by) == "",
        exists().where(*then),
        ~exists().where(
            col(before.claim) == col(WorkRow.claim),
            col(before.sent_at) >= col(WorkRow.opened_at),
            col(before.sent_at) <= col(WorkRow.closed_at),
        ),
    )
    claims: dict[str, set[tuple[str, str, str]]] = {}
    amounts: dict[str, Decimal] = {}
    for payer, claim, who, verdict, amount, closed_at, sent_at in session.execute(mended):
        if span.has(known.id(payer), closed_at.date()) and day_of(sent_at) <= span.today:
            claims.setdefault(verdict, set()).add((payer, claim, who))
            amounts[verdict] = amounts.get(verdict, Decimal(0)) + (amount or Decimal(0))
    found = [StoppedClaims(verdict, len(claims[verdict]), amounts[verdict]) for verdict in claims]
    return sorted(found, key=lambda one: (-one.amount, one.verdict))
