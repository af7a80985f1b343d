"""Stories of authorizations that changed, or were asked for more than once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from edi.jobs.worlds.fitting import FITS
from edi.jobs.worlds.reviews import DENIED, MODIFIED, PENDED, cancelled
from edi.jobs.worlds.world import Case, World
from edi.records.services import Period


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


def taken_back(world: World) -> None:
    """Certified, and cancelled later."""
    case = world.case()
    review = case.review()
    world.post(review, cancelled(review, f"Q{world.next()}"), asks=True)
    bill = case.bill(case.day(), held=case.perhaps(review.number))
    world.send(bill.expect("authorization-cancelled", review.number, "cancelled after it was certified"))


def renewed_by_name(world: World) -> None:
    """Renewed with a reference to the first (UM02 R): each number is good for its own dates."""
    case = world.case()
    first = case.review()
    later = _after(case)
    second = later.review(
        kind="R", previous=first.number, providers=first.providers, asked=case.period.end, answered=case.period.end
    )  # fmt: skip
    world.post(first, second, asks=True)
    which = world.random.randrange(2)
    bill = (case, later)[which].bill((case, later)[which].day())
    world.send(bill.expect("linked", (first, second)[which].number, "its dates hold the day, the other's do not"))


def _after(case: Case) -> Case:
    """The same case in the weeks behind its certified dates."""
    start = case.period.end + timedelta(1)
    return replace(case, period=Period(start=start, end=start + timedelta(45)))


def extended(world: World) -> None:
    """Extended under the same number: the days before and behind are good."""
    case = world.case()
    review = case.review()
    later = _after(case)
    more = later.review(
        kind="4", number=review.number, previous=review.number, providers=review.providers,
        asked=case.period.end, answered=case.period.end,
    )  # fmt: skip
    world.post(review, more, asks=True)
    words = f"{FITS}, once it was extended"
    world.send(*(each.bill(each.day()).expect("linked", review.number, words) for each in (case, later)))


def revised(world: World) -> None:
    """Other dates in the place of the first ones (UM02 S): the first are not good any more."""
    case = world.case()
    review = case.review()
    later = _after(case)
    day = review.answered + timedelta(1)
    changed = later.review(
        kind="S", number=review.number, previous=review.number, providers=review.providers, action=MODIFIED,
        asked=day, answered=day,
    )  # fmt: skip
    world.post(review, replace(changed, certified=changed.services), asks=True)
    early = case.bill(case.day()).expect(
        "before-period", review.number, f"the dates were changed, and begin on {later.period.start}"
    )
    world.send(early, later.bill(later.day()).expect("linked", review.number, FITS))


def appealed(world: World) -> None:
    """Refused, and certified once it was appealed."""
    case = world.case()
    review = case.review()
    handle = f"N{review.reference}"
    later = review.answered + timedelta(5)
    again = replace(review, reference=f"Q{world.next()}", kind="1", handle=handle, asked=later, answered=later)
    world.post(replace(review, action=DENIED, number="", handle=handle), again, asks=True)
    world.send(case.bill(case.day()).expect("linked", review.number, "certified on appeal"))


def asked_anew(world: World) -> None:
    """Refused, and certified when it was asked for anew."""
    case = world.case()
    review = case.review()
    world.post(case.review(action=DENIED, number=""), review)
    world.send(case.bill(case.day()).expect("linked", review.number, "refused first, certified in the end"))


def issued_anew(world: World) -> None:
    """Cancelled, and another number issued: the old one may stand on the claim."""
    case = world.case()
    old, new = case.review(), case.review()
    world.post(old, cancelled(old, f"Q{world.next()}"), asks=True)
    world.post(new)
    if world.random.random() < 0.5:
        world.send(case.bill(case.day()).expect("linked", new.number, "the other one was cancelled"))
    else:
        bill = case.bill(case.day(), held=old.number)
        world.send(bill.expect("wrong-number", new.number, "the number was cancelled, and this one fits"))


def between_two(world: World) -> None:
    """The day lies between two certifications, nearer to the first."""
    case = world.case()
    gap = case.payer.grace + world.random.randint(2, 9)
    start = case.period.end + timedelta(4 * gap)
    first, second = case.review(), replace(case, period=Period(start=start, end=start + timedelta(30))).review()
    world.post(first, second)
    bill = case.bill(case.period.end + timedelta(gap))
    world.send(bill.expect("after-period", first.number, f"{gap} days after {case.period.end}; the next begins later still"))


def ended_and_refused(world: World) -> None:
    """What was certified has ended, and more was refused: the one that ended came further."""
    case = world.case()
    review = case.review()
    world.post(review, _after(case).review(action=DENIED, number=""))
    bill = case.bill(case.late(world.random.randint(1, 20)))
    world.send(bill.expect("after-period", review.number, f"after {case.period.end}; more was refused"))


def one_reference_for_two(world: World) -> None:
    """Two requests with one reference (BHT03), told apart by their traces."""
    case = world.case()
    other = replace(case, care=case.other_care(), side=())
    first = case.review()
    second = replace(other.review(), reference=first.reference, trace=f"T{world.next()}")
    world.post(first, second, asks=True)
    day = case.day()
    if case.kind == "institutional" or world.random.random() < 0.5:
        world.send(case.bill(day).expect("linked", first.number, FITS))
    else:
        world.send(other.bill(day, place=case.place).expect("linked", second.number, FITS))
