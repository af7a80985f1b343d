"""Payers' desk, which answers 837s by what is right, as often as they come: the other side of a circle of claims and corrections.

It pays what carries its number or needs none, and refuses the rest, in the words of payers. Of what replaces a claim (REF*F8) it
takes the first decision back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import count
from random import Random

from edi.jobs.worlds import advices
from edi.jobs.worlds.adjudicating import Payer, strict
from edi.jobs.worlds.bills import REPLACEMENT
from edi.jobs.worlds.interchanges import Post
from edi.jobs.worlds.payments import Payment, reversed_
from edi.jobs.worlds.remitting import FIRST, Check, carried_forward, payer_of
from edi.jobs.worlds.truth import Truth
from edi.records.claim import Claim, read_claims
from edi.text.segments import Source


class Desk:
    """Answers the claims of a world of which `truths` says what is right, by CLM01. What it knows nothing of waits forever."""

    def __init__(self, truths: Mapping[str, Truth], seed: int) -> None:
        random, numbers = Random(seed), count(1)
        self.truths, self._post = truths, Post(random)
        self._payer = Payer(random, lambda claim: f"{claim.payer.id}D{next(numbers):06d}")
        self.decided: dict[str, Payment] = {}
        """What stands of each claim, by the payer's claim number."""

    def answer(self, source: Source, day: date) -> list[bytes]:
        """The remittances (835) for an 837, about a fortnight after a day."""
        answered = [payment for claim in read_claims(source) for payment in self._decide(claim)]
        written = advices.files(self._post, _checks(answered), day)
        return [data for _, data, payments in written if payments]  # each once

    def _decide(self, claim: Claim) -> Iterable[Payment]:
        truth = self.truths.get(claim.id)
        if truth is None:
            return ()
        payment = replace(self._payer.answer(claim, truth, strict), suffix="", another_code=False)
        taken_back: tuple[Payment, ...] = ()
        if claim.frequency == REPLACEMENT:
            before = self.decided.pop(claim.original)
            payment, taken_back = replace(payment, original=before.payer_claim), (reversed_(before),)
        self.decided[payment.payer_claim] = payment
        return (*taken_back, payment)


def _checks(answered: Iterable[Payment]) -> Iterable[Check]:
    """A check for each payer and practice."""
    found: dict[tuple[str, str], list[Payment]] = {}
    for payment in answered:
        found.setdefault((payment.claim.payer.id, payment.claim.billing.npi), []).append(payment)
    return [carried_forward(Check(FIRST, payer_of(payments[0].claim), tuple(payments))) for payments in found.values()]
