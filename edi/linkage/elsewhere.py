"""Claims of a part of a file decided by another process, as if the file began with them.

What comes of a part is told so that little is left to be done about it where the parts come together (`edi.linkage.together`):
rows, the bytes of what was edited, and of each claim what its decision depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from edi.errors import Problem
from edi.guides.document import OUTSIDE, Unit, begins
from edi.guides.packing import NOTHING, Placed, pack, placed
from edi.linkage.changing import change
from edi.linkage.changing import pack as pack_change
from edi.linkage.linking import Passed, cut_off, decide_passed, ends, read_unit
from edi.linkage.offers import key_of
from edi.linkage.rows import NONE as NO_ROWS
from edi.linkage.rows import Packed
from edi.linkage.rows import pack as pack_rows
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization
from edi.records.claim import Claim, is_claim
from edi.records.parties import NOBODY
from edi.text.segments import Segment


class Finding(Protocol):
    """What finds the candidates of claims, and has their uses in `usage`."""

    usage: Usage

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Sequence[Authorization]]: ...


class Mark(NamedTuple):
    """Where in the source a transaction begins (`ends` None), or its SE, and how many segments of it stand before, with it."""

    at: int
    ends: Segment | None
    segments: int


class Edit(NamedTuple):
    """A claim that was edited: where it begins, how long it was, what it is now, and by how many segments it is longer."""

    at: int
    size: int
    data: bytes
    added: int


class Answer(NamedTuple):
    """What was decided about a part of a file: claims are known by their order in it."""

    placed: Placed
    """The claims, to be read again where they stand."""
    rows: Packed
    beside: dict[int, tuple[Row, ...]]
    edits: dict[int, Edit]
    keys: dict[str, list[int]]
    """The authorizations that claims may use, or used: by which ones."""
    names: dict[str, list[int]]
    """The claims (CLM01) as which they may have used something: it, and the one that it replaces."""
    changed: dict[int, tuple[str, ...]]
    """The claims whose uses each changed, as the first one of the part."""
    unsettled: frozenset[int]
    claims: dict[int, Claim]
    """Where rules are asked, or a claim is not settled: to whom it goes, for how much, and who bills."""
    problems: tuple[Problem, ...]
    uses: dict[str, bytes]
    """The authorizations of which the claims changed any uses, or might have: what became of those (`edi.linkage.changing`)."""
    shares: dict[str, int]
    """How much of each of them is used then, in hundredths of a percent: who knows the ledger says so."""
    users: dict[str, tuple[str, ...]]
    """The claims (CLM01) whose uses changed: the authorizations of which each uses something, or did."""
    marks: tuple[Mark, ...]
    left: int
    """How many segments of a transaction stand behind the last mark, or the last transaction's begin."""


def answer(units: Iterable[Unit], find: Finding, terms: Terms, *, last: bool) -> Answer | None:
    """Decide about the claims of a part, with what is used when the file begins; None where they cannot be read again.

    `last`: nothing of the file stands behind it.
    """
    part = Part(units, last=last, ruled=terms.ruled)
    if part.placed is None:
        return None
    found, usage, changes = part.unanswered(), find.usage, 0
    rows: list[tuple[Row, ...]] = [()] * len(part.claims)
    unsettled: set[int] = set()
    read = [(n, one, one.claim) for n, one in enumerate(part.claims) if one.claim is not None]
    candidates = find([claim for _, _, claim in read])
    before = usage.by_key()
    for (n, one, claim), near in zip(read, candidates, strict=True):
        done, edit = decided(one, claim, near, usage, terms)
        names = usage.names(done.claim or claim)
        rows[n] = done.rows
        for name in names:
            found.names.setdefault(name, []).append(n)
        for key in usage.keys(names).union(map(key_of, near)):
            found.keys.setdefault(key, []).append(n)
        if done.beside:
            found.beside[n] = done.beside
        if edit is not None:
            found.edits[n] = edit
        if changed := usage.changes(changes):
            found.changed[n] = changed
            changes += len(changed)
        if not done.settled:
            unsettled.add(n)
        if terms.ruled or not done.settled:
            found.claims[n] = _outline(done.claim or claim)
    users = {name: tuple(usage.keys([name])) for name in usage.changes()}
    uses = {key: pack_change(change(before.get(key, ()), usage.used(key), users)) for key in usage.keys(users)}
    return found._replace(rows=pack_rows(rows), unsettled=frozenset(unsettled), uses=uses, users=users)


def decided(
    passed: Passed, claim: Claim, near: Sequence[Authorization], usage: Usage, terms: Terms
) -> tuple[Passed, Edit | None]:
    """A claim decided, and what was edited of it."""
    loop = passed.unit.loop
    at, size, count = loop.start or 0, len(bytes(loop)), loop.count()
    done = decide_passed(passed, claim, near, usage, terms)
    return done, Edit(at, size, bytes(loop), loop.count() - count) if loop.edited else None


class Part:
    """A part of a file that was read: its claims, and what must be known of the rest."""

    def __init__(self, units: Iterable[Unit], *, last: bool, ruled: bool) -> None:
        read = [*ends(units)]
        self.marks, self.left = _counted(unit for unit, _ in read)
        packed = pack([unit for unit, _ in read if is_claim(unit)])
        self.placed = placed(packed) if packed is not None else None
        self.claims: list[Passed] = []
        problems: list[Problem] = []
        for unit, cut in read:
            passed = cut_off(read_unit(unit, ruled)) if cut and last else read_unit(unit, ruled)
            problems += passed.problems
            if is_claim(unit):
                self.claims.append(passed)
        self.problems = tuple(problems)

    def unanswered(self) -> Answer:
        """What is said of the part before any of its claims is decided."""
        placed, none = self.placed or NOTHING, frozenset[int]()
        return Answer(placed, NO_ROWS, {}, {}, {}, {}, {}, none, {}, self.problems, {}, {}, {}, self.marks, self.left)


def _counted(units: Iterable[Unit]) -> tuple[tuple[Mark, ...], int]:
    """Where transactions begin and end in a part, and how many segments are left behind."""
    found: list[Mark] = []
    count = 0
    for unit in units:
        if unit.kind in OUTSIDE:
            continue
        if unit.kind == "unit":
            count += unit.loop.count()
            continue
        if begins(unit):
            found.append(Mark(unit.loop.start or 0, None, 0))
            count = 0
        for segment in unit.loop.walk():
            count += bool(segment.raw)
            if segment.elements[0] == b"SE":
                found.append(Mark(segment.offset, segment, count))
    return tuple(found), count


def _outline(claim: Claim) -> Claim:
    """A claim as far as it is asked where the parts come together."""
    return Claim(
        id=claim.id,
        offset=claim.offset,
        payer=claim.payer,
        filing=claim.filing,
        charge=claim.charge,
        subscriber=NOBODY,
        patient=NOBODY,
        billing=claim.billing,
    )
