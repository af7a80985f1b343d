"""Which claim each payment answers for certain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.tables import ClaimRow, PaymentRow


class MatchedPayment(NamedTuple):
    """A payment, by the numbers in it, and the claim that it answers."""

    claim: str
    """CLP01."""
    payer_claim: str
    """CLP07."""
    sent: str
    """CLM01."""


def matches(session: Session) -> Iterator[MatchedPayment]:
    """Every payment whose claim was found for certain, in the order in which they came."""
    columns = (col(PaymentRow.claim), col(PaymentRow.payer_claim), col(ClaimRow.claim))
    query = select(*columns).join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id)).order_by(col(PaymentRow.id))
    return (MatchedPayment(*row) for row in session.execute(query))
