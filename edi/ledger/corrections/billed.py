"""Of all that was sent under one number (CLM01) the bills: each with what was sent in its place, and which of them is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from edi.ledger.sendings import Sending
from edi.linkage.denials.correction import ClaimHistory
from edi.linkage.replacing import LATE_CHARGES
from edi.linkage.usage import VOID
from edi.records.claim import AGAIN, Claim
from edi.records.services import Period

YEAR: Final = 366
"""Days. What was sent longer ago than that under the same number is not meant: it was used again."""


@dataclass(frozen=True, slots=True)
class SentBill:
    """A claim as it was sent once, and what its payer called it."""

    sending: Sending
    claim: Claim
    numbers: frozenset[str] = frozenset()

    @property
    def id(self) -> int:
        return self.sending.id

    @property
    def day(self) -> date | None:
        return self.sending.sent.date() if self.sending.sent else None

    @property
    def late(self) -> bool:
        """Whether it bills late charges alone."""
        return self.claim.frequency == LATE_CHARGES


Billed: TypeAlias = tuple[Period | None, bool]
"""The statement dates of a bill, and whether it bills late charges alone: of two under one number each has its own."""


def billed(claim: Claim) -> Billed:
    """What a claim bills under its number."""
    return claim.period, claim.frequency == LATE_CHARGES


Bill = list[SentBill]
"""A claim as it was first sent, what was sent in its place behind it."""


def told_apart(found: Iterable[SentBill]) -> list[Bill]:
    """The bills among sendings of one provider, payer and patient under one number, in the order in which they were sent."""
    bills: list[Bill] = []
    for one in found:
        bill = _earlier(one.claim, bills)
        if bill is None:
            bills.append([one])
        else:
            bill.append(one)
    return bills


def _earlier(claim: Claim, bills: Sequence[Bill]) -> Bill | None:
    """The bill that a claim is sent in the place of: of a correction by the payer's number, else by its dates."""
    if not (claim.original or claim.frequency in AGAIN):
        same = [bill for bill in bills if any(billed(one.claim) == billed(claim) for one in bill)]
        return same[-1] if same else None
    named = [bill for bill in bills if claim.original and any(claim.original in one.numbers for one in bill)]
    near = named or _of_its_days(claim, bills) or list(bills)
    return next((bill for bill in reversed(near) if not bill[0].late), near[-1] if near else None)


def _of_its_days(claim: Claim, bills: Iterable[Bill]) -> list[Bill]:
    return [bill for bill in bills if any(_overlap(one.claim, claim) for one in bill)]


def _overlap(one: Claim, other: Claim) -> bool:
    return one.period is not None and other.period is not None and one.period.overlaps(other.period)


def meant(
    bills: Sequence[Bill], histories: Sequence[ClaimHistory], number: str, given: Claim | None
) -> tuple[Bill, ClaimHistory]:
    """The bill that is meant, and its history, which tells of others where nothing says which one is.

    It is said by the payer's `number` of one, else by the claim that is `given` in its place; else it is the one that is open,
    or where none is the one that was sent last.
    """
    pairs = list(zip(bills, histories, strict=True))
    if number:
        return [pair for pair in pairs if any(number in one.numbers for one in pair[0])][-1]
    if given is not None and len(bills) > 1:
        for bill in filter(None, (_earlier(given, bills), *_of_its_days(given, bills))):
            return next(pair for pair in pairs if pair[0] is bill)
    newest = max(bills, key=lambda bill: bill[-1].sending.order)
    near = [pair for pair in pairs if _near(pair[0], newest) and not _is_superseded(pair[0], bills)]
    opened = [pair for pair in near if _is_open(pair[1])]
    bill, history = opened[-1] if opened else next(pair for pair in pairs if pair[0] is newest)
    there = [pair for pair in near if pair[1].claim.frequency != VOID]
    told, all_told = ([_said(*pair) for pair in some] if len(some) > 1 else [] for some in (opened, there))
    return bill, replace(history, open=tuple(told), bills=tuple(all_told))


def _near(bill: Bill, newest: Bill) -> bool:
    one, other = bill[-1].day, newest[-1].day
    return one is None or other is None or (other - one).days <= YEAR


def _is_open(history: ClaimHistory) -> bool:
    """Whether a bill was denied or cut, or rejected, and nothing was sent in its place since."""
    if history.claim.frequency == VOID or history.replaced_by is not None:
        return False
    answer = history.last
    return bool(answer.denied) if answer is not None else history.rejected is not None


def _is_superseded(bill: Bill, bills: Collection[Bill]) -> bool:
    """Whether another bill is it, sent with other dates that have some of its own."""
    last = bill[-1].sending
    return any(
        one.sending.order > last.order and one.sending.is_again(last) for other in bills if other is not bill for one in other
    )


def _said(bill: Bill, history: ClaimHistory) -> str:
    claim, answer = history.claim, history.last
    days = f"The bill of {claim.period.start} to {claim.period.end}" if claim.period else "A bill without dates"
    if answer is None:
        return f"{days}: {history.rejected or 'The payer has not answered it.'}"
    amount = sum((finding.amount for finding in answer.denied), Decimal(0))
    number = answer.payment.payer_claim or "no number of the payer's"
    return f"{days} has {number}: ${amount:,.2f} of ${claim.charge:,.2f} denied."
