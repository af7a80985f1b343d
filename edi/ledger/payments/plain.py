"""Payments that pay a claim as it was sent, and nothing else is to be done about it: most are such, and are not read again.

A payment is plain where the one claim of its number is its pair (`edi.ledger.payments.pairs`), it denies nothing, and nothing
else was said or is to be done about the claim. What `match_payment`, `findings` and `settle_denials` come to is known then;
whatever is not plain they judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, exists, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from edi.ledger.inserting import change
from edi.ledger.payments.pairs import may_pair, pair
from edi.ledger.reading import read_facts
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import table_of
from edi.ledger.tables import REPLACING, ClaimRow, FindingRow, PaymentRow, RemittanceRow, WorkRow
from edi.ledger.work.worklist import CLOSED

_WITH_CLAIMS: Final = (
    select(*map(col, (PaymentRow.id, PaymentRow.claim, PaymentRow.payer_claim, PaymentRow.record, ClaimRow.id, ClaimRow.record)))
    .join(ClaimRow, col(ClaimRow.claim) == col(PaymentRow.claim))
    .where(one_of(col(PaymentRow.id), "payments"))
)


class Plain(NamedTuple):
    """A payment, by its id, that pays a claim as it was sent."""

    id: int
    claim_id: int
    payer_claim: str
    claim: str
    lines: str
    """Those of the claim that it answers, by their ordinals."""

    @property
    def called(self) -> tuple[str, ...]:
        """All that it calls its claim."""
        return tuple(filter(None, (self.claim, self.payer_claim)))

    @property
    def reverses(self) -> bool:
        return False


def asked_about(session: Session, payments: Sequence[int]) -> list[Any]:
    """Payments by their ids, each with the latest claim of its number, if there is one, and whether more is to be looked at.

    That is another claim of that number (`rival`), or (`other`) another payment of either, a claim that it replaces or that
    replaces it (REF*F8), a finding of this one, or work that is not closed.
    """
    return list(ask(session, _asking(), payments=payments).all())


@cache
def _asking() -> Select[*tuple[Any, ...]]:
    """The question: to put it together takes a third of the time of asking it."""
    row, sent, beside = PaymentRow, ClaimRow, aliased(PaymentRow)
    again, of_number, replacing = aliased(ClaimRow), aliased(ClaimRow), aliased(ClaimRow, name="replacing")
    rival = exists().where(
        col(again.claim_key) == col(row.claim_key),
        func.trim(col(again.claim)) == func.trim(col(row.claim)),
        col(again.id) != col(sent.id),
    )
    latest = select(col(of_number.id)).where(col(of_number.claim) == col(row.claim)).order_by(col(of_number.id).desc()).limit(1)
    another = (
        exists().where(col(beside.claim) == col(row.claim), col(beside.id) != col(row.id)),
        exists().where(col(beside.claim_id) == col(sent.id), col(beside.id) != col(row.id)),
        exists().where(col(replacing.original) == col(row.payer_claim), text(f"replacing.{REPLACING}")),
        exists().where(col(FindingRow.payment_id) == col(row.id)),
        exists().where(col(WorkRow.claim) == col(row.claim), col(WorkRow.state) != CLOSED),
    )
    return (
        select(
            col(RemittanceRow.interchange_id),
            *map(col, (row.id, row.claim, row.payer_claim, row.status, row.charge, row.claim_id, row.other_lines)),
            or_(
                *(col(row.denied), col(row.denied_lines) != ""),
                *(col(sent.denied), col(sent.denied_lines) != "", col(sent.original) != ""),
                *another,
            ).label("other"),
            rival.label("rival"),
            col(sent.id).label("sent_id"),
        )
        .join(RemittanceRow, col(RemittanceRow.id) == col(row.remittance_id))
        .join(sent, col(sent.id) == latest.scalar_subquery(), isouter=True)
        .where(one_of(col(row.id), "payments"))
        .order_by(col(RemittanceRow.interchange_id), col(row.id))
    )


def keep_plain(session: Session, rows: Sequence[Any], pair_of: Callable[[int], int]) -> list[Plain]:
    """Those of payments (as `asked_about` has them) that are plain; what they answer is kept beside them.

    `pair_of` tells of payments by their ids the claims that are known to be their pairs, else 0. What was written with its
    pair is plain; of others it is found out.
    """
    found: list[Plain] = []
    left: list[int] = []
    for _, id, claim, payer_claim, status, charge, claim_id, lines, other, rival, sent_id in rows:
        if sent_id is None or other or rival or claim_id not in (None, sent_id) or not may_pair(status, charge):
            continue
        pair = pair_of(id)
        if pair and pair == claim_id:
            found.append(Plain(id, sent_id, payer_claim, claim, lines))
        elif not pair:
            left.append(id)
    others = _found_out(session, left)
    changes = [{"id": one.id, "claim_id": one.claim_id, "other_lines": one.lines} for one in others]
    if changes:
        change(session.connection(), table_of(PaymentRow), changes)
    return found + others


def _found_out(session: Session, payments: Sequence[int]) -> list[Plain]:
    found = []
    for id, claim, payer_claim, record, sent_id, sent in ask(session, _WITH_CLAIMS, payments=payments) if payments else ():
        one = pair(claim, read_facts(record), sent_id, sent)
        if one is not None and one.lines is not None:
            found.append(Plain(id, sent_id, payer_claim, claim, one.lines))
    return found
