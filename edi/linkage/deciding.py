"""Claims decided one after the other: each with its authorization, and what stands beside that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from edi.linkage.beside import beside
from edi.linkage.matching import decided
from edi.linkage.terms import Terms
from edi.linkage.unmapped import Unmapped, UnmappedPayer
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, report, totals
from edi.records.authorization import Authorization
from edi.records.claim import Claim

BATCH: Final = 500
"""Claims for which candidates are asked at once."""

Find: TypeAlias = Callable[[Sequence[Claim]], Sequence[Sequence[Authorization]]]
"""Candidates for each claim of a batch, in its order: the authorizations of the claim's member ids, of who may be the same
patient, and those whose numbers the claim carries, whoever's they are."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about claims that are records: where `written` is true, the number belongs into the row's `placement`.

    As `Linked`: `beside` are the rows of referrals and of other payers' numbers, `unmapped` the payers that no file names.
    """

    claims: tuple[Row, ...]
    beside: tuple[Row, ...] = ()
    unmapped: tuple[UnmappedPayer, ...] = ()

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By verdict: claims and charges."""
        return totals(self.claims)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return report(self.claims, self.beside, self.unmapped)


def decide_one(
    claim: Claim, near: Sequence[Authorization], usage: Usage, terms: Terms
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows of a claim's authorization, and those of its referral and its other payers' numbers."""
    return decided(claim, near, usage, terms), beside(claim, near, usage, terms)


def decide_all(claims: Iterable[Claim], find: Find, usage: Usage, terms: Terms) -> Decided:
    """Claims that are records, in their order, for a program with a store of its own; each uses its units before those behind."""
    rows: list[Row] = []
    others: list[Row] = []
    unmapped, waiting = Unmapped(terms.required), iter(claims)
    while batch := list(islice(waiting, BATCH)):
        for claim, near in zip(batch, find(batch), strict=True):
            unmapped.see(claim)
            own, more = decide_one(claim, near, usage, terms)
            rows += own
            others += more
    return Decided(tuple(rows), tuple(others), unmapped.found())
