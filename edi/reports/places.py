"""Where a problem stands in its file: line and column, the segment with its neighbours, the faulty part of it.

A judged file is read again beside its judgement, from one problem to the next, so it costs one more reading and no memory. What
cannot be read twice (a pipe) has no places.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from edi.errors import Problem
from edi.text.segments import Delimiters, Segment, decode

__all__ = ["Place", "Places"]

_PIECE: Final = 1 << 20
_ISA: Final = re.compile(rb"ISA[^A-Za-z0-9\s]")
_ISA_ROOM: Final = 400
"""An ISA ends within so many bytes."""
_AROUND: Final = 2000
"""So many bytes before and behind a segment are looked at for its neighbours."""
_BREAKS: Final = b"\r\n \t\x00\x1a\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Place:
    """A segment, and the part of it that is meant: from byte `start` to byte `stop` of its text, which may be nothing."""

    segment: Segment
    start: int
    stop: int
    line: int
    column: int
    """Of the part, counted from 1; a line ends at a line feed."""

    @property
    def offset(self) -> int:
        """Where the part begins, in bytes from the start of the file."""
        return self.segment.offset + self.start


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is known at a place: line feeds before it, where its line begins, the delimiters in force."""

    offset: int
    lines: int
    line_start: int
    delimiters: Delimiters | None


class Places:
    """Finds the places of problems in one file. Going forward is quick; each megabyte passed is remembered for the way back."""

    def __init__(self, path: str) -> None:
        self._file: BinaryIO | None = None
        if path != "-" and Path(path).is_file():
            self._file = Path(path).open("rb")  # noqa: SIM115 - open until `close`
        self._marks = [_Mark(0, 0, 0, None)]

    def close(self) -> None:
        """No more will be asked."""
        if self._file is not None:
            self._file.close()

    def place(self, problem: Problem) -> Place | None:
        """Where a problem stands; None where it has no place or the file cannot be read again."""
        if self._file is None or problem.offset is None:
            return None
        mark = self._go(self._file, problem.offset)
        segment = self._segment(self._file, problem.offset, mark.delimiters or Delimiters())
        start, stop = _part(segment, problem)
        before = segment.raw[:start]
        lines = before.count(b"\n")
        column = start - before.rfind(b"\n") if lines else problem.offset + start - mark.line_start + 1
        return Place(segment, start, stop, mark.lines + lines + 1, column)

    def around(self, place: Place, before: int, behind: int) -> tuple[list[Segment], list[Segment]]:
        """So many segments before and behind a place's; fewer at an end of the file, or where they are long."""
        assert self._file is not None
        segment, delimiters = place.segment, place.segment.delimiters
        start = max(segment.offset - _AROUND, 0)
        self._file.seek(start)
        left = self._file.read(segment.offset - start)
        earlier = _cut(left, start, delimiters)
        if start:
            earlier = earlier[1:]  # it may have begun earlier
        end = self._file.seek(segment.offset + len(segment.raw) + 1)
        later = _cut(self._file.read(_AROUND), end, delimiters)
        return earlier[max(len(earlier) - before, 0) :], later[:behind]

    def _go(self, file: BinaryIO, offset: int) -> _Mark:
        """What is known at an offset."""
        mark = self._marks[bisect_right(self._marks, offset, key=lambda mark: mark.offset) - 1]
        file.seek(mark.offset)
        while mark.offset < offset or mark.delimiters is None:
            size = min(_PIECE, offset - mark.offset)
            data = file.read(size + _ISA_ROOM)
            file.seek(mark.offset + size)
            mark = _passed(mark, data, size)
            if size < _PIECE:
                break
            if mark.offset > self._marks[-1].offset:
                self._marks.append(mark)
        return mark

    @staticmethod
    def _segment(file: BinaryIO, offset: int, delimiters: Delimiters) -> Segment:
        file.seek(offset)
        raw = file.read(_AROUND).partition(delimiters.segment)[0]
        return Segment(raw, delimiters.segment, offset, delimiters)


def _passed(mark: _Mark, data: bytes, size: int) -> _Mark:
    """What is known behind `size` bytes; an ISA that begins right there counts, for what stands there is read with it."""
    delimiters = mark.delimiters
    for found in _ISA.finditer(data, 0, min(size + 4, len(data))):
        before = data[max(found.start() - 1, 0) : found.start()]
        if not before or before in _BREAKS or delimiters is None or before == delimiters.segment:
            delimiters = Delimiters.of_isa(data[found.start() : found.start() + _ISA_ROOM]) or delimiters
    last = data.rfind(b"\n", 0, size)
    return _Mark(
        mark.offset + size,
        mark.lines + data.count(b"\n", 0, size),
        mark.line_start if last < 0 else mark.offset + last + 1,
        delimiters,
    )


def _cut(data: bytes, offset: int, delimiters: Delimiters) -> list[Segment]:
    """The segments of some bytes that end in whole ones."""
    found = []
    for raw in data.split(delimiters.segment)[:-1]:
        text = raw.lstrip(_BREAKS)
        found.append(Segment(text, delimiters.segment, offset + len(raw) - len(text), delimiters))
        offset += len(raw) + 1
    return [segment for segment in found if segment.raw]


def _part(segment: Segment, problem: Problem) -> tuple[int, int]:
    """The bytes of a segment that a problem is about: the element, repetition or component; else the whole."""
    raw, delimiters = segment.raw, segment.delimiters
    if problem.element is None or problem.segment != decode(segment.elements[0]):
        return 0, len(raw)
    start, stop = _nth(raw, delimiters.element, problem.element, 0, len(raw))
    if problem.repetition and delimiters.repetition:
        start, stop = _nth(raw, delimiters.repetition, problem.repetition - 1, start, stop)
    if problem.component:
        start, stop = _nth(raw, delimiters.component, problem.component - 1, start, stop)
    return start, stop


def _nth(raw: bytes, separator: bytes, number: int, start: int, stop: int) -> tuple[int, int]:
    """The part behind so many separators; the end of it all where there are not so many."""
    at = start
    for _ in range(number):
        found = raw.find(separator, at, stop)
        if found < 0:
            return stop, stop
        at = found + 1
    end = raw.find(separator, at, stop)
    return at, stop if end < 0 else end
