"""Stories in which something does not fit: dates, codes, providers, places, payers, or what the payer decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.bills import Bill
from edi.jobs.worlds.care import KINDS
from edi.jobs.worlds.fitting import EQUIPMENT, alike, bystanders
from edi.jobs.worlds.reviews import CALL, DENIED, PENDED, as_clinician
from edi.jobs.worlds.world import Case, World
from edi.records.services import Period

_BAD_DATE: Final = "57"
"""AAA03 of a request with a date that cannot be."""
_TOO_LATE: Final = "17"
"""HCR03 where the time limit was missed."""
_CRITICAL_ACCESS: Final = "85"
_PLACES: Final = ("11", "12", "22", "24")


def too_early(world: World) -> None:
    """The service is before the certified dates."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    apart = world.random.randint(1, 45)
    bill = case.bill(case.period.start - timedelta(apart), held=case.perhaps(review.number))
    world.send(bill.expect("before-period", review.number, f"{apart} days before {case.period.start}"))


def too_late(world: World) -> None:
    """The service is after the certified dates."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    bill = case.bill(case.late(world.random.randint(1, 60)), held=case.perhaps(review.number))
    world.send(bill.expect("after-period", review.number, _after(case, bill)))


def _after(case: Case, bill: Bill) -> str:
    """By how much a claim is too late."""
    return f"{(bill.days.end - case.period.end).days} days after {case.period.end}"


def near_code(world: World) -> None:
    """A code near the certified one is billed."""
    case = world.case(alone=True, strict=True)
    review = case.review()
    bystanders(case)
    world.post(review)
    line = case.line(case.day(), code=case.care.near)
    bill = case.bill(lines=[line], held=case.perhaps(review.number))
    world.send(bill.expect("service-mismatch", review.number, f"certified for {case.care.code}, billed {case.care.near}"))


def far_code_on_the_list(world: World) -> None:
    """The payer's list asks for an authorization, and the patient has one for something else."""
    case = world.case(wanted=True, alone=True)
    other = case.other_care()
    review = replace(case, care=other, side=()).review()
    world.post(review)
    words = f"on the payer's list; certified for {other.code}, billed {case.care.code}"
    world.send(case.bill(case.day()).expect("service-mismatch", review.number, words))


def far_code_held(world: World) -> None:
    """The claim carries the patient's number of something else."""
    case = world.case()
    other = case.other_care()
    review = replace(case, care=other, side=()).review()
    world.post(review)
    bill = case.bill(case.day(), held=review.number)
    world.send(bill.expect("service-mismatch", review.number, f"certified for {other.code}, billed {case.care.code}"))


def other_side(world: World) -> None:
    """The left one is certified, the right one billed, or the other way round."""
    case = world.case(("professional", "institutional"), cares=[care for care in KINDS if care.modifiers], alone=True)
    review = case.review()
    world.post(review)
    (wrong,) = set(case.care.modifiers) - set(case.side)
    bill = case.bill(lines=[case.line(case.day(), modifiers=(wrong,))])
    world.send(bill.expect("service-mismatch", review.number, f"certified for {case.side[0]}, billed {wrong}"))


def other_provider(world: World) -> None:
    """Another practice gave the service."""
    case = world.case(strict=True)
    review = case.review()
    bystanders(case)
    world.post(review)
    other = case.elsewhere()
    bill = case.bill(
        case.day(), practice=other, clinician=world.random.choice(other.clinicians), held=case.perhaps(review.number)
    )  # fmt: skip
    world.send(bill.expect("provider-mismatch", review.number, "nobody who is certified takes part in the claim"))


def another_practice_too(world: World) -> None:
    """Certified for two practices: the claim's own says which number."""
    case = world.case(strict=True)
    other = case.elsewhere()
    theirs = replace(case, practice=other, clinician=other.clinicians[0])
    review = case.review()
    world.post(theirs.review(), review)
    world.send(case.bill(case.day()).expect("linked", review.number, "the other is certified for another practice"))


def other_place(world: World) -> None:
    """The service was given in another kind of place."""
    case = world.case(("professional", "institutional"))
    hospital = case.kind == "institutional"
    review = case.review(place=case.place, place_qualifier="A" if hospital else "B")
    world.post(review)
    place = _CRITICAL_ACCESS if hospital else world.random.choice([place for place in _PLACES if place != case.place])
    bill = case.bill(case.day(), place=place)
    world.send(bill.expect("place-mismatch", review.number, f"certified for {case.place}, billed {place}"))


