"""Stories about what stands on the claim, or should: numbers that are wrong or unknown, and claims without one that need it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from edi.jobs.worlds.care import PAYERS
from edi.jobs.worlds.fitting import bystanders, referred
from edi.jobs.worlds.truth import REFERRED
from edi.jobs.worlds.world import World
from edi.records.services import Period

_REASONS: Final = ("1", "2", "3", "4", "5", "6", "7")


def missing(world: World) -> None:
    """The payer's list asks for one, and nobody asked the payer; a word may stand where the number belongs."""
    case = world.case(wanted=True, alone=True)
    held = world.random.choice(("", "", "", "NPR", "NONE"))
    world.send(case.bill(case.day(), held=held).expect("missing", "", "on the payer's list, and none on file"))


def excused(world: World) -> None:
    """None was obtained, for a reason that the payer's list accepts."""
    case = world.case(payers=[payer for payer in PAYERS if payer.exceptions], wanted=True, alone=True)
    bill = case.bill(case.day(), exception=world.random.choice(case.payer.exceptions))
    world.send(bill.expect("exception-claimed", "", "the payer accepts this reason"))


def excused_in_vain(world: World) -> None:
    """None was obtained, for a reason that the payer's list does not accept."""
    case = world.case(wanted=True, alone=True)
    reason = world.random.choice([reason for reason in _REASONS if reason not in case.payer.exceptions])
    world.send(case.bill(case.day(), exception=reason).expect("missing", "", "the payer does not accept this reason"))


def excused_without_need(world: World) -> None:
    """A reason is given for what no list asks for."""
    case = world.case(wanted=False)
    bill = case.bill(case.day(), exception=world.random.choice(_REASONS))
    world.send(bill.expect("requirement-unknown", "", "not on the payer's list, and none on file"))


def unknown(world: World) -> None:
    """A number stands there that nobody here has heard of; the patient's own may have ended long before."""
    case = world.case()
    if world.random.random() < 0.4:
        end = case.period.start - timedelta(20)
        world.post(replace(case, period=Period(start=end - timedelta(60), end=end)).review())
    else:
        bystanders(case)
    held = world.number(case.payer)
    world.send(case.bill(case.day(), held=held).expect("number-unknown", held, "no answer on file gave this number"))


def of_another_patient(world: World) -> None:
    """Another patient's number stands there; the patient's own may be on file."""
    case = world.case()
    theirs = replace(case, patient=world.patient(case.payer)).review()
    world.post(theirs)
    bill = case.bill(case.day(), held=theirs.number)
    if world.random.random() < 0.5:
        review = case.review()
        world.post(review)
        world.send(bill.expect("wrong-number", review.number, "another patient's number; this one fits"))
    else:
        world.send(bill.expect("wrong-number", theirs.number, "another patient's number"))


def of_another_service(world: World) -> None:
    """The patient's number of something else stands there, and one that fits is on file."""
    case = world.case()
    theirs, review = replace(case, care=case.other_care(), side=()).review(), case.review()
    world.post(theirs, review)
    bill = case.bill(case.day(), held=theirs.number)
    world.send(bill.expect("wrong-number", review.number, "the number is for another service; this one fits"))


def of_a_referral(world: World) -> None:
    """A referral's number stands where an authorization's belongs."""
    case = world.case(("professional",), alone=True)
    review = referred(case)
    world.post(review, asks=True)
    bill = case.bill(case.day(), held=review.number)
    bill.carries(REFERRED, review.number)
    world.send(bill.expect("wrong-number", review.number, "the number of a referral, which belongs into REF*9F"))


def mistyped(world: World) -> None:
    """The right number with a slip in it."""
    case = world.case()
    review = case.review()
    world.post(review)
    right = review.number
    slips = (right.lower(), right.replace("-", ""), f"0{right}", right.replace("0", "O", 1), f"{right}-1", f"AUTH {right}")
    held = world.random.choice([slip for slip in slips if slip != right])
    world.send(case.bill(case.day(), held=held).expect("wrong-number", right, "the number that fits, with a slip"))
