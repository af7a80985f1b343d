"""A unit walked segment by segment: say what is wrong with it.

The walker goes through the guide's table (`edi.guides.table`) and holds the loops that are open. For each segment it finds
the place where it belongs (`edi.guides.placing`): forward in an open loop, or, failing that, out of its order, in a loop whose
first segment is missing, or with a wrong qualifier. So one missing segment is one problem, and the walk goes on to the next.

What an expression accepted is stepped over (`edi.guides.stepping`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from edi.errors import ERROR, Problem
from edi.guides.expression import expressions
from edi.guides.guide import Guide, SegmentUse
from edi.guides.levels import LevelFault, Levels
from edi.guides.placing import Frame, Placing
from edi.guides.table import Place, table
from edi.text.segments import Delimiters, decode, encode

COMPILE_AFTER: Final = 8
"""An expression for one segment, or one loop, is made when it has been met so often; until then it is walked and judged."""


class Walker:
    """Walks one transaction. `emit` gets each problem; problems of a unit come in the order of their positions.

    A reader that builds a tree is told with `opened` when a loop begins (its frame, and all open frames), and learns from
    what `feed` returns into which of them the segment went; with `judging` off, elements are left unjudged. `shortcuts` off
    judges every element at length: the law's test compares that with what the expressions accept.
    """

    def __init__(
        self,
        guide: Guide,
        delimiters: Delimiters,
        emit: Callable[[Problem], None],
        where: Mapping[str, Any] | None = None,
        *,
        opened: Callable[[Frame, list[Frame]], None] | None = None,
        shortcuts: bool = True,
        judging: bool = True,
    ) -> None:
        self.table, self.delimiters, self._emit = table(guide), delimiters, emit
        self.where = where or {}
        self.opened, self.shortcuts, self.judging = opened, shortcuts, judging
        self.frames = [Frame(self.table.root, "")]
        self.find = Placing(self.frames, delimiters, self.table.reach)
        self.position = 0
        self.claim: str | None = None
        self.pending: list[Problem] = []
        self.levels = Levels(self.table.ranks)
        self.reach = self.table.reach
        self._met: dict[Place, int] = {}
        self._patterns: dict[Place, re.Pattern[bytes]] = {}

    # -- what a caller does ------------------------------------------------------------------------------------------

    def feed(self, raw: bytes, offset: int, upcoming: bytes = b"") -> Frame:
        """Take one segment (without its terminator); `upcoming` is the one behind it. The frame that it was put into."""
        self.position += 1
        elements = raw.split(self.delimiters.element, self.reach)
        top = self.frames[-1]
        for place in top.step.of(elements, self.delimiters):  # nearly always here
            if place.group >= top.group:
                counts = top.counts
                met = counts.get(place, 0)
                if place.most is not None and met >= place.most:
                    break
                if place.step is not None:
                    return self._enter(len(self.frames) - 1, place, raw, elements, offset)
                if place.group > top.group:
                    self._pass(top, place.group, offset)
                counts[place] = met + 1
                self._judge(place, raw, offset, top)
                return top
        return self._search(raw, elements, offset, upcoming)

    def empty(self, offset: int) -> None:
        """A terminator with nothing before it: no segment, so it has no position of its own."""
        self._problem("segment-empty", "An empty segment: two terminators in a row", offset, x12="IK304=1")

    def finish(self, offset: int) -> None:
        """The transaction has ended: what is still missing is missing."""
        self._close(0, offset)
        for place in self.frames[0].step.places:
            if place.group >= self.frames[0].group and place.segment.id != "SE":
                self._absent(self.frames[0], place, offset)
        self._settle(self.frames[0])
        self.levelled(self.levels.finish())
        self.flush()

    def flush(self) -> None:
        """Hand on the problems found so far, in the order of their positions."""
        for problem in sorted(self.pending, key=lambda p: p.position or 0):
            self._emit(problem)
        self.pending.clear()

    # -- finding the place -----------------------------------------------------------------------------------------

    def _search(self, raw: bytes, elements: list[bytes], offset: int, upcoming: bytes) -> Frame:
        name = elements[0]
        depth, place = self.find.forward(elements)
        if place is not None:
            if upcoming and self.find.too_early(depth, place, upcoming):
                self._problem(
                    "segment-out-of-order",
                    f"{decode(name)} stands too early: loop {self.frames[-1].step.use.id} goes on behind it",
                    offset,
                    x12="IK304=7",
                    segment=decode(name),
                )
                self.frames[depth].counts[place] = self.frames[depth].counts.get(place, 0) + 1
                self._judge(place, raw, offset, self.frames[-1])
                return self.frames[-1]
            return self._enter(depth, place, raw, elements, offset)
        depth, place = self.find.anywhere(elements)
        if place is not None:
            frame = self.frames[depth]
            full = place.use.most is not None and frame.counts.get(place, 0) >= place.use.most
            if place.group >= frame.group:
                self.too_many(place, frame, offset)
                return self._enter(depth, place, raw, elements, offset)
            if self.find.reopens(depth, place, upcoming, full=full):
                return self._implied(depth - 1, self.find.place_of(depth), raw, offset, upcoming)
            if full:
                self.too_many(place, frame, offset)
            else:
                frame.missing.pop(place, None)
                self._problem(
                    "segment-out-of-order",
                    f"{decode(name)} stands too late in loop {frame.step.use.id}",
                    offset,
                    x12="IK304=7",
                    segment=decode(name),
                    loop=frame.path,
                )
            frame.counts[place] = frame.counts.get(place, 0) + 1
            if place.step is not None:
                inner = self._open(len(self.frames) - 1, place, path=frame.path)
                self._judge(place, raw, offset, inner)
                return inner
            self._judge(place, raw, offset, frame)
            return self.frames[-1]
        depth, place = self.find.headless(elements, upcoming)
        if place is not None:
            return self._implied(depth, place, raw, offset, upcoming)
        depth, place = self.find.miscoded(name, upcoming)
        if place is not None:
            return self._enter(depth, place, raw, elements, offset)
        self.unknown(name, offset)
        return self.frames[-1]

    def _implied(self, depth: int, place: Place, raw: bytes, offset: int, upcoming: bytes) -> Frame:
        """Open a loop whose first segment is missing, and put the segment into it."""
        self.imply(depth, place, offset)
        self.position -= 1
        return self.feed(raw, offset, upcoming)

    def imply(self, depth: int, place: Place, offset: int) -> None:
        self.advance(depth, place, offset)
        first = place.segment
        self._problem(
            "segment-missing",
            f"{first.id} ({first.label}) is missing at the start of loop {place.use.id}",
            offset,
            x12="IK304=3",
            segment=first.id,
            loop=_join(self.frames[depth].path, place.use.id),
        )
        self._open(depth, place)
        if first.id == "HL":
            self.levelled(self.levels.missing(encode(first.qualifiers[0]) if first.qualifiers else b""))

    # -- going there -----------------------------------------------------------------------------------------------

    def _enter(self, depth: int, place: Place, raw: bytes, elements: list[bytes], offset: int) -> Frame:
        self.advance(depth, place, offset)
        frame = self.frames[depth]
        if place.step is not None:
            frame = self._open(depth, place)
            if elements[0] == b"HL":
                self._level(elements, offset, frame.path)
            elif place.loop is not None and place.loop.unit and elements[0] in (b"CLM", b"CLP"):
                self.claim = decode(elements[1]) if len(elements) > 1 else None
        self._judge(place, raw, offset, frame)
        return frame

    def advance(self, depth: int, place: Place, offset: int) -> None:
        """Close the loops below, note what is passed over, and count."""
        if len(self.frames) > depth + 1:
            self._close(depth, offset)
        frame = self.frames[depth]
        if place.group > frame.group:
            self._pass(frame, place.group, offset)
        frame.counts[place] = frame.counts.get(place, 0) + 1

    def leave(self, depth: int, offset: int) -> None:
        """Close every loop below `depth`."""
        self._close(depth, offset)

    @property
    def standing(self) -> tuple[Any, ...]:
        """What the judgement of the next unit depends on, whatever process it is made in."""
        frames = ((frame.path, frame.group, _limited(frame)) for frame in self.frames)
        return (self.levels.standing, *frames)

    def reach_group(self, group: int, offset: int) -> None:
        """Go on to a group of the innermost loop."""
        if group > self.frames[-1].group:
            self._pass(self.frames[-1], group, offset)

    def _pass(self, frame: Frame, group: int, offset: int) -> None:
        """Go on in a loop: what it still needed before there is missing."""
        for passed in frame.step.needed[frame.group]:
            if passed.group >= group:
                break
            self._absent(frame, passed, offset)
        frame.group = group

    def _open(self, depth: int, place: Place, path: str | None = None) -> Frame:
        parent = self.frames[depth]
        assert place.step is not None
        frame = Frame(place.step, _join(parent.path if path is None else path, place.use.id))
        if place.loop is not None and place.loop.unit:
            self.flush()
            self.claim = None
        first = place.step.places[0]
        frame.counts[first] = 1
        if first.use.most == 1:
            frame.group = 1 if len(place.step.places) < 2 or place.step.places[1].group else 0
        self.frames.append(frame)
        if self.opened is not None:
            self.opened(frame, self.frames)
        return frame

    def _close(self, depth: int, offset: int) -> None:
        """Close every loop below `depth`: what they still need is missing here."""
        while len(self.frames) > depth + 1:
            frame = self.frames.pop()
            for place in frame.step.needed[frame.group]:
                self._absent(frame, place, offset)
            if frame.missing:
                self._settle(frame)

    def _absent(self, frame: Frame, place: Place, offset: int) -> None:
        if not place.required or frame.counts.get(place):
            return
        first = place.segment
        if place.loop is None:
            message, path = f"{first.id} ({first.label}) is missing", frame.path
        else:
            message, path = f"Loop {place.use.id} ({place.use.label}) is missing", _join(frame.path, place.use.id)
        frame.missing[place] = self._made(
            "segment-missing" if place.loop is None else "loop-missing",
            message,
            offset,
            x12="IK304=3",
            segment=first.id,
            loop=path,
        )

    def _settle(self, frame: Frame) -> None:
        self.pending.extend(frame.missing.values())
        frame.missing.clear()

    # -- judging ---------------------------------------------------------------------------------------------------

    def _judge(self, place: Place, raw: bytes, offset: int, frame: Frame) -> None:
        if not self.judging:
            return
        if self.shortcuts:
            pattern = self._patterns.get(place)
            if pattern is None:
                met = self._met[place] = self._met.get(place, 0) + 1
                if met > COMPILE_AFTER:
                    self._patterns[place] = expressions(self.delimiters).segment(place.segment)
            elif pattern.fullmatch(raw):
                return
        elements = raw.split(self.delimiters.element)
        for fault in place.judge.faults(elements, self.delimiters, self.table.guide.unused):
            x12 = fault.x12
            if x12 == "7" and fault.value is not None and self._known(place.segment, fault.element, fault.component, fault.value):
                x12 = "I6"
            self._problem(
                fault.code,
                fault.message,
                offset,
                severity=fault.severity,
                segment=place.segment.id,
                loop=frame.path,
                x12=f"IK304=8 IK403={x12}" if x12 else "",
                element=fault.element,
                component=fault.component,
                repetition=fault.repetition,
                value=fault.value,
            )

    def _known(self, use: SegmentUse, element: int, component: int | None, value: bytes) -> bool:
        """Whether this guide knows the code elsewhere for the same data element: then X12's list has it."""
        found = next((e for e in use.elements if e.position == element), None)
        if found is not None and component:
            found = next((c for c in found.components if c.position == component), None)
        return found is not None and found.element is not None and decode(value) in self.table.codes.get(found.element.number, ())

    def _level(self, elements: Sequence[bytes], offset: int, loop: str) -> None:
        """Judge an HL's numbers."""
        found = self.levels.take(elements, (self.position, offset, loop))
        if found:
            self.levelled(found)

    def levelled(self, found: Iterable[LevelFault]) -> None:
        for code, element, value, message, mark in found:
            problem = self._made(code, message, mark.offset, segment="HL", loop=mark.loop, x12="IK304=8 IK403=7", element=element)
            self.pending.append(replace(problem, position=mark.position, claim=None, value=value))

    def too_many(self, place: Place, frame: Frame, offset: int) -> None:
        if place.loop is not None:
            self._problem(
                "loop-repeats",
                f"Loop {place.use.id} may stand {place.use.most} time(s)",
                offset,
                x12="IK304=4",
                segment=place.segment.id,
                loop=_join(frame.path, place.use.id),
            )
        else:
            self._problem(
                "segment-repeats",
                f"{place.segment.id} ({place.segment.label}) may stand {place.use.most} time(s)",
                offset,
                x12="IK304=5",
                segment=place.segment.id,
                loop=frame.path,
            )

    def unknown(self, name: bytes, offset: int) -> None:
        text = decode(name)
        if not re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", text):
            self._problem("segment-unknown", "This is no X12 segment id", offset, x12="IK304=1", value=name[:99])
        elif text in self.table.ids:
            self._problem("segment-misplaced", f"{text} does not belong here", offset, x12="IK304=2", segment=text)
        else:
            self._problem("segment-unused", f"{text} is not used by this guide", offset, x12="IK304=6", segment=text)

    # -- problems --------------------------------------------------------------------------------------------------

    def _made(
        self,
        code: str,
        message: str,
        offset: int,
        *,
        severity: str = ERROR,
        segment: str | None = None,
        loop: str | None = None,
        x12: str = "",
        element: int | None = None,
        component: int | None = None,
        repetition: int | None = None,
        value: bytes | None = None,
    ) -> Problem:
        return Problem(
            code=code,
            message=message,
            severity=severity,
            level=2,
            claim=self.claim,
            loop=loop or self.frames[-1].path or None,
            segment=segment,
            position=self.position,
            element=element,
            component=component,
            repetition=repetition,
            offset=offset,
            value=None if value is None else decode(value),
            x12=MappingProxyType({"999": x12} if x12 else {}),
            **self.where,
        )

    def _problem(self, code: str, message: str, offset: int, **fields: Any) -> None:
        self.pending.append(self._made(code, message, offset, **fields))


def _limited(frame: Frame) -> tuple[tuple[int, int], ...]:
    """How often the places that may not stand any number of times were met, by their order."""
    return tuple(sorted((place.order, count) for place, count in frame.counts.items() if place.most is not None))


def _join(path: str, loop: str) -> str:
    return f"{path}/{loop}" if path else loop


def _loop_name(frame: Frame) -> str:
    return frame.step.use.id
