"""Claims of a part of a file decided by another process, as if the file began with them.

What comes of a part is told so that little is left to be done about it where the parts come together (`edi.linkage.whole_file`):
rows, the bytes of what was edited, and of each claim what its decision depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from edi.errors import Problem
from edi.guides.document import OUTSIDE, Take, Unit, UnitRow, begins
from edi.guides.packing import NOTHING, Placed, pack, placed, some, unpack
from edi.linkage.claim_batch import CandidateFinder, Deciding
from edi.linkage.compiled import linker_for
from edi.linkage.linking import Edit, Passed, cut_off, ends, read_unit
from edi.linkage.rows import NONE as NO_ROWS
from edi.linkage.rows import Packed
from edi.linkage.rows import pack as pack_rows
from edi.linkage.terms import Terms
from edi.linkage.use_rows import change
from edi.linkage.use_rows import pack as pack_change
from edi.linkage.verdict import Row
from edi.records.claim import Claim, billing_of, is_claim
from edi.records.parties import Party
from edi.text.segments import Segment

Read: TypeAlias = Callable[[Take | None], Iterable[Unit]]
"""Reads the units of a part, but for those that something takes in a row."""


class Mark(NamedTuple):
    """Where in the source a transaction begins (`ends` None), or its SE, and how many segments of it stand before, with it."""

    at: int
    ends: Segment | None
    segments: int


class DecidedPart(NamedTuple):
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
    """The authorizations of which the claims changed any uses, or might have: what became of those (`edi.linkage.use_rows`)."""
    shares: dict[str, int]
    """How much of each of them is used then, in hundredths of a percent: who knows the ledger says so."""
    users: dict[str, tuple[str, ...]]
    """The claims (CLM01) whose uses changed: the authorizations of which each uses something, or did."""
    marks: tuple[Mark, ...]
    left: int
    """How many segments of a transaction stand behind the last mark, or the last transaction's begin."""


def answer(read: Read, find: CandidateFinder, terms: Terms, *, last: bool) -> DecidedPart | None:
    """Decide about the claims of a part, with what is used when the file begins; None where they cannot be read again.

    `last`: nothing of the file stands behind it.
    """
    part = FilePart(read, terms, last=last)
    if part.placed is None:
        return None
    found, usage, deciding = part.unanswered(), find.usage, Deciding(part, find, terms)
    before, rows, unsettled = usage.by_key(), dict[int, tuple[Row, ...]](), set[int]()
    for n, decision in deciding.decide():
        rows[n] = decision.rows
        for name in decision.names:
            found.names.setdefault(name, []).append(n)
        for key in decision.keys:
            found.keys.setdefault(key, []).append(n)
        if decision.beside:
            found.beside[n] = decision.beside
        if decision.edit is not None:
            found.edits[n] = decision.edit
        if decision.changed:
            found.changed[n] = decision.changed
        if not decision.settled:
            unsettled.add(n)
        if decision.claim is not None and (terms.ruled or not decision.settled):
            found.claims[n] = decision.claim
    users = {name: tuple(usage.keys([name])) for name in usage.changes()}
    uses = {key: pack_change(change(before.get(key, ()), usage.rows_of(key), users)) for key in usage.keys(users)}
    return found._replace(
        rows=pack_rows([rows.get(n, ()) for n in range(part.size)]), unsettled=frozenset(unsettled), uses=uses, users=users
    )


class FilePart:
    """A part of a file that was read: its claims, and what must be known of the rest."""

    def __init__(self, read: Read, terms: Terms, *, last: bool = False) -> None:
        self.linker = linker_for(terms)
        self._terms = terms
        met: list[Unit | UnitRow] = []

        def take(row: UnitRow) -> bool:
            taken = self.linker is not None and self.linker.take(row)
            if taken:
                met.append(row)
            return taken

        for unit in read(take if self.linker is not None else None):
            met.append(unit)
            if self.linker is not None and is_claim(unit):
                self.linker.pass_by()
        self.marks, self.left = _counted(met)
        units = [unit for unit in met if isinstance(unit, Unit)]
        packed = pack([unit for unit in units if is_claim(unit)])
        own = placed(packed) if packed is not None else None
        self.placed = own if own is None or self.linker is None else self.linker.placed(own)
        self._rows = [row for row in met if not isinstance(row, Unit)]
        self.size = sum(is_claim(unit) for unit in units) if self.linker is None else self.linker.size
        read_apart: list[Passed] = []
        problems: list[Problem] = []
        for unit, cut in ends(units):
            passed = cut_off(read_unit(unit, terms)) if cut and last else read_unit(unit, terms)
            problems += passed.problems
            if is_claim(unit):
                read_apart.append(passed)
        self.problems = tuple(problems)
        places = self.linker.passed if self.linker is not None else range(self.size)
        self.passed = dict(zip(places, read_apart, strict=True))
        """The claims that were read one by one, by their places."""
        self._billing: dict[int, Party] = {}

    def apart(self, which: Sequence[int]) -> dict[int, Passed]:
        """Claims that were read in a row, read one by one."""
        if not which or self.placed is None:
            return {}
        read = unpack(some(self.placed, which, self._bytes))
        return {n: read_unit(unit, self._terms) for n, unit in zip(which, read, strict=True)}

    def billing(self, n: int) -> Party:
        """Who bills, of a claim that was read in a row."""
        assert self.placed is not None
        level = self.placed.units[n][1]
        while (above := self.placed.levels[level][1]) >= 0:
            level = above
        if level not in self._billing:
            (unit,) = unpack(some(self.placed, [n], self._bytes))
            self._billing[level] = billing_of(unit)
        return self._billing[level]

    def unanswered(self) -> DecidedPart:
        """What is said of the part before any of its claims is decided."""
        placed, none = self.placed or NOTHING, frozenset[int]()
        return DecidedPart(placed, NO_ROWS, {}, {}, {}, {}, {}, none, {}, self.problems, {}, {}, {}, self.marks, self.left)

    def _bytes(self, start: int, stop: int) -> bytes:
        """What of the source the rows have, and the levels above them."""
        for row in self._rows:
            units = row.units
            if units.base + units.start <= start < units.base + units.stop:
                return units.data[start - units.base : stop - units.base]
            for level in units.above:
                if level.packed is not None and level.packed[1] == start:
                    return level.packed[0]
        raise LookupError(start)


def _counted(units: Iterable[Unit | UnitRow]) -> tuple[tuple[Mark, ...], int]:
    """Where transactions begin and end in a part, and how many segments are left behind."""
    found: list[Mark] = []
    count = 0
    for unit in units:
        if not isinstance(unit, Unit):
            count += unit.units.data.count(unit.context.delimiters.segment, unit.units.start, unit.units.stop)
            continue
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
