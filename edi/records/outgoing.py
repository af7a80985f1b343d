"""An interchange that answers one that was received, written as it grows: sender and receiver change places.

The clock and the control numbers are arguments. What is copied from the received envelope is made to fit where it does not:
a number without digits is 0, a party's id that is too short or long is padded or cut, an unknown qualifier is ZZ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Final

from edi.guides.elements import BASIC_AND_EXTENDED
from edi.records.envelope import USUAL
from edi.records.values import write_date
from edi.text.segments import Delimiters, Segment, compose, decode, encode

HIGHEST: Final = 999_999_999
_QUALIFIERS: Final = frozenset("01 14 20 27 28 29 30 33 ZZ".split())
_ID_LENGTH: Final = 15
_SHORTEST_GROUP_ID: Final = 2
_REPETITIONS: Final = (b"^", b"!", b"|", b">", b"}")


def numbers(first: int) -> Iterator[int]:
    """Control numbers from `first` on; behind the highest comes 1."""
    at = first
    while True:
        yield (at - 1) % HIGHEST + 1
        at += 1


def clean(text: str, d: Delimiters, most: int) -> str:
    """What may stand in an element of ours: blanks for delimiters and control characters, none around it, at most so long."""
    taken = {d.element, d.component, d.segment, d.repetition}
    allowed = (c if c.isascii() and ord(c) in BASIC_AND_EXTENDED and encode(c) not in taken else " " for c in text)
    return "".join(allowed).strip()[:most].rstrip()


def digits(text: str, most: int = 9) -> str:
    """A number as it stands; "0" for what is none."""
    text = text.strip()
    return text if text.isascii() and text.isdigit() and len(text) <= most else "0"


def reply_delimiters(received: Delimiters) -> Delimiters:
    """The delimiters of the received interchange, so that what is copied needs no change; the usual ones where they are odd."""
    three = (received.element, received.component, received.segment)
    if not all(map(_may_divide, three)):
        return USUAL
    if received.repetition and _may_divide(received.repetition):
        return received
    free = next(mark for mark in _REPETITIONS if mark not in three)
    return Delimiters(*three, free)


def _may_divide(delimiter: bytes) -> bool:
    """Whether a byte divides without a doubt: it is no part of a number, a date or a name, and nothing that cannot be seen."""
    return delimiter in b"^\r\n" or (delimiter[0] in BASIC_AND_EXTENDED and not delimiter.isalnum() and delimiter not in b" .-+,")


class Outgoing:
    """Answering interchanges in one file: one for each received interchange about which there is something to say."""

    def __init__(self, file: BinaryIO, controls: Iterator[int], created: datetime) -> None:
        self._file, self._controls, self.created = file, controls, created
        self.delimiters = USUAL
        self._break = b""
        self._isa: Segment | None = None
        self._control = ""
        """ISA13 once the ISA is written."""
        self._start = self._group_start = 0
        self._holds_ta1 = False
        self._groups = self._sets = self._segments = 0
        self._group = self._set = ""

    def begin(self, isa: Segment) -> None:
        """An interchange was received. Nothing is written until there is something to say about it."""
        self._isa, self._control, self._groups, self._holds_ta1 = isa, "", 0, False
        self.delimiters = reply_delimiters(isa.delimiters)
        self._break = b"\n" if b"\n" in isa.end and self.delimiters.segment not in (b"\n", b"\r") else b""
        self._start = self._file.tell()

    def answer(self, segment: Segment) -> None:
        """A TA1: it stands in no group."""
        self._open()
        self._put(segment)
        self._holds_ta1 = True

    def open_group(self, code: str, version: str, received: Segment) -> None:
        """A group that answers a received one (its GS)."""
        self._open()
        self._group_start = self._file.tell()
        self._group, self._sets = str(next(self._controls)), 0
        self._groups += 1
        d, day = self.delimiters, self.created
        parties = self._group_party(received, 3, 8), self._group_party(received, 2, 6)
        self._put(compose(d, "GS", code, *parties, write_date(day), f"{day:%H%M}", self._group, "X", version))

    def open_set(self, set: str, version: str) -> str:
        """A transaction set; its control number."""
        self._sets += 1
        self._set, self._segments = f"{self._sets:04d}", 0
        self.add([compose(self.delimiters, "ST", set, self._set, version)])
        return self._set

    @property
    def reference(self) -> str:
        """Our own number for the next set: that of its group and its own."""
        return f"{self._group}-{self._sets + 1:04d}"

    def add(self, segments: Iterable[Segment]) -> None:
        """Segments of the set that is open."""
        for segment in segments:
            self._put(segment)
            self._segments += 1

    def add_written(self, pieces: Iterable[bytes], segments: int) -> None:
        """So many segments that `as_written` made bytes of before."""
        for piece in pieces:
            self._file.write(piece)
        self._segments += segments

    def as_written(self, segment: Segment) -> bytes:
        """A segment's bytes as they stand in the file."""
        return segment.raw + self.delimiters.segment + self._break

    def close_set(self) -> None:
        self._put(compose(self.delimiters, "SE", str(self._segments + 1), self._set))

    def close_group(self) -> None:
        self._put(compose(self.delimiters, "GE", str(self._sets), self._group))

    def drop_group(self) -> None:
        """Take back the group that is open."""
        self._cut(self._group_start)
        self._groups -= 1

    def drop(self) -> None:
        """Take back all that was said about this interchange."""
        self._cut(self._start)
        self._control, self._groups = "", 0

    def end(self) -> None:
        """The received interchange has ended."""
        if self._control and not (self._groups or self._holds_ta1):
            self.drop()
        elif self._control:
            self._put(compose(self.delimiters, "IEA", str(self._groups), self._control))
        self._control = ""

    def _open(self) -> None:
        """The ISA, where it is not there yet."""
        if self._control or self._isa is None:
            return
        isa, d, day = self._isa, self.delimiters, self.created
        self._control = f"{next(self._controls):09d}"
        usage = "T" if isa.get(15) == "T" else "P"
        self._put(
            compose(
                d, "ISA", "00", " " * 10, "00", " " * 10, *self._party(7), *self._party(5), write_date(day)[2:], f"{day:%H%M}",
                decode(d.repetition or b""), "00501", self._control, "0", usage, decode(d.component),
            )
        )  # fmt: skip

    def _party(self, element: int) -> tuple[str, str]:
        """A qualifier of the received ISA, and the id behind it."""
        assert self._isa is not None
        qualifier, id = self._isa.get(element), clean(self._isa.get(element + 1), self.delimiters, _ID_LENGTH)
        return qualifier if qualifier in _QUALIFIERS else "ZZ", id.ljust(_ID_LENGTH)

    def _group_party(self, received: Segment, element: int, of_isa: int) -> str:
        """GS02 or GS03 of the received group; that of its ISA where there is none."""
        isa = self._isa.get(of_isa) if self._isa else ""
        found = clean(received.get(element), self.delimiters, _ID_LENGTH) or clean(isa, self.delimiters, _ID_LENGTH)
        return found.rjust(_SHORTEST_GROUP_ID, "0")

    def _put(self, segment: Segment) -> None:
        self._file.write(self.as_written(segment))

    def _cut(self, start: int) -> None:
        self._file.seek(start)
        self._file.truncate()
