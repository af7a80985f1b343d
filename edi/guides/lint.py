"""What is wrong with a guide, though it can be read: what no document could satisfy, what two readers would read two ways.

The notation refuses much already, at its line (`edi.guides.notation`): unknown segments and elements, codes that are too long
or too short, neighbours that nothing tells apart. Here a guide is judged as a whole, by the paths of its parts:

- unsatisfiable: required, yet forbidden by a syntax note, by what stands before it, or by the tree of levels (HL);
- ambiguous: one segment could be either of two uses, and what stands before it does not decide;
- unreachable: every segment or element that it names belongs to another one first, or may never be there;
- code: a code that its element's type cannot hold; unknown: what the dictionary does not have;
- unit: loops marked `unit` that their first segment does not tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Final

from edi.errors import DefinitionError
from edi.guides.dictionary import Dictionary, Standard, dictionary
from edi.guides.elements import BASIC_AND_EXTENDED
from edi.guides.guide import ElementUse, Guide, LoopUse, Note, SegmentUse, find, guides
from edi.text.segments import encode

_LEVEL: Final = "HL"
_TYPES: Final = re.compile(r"AN|ID|DT|TM|R|B|N\d")
_FITTING: Final = {
    "R": re.compile(r"-?\d+(\.\d+)?"),
    "N": re.compile(r"-?\d+"),
    "D": re.compile(r"\d{6}|\d{8}"),
    "T": re.compile(r"\d{4,8}"),
}


@dataclass(frozen=True, slots=True)
class GuideFault:
    """One thing wrong: its kind, where in which guide ("2000A/2300/REF[G1]-02"), and a sentence."""

    kind: str
    guide: str
    path: str
    message: str

    def __str__(self) -> str:
        if self.kind == "refused":
            return f"refused: {self.message}"  # which names its place itself
        return (
            f"{self.guide}: {self.path}: {self.kind}: {self.message}"
            if self.path
            else f"{self.guide}: {self.kind}: {self.message}"
        )


def lint(guide: Guide) -> Iterator[GuideFault]:
    """The findings of one guide. A loop that comes again is judged once, but for its order and levels."""
    for kind, path, message in (*_parts(guide.root, "", set()), *_order(guide.root), *_levels(guide.root), *_units(guide.root)):
        yield GuideFault(kind, guide.name, path, message)


def lint_named(name: str) -> Iterator[GuideFault]:
    """The findings of a shipped guide, or of a file; what the notation refuses in a file is one of them."""
    try:
        guide = find(name)
    except DefinitionError as error:
        if not Path(name).is_file():
            raise
        yield GuideFault("refused", name, "", str(error))
        return
    yield from lint(guide)


def lint_everything() -> Iterator[GuideFault]:
    """The findings of the dictionary, of every guide that is shipped, and of all of them side by side."""
    yield from lint_dictionary()
    every = guides()
    for guide in every:
        yield from lint(guide)
    yield from lint_choice(every)


def lint_choice(every: Sequence[Guide]) -> Iterator[GuideFault]:
    """Guides of which one would never be chosen: another serves the same set, version and purpose."""
    for one, other in combinations(every, 2):
        shared = [v for v in one.versions if v in other.versions] if one.set == other.set else []
        purposes = [{code for _, codes in g.when for code in codes} for g in (one, other)]
        if shared and (not all(purposes) or purposes[0] & purposes[1]):
            yield GuideFault(
                "ambiguous", other.name, "", f"{one.name} serves {one.set} {shared[0]} as well, and nothing tells the two apart"
            )


def lint_dictionary(tables: Dictionary | None = None) -> Iterator[GuideFault]:
    """What the tables of the standard name and do not have."""
    tables = dictionary() if tables is None else tables
    for number, element in tables.elements.items():
        if not _TYPES.fullmatch(element.type) or not 0 < element.minimum <= element.maximum:
            yield GuideFault("unknown", "x12/elements.tsv", number, "no type or length that an element can have")
    for name, table in (("x12/composites.tsv", tables.composites), ("x12/segments.tsv", tables.segments)):
        for standard in table.values():
            for path, message in _standard(standard, tables):
                yield GuideFault("unknown", name, path, message)


def _standard(standard: Standard, tables: Dictionary) -> Iterator[tuple[str, str]]:
    size = len(standard.places)
    for position, place in enumerate(standard.places, 1):
        known: Mapping[str, object] = tables.composites if place.composite else tables.elements
        if place.reference not in known:
            yield f"{standard.id}{position:02}", f"there is no element {place.reference}"
    for note in standard.notes:
        if max(note.positions) > size:
            yield standard.id, f"a syntax note speaks of position {max(note.positions):02}, there are {size}"


# -- parts: elements, codes, notes ------------------------------------------------------------------------------------

_Found = tuple[str, str, str]
"""Kind, path, message."""


def _parts(loop: LoopUse, path: str, seen: set[int]) -> Iterator[_Found]:
    for item in loop.items:
        here = _join(path, _named(item))
        if isinstance(item, LoopUse):
            if id(item.items) not in seen:
                seen.add(id(item.items))
                yield from _parts(item, here, seen)
            continue
        yield from _uses(item.elements, item.notes, f"{here}-")
        if item.qualifiers and item.qualifier[1] > 1:
            yield "unit", here, "the codes in brackets must stand at the first component: expressions look no further"


def _uses(uses: Sequence[ElementUse], notes: Sequence[Note], of: str) -> Iterator[_Found]:
    for use in uses:
        here = f"{of}{use.position:02}"
        if use.components:
            yield from _uses(use.components, use.notes, f"{here}-")
        for code in use.codes:
            if why := _misfit(use, code):
                yield "code", here, f"code {code} {why}"
    usage = {use.position: use.usage for use in uses}
    for members, related in _blocks(notes):
        choices = [(True,) if usage.get(p) == "R" else (True, False) if p in usage else (False,) for p in members]
        kept = [c for c in product(*choices) if not any(_breaks(note, dict(zip(members, c, strict=True))) for note in related)]
        text = " ".join(f"{note.kind}{''.join(f'{p:02}' for p in note.positions)}" for note in related)
        if not kept:
            first = next((p for p in members if p in usage), members[0])
            yield "unsatisfiable", f"{of}{first:02}", f"whatever is there, the syntax note {text} is broken"
            continue
        for index, position in enumerate(members):
            if position in usage and not any(choice[index] for choice in kept):
                yield "unreachable", f"{of}{position:02}", f"the syntax note {text} never lets it be there"


def _misfit(use: ElementUse, code: str) -> str:
    element = use.element
    if element is None:
        return ""
    if element.number not in dictionary().elements:
        return f"is of element {element.number}, which the dictionary does not have"
    if not element.minimum <= len(code) <= element.maximum:
        return f"is not {element.minimum} to {element.maximum} characters long, as element {element.number} is"
    fitting = _FITTING.get(element.type[0])
    if element.type not in ("ID", "AN", "B") and fitting and not fitting.fullmatch(code):
        return f"cannot stand in element {element.number}, of type {element.type}"
    if not set(encode(code)) <= BASIC_AND_EXTENDED or code != code.strip():
        return "has characters that no value may have"
    return ""


def _blocks(notes: Sequence[Note]) -> list[tuple[list[int], list[Note]]]:
    """Positions that notes tie together, with those notes."""
    sets: list[set[int]] = []
    for note in notes:
        joined = set(note.positions).union(*(s for s in sets if s & set(note.positions)))
        sets = [*(s for s in sets if not s & joined), joined]
    return [(sorted(s), [n for n in notes if set(n.positions) <= s]) for s in sets]


def _breaks(note: Note, present: Mapping[int, bool]) -> bool:
    here = [present[p] for p in note.positions]
    return {
        "P": any(here) and not all(here),
        "R": not any(here),
        "E": sum(here) > 1,
        "C": here[0] and not all(here),
        "L": here[0] and not any(here[1:]),
    }[note.kind]


# -- order: what may follow what --------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class _Position:
    """A segment use at one place of the guide, as in a Glushkov automaton; `depth` is that of the loop that it is an item of."""

    path: str
    use: SegmentUse
    depth: int
    most: int | None
    required: bool


@dataclass(slots=True)
class _Span:
    """What an expression can begin and end with, and whether it can be empty."""

    first: list[_Position]
    last: list[_Position]
    empty: bool


class _Follow:
    def __init__(self, root: LoopUse) -> None:
        self.after: dict[_Position, dict[_Position, None]] = {}
        self._sequence(root.items, "", 0)

    def _link(self, last: Iterable[_Position], first: Iterable[_Position]) -> None:
        for position in last:
            self.after[position].update(dict.fromkeys(first))

    def _sequence(self, items: Sequence[SegmentUse | LoopUse], path: str, depth: int, opener: _Position | None = None) -> _Span:
        whole = _Span([], [], True)
        rest = list(items)
        if opener is not None:
            whole, rest = _Span([opener], [opener], False), rest[1:]
        while rest:
            length = next((n for n, i in enumerate(rest) if _first(i).id != _first(rest[0]).id), len(rest))
            whole = self._then(whole, self._group(rest[:length], path, depth))
            rest = rest[length:]
        return whole

    def _then(self, one: _Span, other: _Span) -> _Span:
        self._link(one.last, other.first)
        return _Span(
            one.first + (other.first if one.empty else []),
            other.last + (one.last if other.empty else []),
            one.empty and other.empty,
        )

    def _group(self, items: Sequence[SegmentUse | LoopUse], path: str, depth: int) -> _Span:
        """Neighbours at one place come in any order."""
        spans = [self._item(item, path, depth) for item in items]
        for one, other in product(spans, spans):
            if one is not other:
                self._link(one.last, other.first)
        return _Span(
            [p for s in spans for p in s.first], [p for s in spans for p in s.last], all(item.usage != "R" for item in items)
        )

    def _item(self, item: SegmentUse | LoopUse, path: str, depth: int) -> _Span:
        first = _first(item)
        here = _join(path, _named(item))
        position = _Position(here, first, depth, item.most, item.usage == "R")
        self.after[position] = {}
        span = _Span([position], [position], False)
        if isinstance(item, LoopUse):
            span = self._sequence(item.items, here, depth + 1, position)
        if item.most != 1:
            self._link(span.last, span.first)
        return span


def _order(root: LoopUse) -> Iterator[_Found]:
    follow = _Follow(root)
    before: dict[_Position, list[_Position]] = {p: [] for p in follow.after}
    said: set[tuple[str, str]] = set()
    for position, following in follow.after.items():
        by_id: dict[str, list[_Position]] = {}
        for after in following:
            by_id.setdefault(after.use.id, []).append(after)
            before[after].append(position)
        for alike in by_id.values():
            for one, other in combinations(alike, 2):
                pair = (one.path, other.path)
                # A level is told by its parent (HL02), so the same HL03 may come back at another depth.
                if one.use.id != _LEVEL and pair not in said and _overlap(one.use, other.use):
                    said.add(pair)
                    yield "ambiguous", other.path, f"behind {position.path} such a segment may also be {one.path}"
    ordinal = {p: n for n, p in enumerate(follow.after)}
    for position, previous in before.items():
        takers = [
            next(
                (
                    p
                    for p in follow.after[prior]
                    if p is not position and (-p.depth, ordinal[p]) < (-position.depth, ordinal[position]) and _takes(p, position)
                ),
                None,
            )
            for prior in previous
        ]
        if takers and takers[0] is not None and all(takers) and position.use.id != _LEVEL:
            kind = "unsatisfiable" if position.required else "unreachable"
            yield kind, position.path, f"every such segment is taken for {takers[0].path}"


def _overlap(one: SegmentUse, other: SegmentUse) -> bool:
    if not one.qualifiers or not other.qualifiers or one.qualifier != other.qualifier:
        return True
    return bool(set(one.qualifiers) & set(other.qualifiers))


def _takes(taker: _Position, taken: _Position) -> bool:
    """Whether the one takes every segment that the other could be, without end."""
    one, other = taker.use, taken.use
    if taker.most is not None or one.id != other.id:
        return False
    return not one.qualifiers or (one.qualifier == other.qualifier and set(one.qualifiers) >= set(other.qualifiers) > set())


# -- levels and units -------------------------------------------------------------------------------------------------


def _levels(root: LoopUse) -> Iterator[_Found]:
    """HL02 and HL04 say where a level stands in the tree, so they must be able to say what the guide's tree is."""
    stated: dict[str, str] = {}

    def visit(loop: LoopUse, path: str, above: bool) -> Iterator[_Found]:
        for item in loop.items:
            if not isinstance(item, LoopUse):
                continue
            here, first = _join(path, item.id), _first(item)
            if first.id == _LEVEL:
                for code in first.qualifiers:
                    if stated.setdefault(code, item.id) != item.id:
                        yield "ambiguous", here, f"HL03 {code} stands for loop {stated[code]} as well"
                yield from _level(item, first, here, above)
            yield from visit(item, here, above or first.id == _LEVEL)

    yield from visit(root, "", False)


