"""Claims as a file gives them, to be sent in the place of what was sent; and where that file is cut off."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlmodel import Session

from edi.errors import Problem
from edi.guides.document import Unit, units
from edi.ledger.corrections.billed import Billed, billed
from edi.ledger.production import alike
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.reading import cut_off
from edi.records.single import read_single, single
from edi.text.segments import Source


@dataclass(slots=True)
class Given:
    """What a file gives of the claims that were named."""

    claims: dict[str, dict[Billed, Unit]] = field(default_factory=dict)
    """By CLM01 its bills, each in a context of its own; of one that comes twice the last."""
    cut: dict[tuple[str, Billed], Problem] = field(default_factory=dict)
    """Those behind whose last segment the file is cut off: more of them may have been there."""
    problems: list[Problem] = field(default_factory=list)

    def of(self, name: str, sent: Claim) -> tuple[Unit | None, Problem | None]:
        """The claim with a number, and that it is cut off; of several bills the one of which the dates are, as it was `sent`."""
        bills = self.claims.get(name, {})
        same = period, late = billed(sent)
        near = list(bills)
        if len(bills) > 1:
            near = [each for each in bills if each[1] is late and each[0] and period and each[0].overlaps(period)]
        own = same if same in bills else near[0] if len(near) == 1 else None
        return (bills[own], self.cut.get((name, own))) if own is not None else (None, None)

    @property
    def single(self) -> dict[str, Claim]:
        """The claims of which one bill is there, which says which one is meant."""
        return {name: claim_of(unit) for name, bills in self.claims.items() if len(bills) == 1 for unit in bills.values()}


def given(session: Session, source: Source, names: Collection[str]) -> Given:
    """The claims with these numbers in an 837."""
    found = Given()
    last: Unit | None = None
    for unit in alike(session, units(source)):
        if unit.kind == "filler":
            continue
        if unit.kind == "ISA" and last is not None and last.kind != "IEA":
            _cut_off(found, last)
        if is_claim(unit) and (claim := claim_of(unit)).id in names:
            found.claims.setdefault(claim.id, {})[billed(claim)] = read_single(single(unit))
            found.cut.pop((claim.id, billed(claim)), None)
        last = unit
    if last is not None and last.kind != "IEA":
        _cut_off(found, last)
    return found


def _cut_off(found: Given, unit: Unit) -> None:
    """An interchange that ends with this unit and has no IEA."""
    problem = cut_off(unit)
    found.problems.append(problem)
    if is_claim(unit):
        claim = claim_of(unit)
        if claim.id in found.claims:
            found.cut[claim.id, billed(claim)] = problem


def where(problems: Iterable[Problem]) -> str:
    """In which bytes a file is cut off, to be said behind a sentence; "" where it is whole."""
    at = ", ".join(str(problem.offset) for problem in problems)
    return f" It is cut off at byte {at}." if at else ""
