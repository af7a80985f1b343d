"""A source read in pieces: what is at hand, and the segment that stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import BinaryIO, Final

from edi.text.segments import ISA_LONGEST, LONGEST_SEGMENT, WHOLE_ISA, Delimiters, Segment

PIECE: Final = 2 << 20
BREAKS: Final = b"\r\n \t\x00\x1a"
"""What may stand between a terminator and the next segment."""
AHEAD: Final = 64 << 10
"""So many bytes are in hand behind the place where the reader stands, where the source has them."""


class Window:
    """Some megabytes of a source: `data`, the place in it where the reader stands (`at`), and the delimiters in force there.

    `cutter` takes one segment (group 1) with its terminator and the line breaks behind it.
    """

    __slots__ = ("_delimiters", "_file", "_heard", "_piece", "at", "base", "cutter", "data", "ended")

    def __init__(self, file: BinaryIO, start: int = 0, heard: Callable[[int], None] = lambda _: None, piece: int = PIECE) -> None:
        """`heard` is told, each time that more is read, up to which byte it has been; `piece` bytes are read at a time."""
        self._file, self._heard, self._piece = file, heard, piece
        if start:
            file.seek(start)
        self.base = start
        """Where `data` begins, in bytes from the start of the source."""
        self.data, self.at, self.ended = b"", 0, False
        self._delimiters: Delimiters | None = None
        self.cutter = _cutter(Delimiters())
        self.fill()

    @property
    def delimiters(self) -> Delimiters | None:
        """The delimiters in force; None before the first ISA."""
        return self._delimiters

    @delimiters.setter
    def delimiters(self, delimiters: Delimiters | None) -> None:
        self._delimiters = delimiters
        self.cutter = _cutter(delimiters or Delimiters())

    @property
    def offset(self) -> int:
        """Where the reader stands, in bytes from the start of the source."""
        return self.base + self.at

    @property
    def done(self) -> bool:
        """Whether the whole source has been read."""
        return self.at >= len(self.data)

    def fill(self) -> None:
        """Let go of what lies behind, and read on."""
        more = _read(self._file, self._piece)
        self.ended = len(more) < self._piece
        self.base += self.at
        self.data, self.at = self.data[self.at :] + more, 0
        self._heard(self.base)

    def go(self, offset: int, piece: int = PIECE) -> None:
        """Stand at an offset, in a source that can be read from any place, and read so many bytes at a time from there on."""
        self._piece = piece
        if not 0 <= offset - self.base <= len(self.data):
            self._file.seek(offset)
            self.base, self.data, self.at = offset, b"", 0
            self.fill()
        else:
            self.at = offset - self.base

    def look(self) -> None:
        """Read on when little is in hand."""
        if len(self.data) - self.at < AHEAD and not self.ended:
            self.fill()

    def cut(self) -> re.Match[bytes] | None:
        """The segment at hand (group 1: its text); None where none ends: the source does, or the segment is far too long."""
        self.look()
        while True:
            match = self.cutter.match(self.data, self.at)
            if match is not None and (match.end() < len(self.data) or self.ended):
                return match
            if self.ended or len(self.data) - self.at > LONGEST_SEGMENT:
                return match
            self.fill()

    def cut_off(self) -> None:
        """Pass over what is left of a segment that began before."""
        match = self.cut()
        if match is not None:
            self.at = match.end()

    def isa(self) -> Delimiters | None:
        """The delimiters that the ISA at hand declares; None where none stands here."""
        return Delimiters.of_isa(self.data[self.at : self.at + ISA_LONGEST])

    def buried(self, match: re.Match[bytes] | None) -> int | None:
        """The place in `data` of an ISA in the midst of the segment at hand (`match` is None where that does not end).

        It was cut off, and another file begins right behind it.
        """
        found = WHOLE_ISA.search(self.data, self.at + 1, len(self.data) if match is None else match.end())
        return None if found is None else found.start()

    def segment(self, match: re.Match[bytes]) -> Segment:
        """What was cut, as a segment."""
        end = self.data[match.end(1) : match.end()]
        return Segment(match[1], end, self.base + match.start(), self.delimiters or Delimiters())


def _read(file: BinaryIO, wanted: int) -> bytes:
    """The next piece; a shorter one only at the end of the source (a pipe may give less at a time)."""
    parts = []
    while wanted and (part := file.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


@lru_cache(maxsize=32)
def _cutter(delimiters: Delimiters) -> re.Pattern[bytes]:
    """One segment and what follows it up to the next."""
    end = re.escape(delimiters.segment)
    return re.compile(b"([^" + end + b"]*+)" + ended(delimiters), re.DOTALL)


def ended(delimiters: Delimiters) -> bytes:
    """An expression for a terminator and the line breaks behind it."""
    taken = (delimiters.segment, delimiters.element)
    breaks = b"".join(re.escape(bytes([c])) for c in BREAKS if bytes([c]) not in taken)
    return re.escape(delimiters.segment) + b"[" + breaks + b"]*+"
