"""Which authorization a message is about: a request, its answer, and what amends it are one authorization's life.

Tied by trace number (TRN02) or BHT03, which the payer gives back, and by the authorization's number, which later messages
name (HCR02, or REF*BB), byte for byte; what was pended or refused has no number, and is named by REF*NT. Numbers are not unique
in the world, so the patient must be the same as well. A referral and an authorization are two, though they have one number or
trace; what does not say which of them it is (UM01) goes with what it answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from typing import Final, NamedTuple

from edi.linkage.amending import AMENDING, CERTIFIED, POSITIVE
from edi.linkage.history import Message, day_of, settled
from edi.linkage.offers import key_of
from edi.linkage.patients import person_key
from edi.linkage.reused import kind_among, shared_out
from edi.records.authorization import Authorization
from edi.records.certification import NOTICE
from edi.records.made import naming
from edi.records.parties import Person

LATER: Final = {
    "number": "number",
    "previous": "number",
    "trace": "trace",
    "request": "request",
    "administrative": "administrative",
}
"""A kind of identifier, and the name under which others meet it: an extension's REF*BB is the first one's number."""

MEMBER: Final = "member"
UNTRACED: Final = "untraced"
"""A BHT03 that came without a trace number, which alone could tell it from another request with the same BHT03."""


@lru_cache(maxsize=1 << 14)
def folded(value: str) -> str:
    """An identifier as it is searched for, never as it is written: capital letters and digits only."""
    if value.isascii() and value.isalnum():
        return value.upper()
    return "".join(letter for letter in value.upper() if letter.isalnum())


def member_key(person: Person) -> str:
    """The member id, folded; where there is none, the name and birth date."""
    return folded(person.member_id) or folded(f"{person.last_name}{person.first_name}{person.birth_date or ''}")


def patient_name(person: Person) -> str:
    """A person as a biller reads it: Last, First."""
    return ", ".join(part for part in (person.last_name, person.first_name) if part)


def identifiers(record: Authorization) -> set[tuple[str, str]]:
    """(kind, value) of all that an authorization can be called by."""
    names = {("trace", trace) for trace in record.traces}
    names.update(("trace", service.trace) for service in record.services)
    names.update(("number", service.number) for service in record.services)
    names.add(("number", record.number))
    names.add(("request", record.request_reference))
    if not record.traces:
        names.add((UNTRACED, record.request_reference))
    names.add(("previous", record.previous_number))
    names.add(("administrative", record.administrative_reference))
    names.update((MEMBER, person.member_id.strip()) for person in (record.subscriber, record.patient))
    names.add(("person", person_key(record.patient)))
    return {(kind, value.replace("\0", "")) for kind, value in names if value}  # PostgreSQL keeps no NUL in text


@naming(records=Authorization)
def joined(records: Iterable[Authorization]) -> list[Authorization]:
    """Authorizations as they stand after all messages about them, in the order in which each is first spoken of.

    `records` are requests and answers in any order, as `read_authorizations` gives them; the days on which they were issued
    say which is the later one. One with a key is taken as it is: whoever gave it the key has joined it. What decides nothing (a
    notice) is none.
    """
    joining = Joining()
    merged: dict[int, int] = {}
    histories: dict[int, list[Message]] = {}
    contested: list[set[int]] = []
    found: dict[int, Authorization] = {}
    for n, record in enumerate(records):
        if record.key:
            found[n] = record
            continue
        names = identifiers(record)
        meant = joining.find(record, names)
        same = list(dict.fromkeys(final(id, merged) for id in meant.same))
        id = same[0] if same else n
        if meant.rivals:
            contested.append({id, *meant.rivals})
        for other in same[1:]:
            merged[other] = id
            histories[id] += histories.pop(other)
        joining.add(id, record, names)
        histories.setdefault(id, []).append(Message(record, day_of(record), n))
    ids = count(len(found) + sum(map(len, histories.values())))
    for each in together({final(id, merged) for id in each} for each in contested):
        shared = shared_out({id: histories.pop(id) for id in each}, lambda: next(ids))
        histories |= {id: messages for id, messages in shared.items() if messages}
    found |= {id: settled(messages) for id, messages in histories.items()}
    return _told_apart([found[n] for n in sorted(found) if found[n].kind != NOTICE])


def _told_apart(records: Sequence[Authorization]) -> list[Authorization]:
    """The same records, with a key where two would be taken for one when what is used of them is counted."""
    taken: set[str] = set()
    apart = []
    for record in records:
        key, times = key_of(record), 1
        while key in taken:
            times += 1
            key = f"{key_of(record)} ({times})"
        taken.add(key)
        apart.append(record if times == 1 else replace(record, key=key))
    return apart


def final(id: int, merged: dict[int, int]) -> int:
    """What an authorization has become, where some turned out as one (`merged`: the later one, and the first)."""
    while id in merged:
        id = merged[id]
    return id


def together(sets: Iterable[set[int]]) -> list[set[int]]:
    """Sets of authorizations, those that have one in common put together."""
    found: list[set[int]] = []
    for each in sets:
        apart = [other for other in found if other.isdisjoint(each)]
        found = [*apart, each.union(*(other for other in found if not other.isdisjoint(each)))]
    return found


class Meant(NamedTuple):
    """The authorizations that a message ties together: none for a new one, one as a rule, several that turn out as one.

    `rivals` are those that are called by the same trace and are certified under other numbers, or that are of the other kind and
    have messages that do not tell their kind: what belongs to which `shared_out` tells.
    """

    same: list[int]
    rivals: list[int]


@dataclass(slots=True)
class _Known:
    """What joining needs of an authorization that is there already."""

    certified: bool = False
    first: bool = False
    """Whether it was certified by more than what amends another."""
    numbers: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    untraced: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    """The member ids that its messages give, folded: a payer may give another than the request did."""
    patients: set[str] = field(default_factory=set)
    """Their names, folded."""
    kinds: set[str] = field(default_factory=set)
    """Referral or authorization, as its messages tell; "" where one of them does not."""

    def is_of(self, member: str) -> bool:
        """Whether it is this member's, or one of the two names nobody."""
        return not member or member in self.members or not any(self.members)


