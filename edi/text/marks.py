"""The segments with some ids; the others are passed over by a search in what the reader has in hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from edi.text.segments import WHOLE_ISA, Delimiters, InHand, Segment, Source, ending, read

Marks: TypeAlias = tuple[bytes, ...]
"""Ids of segments, also with a blank and the first element behind (REF D9). ISA is always among them."""
_LONG: Final = 3
"""An id of so many letters is told by them; behind a shorter one a separator must stand."""


def read_marked(
    source: Source, marks: Callable[[], Marks | None], passed: Callable[[bytes, Delimiters], object] | None = None
) -> Iterator[Segment]:
    """The segments of a source with the ids that `marks` names at that moment, and a few others; all while it names none.

    `passed` is given the bytes of those that are passed over, whole segments with what ends them.
    """
    hand = InHand()
    segments = read(source, hand=hand)
    segment = next(segments, None)
    while segment is not None:
        yield segment
        wanted, delimiters = marks(), segment.delimiters
        behind = segment.offset + len(segment.raw) - hand.base
        ahead = _before_next(wanted, hand.data, behind, delimiters) if wanted is not None and segment.complete else 0
        behind += len(segment.end)
        if ahead > behind:
            if passed is not None:
                passed(hand.data[behind:ahead], delimiters)
            segment = segments.send(hand.base + ahead)
        else:
            segment = next(segments, None)


def _before_next(marks: Marks, data: bytes, end: int, delimiters: Delimiters) -> int:
    """Where the next of some segments (by their ids) begins behind the end of a segment, else the last segment at hand.

    0 where it is to be read up to there: another file begins in the midst of a segment.
    """
    ends, ahead = _searched(marks, delimiters)
    found = ahead.search(data, end)
    if found is None:
        last = data.rfind(delimiters.segment, end, data.rfind(delimiters.segment))
        found = ends.match(data, last) if last >= 0 else None
    return 0 if found is None or WHOLE_ISA.search(data, end, found.end()) else found.end()


def segment_ends(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The end of a segment with the line breaks behind it."""
    return re.compile(ending(delimiters))


@lru_cache(maxsize=32)
def _searched(marks: Marks, delimiters: Delimiters) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """The end of a segment with the line breaks behind it, and such an end with a mark behind that."""
    separators = b"(?:[" + re.escape(delimiters.element + delimiters.segment) + rb"]|\Z)"
    between = re.escape(delimiters.element)
    ids = b"|".join(mark.replace(b" ", between) + (b"" if len(mark) == _LONG else separators) for mark in marks)
    ends = ending(delimiters)
    return segment_ends(delimiters), re.compile(ends + b"(?=" + ids + b")")
