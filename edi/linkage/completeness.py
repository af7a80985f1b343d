"""What a request lacks before it is sent, and who can supply it.

Three kinds of things are missing: what every payer needs to decide (who, what, where, when, how much), what this payer's rule
demands (documents, what was tried before), and what is to be mended before a 278 can carry the request. Nothing is scored, and
nothing is said of whether the payer will certify.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from edi.guides.rules.files import paths_named
from edi.guides.rules.requirement import Document, RequirementRule
from edi.linkage.amending import AMENDING, CANCELLING
from edi.linkage.quantities import limits
from edi.linkage.requirements import Answer, Need, Query, age_in, payer_in, requirement
from edi.linkage.sending import Fault, faults
from edi.records.authorization import CertifiedService, Decision
from edi.records.made import naming
from edi.records.parties import Party, Person
from edi.records.request import Request
from edi.records.review import Attachment, Event, Service, ServiceKind
from edi.records.services import Period, Quantity

REGISTRATION: Final = "registration, from the patient's insurance card"
ADMINISTRATION: Final = "the practice's administration"
CLINICIAN: Final = "who orders the service"
RECORDS: Final = "medical records"
SCHEDULING: Final = "scheduling"
_ADMISSION, _TYPE_OF_BILL = "AR", "A"
_UNSENT: Final = frozenset({"AA", "VO"})
"""PWK02: available on request, by voice; nothing comes under a number."""
_PERFORMING: Final = frozenset({"SJ", "1T", "72", "71", "FA"})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A request that was looked over: what it lacks, and what its payer wants for each of its services, in their order."""

    missing: tuple[Lack, ...]
    warnings: tuple[Lack, ...] = ()
    """What the validator warns of in the 278 that the request becomes: it can be sent all the same."""
    answers: tuple[tuple[str, Answer], ...]
    """The procedure, and whether its payer wants it authorized."""

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {
            "version": 1,
            "complete": not self.missing,
            "missing": [lack.to_json() for lack in self.missing],
            "warnings": [lack.to_json() for lack in self.warnings],
            "services": [{"procedure": code or None, **answer.to_json()} for code, answer in self.answers],
        }


@naming(request=Request)
def check_request(request: Request, rules: Sequence[RequirementRule], today: date, files: Sequence[str | Path] = ()) -> Checked:
    """What a request lacks, by these rules (`rules.requirements`). It is of the day when it was made, else of `today`.

    `files` are files of rules for 278 requests, a payer's or one's own, by which the 278 is judged beside those of its guide;
    files of what payers want are passed over. When nothing is missing, `write_request` makes of it a 278 that is valid at every
    level and reads back equal.
    """
    referral = request.event.category == "SC"
    services = request.event.services or (Service(),)
    answers = [requirement(query_of(request, service, rules), rules, referral=referral) for service in services]
    codes = [service.procedure.code if service.procedure else "" for service in services]
    made = request.created.date() if request.created else today
    missing = [
        *_people(request, made),
        *_parties(request),
        *_event(request.event, made),
        *(lack for n, service in enumerate(request.event.services) for lack in _service(request.event, service, n)),
        *_attachments(request.event),
        *(
            lack
            for n, (service, answer) in enumerate(zip(services, answers, strict=True))
            for lack in _demanded(request.event, service, n, answer)
        ),
    ]
    found = [fault for fault in faults(request, today, paths_named(files)) if not any(_told(fault, lack) for lack in missing)]
    said = [
        (fault.warning, _lack(fault.path, fault.place, f"{fault.message.rstrip('.')}.", ADMINISTRATION, fault.rule))
        for fault in found
    ]
    return Checked(
        missing=tuple(dict.fromkeys([*missing, *(lack for warning, lack in said if not warning)])),
        warnings=tuple(dict.fromkeys(lack for warning, lack in said if warning)),
        answers=tuple(zip(codes, answers, strict=True)),
    )


# -- who -----------------------------------------------------------------------------------------------------------------


def _people(request: Request, made: date) -> Iterator[Lack]:
    subscriber, dependent = request.subscriber, request.dependent
    ends = [period.end for one in (None, *request.event.services) if (period := _days(request.event, one)) is not None]
    served = min(ends, default=None)
    if not subscriber.member_id:
        yield _lack("subscriber.member_id", "2010C NM109", "The subscriber has no member id.", REGISTRATION)
    if dependent is None:
        yield from _person(subscriber, "subscriber", "2010C", "subscriber")
        yield from _born(subscriber, "subscriber", "2010C", made, served)
        return
    if not subscriber.last_name:
        yield _lack("subscriber.last_name", "2010C NM103", "The subscriber has no last name.", REGISTRATION)
    if subscriber.gender and not subscriber.birth_date:
        message = "The subscriber has a gender and no date of birth, without which it has no place."
        yield _lack("subscriber.birth_date", "2010C DMG02", message, REGISTRATION)
    yield from _born(subscriber, "subscriber", "2010C", made)
    yield from _person(dependent, "dependent", "2010D", "patient")
    yield from _born(dependent, "dependent", "2010D", made, served)
    if not dependent.relationship:
        message = "It is not said what the patient is to the subscriber."
        yield _lack("dependent.relationship", "2010D INS02", message, REGISTRATION)


