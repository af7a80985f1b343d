"""278: what a payer decided about a patient event, and how a response and its request become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, Final, TypeVar

from edi.frozen import quick
from edi.records.parties import Party, Person
from edi.records.rejection import Rejection
from edi.records.remarks import Remark
from edi.records.response import Decision
from edi.records.services import EVER, NEVER, DeliveryPattern, Diagnosis, Period, Procedure, Quantity, Tooth

REFERRAL: Final = "SC"
"""UM01 of a referral."""
RESERVATION: Final = "IN"
"""UM01 of a reservation: it holds a count against the benefit, and certifies nothing."""
NOTICE: Final = "notice"
"""The kind of what asks about, or tells of, an event and decides nothing."""
INQUIRY: Final = "inquiry"
NOTIFICATION: Final = "notification"
ACKNOWLEDGMENT: Final = "acknowledgment"
"""How an authorization was told of otherwise than by a request and its response: `Authorization.source`."""
EXPEDITED: Final = frozenset({"U", "03"})
"""UM06 of a request that cannot wait: urgent, emergency."""
_CHANGED: Final = frozenset({Decision.MODIFIED, Decision.PARTLY_CERTIFIED})
T = TypeVar("T", Party, Person)


def silent(event: Decision) -> Decision:
    """The decision on a service that says nothing, by its event's: in part certified tells nothing about this part."""
    return Decision.UNANSWERED if event is Decision.PARTLY_CERTIFIED else event


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedService:
    """One service of an authorization, with the payer's decision: what the event says where the service is silent."""

    decision: Decision
    number: str = ""
    """The service's own certification number (HCR02 at 2000F), else the event's. Byte for byte as the payer gave it."""
    procedure: Procedure | None = None
    """None: approved by service type, without a code."""
    revenue_code: str = ""
    category: str = ""
    """UM01 of the service, where that is of another kind than its event: SC referral, IN reservation, HS or AR."""
    service_type: str = ""
    """UM03."""
    period: Period | None = None
    """The dates certified; None where neither service nor event gives any. An open end is 9999-12-31."""
    quantity: Quantity | None = None
    """How much in all: HSD, unless it says so much per day, week or month, else SV104, SV205 or SV306; else the event's."""
    pattern: DeliveryPattern | None = None
    """HSD, the service's or else the event's."""
    teeth: tuple[Tooth, ...] = ()
    """Of a dental service (TOO)."""
    oral_cavity: tuple[str, ...] = ()
    """SV304, dental: areas of the mouth."""
    place: str = ""
    place_qualifier: str = ""
    """UM04-2: B place of service, A the first two digits of a type of bill."""
    providers: tuple[Party, ...] = ()
    reasons: tuple[str, ...] = ()
    """HCR03."""
    rejections: tuple[Rejection, ...] = ()
    trace: str = ""
    doubt: str = ""
    """What is unclear about it, in a sentence."""

    @property
    def label(self) -> str:
        """The procedure code or range, else the revenue code, else "type " and the service type."""
        code = "-".join(part for part in (self.procedure.code, self.procedure.code_end) if part) if self.procedure else ""
        return code or self.revenue_code or (f"type {self.service_type}" if self.service_type else "")


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a payer decided about one patient event: a response, joined with its request where that is known.

    A referral (UM01 = SC) has `kind` "referral": its number goes into REF*9F, never into REF*G1. What decides nothing, an
    inquiry or a notification of an admission, has `kind` "notice".
    `key` names the authorization where it is kept (the ledger's id); it is "" for one that was only read.
    """

    kind: str = "authorization"
    key: str = ""
    decision: Decision
    number: str = ""
    """HCR02 of the event, byte for byte, or "" when only services have numbers or none was given."""
    category: str = ""
    """UM01: AR admission, HS services, SC referral, IN reservation."""
    certification_type: str = ""
    """UM02: I initial, R renewal, S revised, 4 extension, 3 cancel, 1 / 2 / N appeals."""
    level_of_service: str = ""
    """UM06: 03 emergency, E elective, U urgent."""
    payer: Party
    requester: Party
    subscriber: Person
    patient: Person
    dependent: bool = False
    period: Period | None = None
    """The dates certified. Of a stay: to the discharge, or for the days certified; None where its end is not told."""
    admission: Period | None = None
    """DTP*435 as certified, else a single event date (DTP*AAH) of an admission."""
    due: date | None = None
    """DTP*ABC: when a birth is expected."""
    diagnoses: tuple[Diagnosis, ...] = ()
    providers: tuple[Party, ...] = ()
    services: tuple[CertifiedService, ...] = ()
    """Empty: the event itself was answered and no service is known; use `whole` then."""
    service_type: str = ""
    quantity: Quantity | None = None
    pattern: DeliveryPattern | None = None
    place: str = ""
    place_qualifier: str = ""
    traces: tuple[str, ...] = ()
    """TRN02 values that the request gave (echoed with TRN01 = 2)."""
    originators: tuple[tuple[str, str], ...] = ()
    """TRN03, beside the trace that it came with."""
    request_reference: str = ""
    """BHT03."""
    previous_number: str = ""
    """REF*BB."""
    administrative_reference: str = ""
    """REF*NT: a handle for what is pended or refused; never a number for a claim."""
    reasons: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """What the payer says besides, and wants: a later answer to a request takes the place of what an earlier one wanted."""
    issued: date | None = None
    created: datetime | None = None
    """BHT04 and BHT05: when the message was made, by the clock of who made it."""
    source: str = "278"
    """278 (a request, its response), inquiry, notification, acknowledgment, or how else it came: phone, portal, fax, letter."""
    told_by: str = ""
    """Who said so, where it did not come as a 278."""
    call_reference: str = ""
    """The payer's number of the call, fax or letter."""
    received: date | None = None
    decide_by: date | None = None
    """Of what is pended: until when the payer says that it decides (DTP*036 beside HCR*A4, or as it was told)."""

    @property
    def told_kind(self) -> str:
        """Referral or authorization, where it says which (UM01); "" where it does not, or decides nothing."""
        if self.kind == NOTICE or not self.category:
            return "" if self.kind != "referral" else self.kind
        return "referral" if self.category == REFERRAL else "authorization"

    @property
    def expedited(self) -> bool:
        """Whether it was asked for as urgent or as an emergency."""
        return self.level_of_service in EXPEDITED


def combine(response: Authorization, request: Authorization) -> Authorization:
    """The response, with what it leaves out as it was requested.

    Who and what was asked for is always filled in. What is certified (dates, amounts, place, providers) only where the decision
    changed nothing: under "certified with changes" or "in part" what is left out is unknown and stays empty. Services of the
    request inherit the event's decision where the response has none at all; else those that it leaves out are unanswered.
    """
    as_asked = response.decision not in _CHANGED
    patient, dependent = _patient(response, request)
    return replace(
        response,
        kind=response.told_kind or request.told_kind or "authorization",
        key=response.key or request.key,
        category=response.category or request.category,
        certification_type=response.certification_type or request.certification_type,
        level_of_service=response.level_of_service or request.level_of_service,
        payer=_filled(response.payer, request.payer),
        requester=_filled(response.requester, request.requester),
        subscriber=_subscriber(response, request, dependent),
        patient=patient,
        dependent=dependent,
        service_type=response.service_type or request.service_type,
        period=_dates(response.period, request.period, as_asked),
        admission=response.admission or (request.admission if as_asked else None),
        due=response.due or request.due,
        diagnoses=response.diagnoses or request.diagnoses,
        providers=response.providers or (request.providers if as_asked else ()),
        **_amounts(response, request, as_asked),
        **_place(response, request, as_asked),
        services=tuple(_services(response, request)),
        **every_trace(response, request),
        request_reference=response.request_reference or request.request_reference,
        previous_number=response.previous_number or request.previous_number,
    )


def every_trace(*records: Authorization) -> dict[str, Any]:
    """The traces of several, each once, and their originators, as fields."""
    names = ("traces", "originators")
    return {name: tuple(dict.fromkeys(chain.from_iterable(getattr(record, name) for record in records))) for name in names}


def _patient(response: Authorization, request: Authorization) -> tuple[Person, bool]:
    """The patient, and whether that is a dependent. A payer may answer for a dependent as for one with a member id of its own."""
    if response.dependent == request.dependent:
        return _filled(response.patient, request.patient), request.dependent
    if response.dependent:
        return response.patient, True
    if response.patient.first_name.strip().upper() == request.patient.first_name.strip().upper():
        return _filled(response.patient, request.patient), False
    return request.patient, True


def _subscriber(response: Authorization, request: Authorization, dependent: bool) -> Person:
    if dependent == request.dependent:
        return _filled(response.subscriber, request.subscriber)
    return response.subscriber if dependent else _filled(response.subscriber, request.patient)


def _filled(party: T, other: T) -> T:
    """A party with what it lacks taken from `other`."""
    if party == type(party)():
        return other
    lacking = {
        field.name: getattr(other, field.name)
        for field in fields(party)
        if field.name != "organization" and getattr(party, field.name) == field.default
    }
    return replace(party, **lacking)


def _dates(said: Period | None, asked: Period | None, as_asked: bool) -> Period | None:
    """The dates that are certified. What is not told of them is as it was asked for, unless something was changed.

    A single day that was asked for is when the care was planned, not until when it may be given: it is no end. Nothing is
    certified from before it was asked for, unless that is told.
    """
    if said is not None and asked is not None and said.start == EVER and asked.start <= said.end:
        return Period(start=asked.start, end=said.end)
    if not as_asked or asked is None:
        return said
    if said is None:
        return asked
    ends = said.end == NEVER and asked.end > asked.start and asked.end >= said.start
    return Period(start=said.start, end=asked.end) if ends else said


def _amounts(said: Authorization | CertifiedService, asked: Authorization | CertifiedService, as_asked: bool) -> dict[str, Any]:
    source = asked if as_asked and said.quantity is None and said.pattern is None else said
    return {"quantity": source.quantity, "pattern": source.pattern}


def _place(said: Authorization | CertifiedService, asked: Authorization | CertifiedService, as_asked: bool) -> dict[str, Any]:
    source = asked if as_asked and not said.place else said
    return {"place": source.place, "place_qualifier": source.place_qualifier}


def _services(response: Authorization, request: Authorization) -> Iterator[CertifiedService]:
    if not response.services:
        yield from (_inherited(service, response, request) for service in request.services)
        return
    pairs = _pairs(response.services, request.services)
    for n, service in enumerate(response.services):
        yield _completed(service, request.services[pairs[n]], response) if n in pairs else service
    yield from (service for n, service in enumerate(request.services) if n not in pairs.values())


def _inherited(asked: CertifiedService, response: Authorization, request: Authorization) -> CertifiedService:
    """A service of the request under the decision on its event. Amounts that it shares with its event follow the event's."""
    as_asked = response.decision not in _CHANGED
    shared = (asked.quantity, asked.pattern) == (request.quantity, request.pattern)
    said = response.quantity is not None or response.pattern is not None
    amounts = asked if as_asked and not (shared and said) else response
    place = asked if as_asked and asked.place else response
    return replace(
        asked,
        decision=silent(response.decision),
        number=response.number,
        period=_dates(response.period, asked.period, as_asked),
        quantity=amounts.quantity,
        pattern=amounts.pattern,
        place=place.place,
        place_qualifier=place.place_qualifier,
        providers=(asked.providers if as_asked else ()) or response.providers,
        reasons=response.reasons,
    )


def _completed(service: CertifiedService, asked: CertifiedService, response: Authorization) -> CertifiedService:
    """A service of the response, with what it leaves out as it was requested."""
    unanswered = service.decision is Decision.UNANSWERED and response.decision in _CHANGED
    as_asked = service.decision not in _CHANGED and not unanswered
    return replace(
        service,
        procedure=service.procedure or asked.procedure,
        revenue_code=service.revenue_code or asked.revenue_code,
        category=service.category or asked.category,
        service_type=service.service_type or asked.service_type,
        teeth=service.teeth or asked.teeth,
        oral_cavity=service.oral_cavity or asked.oral_cavity,
        period=_dates(service.period, asked.period, as_asked),
        providers=service.providers or (asked.providers if as_asked else ()),
        trace=service.trace or asked.trace,
        **_amounts(service, asked, as_asked),
        **_place(service, asked, as_asked),
    )


def _pairs(answered: tuple[CertifiedService, ...], asked: tuple[CertifiedService, ...]) -> dict[int, int]:
    """Which answered service (by index) is which requested one.

    By trace, code with teeth, code with modifiers, code, revenue code; else by place among as many, for one that names no code.
    """
    pairs: dict[int, int] = {}
    for name in _NAMES:
        for n, service in enumerate(answered):
            if n in pairs or not (key := name(service)):
                continue
            order = (n, *range(len(asked))) if n < len(asked) else range(len(asked))  # of two alike, the one at the same place
            match = next((m for m in order if m not in pairs.values() and name(asked[m]) == key), None)
            if match is not None:
                pairs[n] = match
    if len(answered) == len(asked):
        for n, service in enumerate(answered):
            if not _code(service) and not service.revenue_code and n not in pairs and n not in pairs.values():
                pairs[n] = n
    return pairs


def _code(service: CertifiedService) -> str:
    return service.procedure.code if service.procedure else ""


def _site(service: CertifiedService) -> frozenset[str]:
    """The teeth that it is for, or else the areas of the mouth."""
    return frozenset(tooth.name for tooth in service.teeth) or frozenset(service.oral_cavity)


_NAMES: Final[tuple[Callable[[CertifiedService], Any], ...]] = (
    lambda service: service.trace,
    lambda service: (_code(service), _site(service)) if _code(service) and _site(service) else "",
    lambda service: service.procedure and (service.procedure.code, frozenset(service.procedure.modifiers)),
    _code,
    lambda service: "" if service.procedure else service.revenue_code,
)
