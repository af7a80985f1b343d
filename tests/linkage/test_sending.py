"""What passes the check is a 278 that is valid at every level and comes back equal; what would not be is told before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from edi.guides.validation import validate
from edi.linkage.completeness import check_request
from edi.records.envelope import Envelope
from edi.records.parties import Party, Person, Reference
from edi.records.request import Request, read_requests, write_request
from edi.records.review import Attachment, PatientEvent, RequestedService, ServiceKind, Tooth
from edi.records.services import DeliveryPattern, Diagnosis, Period, Procedure, Quantity
from tests.drawing import examples
from tests.records.strategies import REQUESTS

TODAY = date(2026, 3, 2)
ENVELOPE = Envelope(sender="CLINIC", receiver="MAPLE", created=datetime(2026, 3, 2, 9, 30), control=1)
NPIS = ("1234567893", "1999990025")
DAY = timedelta(days=1)


# -- records that lack nothing -------------------------------------------------------------------------------------------


def _whole_person(person: Person, latest: date) -> Person:
    return replace(
        person,
        first_name=person.first_name or "NORA",
        birth_date=min(person.birth_date or date(1981, 4, 5), latest),
        gender=person.gender or "F",
    )


def _whole_party(party: Party, n: int = 0) -> Party:
    return replace(party, id_qualifier="XX", id=NPIS[n % 2], taxonomy="207Q00000X", taxonomy_role="PE")


def _whole_service(service: RequestedService) -> RequestedService:
    if not (service.pattern and service.pattern.quantity) and not service.quantity:
        service = replace(service, quantity=Quantity(unit="UN", amount=Decimal(1)))
    return replace(
        service,
        attachments=tuple(_whole_attachment(attachment) for attachment in service.attachments),
        providers=tuple(_whole_party(party, n) for n, party in enumerate(service.providers)),
    )


def _whole_attachment(attachment: Attachment) -> Attachment:
    return replace(attachment, control_number=attachment.control_number or "DOC1")


def _whole_event(asked: PatientEvent, made: date) -> PatientEvent:
    """An event that every payer can decide about: its dates lie in their order, accident and onset behind it."""
    start = min(made, date.max - 400 * DAY) + DAY
    before = {name: made - DAY if getattr(asked, name) else None for name in ("accident", "onset")}
    pregnant = asked.last_menstrual_period and asked.estimated_birth
    return replace(
        asked,
        **before,
        last_menstrual_period=made - 70 * DAY if asked.last_menstrual_period else None,
        estimated_birth=made + 210 * DAY if pregnant else asked.estimated_birth,
        service_type=asked.service_type or "1",
        place=asked.place or "11",
        place_qualifier=asked.place_qualifier or "B",
        level_of_service=asked.level_of_service or "E",
        previous_number=asked.previous_number or ("" if asked.certification_type == "I" else "OLD1"),
        period=Period(start=start, end=start + 90 * DAY),
        admission=Period(start=start, end=start) if asked.admission or asked.category == "AR" else None,
        discharge=start + 3 * DAY if asked.discharge else None,
        chiropractic=asked.chiropractic and replace(asked.chiropractic, treatments=asked.chiropractic.treatments and Decimal(99)),
        diagnoses=asked.diagnoses or (Diagnosis(qualifier="ABK", code="M5450"),),
        attachments=tuple(_whole_attachment(attachment) for attachment in asked.attachments),
        providers=tuple(_whole_party(p, n) for n, p in enumerate(asked.providers))
        or (_whole_party(Party(role="SJ", name="ELM")),),
        other_reviews=tuple(replace(review, refused=made - DAY) for review in asked.other_reviews),
        services=tuple(_whole_service(service) for service in asked.services),
    )


def whole(request: Request) -> Request:
    """A request of its kind with what every payer needs."""
    made = (request.created or ENVELOPE.created).date()
    asked = _whole_event(request.event, made)
    born = min([made, *(service.period.end for service in asked.services if service.period)])
    if not any(party.role in ("SJ", "1T", "72", "71", "FA") for party in asked.providers):
        asked = replace(asked, providers=(*asked.providers, _whole_party(Party(role="SJ", name="ELM"))))
    return replace(
        request,
        requester=_whole_party(request.requester),
        subscriber=_whole_person(request.subscriber, born),
        dependent=request.dependent
        and replace(_whole_person(request.dependent, born), relationship=request.dependent.relationship or "19"),
        event=asked,
    )


WHOLE = REQUESTS.map(whole)


# -- and what may go wrong in them ---------------------------------------------------------------------------------------

WORDS = (
    "",
    " ",
    " A",
    "A ",
    "\u00c5SE \u00d8RE",
    "A*B",
    "A^",
    "A:B",
    "~",
    "A\nB",
    "\u20ac",
    "`",
    "0",
    "00000000",
    "X" * 31,
    "X" * 300,
)
NUMBERS = (0, -1, 1, 10**9, 10**19)
AMOUNTS = tuple(
    Decimal(text) for text in ("0", "-1", "1E+5", "0.001", "1E-12", "1E+20", "NaN", "Infinity", "12345678901234567.5")
)
DAYS = (date.min, date(1899, 12, 31), date(2026, 3, 1), date(2026, 3, 3), date(2200, 2, 28), date.max)


def _others(value: Any) -> tuple[Any, ...]:
    """What may stand in the place of a value, good or not."""
    if isinstance(value, Enum):
        return tuple(type(value))
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, str):
        return WORDS
    if isinstance(value, int):
        return NUMBERS
    if isinstance(value, Decimal):
        return AMOUNTS
    if isinstance(value, datetime):
        return (None, datetime(1900, 1, 1), datetime(2026, 3, 2, 23, 59, 59, 990_000), datetime(2026, 3, 2, 1, 1, 1, 1))
    if isinstance(value, date):
        return (*DAYS, None)
    if isinstance(value, Period):
        return (None, Period(start=value.end, end=value.start), Period(start=value.start, end=value.start + 2 * DAY))
    if isinstance(value, tuple):
        return ((), value[:1], value * 2, value * 16, value[::-1])
    return (None,)


def _places(record: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every field of a record and of the records in it, by the way that leads there."""
    members = [(f.name, getattr(record, f.name)) for f in fields(record)] if is_dataclass(record) else list(enumerate(record))
    for step, value in members:
        here = (*path, step)
        yield here, value
        if (is_dataclass(value) and not isinstance(value, date)) or isinstance(value, tuple):
            yield from _places(value, here)


