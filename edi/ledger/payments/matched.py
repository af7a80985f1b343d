"""What is told of payments that were matched: of each with its claim and findings, and of all as one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from edi.ledger.payments.accounts import Recoupment, called
from edi.linkage.denials.denial import Finding, PaymentMatch, totals
from edi.linkage.verdict import money
from edi.records.remittance import REVERSAL, Payment


def matched(payments: int, told: Iterable[PaymentReport], problems: Sequence[Any] = ()) -> Matched:
    """So many payments as one report, with what those say that deny or cut something, or answer no claim."""
    told = list(told)
    found = [(finding, one.tax_id) for one in told for finding in one.findings]
    return Matched(
        payments=payments,
        findings=tuple(finding for finding, _ in found),
        unmatched=tuple(one.unmatched for one in told if one.unmatched is not None),
        problems=tuple(problems),
        tax_ids=tuple(tax_id for _, tax_id in found),
    )


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A payment whose claim was not found, with how that was tried, the nearest claims, and what speaks against each."""

    payment: Payment
    match: PaymentMatch

    @property
    def candidates(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The nearest claims, each with what speaks against it."""
        return tuple(zip(self.match.nearest, self.match.against, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "claim": self.payment.claim,
            "payer_claim": self.payment.payer_claim or None,
            "status": self.payment.status,
            "charge": money(self.payment.charge),
            "paid": money(self.payment.paid),
            "how": self.match.how,
            "nearest": list(self.match.nearest),
            "candidates": [{"claim": claim, "against": list(said)} for claim, said in self.candidates],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What remittances deny or cut, and which of their payments answer no claim that we know."""

    payments: int
    findings: tuple[Finding, ...]
    unmatched: tuple[Unmatched, ...]
    problems: tuple[Any, ...] = ()
    """What is wrong with the file (see `edi.errors.Problem`)."""
    recouped: tuple[Recoupment, ...] = ()
    """What they take back beside their claims (PLB)."""
    tax_ids: tuple[str, ...] = ()
    """Of each finding: the tax id of who was paid; "" where the remittance does not say it."""

    @property
    def unexplained(self) -> tuple[Recoupment, ...]:
        """What they take back, and no reversal says why."""
        return tuple(one for one in self.recouped if one.unexplained)

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By kind: findings and amounts."""
        return totals(self.findings)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {
            "version": 1,
            "findings": [finding.to_json() for finding in self.findings],
            "unmatched": [one.to_json() for one in self.unmatched],
            "recouped": [one.to_json() for one in self.recouped],
            "totals": self.totals,
        }


class PaymentReport(NamedTuple):
    """What is told of one payment. A report has many of them, so they do not hold on to payments and claims."""

    tax_id: str
    """The payee's."""
    findings: tuple[Finding, ...]
    unmatched: Unmatched | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One payment, by its id, with the claim that it answers and what it denies or cuts."""

    id: int
    payment: Payment
    """As far as it is asked any more: without its lines, adjustments and people."""
    claim_id: int | None
    """Of the claim that it answers, where that is sure."""
    sent: str
    """The number (CLM01) of the claim that it answers, also where that is not sure; "" where there is none."""
    payer_id: str
    """By the remittance, which need not tell it, else by the claim."""
    findings: tuple[Finding, ...]
    denied: bool
    """Whether it denies every dollar of its claim."""
    denied_lines: str
    """The lines of the claim that it denies, by their ordinals."""
    other_lines: str
    """Those that it answers otherwise."""
    unmatched: Unmatched | None

    @property
    def payer_claim(self) -> str:
        return self.payment.payer_claim

    @property
    def called(self) -> tuple[str, ...]:
        """All that it calls its claim."""
        return called(self.payment)

    @property
    def reverses(self) -> bool:
        return self.payment.status == REVERSAL

    @property
    def told(self) -> PaymentReport | None:
        """What a report has of it; None where it denies nothing, and its claim was found."""
        told = self.findings or self.unmatched is not None
        return PaymentReport(self.payment.payee.tax_id, self.findings, self.unmatched) if told else None
