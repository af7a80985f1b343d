"""The 278s of the corpus, read by eye: what each level of a response decides, and what each pair comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from edi.guides.validation import validate
from edi.records.authorization import Authorization, authorization_of, authorizations_of, combine
from edi.records.request import read_requests, write_request
from edi.records.response import Response, ReviewAnswer, read_responses, write_response
from edi.records.review import PatientEvent, RequestedService
from edi.records.services import DeliveryPattern, Period, Quantity
from tests.records.test_request import ENVELOPE, between, lines

VISIT = DeliveryPattern(quantity=Quantity(unit="VS", amount=Decimal(1)))


def amount(unit: str, number: int) -> Quantity:
    return Quantity(unit=unit, amount=Decimal(number))


def days(start: date, end: date | None = None) -> Period:
    return Period(start=start, end=end or start)


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a person reads at one level of a response: HCR, AAA, REF, DTP, HSD, and what SV1 or SV2 counts."""

    hcr: tuple[str, ...] = ()
    """HCR01, HCR02, and each reason of HCR03."""
    aaa: tuple[str, ...] = ()
    ref: tuple[str, str] = ("", "")
    """REF*NT and REF*BB."""
    certified: tuple[Period | date | None, date | None, date | None] = (None, None, None)
    """DTP*007, 036 and 102."""
    dates: tuple[Period | None, ...] = (None,)
    """An event's DTP*AAH, 435, 096; a service's DTP*472."""
    hsd: DeliveryPattern | None = None
    quantity: Quantity | None = None


MAY = date(2005, 5, 10)
STAY = date(2005, 5, 16)
NO_DATES = (None, None, None)

LEVELS = {
    "admission-response-to-request-for-review.edi": [
        Level(
            hcr=("A6", "AUTH0002"), dates=(None, days(STAY), None), hsd=DeliveryPattern(quantity=amount("DY", 5))
        ),  # 7 days were asked for
        Level(hcr=("A1", "AUTH0002"), dates=(days(STAY),)),
    ],
    "emergency-admission-response-to-request-for-review.edi": [
        Level(hcr=("A4", "", "0U"), ref=("P20030216001", ""), dates=NO_DATES)
    ],
    "referral-response-to-request-for-review.edi": [
        Level(hcr=("A1", "AUTH0001"), dates=(days(date(2005, 5, 2), date(2005, 6, 2)), None, None), hsd=VISIT)
    ],
    "response-to-medical-services-reservation.edi": [
        Level(hcr=("A1", "6735172961"), dates=NO_DATES),
        Level(dates=(days(date(2005, 1, 10)),), hsd=DeliveryPattern(length_unit="29", length=2), quantity=amount("UN", 1)),
    ],
    "response-to-non-emergency-transportation.edi": [
        Level(hcr=("A1", "2005010796321"), dates=(days(MAY), None, None)),
        Level(quantity=amount("UN", 5)),
        Level(quantity=amount("UN", 8)),
        Level(quantity=amount("UN", 14)),
    ],
}
"""Each response, its 2000E and then each 2000F. No file has an AAA, nor a date of the certification (DTP*007, 036, 102)."""

JOINED = {
    "admission": ("modified", "AUTH0002", (STAY, date(2005, 5, 21)), ["33510 certified DY 5"]),  # the event's amount
    "emergency-admission": ("pended", "", (date(2005, 5, 5), date(2005, 5, 8)), []),  # as it was asked for: three days
    "referral": ("certified", "AUTH0001", (date(2005, 5, 2), date(2005, 6, 2)), []),
    "medical-services-reservation": ("certified", "6735172961", None, ["99212 certified UN 1"]),
    "non-emergency-transportation": (
        "certified",
        "2005010796321",
        (MAY, MAY),
        ["A0428 certified UN 5", "A0428 certified UN 8", "A0428 certified UN 14"],
    ),
}
"""Each response with its request: decision, number, dates, and its services with what is certified of them."""

MENDED = {
    "admission-request-for-review.edi": ({"se-count"}, {"SE*26*0001"}),
    "request-for-home-health-care.edi": ({"se-count"}, {"SE*20*0001"}),
    "request-for-non-emergency-transportation.edi": ({"hl-parent"}, {"HL*6*4*SS*0", "HL*7*4*SS*0"}),
}
"""The errors of a file, and the segments that are written otherwise because of them. All others come back as they were."""


def level(answer: ReviewAnswer | None, said: PatientEvent | RequestedService) -> Level:
    """What was read of a level, as the table has it."""
    answer = answer or ReviewAnswer()
    dates = (
        (said.period, said.admission, said.discharge and days(said.discharge))
        if isinstance(said, PatientEvent)
        else (said.period,)
    )
    hcr = (answer.action, answer.number, *answer.reasons) if answer.action else ()
    return Level(
        hcr=hcr,
        aaa=tuple(rejection.reason for rejection in answer.rejections),
        ref=(said.administrative_reference, said.previous_number),
        certified=(answer.effective, answer.expires, answer.issued),
        dates=dates,
        hsd=said.pattern,
        quantity=said.quantity if isinstance(said, RequestedService) else None,
    )


def levels(response: Response) -> list[Level]:
    (event,) = response.events
    return [level(event.answer, event.event), *(level(s.answer, s.service or RequestedService()) for s in event.services)]


def name_of(path: Path) -> str:
    return path.name.partition("pass__")[2]


@pytest.mark.corpus("278/*response-to-*", "278/*__response-*")
def test_each_level_says_what_a_person_reads(corpus_file: Path) -> None:
    (response,) = read_responses(corpus_file)
    assert response.rejections == ()
    assert levels(response) == LEVELS[name_of(corpus_file)]


@pytest.mark.corpus("278/*response-to-*", "278/*__response-*")
def test_each_pair_comes_to_what_a_person_makes_of_it(corpus_file: Path) -> None:
    name = name_of(corpus_file)
    subject = next(subject for subject in JOINED if name.startswith((f"{subject}-response", f"response-to-{subject}")))
    names = (f"{subject}-request-for-review.edi", f"request-for-{subject}.edi")
    (asked,) = [path for path in corpus_file.parent.iterdir() if name_of(path) in names]
    (request,) = read_requests(asked)
    (response,) = read_responses(corpus_file)
    (answer,) = authorizations_of(response)
    found = combine(answer, authorization_of(request))
    decision, number, period, services = JOINED[subject]
    assert (found.decision, found.number) == (decision, number)
    assert found.period == (days(*period) if period else None)
    assert [_service_words(found, n) for n in range(len(found.services))] == services


def _service_words(found: Authorization, n: int) -> str:
    service = found.services[n]
    quantity = f"{service.quantity.unit} {service.quantity.amount}" if service.quantity else None
    return f"{service.procedure.code if service.procedure else ''} {service.decision} {quantity}"


@pytest.mark.corpus("278/*")
def test_what_is_written_back_is_the_same_and_valid_at_every_level(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    requests, responses = list(read_requests(data)), list(read_responses(data))
    (written,) = [write_request(one, ENVELOPE) for one in requests] + [write_response(one, ENVELOPE) for one in responses]
    assert (list(read_requests(written)), list(read_responses(written))) == (requests, responses)
    assert validate(written).valid
    errors, mended = MENDED.get(name_of(corpus_file), (set(), set()))
    assert {problem.code for problem in validate(data).problems if problem.severity == "error"} == errors
    before, after = between(lines(data)), between(lines(written))
    assert {new for old, new in zip(before, after, strict=True) if old != new} == mended
