"""278: the levels (HL) and the header that requests and responses have alike, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from edi.records.forms import Form, text
from edi.records.review import in_order
from edi.records.values import read_moment, write_date, write_time
from edi.text.segments import Delimiters, Segment, compose

if TYPE_CHECKING:
    from edi.guides.document import Loop

VERSION: Final = "005010X217"
_BHT: Final = Form("BHT", {1: "0007"}, purpose=text(2), reference=text(3), transaction_type=text(6))


@dataclass(frozen=True, slots=True)
class Level:
    """The levels above one patient's events, as far as there are any."""

    manager: Loop
    requester: Loop | None = None
    subscriber: Loop | None = None
    dependent: Loop | None = None
    events: tuple[Loop, ...] = ()


def levels(root: Loop) -> Iterator[Level]:
    """Each patient of a 278 with the events below; a branch that ends early is one as well."""
    for manager in root.loops("2000A"):
        requesters = manager.loops("2000B")
        if not requesters:
            yield Level(manager)
        for requester in requesters:
            subscribers = requester.loops("2000C")
            if not subscribers:
                yield Level(manager, requester)
            for subscriber in subscribers:
                events, dependents = tuple(subscriber.loops("2000E")), subscriber.loops("2000D")
                if events or not dependents:
                    yield Level(manager, requester, subscriber, None, events)
                for dependent in dependents:
                    yield Level(manager, requester, subscriber, dependent, tuple(dependent.loops("2000E")))


class LevelWriter:
    """The segments of a 278 as they are written, with their HL numbers."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.segments: list[Segment] = []
        self.paths: list[str] = []
        """Of each segment, which part of the record it says; "" where none is told."""
        self._numbers: dict[str, str] = {}
        self._count = 0

    def add(self, segments: Sequence[Segment], path: str = "") -> None:
        self.segments += segments
        self.paths += [path] * len(segments)

    def level(self, code: str, parent: str, children: str, segments: Sequence[Segment] = (), path: str = "") -> None:
        """An HL below the latest one with the code `parent`, and the segments of its level, which are put in order."""
        self._count += 1
        self._numbers[code] = str(self._count)
        self.add([compose(self.delimiters, "HL", str(self._count), self._numbers.get(parent, ""), code, children)], path)
        self.add(in_order(segments), path)


def read_header(root: Loop) -> dict[str, Any]:
    """What BHT says."""
    bht = root.first("BHT")
    if bht is None:
        return {"reference": "", "created": None}
    return _BHT.read(bht) | {"created": read_moment(bht.get(4), bht.get(5))}


def write_header(record: object, created: datetime, d: Delimiters) -> list[Segment]:
    """BHT."""
    (bht,) = _BHT.write(record, d, "request")
    return [bht.replaced(4, write_date(created.date())).replaced(5, write_time(created))]
