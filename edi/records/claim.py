"""837: the claim, read as far as it can be; what is missing or odd is a default.

How a number gets into it is `edi.records.numbering`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from sys import intern
from typing import Any, Final

from edi.errors import RecordError
from edi.frozen import changed, quick
from edi.guides.document import Context, Unit, units
from edi.guides.texts import Texts
from edi.records.forms import procedure_in
from edi.records.parties import NO_PARTY, NOBODY, Party, Person, party_in, person_in
from edi.records.reading import Records
from edi.records.services import SERVICES, Diagnosis, Period, Procedure, Quantity, Tooth, diagnoses_in, span
from edi.records.values import ZERO, read_amount, read_date, read_period
from edi.text.segments import Delimiters, Segment, Source, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumber:
    """A REF*G1 or REF*9F that a claim carries: the value, and the payer it names (REF04-2) where it is not the destination."""

    value: str
    payer_id: str = ""


@quick
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
    """DTP*472 of the line, else the claim's; of a dental line without either DTP*452, its own or the claim's."""
    place: str = ""
    providers: tuple[Party, ...] = ()
    authorizations: tuple[HeldNumber, ...] = ()
    referrals: tuple[HeldNumber, ...] = ()
    control_number: str = ""
    """REF*6R."""
    teeth: tuple[Tooth, ...] = ()
    """Of a dental line (TOO)."""
    oral_cavity: tuple[str, ...] = ()
    """SV304, dental: areas of the mouth."""
    pointers: tuple[int, ...] = ()
    """SV107 (dental SV311): which of the claim's diagnoses it is for, counted from 1."""

    @property
    def negative(self) -> bool:
        """Whether less than nothing is billed: what it takes back, if anything, nobody can say."""
        return self.quantity is not None and self.quantity.amount < 0


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


@quick
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
    """Statement dates (DTP*434) or DTP*472, else from the first to the last line date, else DTP*452."""
    admission: date | None = None
    """DTP*435."""
    patient_status: str = ""
    """CL103, institutional: 01 discharged home, 20 died, 30 still a patient ..."""
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
PREDETERMINATIONS: Final = ("005010X291", "005010X292", "005010X293")
_PLACEMENT: Final = "452"
"""The placement of an orthodontic appliance: the claim may have no other date. 139 and 441 are of one that was there before."""
_PREDETERMINATION: Final = "PB"
OTHER_PAYER_CLAIM: Final = "SBR"
"""What begins a 2320."""
_LEVELS: Final = 512
"""So many of the levels above claims are kept as they were read: those of a batch that is decided together."""
AGAIN: Final = ("7", "8")
"""CLM05-3 of a replacement and a void."""
_POINTER: Final = re.compile(r"\d{1,2}", re.ASCII)


def read_claims(source: Source) -> Records[Claim]:
    """Every claim of a source whose guide is known; what is no claim is passed over."""
    return Records(units(source), lambda unit: (claim_of(unit),) if is_claim(unit) else ())


def is_claim(unit: Unit) -> bool:
    """Whether a unit is a loop 2300 with its CLM; one without is a stray piece, and no claim."""
    loop = unit.loop
    return unit.kind == "unit" and loop.id == CLAIM and (loop.unread is not None or loop.first("CLM") is not None)


def claim_of(unit: Unit, seen: Claim | None = None) -> Claim:
    """The claim that a unit (2300) holds (`seen`: what a glance at it gave). A unit without a CLM is a RecordError."""
    context, offset = unit.context, unit.loop.offset("CLM")
    if offset is None:
        raise RecordError("there is no CLM")
    claim = unit.loop.texts(context.delimiters)
    rows, component = claim.rows(), claim.component
    dates, references = _by_code(rows, "DTP"), _by_code(rows, "REF")
    dated = _period(dates, "434") or _period(dates, "472")
    placed = _period(dates, _PLACEMENT)
    lines = tuple([_line(inner, dated, placed) for inner in claim.loops if inner.id == LINE])
    held = tuple([ref[2] for ref in references.get(AUTHORIZATION, ())])
    more: dict[str, Any] = {
        "billing": billing_of(unit),
        "providers": _providers(claim, "2310"),
        "lines": lines,
        "period": dated or span(line.period for line in lines) or placed,
        "admission": read_date(_first(dates, "435", 3)),
        "patient_status": rows["CL1"][0][3] if "CL1" in rows else "",
        "diagnoses": diagnoses_in(rows.get("HI", ()), component),
        "authorization": held[0] if held else "",
        "authorizations": held,
        "referral": _first(references, REFERRAL, 2),
        "exception": _first(references, "4N", 2),
        "original": _first(references, "F8", 2),
        "other_payers": tuple([_other_payer(inner) for inner in claim.loops if inner.id == "2320"]),
    }
    if seen is not None:
        return changed(seen, **more)
    return Claim(**_head(unit, rows["CLM"][0], component, offset), kind=kind_by_version(unit.context) or _kind(claim), **more)


