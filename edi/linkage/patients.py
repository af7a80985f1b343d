"""Patients that are the same by a payer's rule, and patients that may be the same.

Who is the same without a rule is `identity`'s business. What only may be the same is told to a person, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from edi.guides.rules.match import MEMBER_ID
from edi.linkage.agreement import Agreement, day_of
from edi.linkage.identity import folded_name, genders_differ, member_ids, same_name, same_patient
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.parties import Person
from edi.records.values import write_date

_SELF_AND_SPOUSE: Final = frozenset({"", "18", "01"})
_MOTHER: Final = 10
"""Years that a mother is older than her child, at least: a sister of the newborn is not taken for its mother."""
_NAME_ALIKE: Final = 0.8
_ID_ALIKE: Final = 0.85
"""How alike names and member ids must be to be one, mistyped: one letter of five, one character of nine."""


Known: TypeAlias = tuple[Authorization, str]
"""An authorization, and why its patient is the claim's by rule ("": in any case), or in what it differs from the claim's."""


def by_patient(claim: Claim, authorizations: Iterable[Authorization], agreed: Agreement) -> tuple[list[Known], list[Known]]:
    """The authorizations of the claim's patient, and those of who may be the same."""
    mine: list[Known] = []
    perhaps: list[Known] = []
    for authorization in authorizations:
        if same_patient(authorization, claim):
            mine.append((authorization, ""))
        elif agreed.rules and (why := same_by_rule(authorization, claim, agreed)):
            mine.append((authorization, why))
        elif why := resemblance(authorization, claim):
            perhaps.append((authorization, why))
    return mine, perhaps


def same_by_rule(authorization: Authorization, claim: Claim, agreed: Agreement) -> str:
    """The words for why the patient is the same by a rule: under a new member id, or a newborn under its mother's; else ""."""
    theirs, ours = member_ids(authorization.subscriber, authorization.patient), member_ids(claim.subscriber, claim.patient)
    born = claim.patient.birth_date
    if not theirs & ours:
        day = day_of(claim, None)
        same = authorization.patient.birth_date == born is not None and same_name(authorization.patient, claim.patient)
        renamed = any(agreed.renamed(MEMBER_ID, one, other, day) for one in theirs for other in ours)
        return "the member id has changed since" if same and renamed else ""
    days, rule = agreed.said("newborns")
    first = claim.period.start if claim.period else claim.admission
    if days is None or born is None or first is None or not claim.dependent or not 0 <= (first - born).days <= days:
        return ""
    return f"the patient is the newborn of who it is for (rule {rule})" if _may_be_mother(authorization, born) else ""


def _may_be_mother(authorization: Authorization, born: date) -> bool:
    mother = authorization.patient
    if mother.gender != "F" or mother.birth_date is None or mother.birth_date.year + _MOTHER > born.year:
        return False
    return not authorization.dependent or mother.relationship in _SELF_AND_SPOUSE - {""}


def resemblance(authorization: Authorization, claim: Claim) -> str:
    """In words why two patients who are not the same to us may be: "the member id is another"; "" where that is not likely.

    Name and birth date are the same under another member id; or all three are, but for what may be slips of the pen. The words
    say in what they differ and how little, and nothing about the person.
    """
    theirs, ours = authorization.patient, claim.patient
    if theirs.birth_date is None or ours.birth_date is None or genders_differ(theirs, ours):
        return ""
    birth = _births_alike(theirs.birth_date, ours.birth_date)
    name = _names_alike(theirs, ours) if birth else 0.0
    if name < _NAME_ALIKE:
        return ""
    ids = [
        _alike(one, other) for one in member_ids(authorization.subscriber, theirs) for other in member_ids(claim.subscriber, ours)
    ]
    id = max(ids, default=0.0)
    if id < _ID_ALIKE and (name < 1 or birth < 1):
        return ""
    parts = (("the member id", id), ("the name", name), ("the birth date", birth))
    return ", ".join(_unlike(what, alike) for what, alike in parts if alike < 1)


def other_people(one: Person, other: Person) -> bool:
    """Whether two who share a member id are two, and not one whose name or birth date was written otherwise.

    A name may be cut or mistyped, and a last name may change: by that two are told apart who both lack a first name alone.
    """
    if one.birth_date and other.birth_date and not _births_alike(one.birth_date, other.birth_date):
        return True
    names = ((one.first_name, other.first_name), (one.last_name, other.last_name))
    a, b = next(((a, b) for name, another in names if (a := folded_name(name)) and (b := folded_name(another))), ("", ""))
    return not (a.startswith(b) or b.startswith(a)) and _alike(a, b) < _NAME_ALIKE


def _unlike(what: str, alike: float) -> str:
    return f"{what} is another" if alike < _NAME_ALIKE else f"{what} differs a little ({round(100 * alike)}% alike)"


def _names_alike(one: Person, other: Person) -> float:
    """1 for the same folded name, else as far as both the last and the first name are alike."""
    if same_name(one, other):
        return 1.0
    pairs = ((one.last_name, other.last_name), (one.first_name, other.first_name))
    return min(_alike(folded_name(a), folded_name(b)) for a, b in pairs)


def _births_alike(one: date, other: date) -> float:
    """1 for the same day, less for one digit, two swapped, or day and month changed about; else 0."""
    if one == other:
        return 1.0
    a, b = write_date(one), write_date(other)  # strftime does not pad the year
    unlike = [n for n in range(len(a)) if a[n] != b[n]]
    swapped = len(unlike) == 2 and a[unlike[0]] == b[unlike[1]] and a[unlike[1]] == b[unlike[0]]
    slip = len(unlike) == 1 or swapped or a == b[:4] + b[6:] + b[4:6]
    return 0.9 if slip else 0.0


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0 if one else 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def person_key(person: Person) -> str:
    """By what people are found who may be the same under another member id: last name and birth date; "" without either."""
    last = folded_name(person.last_name)
    return f"{last} {person.birth_date.isoformat()}" if last and person.birth_date else ""
