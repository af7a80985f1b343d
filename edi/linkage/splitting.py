"""Claims that need one number more than they can carry, divided: one claim for each authorization.

A line goes with the number that certifies it. A line that needs none goes with the procedure that it adds to, else with a line of
its day, else with the first part. A claim that must not be divided is copied as it is, and all reasons are told.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from string import ascii_uppercase
from typing import Any, BinaryIO, Final, cast

from edi.errors import EdiError, Problem
from edi.guides import document
from edi.guides.document import Unit
from edi.linkage.directory import Directory
from edi.linkage.divisible import against, line_numbers
from edi.linkage.identity import NO_ALIASES
from edi.linkage.joining import joined
from edi.linkage.linking import Passed, link_units, save, wanted_by
from edi.linkage.one_by_one import Find
from edi.linkage.placement import Level
from edi.linkage.terms import Required, Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict, money
from edi.records.authorization import Authorization
from edi.records.claim import Claim, claim_of, is_claim
from edi.records.dividing import Share, divide
from edi.records.made import naming
from edi.records.numbering import put_number, remove_number
from edi.records.services import span
from edi.text.segments import Delimiters, Source, encode, open_source

_IN_MEMORY: Final = 4 << 20
_LONGEST: Final = 20
"""So much of CLM01 every payer returns (X12 RFI 525)."""
_MOST_CLAIMS: Final = 100
"""2300 in one level."""
_LEVELS: Final = ("2000B", "2000C")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPart:
    """One of the claims that came of one."""

    claim: str
    """CLM01."""
    authorization: str
    lines: tuple[str, ...]
    """LX01 as they were."""
    amount: Decimal

    def to_json(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "authorization": self.authorization,
            "lines": list(self.lines),
            "amount": money(self.amount),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What became of a claim that needed to be divided: its parts, or the reasons why it has none."""

    claim: str
    transaction: str
    payer: str
    amount: Decimal
    offset: int
    """Where CLM begins in what was read, in bytes."""
    parts: tuple[ClaimPart, ...] = ()
    reasons: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The row as in reports."""
        return {
            "claim": self.claim,
            "transaction": self.transaction,
            "payer": self.payer,
            "divided": bool(self.parts),
            "parts": [part.to_json() for part in self.parts],
            "reasons": list(self.reasons),
            "amount": money(self.amount),
            "offset": self.offset,
        }


class Wanted:
    """What one reading of a source tells: which claims are to be divided, all numbers, and how full each level is."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Row, ...]] = {}
        """By the offset of CLM."""
        self.ids: set[str] = set()
        self.problems: list[Problem] = []
        """What could not be read."""
        self._level = 0
        self._claims: dict[int, int] = {}
        self._levels: dict[int, int] = {}

    def see(self, passed: Passed) -> None:
        """The next unit, with what was decided about the claim that it is."""
        unit, rows = passed.unit, passed.rows
        self.problems += passed.problems
        if unit.loop.id in _LEVELS:
            self._level += 1
        if not is_claim(unit):
            return
        clm = unit.loop.first("CLM")
        assert clm is not None
        self.ids.add(clm.get(1))
        self._claims[self._level] = self._claims.get(self._level, 0) + 1
        if any(row.verdict is Verdict.SPLIT_NEEDED for row in rows):
            self.rows[clm.offset] = rows
            self._levels[clm.offset] = self._level

    def takes(self, offset: int, more: int) -> bool:
        """Whether the level of a claim has room for so many more claims."""
        return self._claims[self._levels[offset]] + more <= _MOST_CLAIMS

    def add(self, offset: int, ids: Sequence[str]) -> None:
        """A claim was divided: its parts are there now."""
        self._claims[self._levels[offset]] += len(ids) - 1
        self.ids.update(ids)


class Split:
    """A file of claims of which some were divided: `claims` tells each that needed it, `write` gives the file.

    `divided` are the claims that are claims no more, as they were; `problems` says what could not be read, as of `Linked`,
    and `any_claims` whether there was a claim at all.
    """

    def __init__(self, source: Source, wanted: Wanted) -> None:
        """Reads the source for the second time."""
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)
        found: list[Division] = []
        whole: list[Claim] = []

        def units() -> Iterator[Unit]:
            for unit in document.units(source):
                clm = unit.loop.first("CLM") if is_claim(unit) else None
                if clm is None or clm.offset not in wanted.rows:
                    yield unit
                    continue
                parts, division = _divided(unit, wanted)
                found.append(division)
                if division.parts:
                    whole.append(claim_of(unit))
                yield from parts

        for data in document.write(units()):
            self._file.write(data)
        self.claims: tuple[Division, ...] = tuple(found)
        self.divided: tuple[Claim, ...] = tuple(whole)
        self.problems: tuple[Problem, ...] = tuple(wanted.problems)
        self.any_claims = bool(wanted.ids)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {"version": 1, "claims": [division.to_json() for division in self.claims]}

    def write(self, target: str | Path | BinaryIO) -> None:
        """Write the 837 with the divided claims, as `Linked.write` does."""
        save(self._file, target)


