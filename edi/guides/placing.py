"""Where a segment belongs among the loops that are open, also when it stands where it should not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from edi.errors import Problem
from edi.guides.table import Place, Step
from edi.text.segments import Delimiters


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


class Standing(Protocol):
    """An open loop, as far as it decides where a segment may go."""

    step: Step
    group: int
    counts: dict[Place, int]


class Jump(NamedTuple):
    """A segment that went ahead in the innermost loop: where it stands, how deep, its place, and the group that was left."""

    position: int
    offset: int
    depth: int
    place: Place
    group: int

    def undoable(self, frames: Sequence[Frame], position: int) -> bool:
        """Whether it can be taken back at a position: it stands right before it, and what it left is still open."""
        return self.position == position - 1 and len(frames) == self.depth + 1 + (self.place.step is not None)


class Placing:
    """Finds the place of a segment. `frames` are the open loops, outermost first; who walks opens and closes them."""

    def __init__(self, frames: list[Frame], delimiters: Delimiters) -> None:
        self.frames, self.delimiters = frames, delimiters

    def forward(self, elements: Sequence[bytes]) -> tuple[int, Place | None]:
        """The place of a segment at or ahead of where an open loop stands, with room left; the innermost loop first."""
        return forward(self.frames, elements, self.delimiters)

    def level(self, depth: int, place: Place, elements: Sequence[bytes], above: int | None) -> tuple[int, Place]:
        """The place of a level that was found a place, and that names the level at depth `above` as the one it belongs to (HL02).

        A level may have a place in two that are open: an event behind its dependent's is the dependent's or the subscriber's
        (278). It goes where it says, unless the inner one cannot do without it.
        """
        if above is None or above >= depth or (place.required and not self.frames[depth].counts.get(place)):
            return depth, place
        frame = self.frames[above]
        for other in frame.step.of(elements, self.delimiters):
            if other.group >= frame.group and (other.most is None or frame.counts.get(other, 0) < other.most):
                return above, other
        return depth, place

    def anywhere(self, elements: Sequence[bytes]) -> tuple[int, Place | None]:
        """The place of a segment in any open loop, full or passed, the innermost first. A loop's opener is its parent's place."""
        for depth in range(len(self.frames) - 1, -1, -1):
            for place in self.frames[depth].step.of(elements, self.delimiters):
                if place.order or not depth:
                    return depth, place
        return 0, None

    def misses(self, depth: int, place: Place) -> bool:
        """Whether something that is required is passed over on the way to a place."""
        frames = self.frames
        return any(lacking(frame) for frame in frames[depth + 1 :]) or lacking(frames[depth], place.group) > 0

    def goes_on(self, depth: int, place: Place, following: Sequence[bytes]) -> bool:
        """Whether the segment behind fits in the loop that begins at a place, or behind it."""
        inside = () if place.step is None else place.step.of(following, self.delimiters)
        return any(p.order for p in inside) or self.fits(depth, place, following)

    def fits(self, depth: int, place: Place, elements: Sequence[bytes]) -> bool:
        """Whether a segment fits behind what stands at a place, in its loop or one further out."""
        for level in range(depth, -1, -1):
            frame = self.frames[level]
            if elements[0] not in frame.step.by_id:
                continue
            group = place.group if level == depth else frame.group
            for found in frame.step.of(elements, self.delimiters):
                if found.group >= group:
                    return True
        return False

    def headless(self, elements: Sequence[bytes]) -> tuple[int, Place | None]:
        """A loop that is to come and has such a unit inside: its first segment is missing."""
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            for place in frame.step.places:
                if place.step is None or place.group < frame.group:
                    continue
                if place.most is not None and frame.counts.get(place, 0) >= place.most:
                    continue
                if any(p.order for p in place.step.of(elements, self.delimiters)):
                    return depth, place
        return 0, None


def opened(step: Step, path: str) -> Frame:
    """A loop whose first segment was met."""
    frame = Frame(step, path)
    frame.counts[step.places[0]] = 1
    frame.group = step.begun
    return frame


def forward(frames: Sequence[Standing], elements: Sequence[bytes], delimiters: Delimiters) -> tuple[int, Place | None]:
    """The place of a segment at or ahead of where an open loop stands, with room left; the innermost loop first."""
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        if elements[0] not in frame.step.by_id:
            continue
        for place in frame.step.of(elements, delimiters):
            if place.group >= frame.group and (place.most is None or frame.counts.get(place, 0) < place.most):
                return depth, place
    return 0, None


def lacking(loop: Standing, group: int | None = None) -> int:
    """How many places that are required have not been met: of those before a group, or of all."""
    missing = 0
    for place in loop.step.needed[loop.group]:
        if group is not None and place.group >= group:
            break
        missing += not loop.counts.get(place)
    return missing
