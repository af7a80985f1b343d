"""The claims that a payment need be compared with, of all that have something in common with it: those of its numbers and days.

A patient in therapy has hundreds of claims and as many payments, all of one member id; a practice may number claims by the
account, and lines by their ordinals. What is left out is a claim that `match_payment` would not take: of another number, other
days and other services; or one that differs in nothing but its days from another, which is of the payment's days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

from edi.linkage.denials.pairing import LEAST, SHORTEST, billed_code, paid_code, plain_number
from edi.records.claim import Claim
from edi.records.remittance import Payment
from edi.records.services import Period

KEY, LINE, NUMBER, MEMBER = "key", "line", "number", "member"
"""By what a payment finds claims: the claim's number as payers may give it back, a line's, the authorization's, the member's."""
Name: TypeAlias = tuple[str, str]
_Service: TypeAlias = tuple[str, Decimal]
"""What a line bills, and for how much."""
_LONG: Final = 100
"""A claim of so many days is not looked for by each of them."""


@dataclass(slots=True)
class _Alike:
    """Claims of one name that differ in their days alone, and in what says nothing of the payment."""

    ids: list[int] = field(default_factory=list)
    days: set[date | None] = field(default_factory=set)


class Nearby:
    """Claims as they were sent, in their order, each by what payments may find it by."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}
        self._names: dict[int, Collection[Name]] = {}
        self._by_name: dict[Name, list[int]] = {}
        self._by_day: dict[tuple[Name, date | None], list[int]] = {}
        """Under None those that may be of any day."""
        self._by_service: dict[tuple[Name, _Service], list[int]] = {}
        self._without_day: dict[tuple[Name, _Service], list[int]] = {}
        """Those of which such a line has no date."""
        self._alike: dict[Name, dict[tuple[object, ...], _Alike]] = {}
        self._by_number: dict[str, dict[Name | None, list[int]]] = {}
        """Claims by their plain numbers, and by their names of that kind; None where no payment calls one so."""
        self._numbers: list[str] = []
        """The keys of `_by_number`, sorted when they are asked for."""

    def add(self, id: int, claim: Claim, names: Collection[Name]) -> None:
        """A claim, by its id, with all that payments may find it by."""
        self._claims[id], self._names[id] = claim, names
        services = {((billed_code(line), line.charge), line.period is None) for line in claim.lines}
        own = set(_days_of(claim.period))
        days = own.union(*(_days_of(line.period) for line in claim.lines if line.period is not None))
        number = plain_number(claim.id)
        days.update(() if number else (None,))  # a number such as 0 finds nothing: it is looked for by its other names alone
        for name in names:
            self._by_name.setdefault(name, []).append(id)
            for day in days:
                self._by_day.setdefault((name, day), []).append(id)
            for service, undated in services:
                self._by_service.setdefault((name, service), []).append(id)
                if undated:
                    self._without_day.setdefault((name, service), []).append(id)
            if name[0] in (KEY, LINE):
                alike = self._alike.setdefault(name, {}).setdefault(_but_days(claim, name[0]), _Alike())
                alike.ids.append(id)
                alike.days.update(own)
        key = next((name for name in names if name[0] == KEY), None)
        self._by_number.setdefault(number, {}).setdefault(key, []).append(id)

    def of(self, payment: Payment, called: Collection[Name]) -> list[tuple[int, Claim]]:
        """The claims, with their ids, of those that have one of the names by which a payment `called` its claim."""
        names = [name for name in called if name in self._by_name]
        days = _days_told(payment)
        if days is None:
            found = {id for name in names for id in self._by_name[name]}
        else:
            found = {id for name in names for id in self._of_name(name, {None, *days}, payment)}
            found.update(self._damaged(payment, set(called)))
        return [(id, self._claims[id]) for id in sorted(found)]

    def _of_name(self, name: Name, days: set[date | None], payment: Payment) -> Iterator[int]:
        for day in days:
            yield from self._by_day.get((name, day), ())
        for line in payment.lines:
            by_service = self._without_day if line.period else self._by_service
            yield from by_service.get((name, (paid_code(line), abs(line.charge))), ())
        for alike in self._alike.get(name, {}).values():
            # The first is told where none is taken.
            yield from alike.ids if alike.days.isdisjoint(days) else alike.ids[:1]

    def _damaged(self, payment: Payment, called: set[Name]) -> Iterator[int]:
        """Claims of whose numbers the payment's may be a part, or the other way round, as far as they were not found by those."""
        theirs = plain_number(payment.claim)
        lengths = range(LEAST, len(theirs))
        numbers = {theirs, *(theirs[:length] for length in lengths), *(theirs[-length:] for length in lengths)}
        if len(theirs) >= SHORTEST:
            numbers.update(self._beginning_with(theirs))
        for number in numbers:
            for name, ids in self._by_number.get(number, {}).items():
                if name not in called:
                    yield from (id for id in ids if not called.isdisjoint(self._names[id]))

    def _beginning_with(self, number: str) -> Iterator[str]:
        if len(self._numbers) != len(self._by_number):
            self._numbers = sorted(self._by_number)
        for n in range(bisect_left(self._numbers, number), len(self._numbers)):
            if not self._numbers[n].startswith(number):
                return
            yield self._numbers[n]


def _but_days(claim: Claim, kind: str) -> tuple[object, ...]:
    """All of a claim that says which payment is its own, but its days; and but its number where it is found by those of lines."""
    lines = tuple((billed_code(line), line.charge) for line in claim.lines)
    own = (claim.id,) if kind == KEY else tuple(line.control_number for line in claim.lines)
    people = (claim.subscriber, claim.patient, claim.payer, claim.billing)
    days = claim.period if claim.period is not None and _is_long(claim.period) else None
    return (own, claim.charge, claim.frequency, claim.original, people, lines, days)


def _days_told(payment: Payment) -> set[date | None] | None:
    """The days that a payment's lines speak of, else the payment; None where they speak of none, or of very many."""
    told = {line.period for line in payment.lines if line.period is not None}
    days = {day for period in told or (payment.period,) for day in _days_of(period)}
    return None if None in days else days


def _days_of(period: Period | None) -> Iterable[date | None]:
    """The days of a period; None alone where it may be any, or there are very many."""
    if period is None or _is_long(period):
        return (None,)
    return [period.start + timedelta(days=n) for n in range((period.end - period.start).days + 1)]


def _is_long(period: Period) -> bool:
    return not 0 <= (period.end - period.start).days < _LONG
