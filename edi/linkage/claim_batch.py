"""Claims decided together: those that the compiled linker is sure of at once, then the others one by one, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple, Protocol

from edi.frozen import changed
from edi.guides.document import Unit, UnitRow
from edi.guides.runs import Together
from edi.linkage.compiled import Linker, RecordFinder, Sure, linker_for
from edi.linkage.linking import Edit, Passed, decide_passed, read_unit
from edi.linkage.offers import key_of
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization
from edi.records.claim import Claim, billing_of
from edi.records.parties import NO_PARTY, NOBODY, Party


class CandidateFinder(RecordFinder, Protocol):
    """What finds the candidates of claims, and has their uses in `usage`."""

    usage: Usage

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Sequence[Authorization]]: ...


class Claims(Protocol):
    """Claims by their places, read one by one or in rows that a linker took."""

    @property
    def linker(self) -> Linker | None: ...
    @property
    def passed(self) -> Mapping[int, Passed]:
        """Those that were read one by one."""

    def apart(self, which: Sequence[int]) -> Mapping[int, Passed]:
        """Some of the others, read one by one."""

    def billing(self, n: int) -> Party:
        """Who bills, of one of the others."""


class ClaimDecision(NamedTuple):
    """What was decided about a claim, and what that depends on."""

    rows: tuple[Row, ...]
    beside: tuple[Row, ...]
    edit: Edit | None
    names: frozenset[str]
    """The claims (CLM01) as which it may have used something: it, and the one that it replaces."""
    keys: frozenset[str]
    """The authorizations that it may use, or used."""
    changed: tuple[str, ...]
    """The claims whose uses it changed, as the first one."""
    claim: Claim | None
    """To whom it goes, for how much, and who bills; None where nobody asks."""
    settled: bool
    """Whether nothing is left to be done."""


class Deciding:
    """Claims with what is known of them; what they use is taken from `find.usage` when they are decided."""

    def __init__(self, claims: Claims, find: CandidateFinder, terms: Terms) -> None:
        self._claims, self._find, self._terms = claims, find, terms
        self._waiting: list[tuple[int, Passed, Claim, Sequence[Authorization]]] = []
        self._look_up(claims.passed)
        if claims.linker is not None:
            self._look_up(claims.apart(claims.linker.not_plain()))
            self._look_up(claims.apart(self._unsure(claims.linker)))

    def decide(self) -> Iterator[tuple[int, ClaimDecision]]:
        """Decide about all of them, those first that others may depend on; those that are no claims after all are left out."""
        for n, sure in self._claims.linker.settled(self._find) if self._claims.linker is not None else ():
            yield n, self._settled(n, sure)
        for n, passed, claim, near in sorted(self._waiting, key=itemgetter(0)):
            yield n, self._decided(passed, claim, near)

    def _look_up(self, passed: Mapping[int, Passed]) -> None:
        """Have claims wait that are decided one by one, each with its candidates."""
        read = [(n, one, one.claim) for n, one in passed.items() if one.claim is not None]
        candidates = self._find([claim for _, _, claim in read]) if read else ()
        self._waiting += [(*one, near) for one, near in zip(read, candidates, strict=True)]

    def _unsure(self, linker: Linker) -> list[int]:
        """The claims of which the linker is not sure."""
        usage, taken, names = self._find.usage, dict[int, set[str]](), set[str]()
        for n, _, claim, near in self._waiting:
            own = usage.names(claim)
            taken[n] = usage.keys(own).union(map(key_of, near))
            names |= own
        return linker.decide(self._find, taken, names)

    def _settled(self, n: int, sure: Sure) -> ClaimDecision:
        users, claim = (sure.claim,) if sure.uses else (), None
        settled = all(row.verdict.settled for row in sure.rows)
        if self._terms.ruled or not settled:
            billing = NO_PARTY if settled else self._claims.billing(n)  # nobody asks who bills what leaves nothing to do
            claim = _claim(sure.claim, sure.rows[0].offset, sure.payer, sure.charge, billing)
        keys = frozenset(sure.near)
        return ClaimDecision(sure.rows, (), sure.edit, frozenset((sure.claim,)), keys, users, claim, settled)

    def _decided(self, passed: Passed, claim: Claim, near: Sequence[Authorization]) -> ClaimDecision:
        usage, loop = self._find.usage, passed.unit.loop
        at, size, count, before = loop.start or 0, len(bytes(loop)), loop.count(), usage.changed_so_far
        done = decide_passed(passed, claim, near, usage, self._terms)
        edit = Edit(at, size, bytes(loop), loop.count() - count) if loop.edited else None
        claim = done.claim or claim
        names = usage.names(claim)
        keys = frozenset(usage.keys(names).union(map(key_of, near)))
        return ClaimDecision(done.rows, done.beside, edit, names, keys, usage.changes(before), outline(claim), done.settled)


class Units:
    """Claims that are told apart, to be decided together."""

    def __init__(self, units: Sequence[Unit], terms: Terms) -> None:
        self._units, self._terms = units, terms
        self.linker = linker_for(terms)
        passed: list[int] = []
        for n, unit in enumerate(units):
            row = row_of(unit)
            if self.linker is None or row is None or not self.linker.take(row):
                passed.append(n)
                if self.linker is not None:
                    self.linker.pass_by()
        self.passed = self.apart(passed)

    def apart(self, which: Sequence[int]) -> dict[int, Passed]:
        """Some of them, read one by one."""
        return {n: read_unit(self._units[n], self._terms) for n in which}

    def billing(self, n: int) -> Party:
        """Who bills."""
        return billing_of(self._units[n])


def row_of(unit: Unit) -> UnitRow | None:
    """A claim as a row of one; None where somebody looked into it."""
    packed, context = unit.loop.packed, unit.context
    if packed is None:
        return None
    raw, offset, end = packed
    return None if end is None else UnitRow(context, Together(raw, 0, len(raw), offset, end, (), context.parents))


def outline(claim: Claim) -> Claim:
    """A claim as far as it is asked where the parts come together."""
    return changed(_claim(claim.id, claim.offset, claim.payer, claim.charge, claim.billing), filing=claim.filing)


def _claim(id: str, offset: int, payer: Party, charge: Decimal, billing: Party) -> Claim:
    return Claim(id=id, offset=offset, payer=payer, charge=charge, subscriber=NOBODY, patient=NOBODY, billing=billing)
