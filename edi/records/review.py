"""278: the patient event and its services, as a request asks for them and a response repeats them (2000E, 2000F)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from edi.errors import RecordError
from edi.frozen import quick
from edi.records.clinical import Ambulance, Chiropractic, Condition, HomeHealth, Oxygen, Stay, read_clinical, write_clinical
from edi.records.forms import (
    Form,
    amount,
    by_code,
    count,
    first_text,
    marked,
    parts,
    procedure,
    quantity,
    read_one,
    scalar,
    text,
    too_many,
)
from edi.records.parties import Party, read_party
from edi.records.services import DeliveryPattern, Diagnosis, Period, Procedure, Quantity, Tooth
from edi.records.values import read_date, read_period, write_date, write_period
from edi.text.segments import Delimiters, Segment, compose

if TYPE_CHECKING:
    from edi.guides.document import Loop


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """TRN: a number that ties a response to its request. Never an authorization."""

    kind: str = "1"
    """TRN01: 1 the writer's own, 2 given back."""
    number: str
    originator: str = ""
    """TRN03: ten characters, the first telling the kind of the nine that follow: 1 employer id, 3 DUNS, 9 one's own."""
    department: str = ""
    """TRN04."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """PWK: a document that comes along, or is asked for."""

    type: str
    """PWK01."""
    transmission: str
    """PWK02: EL electronic, FX fax, BM mail, EM e-mail, AA available on request, VO by voice."""
    control_number: str = ""
    """PWK06: the number under which it comes."""
    description: str = ""


class ServiceKind(StrEnum):
    """In which segment a service stands."""

    PROFESSIONAL = "professional"  # SV1
    INSTITUTIONAL = "institutional"  # SV2
    DENTAL = "dental"  # SV3


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedService:
    """2000F: one service. What it leaves open is as the event says."""

    kind: ServiceKind = ServiceKind.PROFESSIONAL
    traces: tuple[Trace, ...] = ()
    category: str = ""
    """UM01: HS services, SC referral."""
    certification_type: str = ""
    service_type: str = ""
    place: str = ""
    place_qualifier: str = ""
    previous_number: str = ""
    """REF*BB."""
    administrative_reference: str = ""
    """REF*NT."""
    period: Period | None = None
    """DTP*472."""
    procedure: Procedure | None = None
    revenue_code: str = ""
    """SV201, institutional."""
    charge: Decimal | None = None
    quantity: Quantity | None = None
    """Of a dental service: unit UN."""
    unit_rate: Decimal | None = None
    """SV206, institutional."""
    pointers: tuple[str, ...] = ()
    """Which diagnoses it is for; professional, dental."""
    epsdt: str = ""
    """SV111, professional: Y or N."""
    level_of_care: str = ""
    nursing_home_status: str = ""
    """SV209, institutional."""
    oral_cavity: tuple[str, ...] = ()
    """SV304, dental."""
    prosthesis: str = ""
    """SV305, dental: I initial, R replacement."""
    teeth: tuple[Tooth, ...] = ()
    pattern: DeliveryPattern | None = None
    attachments: tuple[Attachment, ...] = ()
    message: str = ""
    providers: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReview:
    """2010EC of a request: another organization that refused already."""

    role: str
    """NM101: 00 alternate insurer, CA carrier, GG intermediary."""
    name: str = ""
    reasons: tuple[str, ...]
    refused: date | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class PatientEvent:
    """2000E: what is to be reviewed."""

    category: str
    """UM01: AR admission, HS services, SC referral, IN reservation."""
    certification_type: str
    """UM02: I initial, R renewal, S revised, 4 extension, 3 cancel, 1 and 2 appeals, N reconsideration."""
    service_type: str = ""
    """UM03."""
    place: str = ""
    """UM04-1."""
    place_qualifier: str = ""
    """UM04-2: B place of service; A the first two digits of a type of bill."""
    accident_causes: tuple[str, ...] = ()
    """UM05: AA auto accident, EM employment, AP another party."""
    accident_state: str = ""
    accident_country: str = ""
    level_of_service: str = ""
    """UM06: 03 emergency, E elective, U urgent."""
    health_condition: str = ""
    prognosis: str = ""
    release: str = ""
    """UM09: Y a signed release is held, M a limited one."""
    delay_reason: str = ""
    """UM10: why the request comes late."""
    traces: tuple[Trace, ...] = ()
    previous_number: str = ""
    """REF*BB: the authorization that is renewed, changed, cancelled or appealed."""
    administrative_reference: str = ""
    """REF*NT: the payer's handle of a review without a certification."""
    accident: date | None = None
    last_menstrual_period: date | None = None
    estimated_birth: date | None = None
    onset: date | None = None
    period: Period | None = None
    """DTP*AAH."""
    admission: Period | None = None
    """DTP*435."""
    discharge: date | None = None
    """DTP*096."""
    diagnoses: tuple[Diagnosis, ...] = ()
    pattern: DeliveryPattern | None = None
    conditions: tuple[Condition, ...] = ()
    stay: Stay | None = None
    ambulance: Ambulance | None = None
    chiropractic: Chiropractic | None = None
    oxygen: Oxygen | None = None
    home_health: HomeHealth | None = None
    attachments: tuple[Attachment, ...] = ()
    message: str = ""
    providers: tuple[Party, ...] = ()
    """2010EA: SJ who gives the service, 71 attending, 72 operating, FA facility, DN referring ..."""
    transports: tuple[Party, ...] = ()
    """Where an ambulance goes: PW pick-up, 45 drop-off, ND and R3 on the way, FS the end."""
    other_reviews: tuple[OtherReview, ...] = ()
    services: tuple[RequestedService, ...] = ()


