"""835: a whole remittance as it is read: its check or transfer, its payments one at a time, what is settled beside claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Final

from edi.errors import Problem
from edi.guides.document import Unit, units
from edi.records.balance import INTEREST_PAID, PAYMENT_TOTAL, Balance, less, total
from edi.records.provider_adjustment import INTEREST, ProviderAdjustment, provider_adjustments
from edi.records.provider_summary import ProviderSummary, provider_summary
from edi.records.remittance import REVERSAL, Payment, is_payment, payment_of
from edi.records.transfer import read_transfer
from edi.records.values import ZERO
from edi.text.segments import Source

SET: Final = "835"
_INTEREST: Final = "I"
"""AMT01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceTotals:
    """The sums of a remittance's claims, and of what is settled beside them."""

    claims: int
    reversals: int
    """How many of them take back an earlier payment."""
    charge: Decimal
    paid: Decimal
    """The sum of CLP04."""
    adjusted: Mapping[str, Decimal]
    """By group: CO, OA, PI, PR."""
    interest: Decimal
    """AMT*I, which PLB pays."""
    withheld: Decimal
    """The sum of PLB: what lessens the payment."""


class Remittance:
    """One 835 transaction while it is read: memory is bounded by one claim.

    `payments` can be gone through once. `adjustments`, `totals`, `balances` and `problems` are known when it was: who asks
    before has the rest of the payments read, and they are gone.
    """

    def __init__(self, header: Unit, rest: Iterator[Unit]) -> None:
        isa, st = header.context.isa, header.context.st
        self.transfer: Final = read_transfer(header.loop)
        self.interchange: Final = isa.get(13) if isa else ""
        self.offset: Final = st.offset if st else 0
        """Where its ST begins."""
        self.payments: Final = self._read(rest)
        self._adjustments = provider_adjustments(header.loop)  # without claims, all of it is header
        self._summaries: list[ProviderSummary] = []
        self._closed = header.loop.first("SE") is not None
        self._claims = self._reversals = 0
        self._charge = self._paid = self._interest = ZERO
        self._adjusted: dict[str, Decimal] = defaultdict(lambda: ZERO)

    def __repr__(self) -> str:
        return f"Remittance({self.transfer.trace})"

    @property
    def adjustments(self) -> tuple[ProviderAdjustment, ...]:
        """Every pair of every PLB."""
        self.finish()
        return tuple(self._adjustments)

    @property
    def summaries(self) -> tuple[ProviderSummary, ...]:
        """What the payer sums up by provider (TS3, TS2), where it does."""
        self.finish()
        return tuple(self._summaries)

    @property
    def totals(self) -> RemittanceTotals:
        """What its claims and its PLBs come to."""
        self.finish()
        return RemittanceTotals(
            claims=self._claims,
            reversals=self._reversals,
            charge=self._charge,
            paid=self._paid,
            adjusted=dict(sorted(self._adjusted.items())),
            interest=self._interest,
            withheld=total(adjustment.amount for adjustment in self._adjustments),
        )

    @property
    def balances(self) -> tuple[Balance, ...]:
        """What must add up in the whole remittance; each payment has its own."""
        totals = self.totals
        found = [Balance(rule=PAYMENT_TOTAL, expected=less(totals.paid, totals.withheld), found=self.transfer.amount)]
        if totals.interest and not any(adjustment.code == INTEREST for adjustment in self._adjustments):
            found.append(Balance(rule=INTEREST_PAID, expected=totals.interest, found=ZERO))
        return tuple(found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What does not add up in the whole remittance; and that it was cut off, where it has no SE."""
        told = self.transfer.transaction
        found = [one.problem(transaction=told, offset=self.offset) for one in self.balances if not one.holds]
        if not self._closed:
            found.append(Problem(code="se-missing", message=f"Transaction {told} has no SE", transaction=told, segment="SE"))
        return tuple(found)

    def finish(self) -> None:
        """Read on to the end; the payments on the way are counted, and not given."""
        for _ in self.payments:
            pass

    def _read(self, parts: Iterator[Unit]) -> Iterator[Payment]:
        for unit in parts:
            if is_payment(unit):
                payment = payment_of(unit, self.transfer)
                self._count(payment)
                yield payment
            elif unit.kind == "trailer":
                self._adjustments += provider_adjustments(unit.loop)
                self._closed = unit.loop.first("SE") is not None
            elif unit.kind == "unit":
                summary = provider_summary(unit.loop.texts(unit.context.delimiters))
                self._summaries += (summary,) if summary else ()

    def _count(self, payment: Payment) -> None:
        self._claims += 1
        self._reversals += payment.status == REVERSAL
        self._charge = total((self._charge, payment.charge))
        self._paid = total((self._paid, payment.paid))
        self._interest = total((self._interest, *(amount.value for amount in payment.amounts if amount.code == _INTEREST)))
        for adjustment in payment.every_adjustment():
            self._adjusted[adjustment.group] = total((self._adjusted[adjustment.group], adjustment.amount))


def read_remittances(source: Source) -> Iterator[Remittance]:
    """Every remittance of a source whose guide is known; the one before is finished when the next is asked for."""
    begun = 0

    def transaction(unit: Unit) -> int:
        nonlocal begun
        begun += unit.kind == "header"
        return begun

    for _, parts in groupby(units(source), transaction):
        remittance = _begun(parts)
        if remittance is not None:
            yield remittance
            remittance.finish()


def _begun(parts: Iterator[Unit]) -> Remittance | None:
    """What the units from one header to the next are, where they are a remittance."""
    first = next(parts)
    guide = first.context.guide
    return Remittance(first, parts) if first.kind == "header" and guide is not None and guide.set == SET else None
