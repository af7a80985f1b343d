"""Stories of what a payer's manual lets match: codes, days, sides, providers, kinds of service without a code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from edi.jobs.worlds.care import KINDS, PAYERS
from edi.jobs.worlds.fitting import FITS, some_days
from edi.jobs.worlds.world import World


def covered_code(world: World) -> None:
    """The code near the certified one is billed, and the payer's manual lets the certified one stand for it."""
    payer = next(payer for payer in PAYERS if payer.covers)
    case = world.case(
        ("professional", "institutional"), payers=[payer], cares=[care for care in KINDS if care.code in payer.covers]
    )
    review = case.review()
    world.post(review)
    line = case.line(case.day(), code=case.care.near)
    words = f"{case.care.code} is certified, which covers {case.care.near} by the payer's manual"
    world.send(case.bill(lines=[line]).expect("linked", review.number, words))


def days_of_grace(world: World) -> None:
    """The service is after the certified dates, by no more days than the payer lets pass."""
    payer = next(payer for payer in PAYERS if payer.grace)
    case = world.case(payers=[payer])
    review = case.review()
    world.post(review)
    apart = world.random.randint(1, payer.grace)
    words = f"{apart} days after {case.period.end}, which the payer lets pass"
    world.send(case.bill(case.period.end + timedelta(apart)).expect("linked", review.number, words))


def one_side_of_two(world: World) -> None:
    """Certified for both sides, and one is billed."""
    case = world.case(
        ("professional", "institutional"), payers=[payer for payer in PAYERS if payer.both_sides],
        cares=[care for care in KINDS if care.modifiers],
    )  # fmt: skip
    review = case.review(services=(case.asked(modifiers=("50",)),))
    world.post(review)
    world.send(case.bill(case.day()).expect("linked", review.number, "certified for both sides, billed for one"))


def by_anybody(world: World) -> None:
    """Another practice gave the service, and the payer does not compare who."""
    payer = next(payer for payer in PAYERS if payer.anybody)
    case = world.case(("professional",), payers=[payer], cares=[care for care in KINDS if care.code in payer.anybody])
    review = case.review()
    world.post(review)
    other = case.elsewhere()
    bill = case.bill(case.day(), practice=other, clinician=other.clinicians[0])
    world.send(bill.expect("linked", review.number, "the payer does not compare who gave it"))


def kind_of_therapy(world: World) -> None:
    """Visits of a kind of therapy are approved without a code; the payer's manual says which codes that is, with a modifier."""
    payer = next(payer for payer in PAYERS if payer.therapies)
    kind, modifier = payer.therapy
    case = world.case(
        ("professional",), payers=[payer], cares=[care for care in KINDS if care.code in payer.therapies], alone=True
    )
    count = world.random.randint(2, 4)
    review = case.review(services=(), service_type=kind, visits=count)
    world.post(review)
    days = some_days(case, count + 1)
    billed = replace(case, side=(modifier,))
    first = billed.bill(*days[:count]).expect("linked", review.number, f"{FITS}, as a kind of therapy")
    last = billed.bill(days[count]).expect("units-used-up", review.number, f"all {count} visits are used")
    world.send(first, last)
