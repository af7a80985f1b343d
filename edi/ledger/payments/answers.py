"""The answers to one claim put together, however they call it, with those to the claims that it replaces or that replace it.

A number (CLM01) may be used for several claims: of several patients, of a family with one member id, of every visit of a patient.
They are told apart by the people and days of the claims as they were sent, and of payments of which it is not sure what they
answer; where these do not contradict each other, one claim was sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, exists, select, text
from sqlmodel import Session, col

from edi.ledger.questions import chunks
from edi.ledger.reading import made_as, read_facts
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import REPLACING, ClaimRow, FindingRow, PaymentRow, RemittanceRow
from edi.linkage.denials.denial import ESTIMATE
from edi.linkage.denials.kinds import DUPLICATE
from edi.linkage.joining import together
from edi.linkage.patients import other_people
from edi.records.parties import Person

_SET: Final = 500
_FOUND: Final = exists().where(col(FindingRow.payment_id) == col(PaymentRow.id))
_COLUMNS: Final[tuple[Any, ...]] = (
    col(PaymentRow.id),
    col(PaymentRow.claim),
    col(PaymentRow.payer_claim),
    col(PaymentRow.claim_id),
    col(PaymentRow.remittance_id),
    col(PaymentRow.member_key).label("insured"),
    col(ClaimRow.claim).label("sent"),
    col(ClaimRow.member_key),
    col(ClaimRow.original),
    *map(col, (PaymentRow.status, PaymentRow.frequency, PaymentRow.charge, PaymentRow.paid, RemittanceRow.trace)),
    col(ClaimRow.charge).label("billed"),
    col(ClaimRow.frequency).label("sent_as"),
    and_(_FOUND.where(col(FindingRow.kind) == DUPLICATE), ~_FOUND.where(col(FindingRow.kind) != DUPLICATE)).label("repeats"),
)
"""What is asked of each answer, and of the claim that it is sure to answer.

`repeats`: all that it finds is that the claim was decided before.
"""
_CALLED: Final = (
    select(col(PaymentRow.claim), col(ClaimRow.claim))
    .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
    .where(one_of(col(PaymentRow.payer_claim), "numbers"))
)
_REPLACING: Final = select(col(ClaimRow.claim)).where(text(f"claims.{REPLACING}"), one_of(col(ClaimRow.original), "numbers"))
_CLAIMS: Final = select(col(ClaimRow.id), col(ClaimRow.record)).where(one_of(col(ClaimRow.id), "ids"))
_PAYMENTS: Final = select(col(PaymentRow.id), col(PaymentRow.record)).where(one_of(col(PaymentRow.id), "ids"))


def asking(*more: Any) -> Select[Any]:
    """The question for answers; the caller has `more` columns of its own. An estimate answers nothing."""
    return (
        select(*_COLUMNS, *more)
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .where(col(PaymentRow.status) != ESTIMATE)
    )


def answers(session: Session, claims: Iterable[str], read: Callable[[Sequence[str]], Iterable[Any]]) -> list[Any]:
    """The answers to claims with these numbers, and to those that they replace or that replace them (REF*F8).

    `read` gives the rows (`asking`) of numbers: CLM01, and CLP01 where that is not known.
    """
    found: dict[int, Any] = {}
    known, new = set[str](), set(claims)
    while new:
        known |= new
        rows = [row for chunk in chunks(sorted(new), _SET) for row in read(chunk) if row.id not in found]
        found.update((row.id, row) for row in rows)
        new = {name for row in rows for name in (row.claim, row.sent) if name}.union(_near(session, rows)) - known
    return list(found.values())


def _near(session: Session, rows: Sequence[Any]) -> Iterator[str]:
    """What the claims are called that replace those of some answers, or that these replace."""
    numbers = {row.payer_claim for row in rows} - {""}
    for some in chunks(sorted(numbers.union(row.original for row in rows if row.original)), _SET):
        yield from (name for names in ask(session, _CALLED, numbers=some) for name in names if name)
    for some in chunks(sorted(numbers), _SET):
        yield from ask(session, _REPLACING, numbers=some).scalars()


def by_claim(session: Session, rows: Sequence[Any]) -> list[list[Any]]:
    """Answers, those to one claim together, with those to the claims that it replaces or that replace it.

    One of which it is not sure what it answers goes with the only claim that it may, and with what has its payer's number.
    """
    first: dict[tuple[bool, int], int] = {}
    units = {row.id: first.setdefault((row.claim_id is None, row.claim_id or row.id), row.id) for row in rows}
    links = [*_by_number(rows, units), *_by_name(session, rows, units)]
    places = {unit: min(each) for each in together(each for each in links if len(each) > 1) for unit in each}
    found: dict[int, list[Any]] = {}
    for row in rows:
        unit = units[row.id]
        found.setdefault(places.get(unit, unit), []).append(row)
    return list(found.values())


def _by_number(rows: Iterable[Any], units: Mapping[int, int]) -> Iterator[set[int]]:
    """What has one number of the payer's: claims with what they replace, and answers under one number of ours."""
    numbered: dict[str, list[Any]] = {}
    for row in rows:
        if row.payer_claim:
            numbered.setdefault(row.payer_claim, []).append(row)
    for row in rows:
        if number := row.original or ("" if row.sent else row.payer_claim):
            yield {units[row.id], *(units[other.id] for other in numbered.get(number, ()))}
    for alike in numbered.values():
        yield from _grouped((_thread(row), units[row.id]) for row in alike)


