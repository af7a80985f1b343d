"""A file cut into stretches that can be judged apart from each other: its transactions, and parts of large ones.

A part may begin at any unit, as judging knows how it took what stands before it: see `edi.guides.apart`. Reading does
not, and cuts at fewer places: see `edi.jobs.slices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from edi.errors import SourceError
from edi.guides.apart import FAR, Parting
from edi.jobs.scanning import PASSED, Scan
from edi.text.segments import Delimiters


@dataclass(frozen=True, slots=True)
class Stretch:
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


def stretches(path: str | Path, large: int, size: int) -> Iterator[Stretch]:
    """The transactions of a file in their order, one of more than `large` bytes in parts of about `size`.

    Parts are given while what is behind them is not read yet. SourceError where the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file, Path(path).open("rb") as parted:
            open_one: _Open | None = None
            scan = Scan(file, (b"ST",))
            for mark in scan.marks():
                at = scan.window.base + mark.at
                if mark.name == b"ST":
                    scan.look_back(mark.at)
                    if open_one is not None:
                        yield from open_one.parts(at)
                        yield open_one.rest(at)
                    numbers = (scan.isa.get(13).strip() if scan.isa else None, scan.gs.get(6) if scan.gs else None)
                    begun = Stretch(str(path), at, 0, at, True, scan.delimiters, *numbers, scan.version)
                    open_one = _Open(begun, parted, large, size)
                elif mark.name == PASSED and open_one is not None:
                    yield from open_one.parts(at, FAR)
            if open_one is not None:
                end = file.seek(0, 2)
                yield from open_one.parts(end)
                yield open_one.rest(end)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error


class _Open:
    """A transaction whose end is not seen yet: what is left of it behind the parts that were given."""

    def __init__(self, left: Stretch, file: BinaryIO, large: int, size: int) -> None:
        self._left, self._file, self._large, self._size = left, file, large, size
        self._at = left.begin + size
        """From where on the next part may begin."""
        self._parting: Parting | None = None

    def parts(self, seen: int, far: int = 0) -> Iterator[Stretch]:
        """Those that end `far` before a byte up to which it goes at least; none is cut off that would leave a small one."""
        left = self._left
        while seen - left.begin > self._large and self._at < seen - max(self._size // 2, far):
            if self._parting is None:
                self._parting = Parting(self._file, left.begin, left.delimiters, left.version)
            place = self._parting.near(self._at, seen)
            if place is not None:
                yield replace(self._left, stop=place, last=False)
                self._left = replace(self._left, start=place)
            self._at = (self._at if place is None else place) + self._size

    def rest(self, end: int) -> Stretch:
        """What is left, when it ends here."""
        return replace(self._left, stop=end)
