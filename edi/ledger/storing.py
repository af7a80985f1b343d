"""Records written as rows, in batches: an authorization's messages and state, claims with their lines, payments.

A record is kept whole as JSON (fields that have their default value are left out); columns repeat what is asked for.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Table, delete, func, select, update
from sqlmodel import Session, SQLModel, col

from edi.ledger.inserting import insert, insert_values, kept_as, values_without_nuls, without_nuls
from edi.ledger.joining import load_joining
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as, to_json
from edi.ledger.rows import authorization_row, service_rows
from edi.ledger.statements import ask, connection_of
from edi.ledger.tables import (
    AuthorizationRow,
    ClaimRow,
    EventRow,
    EventTextRow,
    IdentifierRow,
    LineRow,
    NumberRow,
    PaymentRow,
    PurgeRow,
    RemittanceRow,
    ServiceRow,
)
from edi.linkage.history import Message, current, day_of
from edi.linkage.joining import final, folded, identifiers, member_key, together
from edi.linkage.providers import rendering_id
from edi.linkage.reused import shared_out
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.remittance import Payment
from edi.records.services import Period
from edi.records.transfer import Transfer, id_of_payer

Rows = list[dict[str, Any]]
Values = tuple[Any, ...]
Names = Set[tuple[str, str]]

OF_PAYMENT: Final = (
    *("claim", "claim_key", "payer_claim", "status", "frequency", "charge", "paid", "member_key"),
    *("claim_id", "denied", "denied_lines", "other_lines", "record"),
)
"""The columns of a payment behind its ids, in the order of the table's, as the database wants them: amounts are texts."""
SHORTEST: Final = 14
"""What the payers that cut a claim's id shortest leave of it."""


def claim_key(id: str) -> str:
    """A claim's id as payers give it back at worst: case, punctuation and leading zeros lost, and cut."""
    return folded(id).lstrip("0")[:SHORTEST]


