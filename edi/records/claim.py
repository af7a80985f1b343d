"""837: the claim, read as far as it can be; what is missing or odd is a default.

How a number gets into it is `edi.records.numbering`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from edi.errors import RecordError
from edi.guides.document import Loop, Unit, units
from edi.records.forms import by_code, first_text, read_procedure
from edi.records.parties import Party, Person, read_party, read_person
from edi.records.services import Diagnosis, Period, Procedure, Quantity
from edi.records.values import ZERO, read_amount, read_date, read_period
from edi.text.segments import Segment, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumber:
    """A REF*G1 or REF*9F that a claim carries: the value, and the payer it names (REF04-2) where it is not the destination."""

    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """2400: one service line."""

    number: str
    """LX01, as sent."""
    procedure: Procedure | None = None
    revenue_code: str = ""
    charge: Decimal = Decimal(0)
    quantity: Quantity | None = None
    period: Period | None = None
    """DTP*472 of the line, else the claim's."""
    place: str = ""
    providers: tuple[Party, ...] = ()
    authorizations: tuple[HeldNumber, ...] = ()
    referrals: tuple[HeldNumber, ...] = ()
    control_number: str = ""
    """REF*6R."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """2320 and 2330B: a payer that is not the destination, with its own numbers."""

    id: str
    name: str = ""
    responsibility: str = ""
    authorization: str = ""
    referral: str = ""
    paid: Decimal | None = None
    subscriber: Person = field(default_factory=Person)
    """2330A: the member id with this payer; `relationship` (SBR02) is the patient's, 18 where the patient is the subscriber."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """2300 in its context: billing provider (2000A), subscriber (2000B), patient (2000C when a dependent)."""

    id: str
    """CLM01."""
    kind: str = "professional"
    """professional, institutional or dental."""
    transaction: str = ""
    """ST02."""
    offset: int = 0
    """Where CLM begins, in bytes from the start of the source."""
    purpose: str = ""
    """BHT06: CH chargeable, RP reporting, 31 subrogation; BHT02 and the guide tell predeterminations apart."""
    predetermination: bool = False
    charge: Decimal = Decimal(0)
    place: str = ""
    """CLM05-1."""
    place_qualifier: str = ""
    """CLM05-2: B place of service; A the first two digits of the type of bill."""
    frequency: str = ""
    """CLM05-3: 1 original, 7 replacement, 8 void, ..."""
    payer: Party
    responsibility: str = ""
    """SBR01: P primary, S secondary, T tertiary."""
    filing: str = ""
    """SBR09: MA and MB Medicare, MC Medicaid, BL Blue Cross, CI commercial, HM an HMO ..."""
    subscriber: Person
    patient: Person
    dependent: bool = False
    billing: Party
    providers: tuple[Party, ...] = ()
    """2310: rendering 82, referring DN, supervising DQ, facility 77, attending 71, operating 72 ..."""
    lines: tuple[ClaimLine, ...] = ()
    period: Period | None = None
    """Statement dates (DTP*434), else from the first to the last line date."""
    admission: date | None = None
    """DTP*435."""
    diagnoses: tuple[Diagnosis, ...] = ()
    authorization: str = ""
    """REF*G1 at 2300 as it stands, "" when there is none."""
    authorizations: tuple[str, ...] = ()
    """Every REF*G1 at 2300 (more than one is a fault)."""
    referral: str = ""
    exception: str = ""
    """REF*4N."""
    original: str = ""
    """REF*F8: the payer's control number of the claim that this one replaces or voids."""
    delay_reason: str = ""
    other_payers: tuple[OtherPayer, ...] = ()


CLAIM: Final = "2300"
LINE: Final = "2400"
OTHER_PAYER_LOOP: Final = "2330B"
AUTHORIZATION: Final = "G1"
REFERRAL: Final = "9F"
OTHER_PAYER: Final = "2U"
"""REF04-1 before the id of the payer whose number it is."""
_KINDS: Final = {
    "005010X222": "professional", "005010X291": "professional", "005010X298": "professional",
    "005010X223": "institutional", "005010X292": "institutional", "005010X299": "institutional",
    "005010X224": "dental", "005010X293": "dental", "005010X300": "dental",
}  # fmt: skip
"""By the first ten characters of the version: claims, predeterminations, data reporting."""
_PREDETERMINATIONS: Final = ("005010X291", "005010X292", "005010X293")
_PREDETERMINATION: Final = "PB"
_DIAGNOSES: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})


class ServicePlaces(NamedTuple):
    """Where a service segment has what."""

    kind: str
    procedure: int
    charge: int
    unit: int
    amount: int
    place: int
    revenue: int


SERVICES: Final = {
    "SV1": ServicePlaces("professional", 1, 2, 3, 4, 5, 0),
    "SV2": ServicePlaces("institutional", 2, 3, 4, 5, 0, 1),
    "SV3": ServicePlaces("dental", 1, 2, 0, 6, 3, 0),
}


def read_claims(source: Source) -> Iterator[Claim]:
    """Every claim of a source whose guide is known; what is no claim is passed over."""
    return (claim_of(unit) for unit in units(source) if is_claim(unit))


def is_claim(unit: Unit) -> bool:
    """Whether a unit is a loop 2300 with its CLM; one without is a stray piece, and no claim."""
    return unit.kind == "unit" and unit.loop.id == CLAIM and unit.loop.first("CLM") is not None


