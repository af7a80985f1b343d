"""Stories about how payers answer: other member ids, and numbers that are in use elsewhere."""

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
