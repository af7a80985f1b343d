"""A unit walked segment by segment: say what is wrong with it.

The walker goes through the guide's table (`edi.guides.table`) and holds the loops that are open. For each segment it finds
the place where it belongs (`edi.guides.placing`): forward in an open loop, or, where that is in doubt, by the reading that
goes on best (`edi.guides.readings`): out of its order, in a loop whose first segment is missing, with a wrong qualifier. So one
missing segment is one problem, and the walk goes on to the next.

What an expression accepted is stepped over (`edi.guides.stepping`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from edi.errors import ERROR, Problem
from edi.guides.expression import expressions
from edi.guides.guide import Guide, SegmentUse
from edi.guides.levels import LevelFault, Levels
from edi.guides.placing import Frame, Jump, Placing, opened
from edi.guides.readings import IMPLIED, LATE, LOOK_AHEAD, OVERTAKEN, REPEATED, Ahead, best, nothing
from edi.guides.table import Place, table
from edi.text.segments import Delimiters, decode

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
        self.find = Placing(self.frames, delimiters)
        self.position = 0
        self.doubts = 0  # how often a place was chosen by the reading that goes on best
        self.claim: str | None = None
        self.pending: list[Problem] = []
        self.levels = Levels()
        self.reach = self.table.reach
        self.jump: tuple[int, int, int, Place, int] | None = None
        """The last time that a segment went ahead, as in `Jump`."""
        self._met: dict[Place, int] = {}
        self._patterns: dict[Place, re.Pattern[bytes]] = {}

    # -- what a caller does ------------------------------------------------------------------------------------------

    def feed(self, raw: bytes, offset: int, ahead: Ahead = nothing) -> Frame:
        """Take one segment (without its terminator); `ahead` gives those behind it. The frame that it was put into."""
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
                    self.jump = (self.position, offset, len(self.frames) - 1, place, top.group)
                    self._pass(top, place.group, offset)
                counts[place] = met + 1
                self._judge(place, raw, offset, top)
                return top
        return self._search(raw, elements, offset, ahead)

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

    def _search(self, raw: bytes, elements: list[bytes], offset: int, ahead: Ahead) -> Frame:
        depth, place = self.find.forward(elements)
        if place is not None:
            behind = [] if place.is_unit else ahead(1)
            fits = not behind or self.find.goes_on(depth, place, self._split(behind[0]))
            if place.is_unit or elements[0] == b"SE" or (fits and not self.find.misses(depth, place)):
                return self._enter(depth, place, raw, elements, offset)
        self.doubts += 1
        jump = Jump(*self.jump) if self.jump is not None else None
        jump = jump if jump is not None and jump.undoable(self.frames, self.position) else None
        following = [self._split(segment) for segment in ahead(LOOK_AHEAD)]
        codes = self.table.qualifiers.get(elements[0], frozenset())
        kind, depth, place = best(self.frames, elements, following, self.delimiters, jump, codes)
        if jump is not None and kind == OVERTAKEN:
            self._go_back(jump)
        elif place is None:
            return self._astray(raw, elements, offset)
        elif kind == IMPLIED:
            self.imply(depth, place, offset)
        elif kind == LATE:
            return self._late(depth, place, raw, offset)
        else:
            if kind == REPEATED:
                self.too_many(place, self.frames[depth], offset)
            return self._enter(depth, place, raw, elements, offset)
        self.position -= 1
        return self.feed(raw, offset, ahead)  # the loops stand as they should now

    def _split(self, raw: bytes) -> list[bytes]:
        return raw.split(self.delimiters.element, self.reach)

    def _go_back(self, jump: Jump) -> None:
        """The segment before came too early: the loop stands where it left off."""
        frame, name = self.frames[jump.depth], jump.place.segment.id
        del self.frames[jump.depth + 1 :]
        for place in [place for place in frame.missing if place.group >= jump.group]:
            del frame.missing[place]
        frame.group = jump.group
        message = f"{name} stands too early in loop {frame.step.use.id}"
        problem = self._made("segment-out-of-order", message, jump.offset, x12="IK304=7", segment=name, loop=frame.path)
        self.pending.append(replace(problem, position=jump.position))
        self.jump = None

    def _astray(self, raw: bytes, elements: list[bytes], offset: int) -> Frame:
        """A segment that does not belong here; where it would belong, it counts as met, and its elements are judged."""
        top = self.frames[-1]
        depth, place = self.find.forward(elements)
        early = place is not None
        if place is None:
            depth, place = self.find.anywhere(elements)
        if place is None:
            self.unknown(elements[0], offset)
            return top
        frame = self.frames[depth]
        if early:
            self._disorder(place, f"too early: loop {top.step.use.id} goes on behind it", offset, top.path)
        else:
            self._passed(place, frame, offset)
        frame.counts[place] = frame.counts.get(place, 0) + 1
        self._judge(place, raw, offset, top if early or place.step is not None else frame)
        return top

    def _late(self, depth: int, place: Place, raw: bytes, offset: int) -> Frame:
        """A loop whose place has been passed: it is opened where the walk stands, and what stood open goes on behind it."""
        frame = self.frames[depth]
        self._passed(place, frame, offset)
        frame.counts[place] = frame.counts.get(place, 0) + 1
        inner = self._open(len(self.frames) - 1, place, path=frame.path)
        self._judge(place, raw, offset, inner)
        return inner

    def _passed(self, place: Place, frame: Frame, offset: int) -> None:
        """The place of a segment has been passed, or has been taken often enough."""
        if place.most is not None and frame.counts.get(place, 0) >= place.most:
            self.too_many(place, frame, offset)
        else:
            frame.missing.pop(place, None)
            self._disorder(place, f"too late in loop {frame.step.use.id}", offset, frame.path)

    def _disorder(self, place: Place, how: str, offset: int, loop: str) -> None:
        name = place.segment.id
        self._problem("segment-out-of-order", f"{name} stands {how}", offset, x12="IK304=7", segment=name, loop=loop)

    def imply(self, depth: int, place: Place, offset: int) -> None:
        self.advance(depth, place, offset)
        first, path = place.segment, _join(self.frames[depth].path, place.use.id)
        message = f"{first.id} ({first.label}) is missing at the start of loop {place.use.id}"
        self._problem("segment-missing", message, offset, x12="IK304=3", segment=first.id, loop=path)
        self._open(depth, place)
        if first.id == "HL":
            self.levelled(self.levels.missing(depth + 1))

    # -- going there -----------------------------------------------------------------------------------------------

    def _enter(self, depth: int, place: Place, raw: bytes, elements: list[bytes], offset: int) -> Frame:
        level = elements[0] == b"HL"
        if level:
            depth, place = self.find.level(depth, place, elements, self.levels.named(elements))
        self.advance(depth, place, offset)
        frame = self.frames[depth]
        if place.step is not None:
            frame = self._open(depth, place)
            if level:
                found = self.levels.take(elements, depth + 1, (self.position, offset, frame.path))
                # of a number that is missing the judge of elements says so
                self.levelled(fault for fault in found if fault.value or fault.element not in place.judge.required)
            elif place.loop is not None and place.loop.unit and elements[0] in (b"CLM", b"CLP"):
                self.claim = decode(elements[1]) if len(elements) > 1 else None
        self._judge(place, raw, offset, frame)
        return frame

    def advance(self, depth: int, place: Place, offset: int) -> None:
        """Close the loops below, note what is passed over, and count."""
        frame = self.frames[depth]
        if len(self.frames) > depth + 1:
            self._close(depth, offset)
        elif place.group > frame.group and not place.is_unit and place.segment.id != "HL":
            self.jump = (self.position, offset, depth, place, frame.group)
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
        frame = opened(place.step, _join(parent.path if path is None else path, place.use.id))
        if place.loop is not None and place.loop.unit:
            self.flush()
            self.claim = None
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
        first, code, path = place.segment, "segment-missing", frame.path
        message = f"{first.id} ({first.label}) is missing"
        if place.loop is not None:
            code, path = "loop-missing", _join(frame.path, place.use.id)
            message = f"Loop {place.use.id} ({place.use.label}) is missing"
        frame.missing[place] = self._made(code, message, offset, x12="IK304=3", segment=first.id, loop=path)

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
                element=fault.element or None,
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

    def levelled(self, found: Iterable[LevelFault]) -> None:
        """Take what is wrong with an HL's numbers."""
        for code, element, value, message, mark in found:
            problem = self._made(code, message, mark.offset, segment="HL", loop=mark.loop, x12="IK304=8 IK403=7", element=element)
            self.pending.append(replace(problem, position=mark.position, claim=None, value=value))

    def too_many(self, place: Place, frame: Frame, offset: int) -> None:
        first, limit = place.segment, f"may stand {place.use.most} time(s)"
        if place.loop is not None:
            message, path = f"Loop {place.use.id} {limit}", _join(frame.path, place.use.id)
            self._problem("loop-repeats", message, offset, x12="IK304=4", segment=first.id, loop=path)
        else:
            message = f"{first.id} ({first.label}) {limit}"
            self._problem("segment-repeats", message, offset, x12="IK304=5", segment=first.id, loop=frame.path)

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
