"""A unit compiled to one expression: accept it whole, fast.

Order, usage, repeats, types, lengths, codes, components and syntax notes of a unit are a regular language. All that repeats
is possessive, and every segment is an atomic group, so that no input makes the match go back over one. Within a segment an
alternative is a plain group, `(?:A|B|)`, for these cost a half or a third of an atomic one or of `(?>A)?+`: what begins
otherwise is passed over without a try. Going back there finds nothing new, for what an element takes ends before a separator.

The one law: what an expression accepts, `edi.guides.walk` finds clean. It may refuse what is allowed (29 February, a
decimal that begins with its point, trailing spaces): what it refuses is walked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple, TypeAlias

from edi.guides.compiling import compiled
from edi.guides.guide import ElementUse, LoopUse, Note, SegmentUse, counted, opener, tied
from edi.guides.values import Values, one_of_codes
from edi.text.segments import Delimiters, encode


class _Cell(NamedTuple):
    """One position, or two that belong together, of a segment or composite: where it begins and ends, and its expression.

    Where nothing has to be there, the expression takes nothing too.
    """

    first: int
    last: int
    required: bool
    expression: bytes


_Part: TypeAlias = tuple[Sequence[SegmentUse | LoopUse], Iterable[str]]
"""The items of a loop, and what may stand behind them."""


class Chained(NamedTuple):
    """Levels (HL) of which each holds one other, some of them also so many units of one kind that have no number."""

    holding: Sequence[_Part]
    bare: Sequence[_Part]
    inner: _Part
    most: int | None


class Expressions:
    """The expressions of one guide for one set of delimiters, each compiled when it is first asked for."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        d = delimiters
        self._element, self._component, self._segment = (re.escape(x) for x in (d.element, d.component, d.segment))
        breaks = b"".join(
            re.escape(bytes([c])) for c in b"\r\n" if bytes([c]) not in (d.segment, d.element, d.component, d.repetition)
        )
        self._end = self._segment + (b"[" + breaks + b"]*+" if breaks else b"")
        taken = {*d.element, *d.component, *d.segment, *(d.repetition or b"")}
        self._values = Values(taken)
        self._inside = b"[^" + self._element + self._segment + b"]"
        self._body = b"[^" + self._segment + b"]*+"
        self._patterns: dict[int, tuple[Any, re.Pattern[bytes]]] = {}

    def items(self, items: Sequence[SegmentUse | LoopUse]) -> bytes:
        """An expression for a loop's items in order; loops marked unit are left out."""
        return self._items(items)

    def whole(self, body: bytes, followers: Iterable[str]) -> re.Pattern[bytes]:
        """`body`, when one of `followers` comes behind it."""
        return compiled(body + self._before(followers))

    def run(self, bodies: Sequence[bytes], followers: Iterable[str]) -> re.Pattern[bytes]:
        """Any number of `bodies`, each with one of `followers` behind it: so none is cut, and nothing passed over."""
        return compiled(b"(?>(?>" + b"|".join(bodies) + b")" + self._before(followers) + b")*+")

    def chained(self, chained: Chained) -> re.Pattern[bytes]:
        """The units in no level that come first, then levels, each with its units, as often as it may be; none is cut, either."""

        def before(part: _Part) -> bytes:
            return self._items(part[0]) + self._before(part[1])

        inner = b"(?>" + before(chained.inner) + b")"
        most = b"" if chained.most is None else b"%d" % chained.most
        holding = b"(?>" + b"|".join(map(before, chained.holding)) + b")" + inner + b"{0,%b}+" % most
        return compiled(inner + b"*+(?>" + b"|".join([holding, *map(before, chained.bare)]) + b")*+")

    def _before(self, followers: Iterable[str]) -> bytes:
        return b"(?=(?:" + b"|".join(sorted(encode(f) for f in followers)) + b")" + self._element + b")"

    def segment(self, use: SegmentUse) -> re.Pattern[bytes]:
        """An expression for one segment without its terminator, to be used with `fullmatch`."""
        return self._made(use, lambda: encode(use.id) + self._elements(use))

    def loops(self, use: LoopUse) -> re.Pattern[bytes]:
        """An expression for a loop, whole, and for those like it that follow, if there may be any (see `counted`)."""

        def make() -> bytes:
            body = self._items(use.items)
            return b"(?>" + body + b"){1,}+" if counted(use) else body

        return self._made(use, make)

    def stretch(self, groups: Sequence[Sequence[SegmentUse]]) -> re.Pattern[bytes]:
        """An expression for the segments of these groups in order, as far as they go: up to the first that is not right."""

        def make() -> bytes:
            out = b""
            for group in reversed(groups[1:]):
                out = self._group(group) + out
                if any(use.usage == "R" for use in group):  # where one is missing, the stretch ends
                    out = b"(?>" + out + b")?+"
            return self._group(groups[0]) + out

        return self._made(groups[0], make)

    def _made(self, of: Any, make: Callable[[], bytes]) -> re.Pattern[bytes]:
        """The expression of a part of the guide, made once; the part is kept with it, so that its id stays its own."""
        found = self._patterns.get(id(of))
        if found is None:
            found = self._patterns[id(of)] = (of, compiled(make()))
        return found[1]

    # -- loops -----------------------------------------------------------------------------------------------------

    def _items(self, items: Sequence[SegmentUse | LoopUse]) -> bytes:
        groups = list[list[SegmentUse | LoopUse]]()
        for item in items:
            if isinstance(item, LoopUse) and item.unit:
                continue
            if groups and opener(groups[-1][0]).id == opener(item).id:
                groups[-1].append(item)
            else:
                groups.append([item])
        return b"".join(map(self._group, groups))

    def _group(self, group: Sequence[SegmentUse | LoopUse]) -> bytes:
        """Items at one position: any order among themselves."""
        if len(group) == 1:
            return b"(?>" + self._head(group[0]) + self._tail(group[0]) + b")" + _times(group[0])
        ids = {encode(i) for item in group for i in _ids(item)}
        out = b""
        alternatives = []
        for item in group:
            until = self._until(opener(item), ids)
            if item.usage == "R":
                out += b"(?=" + until + b")"
            more = until if item.most == 1 else b"(?>" + until + self._body + self._end + b"){%d}+" % (item.most or 0)
            alternatives.append(self._tail(item) + (b"" if item.most is None else b"(?!" + more + b")"))
        head = self._head(group[0])
        return out + b"(?>" + head + b"(?>" + b"|".join(alternatives) + b"))*+"

    def _until(self, use: SegmentUse, ids: set[bytes]) -> bytes:
        """The next segment that is this use, and what of these ids stands before it.

        Mostly all have one id: that comes first then, so that a look from any other segment ends at once.
        """
        code = self._qualified(use)
        id = encode(use.id)
        rest = self._body + self._end
        if ids == {id}:
            begin = id + self._element
            return begin + b"(?>(?!" + code + b")" + rest + begin + b")*+" + code
        any_id = b"(?:" + b"|".join(sorted(ids)) + b")"
        return b"(?>(?!" + id + self._element + code + b")" + any_id + self._element + rest + b")*+" + id + self._element + code

    def _head(self, item: SegmentUse | LoopUse) -> bytes:
        return encode(opener(item).id)

    def _tail(self, item: SegmentUse | LoopUse) -> bytes:
        """All of an item behind its first segment's id."""
        first = opener(item)
        out = self._elements(first) + self._end
        if isinstance(item, LoopUse):
            out += self._items(item.items[1:])
        return out

    def _qualified(self, use: SegmentUse) -> bytes:
        """What tells a segment to be this use, behind its id: the code at its qualifier's place."""
        element, component = use.qualifier
        if not use.qualifiers:
            return b""
        skip = b"(?>" + self._inside + b"*+" + self._element + b"){%d}" % (element - 1) if element > 1 else b""
        if component > 1:
            raise ValueError(f"{use.id}: a qualifier must be the first component")
        stop = b"(?=[" + self._element + self._component + self._segment + b"])"
        return skip + one_of_codes(use.qualifiers) + stop

    # -- elements --------------------------------------------------------------------------------------------------

    def _elements(self, use: SegmentUse) -> bytes:
        cells = self._cells(use.elements, use.notes, self._element)
        if not cells:
            return b""
        ahead = self._notes(use.notes, use.elements, cells, self._element)
        filled = b"" if any(cell.required for cell in cells) else b"(?=" + self._element + b")"  # not the id alone
        return filled + self._sequence(cells, ahead, self._element)

    def _cells(self, uses: Sequence[ElementUse], notes: Sequence[Note], separator: bytes) -> list[_Cell]:
        """The used positions in order. A date and the qualifier that says its format are one cell, and two that go together."""
        cells: list[_Cell] = []
        ordered = sorted(uses, key=lambda u: u.position)
        index = 0
        while index < len(ordered):
            use = ordered[index]
            after = ordered[index + 1] if index + 1 < len(ordered) else None
            if after is not None and _governs(use, after):
                formats = self._values.formats(use.codes)
                pairs = b"|".join(encode(form) + separator + text for form, text in formats)
                nothing = b"" if use.usage == "R" else b"|" + separator  # of a pair, the separator between them stays
                both = b"(?:" + (pairs or b"(?!)") + nothing + b")"
                cells.append(_Cell(use.position, after.position, use.usage == "R", both))
                index += 2
                continue
            if after is not None and _paired(use, after, notes):
                both = b"(?:" + self._use(use) + separator + self._use(after) + b"|" + separator + b")"
                cells.append(_Cell(use.position, after.position, False, both))
                index += 2
                continue
            required = use.usage == "R"
            cells.append(_Cell(use.position, use.position, required, self._use(use) if required else self._optional(use)))
            index += 1
        return cells

    def _sequence(self, cells: Sequence[_Cell], ahead: dict[int, bytes], separator: bytes) -> bytes:
        """Cells in order, each behind its separator; what is empty at the end is left out, separators and all."""
        by_last = {cell.last: cell for cell in cells}
        needed = max((cell.last for cell in cells if cell.required), default=0)
        out, position = b"", cells[-1].last
        while position >= 1:
            cell = by_last.get(position)
            first = position if cell is None else cell.first
            guard = ahead.get(first, b"")
            out = guard + separator + (b"" if cell is None else cell.expression) + out
            if position > needed:
                full = b"(?<!" + separator + b")" if first == needed + 1 else b""
                out = b"(?:" + out + full + b"|)"
            position = first - 1
        return out

    def _optional(self, use: ElementUse) -> bytes:
        """What may be there or not."""
        if use.element is not None and use.repeats == 1:
            return self._values.optional(use.element, use.codes)
        return b"(?:" + self._use(use) + b"|)"

    def _notes(
        self, notes: Sequence[Note], uses: Sequence[ElementUse], cells: Sequence[_Cell], separator: bytes
    ) -> dict[int, bytes]:
        """Look-aheads for the syntax notes, by the position before which they stand; notes that usage decides are left out.

        A segment that ends before a note's first position has none of its members, which breaks R notes only: those look
        from position 1. Components have no separator before the first one, so their look-aheads stand at the start.
        """
        usage = {use.position: use.usage for use in uses}
        inside = separator == self._component
        ahead: dict[int, bytes] = {}
        pairs = [{cell.first, cell.last} for cell in cells]
        for members in tied(notes):
            related = [note for note in notes if set(note.positions) <= members]
            if members in pairs and not any(note.broken(there) for note in related for there in (set[int](), members)):
                continue
            ordered = sorted(members)
            choices = [(True,) if usage.get(p) == "R" else (False,) if p not in usage else (True, False) for p in ordered]
            combinations = [dict(zip(ordered, c, strict=True)) for c in product(*choices)]
            allowed = [
                c for c in combinations if not any(note.broken({p for p, there in c.items() if there}) for note in related)
            ]
            if len(allowed) == len(combinations):
                continue
            first = 1 if inside or any(note.kind == "R" for note in related) else ordered[0]
            first = next((cell.first for cell in cells if cell.first <= first <= cell.last), first)
            looks = b"|".join(self._presence(c, first, separator) for c in allowed) or b"(?!)"
            harmless = _harmless(ordered, combinations, allowed)
            if not inside and harmless > first:  # most segments end before the positions that break it
                looks = (
                    b"(?>%b[^%b]*+){0,%d}+%b|" % (separator, separator + self._segment, harmless - first, self._segment) + looks
                )
            ahead[first] = ahead.get(first, b"") + b"(?=(?>" + looks + b"))"
        return ahead

    def _presence(self, combination: dict[int, bool], first: int, separator: bytes) -> bytes:
        """From position `first` on: these positions hold something, those do not; the others may."""
        inside = b"[^" + separator + self._element + self._segment + b"]"
        goes_on = self._element + self._segment if separator == self._component else self._segment
        gone = b"(?![^" + goes_on + b"])"
        out = b""
        for position in range(first, max(combination) + 1):
            before = b"" if separator == self._component and position == 1 else separator
            present = combination.get(position)
            if present is None:
                out += b"(?>" + before + inside + b"*+|" + gone + b")"
            elif present:
                out += before + inside + b"++"
            else:
                out += b"(?>" + before + b"(?!" + inside + b")|" + gone + b")"
        return b"(?>" + out + b")"

    def _use(self, use: ElementUse) -> bytes:
        one = self._composite(use) if use.element is None else self._values.one(use.element, use.codes)
        separator = self.delimiters.repetition
        if use.repeats > 1 and separator is not None:
            return one + b"(?>" + re.escape(separator) + one + b"){0,%d}+" % (use.repeats - 1)
        return one

    def _composite(self, use: ElementUse) -> bytes:
        cells = self._cells(use.components, use.notes, self._component)
        if not cells or cells[0].first != 1 or not cells[0].required:
            return b"(?!)"  # such a composite is left to the walk
        inner = self._sequence(cells, {}, self._component).removeprefix(self._component)
        ahead = b"".join(self._notes(use.notes, use.components, cells, self._component).values())
        return ahead + inner


