"""Stories of what a payer's manual lets match: codes, days, sides, providers, kinds of service without a code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from edi.jobs.worlds.care import DRUGS, KINDS, PAYERS, Moved
from edi.jobs.worlds.fitting import FITS, some_days
from edi.jobs.worlds.reviews import Asked, Review, as_provider
from edi.jobs.worlds.world import Case, World


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


def under_a_new_tax_id(world: World) -> None:
    """Certified by the tax id that the practice had, and billed under the one that it has since."""
    case, old, since = _moved(world)
    review = case.review(providers=(replace(as_provider(case.practice), id_qualifier="24", id=old),))
    world.post(review)
    after = world.random.choice((since, case.period.end))
    world.send(case.bill(after).expect("linked", review.number, f"{FITS}, whose tax id is another since {since}"))


def before_a_new_tax_id(world: World) -> None:
    """The same, and the service was before the day on which the tax id changed."""
    case, old, since = _moved(world)
    review = case.review(providers=(replace(as_provider(case.practice), id_qualifier="24", id=old),))
    world.post(review)
    bill = case.bill(since - timedelta(1))
    words = f"the tax id that is certified became the practice's on {since}, after the service"
    world.send(bill.expect("provider-mismatch", review.number, words))


def _moved(world: World) -> tuple[Case, str, date]:
    """Care by a practice whose tax id changed within the certified dates; the one before, and the day."""
    case = world.case(strict=True)
    old = f"9{world.next():08d}"
    since = case.period.start + timedelta(world.random.randint(5, 20))
    world.moved.append(Moved(case.payer, old, case.practice.tax_id, since))
    return case, old, since


def drug_by_ndc(world: World) -> None:
    """A drug is certified by its NDC, in vials, and billed by its code, in units; the payer's manual says how many are one."""
    case, per, review, vials = _drug(world)
    day = case.day()
    some = case.line(day, amount=per * world.random.randint(1, vials))
    world.send(case.bill(lines=[some]).expect("linked", review.number, f"{vials} vials are certified, of {per} units each"))


def drug_runs_out(world: World) -> None:
    """The same, and the second claim bills more vials than are left."""
    case, per, review, vials = _drug(world, least=2)
    first, last = case.period.start, case.period.end
    some = case.bill(lines=[case.line(first, amount=per * (vials - 1))])
    more = case.bill(lines=[case.line(last, amount=per * 2)])
    some.expect("linked", review.number, f"{vials} vials are certified, of {per} units each")
    world.send(some, more.expect("units-short", review.number, "two vials are billed, and one is left"))


def drug_without_a_rule(world: World) -> None:
    """Another payer certified the NDC, and says nothing of what its units are in the code's."""
    payer = world.random.choice([payer for payer in PAYERS if not payer.drugs])
    case = world.case(("professional",), payers=[payer], cares=DRUGS, alone=True)
    ndc = next(ndc for payer in PAYERS for code, _, ndc in payer.drugs if code == case.care.code)
    world.post(case.review(services=(Asked(code=ndc, qualifier="N4", amount=2),)))
    world.send(case.bill(case.day()).expect("requirement-unknown", "", "an NDC is certified, and no rule says of which code"))


def _drug(world: World, least: int = 1) -> tuple[Case, int, Review, int]:
    """A drug of some payer's manual; how many units are a vial, and so many vials certified by the NDC."""
    payer = next(payer for payer in PAYERS if payer.drugs)
    case = world.case(("professional",), payers=[payer], cares=DRUGS, alone=True)
    per, ndc = next((per, ndc) for code, per, ndc in payer.drugs if code == case.care.code)
    vials = world.random.randint(least, case.care.most)
    review = case.review(services=(Asked(code=ndc, qualifier="N4", amount=vials),))
    world.post(review)
    return case, per, review, vials
