"""What a received TA1, 999 or 277CA says about what was sent, in words and as JSON.

What is about a person (a patient's name and number, the value that was at fault, free text) is left out unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from edi.guides.dictionary import dictionary
from edi.records.acknowledgment import (
    ACCEPTED,
    TRIGGER,
    WITH_ERRORS,
    ElementFault,
    GroupAnswer,
    InterchangeAnswer,
    SegmentFault,
    SetAnswer,
)
from edi.records.claim_acknowledgment import BatchTotals, ClaimBatch, ClaimStatus, StatusInformation
from edi.records.parties import Person
from edi.records.received import Acknowledgment
from edi.reports.columns import counted, dates, money
from edi.reports.text import printable
from edi.resources import definition
from edi.text.redaction import phi

__all__ = ["lines", "refuses", "to_json"]


def refuses(one: Acknowledgment) -> bool:
    """Whether something was rejected."""
    if isinstance(one, ClaimBatch):
        return one.refused
    if isinstance(one, GroupAnswer):
        return one.result not in (ACCEPTED, WITH_ERRORS) or any(not each.accepted for each in one.sets)
    return one.result not in (ACCEPTED, WITH_ERRORS)


def meaning(element: str, code: str) -> str:
    """What a code means ("IK304", "3"); the code itself where the table does not say."""
    return _table().get((element, code)) or f"code {code}"


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], str]:
    rows = definition("x12/acknowledgment.tsv").read_text(encoding="utf-8").splitlines()
    cells = (row.split("\t") for row in rows if row and not row.startswith("#"))
    return {(element, code): words for element, code, words in cells}


# -- in words ------------------------------------------------------------------------------------------------------------------


def lines(one: Acknowledgment, *, values: bool = False) -> Iterator[str]:
    """What an acknowledgment says, what was answered first, what is wrong with it indented below."""
    if isinstance(one, InterchangeAnswer):
        why = "" if one.note == "000" else f": {meaning('TA105', one.note)}"
        yield f"interchange {printable(one.control)}: {meaning('TA104', one.result)}{why}"
    elif isinstance(one, GroupAnswer):
        yield from _group(one, values)
    else:
        yield from _batch(one, values)


def _group(group: GroupAnswer, values: bool) -> Iterator[str]:
    version = f", {printable(group.version)}" if group.version else ""
    counts = f"{group.accepted:,} of {counted(group.received, 'transaction set')} accepted"
    if group.sent != group.received:
        counts += f", {group.sent:,} by its GE01"
    said = f"group {printable(group.control)} ({printable(group.group)}{version}): {meaning('AK901', group.result)}, {counts}"
    yield said
    yield from (f"  {meaning('AK905', code)}" for code in group.codes)
    for one in group.sets:
        yield from (f"  {line}" for line in _set(one, values))


def _set(one: SetAnswer, values: bool) -> Iterator[str]:
    why = "; ".join(meaning("IK502", code) for code in one.codes)
    yield f"{printable(one.set)} {printable(one.control)}: {meaning('IK501', one.result)}{f': {why}' if why else ''}"
    for fault in one.faults:
        claim = f"claim {printable(fault.claim)}, " if fault.claim else ""
        loop = f" of loop {printable(fault.loop)}" if fault.loop else ""
        place = f"{claim}segment {fault.position:,}{loop}: "
        if fault.elements:
            yield from (f"  {place}{_element(fault, element, values)}" for element in fault.elements)
        else:
            yield f"  {place}{_named(fault.segment)} {meaning('IK304', fault.code)}{_called_for(fault)}"


def _named(segment: str) -> str:
    known = dictionary().segments.get(segment)
    return f"{printable(segment)} ({known.name})" if known else printable(segment)


def _element(fault: SegmentFault, element: ElementFault, values: bool) -> str:
    known = dictionary().elements.get(str(element.number))
    name = f" ({known.name})" if known else ""
    repetition = f", repetition {element.repetition}" if element.repetition else ""
    found = f'; found "{printable(element.value)}"' if element.value and (values or _may_be_shown(fault, element)) else ""
    return f"{_place(fault.segment, element)}{name}{repetition} {meaning('IK403', element.code)}{found}{_called_for(element)}"


def _place(segment: str, element: ElementFault) -> str:
    return f"{printable(segment)}{element.element:02d}" + (f"-{element.component}" if element.component else "")


def _called_for(fault: SegmentFault | ElementFault) -> str:
    """What called for what is missing, or forbids what is there."""
    for context in fault.contexts:
        if any(name == TRIGGER for name, _ in context.units):
            element = f"{context.element:02d}" if context.element else ""
            component = f"-{context.component}" if context.component else ""
            return f", by {printable(context.segment)}{element}{component} at segment {context.position:,}"
    return ""


def _may_be_shown(fault: SegmentFault, element: ElementFault) -> bool:
    return not phi(fault.segment, element.element, element.component or None, value=element.value)


def _batch(batch: ClaimBatch, values: bool) -> Iterator[str]:
    yield f"batch {printable(batch.batch)} from {printable(batch.source.name)}: {_totals(batch.totals)}"
    yield from (f"  {_status(status, values)}" for status in batch.statuses if status.category != "A1")
    for provider in batch.providers:
        for status in provider.statuses:
            if status.category != "A1":
                yield f"  billing provider {printable(provider.provider.id)}: {_status(status, values)}"
        for patient in provider.patients:
            name = _patient(patient.patient) if values else ""
            for claim in patient.claims:
                yield from (f"  {line}" for line in _claim(claim, name, values))


def _patient(who: Person) -> str:
    name = ", ".join(part for part in (who.last_name, who.first_name) if part)
    return f" of {printable(name)} ({printable(who.member_id)})"


def _claim(claim: ClaimStatus, name: str, values: bool) -> Iterator[str]:
    number = f", payer's number {printable(claim.payer_number)}" if claim.payer_number else ""
    amount = next((money(status.amount) for status in claim.statuses if status.amount is not None), "")
    served = dates(claim.period.start, claim.period.end) if claim.period else ""
    about = ", ".join(text for text in (served, amount) if text)
    said = "rejected" if claim.refused else "accepted"
    yield f"claim {printable(claim.id)}{name}{f' ({about})' if about else ''}: {said}{number}"
    if claim.refused or values:
        yield from (f"  {_status(status, values)}" for status in claim.statuses)
    for line in claim.lines:
        where = f"line {printable(line.control or ':'.join(line.procedure))}"
        yield from (f"  {where}: {_status(status, values)}" for status in line.statuses)


def _status(status: StatusInformation, values: bool) -> str:
    said = [_of(status.category, status.code, status.entity)]
    said += [_of(*further) for further in status.further]
    text = f": {printable(status.text)}" if values and status.text else ""
    return "; ".join(said) + text


def _of(category: str, code: str, entity: str) -> str:
    whose = f" of the {meaning('STC01-3', entity)}" if entity else ""
    codes = f"{category}:{code}" + (f":{entity}" if entity else "")
    return f"{meaning('STC01-1', category)}: {meaning('STC01-2', code)}{whose} ({printable(codes)})"


def _totals(totals: BatchTotals) -> str:
    taken = f"{counted(totals.taken, 'claim')} accepted, {money(totals.amount_taken)}"
    return f"{taken}; {totals.refused:,} rejected, {money(totals.amount_refused)}"


# -- as JSON -------------------------------------------------------------------------------------------------------------------


def to_json(one: Acknowledgment, *, values: bool = False) -> dict[str, Any]:
    """An acknowledgment as JSON knows it (docs/json.md): `kind` is interchange, group or batch."""
    if isinstance(one, InterchangeAnswer):
        return {
            "kind": "interchange",
            "control": one.control,
            "result": one.result,
            "rejected": refuses(one),
            "note": one.note,
            "message": meaning("TA105", one.note),
        }
    if isinstance(one, GroupAnswer):
        return {
            "kind": "group",
            "group": one.group,
            "control": one.control,
            "version": one.version or None,
            "result": one.result,
            "rejected": refuses(one),
            "sent": one.sent,
            "received": one.received,
            "accepted": one.accepted,
            "codes": _coded("AK905", one.codes),
            "sets": [_set_to_json(each, values) for each in one.sets],
        }
    return _batch_to_json(one, values)


def _coded(element: str, codes: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"code": code, "message": meaning(element, code)} for code in codes]


def _set_to_json(one: SetAnswer, values: bool) -> dict[str, Any]:
    faults = [row for fault in one.faults for row in _faults_to_json(fault, values)]
    return {
        "set": one.set,
        "control": one.control,
        "version": one.version or None,
        "result": one.result,
        "codes": _coded("IK502", one.codes),
        "faults": faults,
    }


def _faults_to_json(fault: SegmentFault, values: bool) -> Iterator[dict[str, Any]]:
    """A row for each element at fault, else one for the segment."""
    place: dict[str, Any] = {
        "claim": fault.claim or None,
        "segment": fault.segment,
        "position": fault.position,
        "loop": fault.loop or None,
    }
    if not fault.elements:
        said = {"code": fault.code, "message": meaning("IK304", fault.code)}
        yield {**place, "element": None, "component": None, "repetition": None, **said, "value": None}
    for element in fault.elements:
        shown = element.value if values or _may_be_shown(fault, element) else ""
        yield {
            **place,
            "element": element.element,
            "component": element.component or None,
            "repetition": element.repetition or None,
            "code": element.code,
            "message": meaning("IK403", element.code),
            "value": shown or None,
        }


def _batch_to_json(batch: ClaimBatch, values: bool) -> dict[str, Any]:
    totals = batch.totals
    return {
        "kind": "batch",
        "batch": batch.batch,
        "source": batch.source.name,
        "received": str(batch.received) if batch.received else None,
        "rejected": batch.refused,
        "statuses": [_status_to_json(status, values) for status in batch.statuses],
        "claims_accepted": totals.taken,
        "claims_rejected": totals.refused,
        "amount_accepted": str(totals.amount_taken),
        "amount_rejected": str(totals.amount_refused),
        "claims": [
            {"provider": provider.provider.id, **_claim_to_json(claim, values)}
            | ({"patient": patient.patient.member_id} if values else {})
            for provider in batch.providers
            for patient in provider.patients
            for claim in patient.claims
        ],
    }


def _claim_to_json(claim: ClaimStatus, values: bool) -> dict[str, Any]:
    amount = next((str(status.amount) for status in claim.statuses if status.amount is not None), None)
    return {
        "claim": claim.id,
        "rejected": claim.refused,
        "amount": amount,
        "payer_claim": claim.payer_number or None,
        "statuses": [_status_to_json(status, values) for status in claim.statuses],
        "lines": [
            {"line": line.control or None, "statuses": [_status_to_json(status, values) for status in line.statuses]}
            for line in claim.lines
        ],
    }


def _status_to_json(status: StatusInformation, values: bool) -> dict[str, Any]:
    return {
        "category": status.category,
        "code": status.code,
        "entity": status.entity or None,
        "action": status.action or None,
        "message": _of(status.category, status.code, status.entity),
        "text": (status.text or None) if values else None,
    }
