"""A claim of a world before it is X12, with what is right for it, and its segments (2300 and below)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from edi.jobs.worlds.care import PHARMACY, TEETH
from edi.jobs.worlds.people import Clinician, Patient, Payer, Practice
from edi.jobs.worlds.truth import CLAIM, REFERRED, WRITTEN, RightVerdict, Truth, at_line, of_payer
from edi.records.services import Period
from edi.records.values import write_date, write_period
from edi.text.segments import Delimiters, Segment, compose

ORIGINAL, FIRST, LAST, REPLACEMENT, VOID = "1", "2", "4", "7", "8"
INTERIM: Final = frozenset({FIRST, "3"})
"""CLM05-3 of a hospital's claim for a stay that goes on."""
INPATIENT, OUTPATIENT = "11", "13"
_DENTAL_CROWNS: Final = ("D27", "D52", "D60")
"""Procedures that say whether they are the first of their kind (SV305)."""


@dataclass(kw_only=True)
class Line:
    """One line; without a code a hospital's line that has a revenue code only."""

    code: str = ""
    qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    charge: int = 0
    amount: int = 1
    days: Period
    revenue: str = ""
    unit: str = "UN"
    held: str = ""
    """REF*G1 of the line itself."""
    rendering: Clinician | None = None
    """Who gave this line, where it is not the claim's clinician."""


@dataclass(kw_only=True)
class Cover:
    """Another payer of a claim, which decided before; REF*G1 there is its own number."""

    payer: Payer
    member_id: str
    number: str = ""
    at_lines: bool = False
    """Whether its number stands at the lines (with that payer's id), not in 2330B."""


@dataclass(kw_only=True)
class Bill:
    """One claim."""

    id: str
    kind: str
    practice: Practice
    clinician: Clinician
    patient: Patient
    place: str
    """Place of service; of a hospital's claim the first two digits of the type of bill."""
    diagnosis: str
    lines: list[Line]
    frequency: str = ORIGINAL
    facility: Practice | None = None
    referring: Clinician | None = None
    held: str = ""
    """REF*G1 of the claim."""
    referral: str = ""
    exception: str = ""
    """REF*4N."""
    original: str = ""
    """REF*F8."""
    stay: Period | None = None
    """From admission to discharge, of an inpatient claim."""
    statement: date | None = None
    """Where the statement begins on another day than the stay: before it, or later on an interim claim."""
    cover: Cover | None = None
    predetermination: bool = False
    reporting: bool = False
    as_typed: bool = False
    """Whether names stand on the claim as they are here, without a spelling of their own."""
    story: str = ""
    rows: list[RightVerdict] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def days(self) -> Period:
        """The dates of all lines, or of the stay."""
        if self.stay:
            return Period(start=self.statement or self.stay.start, end=self.stay.end)
        return Period(start=min(x.days.start for x in self.lines), end=max(x.days.end for x in self.lines))

    def expect(self, verdict: str, number: str = "", reason: str = "", *, line: int | None = None, where: str = "") -> Bill:
        """What is right for the claim, or for one of its lines (from 1), whose number goes to `where`: its line, or the claim."""
        name = None if line is None else str(line)
        self.rows.append(RightVerdict(line=name, verdict=verdict, authorization=number, reason=reason))
        held = any(x.held == number for x in self.lines) or self.held == number
        if verdict in WRITTEN and not held:
            self.numbers[where or CLAIM] = number
        return self

    def carries(self, where: str, number: str) -> Bill:
        """Another number that the claim has in the end: another payer's, or a referral's."""
        self.numbers[where] = number
        return self

    def truth(self, file: str, position: int) -> Truth:
        """What is right, now that it is known which claim of which file this is."""
        kept = {CLAIM: self.held, REFERRED: self.referral}
        kept |= {at_line(str(n)): line.held for n, line in enumerate(self.lines, 1)}
        if cover := self.cover:
            lines = [at_line(str(n), cover.payer.id) for n in range(1, len(self.lines) + 1)]
            kept |= dict.fromkeys(lines if cover.at_lines else [of_payer(cover.payer.id)], cover.number)
        numbers = {place: number for place, number in kept.items() if number} | self.numbers
        return Truth(
            file=file, position=position, claim=self.id, story=self.story, rows=tuple(self.rows), numbers=numbers
        )  # fmt: skip


def segments(bill: Bill, d: Delimiters, random: Random) -> list[Segment]:
    """2300 and what is below it."""
    written = {"professional": _professional, "institutional": _institutional, "dental": _dental}[bill.kind](bill, d, random)
    return [compose(d, *elements) for elements in written]


Elements = tuple[str | Sequence[str], ...]


def _total(bill: Bill) -> str:
    return str(sum(line.charge for line in bill.lines))


def _references(bill: Bill, random: Random) -> list[Elements]:
    """The REFs of a claim, in any order."""
    known = {"G1": bill.held, "9F": bill.referral, "F8": bill.original, "4N": bill.exception}
    if random.random() < 0.5:
        known["D9"] = f"T{random.randrange(10**9):09d}"
    if random.random() < 0.4 and bill.kind != "dental":
        known["EA"] = f"MR{random.randrange(10**6)}"
    found: list[Elements] = [("REF", code, value) for code, value in known.items() if value]
    random.shuffle(found)
    return found


def _line_end(number: int, line: Line, bill: Bill) -> Iterator[Elements]:
    """REF*6R and REF*G1 of a line, and how the payer before decided about it."""
    yield "REF", "6R", f"{bill.id}L{number}"
    if line.held:
        yield "REF", "G1", line.held
    if bill.cover and bill.cover.at_lines and bill.cover.number:
        yield "REF", "G1", bill.cover.number, "", ("2U", bill.cover.payer.id)
    if line.rendering:
        yield from _clinician("82", line.rendering, "PE")
    if bill.cover:
        paid = line.charge // 2
        procedure = (line.qualifier, line.code, *line.modifiers)
        yield "SVD", bill.cover.payer.id, str(paid), procedure, line.revenue, str(line.amount)
        yield "CAS", "CO", "45", str(line.charge - paid)
        yield "DTP", "573", "D8", write_date(line.days.end + timedelta(14))


