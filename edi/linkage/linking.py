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
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, NamedTuple, cast, overload

from edi.errors import EdiError, Problem, SourceError
from edi.frozen import changed, quick
from edi.guides import document
from edi.guides.document import Unit
from edi.guides.rules.files import files_named, requirements
from edi.linkage.agreement import Matching
from edi.linkage.clear import decide_clear
from edi.linkage.directory import Directory
from edi.linkage.identity import NO_ALIASES
from edi.linkage.joining import joined
from edi.linkage.matching import unknown
from edi.linkage.offers import REFERRAL
from edi.linkage.one_by_one import BATCH, Decided, Find, decide_all, decide_one, not_written
from edi.linkage.placement import LINE, Level, not_applicable
from edi.linkage.requirements import required as required_of
from edi.linkage.rows import PartRows, Rows, heads
from edi.linkage.terms import DEFAULTS, PayerRules, Required, Terms
from edi.linkage.unmapped import Unmapped, UnmappedPayer
from edi.linkage.unreadable import UNREADABLE, broken, chargeless, problem
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row, Verdict, report, totals
from edi.records.authorization import Authorization
from edi.records.claim import Claim, HeldNumber, billing_of, claim_of, glance, is_claim
from edi.records.claim_facts import Facts, facts_of
from edi.records.made import naming
from edi.records.numbering import NoRoomError, OtherNumberError, UnfitNumberError, put_number
from edi.text.segments import Source, is_source

_IN_MEMORY: Final = 4 << 20
_NOT_WRITTEN: Final[Mapping[type[EdiError], Verdict]] = MappingProxyType(
    {UnfitNumberError: Verdict.CALL_PAYER, NoRoomError: Verdict.SPLIT_NEEDED, OtherNumberError: Verdict.WRONG_NUMBER}
)
"""The verdict on a number that fits, and cannot be written; where it cannot be said in which place, a person must choose."""


@quick
@dataclass(frozen=True, slots=True)
class Passed:
    """A unit that went through, with what was decided about the claim that it is (no rows: it is none)."""

    unit: Unit
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    claim: Claim | None = None
    beside: tuple[Row, ...] = ()
    """What was decided about its referral, and about the numbers of its other payers."""
    facts: Facts | None = None
    """Of a plain claim that was not read whole yet."""
    glanced: bool = False
    """Whether the claim was not read whole yet (see `edi.records.claim.glance`)."""
    whole: bool = False
    """Whether the claim is all that the unit said before a number was written into it."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be done by a person."""
        return all(row.verdict.settled for row in (*self.rows, *self.beside))


class Piece(NamedTuple):
    """Bytes that went through, with what was decided about the claims in them."""

    data: bytes
    rows: PartRows | Sequence[Row] = ()
    beside: Sequence[Row] = ()
    problems: Sequence[Problem] = ()
    claims: Sequence[tuple[Claim, bool]] = ()
    """Those of which more is asked, and whether each is settled."""


class Edit(NamedTuple):
    """What was edited: where, in the place of how many bytes, what stands there now, and by how many segments that is more."""

    at: int
    size: int
    data: bytes
    added: int


@overload
def link(
    claims: Source,
    authorizations: Iterable[Authorization],
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    chosen: Mapping[str, str] = NO_ALIASES,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    usage: Usage | None = None,
    level: Callable[[Claim], Level] | None = None,
) -> Linked: ...
@overload
def link(
    claims: Iterable[Claim],
    authorizations: Iterable[Authorization],
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    chosen: Mapping[str, str] = NO_ALIASES,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    usage: Usage | None = None,
    level: Callable[[Claim], Level] | None = None,
) -> Decided: ...
@naming(claims=Claim, authorizations=Authorization)
def link(
    claims: Source | Iterable[Claim],
    authorizations: Iterable[Authorization],
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    chosen: Mapping[str, str] = NO_ALIASES,
    payers: Mapping[str, str] = NO_ALIASES,
    required: Required | None = None,
    usage: Usage | None = None,
    level: Callable[[Claim], Level] | None = None,
) -> Linked | Decided:
    """Decide about every claim, with these authorizations and nothing else.

    `claims` is an 837, into which the numbers are put where they belong; or records, of which it is only said where. Requests
    and answers among `authorizations` are joined as a ledger joins them (`joined`).

    `rules` are files that say what payers want authorized and how they match, or the names of shipped ones; `required` asks in
    the place of files.
    `replace` writes over wrong numbers. `chosen` has by CLM01 the number that a person chose of several that fit. `payers` gives
    other ids of a payer; `usage` is what was used before, and what these claims use is added to it. `level` says at which level
    a claim's payer wants its number. Raises SourceError for what cannot be opened or read, DefinitionError for a broken file of
    rules.
    """
    authorization, referral = wanted_by(rules)
    wanted = required or authorization
    terms = Terms(replace, payers, wanted, referral=referral, level=level, chosen=chosen)
    find = Directory(joined(authorizations)).find
    used = Usage() if usage is None else usage
    if is_source(claims):
        return Linked(link_units(document.units(claims), find, used, terms), Unmapped(wanted))
    return decide_all(claims, find, used, terms)