def _by_name(session: Session, rows: Sequence[Any], units: Mapping[int, int]) -> Iterator[set[int]]:
    """What goes by one number of ours, and may be one claim by its person and days."""
    claims = {units[row.id]: row.claim_id for row in rows if row.sent}
    unsure = [row for row in rows if not row.sent]
    threads = [each for each in _grouped((_thread(row), units[row.id]) for row in rows if row.sent) if len(each) > 1]
    called = {row.claim for row in unsure}
    asked = set().union(*threads, (units[row.id] for row in rows if row.sent and not called.isdisjoint((row.claim, row.sent))))
    facts = _facts(session, _CLAIMS, {claims[unit]: unit for unit in asked}) | _facts(
        session, _PAYMENTS, {row.id: units[row.id] for row in unsure}
    )
    same = [
        {one, other} for each in threads for one, other in combinations(sorted(each), 2) if not _apart(facts[one], facts[other])
    ]
    yield from same
    visits = together([*same, *({unit} for unit in asked)]) if unsure else []
    of_number: dict[str, set[int]] = {}
    for row in rows:
        if row.sent:
            for name in (row.claim, row.sent):
                of_number.setdefault(name, set()).add(units[row.id])
    left: list[tuple[tuple[str, str], int]] = []
    for row in unsure:
        own, near = facts[units[row.id]], of_number.get(row.claim, set())
        meant = [each for each in visits if any(not _apart(own, facts[unit]) for unit in each & near)]
        if len(meant) == 1:
            yield {units[row.id], *meant[0]}
        else:
            left.append((_thread(row), units[row.id]))
    remittances = {row.id: row.remittance_id for row in unsure}
    for one, other in (pair for each in _grouped(left) for pair in combinations(sorted(each), 2)):
        a, b = facts[one], facts[other]
        if remittances[one] == remittances[other]:  # what comes at once may be parts of a claim, each of its own days
            a, b = a._replace(period=None), b._replace(period=None)
        if not _apart(a, b):
            yield {one, other}


def _thread(row: Any) -> tuple[str, str]:
    """A claim's number and member."""
    return (row.sent, row.member_key) if row.sent else (row.claim, row.insured)


def _grouped(named: Iterable[tuple[tuple[str, str], int]]) -> Iterable[set[int]]:
    found: dict[tuple[str, str], set[int]] = {}
    for name, unit in named:
        found.setdefault(name, set()).add(unit)
    return found.values()


class _Facts(NamedTuple):
    """Whom a record speaks of, and from which day to which; None where it says none."""

    person: Person
    period: tuple[str, str] | None


def _apart(one: _Facts, other: _Facts) -> bool:
    """Whether two records contradict each other: another day, or another person."""
    if one.period and other.period and (one.period[1] < other.period[0] or other.period[1] < one.period[0]):
        return True
    return other_people(one.person, other.person)


def _facts(session: Session, question: Select[int, str], units: Mapping[int, int]) -> dict[int, _Facts]:
    """By unit what the records of these ids say."""
    read = made_as(Person)
    found: dict[int, _Facts] = {}
    for some in chunks(sorted(units), _SET):
        for id, record in ask(session, question, ids=some):
            told = read_facts(record)
            lines = [line["period"] for line in told.get("lines", ()) if line.get("period")]
            periods = lines or [period for period in (told.get("period"),) if period]
            days = (min(p["start"] for p in periods), max(p["end"] for p in periods)) if periods else None
            found[units[id]] = _Facts(read(told.get("patient", {})), days)
    return found
