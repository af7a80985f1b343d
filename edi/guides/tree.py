"""A loop of a document: its segments and the loops in it, found, changed and written.

A loop that an expression accepted keeps its bytes, and is laid out when somebody looks into it: most are only passed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import ref

from edi.guides.path import PathError, parsed
from edi.guides.table import Place, Step
from edi.guides.texts import Layout, Texts, texts_of
from edi.text.segments import Delimiters, Segment, decode, encode


class Unread:
    """The bytes of a loop, where they begin, the layout of such loops, and what ends each segment, if that is always the same."""

    __slots__ = ("_texts", "end", "layout", "offset", "raw")

    def __init__(self, raw: bytes, offset: int, layout: Layout, end: bytes | None, texts: Texts | None = None) -> None:
        self.raw, self.offset, self.layout, self.end = raw, offset, layout, end
        self._texts = texts

    def grow(self, loop: Loop) -> None:
        """Give the loop its segments and the loops in it, into which nobody has looked either."""
        if self.end is None:
            raws, ends = self.layout.split(self.raw, None)
            self._grow_whole(loop, self.layout.laid_out(raws), iter(ends), self.offset)
            return
        texts, at, more = self.texts(), 0, len(self.end)
        for text in texts.segments:
            loop.children.append(Segment(encode(text), self.end, self.offset + at, self.layout.delimiters))
            at += len(text) + more
        for inner in texts.loops:
            size = inner.size(more)
            loop.within(inner.id, self._step(loop, inner), self._part(at, size, inner))
            at += size

    def _part(self, at: int, size: int, texts: Texts) -> Unread:
        return Unread(self.raw[at : at + size], self.offset + at, self.layout, self.end, texts)

    def _step(self, loop: Loop, inner: Texts) -> Step:
        assert loop.step is not None
        return self.layout.within(loop.step)[inner.id]

    def _grow_whole(self, loop: Loop, texts: Texts, ends: Iterator[bytes], offset: int) -> int:
        for text in texts.segments:
            segment = Segment(encode(text), next(ends), offset, self.layout.delimiters)
            loop.children.append(segment)
            offset += len(segment.raw) + len(segment.end)
        for inner in texts.loops:
            offset = self._grow_whole(loop.within(inner.id, self._step(loop, inner)), inner, ends, offset)
        return offset

    def texts(self) -> Texts:
        """The loop laid out, once."""
        if self._texts is None:
            self._texts = self.layout.texts(self.raw, self.end)
        return self._texts


class Loop:
    """One loop of a document."""

    __slots__ = (
        "__weakref__",
        "_children",
        "_loops",
        "_parent",
        "_seen",
        "_segments",
        "_unread",
        "added",
        "edited",
        "id",
        "step",
    )

    def __init__(self, id: str, step: Step | None = None, parent: Loop | None = None, unread: Unread | None = None) -> None:
        self.id, self.step = id, step
        self._parent = ref(parent) if parent is not None else None  # weak: a tree that nobody holds is gone at once
        self._children: list[Segment | Loop] = []
        self._unread = unread
        self.edited, self.added = False, 0
        """Whether it was changed, and by how many segments it is longer since."""
        self._seen = -1

    def __bytes__(self) -> bytes:
        return self.unread or b"".join(map(bytes, self._children))

    def __repr__(self) -> str:
        return f"Loop({self.id}, {sum(1 for _ in self.walk())} segments)"

    @property
    def children(self) -> list[Segment | Loop]:
        """The loop's segments and the loops in it, in the order in which they stand."""
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread.grow(self)
        return self._children

    @property
    def unread(self) -> bytes | None:
        """The bytes of a loop into which nobody has looked yet."""
        return self._unread.raw if self._unread is not None else None

    @property
    def packed(self) -> tuple[bytes, int, bytes | None] | None:
        """The same, where they begin, and what stands behind each segment if that is always the same."""
        unread = self._unread
        return (unread.raw, unread.offset, unread.end) if unread is not None else None

    def rewrite(self, raw: bytes) -> None:
        """Have the loop, into which nobody has looked yet, these bytes: it was edited without being looked into."""
        assert self._unread is not None
        before = self.count()
        self._unread = Unread(raw, self._unread.offset, self._unread.layout, self._unread.end)
        self.touch(self.count() - before)

    def offset(self, id: str) -> int | None:
        """Where the first of its own segments with this id begins, in bytes; None where there is none."""
        if self._unread is not None and self._unread.raw.startswith(encode(id)):
            return self._unread.offset
        found = self.first(id)
        return None if found is None else found.offset

    @property
    def start(self) -> int | None:
        """Where it begins, in bytes; None where it holds nothing."""
        if self._unread is not None:
            return self._unread.offset
        return next((segment.offset for segment in self.walk()), None)

    @property
    def opening(self) -> list[bytes]:
        """The elements of what the loop begins with; [] where that is a loop, or there is nothing."""
        if self._unread is not None:
            delimiters = self._unread.layout.delimiters
            return self._unread.raw.partition(delimiters.segment)[0].split(delimiters.element)
        first = self._children[0] if self._children else None
        return first.elements if isinstance(first, Segment) else []

    def texts(self, delimiters: Delimiters) -> Texts:
        """What the loop holds, as text."""
        return self._unread.texts() if self._unread is not None else texts_of(self, delimiters)

    def count(self) -> int:
        """How many segments stand in it."""
        if self._unread is not None:
            return self._unread.raw.count(self._unread.layout.delimiters.segment)
        return sum(child.count() if isinstance(child, Loop) else bool(child.raw) for child in self._children)

    def within(self, id: str, step: Step | None, unread: Unread | None = None) -> Loop:
        """A new loop, the last one in this."""
        inner = Loop(id, step, self, unread)
        self.children.append(inner)
        return inner

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
        if self._seen != len(self._children):
            self._look()
        found = self._segments.get(id)
        if not found or not qualifiers:
            return found[:] if found else []
        element, component = self._qualifier(id)
        return [segment for segment in found if segment.get(element, component) in qualifiers]

    def first(self, id: str, *qualifiers: str) -> Segment | None:
        """The first of `every`, or None."""
        if self._seen != len(self._children):
            self._look()
        found = self.every(id, *qualifiers) if qualifiers else self._segments.get(id)
        return found[0] if found else None

    def has(self, ids: frozenset[str]) -> bool:
        """Whether it has a segment of its own with one of these ids."""
        if self._seen != len(self._children):
            self._look()
        return not ids.isdisjoint(self._segments)

    def loops(self, *ids: str) -> list[Loop]:
        """The loops directly in this one, with one of these ids (none named: all)."""
        if len(ids) != 1:
            return [child for child in self.children if isinstance(child, Loop) and (not ids or child.id in ids)]
        if self._seen != len(self._children):
            self._look()
        found = self._loops.get(ids[0])
        return found[:] if found else []

    def loop(self, id: str) -> Loop | None:
        """The first loop with this id directly in this one, or None."""
        if self._seen != len(self._children):
            self._look()
        found = self._loops.get(id)
        return found[0] if found else None

    def _look(self) -> None:
        """Look through the children once, and not again for each that is sought while they stay the same."""
        segments: dict[str, list[Segment]] = {}
        loops: dict[str, list[Loop]] = {}
        for child in self.children:
            if isinstance(child, Loop):
                loops.setdefault(child.id, []).append(child)
            else:
                segments.setdefault(child.id, []).append(child)
        self.looked_through(self._children, segments, loops)

    def looked_through(
        self, children: list[Segment | Loop], segments: dict[str, list[Segment]], loops: dict[str, list[Loop]]
    ) -> None:
        """Have these children, of which the segments and the loops are these by their ids."""
        self._children, self._segments, self._loops, self._seen = children, segments, loops, len(children)

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
        self.touch(1)

    def replace(self, old: Segment, new: Segment) -> None:
        """Put `new` in the place of one of this loop's own segments."""
        self.children[self._index(old)] = new
        self.touch()

    def remove(self, segment: Segment) -> None:
        """Take one of this loop's own segments out."""
        del self.children[self._index(segment)]
        self.touch(-1)

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

    def touch(self, added: int = 0) -> None:
        """Note that this loop was changed, and with it those around it, by so many segments more."""
        self._seen = -1
        self.edited = True
        self.added += added
        if self.parent is not None:
            self.parent.touch(added)
