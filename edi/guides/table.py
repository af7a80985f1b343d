"""A guide as a table of steps: for each loop its items, in groups that stand at one X12 position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from edi.guides.elements import SegmentJudge
from edi.guides.guide import ElementUse, Guide, LoopUse, SegmentUse, all_ids, counted, opener
from edi.text.segments import Delimiters, encode


class Place:
    """One item of a loop: a segment, or a loop that a segment opens."""

    __slots__ = (
        "codes", "component", "counted", "element", "group", "judge", "loop", "most", "order", "parent", "required",
        "segment", "step", "use",
    )  # fmt: skip

    def __init__(self, use: SegmentUse | LoopUse, parent: Step, group: int, order: int, step: Step | None) -> None:
        self.use, self.parent, self.group, self.order, self.step = use, parent, group, order, step
        self.segment = opener(use)
        self.loop = use if isinstance(use, LoopUse) else None
        self.most, self.required = use.most, use.usage == "R"
        self.counted = self.loop is not None and counted(self.loop)
        self.codes = frozenset(map(encode, self.segment.qualifiers))
        self.element, self.component = self.segment.qualifier
        self.judge = SegmentJudge(self.segment)

    def matches(self, elements: Sequence[bytes], delimiters: Delimiters) -> bool:
        """Whether a segment with this id is this use, by the code at its qualifier's place."""
        if not self.codes:
            return True
        value = elements[self.element] if self.element < len(elements) else b""
        if self.component and value:
            value = value.split(delimiters.component, self.component)[self.component - 1]
        return value in self.codes

    @property
    def is_unit(self) -> bool:
        """Whether this is a loop that the guide marks as a unit."""
        return self.loop is not None and self.loop.unit


class Step:
    """The table of one loop: its places in order, and by segment id."""

    __slots__ = (
        "_choices",
        "begun",
        "by_id",
        "complete",
        "first_unit",
        "groups",
        "needed",
        "places",
        "plain",
        "stretches",
        "unit_ids",
        "units",
        "use",
    )

    def __init__(self, use: LoopUse, steps: dict[int, Step]) -> None:
        steps[id(use)] = self
        self.use = use
        self.places: list[Place] = []
        self.by_id: dict[bytes, list[Place]] = {}
        group = -1
        last = ""
        for order, item in enumerate(use.items):
            first = opener(item)
            group += first.id != last or not self.places
            last = first.id
            step = None
            if isinstance(item, LoopUse):
                step = steps.get(id(item)) or Step(item, steps)
            place = Place(item, self, group, order, step)
            self.places.append(place)
            self.by_id.setdefault(encode(first.id), []).append(place)
        self.groups = group + 1
        opening, *others = self.places
        self.begun = int(opening.use.most == 1 and (not others or others[0].group > 0))
        """The group where the loop stands when its first segment was met."""
        self._choices = {name: _choice(places) for name, places in self.by_id.items()}
        self.plain = _plain(self.places)
        self.stretches = _stretches(self.places, self.groups)
        self.needed = tuple(
            tuple(place for place in self.places if place.required and place.group >= group) for group in range(self.groups + 1)
        )
        """The places that are required, by the group from which on."""
        units = [place for place in self.places if place.is_unit]
        self.units = {(encode(p.segment.id), code): p for p in units for code in p.codes or (b"",)}
        """The units in this loop, by the id and the qualifier of their first segment."""
        self.unit_ids = frozenset(name for name, _ in self.units)
        self.first_unit = min((place.group for place in units), default=self.groups)
        self.complete = {place: 1 for place in self.places if place not in units}
        """How often each place counts as met once the loop's own segments have been accepted."""

    def of(self, elements: Sequence[bytes], delimiters: Delimiters) -> Sequence[Place]:
        """The places in this loop that a segment fits by its id and qualifier, in the guide's order."""
        choice = self._choices.get(elements[0])
        if choice is None:
            return ()
        element, by_code, others = choice
        if by_code is None:
            return [place for place in others if place.matches(elements, delimiters)]
        return by_code.get(elements[element], others) if element < len(elements) else others


def _stretches(places: Sequence[Place], groups: int) -> Mapping[int, tuple[tuple[SegmentUse, ...], ...]]:
    """The segments of each group without loops, and of those behind it up to the first one with a loop, group by group."""
    found: dict[int, tuple[tuple[SegmentUse, ...], ...]] = {}
    for group in range(groups, -1, -1):
        uses = [place.use for place in places if place.group == group]
        plain = tuple(use for use in uses if isinstance(use, SegmentUse))
        if plain and len(plain) == len(uses):
            found[group] = (plain, *found.get(group + 1, ()))
    return MappingProxyType(found)


