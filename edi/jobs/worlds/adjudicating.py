"""How a payer of a world answers a claim: it pays, refuses in its words or cuts, and so it is known what is right about that.

The payer reads the claim as it was sent and knows the truth about it. Its mood is the world's: some claims that fit are refused,
some that lack a number are paid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final

from edi.jobs.worlds.payments import ESTIMATE, PRIMARY, SECONDARY, UNKNOWN_PATIENT, Adjusted, PaidLine, Payment, total
from edi.jobs.worlds.refusals import (
    EXCEEDED,
    HELD,
    NECESSITY,
    NEVER,
    OTHERS,
    PENALTY,
    REFERRALS,
    REQUESTED_LATE,
    SENT,
    WORDS,
    Words,
    behind,
)
from edi.jobs.worlds.truth import Truth
from edi.records.claim import Claim, ClaimLine

_CENT: Final = Decimal("0.01")
_LIKELY: Final = {
    HELD: 0.5, SENT: 0.12, NEVER: 0.15, "not-required": 0.15, "units-short": 0.9, "units-used-up": 0.9, "request-rejected": 1,
    REQUESTED_LATE: 1,
}  # fmt: skip
"""How often what has this behind it is refused; what misfits, nearly always."""
_MISFIT: Final = 0.8
_NEED_NONE: Final = frozenset({"requirement-unknown", "not-required", "not-applicable", "exception-claimed"})
_OTHER: Final = 0.08
"""How often a claim that is not refused for its authorization is for something else."""
_CUT: Final = 0.06
"""How often such a claim is paid less, because nobody told the payer."""
_TOLD_APART: Final = 0.15
"""How often a line that is refused has the contract's part told beside it."""
_ALERTS: Final = ((), (), (), ("MA01",), ("N130",))
_UNKNOWN: Final = "31"
_REFERRAL_STORY: Final = "a-referral-only"
_ENCOUNTER: Final = "RP"
_NOBODYS: Final = frozenset({"wrong-number", "number-unknown"})
"""With these the number that stays on the claim is another's: none is meant."""
_CERTIFIED: Final = frozenset({"linked", "already-linked", "split-needed"})
"""With these what was billed is certified, so that a refusal for want of need has something behind it."""
_RIGHT: Final = frozenset({"linked", "already-linked"})
"""With these the number that is meant is right where it stands; a wrong number may be put right by another."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a line of a claim, or about a claim that is decided as a whole."""

    line: ClaimLine | None
    verdict: str
    cause: str
    authorization: str
    numbered: bool
    """Whether the claim carried a number there."""
    why: str


def known(claim: Claim, truth: Truth) -> list[Known]:
    """What is known about each line; about the claim, where that is decided as a whole."""
    if claim.admission is not None or not claim.lines:
        return [_known(claim, truth, None)]
    return [_known(claim, truth, line) for line in claim.lines]


def _known(claim: Claim, truth: Truth, line: ClaimLine | None) -> Known:
    row = truth.row(line.number if line else None)
    numbers = _numbers(claim, claim.lines if line is None else (line,))
    wrong = row.authorization in truth.numbers.values() if row.verdict == "wrong-number" else row.verdict not in _RIGHT
    cause = behind(row, truth.story, carried=row.authorization in numbers and not wrong)
    meant = "" if row.verdict in _NOBODYS and row.authorization in truth.numbers.values() else row.authorization
    return Known(line, row.verdict, cause, meant, bool(numbers), row.reason)


def _numbers(claim: Claim, lines: Sequence[ClaimLine]) -> set[str]:
    """The numbers of the claim's own payer that stand there."""
    own = {one.value for line in lines for one in line.authorizations if one.payer_id in ("", claim.payer.id)}
    return (own | {claim.authorization}) - {""}


def usual(one: Known) -> float:
    """How likely a payer as in life refuses."""
    return _LIKELY.get(one.cause, _MISFIT)


def never(one: Known) -> float:
    """A payer that pays whatever comes."""
    return 0


def strict(one: Known) -> float:
    """A payer that makes no mistakes: it pays what carries its number, or needs none, and nothing else."""
    return 0 if one.cause == SENT or one.verdict in _NEED_NONE else 1


