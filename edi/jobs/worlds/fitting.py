"""Stories that end well: what is certified fits, stands there already, or is not needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.bills import REPLACEMENT, VOID, Bill, Cover
from edi.jobs.worlds.care import KINDS, ROOM
from edi.jobs.worlds.reviews import ADMISSION, NOT_REQUIRED, PENDED, REFERRAL, Review, as_provider
from edi.jobs.worlds.truth import at_line
from edi.jobs.worlds.world import Case, World
from edi.records.services import Period

_PLACEHOLDERS: Final = ("NPR", "NONE", "PENDING", "N/A", "NO AUTH", "0000000000", "20260301", "ON FILE", "XXXX")
_OFFICES: Final = ("professional", "dental")
SURGERY: Final = tuple(care for care in KINDS if care.revenue == "0360")
THERAPY: Final = tuple(care for care in KINDS if care.unit == "VS")
FITS: Final = "certified for this service, day, place and provider"


def bystanders(case: Case) -> None:
    """What else may be on file about this patient and family, and must not be taken for what is meant."""
    world = case.world
    if world.random.random() < 0.25:
        other = case.other_care()
        world.post(replace(case, care=other, side=()).review())
    if world.random.random() < 0.15:
        subscriber = replace(case.patient, person=case.patient.subscriber)
        member = subscriber if case.patient.dependent else people.relative(world.random, subscriber)
        world.post(replace(case, patient=member).review())


def fits(world: World) -> None:
    """Certified, and the claim fits."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    world.send(case.bill(case.day()).expect("linked", review.number, FITS))


def fits_a_range(world: World) -> None:
    """A range of codes is certified, and the claim's lies in it."""
    case = world.case(("professional", "institutional"), cares=[care for care in KINDS if care.near > care.code])
    review = case.review(services=(case.asked(code_end=case.care.near),))
    world.post(review)
    line = case.line(case.day(), code=world.random.choice((case.care.code, case.care.near)))
    world.send(case.bill(lines=[line]).expect("linked", review.number, "the code lies in the certified range"))


def stands_there(world: World) -> None:
    """The right number stands on the claim, or at its line."""
    case = world.case()
    review = case.review()
    bystanders(case)
    world.post(review)
    if case.kind in _OFFICES and world.random.random() < 0.25:
        bill = case.bill(lines=[case.line(case.day(), held=review.number)])
    else:
        bill = case.bill(case.day(), held=review.number)
    world.send(bill.expect("already-linked", review.number, FITS))


def nothing_asked(world: World) -> None:
    """Nobody asked for an authorization, and no list says that one is needed."""
    case = world.case(wanted=False)
    bystanders(case)
    world.send(case.bill(case.day()).expect("requirement-unknown", "", "not on the payer's list, and none on file"))


def a_referral_only(world: World) -> None:
    """A referral is on file, which is no authorization."""
    case = world.case(("professional",), wanted=False)
    world.post(referred(case), asks=True)
    world.send(case.bill(case.day()).expect("requirement-unknown", "", "a referral is no authorization"))


def referred(case: Case) -> Review:
    """A referral of the patient to the practice."""
    return case.review(category=REFERRAL, services=(), providers=(as_provider(case.practice),))


def spared(world: World) -> None:
    """The payer's list says that the service needs none."""
    case = world.spared()
    world.send(case.bill(case.day()).expect("not-required", "", "on the payer's list of what needs none"))


def answered_not_needed(world: World) -> None:
    """The payer answered that none is needed."""
    case = world.case()
    world.post(case.review(action=NOT_REQUIRED, number=""))
    world.send(case.bill(case.day()).expect("not-required", "", "the payer answered so"))


def placeholder(world: World) -> None:
    """Words stand where the number belongs."""
    case = world.case()
    review = case.review()
    world.post(review)
    member = case.patient.subscriber.member_id
    held = world.random.choice((*_PLACEHOLDERS, member))
    world.send(case.bill(case.day(), held=held).expect("linked", review.number, f"{FITS}; what stands there is no number"))


def visits(world: World) -> None:
    """Several visits on one claim."""
    case = world.case(("professional",), cares=THERAPY)
    count = world.random.randint(2, 5)
    review = case.review(services=(case.asked(amount=count + world.random.randint(0, 6)),))
    world.post(review)
    world.send(case.bill(*some_days(case, count)).expect("linked", review.number, FITS))


