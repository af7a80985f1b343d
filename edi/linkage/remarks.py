"""What a payer's answer says beside its decision, in words: its reasons, what could not be processed, what it wants from whom.

Codes have the words of the code lists that are shipped. What a message (MSG) or the description of a document says may speak of
the patient: it stands in `told`, which is for where patients are named, and in no sentence of `next_step`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from edi.guides.codes.lists import find
from edi.records.authorization import Authorization, CertifiedService, Decision, Rejection, Remark
from edi.records.parties import Contact, Party
from edi.records.review import Attachment

Told = tuple[str, str, str, str]
"""The day of an answer, the service ("" for the event), what it says (for, rejected, send, answer, to, message ...), and that."""

_MORE: Final = frozenset({"0U", "44"})
"""HCR03 of what waits for us."""
_REVIEW: Final = frozenset({"0B", "0J", "0V", "0W"})
"""HCR03 of what waits for a review alone."""
_MOST: Final = 3
"""Documents, and questions, that a sentence names."""
_OPEN: Final = frozenset({Decision.PENDED, Decision.PARTLY_CERTIFIED, Decision.DENIED, Decision.REJECTED, Decision.CONTACT_PAYER})
"""Decisions after which a payer is asked again: by its own reference, at its contact."""
_NUMBERS: Final = {"TE": "phone", "FX": "fax", "EM": "e-mail", "UR": "web", "EX": "extension"}


def levels(record: Authorization) -> tuple[Authorization | CertifiedService, ...]:
    """The event and its services."""
    return record, *record.services


def coded(name: str, codes: Iterable[str]) -> str:
    """Codes of a list, each with its words where it has any: 0F not medically necessary."""
    words = find(name).codes or {}
    return ", ".join(f"{code} {words[code].description}".strip() if code in words else code for code in codes)


def rejected(rejections: Iterable[Rejection]) -> str:
    """What could not be processed, and where that stands: 75 subscriber not found, at 2010C."""
    return "; ".join(f"{coded('AAA03', [one.reason])}, at {one.loop}" for one in rejections)


def wants(record: Authorization) -> bool:
    """Whether a pended request waits for us: for documents, answers, or for what its payer names in words or not at all."""
    remarks, reasons = _pending(record), _reasons(record)
    if any(one.documents or one.questions for one in remarks) or reasons & _MORE:
        return True
    return any(one.message for one in remarks) and not (reasons and reasons <= _REVIEW)


def next_step(record: Authorization) -> str:
    """What is to be done about what a payer left open, where its answer says more of that than its decision; else ""."""
    if said := _demand(_pending(record)):
        return said
    reasons = _reasons(record)
    because = f" ({coded('HCR03', sorted(reasons))})" if reasons else ""
    if wants(record):
        if any(one.message for one in _pending(record)):
            return f"Send what the payer wants by its message{because}: edi authorizations show has it."
        pended = [one.label for one in record.services if one.decision is Decision.PENDED]
        of = f" for {', '.join(pended)}" if pended and record.decision is not Decision.PENDED else ""
        return f"Ask the payer what it wants{of}{because}: its answer does not name it."
    if reasons and reasons <= _REVIEW:
        return f"The payer reviews it{because}: nothing is to be sent; ask when it decides."
    if record.decision is Decision.REJECTED and (found := [r for one in levels(record) for r in one.rejections]):
        return f"The request could not be processed ({rejected(found)}): {_again(found[0]) or 'mend that, and send it again'}."
    if record.decision is Decision.CONTACT_PAYER and (contact := _contact(record.payer.contact)):
        return f"Call the payer ({contact}): it does not decide this by an answer."
    return ""


def told(record: Authorization) -> Iterator[Told]:
    """All that a payer's answer says beside its decision."""
    day = _day(record.created.date() if record.created else record.issued)
    yield from _reasoned(record, day, "")
    for service in record.services:
        if service.reasons != record.reasons or service.rejections:
            yield from _reasoned(service, day, service.label)
    if record.administrative_reference and record.decision in _OPEN:
        yield day, "", "reference", record.administrative_reference
    for remark in record.remarks:
        found = [("send", document_text(one, described=True)) for one in remark.documents]
        found += [("answer", f"LOINC {question}") for question in remark.questions]
        found += [("to", _address(remark.contact))] if remark.contact else []
        found += [("message", remark.message)] if remark.message else []
        yield from ((_day(remark.day), remark.service, what, words) for what, words in found)
    if record.payer.contact and record.decision in _OPEN:
        yield day, "", "contact", _contact(record.payer.contact)


