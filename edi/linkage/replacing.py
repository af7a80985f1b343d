"""Which uses under a CLM01 a claim speaks of, where several bills (of a stay, an account) have that number.

Of a replacement (frequency 7): those of the bill that it replaces, which is the one that has its REF*F8 from the payer, else the
one of its statement dates. Where neither says which, or nothing is known of several, all that was used under its CLM01.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from edi.linkage.quantities import dates
from edi.linkage.room import Use
from edi.linkage.stays import inpatient, nights
from edi.records.claim import Claim
from edi.records.services import Period

LATE_CHARGES: Final = "5"
"""CLM05-3 of a bill that adds charges to another one and takes the place of none."""
Replaces: TypeAlias = Callable[[Use], bool]


class Bill(NamedTuple):
    """A claim as it was sent once."""

    period: Period | None
    """Its statement dates."""
    frequency: str = ""
    original: str = ""
    numbers: frozenset[str] = frozenset()
    """Those that its payer gave it."""

    def same(self, claim: Claim) -> bool:
        """Whether it is a claim, as far as a bill tells."""
        return (self.period, self.frequency, self.original) == (claim.period, claim.frequency, claim.original)


def before(claim: Claim, bills: Sequence[Bill]) -> Sequence[Bill]:
    """Of bills, in the order in which they were sent, those before a claim: all of them, where it is none of these."""
    found = [n for n, bill in enumerate(bills) if bill.same(claim)]
    return bills[: found[-1]] if found else bills


def on_dates(claim: Claim) -> Callable[[Use], bool]:
    """Whether a use is of a claim's dates: a CLM01 may come again with others. What has no dates is of all of them."""
    own = dates(claim)
    return lambda use: not own or not use.days or not own.isdisjoint(use.days)


def replaced_of(claim: Claim, bills: Iterable[Bill], uses: Sequence[Use]) -> Replaces:
    """Whether a use, of those (`uses`) that were made under the numbers of a replacement, is one that it takes the place of.

    `bills` are those that were sent before it under these, as far as they are known.
    """
    known = [bill for bill in bills if bill.period is not None]
    if not known:
        return _of_the_stay(claim, uses)
    target = _named(claim, known) or _of_the_dates(claim, known)
    if target and all(bill.frequency == LATE_CHARGES for bill in target):
        return lambda _: False  # late and first are not told apart: what it is granted goes in the place of both
    others = [bill for bill in known if bill not in target] if target else []
    return lambda use: any(_within(use, bill) for bill in target) or not any(_within(use, bill) for bill in others)


def _named(claim: Claim, bills: Sequence[Bill]) -> list[Bill]:
    """The bills that the payer gave the number which the claim names, and what was sent in their place already."""
    if not claim.original:
        return []
    own = [bill for bill in bills if claim.original in bill.numbers]
    alike = {(bill.period, bill.frequency) for bill in own}  # one that was sent twice has its number once
    again = [bill for bill in bills if bill.original == claim.original or (bill.period, bill.frequency) in alike]
    return own and [bill for bill in bills if bill in own or bill in again]


def _of_the_dates(claim: Claim, bills: Sequence[Bill]) -> list[Bill]:
    """The bills of the claim's statement dates, else those that have some of its days."""
    period = claim.period
    if period is None:
        return []
    if same := [bill for bill in bills if bill.period == period]:
        return same
    return [bill for bill in bills if bill.period and bill.period.overlaps(period)]


def _within(use: Use, bill: Bill) -> bool:
    """Whether a use has days, and all of them are a bill's."""
    return bill.period is not None and bool(use.days) and use.days[0] in bill.period and use.days[-1] in bill.period


def _of_the_stay(claim: Claim, uses: Sequence[Use]) -> Replaces:
    """What is told by the uses alone: of a stay each is of one bill."""
    own = frozenset(nights(claim))
    if not inpatient(claim) or all(own.isdisjoint(use.days) for use in uses):
        return lambda use: True
    return lambda use: not use.days or not own.isdisjoint(use.days)
