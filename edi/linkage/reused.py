"""A trace number that was used for several authorizations: which message belongs to which, whatever came first.

A trace is the sender's, and senders use one again. Where the payer certified under several numbers what it gives one trace back
for, each number is an authorization. A message that names a number is of that one. One that names none, or one of its own, goes
with the first that was certified on its day or later, and one that amends with the last that was certified up to its day: so a
request is with its answer also where it comes behind the answers to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from edi.linkage.amending import AMENDING, POSITIVE
from edi.linkage.history import Message
from edi.records.authorization import Authorization


@dataclass(slots=True)
class _Certified:
    """An authorization: the day of its first certification, and what its messages are known by."""

    day: date
    id: int | None = None
    numbers: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    among: list[int] = field(default_factory=list)
    """Those that its certifications were taken for."""

    def add(self, record: Authorization) -> None:
        self.numbers |= _numbers(record)
        self.traces |= _traces(record)
        self.references |= {record.request_reference} - {""}


def shared_out(lives: Mapping[int, Sequence[Message]], new_id: Callable[[], int]) -> dict[int, list[Message]]:
    """The messages of authorizations that are called by one trace, by the authorizations (their ids) that they are about.

    One that nothing is left of keeps its place, and is empty; `new_id` gives the id of one that was taken for another.
    """
    messages = sorted(
        ((message, id) for id, life in lives.items() for message in life), key=lambda one: (one[0].place, repr(one[0].record))
    )
    known = _certified(messages)
    taken: set[int] = set()
    for one in known:
        one.id = next((id for id in one.among if id not in taken), None)
        one.id = new_id() if one.id is None else one.id
        taken.add(one.id)
    found: dict[int, list[Message]] = {id: [] for id in (*lives, *taken)}
    for message, id in messages:
        meant = _meant(message, known)
        if meant is not None and meant.id is not None:
            meant.add(message.record)
            id = meant.id
        found[id].append(message)
    return found


def _certified(messages: Sequence[tuple[Message, int]]) -> list[_Certified]:
    """The authorizations that messages certify, in the order of their days; what has a number in common is one."""
    known: list[_Certified] = []
    for message, id in messages:
        record = message.record
        if record.decision not in POSITIVE or record.certification_type in AMENDING or not _numbers(record):
            continue
        same = [one for one in known if one.numbers & _numbers(record)] or [_Certified(message.place[0])]
        first, *others = same
        for other in others:
            first.numbers |= other.numbers
            first.traces |= other.traces
            first.references |= other.references
            first.among += other.among
        first.add(record)
        first.among.append(id)
        known = [one for one in known if one not in same] + [first]
    return sorted(known, key=lambda one: (one.day, sorted(one.numbers)))


def _meant(message: Message, known: Sequence[_Certified]) -> _Certified | None:
    """The authorization that a message is about; None where nothing tells."""
    record = message.record
    for one in known:
        if one.numbers & _numbers(record):
            return one
    called = [one for one in known if one.traces & _traces(record)] or [
        one for one in known if record.request_reference in one.references
    ]
    day, amends = message.place[0], record.certification_type in AMENDING
    if amends:
        before: Iterator[_Certified] = (one for one in reversed(called) if one.day <= day)
        return next(before, called[0] if called else None)
    return next((one for one in called if one.day >= day), called[-1] if called else None)


def _numbers(record: Authorization) -> set[str]:
    """The numbers that a message names: the event's, the services', that of an earlier review, and the payer's handle."""
    names = {record.number, record.previous_number, record.administrative_reference}
    return (names | {service.number for service in record.services}) - {""}


def _traces(record: Authorization) -> set[str]:
    return {*record.traces, *(service.trace for service in record.services)} - {""}
