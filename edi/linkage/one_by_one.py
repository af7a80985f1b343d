"""Claims decided one after the other: each with its authorization, and what stands beside that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from edi.errors import EdiError
from edi.frozen import changed
from edi.linkage.beside import beside
from edi.linkage.matching import decide
from edi.linkage.terms import Terms
from edi.linkage.unmapped import Unmapped, UnmappedPayer
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict, report, totals
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.envelope import USUAL
from edi.records.numbering import UnfitNumberError, check_number
from edi.text.segments import Delimiters

BATCH: Final = 500
"""Claims for which candidates are asked at once."""

_MOST: Final = "most files"
"""Which file a claim that is a record will stand in is not known."""

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
    return decide(claim, near, usage, terms), beside(claim, near, usage, terms)


def decide_all(claims: Iterable[Claim], find: Find, usage: Usage, terms: Terms) -> Decided:
    """Claims that are records, in their order, for a program with a store of its own; each uses its units before those behind."""
    rows: list[Row] = []
    others: list[Row] = []
    unmapped, waiting = Unmapped(terms.required), iter(claims)
    while batch := list(islice(waiting, BATCH)):
        for claim, near in zip(batch, find(batch), strict=True):
            unmapped.see(claim)
            own, more = decide_one(claim, near, usage, terms)
            rows += held_by(USUAL, claim, own, usage)
            others += held_by(USUAL, claim, more, usage)
    return Decided(tuple(rows), tuple(others), unmapped.found())


def held_by(delimiters: Delimiters, claim: Claim, rows: Iterable[Row], usage: Usage) -> Iterator[Row]:
    """Rows as those of a file with these delimiters: what it could not hold is not written."""
    for row in rows:
        try:
            if row.written:
                check_number(row.authorization, delimiters, f"The {row.kind} number", _MOST)
            if row.written and row.other:
                check_number(row.payer, delimiters, "The payer id", _MOST)
        except UnfitNumberError as refused:
            yield not_written(claim, row, Verdict.CALL_PAYER, refused, usage)
        else:
            yield row


def not_written(claim: Claim, row: Row, verdict: Verdict, refused: EdiError, usage: Usage) -> Row:
    """A row whose number fits and cannot be written: the verdict, and why; what the claim would use of it is given back."""
    if not row.other:
        usage.withdraw(claim)
    return changed(row, verdict=verdict, written=False, placement="", reasons=(*row.reasons, str(refused)))
