"""Where a segment belongs among the loops that are open, also when it stands where it should not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edi.errors import Problem
from edi.guides.table import Place, Step
from edi.text.segments import Delimiters, encode


class Frame:
    """An open loop: where the walk stands in it, and how often each place was met."""

    __slots__ = ("counts", "group", "missing", "path", "step", "tree")

    def __init__(self, step: Step, path: str) -> None:
        self.step, self.path = step, path
        self.group = 0
        self.counts: dict[Place, int] = {}
        self.missing: dict[Place, Problem] = {}
        self.tree: Any = None
        """What a reader keeps with the loop."""


class Placing:
    """Finds the place of a segment. `frames` are the open loops, outermost first; who walks opens and closes them."""

    def __init__(self, frames: list[Frame], delimiters: Delimiters, reach: int) -> None:
        self.frames, self.delimiters, self._reach = frames, delimiters, reach

    def forward(self, elements: Sequence[bytes]) -> tuple[int, Place | None]:
        """The place of a segment at or ahead of where an open loop stands, with room left; the innermost loop first."""
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            for place in frame.step.of(elements, self.delimiters):
                if place.group >= frame.group and (place.most is None or frame.counts.get(place, 0) < place.most):
                    return depth, place
        return 0, None

    def anywhere(self, elements: Sequence[bytes]) -> tuple[int, Place | None]:
        """The place of a segment in any open loop, full or passed, the innermost first. A loop's opener is its parent's place."""
        for depth in range(len(self.frames) - 1, -1, -1):
            for place in self.frames[depth].step.of(elements, self.delimiters):
                if place.order or not depth:
                    return depth, place
        return 0, None

    def too_early(self, depth: int, place: Place, upcoming: bytes) -> bool:
        """Whether the segment behind this one fits where the walk stands, and nowhere once the walk has gone on to this one."""
        if place.is_unit:
            return False  # a unit begins where its first segment stands
        following = upcoming.split(self.delimiters.element, self._reach)
        if place.step is not None and any(p.order for p in place.step.of(following, self.delimiters)):
            return False
        return not self.fits(depth, place, following) and self.forward(following)[1] is not None

    def fits(self, depth: int, place: Place, elements: Sequence[bytes]) -> bool:
        """Whether a segment fits behind what stands at a place, in its loop or one further out."""
        for level in range(depth, -1, -1):
            frame = self.frames[level]
            group = place.group if level == depth else frame.group
            for found in frame.step.of(elements, self.delimiters):
                if found.group >= group:
                    return True
        return False

    def place_of(self, depth: int) -> Place:
        """The place, in its parent, of the loop that is open at this depth."""
        owner = self._owner(depth)
        assert owner is not None
        return owner

    def _owner(self, depth: int) -> Place | None:
        """As `place_of`; None for a loop that stands out of its order, in one that is not its parent."""
        step = self.frames[depth].step
        return next((p for p in self.frames[depth - 1].step.places if p.step is step), None)

    def reopens(self, depth: int, place: Place, upcoming: bytes, *, full: bool) -> bool:
        """Whether a segment that comes too late in its loop belongs to the next such loop, whose first segment is missing.

        So it is when the segment behind it fits there and nowhere else, or when every such loop has one and this one has it.
        """
        owner = self._owner(depth) if depth else None
        if owner is None:
            return False
        if owner.most is not None and self.frames[depth - 1].counts.get(owner, 0) >= owner.most:
            return False
        if full and place.required and (depth < len(self.frames) - 1 or place.group <= 1):
            return True
        following = upcoming.split(self.delimiters.element, self._reach)
        then = any(p.order and p.group >= place.group for p in place.parent.of(following, self.delimiters))
        return then and self.forward(following)[1] is None

    def headless(self, elements: Sequence[bytes], upcoming: bytes) -> tuple[int, Place | None]:
        """A loop that is to come and has such a segment inside: its first segment is missing (unless it comes next)."""
        following = upcoming.split(self.delimiters.element, self._reach)
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            for place in frame.step.places:
                if place.step is None or place.group < frame.group:
                    continue
                if place.most is not None and frame.counts.get(place, 0) >= place.most:
                    continue
                inside = place.step.of(elements, self.delimiters)
                if not any(p.order and (p.loop is None or p.required) for p in inside):
                    continue
                if following[0] != encode(place.segment.id) or not place.matches(following, self.delimiters):
                    return depth, place
        return 0, None

    def miscoded(self, name: bytes, upcoming: bytes) -> tuple[int, Place | None]:
        """A place for a segment whose qualifier no neighbour has: one whose loop goes on with the segment that comes next."""
        following = upcoming[: upcoming.find(self.delimiters.element)] if upcoming else b""
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            room = [
                p
                for p in frame.step.by_id.get(name, ())
                if p.group >= frame.group and (p.most is None or frame.counts.get(p, 0) < p.most)
            ]
            if not room:
                continue
            for place in room:
                if place.step is not None and following in place.step.by_id:
                    return depth, place
            return depth, next((p for p in room if p.required and not frame.counts.get(p)), room[0])
        return 0, None
