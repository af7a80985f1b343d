"""Payments as they are kept, written from the bytes of their units: the JSON of a record that nobody needs as such.

What an expression accepted (`edi.guides.runs`) is taken apart into its segments, each of which says a piece of the JSON: what
`to_json` makes of `payment_of`, field by field, without what has its default value. A unit that was walked is read as a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, Final, TypeAlias

from edi.guides.document import Unit
from edi.ledger.storing import claim_key, to_json
from edi.linkage.joining import folded, member_key
from edi.records.adjudication import inpatient_of, outpatient_of
from edi.records.forms import procedure_in
from edi.records.parties import contact_by, party_by
from edi.records.remittance import BARE, TRIPLETS, Payment, payment_of
from edi.records.transfer import Transfer
from edi.records.values import ZERO, read_amount, read_date
from edi.text.segments import decode

_LINE: Final = "SVC"
_ABSENT: Final = ("",) * 25
_OWN_NUMBER: Final = "6R"
_KEPT: Final = 4096
_BARE: Final = 2
"""So many kinds of segments has a claim of which nothing is told but what was paid to whom: CLP, NM1."""
_PERSON: Final = (
    *(("last_name", 3), ("first_name", 4), ("middle_name", 5), ("prefix", 6), ("suffix", 7)),
    *(("member_id", 9), ("member_id_qualifier", 8)),
)
Segments: TypeAlias = Mapping[str, Sequence[str]]
"""The segments of a loop, as texts, by their ids."""
Row: TypeAlias = Sequence[str]
Rows: TypeAlias = Mapping[str, Row]


def row_of(unit: Unit, transfer: Transfer, around: str) -> dict[str, Any]:
    """The payment that a unit (2100) holds, as it is written but for its ids; `around` is `around_json` of its `transfer`."""
    delimiters, packed = unit.context.delimiters, unit.loop.packed
    raw, offset, end = packed or (b"", 0, None)
    if end is None:
        return row_of_record(payment_of(unit, transfer))
    claim: dict[str, list[str]] = {}
    lines: list[dict[str, list[str]]] = []
    element, loop = decode(delimiters.element), claim
    for segment in decode(raw).split(decode(end))[:-1]:
        id = segment.partition(element)[0]
        if id == _LINE:
            loop = {}
            lines.append(loop)
        if id in loop:
            loop[id].append(segment)
        else:
            loop[id] = [segment]
    return _row(claim, lines, element, decode(delimiters.component), f'{around},"offset":{offset}' if offset else around)


def row_of_record(record: Payment) -> dict[str, Any]:
    """The same of a record."""
    return {
        "claim": record.claim,
        "claim_key": claim_key(record.claim),
        "payer_claim": record.payer_claim,
        "status": record.status,
        "frequency": record.frequency,
        "charge": record.charge,
        "paid": record.paid,
        "member_key": member_key(record.insured or record.patient),
        "record": to_json(record),
    }


def around_json(transfer: Transfer) -> str:
    """What a remittance says of each of its payments, as it stands in their JSON before the offset."""
    days = (("paid_on", transfer.paid_on), ("produced_on", transfer.produced_on))
    told = [f'"payer":{to_json(transfer.payer)}', f'"payee":{to_json(transfer.payee)}']
    told += [f'"trace":{quoted(transfer.trace)}'] if transfer.trace else []
    told += [f'"{name}":"{day}"' for name, day in days if day]
    told += [f'"transaction":{quoted(transfer.transaction)}'] if transfer.transaction else []
    return ",".join(told)


def _row(claim: Segments, lines: Sequence[Segments], element: str, component: str, around: str) -> dict[str, Any]:
    clp = (*claim["CLP"][0].split(element), *_ABSENT) if "CLP" in claim else _ABSENT
    names, dates = _by_code(claim, "NM1", element), _by_code(claim, "DTM", element)
    charge, paid = read_amount(clp[3]) or ZERO, read_amount(clp[4]) or ZERO
    period = _period(dates, ("232", "472"), "233") if dates else ""
    told = [f'"claim":{quoted(clp[1])}', *_texts(clp, (("payer_claim", 7), ("status", 2)))]
    told += [f'"charge":"{charge}"'] if charge else []
    told += [f'"paid":"{paid}"'] if paid else []
    told += _amounts(clp, (("patient_share", 5),))
    told += _texts(clp, (("filing", 6), ("facility", 8), ("frequency", 9), ("drg", 11)))
    told += _amounts(clp, (("drg_weight", 12), ("discharged", 13))) if clp[12] or clp[13] else []
    told.append(f'"patient":{{{",".join(_texts(names["QC"], _PERSON))}}}' if "QC" in names else '"patient":{}')
    if len(names) > 1:
        people = (("insured", "IL"), ("corrected", "74"), ("other_subscriber", "GB"))
        told += [f'"{name}":{{{",".join(_texts(names[code], _PERSON))}}}' for name, code in people if code in names]
    if period:
        told.append(f'"period":{period}')
    if dates:
        days = (("received_on", _date(dates, "050")), ("covered_until", _date(dates, "036")))
        told += [f'"{name}":"{day}"' for name, day in days if day]
    told += _adjustments(claim, element)
    told += _beside(claim, names, element) if len(claim) > _BARE or len(names) > 1 else ()
    told += _list("lines", [_line(line, n, period, element, component) for n, line in enumerate(lines, 1)])
    told.append(around)
    person = names.get("IL") or names.get("QC") or _ABSENT
    return {
        "claim": clp[1],
        "claim_key": claim_key(clp[1]),
        "payer_claim": clp[7],
        "status": clp[2],
        "frequency": clp[9],
        "charge": charge,
        "paid": paid,
        "member_key": folded(person[9]) or folded(f"{person[3]}{person[4]}"),
        "record": f"{{{','.join(told)}}}",
    }


def _beside(claim: Segments, names: Rows, element: str) -> Iterable[str]:
    """What is told of a claim beside what was charged, paid and adjusted."""
    inpatient, outpatient = (_stay(claim[id][0], element) if id in claim else None for id in ("MIA", "MOA"))
    remarks = (inpatient[1] if inpatient else ()) + (outpatient[1] if outpatient else ())
    yield from _list("remarks", map(quoted, remarks))
    yield from _references(claim, element)
    yield from _figures(claim, element)
    yield from (f'"{name}":{told[0]}' for name, told in (("inpatient", inpatient), ("outpatient", outpatient)) if told)
    yield from _list("contacts", [_contact(per, element) for per in claim.get("PER", ())])
    parties = (("rendering", "82"), ("forwarded_to", "TT"), ("earlier_payer", "PR"))
    yield from (f'"{name}":{to_json(party_by(names[code]))}' for name, code in parties if code in names)


def _line(line: Segments, ordinal: int, period: str, element: str, component: str) -> str:
    """A line; `period` is its claim's."""
    svc = (*line[_LINE][0].split(element), *_ABSENT)
    procedure, bare = _procedure(svc[1], component)
    dates = _by_code(line, "DTM", element)
    period = (_period(dates, ("472", "150"), "151") if dates else "") or period
    charge, paid = read_amount(svc[2]), read_amount(svc[3])
    own = next((row[2] for row in _rows(line, "REF", element) if row[1] == _OWN_NUMBER), "") if "REF" in line else ""
    told = [f'"ordinal":{ordinal}']
    told += [f'"control_number":{quoted(own)}'] if own else []
    told += [f'"procedure":{procedure}'] if procedure else []
    told += [f'"submitted":{submitted}'] if svc[6] and (submitted := _procedure(svc[6], component)[0]) else []
    told += [f'"revenue_code":{quoted(svc[4] or bare)}'] if svc[4] or bare else []
    told += [f'"charge":"{charge}"'] if charge else []
    told += [f'"paid":"{paid}"'] if paid else []
    told += _amounts(svc, (("units", 5), ("submitted_units", 7)))
    told += [f'"period":{period}'] if period else []
    told += _adjustments(line, element)
    if "LQ" in line:
        remarks = [(row[1], quoted(row[2])) for row in _rows(line, "LQ", element) if row[2]]
        told += _list("remarks", [remark for list_, remark in remarks if list_ == "HE"])
        told += _list("rejects", [remark for list_, remark in remarks if list_ == "RX"])
    told += _references(line, element)
    told += _figures(line, element)
    return f"{{{','.join(told)}}}"


