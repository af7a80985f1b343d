"""What is right for each claim of a world (verdict, number, reason, the numbers that it carries in the end) and for each payment.

The words are written here and not taken from the linker, which is judged by them. All of it is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = 2
CLAIM: Final = "2300"
REFERRED: Final = "2300/9F"
FINE: Final = frozenset({"linked", "already-linked", "not-required", "requirement-unknown", "not-applicable"})
"""With these a claim goes out, and nobody need do anything."""
WRITTEN: Final = frozenset({"linked", "units-short"})
"""With these the authorization's number is written, unless it stands there already."""
WRONG: Final = "wrong-number"
UNNEEDED: Final = frozenset({"not-required", "requirement-unknown"})
"""Lines with these are left out where the claim is told in one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightVerdict:
    """What is right for a claim (`line` None: all of it) or for one of its lines (LX01)."""

    line: str | None = None
    verdict: str
    authorization: str = ""
    """The number that is written or kept; else that of the authorization that is meant, "" where it has none."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One claim of a world."""

    file: str
    """Within the world's folder: claims/01-professional.837."""
    position: int
    """Which claim of the file, from 1."""
    claim: str
    """CLM01."""
    story: str
    rows: tuple[RightVerdict, ...]
    numbers: Mapping[str, str]
    """Every number on the claim after linking, by its place: the authorization's (REF*G1) at 2300 or at a line (2400/2), another
    payer's at 2330B/PAYER or at a line (2400/2/PAYER), the referral's (REF*9F) at 2300/9F."""

    @property
    def replaced(self) -> Mapping[str, str]:
        """The numbers where wrong ones may be written over: one that fits stands in the place of the claim's wrong one."""
        wrong = [row for row in self.rows if row.verdict == WRONG and row.authorization not in (*self.numbers.values(), "")]
        return {**self.numbers, CLAIM: wrong[0].authorization} if wrong else self.numbers

    def row(self, line: str | None) -> RightVerdict:
        """What is right for a line."""
        return next((row for row in self.rows if row.line == line), self.rows[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What is right about one adjustment of a payment."""

    line: str | None
    """LX01 where the line's control number tells it, else the line's place in the payment; None for one of the whole claim."""
    code: str
    """Group and reason: CO-197."""
    amount: str
    kind: str = ""
    """What the payer says; "" where nothing was denied."""
    cause: str = ""
    """What is behind it; "" where the kind is not about an authorization or a referral."""
    authorization: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remitted:
    """One payment of a world: the claim that it answers, and its adjustments in their order."""

    file: str
    """remittances/01-birdsong.835."""
    position: int
    """Which payment of the file, from 1."""
    claim: str
    """CLP01, which is not always what was sent."""
    payer_claim: str
    """CLP07."""
    answers: str
    """CLM01 of the claim, "" for a payment of none of them."""
    story: str
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as the truth has it."""

    what: str
    """See `checking` for claims, `reconciling` for payments."""
    truth: Truth | Remitted
    where: str
    """The line, "" for the claim; for numbers 2300, 2400/1."""
    right: str
    found: str
    why: str = ""
    """Why the truth is what it is."""
    said: str = ""
    """Why, as the linker or the matching told it."""

    def to_json(self) -> dict[str, Any]:
        """The difference as in reports."""
        return {
            "what": self.what,
            "file": self.truth.file,
            "claim": self.truth.claim,
            "where": self.where or None,
            "story": self.truth.story,
            "right": self.right or None,
            "found": self.found or None,
            "why": self.why or None,
            "said": self.said or None,
        }


def at_line(line: str, payer: str = "") -> str:
    """The place of a line's number; of another payer's, by its id."""
    return f"2400/{line}/{payer}" if payer else f"2400/{line}"


def of_payer(payer: str) -> str:
    """The place of another payer's number for the claim."""
    return f"2330B/{payer}"


def to_json(truths: Sequence[Truth], remitted: Sequence[Remitted], *, seed: int, size: int) -> str:
    """The document truth.json."""
    document = {
        "version": VERSION,
        "seed": seed,
        "size": size,
        "claims": [_claim(truth) for truth in truths],
        "payments": [_payment(payment) for payment in remitted],
    }
    return json.dumps(document, indent=1) + "\n"


def _claim(truth: Truth) -> dict[str, Any]:
    rows = [
        {"line": row.line, "verdict": row.verdict, "authorization": row.authorization or None, "reason": row.reason}
        for row in truth.rows
    ]
    return {
        "file": truth.file,
        "position": truth.position,
        "claim": truth.claim,
        "story": truth.story,
        "rows": rows,
        "numbers": dict(truth.numbers),
    }


def _payment(payment: Remitted) -> dict[str, Any]:
    return {
        "file": payment.file,
        "position": payment.position,
        "claim": payment.claim,
        "payer_claim": payment.payer_claim,
        "answers": payment.answers or None,
        "story": payment.story,
        "adjustments": [
            {
                "line": one.line,
                "code": one.code,
                "amount": one.amount,
                "kind": one.kind or None,
                "cause": one.cause or None,
                "authorization": one.authorization or None,
                "reason": one.reason or None,
            }
            for one in payment.adjustments
        ],
    }


def from_json(text: str) -> tuple[list[Truth], list[Remitted]]:
    """The inverse of `to_json`. A ValueError or KeyError says that this is no truth.json."""
    document = json.loads(text)
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']} is not known")
    return [_read_claim(claim) for claim in document["claims"]], [_read_payment(one) for one in document["payments"]]


def _read_claim(claim: dict[str, Any]) -> Truth:
    return Truth(
        file=claim["file"],
        position=claim["position"],
        claim=claim["claim"],
        story=claim["story"],
        rows=tuple(
            RightVerdict(line=r["line"], verdict=r["verdict"], authorization=r["authorization"] or "", reason=r["reason"])
            for r in claim["rows"]
        ),
        numbers=claim["numbers"],
    )


def _read_payment(payment: dict[str, Any]) -> Remitted:
    return Remitted(
        file=payment["file"],
        position=payment["position"],
        claim=payment["claim"],
        payer_claim=payment["payer_claim"],
        answers=payment["answers"] or "",
        story=payment["story"],
        adjustments=tuple(
            Adjustment(**{key: value if key == "line" else value or "" for key, value in one.items()})
            for one in payment["adjustments"]
        ),
    )