@lru_cache(maxsize=16)
def expressions(delimiters: Delimiters) -> Expressions:
    """The expressions for these delimiters, shared by all who ask."""
    return Expressions(delimiters)


def _ids(item: SegmentUse | LoopUse) -> set[str]:
    if isinstance(item, SegmentUse):
        return {item.id}
    return {i for inner in item.items if not (isinstance(inner, LoopUse) and inner.unit) for i in _ids(inner)}


def _times(item: SegmentUse | LoopUse) -> bytes:
    low = int(item.usage == "R")
    if item.most == 1:
        return b"" if low else b"?+"
    return b"{%d,%s}+" % (low, b"" if item.most is None else b"%d" % item.most)


def _governs(use: ElementUse, after: ElementUse) -> bool:
    return (
        use.element is not None
        and after.element is not None
        and use.element.number == "1250"
        and after.element.number == "1251"
        and after.position == use.position + 1
        and use.usage == after.usage
        and use.repeats == after.repeats == 1
    )


def _paired(use: ElementUse, after: ElementUse, notes: Sequence[Note]) -> bool:
    """Whether two positions side by side may hold something both or none, and no note says more of them."""
    both = {use.position, after.position}
    if use.position + 1 != after.position or "R" in (use.usage, after.usage):
        return False
    return [(note.kind, set(note.positions)) for note in notes if both & set(note.positions)] == [("P", both)]


def _harmless(ordered: Sequence[int], combinations: Sequence[dict[int, bool]], allowed: Sequence[dict[int, bool]]) -> int:
    """The last position from which on a segment may hold nothing without a note being broken; 0 where there is none."""
    for position in reversed(ordered):
        short = [c for c in combinations if not any(c[p] for p in ordered if p >= position)]
        if all(c in allowed for c in short):
            return position
    return 0
