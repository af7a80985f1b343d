"""Units in a row whose segments stand where they should, cut from the bytes at hand: what most of a large file is read as.

An expression sees to the order of segments, their number and their qualifiers, which is all that tells into which loop each
goes; what is in them is for the validator. Of where units stand no more is looked at than which levels are open around them.
Whatever is not simple is left to the walk: a unit that is refused, one without a place, guides whose levels are no chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from edi.guides import chain
from edi.guides.expression import Expressions
from edi.guides.guide import Guide, SegmentUse
from edi.guides.placing import opened
from edi.guides.table import Step, Table, table
from edi.guides.texts import Layout, layout
from edi.guides.tree import Loop, Unread
from edi.guides.walk import Walker
from edi.text.lookahead import LookAhead
from edi.text.segments import WHOLE_ISA, Delimiters, InHand, encode

COMPILE_FROM: Final = 256 << 10
"""Only where so many bytes are read, of one source or of many: the expression takes 0.1 s to make."""
_BREAKS: Final = (b"\r", b"\n")
_WORTH: Final = 8
"""So many units at least are passed on together."""
_HL: Final = 4
"""The elements of an HL."""


class _Outline(Expressions):
    """Expressions for where segments stand, whatever is in them but line breaks."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__(delimiters)
        self._body = b"[^" + self._segment + b"\r\n]*+"

    def _elements(self, use: SegmentUse) -> bytes:
        element, component = use.qualifier
        if not use.qualifiers:
            return self._element + self._body
        skip = b"(?>" + self._inside + b"*+" + self._element + b"){%d}" % (element - 1) if element > 1 else b""
        stop = b"(?=[" + self._element + (self._component if component else b"") + self._segment + b"])"
        codes = b"(?>" + b"|".join(re.escape(encode(code)) + stop for code in use.qualifiers) + b")"
        return self._element + skip + codes + self._body


class Together(NamedTuple):
    """Units in a row that are passed on together: from `start` to `stop` of data that begins at the byte `base` of the source."""

    data: bytes
    start: int
    stop: int
    base: int
    end: bytes
    """What stands behind each segment."""
    staying: Sequence[tuple[int, int]]
    """The levels that are open behind them."""
    above: tuple[Loop, ...]
    """Those that are open above the first one."""


