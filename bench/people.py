"""Invented members, providers and prices: all that is said of number n follows from n, so claims and authorizations agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

BILLING: Final = 40
"""So many practices send claims; member n is seen by practice n % BILLING."""
_LAST: Final = (
    "ALDER BIRCH CEDAR DOGWOOD ELM FIR GINKGO HAZEL IRONWOOD JUNIPER KATSURA LARCH MAPLE NUTMEG OAK PINE QUINCE ROWAN SPRUCE TEAK"
).split()
_FIRST: Final = (
    "ADA BEN CLEO DAN EVE FINN GIA HUGO INA JON KAI LEA MAX NIA OTTO PIA QUIN ROSE SAM TESS UMA VIC WES YARA ZED".split()
)
_CITIES: Final = (
    ("COLUMBUS", "OH", "43215"),
    ("DAYTON", "OH", "45402"),
    ("TOLEDO", "OH", "43604"),
    ("ERIE", "PA", "16501"),
    ("GARY", "IN", "46402"),
    ("LANSING", "MI", "48933"),
)
PROCEDURES: Final = "70551 72148 73721 97110 97140 99213 99214 J1885 J3301 E0601 G0151 15823 64483 95810 78452 93306".split()
DIAGNOSES: Final = "M5450 E119 I10 J069 Z0000 M1711 G4733 K219 N390 R079 M25561 F411".split()
ALIKE: Final = 10_000
"""Members so far apart have all in common but their ids, and how their last names begin."""
_LETTERS: Final = "BCDFGHKLMN"
DRUG: Final = "J"
"""Procedures that begin so are drugs, and carry an NDC."""


class Member(NamedTuple):
    """A person insured."""

    number: int
    last: str
    first: str
    id: str
    born: str
    gender: str
    street: str
    city: str
    state: str
    postal_code: str


def member(number: int) -> Member:
    """The member of this number."""
    like = number % ALIKE
    city, state, postal_code = _CITIES[like % len(_CITIES)]
    return Member(
        number=number,
        last=clan(number) + _LAST[like % len(_LAST)],
        first=_FIRST[like // len(_LAST) % len(_FIRST)],
        id=f"W{number:09d}",
        born=f"{date(1940, 1, 1) + timedelta(days=like * 37 % 29000):%Y%m%d}",
        gender="FM"[like % 2],
        street=f"{like % 900 + 1} PARK AVE",
        city=city,
        state=state,
        postal_code=postal_code,
    )


def clan(number: int) -> str:
    """How the last name of member `number` begins: not at all for the first ones."""
    return "".join(f"{_LETTERS[int(digit)]}A" for digit in str(number // ALIKE)) if number >= ALIKE else ""


def procedure(number: int) -> str:
    """What member `number` has an authorization for, and mostly claims."""
    return PROCEDURES[number % ALIKE // BILLING % len(PROCEDURES)]


def npi(number: int) -> str:
    """An NPI with its check digit (Luhn over 80840 and the number)."""
    nine = f"1{number % 10**8:08d}"
    total = 24 + sum(sum(divmod(2 * int(digit), 10)) for digit in nine[::2]) + sum(int(digit) for digit in nine[1::2])
    return f"{nine}{-total % 10}"


def authorization_number(number: int) -> str:
    """The number that the payer gave for member `number`."""
    return f"PA{number:08d}"
