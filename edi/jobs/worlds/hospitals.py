"""Stories of hospitals: bills, stays, surgery with all who take part in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from edi.jobs.worlds.bills import FIRST, LAST, OUTPATIENT, Bill
from edi.jobs.worlds.care import KINDS, ROOM
from edi.jobs.worlds.fitting import FITS
from edi.jobs.worlds.lines import two_certified
from edi.jobs.worlds.reviews import ADMISSION, DENIED, PENDED, Review, as_clinician, as_provider
from edi.jobs.worlds.world import Case, World
from edi.records.services import Period

SURGERY: Final = tuple(care for care in KINDS if care.revenue == "0360")


def hospital_bill(world: World) -> None:
    """A hospital's claim has lines without a procedure beside the certified one."""
    case = world.case(("institutional",))
    review = case.review()
    world.post(review)
    day = case.day()
    bill = case.bill(lines=[case.line(day), case.pharmacy(day)])
    bill.expect("linked", review.number, FITS, line=1)
    world.send(bill.expect("requirement-unknown", "", "no procedure on the line", line=2))


def surgery(world: World) -> None:
    """One authorization, one unit: the hospital, the surgeon and the assistant each carry its number."""
    case = replace(world.case(("professional",), cares=SURGERY), place="22")
    hospital, colleague = world.random.choice(world.practices["institutional"]), case.elsewhere()
    surgeon = as_clinician(case.clinician, case.kind)
    review = case.review(
        providers=(as_provider(hospital), surgeon), services=(case.asked(amount=1),), place="22", place_qualifier="B"
    )  # fmt: skip
    world.post(review)
    day = case.day()
    house = replace(case, kind="institutional", practice=hospital, clinician=hospital.clinicians[0], place="13")
    assisting = case.line(day, modifiers=(*case.side, "80"))
    bills = (
        house.bill(day),
        case.bill(day, facility=hospital),
        case.bill(lines=[assisting], practice=colleague, clinician=colleague.clinicians[0], facility=hospital),
    )
    world.send(*(bill.expect("linked", review.number, f"{FITS}; each role uses it once") for bill in bills))


def stay_case(world: World, *, wanted: bool | None = None) -> tuple[Case, Review, date, int]:
    """A certified stay in a hospital: the case, the review, the day of admission, the nights."""
    case = replace(world.case(("institutional",), wanted=wanted, alone=True), place="11", side=())
    admission, nights = case.day(), world.random.randint(1, 7)
    review = case.review(
        category=ADMISSION, services=(), period=None, admission=Period(start=admission, end=admission), nights=nights,
        providers=(as_provider(case.practice),), place="21", place_qualifier="B",
    )  # fmt: skip
    return case, review, admission, nights


def stay(world: World) -> None:
    """A stay as certified; its statement may begin before the admission, and the day of discharge does not count."""
    case, review, admission, nights = stay_case(world)
    world.post(review)
    bill = stayed(case, admission, nights)
    if world.random.random() < 0.3:
        bill.statement = admission - timedelta(world.random.randint(1, 3))
    world.send(bill.expect("linked", review.number, "admitted on the certified day, no more nights than certified"))


def stayed(case: Case, admission: date, nights: int) -> Bill:
    """The hospital's claim for a stay."""
    room = case.line(admission, code="", charge=700 * nights, amount=nights, revenue=ROOM)
    theatre = case.line(admission, code="", charge=2500, revenue="0360")
    return case.bill(lines=[room, theatre], stay=Period(start=admission, end=admission + timedelta(nights)))


def stay_on_another_day(world: World) -> None:
    """The patient was admitted on another day than the certified one."""
    case, review, admission, nights = stay_case(world)
    world.post(review)
    late = case.payer.grace
    apart = world.random.choice((-5, -3, -2, -1, late + 1, late + 2, late + 4))
    bill = stayed(case, admission + timedelta(apart), nights)
    verdict = "before-period" if apart < 0 else "after-period"
    words = f"{abs(apart)} days {'before' if apart < 0 else 'after'} the certified admission on {admission}"
    world.send(bill.expect(verdict, review.number, words))


