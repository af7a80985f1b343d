"""What becomes of an authorization when another answer comes: what it adds, changes or cancels, and what it leaves as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from edi.linkage.offers import whole
from edi.linkage.teeth import apart
from edi.records.authorization import Authorization, CertifiedService, Decision, decided
from edi.records.certification import ACKNOWLEDGMENT, INQUIRY, NOTIFICATION, every_trace
from edi.records.services import EVER, Period, span

POSITIVE: Final = frozenset({Decision.CERTIFIED, Decision.PARTLY_CERTIFIED, Decision.MODIFIED})
"""Decisions under which something is certified."""
CERTIFIED: Final = POSITIVE | {Decision.CANCELLED}
"""Decisions on what is, or was, certified."""
WAITING: Final = frozenset({Decision.UNANSWERED, Decision.REJECTED, Decision.PENDED, Decision.CONTACT_PAYER})
"""What is said before there is a decision."""
UNDECIDED: Final = frozenset({Decision.UNANSWERED, Decision.REJECTED})
ADDING: Final = frozenset({"4", "R"})
CANCELLING: Final = "3"
_REVISED: Final = "S"
APPEALING: Final = frozenset({"1", "2", "N"})
_DOUBT: Final = "The extension begins on the first day again: its amount is taken for the whole, and may be meant as more."
AMENDING: Final = ADDING | APPEALING | {CANCELLING, _REVISED}
"""UM02 of a message about something that was asked for before."""
_ASKED: Final = (
    *("procedure", "revenue_code", "service_type", "period", "quantity", "pattern"),
    *("teeth", "oral_cavity", "place", "place_qualifier", "providers"),
)
"""What a request asks for, of a service."""
RESTATING: Final = frozenset({INQUIRY, NOTIFICATION, ACKNOWLEDGMENT})
"""Sources of messages that tell what stands on the day on which they were made, and may tell it again."""


def services_of(record: Authorization) -> tuple[CertifiedService, ...]:
    return record.services or (whole(record),)


def _alike(one: CertifiedService, other: CertifiedService) -> bool:
    """Whether two services are the same in all that both tell."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("procedure", "number", "period", "quantity"))
    return not apart(one, other) and all(not said or not known or said == known for said, known in pairs)


def _restates(service: CertifiedService, known: CertifiedService) -> bool:
    """Whether an extension's amount may be the whole: the same service, from the first day on, and reaching further."""
    one, other = service.period, known.period
    named = [(each.procedure, each.revenue_code, each.service_type) for each in (service, known)]
    if named[0] != named[1] or apart(service, known) or one is None or other is None:
        return False
    if service.quantity is None and service.pattern is None:
        return one.start <= other.start and one.end > other.end
    if service.quantity is None or known.quantity is None or service.quantity.unit != known.quantity.unit:
        return False
    grown = one.end > other.end or service.quantity.amount > known.quantity.amount
    return grown and one.start <= other.start and one.end >= other.end and service.quantity.amount >= known.quantity.amount


def adds_papers(revised: Authorization, first: Authorization) -> bool:
    """Whether a revised request (UM02 S) asks for nothing else than the first: it brought what the payer wanted to see."""
    asked = list(services_of(first))
    for service in services_of(revised):
        same = [one for one in asked if all(getattr(service, name) in (None, "", (), getattr(one, name)) for name in _ASKED)]
        if not same:
            return False
        asked.remove(same[0])
    return revised.certification_type == _REVISED


def refuses(state: Authorization, requests: Sequence[Authorization]) -> bool:
    """Whether what stands refuses something that was asked for, or certifies less of it, and no appeal (UM02) was asked for."""
    if any(request.certification_type in APPEALING for request in requests):
        return False
    if Decision.DENIED in (state.decision, *(service.decision for service in state.services)):
        return True
    asked = services_of(requests[0]) if len({*requests}) == 1 else ()  # of several it is not told which are added up
    return any(service.decision is Decision.MODIFIED and _less(service, asked) for service in services_of(state))


def _less(service: CertifiedService, asked: Sequence[CertifiedService]) -> bool:
    """Whether fewer units were certified of a service than were asked for; of several for the same it is not told of which."""
    certified, wanted = service.quantity, [one.quantity for one in _of(service, asked)]
    if certified is None or len(wanted) != 1 or wanted[0] is None:
        return False
    return certified.unit == wanted[0].unit and certified.amount < wanted[0].amount


def of_another(state: Authorization, answer: Authorization) -> bool:
    """Whether an answer is to another request than those that were answered: payers give several of a case one number."""
    return bool(answer.number and answer.traces and state.traces) and set(answer.traces).isdisjoint(state.traces)


def beside(state: Authorization, answer: Authorization) -> Authorization:
    """What was certified stands beside what another request asked for, but for what both speak of."""
    said = services_of(answer)
    kept = tuple(
        known
        for known in services_of(state)
        if not any(one.procedure == known.procedure and not apart(one, known) for one in said)
    )
    return replace(
        answer,
        services=(*kept, *said),
        **every_trace(state, answer),
        period=span([state.period, answer.period]),
    )


def cancels(answer: Authorization) -> bool:
    """Whether a payer agrees to cancel."""
    return answer.certification_type == CANCELLING and answer.decision in CERTIFIED


def cancelled_alone(answer: Authorization) -> list[CertifiedService]:
    """The services that are cancelled by themselves, where their event is not answered."""
    return [s for s in answer.services if s.number and not answer.number and s.decision is Decision.CANCELLED]


