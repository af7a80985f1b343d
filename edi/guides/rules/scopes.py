"""Where the paths of rules lead: sought in the loop at hand, then in the loops around it.

from 2400      SV1-01      its own segment
               CLM-05      that of 2300, the loop around it
               2310B       the loop 2310B in 2300
               2010BB/NM1  in 2000B, around that
               2000C       the loop itself, where there is one around
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final

from edi.guides.guide import Guide, LoopUse, SegmentUse
from edi.guides.path import PathError
from edi.guides.rules.files import Route

_ZERO: Final = re.compile(r"-(\d\d|\([^)]*\))-0+\Z")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a route leads to: from a loop (`start`, one of those around the loop at hand) down through `loops` to segments.

    `keys` name the uses of the segment in its loop, and are empty where the route names a loop; `pick` is a code that the
    guide does not tell uses apart by. `within` says that the first step is the segment at hand itself.
    """

    start: LoopUse
    loops: tuple[LoopUse, ...] = ()
    uses: tuple[SegmentUse, ...] = ()
    keys: tuple[str, ...] = ()
    pick: str = ""
    within: bool = False

    @property
    def loop(self) -> LoopUse:
        """The loop that the route names, or whose segment it names."""
        return self.loops[-1] if self.loops else self.start

    @property
    def segment(self) -> str:
        """The id of the segment; for a loop that of the segment which opens it."""
        return self.uses[0].id if self.uses else first(self.loop).id

    @property
    def alone(self) -> bool:
        """Whether there is at most one: no loop on the way and no segment may come twice."""
        once = all(loop.most == 1 for loop in self.loops)
        return self.within or (once and len(self.keys) <= 1 and all(use.most == 1 for use in self.uses) and not self.pick)


def first(loop: LoopUse) -> SegmentUse:
    """The segment that opens a loop."""
    item = loop.items[0]
    return item if isinstance(item, SegmentUse) else first(item)


def key(use: SegmentUse, code: str) -> str:
    """What segments of a use, with this code at the qualifier's place, are kept under: DTP[439]."""
    return f"{use.id}[{code}]" if use.qualifiers else use.id