def longer_stay(world: World) -> None:
    """The stay has more nights than certified."""
    case, review, admission, nights = stay_case(world)
    world.post(review)
    more = world.random.randint(1, 4)
    bill = stayed(case, admission, nights + more)
    world.send(bill.expect("units-short", review.number, f"{nights + more} nights, {nights} certified"))


def two_numbers_at_a_hospital(world: World) -> None:
    """Two services of a hospital's claim with a number each: it can carry one only."""
    case, other, first, second = two_certified(world, "institutional")
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("split-needed", first.number, "an institutional claim carries one number", line=1)
    world.send(bill.expect("split-needed", second.number, "an institutional claim carries one number", line=2))


def one_number_stands_at_a_hospital(world: World) -> None:
    """Two services with a number each, of which one stands on the claim: there is no room for the other."""
    case, other, first, second = two_certified(world, "institutional")
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)], held=first.number)
    bill.expect("already-linked", first.number, FITS, line=1)
    world.send(bill.expect("split-needed", second.number, "the claim carries another number already", line=2))


def billed_in_parts(world: World) -> None:
    """A long stay billed in two parts, the first while it goes on: together they have the certified nights."""
    case, review, admission, _ = stay_case(world)
    first, rest = world.random.randint(2, 5), world.random.randint(1, 4)
    review = replace(review, nights=first + rest)
    world.post(review)
    begun, ended = stayed(case, admission, first), stayed(case, admission, rest)
    middle = admission + timedelta(first)
    begun.frequency, begun.stay = FIRST, Period(start=admission, end=middle - timedelta(1))
    ended.frequency, ended.stay = LAST, Period(start=admission, end=middle + timedelta(rest))
    ended.statement = middle
    for bill in (begun, ended):
        bill.expect("linked", review.number, "a part of the certified stay")
    world.send(begun, ended)


def extended_stay(world: World) -> None:
    """More nights were certified under the same number while the patient was in.

    More than before, from the admission on, may be all of them together: then no more than that is certain.
    """
    case, review, admission, nights = stay_case(world)
    more = world.random.randint(1, 3)
    again = replace(
        review, reference=f"Q{world.next()}", kind="4", previous=review.number, nights=more,
        asked=admission + timedelta(nights), answered=admission + timedelta(nights),
    )  # fmt: skip
    world.post(review, again, asks=True)
    bill = stayed(case, admission, nights + more)
    verdict, said = ("units-short", "or that many in all") if more > nights else ("linked", "more")
    world.send(bill.expect(verdict, review.number, f"{nights} nights certified, then {more} {said}"))


def stay_refused(world: World) -> None:
    """The stay was refused, or is not decided yet."""
    case, review, admission, nights = stay_case(world)
    action, verdict = world.random.choice(((DENIED, "authorization-denied"), (PENDED, "authorization-pending")))
    world.post(replace(review, action=action, number=""))
    world.send(stayed(case, admission, nights).expect(verdict, "", "the stay is not certified"))


def stay_elsewhere(world: World) -> None:
    """The stay is certified for another hospital."""
    case, review, admission, nights = stay_case(world)
    world.post(review)
    other = case.elsewhere()
    bill = stayed(replace(case, practice=other, clinician=other.clinicians[0]), admission, nights)
    world.send(bill.expect("provider-mismatch", review.number, "certified for another hospital"))


def bill_beside_a_stay(world: World) -> None:
    """A stay is certified, and the hospital bills something else for an outpatient."""
    case, review, admission, _ = stay_case(world, wanted=False)
    world.post(review)
    visit = replace(case, place=OUTPATIENT)
    day = admission + timedelta(world.random.randint(-20, 40))
    world.send(visit.bill(day).expect("requirement-unknown", "", "a stay is certified, which says nothing of this"))


def placeholder_at_a_hospital(world: World) -> None:
    """A word stands on a hospital's claim, which has a line without a procedure too."""
    case = world.case(("institutional",))
    review = case.review()
    world.post(review)
    day = case.day()
    bill = case.bill(lines=[case.pharmacy(day), case.line(day)], held="NONE")
    bill.expect("requirement-unknown", "", "no procedure on the line", line=1)
    world.send(bill.expect("linked", review.number, FITS, line=2))
