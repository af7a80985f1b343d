"""What a payer wants authorized, as data: one `require` of a file of rules.

Conditions that a requirement does not state are open: it holds whatever they are. Texts are as in the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

NOTHING: Final = "nothing"
NO_REFERRAL: Final = "no referral"
VOLUNTARY: Final = "voluntary "
"""The beginning of what may be asked for, but need not be."""
GOLD_CARDED: Final = "gold-carded"
IN_NETWORK: Final = "in network"


_DIGITS: Final = str.maketrans("0123456789", "9" * 10)


def pattern_of(code: str) -> str:
    """Where letters and digits stand: A9999 of J0585, 9999T of 0042T. A letter behind digits tells what kind of code it is."""
    behind = code.lstrip(ascii_uppercase)
    return "A" * (len(code) - len(behind)) + behind.translate(_DIGITS)


def in_range(first: str, code: str, last: str) -> bool:
    """Whether a code is one from `first` to `last`: codes of another pattern stand between them only as text does."""
    return first <= code <= last and pattern_of(first) == pattern_of(code) == pattern_of(last)


def is_range(first: str, last: str) -> bool:
    """Whether there are codes from `first` to `last`."""
    return in_range(first, first, last)


@dataclass(frozen=True, slots=True)
class Shape:
    """How codes of a kind look; x stands for any character at the end."""

    pattern: re.Pattern[str]
    name: str
    words: str
    any: str = ""
    """How a rule means all that begin alike."""

    def fits(self, code: str) -> bool:
        """Whether a code may be one of them."""
        return self.pattern.fullmatch(code) is not None


PROCEDURES: Final = Shape(
    re.compile(r"(?=(.{5}|.{7}|.{11})$)[0-9A-Z]+x*"),
    "procedure",
    "it has five characters, such as 97110 or J0585 (seven in ICD-10-PCS, eleven digits of a drug)",
)
MODIFIERS: Final = Shape(re.compile("[0-9A-Z][0-9A-Zx]"), "modifier", "it has two characters, such as RT")
PLACES: Final = Shape(re.compile("[0-9][0-9x]"), "place of service", "it has two digits, such as 22")
BILLS: Final = Shape(
    re.compile("[0-9]([0-9][0-9A-Zx]|xx)"), "type of bill", "it has three characters, such as 131", ", or 13x for all of these"
)
STATES: Final = Shape(re.compile("[A-Z]{2}"), "state", "it has two letters, such as TX")
NPIS: Final = Shape(re.compile("[0-9]{10}"), "NPI", "it has ten digits")


def same_payer_named(payer: str, known: tuple[str, ...], name: str) -> bool:
    """Whether a rule of `payer` ("" for every payer), known by these ids and names, is one of who is called `name`."""
    return not payer or name.strip().upper() in {each.upper() for each in (payer, *known)}


@dataclass(frozen=True, slots=True)
class Span:
    """A code, a range of codes of one pattern with both its ends, or the beginning of codes ("13x")."""

    first: str
    last: str = ""

    def covers(self, code: str) -> bool:
        """Whether a code is this one, or of this range; each x stands for one character."""
        if self.last:
            return in_range(self.first, code, self.last)
        return len(code) == len(self.first) and code.startswith(self.first.rstrip("x"))

    def begins(self, code: str) -> bool:
        """Whether a diagnosis is this one or a narrower one: M17 begins M1711. Dots do not count."""
        first, last, code = (text.replace(".", "") for text in (self.first, self.last, code))
        if last:
            return first <= code[: len(first)] and code[: len(last)] <= last
        return code.startswith(first.rstrip("x"))

    def within(self, wider: Span) -> bool:
        """Whether all its codes are of another one too."""
        return self == wider or (
            "x" not in self.first and all(wider.covers(end) for end in (self.first, self.last or self.first))
        )

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" if self.last else self.first


@dataclass(frozen=True, slots=True)
class Duration:
    """So many hours, days, business days, weeks or months."""

    amount: int
    unit: str
    """In the plural: "business days"."""

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class Document:
    """What must come along, and its type in PWK01 ("" where the payer names none)."""

    name: str
    type: str = ""

    def __str__(self) -> str:
        return f"{self.name} (PWK01 {self.type})" if self.type else self.name


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one authorization gives: 40 "round trips" in 60 days."""

    amount: int
    what: str
    within: Duration | None = None

    def __str__(self) -> str:
        return f"{self.amount} {self.what}" + (f" in {self.within}" if self.within else "")


