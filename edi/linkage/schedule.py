"""A schedule as a spreadsheet (CSV) of services to come, a question to the rules in each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from edi.errors import RecordError
from edi.guides.rules.requirement import RequirementRule
from edi.linkage import queries
from edi.linkage.requirements import Query, RequirementAnswer, age_in, payer_in, requirement
from edi.records.cells import Cells, RowProblem, WrongCell, day_in, rows_in
from edi.records.values import read_amount

COLUMNS: Final = (
    "payer_id", "payer", "procedure", "modifiers", "together", "diagnosis", "place", "bill", "date", "start", "end", "state",
    "plan", "birth_date", "age", "units", "unit", "provider_npi", "network", "gold_card",
)  # fmt: skip
"""Those that are read, in any order; others may stand beside them. What has no cell, or an empty one, is not known."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A row, the question in it, and whether an authorization and a referral are wanted."""

    row: int
    cells: Cells
    query: Query
    answer: RequirementAnswer
    referral: RequirementAnswer


def read_schedule(data: bytes, rules: Sequence[RequirementRule], today: date) -> tuple[list[Scheduled], list[RowProblem]]:
    """The rows of a CSV file, answered, and what could not be read; `today` is the day of what has none. A RecordError where it
    is no such file at all.
    """
    rows, problems = rows_in(data, COLUMNS, others=True)
    if not rows and not problems:
        raise RecordError("There is no row below the header.")
    if not all({"payer", "payer_id"} & cells.keys() for _, cells in rows):
        raise RecordError("The first row must be the header, and it has no column payer_id or payer.")
    found = []
    for row, cells in rows:
        try:
            query = _query(cells, rules, today)
        except WrongCell as error:
            problems.append(RowProblem(row, error.column, error.message))
            continue
        answer, referral = (requirement(query, rules, referral=about) for about in (False, True))
        found.append(Scheduled(row=row, cells=cells, query=query, answer=answer, referral=referral))
    return found, sorted(problems, key=lambda problem: problem.row)


def _query(cells: Cells, rules: Sequence[RequirementRule], today: date) -> Query:
    names = [_read(cells, column, queries.payer_named) or "" for column in ("payer_id", "payer")]
    if not any(names):
        raise WrongCell("payer_id", "is needed, or payer")
    procedure, behind = _read(cells, "procedure", queries.procedure_in) or ("", ())
    modifiers = _read(cells, "modifiers", queries.modifiers_in)
    place, bill = _read(cells, "place", queries.place_in), _read(cells, "bill", queries.bill_in)
    if not procedure and not place and not bill:
        raise WrongCell("procedure", "is needed, or for a stay the place or the type of bill")
    on = _read(cells, "date", day_in) or _read(cells, "start", day_in) or today
    until = _read(cells, "end", day_in)
    if until and until < on:
        raise WrongCell("end", "is before the service begins")
    birth, age = _read(cells, "birth_date", day_in), _read(cells, "age", _whole)
    units = _read(cells, "units", _amount)
    network, gold_card = _read(cells, "network", _network), _read(cells, "gold_card", _yes)
    return Query(
        payer=payer_in(rules, *names),
        procedure=procedure,
        modifiers=behind + (modifiers or ()) if behind or modifiers is not None else None,
        together=_read(cells, "together", queries.together_in),
        diagnoses=_read(cells, "diagnosis", queries.diagnoses_in),
        place=place,
        bill=bill,
        on=on,
        until=until,
        state=_read(cells, "state", queries.state_in),
        plans=tuple(plan.strip() for plan in cells["plan"].split(";")) if cells.get("plan") else None,
        age=age if age is not None else age_in(birth, on, until),
        quantity=units,
        unit=cells.get("unit") or "UN" if units is not None else None,
        npis=(cells["provider_npi"],) if cells.get("provider_npi") else None,
        network=network,
        gold_carded=bool(gold_card),
    )


def _read(cells: Cells, column: str, read: Callable[[str], T]) -> T | None:
    """What a cell says; None where it is empty."""
    said = cells.get(column, "")
    try:
        return read(said) if said else None
    except RecordError as error:
        raise WrongCell(column, str(error).removesuffix(".")) from error


def _amount(said: str) -> Decimal:
    amount = read_amount(said)
    if amount is None or amount < 0:
        raise RecordError("must be a number.")
    return amount


def _whole(said: str) -> int:
    if not (said.isdecimal() and len(said) <= 3):
        raise RecordError("must be a number of years.")
    return int(said)


def _network(said: str) -> bool:
    return _either(said, "in", "out")


def _yes(said: str) -> bool:
    return _either(said, "yes", "no")


def _either(said: str, yes: str, no: str) -> bool:
    if said.casefold() not in (yes, no):
        raise RecordError(f"must be {yes} or {no}.")
    return said.casefold() == yes