def some_days(case: Case, count: int) -> list[date]:
    """So many different days within the certified dates, in order."""
    days = (case.period.end - case.period.start).days
    return [case.period.start + timedelta(n) for n in sorted(case.world.random.sample(range(days + 1), count))]


def beside_a_visit(world: World) -> None:
    """An office visit beside it needs none: the number goes to the line, unless it or a placeholder stands at the claim."""
    case = world.case(("professional",))
    review = case.review()
    world.post(review)
    day = case.day()
    held = world.random.choice(("", "", review.number, "NPR"))
    bill = case.bill(lines=[case.line(day), case.visit(day)], held=held)
    verdict = "already-linked" if held == review.number else "linked"
    bill.expect(verdict, review.number, FITS, line=1, where="" if held else at_line("1"))
    world.send(bill.expect("not-required", "", "office visits need none", line=2))


def hospital_bill(world: World) -> None:
    """A hospital's claim has lines without a procedure beside the certified one."""
    case = world.case(("institutional",))
    review = case.review()
    world.post(review)
    day = case.day()
    bill = case.bill(lines=[case.line(day), case.pharmacy(day)])
    bill.expect("linked", review.number, FITS, line=1)
    world.send(bill.expect("requirement-unknown", "", "no procedure on the line", line=2))


def two_numbers(world: World) -> None:
    """Two services of one claim, each with an authorization of its own: each number goes to its line."""
    case, other, first, second = two_certified(world, world.random.choice(_OFFICES))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("linked", first.number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("linked", second.number, FITS, line=2, where=at_line("2")))


def two_certified(world: World, kind: str) -> tuple[Case, Case, Review, Review]:
    """Two kinds of care of one patient at one practice, each certified under a number of its own."""
    case = world.case((kind,))
    other = replace(case, care=case.other_care())
    other = replace(other, side=other.care.modifiers[:1])
    first, second = case.review(), other.review(place="", place_qualifier="")
    world.post(first, second)
    return case, other, first, second


def surgery(world: World) -> None:
    """One authorization, one unit: the hospital, the surgeon and the assistant each carry its number."""
    case = replace(world.case(("professional",), cares=SURGERY), place="22")
    hospital, colleague = world.random.choice(world.practices["institutional"]), case.elsewhere()
    surgeon = replace(as_provider(case.practice), role="SJ", id=case.clinician.npi, organization=False,
                      name=case.clinician.last_name, first_name=case.clinician.first_name)  # fmt: skip
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


def stay_case(world: World) -> tuple[Case, Review, date, int]:
    """A certified stay in a hospital: the case, the review, the day of admission, the nights."""
    case = replace(world.case(("institutional",)), place="11", side=())
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


def second_payer(world: World) -> None:
    """The claim goes to the second payer, whose number it gets; the first payer's stands in that payer's loop."""
    case = world.case(("professional",))
    first, cover = covered(case)
    review = case.review()
    world.post(first, review)
    world.send(case.bill(case.day(), cover=cover).expect("linked", review.number, FITS))


def second_payer_without(world: World) -> None:
    """Only the first payer certified; to the second its number means nothing."""
    case = world.case(("professional",), wanted=False)
    first, cover = covered(case)
    world.post(first)
    bill = case.bill(case.day(), cover=cover)
    world.send(bill.expect("requirement-unknown", "", "the number on file is that of the claim's other payer"))


def covered(case: Case) -> tuple[Review, Cover]:
    """What another payer certified for the same care, and how the claim names that payer."""
    payer = case.other_payer()
    patient = people.elsewhere(case.patient, payer)
    if case.world.random.random() < 0.5:
        id = payer.member.format(case.world.next())
        subscriber = replace(patient.subscriber, member_id=id)
        patient = replace(patient, subscriber=subscriber, person=patient.person if patient.dependent else subscriber)
    review = replace(case, payer=payer, patient=patient).review()
    return review, Cover(payer=payer, member_id=patient.subscriber.member_id, number=review.number)


def replacement(world: World) -> None:
    """A claim for one certified unit, and its replacement, which uses nothing more."""
    case = world.case()
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    first = case.bill(case.day()).expect("linked", review.number, FITS)
    again = case.bill(first.days.start, id=first.id, frequency=REPLACEMENT, original=f"{case.payer.id}{world.next()}")
    world.send(first, again.expect("linked", review.number, f"{FITS}; it takes the place of the claim before"))


