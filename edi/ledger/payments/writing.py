"""Payments as they are kept, written from the bytes of their units: the JSON of a record that nobody needs as such.

What an expression accepted (`edi.guides.runs`) is taken apart into its segments, each of which says a piece of the JSON: what
`to_json` makes of `payment_of`, field by field, without what has its default value. A unit that was walked is read as a record.
A payer says the same of many services, so most pieces were made before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic_core import from_json

from edi.guides.document import Unit
from edi.ledger.payments.pairs import Facts, npi_of
from edi.ledger.reading import to_json
from edi.ledger.storing import OF_PAYMENT, claim_key
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
_OF_CLAIM: Final = (("232", "472"), "233")
_OF_LINE: Final = (("472", "150"), "151")
"""The dates that begin a period, and the one that ends it, as `edi.records.remittance` has them."""
Segments: TypeAlias = Mapping[str, Sequence[str]]
"""The segments of a loop, as texts, by their ids."""
Cells: TypeAlias = Sequence[str]
Rows: TypeAlias = Mapping[str, Cells]


class Header:
    """What stands before the payments of a remittance, and what that says of each of them."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer: Final = transfer
        days = (("paid_on", transfer.paid_on), ("produced_on", transfer.produced_on))
        told = [f'"payer":{to_json(transfer.payer)},"payee":{to_json(transfer.payee)}']
        told += [f'"trace":{quoted(transfer.trace)}'] if transfer.trace else []
        told += [f'"{name}":"{day}"' for name, day in days if day]
        told += [f'"transaction":{quoted(transfer.transaction)}'] if transfer.transaction else []
        self.json: Final = ",".join(told)
        self.facts: Final[Facts] = from_json(f"{{{self.json}}}")
        self.payee: Final = npi_of(self.facts["payee"])


class Written(NamedTuple):
    """A payment as it is written, but for its ids."""

    values: dict[str, Any]
    facts: Facts
    """What tells whose it is (`edi.ledger.payments.pairs`)."""


def columns(payment: Written, claim_id: int | None, lines: str) -> tuple[Any, ...]:
    """A payment as `OF_PAYMENT` has it, with the claim that it pays as it was sent and the lines of that (None and "": none)."""
    told = {**payment.values, "claim_id": claim_id, "denied": False, "denied_lines": "", "other_lines": lines}
    return tuple([format(value, "f") if isinstance(value := told[name], Decimal) else value for name in OF_PAYMENT])


def written(unit: Unit, header: Header) -> Written:
    """The payment that a unit (2100) holds, behind its header."""
    delimiters, packed = unit.context.delimiters, unit.loop.packed
    raw, offset, end = packed or (b"", 0, None)
    if end is None:
        return written_of(payment_of(unit, header.transfer))
    element, component, behind, text = decode(delimiters.element), decode(delimiters.component), decode(end), decode(raw)
    at = text.find(f"{behind}{_LINE}{element}") + len(behind)
    claim = _by_id(text[: at if at >= len(behind) else None].split(behind)[:-1], element)
    names, (period, days) = _by_code(claim, "NM1", element), _dates(claim, _OF_CLAIM, element)
    lines = _lines(text, at, period, element, component, behind) if at >= len(behind) else []
    return _written(claim, names, period, days, lines, element, header, offset)


def written_of(record: Payment) -> Written:
    """The same of a record."""
    text = to_json(record)
    values = {
        "claim": record.claim,
        "claim_key": claim_key(record.claim),
        "payer_claim": record.payer_claim,
        "status": record.status,
        "frequency": record.frequency,
        "charge": record.charge,
        "paid": record.paid,
        "member_key": member_key(record.insured or record.patient),
        "record": text,
    }
    return Written(values, from_json(text))