def briefly(remarks: Iterable[Remark]) -> str:
    """What is wanted, by its codes: M1, B2, LOINC 52460-3."""
    return ", ".join(
        [document.type for one in remarks for document in one.documents]
        + [f"LOINC {question}" for one in remarks for question in one.questions]
    )


def document_text(document: Attachment, *, service: str = "", described: bool = False) -> str:
    """A document that is wanted: medical record (M1), by fax, control number ATT-778812."""
    types, ways = find("PWK01").codes or {}, find("PWK02").codes or {}
    kind = f"{types[document.type].description} ({document.type})" if document.type in types else f"document {document.type}"
    how = ways[document.transmission].description if document.transmission in ways else document.transmission
    number = f"control number {document.control_number}" if document.control_number else ""
    said = ", ".join(part for part in (f"{kind} for {service}" if service else kind, how, number) if part)
    return f"{said}: {document.description}" if described and document.description else said


def _pending(record: Authorization) -> list[Remark]:
    return [remark for remark in record.remarks if remark.decision is Decision.PENDED]


def _reasons(record: Authorization) -> set[str]:
    """Why it is pended (HCR03)."""
    return {reason for one in levels(record) if one.decision is Decision.PENDED for reason in one.reasons}


def _demand(remarks: Iterable[Remark]) -> str:
    """What is to be sent and answered, in a sentence."""
    remarks = list(remarks)
    documents = [document_text(document, service=one.service) for one in remarks for document in one.documents]
    questions = [question for one in remarks for question in one.questions]
    names = dict.fromkeys(_name(one.contact) for one in remarks if one.contact)
    send, answer = (_several(found) for found in (documents, questions))
    to = f" to {' and '.join(names)}" if names else ""
    if not send:
        return f"Answer LOINC {answer}{to}." if answer else ""
    return f"Send {send}{',' if to else ''}{to}{f'; answer LOINC {answer}' if answer else ''}."


def _several(found: list[str]) -> str:
    more = len(found) - _MOST
    return ", and ".join([*found[:_MOST], *([f"{more} more"] if more > 0 else [])])


def _reasoned(level: Authorization | CertifiedService, day: str, service: str) -> Iterator[Told]:
    if level.reasons:
        yield day, service, "for", coded("HCR03", level.reasons)
    for one in level.rejections:
        yield day, service, "rejected", ": ".join(part for part in (rejected([one]), _again(one)) if part)


def _again(one: Rejection) -> str:
    """What the payer says is to be done about it."""
    return coded("AAA04", [one.follow_up]).partition(" ")[2]


def _name(party: Party) -> str:
    return " ".join(part for part in (party.first_name, party.name) if part) or _contact(party.contact) or party.id


def _contact(contact: Contact | None) -> str:
    """Whom to ask, and by which numbers."""
    if contact is None:
        return ""
    numbers = [f"{_NUMBERS.get(kind, kind)} {number}" for kind, number in contact.numbers]
    return ", ".join(part for part in (contact.name, *numbers) if part)


def _address(party: Party) -> str:
    where = party.address
    lines = (*where.lines, where.city, f"{where.state} {where.postal_code}".strip()) if where else ()
    return ", ".join(dict.fromkeys(part for part in (_name(party), *lines, _contact(party.contact)) if part))


def _day(day: date | None) -> str:
    return str(day or "")
