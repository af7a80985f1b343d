"""The remittances of a world against the matching: what is said of each adjustment, and which claim each payment answers.

The claims are taken as they are, some remittances before them; then each remittance is matched, as `edi remittances match` does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edi.jobs.worlds.making import CLAIMS, REMITTANCES, REQUESTS, RESPONSES, RULES
from edi.jobs.worlds.truth import Adjustment, Difference, Remitted
from edi.ledger import Ledger
from edi.ledger.payments.matched import Matched
from edi.linkage.denials.denial import Finding
from edi.linkage.verdict import money

KIND, CAUSE, MEANT, CLAIM = "kind", "cause", "authorization", "claim"
UNFOUND, UNFOUNDED, FALSE = "not found", "no denial", "false match"
"""What may differ. FALSE: the payment of another claim, for certain. claim: found none or one where there is one or none.
UNFOUND: a denial that was not told; UNFOUNDED: one that is none; kind, cause, authorization: another than the right one.
"""
_WRONG: Final = frozenset({KIND, CAUSE, UNFOUND, UNFOUNDED})
Key = tuple[str, str]
"""CLP01 and CLP07."""


@dataclass(slots=True)
class Reconciled:
    """What matching came to."""

    payments: int = 0
    denials: int = 0
    """Adjustments that deny or cut."""
    amiss: int = 0
    """Of these, those that were not found, or not with the right kind and cause; and what was told and is no denial."""
    twice: int = 0
    """Payments that were counted again when they came in another envelope."""
    missed: list[Difference] = field(default_factory=list)

    @property
    def false_matches(self) -> int:
        return sum(one.what == FALSE for one in self.missed)

    @property
    def right(self) -> float:
        """The share of denials with the right kind and cause."""
        return 1 - self.amiss / self.denials if self.denials else 1.0

    def add(self, other: Reconciled) -> None:
        """What another world came to, as well."""
        self.payments += other.payments
        self.denials += other.denials
        self.amiss += other.amiss
        self.twice += other.twice
        self.missed += other.missed

    def to_json(self) -> dict[str, Any]:
        """As in reports."""
        return {
            "payments": self.payments,
            "denials": self.denials,
            "right": self.denials - self.amiss,
            "false_matches": self.false_matches,
            "counted_twice": self.twice,
            "differences": [one.to_json() for one in self.missed],
        }


def reconcile(folder: Path, remitted: Sequence[Remitted]) -> Reconciled:
    """Match the remittances of a world, in a ledger that is thrown away, and compare with its truth."""
    by_file: dict[str, list[Remitted]] = {}
    for one in remitted:
        by_file.setdefault(one.file, []).append(one)
    rules = sorted((folder / RULES).glob("*.rules"))
    reconciled = Reconciled()
    with (
        tempfile.TemporaryDirectory(prefix="edi-world-") as scratch,
        Ledger(f"sqlite:///{Path(scratch) / 'ledger.db'}") as ledger,
    ):
        early = [name for n, name in enumerate(by_file) if n % 3 == 1]
        for path in (
            *_all(folder, REQUESTS),
            *_all(folder, RESPONSES),
            *(folder / name for name in early),
            *_all(folder, CLAIMS),
        ):
            ledger.take(path, rules)
        for name, truths in by_file.items():
            compare(reconciled, truths, ledger.match(folder / name, rules))
        _answers(reconciled, remitted, ledger)
        known = ledger.status()
        for path in _all(folder, REMITTANCES):
            if f"{REMITTANCES}/{path.name}" not in by_file:
                ledger.take(path, rules)
        reconciled.twice = ledger.status().payments - known.payments
    return reconciled


def _all(folder: Path, room: str) -> list[Path]:
    return sorted((folder / room).iterdir())


def compare(reconciled: Reconciled, truths: Sequence[Remitted], matched: Matched) -> None:
    """What was found in one file against the truth about its payments."""
    told: dict[Key, list[Finding]] = {}
    for finding in matched.findings:
        told.setdefault((finding.claim, finding.payer_claim), []).append(finding)
    strangers = {(one.payment.claim, one.payment.payer_claim): one.match.how for one in matched.unmatched}
    for truth in truths:
        key = (truth.claim, truth.payer_claim)
        reconciled.payments += 1
        found = told.get(key, [])
        if bool(truth.answers) == (key in strangers):
            said = strangers.get(key, "")
            there = found[0].how if found else "" if key in strangers else "a claim"
            reconciled.missed.append(Difference(what=CLAIM, truth=truth, where="", right=truth.answers, found=there, said=said))
        for right in truth.adjustments:
            same = next((finding for finding in found if _same(finding, right)), None)
            if same is not None:
                found.remove(same)
            elif not right.kind:
                continue
            missed = list(_differences(truth, right, same))
            reconciled.denials += bool(right.kind)
            reconciled.amiss += any(one.what in _WRONG for one in missed)
            reconciled.missed += missed
    for finding in (finding for left in told.values() for finding in left):
        truth = next(one for one in truths if (one.claim, one.payer_claim) == (finding.claim, finding.payer_claim))
        reconciled.amiss += 1
        reconciled.missed.append(
            _missed(UNFOUNDED, truth, finding.line, "", f"{finding.kind} {money(finding.amount)}", "", finding)
        )


def _same(finding: Finding, right: Adjustment) -> bool:
    return (finding.line, finding.codes[0], money(finding.amount)) == (right.line, right.code, right.amount)


def _differences(truth: Remitted, right: Adjustment, found: Finding | None) -> Iterator[Difference]:
    what = f"{right.code} {right.amount}"
    if found is None:
        yield _missed(UNFOUND, truth, right.line, f"{what} {right.kind}", "", right.reason, None)
    elif not right.kind:
        yield _missed(UNFOUNDED, truth, right.line, "", f"{what} {found.kind}", right.reason, found)
    else:
        if found.kind != right.kind:
            yield _missed(KIND, truth, right.line, right.kind, found.kind, right.reason, found)
        if (found.cause or "") != right.cause:
            yield _missed(CAUSE, truth, right.line, right.cause, found.cause or "", right.reason, found)
        elif found.authorization != right.authorization:
            yield _missed(MEANT, truth, right.line, right.authorization, found.authorization, right.reason, found)


def _missed(
    what: str, truth: Remitted, line: str | None, right: str, found: str, why: str, finding: Finding | None
) -> Difference:  # fmt: skip
    said = " ".join(finding.evidence) if finding else ""
    return Difference(what=what, truth=truth, where=line or "", right=right, found=found, why=why, said=said)


def _answers(reconciled: Reconciled, remitted: Sequence[Remitted], ledger: Ledger) -> None:
    """Of the payments that were matched for certain, those that were matched with another claim."""
    right: Mapping[Key, Remitted] = {(one.claim, one.payer_claim): one for one in remitted}
    for match in ledger.matches():
        truth = right[match.claim, match.payer_claim]
        if match.sent != truth.answers:
            reconciled.missed.append(Difference(what=FALSE, truth=truth, where="", right=truth.answers, found=match.sent))
