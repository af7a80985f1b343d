"""What became of dollars that were denied: recovered, answered otherwise, lost, or still open; each dollar once.

A claim may be answered many times: denied, taken back (CLP02 = 22), denied again, paid after all, replaced by another claim. Of
all its answers a dollar is denied once, when it is first denied: on a line what was ever denied on it at one time, and of the
whole claim no less than was ever denied at one time. What reversals take back is no denial, and none less.

What is denied in the answers that stand now is lost when the last day to do something about it is over, or when a person closed
its work; else it is open. Of the rest, as much is recovered as the same payer pays more than when it denied it: on the line that
was denied while the answers that stand have a line of its number, else in all. What is left was answered otherwise: by contract,
as the patient's share, for another reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from edi.ledger.payments.standing import of_parts, standing_of
from edi.linkage.denials.pairing import REVERSAL

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One amount that an answer denies: on which line ("" for the whole claim), as what, why, until when it can be mended."""

    line: str
    kind: str
    cause: str
    amount: Decimal
    deadline: date | None = None
    closed: bool = False
    """A person closed its work."""
    minutes: int = 0
    """What persons spent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPayment:
    """One payment (CLP) for a claim, as far as figures ask, and what stands of it (`edi.ledger.payments.standing`)."""

    id: int
    payer: str
    remittance_id: int
    trace: str
    produced_on: date | None
    payer_claim: str
    status: str
    frequency: str
    charge: Decimal
    paid: Decimal
    billed: Decimal | None = None
    """The charge of the claim as it was sent."""
    claim_id: int | None = None
    sent_as: str = ""
    """CLM05-3 of that."""
    repeats: bool = False
    """It says no more than that the claim was decided before."""
    lines: Mapping[str, Decimal] = field(default_factory=dict)
    """What was paid on each line, by its number as in `Denial.line`."""
    denials: tuple[Denial, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Dollars that were first denied by one denial, and what became of them. The four parts are all of `denied`."""

    answer: ClaimPayment
    denial: Denial
    denied: Decimal
    recovered: Decimal
    otherwise: Decimal
    lost: Decimal
    open: Decimal
    mended_on: date | None = None
    """When the payer paid, of what is recovered."""


@dataclass(slots=True)
class _Share:
    """Dollars that a denial is the first to deny, and what the payer paid at that time for the claim, by line."""

    answer: ClaimPayment
    denial: Denial
    amount: Decimal
    paid: Mapping[str, Decimal]


@dataclass(slots=True)
class _Left:
    """A denial that stands, and how much of it is not looked at yet."""

    denial: Denial
    amount: Decimal


@dataclass(slots=True)
class _Payer:
    """What stands of one payer's answers, and what it was the first to deny."""

    answers: list[ClaimPayment] = field(default_factory=list)
    standing: list[ClaimPayment] = field(default_factory=list)
    parts: list[ClaimPayment] = field(default_factory=list)
    """Reversals of a part of what stands: what they take back is not paid."""
    shares: list[_Share] = field(default_factory=list)

    def take(self, answers: Iterable[ClaimPayment]) -> None:
        """Another remittance of the payer."""
        self.answers += answers
        ids, parts = standing_of(self.answers), of_parts(self.answers)
        self.standing = [one for one in self.answers if one.id in ids]
        self.parts = [one for one in self.answers if one.id in parts]

    def paid(self) -> dict[str, Decimal]:
        """What is paid for the whole claim (""), and on each line."""
        told = (*self.standing, *self.parts)
        found = {"": sum((one.paid for one in told), _ZERO)}
        for one in told:
            for line, paid in one.lines.items():
                found[line] = found.get(line, _ZERO) + paid
        return found

    def denials(self) -> Iterator[Denial]:
        """What stands denied."""
        return (denial for one in self.standing for denial in one.denials if denial.amount > 0)


