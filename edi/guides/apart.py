"""A transaction judged apart from its file, whole or in parts: for processes that share the work on a large file.

A part begins at a unit and takes all that is before it for clean. It knows how it took things to stand, and how it leaves them:
where one part's end is the next one's beginning, both together say what judging in one go says. Where not, they are of no use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from edi.errors import Problem
from edi.guides.choosing import chosen, purpose
from edi.guides.engine import Transaction, rules_for
from edi.guides.guide import Guide
from edi.guides.selection import EVERYTHING, Asked
from edi.guides.table import Table, table
from edi.text.segments import Delimiters, Segment
from edi.text.window import AHEAD, PIECE, Window, ended

if TYPE_CHECKING:
    from edi.guides.rules.judging import Outline

FAR: Final = 256 << 10
"""So many bytes behind the place where a part may begin, a unit of the root is looked for."""
_BACK: Final = 256 << 10
"""So many bytes before a part, the unit that it stands in is looked for."""
_NAME: Final = 4
"""A segment's id with the separator behind it is not longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A transaction, or a part of one, that was judged apart from its file: as what, what was found, and where it ends.

    It can be used in the place of judging where guide, delimiters and control numbers turn out to be those.
    """

    guide: str
    delimiters: Delimiters
    where: Mapping[str, Any]
    problems: tuple[Problem, ...]
    segments: int
    closed: Segment | None
    """The SE."""
    stop: int
    """The byte behind it."""
    began: tuple[Any, ...] = ()
    """How a part took what was before it to stand."""
    ended: tuple[Any, ...] = ()
    """How what comes behind a part finds it standing."""
    outline: Outline | None = None
    """What a part knows of its whole transaction, where there are rules for it."""
    asked: Asked = EVERYTHING

    def follows(self, before: Apart) -> bool:
        """Whether a part begins as the one before it ends, so that what was found in that stands."""
        return self.began == before.ended and self.stop > before.stop


def judge_apart(
    window: Window,
    begin: int,
    delimiters: Delimiters,
    version: str,
    numbers: Mapping[str, Any],
    *,
    start: int | None = None,
    until: int | None = None,
    piece: int = PIECE,
    asked: Asked = EVERYTHING,
) -> Apart | None:
    """Judge the transaction whose ST begins at a byte of the window's file, in a group of this version (GS08).

    `numbers` are the control numbers of interchange and group. `start` and `until` tell a part of it, from one unit to another;
    positions count from there; `piece` bytes are read at a time. None where it cannot be judged so.
    """
    segment, guide = _opened(window, begin, delimiters, version)
    if segment is None or guide is None:
        return None
    first = begin if start is None else start
    window.go(first, piece)
    problems: list[Problem] = []
    where = {**numbers, "transaction": segment.get(2)}
    rules = rules_for(guide.name, asked, delimiters)
    whole = start is None and until is None
    engine = Transaction(guide, window, delimiters, problems.append, where, compiled=True, rules=rules, whole=whole)
    if start is not None:
        if not engine.stand():
            return None
        if engine.rules is not None:
            engine.rules.stand(*_around(window, guide, delimiters, begin, start, deep=len(engine.walker.frames) > 1))
            window.go(start, piece)
    began = engine.standing
    count, closed = engine.run(until)
    if until is not None and (window.offset != until or not engine.leave()):
        return None
    return Apart(
        guide=guide.name,
        delimiters=delimiters,
        where=where,
        problems=tuple(problems),
        segments=count,
        closed=closed,
        stop=window.offset,
        began=began,
        ended=engine.standing,
        outline=engine.rules.outline if engine.rules is not None and not whole else None,
        asked=asked,
    )


def _around(
    window: Window, guide: Guide, delimiters: Delimiters, begin: int, start: int, *, deep: bool
) -> tuple[list[bytes], list[bytes]]:
    """What stands before a part: the transaction's header, and, for one that begins deep, what its unit of the root begins with.

    That is sought not far before the part, else taken to be the first one of the transaction; where it is another, the part will
    not fit what comes before it.
    """
    found = table(guide)
    window.go(begin, AHEAD)
    header = _before_units(window, found, delimiters)
    if not deep:
        return header, []
    unit, seen = _before_units(window, found, delimiters), window.offset
    window.go(max(seen, start - _BACK), _BACK + AHEAD)
    for place in reversed([*_places(window, found.root.unit_ids, delimiters, start)]):
        window.go(place)
        if _at_root(window, found, delimiters):
            return header, _before_units(window, found, delimiters)
    return header, unit


def _before_units(window: Window, found: Table, delimiters: Delimiters) -> list[bytes]:
    """The segment at hand, and those behind it up to the next unit."""
    raws: list[bytes] = []
    while (match := window.cut()) is not None:
        if raws and match[1][:3].partition(delimiters.element)[0] in found.unit_ids:
            break
        if match[1]:
            raws.append(match[1])
        window.at = match.end()
    return raws


class Parting:
    """Looks for places where the transaction whose ST begins at a byte can be parted."""

    def __init__(self, file: BinaryIO, begin: int, delimiters: Delimiters, version: str) -> None:
        self._window, self._delimiters = Window(file, begin, piece=AHEAD), delimiters
        _, self._guide = _opened(self._window, begin, delimiters, version)

    def near(self, at: int, stop: int) -> int | None:
        """A place not far behind a byte, and before another."""
        return None if self._guide is None else _cut(self._window, self._guide, self._delimiters, at, stop)


def _cut(window: Window, guide: Guide, delimiters: Delimiters, at: int, stop: int) -> int | None:
    """Where the first unit of the root begins not far behind a byte, else the first one at which a part may begin.

    What stands open above any other unit is taken for clean, and where it is not the part is of no use.
    """
    found, stop = table(guide), min(stop, at + FAR)
    for root_alone, names in ((True, found.root.unit_ids), (False, found.unit_ids)):
        window.go(at, FAR + 2 * AHEAD)
        for place in _places(window, names, delimiters, stop):
            window.go(place)
            if root_alone and not _at_root(window, found, delimiters):
                continue
            if Transaction(guide, window, delimiters, _unheard, {}, compiled=False).stand():
                return place
    return None


def _places(window: Window, names: frozenset[bytes], delimiters: Delimiters, stop: int) -> Iterator[int]:
    """Where segments with these ids begin behind another one, from where the window stands to before a byte of the source."""
    while window.offset + len(window.data) - window.at < stop and not window.ended:
        window.fill()
    base, data = window.base, window.data  # who looks there may have the window read on
    for found in _openers(names, delimiters).finditer(data, window.at, stop - base + _NAME):
        if (place := base + found.start(1)) < stop:
            yield place


def _at_root(window: Window, found: Table, delimiters: Delimiters) -> bool:
    """Whether the segment at hand begins a unit of the root."""
    match = window.cut()
    elements = match[1].split(delimiters.element, found.reach) if match is not None else [b""]
    return any(place.is_unit for place in found.root.of(elements, delimiters))


@lru_cache(maxsize=32)
def _openers(names: frozenset[bytes], delimiters: Delimiters) -> re.Pattern[bytes]:
    """How segments with these ids begin (group 1), behind the end of another."""
    begun = b"|".join(map(re.escape, sorted(names)))
    return re.compile(ended(delimiters) + b"((?:" + begun + b")" + re.escape(delimiters.element) + b")")


def _opened(window: Window, begin: int, delimiters: Delimiters, version: str) -> tuple[Segment | None, Guide | None]:
    """The ST that begins at a byte, where the window stands then, and the guide of its transaction."""
    window.go(begin, AHEAD)
    window.delimiters = delimiters
    match = window.cut()
    if match is None:
        return None, None
    segment = window.segment(match)
    return segment, chosen(segment, version, purpose(window, match, segment, version).code)


def hand_on(
    parts: Iterable[Apart | None],
    problem: Callable[[Problem], None],
    guide: str,
    delimiters: Delimiters,
    where: Mapping[str, Any],
) -> Apart | None:
    """Hand on what was found in the parts of a transaction, which follow each other, as they come.

    Gives the last one, with the segments of all; None where one is not there, or is of something else. What was handed on by then
    is what judging in one go says first.
    """
    outlines: list[tuple[Outline, int]] = []
    segments = 0
    last: Apart | None = None
    for part in parts:
        if part is None or (part.guide, part.delimiters, part.where) != (guide, delimiters, where):
            return None
        for found in part.problems:
            problem(replace(found, position=found.position + segments) if segments and found.position else found)
        if part.outline is not None:
            outlines.append((part.outline, segments))
        segments += part.segments
        last = part
    if last is not None and outlines:
        from edi.guides.rules.judging import Judging

        rules = rules_for(guide, last.asked, delimiters)
        assert rules is not None  # there is an outline only where there are rules
        Judging(rules, problem, where).judge_outlines(outlines)
    return last and replace(last, segments=segments)


def _unheard(problem: Problem) -> None:
    """Where a part may begin is asked, not what is wrong there."""
