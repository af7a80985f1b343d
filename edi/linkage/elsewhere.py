"""Claims of a file decided by other processes, batch after batch, as one process would decide them all.

A batch is decided elsewhere as if nothing before it in the file had used anything. Here, where the batches come together in their
order, a claim is decided again where that was not so: where it depends on an authorization, or on a claim of the same number,
that the file changed before; and with it every claim of its batch that depends on the same. So rows, bytes and uses are those of
one process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, TypeAlias

from edi.errors import Problem
from edi.frozen import changed, quick
from edi.guides.document import Unit
from edi.guides.packing import Packed, pack, unpack
from edi.linkage.deciding import BATCH
from edi.linkage.linking import Passed, cut_off, decide_passed, ends, read_unit
from edi.linkage.offers import key_of
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage, Use
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization
from edi.records.claim import Claim, is_claim
from edi.records.parties import NOBODY

AHEAD: Final = 6
"""So many batches are read before the first of them is waited for."""


class Finding(Protocol):
    """What finds the candidates of claims, and has their uses in `usage`."""

    usage: Usage

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Sequence[Authorization]]: ...

    def take_over(self, uses: Mapping[str, Sequence[Use]]) -> None:
        """Have these be all uses of their authorizations: they need not be found any more."""


@quick
@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided about a claim elsewhere, and what that depends on."""

    rows: tuple[Row, ...]
    beside: tuple[Row, ...]
    problems: tuple[Problem, ...]
    written: bytes | None
    """The claim with its numbers in it; None where it stays as it is."""
    keys: tuple[str, ...]
    """The authorizations that it may use, or used."""
    names: tuple[str, ...]
    """The claims (CLM01) as which it may have used something: it, and the one that it replaces."""
    changed: tuple[str, ...]
    """The claims whose uses it changed, as the first one of its batch."""
    claim: Claim | None
    """Where rules are asked, or it is not settled: to whom it goes, for how much, and who bills."""


class Answer(NamedTuple):
    """A batch that was decided elsewhere: its claims, and all uses of the authorizations of which they changed any."""

    settled: tuple[Settled, ...]
    uses: dict[str, tuple[Use, ...]]


Ask: TypeAlias = Callable[[Packed], Callable[[], Answer | None]]
"""Gives a batch to another process; what it gives back waits for the answer. None: there is none."""


def answer(packed: Packed, find: Finding, terms: Terms) -> Answer:
    """Decide about a batch, with what is used when the file begins."""
    usage, settled, changes = find.usage, list[Settled](), 0
    passed = [read_unit(unit, terms.ruled) for unit in unpack(packed)]
    near = iter(find([one.claim for one in passed if one.claim is not None]))
    for one in passed:
        if one.claim is None:
            settled.append(Settled((), (), one.problems, None, (), (), (), None))
            continue
        settled.append(_settled(one, one.claim, next(near), usage, terms, changes))
        changes += len(settled[-1].changed)
    return Answer(tuple(settled), {key: usage.used(key) for key in usage.keys(usage.changes())})


def _settled(passed: Passed, claim: Claim, near: Sequence[Authorization], usage: Usage, terms: Terms, changes: int) -> Settled:
    """A claim decided; so many `changes` were made before."""
    done = decide_passed(passed, claim, near, usage, terms)
    names = usage.names(done.claim or claim)
    keys = usage.keys(names).union(map(key_of, near))
    return Settled(
        rows=done.rows,
        beside=done.beside,
        problems=done.problems,
        written=bytes(done.unit.loop) if done.unit.loop.edited else None,
        keys=tuple(keys),
        names=tuple(names),
        changed=usage.changes(changes),
        claim=_outline(done.claim or claim) if terms.ruled or not done.settled else None,
    )


def _outline(claim: Claim) -> Claim:
    """A claim as far as it is asked where the batches come together."""
    return Claim(
        id=claim.id,
        offset=claim.offset,
        payer=claim.payer,
        filing=claim.filing,
        charge=claim.charge,
        subscriber=NOBODY,
        patient=NOBODY,
        billing=claim.billing,
    )