def outcomes(answers: Iterable[ClaimPayment], today: date) -> list[Recovery]:
    """What became of what the payers of a claim denied, in the order of its remittances."""
    payers: dict[str, _Payer] = {}
    by_line: dict[str, Decimal] = {}
    most = _ZERO
    for told in remittances(answers):
        payer = payers.setdefault(told[0].payer, _Payer())
        payer.take(told)
        now: dict[str, Decimal] = {}
        for denial in payer.denials():
            now[denial.line] = now.get(denial.line, _ZERO) + denial.amount
        before = max(sum(by_line.values(), _ZERO), most)
        grown = {line: max(amount - by_line.get(line, _ZERO), _ZERO) for line, amount in now.items() if line}
        by_line.update({line: by_line.get(line, _ZERO) + more for line, more in grown.items()})
        most = max(most, sum(now.values(), _ZERO))
        fresh = max(sum(by_line.values(), _ZERO), most) - before
        payer.shares += _shares([one for one in told if one in payer.standing], fresh, grown, payer.paid())
    return [outcome for payer in payers.values() for outcome in _outcomes(payer, today)]


def remittances(answers: Iterable[ClaimPayment]) -> list[list[ClaimPayment]]:
    """Answers by remittance, the oldest first; of one day what takes something back is later."""
    found: dict[int, list[ClaimPayment]] = {}
    for answer in sorted(answers, key=lambda one: one.id):
        found.setdefault(answer.remittance_id, []).append(answer)

    def order(told: list[ClaimPayment]) -> tuple[date, bool, str, int]:
        first = told[0]
        taking_back = any(one.status == REVERSAL for one in told)
        return first.produced_on or date.min, taking_back, first.trace, first.remittance_id

    return sorted(found.values(), key=order)


def _shares(
    answers: Iterable[ClaimPayment], fresh: Decimal, grown: dict[str, Decimal], paid: Mapping[str, Decimal]
) -> Iterator[_Share]:
    """What is denied for the first time, by denial: on the lines on which more is denied than before, then anywhere."""
    denials = [(answer, denial) for answer in answers for denial in answer.denials if denial.amount > 0]
    parts = [_ZERO for _ in denials]
    for limits in (grown, None):
        for n, (_, denial) in enumerate(denials):
            room = denial.amount - parts[n]
            part = min(room, fresh, room if limits is None else limits.get(denial.line, _ZERO))
            parts[n] += part
            fresh -= part
            if limits is not None and part:
                limits[denial.line] -= part
    yield from (_Share(*place, part, paid) for place, part in zip(denials, parts, strict=True) if part)


def _outcomes(payer: _Payer, today: date) -> Iterator[Recovery]:
    """The dollars of one payer's denials: those that stand denied on their own line, then on any; of the rest what was paid."""
    left = [_Left(denial, denial.amount) for denial in payer.denials()]
    own = [_taken(left, share.amount, share.denial.line) for share in payer.shares]
    paid, counted = payer.paid(), dict[str, Decimal]()
    for share, standing in zip(payer.shares, own, strict=True):
        standing += _taken(left, share.amount - sum((one.amount for one in standing), _ZERO), None)
        lost = sum((one.amount for one in standing if _is_lost(one.denial, today)), _ZERO)
        still_open = sum((one.amount for one in standing), _ZERO) - lost
        rest = share.amount - lost - still_open
        where = share.denial.line if share.denial.line in paid else ""
        more = paid[where] - share.paid.get(where, _ZERO) - counted.get(where, _ZERO)
        recovered = max(min(rest, more), _ZERO)
        for place in {where, ""}:
            counted[place] = counted.get(place, _ZERO) + recovered
        yield Recovery(
            answer=share.answer,
            denial=share.denial,
            denied=share.amount,
            recovered=recovered,
            otherwise=rest - recovered,
            lost=lost,
            open=still_open,
            mended_on=_mended_on(payer, share.answer) if recovered else None,
        )


def _taken(left: Iterable[_Left], wanted: Decimal, line: str | None) -> list[_Left]:
    """So much of what is left of the denials that stand, on a line or (None) on any."""
    taken = []
    for one in left:
        if (part := min(one.amount, wanted)) and line in (None, one.denial.line):
            one.amount -= part
            wanted -= part
            taken.append(_Left(one.denial, part))
    return taken


def _is_lost(denial: Denial, today: date) -> bool:
    return denial.closed or (denial.deadline is not None and denial.deadline < today)


def _mended_on(payer: _Payer, denied: ClaimPayment) -> date | None:
    """The day of the first remittance after a denial that pays something and stands."""
    days = [one.produced_on for one in payer.standing if one.paid > 0 and one.remittance_id != denied.remittance_id]
    after = [day for day in days if day is not None and day >= (denied.produced_on or date.min)]
    return min(after, default=None)
