"""Parts of a file that other processes decided, put together as one process would have decided it all.

A part is decided elsewhere as if nothing before it in the file had used anything. Here, where the parts come together in their
order, a claim is decided again where that was not so: where it depends on an authorization, or on a claim of the same number,
that the file changed before; and with it every claim of its part that depends on the same. So rows, bytes and uses are those of
one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import BinaryIO, Protocol, TypeAlias

from edi.guides.document import Counting, Take, Unit, units
from edi.guides.packing import some, unpack
from edi.linkage.claim_batch import CandidateFinder, Claims, Deciding, Units
from edi.linkage.file_part import DecidedPart, FilePart
from edi.linkage.linking import Edit, Piece
from edi.linkage.rows import PartRows
from edi.linkage.terms import Terms
from edi.linkage.verdict import Row
from edi.text.segments import Source, close_source, open_source


class UsageSource(CandidateFinder, Protocol):
    """What finds candidates, and can be told what is used of them."""

    def take_over(self, uses: Mapping[str, bytes], shares: Mapping[str, int]) -> None:
        """What became of the uses of authorizations (`edi.linkage.use_rows`), on which decisions depend from now on.

        `shares` has how much is used of them, in hundredths of a percent.
        """


class AwaitedPart(Protocol):
    """A part of a file, from one byte to another, about which another process was asked."""

    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def last(self) -> bool:
        """Whether nothing of the file stands behind it."""

    def answer(self) -> DecidedPart | None:
        """What was decided, once it is there; None: nobody can say."""

    def units(self, take: Take | None = None) -> Iterator[Unit]:
        """The units of the part, but for those that something takes in a row."""


class AskParts(Protocol):
    """Has the parts of a source decided about."""

    @property
    def elsewhere(self) -> bool:
        """Whether other processes decide, which read the ledger for themselves."""

    def __call__(self, source: Source) -> Iterable[AwaitedPart] | None:
        """The parts; None where it has none that can be read apart from each other."""


Check: TypeAlias = Callable[[Iterable[Unit]], Iterator[Unit]]
"""Passes units on, and raises where one should not be linked."""


def link_together(source: Source, parts: Iterable[AwaitedPart], find: UsageSource, terms: Terms, check: Check) -> Iterator[Piece]:
    """As `link_units`, of a file whose parts were given to other processes. What stands before the first passes as it is."""
    file, together = open_source(source), None
    try:
        for part in parts:
            if together is None:
                together = _Together(file, find, terms, check)
                head = together.bytes_of(0, part.start)
                for _ in check(units(head)):
                    pass
                yield Piece(head)
            yield together.piece(part)
    finally:
        close_source(file, source)


class _Together:
    """Parts as they come together: what the file changed so far."""

    def __init__(self, file: BinaryIO, find: UsageSource, terms: Terms, check: Check) -> None:
        self._file, self._find, self._terms, self._check = file, find, terms, check
        self._keys: set[str] = set()
        self._names: set[str] = set()
        self._writing = _Writing()

    def bytes_of(self, start: int, stop: int) -> bytes:
        """The source from one byte to another."""
        self._file.seek(start)
        return self._file.read(stop - start)

    def piece(self, given: AwaitedPart) -> Piece:
        """A part, with what stands decided about its claims."""
        found = given.answer()
        again: Claims
        places: Sequence[int]
        if found is None:
            part = FilePart(lambda take: self._check(given.units(take)), self._terms, last=given.last)
            found, again, places = part.unanswered(), part, range(part.size)
        else:
            places = sorted(self._again(found))
            again = Units(unpack(some(found.placed, places, self.bytes_of)) if places else (), self._terms)
            self._take_over(found, frozenset(places))
        which = frozenset(places)
        edits = {n: edit for n, edit in found.edits.items() if n not in which}
        beside, claims, unsettled = found.beside, found.claims, set(found.unsettled - which)
        self._settle(found, [name for n, names in found.changed.items() if n not in which for name in names])
        rows: dict[int, Sequence[Row]] = dict.fromkeys(places, ())
        for place, decision in Deciding(again, self._find, self._terms).decide() if which else ():
            n = places[place]
            rows[n], beside[n] = decision.rows, decision.beside
            if decision.claim is not None:
                claims[n] = decision.claim
            if not decision.settled:
                unsettled.add(n)
            if decision.edit is not None:
                edits[n] = decision.edit
            self._keys |= decision.keys
            self._names |= decision.names
        data = self._writing.of(self.bytes_of(given.start, given.stop), given.start, sorted(edits.values()), found)
        return Piece(
            data,
            PartRows(found.rows, rows),
            [row for n in sorted(beside) for row in beside[n]],
            (*found.problems, *self._writing.found()),
            [(claims[n], n not in unsettled) for n in sorted(claims)],
        )

    def _again(self, found: DecidedPart) -> Set[int]:
        """Which claims are to be decided again; so are those that share with one of them what they depend on."""
        again = {n for key in self._keys & found.keys.keys() for n in found.keys[key]}
        again.update(n for name in self._names & found.names.keys() for n in found.names[name])
        shared, before = [*found.keys.values(), *found.names.values()], 0
        shared = [those for those in shared if len(those) > 1] if again else []
        while len(again) > before:
            before = len(again)
            again.update(n for those in shared if not again.isdisjoint(those) for n in those)
        return again

    def _take_over(self, found: DecidedPart, again: Set[int]) -> None:
        """Have what was decided count."""
        uses = {key: known for key, known in found.uses.items() if key in found.keys and found.keys[key][0] not in again}
        self._find.take_over(uses, found.shares)
        self._keys.update(uses)

    def _settle(self, found: DecidedPart, names: Iterable[str]) -> None:
        """Have the uses of claims count as changed."""
        self._find.usage.took({name: found.users[name] for name in names})
        self._names.update(names)


class _Writing:
    """Parts being written, one behind another: where a transaction was edited its SE01 is counted anew."""

    def __init__(self) -> None:
        self._counting = Counting()
        self.found = self._counting.found

    def of(self, data: bytes, start: int, edits: Sequence[Edit], found: DecidedPart) -> bytes:
        """The bytes of a part that begins at `start`, with its edits."""
        pieces: list[bytes] = []
        at, waiting, counting = start, iter([*edits, None]), self._counting
        edit = next(waiting)
        for mark in (*found.marks, None):
            while edit is not None and (mark is None or edit.at < mark.at):
                pieces += data[at - start : edit.at - start], edit.data
                at, counting.edited = edit.at + edit.size, True
                counting.count += edit.added
                counting.added += edit.added
                edit = next(waiting)
            if mark is None:
                break
            if mark.ends is None:
                counting.begin()
            elif counting.edited:
                counting.count += mark.segments
                pieces += data[at - start : mark.at - start], counting.end(mark.ends).raw
                at = mark.at + len(mark.ends.raw)
        counting.count += found.left
        pieces.append(data[at - start :])
        return b"".join(pieces)
