"""A transaction as a tree of loops: find, change, write.

A source is read unit by unit: an interchange's envelope segments, a transaction's header, each claim or payment with what it
holds, the trailer. Every byte stands in exactly one unit, so writing the units gives the source back. What stands where its
guide does not want it is carried along in the loop where it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from weakref import ref

from edi.errors import Problem
from edi.guides.choosing import BEFORE_BHT, chosen
from edi.guides.guide import Guide
from edi.guides.path import PathError, parsed
from edi.guides.placing import Frame
from edi.guides.table import Place, Step, table
from edi.guides.walk import Walker
from edi.text.envelope import ENVELOPE
from edi.text.lookahead import LookAhead
from edi.text.segments import Delimiters, Segment, Source, decode, encode, read

_AT_ONCE: Final = 1000
"""Segments of a transaction without a guide come in units of so many."""


class Loop:
    """One loop of a document: its segments and the loops in it, in the order in which they stand."""

    __slots__ = ("__weakref__", "_loops", "_parent", "_seen", "_segments", "children", "edited", "id", "step")

    def __init__(self, id: str, step: Step | None = None, parent: Loop | None = None) -> None:
        self.id, self.step = id, step
        self._parent = ref(parent) if parent is not None else None  # weak: a tree that nobody holds is gone at once
        self.children: list[Segment | Loop] = []
        self.edited = False
        self._seen = -1

    def __bytes__(self) -> bytes:
        return b"".join(segment.raw + segment.end for segment in self.walk())

    def __repr__(self) -> str:
        return f"Loop({self.id}, {sum(1 for _ in self.walk())} segments)"

    @property
    def parent(self) -> Loop | None:
        """The loop around this one, where that is held."""
        return self._parent() if self._parent is not None else None

    def walk(self) -> Iterator[Segment]:
        """All segments of this loop and of those in it, in order."""
        for child in self.children:
            if isinstance(child, Loop):
                yield from child.walk()
            else:
                yield child

    def segments(self) -> list[Segment]:
        """The loop's own segments."""
        return [child for child in self.children if isinstance(child, Segment)]

    def every(self, id: str, *qualifiers: str) -> list[Segment]:
        """The loop's own segments with this id and, where any are named, one of these codes at the qualifier's place."""
        if self._seen != len(self.children):
            self._look()
        found = self._segments.get(id)
        if not found or not qualifiers:
            return found[:] if found else []
        element, component = self._qualifier(id)
        return [segment for segment in found if segment.get(element, component) in qualifiers]

    def first(self, id: str, *qualifiers: str) -> Segment | None:
        """The first of `every`, or None."""
        if self._seen != len(self.children):
            self._look()
        found = self.every(id, *qualifiers) if qualifiers else self._segments.get(id)
        return found[0] if found else None

    def loops(self, *ids: str) -> list[Loop]:
        """The loops directly in this one, with one of these ids (none named: all)."""
        if self._seen != len(self.children):
            self._look()
        return [loop for loop in self._loops if loop.id in ids] if ids else self._loops[:]

    def loop(self, id: str) -> Loop | None:
        """The first loop with this id directly in this one, or None."""
        found = self.loops(id)
        return found[0] if found else None

    def _look(self) -> None:
        """Look through the children once, and not again for each that is sought while they stay the same."""
        self._segments: dict[str, list[Segment]] = {}
        self._loops: list[Loop] = []
        for child in self.children:
            if isinstance(child, Loop):
                self._loops.append(child)
            else:
                self._segments.setdefault(decode(child.elements[0]), []).append(child)
        self._seen = len(self.children)

    def _qualifier(self, id: str) -> tuple[int, int]:
        places = self.step.by_id.get(encode(id)) if self.step else None
        return places[0].segment.qualifier if places else (1, 0)

    # -- by path -----------------------------------------------------------------------------------------------------

    def find(self, path: str) -> list[Segment | Loop | str]:
        """What a path names, in order: loops, segments, or the texts of elements ("" never: an absent element is no hit)."""
        steps, element, component = parsed(path)
        here: list[Segment | Loop] = [self]
        for name, picks in steps:
            here = [hit for loop in here if isinstance(loop, Loop) for hit in loop._step(name, picks)]
        if not element:
            return list(here)
        return [text for hit in here if isinstance(hit, Segment) and (text := hit.get(element, component))]

    def get(self, path: str) -> str:
        """The text of the first hit of a path that names an element, "" where there is none."""
        hits = self.find(path)
        return hits[0] if hits and isinstance(hits[0], str) else ""

    def set(self, path: str, value: str) -> None:
        """Change the element (or component) that a path names, in the first segment that it finds."""
        steps, element, component = parsed(path)
        if not element:
            raise PathError(f"{path}: a path to an element is needed, such as 2300/REF[G1]-02.")
        here: list[tuple[Loop, Segment | Loop]] = [(self, self)]
        for name, picks in steps:
            here = [(loop, hit) for _, loop in here if isinstance(loop, Loop) for hit in loop._step(name, picks)]
        found = next(((loop, hit) for loop, hit in here if isinstance(hit, Segment)), None)
        if found is None:
            raise PathError(f"{path}: there is no such segment.")
        loop, segment = found
        if component:
            parts = segment.components(element)
            parts += [""] * (component - len(parts))
            parts[component - 1] = value
            separator = decode(segment.delimiters.component)
            value = separator.join(parts).rstrip(separator)
        loop.replace(segment, segment.replaced(element, value))

    def _step(self, name: str, picks: tuple[str, ...]) -> list[Segment | Loop]:
        loops = self.loops(name)
        found: list[Segment | Loop] = [*loops] if loops else [*self.every(name)]
        for pick in picks:
            if loops or pick.startswith("#"):
                count = pick.removeprefix("#")
                found = found[int(count) - 1 : int(count)] if count.isdigit() and int(count) else []
            else:
                found = [hit for hit in found if isinstance(hit, Segment) and hit.get(*self._qualifier(name)) == pick]
        return found

    # -- changes -----------------------------------------------------------------------------------------------------

    def insert(self, segment: Segment) -> None:
        """Put a segment where the guide wants it: behind the last of this loop's own segments that belong before it.

        Segments behind the first loop in this one are left out of account: they are out of place themselves. The new
        segment takes over the line break of the one before it.
        """
        if self.step is None:
            raise PathError(f"Loop {self.id} has no guide: there is no place for {segment.id}.")
        mine = self._place(segment)
        if mine is None:
            raise PathError(f"The guide has no place for {segment.id} in loop {self.id}.")
        after = -1
        for index, child in enumerate(self.children):
            if isinstance(child, Loop):
                break
            place = self._place(child)
            if place is not None and place.order <= mine.order:
                after = index
        if after < 0:
            raise PathError(f"Loop {self.id} does not begin with its own segment.")
        before = self.children[after]
        assert isinstance(before, Segment)
        self.children.insert(after + 1, Segment(segment.raw, before.end, -1, segment.delimiters))
        self.touch()

    def replace(self, old: Segment, new: Segment) -> None:
        """Put `new` in the place of one of this loop's own segments."""
        self.children[self._index(old)] = new
        self.touch()

    def remove(self, segment: Segment) -> None:
        """Take one of this loop's own segments out."""
        del self.children[self._index(segment)]
        self.touch()

    def _index(self, segment: Segment) -> int:
        for index, child in enumerate(self.children):
            if child is segment:
                return index
        raise PathError(f"{segment.id} does not stand in loop {self.id}.")

    def _place(self, segment: Segment) -> Place | None:
        places = self.step.by_id.get(segment.elements[0], []) if self.step else []
        return next(
            (p for p in places if p.loop is None or p.order == 0 if p.matches(segment.elements, segment.delimiters)), None
        )

    def touch(self) -> None:
        """Note that this loop was changed, and with it those around it."""
        self._seen = -1
        self.edited = True
        if self.parent is not None:
            self.parent.touch()


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
        return next((loop for loop in reversed(self.parents) if loop.id == id), None)


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