def glance(unit: Unit) -> Claim | None:
    """A claim as far as it takes to see whether anything is on file for it: without its lines, providers, dates and diagnoses.

    None where that is not all: it carries a number, replaces or voids another claim, goes to several payers, or was looked into.
    """
    raw, context = unit.loop.unread, unit.context
    if raw is None or not (kind := kind_by_version(unit.context)) or any(more in raw for more in _more(context.delimiters)):
        return None
    clm = decode(raw[: raw.find(context.delimiters.segment)]).split(decode(context.delimiters.element))
    known = _head(unit, [*clm, *[""] * 20], decode(context.delimiters.component), unit.loop.offset("CLM") or 0)
    return None if known["frequency"] in AGAIN else Claim(**known, kind=kind, billing=billing_of(unit))


@cache
def _more(delimiters: Delimiters) -> tuple[bytes, ...]:
    """How segments begin for which a glance is not enough."""
    element = decode(delimiters.element)
    begun = ((OTHER_PAYER_CLAIM,), *(("REF", code) for code in (AUTHORIZATION, REFERRAL, "F8")))
    return tuple(encode(element.join((*parts, ""))) for parts in begun)


def _head(unit: Unit, clm: Sequence[str], component: str, offset: int) -> dict[str, Any]:
    """What stands in CLM and above it."""
    context, coverage, patient = unit.context, _above(unit, "2000B"), _above(unit, "2000C")
    subscriber, payer, responsibility, filing = (NOBODY, NO_PARTY, "", "") if coverage is None else _coverage(coverage)
    said = context.st.get(3) or (context.gs.get(8) if context.gs else "") if context.st else ""
    place, qualifier, frequency = [*clm[5].split(component), "", ""][:3]
    return {
        "id": clm[1],
        "transaction": intern(context.st.get(2)) if context.st else "",
        "offset": offset,
        "purpose": bht.get(6) if context.header and (bht := context.header.first("BHT")) else "",
        "predetermination": clm[19] == _PREDETERMINATION or said.startswith(PREDETERMINATIONS),
        "charge": read_amount(clm[2]) or ZERO,
        "place": place,
        "place_qualifier": qualifier,
        "frequency": frequency,
        "payer": payer,
        "responsibility": responsibility,
        "filing": filing,
        "subscriber": subscriber,
        "patient": _patient(patient) if patient else subscriber,
        "dependent": patient is not None,
        "delay_reason": clm[20],
    }


def kind_by_version(context: Context) -> str:
    """What kind of claims they are by their guide; "" where that does not say it."""
    return _KINDS.get(context.guide.version[:10], "") if context.guide else ""


def _above(unit: Unit, id: str) -> Texts | None:
    level = unit.context.parent(id)
    return level.texts(unit.context.delimiters) if level is not None else None


def _by_code(rows: Mapping[str, list[list[str]]], id: str) -> dict[str, list[list[str]]]:
    """The segments of one kind by the code in their first element."""
    found: dict[str, list[list[str]]] = {}
    for row in rows.get(id, ()):
        found.setdefault(row[1], []).append(row)
    return found


def _first(rows: Mapping[str, list[list[str]]], code: str, element: int) -> str:
    """An element of the first segment with a code, "" where there is none."""
    return rows[code][0][element] if code in rows else ""


def _period(dates: Mapping[str, list[list[str]]], code: str) -> Period | None:
    return read_period(_first(dates, code, 3))


def _kind(claim: Texts) -> str:
    lines = [line.rows() for line in claim.loops if line.id == LINE]
    return next((places.kind for line in lines for id, places in SERVICES.items() if id in line), "professional")


def billing_of(unit: Unit) -> Party:
    """The billing provider above a claim."""
    level = _above(unit, "2000A")
    return NO_PARTY if level is None else _billing(level)


@lru_cache(maxsize=_LEVELS)
def _billing(level: Texts) -> Party:
    """2000A. Those above a claim are asked for again by the next one, and by one that was only glanced at."""
    party, prv = party_in(level.loop("2010AA")), level.rows().get("PRV")
    return replace(party, taxonomy=prv[0][3], taxonomy_role=prv[0][1]) if prv else party


