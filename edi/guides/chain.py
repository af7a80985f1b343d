"""Levels (HL) in a row that an expression accepted, stepped over together, in guides where each level holds one other.

So it is in all claims, and claims by the thousand have a level each. What `edi.guides.stepping` does for one level at a time is
looked at here for all of them at once: numbers without gaps, the level above, whether one follows below. Where anything is not
in order nothing is done, and they are stepped over one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.guides import stepping
from edi.guides.table import Step, Table
from edi.guides.walk import Walker
from edi.text.segments import encode


class Link(NamedTuple):
    """One level of a chain: how deep it stands, and what may and must stand in it."""

    depth: int
    inner: bytes
    """The id of the units in it that have no number (claims); b"" where there are none."""
    most: int | None
    needs_inner: bool
    needs_level: bool
    open: bool
    """Whether it holds any units, and so stays open behind its own segments."""


class _Level(NamedTuple):
    """An HL: its elements, how many units without a number stand in it, and where it begins."""

    elements: Sequence[bytes]
    run: int
    at: int


NONE: Final[Mapping[bytes, Link]] = MappingProxyType({})


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
            if len(place.codes) != 1 or place.most is not None or found.keys() & place.codes:
                return NONE
            found[min(place.codes)] = Link(
                depth,
                encode(inner.segment.id) if inner else b"",
                inner.most if inner else 0,
                inner is not None and inner.required,
                below is not None and below.required,
                bool(units),
            )
        place, step, depth = below, below.step if below else None, depth + 1
    return MappingProxyType(found)


def step_over(walker: Walker, links: Mapping[bytes, Link], last: bytes, levels: bytes, begin: bytes, offset: int) -> bool:
    """Step over levels that begin at `offset`, behind the one that was stepped over last; False where any is not in order.

    `begin` is how the units that have no number begin, `CLM*`.
    """
    if walker.pending or any(frame.missing for frame in walker.frames):
        return False
    try:
        staying = _in_order(walker, links, last, levels, begin)
    except (KeyError, ValueError):  # a level or elements that are not usual
        return False
    if staying is None:
        return False
    terminator, position = walker.delimiters.segment, walker.position
    for level in staying:
        _, number, _, code, _ = level.elements
        del walker.frames[links[code].depth :]
        walker.levels.skip_to(links[code].depth, number)
        walker.position = position + levels.count(terminator, 0, level.at)
        stepping.unit(walker, level.elements, code, offset + level.at, 1, links[code].inner, level.run)
    walker.position = position + levels.count(terminator)
    return True


def _in_order(walker: Walker, links: Mapping[bytes, Link], last: bytes, levels: bytes, begin: bytes) -> list[_Level] | None:
    """Where all levels are in order those that stay open, outermost first."""
    element, terminator = walker.delimiters.element, walker.delimiters.segment
    name, end = b"HL" + element, last[-1]  # a terminator or a line break, the same behind every segment
    known, begin = levels.count(begin) + last.count(begin), last[-1:] + begin
    _, number, _, code, child = last[: last.find(terminator)].split(element)
    link, run, at, before = links[code], last.count(begin), 0, last
    runs = run
    numbers, following = [b"", *walker.levels.numbers], walker.levels.following
    if len(numbers) != link.depth + 1 or len(walker.frames) != link.depth + link.open or numbers[-1] != number:
        return None
    numbers += [b""] * (len(links) - link.depth)
    staying: dict[int, _Level] = {}
    for piece in levels.split(name)[1:]:
        above = link
        number, parent, code, below = piece[: piece.find(terminator)].split(element)
        link = links[code]
        depth = link.depth
        if (
            number != b"%d" % following
            or parent != numbers[depth - 1]
            or (depth > above.depth) != (child == b"1")
            or depth > above.depth + 1
            or (above.needs_inner and not run)
            or (above.needs_level and child != b"1")
            or before[-1] != end
        ):
            return None
        run = piece.count(begin)
        if link.most is not None and run > link.most:
            return None
        runs += run
        staying[depth] = _Level((b"HL", number, parent, code, below), run, at)
        at += len(name) + len(piece)
        numbers[depth] = number
        following += 1
        before, child = piece, below
    if runs != known:  # a person may be called CLM
        return None
    return [staying[depth] for depth in sorted(staying) if depth <= link.depth]
