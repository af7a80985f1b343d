"""Stories of patients who may be the same: another card, a slip in a birth date. Nothing is written on a perhaps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.people import Patient
from edi.jobs.worlds.world import World
from edi.records.parties import Person

_PERHAPS: Final = "it may be the same patient"


def another_card(world: World) -> None:
    """The claim has another member id, with the same name and birth date."""
    case = world.case(alone=True)
    review = case.review()
    world.post(review)
    card = replace(case.patient.subscriber, member_id=case.payer.member.format(world.next()))
    patient = replace(case.patient, subscriber=card, person=case.patient.person if case.patient.dependent else card)
    world.send(
        replace(case, patient=patient)
        .bill(case.day(), as_typed=True)
        .expect("ambiguous", "", f"{_PERHAPS}, under another member id")
    )


def slip_in_a_birth_date(world: World) -> None:
    """The claim's birth date has one wrong digit."""
    case = world.case(alone=True)
    review = case.review()
    world.post(review)
    born = case.patient.person.birth_date
    assert born is not None
    day = born.day
    other = day - 10 if day >= 25 else day - day % 10 + (3 if day % 10 == 5 else 5)
    patient = _with(case.patient, replace(case.patient.person, birth_date=born.replace(day=other)))
    world.send(
        replace(case, patient=patient).bill(case.day(), as_typed=True).expect("ambiguous", "", f"{_PERHAPS}, born on another day")
    )


def slip_in_a_dependent_s_name(world: World) -> None:
    """A dependent's first name has a slip in it."""
    case = world.case(alone=True)
    child = people.relative(world.random, replace(case.patient, person=case.patient.subscriber))
    case = replace(case, patient=child)
    review = case.review()
    world.post(review)
    name = child.person.first_name
    patient = _with(child, replace(child.person, first_name=f"{name}{name[-1]}"))
    world.send(
        replace(case, patient=patient)
        .bill(case.day(), as_typed=True)
        .expect("ambiguous", "", f"{_PERHAPS}, by a name with a slip")
    )


def _with(patient: Patient, person: Person) -> Patient:
    """The patient as another desk has typed the person."""
    return replace(patient, person=person) if patient.dependent else replace(patient, subscriber=person, person=person)