def cancelled(state: Authorization, answer: Authorization) -> Authorization:
    """All of it, on the day of the answer that says so; of services that were answered and their event was not, these."""
    alone = cancelled_alone(answer)
    services = tuple(
        replace(service, decision=Decision.CANCELLED) if not alone or _of(service, alone) else service
        for service in state.services
    )
    decision = Decision.CANCELLED if not alone else decided([service.decision for service in services])
    issued = answer.issued or state.issued
    return replace(state, decision=decision, services=services, remarks=answer.remarks, issued=issued)


def _name(service: CertifiedService) -> tuple[object, ...]:
    """What a service is for."""
    return service.procedure, service.revenue_code, service.service_type if service.procedure is None else ""


def _of(service: CertifiedService, others: Iterable[CertifiedService]) -> list[CertifiedService]:
    """Those of the others that are for the same as a service: on the same teeth, where both name them."""
    return [other for other in others if _name(other) == _name(service) and not apart(other, service)]


def continued(state: Authorization, answer: Authorization, said: Authorization) -> Authorization:
    """A further answer to a request: what it does not speak of itself (`said`) stands as it was decided."""
    spoken = answer.services[: len(said.services)]  # with what the request tells of them
    known = [service for service in state.services if service.decision not in WAITING and not _of(service, spoken)]
    if not spoken or state.decision in UNDECIDED:
        return answer
    found: list[CertifiedService] = []
    for service in answer.services:
        same = _of(service, known) if service.decision is Decision.UNANSWERED else []
        if same:
            known.remove(same[0])
        found.append(same[0] if same else service)
    services = tuple(found)
    if services == answer.services:
        return answer
    return replace(
        answer, services=services, decision=decided([s.decision for s in services]), number=answer.number or state.number
    )


def revised(state: Authorization, answer: Authorization) -> Authorization:
    """What was certified, changed: what the answer leaves out of a service stands, and so do services that it leaves out, unless
    it speaks of others than were certified.
    """
    known = [_of(service, state.services) for service in answer.services]
    said = tuple(map(_kept, answer.services, known))
    kept = [service for service in state.services if not _of(service, said)]
    period = answer.period or state.period
    if not said or not kept or not all(known):
        return replace(answer, services=said, period=period)
    services = tuple(sorted((*kept, *said), key=lambda service: state.services.index(_of(service, state.services)[0])))
    decision = decided([service.decision for service in services])
    return replace(answer, services=services, period=span([state.period, period]), decision=decision)


def _kept(service: CertifiedService, known: Sequence[CertifiedService]) -> CertifiedService:
    """A service with what it leaves out of those that it changes: the dates of the last, the teeth of all."""
    service = _placed(service, known)
    if not known or service.period is not None or service.decision is not Decision.CERTIFIED:
        return service
    return replace(service, period=known[-1].period)


def _placed(service: CertifiedService, known: Iterable[CertifiedService]) -> CertifiedService:
    """A service on the teeth of those that are for the same, where it names none."""
    if service.teeth or service.oral_cavity:
        return service
    teeth = dict.fromkeys(tooth for one in known for tooth in one.teeth)
    areas = dict.fromkeys(area for one in known for area in one.oral_cavity)
    return replace(service, teeth=tuple(teeth), oral_cavity=tuple(areas)) if teeth or areas else service


def added(state: Authorization, answer: Authorization, told: Sequence[CertifiedService]) -> Authorization:
    """The services of both. An answer without services certifies one as a whole, with its own dates and quantity.

    One of another request that says nothing new (three more days, as the three before) certifies as much again. A message that
    may tell of what is known already gives it in `told`: what is alike there, or in the state, adds nothing. What may be the
    whole instead of more takes the place of what stood, and says that it is unclear: never more than may be meant.
    """
    before = services_of(state)
    said = tuple(_placed(_from_then_on(service, before), _of(service, before)) for service in services_of(answer))
    more = tuple(service for service in said if service not in before)
    if answer.source in RESTATING:
        more = tuple(service for service in more if not any(_alike(service, known) for known in (*told, *before)))
        if not more:
            return state
    elif not more and answer.traces and set(answer.traces).isdisjoint(state.traces):
        more = said
    restated = {n: service for n, known in enumerate(before) for service in more if _restates(service, known)}
    kept = tuple(_restated(restated[n], known) if n in restated else known for n, known in enumerate(before))
    return replace(
        state,
        services=kept + tuple(service for service in more if service not in restated.values()),
        period=span([state.period, answer.period]),
        quantity=None,
        pattern=None,
        number=state.number or answer.number,
        **every_trace(state, answer),
    )


def _from_then_on(service: CertifiedService, before: Sequence[CertifiedService]) -> CertifiedService:
    """A service of an extension of which only the end is told: it begins behind what was certified of it."""
    if service.period is None or service.period.start != EVER:
        return service
    same = _of(service, before) or before
    ends = [known.period.end for known in same if known.period is not None and known.period.end < service.period.end]
    if not ends:
        return service
    return replace(service, period=Period(start=max(ends) + timedelta(1), end=service.period.end))


def _restated(service: CertifiedService, known: CertifiedService) -> CertifiedService:
    """A service again, with dates that reach further; its amount is the whole, or what it was where it gives none."""
    if service.quantity is None and service.pattern is None:
        return replace(service, quantity=known.quantity, pattern=known.pattern)
    return replace(service, doubt=_DOUBT)