def wanted_by(rules: Sequence[str | Path]) -> tuple[PayerRules | None, PayerRules | None]:
    """What files of rules want of claims, authorizations and referrals, and how their payers match; None where there are none."""
    if not rules:
        return None, None
    files = files_named(rules)
    wanted, matching = requirements(rules, shipped=False), Matching(files)
    of_authorizations, of_referrals = (required_of(wanted, referral=referral) if wanted else None for referral in (False, True))
    limits = tuple(limit for file in files for limit in file.limits)
    return PayerRules(of_authorizations, matching, wanted, limits), PayerRules(of_referrals, matching, wanted)


def link_units(
    parts: Iterable[Unit], find: Find, usage: Usage, terms: Terms = DEFAULTS, *, batch: int = BATCH
) -> Iterator[Passed]:
    """The units of an 837 in their order, each claim decided and its numbers written into it."""
    waiting, claims = list[Passed](), 0

    def settle() -> Iterator[Passed]:
        found = iter(find([passed.claim for passed in waiting if passed.claim is not None]) if claims else ())
        for passed in waiting:
            yield passed if passed.claim is None else decide_passed(passed, passed.claim, next(found), usage, terms)

    for unit, cut in ends(parts):
        passed = cut_off(read_unit(unit, terms)) if cut else read_unit(unit, terms)
        waiting.append(passed)
        claims += passed.claim is not None
        if claims >= batch or len(waiting) >= 8 * batch:
            yield from settle()
            waiting, claims = [], 0
    yield from settle()


def decide_passed(passed: Passed, claim: Claim, near: Sequence[Authorization], usage: Usage, terms: Terms) -> Passed:
    """What is decided about a claim that was read, with its candidates; its numbers are written into it."""
    whole = True
    if passed.facts is not None:
        if (clear := decide_clear(passed.unit, passed.facts, near, usage, terms)) is not None:
            return Passed(passed.unit, clear.rows, passed.problems, clear.claim)
        compared = passed.facts.whole(billing_of(passed.unit))
        whole, claim = compared is None, compared or claim_of(passed.unit)
    elif passed.glanced:
        if not near and not usage.knows(claim.id) and not not_applicable(claim):
            return Passed(passed.unit, (unknown(claim),), passed.problems, claim)
        claim = claim_of(passed.unit, claim)
    own, beside = decide_one(claim, near, usage, terms)
    if terms.brief:
        own, beside = tuple(map(_bare, own)), tuple(map(_bare, beside))
    return _written(Passed(passed.unit, own, passed.problems, claim, beside, whole=whole), claim, usage)


def _bare(row: Row) -> Row:
    """A row without what nobody reads of it."""
    return changed(row, candidates=()) if row.candidates else row


def ends(parts: Iterable[Unit]) -> Iterator[tuple[Unit, bool]]:
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


def cut_off(passed: Passed) -> Passed:
    """The last unit of a source that should not end with it."""
    message = "The file does not end with its IEA: it was cut off. What stood behind is not known."
    return changed(passed, problems=(*passed.problems, problem(passed.unit, "cut-off", message)))


def read_unit(unit: Unit, terms: Terms) -> Passed:
    """A unit, with the claim that it is, as far as it can be read."""
    problems = broken(unit)
    if is_claim(unit) and not any(each.code == UNREADABLE for each in problems):
        if not chargeless(unit):
            passed = _read(unit, terms)
            return changed(passed, problems=problems) if problems else passed
        problems += (problem(unit, UNREADABLE, "This claim cannot be read: its charge (CLM02) is no amount"),)
    elif unit.kind == "other" and unit.loop.id == "837" and unit.loop.first("ST") is not None:
        message = "There is no guide for these claims: they are copied as they are."
        problems += (problem(unit, "claims-without-guide", message),)
    return Passed(unit, problems=problems)


def _read(unit: Unit, terms: Terms) -> Passed:
    """A claim: where no rules are asked about it, no more than tells whether anything is on file."""
    if (facts := facts_of(unit)) is not None and not terms.asked_about(facts.claim):
        return Passed(unit, claim=facts.claim, facts=facts)
    if facts is None and (claim := glance(unit)) is not None and not terms.asked_about(claim):
        return Passed(unit, claim=claim, glanced=True)
    return Passed(unit, claim=claim_of(unit))