def _cover(bill: Bill) -> Iterator[Elements]:
    """2320 and 2330."""
    if bill.cover is None:
        return
    insured = bill.patient.subscriber
    yield "SBR", "P", bill.patient.person.relationship or "18", "", "", "", "", "", "", bill.cover.payer.filing
    yield "AMT", "D", str(sum(line.charge // 2 for line in bill.lines))
    yield "OI", "", "", "Y", "", "", "Y"
    yield "NM1", "IL", "1", insured.last_name, insured.first_name, "", "", "", "MI", bill.cover.member_id
    yield "NM1", "PR", "2", bill.cover.payer.name, "", "", "", "", "PI", bill.cover.payer.id
    if bill.cover.number and not bill.cover.at_lines:
        yield "REF", "G1", bill.cover.number


def _clinician(role: str, clinician: Clinician, prv: str) -> Iterator[Elements]:
    yield "NM1", role, "1", clinician.last_name, clinician.first_name, "", "", "", "XX", clinician.npi
    yield "PRV", prv, "PXC", clinician.taxonomy


def _facility(bill: Bill) -> Iterator[Elements]:
    if bill.facility is None:
        return
    address = bill.facility.address
    yield "NM1", "77", "2", bill.facility.name, "", "", "", "", "XX", bill.facility.npi
    yield "N3", *address.lines
    yield "N4", address.city, address.state, address.postal_code


def _professional(bill: Bill, d: Delimiters, random: Random) -> Iterator[Elements]:
    yield "CLM", bill.id, _total(bill), "", "", (bill.place, "B", bill.frequency), "Y", "A", "Y", "Y"
    if random.random() < 0.15:
        yield "DTP", "431", "D8", write_date(bill.days.start - timedelta(random.randint(1, 30)))
    yield from _references(bill, random)
    yield "HI", ("ABK", bill.diagnosis), *((("ABF", "I10"),) if random.random() < 0.3 and bill.diagnosis != "I10" else ())
    if bill.referring:
        who = bill.referring
        yield "NM1", "DN", "1", who.last_name, who.first_name, "", "", "", "XX", who.npi
    yield from _clinician("82", bill.clinician, "PE")
    yield from _facility(bill)
    yield from _cover(bill)
    for number, line in enumerate(bill.lines, 1):
        yield "LX", str(number)
        yield "SV1", (line.qualifier, line.code, *line.modifiers), str(line.charge), line.unit, str(line.amount), "", "", ("1",)
        yield "DTP", "472", *write_period(line.days)
        yield from _line_end(number, line, bill)


def _institutional(bill: Bill, d: Delimiters, random: Random) -> Iterator[Elements]:
    days, stay = bill.days, bill.stay
    yield "CLM", bill.id, _total(bill), "", "", (bill.place, "A", bill.frequency), "", "A", "Y", "Y"
    goes_on = bill.frequency in INTERIM
    if stay and not goes_on:
        yield "DTP", "096", "TM", f"{random.randint(8, 19):02d}30"
    yield "DTP", "434", "RD8", f"{write_date(days.start)}-{write_date(days.end)}"
    if stay:
        yield "DTP", "435", "DT", f"{write_date(stay.start)}{random.randint(5, 22):02d}15"
    yield "CL1", "3" if stay else "1", "1", "30" if goes_on else "01"
    yield from _references(bill, random)
    present = ("", "", "", "", "", "", "Y") if stay else ()
    yield "HI", ("ABK", bill.diagnosis, *present)
    yield "HI", ("ABJ" if stay else "APR", bill.diagnosis)
    yield from _clinician("71", bill.clinician, "AT")
    yield from _cover(bill)
    for number, line in enumerate(bill.lines, 1):
        yield "LX", str(number)
        procedure = (line.qualifier, line.code, *line.modifiers) if line.code else ""
        yield (
            "SV2",
            line.revenue or PHARMACY,
            procedure,
            str(line.charge),
            "DA" if line.revenue.startswith("01") else "UN",
            str(line.amount),
        )
        if not stay:
            yield "DTP", "472", *write_period(line.days)
        yield from _line_end(number, line, bill)


def _dental(bill: Bill, d: Delimiters, random: Random) -> Iterator[Elements]:
    last = ("", "", "", "", "", "", "", "", "", "PB") if bill.predetermination else ()
    yield "CLM", bill.id, _total(bill), "", "", (bill.place, "B", bill.frequency), "Y", "A", "Y", "Y", *last
    if not bill.predetermination:
        yield "DTP", "472", "D8", write_date(bill.days.start)
    yield from _references(bill, random)
    yield from _clinician("82", bill.clinician, "PE")
    yield from _cover(bill)
    for number, line in enumerate(bill.lines, 1):
        yield "LX", str(number)
        kind = "I" if line.code.startswith(_DENTAL_CROWNS) else ""
        quadrant = ("10",) if line.code in ("D4341", "D4342") else ""
        yield "SV3", (line.qualifier, line.code), str(line.charge), "", quadrant, kind, str(line.amount)
        if not quadrant and not line.code.startswith("D52"):
            yield "TOO", "JP", random.choice(TEETH)
        if not bill.predetermination and (line.days.start != bill.days.start or random.random() < 0.2):
            yield "DTP", "472", "D8", write_date(line.days.start)
        yield from _line_end(number, line, bill)
