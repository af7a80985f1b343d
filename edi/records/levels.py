"""278: the levels (HL) and the header that all of its messages have alike, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from edi.errors import RecordError
from edi.frozen import quick
from edi.records.forms import Form, text
from edi.records.parties import Party, Person, read_person, write_party, write_person
from edi.records.rejection import Rejection, check_places, read_rejections, write_rejections
from edi.records.review import Trace, in_order, read_traces, write_traces
from edi.records.values import read_moment, write_date, write_time
from edi.text.segments import Delimiters, Segment, compose

if TYPE_CHECKING:
    from edi.guides.document import Loop

VERSION: Final = "005010X217"


class Shape(NamedTuple):
    """In what the answers and notices of a guide differ from those of its siblings."""

    version: str
    event_parties: tuple[str, str, str] = ("2010EA", "2010EB", "2010EC")
    """The loops of providers, of where to send more, of transport; one for all three where NM101 tells them apart."""
    service_parties: tuple[str, str] = ("2010FA", "2010FB")
    traced: bool = False
    """Whether TRN and AAA may stand at 2000C and 2000D."""
    sources: bool = False
    """Whether 2010A may repeat."""

    @property
    def together(self) -> bool:
        """Whether NM1 loops of all roles are one loop."""
        return self.event_parties[0] == self.event_parties[1]


REVIEW: Final = Shape(VERSION)
_BHT: Final = Form("BHT", {1: "0007"}, purpose=text(2), reference=text(3), transaction_type=text(6))


@quick
@dataclass(frozen=True, slots=True)
class Level:
    """The levels above one patient's events, as far as there are any."""

    manager: Loop
    requester: Loop | None = None
    subscriber: Loop | None = None
    dependent: Loop | None = None
    events: tuple[Loop, ...] = ()

    @property
    def receivers(self) -> list[Loop]:
        """Each 2010B."""
        return self.requester.loops("2010B") if self.requester else []


class Answering(Protocol):
    """What answers and notices have alike besides who says it to whom."""

    @property
    def created(self) -> datetime | None: ...
    @property
    def subscriber(self) -> Person | None: ...
    @property
    def dependent(self) -> Person | None: ...
    @property
    def rejections(self) -> tuple[Rejection, ...]: ...
    @property
    def traces(self) -> tuple[Trace, ...]: ...
    @property
    def events(self) -> tuple[Any, ...]: ...


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

    def patient(
        self,
        told: Answering,
        sources: Mapping[str, Party],
        receivers: Mapping[str, Party],
        shape: Shape,
        more: Sequence[Segment] = (),
    ) -> None:
        """The levels above the events, as far down as they go; `sources` and `receivers` by what errors call them.

        `more` are segments of the patient's own level, besides its traces.
        """
        d = self.delimiters
        above = [f"2010A[{n}]" for n in range(1, len(sources) + 1)] if shape.sources else ["2010A"]
        beside = [f"2010B[{n}]" for n in range(1, len(receivers) + 1)]
        below = (bool(receivers), told.subscriber is not None, bool(told.dependent or told.events))
        own = [*write_traces(told.traces, d, "traces"), *more]
        if own and not (shape.traced and any(below[1:])):
            raise RecordError("traces: there is no level of the patient that may have them.")
        people = [("C", any(below[1:]), told.subscriber), ("D", told.dependent is not None, told.dependent)]
        places = [f"2000{letter}" for letter, is_there, _ in people if is_there and shape.traced]
        places += [f"2010{letter}" for letter, _, person in people if person is not None]
        check_places(told.rejections, ["2000A", *above, *beside, *places], "rejections")

        def rejected(place: str) -> list[Segment]:
            return write_rejections(told.rejections, place, d)

        self.level("20", "", "1" if any(below) else "0", rejected("2000A"))
        for (path, party), place in zip(sources.items(), above, strict=True):
            self.add(write_party(party, d, path, rejections=rejected(place)))
        if any(below):
            self.level("21", "20", "1" if any(below[1:]) else "0")
            for (path, party), place in zip(receivers.items(), beside, strict=True):
                self.add(write_party(party, d, path, rejections=rejected(place)))
        if any(below[1:]):
            mine = own if told.dependent is None else []
            self.level("22", "21", "1" if below[2] else "0", [*mine, *rejected("2000C")])
        if told.subscriber is not None:
            self.add(write_person(told.subscriber, "IL", d, "subscriber", rejections=rejected("2010C")))
        if told.dependent is not None:
            self.level("23", "22", "1" if told.events else "0", [*own, *rejected("2000D")])
            self.add(write_person(told.dependent, "QC", d, "dependent", rejections=rejected("2010D")))


def read_patient(level: Level, shape: Shape) -> dict[str, Any]:
    """Who the patient is, what is rejected (AAA) above the events and the traces there, as fields."""
    found = [*read_rejections(level.manager, "2000A")]
    for n, loop in enumerate(level.manager.loops("2010A"), 1):
        found += read_rejections(loop, f"2010A[{n}]" if shape.sources else "2010A")
    for n, loop in enumerate(level.receivers, 1):
        found += read_rejections(loop, f"2010B[{n}]")
    traces: list[Trace] = []
    for patient, id, name in ((level.subscriber, "2000C", "2010C"), (level.dependent, "2000D", "2010D")):
        if patient is not None:
            if shape.traced:
                found += read_rejections(patient, id)
                traces += read_traces(patient)
            found += read_rejections(patient.loop(name), name)
    return {
        "subscriber": read_person(level.subscriber.loop("2010C")) if level.subscriber else None,
        "dependent": read_person(level.dependent.loop("2010D")) if level.dependent else None,
        "rejections": tuple(found),
        "traces": tuple(traces),
    }


def read_header(root: Loop) -> dict[str, Any]:
    """What BHT says."""
    bht = root.first("BHT")
    if bht is None:
        return {"reference": "", "created": None}
    return _BHT.read(bht) | {"created": read_moment(bht.get(4), bht.get(5))}


def write_header(record: object, created: datetime, d: Delimiters) -> list[Segment]:
    """BHT."""
    (bht,) = _BHT.write(record, d, "request", always=True)
    return [bht.replaced(4, write_date(created.date())).replaced(5, write_time(created))]
