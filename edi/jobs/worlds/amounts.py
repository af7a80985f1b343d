"""Stories about how much is certified: units, visits, limits per week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from edi.jobs.worlds.bills import REPLACEMENT
from edi.jobs.worlds.care import KINDS
from edi.jobs.worlds.fitting import FITS, THERAPY, some_days
from edi.jobs.worlds.reviews import MODIFIED
from edi.jobs.worlds.world import FIRST_DAY, World
from edi.records.services import DeliveryPattern, Period, Quantity

_SEVERAL: Final = tuple(care for care in KINDS if care.unit == "UN" and care.most > 1 and care.kind == "professional")
_ONCE: Final = tuple(care for care in KINDS if care.unit == "UN")
_FULL: Final = "nothing is left of what was certified"


def units_run_out(world: World) -> None:
    """Claims use what is certified one after the other: the last but one finds less than it wants, the last nothing."""
    case = world.case(("professional",), cares=_SEVERAL)
    certified = case.care.most
    review = case.review(services=(case.asked(amount=certified),))
    world.post(review)
    days = some_days(case, 3)
    first = case.bill(lines=[case.line(days[0], amount=certified - 1)]).expect("linked", review.number, FITS)
    second = case.bill(lines=[case.line(days[1], amount=2)])
    second.expect("units-short", review.number, f"2 wanted, 1 left of {certified}")
    world.send(first, second, case.bill(days[2]).expect("units-used-up", review.number, _FULL))


def used_up(world: World) -> None:
    """One unit is certified, and two claims want it."""
    case = world.case(cares=_ONCE)
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    days = some_days(case, 2)
    first = case.bill(days[0]).expect("linked", review.number, FITS)
    world.send(first, case.bill(days[1]).expect("units-used-up", review.number, _FULL))


def visits_run_out(world: World) -> None:
    """More visits than certified: the second claim has one too many, the third all."""
    case = world.case(("professional",), cares=THERAPY)
    review = case.review(services=(case.asked(amount=3),))
    world.post(review)
    days = some_days(case, 5)
    first = case.bill(*days[:2]).expect("linked", review.number, FITS)
    second = case.bill(*days[2:4])
    second.expect("linked", review.number, FITS, line=1)
    second.expect("units-short", review.number, "the last visit left goes to the first line", line=2)
    world.send(first, second, case.bill(days[4]).expect("units-used-up", review.number, _FULL))


def visits_per_week(world: World) -> None:
    """Two visits a week are certified: a third in one week is too much, one in the next week is not."""
    monday = FIRST_DAY + timedelta(7 * world.random.randrange(34))
    weeks = world.random.randint(3, 8)
    case = world.case(("professional",), cares=THERAPY)
    case = replace(case, period=Period(start=monday, end=monday + timedelta(7 * weeks - 1)))
    two = Quantity(unit="VS", amount=Decimal(2))
    asked = case.asked(unit="VS", pattern=DeliveryPattern(quantity=two, per="WK", length_unit="35", length=weeks))
    review = case.review(services=(asked,))
    world.post(review)
    week = monday + timedelta(7 * world.random.randrange(weeks - 1))
    three = case.bill(*(week + timedelta(n) for n in (0, 2, 4)))
    for line in (1, 2):
        three.expect("linked", review.number, FITS, line=line)
    three.expect("units-short", review.number, "the third visit in a week of two", line=3)
    world.send(three, case.bill(week + timedelta(8)).expect("linked", review.number, f"{FITS}, in the week after"))


def fewer_after_all(world: World) -> None:
    """A claim for three of three visits is replaced by one for two: the third is there again."""
    case = world.case(("professional",), cares=THERAPY)
    review = case.review(services=(case.asked(amount=3),))
    world.post(review)
    days = some_days(case, 4)
    first = case.bill(*days[:3]).expect("linked", review.number, FITS)
    fewer = case.bill(*days[:2], id=first.id, frequency=REPLACEMENT, original=f"{case.payer.id}{world.next()}")
    fewer.expect("linked", review.number, f"{FITS}; it takes the place of the claim before")
    world.send(first, fewer, case.bill(days[3]).expect("linked", review.number, "one visit was given back"))


def one_of_two_used_up(world: World) -> None:
    """Two authorizations overlap: the first is used up by a claim that only it fits, so the second is what is meant."""
    case = world.case(("professional",), cares=[care for care in _ONCE if care.kind == "professional"])
    later = replace(case, period=Period(start=case.period.start + timedelta(10), end=case.period.end + timedelta(40)))
    first, second = (each.review(services=(each.asked(amount=1),)) for each in (case, later))
    world.post(first, second)
    early, both = case.period.start + timedelta(2), case.period.start + timedelta(20)
    one = case.bill(early).expect("linked", first.number, FITS)
    world.send(one, case.bill(both).expect("linked", second.number, "of two whose dates hold the day one is used up"))


def stands_on_the_first(world: World) -> None:
    """One unit is certified, and stands on a claim already: the next claim finds nothing."""
    case = world.case(cares=_ONCE)
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    days = some_days(case, 2)
    first = case.bill(days[0], held=review.number).expect("already-linked", review.number, FITS)
    world.send(first, case.bill(days[1]).expect("units-used-up", review.number, _FULL))


def misfits_use_nothing(world: World) -> None:
    """A claim outside the dates, and one of another patient with this number, use nothing of the one certified unit."""
    case = world.case(cares=_ONCE, alone=True)
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    late = case.bill(case.late(3)).expect("after-period", review.number, f"after {case.period.end}")
    stranger = replace(case, patient=world.patient(case.payer))
    theirs = stranger.bill(case.day(), held=review.number).expect("wrong-number", review.number, "another patient's number")
    world.send(late, theirs, case.bill(case.day()).expect("linked", review.number, FITS))


def changed_when_certified(world: World) -> None:
    """The payer certified less than was asked for (A6)."""
    case = world.case(("professional",), cares=THERAPY)
    less = world.random.randint(2, 4)
    review = case.review(action=MODIFIED, services=(case.asked(amount=less + 4),), certified=(case.asked(amount=less),))
    world.post(review)
    days = some_days(case, less + 1)
    first = case.bill(*days[:less]).expect("linked", review.number, FITS)
    world.send(
        first, case.bill(days[less]).expect("units-used-up", review.number, f"{less} certified, not the {less + 4} asked for")
    )


def twice_on_one_day(world: World) -> None:
    """Two lines of one day want two units of one that is certified: the first gets it."""
    case = world.case(("professional",), cares=[care for care in _ONCE if care.kind == "professional" and care.most == 1])
    review = case.review(services=(case.asked(amount=1),))
    world.post(review)
    day = case.day()
    bill = case.bill(day, day)
    bill.expect("linked", review.number, FITS, line=1)
    world.send(bill.expect("units-short", review.number, "the unit goes to the first line", line=2))