_ORDER: Final = {
    id: n for n, id in enumerate("HL TRN AAA UM HCR REF DTP HI SV1 SV2 SV3 TOO HSD CRC CL1 CR1 CR2 CR5 CR6 PWK MSG".split())
}
"""X12's positions within a level."""
_MOST_DIAGNOSES: Final = 12
_MOST_DOCUMENTS: Final = 10
"""Of an event, and of each service. A reader of the eleventh may take it for the first of a service that lacks its level."""
_QUESTION: Final = "LOI"

_TRN: Final = Form("TRN", kind=text(1), number=text(2), originator=text(3), department=text(4))
_UM: Final = Form(
    "UM", category=text(1), certification_type=text(2), service_type=text(3), place=text(4, 1), place_qualifier=text(4, 2)
)
_EVENT_UM: Final = Form(
    "UM",
    **_UM.places,
    accident_causes=parts(5, 1, 3), accident_state=text(5, 4), accident_country=text(5, 5), level_of_service=text(6),
    health_condition=text(7), prognosis=text(8), release=text(9), delay_reason=text(10),
)  # fmt: skip
_REFS: Final = {"previous_number": "BB", "administrative_reference": "NT"}
_DATES: Final = {
    "accident": "439", "last_menstrual_period": "484", "estimated_birth": "ABC", "onset": "431", "period": "AAH",
    "admission": "435", "discharge": "096",
}  # fmt: skip
"""DTP01 of an event's dates, in the guide's order."""
_PERIODS: Final = ("period", "admission")
_HSD: Final = Form(
    "HSD",
    quantity=quantity(1, 2), per=text(3), rate=text(4), length_unit=text(5), length=count(6), calendar=text(7), time=text(8),
)  # fmt: skip
_PWK: Final = Form("PWK", type=text(1), transmission=text(2), control_number=marked(5, "AC", 6), description=text(7))
_TOO: Final = Form("TOO", {1: "JP"}, number=text(2), surfaces=parts(3, 1, 5))
_SERVICES: Final = {
    ServiceKind.PROFESSIONAL: Form(
        "SV1", procedure=procedure(1), charge=amount(2), quantity=quantity(3, 4), pointers=parts(7, 1, 4), epsdt=text(11),
        level_of_care=text(20),
    ),
    ServiceKind.INSTITUTIONAL: Form(
        "SV2", revenue_code=text(1), procedure=procedure(2), charge=amount(3), quantity=quantity(4, 5), unit_rate=amount(6),
        nursing_home_status=text(9), level_of_care=text(10),
    ),
    ServiceKind.DENTAL: Form(
        "SV3", procedure=procedure(1), charge=amount(2), oral_cavity=parts(4, 1, 5), prosthesis=text(5), quantity=scalar("UN", 6),
        pointers=parts(11, 1, 4),
    ),
}  # fmt: skip
_OF_SOME_KIND: Final = frozenset(name for form in _SERVICES.values() for name in form.places)
_CALLED: Final = Form("NM1", {2: "2"}, role=text(1), name=text(3))


