"""An authorization made to fit a claim, as a payer would certify all that the claim bills; and what was written, taken out again.

Nothing here uses the code that places and writes numbers: segments are told apart by the delimiters of the file's own ISA.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.services import Period, Procedure

MARK = "ZQ-7"
"""What every number that is made here begins with, and nothing else in any file."""
STAY = ("11", "18", "21", "28", "41", "51", "61", "65", "66", "86")


def fitting(claims: Iterable[Claim], *, by_line: bool = False) -> list[Authorization]:
    """One authorization for each patient and payer, which certifies all that is billed; `by_line`: one for each procedure."""
    found: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims:
        person = claim.patient
        name = (person.last_name, person.first_name) if claim.dependent or person.birth_date is None else ()
        who = (claim.subscriber.member_id, person.birth_date, name, claim.payer.id or claim.payer.name)
        found.setdefault(who, []).append(claim)
    made: list[Authorization] = []
    for group in found.values():
        services = _services(group)
        for pieces in [(service,) for service in services] if by_line else [services]:
            made.append(replace(_for(group[0], pieces), number=f"{MARK}{len(made):05d}"))
    return made


def besides(claims: Iterable[Claim]) -> list[Authorization]:
    """For each claim a referral to who bills it, and an authorization of each other payer that knows the patient by an own id."""
    made: dict[object, Authorization] = {}
    for claim in claims:
        referral = replace(_for(claim, ()), kind="referral", category="SC", requester=replace(claim.billing, role="1P"))
        if claim.billing.npi or claim.billing.tax_id:
            made.setdefault((claim.subscriber.member_id, claim.patient.birth_date, claim.billing, claim.payer.id), referral)
        for other in claim.other_payers:
            if other.subscriber.member_id and other.subscriber.relationship == "18":
                member = replace(claim.patient, member_id=other.subscriber.member_id)
                theirs = replace(_for(claim, _services([claim])), payer=Party(id=other.id, name=other.name))
                known = (member.member_id, member.birth_date, other.id, _services([claim]))
                made.setdefault(known, replace(theirs, subscriber=member, patient=member, dependent=False))
    return [replace(one, number=f"{MARK}B{n:04d}") for n, one in enumerate(made.values())]


def _services(claims: Iterable[Claim]) -> tuple[CertifiedService, ...]:
    """Everything once that the claims' lines bill, without dates and quantities; a stay is certified besides."""
    found: dict[object, CertifiedService] = {}
    for claim in claims:
        for line in claim.lines:
            found.setdefault(_billed(line), _service(line))
    return tuple(found.values())


def _billed(line: ClaimLine) -> object:
    return (line.procedure.qualifier, line.procedure.code) if line.procedure else line.revenue_code


def _service(line: ClaimLine) -> CertifiedService:
    if line.procedure is None:
        return CertifiedService(decision=Decision.CERTIFIED, revenue_code=line.revenue_code)
    code = Procedure(qualifier=line.procedure.qualifier, code=line.procedure.code)
    return CertifiedService(decision=Decision.CERTIFIED, procedure=code)


def _for(claim: Claim, services: tuple[CertifiedService, ...]) -> Authorization:
    stays = claim.kind == "institutional" and claim.place in STAY
    start = claim.admission or (claim.period.start if claim.period else None)
    return Authorization(
        decision=Decision.CERTIFIED,
        category="AR" if stays else "HS",
        admission=Period(start=start, end=start) if stays and start else None,
        payer=replace(claim.payer, role="X3"),
        requester=Party(),
        subscriber=claim.subscriber,
        patient=claim.patient,
        dependent=claim.dependent,
        services=() if stays else services,
    )


def without(data: bytes) -> tuple[bytes, list[int]]:
    """A file without the REF that carry a number made here; and how many each transaction had of them.

    SE01 is what is left: what is written counts, and so does what is taken out. A line break belongs to the segment before it:
    what was written must have that of the segment that it was put behind.
    """
    pieces: list[bytes] = []
    taken: list[int] = []
    before = after = b""
    last = False
    for elements, piece in _split(data):
        before, after = after, piece[: len(piece) - len(piece.lstrip(b"\r\n \t"))]
        if last:
            assert before == after, "the line break of a number that was written"
        last = False
        if elements[0] == b"ST":
            taken.append(0)
        if elements[0] == b"REF" and elements[1] in (b"G1", b"9F") and elements[2].startswith(MARK.encode()):
            taken[-1] += 1
            last = True
            continue
        if elements[0] == b"SE" and taken[-1]:
            piece = piece.replace(elements[1], b"%d" % (int(elements[1]) - taken[-1]), 1)
        pieces.append(piece)
    return b"".join(pieces), taken


def counted(data: bytes, taken: list[int]) -> bytes:
    """A file with SE01 as it is counted in the transactions that were changed: whoever changes one makes its count right."""
    pieces: list[bytes] = []
    transaction, count = -1, 0
    for elements, piece in _split(data):
        count += bool(elements[0])
        if elements[0] == b"ST":
            transaction, count = transaction + 1, 1
        if elements[0] == b"SE" and taken[transaction]:
            piece = piece.replace(elements[1], b"%d" % count, 1)
        pieces.append(piece)
    return b"".join(pieces)


def _split(data: bytes) -> Iterator[tuple[list[bytes], bytes]]:
    """Segments as elements, and their bytes with what precedes them, by each interchange's own delimiters."""
    begins = [match.start() for match in re.finditer(rb"ISA(?=([^\w\s])..\1)", data)] or [0]
    for begin, end in zip([0, *begins[1:]], [*begins[1:], len(data)], strict=True):
        isa = max(begin, begins[0])
        element, terminator = data[isa + 3 : isa + 4], data[isa + 105 : isa + 106]
        *whole, last = data[begin:end].split(terminator)
        for text in whole:
            yield text.lstrip(b"\r\n \t").split(element), text + terminator
        yield [b""], last
