"""One transaction judged by its guide: fast where an expression accepts a unit, slow where none does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

from edi.errors import Problem
from edi.guides import chain, stepping
from edi.guides.expression import expressions
from edi.guides.guide import Guide
from edi.guides.selection import FIRST_LEVEL, Asked
from edi.guides.table import Place, Step, table
from edi.guides.units import RANGE, Units, units
from edi.guides.walk import COMPILE_AFTER, Walker
from edi.text.envelope import ENVELOPE
from edi.text.segments import Delimiters, Segment
from edi.text.window import AHEAD, Window

if TYPE_CHECKING:  # levels 1 and 2 do without
    from edi.guides.rules.judging import Judging
    from edi.guides.rules.ruleset import Ruleset

_NEXT: Final = 4
"""The id of the segment behind a unit, with its separator, is not longer."""
_NO_INNER: Final = (b"", None)
_NO_IDS: Final[frozenset[bytes]] = frozenset()


class Transaction:
    """One transaction. The window stands at its ST; `run` leaves it behind SE, or before what comes in its place."""

    def __init__(
        self,
        guide: Guide,
        window: Window,
        delimiters: Delimiters,
        emit: Callable[[Problem], None],
        where: Mapping[str, Any],
        *,
        compiled: bool,
        rules: Ruleset | None = None,
        whole: bool = True,
    ) -> None:
        self.window, self.delimiters = window, delimiters
        self.table = table(guide)
        self.rules: Judging | None = None
        if rules is not None:
            from edi.guides.rules.judging import Judging

            self.rules = Judging(rules, emit, where, whole=whole, compiled=compiled)
        self.walker = Walker(guide, delimiters, emit if self.rules is None else self.rules.problem, where)
        self.units = units(guide, delimiters) if compiled else None
        self.stood = False
        """Whether it began inside a transaction."""
        self._met: dict[Place, int] = {}
        self._loops: dict[Place, re.Pattern[bytes]] = {}
        self._refused: dict[Place, int] = {}
        """Up to this byte loops are walked: the expression took them, and yet they do not stand where they may."""
        self._met_groups: dict[tuple[Step, int], int] = {}
        self._stretches: dict[tuple[Step, int], re.Pattern[bytes]] = {}

    def run(self, until: int | None = None) -> tuple[int, Segment | None]:
        """The number of segments, and the SE when there is one (the reader stands behind it).

        With `until`, a byte where a unit is taken to begin, no further than that.
        """
        window, walker = self.window, self.walker
        if self.units is not None and not self.stood:
            self._header(self.units)
        while until is None or window.offset < until:
            window.look()
            if self.units is not None and self._clean(self.units, until):
                continue
            done, closed = self._slow()
            if done:
                walker.finish(window.offset)
                if self.rules is not None:
                    self.rules.finish()
                return walker.position, closed
        return walker.position, None

    @property
    def standing(self) -> tuple[Any, ...]:
        """What the judgement of the next unit depends on, whatever process it is made in."""
        around = self.rules.around(deep=len(self.walker.frames) > 1) if self.rules is not None else ()
        return (*self.walker.standing, around)

    def stand(self) -> bool:
        """Begin at the unit where the window stands, with all that is before it taken for clean; False where that cannot be."""
        self.stood = stepping.stand(self.walker, self._head())
        return self.stood

    def leave(self) -> bool:
        """Close what the unit where the window stands now does not belong to; False where it has no place."""
        left = stepping.leave(self.walker, self._head(), self.window.offset)
        if self.rules is not None:
            self.rules.finish()
        return left

    def _head(self) -> list[bytes]:
        match = self.window.cut()
        return match[1].split(self.delimiters.element) if match is not None else [b""]

    def _header(self, units: Units) -> None:
        window = self.window
        match = units.header.match(window.data, window.at)
        if match is None:
            return
        start, stop = match.span()
        if not self._in_order(start, stop):
            return
        levels = tuple(units.levels.findall(window.data, start, stop))
        if stepping.header(self.walker, window.data.count(self.delimiters.segment, start, stop), levels):
            window.at = stop
            if self.rules is not None:
                self.rules.accepted(window.data, start, stop, window.base + start)

    def _clean(self, units: Units, until: int | None) -> bool:
        """Accept the units at hand, as far as they are clean; False when the first one is to be walked."""
        window = self.window
        start = window.at
        stop = len(window.data) if until is None else until - window.base + _NEXT
        match = units.unit.match(window.data, start, stop) if units.unit is not None else None
        if match is None or match.end() == start or not self._in_order(start, match.end()):
            return False
        stop = match.end()
        heads = self._heads(units, start, stop, 2 if units.chain else None)
        if (not heads or heads[0] > start) and not self._run(units, start, heads[0] if heads else stop):
            return False
        begun = start
        if len(heads) > 1 and units.chain:
            first, second = heads
            if not self._unit(units, first, second):
                self._accepted(begun)
                return window.at > start
            begun = self._told(begun, first)
            if self._chain(units, first, second, stop):
                self._accepted(begun)
                return True
            heads = self._heads(units, window.at, stop)
        for at, end in pairwise([*heads, stop]):
            if not self._unit(units, at, end):
                break
            begun = self._told(begun, at)
        self._accepted(begun)
        return window.at > start

    def _told(self, begun: int, at: int) -> int:
        """Where level 2 said something of the unit at `at`, the rules take what was accepted before it; where the rest begins."""
        if self.rules is None or not self.rules.told:
            return begun
        self.rules.accepted(self.window.data, begun, at, self.window.base + begun)
        return at

    def _accepted(self, begun: int) -> None:
        """The rules take what was accepted from `begun` on, with what level 2 says of it."""
        if self.rules is not None and self.window.at > begun:
            if self.walker.pending:
                self.walker.flush()  # as the next unit would
            self.rules.accepted(self.window.data, begun, self.window.at, self.window.base + begun)

    def _chain(self, units: Units, start: int, second: int, stop: int) -> bool:
        """Step over the levels behind the one at `start`, and the units in them; False where they are to be looked at singly."""
        window = self.window
        if not chain.step_over(self.walker, units.chain, chain.Span(window.data, start, second, stop), window.base):
            return False
        window.at = stop
        return True

    def _heads(self, units: Units, start: int, stop: int, most: int | None = None) -> list[int]:
        """Where in what was accepted the units begin that are not only counted; of each kind not more than `most`."""
        element = self.delimiters.element
        found: list[int] = []
        for name in units.qualified:
            found += islice(self._places(name + element, start, stop), most)
        return sorted(found) if len(units.qualified) > 1 else found

    def _places(self, begin: bytes, start: int, stop: int) -> Iterator[int]:
        """Where segments begin so: not all that looks like it does, for a person may be called CLM."""
        data, before = self.window.data, (*self.delimiters.segment, *b"\r\n")
        at = data.find(begin, start, stop)
        while at >= 0:
            if at == start or data[at - 1] in before:
                yield at
            at = data.find(begin, at + len(begin), stop)

    def _units_begun(self, units: Units, name: bytes, start: int, stop: int) -> int:
        """How many units begin with this id; where there may be any number of them, whether one does (1)."""
        begin = name + self.delimiters.element
        return self._begun(begin, start, stop) if name in units.limited else any(True for _ in self._places(begin, start, stop))

    def _begun(self, begin: bytes, start: int, stop: int) -> int:
        """How many segments begin so."""
        data = self.window.data
        like = data.count(begin, start, stop)
        found = int(data.startswith(begin, start))
        for end in dict.fromkeys((b"\n", self.delimiters.segment, b"\r")):
            if found == like:
                break
            found += data.count(end + begin, start, stop)
        return found

    def _run(self, units: Units, start: int, stop: int) -> bool:
        """Step over units in a row that are only counted; False where they are to be walked."""
        data, element = self.window.data, self.delimiters.element
        name = data[start : data.find(element, start, stop)]
        names = [other for other in units.runs if other != name and self._units_begun(units, other, start, stop)]
        segments = data.count(self.delimiters.segment, start, stop)
        run = self._units_begun(units, name, start, stop)
        if names or not stepping.run(self.walker, name, run, self.window.base + start, segments):
            return False
        self.window.at = stop
        return True

    def _unit(self, units: Units, start: int, stop: int) -> bool:
        """Step over a unit and those that run behind it; False where they are to be walked."""
        data, element, terminator = self.window.data, self.delimiters.element, self.delimiters.segment
        elements = data[start : data.find(terminator, start, stop)].split(element)
        name = elements[0]
        place = units.qualified[name]
        code = elements[place] if place else b""
        inner, most = units.inner.get((name, code), _NO_INNER)
        run = 0
        for other in units.runs:
            count = self._units_begun(units, other, start, stop)
            if other == inner:
                run = count
            elif count:
                return False
        if most is not None and run > most:
            return False
        segments = data.count(terminator, start, stop)
        stepping.unit(self.walker, elements, code, self.window.base + start, segments, inner, run)
        self.window.at = stop
        return True

    def _slow(self) -> tuple[bool, Segment | None]:
        """Walk from here to the next unit. True when the transaction has ended, with its SE if it has one."""
        window, walker, cutter = self.window, self.walker, self.window.cutter
        starts, loops = (self.table.unit_ids, self.table.loop_ids) if self.units is not None else (_NO_IDS, _NO_IDS)
        element, begun = self.delimiters.element, walker.position == 0
        first, data, length, ahead = True, window.data, len(window.data), self._ahead
        while window.at < length:
            if length - window.at < AHEAD and not window.ended:
                window.fill()
                data, length = window.data, len(window.data)
            match = cutter.match(data, window.at)
            if match is None or match.end() == length:
                match = window.cut()
                data, length = window.data, len(window.data)
                if match is None:
                    break
            raw = match[1]
            name = raw[:3].partition(element)[0]
            if name in ENVELOPE and not begun:
                return True, self._closed(match) if name == b"SE" else None
            if b"ISA" in raw and window.buried(match):
                return True, None
            if not first and self.units is not None:
                if name in starts:
                    return False, None
                if name in walker.frames[-1].step.plain:
                    if self._stretch(name):
                        continue
                elif name in loops and self._loop(raw):
                    continue
            first = begun = False
            if raw:
                walker.feed(raw, window.base + window.at, ahead)
                if self.rules is not None:
                    self.rules.walked(raw, window.base + window.at)
            else:
                walker.empty(window.base + window.at)
            window.at = match.end()
        return True, None

    def _loop(self, raw: bytes) -> bool:
        """Accept the loop that `raw` begins, and those like it that follow; False when it is to be walked.

        They are whole where what comes behind them fits.
        """
        window, walker = self.window, self.walker
        depth, place = stepping.ahead(walker, raw)
        if place is None or place.loop is None:
            return False
        pattern = self._loops.get(place)
        if pattern is None:
            met = self._met[place] = self._met.get(place, 0) + 1
            if met > COMPILE_AFTER:
                self._loops[place] = expressions(self.delimiters).loops(place.loop)
            return False
        if window.offset < self._refused.get(place, 0):
            return False
        found = pattern.match(window.data, window.at)
        if found is None:
            return False
        if not self._in_order(window.at, found.end()):
            self._refused[place] = window.base + found.end()
            return False
        following = window.cutter.match(window.data, found.end())
        begin = raw[: len(place.segment.id) + 1]
        count = self._begun(begin, window.at, found.end()) if place.counted else 1
        if following is None or not stepping.loops(walker, depth, place, count, window.base + window.at, following[1]):
            self._refused[place] = window.base + found.end()
            return False
        walker.position += window.data.count(self.delimiters.segment, window.at, found.end()) - 1
        self._walked(window.at, found.end())
        window.at = found.end()
        return True

    def _stretch(self, name: bytes) -> bool:
        """Accept the segments of the innermost loop that come next, as far as they are clean; False when there are none."""
        window, frame = self.window, self.walker.frames[-1]
        step = frame.step
        group = step.plain.get(name, -1)
        if group < frame.group or (group == frame.group and any(place.group == group for place in frame.counts)):
            return False
        pattern = self._stretches.get((step, group))
        if pattern is None:
            met = self._met_groups[step, group] = self._met_groups.get((step, group), 0) + 1
            if met > COMPILE_AFTER:
                self._stretches[step, group] = expressions(self.delimiters).stretch(step.stretches[group])
            return False
        found = pattern.match(window.data, window.at)
        if found is None or found.end() == window.at or not self._in_order(window.at, found.end()):
            return False
        stepping.stretch(self.walker, found[0], group, window.base + window.at)
        self._walked(window.at, found.end())
        window.at = found.end()
        return True

    def _walked(self, start: int, stop: int) -> None:
        """Hand segments that were accepted among walked ones to the rules."""
        window = self.window
        while self.rules is not None and start < stop and (match := window.cutter.match(window.data, start)) is not None:
            if match[1]:
                self.rules.walked(match[1], window.base + start)
            start = match.end()

    def _in_order(self, start: int, stop: int) -> bool:
        """Whether no range of dates in what was accepted ends before it begins: an expression cannot compare."""
        data, ranges = self.window.data, self.units.ranges if self.units is not None else None
        if ranges is None or data.find(RANGE, start, stop) < 0:
            return True
        return all(begin <= end for begin, end in ranges.findall(data, start, stop))

    def _ahead(self, count: int) -> list[bytes]:
        """The segments behind the one at hand, up to the SE."""
        window, found = self.window, list[bytes]()
        match = window.cutter.match(window.data, window.at)
        element = self.delimiters.element
        while match is not None and len(found) < count:
            match = window.cutter.match(window.data, match.end())
            if match is None:
                break
            name = match[1][:3].partition(element)[0]
            if name in ENVELOPE and name != b"SE":
                break
            if match[1]:
                found.append(match[1])
            if name == b"SE":
                break
        return found

    def _closed(self, match: re.Match[bytes]) -> Segment:
        """The SE: it is walked too, and left behind."""
        closed = self.window.segment(match)
        self.window.at = match.end()
        self.walker.feed(match[1], closed.offset)
        if self.rules is not None:
            self.walker.flush()  # the last unit is judged now, and not where something in it is wrong already
            self.rules.walked(match[1], closed.offset)
        return closed


def rules_for(guide: str, asked: Asked, delimiters: Delimiters) -> Ruleset | None:
    """The rules for a guide by its name, as they are asked for; None where there are none."""
    if asked.level < FIRST_LEVEL:
        return None
    from edi.guides.rules.ruleset import ruleset

    return ruleset(guide, asked, delimiters)
