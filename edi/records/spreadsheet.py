"""Authorizations as rows of a spreadsheet (CSV): what came by phone, portal, fax or letter, a row for each service.

Rows that differ only in what is about a service (procedure, dates, units, decision ...) are one authorization. What cannot be
read is a problem of its row, and its authorization is left out; the others are read all the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from edi.errors import RecordError
from edi.guides.rules.requirement import is_range
from edi.records.authorization import Authorization, CertifiedService, decided
from edi.records.cells import Cells, WrongCell, day_in, rows_in
from edi.records.cells import RowProblem as RowProblem
from edi.records.certification import REFERRAL
from edi.records.parties import NO_PARTY, Party, Person
from edi.records.response import Decision
from edi.records.services import Period, Procedure, Quantity, Tooth
from edi.records.values import read_amount

COLUMNS: Final = (
    "number", "decision", "kind", "change", "level", "payer_id", "payer", "member_id", "last_name", "first_name", "birth_date",
    "procedure", "teeth", "oral_cavity", "revenue_code", "service_type", "place", "start", "end", "units", "unit", "provider_npi",
    "provider", "channel", "told_by", "call_reference", "date", "trace", "previous_number", "decide_by",
)  # fmt: skip
"""The header, in the order in which it is written; in a file that is read the order is free, and what is not needed may lack."""
CHANNELS: Final = ("phone", "portal", "fax", "letter", "278")
_FROM_A_278: Final = "278"
"""The channel of inquiries and notifications too."""
_SERVICE: Final = frozenset(
    (
        "decision",
        "procedure",
        "teeth",
        "oral_cavity",
        "revenue_code",
        "service_type",
        "place",
        "start",
        "end",
        "units",
        "unit",
        "provider_npi",
        "provider",
        "decide_by",
    )
)
"""The columns in which the services of one authorization may differ."""
_NEEDED: Final = ("decision", "channel")
_DECISIONS: Final = tuple(decision.value for decision in Decision)
_NUMBERED: Final = frozenset({Decision.CERTIFIED, Decision.MODIFIED})
_ADMISSION: Final = "AR"
_KINDS: Final = {"authorization": "", "admission": _ADMISSION, "referral": REFERRAL}
"""A kind, and its UM01; any other service is an authorization."""
_CHANGES: Final = ("I", "R", "S", "4", "3", "1", "2", "N")
_LEVELS: Final = ("U", "03", "E")
_PROCEDURE: Final = re.compile(r"(?P<code>[A-Z0-9]{5})(?P<end>-[A-Z0-9]{5})?(?P<modifiers>(?:-[A-Z0-9]{2}){0,4})", re.ASCII)
_TOOTH: Final = re.compile(r"(\d{1,2}|[A-T]S?)(?:-([BDFILMO]{1,5}))?", re.ASCII)
_AREA: Final = re.compile(r"\d{1,2}|[LR]", re.ASCII)
_BETWEEN: Final = re.compile(r"[\s,;]+")
_DENTAL: Final = "AD"
_PLACE_OF_SERVICE: Final = "B"
"""UM04-2; there is no column for a type of bill."""
_DIGITS: Final = {"level": 2, "place": 2, "revenue_code": 4}
"""How long a number is there: spreadsheets take the zeros off its front."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An authorization as a spreadsheet tells it, and the rows that do."""

    record: Authorization
    rows: tuple[int, ...]


def read_entries(data: bytes) -> tuple[list[Entry], list[RowProblem]]:
    """The authorizations of a CSV file, and what could not be read. A RecordError where it is no such file at all."""
    numbered, problems = rows_in(data, COLUMNS, _NEEDED)
    entries, wrong = entries_of(numbered)
    return entries, sorted([*problems, *wrong], key=lambda problem: problem.row)


def entries_of(rows: Iterable[tuple[int, Cells]]) -> tuple[list[Entry], list[RowProblem]]:
    """The authorizations that rows tell, and what is wrong with those that tell none."""
    groups: dict[tuple[str, ...], list[tuple[int, Cells]]] = {}
    for row, given in rows:
        cells: Cells = {name: said.zfill(_DIGITS.get(name, 0)) if said.isdecimal() else said for name, said in given.items()}
        own = _SERVICE | {"number"} if cells.get("trace") else _SERVICE  # services of one request may have their own numbers
        groups.setdefault(tuple(cells.get(name, "") for name in COLUMNS if name not in own), []).append((row, cells))
    entries, problems = [], []
    for group in groups.values():
        services, wrong = [], []
        for row, cells in group:
            try:
                services.append(_service(cells))
            except WrongCell as error:
                wrong.append(RowProblem(row, error.column, error.message))
        problems += wrong
        if not wrong:
            entries.append(Entry(_record([cells for _, cells in group], services), tuple(row for row, _ in group)))
        elif len(wrong) < len(group):
            faulty = {problem.row for problem in wrong}
            why = "left out: another row of the same authorization cannot be read"
            problems += [RowProblem(row, "", why) for row, _ in group if row not in faulty]
    return entries, problems


