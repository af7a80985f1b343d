"""How a payer matches authorizations with claims, as data: one `match` of a file of rules.

What a rule leaves out is as without it. Texts are as in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edi.guides.rules.requirement import Span, same_payer_named

PROCEDURE: Final = "procedure"
SERVICE_TYPE: Final = "service type"
REVENUE_CODE: Final = "revenue code"
TAX_ID: Final = "tax id"
NPI: Final = "npi"
MEMBER_ID: Final = "member id"
REPLACEMENT: Final = "replacement"
VOID: Final = "void"
NEW_CLAIM: Final = "new claim only"
ONE_PROVIDER: Final = ("one",)
NO_PROVIDER: Final = ("no",)


@dataclass(frozen=True, slots=True)
class Covering:
    """What is certified as `certified` covers what is billed as one of `covers`, not the other way round."""

    kind: str
    """Of what is certified: a procedure, a service type (UM03) or a revenue code."""
    certified: Span
    covers: tuple[Span, ...]
    """Procedures; revenue codes, where a revenue code is certified."""
    modifiers: tuple[str, ...] = ()
    """Where there are any, one of them is billed too."""


@dataclass(frozen=True, slots=True)
class Size:
    """So much of something: 10 UN of J1745."""

    amount: str
    unit: str
    code: str


@dataclass(frozen=True, slots=True)
class Alias:
    """An id that took the place of another: a tax id, an NPI or a member id."""

    kind: str
    old: str
    new: str
    since: str
    """From this day of service on (ISO 8601)."""


@dataclass(frozen=True, slots=True)
class MatchRule:
    """One `match`: for which claims it speaks, and what it says of them."""

    name: str
    payer: str
    """"" for every payer."""
    known: tuple[str, ...]
    """The payer's ids and other names."""
    source: str
    start: str = ""
    """The first day of service that it is for (ISO 8601), and the last; "" where there is none."""
    end: str = ""
    for_procedures: tuple[Span, ...] = ()
    """Only where one of these is billed."""
    for_bills: tuple[Span, ...] = ()
    """Only on these types of bill."""
    coverings: tuple[Covering, ...] = ()
    alike: tuple[tuple[Span, ...], ...] = ()
    """Procedures of which each covers the others."""
    sizes: tuple[tuple[Size, Size], ...] = ()
    """Pairs of which one is the other, in other words or units."""
    must_match: tuple[Span, ...] = ()
    """Modifiers that both must have, or neither."""
    need_not_match: tuple[Span, ...] = ()
    """Modifiers that do not count."""
    modifiers: tuple[Covering, ...] = ()
    """Modifiers that stand for others: certified 50 covers RT and LT."""
    providers: tuple[str, ...] = ()
    """Roles whose provider must be a certified one; ("one",) and ("no",) for one whichever it is, and for none."""
    place: str = ""
    """need not match, or must match as without a rule."""
    shared_places: tuple[tuple[Span, ...], ...] = ()
    """Places of service, or types of bill, that count as one."""
    teeth: str = ""
    """The same of teeth and areas of the mouth, and of the surfaces of teeth."""
    surfaces: str = ""
    aliases: tuple[Alias, ...] = ()
    reviewers: tuple[str, ...] = ()
    """Ids and names of who decides for the payer."""
    before: int | None = None
    """Days of grace before the certified dates, and after them."""
    after: int | None = None
    delivery: int | None = None
    """A delivery may be so many days from the due date."""
    aftercare: int | None = None
    """What follows an operation may come so many days after it."""
    diagnosis: str = ""
    """"family" or "exactly" where the diagnosis must be one of the authorized."""
    late: int | None = None
    """A number given so many days after the service is still good; -1: however late."""
    shared_roles: tuple[tuple[str, ...], ...] = ()
    """Roles that count as one."""
    denied_numbers: bool = False
    """The number of a denied request goes on the claim."""
    newborns: int | None = None
    """A newborn goes by its mother's authorization for so many days."""
    number: str = ""
    """Where the number goes: at claim, at line, not wanted; "" as the guide has it."""
    corrections: tuple[str, ...] = ()
    """What corrects a claim that was decided: a replacement, a void; or ("new claim only",): no claim does."""
    note: str = ""
    line: int = 0

    def is_for(self, payer: str) -> bool:
        """Whether it is this payer's, by an id or its name; capital letters or small."""
        return same_payer_named(self.payer, self.known, payer)


MATCH_KINDS: Final = (Covering, Size, Alias, MatchRule)
"""What a file of matching rules is made of besides spans, to be kept in the user's cache."""
