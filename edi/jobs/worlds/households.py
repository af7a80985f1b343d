"""Stories of families, who share a member id: each has numbers of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from edi.jobs.worlds import people
from edi.jobs.worlds.care import PAYERS
from edi.jobs.worlds.fitting import FITS
from edi.jobs.worlds.people import Patient
from edi.jobs.worlds.world import Case, World


def family(world: World) -> None:
    """The same care for two of a family under one member id: each has a number."""
    case = world.case(alone=True)
    subscriber = replace(case.patient, person=case.patient.subscriber)
    cases = [replace(case, patient=who) for who in (subscriber, people.relative(world.random, subscriber))]
    _each_its_own(world, cases)


def twins(world: World) -> None:
    """The same care for twins: one birth date, one last name, one member id."""
    case = world.case(alone=True)
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


def only_the_twin_has_one(world: World) -> None:
    """The other twin's is on file."""
    case = world.case(wanted=True, alone=True)
    subscriber = replace(case.patient, person=case.patient.subscriber)
    born = case.period.start - timedelta(world.random.randint(2000, 5000))
    this = people.relative(world.random, subscriber, born=born)
    other = people.relative(world.random, subscriber, born=born, other_than=(this.person.first_name,))
    world.post(replace(case, patient=other).review())
    bill = replace(case, patient=this).bill(case.day())
    world.send(bill.expect("missing", "", "on the payer's list; what is on file is the twin's"))


def of_a_relative(world: World) -> None:
    """The number of somebody else in the family stands there."""
    case = world.case(alone=True)
    subscriber = replace(case.patient, person=case.patient.subscriber)
    this, other = subscriber, people.relative(world.random, subscriber)
    if world.random.random() < 0.5:
        this, other = other, this
    theirs = replace(case, patient=other).review()
    world.post(theirs)
    bill = replace(case, patient=this).bill(case.day(), held=theirs.number)
    world.send(bill.expect("wrong-number", theirs.number, "the number of another of the family"))


def newborn_by_its_mother(world: World) -> None:
    """What was certified for the mother is good for her newborn, by the payer's manual, for some days."""
    payer = next(payer for payer in PAYERS if payer.newborn)
    case = _of_a_mother(world, world.case(payers=[payer], alone=True))
    review = case.review()
    world.post(review)
    day = case.day()
    child = people.relative(world.random, case.patient, born=day - timedelta(world.random.randint(0, payer.newborn)))
    bill = replace(case, patient=child).bill(day)
    world.send(
        bill.expect("linked", review.number, f"certified for the mother, and the child was born on {child.person.birth_date}")
    )


def newborn_no_more(world: World) -> None:
    """The same, and the child is older than the manual lets pass."""
    payer = next(payer for payer in PAYERS if payer.newborn)
    case = _of_a_mother(world, world.case(payers=[payer], wanted=True, alone=True))
    world.post(case.review())
    day = case.day()
    child = people.relative(world.random, case.patient, born=day - timedelta(payer.newborn + world.random.randint(1, 90)))
    words = f"on the payer's list; what is on file is the mother's, and the child is older than {payer.newborn} days"
    world.send(replace(case, patient=child).bill(day).expect("missing", "", words))


def newborn_of_its_own(world: World) -> None:
    """Certified for the newborn itself, under its mother's member id."""
    case = _of_a_mother(world, world.case(alone=True))
    day = case.day()
    child = people.relative(world.random, case.patient, born=case.period.start - timedelta(world.random.randint(0, 20)))
    own = replace(case, patient=child)
    review = own.review()
    world.post(review)
    world.send(own.bill(day).expect("linked", review.number, f"{FITS}, and for the child itself"))


def newborn_elsewhere(world: World) -> None:
    """Certified for the mother, by a payer that says nothing of newborns."""
    payer = world.random.choice([payer for payer in PAYERS if not payer.newborn])
    case = _of_a_mother(world, world.case(payers=[payer], wanted=True, alone=True))
    world.post(case.review())
    day = case.day()
    child = people.relative(world.random, case.patient, born=day - timedelta(world.random.randint(0, 20)))
    words = "on the payer's list; what is on file is the mother's, and the payer says nothing of newborns"
    world.send(replace(case, patient=child).bill(day).expect("missing", "", words))


def _of_a_mother(world: World, case: Case) -> Case:
    """The case with a woman as its patient who is the subscriber."""
    born = date(1982, 1, 1) + timedelta(world.random.randrange(7000))
    mother = replace(case.patient.subscriber, gender=people.FEMALE, birth_date=born)
    return replace(case, patient=Patient(payer=case.payer, subscriber=mother, person=mother))