def write_records(records: Iterable[Authorization]) -> bytes:
    """The inverse of `read_entries`, for what has a column."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerows(rows_of(record))
    return out.getvalue().encode()


def rows_of(record: Authorization) -> Iterator[tuple[str, ...]]:
    """An authorization as cells in the order of COLUMNS, a row for each service."""
    shared = {
        "kind": "admission" if record.category == _ADMISSION else record.kind,
        "change": record.certification_type,
        "level": record.level_of_service,
        "payer_id": record.payer.id,
        "payer": record.payer.name,
        "member_id": record.subscriber.member_id,
        "last_name": record.patient.last_name,
        "first_name": record.patient.first_name,
        "birth_date": _day(record.patient.birth_date),
        "channel": record.source if record.source in CHANNELS else _FROM_A_278,
        "told_by": record.told_by,
        "call_reference": record.call_reference,
        "date": _day(record.issued),
        "trace": next(iter(record.traces), ""),
        "previous_number": record.previous_number,
    }
    for service in record.services or (None,):
        own = _service_cells(service, record) | shared
        yield tuple(own.get(name, "") for name in COLUMNS)


def _service_cells(service: CertifiedService | None, record: Authorization) -> dict[str, str]:
    said = service or record
    period = said.period or record.period
    provider = next(iter(said.providers or record.providers), NO_PARTY)
    return {
        "number": said.number or record.number,
        "decision": said.decision.value,
        "procedure": _procedure_cell(service.procedure) if service else "",
        "teeth": " ".join(tooth.cell for tooth in service.teeth) if service else "",
        "oral_cavity": " ".join(service.oral_cavity) if service else "",
        "revenue_code": service.revenue_code if service else "",
        "service_type": said.service_type,
        "place": said.place if said.place_qualifier == _PLACE_OF_SERVICE else "",
        "start": "" if period is None or period.start == date.min else _day(period.start),
        "end": "" if period is None or period.end == date.max else _day(period.end),
        "units": format(said.quantity.amount, "f") if said.quantity else "",
        "unit": said.quantity.unit if said.quantity else "",
        "provider_npi": provider.npi,
        "provider": provider.name,
        "decide_by": _day(record.decide_by) if said.decision is Decision.PENDED else "",
    }


def _record(rows: list[Cells], services: list[CertifiedService]) -> Authorization:
    """An authorization from the cells that its rows share; one row without a code is about the event as a whole."""
    cells, first, get = rows[0], services[0], rows[0].get
    whole = len(services) == 1 and not (first.procedure or first.revenue_code)
    person = Person(
        last_name=get("last_name", ""),
        first_name=get("first_name", ""),
        member_id=get("member_id", ""),
        birth_date=_read_day(cells, "birth_date"),
    )
    alike = {name: _alike(services, name) for name in ("number", "period", "place", "place_qualifier", "providers")}
    kind = get("kind") or "authorization"
    return Authorization(
        kind="referral" if kind == "referral" else "authorization",
        decision=decided([service.decision for service in services]),
        number=alike["number"] or "",
        category=_KINDS[kind],
        certification_type=get("change") or "I",
        level_of_service=get("level", ""),
        payer=Party(role="X3", name=get("payer", ""), id_qualifier="PI" if get("payer_id") else "", id=get("payer_id", "")),
        requester=NO_PARTY,
        subscriber=person,
        patient=person,
        period=alike["period"],
        place=alike["place"] or "",
        place_qualifier=alike["place_qualifier"] or "",
        providers=alike["providers"] or (),
        service_type=first.service_type if whole else "",
        quantity=first.quantity if whole else None,
        services=() if whole else tuple(services),
        traces=(get("trace", ""),) if get("trace") else (),
        previous_number=get("previous_number", ""),
        issued=_read_day(cells, "date"),
        source=get("channel", ""),
        told_by=get("told_by", ""),
        call_reference=get("call_reference", ""),
        decide_by=min((day for row in rows if (day := _read_day(row, "decide_by"))), default=None),
    )


def _alike(services: list[CertifiedService], name: str) -> Any:
    """What all services have alike is the event's; None where they differ."""
    values = [getattr(service, name) for service in services]
    return values[0] if all(value == values[0] for value in values) else None


