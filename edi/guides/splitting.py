"""A judged file split in two: what is valid, and what is faulty.

Whole transactions are split from each other, or the claims of an 837: a claim takes along the levels (HL) that it stands below,
which are numbered anew where both files get some of a transaction. Control numbers stay; counts are those of each file.

A problem of a level concerns every claim below it, one of a header or an SE the whole transaction, one of an ISA or a GS all that
it encloses. One of an end of a group or interchange concerns nobody: the ends are written anew. What stands in an interchange,
but in no transaction, goes to the faulty file as it is.

The file is read twice more. Kept meanwhile are the places of the problems, on disk, and some bytes for each level and claim.
"""

from __future__ import annotations

import heapq
import struct
import tempfile
from array import array
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple
from zlib import crc32

from edi.errors import Problem
from edi.guides.parting import RANKS, Kind, Output, Part, parts
from edi.text.segments import Segment, Source

__all__ = ["Faults", "split"]

GOOD: Final = 1
BAD: Final = 2
BOTH: Final = 3
_ANEW: Final = 4
"""Of a part: its transaction goes into both files."""
_MENDED: Final = frozenset(
    "text-outside segment-outside se-missing ge-missing ge-count ge-control iea-missing iea-count iea-control".split()
)
"""Problems of what the files get anew, or do not get at all. What has no SE is faulty without one."""
_RECORD: Final = struct.Struct("<QI3s??")
_CLAIM_LOOP: Final = "2300"


class _Fault(NamedTuple):
    offset: int
    claim: int
    """A checksum of the claim's number, 0 where none is named."""
    segment: bytes
    whole: bool
    """Whether no element is named: the segment itself is at fault, or is missing."""
    outside: bool
    """Whether it is of a loop around the claim: a segment of a level stands in the claim, say."""


