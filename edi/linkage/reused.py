"""A number or trace that several authorizations are called by: which message belongs to which, whatever came first.

A referral and an authorization are two: what tells no kind is of the kind of what has its trace, else its BHT03, else its number.

A trace is the sender's, and senders use one again. Where the payer certified under several numbers what it gives one trace back
for, each number is an authorization. A message that names a number is of that one. One that names none, or one of its own, goes
with the first that was certified on its day or later, and one that amends with the last that was certified up to its day: so a
request is with its answer also where it comes behind the answers to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from edi.linkage.amending import AMENDING, POSITIVE
from edi.linkage.history import Message
from edi.linkage.offers import REFERRAL
from edi.records.authorization import Authorization
from edi.records.certification import REFERRAL as _REFERRED

AUTHORIZATION: Final = "authorization"
"""The kind of what is no referral; of both the first by the alphabet, which is taken where nothing tells."""


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
    found: dict[int, list[Message]] = {id: [] for id in lives}
    for part in _by_kind(lives, new_id):
        found |= _shared_out(part, new_id)
    return found


def _by_kind(lives: Mapping[int, Sequence[Message]], new_id: Callable[[], int]) -> list[Mapping[int, Sequence[Message]]]:
    """The same lives, those of referrals apart from those of authorizations."""
    kinds = {id: {message.record.told_kind for message in life} - {""} for id, life in lives.items()}
    if len(set().union(*kinds.values())) < 2:
        return [lives]
    kind_of = _kinds_of([message for life in lives.values() for message in life])
    parts: dict[str, dict[int, list[Message]]] = {AUTHORIZATION: {}, REFERRAL: {}}
    moved: list[Message] = []
    for id, life in lives.items():
        home = min(kinds[id] or {kind_of[message.order] for message in life})
        parts[home][id] = [message for message in life if kind_of[message.order] == home]
        moved += [message for message in life if kind_of[message.order] != home]
    for message in sorted(moved, key=_order):
        part = parts[kind_of[message.order]]
        same = [id for id, life in part.items() if any(_meet(message.record, other.record) for other in life)]
        first = same[0] if same else new_id()
        part[first] = [message, *(other for id in same for other in part.pop(id))]
    return [part for part in parts.values() if part]


def _kinds_of(messages: Sequence[Message]) -> dict[int, str]:
    """The kind of each message, by its order: as it tells, else as what it has a trace, BHT03 or number in common with."""
    found = {message.order: message.record.told_kind for message in messages if message.record.told_kind}
    silent = sorted((message for message in messages if message.order not in found), key=_order)
    while silent:
        telling = [(found[message.order], message.record) for message in messages if message.order in found]
        new = {message.order: kind for message in silent if (kind := _kind_among(message.record, telling))}
        found |= new or {message.order: AUTHORIZATION for message in silent}
        silent = [message for message in silent if message.order not in found]
    return found


def _kind_among(record: Authorization, telling: Sequence[tuple[str, Authorization]]) -> str:
    for names in _NAMES:
        kinds = {kind for kind, other in telling if names(record) & names(other)}
        if kinds:
            return kind_among(kinds, record)
    return ""


def kind_among(kinds: Set[str], record: Authorization) -> str:
    """Which of these kinds a message is of that decides nothing, or does not tell."""
    return REFERRAL if record.category == _REFERRED and REFERRAL in kinds else min(kinds)


def _meet(one: Authorization, other: Authorization) -> bool:
    """Whether two messages have a name in common."""
    return any(names(one) & names(other) for names in _NAMES)


def _order(message: Message) -> tuple[object, str]:
    return message.place, repr(message.record)


def _shared_out(lives: Mapping[int, Sequence[Message]], new_id: Callable[[], int]) -> dict[int, list[Message]]:
    """The same of one kind."""
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


def _references(record: Authorization) -> set[str]:
    return {record.request_reference} - {""}


_NAMES: Final = (_traces, _references, _numbers)
"""What ties messages, the surest first."""
