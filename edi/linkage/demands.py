"""What the rules of a request's payer demand of it, or may: documents, what was tried before, and no more than they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edi.guides.rules.requirement import Document, RequirementRule
from edi.linkage.amending import CANCELLING
from edi.linkage.quantities import counted, limits
from edi.linkage.requirements import Need, Possible, Query, RequirementAnswer, age_in, beyond, payer_in
from edi.records.authorization import CertifiedService, Decision
from edi.records.request import Request
from edi.records.review import Attachment, PatientEvent, RequestedService
from edi.records.services import Period, Quantity

REGISTRATION: Final = "registration, from the patient's insurance card"
ADMINISTRATION: Final = "the practice's administration"
CLINICIAN: Final = "who orders the service"
RECORDS: Final = "medical records"
SCHEDULING: Final = "scheduling"
ADMISSION: Final = "AR"
_TYPE_OF_BILL: Final = "A"
UNSENT: Final = frozenset({"AA", "VO"})
"""PWK02: available on request, by voice; nothing comes under a number."""
PERFORMING: Final = frozenset({"SJ", "1T", "72", "71", "FA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that is missing."""

    path: str
    """Where it belongs in the request's JSON: event.services[0].quantity."""
    place: str
    """The same in X12: 2000F SV104."""
    message: str
    who: str
    """Who can supply it."""
    rule: str = ""
    """The payer's rule that demands it, or says so; "" where every payer needs it."""

    def to_json(self) -> dict[str, Any]:
        """As in reports; what is absent is None."""
        return {
            "path": self.path,
            "place": self.place,
            "message": self.message,
            "who": self.who,
            "rule": self.rule or None,
        }


def lacking(path: str, place: str, message: str, who: str, rule: str = "") -> Lack:
    return Lack(path=path, place=place, message=message, who=who, rule=rule)


def speaking(event: PatientEvent, answer: RequirementAnswer) -> Iterator[Possible]:
    """The rule that applies, which depends on nothing, and those that may; none of a cancellation."""
    if event.certification_type == CANCELLING:
        return
    certain = () if answer.rule is None or answer.need is Need.NOT_KNOWN else ((answer.rule, ()),)
    for rule, depends in (*certain, *answer.possible):
        if not rule.exempts:
            yield rule, depends


def demanded(
    event: PatientEvent, service: RequestedService, n: int, rule: RequirementRule, depends: Sequence[str]
) -> Iterator[Lack]:
    """What a rule wants to come along, and is not there."""
    path, loop = (f"event.services[{n}]", "2000F") if event.services else ("event", "2000E")
    attached = (*event.attachments, *service.attachments)
    for document in rule.documents:
        found = [attachment.transmission for attachment in attached if _is(document, attachment)]
        if all(transmission in UNSENT for transmission in found):
            said = f", and it is not sent (PWK02 {found[0]})" if found else ""
            message = f"The payer wants {document}{said}{_depending(depends)}."
            yield lacking(f"{path}.attachments", f"{loop} PWK", message, RECORDS, rule.name)
    told = " ".join((event.message, service.message, *(a.description for a in attached))).casefold()
    for tried in rule.tried:
        if tried.partition(",")[0].casefold() not in told:
            message = f"The payer wants to know what was tried before: {tried}{_depending(depends)}."
            yield lacking(f"{path}.message", f"{loop} MSG or PWK07", message, CLINICIAN, rule.name)


def exceeded(event: PatientEvent, n: int, query: Query, rule: RequirementRule, depends: Sequence[str]) -> Iterator[Lack]:
    """That more is asked for than an authorization gives by a rule, in the unit of its words."""
    if rule.limit and query.quantity is not None and beyond(rule.limit.amount, rule.limit.what, query):
        asked = counted(query.quantity, query.unit or "")
        message = f"{asked} are asked for, and one authorization gives up to {rule.limit}{_depending(depends)}."
        path, place = (
            (f"event.services[{n}].quantity", "2000F SV104 or HSD") if event.services else ("event.pattern", "2000E HSD")
        )
        yield lacking(path, place, message, CLINICIAN, rule.name)


def _depending(depends: Sequence[str]) -> str:
    return f" (it depends on {' and '.join(depends)})" if depends else ""


def _is(document: Document, attachment: Attachment) -> bool:
    """By its type, else, where the payer names none, by its description."""
    if document.type:
        return attachment.type == document.type
    return document.name.casefold() in attachment.description.casefold()


def days_of(event: PatientEvent, service: RequestedService | None) -> Period | None:
    return (service.period if service else None) or event.period or event.admission


def _quantity(event: PatientEvent, service: RequestedService) -> Quantity | None:
    """How much in all: HSD tells it before SV1 does; None where that cannot be reckoned."""
    pattern = next((one for one in (service.pattern, event.pattern) if one and one.quantity), None)
    asked = limits(CertifiedService(decision=Decision.UNANSWERED, pattern=pattern)) if pattern else ()
    whole = next((limit for limit in asked if not limit.per), None)
    return Quantity(unit=whole.unit, amount=whole.amount) if whole else service.quantity


def query_of(request: Request, service: RequestedService, rules: Sequence[RequirementRule]) -> Query:
    """A service of a request as a question."""
    event, patient = request.event, request.dependent or request.subscriber
    stay = event.admission if event.category == ADMISSION and service.period is None else None
    days, quantity = stay or days_of(event, service), _quantity(event, service)
    place, qualifier = (service.place, service.place_qualifier) if service.place else (event.place, event.place_qualifier)
    institutional = qualifier == _TYPE_OF_BILL
    providers = service.providers or event.providers or (request.requester,)
    performing = [party for party in providers if party.role in PERFORMING] or [request.requester]
    states = [party.address.state for party in (*performing, request.requester) if party.address and party.address.state]
    on, until = (days.start, None if stay else days.end) if days else (None, None)
    return Query(
        payer=payer_in(rules, request.utilization_manager.id, request.utilization_manager.name),
        procedure=service.procedure.code if service.procedure else "",
        modifiers=service.procedure.modifiers if service.procedure else (),
        together=tuple(other.procedure.code for other in event.services if other is not service and other.procedure),
        diagnoses=tuple(diagnosis.code for diagnosis in event.diagnoses) or None,
        place=None if institutional else place or None,
        bill=f"{place}1" if institutional else None,
        on=on,
        until=until,
        state=states[0] if states else None,
        age=age_in(patient.birth_date, on, until),
        quantity=quantity.amount if quantity else None,
        unit=quantity.unit if quantity else None,
        npis=tuple(party.npi for party in performing if party.npi) or None,
    )