def _person(person: Person, path: str, loop: str, called: str) -> Iterator[Lack]:
    for name, place, what in (
        ("last_name", "NM103", "last name"),
        ("first_name", "NM104", "first name"),
        ("birth_date", "DMG02", "date of birth"),
        ("gender", "DMG03", "gender"),
    ):
        if not getattr(person, name):
            yield _lack(f"{path}.{name}", f"{loop} {place}", f"The {called} has no {what}.", REGISTRATION)


def _born(person: Person, path: str, loop: str, made: date, served: date | None = None) -> Iterator[Lack]:
    """Whether a birth lies before the request and, of the patient, before the first service is over (`served`)."""
    for day, what in ((made, "request"), (served, "service")):
        if person.birth_date and day and person.birth_date > day:
            message = f"The date of birth lies after the {what} ({day})."
            yield _lack(f"{path}.birth_date", f"{loop} DMG02", message, REGISTRATION)
            return


def _parties(request: Request) -> Iterator[Lack]:
    if not request.utilization_manager.id:
        message = "It is not said by what id the payer is known."
        yield _lack("utilization_manager.id", "2010A NM109", message, REGISTRATION)
    yield from _provider(request.requester, "requester", "2010B", "requester")
    found = [(party, f"event.providers[{n}]", "2010EA") for n, party in enumerate(request.event.providers)]
    for m, service in enumerate(request.event.services):
        found += [(party, f"event.services[{m}].providers[{n}]", "2010F") for n, party in enumerate(service.providers)]
    for party, path, loop in found:
        yield from _provider(party, path, loop, "facility" if party.role == "FA" else f"provider (role {party.role})")
    if not any(party.role in _PERFORMING for party, *_ in found):
        yield _lack("event.providers", "2010EA NM1", "It is not said who gives the service, or where.", SCHEDULING)


def _provider(party: Party, path: str, loop: str, called: str) -> Iterator[Lack]:
    if not party.npi:
        yield _lack(f"{path}.id", f"{loop} NM109", f"The {called} has no NPI.", ADMINISTRATION)
    if not party.taxonomy and party.role != "FA":
        yield _lack(f"{path}.taxonomy", f"{loop} PRV03", f"The {called} has no taxonomy code.", ADMINISTRATION)
    if party.taxonomy and not party.taxonomy_role:
        message = f"It is not said in which role the {called} has the taxonomy code (PE performing, RF referring ...)."
        yield _lack(f"{path}.taxonomy_role", f"{loop} PRV01", message, ADMINISTRATION)


# -- what, where, when, how much -------------------------------------------------------------------------------------------


def _event(event: Event, made: date) -> Iterator[Lack]:
    if not event.services and not event.service_type:
        message = "It is not said what is asked for: no service, and no service type."
        yield _lack("event.services", "2000F", message, CLINICIAN)
    if not event.diagnoses and not _needs_none(event):
        yield _lack("event.diagnoses", "2000E HI", "There is no diagnosis.", CLINICIAN)
    if not event.level_of_service and event.certification_type != CANCELLING:
        yield _lack("event.level_of_service", "2000E UM06", "It is not said whether it is urgent or elective.", CLINICIAN)
    if event.category == _ADMISSION and event.admission is None:
        yield _lack("event.admission", "2000E DTP*435", "An admission has no date.", SCHEDULING)
    numbers = [event.previous_number, event.administrative_reference]
    numbers += [number for one in event.services for number in (one.previous_number, one.administrative_reference)]
    if event.certification_type in AMENDING and not any(numbers):
        message = "It goes on from an earlier review, of which no number is given."
        yield _lack("event.previous_number", "2000E REF*BB", message, ADMINISTRATION)
    days = [period for one in (None, *event.services) if (period := _days(event, one)) is not None]
    begun = min(days, key=lambda period: period.start, default=None)
    if begun is not None and begun.start < made and event.certification_type == "I" and not event.delay_reason:
        message = f"It begins on {begun.start}, before it is asked for, and no reason is given for that."
        yield _lack("event.delay_reason", "2000E UM10", message, ADMINISTRATION)
    if not event.services:
        yield from _where_and_when(event, None, "event", "2000E")


def _needs_none(event: Event) -> bool:
    """Whether it is decided without a diagnosis: what is cancelled, and dental services alone."""
    dental = bool(event.services) and all(service.kind is ServiceKind.DENTAL for service in event.services)
    return dental or event.certification_type == CANCELLING


def _service(event: Event, service: Service, n: int) -> Iterator[Lack]:
    path = f"event.services[{n}]"
    if service.procedure is None and not service.revenue_code and not (service.service_type or event.service_type):
        message = f"Service {n + 1} has no procedure code."
        yield _lack(f"{path}.procedure", "2000F SV1", message, CLINICIAN)
    patterns = (service.pattern, event.pattern)
    asked = event.certification_type != CANCELLING
    if asked and service.quantity is None and not any(pattern and pattern.quantity for pattern in patterns):
        message = f"It is not said how much of service {n + 1} is asked for."
        yield _lack(f"{path}.quantity", "2000F SV104 or HSD", message, CLINICIAN)
    yield from _where_and_when(event, service, path, "2000F")


