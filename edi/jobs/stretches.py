"""A file cut into stretches that can be judged apart from each other: its transactions, and parts of large ones.

A part may begin at any unit, as judging knows how it took what stands before it: see `edi.guides.apart`. Reading does
not, and cuts at fewer places: see `edi.jobs.slices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edi.errors import SourceError
from edi.guides.apart import where_to_part
from edi.jobs.scanning import Scan
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


def transactions(path: str | Path) -> Iterator[Stretch]:
    """The transactions of a file in their order. SourceError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            last: Stretch | None = None
            scan = Scan(file, (b"ST",))
            for mark in scan.marks():
                if mark.name != b"ST":
                    continue
                scan.look_back(mark.at)
                begin = scan.window.base + mark.at
                if last is not None:
                    yield replace(last, stop=begin)
                numbers = (scan.isa.get(13).strip() if scan.isa else None, scan.gs.get(6) if scan.gs else None)
                last = Stretch(str(path), begin, 0, begin, True, scan.delimiters, *numbers, scan.version)
            if last is not None:
                yield replace(last, stop=file.seek(0, 2))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error


def parts(one: Stretch, size: int) -> list[Stretch]:
    """A transaction in parts of about `size` bytes; one part where it cannot be parted."""
    with Path(one.path).open("rb") as file:
        cuts = where_to_part(file, one.begin, one.stop, one.delimiters, one.version, size)
    ends = [*cuts, one.stop]
    return [
        replace(one, start=start, stop=stop, last=stop is ends[-1]) for start, stop in zip([one.start, *cuts], ends, strict=True)
    ]
