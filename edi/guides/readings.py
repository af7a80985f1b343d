"""A segment in trouble: the readings that it may have, and which of them goes on best.

A segment may have no place ahead, or one that the segments behind it do not bear out. Then it is a stray, or late, or one too
many, or has a wrong qualifier, or the first segment of its loop is missing, or the segment before it came too early. Each
reading is followed over the next few segments, on a copy of the open loops, and the one with the fewest faults is taken; of
equals the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from edi.guides.placing import Frame, Jump, forward, lacking
from edi.guides.table import Place, Step
from edi.text.segments import Delimiters

LOOK_AHEAD: Final = 6
"""Segments behind the one in trouble that a reading is followed over."""

FORWARD: Final = "forward"
"""It has this place, and what was passed on the way there is missing."""
IMPLIED: Final = "implied"
"""It stands in a loop whose first segment is missing."""
REPEATED: Final = "repeated"
"""It begins a loop that has been there often enough."""
MISCODED: Final = "miscoded"
"""It has this place, but for its qualifier."""
LATE: Final = "late"
"""It begins a loop that should have come before."""
STRAY: Final = "stray"
"""It does not belong here: it comes too late, too early, too often, or at all."""
OVERTAKEN: Final = "overtaken"
"""The segment before it came too early, and this one goes on where that one left off."""


Ahead = Callable[[int], Sequence[bytes]]
"""Gives so many segments behind the one at hand, fewer where the transaction ends. It is asked only in doubt."""


def nothing(count: int) -> Sequence[bytes]:
    """No segment behind the one at hand is known."""
    return ()


class Reading(NamedTuple):
    """What a segment may be: in the loop at a depth, with a place there (none for a stray)."""

    kind: str
    depth: int = 0
    place: Place | None = None


class _Loop:
    """An open loop in a trial."""

    __slots__ = ("counts", "group", "step")

    def __init__(self, step: Step, group: int, counts: dict[Place, int]) -> None:
        self.step, self.group, self.counts = step, group, counts


def best(
    frames: Sequence[Frame],
    elements: Sequence[bytes],
    following: Sequence[Sequence[bytes]],
    delimiters: Delimiters,
    jump: Jump | None,
    codes: frozenset[bytes],
) -> Reading:
    """The reading of a segment that goes on best over the segments that follow it.

    `jump` is where the segment before it went ahead, if it did; `codes` are the qualifiers that the guide has for its id.
    """
    fewest, chosen = 0, None
    for reading in _readings(frames, elements, following, delimiters, jump, codes):
        faults = _faults(reading, frames, elements, following, delimiters, jump)
        if chosen is None or faults < fewest:
            fewest, chosen = faults, reading
        if fewest <= 1:
            break  # none has fewer
    assert chosen is not None  # a stray is always one
    return chosen


def _readings(
    frames: Sequence[Frame],
    elements: Sequence[bytes],
    following: Sequence[Sequence[bytes]],
    delimiters: Delimiters,
    jump: Jump | None,
    codes: frozenset[bytes],
) -> Iterator[Reading]:
    depth, place = forward(frames, elements, delimiters)
    if place is not None:
        yield Reading(FORWARD, depth, place)
    known_here = (p for depth, frame in enumerate(frames) for p in frame.step.of(elements, delimiters) if p.order or not depth)
    if any(p.step is None for p in known_here):
        yield Reading(STRAY)  # an open loop knows it
    yield from _implied(frames, elements, following, delimiters)
    late: list[Reading] = []
    for depth in range(len(frames) - 1, -1, -1):
        for place in frames[depth].step.of(elements, delimiters):
            if place.step is None or (depth and not place.order):
                continue
            if place.group < frames[depth].group:
                late.append(Reading(LATE, depth, place))
            elif _full(frames[depth], place):
                yield Reading(REPEATED, depth, place)
                if place.is_unit:
                    return
    known = any(element in codes for element in elements[1:])
    if not known:
        yield from _miscoded(frames, elements, delimiters)
    yield from late
    yield Reading(STRAY)
    if jump is not None:
        yield Reading(OVERTAKEN)
    if known:
        yield from _miscoded(frames, elements, delimiters)


def _implied(
    frames: Sequence[Frame], elements: Sequence[bytes], following: Sequence[Sequence[bytes]], delimiters: Delimiters
) -> Iterator[Reading]:
    """Loops to come that have such a segment inside; not those whose first segment comes next."""
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        for place in frame.step.places:
            if place.step is None or place.group < frame.group or _full(frame, place):
                continue
            if not any(inside.order for inside in place.step.of(elements, delimiters)):
                continue
            if not following or place not in frame.step.of(following[0], delimiters):
                yield Reading(IMPLIED, depth, place)


def _miscoded(frames: Sequence[Frame], elements: Sequence[bytes], delimiters: Delimiters) -> Iterator[Reading]:
    """Places with room for a segment with another qualifier: each loop, and of segments one that is still needed."""
    for depth in range(len(frames) - 1, -1, -1):
        frame = frames[depth]
        room = [p for p in frame.step.by_id.get(elements[0], ()) if p.group >= frame.group and not _full(frame, p)]
        yield from (Reading(MISCODED, depth, place) for place in room if place.step is not None and place.codes)
        plain = [place for place in room if place.step is None and place.codes]
        if plain:
            needed = next((place for place in plain if place.required and not frame.counts.get(place)), plain[0])
            yield Reading(MISCODED, depth, needed)


def _full(frame: Frame, place: Place) -> bool:
    return place.most is not None and frame.counts.get(place, 0) >= place.most


# -- trials ------------------------------------------------------------------------------------------------------------


def _faults(
    reading: Reading,
    frames: Sequence[Frame],
    elements: Sequence[bytes],
    following: Sequence[Sequence[bytes]],
    delimiters: Delimiters,
    jump: Jump | None,
) -> int:
    """How many faults a reading has, with those of the segments that follow."""
    trial = [_Loop(frame.step, frame.group, frame.counts.copy()) for frame in frames]
    faults = int(reading.kind != FORWARD)
    depth, place = reading.depth, reading.place
    if reading.kind == OVERTAKEN:
        assert jump is not None
        del trial[jump.depth + 1 :]
        trial[jump.depth].group = jump.group
        faults += _follow(trial, [elements], delimiters)
    elif reading.kind == LATE:
        assert place is not None
        _open(trial, place)
    elif place is not None:
        faults += _go(trial, depth, place)
        if reading.kind == IMPLIED:
            faults += _follow(trial, [elements], delimiters)
    return faults + _follow(trial, following, delimiters)


def _follow(trial: list[_Loop], segments: Sequence[Sequence[bytes]], delimiters: Delimiters) -> int:
    """Go on with segments: those without a place ahead are faults, as is what is missing on the way."""
    faults = 0
    for elements in segments:
        depth, place = forward(trial, elements, delimiters)
        faults += 1 if place is None else _go(trial, depth, place)
    return faults


def _go(trial: list[_Loop], depth: int, place: Place) -> int:
    """Go to a place; how much is missing on the way."""
    missing = 0
    while len(trial) > depth + 1:
        missing += lacking(trial.pop())
    here = trial[depth]
    if place.group > here.group:
        missing += lacking(here, place.group)
        here.group = place.group
    here.counts[place] = here.counts.get(place, 0) + 1
    if place.step is not None:
        _open(trial, place)
    return missing


def _open(trial: list[_Loop], place: Place) -> None:
    assert place.step is not None
    trial.append(_Loop(place.step, place.step.begun, {place.step.places[0]: 1}))