class Scopes:
    """The loops of a guide by their ids, and which loops stand around which."""

    def __init__(self, guide: Guide) -> None:
        self.guide, self.root = guide, guide.root
        self.loops: dict[str, LoopUse] = {guide.root.id: guide.root}
        self.around: dict[str, list[str]] = {guide.root.id: []}
        self._known: dict[tuple[Route, str, str], Reach] = {}
        open_loops = [guide.root]
        while open_loops:
            loop = open_loops.pop(0)
            for inner in inside(loop):
                if loop.id not in self.around.setdefault(inner.id, []):
                    self.around[inner.id].append(loop.id)
                if inner.id not in self.loops:
                    self.loops[inner.id] = inner
                    open_loops.append(inner)

    def outward(self, loop: LoopUse) -> Iterator[LoopUse]:
        """A loop, then those around it, the nearest first."""
        ids = [loop.id]
        for id in ids:
            yield self.loops[id]
            ids += [other for other in self.around[id] if other not in ids]

    def reach(self, route: Route, loop: LoopUse, segment: str = "") -> Reach:
        """Where a route leads from a loop, or from a segment in it; PathError where the guide has no such thing."""
        asked = route, loop.id, segment
        if asked not in self._known:
            self._known[asked] = self._sought(route, loop, segment)
        return self._known[asked]

    def _sought(self, route: Route, loop: LoopUse, segment: str) -> Reach:
        (name, pick), *rest = route.steps
        if segment and name == segment and not pick and not rest:
            uses = tuple(item for item in loop.items if isinstance(item, SegmentUse) and item.id == segment)
            return self._checked(route, Reach(loop, (), uses, (segment,), within=True))
        for around in self.outward(loop):
            if around.id == name and not pick and (rest or around is not loop):
                return self._down(route, around, rest)
        for around in self.outward(loop):
            if any(inner.id == name for inner in inside(around)) or self._uses(around, name, pick):
                return self._down(route, around, route.steps)
        if any(self._uses(around, name, "") for around in self.outward(loop)):
            codes = sorted({c for around in self.outward(loop) for use in self._uses(around, name, "") for c in use.qualifiers})
            raise PathError(f"the guide has no {name}[{pick}] there{near(pick, codes)}; it has {', '.join(codes)}")
        raise PathError(self._unknown(name, loop))

    def _down(self, route: Route, start: LoopUse, steps: Sequence[tuple[str, str]]) -> Reach:
        loops: tuple[LoopUse, ...] = ()
        for number, (name, pick) in enumerate(steps):
            here = loops[-1] if loops else start
            inner = next((loop for loop in inside(here) if loop.id == name), None)
            if inner is not None and not pick:
                loops += (inner,)
                continue
            uses = self._uses(here, name, pick)
            known = sorted({code for use in self._uses(here, name, "") for code in use.qualifiers or _codes(use)})
            if not uses and pick and self._uses(here, name, ""):
                has = f"it has {', '.join(known)}" if known else f"{name} is named there without a code"
                raise PathError(f"the guide has no {name}[{pick}] in loop {here.id}{near(pick, known)}; {has}")
            if not uses or number + 1 < len(steps):
                raise PathError(self._unknown(name if not uses else steps[number + 1][0], here, below=True))
            codes = [(use, code) for use in uses for code in use.qualifiers or ("",) if pick in ("", code) or not use.qualifiers]
            unqualified = pick if any(not use.qualifiers for use in uses) else ""
            keys = tuple(dict.fromkeys(key(use, code) for use, code in codes))
            return self._checked(route, Reach(start, loops, tuple(uses), keys, unqualified))
        if route.elements:
            raise PathError(f"{route.text} names an element of a loop; name the segment too")
        return Reach(start, loops)

    def _uses(self, loop: LoopUse, name: str, pick: str) -> list[SegmentUse]:
        """The segments of a loop with this id, and this code where one is picked."""
        uses = [item for item in loop.items if isinstance(item, SegmentUse) and item.id == name]
        if not pick:
            return uses
        return [use for use in uses if pick in (use.qualifiers or _codes(use))]

    def _checked(self, route: Route, reach: Reach) -> Reach:
        """The guide must use the elements that a route names."""
        if _ZERO.search(route.text):
            raise PathError(f"{route.text} names no component: they count from 1")
        for position in route.elements:
            found = [element for use in reach.uses for element in use.elements if element.position == position]
            if not found:
                used = sorted({f"{element.position:02}" for use in reach.uses for element in use.elements})
                raise PathError(f"the guide does not use {reach.segment}{position:02} there; it uses {', '.join(used)}")
            parts = {part.position for element in found for part in element.components}
            if route.component and route.component not in parts:
                place = f"{reach.segment}{position:02}"
                raise PathError(
                    f"{place} has no component {route.component}; it has {', '.join(map(str, sorted(parts)))}"
                    if parts
                    else f"{place} has no components"
                )
        return reach

    def _unknown(self, name: str, loop: LoopUse, *, below: bool = False) -> str:
        """That a loop has no such thing in it (`below`), nor around it; and where the guide has it, or what is like it."""
        where = "there" if loop is self.root else f"in loop {loop.id}" if below else f"in loop {loop.id} or around it"
        if others := self.around.get(name):
            return f"the guide has no {name} {where}; it stands in {' and '.join(others)}"
        known = {item.id for around in self.outward(loop) for item in around.items} | set(self.loops)
        return f"the guide has no {name} {where}{near(name, known)}"


def route_of(path: str) -> Route:
    """A path in its parts."""
    path = str(path)  # of a token of the grammar, which is kept in files
    body, dash, tail = path.partition("-")
    steps = tuple((name, pick.rstrip("]")) for name, _, pick in (step.partition("[") for step in body.split("/")))
    if not dash:
        return Route(path, steps)
    several = re.match(r"\(([^)]*)\)(?:-(\d+))?", tail)
    if several is None:
        element, _, component = tail.partition("-")
        return Route(path, steps, (int(element),), int(component or 0))
    first, to, last = several[1].partition(" to ")
    elements = tuple(range(int(first), int(last) + 1)) if to else tuple(map(int, several[1].split()))
    return Route(path, steps, elements, int(several[2] or 0))


def inside(loop: LoopUse) -> list[LoopUse]:
    """The loops directly in a loop."""
    return [item for item in loop.items if isinstance(item, LoopUse)]


@lru_cache(maxsize=64)
def scopes(guide: Guide) -> Scopes:
    """The scopes of a guide, made once."""
    return Scopes(guide)


def _codes(use: SegmentUse) -> tuple[str, ...]:
    """The codes of the first element, by which a path may pick a segment that the guide has one use for."""
    return use.elements[0].codes if use.elements and use.elements[0].position == 1 else ()


def near(wrong: str, known: Iterable[str]) -> str:
    """What was perhaps meant, in brackets; of several that are near, the one that begins like it."""
    close = difflib.get_close_matches(wrong, sorted(known), 5)
    meant = max(close, key=lambda each: _alike(each, wrong), default="")
    return f" (did you mean {meant}?)" if meant else ""


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with both."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