def link_elsewhere(parts: Iterable[Unit], find: Finding, terms: Terms, ask: Ask) -> Iterator[Passed]:
    """As `link_units`, with claims decided by whom `ask` asks."""
    together, waiting = _Together(find, terms), deque[tuple[list[tuple[Unit, bool]], Callable[[], Answer | None]]]()
    for units in _batches(ends(parts)):
        packed = pack([unit for unit, _ in units if is_claim(unit)])
        waiting.append((units, ask(packed) if packed is not None else _none))
        if len(waiting) > AHEAD:
            yield from together.pass_on(*waiting.popleft())
    while waiting:
        yield from together.pass_on(*waiting.popleft())


def _batches(parts: Iterable[tuple[Unit, bool]]) -> Iterator[list[tuple[Unit, bool]]]:
    units: list[tuple[Unit, bool]] = []
    claims = 0
    for unit, cut in parts:
        units.append((unit, cut))
        claims += is_claim(unit)
        if claims >= BATCH or len(units) >= 8 * BATCH:
            yield units
            units, claims = [], 0
    yield units


def _none() -> None:
    """Nobody was asked."""


class _Together:
    """Batches as they come together: what the file changed so far."""

    def __init__(self, find: Finding, terms: Terms) -> None:
        self._find, self._terms = find, terms
        self._keys: set[str] = set()
        self._names: set[str] = set()

    def pass_on(self, units: Sequence[tuple[Unit, bool]], waited: Callable[[], Answer | None]) -> Iterator[Passed]:
        """The units of a batch, with what stands decided about its claims."""
        claims = [unit for unit, _ in units if is_claim(unit)]
        found = waited() if claims else None
        settled: dict[int, Settled] = dict(enumerate(found.settled)) if found is not None else {}
        for n in self._again(settled, claims):
            del settled[n]
        if found is not None:
            self._take_over(found, settled)
        done = iter([*self._decided(claims, settled)])
        for unit, cut in units:
            passed = next(done) if is_claim(unit) else read_unit(unit, self._terms.ruled)
            yield cut_off(passed) if cut else passed

    def _again(self, settled: Mapping[int, Settled], claims: Sequence[Unit]) -> Set[int]:
        """Which claims are to be decided again; so are those that share with one of them what they depend on."""
        again = {
            n
            for n, one in settled.items()
            if not (self._keys.isdisjoint(one.keys) and self._names.isdisjoint(one.names))
            or (one.written is not None and claims[n].loop.packed is None)
        }
        keys, names, more = set[str](), set[str](), again
        while more:
            keys.update(key for n in more for key in settled[n].keys)
            names.update(name for n in more for name in settled[n].names)
            shared = {n for n, one in settled.items() if not (keys.isdisjoint(one.keys) and names.isdisjoint(one.names))}
            more = shared - again
            again |= more
        return again

    def _take_over(self, found: Answer, settled: Mapping[int, Settled]) -> None:
        """Have what was decided count."""
        keys = {key for one in settled.values() for key in one.keys}
        uses = {key: known for key, known in found.uses.items() if key in keys}
        self._find.take_over(uses)
        self._keys.update(uses)

    def _decided(self, claims: Sequence[Unit], settled: Mapping[int, Settled]) -> Iterator[Passed]:
        """The claims in their order, as they were settled elsewhere, or decided here."""
        usage, ruled = self._find.usage, self._terms.ruled
        read = {n: read_unit(unit, ruled) for n, unit in enumerate(claims) if n not in settled}
        asked = [passed.claim for passed in read.values() if passed.claim is not None]
        near = iter(self._find(asked) if asked else ())
        for n, unit in enumerate(claims):
            if (one := settled.get(n)) is not None:
                usage.take_over({}, one.changed)
                self._names.update(one.changed)
                if one.written is not None:
                    unit = changed(unit, loop=unit.loop.rewritten(one.written))
                yield Passed(unit, one.rows, one.problems, one.claim, one.beside)
                continue
            passed = read[n]
            if passed.claim is None:
                yield passed
                continue
            mine = next(near)
            names = usage.names(passed.claim)
            self._keys.update(usage.keys(names), map(key_of, mine))
            self._names.update(names)
            yield decide_passed(passed, passed.claim, mine, usage, self._terms)
