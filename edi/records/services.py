"""What was asked for, certified, billed or paid: procedures, quantities and dates."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from edi.guides.rules.requirement import in_range

NEVER: Final = date.max
"""The end of what is certified without an end."""
EVER: Final = date.min
"""The beginning of what is certified, where none is told."""
_DIAGNOSES: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})
"""HI: the principal, admitting and other diagnoses, the reasons for a visit and external causes, by ICD-10 and ICD-9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """C003: a code with its qualifier and modifiers; `code_end` makes it a range (component 8 in the 278)."""

    qualifier: str = "HC"
    code: str
    modifiers: tuple[str, ...] = ()
    description: str = ""
    code_end: str = ""

    def covers(self, code: str) -> bool:
        """Whether this code, or this range of codes of one pattern, holds `code`."""
        if not self.code_end:
            return code == self.code
        return in_range(self.code, code, self.code_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tooth:
    """TOO: a tooth by its number (JP), and which of its surfaces."""

    number: str
    surfaces: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its number as it is compared: 3 and 03 are one tooth."""
        return self.number.strip().upper().lstrip("0")

    @property
    def cell(self) -> str:
        """As a table has it: 3, or 3-MO with its surfaces."""
        return "-".join(filter(None, (self.number, "".join(self.surfaces))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount with its unit: UN units, VS visits, DY or DA days, MJ minutes, HS hours, MN months, FL units (HSD)."""

    unit: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Dates from `start` to `end`, both included. A single date has both equal."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.start <= other.end and other.start <= self.end

    @property
    def reversed(self) -> bool:
        """Whether it ends before it begins: a slip of the pen, of which nobody can say what is meant."""
        return self.end < self.start


def span(periods: Iterable[Period | None]) -> Period | None:
    """From the first day to the last one of periods; None where there is none."""
    known = [period for period in periods if period is not None]
    return Period(start=min(p.start for p in known), end=max(p.end for p in known)) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPattern:
    """HSD: so many (`quantity`) per `per` (DA day, WK week, MO month) for `length` of `length_unit` (HSD05, HSD06)."""

    quantity: Quantity | None = None
    per: str = ""
    rate: str = ""
    """HSD04, as sent."""
    length_unit: str = ""
    length: int | None = None
    calendar: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One place of HI: its qualifier (ABK, ABF, BK ...), the code without a dot, and a date where one is given."""

    qualifier: str
    code: str
    date: datetime.date | None = None  # not `date`: the field hides that name from who evaluates the annotation


class ServicePlaces(NamedTuple):
    """Where a service segment has what."""

    kind: str
    procedure: int
    charge: int
    unit: int
    amount: int
    place: int
    revenue: int
    oral_cavity: int = 0
    """Of a dental service, whose teeth stand behind it."""
    pointers: int = 0
    """To the claim's diagnoses."""


SERVICES: Final = {
    "SV1": ServicePlaces("professional", 1, 2, 3, 4, 5, 0, pointers=7),
    "SV2": ServicePlaces("institutional", 2, 3, 4, 5, 0, 1),
    "SV3": ServicePlaces("dental", 1, 2, 0, 6, 3, 0, 4, 11),
}


def diagnoses_in(rows: Sequence[Sequence[str]], component: str) -> tuple[Diagnosis, ...]:
    """The diagnoses of a claim, given its HI segments as rows of elements."""
    found = [_diagnosis(text, component) for row in rows for text in row[1:] if text]
    return tuple([diagnosis for diagnosis in found if diagnosis is not None])


@lru_cache(maxsize=4096)
def _diagnosis(text: str, component: str) -> Diagnosis | None:
    code = text.split(component)
    return Diagnosis(qualifier=code[0], code=code[1]) if len(code) > 1 and code[0] in _DIAGNOSES else None
