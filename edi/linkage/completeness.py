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
from typing import Any

from edi.guides.rules.files import paths_named
from edi.guides.rules.requirement import RequirementRule
from edi.linkage.amending import ADDING, AMENDING, CANCELLING
from edi.linkage.demands import (
    ADMINISTRATION,
    ADMISSION,
    CLINICIAN,
    PERFORMING,
    REGISTRATION,
    SCHEDULING,
    UNSENT,
    Lack,
    days_of,
    demanded,
    exceeded,
    lacking,
    query_of,
    speaking,
)
from edi.linkage.queries import NOTHING_ELSE, Known
from edi.linkage.requirements import RequirementAnswer, requirement
from edi.linkage.sending import Fault, faults
from edi.records.made import naming
from edi.records.parties import Party, Person
from edi.records.request import Request
from edi.records.review import PatientEvent, RequestedService, ServiceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A request that was looked over: what it lacks, and what its payer wants for each of its services, in their order."""

    missing: tuple[Lack, ...]
    possible: tuple[Lack, ...] = ()
    """What may be missing as well: what rules want of which it is not known whether they apply."""
    warnings: tuple[Lack, ...] = ()
    """What the guide leaves open and many payers ask for, more than a rule gives, and what the validator warns of in the 278: it
    can be sent all the same."""
    answers: tuple[tuple[str, RequirementAnswer], ...]
    """The procedure, and whether its payer wants it authorized; of a referral, whether it wants one."""
    others: tuple[RequirementAnswer, ...] = ()
    """For each of them, whether its payer wants a referral beside the authorization, or the other way round."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, and nothing may be."""
        return not (self.missing or self.possible)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {
            "version": 1,
            "complete": self.complete,
            "missing": [lack.to_json() for lack in self.missing],
            "possible": [lack.to_json() for lack in self.possible],
            "warnings": [lack.to_json() for lack in self.warnings],
            "services": [
                {"procedure": code or None, **answer.to_json(), "other": other.to_json()}
                for (code, answer), other in zip(self.answers, self.others, strict=True)
            ],
        }


@naming(request=Request)
def check_request(
    request: Request,
    rules: Sequence[RequirementRule],
    today: date,
    files: Sequence[str | Path] = (),
    *,
    known: Known = NOTHING_ELSE,
) -> Checked:
    """What a request lacks, by these rules (`rules.requirements`). It is of the day when it was made, else of `today`.

    `files` are files of rules for 278 requests, a payer's or one's own, by which the 278 is judged beside those of its guide;
    files of what payers want are passed over. `known` is what a request does not say. When nothing is missing, `write_request`
    makes of it a 278 that is valid at every level and reads back equal.
    """
    event, referral = request.event, request.event.category == "SC"
    services = event.services or (RequestedService(),)
    queries = [known.added_to(query_of(request, service, rules)) for service in services]
    answers = [requirement(query, rules, referral=referral) for query in queries]
    made = request.created.date() if request.created else today
    missing = [
        *_people(request, made),
        *_parties(request),
        *_event(event, made),
        *(lack for n, service in enumerate(event.services) for lack in _service(event, service, n)),
        *_attachments(event),
    ]
    possible: list[Lack] = []
    warned = list(_left_open(request))
    for n, (service, query, answer) in enumerate(zip(services, queries, answers, strict=True)):
        for rule, depends in speaking(event, answer):
            (possible if depends else missing).extend(demanded(event, service, n, rule, depends))
            warned += exceeded(event, n, query, rule, depends)
    said = [
        (fault.warning, lacking(fault.path, fault.place, f"{fault.message.rstrip('.')}.", ADMINISTRATION, fault.rule))
        for fault in faults(request, today, paths_named(files))
        if not any(_told(fault, lack) for lack in (*missing, *(warned if fault.warning else ())))
    ]
    return Checked(
        missing=tuple(dict.fromkeys([*missing, *(lack for warning, lack in said if not warning)])),
        possible=tuple(dict.fromkeys(possible)),
        warnings=tuple(dict.fromkeys([*warned, *(lack for warning, lack in said if warning)])),
        answers=tuple((query.procedure, answer) for query, answer in zip(queries, answers, strict=True)),
        others=tuple(requirement(query, rules, referral=not referral) for query in queries),
    )


# -- who -----------------------------------------------------------------------------------------------------------------


