"""One transaction judged by its guide: fast where an expression accepts a unit, slow where none does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from edi.errors import Problem
from edi.guides.expression import expressions, opener
from edi.guides.guide import Guide, LoopUse, SegmentUse
from edi.guides.table import Table, table
from edi.guides.walk import Walker
from edi.text.envelope import ENVELOPE
from edi.text.segments import Delimiters, Segment, encode
from edi.text.window import Window

_NO_INNER: Final = (b"", None)


class _Units:
    """The expressions of one guide for one set of delimiters.

    Units that hold no others (claims, payments) come in runs: one match takes the level above them and all of them that
    follow, as far as they are clean.
    """

    def __init__(self, found: Table, delimiters: Delimiters) -> None:
        made = expressions(delimiters)
        self.header = made.whole(made.items(found.header), found.followers)
        self.qualified: dict[bytes, int] = {}
        """The place of the qualifier in the first segment of a unit, by its id; 0 where there is none."""
        self.inner: dict[tuple[bytes, bytes], tuple[bytes, int | None]] = {}
        """The id of the units that run behind a unit (by its id and qualifier), and how many there may be."""
        self.runs: frozenset[bytes] = frozenset()
        outer = [unit for unit in found.units if not _runs(unit)]
        inner = {unit.items: unit for unit in found.units if _runs(unit)}  # one loop may stand below several
        above: dict[tuple[SegmentUse | LoopUse, ...], list[bytes]] = {items: [] for items in inner}
        alternatives = []
        for unit in outer:
            first = opener(unit)
            self.qualified[encode(first.id)] = first.qualifier[0] if first.qualifiers else 0
            inside = [item for item in unit.items if isinstance(item, LoopUse) and item.unit and _runs(item)]
            if len(inside) != 1:
                alternatives.append(made.items(unit.items))
                continue
            above[inside[0].items].append(made.items(unit.items))
            for code in first.qualifiers or ("",):
                self.inner[encode(first.id), encode(code)] = (encode(opener(inside[0]).id), inside[0].most)
        for items, unit in inner.items():
            first = opener(unit)
            self.runs |= {encode(first.id)}
            starts = b"|".join([*above[items], made.begins(first.id)])
            alternatives.append(b"(?>" + starts + b")(?>" + made.items(items) + b")*+")
        self.unit = made.whole(b"(?>" + b"|".join(alternatives) + b")", found.followers) if alternatives else None
        element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        self.levels = re.compile(b"(?:(?<=" + end + b")|(?<=[\r\n]))HL" + element + b"[^" + end + b"]*+")


def _runs(unit: LoopUse) -> bool:
    """Whether a unit holds no others and has no number in a hierarchy: then many are stepped over at once."""
    first = opener(unit)
    return not first.qualifiers and first.id != "HL" and not any(isinstance(i, LoopUse) and i.unit for i in unit.items)


@lru_cache(maxsize=32)
def _units(guide: Guide, delimiters: Delimiters) -> _Units:
    return _Units(table(guide), delimiters)


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
    ) -> None:
        self.window, self.delimiters = window, delimiters
        self.table = table(guide)
        self.walker = Walker(guide, delimiters, emit, where)
        self.units = _units(guide, delimiters) if compiled else None

    def run(self) -> tuple[int, Segment | None]:
        """The number of segments, and the SE when there is one (the reader stands behind it)."""
        window, walker = self.window, self.walker
        if self.units is not None:
            self._header(self.units)
        while True:
            window.look()
            if self.units is not None and self._unit(self.units):
                continue
            done, closed = self._slow()
            if done:
                walker.finish(window.offset)
                return walker.position, closed

    def _header(self, units: _Units) -> None:
        window = self.window
        match = units.header.match(window.data, window.at)
        if match is None:
            return
        start, stop = match.span()
        levels = [level.split(self.delimiters.element) for level in units.levels.findall(window.data, start, stop)]
        if self.walker.accept_header(window.data.count(self.delimiters.segment, start, stop), levels):
            window.at = stop

    def _unit(self, units: _Units) -> bool:
        """Accept the unit at hand, and those that run behind it; False when it is to be walked."""
        window, walker = self.window, self.walker
        data, at = window.data, window.at
        match = units.unit.match(data, at) if units.unit is not None else None
        if match is None or match.end() == at:
            return False
        end, element, terminator = match.end(), self.delimiters.element, self.delimiters.segment
        segments = data.count(terminator, at, end)
        elements = data[at : data.find(terminator, at, end)].split(element)
        name = elements[0]
        if name in units.runs:
            run = data.count(name + element, at, end)
            if not walker.accept_run(name, run, window.base + at, segments):
                return False
            window.at = end
            return True
        place = units.qualified[name]
        code = elements[place] if place else b""
        inner, most = units.inner.get((name, code), _NO_INNER)
        run = data.count(inner + element, at, end) if inner else 0
        if most is not None and run > most:
            return False
        walker.accept(elements, code, window.base + at, segments, inner, run)
        window.at = end
        return True

    def _slow(self) -> tuple[bool, Segment | None]:
        """Walk from here to the next unit. True when the transaction has ended, with its SE if it has one."""
        window = self.window
        starts = self.table.unit_ids if self.units is not None else frozenset[bytes]()
        element, first = self.delimiters.element, self.walker.position == 0
        held: re.Match[bytes] | None = None  # the segment to be fed, once the one behind it is known
        while (match := window.cut()) is not None and not window.done:
            data, base = window.data, window.base
            for match in window.cutter.finditer(data, window.at):
                raw = match[1]
                name = raw[:3].partition(element)[0]
                if held is not None:
                    self._feed(held, base, raw)
                    window.at, held = match.start(), None
                    if name in starts:
                        return False, None
                if name in ENVELOPE and not first:
                    return True, self._closed(match) if name == b"SE" else None
                if match.end() == len(data) and not window.ended:
                    break  # more may belong to this segment
                first, held = False, match
            if held is not None and not window.ended:
                window.at, held = held.start(), None
            if window.ended:
                if held is not None:
                    self._feed(held, base, b"")
                    window.at = held.end()
                return True, None
            window.fill()
        return True, None

    def _feed(self, match: re.Match[bytes], base: int, upcoming: bytes) -> None:
        if match[1]:
            self.walker.feed(match[1], base + match.start(), upcoming)
        else:
            self.walker.empty(base + match.start())

    def _closed(self, match: re.Match[bytes]) -> Segment:
        """The SE: it is walked too, and left behind."""
        closed = self.window.segment(match)
        self.window.at = match.end()
        self.walker.feed(match[1], closed.offset)
        return closed
