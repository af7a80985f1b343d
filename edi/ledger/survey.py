"""What a file holds before anything of it is kept: its interchanges, their control numbers, sets and content.

An interchange is what is taken once: its bytes are hashed, and it is read by itself through a window on the file.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from sys import intern
from typing import Any, BinaryIO, Final, cast

from edi.text.marks import read_marked
from edi.text.segments import CHUNK, Segment, Source, close_source, decode, open_source

_MARKS: Final = (b"ISA", b"TA1", b"GS", b"ST", b"BHT", b"SE", b"GE", b"IEA")
_CLOSING: Final = (b"SE", b"GS", b"GE", b"IEA")
"""What stands behind a transaction set that was not cut off, though its SE may be missing."""


@dataclass(frozen=True, slots=True)
class SetFound:
    """A transaction set by its control segments: ST01, ST03 (else GS08), ST02, GS06; its own number (BHT03), where it has one."""

    set: str
    version: str
    control: str
    group_control: str
    start: int = 0
    """Where ST begins, from the start of the interchange."""
    reference: str = ""
    cut_off: bool = False
    """Whether the interchange ends in the midst of it: its last segment may be half of what was sent."""


@dataclass(frozen=True, slots=True)
class InterchangeFound:
    """An interchange: where it stands, what it is called by, the hash of its bytes, and the sets inside."""

    start: int
    stop: int
    digest: str
    control: str
    sender: str
    receiver: str
    usage: str
    sent: datetime | None
    sets: tuple[SetFound, ...]
    acknowledges: bool = False
    """Whether there is a TA1."""
    qualifiers: tuple[str, str] = ("", "")
    """Of the sender's and the receiver's id (ISA05, ISA07)."""

    @property
    def cut_off(self) -> SetFound | None:
        """The set in the midst of which it ends."""
        return self.sets[-1] if self.sets and self.sets[-1].cut_off else None

    @property
    def sending(self) -> tuple[str, str]:
        """The sender's qualifier and id."""
        return self.qualifiers[0], self.sender

    @property
    def receiving(self) -> tuple[str, str]:
        """The receiver's qualifier and id."""
        return self.qualifiers[1], self.receiver


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The source as a file that can be read twice. What cannot be (standard input, a pipe) is kept in memory for that."""
    file = open_source(source)
    try:
        yield file if file.seekable() else io.BytesIO(file.read())
    finally:
        close_source(file, source)


def name_of(source: Source) -> str:
    """The file's name without its folders; "" for what has none. Bytes of it that are no text are written as escapes."""
    if isinstance(source, str | Path):
        return "" if str(source) == "-" else Path(source).name.encode(errors="backslashreplace").decode()
    return ""


def interchanges(file: BinaryIO) -> list[InterchangeFound]:
    """The interchanges of a file, in order. What stands outside of one is none of ours."""
    file.seek(0)
    found: list[_Open] = []
    open_one: _Open | None = None
    segment: Segment | None = None
    for segment in read_marked(file, lambda: _MARKS):
        mark = segment.raw[:3].rstrip(segment.delimiters.element)
        if mark == b"ISA":
            if open_one:
                open_one.end(segment.offset)
            open_one = _Open(segment)
            found.append(open_one)
        if open_one is None:
            continue
        if mark in _MARKS:
            open_one.note(mark, segment)
        if mark == b"IEA":
            # Line breaks behind it are the transport's: with or without them it is the same interchange.
            open_one.stop = segment.offset + len(segment.raw) + len(segment.end[:1])
            open_one = None
    if open_one and segment:
        open_one.end(segment.offset + len(segment.raw) + len(segment.end))
    return [one.closed(_digest(file, one.isa.offset, one.stop)) for one in found]


def _digest(file: BinaryIO, start: int, stop: int) -> str:
    """The hash of a part of a file, which is read in pieces."""
    found = hashlib.sha256()
    for piece in iter(partial(Window(file, start, stop).read, CHUNK), b""):
        found.update(piece)
    return found.hexdigest()


@dataclass(slots=True)
class _Open:
    isa: Segment
    stop: int = 0
    sets: list[SetFound] = field(default_factory=list)
    group: str = ""
    version: str = ""
    acknowledges: bool = False
    in_set: bool = False

    def end(self, stop: int) -> None:
        """It ends there without an IEA."""
        self.stop = stop
        if self.in_set:
            self.sets[-1] = replace(self.sets[-1], cut_off=True)

    def note(self, mark: bytes, segment: Segment) -> None:
        self.in_set = mark == b"ST" or (self.in_set and mark not in _CLOSING)
        if mark == b"GS":
            self.group, self.version = segment.get(6), segment.get(8)
        elif mark == b"ST":
            set, version = intern(segment.get(1)), intern(segment.get(3) or self.version)  # a file may have a million of one kind
            self.sets.append(SetFound(set, version, segment.get(2), self.group, segment.offset - self.isa.offset))
        elif mark == b"BHT" and self.sets:
            self.sets[-1] = replace(self.sets[-1], reference=segment.get(3))
        elif mark == b"TA1":
            self.acknowledges = True

    def closed(self, digest: str) -> InterchangeFound:
        isa = self.isa
        return InterchangeFound(
            start=isa.offset,
            stop=self.stop,
            digest=digest,
            control=isa.get(13).strip(),
            sender=isa.get(6).strip(),
            receiver=isa.get(8).strip(),
            usage=isa.get(15).strip(),
            sent=_moment(decode(isa.raw_element(9)), decode(isa.raw_element(10))),
            sets=tuple(self.sets),
            acknowledges=self.acknowledges,
            qualifiers=(isa.get(5).strip(), isa.get(7).strip()),
        )


def _moment(day: str, time: str) -> datetime | None:
    """ISA09 and ISA10. They name no zone; UTC stands for "as written"."""
    try:
        return datetime.strptime(f"{day} {time}", "%y%m%d %H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


class Window(io.RawIOBase):
    """The part of a file from `start` to `stop`, as a file that is read from its beginning to its end."""

    def __init__(self, file: BinaryIO, start: int, stop: int) -> None:
        self._file, self._at, self._stop = file, start, stop

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._at)
        data = self._file.read(min(len(buffer), self._stop - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def window(file: BinaryIO, found: InterchangeFound) -> BinaryIO:
    """One interchange of a file as a source of its own."""
    return cast(BinaryIO, Window(file, found.start, found.stop))


def readable(file: BinaryIO, found: InterchangeFound) -> BinaryIO:
    """The same without the set in the midst of which it ends."""
    cut = found.cut_off
    return cast(BinaryIO, Window(file, found.start, found.stop if cut is None else found.start + cut.start))
