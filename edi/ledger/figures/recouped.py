"""What payers took back beside their claims (PLB), and how much of it no reversal explains; by payer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.figures.adjudicated import DAY, FigureSpan, Payers
from edi.ledger.payments.accounts import Account, ProviderAdjustmentRow, accounts_of
from edi.ledger.tables import RemittanceRow
from edi.linkage.denials.netting import BRIDGES
from edi.linkage.verdict import money
from edi.records.provider_adjustment import ProviderAdjustment

_ZERO: Final = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Recouped:
    """What a payer took back beside its claims, of so many claims."""

    payer: str
    name: str = ""
    claims: int = 0
    amount: Decimal = _ZERO
    unexplained: Decimal = _ZERO
    """The part of it of which no reversal says why, by all that is on file as of that day."""

    def to_json(self) -> dict[str, Any]:
        return {
            "payer": self.payer,
            "name": self.name or None,
            "claims": self.claims,
            "amount": money(self.amount),
            "unexplained": money(self.unexplained),
        }


def recouped(session: Session, span: FigureSpan, known: Payers) -> list[Recouped]:
    """By payer, the most first, what its remittances of a span took back of claims that they name."""
    own, remittance = ProviderAdjustmentRow, RemittanceRow
    columns = (own.position, own.code, own.reference, own.amount, own.claim, remittance.trace, remittance.payer_id)
    query = (
        select(*map(col, columns), col(remittance.payer_name), DAY.label("day"))
        .join(remittance, col(remittance.id) == col(own.remittance_id))
        .where(col(own.code).in_(BRIDGES), col(own.claim) != "", span.came)
        .order_by(col(own.id))
    )
    rows = [row for row in session.execute(query) if row.amount and row.amount > 0]
    rows = [row for row in rows if span.has(known.id(row.payer_id or row.payer_name), row.day)]
    by_place = _by_place(session, {_named(row) for row in rows}, span.today)
    found: dict[str, Recouped] = {}
    seen: dict[tuple[str, object], Decimal] = {}
    """By payer and claim: what is left that no reversal explains."""
    for row in {_place(row): row for row in rows}.values():  # a remittance that came twice took once
        payer = known.id(row.payer_id or row.payer_name)
        one = found.setdefault(payer, Recouped(payer=payer, name=known.names.get(payer, row.payer_name)))
        account = by_place.get(_place(row))
        claim = payer, account.first if account else row.claim
        if claim not in seen:
            one.claims += 1
            seen[claim] = max(account.net.bridge, _ZERO) if account else row.amount
        elif account is None:
            seen[claim] += row.amount
        one.amount += row.amount
        taken = min(seen[claim], row.amount)
        one.unexplained += taken
        seen[claim] -= taken
    return sorted(found.values(), key=lambda one: (-one.amount, one.payer))


def _by_place(session: Session, claims: set[str], today: date) -> dict[tuple[object, ...], Account]:
    """The account of each thing that was settled beside one of these claims."""
    return {_place(row): account for account in accounts_of(session, claims, today) for row in account.beside}


def _place(row: Any) -> tuple[object, ...]:
    return row.trace, row.position, row.code, row.reference


def _named(row: Any) -> str:
    return ProviderAdjustment(code=row.code, reference=row.reference).claim