def claim_of(unit: Unit) -> Claim:
    """The claim that a unit (2300) holds, with what stands above it. A unit without a CLM is a RecordError."""
    loop, context = unit.loop, unit.context
    clm = loop.first("CLM")
    if clm is None:
        raise RecordError("there is no CLM")
    dates, references = by_code(loop, "DTP"), by_code(loop, "REF")
    dated = _period(dates, "434") or _period(dates, "472")
    lines = tuple([_line(inner, dated) for inner in loop.loops(LINE)])
    billing, coverage, patient = context.parent("2000A"), context.parent("2000B"), context.parent("2000C")
    sbr = coverage.first("SBR") if coverage else None
    subscriber = read_person(coverage.loop("2010BA") if coverage else None, sbr.get(2) if sbr else "")
    bht = context.header.first("BHT") if context.header else None
    version = context.guide.version[:10] if context.guide else ""
    said = context.st.get(3) or (context.gs.get(8) if context.gs else "") if context.st else ""
    held = tuple([ref.get(2) for ref in references.get(AUTHORIZATION, ())])
    return Claim(
        id=clm.get(1),
        kind=_KINDS.get(version) or _kind(loop),
        transaction=context.st.get(2) if context.st else "",
        offset=clm.offset,
        purpose=bht.get(6) if bht else "",
        predetermination=clm.get(19) == _PREDETERMINATION or said.startswith(_PREDETERMINATIONS),
        charge=read_amount(clm.get(2)) or ZERO,
        place=clm.get(5, 1),
        place_qualifier=clm.get(5, 2),
        frequency=clm.get(5, 3),
        payer=read_party(coverage.loop("2010BB") if coverage else None),
        responsibility=sbr.get(1) if sbr else "",
        filing=sbr.get(9) if sbr else "",
        subscriber=subscriber,
        patient=_patient(patient) if patient else subscriber,
        dependent=patient is not None,
        billing=_billing(billing),
        providers=_providers(loop, "2310"),
        lines=lines,
        period=dated or _span(lines),
        admission=read_date(first_text(dates, "435", 3)),
        diagnoses=_diagnoses(loop),
        authorization=held[0] if held else "",
        authorizations=held,
        referral=first_text(references, REFERRAL, 2),
        exception=first_text(references, "4N", 2),
        original=first_text(references, "F8", 2),
        delay_reason=clm.get(20),
        other_payers=tuple([_other_payer(inner) for inner in loop.loops("2320")]),
    )


def _period(dates: Mapping[str, list[Segment]], code: str) -> Period | None:
    return read_period(first_text(dates, code, 3))


def _kind(loop: Loop) -> str:
    lines = loop.loops(LINE)
    return next((places.kind for line in lines for id, places in SERVICES.items() if line.first(id)), "professional")


def _billing(level: Loop | None) -> Party:
    party = read_party(level.loop("2010AA") if level else None)
    prv = level.first("PRV") if level else None
    return replace(party, taxonomy=prv.get(3), taxonomy_role=prv.get(1)) if prv else party


def _patient(level: Loop) -> Person:
    pat = level.first("PAT")
    return read_person(level.loop("2010CA"), pat.get(1) if pat else "")


def _providers(loop: Loop, begin: str) -> tuple[Party, ...]:
    return tuple([read_party(inner) for inner in loop.loops() if inner.id.startswith(begin)])


def _line(loop: Loop, dated: Period | None) -> ClaimLine:
    lx, references = loop.first("LX"), by_code(loop, "REF")
    places, service = next(((places, found) for id, places in SERVICES.items() if (found := loop.first(id))), (None, None))
    known: dict[str, Any] = {}
    if places and service:
        amount, unit = read_amount(service.get(places.amount)), service.get(places.unit) if places.unit else "UN"
        known = {
            "procedure": read_procedure(service, places.procedure),
            "charge": read_amount(service.get(places.charge)) or ZERO,
            "quantity": None if amount is None else Quantity(unit=unit, amount=amount),
            "place": service.get(places.place) if places.place else "",
            "revenue_code": service.get(places.revenue) if places.revenue else "",
        }
    return ClaimLine(
        number=lx.get(1) if lx else "",
        **known,
        period=_period(by_code(loop, "DTP"), "472") or dated,
        providers=_providers(loop, "2420"),
        authorizations=_held(references, AUTHORIZATION),
        referrals=_held(references, REFERRAL),
        control_number=first_text(references, "6R", 2),
    )


def _held(references: Mapping[str, list[Segment]], code: str) -> tuple[HeldNumber, ...]:
    return tuple([HeldNumber(value=ref.get(2), payer_id=payer_of(ref)) for ref in references.get(code, ())])


def payer_of(ref: Segment) -> str:
    """The payer that a REF of a line names, "" for the destination payer."""
    return ref.get(4, 2) if ref.get(4, 1) == OTHER_PAYER else ""


def _other_payer(loop: Loop) -> OtherPayer:
    payer = loop.loop(OTHER_PAYER_LOOP)
    sbr, paid = loop.first("SBR"), loop.first("AMT", "D")
    name, references = (payer.first("NM1"), by_code(payer, "REF")) if payer else (None, {})
    return OtherPayer(
        id=name.get(9) if name else "",
        name=name.get(3) if name else "",
        responsibility=sbr.get(1) if sbr else "",
        authorization=first_text(references, AUTHORIZATION, 2),
        referral=first_text(references, REFERRAL, 2),
        paid=read_amount(paid.get(2)) if paid else None,
        subscriber=read_person(loop.loop("2330A"), sbr.get(2) if sbr else ""),
    )


def _diagnoses(loop: Loop) -> tuple[Diagnosis, ...]:
    found = (segment.components(element) for segment in loop.every("HI") for element in range(1, len(segment.elements)))
    return tuple(Diagnosis(qualifier=code[0], code=code[1]) for code in found if len(code) > 1 and code[0] in _DIAGNOSES)


def _span(lines: Sequence[ClaimLine]) -> Period | None:
    periods = [line.period for line in lines if line.period]
    return Period(start=min(p.start for p in periods), end=max(p.end for p in periods)) if periods else None
