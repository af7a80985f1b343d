"""Stories that end well: what is certified fits, stands there already, or is not needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.bills import REPLACEMENT, VOID, Cover
from edi.jobs.worlds.care import KINDS, Care
from edi.jobs.worlds.reviews import NOT_REQUIRED, REFERRAL, Review, as_provider
from edi.jobs.worlds.truth import REFERRED, of_payer
from edi.jobs.worlds.world import OFFICES, Case, World
from edi.records.services import Period

_PLACEHOLDERS: Final = ("NPR", "NONE", "PENDING", "N/A", "NO AUTH", "0000000000", "20260301", "ON FILE", "XXXX")
THERAPY: Final = tuple(care for care in KINDS if care.unit == "VS")
EQUIPMENT: Final = tuple(care for care in KINDS if care.code[0] in "EL")
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
    if case.kind in OFFICES and world.random.random() < 0.25:
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
    """A referral is on file: its number goes into REF*9F, and is no authorization."""
    case = world.case(("professional",), wanted=False, alone=True)
    review = referred(case)
    world.post(review, asks=True)
    bill = case.bill(case.day(), referral=case.perhaps(review.number)).carries(REFERRED, review.number)
    world.send(bill.expect("requirement-unknown", "", "a referral is no authorization"))


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


def a_claim_each(world: World) -> None:
    """Visits of one authorization, on a claim each; the payer may make one of them."""
    case = world.case(("professional",), cares=THERAPY)
    review = case.review(services=(case.asked(amount=3 + world.random.randint(0, 6)),))
    world.post(review)
    days = some_days(case, world.random.randint(2, 3))
    world.send(*(case.bill(day, held=review.number).expect("already-linked", review.number, FITS) for day in days))


def some_days(case: Case, count: int) -> list[date]:
    """So many different days within the certified dates, in order."""
    days = (case.period.end - case.period.start).days
    return [case.period.start + timedelta(n) for n in sorted(case.world.random.sample(range(days + 1), count))]


def second_payer(world: World) -> None:
    """The claim goes to the second payer, whose number it gets; the first payer's stands in that payer's loop."""
    case = world.case(("professional",))
    first, cover = covered(case)
    review = case.review()
    world.post(first, review)
    world.send(case.bill(case.day(), cover=cover).expect("linked", review.number, FITS))


def both_payers(world: World) -> None:
    """Both payers certified, and the claim carries neither number: each payer's goes into its own loop."""
    case = world.case(("professional",))
    first, cover = covered(case)
    review = case.review()
    world.post(first, review)
    bill = case.bill(case.day(), cover=replace(cover, number="", at_lines=False), as_typed=True)
    bill.carries(of_payer(cover.payer.id), first.number)
    world.send(bill.expect("linked", review.number, f"{FITS}; the first payer's number goes into its own loop"))


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
    review = replace(case, payer=payer, patient=patient).review(reviewer=(payer.id, payer.name))
    at_lines = case.world.random.random() < 0.4
    return review, Cover(payer=payer, member_id=patient.subscriber.member_id, number=review.number, at_lines=at_lines)


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


def alike(case: Case) -> tuple[Review, Review]:
    """Two authorizations that differ in nothing but their numbers."""
    review = case.review()
    return review, replace(review, reference=f"Q{case.world.next()}", number=case.world.number(case.payer))


def one_of_two_stands_there(world: World) -> None:
    """Two fit equally, and the claim carries one of them."""
    case = world.case()
    review, other = alike(case)
    world.post(review, other)
    chosen = world.random.choice((review, other))
    world.send(case.bill(case.day(), held=chosen.number).expect("already-linked", chosen.number, FITS))


def certified_for_days(world: World) -> None:
    """Equipment billed for a range of days, all of them certified."""
    case = world.case(("professional",), cares=EQUIPMENT)
    review = case.review()
    world.post(review)
    start = case.day(last=10)
    line = case.line(start, days=Period(start=start, end=start + timedelta(world.random.randint(1, 10))))
    world.send(case.bill(lines=[line]).expect("linked", review.number, FITS))


def without_an_end(world: World) -> None:
    """Certified from a day on; the answer names no end."""
    case = world.case()
    start = Period(start=case.period.start, end=case.period.start)
    review = case.review(period=start, endless=True)
    world.post(review)
    day = case.period.start + timedelta(world.random.randint(0, 80))
    world.send(case.bill(day).expect("linked", review.number, f"certified from {start.start} on, without an end"))


def without_dates(world: World) -> None:
    """Certified, and neither the request nor the answer has dates."""
    case = world.case()
    review = case.review(period=None)
    world.post(review)
    world.send(case.bill(case.day()).expect("linked", review.number, "certified without dates"))


def by_kind_of_service_only(world: World) -> None:
    """A kind of service is approved without a code, and no rule says what that covers: it is not guessed."""
    case = world.case(("professional",), wanted=False)
    world.post(case.review(services=()))
    words = "what is on file names no code, and no rule says what it covers"
    world.send(case.bill(case.day()).expect("requirement-unknown", "", words))


def shared_visits(world: World) -> None:
    """Visits certified for two services together: a day with both is one visit."""
    case = world.case(("professional",), cares=THERAPY)
    other = replace(case, care=_also_therapy(case))
    count = world.random.randint(2, 4)
    services = (case.asked(amount=0), other.asked(amount=0))
    review = case.review(services=services, visits=count)
    world.post(review)
    days = some_days(case, count + 1)
    lines = [each.line(day) for day in days[:count] for each in (case, other)]
    bill = case.bill(lines=lines).expect("linked", review.number, f"{FITS}; {count} days, {count} visits")
    last = case.bill(days[count]).expect(
        "units-used-up", review.number, f"all {count} visits are used, by both services together"
    )
    world.send(bill, last)


def _also_therapy(case: Case) -> Care:
    """Another therapy that the payer's list does not spare."""
    treated = case.world.treated[case.patient.subscriber.member_id]
    care = next(care for care in THERAPY if care.code not in treated and care.code not in case.payer.spares)
    treated.add(care.code)
    return care


def sent_again(world: World) -> None:
    """One certified unit, and the same claim sent twice: it is counted once."""
    case = world.case()
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    first = case.bill(case.day()).expect("linked", review.number, FITS)
    again = case.bill(first.days.start, id=first.id)
    world.send(first, again.expect("linked", review.number, f"{FITS}; the same claim as before"))
