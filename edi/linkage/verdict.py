"""The verdicts on a claim or line, and the row that reports one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edi import resources
from edi.frozen import quick
from edi.linkage.identity import NOT_TOLD, Who
from edi.linkage.misfit import Misfit, Remaining

if TYPE_CHECKING:  # which imports the verdicts
    from edi.linkage.unmapped import UnmappedPayer

NOTHING_NAMED: Final = "No rule asks for one, and what is on file names no service: its request may, or a rule for its type."
"""Said where an approval of the time may be meant or not."""


class Verdict(StrEnum):
    """What became of a claim or line. Only for the first five there is nothing to do."""

    LINKED = "linked"
    ALREADY_LINKED = "already-linked"
    NOT_REQUIRED = "not-required"
    REQUIREMENT_UNKNOWN = "requirement-unknown"
    NOT_APPLICABLE = "not-applicable"
    MISSING = "missing"
    NUMBER_UNKNOWN = "number-unknown"
    WRONG_NUMBER = "wrong-number"
    SERVICE_MISMATCH = "service-mismatch"
    BEFORE_PERIOD = "before-period"
    AFTER_PERIOD = "after-period"
    PROVIDER_MISMATCH = "provider-mismatch"
    PLACE_MISMATCH = "place-mismatch"
    OTHER_PAYER = "other-payer"
    AUTHORIZATION_PENDING = "authorization-pending"
    AUTHORIZATION_DENIED = "authorization-denied"
    AUTHORIZATION_CANCELLED = "authorization-cancelled"
    CALL_PAYER = "call-payer"
    UNITS_SHORT = "units-short"
    UNITS_USED_UP = "units-used-up"
    EXCEPTION_CLAIMED = "exception-claimed"
    AMBIGUOUS = "ambiguous"
    SPLIT_NEEDED = "split-needed"

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do: one of the first five."""
        return self in SETTLED

    @property
    def action(self) -> str:
        """What a person does about it, in a sentence (edi/837/actions.tsv); "" where nothing is left to do."""
        return _actions().get(self.value, "")


@cache
def _actions() -> Mapping[str, str]:
    with resources.definition(ACTIONS).open(encoding="utf-8") as lines:
        rows = [line.rstrip("\r\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return MappingProxyType(dict(rows))


ACTIONS: Final = "837/actions.tsv"
SETTLED: Final = frozenset(tuple(Verdict)[:5])


@quick
@dataclass(frozen=True, slots=True)
class Candidate:
    """An authorization of this patient, or of who may be, that was looked at: its number (else its key or
    trace), whether it fits, and why.
    """

    authorization: str
    fits: bool
    why: str
    speaks_for: tuple[str, ...] = ()
    """All that was compared and fits, in words, and all that does not."""
    speaks_against: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The candidate as in reports."""
        return {
            "authorization": self.authorization,
            "fits": self.fits,
            "why": self.why,
            "for": list(self.speaks_for),
            "against": list(self.speaks_against),
        }


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was decided about a claim (`line` None) or about one of its lines (LX01)."""

    claim: str
    """CLM01."""
    transaction: str
    """ST02."""
    payer: str
    """The payer's id, else its name: the destination, or (`other`) one of the claim's other payers."""
    kind: str = "authorization"
    """authorization (REF*G1) or referral (REF*9F)."""
    other: bool = False
    line: str | None = None
    verdict: Verdict
    written: bool = False
    authorization: str = ""
    """The number that was written or kept; for any other verdict that of the authorization that it speaks of, or ""."""
    key: str = ""
    """That authorization's key, where it has one."""
    previous: str = ""
    """The number or placeholder that stood there, where it is not `authorization`."""
    placement: str = ""
    """Where the REF stands now, with this number or the one that was kept: 2300, 2330B or 2400; "" when there is none."""
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    misfit: Misfit | None = None
    """In what the authorization that the verdict speaks of does not fit; None where it says nothing of dates, codes, amounts."""
    remaining: Remaining | None = None
    """What is left of an authorization that fits."""
    notes: tuple[str, ...] = ()
    """What is good to know and no reason for the verdict (`expiring`)."""
    amount: Decimal = Decimal(0)
    """The charge: the claim's, or the line's."""
    offset: int = 0
    """Where CLM begins, in bytes."""
    who: Who = NOT_TOLD
    """Whose claim it is, of several with its CLM01; it is in no report."""

    @property
    def doubtful(self) -> bool:
        """Whether it leaves nothing to do only as far as what is on file does not say what it is for."""
        return NOTHING_NAMED in self.reasons

    def to_json(self) -> dict[str, Any]:
        """The row as in reports; what is absent is None."""
        return {
            "claim": self.claim,
            "transaction": self.transaction,
            "payer": self.payer,
            "line": self.line,
            "verdict": self.verdict.value,
            "written": self.written,
            "authorization": self.authorization or None,
            "previous": self.previous or None,
            "placement": self.placement or None,
            "reasons": list(self.reasons),
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "misfit": self.misfit.to_json() if self.misfit else None,
            "remaining": self.remaining.to_json() if self.remaining else None,
            "notes": list(self.notes),
            "amount": money(self.amount),
            "offset": self.offset,
            "kind": self.kind,
        }


class Head(NamedTuple):
    """What is asked of every row: fields of it."""

    claim: str
    offset: int
    verdict: Verdict
    amount: Decimal


def report(rows: Sequence[Row], beside: Sequence[Row] = (), unmapped: Sequence[UnmappedPayer] = ()) -> dict[str, Any]:
    """What was decided as in reports, version 1."""
    return {
        "version": 1,
        "unmapped_payers": [payer.to_json() for payer in unmapped],
        "claims": [row.to_json() for row in rows],
        "totals": totals(rows),
        "beside": [row.to_json() for row in beside],
    }


def totals(rows: Iterable[Row | Head]) -> dict[str, dict[str, Any]]:
    """By verdict, in the order of the verdicts: how many claims have it, and the charges. Each dollar is counted once."""
    claims: dict[Verdict, set[tuple[str, int]]] = {}
    amounts: dict[Verdict, Decimal] = {}
    for row in rows:
        claims.setdefault(row.verdict, set()).add((row.claim, row.offset))
        amounts[row.verdict] = amounts.get(row.verdict, Decimal(0)) + row.amount
    return {v.value: {"claims": len(claims[v]), "amount": money(amounts[v])} for v in Verdict if v in claims}


def money(amount: Decimal) -> str:
    """An amount as a decimal string with cents, "150.00"; more places only where it has them."""
    whole, _, cents = format(amount, "f").partition(".")  # not quantize, which refuses what is longer than its precision
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"
