"""A stream of claims, linked: read unit by unit, decided in batches, written with the numbers in it.

What is no claim, and what cannot be read as one, goes through unchanged. Memory is bounded by one batch of claims, whatever
the size of the source; the result waits in a temporary file until it is written where it belongs.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias, cast

from edi.errors import EdiError, Problem, SourceError
from edi.guides import document
from edi.guides.document import Unit
from edi.guides.rules import requirements
from edi.linkage.identity import NO_ALIASES, member_ids
from edi.linkage.matching import Required, decide
from edi.linkage.offers import offers
from edi.linkage.placement import LINE
from edi.linkage.requirements import required as required_of
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict, totals
from edi.records.authorization import Authorization
from edi.records.claim import Claim, HeldNumber, claim_of, is_claim
from edi.records.numbering import put_number
from edi.text.segments import Source

BATCH: Final = 500
"""Claims for which candidates are asked at once."""
_IN_MEMORY: Final = 4 << 20

Find: TypeAlias = Callable[[Sequence[Claim]], Sequence[Sequence[Authorization]]]
"""Candidates for each claim of a batch, in its order: the authorizations of the claim's member ids, and those whose numbers
the claim carries, whoever's they are."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A unit that went through, with what was decided about the claim that it is (no rows: it is none)."""

    unit: Unit
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    claim: Claim | None = None


def link(
    source: Source,
    authorizations: Iterable[Authorization],
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    usage: Usage | None = None,
) -> Linked:
    """Decide about every claim of an 837, with these authorizations and nothing else, and put their numbers where they belong.

    `rules` are files that say what payers want authorized, or the names of shipped ones; `required` asks in the place of files.
    `replace` writes over wrong numbers. `payers` gives other ids of a payer; `usage` is what was used before, and what these
    claims use is added to it. Raises SourceError for what cannot be opened or read, DefinitionError for a broken file of rules.
    """
    required = required or required_by(rules)
    find = Directory(authorizations).find
    used = Usage() if usage is None else usage
    return Linked(link_units(document.units(source), find, used, replace=replace, payers=payers, required=required))


def required_by(rules: Sequence[str | Path]) -> Required | None:
    """What files of rules want of claims; None where there are none."""
    return required_of(requirements(rules, shipped=False)) if rules else None


def link_units(
    parts: Iterable[Unit],
    find: Find,
    usage: Usage,
    *,
    replace: bool = False,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    batch: int = BATCH,
) -> Iterator[Passed]:
    """The units of an 837 in their order, each claim decided and its numbers written into it."""
    waiting: list[Passed] = []
    claims = 0

    def settle() -> Iterator[Passed]:
        found = iter(find([passed.claim for passed in waiting if passed.claim is not None]) if claims else ())
        for passed in waiting:
            if passed.claim is None:
                yield passed
                continue
            rows = decide(passed.claim, next(found), usage, replace=replace, payers=payers, required=required)
            yield _written(passed, rows, usage)

    for unit, cut in _ends(parts):
        passed = _cut_off(_read(unit)) if cut else _read(unit)
        waiting.append(passed)
        claims += passed.claim is not None
        if claims >= batch or len(waiting) >= 8 * batch:
            yield from settle()
            waiting, claims = [], 0
    yield from settle()


def _ends(parts: Iterable[Unit]) -> Iterator[tuple[Unit, bool]]:
    """Units, and whether one is the last of a source that should not end there."""
    last: Unit | None = None
    closed = True
    for unit in parts:
        if last is not None:
            yield last, False
        last = unit
        closed = unit.kind == "IEA" if unit.kind != "filler" else closed
    if last is not None:
        yield last, not closed


def _cut_off(passed: Passed) -> Passed:
    message = "The file does not end with its IEA: it was cut off, and so is what is written."
    return replace(passed, problems=(*passed.problems, _problem(passed.unit, "cut-off", message)))


def _read(unit: Unit) -> Passed:
    if is_claim(unit):
        try:
            return Passed(unit, claim=claim_of(unit))
        except EdiError as error:
            return Passed(unit, problems=(_problem(unit, "claim-unreadable", f"This claim cannot be read: {error}"),))
    if unit.kind == "other" and unit.loop.id == "837" and unit.loop.first("ST") is not None:
        message = "There is no guide for these claims: they are copied as they are."
        return Passed(unit, problems=(_problem(unit, "claims-without-guide", message),))
    return Passed(unit)


def _problem(unit: Unit, code: str, message: str) -> Problem:
    context, first = unit.context, next(unit.loop.walk(), None)
    return Problem(
        code=code,
        message=message,
        interchange=context.isa.get(13) if context.isa else None,
        group=context.gs.get(6) if context.gs else None,
        transaction=context.st.get(2) if context.st else None,
        loop=unit.loop.id,
        segment=first.id if first else None,
        offset=first.offset if first else None,
    )