@contextmanager
def read_twice(source: Source) -> Iterator[Callable[[], Source]]:
    """A source that can be read from its start as often as it is called for; what can be read only once is kept meanwhile."""
    if isinstance(source, bytes | Path) or (isinstance(source, str) and source != "-"):
        yield lambda: source
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        file = open_source(source)
        while data := file.read(1 << 20):
            kept.write(data)

        def again() -> Source:
            kept.seek(0)
            return cast(BinaryIO, kept)

        yield again


@naming(authorizations=Authorization)
def split(
    source: Source,
    authorizations: Iterable[Authorization],
    rules: Sequence[str | Path] = (),
    *,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    usage: Usage | None = None,
    level: Callable[[Claim], Level] | None = None,
) -> Split:
    """Divide the claims of an 837 that need more authorization numbers than they can carry: one claim for each number.

    Arguments and errors are those of `link`. What was not divided is copied byte for byte, and every other claim too.
    """
    used = Usage() if usage is None else usage
    terms = Terms(payers=payers, required=required or wanted_by(rules)[0], level=level)
    return split_units(source, Directory(joined(authorizations)).find, used, terms)


def split_units(source: Source, find: Find, usage: Usage, terms: Terms) -> Split:
    """Decide about the claims of a source as `link_units` does, by its terms, and divide those that need it."""
    with read_twice(source) as again:
        wanted = Wanted()
        for passed in link_units(document.units(again()), find, usage, terms):
            wanted.see(passed)
        return Split(again(), wanted)


def _divided(unit: Unit, wanted: Wanted) -> tuple[list[Unit], Division]:
    claim = claim_of(unit)
    rows = wanted.rows[claim.offset]
    about: dict[str, Any] = {"claim": claim.id, "transaction": claim.transaction, "payer": rows[0].payer}
    about |= {"amount": claim.charge, "offset": claim.offset}
    numbers = line_numbers(claim, rows)
    reasons = list(against(unit, claim, numbers))
    shares = _shares(claim, numbers, wanted, unit.context.delimiters) if not reasons else []
    if not reasons and not shares:
        reasons = [f"No new claim number is free that has at most {_LONGEST} characters."]
    if shares and not wanted.takes(claim.offset, len(shares) - 1):
        reasons = [f"The patient's level holds {_MOST_CLAIMS} claims at most."]
    if reasons:
        return [unit], Division(**about, reasons=tuple(reasons))
    kept = tuple(share for share, _ in shares)
    parts = divide(unit, kept)
    try:
        for part, (_, number) in zip(parts, shares, strict=True):
            for line in claim_of(part).lines:
                for own in line.authorizations:
                    if own.payer_id in ("", claim.payer.id):  # which is the claim's now, and is not repeated at a line
                        remove_number(part, own.value, line=line.number, payer_id=own.payer_id)
            put_number(part, number, replace=claim.authorization)
    except EdiError as error:
        return [unit], Division(**about, reasons=(str(error),))
    wanted.add(claim.offset, [share.id for share in kept])
    told = (
        ClaimPart(
            claim=share.id,
            authorization=number,
            lines=tuple(claim.lines[n].number for n in share.lines),
            amount=share.charge,
        )
        for share, number in shares
    )
    return parts, Division(**about, parts=tuple(told))


def _shares(claim: Claim, numbers: Sequence[str], wanted: Wanted, delimiters: Delimiters) -> list[tuple[Share, str]]:
    """The parts with their numbers, in the order of their first lines; none where there are no claim numbers for them."""
    own = list(dict.fromkeys(numbers))
    for between in ("-", ""):
        ids = [f"{claim.id}{between}{letter}" for letter in ascii_uppercase[: len(own)]]
        if between and encode(between) in (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition):
            continue
        if len(ids) == len(own) and wanted.ids.isdisjoint(ids) and all(len(id) <= _LONGEST for id in ids):
            return [(_share(claim, id, number, numbers), number) for id, number in zip(ids, own, strict=True)]
    return []


def _share(claim: Claim, id: str, number: str, numbers: Sequence[str]) -> Share:
    lines = tuple(n for n, other in enumerate(numbers) if other == number)
    whole = span(claim.lines[n].period for n in lines)
    return Share(id=id, lines=lines, charge=sum((claim.lines[n].charge for n in lines), Decimal(0)), period=whole)