def _people(request: Request, made: date) -> Iterator[Lack]:
    subscriber, dependent = request.subscriber, request.dependent
    ends = [period.end for one in (None, *request.event.services) if (period := days_of(request.event, one)) is not None]
    served = min(ends, default=None)
    if not subscriber.member_id:
        yield lacking("subscriber.member_id", "2010C NM109", "The subscriber has no member id.", REGISTRATION)
    if dependent is None:
        yield from _person(subscriber, "subscriber", "2010C", "subscriber")
        yield from _born(subscriber, "subscriber", "2010C", made, served)
        return
    if not subscriber.last_name:
        yield lacking("subscriber.last_name", "2010C NM103", "The subscriber has no last name.", REGISTRATION)
    if subscriber.gender and not subscriber.birth_date:
        message = "The subscriber has a gender and no date of birth, without which it has no place."
        yield lacking("subscriber.birth_date", "2010C DMG02", message, REGISTRATION)
    yield from _born(subscriber, "subscriber", "2010C", made)
    yield from _person(dependent, "dependent", "2010D", "patient")
    yield from _born(dependent, "dependent", "2010D", made, served)
    if not dependent.relationship:
        message = "It is not said what the patient is to the subscriber."
        yield lacking("dependent.relationship", "2010D INS02", message, REGISTRATION)


def _person(person: Person, path: str, loop: str, called: str) -> Iterator[Lack]:
    for name, place, what in (
        ("last_name", "NM103", "last name"),
        ("first_name", "NM104", "first name"),
        ("birth_date", "DMG02", "date of birth"),
        ("gender", "DMG03", "gender"),
    ):
        if not getattr(person, name):
            yield lacking(f"{path}.{name}", f"{loop} {place}", f"The {called} has no {what}.", REGISTRATION)


def _born(person: Person, path: str, loop: str, made: date, served: date | None = None) -> Iterator[Lack]:
    """Whether a birth lies before the request and, of the patient, before the first service is over (`served`)."""
    for day, what in ((made, "request"), (served, "service")):
        if person.birth_date and day and person.birth_date > day:
            message = f"The date of birth lies after the {what} ({day})."
            yield lacking(f"{path}.birth_date", f"{loop} DMG02", message, REGISTRATION)
            return


def _parties(request: Request) -> Iterator[Lack]:
    if not request.utilization_manager.id:
        message = "It is not said by what id the payer is known."
        yield lacking("utilization_manager.id", "2010A NM109", message, REGISTRATION)
    found = list(_providers(request))
    for party, path, loop, called in found:
        if not party.npi:
            yield lacking(f"{path}.id", f"{loop} NM109", f"The {called} has no NPI.", ADMINISTRATION)
        if party.taxonomy_role and not party.taxonomy:
            yield lacking(f"{path}.taxonomy", f"{loop} PRV03", f"The {called} has no taxonomy code.", ADMINISTRATION)
        if party.taxonomy and not party.taxonomy_role:
            message = f"It is not said in which role the {called} has the taxonomy code (PE performing, RF referring ...)."
            yield lacking(f"{path}.taxonomy_role", f"{loop} PRV01", message, ADMINISTRATION)
    if not any(party.role in PERFORMING for party, *_ in found[1:]):
        yield lacking("event.providers", "2010EA NM1", "It is not said who gives the service, or where.", SCHEDULING)


def _providers(request: Request) -> Iterator[tuple[Party, str, str, str]]:
    """The requester and who gives the service, each with its place in JSON and X12, and what it is called."""
    yield request.requester, "requester", "2010B", "requester"
    found = [(party, f"event.providers[{n}]", "2010EA") for n, party in enumerate(request.event.providers)]
    for m, service in enumerate(request.event.services):
        found += [(party, f"event.services[{m}].providers[{n}]", "2010F") for n, party in enumerate(service.providers)]
    for party, path, loop in found:
        yield party, path, loop, "facility" if party.role == "FA" else f"provider (role {party.role})"


def _left_open(request: Request) -> Iterator[Lack]:
    """What the guide leaves open, and many payers ask for of all that is not cancelled."""
    event = request.event
    if event.certification_type == CANCELLING:
        return
    for party, path, loop, called in _providers(request):
        if not (party.taxonomy or party.taxonomy_role) and party.role != "FA":
            yield lacking(f"{path}.taxonomy", f"{loop} PRV03", f"The {called} has no taxonomy code.", ADMINISTRATION)
    if not event.level_of_service:
        message = "It is not said whether it is urgent or elective."
        yield lacking("event.level_of_service", "2000E UM06", message, CLINICIAN)
    if event.certification_type in ADDING and not event.services and not (event.pattern and event.pattern.quantity):
        yield lacking("event.pattern", "2000E HSD", "It is not said how much more is asked for.", CLINICIAN)


