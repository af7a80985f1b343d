"""Which payments of a claim stand: those that no later one settled.

Later is what a later remittance says, whenever it is taken: of one day, that which takes something back. A reversal settles what
it takes back; it stands as a rule before its correction, though a payer may put it behind. Another answer under the same payer's
claim number, or the payment of a replacement, settles the one before, unless the two are parts of one claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.payers import by_payer
from edi.ledger.questions import chunks
from edi.ledger.tables import ClaimRow, PaymentRow, RemittanceRow
from edi.linkage.pairing import REVERSAL

_REPLACEMENT: Final = "7"
_SET: Final = 500


def standing(session: Session, claims: Sequence[str]) -> set[int]:
    """The payments of these claims (CLP01) that no later one settled."""
    found: dict[str, list[Any]] = {}
    columns: tuple[Any, ...] = (
        col(PaymentRow.id),
        col(PaymentRow.claim),
        col(PaymentRow.payer_claim),
        col(PaymentRow.status),
        col(PaymentRow.frequency),
        col(PaymentRow.charge),
        col(PaymentRow.remittance_id),
        col(RemittanceRow.payer_id),
        col(RemittanceRow.payer_name),
        col(RemittanceRow.produced_on),
        col(RemittanceRow.trace),
        col(ClaimRow.charge).label("billed"),
    )
    for chunk in chunks(claims, _SET):
        query = (
            select(*columns)
            .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
            .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        )
        for row in session.execute(query.where(col(PaymentRow.claim).in_(chunk))):
            found.setdefault(row.claim, []).append(row)
    return {id for rows in found.values() for of_one in by_payer(rows) for id in _standing(of_one)}


def _standing(rows: Iterable[Any]) -> Iterable[int]:
    told = list(rows)
    taking_back = {row.remittance_id for row in told if row.status == REVERSAL}
    told.sort(key=lambda row: (row.produced_on or date.min, row.remittance_id in taking_back, row.trace, row.id))
    for n, row in enumerate(told):
        if row.status != REVERSAL and not any(_settled(later, row, told[:n]) for later in told[n + 1 :]):
            yield row.id


def _settled(later: Any, row: Any, before: Sequence[Any]) -> bool:
    return settles(later, row, before) and (later.status == REVERSAL or not _are_parts(later, row))


def settles(later: Any, row: Any, before: Sequence[Any] = ()) -> bool:
    """Whether a later payment takes the place of an earlier one of the same claim, or takes it back.

    `before` are the others before it: a reversal takes back what has its number, where there is such.
    """
    same = bool(later.payer_claim == row.payer_claim)
    if later.status == REVERSAL:
        reversible = [one for one in before if one.status != REVERSAL]
        if later.remittance_id == row.remittance_id:
            return not any(one.remittance_id != row.remittance_id for one in reversible)
        return same or not any(one.payer_claim == later.payer_claim for one in reversible)
    return bool(later.remittance_id != row.remittance_id and (same or later.frequency == _REPLACEMENT))


def _are_parts(later: Any, row: Any) -> bool:
    """Whether two payments may be parts of one claim, for together they are no more than was billed."""
    return row.billed is not None and Decimal(0) < (row.charge or 0) + (later.charge or 0) <= row.billed
