"""Stories of claims whose lines differ: two authorizations, one beside a visit, one for some lines only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edi.jobs.worlds.care import KINDS, Care
from edi.jobs.worlds.fitting import FITS, THERAPY, some_days
from edi.jobs.worlds.reviews import CERTIFIED, DENIED, PARTLY, Review, as_clinician
from edi.jobs.worlds.truth import at_line
from edi.jobs.worlds.world import OFFICES, Case, World


def beside_a_visit(world: World) -> None:
    """An office visit beside it needs none: the number goes to the line, unless it or a placeholder stands at the claim."""
    case = world.case(("professional",))
    review = case.review()
    world.post(review)
    day = case.day()
    held = world.random.choice(("", "", review.number, "NPR"))
    bill = case.bill(lines=[case.line(day), case.visit(day)], held=held)
    verdict = "already-linked" if held == review.number else "linked"
    bill.expect(verdict, review.number, FITS, line=1, where="" if held else at_line("1"))
    world.send(bill.expect("not-required", "", "office visits need none", line=2))


def two_numbers(world: World) -> None:
    """Two services of one claim, each with an authorization of its own: each number goes to its line."""
    case, other, first, second = two_certified(world, world.random.choice(OFFICES))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("linked", first.number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("linked", second.number, FITS, line=2, where=at_line("2")))


def two_certified(world: World, kind: str, cares: Sequence[Care] = KINDS) -> tuple[Case, Case, Review, Review]:
    """Two kinds of care of one patient at one practice, each certified under a number of its own."""
    case = world.case((kind,), cares=cares)
    other = replace(case, care=case.other_care())
    other = replace(other, side=other.care.modifiers[:1])
    first, second = case.review(), other.review(place="", place_qualifier="")
    world.post(first, second)
    return case, other, first, second


def one_line_too_late(world: World) -> None:
    """Two days on one claim, of which the second is after the certified dates: the number goes to the first line only."""
    case = world.case(OFFICES)
    review = case.review()
    world.post(review)
    bill = case.bill(case.period.end, case.late(world.random.randint(1, 20)))
    bill.expect("linked", review.number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("after-period", review.number, f"after {case.period.end}", line=2))


def partly_denied(world: World) -> None:
    """Of two services asked for together the payer certified one: the number goes to its line."""
    case = world.case(OFFICES)
    other = replace(case, care=case.other_care())
    other = replace(other, side=other.care.modifiers[:1])
    number = world.number(case.payer)
    services = (case.asked(action=CERTIFIED, number=number), other.asked(action=DENIED))
    world.post(case.review(action=PARTLY, number="", services=services))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("linked", number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("authorization-denied", "", f"{other.care.code} was refused", line=2))


def one_stands_there(world: World) -> None:
    """Two services with a number each, of which one stands at the claim: the other goes to its line."""
    case, other, first, second = two_certified(world, world.random.choice(OFFICES))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)], held=first.number)
    bill.expect("already-linked", first.number, FITS, line=1)
    world.send(bill.expect("linked", second.number, FITS, line=2, where=at_line("2")))


def given_by_another(world: World) -> None:
    """The clinician who is certified gave the line; the claim is another practice's, and names its own clinician."""
    case = world.case(("professional",))
    review = case.review(providers=(as_clinician(case.clinician, case.kind),))
    world.post(review)
    other = case.elsewhere()
    line = case.line(case.day(), rendering=case.clinician)
    bill = case.bill(lines=[line], practice=other, clinician=other.clinicians[0])
    world.send(bill.expect("linked", review.number, "the certified clinician gave the line"))


def given_to_another(world: World) -> None:
    """The claim names the clinician who is certified, but another gave the line, at another practice."""
    case = world.case(("professional",), strict=True)
    review = case.review(providers=(as_clinician(case.clinician, case.kind),))
    world.post(review)
    other = case.elsewhere()
    line = case.line(case.day(), rendering=other.clinicians[1])
    bill = case.bill(lines=[line], practice=other)
    world.send(bill.expect("provider-mismatch", review.number, "the line was given by somebody who is not certified"))


def each_where_it_belongs(world: World) -> None:
    """Two services with a number each: one stands at the claim, the other at its line."""
    case, other, first, second = two_certified(world, world.random.choice(OFFICES))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day, held=second.number)], held=first.number)
    bill.expect("already-linked", first.number, FITS, line=1)
    world.send(bill.expect("already-linked", second.number, FITS, line=2))


def placeholder_at_a_line(world: World) -> None:
    """A word stands at the line where its number belongs."""
    case = world.case(OFFICES)
    review = case.review()
    world.post(review)
    day = case.day()
    bill = case.bill(lines=[case.line(day, held="PENDING")])
    world.send(bill.expect("linked", review.number, f"{FITS}; what stands there is no number", where=at_line("1")))


def one_for_two_lines(world: World) -> None:
    """Three lines: two are certified under one number, the third under another."""
    case, other, first, second = two_certified(world, "professional", cares=THERAPY)
    days = some_days(case, 2)
    bill = case.bill(lines=[case.line(days[0]), case.line(days[1]), other.line(days[1])])
    for line, number in ((1, first.number), (2, first.number), (3, second.number)):
        bill.expect("linked", number, FITS, line=line, where=at_line(str(line)))
    world.send(bill)


def one_line_ambiguous(world: World) -> None:
    """For one line two fit equally, for the other one fits: that one's number goes to its line."""
    case, other, first, second = two_certified(world, world.random.choice(OFFICES))
    world.post(replace(second, reference=f"Q{world.next()}", number=world.number(case.payer)))
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day)])
    bill.expect("linked", first.number, FITS, line=1, where=at_line("1"))
    world.send(bill.expect("ambiguous", "", "two that differ in nothing but their numbers", line=2))


def one_line_missing(world: World) -> None:
    """One line is certified, the other needs an authorization that nobody asked for."""
    case = world.case(("professional",), alone=True)
    other = replace(case, care=case.other_care(wanted=True))
    review = case.review()
    world.post(review)
    day = case.day()
    bill = case.bill(lines=[case.line(day), other.line(day, modifiers=())])
    bill.expect("linked", review.number, FITS, line=1, where=at_line("1"))
    words = f"on the payer's list; certified for {case.care.code}, billed {other.care.code}"
    world.send(bill.expect("service-mismatch", review.number, words, line=2))