def _rows(loop: Segments, id: str, element: str) -> list[Row]:
    """The elements of segments, the id as element 0, with empty ones behind the last."""
    return [(*segment.split(element), *_ABSENT) for segment in loop.get(id, ())]


def _by_code(loop: Segments, id: str, element: str) -> Rows:
    """The first segment of each code in its first element."""
    return {row[1]: row for row in reversed(_rows(loop, id, element))} if id in loop else {}


def _texts(row: Row, places: Iterable[tuple[str, int]]) -> list[str]:
    return [f'"{name}":{quoted(row[at])}' for name, at in places if row[at]]


def _amounts(row: Row, places: Iterable[tuple[str, int]]) -> list[str]:
    """Amounts that nothing is said of where there is none: 0 is one."""
    found = ((name, read_amount(row[at])) for name, at in places if row[at])
    return [f'"{name}":"{amount}"' for name, amount in found if amount is not None]


def _list(name: str, members: Iterable[str]) -> list[str]:
    joined = ",".join(members)
    return [f'"{name}":[{joined}]'] if joined else []


def _adjustments(loop: Segments, element: str) -> list[str]:
    """Every triplet of every CAS."""
    return _list("adjustments", filter(None, [_triplets(cas, element) for cas in loop["CAS"]])) if "CAS" in loop else []