class Payer:
    """Answers claims. `number` gives a payer's claim number that was not given before."""

    def __init__(self, random: Random, number: Callable[[Claim], str]) -> None:
        self.random, self._number = random, number

    def answer(self, claim: Claim, truth: Truth, likely: Callable[[Known], float] = usual) -> Payment:
        """The payment of a claim. `likely` says how likely it is refused; only a usual payer has other reasons, or cuts."""
        payment = self._opened(claim, truth.story)
        if claim.predetermination:
            return self._whole(replace(payment, status=ESTIMATE), Adjusted(group="OA", reason="101", amount=claim.charge))
        if claim.purpose == _ENCOUNTER:
            return self._whole(payment, Adjusted(group="CO", reason="24", amount=claim.charge))
        told = known(claim, truth)
        refused = [one for one in told if self.random.random() < likely(one)]
        if refused:
            return self._refused(payment, told, refused)
        if likely is usual and self.random.random() < _OTHER:
            return self._otherwise(payment, told, truth)
        return self.paid(payment, told, cut=likely is usual and self.random.random() < _CUT)

    def _opened(self, claim: Claim, story: str) -> Payment:
        return Payment(
            id=claim.id,
            claim=claim,
            answers=claim.id,
            story=story,
            payer_claim=self._number(claim),
            status=SECONDARY if claim.responsibility == "S" else PRIMARY,
            charge=claim.charge,
            controls=self.random.random() < 0.7,
            suffix="01" if self.random.random() < 0.05 else "",
            another_code=self.random.random() < 0.05,
            remarks=self.random.choice(_ALERTS[:-1]),
        )

    # -- what is paid --------------------------------------------------------------------------------------------------

    def paid(self, payment: Payment, told: Sequence[Known], *, cut: bool = False) -> Payment:
        """Paid by contract, less the patient's share and what another payer paid; `cut`, also less a penalty."""
        if told[0].line is None:
            adjusted = self._contract(payment, payment.charge)
            penalty = self._penalty(told[0], payment.charge) if cut else ()
            return replace(payment, adjusted=(*adjusted, *penalty))
        lines = []
        for one in told:
            assert one.line is not None
            adjusted = self._contract(payment, one.line.charge)
            penalty = self._penalty(one, one.line.charge) if cut else ()
            lines.append(PaidLine(line=one.line, charge=one.line.charge, adjusted=(*adjusted, *penalty)))
        return replace(payment, lines=tuple(lines))

    def _contract(self, payment: Payment, charge: Decimal) -> tuple[Adjusted, ...]:
        random = self.random
        if not charge:
            return ()
        if payment.status == SECONDARY:
            before = _share(charge, random.randint(50, 75))
            return (Adjusted(group="OA", reason="23", amount=before),)
        contract = _share(charge, random.randint(5, 40))
        share = _share(charge, random.choice((0, 0, 5, 10, 20)))
        found = [Adjusted(group="CO", reason="45", amount=contract)]
        if share:
            found.append(Adjusted(group="PR", reason=random.choice(("1", "2", "3")), amount=share))
        if random.random() < 0.1:
            found.append(Adjusted(group="CO", reason="253", amount=_share(charge, 2)))
        return tuple(found)

    def _penalty(self, one: Known, charge: Decimal) -> tuple[Adjusted, ...]:
        if not charge:
            return ()
        amount = _share(charge, self.random.choice((5, 10)))
        return (self._adjusted("CO", "197", amount, PENALTY, one),)

    # -- what is not ---------------------------------------------------------------------------------------------------

    def _refused(self, payment: Payment, told: Sequence[Known], refused: Sequence[Known]) -> Payment:
        words = self.random.choice(WORDS[refused[0].cause])
        same = len({(one.cause, one.authorization, one.numbered) for one in told}) == 1 and len(refused) == len(told)
        if told[0].line is None or (same and self.random.random() < 0.25):
            return self._at_claim(payment, words, refused[0])
        lines = []
        for one in told:
            assert one.line is not None
            if one not in refused:
                lines.append(PaidLine(line=one.line, charge=one.line.charge, adjusted=self._contract(payment, one.line.charge)))
                continue
            said = words if one.cause == refused[0].cause else self.random.choice(WORDS[one.cause])
            lines.append(self._line(one, said, _kind(said, one), said.remarks or self.random.choice(_ALERTS)))
        if len(lines) == 1 and words.remarks and self.random.random() < 0.3:  # said of the claim, which has no other line
            return replace(payment, lines=(replace(lines[0], remarks=()),), remarks=(*payment.remarks, *words.remarks))
        return replace(payment, lines=tuple(lines))

    def _line(self, one: Known, words: Words, kind: str, remarks: tuple[str, ...]) -> PaidLine:
        """A line of which nothing is paid; at times what the contract would have cut is told apart."""
        line = one.line
        assert line is not None
        contract = self._apart(line.charge)
        told = self._adjusted(self._group(), words.reason, line.charge - total(contract), kind, one)
        return PaidLine(line=line, charge=line.charge, adjusted=(*contract, told), remarks=remarks)

    def _apart(self, charge: Decimal) -> tuple[Adjusted, ...]:
        if self.random.random() >= _TOLD_APART:
            return ()
        return (Adjusted(group="CO", reason="45", amount=_share(charge, self.random.randint(5, 40))),)

    def _at_claim(self, payment: Payment, words: Words, one: Known) -> Payment:
        """All of it refused at the claim; its lines, where they are told, say nothing more."""
        adjusted = self._adjusted(self._group(), words.reason, payment.charge, _kind(words, one), one)
        return self._whole(replace(payment, remarks=(*payment.remarks, *words.remarks)), adjusted)

    def _whole(self, payment: Payment, adjusted: Adjusted) -> Payment:
        return replace(payment, adjusted=(adjusted,), lines=())

    def _otherwise(self, payment: Payment, told: Sequence[Known], truth: Truth) -> Payment:
        """Refused for something else: all of it, or one of several lines."""
        one = self.random.choice(told)
        if truth.story == _REFERRAL_STORY:
            words, cause = self.random.choice(REFERRALS), SENT if payment.claim.referral else HELD
            one = replace(one, cause=cause, authorization=truth.numbers["2300/9F"], why="the referral is on file")
        elif self.random.random() < 0.25:
            words = self.random.choice(REFERRALS)
            one = replace(one, cause=NEVER, authorization="", why="no referral is on file")
        else:
            words = self.random.choice(OTHERS)
            if words.kind != NECESSITY or one.verdict not in _CERTIFIED:
                one = replace(one, cause="", authorization="", why="not about an authorization")
        if words.reason == _UNKNOWN:
            payment = replace(payment, status=UNKNOWN_PATIENT)
        alike = words.kind != NECESSITY or len(told) == 1
        if one.line is None or payment.status == UNKNOWN_PATIENT or (alike and self.random.random() < 0.3):
            return self._at_claim(payment, words, one)
        lines = []
        for each in told:
            line = each.line
            assert line is not None
            if line is not one.line:
                lines.append(PaidLine(line=line, charge=line.charge, adjusted=self._contract(payment, line.charge)))
                continue
            lines.append(self._line(one, words, words.kind, words.remarks))
        return replace(payment, lines=tuple(lines))

    def _adjusted(self, group: str, reason: str, amount: Decimal, kind: str, one: Known) -> Adjusted:
        cause = one.cause
        if cause == "units-short" and kind != EXCEEDED and not one.numbered:
            cause = HELD  # some units are left, and the payer does not speak of them: it misses the number
        return Adjusted(
            group=group, reason=reason, amount=amount, kind=kind, cause=cause, authorization=one.authorization, why=one.why
        )

    def _group(self) -> str:
        return self.random.choice(("CO", "CO", "CO", "CO", "PR", "PI"))


def _kind(words: Words, one: Known) -> str:
    return words.numbered if one.numbered and words.numbered else words.kind


def _share(amount: Decimal, percent: int) -> Decimal:
    """So many hundredths of an amount, to the cent."""
    return (amount * percent / 100).quantize(_CENT)
