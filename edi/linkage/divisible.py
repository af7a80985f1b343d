"""Which line of a claim goes with which number when it is divided, and what speaks against dividing it.

Which codes add to which: edi/837/add-on.tsv. Which bills stay whole: edi/837/undivided.tsv.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Final

from edi import resources
from edi.guides.document import Loop, Unit
from edi.linkage.numbers import is_placeholder
from edi.linkage.placement import LINE
from edi.linkage.quantities import days
from edi.linkage.stays import inpatient
from edi.linkage.verdict import Row, Verdict
from edi.records.claim import Claim
from edi.records.dividing import PATIENT_PAID
from edi.records.values import read_amount

ADD_ONS: Final = "837/add-on.tsv"
UNDIVIDED: Final = "837/undivided.tsv"
_ORIGINAL: Final = "1"
_VALUES: Final = "BE"
"""HI01-1 of value codes."""


def line_numbers(claim: Claim, rows: Sequence[Row]) -> tuple[str, ...]:
    """The number that each line goes with: what it needs, or what stands for it, at the claim or (where it fits) at the line.

    A line that has neither goes with the procedure that it adds to, else with a line of its day, else with the first number.
    """
    known = {r.line: r.authorization for r in rows if r.verdict is Verdict.SPLIT_NEEDED or _stands(r)}
    numbers = [known.get(line.number, "") for line in claim.lines]
    lines = _Lines(claim)
    by_day = {day: number for n, number in reversed([*enumerate(numbers)]) if number for day in lines.days[n]}
    first = next(filter(None, numbers), "")

    def beside(line: int) -> str:
        primaries = (numbers[n] for n in lines.primaries(line))
        same_day = (by_day.get(day, "") for day in sorted(lines.days[line]))
        return next((number for number in (*primaries, *same_day) if number), first)

    return tuple(number or beside(n) for n, number in enumerate(numbers))


def _stands(row: Row) -> bool:
    fits = row.verdict in (Verdict.ALREADY_LINKED, Verdict.UNITS_SHORT)
    return row.placement not in ("", LINE) or (row.placement == LINE and fits)


class _Lines:
    """Codes and days of a claim's lines, looked up once: an institutional claim may have 999."""

    def __init__(self, claim: Claim) -> None:
        self.codes = [line.procedure.code if line.procedure else "" for line in claim.lines]
        self.days = [frozenset(days(line.period)) for line in claim.lines]

    def primaries(self, line: int) -> list[int]:
        """The lines of the same day that a line's procedure adds to."""
        spans = _add_ons().get(self.codes[line])
        if spans is None:
            return []
        fitting = (n for n, code in enumerate(self.codes) if any(low <= code <= high for low, high in spans))
        return [n for n in fitting if not self.days[n].isdisjoint(self.days[line])]


def against(unit: Unit, claim: Claim, numbers: Sequence[str]) -> Iterator[str]:
    """Every reason, a sentence each, why a claim must not be divided by these numbers of its lines."""
    if len({line.number for line in claim.lines}) < len(claim.lines):
        yield "Two of its lines have one number (LX01)."
    if len(set(numbers)) < 2:
        yield "All its lines go with one number."
    if claim.charge != sum((line.charge for line in claim.lines), Decimal(0)):
        yield "Its lines do not add up to its charge (CLM02)."
    if claim.frequency != _ORIGINAL:
        yield "It is not an original (CLM05-3 is not 1): it speaks of an earlier claim, which was one."
    for line, number in zip(claim.lines, numbers, strict=True):
        if any(own.payer_id in ("", claim.payer.id) and own.value.strip() not in ("", number) for own in line.authorizations):
            yield f"Line {line.number} has another number of its own (REF*G1)."
    held = [number.strip() for number in claim.authorizations]
    if len(held) > 1 or (held and held[0] not in numbers and not is_placeholder(held[0], claim)):
        yield "Another number stands in its REF*G1."
    yield from _amounts(unit.loop, claim, numbers)
    lines = _Lines(claim)
    for n, code in enumerate(lines.codes):
        primaries = lines.primaries(n)
        if primaries and all(numbers[other] != numbers[n] for other in primaries):
            other = claim.lines[primaries[0]].number
            yield f"Line {claim.lines[n].number} ({code}) only adds to line {other} ({lines.codes[primaries[0]]})."
    if claim.kind == "institutional":
        yield from _bill(claim, numbers, lines)


def _amounts(loop: Loop, claim: Claim, numbers: Sequence[str]) -> Iterator[str]:
    """Amounts that speak of the whole claim: only who gave them can say how they divide."""
    if any(other.first("AMT") or other.first("CAS") for other in loop.loops("2320")):
        yield "Another payer's amounts stand at the claim (2320 AMT, CAS)."
    if any(decision.get(6) for line in loop.loops(LINE) for inner in line.loops("2430") for decision in inner.every("SVD")):
        yield "A payer bundled some of its lines (SVD06)."
    if loop.first("HCP"):
        yield "A price for the whole claim stands there (HCP)."
    if any(contract.get(2) for contract in loop.every("CN1")):
        yield "An amount of its contract stands at the claim (CN102)."
    if any(hi.get(1, 1) == _VALUES for hi in loop.every("HI")):
        yield "Its value codes (HI*BE) are of the whole bill."
    paid = sum((read_amount(amount.get(2)) or Decimal(0) for amount in loop.every("AMT", *PATIENT_PAID)), Decimal(0))
    first = sum((line.charge for line, own in zip(claim.lines, numbers, strict=True) if own == numbers[0]), Decimal(0))
    if paid > first:
        yield "The patient's part (AMT) is more than the first claim would charge."


def _bill(claim: Claim, numbers: Sequence[str], lines: _Lines) -> Iterator[str]:
    """What stays on one institutional bill: a stay, a day, a period of care, a month of repeated services."""
    whole, repeated = _undivided()
    if inpatient(claim):
        yield "An inpatient stay is one claim."
        return
    if claim.place in whole:
        yield whole[claim.place]
    if any(line.period is None for line in claim.lines):
        yield "A line has no date, so that its day is not known."
    days_of: dict[str, set[date]] = {}
    for number, billed in zip(numbers, lines.days, strict=True):
        days_of.setdefault(number, set()).update(billed)
    if sum(map(len, days_of.values())) > len(set().union(*days_of.values())):
        yield "An outpatient bill has all services of one day."
    for code in sorted({line.revenue_code for line in claim.lines}):
        service = repeated.get(code) or repeated.get(code[:3])
        parts = {number for line, number in zip(claim.lines, numbers, strict=True) if line.revenue_code == code}
        if service and len(parts) > 1:
            yield f"A month of {service} (revenue code {code}) is one bill."


# -- the tables ----------------------------------------------------------------------------------------------------------


def _rows(name: str) -> list[list[str]]:
    text = resources.definition(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def _add_ons() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """An add-on code, and the codes (from, to) that it adds to."""
    spans = {code: [span.partition("-") for span in primaries.split(",")] for code, primaries in _rows(ADD_ONS)}
    return MappingProxyType({code: tuple((low, high or low) for low, _, high in found) for code, found in spans.items()})


@cache
def _undivided() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Types of bill that stay whole, with the reason; and revenue codes of services that are billed by the month."""
    tables: dict[str, dict[str, str]] = {"bill": {}, "revenue": {}}
    for what, code, why in _rows(UNDIVIDED):
        tables[what][code] = why
    return MappingProxyType(tables["bill"]), MappingProxyType(tables["revenue"])
