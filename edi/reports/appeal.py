"""An appeal as text: the letter with its facts, and the copies that go with it.

The letter says what is on file and nothing else; what is not known is said to be that. What only a person can say (the reason why
nobody asked, a signature) is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from edi.ledger.corrections.appealing import AppealPacket
from edi.ledger.lives import AuthorizationLife
from edi.linkage.denials.appeal import Appeal, AppealGround
from edi.records.claim import ClaimLine
from edi.records.copies import closed
from edi.records.parties import Address, Party, Person
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.services import Procedure
from edi.reports.columns import columns, dates, money, number
from edi.reports.text import printable
from edi.text.segments import decode, read

__all__ = ["LETTER", "copies", "letter"]

LETTER: Final = "letter.txt"
CLAIM: Final = "claim.txt"
AUTHORIZATION: Final = "authorization.txt"
DECISION: Final = "authorization.278"
REMITTANCE: Final = "remittance.txt"
_ENCLOSED: Final = {
    CLAIM: "the claim as it was sent, a segment a line",
    AUTHORIZATION: "the authorization: what was asked and answered, and when",
    DECISION: "your answers to it as they came, a 278 each",
    REMITTANCE: "what the remittance says of the claim",
}
_ASKS: Final = {
    AppealGround.SENT_CORRECTLY: (
        "Please decide again: the claim carried the authorization's number, and the authorization fits it."
    ),
    AppealGround.NOT_REQUIRED: "Please decide again: by your own answer or rule no authorization is needed.",
    AppealGround.CERTIFIED: "Please decide again: you had certified the service, and so that it is necessary.",
    AppealGround.RETROACTIVE: (
        "Please decide now whether the service is authorized: there is no authorization of yours from before it."
    ),
}
_SUBJECTS: Final = {True: "Request for a retroactive authorization", False: "Request to decide again"}
_OPEN: Final = "[to be filled in]"


def letter(packet: AppealPacket, today: date) -> str:
    """The letter to the payer, dated `today`, and what is enclosed; `packet` must hold an appeal."""
    found = packet.appeal
    assert found is not None
    claim = found.history.claim
    retroactive = set(found.grounds) == {AppealGround.RETROACTIVE}
    parts = [
        _sender(claim.billing),
        _party("To", claim.payer),
        [str(today)],
        [f"{_SUBJECTS[retroactive]}: claim {claim.id}"],
        _facts(found),
        ["What was denied", *_denied(found)],
        ["What we ask", *(f"  {_ASKS[ground]}" for ground in found.grounds)],
        *([["Why it was not asked for before the service", f"  {_OPEN}"]] if AppealGround.RETROACTIVE in found.grounds else []),
        *(["What is certified", *_certified(life)] for life in packet.lives),
    ]
    if said := [*_carried(found), *dict.fromkeys(why for one in found.contested for why in one.why)]:
        parts.append(["What our records say", *(f"  {each}" for each in said)])
    if unknown := list(_unknown(found, packet)):
        parts.append(["What is not known to us", *(f"  {said}" for said in unknown)])
    parts.append(["Enclosed", *(f"  {name:<18}  {_ENCLOSED[name]}" for name in copies(packet))])
    parts.append([f"For {_called(claim.billing)}", "", f"  {_OPEN}"])
    return "\n\n".join("\n".join(printable(line) for line in part) for part in parts if part) + "\n"


def copies(packet: AppealPacket) -> Mapping[str, bytes]:
    """The copies that go with the letter: the names of their files, and what is in them."""
    found = packet.appeal
    assert found is not None
    made: dict[str, bytes] = {}
    if packet.text is not None:
        made[CLAIM] = "".join(f"{decode(segment.raw)}\n" for segment in read(packet.text) if segment.raw).encode()
    if packet.lives:
        lives = "\n".join(_text([*_certified(life), "", *_happened(life)]) for life in packet.lives)
        made[AUTHORIZATION] = lives.encode()
    if packet.decisions:
        made[DECISION] = b"".join(map(closed, packet.decisions))
    made[REMITTANCE] = _text(_remittance(found.answer.payment)).encode()
    return made


def _text(lines: Iterator[str] | Sequence[str]) -> str:
    return "".join(f"{printable(line)}\n" for line in lines)


def _facts(found: Appeal) -> list[str]:
    claim, payment, sent = found.history.claim, found.answer.payment, found.history.sent
    facts = (
        ("Patient", ", ".join(filter(None, (_name(claim.patient), _born(claim.patient))))),
        ("Member id", claim.patient.member_id or claim.subscriber.member_id),
        ("Subscriber", _name(claim.subscriber) if claim.dependent else ""),
        ("Claim", claim.id + (f", sent on {sent}" if sent else "")),
        ("Your claim number", payment.payer_claim),
        ("Received by you", str(payment.received_on) if payment.received_on else ""),
        ("Dates of service", dates(claim.period.start, claim.period.end) if claim.period else ""),
        ("Charge", money(claim.charge)),
        ("Remittance", payment.trace + (f" of {found.answer.day}" if found.answer.day else "")),
        ("Paid", money(payment.paid)),
        ("In question", money(found.amount)),
        ("Until", str(found.deadline) if found.deadline and found.limited else ""),
    )
    return [f"{name:<18}{value}" for name, value in facts if value]


def _denied(found: Appeal) -> list[str]:
    lines = {line.number: line for line in found.history.claim.lines}
    rows = []
    for one in found.contested:
        finding = one.finding
        line = lines.get(finding.line or "")
        whole = "at the claim, not by line" if found.answer.payment.paid else "the whole claim"
        what = (f"line {finding.line}", _service(line), _days(line)) if finding.line else (whole, "", "")
        rows.append((*what, money(finding.amount), ", ".join(finding.codes)))
    return [f"  {line}" for line in list(columns(("", "", "", "", ""), rows, right=[3]))[1:]]


def _carried(found: Appeal) -> Iterator[str]:
    """Where the claim carried the numbers that speak for it."""
    claim, sent = found.history.claim, f" as it was sent on {found.history.sent}" if found.history.sent else ""
    for known in found.authorizations:
        if known in claim.authorizations:
            yield f"The claim{sent} carried {known} (2300 REF*G1)."
        lines = [line.number for line in claim.lines if any(held.value == known for held in line.authorizations)]
        if lines:
            yield f"The claim{sent} carried {known} at line {', '.join(lines)} (2400 REF*G1)."


def _certified(life: AuthorizationLife) -> Iterator[str]:
    held = life.held
    yield f"  Authorization {held.number}: {held.decision}"
    for service in held.services:
        amount = f"{number(service.certified)} {service.unit}".strip() if service.certified is not None else ""
        told = (service.procedure, service.decision, amount, dates(service.start, service.end))
        yield "    " + "  ".join(filter(None, told))
    for event in life.events:
        if event.kind == "answered":
            by = f", in interchange {event.interchange}" if event.interchange else f", by {event.source}"
            yield f"    answered{f' on {event.day}' if event.day else ''}: {event.decision}{by}{_file(event.file)}"


def _happened(life: AuthorizationLife) -> list[str]:
    rows = [
        (
            str(event.day or ""),
            event.kind,
            event.decision,
            event.number,
            f"interchange {event.interchange}" if event.interchange else "",
        )
        for event in life.events
    ]
    return ["  What happened", *(f"    {line}" for line in list(columns(("", "", "", "", ""), rows))[1:])]


def _file(name: str) -> str:
    return f" ({name})" if name else ""


def _unknown(found: Appeal, packet: AppealPacket) -> Iterator[str]:
    """What a reader would look for and does not find."""
    claim, payment = found.history.claim, found.answer.payment
    if not payment.payer_claim:
        yield "your number of the claim"
    if payment.received_on is None:
        yield "the day on which you received the claim"
    if claim.patient.birth_date is None:
        yield "the patient's date of birth"
    if not found.limited:
        yield "until when you take this" + (f"; we count with {found.deadline}" if found.deadline else "")
    if packet.text is None:
        yield "the claim's own bytes: a copy is to be made from where it was written"
    for life in packet.lives:
        if not any(event.kind == "answered" and event.day for event in life.events):
            yield f"the day on which authorization {life.held.number} was decided"
        for service in life.held.services:
            if service.start is None and service.end is None:
                yield f"the certified dates of {service.procedure} in authorization {life.held.number}"


def _remittance(payment: Payment) -> Iterator[str]:
    day = payment.produced_on or payment.paid_on
    yield f"Remittance {payment.trace}" + (f" of {day}" if day else "")
    yield f"From {_called(payment.payer)} to {_called(payment.payee)}"
    yield f"Claim {payment.claim}, payer's number {payment.payer_claim or 'not given'}, status {payment.status}"
    yield f"Charge {money(payment.charge)}, paid {money(payment.paid)}" + _remarks(payment.remarks)
    yield from _adjusted(payment.adjustments)
    for line in payment.lines:
        yield f"  {_paid(line)}" + _remarks(line.remarks)
        yield from (f"  {said}" for said in _adjusted(line.adjustments))


def _paid(line: PaidLine) -> str:
    period = dates(line.period.start, line.period.end) if line.period else ""
    told = (f"line {line.ordinal}", _code(line.procedure) or line.revenue_code, period)
    return "  ".join(filter(None, told)) + f"  charge {money(line.charge)}, paid {money(line.paid)}"


def _adjusted(adjustments: Sequence[Adjustment]) -> Iterator[str]:
    for one in adjustments:
        yield f"  {one.group}-{one.reason}  {money(one.amount)}"


def _remarks(remarks: Sequence[str]) -> str:
    return f"; remarks {', '.join(remarks)}" if remarks else ""


def _sender(party: Party) -> list[str]:
    ids = ", ".join(f"{name} {id}" for name, id in (("NPI", party.npi), ("tax id", party.tax_id)) if id)
    return [_called(party), *_address(party.address), *([ids] if ids else [])]


def _party(role: str, party: Party) -> list[str]:
    return [f"{role}: {_called(party)}", *_address(party.address)]


def _address(address: Address | None) -> list[str]:
    if address is None:
        return []
    place = ", ".join(filter(None, (address.city, " ".join(filter(None, (address.state, address.postal_code))))))
    return [*address.lines, *([place] if place else [])]


def _called(party: Party) -> str:
    return " ".join(filter(None, (party.first_name, party.name))) or party.id


def _name(person: Person) -> str:
    return " ".join(filter(None, (person.first_name, person.middle_name, person.last_name, person.suffix)))


def _born(person: Person) -> str:
    return f"born {person.birth_date}" if person.birth_date else ""


def _service(line: ClaimLine | None) -> str:
    return (_code(line.procedure) or line.revenue_code) if line else ""


def _code(procedure: Procedure | None) -> str:
    return "-".join((procedure.code, *procedure.modifiers)) if procedure else ""


def _days(line: ClaimLine | None) -> str:
    return dates(line.period.start, line.period.end) if line and line.period else ""
