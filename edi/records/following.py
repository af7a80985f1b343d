"""A request that follows what is on file of an authorization: extended, renewed, revised, appealed or cancelled (UM02)."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from edi.errors import RecordError
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.inquiry import asked_again, called, closed, see_that_it_can_be_asked
from edi.records.made import naming
from edi.records.parties import Person
from edi.records.request import Request
from edi.records.review import PatientEvent, RequestedService, Trace
from edi.records.services import DeliveryPattern, Quantity


class Following(StrEnum):
    """What is asked of a payer that decided, or has to."""

    EXTENSION = "4"
    RENEWAL = "R"
    REVISION = "S"
    APPEAL = "2"
    CANCELLATION = "3"


_AT_ONCE: Final = "1"
"""UM02 of an appeal that is as urgent as what was asked for; any other is a standard one."""
_MORE: Final = frozenset({Following.EXTENSION, Following.RENEWAL})
_REFUSED: Final = frozenset({Decision.DENIED, Decision.REJECTED})
_UNITS: Final = frozenset({"UN", "MJ", "F2", "DA"})
"""Those of a service (SV104, SV205); all others stand in HSD."""


@naming(authorization=Authorization)
def follow(authorization: Authorization, what: Following) -> Request:
    """The request, with the number that it follows and all that is known. What is new is left open: of more than was certified
    the dates and quantities, of a revision what changes, of an appeal why.

    A RecordError where there is nothing to follow, or it is not known whom to ask, who asks, or about whom.
    """
    a = authorization
    see_that_it_can_be_asked(a)
    _see_that_it_can_be(a, what)
    kind = _AT_ONCE if what is Following.APPEAL and a.expedited else what.value
    name = next(iter(a.traces), "") or a.number or a.administrative_reference
    originator = next((said for _, said in a.originators if said), "")
    numbers = {service.number for service in a.services if service.number}
    number = a.number or (numbers.pop() if len(numbers) == 1 else "")
    more = what in _MORE
    return Request(
        reference=f"{name}-{kind}",
        utilization_manager=called(a.payer, "X3", "PI"),
        requester=replace(called(a.requester, "1P", "XX"), contact=a.requester.contact),
        subscriber=_person(a.subscriber),
        dependent=_person(a.patient) if a.dependent else None,
        event=PatientEvent(
            category=a.category or "HS",
            certification_type=kind,
            service_type=a.service_type,
            place=a.place,
            place_qualifier=a.place_qualifier,
            level_of_service=a.level_of_service,
            traces=(Trace(number=f"{name}-{kind}", originator=originator),) if originator else (),
            previous_number=number,
            administrative_reference="" if number else a.administrative_reference,
            period=None if more or a.admission else closed(a.period),
            admission=a.admission,
            diagnoses=a.diagnoses,
            pattern=None if more or a.services else _pattern(a.pattern, a.quantity),
            providers=a.providers,
            services=tuple([_service(service, a, number, more=more) for service in a.services]),
        ),
    )


def _see_that_it_can_be(a: Authorization, what: Following) -> None:
    if a.decision is Decision.CANCELLED:
        raise RecordError("It is cancelled already: what is still needed is asked for anew.")
    if what is Following.APPEAL and a.decision is Decision.CERTIFIED:
        raise RecordError("It is certified as it was asked for: there is nothing to appeal.")
    if what is not Following.APPEAL and a.decision in _REFUSED:
        raise RecordError(f"It is {a.decision.value}: it can be appealed, or asked for anew.")


def _service(service: CertifiedService, a: Authorization, number: str, *, more: bool) -> RequestedService:
    asked = asked_again(service, a)
    pattern = None if more else _pattern(service.pattern, service.quantity)
    quantity = service.quantity if service.quantity and service.quantity.unit in _UNITS and not more else None
    return replace(
        asked,
        previous_number=service.number if service.number != number else "",
        service_type="" if service.service_type == a.service_type else service.service_type,
        place="" if service.place == a.place else service.place,
        place_qualifier="" if service.place == a.place else service.place_qualifier,
        period=None if more else asked.period,
        quantity=quantity,
        pattern=pattern,
        providers=() if service.providers == a.providers else service.providers,
    )


def _pattern(pattern: DeliveryPattern | None, quantity: Quantity | None) -> DeliveryPattern | None:
    """How much, where a service has no unit for it: its pattern, else its quantity as one."""
    if pattern is not None or quantity is None or quantity.unit in _UNITS:
        return pattern
    return DeliveryPattern(quantity=quantity)


def _person(person: Person) -> Person:
    qualifier = (person.member_id_qualifier or "MI") if person.member_id else ""
    return replace(person, references=(), member_id_qualifier=qualifier)
