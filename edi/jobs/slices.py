"""A file cut into slices that can be judged apart from each other: its transactions, each with its delimiters and envelope.

Finding them costs a search for a few bytes, and nothing is judged here. A slice is a guess that a transaction begins there (in
binary data, BIN, it only looks so); who uses what was made of it compares the guess with what a reader finds that comes to that
place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import merge
from pathlib import Path
from typing import BinaryIO, Final

from edi.errors import SourceError
from edi.guides.apart import where_to_part
from edi.text.segments import Delimiters, Segment
from edi.text.window import Window

_HEAD: Final = 1000
"""Bytes in which an ISA, a GS, an ST stand whole, in a file that is worth cutting."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A transaction, or a part of one: its bytes from `start` to `stop`, delimiters and envelope.

    A transaction goes from its ST to the next one, or to the end of the file; a part from one unit to another.
    """

    path: str
    start: int
    stop: int
    begin: int
    """Where its transaction's ST begins."""
    last: bool
    """Whether its transaction ends with it."""
    delimiters: Delimiters
    interchange: str | None
    group: str | None
    version: str
    """GS08."""

    @property
    def numbers(self) -> dict[str, str | None]:
        """The control numbers around it."""
        return {"interchange": self.interchange, "group": self.group}


def plan(path: str | Path) -> Iterator[Slice]:
    """The transactions of a file in their order. SourceError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            last: Slice | None = None
            for found in _transactions(str(path), file):
                if last is not None:
                    yield replace(last, stop=found.start)
                last = found
            if last is not None:
                yield replace(last, stop=file.seek(0, 2))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error


def parts(one: Slice, size: int) -> list[Slice]:
    """A transaction in parts of about `size` bytes; one part where it cannot be parted."""
    with Path(one.path).open("rb") as file:
        cuts = where_to_part(file, one.begin, one.stop, one.delimiters, one.version, size)
    ends = [*cuts, one.stop]
    return [
        replace(one, start=start, stop=stop, last=stop is ends[-1]) for start, stop in zip([one.start, *cuts], ends, strict=True)
    ]


def _transactions(path: str, file: BinaryIO) -> Iterator[Slice]:
    window, delimiters, isa, gs, at = Window(file), Delimiters(), None, None, 0
    while True:
        stop = len(window.data) if window.ended else len(window.data) - _HEAD
        while at < stop:
            for begun in _starts(window.data, at, stop, delimiters):
                at = begun + len(b"ST*")
                if window.data.startswith(b"ISA", begun):
                    known = delimiters
                    delimiters = Delimiters.of_isa(window.data[begun : begun + _HEAD]) or delimiters
                    isa, gs = _segment(window, begun, delimiters), None
                    if delimiters != known:  # from here on other bytes are looked for
                        break
                else:
                    gs = _group(window, begun, delimiters) or gs
                    numbers = (isa.get(13).strip() if isa else None, gs.get(6) if gs else None)
                    version = gs.get(8).strip() if gs else ""
                    offset = window.base + begun
                    yield Slice(path, offset, 0, offset, True, delimiters, *numbers, version)
            else:
                at = stop
        if window.ended:
            return
        searched = window.base + max(at, stop)
        window.at = max(searched - window.base - _HEAD, 0)  # a GS may stand there
        window.fill()
        at = searched - window.base


def _starts(data: bytes, at: int, stop: int, delimiters: Delimiters) -> Iterator[int]:
    """Where an ISA or an ST begins, in their order."""
    names = (b"ISA", b"ST" + delimiters.element)
    return merge(*(_found(data, name, at, stop, (*delimiters.segment, *b"\r\n")) for name in names))


def _found(data: bytes, name: bytes, at: int, stop: int, before: tuple[int, ...]) -> Iterator[int]:
    """Where segments that begin so are: at the start, or behind one of these bytes."""
    while (at := data.find(name, at, stop)) >= 0:
        if at == 0 or data[at - 1] in before:
            yield at
        at += len(name)


def _group(window: Window, before: int, delimiters: Delimiters) -> Segment | None:
    """The GS that stands not far before an ST; None where the ST is of the group that is known."""
    at = window.data.rfind(b"GS" + delimiters.element, max(before - _HEAD, 0), before)
    if at < 0 or (at and window.data[at - 1] not in (*delimiters.segment, *b"\r\n")):
        return None
    return _segment(window, at, delimiters)


def _segment(window: Window, at: int, delimiters: Delimiters) -> Segment:
    raw = window.data[at : at + _HEAD].partition(delimiters.segment)[0]
    return Segment(raw, delimiters.segment, window.base + at, delimiters)