def _written(decided: Passed, claim: Claim, usage: Usage) -> Passed:
    """The claim with its numbers. One that X12 cannot carry there is not written, and its row says why."""
    done: dict[tuple[object, ...], EdiError | None] = {}

    def write(row: Row) -> Row:
        if not row.written:
            return row
        line = _line_of(claim, row)
        place = (row.kind, row.payer if row.other else "", line, row.authorization)
        if place not in done:
            there = _there(claim, line, row)
            try:
                put_number(
                    decided.unit, row.authorization, line=line, payer_id=there.payer_id, replace=there.value, kind=row.kind
                )
                done[place] = None
            except EdiError as error:
                done[place] = error
        if (refused := done[place]) is None:
            return row
        return not_written(claim, row, _NOT_WRITTEN.get(type(refused), Verdict.AMBIGUOUS), refused, usage)

    return changed(decided, rows=tuple(map(write, decided.rows)), beside=tuple(map(write, decided.beside)))


def _line_of(claim: Claim, row: Row) -> str | None:
    """The line (LX01) that a number goes to; None for the claim."""
    if row.placement != LINE:
        return None
    return row.line if row.line is not None else claim.lines[0].number


def _there(claim: Claim, line: str | None, row: Row) -> HeldNumber:
    """What the row's `previous` is byte for byte, with the payer that it names: a row tells it without outer blanks."""
    referral = row.kind == REFERRAL
    payers = (row.payer,) if row.other else ("", claim.payer.id)
    if line is not None:
        held = [h for each in claim.lines if each.number == line for h in (each.referrals if referral else each.authorizations)]
    elif row.other:
        others = [other for other in claim.other_payers if other.id == row.payer]
        held = [HeldNumber(value=other.referral if referral else other.authorization, payer_id=other.id) for other in others]
    else:
        values = (claim.referral,) if referral else (claim.authorization, *claim.authorizations)
        held = [HeldNumber(value=value) for value in values]
    found = [number for number in held if number.value.strip() == row.previous and number.payer_id in payers]
    return found[0] if row.previous and found else HeldNumber(value="", payer_id=row.payer if row.other else "")


def piece_of(passed: Passed, writing: document.Writing) -> Piece:
    claims = ((passed.claim, passed.settled),) if passed.claim is not None else ()
    data = writing.of(passed.unit)
    return Piece(data, passed.rows, passed.beside, (*passed.problems, *writing.found()), claims)


class Linked:
    """Claims that were decided: the rows, what could not be read (`problems`), and the 837 with its numbers.

    `claims` are the rows of the authorizations, `beside` those of referrals and of other payers' numbers, where there are any;
    the totals are of `claims` alone, so that each dollar is counted once.

    `unmapped` are the payers of claims that no file of rules names, where there are files that name any. `tax_ids` has, of claims
    with something left to do, by the byte at which they begin, the tax id of the billing provider, "" where it has none.
    """

    def __init__(self, passed: Iterable[Passed | Piece], unmapped: Unmapped | None = None) -> None:
        """Runs through `passed`, as `link_units` or `link_together` give it. What it raises leaves nothing behind."""
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)
        parts: list[PartRows | Sequence[Row]] = []
        rows: list[Row] = []
        others: list[Row] = []
        problems: list[Problem] = []
        self.tax_ids: dict[int, str] = {}
        writing = document.Writing()
        for one in passed:
            piece = one if isinstance(one, Piece) else piece_of(one, writing)
            self._file.write(piece.data)
            if isinstance(piece.rows, PartRows):
                parts += tuple(rows), piece.rows
                rows.clear()
            else:
                rows += piece.rows
            others += piece.beside
            problems += piece.problems
            for claim, settled in piece.claims:
                if not settled:
                    self.tax_ids[claim.offset] = claim.billing.tax_id
                if unmapped is not None:
                    unmapped.see(claim)
        self.claims: Sequence[Row] = Rows([*parts, tuple(rows)]) if parts else tuple(rows)
        self.beside: tuple[Row, ...] = tuple(others)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.unmapped: tuple[UnmappedPayer, ...] = unmapped.found() if unmapped is not None else ()

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """By verdict: claims and charges."""
        return totals(heads(self.claims))

    @property
    def everything(self) -> Sequence[Row]:
        """`claims`, and `beside` behind them."""
        return Rows([self.claims, self.beside])

    def to_json(self) -> dict[str, Any]:
        """The report, version 1."""
        return report(self.claims, self.beside, self.unmapped)

    def write(self, target: str | Path | BinaryIO) -> None:
        """Write the linked 837. A file comes whole or not at all, and is its owner's alone; SourceError says why it cannot be."""
        save(self._file, target)


def save(kept: BinaryIO, target: str | Path | BinaryIO) -> None:
    """Write what was kept in a temporary file to where it belongs; a file whole or not at all, and for its owner alone."""
    kept.seek(0)
    if not isinstance(target, str | Path):
        shutil.copyfileobj(kept, target)
        return
    path, name = Path(target), ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(kept, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the name came as text
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error
    finally:
        if name:
            with suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - as above