def void(world: World) -> None:
    """A claim for one certified unit is taken back, and the unit is there again."""
    case = world.case(("professional", "institutional"))
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    first = case.bill(case.day()).expect("linked", review.number, FITS)
    back = case.bill(
        first.days.start, id=first.id, frequency=VOID, original=f"{case.payer.id}{world.next()}", held=review.number
    )  # fmt: skip
    later = case.bill(case.day())
    world.send(
        first,
        back.expect("not-applicable", "", "a void"),
        later.expect("linked", review.number, "the claim that used the unit was taken back"),
    )


def predetermination(world: World) -> None:
    """A dentist asks what would be paid."""
    case = world.case(("dental",))
    world.send(case.bill(case.day(), predetermination=True).expect("not-applicable", "", "a predetermination"))


def reporting(world: World) -> None:
    """A claim that only reports what was done."""
    case = world.case(("professional",))
    world.send(case.bill(case.day(), reporting=True).expect("not-applicable", "", "reported, not to be paid"))


def family(world: World) -> None:
    """The same care for two of a family under one member id: each has a number."""
    case = world.case()
    subscriber = replace(case.patient, person=case.patient.subscriber)
    cases = [replace(case, patient=who) for who in (subscriber, people.relative(world.random, subscriber))]
    _each_its_own(world, cases)


def twins(world: World) -> None:
    """The same care for twins: one birth date, one last name, one member id."""
    case = world.case()
    subscriber = replace(case.patient, person=case.patient.subscriber)
    born = date(2012, 3, 1) + timedelta(world.random.randrange(3000))
    first = people.relative(world.random, subscriber, born=born)
    second = people.relative(world.random, subscriber, born=born, other_than=(first.person.first_name,))
    _each_its_own(world, [replace(case, patient=who) for who in (first, second)])


def _each_its_own(world: World, cases: list[Case]) -> None:
    held = [case.review() for case in cases]
    world.post(*held)
    pairs = zip(cases, held, strict=True)
    world.send(
        *(case.bill(case.day()).expect("linked", review.number, f"{FITS}, and for this patient") for case, review in pairs)
    )


def renewed(world: World) -> None:
    """Certified twice, one after the other: the day says which number."""
    case = world.case()
    start = case.period.end + timedelta(1)
    later = replace(case, period=Period(start=start, end=start + timedelta(60)))
    held = case.review(), later.review()
    world.post(*held)
    which = world.random.randrange(2)
    day = (case, later)[which].day()
    world.send(case.bill(day).expect("linked", held[which].number, "its dates hold the day, the other's do not"))


def another_practice_too(world: World) -> None:
    """Certified for two practices: the claim's own says which number."""
    case = world.case()
    other = case.elsewhere()
    theirs = replace(case, practice=other, clinician=other.clinicians[0])
    review = case.review()
    world.post(theirs.review(), review)
    world.send(case.bill(case.day()).expect("linked", review.number, "the other is certified for another practice"))


def pended_first(world: World) -> None:
    """The payer answered that it needs time, and certified later."""
    case = world.case()
    review = case.review()
    later = replace(review, answered=review.answered + timedelta(4))
    world.post(replace(review, action=PENDED, number=""), asks=True)
    world.post(later, asks=False)
    world.send(case.bill(case.day()).expect("linked", review.number, f"{FITS}, after a wait"))


def answered_twice(world: World) -> None:
    """The same answer came twice: it is one authorization."""
    case = world.case()
    review = case.review()
    world.post(review, asks=True)
    world.post(review, asks=False)
    world.send(case.bill(case.day()).expect("linked", review.number, FITS))


def one_of_two_stands_there(world: World) -> None:
    """Two fit equally, and the claim carries one of them."""
    case = world.case()
    review, other = alike(case)
    world.post(review, other)
    chosen = world.random.choice((review, other))
    world.send(case.bill(case.day(), held=chosen.number).expect("already-linked", chosen.number, FITS))


def alike(case: Case) -> tuple[Review, Review]:
    """Two authorizations that differ in nothing but their numbers."""
    review = case.review()
    return review, replace(review, reference=f"Q{case.world.next()}", number=case.world.number(case.payer))
