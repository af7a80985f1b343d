"""A source read in pieces: what is at hand, and the segment that stands there."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import BinaryIO, Final

from edi.text.segments import LONGEST_SEGMENT, Delimiters, Segment

PIECE: Final = 2 << 20
AHEAD: Final = 64 << 10
"""So many bytes are in hand behind the place where the reader stands, where the source has them."""


class Window:
    """Some megabytes of a source: `data`, the place in it where the reader stands (`at`), and the delimiters in force there."""

    __slots__ = ("base", "_file", "at", "data", "delimiters", "ended")

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.base = 0
        """Where `data` begins, in bytes from the start of the source."""
        self.data, self.at, self.ended = b"", 0, False
        self.delimiters: Delimiters | None = None
        self.fill()

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
        more = self._file.read(PIECE)
        self.ended = not more
        self.base += self.at
        self.data, self.at = self.data[self.at :] + more, 0

    def look(self) -> None:
        """Read on when little is in hand."""
        if len(self.data) - self.at < AHEAD and not self.ended:
            self.fill()

    def cut(self) -> re.Match[bytes] | None:
        """The segment at hand (group 1: its text); None where none ends: the source does, or the segment is far too long."""
        self.look()
        cutter = _cutter(self.delimiters or Delimiters())
        while True:
            match = cutter.match(self.data, self.at)
            if match is not None and (match.end() < len(self.data) or self.ended):
                return match
            if self.ended or len(self.data) - self.at > LONGEST_SEGMENT:
                return match
            self.fill()

    def following(self, match: re.Match[bytes]) -> bytes:
        """The text of the segment behind one that was cut, b"" where none is at hand."""
        found = _cutter(self.delimiters or Delimiters()).match(self.data, match.end())
        return found[1] if found is not None else b""

    def segment(self, match: re.Match[bytes]) -> Segment:
        """What was cut, as a segment."""
        end = self.data[match.end(1) : match.end()]
        return Segment(match[1], end, self.base + match.start(), self.delimiters or Delimiters())


@lru_cache(maxsize=32)
def _cutter(delimiters: Delimiters) -> re.Pattern[bytes]:
    """One segment and what follows it up to the next."""
    end = re.escape(delimiters.segment)
    taken = (delimiters.segment, delimiters.element)
    breaks = b"".join(re.escape(bytes([c])) for c in b"\r\n \t\x00\x1a" if bytes([c]) not in taken)
    return re.compile(b"([^" + end + b"]*+)" + end + b"[" + breaks + b"]*+", re.DOTALL)
