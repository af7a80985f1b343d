"""Levels (HL) in a row that an expression accepted, stepped over together, in guides where each level holds one other.

So it is in all claims, and claims by the thousand have a level each. That the units in a level are not too many or missing is in
the expression (`expression`); what `edi.guides.stepping` looks at for one level at a time is looked at here for all of them at
once: numbers without gaps, the level above, whether one follows below. Where anything is not in order nothing is done, and they
are stepped over one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from edi.guides import stepping
from edi.guides.expression import Chained
from edi.guides.guide import LoopUse
from edi.guides.table import Place, Step, Table
from edi.guides.walk import Walker
from edi.text.segments import Delimiters, encode

_ELEMENTS: Final = 4
"""An HL has so many; in a guide where it may have fewer, levels are no chain."""


class Link(NamedTuple):
    """One level of a chain: how deep it stands, and what may and must stand in it."""

    level: LoopUse
    depth: int
    inner: Place | None
    """The units in it that have no number (claims)."""
    needs_level: bool
    open: bool
    """Whether it holds any units, and so stays open behind its own segments."""


class Span(NamedTuple):
    """What an expression accepted: the level that was stepped over last begins at `start`, those behind it at `second`."""

    data: bytes
    start: int
    second: int
    stop: int


_Level: TypeAlias = tuple[bytes, bytes, bytes, bytes]
"""The elements of an HL."""

NONE: Final[Mapping[bytes, Link]] = MappingProxyType({})


@lru_cache(maxsize=64)
def links(table: Table) -> Mapping[bytes, Link]:
    """The levels of a guide by their code (HL03); empty where they are no chain."""
    found: dict[bytes, Link] = {}
    step: Step | None = table.root
    place, depth = None, 0
    while step is not None:
        units = [p for p in step.places if p.is_unit]
        below = next((p for p in units if p.segment.id == "HL"), None)
        inner = next((p for p in units if p.segment.id != "HL"), None)
        if len(units) != (below is not None) + (inner is not None) or (below and inner and inner.group > below.group):
            return NONE
        if place is not None:
            if len(place.codes) != 1 or place.most is not None or found.keys() & place.codes or not _full(place):
                return NONE
            assert place.loop is not None
            found[min(place.codes)] = Link(place.loop, depth, inner, below is not None and below.required, bool(units))
        place, step, depth = below, below.step if below else None, depth + 1
    inside = {(link.inner.loop.items, link.inner.most) for link in found.values() if link.inner and link.inner.loop}
    return MappingProxyType(found) if len(inside) == 1 else NONE


def _full(place: Place) -> bool:
    """Whether an HL has all its elements, as the expression sees to."""
    used = {use.position: use.usage for use in place.segment.elements}
    return max(used) == _ELEMENTS and used[_ELEMENTS] == "R"


def expression(links: Mapping[bytes, Link], followers: Sequence[str]) -> Chained:
    """What `Expressions.chained` makes one expression of: what stands in levels, and behind each part."""
    inner = next(link.inner for link in links.values() if link.inner is not None)
    assert inner.loop is not None
    holding = [
        (link.level.items, (inner.segment.id,) if link.inner.required else followers) for link in links.values() if link.inner
    ]
    bare = [(link.level.items, followers) for link in links.values() if link.inner is None]
    return Chained(holding, bare, (inner.loop.items, followers), inner.most)


def _held(links: Mapping[bytes, Link]) -> bytes:
    """The id of the units without a number."""
    return next(encode(link.inner.segment.id) for link in links.values() if link.inner is not None)


def step_over(walker: Walker, links: Mapping[bytes, Link], span: Span, base: int) -> bool:
    """Step over the levels behind the one that was stepped over last; False where any is not in order.

    `base` is the offset of the span's data in the source.
    """
    data, start, second, stop = span
    delimiters = walker.delimiters
    if walker.pending or any(frame.missing for frame in walker.frames):
        return False
    last = _levels(delimiters).match(data, start, second)
    try:
        staying = _in_order(walker, links, last.groups(), _levels(delimiters).findall(data, second, stop)) if last else None
    except KeyError:  # a level that is not usual
        return False
    if staying is None:
        return False
    position, found = walker.position + data.count(delimiters.segment, second, stop), list[tuple[int, int]]()
    for number, *_ in staying:
        at = data.rindex(delimiters.element.join((b"HL", number, b"")), second, stop)
        if data[at - 1 : at] not in (delimiters.segment, b"\r", b"\n"):  # the end of some other segment looks like it
            return False
        begun = _begun(delimiters, _held(links)).finditer(data, at + 1, stop)
        found.append((at, sum(1 for _ in takewhile(lambda match: match[1] != b"HL", begun))))
    for (number, parent, code, below), (at, run) in zip(staying, found, strict=True):
        link = links[code]
        del walker.frames[link.depth :]
        walker.levels.skip_to(link.depth, number)
        walker.position = position - data.count(delimiters.segment, at, stop)
        stepping.unit(walker, (b"HL", number, parent, code, below), code, base + at, 1, _held(links), run)
    walker.position = position
    return True


@lru_cache(maxsize=32)
def _levels(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The elements of a level. What only looks like one gets the numbers out of order."""
    element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
    return re.compile(b"HL" + element + element.join([b"([^" + element + end + b"]*+)"] * _ELEMENTS) + end)


@lru_cache(maxsize=32)
def _begun(delimiters: Delimiters, inner: bytes) -> re.Pattern[bytes]:
    """Where a level begins, or a unit without a number."""
    element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
    return re.compile(b"(?<=[\r\n" + end + b"])(HL|" + inner + b")" + element)


def _in_order(
    walker: Walker, links: Mapping[bytes, Link], last: Sequence[bytes], levels: Sequence[_Level]
) -> list[_Level] | None:
    """Where all levels are in order those that stay open, outermost first. `last` is the level before them."""
    number, _, code, child = last
    link = links[code]
    numbers, following = [b"", *walker.levels.numbers], walker.levels.following
    if len(numbers) != link.depth + 1 or len(walker.frames) != link.depth + link.open or numbers[-1] != number:
        return None
    numbers += [b""] * (len(links) - link.depth)
    staying: dict[int, _Level] = {}
    for level in levels:
        above = link
        number, parent, code, below = level
        link = links[code]
        depth = link.depth
        if (
            number != b"%d" % following
            or parent != numbers[depth - 1]
            or (depth > above.depth) != (child == b"1")
            or depth > above.depth + 1
            or (above.needs_level and child != b"1")
        ):
            return None
        staying[depth] = level
        numbers[depth] = number
        following += 1
        child = below
    return [staying[depth] for depth in sorted(staying) if depth <= link.depth]