def _service(cells: Cells) -> CertifiedService:
    """What a row says of a service, once all of the row was looked at."""
    decision = Decision(_choice(cells, "decision", _DECISIONS))
    choices = {"channel": CHANNELS, "kind": ("", *_KINDS), "change": ("", *_CHANGES), "level": ("", *_LEVELS)}
    for name, words in choices.items():
        _choice(cells, name, words)
    for name in ("birth_date", "date", "decide_by"):
        _read_day(cells, name)
    if cells.get("decide_by") and decision is not Decision.PENDED:
        raise WrongCell("decide_by", "is only for what is pended")
    number = cells.get("number", "")
    if decision in _NUMBERED and not number:
        raise WrongCell("number", f"is needed for what is {decision.value}")
    if not number and not cells.get("trace") and not cells.get("date"):
        raise WrongCell("date", "is needed where there is neither a number nor a trace")
    if not cells.get("payer_id") and not cells.get("payer"):
        raise WrongCell("payer_id", "is needed, or payer")
    if not cells.get("member_id") and not (cells.get("last_name") and cells.get("birth_date")):
        raise WrongCell("member_id", "is needed, or last_name and birth_date")
    npi, name, place = cells.get("provider_npi", ""), cells.get("provider", ""), cells.get("place", "")
    party = Party(role="SJ", name=name, id_qualifier="XX" if npi else "", id=npi)
    return CertifiedService(
        decision=decision,
        number=number,
        procedure=_procedure(cells),
        teeth=tuple(Tooth(number=found[1], surfaces=tuple(found[2] or "")) for found in _sites(cells, "teeth", _TOOTH)),
        oral_cavity=tuple(
            found[0].zfill(2) if found[0].isdecimal() else found[0] for found in _sites(cells, "oral_cavity", _AREA)
        ),
        revenue_code=cells.get("revenue_code", ""),
        service_type=cells.get("service_type", ""),
        period=_period(cells),
        quantity=_quantity(cells),
        place=place,
        place_qualifier=_PLACE_OF_SERVICE if place else "",
        providers=(party,) if npi or name else (),
    )


def _choice(cells: Cells, column: str, words: tuple[str, ...]) -> str:
    said = cells.get(column, "")
    if said not in words:
        raise WrongCell(column, f"must be one of {', '.join(word for word in words if word)}")
    return said


def _procedure(cells: Cells) -> Procedure | None:
    """97110, 97110-GP-59 with modifiers, 97110-97140 for a range; a dental code begins with D."""
    said = cells.get("procedure", "").upper()
    if not said:
        return None
    found = _PROCEDURE.fullmatch(said)
    if found is None:
        raise WrongCell("procedure", "must be one code, such as 97110, 97110-GP or 97110-97140; another one is another row")
    code, end = found["code"], (found["end"] or "")[1:]
    if end and not is_range(code, end):
        raise WrongCell("procedure", "is no range: both ends must be codes of one kind, the smaller one first")
    return Procedure(
        qualifier=_DENTAL if code[0] == "D" else "HC",
        code=code,
        modifiers=tuple(found["modifiers"].split("-")[1:]),
        code_end=end,
    )


def _sites(cells: Cells, column: str, shape: re.Pattern[str]) -> list[re.Match[str]]:
    """Where in the mouth a dental procedure is done, each place with blanks or commas behind it."""
    said = cells.get(column, "").upper()
    found = [shape.fullmatch(one) for one in _BETWEEN.split(said) if one]
    if found and not cells.get("procedure", "").upper().startswith("D"):
        raise WrongCell(column, "is only for a dental procedure, such as D2740")
    if None in found:
        raise WrongCell(column, f"must be {_SITES[column]}, with blanks between")
    return [one for one in found if one is not None]


_SITES: Final = {"teeth": "teeth, such as 3 14-MO (with their surfaces)", "oral_cavity": "areas of the mouth, such as 10 or 01"}


def _procedure_cell(procedure: Procedure | None) -> str:
    if procedure is None:
        return ""
    return "-".join(part for part in (procedure.code, procedure.code_end, *procedure.modifiers) if part)


def _period(cells: Cells) -> Period | None:
    start, end = _read_day(cells, "start"), _read_day(cells, "end")
    if start is None and end is None:
        return None
    if start and end and start > end:
        raise WrongCell("end", "is before start")
    return Period(start=start or date.min, end=end or date.max)


def _quantity(cells: Cells) -> Quantity | None:
    units, unit = cells.get("units", ""), cells.get("unit", "")
    if not units:
        return None
    amount = read_amount(units)
    if amount is None or amount < Decimal(0):
        raise WrongCell("units", "must be a number")
    return Quantity(unit=unit or "UN", amount=amount)


def _read_day(cells: Cells, column: str) -> date | None:
    said = cells.get(column, "")
    try:
        return day_in(said) if said else None
    except RecordError as error:
        raise WrongCell(column, str(error).removesuffix(".")) from error


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