def _written(passed: Passed, rows: tuple[Row, ...], usage: Usage) -> Passed:
    """The claim with its numbers. One that X12 cannot carry there is not written, and its row says why."""
    claim = passed.claim
    assert claim is not None
    done: dict[tuple[str | None, str], str] = {}
    told = []
    for row in rows:
        if not row.written:
            told.append(row)
            continue
        line = _line_of(claim, row)
        place = (line, row.authorization)
        if place not in done:
            there = _there(claim, line, row.previous)
            try:
                put_number(passed.unit, row.authorization, line=line, payer_id=there.payer_id, replace=there.value)
                done[place] = ""
            except EdiError as error:
                done[place] = str(error)
        if done[place]:
            usage.withdraw(claim)
            reasons = (*row.reasons, done[place])
            row = replace(row, verdict=Verdict.SPLIT_NEEDED, written=False, placement="", reasons=reasons)
        told.append(row)
    return replace(passed, rows=tuple(told))


def _line_of(claim: Claim, row: Row) -> str | None:
    """The line (LX01) that a number goes to; None for the claim."""
    if row.placement != LINE:
        return None
    return row.line if row.line is not None else claim.lines[0].number


def _there(claim: Claim, line: str | None, previous: str) -> HeldNumber:
    """What `previous` is byte for byte, with the payer that it names: a row tells it without outer blanks."""
    held = [HeldNumber(value=value) for value in (claim.authorization, *claim.authorizations)]
    if line is not None:
        held = [number for each in claim.lines if each.number == line for number in each.authorizations]
    found = [number for number in held if number.value.strip() == previous and number.payer_id in ("", claim.payer.id)]
    return found[0] if previous and found else HeldNumber(value="")


class Directory:
    """Authorizations by member id and by number, for claims to be looked up in memory."""

    def __init__(self, authorizations: Iterable[Authorization]) -> None:
        self._by_member: dict[str, list[Authorization]] = {}
        self._by_number: dict[str, list[Authorization]] = {}
        for authorization in authorizations:
            for id in member_ids(authorization.subscriber, authorization.patient):
                self._by_member.setdefault(id, []).append(authorization)
            for number in {offer.number for offer in offers(authorization)} - {""}:
                self._by_number.setdefault(number, []).append(authorization)

    def find(self, claims: Sequence[Claim]) -> list[list[Authorization]]:
        """The candidates of each claim."""
        return [self._of(claim) for claim in claims]

    def _of(self, claim: Claim) -> list[Authorization]:
        found: dict[int, Authorization] = {}
        for member in sorted(member_ids(claim.subscriber, claim.patient)):
            found.update((id(a), a) for a in self._by_member.get(member, ()))
        for number in sorted(carried(claim)):
            found.update((id(a), a) for a in self._by_number.get(number, ()))
        return list(found.values())


def carried(claim: Claim) -> frozenset[str]:
    """Every number in a REF*G1 of the claim or its lines, outer blanks taken off."""
    held = [claim.authorization, *claim.authorizations, *(n.value for line in claim.lines for n in line.authorizations)]
    return frozenset(number.strip() for number in held if number.strip())


class Linked:
    """Claims that were decided: the rows (`claims`), what could not be read (`problems`), and the 837 with its numbers."""

    def __init__(self, passed: Iterable[Passed]) -> None:
        """Runs through `passed`, which is as `link_units` gives it. What it raises leaves nothing behind."""
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)
        rows: list[Row] = []
        problems: list[Problem] = []

        def units() -> Iterator[Unit]:
            for one in passed:
                rows.extend(one.rows)
                problems.extend(one.problems)
                yield one.unit

        for data in document.write(units()):
            self._file.write(data)
        self.claims: tuple[Row, ...] = tuple(rows)
        self.problems: tuple[Problem, ...] = tuple(problems)

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By verdict: claims and charges."""
        return totals(self.claims)

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return {"version": 1, "claims": [row.to_json() for row in self.claims], "totals": self.totals}

    def write(self, target: str | Path | BinaryIO) -> None:
        """Write the linked 837. A file comes whole or not at all, and is its owner's alone; SourceError says why it cannot be."""
        self._file.seek(0)
        if isinstance(target, str | Path):
            self._replace(Path(target))
        else:
            shutil.copyfileobj(self._file, target)

    def _replace(self, path: Path) -> None:
        name = ""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(self._file, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)  # noqa: PTH105 - the name came as text
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}.") from error
        finally:
            if name:
                with suppress(FileNotFoundError):
                    os.unlink(name)  # noqa: PTH108 - as above
