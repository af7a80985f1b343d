"""The payers of claims that no file of rules names: their authorizations may be under ids that nobody joined to theirs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from edi.linkage.terms import PayerRules, Required
from edi.linkage.verdict import money
from edi.records.claim import Claim


@dataclass(frozen=True, slots=True)
class UnmappedPayer:
    """A payer in 2010BB that no file names, and how much goes to it."""

    id: str
    name: str
    claims: int
    amount: Decimal

    def to_json(self) -> dict[str, Any]:
        """The payer as in reports; what is absent is None."""
        return {"id": self.id or None, "name": self.name or None, "claims": self.claims, "amount": money(self.amount)}


class Unmapped:
    """Sees claims go by, and knows the payers that are not mapped. Where files name no payer at all nobody is missed."""

    def __init__(self, rules: Required | None) -> None:
        self._matching = rules.matching if isinstance(rules, PayerRules) and rules.matching.payers else None
        self._found: dict[tuple[str, str], list[Decimal]] = {}

    def see(self, claim: Claim) -> None:
        """Note a claim's payer."""
        if self._matching is not None and not self._matching.knows(claim):
            self._found.setdefault((claim.payer.id.strip(), claim.payer.name.strip()), []).append(claim.charge)

    def found(self) -> tuple[UnmappedPayer, ...]:
        """The payers that were seen and are not mapped, by money."""
        payers = (UnmappedPayer(*called, len(amounts), sum(amounts, Decimal(0))) for called, amounts in self._found.items())
        return tuple(sorted(payers, key=lambda payer: (-payer.amount, payer.id, payer.name)))
