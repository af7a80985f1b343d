"""PLB: money of a remittance that is no claim's in it, what it is, and which claim or remittance it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from edi import resources
from edi.errors import DefinitionError
from edi.guides.document import Loop
from edi.records.values import ZERO, read_amount, read_date
from edi.text.segments import Segment

BALANCES: Final = "835/balances.tsv"
INTEREST: Final = "L6"
FORWARD: Final = "FB"
REFUND: Final = "72"
CLAIM: Final = "claim"
REMITTANCE: Final = "remittance"
_NUMBERS: Final = (CLAIM, REMITTANCE, "-")
_PAIRS: Final = range(3, 14, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAdjustment:
    """One pair of a PLB. What is positive lessens the payment."""

    code: str
    """PLB03-1: WO overpayment taken back, FB carried forward, CS adjustment, 72 refund received, L6 interest ..."""
    reference: str = ""
    """PLB03-2."""
    amount: Decimal = ZERO
    provider: str = ""
    """PLB01."""
    fiscal: date | None = None
    """PLB02: the end of the provider's fiscal year."""

    @property
    def label(self) -> str:
        """What it is, in a few words of ours; "" for a code that is none."""
        known = _kinds().get(self.code)
        return known.label if known else ""

    @property
    def claim(self) -> str:
        """The claim that it is about: the payer's number (CLP07) or ours (CLP01); "" where its kind names none."""
        return self._number(CLAIM)

    @property
    def remittance(self) -> str:
        """The other remittance (TRN02) that a balance is carried to or from; "" where its kind names none."""
        return self._number(REMITTANCE)

    def _number(self, what: str) -> str:
        """The reference, where it is one of these. Medicare puts the patient's number behind a claim's, after blanks."""
        known = _kinds().get(self.code)
        words = self.reference.split() if known and known.number == what else ()
        return words[0] if words else ""


class _Kind(NamedTuple):
    number: str
    label: str


@cache
def _kinds() -> Mapping[str, _Kind]:
    """What each code is."""
    path = resources.definition(BALANCES)
    found: dict[str, _Kind] = {}
    for n, line in enumerate(resources.text_of(path)[1].splitlines(), 1):
        if line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != 3 or row[1] not in _NUMBERS or row[0] in found:
            raise DefinitionError("expected a code of its own, claim, remittance or -, and a label", BALANCES, n, 1, line)
        found[row[0]] = _Kind(row[1], row[2])
    return found


def provider_adjustments(loop: Loop) -> list[ProviderAdjustment]:
    """The pairs of every PLB of a loop, the trailer's."""
    return [adjustment for plb in loop.every("PLB") for adjustment in _pairs(plb)]


def _pairs(plb: Segment) -> Iterator[ProviderAdjustment]:
    for at in _PAIRS:
        code, amount = plb.get(at, 1), read_amount(plb.get(at + 1))
        if code or amount:
            yield ProviderAdjustment(
                code=code,
                reference=plb.get(at, 2),
                amount=amount or ZERO,
                provider=plb.get(1),
                fiscal=read_date(plb.get(2)),
            )
