"""Claims decided by the compiled linker (`edi_speed`, a distribution of its own), as far as it is sure of them.

It is `clear` for what is plainest: professional claims in a row, and authorizations of procedures for whole units. What it says
is the same to the word; of what it is not sure it says nothing, and that is decided one by one. It is told of claims by their
bytes, and of authorizations by their records as they are kept. Where it is not installed, or `EDI_SPEED=0`, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from operator import itemgetter
from sys import intern
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from edi.guides.document import Context, UnitRow
from edi.guides.packing import Level, Placed, Tally, with_rows
from edi.guides.table import Step, table
from edi.linkage.clear import Billed, ClaimHead, Meant, not_known, of_another, row_of, rows_of
from edi.linkage.evidence import DATELESS, certifies, dated, refused
from edi.linkage.identity import folded_name, member_ids
from edi.linkage.linking import Edit
from edi.linkage.measuring import lacking, over
from edi.linkage.misfit import Remaining
from edi.linkage.numbers import says_none
from edi.linkage.offers import Offer, numbers, offers
from edi.linkage.procedures import said
from edi.linkage.quantities import PROFESSIONAL, Limit
from edi.linkage.room import GIVEN_BACK, SENT, Room
from edi.linkage.telling import authorized, decided_on, spoken
from edi.linkage.terms import Terms
from edi.linkage.unreadable import is_whole
from edi.linkage.usage import Usage, Use
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization
from edi.records.claim import AUTHORIZATION, CLAIM, kind_by_version
from edi.records.claim_facts import KIND, around_of
from edi.records.claim_numbers import LOOPS, before_number, line_step
from edi.records.forms import procedure_in
from edi.records.parties import Party
from edi.records.services import Period
from edi.records.values import ZERO, read_amount, write_date
from edi.speed import at_hand
from edi.text.segments import Delimiters, decode, encode

_LEVELS: Final = ("2000A", "2000B", "2000C")
_MEMBER, _NUMBER, _PERSON = 1, 2, 3
"""By what an authorization is found, as the linker counts it."""
_NOTHING, _NOT_KNOWN, _OF_ANOTHER = 0, 1, 2
"""What is told of a claim, as the linker counts it; else lines are for what is on file."""
_ANSWERED, _SHORT = 4, 10
"""So much is told of a line that is for what was answered otherwise, and of one for what has too few units left."""
TakenElsewhere: TypeAlias = Mapping[int, Collection[str]]
"""The claims, by their places, that are decided elsewhere, each with the authorizations that it may use something of."""


class RecordFinder(Protocol):
    """What tells the linker of authorizations as they are kept, and of what is used of them."""

    usage: Usage

    def records(self, names: Collection[str]) -> list[tuple[int, str]]:
        """The ids and records of the authorizations that have one of these names, folded, by their ids."""

    def read(self, id: int, record: str) -> Authorization:
        """An authorization from its record."""

    def look_up(self, ids: Collection[int], claims: Collection[str]) -> None:
        """Have `usage` know what is used of authorizations, and of those of which claims (CLM01) reserved something."""


class Sure(NamedTuple):
    """What was decided about a claim."""

    claim: str
    """CLM01."""
    payer: Party
    charge: Decimal
    rows: tuple[Row, ...]
    near: Sequence[str]
    """The keys of the authorizations that it is near."""
    edit: Edit | None
    uses: bool
    """Whether it uses anything."""


class Linker:
    """The claims of a part of a file, in their order: those in a row that it takes, and the others, which it passes by."""

    def __init__(self, module: Any, asked: Callable[[str, str, str], bool] | None) -> None:
        """`asked`: whether rules may say something of a payer, by its id, its name and SBR09; None: there are none."""
        self._module, self._asked = module, asked
        self._made: Any = None
        self._told_by: tuple[object, ...] = ()
        self._tallies: list[Tally] = []
        self.size = 0
        """How many claims there are."""
        self.passed: list[int] = []
        """The places of those that it passed by."""
        self._found: Sequence[tuple[int, UnitRow, tuple[Any, ...]]] = ()
        """What was decided, by place, with the row that the claim is of."""
        self._records: Mapping[int, str] = {}

    def take(self, row: UnitRow) -> bool:
        """Take units in a row; False where they are none of a kind that it knows."""
        context, units = row.context, row.units
        if not _is_plain(context) or any(level.unread is None for level in units.above[1:]):
            return False
        told_by = (context.guide, context.delimiters, units.end)
        if self._made is None:
            self._made, self._told_by = self._module.Linker(*_terms(context, units.end), self._asked), told_by
            for _ in self.passed:
                self._made.skip()
        if told_by != self._told_by or not is_whole(units.data, context.delimiters, units.start, units.stop):
            return False
        counted = self._made.add(units.data, units.start, units.stop, units.base, tuple(map(bytes, units.above)))
        if counted is None:
            return False
        claims, levels = counted
        self._tallies.append(Tally(row, self.size, claims, levels))
        self.size += claims
        return True

    def pass_by(self) -> None:
        """Pass by a claim that is none of its own."""
        self.passed.append(self.size)
        self.size += 1
        if self._made is not None:
            self._made.skip()

    def placed(self, others: Placed) -> Placed:
        """Its claims among the others, all in their order."""
        if self._made is None:
            return others
        levels, claims = self._made.spots()
        return with_rows(others, self._tallies, [Level(*level) for level in levels], claims, (*_LEVELS, CLAIM))

    def not_plain(self) -> list[int]:
        """The places of those in rows about which it cannot decide."""
        if self._made is None:
            return []
        names, passed = self._made.claims(), frozenset(self.passed)
        return [n for n, name in enumerate(names) if name is None and n not in passed]

    def decide(self, find: RecordFinder, taken: TakenElsewhere, called: Collection[str]) -> list[int]:
        """Decide each claim of its own; gives the places of those of which it is not sure.

        `called` are the CLM01s of those that are `taken` by others.
        """
        if self._made is None:
            return []
        records = dict(find.records(self._made.names()))
        for id, record in records.items():
            if not self._made.know(id, record):
                self._called(find.read(id, record))
        names = self._made.claims()
        find.look_up(records, [name for name in names if name is not None])
        uses = {id: find.usage.rows_of(str(id)) for id in records}
        before = {n: find.usage.keys([name]) for n, name in enumerate(names) if name and find.usage.knows(name)}
        places = {n: tuple(map(int, keys)) for n, keys in (before | dict(taken)).items()}  # what these give back is not known
        found = self._made.linked(uses, list(called), places, says_none)
        own = [(n, row) for row, first, count, _ in self._tallies for n in range(first, first + count) if n not in taken]
        self._found = [(n, row, found[n]) for n, row in own if found[n] is not None]
        self._records = records
        return [n for n, _ in own if found[n] is None]

    def settled(self, find: RecordFinder) -> Iterator[tuple[int, Sure]]:
        """What was decided of the others, by their places, in their order: what each uses is taken from `find.usage`."""
        telling = _Telling(find, self._records)
        for n, row, outcome in self._found:
            yield n, telling.sure(outcome, row)

    def _called(self, authorization: Authorization) -> None:
        """By what an authorization is found that the linker does not know."""
        for member in member_ids(authorization.subscriber, authorization.patient):
            self._made.called(_MEMBER, member, 0)
        for number in numbers(authorization) - {""}:
            self._made.called(_NUMBER, number, 0)
        patient = authorization.patient
        if patient.birth_date and (last := folded_name(patient.last_name)):
            self._made.called(_PERSON, last, int(write_date(patient.birth_date)))


def linker_for(terms: Terms) -> Linker | None:
    """A linker; None where none is installed or wanted, or more is to be told than it knows: all that was looked at."""
    if not terms.brief or terms.payers or terms.level:
        return None
    module = at_hand()
    return Linker(module, cache(terms.asked_of) if terms.ruled else None) if module is not None else None


def _is_plain(context: Context) -> bool:
    """Whether claims that go for payment stand in it, and nothing is in the way of reading them by their bytes."""
    if context.st is None or context.header is None or kind_by_version(context) != KIND or not _plain(context.delimiters):
        return False
    return around_of(context.st, context.gs, context.header) is not None


def _plain(delimiters: Delimiters) -> bool:
    """Whether no delimiter is what stands in numbers and names."""
    all_of_them = (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition or b"*")
    return not any(one.isalnum() or one in b" '-./_#" for one in all_of_them)


def _terms(context: Context, end: bytes) -> tuple[Any, ...]:
    delimiters = context.delimiters
    assert context.guide is not None
    step = _step(table(context.guide).root)
    return (
        (delimiters.element, delimiters.component, delimiters.segment),
        end,
        tuple(map(encode, LOOPS)),
        tuple(before_number(step)),
        tuple(before_number(line_step(step))),
    )


def _step(root: Step) -> Step:
    """That of claims, which is the same below subscribers and patients."""
    step = root
    for id in (*_LEVELS[:2], CLAIM):
        step = next(place.step for place in step.places if place.step is not None and place.use.id == id)
    return step


class _Telling:
    """Says in words what the linker decided."""

    def __init__(self, find: RecordFinder, records: Mapping[int, str]) -> None:
        self._find, self._records = find, records

    def sure(self, outcome: tuple[Any, ...], row: UnitRow) -> Sure:
        """What was decided about a claim, and what it uses is counted."""
        kind, id, payer, charge, held, offset, who, near, lines, puts, grants = outcome
        context = row.context
        assert context.st is not None
        head = ClaimHead(id, intern(context.st.get(2)), intern(payer[0] or payer[1]), read_amount(charge) or ZERO, offset, who)
        if kind == _NOTHING:
            rows: tuple[Row, ...] = (row_of(head, None),)
        elif kind == _NOT_KNOWN:
            rows = (not_known(head, held),)
        elif kind == _OF_ANOTHER:
            rows = (of_another(head, held),)
        else:
            component = decode(context.delimiters.component)
            meant = [self._meant(line, component) for line in lines]
            rows = rows_of(head, [Billed(line[0], read_amount(line[1]) or ZERO) for line in lines], meant, held) or ()
            assert rows, "it is sure that what is held fits"
        for key, service, day, amount in grants:
            self._find.usage.count(str(key), (service, PROFESSIONAL, id, day, str(amount), SENT))
        edit, keys = _edit(puts, row) if puts else None, [str(key) for key in near]
        return Sure(id, _payer(*payer), head.charge, rows, keys, edit, bool(grants))

    def _meant(self, line: Sequence[Any], component: str) -> Meant | None:
        if len(line) < _ANSWERED:
            return None
        id, position = line[2:4]
        if len(line) == _ANSWERED:
            offer: Offer = offers(self._find.read(id, self._records[id]))[position]
            verdict, why = refused(offer.service)
            return Meant(offer.number, str(id), verdict, spoken(offer, f"{why}{decided_on(offer)}"))
        if len(line) == _SHORT:
            return self._short(str(id), *line[3:])
        number, procedure, start, end, *room = line[4:]
        reason = authorized(number, _certifies(procedure, component, start, end))
        return Meant(number, str(id), Verdict.LINKED, reason, remaining=_remaining(end, *room))

    def _short(self, key: str, position: int, number: str, unit: str, certified: int, wanted: int, left: int, has: int) -> Meant:
        """What is told of a line that has too few units left, or none."""
        used = [row for row in self._find.usage.rows_of(key) if row[:2] == (position, PROFESSIONAL) and row[5] not in GIVEN_BACK]
        by = [claim for _, _, claim, *_ in sorted(used, key=itemgetter(3))]
        use = Use(key, position, PROFESSIONAL, "", (), Decimal(left)) if left else None
        limit = Limit(Decimal(certified), unit)
        room = Room(use, False, limit, Decimal(wanted), Decimal(left), tuple(dict.fromkeys(by)))
        verdict, why = lacking(room, has=bool(has))
        return Meant(number, key, verdict, authorized(number, why), misfit=over(limit, room))


@lru_cache(maxsize=256)
def _payer(id: str, name: str) -> Party:
    return Party(id=id, name=name)


@lru_cache(maxsize=4096)
def _certifies(procedure: str, component: str, start: str, end: str) -> str:
    billed = procedure_in(procedure, component)
    assert billed is not None
    period = Period(start=date.fromisoformat(start), end=date.fromisoformat(end)) if start else None
    return certifies(said(billed), f"for {dated(period)}" if period else DATELESS)


@lru_cache(maxsize=4096)
def _remaining(end: str, unit: str, certified: int, used: int, left: int) -> Remaining:
    until = date.fromisoformat(end) if end else None
    if certified < 0:
        return Remaining(until=until)
    return Remaining(until=until, of=Decimal(certified), used=Decimal(used), left=Decimal(left), unit=unit)


def _edit(puts: Sequence[tuple[int, str]], row: UnitRow) -> Edit:
    units, element = row.units, row.context.delimiters.element
    first = last = puts[0][0]
    pieces: list[bytes] = []
    for at, number in puts:
        pieces.append(units.data[last - units.base : at - units.base])
        pieces.append(element.join((b"REF", encode(AUTHORIZATION), encode(number))) + units.end)
        last = at
    return Edit(first, last - first, b"".join(pieces), len(puts))