class Writer:
    """Writes records in one transaction. Ids go on from the highest there are: only one writer is at work at a time."""

    def __init__(self, session: Session, *, interchange: int | None, now: datetime | None) -> None:
        self.session: Final = session
        self._interchange, self._now = interchange, now
        self._next: dict[type[SQLModel], int] = {}
        self._remittances: dict[tuple[str, str, str, str], int] = {}
        self.unasked: list[Message] = []
        """The messages that answer nothing that is on file."""

    def new_id(self, table: type[SQLModel]) -> int:
        """The next id of a table."""
        if table not in self._next:
            self._next[table] = next_id(self.session, table)
        id = self._next[table]
        self._next[table] += 1
        return id

    def insert(self, table: type[SQLModel], rows: Rows) -> None:
        """Write rows in one go."""
        if rows:
            insert(connection_of(self.session), table_of(table), without_nuls(rows))

    def insert_values(self, table: type[SQLModel], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows in one go whose values are as the database wants them, all of them in the order of the columns."""
        if rows:
            insert_values(connection_of(self.session), table_of(table), values_without_nuls(rows))

    def authorizations(self, batch: Sequence[Authorization], copies: Sequence[bytes] = ()) -> list[int]:
        """Messages about authorizations, in the order of arrival; gives the ids of the authorizations that are concerned.

        `copies` are the bytes to keep of each, b"" where none are.
        """
        called = [identifiers(record) for record in batch]
        joining = load_joining(self.session, list(zip(batch, called, strict=True)))
        belongs: list[int] = []
        fresh: set[int] = set()
        merged: dict[int, int] = {}
        messages: dict[int, list[Message]] = {}
        names: dict[int, Names] = {}
        """By message: its identifiers."""
        contested: list[set[int]] = []
        events: Rows = []
        for given, own in zip(batch, called, strict=True):
            record = replace(given, key="") if given.key else given
            meant = joining.find(record, own)
            found = list(dict.fromkeys(final(id, merged) for id in meant.same))
            id = found[0] if found else self.new_id(AuthorizationRow)
            if not found:
                fresh.add(id)
            for other in found[1:]:
                merged[other] = id
            if meant.rivals:
                contested.append({id, *meant.rivals})
            joining.add(id, record, own)
            message = Message(record, self._day(record), self.new_id(EventRow))
            names[message.order] = own
            events.append(self._event(message) | {"authorization_id": id})
            messages.setdefault(id, []).append(message)
            belongs.append(id)
        for event in events:
            event["authorization_id"] = final(event["authorization_id"], merged)
        for other in merged:
            messages.setdefault(final(other, merged), []).extend(messages.pop(other, []))
        contested = together({final(id, merged) for id in each} for each in contested)
        for ids in contested:
            messages.update((id, []) for id in ids - messages.keys())
        old = (set(messages) | set(merged)) - fresh
        self._load_messages(old, merged, messages)
        moved = self._share_out(contested, messages, fresh, merged)
        concerned = set().union(*contested, moved.values())
        for event in events:
            event["authorization_id"] = moved.pop(event["id"], event["authorization_id"])
        again = _told_before(messages)
        kept = [
            {"event_id": event["id"], "text": text}
            for event, text in zip(events, copies, strict=False)
            if text and event["id"] not in again
        ]
        events = [event for event in events if event["id"] not in again]
        texts = {event["id"]: event["record"] for event in events}
        self.unasked += [m for life in messages.values() for m in life if m.order in texts and not m.answers(life)]
        self._write_states(messages, fresh - set(merged), old, texts, names)
        self.insert(EventRow, events)
        self.insert(EventTextRow, kept)
        self._move_events(merged)
        for event_id, id in moved.items():
            self.session.execute(update(EventRow).where(col(EventRow.id) == event_id).values(authorization_id=id))
        return [final(id, merged) for id in (*belongs, *sorted(concerned))]

    def _day(self, record: Authorization) -> date | None:
        """The day of a message: by its own account, else when it came."""
        return day_of(record) or (self._now.date() if self._now else None)

    def _event(self, message: Message) -> dict[str, Any]:
        record = message.record
        return {
            "id": message.order,
            "interchange_id": self._interchange,
            "kind": message.kind,
            "decision": record.decision.value,
            "certification_type": record.certification_type,
            "number": record.number,
            "day": message.day,
            "made_at": message.made_at,
            "expedited": record.expedited,
            "decide_by": record.decide_by,
            "record": to_json(record),
            "recorded_at": self._now,
            "refused": "",
        }

    def restate(self, ids: Collection[int]) -> None:
        """Authorizations as they stand by their messages, of which more is known than when these came."""
        for some in chunks(sorted(ids), NAMES):
            messages: dict[int, list[Message]] = {}
            self._load_messages(set(some), {}, messages)
            self._write_states(messages, set(), set(some), {}, {})

    def _share_out(
        self, contested: Iterable[set[int]], messages: dict[int, list[Message]], fresh: set[int], merged: dict[int, int]
    ) -> dict[int, int]:
        """Give authorizations that one trace is used for their messages; by its id, the authorization of each that was another's.

        One that nothing is left of is merged into where its messages are; what was taken for another's becomes a new one.
        """

        def new_id() -> int:
            id = self.new_id(AuthorizationRow)
            fresh.add(id)
            return id

        moved: dict[int, int] = {}
        for ids in contested:
            before = {message.order: id for id in ids for message in messages[id]}
            shared = shared_out({id: messages.pop(id) for id in ids}, new_id)
            after = {message.order: id for id, life in shared.items() for message in life}
            moved.update((order, id) for order, id in after.items() if before[order] != id)
            merged.update((id, after[next(order for order in before if before[order] == id)]) for id in ids if not shared[id])
            messages.update((id, life) for id, life in shared.items() if life)
        return moved

    def _load_messages(self, old: set[int], merged: dict[int, int], messages: dict[int, list[Message]]) -> None:
        """The earlier messages of authorizations that were there before."""
        if not old:
            return
        read = read_as(Authorization)
        columns = (EventRow.authorization_id, EventRow.record, EventRow.day, EventRow.id, EventRow.refused)
        rows = self.session.execute(select(*map(col, columns)).where(col(EventRow.authorization_id).in_(old)))
        for authorization_id, record, day, id, refused in rows:
            messages.setdefault(final(authorization_id, merged), []).append(Message(read(record), day, id, refused))

    def _write_states(
        self,
        messages: dict[int, list[Message]],
        fresh: set[int],
        old: set[int],
        texts: Mapping[int, str],
        called: Mapping[int, Names],
    ) -> None:
        if old:
            for table in (ServiceRow, IdentifierRow):
                self.session.execute(delete(table).where(col(table.authorization_id).in_(old)))
        states: Rows = []
        changes: Rows = []
        services: Rows = []
        names: Rows = []
        for id, history in messages.items():
            state = current(history)
            same = [texts[m.order] for m in history if m.record is state.record and m.order in texts]
            row = authorization_row(id, state, same[0] if same else to_json(state.record))
            (states if id in fresh else changes).append(row)
            services += service_rows(id, state.record)
            known = set().union(*(called.get(message.order) or identifiers(message.record) for message in history))
            names += [
                {"authorization_id": id, "kind": kind, "value": value, "folded": folded(value)} for kind, value in sorted(known)
            ]
        self.insert(AuthorizationRow, states)
        if changes:
            self.session.execute(update(AuthorizationRow), without_nuls(changes))
        self.insert(ServiceRow, services)
        self.insert(IdentifierRow, names)

    def _move_events(self, merged: dict[int, int]) -> None:
        """Authorizations that turned out to be one: the later ones' events go to the first, and they are no more."""
        for other in merged:
            moved = update(EventRow).where(col(EventRow.authorization_id) == other)
            self.session.execute(moved.values(authorization_id=final(other, merged)))
        if merged:
            self.session.execute(delete(AuthorizationRow).where(col(AuthorizationRow.id).in_(merged)))

    def claims(self, batch: Iterable[Claim], sets: Sequence[int] = ()) -> list[int]:
        """Claims that were sent, in their order; gives their ids. `sets`: where in the interchange each transaction begins."""
        return self.sent([sent_claim(record) for record in batch], sets)

    def sent(self, batch: Sequence[SentClaim], sets: Sequence[int] = ()) -> list[int]:
        """The same of claims that are rows already."""
        ids = [self.new_id(ClaimRow) for _ in batch]
        came = kept_as(connection_of(self.session), table_of(ClaimRow), "sent_at", self._now), False, "", False
        of = list(zip(ids, batch, strict=True))
        places = [bisect(sets, one.offset) - 1 if sets else None for one in batch]
        placed = zip(of, places, strict=True)
        rows = [(id, self._interchange, *one.claim, *came, place, one.record) for (id, one), place in placed]
        self.insert_values(ClaimRow, rows)
        self.insert_values(LineRow, [(id, *line) for id, one in of for line in one.lines])
        self.insert_values(NumberRow, [(id, *number) for id, one in of for number in one.numbers])
        return ids

    def payments(self, batch: Iterable[tuple[Payment | Transfer, tuple[Any, ...]]]) -> list[int]:
        """Payments as rows (`OF_PAYMENT`), each with itself or what stands before it; gives their ids."""
        rows = [(self.new_id(PaymentRow), self.remittance(of), *row) for of, row in batch]
        self.insert_values(PaymentRow, rows)
        return [row[0] for row in rows]

    def remittance(self, record: Payment | Transfer) -> int:
        """The id of the remittance that a payment stands in, or whose header this is; it is written where it is new."""
        place = (record.transaction, record.trace, record.payer.id, record.payee.id)
        if place not in self._remittances:
            self._remittances[place] = self.new_id(RemittanceRow)
            self.insert(RemittanceRow, [self._remittance_row(self._remittances[place], record)])
        return self._remittances[place]

    def _remittance_row(self, id: int, record: Payment | Transfer) -> dict[str, Any]:
        return {
            "id": id,
            "interchange_id": self._interchange,
            "transaction": record.transaction,
            "trace": record.trace,
            "payer_id": id_of_payer(record.payer),
            "payer_name": record.payer.name,
            "payee_id": record.payee.id,
            "paid_on": record.paid_on,
            "produced_on": record.produced_on,
        }


class SentClaim(NamedTuple):
    """A claim that was sent, as rows but for what the ledger gives them: values as the database wants them, in its order."""

    offset: int
    """Where it begins in its interchange."""
    key: str
    claim: Values
    """`claim` to `period_end`."""
    record: str
    lines: Sequence[Values]
    """Behind the claim's id, as are the numbers."""
    numbers: Sequence[Values]

    def moved(self, by: int) -> SentClaim:
        """The same claim so many bytes further on in its interchange. (Within a text, JSON has a backslash before a quote.)"""
        if not by:
            return self
        old, new = (f'"offset":{at},' for at in (self.offset, self.offset + by))
        return self._replace(offset=self.offset + by, record=self.record.replace(old, new, 1))


def sent_claim(record: Claim) -> SentClaim:
    """A claim as rows."""
    key = claim_key(record.id)
    claim = (
        record.id,
        key,
        record.kind,
        record.frequency,
        record.original,
        record.payer.id,
        record.payer.name,
        member_key(record.subscriber),
        record.billing.id,
        rendering_id(record),
        format(record.charge, "f"),
        *_days(record.period),
    )
    lines = [
        (n, line.number, line.control_number, code, format(line.charge, "f"), *_days(line.period))
        for n, line in enumerate(record.lines)
        for code in (line.procedure.code if line.procedure else line.revenue_code,)
    ]
    numbers = [(line, value, folded(value)) for line, value in sorted(numbers_of(record))]
    return SentClaim(record.offset, key, claim, to_json(record), lines, numbers)


def _days(period: Period | None) -> tuple[str | None, str | None]:
    return (period.start.isoformat(), period.end.isoformat()) if period is not None else (None, None)


def numbers_of(record: Claim) -> set[tuple[str, str]]:
    """(line, number) of every authorization and referral number on a claim; line "" is the claim itself."""
    numbers = {("", value) for value in (*record.authorizations, record.authorization, record.referral)}
    for line in record.lines:
        numbers.update((line.number, held.value) for held in (*line.authorizations, *line.referrals))
    for payer in record.other_payers:
        numbers.update({("", payer.authorization), ("", payer.referral)})
    return {(line, value.replace("\0", "")) for line, value in numbers if value}


def _told_before(messages: dict[int, list[Message]]) -> set[int]:
    """Take the messages out that say again what an earlier one said, word for word; gives their ids."""
    again: set[int] = set()
    for history in messages.values():
        if len(history) > 1:
            first: dict[Authorization, int] = {}
            for message in sorted(history, key=lambda message: message.order):
                if first.setdefault(message.record, message.order) != message.order:
                    again.add(message.order)
            history[:] = [message for message in history if message.order not in again]
    return again


def next_id(session: Session, table: type[SQLModel]) -> int:
    """One more than the highest id there is, or was before it was purged: right while no other writer is at work."""
    there, gone = ask(session, _last_ids(table)).one()
    return max(there or 0, gone or 0) + 1


@cache
def _last_ids(table: type[SQLModel]) -> Select[Any]:
    """The question for the highest id of a table, and for that of the rows that were purged: asked for each file of a batch."""
    purged = select(col(PurgeRow.last)).where(col(PurgeRow.name) == table_of(table).name).scalar_subquery()
    return select(func.max(table_of(table).c.id), purged)


def table_of(table: type[SQLModel]) -> Table:
    """The table behind a class of rows."""
    made = getattr(table, "__table__")  # noqa: B009 - SQLModel gives it to every table, and does not declare it
    assert isinstance(made, Table)
    return made
