"""A source as units, each a tree of loops: read, write.

A source is read unit by unit: an interchange's envelope segments, a transaction's header, each claim or payment with what it
holds, the trailer. Every byte stands in exactly one unit, so writing the units gives the source back. What stands where its
guide does not want it is carried along in the loop where it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from edi.errors import WARNING, Problem
from edi.frozen import quick
from edi.guides.choosing import BEFORE_BHT, chosen
from edi.guides.guide import Guide
from edi.guides.moulds import LONGEST, Moulds, cast, mould_of
from edi.guides.often import often
from edi.guides.path import PathError as PathError
from edi.guides.placing import Frame
from edi.guides.runs import COMPILE_FROM, Runs, Together, runs
from edi.guides.table import table
from edi.guides.tree import Loop as Loop
from edi.guides.walk import Walker
from edi.text.cutting import cut
from edi.text.envelope import ENVELOPE
from edi.text.lookahead import LookAhead
from edi.text.segments import Delimiters, InHand, Segment, Source, Stretch, decode, read, read_stretch

_BEHIND: Final = 32 << 10
"""So many bytes behind a part of a file are looked into, as who is in doubt looks ahead."""
OUTSIDE: Final = frozenset({"ISA", "GS", "GE", "IEA", "TA1", "filler"})
"""The kinds of units that are no part of a transaction."""
_AT_ONCE: Final = 1000
"""Segments of a transaction without a guide come in units of so many."""


@quick
@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a unit: the envelope, the guide, the transaction's header, the unit loops open above it."""

    delimiters: Delimiters
    isa: Segment | None = None
    gs: Segment | None = None
    st: Segment | None = None
    guide: Guide | None = None
    header: Loop | None = None
    parents: tuple[Loop, ...] = ()

    def parent(self, id: str) -> Loop | None:
        """The open unit loop with this id above the unit, such as 2000B above a claim."""
        for loop in reversed(self.parents):
            if loop.id == id:
                return loop
        return None


@quick
@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a source that is read and written whole.

    `kind` is "unit" for a loop that the guide marks so (a claim, a payment, a hierarchical level), "header" and "trailer" for
    what a transaction has before and behind them, the segment's id for an envelope segment (ISA TA1 GS GE IEA), "other" for
    segments without a guide or outside a transaction, "filler" for bytes that are no segment.
    """

    kind: str
    loop: Loop
    context: Context


def units(source: Source, *, compiled: bool | None = None) -> Iterator[Unit]:
    """A source as units, one at a time, so that memory is bounded by the largest one.

    `compiled` says whether those that an expression accepts are taken as they are, to be looked into when somebody asks, which
    gives the same; None decides by the size of the source.
    """
    return _Units(nested=False, compiled=compiled).run(source)


def transactions(source: Source) -> Iterator[Unit]:
    """Whole transactions whose guide is known, from ST to SE in one tree: for those that are small, such as a 278."""
    return (unit for unit in whole(source) if unit.kind == "header")


def whole(source: Source) -> Iterator[Unit]:
    """The same among all else that the source has, to be written again."""
    return _Units(nested=True).run(source)


def write(parts: Iterable[Unit]) -> Iterator[bytes]:
    """The bytes of units. Where a transaction was edited its SE01 is counted anew; elsewhere nothing changes."""
    return map(Writing().of, parts)


class Counting:
    """The segments of the transaction that is being written, and what was wrong with the SE01 of those that were edited."""

    def __init__(self) -> None:
        self.count, self.added, self.edited = 0, 0, False
        """How many were written, how many of them were added, and whether any was changed."""
        self._problems: list[Problem] = []

    def begin(self) -> None:
        """A transaction begins; one without a guide is none of the one before it."""
        self.count, self.added, self.edited = 0, 0, False

    def end(self, segment: Segment) -> Segment:
        """The SE of an edited transaction, counted up to it, with their number."""
        before, now, said = self.count - self.added, self.count, segment.get(1).strip()
        if said not in (str(before), str(before).zfill(len(said))):
            was = f"SE01 was wrong before: the transaction had {before} segments from ST to SE. It says {now} now, as they are"
            self._problems.append(
                Problem(
                    code="se-count",
                    message=was,
                    severity=WARNING,
                    transaction=segment.get(2),
                    segment="SE",
                    position=before,
                    element=1,
                    offset=segment.offset,
                    value=said,
                )
            )
        return segment.replaced(1, str(now))

    def found(self) -> tuple[Problem, ...]:
        """What was wrong since this was asked last."""
        found, self._problems = self._problems, []
        return tuple(found)


class Writing:
    """Units being written, one behind another."""

    def __init__(self) -> None:
        self._counting = Counting()
        self.found = self._counting.found

    def of(self, unit: Unit) -> bytes:
        """The bytes of the next unit."""
        loop, counting = unit.loop, self._counting
        if unit.kind in OUTSIDE:
            return bytes(loop)
        if begins(unit):
            counting.begin()
        counting.edited |= loop.edited
        counting.added += loop.added
        if unit.kind == "unit":
            counting.count += loop.count()
            return bytes(loop)
        pieces: list[bytes] = []
        for segment in loop.walk():
            counting.count += bool(segment.raw)
            if counting.edited and segment.elements[0] == b"SE":
                segment = counting.end(segment)
            pieces += segment.raw, segment.end
        return b"".join(pieces)


def begins(unit: Unit) -> bool:
    """Whether a transaction begins with a unit."""
    return unit.kind == "header" or (unit.kind == "other" and unit.loop.first("ST") is not None)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the units from some place of a file on: the envelope, and what is open above the first one.

    `above` are parts of the file (offset and bytes): a transaction's header, and the unit of its root that the first unit is in.
    Nothing stands above a transaction's ST.
    """

    delimiters: Delimiters
    isa: tuple[int, bytes] | None = None
    gs: tuple[int, bytes] | None = None
    above: tuple[tuple[int, bytes], ...] = ()


