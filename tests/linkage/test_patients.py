"""Who is the same patient by a rule, and who may be: reported, and never written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from edi.records.parties import Person

from .build import JONAS, MARIA, OTHER_PAYER, admission, authorization, claim, day, line, only, payer, period, service, stay
from .rules import matching

BABY = Person(last_name="Keller", first_name="Babygirl", birth_date=day("03-12"), gender="F", relationship="19")
MOVED = replace(MARIA, member_id="W900900900")
NEWBORNS = matching("newborns go by their mother for 30 days")


# -- who may be the same -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "unlike"),
    [
        ({"member_id": "W900900900"}, "the member id is another"),
        ({"member_id": "W100200030"}, "the member id differs a little"),
        (
            {"member_id": "W100200301", "last_name": "Kellar"},
            "the member id differs a little (90% alike), the name differs a little (83% alike)",
        ),
        ({"birth_date": day("1961-02-04")}, "the birth date differs a little"),
        ({"birth_date": day("1961-04-20")}, "the birth date differs a little"),
        ({"birth_date": day("1961-04-03")}, "the birth date differs a little"),
        (
            {"birth_date": day("1961-04-03"), "first_name": "Mariah"},
            "the name differs a little (91% alike), the birth date differs a little (90% alike)",
        ),
    ],
)
def test_who_may_be_the_same_is_told_and_not_written(changes: dict[str, Any], unlike: str) -> None:
    row = only(claim(), authorization(subscriber=replace(MARIA, **changes)), replace=True)
    assert (row.verdict, row.written, row.authorization) == ("ambiguous", False, "")
    (reason,) = row.reasons
    assert reason.startswith("Authorization A-1: certifies 27447 for 2026-03-01 to 2026-05-31. It may be the same patient: ")
    assert unlike in reason
    (candidate,) = row.candidates
    assert not candidate.fits
    assert candidate.why.startswith(f"may be the same patient: {unlike}")
    assert candidate.speaks_against[0].startswith(unlike)
    told = str(row.to_json())
    assert not any(secret in told for secret in ("Keller", "Maria", "W100", "W900", "1961"))


@pytest.mark.parametrize("year", [1, 961])
def test_a_birth_date_before_the_year_1000_is_another(year: int) -> None:
    """The year of such a date is shorter where it is not padded, and the linking of the whole file failed."""
    early = replace(MARIA, birth_date=date(year, 1, 1))
    for row in (only(claim(subscriber=early), authorization()), only(claim(), authorization(subscriber=early))):
        assert (row.verdict, row.candidates) == ("requirement-unknown", ())


@pytest.mark.parametrize(
    "changes",
    [
        {"member_id": "W900900900", "first_name": "Mariah"},  # another id wants the same name
        {"member_id": "W900900900", "birth_date": day("1961-04-03")},
        {"member_id": "W900900900", "gender": "M"},
        {"member_id": "W900900900", "birth_date": None},
        {"first_name": "Ute", "birth_date": day("1961-04-03")},
        {"birth_date": day("1962-05-02")},
    ],
)
def test_who_is_somebody_else(changes: dict[str, Any]) -> None:
    row = only(claim(), authorization(subscriber=replace(MARIA, **changes)))
    assert (row.verdict, row.candidates) == ("requirement-unknown", ())


def test_a_dependent_whose_name_is_typed_otherwise() -> None:
    child = {"patient": JONAS, "dependent": True}
    row = only(claim(**child), authorization(patient=replace(JONAS, first_name="Jonass"), dependent=True))
    assert (row.verdict, row.written) == ("ambiguous", False)
    twin = replace(JONAS, first_name="Lukas")
    assert only(claim(**child), authorization(patient=twin, dependent=True)).candidates == ()


def test_what_does_not_fit_who_may_be_the_same_changes_nothing() -> None:
    row = only(claim(line(dates="06-20")), authorization(subscriber=MOVED))
    assert row.verdict == "requirement-unknown"
    assert [c.fits for c in row.candidates] == [False]
    assert only(claim(), authorization("A-1", subscriber=MOVED), authorization("A-2")).authorization == "A-2"


def test_a_number_of_who_may_be_the_same_is_told_as_such() -> None:
    row = only(claim(held="A-1"), authorization(subscriber=MOVED), replace=True)
    assert (row.verdict, row.written) == ("wrong-number", False)
    assert "It may be the same patient: the member id is another" in row.reasons[0]


def test_an_authorization_held_with_the_former_plan() -> None:
    """The patient changed the plan, and with it the member id: the new payer must be asked."""
    former = authorization(subscriber=MOVED, payer=payer(OTHER_PAYER, "X3"))
    row = only(claim(), former)
    assert (row.verdict, row.written, row.authorization) == ("other-payer", False, "A-1")
    assert "certified by payer 87726, and the claim goes to 60054" in row.reasons[0]
    assert only(claim(line(dates="06-20")), former).verdict == "requirement-unknown"  # it had ended


# -- the same by a rule --------------------------------------------------------------------------------------------------


def test_a_member_id_that_was_changed() -> None:
    changed = matching("member id W900900900 is now W100200300 since 2026-03-05")
    row = only(claim(), authorization(subscriber=MOVED), matching=changed)
    assert (row.verdict, row.authorization) == ("linked", "A-1")
    assert "the member id has changed since" in row.reasons[0]
    before = only(claim(line(dates="03-04")), authorization(subscriber=MOVED), matching=changed)
    assert (before.verdict, before.written) == ("ambiguous", False)
    other = replace(MOVED, birth_date=day("1961-04-03"))
    assert only(claim(), authorization(subscriber=other), matching=changed).written is False


def newborn(dates: str = "03-12/03-15", **more: Any) -> Any:
    return stay(dates, patient=more.pop("patient", BABY), dependent=True, **more)


def test_a_newborn_goes_by_its_mother_where_a_rule_says_so() -> None:
    mother = admission(dates="03-11", quantity="5 DY", period=period("03-11/03-16"))
    mother = replace(mother, admission=period("03-11/03-16"))
    assert only(newborn(), mother).verdict == "requirement-unknown"
    row = only(newborn(), mother, matching=NEWBORNS)
    assert (row.verdict, row.authorization) == ("linked", "ADM-1")
    assert "the patient is the newborn of who it is for (rule own)" in row.reasons[0]


@pytest.mark.parametrize(
    "patient",
    [
        replace(BABY, birth_date=day("02-01")),  # too old
        replace(BABY, birth_date=day("03-14")),  # not born yet
        replace(BABY, birth_date=None),
    ],
)
def test_who_is_no_newborn(patient: Person) -> None:
    mother = replace(admission(), admission=period("03-01/03-31"))
    assert only(newborn(patient=patient), mother, matching=NEWBORNS).written is False


def test_a_newborn_does_not_go_by_anybody_else() -> None:
    covering = {"admission": period("03-01/03-31")}
    father = replace(MARIA, gender="M")
    assert only(newborn(), replace(admission(subscriber=father), **covering), matching=NEWBORNS).written is False
    sister = replace(JONAS, gender="F", first_name="Ida", relationship="19")
    assert only(newborn(), replace(admission(patient=sister, dependent=True), **covering), matching=NEWBORNS).written is False
    wife = replace(MARIA, member_id="", relationship="01")
    of_wife = replace(admission(subscriber=father, patient=wife, dependent=True), **covering)
    assert only(newborn(subscriber=father), of_wife, matching=NEWBORNS).verdict == "linked"


def test_twins_are_not_taken_for_one_another() -> None:
    twin = replace(BABY, first_name="Babyboy", gender="M")
    held = replace(admission(patient=twin, dependent=True), admission=period("03-01/03-31"))
    assert only(newborn(), held, matching=NEWBORNS).written is False


def test_coverage_that_came_later_is_as_good() -> None:
    """Medicaid may cover a patient from a day that is past, and certify what was done: the date of service is what counts."""
    late = authorization("A-1", service(dates="03-01/03-31"), issued=day("05-02"))
    assert only(claim(), late).verdict == "linked"
    row = only(claim(), late, matching=matching("late numbers refused"))
    assert (row.verdict, row.written) == ("call-payer", False)
    assert "certified on 2026-05-02, 53 days after the service, which is too late (rule own)" in row.reasons[0]