def units(source: Source) -> Iterator[Unit]:
    """A source as units, one at a time, so that memory is bounded by the largest one."""
    return _Units(nested=False).run(source)


def transactions(source: Source) -> Iterator[Unit]:
    """Whole transactions whose guide is known, from ST to SE in one tree: for those that are small, such as a 278."""
    return (unit for unit in whole(source) if unit.kind == "header")


def whole(source: Source) -> Iterator[Unit]:
    """The same among all else that the source has, to be written again."""
    return _Units(nested=True).run(source)


def write(parts: Iterable[Unit]) -> Iterator[bytes]:
    """The bytes of units. Where a transaction was edited its SE01 is counted anew; elsewhere nothing changes."""
    count, edited = 0, False
    for unit in parts:
        loop = unit.loop
        if unit.kind in ("ISA", "GS", "GE", "IEA", "TA1", "filler"):
            yield bytes(loop)
            continue
        if unit.kind == "header":
            count, edited = 0, False
        edited |= loop.edited
        pieces: list[bytes] = []
        for segment in loop.walk():
            count += bool(segment.raw)
            if edited and segment.elements[0] == b"SE":
                segment = segment.replaced(1, str(count))
            pieces += segment.raw, segment.end
        yield b"".join(pieces)


class _Units:
    def __init__(self, *, nested: bool) -> None:
        self._nested = nested
        self._isa: Segment | None = None
        self._gs: Segment | None = None
        self._st: Segment | None = None
        self._delimiters = Delimiters()

    def run(self, source: Source) -> Iterator[Unit]:
        segments = LookAhead(read(source))
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
        guide = chosen(st, version, self._purpose(segments))
        if guide is None:
            yield from self._without(segments)
        else:
            yield from self._with(guide, segments)

    def _purpose(self, segments: LookAhead) -> str:
        """BHT02, also when something stands before the BHT; "" where there is none."""
        for segment in segments.behind(BEFORE_BHT):
            if segment.elements[0] == b"BHT":
                return segment.get(2)
            if segment.elements[0] in ENVELOPE:
                break
        return ""

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
        current, parents, kind = header, tuple[Loop, ...](), "header"
        self._begun: list[tuple[Loop, tuple[Loop, ...]]] = []
        first, tree = True, header
        while (segment := segments.now) is not None:
            name = segment.elements[0]
            if name in ENVELOPE and not (first or name == b"SE"):
                break
            segments.step()
            if segment.raw:
                frame = walker.feed(segment.raw, segment.offset, segments.ahead)
            for begun, above in self._begun:
                yield Unit(kind, current, self._context(guide, header, parents))
                current, parents, kind = begun, above, "unit"
            self._begun.clear()
            if frame is root and kind == "unit":
                yield Unit(kind, current, self._context(guide, header, parents))
                current, parents, kind = Loop(guide.set, table(guide).root), (), "trailer"
                root.tree = current
            if segment.raw:  # an empty one stays with the one before it
                assert isinstance(frame.tree, Loop)
                tree = frame.tree
            tree.children.append(segment)
            first = False
            if name == b"SE":
                break
        yield Unit(kind, current, self._context(guide, header, parents))

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


def _ignore(problem: Problem) -> None:
    """Reading a document does not judge it."""