class UnitRow(NamedTuple):
    """Units in a row that an expression accepted, and that were not told apart: what stands around them, and where they are."""

    context: Context
    units: Together


Take: TypeAlias = Callable[[UnitRow], bool]
"""Takes units in a row, so that they need not be told apart; False where it has no use for them."""


def units_from(file: BinaryIO, start: int, stop: int, around: Around, take: Take | None = None) -> Iterator[Unit]:
    """The units of a part of a file, which begins with an ST or with a unit, as they come when all of it is read.

    What `take` takes is left out: it is asked when all units before were given.
    """
    reading = _Units(nested=False, compiled=stop - start >= COMPILE_FROM, take=take, stop=stop)
    for unit in reading.stretch(Stretch(file, start, stop + _BEHIND), around):
        begun = unit.loop.start
        if begun is not None and begun >= stop:
            return
        if begun is not None and begun >= start:
            yield unit


class _Units:
    def __init__(self, *, nested: bool, compiled: bool | None = False, take: Take | None = None, stop: int = 0) -> None:
        self._nested, self._compiled, self._take, self._stop = nested, compiled, take, stop
        self._hand = InHand()
        self._isa: Segment | None = None
        self._gs: Segment | None = None
        self._st: Segment | None = None
        self._delimiters = Delimiters()
        self._moulds = Moulds()
        self._worth: dict[str, bool] = {}
        """Whether it is worth while to compile a guide, by its name."""
        self._doubts = 0
        """How often the last walk was in doubt."""

    def stretch(self, stretch: Stretch, around: Around) -> Iterator[Unit]:
        """The units of what stands above a stretch, and then its own."""
        self._isa, self._gs = (
            Segment(found[1], b"", found[0], around.delimiters) if found else None for found in (around.isa, around.gs)
        )
        return self._read(read_stretch(stretch, around.delimiters, around.above, self._hand))

    def run(self, source: Source) -> Iterator[Unit]:
        return self._read(read(source, hand=self._hand))

    def _read(self, found: Generator[Segment, int | None, None]) -> Iterator[Unit]:
        segments = LookAhead(found)
        while segments.now is not None:
            segment = segments.now
            self._delimiters = segment.delimiters
            name = segment.elements[0]
            if name == b"ST":
                yield from self._set(segments)
                continue
            segments.step()
            if not segment.raw:
                kind = "filler"
            elif name in ENVELOPE:
                kind = decode(name)
            else:
                kind = "other"
            if name == b"ISA":
                self._isa, self._gs = segment, None
            elif name == b"GS":
                self._gs = segment
            self._st = None
            loop = Loop(kind)
            loop.children.append(segment)
            yield Unit(kind, loop, self._context(None, None))

    def _context(self, guide: Guide | None, header: Loop | None, parents: tuple[Loop, ...] = ()) -> Context:
        return Context(self._delimiters, self._isa, self._gs, self._st, guide, header, parents)

    def _set(self, segments: LookAhead) -> Iterator[Unit]:
        st = segments.now
        assert st is not None
        self._st = st
        version = self._gs.get(8).strip() if self._gs else ""
        small = cut(self._hand, st, LONGEST) if self._nested and segments.is_last else None
        guide = chosen(st, version, _purpose(small[1:] if small else segments.behind(BEFORE_BHT)))
        if guide is None:
            yield from self._without(segments)
        elif self._nested and (small := small or segments.upto(b"SE", LONGEST)) is not None:
            yield self._moulded(guide, segments, small)
        else:
            yield from self._with(guide, segments)

    def _moulded(self, guide: Guide, segments: LookAhead, small: list[Segment]) -> Unit:
        """A small transaction, as one of its shape was read before."""
        shape = self._moulds.shape(guide, self._delimiters, small)
        mould = self._moulds.of(shape)
        if mould is not None:
            if segments.is_last:
                segments.go(small[-1].offset + len(bytes(small[-1])))
            else:
                segments.pass_over(len(small))
            header = cast(mould, small)
            return Unit("header", header, self._context(guide, header))
        (unit,) = self._with(guide, segments)
        if not self._doubts:
            self._moulds.keep(shape, mould_of(unit.loop, small))
        return unit

    def _without(self, segments: LookAhead) -> Iterator[Unit]:
        assert self._st is not None
        loop, first = Loop(self._st.get(1)), True
        while segments.now is not None and (
            first or segments.now.elements[0] not in ENVELOPE or segments.now.elements[0] == b"SE"
        ):
            segment = segments.now
            loop.children.append(segment)
            segments.step()
            first = False
            if segment.elements[0] == b"SE":
                break
            if len(loop.children) >= _AT_ONCE:
                yield Unit("other", loop, self._context(None, None))
                loop = Loop(loop.id)
        if loop.children:
            yield Unit("other", loop, self._context(None, None))

    def _with(self, guide: Guide, segments: LookAhead) -> Iterator[Unit]:
        walker = Walker(guide, self._delimiters, _ignore, judging=False, opened=self._opened)
        root = walker.frames[0]
        header = Loop(guide.set, table(guide).root)
        root.tree = header
        current: Loop | None = header
        parents, kind = tuple[Loop, ...](), "header"
        self._begun: list[tuple[Loop, tuple[Loop, ...]]] = []
        first, tree, clean = True, header, self._runs(guide)

        def whole() -> Iterator[Unit]:
            if current is not None:
                yield Unit(kind, current, self._context(guide, header, parents))

        while (segment := segments.now) is not None:
            name = segment.elements[0]
            if name in ENVELOPE and not (first or name == b"SE"):
                break
            if clean is not None and name in clean.ids:
                if self._take is not None and (row := clean.together(walker, segments, self._hand, self._stop)) is not None:
                    yield from whole()
                    current = None
                    if self._take(UnitRow(self._context(guide, header, row.above), row)):
                        clean.pass_over(walker, segments, row)
                        continue
                before = current
                for loop, above in clean.take(walker, segments, self._hand):
                    yield from whole()
                    current, parents, kind = loop, above, "unit"
                if current is not None and current is not before:
                    tree = current
                    continue
            segments.step()
            if segment.raw:
                frame = walker.feed(segment.raw, segment.offset, segments.ahead)
            for begun, above in self._begun:
                yield from whole()
                current, parents, kind = begun, above, "unit"
            self._begun.clear()
            if frame is root and kind == "unit":
                yield from whole()
                current, parents, kind = Loop(guide.set, table(guide).root), (), "trailer"
                root.tree = current
            if segment.raw:  # an empty one stays with the one before it
                assert isinstance(frame.tree, Loop)
                tree = frame.tree
            tree.children.append(segment)
            first = False
            if name == b"SE":
                break
        self._doubts = walker.doubts
        yield from whole()

    def _runs(self, guide: Guide) -> Runs | None:
        """What takes clean units in a row, where that is worth while."""
        return runs(guide, self._delimiters) if not self._nested and self._wanted(guide) else None

    def _wanted(self, guide: Guide) -> bool:
        if self._compiled is not None:
            return self._compiled
        if guide.name not in self._worth:
            met = often("read", guide, self._delimiters)
            self._worth[guide.name] = met.worth_while(len(self._hand.data), COMPILE_FROM)
        return self._worth[guide.name]

    def _opened(self, frame: Frame, frames: list[Frame]) -> None:
        """A loop begins: it joins the tree, or, when it is a unit, begins one of its own."""
        parent = frames[-2].tree
        assert isinstance(parent, Loop)
        use = frame.step.use
        if use.unit and not self._nested:
            frame.tree = loop = Loop(use.id, frame.step)
            above = tuple(f.tree for f in frames[1:-1] if f.step.use.unit and isinstance(f.tree, Loop))
            self._begun.append((loop, above))
            return
        frame.tree = loop = Loop(use.id, frame.step, parent)
        parent.children.append(loop)


def _purpose(segments: Sequence[Segment]) -> str:
    """BHT02, from the segments behind an ST, also when something stands before the BHT; "" where there is none."""
    for segment in segments[:BEFORE_BHT]:
        if segment.id == "BHT":
            return segment.get(2)
        if segment.elements[0] in ENVELOPE:
            break
    return ""


def _ignore(problem: Problem) -> None:
    """Reading a document does not judge it."""