class Runs:
    """Units of one guide, with one set of delimiters, as they come in one transaction."""

    def __init__(self, found: Table, delimiters: Delimiters, pattern: re.Pattern[bytes]) -> None:
        self.ids = found.unit_ids
        """What units begin with."""
        self._delimiters, self._pattern, self._links = delimiters, pattern, chain.links(found)
        self._layouts: dict[Step, Layout | None] = {}
        self._walked = 0
        """Up to this byte units are walked: the expression took them, and yet they have no place."""

    def take(self, walker: Walker, segments: LookAhead, hand: InHand) -> Iterator[tuple[Loop, tuple[Loop, ...]]]:
        """The units from the segment at hand on, as far as they are clean, each with the unit loops that are open above it."""
        starts, data, base = self._begun(segments, hand), hand.data, hand.base
        if not starts:
            return
        start, stop = starts[0], starts[-1]
        behind = self._behind(data, start, stop)
        for begin, end in pairwise(starts):
            loop = self._stepped(walker, data[begin:end], base + begin, behind)
            if loop is None:
                self._walked = base + stop
                break
            yield loop, tuple(frame.tree for frame in walker.frames[1:] if frame.step.use.unit and frame.tree is not loop)
            start = end
        if start > starts[0]:
            segments.go(base + start)

    def together(self, walker: Walker, segments: LookAhead, hand: InHand, stop: int) -> Together | None:
        """The units from the segment at hand on, before a byte of the source, all but the last of them.

        Nothing is done; `pass_over` steps over them. None where there are none, or their levels are not in order.
        """
        data, base = hand.data, hand.base
        begun = [at for at in self._begun(segments, hand)[:-1] if base + at < stop]
        if len(begun) < _WORTH:
            return None
        start, end = begun[0], self._behind(data, begun[0], begun[-1])
        staying = self._staying(data, begun)
        _, place = walker.find.forward(data[start : data.find(self._delimiters.segment, start)].split(self._delimiters.element))
        if end is None or staying is None or place is None or place.step is None or not place.is_unit:
            return None
        above = tuple(frame.tree for frame in walker.frames[1:] if frame.step.use.unit)
        return Together(data, start, begun[-1], base, end, staying, above)

    def pass_over(self, walker: Walker, segments: LookAhead, found: Together) -> None:
        """Step over units that are passed on together."""
        data, base = found.data, found.base
        position = walker.position + data.count(self._delimiters.segment, found.start, found.stop)
        for begin, end in found.staying:
            self._stepped(walker, data[begin:end], base + begin, found.end)
        walker.position = position
        segments.go(base + found.stop)

    def _staying(self, data: bytes, begun: Sequence[int]) -> list[tuple[int, int]] | None:
        """The levels that are open behind units, the last of which is left out; None where one is none of the guide's."""
        found: list[tuple[int, int]] = []
        depth = len(self._links) + 1
        for begin, end in reversed([*pairwise(begun)]):
            id, *elements = data[begin : data.find(self._delimiters.segment, begin)].split(self._delimiters.element, _HL)
            if id != b"HL":
                continue
            link = self._links.get(elements[2]) if len(elements) == _HL else None
            if link is None:
                return None
            if link.depth < depth:
                depth = link.depth
                found.append((begin, end))
            if depth == 1:
                break
        return found[::-1]

    def _begun(self, segments: LookAhead, hand: InHand) -> list[int]:
        """Where the clean units from the segment at hand on begin, and where the last one ends; empty where none is clean."""
        first, data, base = segments.now, hand.data, hand.base
        if first is None or first.offset < max(base, self._walked) or not segments.may_go:
            return []
        start = first.offset - base
        match = self._pattern.match(data, start)
        if match is None or match.end() == start:
            return []
        if WHOLE_ISA.search(data, start, match.end()):  # another file begins in the midst of a segment
            self._walked = base + match.end()
            return []
        return [*self._starts(data, start, match.end()), match.end()]

    def _starts(self, data: bytes, start: int, stop: int) -> list[int]:
        """Where units begin: not all that looks like it does, for a person may be called CLM."""
        before, found = (*self._delimiters.segment, *b"\r\n"), [start]
        for id in self.ids:
            begin = id + self._delimiters.element
            at = data.find(begin, start + 1, stop)
            while at >= 0:
                if data[at - 1] in before:
                    found.append(at)
                at = data.find(begin, at + 1, stop)
        return sorted(found)

    def _behind(self, data: bytes, start: int, stop: int) -> bytes | None:
        """What stands behind each segment, its terminator and perhaps a line break; None where that is not always the same."""
        terminator = self._delimiters.segment
        behind = data[data.rfind(terminator, start, stop) : stop]
        breaks = (data.count(one, start, stop) == behind.count(one) * data.count(terminator, start, stop) for one in _BREAKS)
        return behind if data.count(behind, start, stop) == data.count(terminator, start, stop) and all(breaks) else None

    def _stepped(self, walker: Walker, raw: bytes, offset: int, behind: bytes | None) -> Loop | None:
        """Step over one unit; None, and nothing is done, where it has no place, or is not to be laid out."""
        delimiters, frames = self._delimiters, walker.frames
        depth, place = walker.find.forward(raw[: raw.find(delimiters.segment)].split(delimiters.element))
        if place is None or place.step is None or not place.is_unit:
            return None
        step = place.step
        if step not in self._layouts:
            self._layouts[step] = layout(step, delimiters)
        laid_out = self._layouts[step]
        if laid_out is None:
            return None
        del frames[depth + 1 :]
        around = frames[depth]
        around.group = place.group
        around.counts[place] = around.counts.get(place, 0) + 1
        walker.position += raw.count(delimiters.segment)
        loop = Loop(step.use.id, step, unread=Unread(raw, offset, laid_out, behind))
        if step.first_unit < step.groups:  # only a loop that holds units stays open
            frame = opened(step, f"{around.path}/{step.use.id}" if depth else step.use.id)
            frame.group, frame.counts, frame.tree = step.first_unit, step.complete.copy(), loop
            frames.append(frame)
        return loop


def runs(guide: Guide, delimiters: Delimiters) -> Runs | None:
    """Units of a guide in a row; None where it has none, or its levels are no chain."""
    return Runs(table(guide), delimiters, _pattern(guide, delimiters)) if _may_run(guide) else None


@lru_cache(maxsize=32)
def _may_run(guide: Guide) -> bool:
    found = table(guide)
    return bool(found.units) and (b"HL" not in found.unit_ids or bool(chain.links(found)))


@lru_cache(maxsize=32)
def _pattern(guide: Guide, delimiters: Delimiters) -> re.Pattern[bytes]:
    made, found = _Outline(delimiters), table(guide)
    bodies = dict.fromkeys(unit.items for unit in found.units)  # one loop may stand below several
    return made.run([made.items(items) for items in bodies], found.followers)
