"""Stories about how payers answer: other member ids, one number for two requests, numbers that are in use elsewhere."""

from __future__ import annotations

from dataclasses import replace

from edi.jobs.worlds import people
from edi.jobs.worlds.fitting import FITS
from edi.jobs.worlds.people import Patient
from edi.jobs.worlds.world import World


def corrected_member_id(world: World) -> None:
    """The practice asked with an old member id; the payer answers with the one that is good, and the claim has that."""
    case = world.case(alone=True)
    good = case.patient
    old = replace(good.subscriber, member_id=case.payer.member.format(world.next()))
    asked = replace(good, subscriber=old, person=good.person if good.dependent else old)
    review = case.review(patient=asked, known_as=good)
    world.post(review, asks=True)
    world.send(case.bill(case.day()).expect("linked", review.number, f"{FITS}, under the member id that the payer gave"))


def answered_as_a_subscriber(world: World) -> None:
    """The payer answers for a dependent as for one with a member id of its own, which is the family's."""
    case = world.case(alone=True)
    subscriber = replace(case.patient, person=case.patient.subscriber)
    child = people.relative(world.random, subscriber)
    id = subscriber.subscriber.member_id
    alone = replace(child.person, member_id=id, member_id_qualifier="MI", relationship="")
    case = replace(case, patient=child)
    review = case.review(known_as=Patient(payer=case.payer, subscriber=alone, person=alone))
    world.post(review, asks=True)
    world.send(case.bill(case.day()).expect("linked", review.number, FITS))


def one_number_for_two_requests(world: World) -> None:
    """The payer gives two requests for one patient the same number: it is good for both services."""
    case = world.case(("professional",))
    other = replace(case, care=case.other_care())
    other = replace(other, side=other.care.modifiers[:1])
    first = case.review()
    second = other.review(number=first.number, place="", place_qualifier="")
    world.post(first, second)
    day = case.day()
    bills = case.bill(day), other.bill(day)
    world.send(*(bill.expect("linked", first.number, f"{FITS}; one number for two requests") for bill in bills))


def number_in_use_elsewhere(world: World) -> None:
    """Another payer gave a patient of its own the same number."""
    case = world.case()
    payer = case.other_payer()
    stranger = replace(case, payer=payer, patient=world.patient(payer))
    review = case.review()
    world.post(stranger.review(number=review.number), review)
    held = case.perhaps(review.number)
    verdict = "already-linked" if held else "linked"
    world.send(case.bill(case.day(), held=held).expect(verdict, review.number, f"{FITS}; the other is another patient's"))