def read_event(loop: Loop, transports: str, other_reviews: str = "") -> PatientEvent:
    """2000E without its services; the loops of transport and of other reviews are named as the guide in question has them."""
    um = _EVENT_UM.read(loop.first("UM")) or {"category": "", "certification_type": ""}
    said = by_code(loop, "DTP")
    found = {name: read_period(said[code][0].get(3)) for name, code in _DATES.items() if code in said}
    dates: dict[str, Any] = {name: value.start if value and name not in _PERIODS else value for name, value in found.items()}
    return PatientEvent(
        **um,
        **dates,
        **_read_shared(loop),
        **read_clinical(loop),
        diagnoses=tuple([d for d in read_diagnoses(loop) if d.qualifier != _QUESTION]),
        providers=tuple(map(read_party, loop.loops("2010EA"))),
        transports=tuple(map(read_party, loop.loops(transports))),
        other_reviews=tuple(map(_read_other_review, loop.loops(other_reviews))),
    )


def write_event(event: PatientEvent, d: Delimiters, path: str, questions: Sequence[str] = ()) -> list[Segment]:
    """The segments of 2000E before its NM1 loops, HL apart, in no particular order."""
    segments = _EVENT_UM.write(event, d, path)
    for name, code in _DATES.items():
        if value := getattr(event, name):
            segments.append(write_dates(d, code, value) if name in _PERIODS else write_day(d, code, value))
    codes = [_code(diagnosis) for diagnosis in event.diagnoses] + [(_QUESTION, question) for question in questions]
    if len(codes) > _MOST_DIAGNOSES:
        raise too_many(f"{path}.diagnoses", _MOST_DIAGNOSES)
    if codes:
        segments.append(compose(d, "HI", *codes))
    return [*segments, *write_clinical(event, d, path), *_write_shared(event, d, path)]


def write_other_review(review: OtherReview, d: Delimiters, path: str) -> list[Segment]:
    """2010EC of a request."""
    if len(review.reasons) > 4:
        raise too_many(f"{path}.reasons", 4)
    first, *more = review.reasons or ("",)
    further = [text for reason in more for text in ("ZZ", reason)]
    segments = [*_CALLED.write(review, d, path), compose(d, "REF", "ZZ", first, "", further)]
    return [*segments, write_day(d, "598", review.refused)] if review.refused else segments


def _read_other_review(loop: Loop) -> OtherReview:
    ref = loop.first("REF")
    reasons = (ref.get(2), *ref.components(4)[1::2]) if ref else ()
    refused = read_date(first_text(by_code(loop, "DTP"), "598", 3))
    named = _CALLED.read(loop.first("NM1")) or {"role": ""}
    return OtherReview(**named, reasons=tuple(reason for reason in reasons if reason), refused=refused)


def read_service(loop: Loop, providers: str) -> RequestedService:
    """2000F; `providers` is the loop of its providers in the guide in question."""
    kind = next((kind for kind, form in _SERVICES.items() if loop.first(form.id)), ServiceKind.PROFESSIONAL)
    form = _SERVICES[kind]
    return RequestedService(
        kind=kind,
        **form.read(loop.first(form.id)),
        **_UM.read(loop.first("UM")),
        **_read_shared(loop),
        period=read_period(first_text(by_code(loop, "DTP"), "472", 3)),
        teeth=tuple([Tooth(**_TOO.read(segment)) for segment in loop.every("TOO")]),
        providers=tuple(map(read_party, loop.loops(providers))),
    )