def _level(loop: LoopUse, first: SegmentUse, path: str, above: bool) -> Iterator[_Found]:
    uses = {use.position: use for use in first.elements}
    below = [i for i in loop.items if isinstance(i, LoopUse) and _first(i).id == _LEVEL]
    parent, child = uses.get(2), uses.get(4)
    if parent is not None and parent.usage == "R" and not above:
        yield "unsatisfiable", f"{path}/HL-02", "HL02 is required, but no level is above"
    if parent is None and above:
        yield "unsatisfiable", f"{path}/HL-02", "HL02 is not used, but it must name the level above"
    codes = set(child.codes) if child is not None else set()
    if codes == {"1"} and not below:
        yield "unsatisfiable", f"{path}/HL-04", "HL04 is 1, but the guide has no level below"
    if codes == {"0"} and (required := next((i for i in below if i.usage == "R"), None)):
        yield "unsatisfiable", f"{path}/HL-04", f"HL04 is 0, but level {required.id} is required below"
    elif codes == {"0"} and below:
        yield "unreachable", f"{path}/{below[0].id}", "HL04 of the level above is 0"


def _units(root: LoopUse) -> Iterator[_Found]:
    """The engine knows a unit by its first segment: its id and, at one place for all of that id, a code."""
    units: dict[str, list[tuple[str, LoopUse]]] = {}

    def visit(loop: LoopUse, path: str, within: bool) -> Iterator[_Found]:
        for item in loop.items:
            if not isinstance(item, LoopUse):
                continue
            here = _join(path, item.id)
            if item.unit and not within:
                yield "unit", here, f"it is a unit, but {path.rpartition('/')[2]} around it is none"
            if item.unit:
                units.setdefault(_first(item).id, []).append((here, item))
            yield from visit(item, here, item.unit)

    yield from visit(root, "", True)
    for known in units.values():
        for (_, one), (path, other) in combinations(known, 2):
            if one.items == other.items:
                continue
            a, b = _first(one), _first(other)
            if a.qualifier != b.qualifier or _overlap(a, b):
                yield "unit", path, f"{b.id} opens {one.id} as well, and no code at one place tells the two apart"


def _first(item: SegmentUse | LoopUse) -> SegmentUse:
    while isinstance(item, LoopUse):
        item = item.items[0]
    return item


def _named(item: SegmentUse | LoopUse) -> str:
    if isinstance(item, LoopUse):
        return item.id
    return item.id + (f"[{item.qualifiers[0]}]" if item.qualifiers else "")


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
