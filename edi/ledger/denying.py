"""Claims that the payer denied as a whole give back what they used; when one is paid after all, it takes it again.

What tells is the payments that stand: each of them, and at least one, denies every dollar. A payment that is older than the claim
as it was last sent is an answer to an earlier sending, and tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from edi.ledger.candidates import Finder
from edi.ledger.questions import NAMES, chunks
from edi.ledger.storing import Writer, adapter
from edi.ledger.tables import ClaimRow, InterchangeRow, PaymentRow, RemittanceRow, UseRow
from edi.ledger.using import keep, use_claims_again
from edi.linkage.denial import Finding
from edi.linkage.kinds import DUPLICATE
from edi.linkage.pairing import REVERSAL
from edi.records.claim import Claim
from edi.records.remittance import Payment

UNKNOWN_PATIENT: Final = "4"
"""CLP02 where nothing was processed."""


def denies(payment: Payment, found: Iterable[Finding]) -> bool:
    """Whether a payment denies every dollar of its claim. A duplicate is no denial: the first one was decided."""
    if payment.status == REVERSAL or payment.paid or not payment.charge:
        return False
    if payment.status == UNKNOWN_PATIENT:
        return True
    amounts = [finding.amount for finding in found if finding.kind != DUPLICATE]
    return sum(amounts, Decimal(0)) >= payment.charge


def payments_named(session: Session, claims: Collection[int]) -> set[str]:
    """What payers called these claims (CLP01) in all payments for them."""
    found: set[str] = set()
    for ids in chunks(sorted(claims), NAMES):
        found.update(session.execute(select(col(PaymentRow.claim)).where(col(PaymentRow.claim_id).in_(ids))).scalars())
    return found


def settle_denials(session: Session, writer: Writer, claims: Collection[int], standing: Collection[int]) -> None:
    """Have what claims use agree with their payments; `standing` are those payments that no later one settled."""
    told: dict[int, list[Any]] = {}
    columns = (col(PaymentRow.id), col(PaymentRow.claim_id), col(PaymentRow.denied), col(RemittanceRow.produced_on))
    for ids in chunks(sorted(claims), NAMES):
        query = select(*columns).join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        for row in session.execute(query.where(col(PaymentRow.claim_id).in_(ids))):
            if row.id in standing:
                told.setdefault(row.claim_id, []).append(row)
    now_denied: list[int] = []
    now_taken: list[int] = []
    for id, was_denied, sent in _latest(session, claims):
        answers = [row for row in told.get(id, ()) if not _older(row.produced_on, sent)]
        is_denied = bool(answers) and all(row.denied for row in answers)
        if is_denied != was_denied:
            (now_denied if is_denied else now_taken).append(id)
    changes = [{"id": id, "denied": id in now_denied} for id in (*now_denied, *now_taken)]
    if changes:
        session.execute(update(ClaimRow), changes)
        _give_back(session, writer, now_denied)
        use_claims_again(session, writer, now_taken)


def _latest(session: Session, claims: Collection[int]) -> Iterable[Any]:
    """Of these claims those that were not sent again: their ids, whether they are taken for denied, and when they were sent."""
    for ids in chunks(sorted(claims), NAMES):
        names = select(col(ClaimRow.claim)).where(col(ClaimRow.id).in_(ids))
        newest = select(func.max(col(ClaimRow.id))).where(col(ClaimRow.claim).in_(names)).group_by(col(ClaimRow.claim))
        yield from session.execute(
            select(col(ClaimRow.id), col(ClaimRow.denied), func.coalesce(col(InterchangeRow.sent), col(ClaimRow.sent_at)))
            .join(InterchangeRow, col(InterchangeRow.id) == col(ClaimRow.interchange_id), isouter=True)
            .where(col(ClaimRow.id).in_(ids), col(ClaimRow.id).in_(newest))
            .order_by(col(ClaimRow.id))
        ).all()


def _older(day: date | None, sent: datetime | None) -> bool:
    return day is not None and sent is not None and day < sent.date()


def _give_back(session: Session, writer: Writer, claims: Sequence[int]) -> None:
    read = adapter(Claim).validate_json
    for ids in chunks(claims, NAMES):
        texts = session.execute(
            select(col(ClaimRow.record)).where(col(ClaimRow.id).in_(ids)).order_by(col(ClaimRow.id))
        ).scalars()
        records = [read(text) for text in texts]
        find = Finder(session)
        used = select(col(UseRow.authorization_id)).where(col(UseRow.claim).in_([record.id for record in records]))
        find.load(set(session.execute(used).scalars()))
        for record in records:
            find.usage.deny(record)
        keep(session, writer, find)