class Joining:
    """The authorizations that messages may be about: those that are known, and those that the messages make."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], set[int]] = {}
        """By kind and name: the authorizations."""
        self._known: dict[int, _Known] = {}

    def know(
        self,
        id: int,
        names: Iterable[tuple[str, str]],
        members: set[str],
        patient: str,
        *,
        certified: bool,
        first: bool,
        kinds: Set[str] = frozenset(),
    ) -> None:
        """An authorization has these identifiers, by messages about this patient (member ids and name, all folded)."""
        known = self._known.setdefault(id, _Known())
        known.certified, known.first = known.certified or certified, known.first or first
        known.members |= members
        known.patients.add(patient)
        known.kinds |= kinds
        for kind, name in names:
            if kind in LATER:
                self._places.setdefault((LATER[kind], name), set()).add(id)
            if kind == "number":
                known.numbers.add(name)
            elif kind == "trace":
                known.traces.add(name)
            elif kind == UNTRACED:
                known.untraced.add(name)

    def find(self, record: Authorization, names: Set[tuple[str, str]]) -> Meant:
        """The authorizations that a message with these identifiers is about.

        What only asks about something, or tells of it, ties no two together.
        """
        numbers = {name for kind, name in names if kind in ("number", "previous")}
        traces = {name for kind, name in names if kind == "trace"}
        member = member_key(record.subscriber)
        found = {id for id, same in self._named("number", numbers, member).items() if same}
        review = {record.administrative_reference} - {""}
        found |= {id for id, same in self._named("administrative", review, member).items() if same}
        traced = self._named("trace", traces, member)
        referred = self._named("request", {record.request_reference}, member)
        called: set[int] = set()
        for id in traced.keys() | referred.keys():
            known = self._known[id]
            if id not in traced and traces and known.traces and record.request_reference not in known.untraced:
                continue  # one BHT03 for several requests: their traces tell them apart
            # A payer may give the patient another member id than the request did: trace, BHT03 and name together make up for it.
            alike = id in traced and id in referred and folded(patient_name(record.patient)) in known.patients
            if traced.get(id) or referred.get(id) or alike:
                called.add(id)
        kind = record.told_kind or self._kind_of(record, called & traced.keys(), called & referred.keys(), found)
        apart = {id for id in found | called if kind and _told(self._known[id]) and kind not in self._known[id].kinds}
        rivals = {id for id in apart if not record.told_kind or "" in self._known[id].kinds}
        found, called = found - apart, called - apart
        rivals |= {id for id in found | called if len(_told(self._known[id])) > 1}  # joined before kinds were told apart
        for id in sorted(called - found):
            known = self._known[id]
            if _another(record, numbers, known) or any(_differ(known, self._known[other]) for other in found):
                rivals.add(id)
            else:
                found.add(id)
        if record.decision in POSITIVE:  # what amends it may have come first, and been taken for another's
            rivals |= {id for id in found & called if self._known[id].certified and self._known[id].numbers - numbers}
        found |= {id for id in self._sharing(found, record, names) if not kind or _told(self._known[id]) <= {kind}}
        if record.kind == NOTICE:
            return Meant(sorted(found)[:1], [])
        kinds = set().union(*(self._known[id].kinds for id in found))
        for id in found:  # they are one from now on
            self._known[id].kinds = kinds
        return Meant(sorted(found), sorted(rivals))

    def _kind_of(self, record: Authorization, *called: Set[int]) -> str:
        """The kind of what a message is about that tells none: of what has its trace, else its BHT03, else its number."""
        for ids in called:
            kinds = set().union(*(_told(self._known[id]) for id in ids))
            if kinds:
                return kind_among(kinds, record)
        return ""

    def widened(self, messages: Iterable[tuple[Authorization, Set[tuple[str, str]]]]) -> set[str]:
        """The numbers of the authorizations that messages give another member id: what carries them may now be the same."""
        numbers: set[str] = set()
        for record, names in messages:
            members = _members(record, names)
            for id in set().union(*(self._places.get((LATER[kind], name), ()) for kind, name in names if kind in LATER)):
                known = self._known[id]
                numbers |= known.numbers if not members <= known.members else set()
        return numbers

    def _sharing(self, found: set[int], record: Authorization, names: Set[tuple[str, str]]) -> set[int]:
        """What carries a number of those found, for a patient whose member ids only this message shows to be one's."""
        if not found:
            return set()
        tied = [self._known[id] for id in found]
        members = _members(record, names).union(*(known.members for known in tied)) - {""}
        if all(members == known.members for known in tied):
            return set()
        numbers = {name for kind, name in names if kind in ("number", "previous")}.union(*(known.numbers for known in tied))
        others = set().union(*(self._places.get(("number", number), ()) for number in numbers))
        return {id for id in others if self._known[id].members & members}

    def _named(self, kind: str, names: Iterable[str], member: str) -> dict[int, bool]:
        """The authorizations with one of these names, and whether the patient is this member, or one of the two names none."""
        places = [self._places[kind, name] for name in names if (kind, name) in self._places]
        return {id: self._known[id].is_of(member) for id in set().union(*places)} if places else {}

    def add(self, id: int, record: Authorization, names: Set[tuple[str, str]]) -> None:
        """The message with these identifiers belongs to authorization `id`: later messages may name it."""
        patient = folded(patient_name(record.patient))
        first = record.decision in POSITIVE and record.certification_type not in AMENDING
        kinds: Set[str] = set() if record.kind == NOTICE else {record.told_kind}
        self.know(id, names, _members(record, names), patient, certified=record.decision in CERTIFIED, first=first, kinds=kinds)


def _told(known: _Known) -> set[str]:
    return known.kinds - {""}


def _members(record: Authorization, names: Iterable[tuple[str, str]]) -> set[str]:
    """The member ids that a message gives, folded; `names` are its identifiers."""
    return {member_key(record.subscriber), *(folded(value) for kind, value in names if kind == MEMBER)}


def _differ(one: _Known, other: _Known) -> bool:
    """Whether both are certified by themselves, under different numbers."""
    return one.first and other.first and bool(one.numbers and other.numbers) and one.numbers.isdisjoint(other.numbers)


def _another(record: Authorization, numbers: set[str], known: _Known) -> bool:
    """Whether a trace number was used twice: what it leads to is certified under another number, and this does not amend it."""
    amends = record.certification_type in AMENDING
    return known.certified and bool(numbers) and not amends and not numbers & known.numbers