def _choice(places: Sequence[Place]) -> tuple[int, Mapping[bytes, tuple[Place, ...]] | None, tuple[Place, ...]]:
    """Places of one segment id: the element that tells them apart, the places of each code, and of any other code.

    Without codes (None) where that element is a component, or not the same one for all: then each place is asked.
    """
    coded = [place for place in places if place.codes]
    elements = {(place.element, place.component) for place in coded}
    if len(elements) > 1 or any(component for _, component in elements):
        return 0, None, tuple(places)
    codes = {code for place in coded for code in place.codes}
    by_code = {code: tuple(place for place in places if not place.codes or code in place.codes) for code in codes}
    return coded[0].element if coded else 0, by_code, tuple(place for place in places if not place.codes)


def _plain(places: Sequence[Place]) -> Mapping[bytes, int]:
    """The groups behind the first segment that hold no loops and whose segment id stands in no other group, by that id."""
    groups: dict[bytes, set[int]] = {}
    for place in places:
        groups.setdefault(encode(place.segment.id), set()).add(place.group)
    looped = {place.group for place in places if place.loop is not None}
    return {name: min(at) for name, at in groups.items() if len(at) == 1 and not at & looped and min(at) > places[0].group}


class Table:
    """A guide as steps, with what the engine asks of it: which segments open units, and which come behind them."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.root = Step(guide.root, {})
        self.ids = frozenset(all_ids(guide.root))
        self.units = tuple(_units(guide.root))
        self.unit_ids = frozenset(encode(opener(u).id) for u in self.units)
        self.loop_ids = frozenset(_loop_openers(guide.root)) - self.unit_ids
        trailing = False
        header: list[SegmentUse | LoopUse] = []
        trailer: list[str] = []
        for item in guide.root.items:
            if isinstance(item, LoopUse) and item.unit:
                trailing = True
            elif trailing or opener(item).id == "SE":
                trailing = True
                trailer.append(opener(item).id)
            else:
                header.append(item)
        self.header = tuple(header)
        self.followers = frozenset({*(opener(u).id for u in self.units), *trailer})
        self.codes = _known_codes(guide.root)
        self.qualifiers = _qualifiers(guide.root)
        self.reach = max(_qualified_at(guide.root)) + 1
        """So many elements tell one use of a segment from another."""


@lru_cache(maxsize=64)
def table(guide: Guide) -> Table:
    """The table of a guide, made once."""
    return Table(guide)


def _loop_openers(loop: LoopUse) -> Iterator[bytes]:
    for item in loop.items:
        if isinstance(item, LoopUse):
            if opener(item).id != "HL":  # levels have numbers, which are judged one by one
                yield encode(opener(item).id)
            yield from _loop_openers(item)


def _qualified_at(loop: LoopUse) -> Iterator[int]:
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield from _qualified_at(item)
        else:
            yield item.qualifier[0]


def _units(loop: LoopUse) -> Iterator[LoopUse]:
    """The loops marked unit, each once, outermost first."""
    seen: set[int] = set()
    open_loops = [loop]
    while open_loops:
        current = open_loops.pop(0)
        for item in current.items:
            if isinstance(item, LoopUse) and id(item) not in seen:
                seen.add(id(item))
                open_loops.append(item)
                if item.unit:
                    yield item


def _qualifiers(loop: LoopUse) -> Mapping[bytes, frozenset[bytes]]:
    """The qualifiers that the guide has for a segment anywhere, by its id."""
    found: dict[bytes, set[bytes]] = {}

    def visit(loop: LoopUse) -> None:
        for item in loop.items:
            if isinstance(item, LoopUse):
                visit(item)
            else:
                found.setdefault(encode(item.id), set()).update(map(encode, item.qualifiers))

    visit(loop)
    return MappingProxyType({id: frozenset(codes) for id, codes in found.items()})


def _known_codes(loop: LoopUse) -> Mapping[str, frozenset[str]]:
    """The codes that the guide has anywhere, by data element."""
    known: dict[str, set[str]] = {}

    def note(uses: Iterable[ElementUse]) -> None:
        for use in uses:
            if use.element is not None and use.codes:
                known.setdefault(use.element.number, set()).update(use.codes)
            note(use.components)

    def visit(loop: LoopUse) -> None:
        for item in loop.items:
            if isinstance(item, LoopUse):
                visit(item)
            else:
                note(item.elements)

    visit(loop)
    return MappingProxyType({number: frozenset(codes) for number, codes in known.items()})