def _where_and_when(event: Event, service: Service | None, path: str, loop: str) -> Iterator[Lack]:
    if not (service and service.place) and not event.place:
        yield _lack(f"{path}.place", f"{loop} UM04", "There is no place of service.", SCHEDULING)
    if _days(event, service) is None and event.certification_type != CANCELLING:
        segment = "DTP*472" if service else "DTP*AAH"
        yield _lack(f"{path}.period", f"{loop} {segment}", "There is no date of service.", SCHEDULING)


def _days(event: Event, service: Service | None) -> Period | None:
    return (service.period if service else None) or event.period or event.admission


def _quantity(event: Event, service: Service) -> Quantity | None:
    """How much in all: HSD tells it before SV1 does; None where that cannot be reckoned."""
    pattern = next((one for one in (service.pattern, event.pattern) if one and one.quantity), None)
    asked = limits(CertifiedService(decision=Decision.UNANSWERED, pattern=pattern)) if pattern else ()
    whole = next((limit for limit in asked if not limit.per), None)
    return Quantity(unit=whole.unit, amount=whole.amount) if whole else service.quantity


# -- what comes along ------------------------------------------------------------------------------------------------------


def _attachments(event: Event) -> Iterator[Lack]:
    """Each document by which it can be found again."""
    found = [(a, f"event.attachments[{n}]", "2000E") for n, a in enumerate(event.attachments)]
    for m, service in enumerate(event.services):
        found += [(a, f"event.services[{m}].attachments[{n}]", "2000F") for n, a in enumerate(service.attachments)]
    for attachment, path, loop in found:
        if not attachment.type:
            yield _lack(f"{path}.type", f"{loop} PWK01", "A document has no type.", ADMINISTRATION)
        if not attachment.transmission:
            yield _lack(f"{path}.transmission", f"{loop} PWK02", "It is not said how a document comes.", ADMINISTRATION)
        elif attachment.transmission not in _UNSENT and not attachment.control_number:
            message = f"A document ({attachment.type}) has no control number, so it cannot be found again."
            yield _lack(f"{path}.control_number", f"{loop} PWK06", message, ADMINISTRATION)


def _demanded(event: Event, service: Service, n: int, answer: Answer) -> Iterator[Lack]:
    """What the rule that answers demands; nothing while it is not known whether it applies, and nothing of a cancellation."""
    rule = answer.rule
    if rule is None or rule.exempts or answer.need is Need.NOT_KNOWN or event.certification_type == CANCELLING:
        return
    path, loop = (f"event.services[{n}]", "2000F") if event.services else ("event", "2000E")
    attached = (*event.attachments, *service.attachments)
    for document in rule.documents:
        found = [attachment.transmission for attachment in attached if _is(document, attachment)]
        if all(transmission in _UNSENT for transmission in found):
            said = f", and it is not sent (PWK02 {found[0]})" if found else ""
            message = f"The payer wants {document}{said}."
            yield _lack(f"{path}.attachments", f"{loop} PWK", message, RECORDS, rule.name)
    told = " ".join((event.message, service.message, *(a.description for a in attached))).casefold()
    for tried in rule.tried:
        if tried.partition(",")[0].casefold() not in told:
            message = f"The payer wants to know what was tried before: {tried}."
            yield _lack(f"{path}.message", f"{loop} MSG or PWK07", message, CLINICIAN, rule.name)


def _is(document: Document, attachment: Attachment) -> bool:
    """By its type, else, where the payer names none, by its description."""
    if document.type:
        return attachment.type == document.type
    return document.name.casefold() in attachment.description.casefold()


def _told(fault: Fault, lack: Lack) -> bool:
    """Whether an element is missing because something is that was said to be missing, or a warning says the same."""
    if fault.warning:
        said = lack.place.partition(" ")[2]
        return lack.path.startswith(fault.path) and (lack.place == fault.place or ("*" in said and said in fault.message))
    return fault.absent and lack.path.startswith(fault.path) and lack.place.startswith(fault.place[:-2])


def _lack(path: str, place: str, message: str, who: str, rule: str = "") -> Lack:
    return Lack(path=path, place=place, message=message, who=who, rule=rule)


# -- what is asked of the rules --------------------------------------------------------------------------------------------


def query_of(request: Request, service: Service, rules: Sequence[RequirementRule]) -> Query:
    """A service of a request as a question."""
    event, patient = request.event, request.dependent or request.subscriber
    stay = event.admission if event.category == _ADMISSION and service.period is None else None
    days, quantity = stay or _days(event, service), _quantity(event, service)
    place, qualifier = (service.place, service.place_qualifier) if service.place else (event.place, event.place_qualifier)
    institutional = qualifier == _TYPE_OF_BILL
    providers = service.providers or event.providers or (request.requester,)
    performing = [party for party in providers if party.role in _PERFORMING] or [request.requester]
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
