"""A world against the linker and the matching, or against files that something else linked: what differs from the truth.

Three things are looked at apart from each other. Numbers: every REF*G1 and REF*9F of the linked files, read from their bytes; one
that is neither the truth's nor stood there before is a wrong number written. Everything else in the files: it must be as it was.
Verdicts: the rows of the report, line by line. Remittances are `reconciling`'s business.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from edi.errors import EdiError, SourceError
from edi.jobs.worlds.making import REQUESTS, RESPONSES, RULES, TRUTH
from edi.jobs.worlds.reconciling import Reconciled, reconcile
from edi.jobs.worlds.truth import CLAIM, REFERRED, UNNEEDED, Difference, Remitted, Truth, at_line, from_json, of_payer
from edi.ledger import Ledger
from edi.linkage.verdict import Row
from edi.records.claim import Claim, read_claims
from edi.text.segments import read

_NUMBERS: Final = ("G1", "9F")
WRITTEN: Final = "wrong number written"
NUMBER, VERDICT, MEANT, LOST, CHANGED = "number", "verdict", "authorization", "claim", "content"
"""What may differ: WRITTEN; or number (missing, at another place), verdict, authorization (another is meant), claim (lost),
content (another segment than a number was changed; told of the first claim of the file).
"""


@dataclass(slots=True)
class Checked:
    """What a check came to."""

    claims: int = 0
    judged: int = 0
    """Claims of which verdicts were compared; none where only numbers could be."""
    amiss: int = 0
    """Of these, claims with a verdict that is not right."""
    differences: list[Difference] = field(default_factory=list)
    stories: Counter[str] = field(default_factory=Counter)
    remittances: Reconciled = field(default_factory=Reconciled)

    @property
    def fine(self) -> bool:
        """Whether nothing differs."""
        return not (self.differences or self.remittances.missed or self.remittances.twice)

    @property
    def wrong_numbers(self) -> int:
        return sum(difference.what == WRITTEN for difference in self.differences)

    @property
    def right(self) -> float:
        """The share of judged claims all of whose verdicts are right."""
        return 1 - self.amiss / self.judged if self.judged else 1.0

    def add(self, other: Checked) -> None:
        """What another world came to, as well."""
        self.claims += other.claims
        self.judged += other.judged
        self.amiss += other.amiss
        self.differences += other.differences
        self.stories += other.stories
        self.remittances.add(other.remittances)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {
            "version": 1,
            "claims": self.claims,
            "judged": self.judged,
            "right": self.judged - self.amiss,
            "wrong_numbers": self.wrong_numbers,
            "differences": [difference.to_json() for difference in self.differences],
            "remittances": self.remittances.to_json(),
        }


def check(folder: Path, linked: Path | None = None, *, replace: bool = False) -> Checked:
    """Link the claims of a world, match its remittances, and compare with its truth.

    `replace`: wrong numbers are written over. With `linked`, a folder of linked claims, only the numbers in them. The ledger of
    the check is a temporary one. Claims are linked and then sent, file after file, in the order of the names; the remittances
    answer the claims as they were before.
    """
    truths, remitted = read_truth(folder)
    checked = Checked()
    if linked is not None:
        for name, of_file in truths.items():
            _numbers(checked, of_file, folder / name, linked / Path(name).name, replace=replace)
        return checked
    with (
        tempfile.TemporaryDirectory(prefix="edi-world-") as scratch,
        Ledger(f"sqlite:///{Path(scratch) / 'ledger.db'}") as ledger,
    ):
        for room in (REQUESTS, RESPONSES):
            for path in sorted((folder / room).glob("*.278")):
                ledger.take(path)
        rules = sorted((folder / RULES).glob("*.rules"))
        for name, of_file in truths.items():
            out = Path(scratch) / Path(name).name
            done = ledger.link(folder / name, rules, replace=replace)
            done.write(out)
            _numbers(checked, of_file, folder / name, out, replace=replace)
            _verdicts(checked, of_file, done.claims)
            ledger.take(out, rules)
    checked.remittances = reconcile(folder, remitted)
    return checked


def read_truth(folder: Path) -> tuple[dict[str, list[Truth]], list[Remitted]]:
    """The truth of a world by the files of its claims, in their order, and that of its payments. EdiError: it has none."""
    path = folder / TRUTH
    try:
        found, remitted = from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EdiError(f"{path} is not the truth of a world.") from error
    files: dict[str, list[Truth]] = {}
    for truth in found:
        files.setdefault(truth.file, []).append(truth)
    return {name: files[name] for name in sorted(files)}, remitted


# -- numbers ---------------------------------------------------------------------------------------------------------------


def numbers_of(claim: Claim) -> dict[str, str]:
    """The numbers of a claim by their places, as `Truth.numbers` has them."""
    found = {CLAIM: claim.authorization, REFERRED: claim.referral}
    found |= {of_payer(other.id): other.authorization for other in claim.other_payers}
    for line in claim.lines:
        for held in line.authorizations:
            found[at_line(line.number, "" if held.payer_id == claim.payer.id else held.payer_id)] = held.value
    return {where: number for where, number in found.items() if number}


def _numbers(checked: Checked, truths: Sequence[Truth], before: Path, after: Path, *, replace: bool) -> None:
    was, now = list(read_claims(before)), list(read_claims(after))
    checked.claims += len(truths)
    for n, truth in enumerate(truths):
        checked.stories[truth.story] += 1
        if n >= len(now) or now[n].id != truth.claim:
            checked.differences.append(_difference(what=LOST, truth=truth, where="", right=truth.claim, found=""))
            continue
        held, found, wanted = numbers_of(was[n]), numbers_of(now[n]), truth.replaced if replace else truth.numbers
        for where in sorted({*wanted, *found}):
            right, there = wanted.get(where, ""), found.get(where, "")
            if right == there:
                continue
            known = not there or there == held.get(where) or there in wanted.values()
            what = NUMBER if known else WRITTEN
            checked.differences.append(_difference(what=what, truth=truth, where=where, right=right, found=there))
    pairs = zip_longest(_unlinked(before), _unlinked(after), fillvalue="")
    if (first := next(((one, other) for one, other in pairs if one != other), None)) is not None:
        checked.differences.append(_difference(what=CHANGED, truth=truths[0], where="", right=first[0], found=first[1]))


def _unlinked(path: Path) -> Iterator[str]:
    """The names and places of the segments of a file that linking must leave alone, changed ones told by a digest.

    Numbers of authorizations and referrals are left out, and so is what follows from them, the count in SE01.
    """
    for segment in read(path):
        if segment.id == "REF" and segment.get(1) in _NUMBERS:
            continue
        raw = segment.replaced(1, "0").raw if segment.id == "SE" else segment.raw
        yield f"{segment.id} {zlib.crc32(raw + segment.end):08x}"


# -- verdicts --------------------------------------------------------------------------------------------------------------


def _verdicts(checked: Checked, truths: Sequence[Truth], rows: Sequence[Row]) -> None:
    by_claim: dict[int, list[Row]] = {}
    for row in rows:
        by_claim.setdefault(row.offset, []).append(row)
    for truth, told in zip(truths, [by_claim[offset] for offset in sorted(by_claim)], strict=True):
        differences = list(_of_claim(truth, told))
        checked.judged += 1
        checked.amiss += any(difference.what == VERDICT for difference in differences)
        checked.differences += differences


def _of_claim(truth: Truth, rows: Sequence[Row]) -> Iterator[Difference]:
    """Each row of the truth against the row that tells of its line; each further row of the linker against the truth of all."""
    told: Mapping[str | None, Row] = {row.line: row for row in rows}
    lines = [row.line for row in truth.rows]
    if lines == [None]:
        lines = [row.line for row in rows]
    for line in lines:
        right, found = truth.row(line), told.get(line) or told.get(None)
        where = line or ""
        if found is None:
            yield _difference(what=VERDICT, truth=truth, where=where, right=right.verdict, found="")
            continue
        if right.verdict in UNNEEDED and found.line is None and found.placement == CLAIM and len(lines) > 1:
            continue  # told in the row of the line whose number stands at the claim
        said = " ".join(found.reasons)
        if found.verdict.value != right.verdict:
            yield _difference(what=VERDICT, truth=truth, where=where, right=right.verdict, found=found.verdict.value, said=said)
        elif found.authorization != right.authorization:
            yield _difference(
                what=MEANT, truth=truth, where=where, right=right.authorization, found=found.authorization, said=said
            )


def _difference(*, what: str, truth: Truth, where: str, right: str, found: str, said: str = "") -> Difference:
    """A difference about a claim, with why the truth is what it is."""
    why = next((row.reason for row in truth.rows if row.line in (None, where)), "")
    return Difference(what=what, truth=truth, where=where, right=right, found=found, why=why, said=said)
