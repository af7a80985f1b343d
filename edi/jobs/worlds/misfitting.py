"""Stories in which something does not fit: dates, codes, providers, places, payers, or what the payer decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.care import KINDS
from edi.jobs.worlds.fitting import FITS, alike, bystanders, stay_case, stayed, two_certified
from edi.jobs.worlds.reviews import CALL, CERTIFIED, DENIED, PARTLY, PENDED, cancelled
from edi.jobs.worlds.truth import at_line
from edi.jobs.worlds.world import Case, World

_BAD_DATE: Final = "57"
"""AAA03 of a request with a date that cannot be."""
_CRITICAL_ACCESS: Final = "85"
_PLACES: Final = ("11", "12", "22", "24")


def _held_or_not(case: Case, number: str) -> str:
    """The number of what misfits stands on every third claim."""
    return number if case.world.random.random() < 0.33 else ""


def too_early(world: World) -> None:
    """The service is before the certified dates."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    apart = world.random.randint(1, 45)
    bill = case.bill(case.period.start - timedelta(apart), held=_held_or_not(case, review.number))
    world.send(bill.expect("before-period", review.number, f"{apart} days before {case.period.start}"))


def too_late(world: World) -> None:
    """The service is after the certified dates."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    apart = world.random.randint(1, 60)
    bill = case.bill(case.period.end + timedelta(apart), held=_held_or_not(case, review.number))
    world.send(bill.expect("after-period", review.number, f"{apart} days after {case.period.end}"))


def one_line_too_late(world: World) -> None:
    """Two days on one claim, of which the second is after the certified dates: the number goes to the first line only."""
    case = world.case(("professional", "dental"))
    review = case.review()
    world.post(review)
    apart = world.random.randint(1, 20)
    bill = case.bill(case.period.end, case.period.end + timedelta(apart))
    bill.expect("linked", review.number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("after-period", review.number, f"{apart} days after {case.period.end}", line=2))


def stay_on_another_day(world: World) -> None:
    """The patient was admitted on another day than the certified one."""
    case, review, admission, nights = stay_case(world)
    world.post(review)
    apart = world.random.choice((-5, -3, -2, -1, 1, 2, 4))
    bill = stayed(case, admission + timedelta(apart), nights)
    verdict = "before-period" if apart < 0 else "after-period"
    words = f"{abs(apart)} days {'before' if apart < 0 else 'after'} the certified admission on {admission}"
    world.send(bill.expect(verdict, review.number, words))


def near_code(world: World) -> None:
    """A code near the certified one is billed."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    line = case.line(case.day(), code=case.care.near)
    bill = case.bill(lines=[line], held=_held_or_not(case, review.number))
    world.send(bill.expect("service-mismatch", review.number, f"certified for {case.care.code}, billed {case.care.near}"))


def far_code_on_the_list(world: World) -> None:
    """The payer's list asks for an authorization, and the patient has one for something else."""
    case = world.case(wanted=True)
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
    case = world.case(("professional", "institutional"), cares=[care for care in KINDS if care.modifiers])
    review = case.review()
    world.post(review)
    (wrong,) = set(case.care.modifiers) - set(case.side)
    bill = case.bill(lines=[case.line(case.day(), modifiers=(wrong,))])
    world.send(bill.expect("service-mismatch", review.number, f"certified for {case.side[0]}, billed {wrong}"))


def other_provider(world: World) -> None:
    """Another practice gave the service."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    other = case.elsewhere()
    bill = case.bill(
        case.day(), practice=other, clinician=world.random.choice(other.clinicians), held=_held_or_not(case, review.number)
    )  # fmt: skip
    world.send(bill.expect("provider-mismatch", review.number, "nobody who is certified takes part in the claim"))


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
    case = world.case()
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


def partly_denied(world: World) -> None:
    """Of two services asked for together the payer certified one: the number goes to its line."""
    case = world.case(("professional", "dental"))
    other = replace(case, care=case.other_care())
    other = replace(other, side=other.care.modifiers[:1])
    number = world.number(case.payer)
    services = (case.asked(action=CERTIFIED, number=number), other.asked(action=DENIED))
    world.post(case.review(action=PARTLY, number="", services=services))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("linked", number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("authorization-denied", "", f"{other.care.code} was refused", line=2))


def taken_back(world: World) -> None:
    """Certified, and cancelled later."""
    case = world.case()
    review = case.review()
    world.post(review, cancelled(review, f"Q{world.next()}"), asks=True)
    bill = case.bill(case.day(), held=_held_or_not(case, review.number))
    world.send(bill.expect("authorization-cancelled", review.number, "cancelled after it was certified"))


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


def two_numbers_at_a_hospital(world: World) -> None:
    """Two services of a hospital's claim with a number each: it can carry one only."""
    case, other, first, second = two_certified(world, "institutional")
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("split-needed", first.number, "an institutional claim carries one number", line=1)
    world.send(bill.expect("split-needed", second.number, "an institutional claim carries one number", line=2))
