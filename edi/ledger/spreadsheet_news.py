"""What of a spreadsheet is news (the ledger's own rows, and what was told before, are not), and which request it answers.

What comes by phone, portal, fax or letter names no trace as a rule. It answers what waits of the same patient and payer under the
same number of the call, else the only one for the same services and dates. Nothing is guessed: where several wait, or not all of
that is told, a person is told. What has neither number nor trace gets a trace, by which it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import product
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as, to_json
from edi.ledger.tables import AuthorizationRow, EventRow, IdentifierRow
from edi.ledger.work.waiting import undecided
from edi.linkage.amending import AMENDING, WAITING, services_of
from edi.linkage.history import day_of, subject_of
from edi.linkage.identity import member_ids, same_name
from edi.linkage.joining import LATER, folded, identifiers
from edi.linkage.patients import person_key
from edi.linkage.teeth import apart
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.certification import NOTICE
from edi.records.services import Period, span
from edi.records.spreadsheet import CHANNELS, rows_of

_DIGITS: Final = 6
"""Of a trace that is made here, behind its day: a member has few on one."""


@dataclass(frozen=True, slots=True)
class ToldAuthorization:
    """What was told, as it is kept; whether it is news, which one it is part of (its trace, or number), and what is unclear."""

    record: Authorization
    new: bool
    of: str = ""
    doubt: str = ""


def told(session: Session, records: Sequence[Authorization]) -> list[ToldAuthorization]:
    """Each of the records, by what the ledger knows and by those of an earlier day."""
    known = _Known(session, records)
    found: dict[int, ToldAuthorization] = {}
    for n in sorted(range(len(records)), key=lambda n: (day_of(records[n]) or date.max, n)):
        found[n] = known.told(records[n]) if known.is_news(records[n]) else ToldAuthorization(records[n], new=False)
    return [found[n] for n in range(len(records))]


class _Known:
    """What is known of the people of some records."""

    def __init__(self, session: Session, records: Sequence[Authorization]) -> None:
        self._rows: set[tuple[str, ...]] = set()
        self._events: set[Authorization] = set()
        self._names: set[tuple[str, str]] = set()
        """Numbers and traces that are on file."""
        self._waiting: dict[str, Authorization] = {}
        self._decided: dict[str, Authorization] = {}
        """What was decided and did not come as a 278. Both by key."""
        read = read_as(Authorization)
        names = {folded(value) for record in records for kind, value in identifiers(record)}
        for chunk in chunks(sorted(names - {""}), NAMES):
            ids = select(col(IdentifierRow.authorization_id)).where(col(IdentifierRow.folded).in_(chunk))
            named = select(col(IdentifierRow.kind), col(IdentifierRow.value)).where(col(IdentifierRow.folded).in_(chunk))
            self._names.update((kind, value) for kind, value in session.execute(named))
            rows = session.execute(select(AuthorizationRow).where(col(AuthorizationRow.id).in_(ids))).scalars().all()
            waiting = undecided(session, [row.id for row in rows if row.kind != NOTICE])
            for row in rows:
                record = read(row.record)
                self._rows.update(rows_of(record))
                if row.id in waiting:
                    self._waiting[record.key] = record
                elif record.source in CHANNELS[:-1]:
                    self._decided[record.key] = record
            by_hand = select(col(EventRow.record)).where(
                col(EventRow.authorization_id).in_(ids), col(EventRow.interchange_id).is_(None)
            )
            self._events.update(_bare(read(text)) for text in session.execute(by_hand).scalars())

    def is_news(self, record: Authorization) -> bool:
        """Whether it says something that the ledger does not know, be it under a trace that it was given there."""
        known = record in self._events or (not record.traces and _bare(record) in self._events)
        return not known and not self._rows.issuperset(rows_of(record))

    def told(self, record: Authorization) -> ToldAuthorization:
        """What is news, with the trace of what it answers, and what is unclear about that."""
        waiting = [one for one in self._waiting.values() if _same_people(record, one)]
        names = {name for name in identifiers(record) if name[0] in LATER}
        asks, unknown = record.decision is Decision.UNANSWERED, self._names.isdisjoint(names)
        of = doubt = ""
        if record.traces and unknown and waiting and not asks:
            doubt = f"No request with trace {record.traces[0]} is on file; of this patient {_wait(waiting)}"
        elif not record.traces and not record.previous_number and unknown:
            possible = [] if asks else [one for one in waiting if _may_answer(record, one)]
            if not (answered := _meant(record, possible)) and record.decision in WAITING:  # what decides it may have come first
                later = (one for one in self._decided.values() if _day(one) > _day(record) and _same_people(record, one))
                answered = _meant(record, [one for one in later if _may_answer(one, record)])
            if answered:
                of = answered.traces[0] if answered.traces else answered.number
                record = replace(record, traces=answered.traces[:1], number=record.number or answered.number)
            elif alike := [one for one in possible if _speak_of_one(record, one)]:
                which = "it" if len(alike) == 1 else "one of them"
                doubt = f"Of this patient {_wait(alike)}: where this answers {which}, its trace must be given"
        if not record.number and not record.traces and not names:
            record = replace(record, traces=(_made_trace(record),))
        self._keep(record)
        return ToldAuthorization(record, True, of, doubt)

    def _keep(self, record: Authorization) -> None:
        """From now on this is on file too."""
        self._names.update(identifiers(record))
        same = [key for key, one in self._waiting.items() if set(record.traces) & set(one.traces)]
        for key in same:
            del self._waiting[key]
        waits = record.decision in WAITING or any(service.decision in WAITING for service in record.services)
        (self._waiting if waits else self._decided)[same[0] if same else f"new {len(self._names)}"] = record


def _bare(record: Authorization) -> Authorization:
    """What was told, without what it may have been given here to be called by."""
    return replace(record, traces=(), number="" if record.decision in WAITING else record.number)


def _made_trace(record: Authorization) -> str:
    """A trace for what has neither number nor trace: the same for the same words."""
    day = f"{record.issued:%y%m%d}-" if record.issued else ""
    return f"{record.source}-{day}{sha256(to_json(record).encode()).hexdigest()[:_DIGITS]}".upper()


def _wait(waiting: Sequence[Authorization]) -> str:
    """T1 waits; T1, T2 wait."""
    names = [one.traces[0] if one.traces else f"A{one.key}" for one in waiting]
    return f"{', '.join(names)} {'waits' if len(names) == 1 else 'wait'}"


def _day(record: Authorization) -> date:
    return day_of(record) or date.max


def _meant(record: Authorization, possible: Sequence[Authorization]) -> Authorization | None:
    """The one of the same call, else the only one for the same services where the dates of both are told."""
    called = [one for one in possible if record.call_reference and record.call_reference == one.call_reference]
    alike = [one for one in possible if _speak_of_one(record, one)]
    found = called or (alike if all(_period(one) for one in (record, *alike)) else [])
    return found[0] if len(found) == 1 and (found[0].traces or found[0].number) else None


def _speak_of_one(one: Authorization, other: Authorization) -> bool:
    return any(subject_of(a) and subject_of(a) == subject_of(b) for a, b in product(services_of(one), services_of(other)))


def _period(record: Authorization) -> Period | None:
    return record.period or span(service.period for service in record.services)


def _same_people(one: Authorization, other: Authorization) -> bool:
    """Whether payer and patient are the same. A family has one member id: a dependent needs a name."""
    payers = [record.payer.id if one.payer.id and other.payer.id else folded(record.payer.name) for record in (one, other)]
    mine, theirs = one.patient, other.patient
    named, births = bool(mine.last_name and theirs.last_name), {mine.birth_date, theirs.birth_date} - {None}
    if not payers[0] or payers[0] != payers[1] or len(births) > 1:
        return False
    if not same_name(mine, theirs) if named else one.dependent or other.dependent:
        return False
    members = [member_ids(record.subscriber, record.patient) for record in (one, other)]
    return bool(members[0] & members[1] if all(members) else person_key(mine) and person_key(mine) == person_key(theirs))


def _may_answer(answer: Authorization, asked: Authorization) -> bool:
    """Whether nothing contradicts: it is no earlier, of the same kind, and about all that was asked for, for days of that."""
    both = answer, asked
    changes = {record.certification_type if record.certification_type in AMENDING else "" for record in both}
    kinds, numbers = {record.told_kind for record in both} - {""}, {record.number for record in both} - {""}
    npis = [{party.npi for s in services_of(record) for party in s.providers} - {""} for record in both]
    periods = [period for record in both if (period := _period(record))]
    return (
        _day(answer) >= _day(asked)
        and max(len(changes), len(kinds), len(numbers)) <= 1
        and not (all(npis) and npis[0].isdisjoint(npis[1]))
        and (len(periods) < len(both) or periods[0].overlaps(periods[1]))
        and (not answer.services or all(any(_same(said, one) for said in answer.services) for one in asked.services))
    )


def _same(one: CertifiedService, other: CertifiedService) -> bool:
    return subject_of(one) == subject_of(other) and not apart(one, other)
