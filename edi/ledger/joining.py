"""Which authorization a message is about: a request, its answer, and what amends it are one authorization's life.

Tied by trace number (TRN02) or BHT03, which the payer gives back, and by the authorization's number, which later messages
name (HCR02, or REF*BB), byte for byte; what was pended or refused has no number, and is named by REF*NT. Numbers are not unique
in the world, so the patient must be the same as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.history import AMENDING, POSITIVE
from edi.ledger.tables import AuthorizationRow, IdentifierRow
from edi.linkage.patients import person_key
from edi.records.authorization import Authorization
from edi.records.parties import Person

_LATER = {
    "number": "number",
    "previous": "number",
    "trace": "trace",
    "request": "request",
    "administrative": "administrative",
}
"""A kind of identifier, and the name under which others meet it: an extension's REF*BB is the first one's number."""


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
    names.add(("previous", record.previous_number))
    names.add(("administrative", record.administrative_reference))
    names.update(("member", person.member_id.strip()) for person in (record.subscriber, record.patient))
    names.add(("person", person_key(record.patient)))
    return {(kind, value.replace("\0", "")) for kind, value in names if value}  # PostgreSQL keeps no NUL in text


@dataclass(slots=True)
class _Known:
    """What joining needs of an authorization that is there already."""

    certified: bool = False
    numbers: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    patients: set[str] = field(default_factory=set)
    """Their names, folded."""


class Joining:
    """The authorizations that a batch of messages may be about, asked for in one query, and those that the batch makes."""

    def __init__(self, session: Session, batch: Sequence[Authorization]) -> None:
        self._places: dict[tuple[str, str], dict[int, set[str]]] = {}
        """By kind and name: the authorizations, each with the patients that its messages name."""
        self._known: dict[int, _Known] = {}
        self._load(session, {folded(value) for record in batch for kind, value in identifiers(record) if kind in _LATER})

    def _load(self, session: Session, names: set[str]) -> None:
        if not names:
            return
        there = select(col(IdentifierRow.authorization_id)).where(
            col(IdentifierRow.folded).in_(names), col(IdentifierRow.kind).in_(_LATER)
        )
        rows = session.execute(
            select(
                col(IdentifierRow.authorization_id),
                col(IdentifierRow.kind),
                col(IdentifierRow.value),
                col(AuthorizationRow.member_key),
                col(AuthorizationRow.patient),
                col(AuthorizationRow.decision),
            )
            .join(AuthorizationRow, col(AuthorizationRow.id) == col(IdentifierRow.authorization_id))
            .where(col(IdentifierRow.authorization_id).in_(there), col(IdentifierRow.kind).in_(_LATER))
            .order_by(col(IdentifierRow.authorization_id))
        )
        for id, kind, name, member, patient, decision in rows:
            self._add(id, [(kind, name)], member, folded(patient), certified=decision in POSITIVE)

    def _add(self, id: int, names: Iterable[tuple[str, str]], member: str, patient: str, *, certified: bool) -> None:
        known = self._known.setdefault(id, _Known())
        known.certified = known.certified or certified
        known.patients.add(patient)
        for kind, name in names:
            if kind in _LATER:
                self._places.setdefault((_LATER[kind], name), {}).setdefault(id, set()).add(member)
            if kind == "number":
                known.numbers.add(name)
            elif kind == "trace":
                known.traces.add(name)

    def find(self, record: Authorization) -> list[int]:
        """The authorizations that the message ties together: none for a new one, one as a rule, several that turn out as one."""
        names = identifiers(record)
        numbers = {name for kind, name in names if kind in ("number", "previous")}
        traces = {name for kind, name in names if kind == "trace"}
        found = {id for id, same in self._named("number", numbers, record).items() if same}
        review = {record.administrative_reference} - {""}
        found |= {id for id, same in self._named("administrative", review, record).items() if same}
        traced = self._named("trace", traces, record)
        referred = self._named("request", {record.request_reference}, record)
        for id in traced.keys() | referred.keys():
            known = self._known[id]
            if id not in traced and traces and known.traces:
                continue  # one BHT03 for several requests: their traces tell them apart
            # A payer may give the patient another member id than the request did: trace, BHT03 and name together make up for it.
            alike = id in traced and id in referred and folded(patient_name(record.patient)) in known.patients
            if (traced.get(id) or referred.get(id) or alike) and not _another(record, numbers, known):
                found.add(id)
        return sorted(found)

    def _named(self, kind: str, names: Iterable[str], record: Authorization) -> dict[int, bool]:
        """The authorizations with one of these names, and whether the patient is the same, or one of the two names none."""
        member = member_key(record.subscriber)
        found: dict[int, bool] = {}
        for name in names:
            for id, members in self._places.get((kind, name), {}).items():
                same = not member or member in members or "" in members
                found[id] = found.get(id, False) or same
        return found

    def add(self, id: int, record: Authorization) -> None:
        """The batch's message belongs to authorization `id`: later messages of the batch may name it."""
        member, patient = member_key(record.subscriber), folded(patient_name(record.patient))
        self._add(id, identifiers(record), member, patient, certified=record.decision in POSITIVE)


def _another(record: Authorization, numbers: set[str], known: _Known) -> bool:
    """Whether a trace number was used twice: what it leads to is certified under another number, and this does not amend it."""
    amends = record.certification_type in AMENDING
    return known.certified and bool(numbers) and not amends and not numbers & known.numbers