@lru_cache(maxsize=_KEPT)
def _triplets(cas: str, element: str) -> str:
    row, found = (*cas.split(element), *_ABSENT), []
    for at in TRIPLETS:
        reason, amount, quantity = row[at], read_amount(row[at + 1]), read_amount(row[at + 2])
        if reason or amount:
            many = f',"quantity":"{quantity}"' if quantity is not None else ""
            found.append(f'{{"group":{quoted(row[1])},"reason":{quoted(reason)},"amount":"{amount or ZERO}"{many}}}')
    return ",".join(found)


def _references(loop: Segments, element: str) -> list[str]:
    if "REF" not in loop:
        return []
    told = [
        f'{{"qualifier":{quoted(row[1])},"value":{quoted(row[2])}{_described(row[3])}}}' for row in _rows(loop, "REF", element)
    ]
    return _list("references", told)


def _described(description: str) -> str:
    return f',"description":{quoted(description)}' if description else ""


def _figures(loop: Segments, element: str) -> Iterable[str]:
    """AMT and QTY."""
    for name, id in (("amounts", "AMT"), ("quantities", "QTY")):
        if id in loop:
            rows = [(quoted(row[1]), read_amount(row[2]) or ZERO) for row in _rows(loop, id, element)]
            yield from _list(name, [f'{{"code":{code},"value":"{value}"}}' for code, value in rows])


def _period(dates: Rows, starts: tuple[str, ...], end: str) -> str:
    """As `edi.records.remittance` has it; "" where there is none."""
    first = next((day for code in starts if (day := _date(dates, code))), None)
    last = _date(dates, end) or first
    return f'{{"start":"{first or last}","end":"{last}"}}' if last else ""


def _date(dates: Rows, code: str) -> date | None:
    return read_date(dates[code][2]) if code in dates else None


@lru_cache(maxsize=_KEPT)
def _procedure(text: str, component: str) -> tuple[str, str]:
    """A procedure, and what stands in the place of one where there is a revenue code only."""
    found = procedure_in(text, component)
    return (to_json(found), found.code if found.qualifier == BARE else "") if found else ("", "")


@lru_cache(maxsize=_KEPT)
def _stay(segment: str, element: str) -> tuple[str, tuple[str, ...]]:
    """An MIA or MOA, and its remarks."""
    row = (*segment.split(element), *_ABSENT)
    found = inpatient_of(row) if row[0] == "MIA" else outpatient_of(row)
    return to_json(found), found.remarks


@lru_cache(maxsize=_KEPT)
def _contact(segment: str, element: str) -> str:
    return to_json(contact_by((*segment.split(element), *_ABSENT)))
