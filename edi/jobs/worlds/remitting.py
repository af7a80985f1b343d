"""What comes back for the claims of a world: payments, some taken back, made anew, split, damaged or another's, by check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Final

from edi.jobs.worlds import people
from edi.jobs.worlds.adjudicating import Payer, known, never, usual
from edi.jobs.worlds.bills import REPLACEMENT, VOID
from edi.jobs.worlds.care import PAYERS
from edi.jobs.worlds.payments import PRIMARY, Adjusted, Payment, reversed_
from edi.jobs.worlds.refusals import DUPLICATE, NECESSITY, UNKNOWN
from edi.jobs.worlds.truth import Truth
from edi.records.claim import Claim

_GONE, FIRST, SECOND, THIRD = 0, 1, 2, 3
"""When a payment comes: as the answer to a claim, later, later still."""
_MENDED, _TAKEN_BACK, _SPLIT, _STRANGE = 0.15, 0.03, 0.1, 0.02
_AS_ONE: Final = 0.8
AS_ONE: Final = "paid-as-one"
_DAMAGED: Final = 0.3
"""The share of the checks whose claim numbers are not what was sent."""
_MOST_A_CHECK: Final = 40
_SPLIT_REMARK: Final = "MA15"
_KEPT: Final = 17
_NOT_KNOWN: Final = "M62"
"""A remark that means one thing where the claim is known, and another where it is not."""


@dataclass(frozen=True, slots=True)
class Check:
    """One payment of a payer to a practice, for many claims."""

    moment: int
    payer: people.Payer
    payments: tuple[Payment, ...]
    trace: str = ""
    recouped: tuple[str, Decimal] | None = None
    """What the payer keeps of it (PLB): for which of its claim numbers, how much."""

    @property
    def claims(self) -> Decimal:
        """What the claims come to."""
        return sum((payment.paid for payment in self.payments), Decimal(0))


@dataclass
class Remitting:
    """Answers the claims of a world. `count` gives a number that nothing else has, `stranger` a member of a plan."""

    random: Random
    count: Callable[[], int]
    stranger: Callable[[people.Payer], people.Patient]
    moments: list[tuple[int, Payment]] = field(default_factory=list)
    first: dict[str, Payment] = field(default_factory=dict)
    """The first payment of each claim, by CLM01."""

    def checks(self, sent: Sequence[tuple[Claim, Truth]]) -> Iterator[Check]:
        """The checks that pay these claims, which are in the order in which they were sent."""
        originals = {claim.id: claim.original for claim, _ in sent if claim.original}
        payer = Payer(self.random, lambda claim: originals.get(claim.id, "") or self._number(claim))
        anew = Payer(self.random, self._number)
        for claim, truth in sent:
            if claim.frequency == VOID:
                self.moments.append((SECOND, reversed_(self.first[claim.id])))
            elif claim.frequency == REPLACEMENT:
                self._replaced(anew, claim, truth)
            elif claim.id in self.first:
                self._duplicate(anew, claim, truth)
            else:
                payment = payer.answer(claim, truth, never if claim.id in originals else usual)
                self.first[claim.id] = payment
                self._sent_back(anew, payment, truth, lasting=claim.id in originals)
        self._paid_as_one()
        yield from self._by_check()

    def _number(self, claim: Claim) -> str:
        return f"{claim.payer.id}{self.count():07d}"

    # -- claims that were sent before ----------------------------------------------------------------------------------

    def _replaced(self, payer: Payer, claim: Claim, truth: Truth) -> None:
        """The payer takes the first payment back, and pays what replaced the claim."""
        before = self.first[claim.id]
        payment = payer.answer(claim, truth, never)
        self.moments += [(SECOND, reversed_(before)), (SECOND, replace(payment, original=before.payer_claim))]

    def _duplicate(self, payer: Payer, claim: Claim, truth: Truth) -> None:
        payment = payer.answer(claim, truth, never)
        again = Adjusted(group="OA", reason=DUPLICATE, amount=claim.charge, kind="duplicate", why="the claim was decided before")
        self.moments.append((SECOND, replace(payment, adjusted=(again,), lines=())))

    # -- what becomes of a payment -------------------------------------------------------------------------------------

    def _sent_back(self, payer: Payer, payment: Payment, truth: Truth, *, lasting: bool) -> None:
        """A payment as it comes, and what comes later: one that was refused is mended, one that was paid is taken back."""
        random, claim = self.random, payment.claim
        refused = any(one.kind for one in payment.every)
        if random.random() < _STRANGE:
            self._strange(payment)
        if not lasting and random.random() < _SPLIT and len(payment.lines) > 1 and not payment.adjusted:
            self.moments += [(FIRST, part) for part in self._split(payment)]
            return
        self.moments.append((FIRST, payment))
        if lasting or payment.status not in ("1", "2"):
            return
        if refused and random.random() < _MENDED:
            paid = payer.paid(replace(payment, adjusted=(), lines=(), remarks=()), known(claim, truth))
            self._again(payment, paid)
        elif not refused and payment.paid > 0 and random.random() < _TAKEN_BACK:
            self._again(payment, None)

    def _again(self, before: Payment, after: Payment | None) -> None:
        """The reversal of a payment and what comes instead, in one remittance or in two."""
        self.moments.append((SECOND, reversed_(before)))
        if after is not None:
            moment = self.random.choice((SECOND, SECOND, THIRD))
            self.moments.append((moment, replace(after, original=before.payer_claim, payer_claim=self._number(after.claim))))

    def _split(self, payment: Payment) -> Iterator[Payment]:
        """One claim paid as two: each has a part of the lines, with their control numbers, and a number of its own."""
        at = self.random.randrange(1, len(payment.lines))
        for part in (payment.lines[:at], payment.lines[at:]):
            yield replace(
                payment,
                charge=sum((line.charge for line in part), Decimal(0)),
                lines=part,
                controls=True,
                remarks=(*payment.remarks, _SPLIT_REMARK),
                payer_claim=payment.payer_claim if part[0] is payment.lines[0] else self._number(payment.claim),
            )

    def _paid_as_one(self) -> None:
        """Claims of one patient that are paid in full are made one at times: all their lines, under the first one's number."""
        counts = Counter(payment.claim.id for _, payment in self.moments)
        known: dict[tuple[object, ...], int] = {}
        for n, (moment, payment) in enumerate(self.moments):
            claim = payment.claim
            plain = moment == FIRST and counts[claim.id] == 1 and payment.status == PRIMARY and payment.lines and payment.answers
            if not plain or any(one.kind for one in payment.every) or payment.adjusted or payment.another_code:
                continue
            patient = claim.patient  # whose last name may be spelled in two ways
            whose = claim.payer.id, claim.billing.npi, claim.subscriber.member_id, patient.first_name.upper(), patient.birth_date
            if (at := known.pop(whose, None)) is None or self.random.random() >= _AS_ONE:
                known[whose] = n
                continue
            first = self.moments[at][1]
            lines, charge = (*first.lines, *payment.lines), first.charge + payment.charge
            one = replace(first, story=AS_ONE, charge=charge, lines=lines, controls=True)
            self.moments[at] = FIRST, one
            self.moments[n] = _GONE, payment
        self.moments = [(moment, payment) for moment, payment in self.moments if moment != _GONE]

    def _strange(self, payment: Payment) -> None:
        """A payment of somebody who is not of this world, at times under the number of one of its claims."""
        remarks = {*payment.remarks, *(remark for line in payment.lines for remark in line.remarks)}
        if _NOT_KNOWN in remarks:
            return
        who = self.stranger(payer_of(payment.claim))
        claim = replace(payment.claim, subscriber=who.subscriber, patient=who.person, dependent=False)
        mixed_up = self.random.random() < 0.4
        lines = tuple(
            replace(
                line,
                line=replace(line.line, control_number=f"X{self.count()}L{n}"),
                adjusted=tuple(map(_of_nobody, line.adjusted)),
            )
            for n, line in enumerate(payment.lines, 1)
        )
        strange = replace(
            payment,
            id=payment.id if mixed_up else f"X{self.count()}",
            claim=claim,
            answers="",
            story="another-patient" if mixed_up else "not-ours",
            payer_claim=self._number(claim),
            adjusted=tuple(map(_of_nobody, payment.adjusted)),
            lines=lines,
        )
        self.moments.append((FIRST, strange))

    # -- checks --------------------------------------------------------------------------------------------------------

    def _by_check(self) -> Iterator[Check]:
        found: dict[tuple[int, str, str], list[Payment]] = {}
        for moment, payment in self.moments:
            found.setdefault((moment, payment.claim.payer.id, payment.claim.billing.npi), []).append(payment)
        paid_before: dict[tuple[str, str], list[Payment]] = {}
        for moment, payer_id, npi in sorted(found):
            payments = found[moment, payer_id, npi]
            earlier = paid_before.setdefault((payer_id, npi), [])
            for at in range(0, len(payments), _MOST_A_CHECK):
                part = self._damaged(payer_id, payments[at : at + _MOST_A_CHECK])
                check = Check(moment, payer_of(part[0].claim), tuple(part))
                yield self._less(check, earlier)
            earlier += [payment for payment in payments if payment.paid > 0]

    def _damaged(self, payer_id: str, payments: Sequence[Payment]) -> list[Payment]:
        """The payments of a check with claim numbers as this payer gives them back, at times."""
        change = _CHANGES[payer_id]
        if self.random.random() >= _DAMAGED:
            return list(payments)
        return [payment if payment.story == AS_ONE else replace(payment, id=change(payment.id)) for payment in payments]

    def _less(self, check: Check, earlier: Sequence[Payment]) -> Check:
        """The check with what the payer keeps of it."""
        if earlier and check.claims > 0 and self.random.random() < 0.3:
            owed = self.random.choice(earlier)
            return replace(check, recouped=(owed.payer_claim, min(owed.paid, check.claims)))
        return carried_forward(check)


def carried_forward(check: Check) -> Check:
    """The check; one that would come to less than nothing is brought to nothing, and the rest is owed."""
    return replace(check, recouped=(check.payments[0].payer_claim, check.claims)) if check.claims < 0 else check


def payer_of(claim: Claim) -> people.Payer:
    """The payer that a claim goes to."""
    return next(payer for payer in PAYERS if payer.id == claim.payer.id)


def _of_nobody(one: Adjusted) -> Adjusted:
    """An adjustment of a claim that nobody here sent: what is behind it is not known."""
    cause = UNKNOWN if one.cause and one.kind != NECESSITY else ""
    return replace(one, cause=cause, authorization="", why="no claim of this world" if one.kind else "")


_CHANGES: Final[dict[str, Callable[[str], str]]] = {
    "BSH01": lambda number: f"{number}-1",
    "RWP20": str.upper,
    "77034": lambda number: number[:_KEPT],
    "GLC": lambda number: f"GLC{number}",
}
"""What each payer does to claim numbers, at times."""
