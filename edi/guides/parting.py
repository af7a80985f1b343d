"""A file in parts that stay together: transaction headers, levels, claims; and a file written from some of them.

Whoever writes from parts gets envelopes that are right: nothing is opened before something is in it, and what closes has the
count of what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, Final

from edi.text.envelope import ENVELOPE
from edi.text.segments import Segment, Source, compose, read

__all__ = ["RANKS", "Kind", "Output", "Part", "parts"]

RANKS: Final = {b"20": 1, b"22": 2, b"23": 3}
"""HL03 in an 837, the outermost level first."""
_STARTS: Final = ENVELOPE | {b"HL", b"CLM"}
LONGEST: Final = 20_000
"""Segments of a part that are held together; what is longer goes on as MORE of it."""


class Kind(Enum):
    """What a part is."""

    ENVELOPE = "ISA, TA1, GS, GE or IEA"
    HEAD = "ST and what follows it; of what is no 837 all"
    LEVEL = "HL and what follows it"
    CLAIM = "CLM and what follows it"
    MORE = "more of the part before"
    END = "SE"
    STRAY = "what stands in an interchange, but in no transaction"


@dataclass(frozen=True, slots=True)
class Part:
    """Segments that stay together."""

    kind: Kind
    segments: list[Segment]

    @property
    def first(self) -> Segment:
        """Its first segment."""
        return self.segments[0]


def parts(source: Source) -> Iterator[Part]:
    """A file in parts; what stands before its first ISA is left out."""
    part: Part | None = None
    claims = begun = False
    for segment in read(source):
        name = segment.raw.partition(segment.delimiters.element)[0]
        if name and part is not None and name not in _STARTS and len(part.segments) < LONGEST:  # most are of this kind
            part.segments.append(segment)
            continue
        begun |= name == b"ISA"
        if not begun or not (segment.raw or segment.complete):
            continue
        inside = part is not None and part.kind is not Kind.STRAY
        if name in ENVELOPE and (name != b"SE" or inside):
            if part is not None:
                yield part
            part = None
            if name == b"ST":
                claims, part = segment.raw_element(1) == b"837", Part(Kind.HEAD, [segment])
            else:
                yield Part(Kind.END if name == b"SE" else Kind.ENVELOPE, [segment])
            continue
        if part is None:
            part = Part(Kind.STRAY, [])
        kind = {b"HL": Kind.LEVEL, b"CLM": Kind.CLAIM}.get(name) if inside and claims else None
        if kind is None and len(part.segments) >= LONGEST:
            kind = Kind.MORE if inside else Kind.STRAY
        if kind is not None:
            yield part
            part = Part(kind, [])
        part.segments.append(segment)
    if part is not None:
        yield part


class Output:
    """A file written from parts of another."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._isa: list[Segment] = []
        """The open interchange: ISA and TA1. What is open is written when something comes into it."""
        self._gs: Segment | None = None
        self._st: Segment | None = None
        self._written = 0
        """How many of interchange and group have been written: 0, 1, 2."""
        self._groups = self._sets = self._segments = 0
        self._levels: list[tuple[int, int]] = []
        """The levels that are open, each with its rank and number."""
        self._number = 0
        self._end = b""
        self.transactions = 0

    @property
    def opened(self) -> bool:
        """Whether something of the open interchange has been written."""
        return self._written > 0

    def envelope(self, segment: Segment, *, keep: bool) -> None:
        """An ISA, TA1, GS, GE or IEA has been read; `keep` writes an interchange even if it has no group."""
        name = segment.id
        if name == "ISA":
            self.finish()
            self._isa, self._groups = [segment], 0
        elif name == "TA1" and self._isa and not self._written:
            self._isa.append(segment)
        elif name == "GS":
            self._close_group(None)
            self._gs, self._sets = segment, 0
        elif name == "GE":
            self._close_group(segment)
        elif name == "IEA":
            self._close_group(None)
            if keep and not self._written:
                self._open_interchange()
            self._close_interchange(segment)

    def stray(self, part: Part) -> None:
        """What stands in no transaction, as it is."""
        self._close_set(None)
        self._open_group()
        self._write(*part.segments)

    def part(self, part: Part, *, anew: bool, child: bool) -> None:
        """A part of a transaction. A level is numbered anew where that is asked for, with a `child` below it or none."""
        if part.kind is Kind.HEAD:
            self._open(part.first)
        if part.kind is Kind.END:
            self._close_set(part.first)
            return
        if anew and part.kind is Kind.LEVEL:
            self._write(self._numbered(part.first, child), *part.segments[1:])
        else:
            self._write(*part.segments)

    def finish(self) -> None:
        """Nothing more comes: what is open is closed."""
        self._close_group(None)
        self._close_interchange(None)

    def _open(self, st: Segment) -> None:
        self._close_set(None)
        self._open_group()
        self._sets += 1
        self._st, self._segments, self._number = st, 0, 0
        self._levels.clear()
        self.transactions += 1

    def _open_group(self) -> None:
        if not self._written:
            self._open_interchange()
        if self._gs is not None and self._written < 2:
            self._groups += 1
            self._written = 2
            self._write(self._gs)

    def _open_interchange(self) -> None:
        self._written = 1
        if self._isa:
            self._write(*self._isa)

    def _numbered(self, level: Segment, child: bool) -> Segment:
        rank = RANKS[level.raw_element(3).strip()]
        while self._levels and self._levels[-1][0] >= rank:
            self._levels.pop()
        self._number += 1
        parent = str(self._levels[-1][1]) if self._levels else ""
        self._levels.append((rank, self._number))
        return level.replaced(1, str(self._number)).replaced(2, parent).replaced(4, "1" if child else "0")

    def _close_set(self, se: Segment | None) -> None:
        if self._st is not None:
            self._close(se, "SE", self._segments + 1, self._st.get(2), self._st)
            self._st = None

    def _close_group(self, ge: Segment | None) -> None:
        self._close_set(None)
        if self._gs is not None and self._written == 2:
            self._close(ge, "GE", self._sets, self._gs.get(6), self._gs)
            self._written = 1
        self._gs = None

    def _close_interchange(self, iea: Segment | None) -> None:
        if self._written and self._isa:
            isa = self._isa[0]
            self._close(iea, "IEA", self._groups, isa.get(13).strip(), isa)
        self._isa, self._written = [], 0

    def _close(self, end: Segment | None, name: str, count: int, number: str, opened: Segment) -> None:
        """The end of what `opened` begins: the one that was read where it is right, else it mended, else a new one."""
        if end is None:
            end = compose(opened.delimiters, name, str(count), number, end=self._end)
        if end.get(1).strip().lstrip("0") != str(count):
            end = end.replaced(1, str(count))
        self._write(end if end.get(2).strip() == number else end.replaced(2, number))

    def _write(self, *segments: Segment) -> None:
        self._segments += sum(map(bool, [segment.raw for segment in segments]))
        last = segments[-1]
        self._file.write(b"".join([segment.raw + segment.end for segment in segments]))
        if last.complete:
            self._end = last.end
        else:  # the file ends there
            self._file.write(last.delimiters.segment)