@lru_cache(maxsize=_LEVELS)
def _coverage(level: Texts) -> tuple[Person, Party, str, str]:
    """2000B: the subscriber, the payer, its responsibility and how claims are filed with it."""
    found = level.rows().get("SBR")
    relationship, responsibility, filing = (found[0][2], found[0][1], found[0][9]) if found else ("", "", "")
    subscriber = person_in(level.loop("2010BA"), relationship)
    return (subscriber, party_in(level.loop("2010BB")), responsibility, filing)


@lru_cache(maxsize=_LEVELS)
def _patient(level: Texts) -> Person:
    """2000C."""
    pat = level.rows().get("PAT")
    return person_in(level.loop("2010CA"), pat[0][1] if pat else "")


def _providers(loop: Texts, begin: str) -> tuple[Party, ...]:
    return tuple([party_in(inner) for inner in loop.loops if inner.id.startswith(begin)])


def _line(loop: Texts, dated: Period | None, placed: Period | None) -> ClaimLine:
    """2400, with the claim's dates, or the day on which an appliance was placed, where it has none of its own."""
    rows, dates = loop.rows(), _by_code(loop.rows(), "DTP")
    known: dict[str, Any] = {}
    for id, places in SERVICES.items():
        if id in rows:
            service = rows[id][0]
            known = {
                "procedure": procedure_in(service[places.procedure], loop.component),
                "charge": read_amount(service[places.charge]) or ZERO,
                "quantity": quantity_of(service[places.unit] if places.unit else "UN", service[places.amount]),
                "place": service[places.place] if places.place else "",
                "revenue_code": service[places.revenue] if places.revenue else "",
            }
            if places.pointers and (pointers := service[places.pointers]):
                known["pointers"] = tuple([int(n) for n in _parts(pointers, loop.component) if _POINTER.fullmatch(n)])
            if places.oral_cavity:
                known["oral_cavity"] = _parts(service[places.oral_cavity], loop.component)
                teeth = [Tooth(number=too[2], surfaces=_parts(too[3], loop.component)) for too in rows.get("TOO", ())]
                known["teeth"] = tuple(teeth)
            break
    references = _by_code(rows, "REF") if "REF" in rows else {}
    return ClaimLine(
        number=rows["LX"][0][1] if "LX" in rows else "",
        **known,
        period=_period(dates, "472") or dated or _period(dates, _PLACEMENT) or placed,
        providers=_providers(loop, "2420") if loop.loops else (),
        authorizations=_held(references[AUTHORIZATION], loop.component) if AUTHORIZATION in references else (),
        referrals=_held(references[REFERRAL], loop.component) if REFERRAL in references else (),
        control_number=_first(references, "6R", 2),
    )


def _parts(text: str, component: str) -> tuple[str, ...]:
    return tuple([part for part in text.split(component) if part])


@lru_cache(maxsize=1024)
def quantity_of(unit: str, text: str) -> Quantity | None:
    amount = read_amount(text)
    return None if amount is None else Quantity(unit=unit, amount=amount)


def _held(references: Sequence[Sequence[str]], component: str) -> tuple[HeldNumber, ...]:
    return tuple([HeldNumber(value=ref[2], payer_id=payer_named(ref[4], component)) for ref in references])


def payer_of(ref: Segment) -> str:
    """The payer that a REF of a line names, "" for the destination payer."""
    return payer_named(ref.get(4), decode(ref.delimiters.component))


def payer_named(reference: str, component: str) -> str:
    """The payer in a REF04, "" where it names none."""
    qualifier, payer, *_ = (*reference.split(component), "")
    return payer if qualifier == OTHER_PAYER else ""


def _other_payer(loop: Texts) -> OtherPayer:
    payer, rows = loop.loop(OTHER_PAYER_LOOP), loop.rows()
    named = payer.rows() if payer else {}
    name, references = named.get("NM1"), _by_code(named, "REF")
    paid, sbr = _by_code(rows, "AMT").get("D"), rows["SBR"][0] if "SBR" in rows else ("",) * 3
    return OtherPayer(
        id=name[0][9] if name else "",
        name=name[0][3] if name else "",
        responsibility=sbr[1],
        authorization=_first(references, AUTHORIZATION, 2),
        referral=_first(references, REFERRAL, 2),
        paid=read_amount(paid[0][2]) if paid else None,
        subscriber=person_in(loop.loop("2330A"), sbr[2]),
    )
