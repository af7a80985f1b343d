"""One transaction judged by its guide: fast where an expression accepts a unit, slow where none does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from edi.errors import Problem
from edi.guides.expression import expressions, opener
from edi.guides.guide import Guide
from edi.guides.table import Table, table
from edi.guides.walk import Walker
from edi.text.envelope import ENVELOPE
from edi.text.segments import Delimiters, Segment, encode
from edi.text.window import Window


class _Units:
    """The expressions of one guide's units for one set of delimiters."""

    def __init__(self, found: Table, delimiters: Delimiters) -> None:
        made = expressions(delimiters)
        self.header = made.unit(found.header, found.followers)
        self.by_id: dict[bytes, dict[bytes, re.Pattern[bytes]]] = {}
        """By the opener's id and, where it has a qualifier, by the code at its place (b"" where it has none)."""
        self.places: dict[bytes, int] = {}
        for unit in found.units:
            first = opener(unit)
            name = encode(first.id)
            pattern = made.unit(unit.items, found.followers)
            self.places[name] = first.qualifier[0] if first.qualifiers else 0
            for code in first.qualifiers or ("",):
                self.by_id.setdefault(name, {})[encode(code)] = pattern
        element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        self.levels = re.compile(b"(?:(?<=" + end + b")|(?<=[\r\n]))HL" + element + b"[^" + end + b"]*+")


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
        """Accept the unit at hand; False when it is to be walked."""
        window = self.window
        data, at = window.data, window.at
        stop = data.find(self.delimiters.segment, at, at + 2000)
        elements = data[at:stop].split(self.delimiters.element)
        choices = units.by_id.get(elements[0])
        if choices is None:
            return False
        place = units.places[elements[0]]
        pattern = choices.get(elements[place] if place and place < len(elements) else b"")
        if pattern is None:
            return False
        match = pattern.match(data, at)
        if match is None:
            return False
        end = match.end()
        self.walker.accept(elements[0], elements, window.offset, data.count(self.delimiters.segment, at, end))
        window.at = end
        return True

    def _slow(self) -> tuple[bool, Segment | None]:
        """Walk from here to the next unit. True when the transaction has ended, with its SE if it has one."""
        window, walker = self.window, self.walker
        starts = self.table.unit_ids if self.units is not None else frozenset[bytes]()
        match = window.cut()
        first = True
        while match is not None and not window.done:
            raw = match[1]
            name = raw[:3].partition(self.delimiters.element)[0]
            if name in ENVELOPE and not (name == b"ST" and walker.position == 0):
                if name != b"SE":
                    return True, None
                closed = window.segment(match)
                window.at = match.end()
                walker.feed(raw, closed.offset)
                return True, closed
            if not first and name in starts:
                return False, None
            first = False
            offset, window.at = window.offset, match.end()
            match = window.cut()
            if raw:
                walker.feed(raw, offset, match[1] if match is not None else b"")
            else:
                walker.empty(offset)
        return True, None