def other_payer(world: World) -> None:
    """Certified by the payer that the patient had before."""
    case = world.case(alone=True)
    payer = case.other_payer()
    review = replace(case, payer=payer, patient=people.elsewhere(case.patient, payer)).review()
    world.post(review)
    words = f"certified by {payer.id}, and the claim goes to {case.payer.id}"
    world.send(case.bill(case.day()).expect("other-payer", review.number, words))


def pended(world: World) -> None:
    """The payer has not decided yet."""
    case = world.case()
    bystanders(case)
    world.post(case.review(action=PENDED, number=""))
    held = world.random.choice(("", "", "PENDING"))
    world.send(case.bill(case.day(), held=held).expect("authorization-pending", "", "pended"))


def unanswered(world: World) -> None:
    """The payer was asked, and nothing came."""
    case = world.case()
    bystanders(case)
    world.post(case.review(), asks=True, answers=False)
    world.send(case.bill(case.day()).expect("authorization-pending", "", "no answer came"))


def rejected(world: World) -> None:
    """The request had a fault, and was not decided."""
    case = world.case()
    world.post(case.review(rejected=_BAD_DATE, number=""), asks=True)
    world.send(case.bill(case.day()).expect("authorization-pending", "", "the request was rejected, and is to be mended"))


def denied(world: World) -> None:
    """The payer refused."""
    case = world.case()
    bystanders(case)
    world.post(case.review(action=DENIED, number=""))
    world.send(case.bill(case.day()).expect("authorization-denied", "", "refused"))


def asked_too_late(world: World) -> None:
    """The payer was asked when the service had been given, and refused for that reason."""
    case = world.case()
    day = case.day()
    asked = day + timedelta(world.random.randint(3, 20))
    world.post(case.review(action=DENIED, number="", reason=_TOO_LATE, asked=asked, answered=asked + timedelta(2)))
    world.send(case.bill(day).expect("authorization-denied", "", "asked after the service, and refused for that reason"))


def to_be_called(world: World) -> None:
    """The payer wants to be called."""
    case = world.case()
    world.post(case.review(action=CALL, number=""))
    world.send(case.bill(case.day()).expect("call-payer", "", "the payer answered: call us"))


def without_a_number(world: World) -> None:
    """Certified, and the answer gives no number."""
    case = world.case()
    world.post(case.review(number=""))
    world.send(case.bill(case.day()).expect("call-payer", "", "certified without a number"))


def two_fit(world: World) -> None:
    """Two authorizations fit equally."""
    case = world.case()
    bystanders(case)
    world.post(*alike(case))
    world.send(case.bill(case.day()).expect("ambiguous", "", "two that differ in nothing but their numbers"))


def days_stick_out(world: World) -> None:
    """Equipment billed for a range of days that goes on behind the certified ones, or begins before them."""
    case = world.case(("professional",), cares=EQUIPMENT)
    review = case.review()
    world.post(review)
    apart = world.random.randint(1, 9)
    early = world.random.random() < 0.5
    if early:
        days = Period(start=case.period.start - timedelta(apart), end=case.period.start + timedelta(5))
    else:
        days = Period(start=case.period.end - timedelta(5), end=case.late(apart))
    bill = case.bill(lines=[case.line(days.start, days=days)])
    world.send(bill.expect("before-period" if early else "after-period", review.number, "some of the days are not certified"))


def dates_of_its_own(world: World) -> None:
    """Two services under one number, each with its own dates: the day is good for the other only."""
    case = world.case()
    other = replace(case, care=case.other_care(), side=())
    middle = case.period.start + timedelta(14)
    services = (
        case.asked(period=Period(start=case.period.start, end=middle)),
        other.asked(period=Period(start=middle + timedelta(1), end=case.period.end)),
    )
    review = case.review(services=services, period=None)
    world.post(review)
    bill = case.bill(middle + timedelta(case.payer.grace + 3), place=case.place)
    world.send(bill.expect("after-period", review.number, f"after {middle}; the day is certified for the other service"))


def only_referred(world: World) -> None:
    """Who is certified only referred the patient."""
    case = world.case(("professional",), strict=True)
    review = case.review(providers=(as_clinician(case.clinician, case.kind),))
    world.post(review)
    other = case.elsewhere()
    bill = case.bill(case.day(), practice=other, clinician=other.clinicians[0], referring=case.clinician)
    world.send(bill.expect("provider-mismatch", review.number, "who is certified only referred the patient"))
