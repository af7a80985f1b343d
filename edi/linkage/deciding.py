"""Claims that are records, decided in batches, for a program with a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from edi.linkage.identity import NO_ALIASES
from edi.linkage.matching import Required, decide
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, report, totals
from edi.records.authorization import Authorization
from edi.records.claim import Claim

BATCH: Final = 500
"""Claims for which candidates are asked at once."""

Find: TypeAlias = Callable[[Sequence[Claim]], Sequence[Sequence[Authorization]]]
"""Candidates for each claim of a batch, in its order: the authorizations of the claim's member ids, and those whose numbers
the claim carries, whoever's they are."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about claims that are records: where `written` is true, the number belongs into the row's `placement`."""

    claims: tuple[Row, ...]

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By verdict: claims and charges."""
        return totals(self.claims)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return report(self.claims)


def decide_each(
    claims: Iterable[Claim],
    find: Find,
    usage: Usage,
    *,
    replace: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
) -> Iterator[Row]:
    """The rows of claims in their order; each uses its units before those behind it."""
    waiting = iter(claims)
    while batch := list(islice(waiting, BATCH)):
        for claim, candidates in zip(batch, find(batch), strict=True):
            yield from decide(claim, candidates, usage, replace=replace, payers=payers, required=required)