# -- what, where, when, how much -------------------------------------------------------------------------------------------


def _event(event: PatientEvent, made: date) -> Iterator[Lack]:
    if not event.services and not event.service_type:
        message = "It is not said what is asked for: no service, and no service type."
        yield lacking("event.services", "2000F", message, CLINICIAN)
    if not event.diagnoses and not _needs_none(event):
        yield lacking("event.diagnoses", "2000E HI", "There is no diagnosis.", CLINICIAN)
    if event.category == ADMISSION and event.admission is None:
        yield lacking("event.admission", "2000E DTP*435", "An admission has no date.", SCHEDULING)
    numbers = [event.previous_number, event.administrative_reference]
    numbers += [number for one in event.services for number in (one.previous_number, one.administrative_reference)]
    if event.certification_type in AMENDING and not any(numbers):
        message = "It goes on from an earlier review, of which no number is given."
        yield lacking("event.previous_number", "2000E REF*BB", message, ADMINISTRATION)
    days = [period for one in (None, *event.services) if (period := days_of(event, one)) is not None]
    begun = min(days, key=lambda period: period.start, default=None)
    if begun is not None and begun.start < made and event.certification_type == "I" and not event.delay_reason:
        message = f"It begins on {begun.start}, before it is asked for, and no reason is given for that."
        yield lacking("event.delay_reason", "2000E UM10", message, ADMINISTRATION)
    if not event.services:
        yield from _where_and_when(event, None, "event", "2000E")


def _needs_none(event: PatientEvent) -> bool:
    """Whether it is decided without a diagnosis: what is cancelled, and dental services alone."""
    dental = bool(event.services) and all(service.kind is ServiceKind.DENTAL for service in event.services)
    return dental or event.certification_type == CANCELLING


def _service(event: PatientEvent, service: RequestedService, n: int) -> Iterator[Lack]:
    path = f"event.services[{n}]"
    if service.procedure is None and not service.revenue_code and not (service.service_type or event.service_type):
        message = f"Service {n + 1} has no procedure code."
        yield lacking(f"{path}.procedure", "2000F SV1", message, CLINICIAN)
    patterns = (service.pattern, event.pattern)
    asked = event.certification_type != CANCELLING
    if asked and service.quantity is None and not any(pattern and pattern.quantity for pattern in patterns):
        message = f"It is not said how much of service {n + 1} is asked for."
        yield lacking(f"{path}.quantity", "2000F SV104 or HSD", message, CLINICIAN)
    yield from _where_and_when(event, service, path, "2000F")


def _where_and_when(event: PatientEvent, service: RequestedService | None, path: str, loop: str) -> Iterator[Lack]:
    if not (service and service.place) and not event.place:
        yield lacking(f"{path}.place", f"{loop} UM04", "There is no place of service.", SCHEDULING)
    if days_of(event, service) is None and event.certification_type != CANCELLING:
        segment = "DTP*472" if service else "DTP*AAH"
        yield lacking(f"{path}.period", f"{loop} {segment}", "There is no date of service.", SCHEDULING)


# -- what comes along ------------------------------------------------------------------------------------------------------


def _attachments(event: PatientEvent) -> Iterator[Lack]:
    """Each document by which it can be found again."""
    found = [(a, f"event.attachments[{n}]", "2000E") for n, a in enumerate(event.attachments)]
    for m, service in enumerate(event.services):
        found += [(a, f"event.services[{m}].attachments[{n}]", "2000F") for n, a in enumerate(service.attachments)]
    for attachment, path, loop in found:
        if not attachment.type:
            yield lacking(f"{path}.type", f"{loop} PWK01", "A document has no type.", ADMINISTRATION)
        if not attachment.transmission:
            yield lacking(f"{path}.transmission", f"{loop} PWK02", "It is not said how a document comes.", ADMINISTRATION)
        elif attachment.transmission not in UNSENT and not attachment.control_number:
            message = f"A document ({attachment.type}) has no control number, so it cannot be found again."
            yield lacking(f"{path}.control_number", f"{loop} PWK06", message, ADMINISTRATION)


def _told(fault: Fault, lack: Lack) -> bool:
    """Whether an element is missing because something is that was said to be missing, or a warning says the same."""
    if fault.warning:
        said = lack.place.partition(" ")[2]
        return lack.path.startswith(fault.path) and (lack.place == fault.place or ("*" in said and said in fault.message))
    return fault.absent and lack.path.startswith(fault.path) and lack.place.startswith(fault.place[:-2])
