"""Segments with those that come next: what a reader asks who is in doubt."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from itertools import chain, islice

from edi.text.envelope import ENVELOPE
from edi.text.segments import Segment


class LookAhead:
    """Segments with some of look-ahead: `now`, None where there is none, and those behind."""

    def __init__(self, segments: Generator[Segment, int | None, None]) -> None:
        self._segments = segments
        self._behind: deque[Segment] = deque()
        self.now: Segment | None = next(segments, None)

    def step(self) -> None:
        """Go on to the next segment."""
        self.now = self._behind.popleft() if self._behind else next(self._segments, None)

    @property
    def may_go(self) -> bool:
        """Whether it may `go` elsewhere: not when what was read already is told apart by other delimiters."""
        return all(self.now is not None and segment.delimiters is self.now.delimiters for segment in self._behind)

    def go(self, offset: int) -> None:
        """Go on from a byte that the reader has in hand."""
        self._behind.clear()
        self.now = self._segments.send(offset)

    @property
    def is_last(self) -> bool:
        """Whether nothing was read yet behind `now`."""
        return not self._behind

    def behind(self, count: int) -> list[Segment]:
        """So many segments behind `now`, fewer at the end."""
        self._fill(count)
        return list(islice(self._behind, count))

    def ahead(self, count: int) -> list[bytes]:
        """So many segments from `now` on, up to the SE."""
        self._fill(count)
        found: list[bytes] = []
        for segment in (self.now, *self._behind):
            if segment is None or len(found) == count or (segment.elements[0] in ENVELOPE and segment.elements[0] != b"SE"):
                break
            if segment.raw:
                found.append(segment.raw)
            if segment.elements[0] == b"SE":
                break
        return found

    def upto(self, name: bytes, most: int) -> list[Segment] | None:
        """The segments from `now` to the next with this id; None where it is far, or cut off, or one of them is no segment."""
        if self.now is None:
            return None
        found = [self.now]
        for segment in chain(tuple(self._behind), self._more()):
            found.append(segment)
            id = segment.elements[0]
            if id == name:
                return found
            if id in ENVELOPE or not segment.raw or len(found) == most:
                return None
        return None

    def pass_over(self, count: int) -> None:
        """Go on by so many segments."""
        if count == len(self._behind) + 1:
            self._behind.clear()
            self.now = next(self._segments, None)
            return
        for _ in range(count):
            self.step()

    def _fill(self, count: int) -> None:
        missing = count - len(self._behind)
        if missing > 0:
            self._behind.extend(islice(self._segments, missing))

    def _more(self) -> Iterator[Segment]:
        """The segments behind those that are at hand, each kept as it is given."""
        for segment in self._segments:
            self._behind.append(segment)
            yield segment