@dataclass(frozen=True, slots=True)
class RequirementRule:
    """One `require`: on which conditions it speaks, and what it wants then."""

    name: str
    payer: str
    """"" for every payer."""
    known: tuple[str, ...]
    """The payer's ids and other names."""
    source: str
    wants: str
    """"prior authorization", "referral" and so on, perhaps voluntary; "nothing" or "no referral" where it exempts."""
    start: str = ""
    """The first day of service that it is for (ISO 8601), and the last; "" where there is none."""
    end: str = ""
    procedures: tuple[Span, ...] = ()
    together: tuple[Span, ...] = ()
    """Only beside one of these procedures."""
    modifiers: tuple[Span, ...] = ()
    diagnoses: tuple[Span, ...] = ()
    places: tuple[Span, ...] = ()
    bills: tuple[Span, ...] = ()
    states: tuple[Span, ...] = ()
    plans: tuple[str, ...] = ()
    ages: tuple[int, int | None] | None = None
    """In whole years, from and to, both included; None: without an end."""
    more_than: tuple[int, str] | None = None
    """Only beyond this quantity, of what."""
    providers: tuple[Span, ...] | str = ()
    """NPIs, or which providers: gold-carded, in network, out of network."""
    documents: tuple[Document, ...] = ()
    facts: tuple[str, ...] = ()
    """What the documents must show."""
    tried: tuple[str, ...] = ()
    """What must have been tried before (step therapy)."""
    standard: Duration | None = None
    """Decided within this time from the payer's receipt, and when it is expedited."""
    expedited: Duration | None = None
    decided_by: str = ""
    valid: Duration | None = None
    limit: Limit | None = None
    number: str = ""
    """How its numbers look, a regular expression."""
    exceptions: tuple[str, ...] = ()
    """Reasons in REF*4N with which a claim goes without."""
    note: str = ""
    line: int = 0

    @property
    def about_referral(self) -> bool:
        """A referral is a matter of its own: a service may need one and an authorization."""
        return self.wants.removeprefix(VOLUNTARY) in ("referral", NO_REFERRAL)

    @property
    def exempts(self) -> bool:
        """Whether it says that none is needed."""
        return self.wants in (NOTHING, NO_REFERRAL)

    def is_for(self, payer: str) -> bool:
        """Whether it is this payer's, by an id or its name; capital letters or small."""
        return same_payer_named(self.payer, self.known, payer)

    def hides(self, later: RequirementRule) -> bool:
        """Whether a rule of the same payer that stands behind it never applies: this one does wherever that would."""
        return (
            self.about_referral == later.about_referral
            and self.start <= later.start
            and (self.end or "9999") >= (later.end or "9999")
            and all(_within(getattr(later, name), getattr(self, name)) for name in _LISTS)
            and all(getattr(self, name) in (None, (), getattr(later, name)) for name in ("ages", "more_than"))
        )


_LISTS: Final = ("procedures", "together", "modifiers", "diagnoses", "places", "bills", "states", "plans", "providers")
"""Conditions of which one member must hold."""


def _within(narrow: tuple[Span | str, ...] | str, wide: tuple[Span | str, ...] | str) -> bool:
    """Whether a condition holds wherever a narrower one does; none at all always holds."""
    if not wide or narrow == wide:
        return True
    if not narrow or isinstance(narrow, str) or isinstance(wide, str):
        return False
    return all(any(_is_in(one, other) for other in wide) for one in narrow)


def _is_in(one: Span | str, other: Span | str) -> bool:
    if isinstance(one, Span) and isinstance(other, Span):
        return one.within(other)
    return one == other


REQUIREMENT_KINDS: Final = (Span, Duration, Document, Limit, RequirementRule)
"""What a file of requirements is made of, to be kept in the user's cache."""