def write_service(service: RequestedService, d: Delimiters, path: str, questions: Sequence[str] = ()) -> list[Segment]:
    """The segments of 2000F before its NM1 loops, HL apart, in no particular order."""
    form = _SERVICES[service.kind]
    for name in sorted(_OF_SOME_KIND - form.places.keys()):
        if getattr(service, name) not in (None, "", ()):
            raise RecordError(f"{path}.{name}: a {service.kind.value} service has none.")
    if service.teeth and service.kind is not ServiceKind.DENTAL:
        raise RecordError(f"{path}.teeth: a {service.kind.value} service has none.")
    if service.kind is ServiceKind.DENTAL and service.quantity and service.quantity.unit != "UN":
        raise RecordError(f"{path}.quantity.unit: must be UN, for a dental service.")
    line = form.write(service, d, path)
    if service.kind is not ServiceKind.PROFESSIONAL and not line:
        raise RecordError(f"{path}.kind: needs a procedure, a revenue code or something else of this kind of service.")
    segments = [*line, *_UM.write(service, d, path)]
    segments += [s for n, tooth in enumerate(service.teeth) for s in _TOO.write(tooth, d, f"{path}.teeth[{n}]")]
    if service.period:
        segments.append(write_dates(d, "472", service.period))
    if questions:
        segments.append(compose(d, "HI", *((_QUESTION, question) for question in questions)))
    return [*segments, *_write_shared(service, d, path)]


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Segments of a level in X12's order; those at one position as they come."""
    return sorted(segments, key=lambda segment: _ORDER[segment.id])


def read_diagnoses(loop: Loop) -> list[Diagnosis]:
    """Every code of every HI, questions (LOI) too."""
    found = [segment.components(element) for segment in loop.every("HI") for element in range(1, len(segment.texts))]
    return [
        Diagnosis(qualifier=code[0], code=code[1], date=read_date(code[3]) if len(code) > 3 else None)
        for code in found
        if len(code) > 1 and code[1]
    ]


def read_questions(loop: Loop) -> tuple[str, ...]:
    """What more a payer wants to know: the LOINC codes of an HI."""
    return tuple([d.code for d in read_diagnoses(loop) if d.qualifier == _QUESTION])


def _code(diagnosis: Diagnosis) -> tuple[str, ...]:
    known = (diagnosis.qualifier, diagnosis.code)
    return (*known, "D8", write_date(diagnosis.date)) if diagnosis.date else known


def _read_shared(loop: Loop) -> dict[str, Any]:
    """What events and services have alike."""
    message, references = loop.first("MSG"), by_code(loop, "REF")
    found: dict[str, Any] = {name: references[code][0].get(2) for name, code in _REFS.items() if code in references}
    return found | {
        "traces": read_traces(loop),
        "pattern": read_one(_HSD, DeliveryPattern, loop.first("HSD")),
        "attachments": tuple([Attachment(**_PWK.read(segment)) for segment in loop.every("PWK")]),
        "message": message.get(1) if message else "",
    }


def _write_shared(record: PatientEvent | RequestedService, d: Delimiters, path: str) -> list[Segment]:
    segments = write_traces(record.traces, d, f"{path}.traces")
    segments += [compose(d, "REF", code, value) for name, code in _REFS.items() if (value := getattr(record, name))]
    if record.pattern:
        segments += _HSD.write(record.pattern, d, f"{path}.pattern")
    if len(record.attachments) > _MOST_DOCUMENTS:
        raise too_many(f"{path}.attachments", _MOST_DOCUMENTS, "documents (PWK)")
    segments += [s for n, a in enumerate(record.attachments) for s in _PWK.write(a, d, f"{path}.attachments[{n}]")]
    if record.message:
        segments.append(compose(d, "MSG", record.message))
    return segments


def read_traces(loop: Loop) -> tuple[Trace, ...]:
    """Every TRN of a level."""
    return tuple([Trace(**_TRN.read(segment)) for segment in loop.every("TRN")])


def write_traces(traces: Sequence[Trace], d: Delimiters, path: str) -> list[Segment]:
    return [s for n, trace in enumerate(traces) for s in _TRN.write(trace, d, f"{path}[{n}]")]


def write_day(d: Delimiters, code: str, day: date) -> Segment:
    return compose(d, "DTP", code, "D8", write_date(day))


def write_dates(d: Delimiters, code: str, period: Period) -> Segment:
    return compose(d, "DTP", code, *write_period(period))