class Faults:
    """Where the problems of a file are. They come nearly in the order of the file; those that do not are kept in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open until `close`
        self._last = 0
        self._late: list[_Fault] = []

    def close(self) -> None:
        """They are needed no more."""
        self._file.close()

    def add(self, problem: Problem) -> None:
        """One more problem that makes what it concerns faulty."""
        if problem.offset is None or problem.code in _MENDED:
            return
        claim = crc32(problem.claim.encode("latin-1", "replace")) if problem.claim else 0
        segment = (problem.segment or "")[:3].encode("latin-1", "replace")
        outside = problem.loop is not None and _CLAIM_LOOP not in problem.loop.split("/")
        fault = _Fault(problem.offset, claim, segment, problem.element is None, outside)
        if fault.offset < self._last:
            self._late.append(fault)
        else:
            self._last = fault.offset
            self._file.write(_RECORD.pack(*fault))

    def __iter__(self) -> Iterator[_Fault]:
        """The problems in the order of the file."""
        return heapq.merge(self._written(), sorted(self._late))

    def _written(self) -> Iterator[_Fault]:
        self._file.seek(0)
        while piece := self._file.read(_RECORD.size * 10_000):
            for offset, claim, segment, whole, outside in _RECORD.iter_unpack(piece):
                yield _Fault(offset, claim, segment.rstrip(b"\0"), whole, outside)


def split(source: Source, faults: Faults, good: BinaryIO, bad: BinaryIO, *, by_claim: bool = False) -> tuple[int, int]:
    """Write the valid and the faulty part of a source that can be read again; how many transactions each has."""
    of, below = _shares(source, faults, by_claim)
    outputs = ((GOOD, Output(good)), (BAD, Output(bad)))
    for number, part in enumerate(parts(source)):
        empty = not any(output.opened for _, output in outputs)
        for file, output in outputs:
            if part.kind is Kind.ENVELOPE:
                output.envelope(part.first, keep=empty and of[number] == file)
            elif part.kind is Kind.STRAY:
                if file == BAD:
                    output.stray(part)
            elif of[number] & file:
                output.part(part, anew=bool(of[number] & _ANEW), child=bool(below[number] & file))
    for _, output in outputs:
        output.finish()
    return outputs[0][1].transactions, outputs[1][1].transactions


def _shares(source: Source, faults: Faults, by_claim: bool) -> tuple[bytearray, bytearray]:
    """For each part of a file the files that get it, and those that get a level below it."""
    of, below = bytearray(), bytearray()
    waiting = iter(faults)
    fault = next(waiting, None)
    faulty = {b"ISA": False, b"GS": False}
    tree: _Tree | None = None

    def close() -> None:
        if tree is not None:
            for shares, more in zip((of, below), tree.shares(), strict=True):
                shares += more

    for part in parts(source):
        name = part.first.elements[0]
        if part.kind in (Kind.ENVELOPE, Kind.STRAY, Kind.HEAD):
            close()
            tree = None
        if part.kind is Kind.HEAD:
            tree = _Tree(by_claim, faulty[b"ISA"] or faulty[b"GS"])
        if tree is not None:
            tree.add(part)
        else:
            if name == b"ISA":
                faulty = {b"ISA": False, b"GS": False}
            elif name == b"GS":
                faulty[b"GS"] = False
            of.append(0)
            below.append(0)
        for segment in part.segments:
            while fault is not None and fault.offset < segment.offset + len(segment.raw) + len(segment.end):
                if tree is not None:
                    tree.fault(fault, segment, first=segment is part.first)
                elif part.kind is Kind.ENVELOPE and name in (b"ISA", b"GS", b"TA1"):
                    faulty[b"GS" if name == b"GS" else b"ISA"] = True
                fault = next(waiting, None)
        if tree is None:
            of[-1] = BAD if faulty[b"ISA"] else GOOD
    close()
    return of, below


class _Tree:
    """The parts of one transaction, each below another: a claim and a level below a level, the others below the header."""

    def __init__(self, by_claim: bool, faulty: bool) -> None:
        self._whole = not by_claim
        """Whether it cannot be split."""
        self._all = faulty
        """Whether all of it is faulty."""
        self._kinds: list[Kind] = []
        self._above = array("q")
        self._faulty = bytearray()
        self._last = [0, 0, 0, 0]
        """The header, and the last level of each rank."""
        self._claims = (0, 0)
        """Checksums of the numbers of the last claims; 0 where the part before, and the last part, is none."""

    def add(self, part: Part) -> None:
        """The next part."""
        number, above = len(self._kinds), self._last[-1]
        if part.kind is Kind.MORE:
            above = number - 1 if self._kinds[-1] is not Kind.MORE else self._above[-1]
        else:
            self._claims = (self._claims[1], crc32(part.first.raw_element(1)) if part.kind is Kind.CLAIM else 0)
        if part.kind is Kind.LEVEL:
            rank = RANKS.get(part.first.raw_element(3).strip(), 0)
            self._whole |= not rank
            above = self._last[max(rank - 1, 0)]
            self._last[rank:] = [number] * (len(self._last) - rank)
        self._kinds.append(part.kind)
        self._above.append(above)
        self._faulty.append(0)

    def fault(self, fault: _Fault, segment: Segment, *, first: bool) -> None:
        """A problem at a segment of the last part; `first`: at its first. What is missing is told at what stands in its place."""
        here = len(self._kinds) - 1
        if self._kinds[here] is Kind.MORE:
            here, first = self._above[here], False
        kind = self._kinds[here]
        absent = first and fault.whole and fault.segment != segment.elements[0]
        before = self._before(here)
        if fault.claim and fault.claim == self._claims[0] and (absent or fault.claim != self._claims[1]):
            blamed = [before]
        elif fault.claim:
            blamed = [here if fault.claim == self._claims[1] else 0]
        elif absent:
            level = self._above[before] if self._kinds[before] is Kind.CLAIM else before
            blamed = [level, here] if kind is Kind.LEVEL else [level] if kind is Kind.END else [level, self._above[here]]
        else:
            blamed = [here]
        for number in blamed:
            self._blame(self._above[number] if fault.outside and self._kinds[number] is Kind.CLAIM else number)

    def shares(self) -> tuple[bytearray, bytearray]:
        """For each part the files that get it, and those that get a level below it."""
        kinds, above, faulty = self._kinds, self._above, self._faulty
        count = len(kinds)
        everything = self._all or kinds[-1] is not Kind.END or (self._whole and any(faulty))
        of, below = bytearray(count), bytearray(count)
        if everything or self._whole or not any(faulty):
            share = BAD if everything or any(faulty) else GOOD
            return bytearray([share]) * count, below
        for number in range(1, count):
            faulty[number] |= faulty[above[number]]
        for number in range(count - 1, 0, -1):
            if kinds[number] in (Kind.CLAIM, Kind.LEVEL):
                of[number] = of[number] or (BAD if faulty[number] else GOOD)
                of[above[number]] |= of[number]
                below[above[number]] |= of[number] if kinds[number] is Kind.LEVEL else 0
        anew = _ANEW if of[0] == BOTH else 0
        for number in range(count):
            kind = kinds[number]
            of[number] = (of[0] if kind is Kind.END else of[above[number]] if kind is Kind.MORE else of[number]) | anew
        return of, below

    def _before(self, number: int) -> int:
        before = max(number - 1, 0)
        return self._above[before] if self._kinds[before] is Kind.MORE else before

    def _blame(self, number: int) -> None:
        """A part is faulty; the header's and the end's faults are those of all."""
        self._faulty[number] = 1
        if self._kinds[number] in (Kind.HEAD, Kind.END):
            self._all = True
