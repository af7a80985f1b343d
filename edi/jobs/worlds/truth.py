"""What is right for each claim of a world: verdict, number and reason, and the numbers that it carries in the end; as JSON.

The verdicts are written here as words and not taken from the linker, which is judged by them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = 1
CLAIM: Final = "2300"
REFERRED: Final = "2300/9F"
FINE: Final = frozenset({"linked", "already-linked", "not-required", "requirement-unknown", "not-applicable"})
"""With these a claim goes out, and nobody need do anything."""
WRITTEN: Final = frozenset({"linked", "units-short"})
"""With these the authorization's number is written, unless it stands there already."""
UNNEEDED: Final = frozenset({"not-required", "requirement-unknown"})
"""Lines with these are left out where the claim is told in one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
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
    rows: tuple[Row, ...]
    numbers: Mapping[str, str]
    """Every number on the claim after linking, by its place: the authorization's (REF*G1) at 2300 or at a line (2400/2), another
    payer's at 2330B/PAYER or at a line (2400/2/PAYER), the referral's (REF*9F) at 2300/9F."""

    def row(self, line: str | None) -> Row:
        """What is right for a line."""
        return next((row for row in self.rows if row.line == line), self.rows[0])


def at_line(line: str, payer: str = "") -> str:
    """The place of a line's number; of another payer's, by its id."""
    return f"2400/{line}/{payer}" if payer else f"2400/{line}"


def of_payer(payer: str) -> str:
    """The place of another payer's number for the claim."""
    return f"2330B/{payer}"


def to_json(truths: Sequence[Truth], *, seed: int, size: int) -> str:
    """The document truth.json."""
    document = {"version": VERSION, "seed": seed, "size": size, "claims": [_claim(truth) for truth in truths]}
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


def from_json(text: str) -> list[Truth]:
    """The inverse of `to_json`. A ValueError or KeyError says that this is no truth.json."""
    document = json.loads(text)
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']} is not known")
    return [
        Truth(
            file=claim["file"],
            position=claim["position"],
            claim=claim["claim"],
            story=claim["story"],
            rows=tuple(
                Row(line=r["line"], verdict=r["verdict"], authorization=r["authorization"] or "", reason=r["reason"])
                for r in claim["rows"]
            ),
            numbers=claim["numbers"],
        )
        for claim in document["claims"]
    ]
