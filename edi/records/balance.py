"""What must add up in an 835, at its three levels: what is stated, and what its parts come to.

The rules of level 3 in `edi/835/remittance.rules` judge the same of a document; records say it of what was read. Sums are exact,
and hold with their signs, so also for a reversal. What is no amount counts as 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.errors import ERROR, WARNING, Problem
from edi.records.values import ZERO

LINE_PAYMENT: Final = "line-payment"
CLAIM_PAYMENT: Final = "claim-payment"
CLAIM_CHARGE: Final = "claim-charge"
PATIENT_SHARE: Final = "patient-share"
PATIENT_SHARE_MISSING: Final = "patient-share-missing"
PAYMENT_TOTAL: Final = "payment-total"
INTEREST_PAID: Final = "interest-paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One sum: `found` is stated, `expected` is what its parts come to."""

    rule: str
    """The rule of level 3 that says the same."""
    expected: Decimal
    found: Decimal
    line: int | None = None
    """The ordinal of the line, where it is one's."""

    @property
    def holds(self) -> bool:
        return self.expected == self.found

    @property
    def message(self) -> str:
        """What does not add up, for a person, with both sums."""
        return _TOLD[self.rule].says.format(found=f"{self.found:f}", expected=f"{self.expected:f}")

    def problem(self, *, transaction: str, claim: str | None = None, offset: int | None = None) -> Problem:
        """The same as a problem of the document; `offset` is where its claim or its transaction begins."""
        told = _TOLD[self.rule]
        return Problem(
            code=self.rule,
            message=self.message,
            severity=told.severity,
            level=3,
            transaction=transaction,
            claim=claim,
            loop=told.loop,
            segment=told.segment,
            element=told.element,
            offset=offset,
        )


class _Told(NamedTuple):
    loop: str | None
    segment: str
    element: int | None
    says: str
    severity: str = ERROR


_EXACT: Final = Context(prec=128, Emin=-999, Emax=999)
"""Python's own reckons with 28 digits; files have more."""
_CLAIM: Final = "2000/2100"
_TOLD: Final = MappingProxyType(
    {
        LINE_PAYMENT: _Told(
            "2000/2100/2110", "SVC", 3, "The line is paid {found}; its charge less its adjustments comes to {expected}"
        ),
        CLAIM_PAYMENT: _Told(
            _CLAIM, "CLP", 4, "The claim is paid {found}; its charge less all adjustments comes to {expected}"
        ),
        CLAIM_CHARGE: _Told(_CLAIM, "CLP", 3, "The claim's charge is {found}, its lines come to {expected}", WARNING),
        PATIENT_SHARE: _Told(_CLAIM, "CLP", 5, "The patient owes {found}; the adjustments of group PR come to {expected}"),
        PATIENT_SHARE_MISSING: _Told(
            _CLAIM, "CLP", None, "Adjustments of group PR come to {expected}, but CLP05 does not say what the patient owes"
        ),
        PAYMENT_TOTAL: _Told(None, "BPR", 2, "The payment is {found}; claims less balances (PLB) come to {expected}"),
        INTEREST_PAID: _Told(
            None, "BPR", None, "Claims tell of {expected} interest (AMT*I), but no balance (PLB, L6) pays it"
        ),
    }
)  # fmt: skip


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts, exactly, however long they are."""
    return reduce(_EXACT.add, amounts, ZERO)


def less(amount: Decimal, other: Decimal) -> Decimal:
    """One amount less another, exactly."""
    return _EXACT.subtract(amount, other)
