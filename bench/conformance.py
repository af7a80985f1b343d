"""Whether segments are a document of a guide: a plain search through what the guide states, apart from the engine.

It follows all readings of a document at once: a reading is the loops that are open, and in each of them the group of items
(those that stand at one X12 position) where it is and how often each was met. Values are compared with codes, types and lengths,
not with the calendar: what is asked about has dates that are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.documents import Tokens, first_of, keeps, levels
from edi.guides.guide import Element, ElementUse, Guide, LoopUse, Note, SegmentUse

Item = SegmentUse | LoopUse


class Group(NamedTuple):
    """The items at one X12 position of a loop, which come in any order, and the id that they begin with."""

    id: str
    items: tuple[Item, ...]


class Open(NamedTuple):
    """A loop (by `id`) that is open in a reading: the group where it is, how often each item of that group was met, its HL01."""

    loop: int
    at: int
    met: tuple[int, ...]
    level: str = ""


Reading = tuple[Open, ...]


class Conformance:
    """A guide, and one document of it with all its readings, so that changes of that document are soon judged."""

    def __init__(self, guide: Guide, tokens: Tokens) -> None:
        self.guide = guide
        self._groups: dict[int, tuple[Group, ...]] = {}
        self._fit: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._childless = levels(guide)[1]
        self.tokens = tokens
        start: Reading = (self._opened(guide.root),)
        self._readings = [frozenset({start})]
        for segment in tokens:
            self._readings.append(self._after(self._readings[-1], segment))

    @property
    def valid(self) -> bool:
        """Whether the document itself is one of the guide."""
        return self._ends(self._readings[-1]) and self._leveled(self.tokens)

    def holds(self, changed: Tokens) -> bool:
        """Whether a changed document is one of the guide."""
        shorter = min(len(self.tokens), len(changed))
        same = next((i for i in range(shorter) if self.tokens[i] != changed[i]), shorter)
        tail = 0
        while tail < shorter - same and self.tokens[-1 - tail] == changed[-1 - tail]:
            tail += 1
        readings = self._readings[same]
        for index in range(same, len(changed)):
            if not readings:
                return False
            if index >= len(changed) - tail and readings == self._readings[index + len(self.tokens) - len(changed)]:
                return self._leveled(changed)
            readings = self._after(readings, changed[index])
        return self._ends(readings) and self._leveled(changed)

    # -- readings ----------------------------------------------------------------------------------------------------

    def _after(self, readings: frozenset[Reading], segment: list[str]) -> frozenset[Reading]:
        return frozenset(after for reading in readings for after in self._placed(reading, segment))

    def _placed(self, reading: Reading, segment: list[str]) -> Iterator[Reading]:
        """Every reading that goes on with a segment: in the innermost loop, or further out where what is inside is complete."""
        for depth in range(len(reading) - 1, -1, -1):
            yield from self._within(reading[:depth], reading[depth], segment)
            if not self._complete(reading[depth]):
                return

    def _within(self, around: Reading, here: Open, segment: list[str]) -> Iterator[Reading]:
        """Put a segment into one loop: into the group where it is, or a later one when nothing that must come is passed."""
        met, groups = here.met, self._groups[here.loop]
        for at in range(here.at, len(groups)):
            group = groups[at]
            if at > here.at:
                met = (0,) * len(group.items)
            if group.id == segment[0]:
                for place, item in enumerate(group.items):
                    if item.most is not None and met[place] >= item.most:
                        continue
                    count = met[place] + 1 if item.most is not None else 1
                    inside = (*around, here._replace(at=at, met=(*met[:place], count, *met[place + 1 :])))
                    if isinstance(item, LoopUse):
                        yield from self._within(inside, self._opened(item), segment)
                    elif self._fits(item, segment) and segment[0] == "HL":
                        if segment[2] == around[-1].level:  # the level that it says it belongs to is the one it stands in
                            yield (*around, inside[-1]._replace(level=segment[1]))
                    elif self._fits(item, segment):
                        yield inside
            if _lacks(group, met):
                return

    def _opened(self, loop: LoopUse) -> Open:
        groups = self._groups.get(id(loop))
        if groups is None:
            groups = self._groups[id(loop)] = tuple(groups_of(loop))
        return Open(id(loop), 0, (0,) * len(groups[0].items))

    def _complete(self, here: Open) -> bool:
        groups = self._groups[here.loop]
        later = groups[here.at + 1 :]
        return not _lacks(groups[here.at], here.met) and not any(item.usage == "R" for g in later for item in g.items)

    def _ends(self, readings: frozenset[Reading]) -> bool:
        return any(all(map(self._complete, reading)) for reading in readings)

    # -- segments ----------------------------------------------------------------------------------------------------

    def _fits(self, use: SegmentUse, segment: list[str]) -> bool:
        key = (id(use), tuple(segment))
        found = self._fit.get(key)
        if found is None:
            found = self._fit[key] = fits(use, segment)
        return found

    def _leveled(self, tokens: Tokens) -> bool:
        """Whether the levels count from 1 and say whether others follow below."""
        levels = [segment for segment in tokens if segment[0] == "HL"]
        for number, segment in enumerate(levels, 1):
            if len(segment) < 4 or segment[1] != str(number):
                return False
            below = number < len(levels) and levels[number][2:3] == [segment[1]]
            if segment[3] not in self._childless and segment[4:] != ["1" if below else "0"]:
                return False
        return True


def groups_of(loop: LoopUse) -> Iterator[Group]:
    """Neighbours that begin with the same segment stand at one position."""
    run: list[Item] = []
    for item in loop.items:
        if run and first_of(run[0]).id != first_of(item).id:
            yield Group(first_of(run[0]).id, tuple(run))
            run = []
        run.append(item)
    yield Group(first_of(run[0]).id, tuple(run))


def fits(use: SegmentUse, segment: Sequence[str]) -> bool:
    """Whether a segment is this use of it, as far as presence, codes and lengths say."""
    element, component = use.qualifier
    if segment[0] != use.id:
        return False
    if use.qualifiers:
        value = segment[element] if element < len(segment) else ""
        if component:
            value = [*value.split(":"), *[""] * component][component - 1]
        if value not in use.qualifiers:
            return False
    return any(segment[1:]) and _right(use.elements, use.notes, segment[1:])


def _right(uses: Sequence[ElementUse], notes: Sequence[Note], values: Sequence[str]) -> bool:
    named = {use.position: use for use in uses}
    present = {position for position, value in enumerate(values, 1) if value}
    if not present <= set(named) or any(use.usage == "R" and use.position not in present for use in uses):
        return False
    if not all(keeps(note, present) for note in notes) or (values and not values[-1]):
        return False
    return all(_one(named[position], values[position - 1]) for position in present)


def _one(use: ElementUse, value: str) -> bool:
    repeats = value.split("^")
    if len(repeats) > max(1, use.repeats):
        return False
    if use.element is None:
        return all(_right(use.components, use.notes, repeat.split(":")) for repeat in repeats)
    if use.codes:
        return all(repeat in use.codes for repeat in repeats)
    return all(_typed(use.element, repeat) for repeat in repeats)


def _typed(element: Element, value: str) -> bool:
    """Whether a value has the length of its type and the letters of it; that a day is one of the calendar is not asked."""
    low, high, kind = element.minimum, element.maximum, element.type
    if kind == "R" or kind[0] == "N":
        digits = value.removeprefix("-")
        if kind == "R":
            digits = digits.replace(".", "", 1)
        return digits.isdigit() and low <= len(digits) <= high
    if kind in ("DT", "TM") and not value.isdigit():
        return False
    return low <= len(value) <= high and value.isprintable() and ":" not in value


def _lacks(group: Group, met: tuple[int, ...]) -> bool:
    return any(item.usage == "R" and not count for item, count in zip(group.items, met, strict=True))
