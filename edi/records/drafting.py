"""A request for authorization drafted from a claim or one of its lines: who, what, where and when; the rest is to be filled in.

What a claim does not say is left out: the type of service (UM03), how urgent it is (UM06), documents. No code says that a request
is retrospective: it is an initial one (UM02 I) of past dates, with the reason why it comes late (UM10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from edi.errors import RecordError
from edi.records.claim import Claim, ClaimLine
from edi.records.made import naming
from edi.records.parties import Party, Person
from edi.records.request import Request
from edi.records.review import PatientEvent, RequestedService, ServiceKind, Trace
from edi.records.services import Diagnosis, Period

_ROLES: Final = {"82": "SJ", "71": "71", "72": "72", "77": "FA", "DN": "DN"}
"""NM101 of a claim's providers, and of a request's: who gives the service, attending, operating, facility, referring."""
_RENDERING: Final = "82"
_RELATIONSHIPS: Final = frozenset({"01", "19"})
_OTHER: Final = "G8"
_PRINCIPAL: Final = frozenset({"ABK", "BK"})
_DIAGNOSES: Final = _PRINCIPAL | {"ABF", "ABJ", "APR", "BF", "BJ", "PR"}
_MOST_DIAGNOSES: Final = 12
_UNITS: Final = frozenset({"UN", "MJ", "F2", "DA"})
_INPATIENT: Final = "1"
"""The second digit of an institutional type of bill: inpatient."""
_EMPLOYER: Final = "1"
"""TRN03 begins with it, the employer id follows."""
_TAX_ID: Final = 9


@naming(claim=Claim)
def draft(claim: Claim, *, line: str | None = None, delay_reason: str = "") -> Request:
    """The request for all of a claim, or for the line with that number (LX01). A RecordError where there is no such line.

    `delay_reason` (UM10) is why it is asked for only after the service.
    """
    lines = claim.lines if line is None else tuple(one for one in claim.lines if one.number == line)
    if line is not None and not lines:
        raise RecordError(
            f"The claim has no line with this number; its lines are {', '.join(one.number for one in claim.lines)}."
        )
    period = claim.period if line is None else lines[0].period
    admits = line is None and claim.kind == "institutional" and claim.admission is not None and claim.place[1:] == _INPATIENT
    reference = claim.id if line is None else f"{claim.id}-{line}"
    tax_id = claim.billing.tax_id.replace("-", "")
    return Request(
        reference=reference,
        utilization_manager=Party(role="X3", name=claim.payer.name, id_qualifier=claim.payer.id_qualifier, id=claim.payer.id),
        requester=_requester(claim),
        subscriber=_person(claim.subscriber),
        dependent=_dependent(claim.patient) if claim.dependent else None,
        event=PatientEvent(
            category="AR" if admits else "HS",
            certification_type="I",
            delay_reason=delay_reason,
            place=(lines[0].place if line is not None else "") or claim.place,
            place_qualifier=claim.place_qualifier,
            traces=(Trace(number=reference, originator=_EMPLOYER + tax_id),) if len(tax_id) == _TAX_ID else (),
            period=None if admits else period,
            admission=Period(start=claim.admission, end=claim.admission) if admits and claim.admission else None,
            discharge=period.end if admits and period else None,
            diagnoses=tuple(_diagnoses(claim.diagnoses)),
            providers=tuple(_providers(claim, lines)),
            services=tuple(_service(claim, one, period) for one in lines),
        ),
    )


def see_that_it_is_past(claim: Claim, today: date) -> None:
    """A RecordError where a claim's service did not begin before `today`, so that a request for it is no retrospective one."""
    if claim.period is None:
        raise RecordError("The claim has no date of service: whether that is past cannot be said.")
    if claim.period.start >= today:
        raise RecordError(f"Its service begins on {claim.period.start}, which is not past: draft a request without --retro.")


def _requester(claim: Claim) -> Party:
    """The billing provider. A request has no role for that (PRV01 BI): it performs, or where somebody else does, is another."""
    named = _named(claim.billing, "FA" if claim.kind == "institutional" else "1P")
    performs = all(party.role != _RENDERING for party in claim.providers)
    return replace(named, taxonomy_role=("PE" if performs else "OT") if named.taxonomy else "")


def _named(party: Party, role: str) -> Party:
    """A party by its name, id and specialty: what else a claim says of it, a request has no need of."""
    return replace(party, role=role, references=(), contact=None)


def _person(person: Person) -> Person:
    return replace(person, relationship="", references=())


def _dependent(person: Person) -> Person:
    """A dependent has no member id in a request, and one of three relationships to the subscriber."""
    relationship = person.relationship if person.relationship in _RELATIONSHIPS else _OTHER
    return replace(person, relationship=relationship, member_id="", member_id_qualifier="", references=())


def _diagnoses(found: tuple[Diagnosis, ...]) -> Iterator[Diagnosis]:
    """The principal diagnosis first, each code once."""
    codes = dict.fromkeys(one for one in found if one.qualifier in _DIAGNOSES)
    ordered = sorted(codes, key=lambda one: one.qualifier not in _PRINCIPAL)
    yield from ordered[:_MOST_DIAGNOSES]


def _providers(claim: Claim, lines: tuple[ClaimLine, ...]) -> Iterator[Party]:
    """Who takes part: the claim's providers, and a line's own where all that is asked for is that line."""
    seen: set[tuple[str, str]] = set()
    for party in (*(lines[0].providers if len(lines) == 1 else ()), *claim.providers):
        role = _ROLES.get(party.role, "")
        if role and (role, party.id) not in seen:
            seen.add((role, party.id))
            yield _named(party, role)


def _service(claim: Claim, line: ClaimLine, period: Period | None) -> RequestedService:
    quantity = line.quantity if line.quantity and line.quantity.unit in _UNITS else None
    dental = claim.kind == ServiceKind.DENTAL
    return RequestedService(
        kind=ServiceKind(claim.kind),
        period=line.period if line.period != period else None,
        procedure=line.procedure,
        revenue_code=line.revenue_code,
        charge=line.charge,
        quantity=quantity,
        teeth=line.teeth if dental else (),
        oral_cavity=line.oral_cavity if dental else (),
    )