def _written(
    claim: Segments,
    names: Rows,
    period: str,
    days: Mapping[str, date],
    services: Sequence[tuple[str, Facts]],
    element: str,
    header: Header,
    offset: int,
) -> Written:
    clp = (*claim["CLP"][0].split(element), *_ABSENT) if "CLP" in claim else _ABSENT
    charge, paid = read_amount(clp[3]) or ZERO, read_amount(clp[4]) or ZERO
    adjustments, (references, _) = _adjustments(claim.get("CAS", ()), element), _references(claim, element)
    told = [f'"claim":{quoted(clp[1])}', *_texts(clp, (("payer_claim", 7), ("status", 2)))]
    told += [f'"charge":"{charge!s}"'] if charge else []
    told += [f'"paid":"{paid!s}"'] if paid else []
    told += _amounts(clp, (("patient_share", 5),))
    told += _texts(clp, (("filing", 6), ("facility", 8), ("frequency", 9), ("drg", 11)))
    told += _amounts(clp, (("drg_weight", 12), ("discharged", 13))) if clp[12] or clp[13] else []
    told.append(f'"patient":{_person(names.get("QC", _ABSENT))}')
    if len(names) > 1:
        people = (("insured", "IL"), ("corrected", "74"), ("other_subscriber", "GB"))
        told += [f'"{name}":{_person(names[code])}' for name, code in people if code in names]
    told += [f'"period":{period}'] if period else []
    told += [f'"{name}":"{day}"' for name, code in (("received_on", "050"), ("covered_until", "036")) if (day := days.get(code))]
    told += [f'"adjustments":{adjustments}'] if adjustments else []
    told += _beside(claim, names, references, element) if len(claim) > _BARE or len(names) > 1 else ()
    told += [f'"lines":[{",".join([text for text, _ in services])}]'] if services else []
    told += [header.json, f'"offset":{offset}'] if offset else [header.json]
    person = names.get("IL") or names.get("QC") or _ABSENT
    values = {
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
    facts = {
        **header.facts,
        "claim": clp[1],
        "charge": charge,
        "patient": _named(names["QC"]) if "QC" in names else {},
        "insured": _named(names["IL"]) if "IL" in names else {},
        "period": _said(period or "null"),
        "adjustments": _said(adjustments or "[]"),
        "references": from_json(references or "[]"),
        "lines": [line for _, line in services],
    }
    return Written(values, facts)


def _beside(claim: Segments, names: Rows, references: str, element: str) -> Iterable[str]:
    """What is told of a claim beside what was charged, paid and adjusted."""
    inpatient, outpatient = (_stay(claim[id][0], element) if id in claim else None for id in ("MIA", "MOA"))
    remarks = (inpatient[1] if inpatient else ()) + (outpatient[1] if outpatient else ())
    if remarks:
        yield f'"remarks":[{",".join(map(quoted, remarks))}]'
    if references:
        yield f'"references":{references}'
    yield from _figures(claim, element)
    yield from (f'"{name}":{told[0]}' for name, told in (("inpatient", inpatient), ("outpatient", outpatient)) if told)
    if "PER" in claim:
        yield f'"contacts":[{",".join([_contact(per, element) for per in claim["PER"]])}]'
    parties = (("rendering", "82"), ("forwarded_to", "TT"), ("earlier_payer", "PR"))
    yield from (f'"{name}":{to_json(party_by(names[code]))}' for name, code in parties if code in names)


def _lines(text: str, at: int, period: str, element: str, component: str, behind: str) -> list[tuple[str, Facts]]:
    """The lines of a claim, which begin at a place of its text, each with its facts; `period` is the claim's."""
    found = _usual(element, behind).findall(text, at)
    if len(found) < text.count(f"{behind}{_LINE}{element}") or any(more for *_, more in found):
        return _lines_by_segments(text[at:].split(behind)[:-1], period, element, component)
    lines = []
    for ordinal, (*svc, dates, adjusted, own, _) in enumerate(found, 1):
        its = (_dated((dates[: -len(behind)],), _OF_LINE, element)[0] if dates else "") or period
        adjustments = _adjustments(adjusted.split(behind)[:-1], element) if adjusted else ""
        more = f',"references":[{{"qualifier":"{_OWN_NUMBER}","value":{quoted(own)}}}]' if own else ""
        lines.append(_line(ordinal, (_LINE, *svc, "", ""), component, own, its, adjustments, more))
    return lines


@lru_cache(maxsize=32)
def _usual(element: str, behind: str) -> re.Pattern[str]:
    """A line of which is told what was done, charged and paid, when, what was adjusted, and our number; behind that what else."""
    pattern = (
        r"(?<=~)SVC\*(.*)\*(.*)\*(.*)(?:\*(.*)(?:\*(.*))?)?~(DTM\*(?:472|150)\*.*~|)((?:CAS\*-*~)*)(?:REF\*6R\*(?!~)(.*)~)?"
        r"((?:(?!SVC\*)-*~)*)"
    )
    divided, left = f"[^{re.escape(element + behind[0])}]*", f"[^{re.escape(behind[0])}]*"
    parts = {r"\*": re.escape(element), "~": re.escape(behind), ".*": divided, "-*": left}
    return re.compile(re.sub(r"\\\*|~|\.\*|-\*", lambda found: parts[found[0]], pattern))


def _lines_by_segments(segments: Iterable[str], period: str, element: str, component: str) -> list[tuple[str, Facts]]:
    """The same, whatever is told of them."""
    begun: list[list[str]] = []
    for segment in segments:
        if segment.partition(element)[0] == _LINE:
            begun.append([])
        begun[-1].append(segment)
    lines = []
    for ordinal, own_segments in enumerate(begun, 1):
        line = _by_id(own_segments, element)
        references, own = _references(line, element)
        remarks = [(row[1], quoted(row[2])) for row in _rows(line, "LQ", element) if row[2]]
        lists = (
            (name, [remark for of, remark in remarks if of == code]) for name, code in (("remarks", "HE"), ("rejects", "RX"))
        )
        more = "".join([f',"{name}":[{",".join(told)}]' for name, told in lists if told])
        more += f',"references":{references}' if references else ""
        more += "".join([f",{figure}" for figure in _figures(line, element)])
        its, adjustments = _dates(line, _OF_LINE, element)[0] or period, _adjustments(line.get("CAS", ()), element)
        lines.append(_line(ordinal, _rows(line, _LINE, element)[0], component, own, its, adjustments, more))
    return lines


def _line(ordinal: int, svc: Cells, component: str, own: str, period: str, adjustments: str, more: str) -> tuple[str, Facts]:
    """A line, of which `more` is told behind its adjustments, and its facts; `own` is our number of it."""
    procedure, done, bare = _procedure(svc[1], component)
    submitted, billed, _ = _procedure(svc[6], component) if svc[6] else ("", None, "")
    revenue_code, charge, paid, units = svc[4] or bare, read_amount(svc[2]), read_amount(svc[3]), read_amount(svc[5])
    told = f'{{"ordinal":{ordinal}'
    if own:
        told += f',"control_number":{quoted(own)}'
    if procedure:
        told += f',"procedure":{procedure}'
    if submitted:
        told += f',"submitted":{submitted}'
    if revenue_code:
        told += f',"revenue_code":{quoted(revenue_code)}'
    if charge:
        told += f',"charge":"{charge!s}"'
    if paid:
        told += f',"paid":"{paid!s}"'
    if units is not None:
        told += f',"units":"{units!s}"'
    if svc[7] and (billed_units := read_amount(svc[7])) is not None:
        told += f',"submitted_units":"{billed_units!s}"'
    if period:
        told += f',"period":{period}'
    if adjustments:
        told += f',"adjustments":{adjustments}'
    facts = {
        "control_number": own,
        "procedure": billed or done,
        "revenue_code": revenue_code,
        "charge": charge or ZERO,
        "period": _said(period or "null"),
        "adjustments": _said(adjustments or "[]"),
    }
    return f"{told}{more}}}", facts


@lru_cache(maxsize=_KEPT)
def _procedure(text: str, component: str) -> tuple[str, Facts | None, str]:
    """A procedure, its facts, and what stands in the place of one where there is a revenue code only."""
    found = procedure_in(text, component)
    if found is None:
        return "", None, ""
    told = to_json(found)
    return told, from_json(told), found.code if found.qualifier == BARE else ""


def _by_id(segments: Iterable[str], element: str) -> Segments:
    found: dict[str, list[str]] = {}
    for segment in segments:
        found.setdefault(segment.partition(element)[0], []).append(segment)
    return found


def _rows(loop: Segments, id: str, element: str) -> list[Cells]:
    """The elements of segments, the id as element 0, with empty ones behind the last."""
    return [(*segment.split(element), *_ABSENT) for segment in loop.get(id, ())]


def _by_code(loop: Segments, id: str, element: str) -> Rows:
    """The first segment of each code in its first element."""
    return {row[1]: row for row in reversed(_rows(loop, id, element))}


def _texts(row: Cells, places: Iterable[tuple[str, int]]) -> list[str]:
    return [f'"{name}":{quoted(row[at])}' for name, at in places if row[at]]


def _amounts(row: Cells, places: Iterable[tuple[str, int]]) -> list[str]:
    """Amounts of which nothing is said where there is none: 0 is one."""
    return [f'"{name}":"{amount!s}"' for name, at in places if (amount := read_amount(row[at])) is not None]


def _person(row: Cells) -> str:
    return f"{{{','.join(_texts(row, _PERSON))}}}"


def _named(row: Cells) -> Facts:
    """The facts of a person."""
    return {"last_name": row[3], "first_name": row[4], "member_id": row[9]}


def _adjustments(segments: Iterable[str], element: str) -> str:
    """Every triplet of every CAS; "" where there is none."""
    told = ",".join(filter(None, [_triplets(cas, element) for cas in segments]))
    return f"[{told}]" if told else ""


@lru_cache(maxsize=_KEPT)
def _triplets(cas: str, element: str) -> str:
    row, told = (*cas.split(element), *_ABSENT), []
    for at in TRIPLETS:
        reason, amount, quantity = row[at], read_amount(row[at + 1]), read_amount(row[at + 2])
        if reason or amount:
            many = f',"quantity":"{quantity!s}"' if quantity is not None else ""
            told.append(f'{{"group":{quoted(row[1])},"reason":{quoted(reason)},"amount":"{amount or ZERO!s}"{many}}}')
    return ",".join(told)


def _references(loop: Segments, element: str) -> tuple[str, str]:
    """Every REF ("" where there is none), and the line control number among them."""
    if "REF" not in loop:
        return "", ""
    rows = _rows(loop, "REF", element)
    told = [
        f'{{"qualifier":{quoted(row[1])},"value":{quoted(row[2])}' + (f',"description":{quoted(row[3])}}}' if row[3] else "}")
        for row in rows
    ]
    return f"[{','.join(told)}]", next((row[2] for row in rows if row[1] == _OWN_NUMBER), "")


def _figures(loop: Segments, element: str) -> Iterator[str]:
    """AMT and QTY."""
    for name, id in (("amounts", "AMT"), ("quantities", "QTY")):
        if id in loop:
            rows = [(quoted(row[1]), read_amount(row[2]) or ZERO) for row in _rows(loop, id, element)]
            yield f'"{name}":[{",".join([f"""{{"code":{code},"value":"{value!s}"}}""" for code, value in rows])}]'


def _dates(loop: Segments, which: tuple[tuple[str, ...], str], element: str) -> tuple[str, Mapping[str, date]]:
    """The period of a loop ("" where there is none), and its other dates by their codes."""
    return _dated(tuple(loop["DTM"]), which, element) if "DTM" in loop else ("", {})


@lru_cache(maxsize=_KEPT)
def _dated(segments: tuple[str, ...], which: tuple[tuple[str, ...], str], element: str) -> tuple[str, Mapping[str, date]]:
    starts, end = which
    days = {code: day for code, row in _by_code({"DTM": segments}, "DTM", element).items() if (day := read_date(row[2]))}
    first = next((days[code] for code in starts if code in days), None)
    last = days.get(end) or first
    return (f'{{"start":"{first or last}","end":"{last}"}}' if last else ""), days


@lru_cache(maxsize=_KEPT)
def _stay(segment: str, element: str) -> tuple[str, tuple[str, ...]]:
    """An MIA or MOA, and its remarks."""
    row = (*segment.split(element), *_ABSENT)
    found = inpatient_of(row) if row[0] == "MIA" else outpatient_of(row)
    return to_json(found), found.remarks


@lru_cache(maxsize=_KEPT)
def _contact(segment: str, element: str) -> str:
    return to_json(contact_by((*segment.split(element), *_ABSENT)))


@lru_cache(maxsize=_KEPT)
def _said(text: str) -> Any:
    """A piece as facts; nobody changes them."""
    return from_json(text)