def _changed(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(record, tuple):
        return tuple(_changed(member, tuple(rest), value) if n == step else member for n, member in enumerate(record))
    return replace(record, **{step: _changed(getattr(record, step), tuple(rest), value)})


@st.composite
def odd(draw: st.DrawFn) -> Request:
    """A request that lacks nothing, with up to three things in it changed into something that may stand there or not."""
    request = draw(WHOLE)
    for _ in range(draw(st.integers(0, 3))):
        path, value = draw(st.sampled_from(list(_places(request))))
        other = draw(st.sampled_from(_others(value)))
        if other is not None or not (isinstance(path[-1], int) or path[-1] in NEEDED):
            request = _changed(request, path, other)
    return request


NEEDED = frozenset({"utilization_manager", "requester", "subscriber", "event", "start", "end"})
"""What a request cannot be without: its type says so, as of the members of tuples."""

LARGE = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # records as large as these take minutes to make smaller
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@settings(LARGE, max_examples=examples(40))
@given(WHOLE)
def test_what_is_whole_lacks_nothing(made: Request) -> None:
    assert [(lack.path, lack.message) for lack in check_request(made, (), TODAY).missing] == []


@settings(LARGE, max_examples=examples(150))
@given(odd())
def test_what_passes_the_check_is_valid_at_every_level_and_comes_back(made: Request) -> None:
    missing = check_request(made, (), TODAY).missing
    event("passes" if not missing else "lacks something")
    if missing:
        return
    data = write_request(made, ENVELOPE)
    assert [problem for problem in validate(data).problems if problem.severity == "error"] == []
    (again,) = read_requests(data)
    assert replace(again, created=None) == replace(made, created=None)


# -- where it is told ----------------------------------------------------------------------------------------------------

PLAIN = whole(
    Request(
        reference="R1",
        created=ENVELOPE.created,
        utilization_manager=Party(role="X3", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
        requester=Party(role="1P", name="RIVERSIDE THERAPY"),
        subscriber=Person(last_name="QUILL", member_id="W1000001", member_id_qualifier="MI"),
        event=PatientEvent(
            category="HS",
            certification_type="I",
            providers=(Party(role="SJ", name="ELM"), Party(role="77", name="OAK")),
            services=(RequestedService(procedure=Procedure(code="97110")), RequestedService(procedure=Procedure(code="97140"))),
        ),
    )
)


def told(*path: Any, to: Any) -> list[tuple[str, str]]:
    """What is said to be wrong when one thing in a plain request is changed: path and place."""
    return [(lack.path, lack.place) for lack in check_request(_changed(PLAIN, path, to), (), TODAY).missing]


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        (("subscriber", "last_name"), "QU*ILL", ("subscriber.last_name", "278")),
        (("subscriber", "last_name"), "Q" * 61, ("subscriber", "2010C NM103")),
        (("subscriber", "birth_date"), date(2025, 4, 1), None),
        (("subscriber", "birth_date"), date(2026, 4, 1), ("subscriber.birth_date", "2010C DMG02")),
        (("subscriber", "references"), (Reference(qualifier="XX", value="1"),), ("subscriber", "2010C REF01")),
        (("utilization_manager", "taxonomy"), "207Q00000X", ("utilization_manager", "2010A PRV")),
        (("purpose",), "11", ("purpose", "BHT02")),
        (("event", "accident"), date(2026, 3, 3), ("event", "2000E DTP03")),
        (("event", "providers", 1, "id"), "1234567890", ("event.providers[1]", "2010EA NM109")),
        (("event", "transports"), (Party(role="PW", name="HOME"),), ("event.transports[0]", "2010EB N3")),
        (("event", "services", 1, "quantity", "unit"), "XX", ("event.services[1]", "2000F SV103")),
        (("event", "services", 1, "epsdt"), "?", ("event.services[1]", "2000F SV111")),
        (("event", "services", 1, "kind"), ServiceKind.DENTAL, ("event.services[1]", "2000F SV301")),
        (("event", "services", 1, "teeth"), (Tooth(number="1"),), ("event.services[1].teeth", "278")),
        (("event", "pattern"), DeliveryPattern(rate="1", length=3), ("event", "2000E HSD05")),
    ],
)
def test_what_cannot_be_sent_is_told_by_its_place(change: tuple[Any, ...], to: Any, expected: tuple[str, str] | None) -> None:
    assert told(*change, to=to)[:1] == ([expected] if expected else [])


def test_nothing_about_a_person_is_in_what_is_told() -> None:
    found = check_request(_changed(PLAIN, ("subscriber", "last_name"), "Q" * 61), (), TODAY).missing
    assert found
    assert not any("QQ" in lack.message for lack in found)
