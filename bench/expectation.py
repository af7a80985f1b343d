"""A valid document with one thing changed, and what a report must say of it, stated without asking the engine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bench.conformance import Conformance, groups_of
from bench.documents import Maker, Occurrence, Spot, Tokens
from edi.errors import Problem
from edi.guides.guide import Guide, LoopUse, SegmentUse


class Named(NamedTuple):
    """What a problem must say: one of these codes, at one of these positions (ST = 1), of this segment and loop.

    `positions` None: outside of transactions. `loop` None: any. `element` 0: none, None: any.
    """

    codes: frozenset[str]
    positions: range | None
    segment: str
    loop: str | None = None
    element: int | None = 0
    component: int | None = None

    def matches(self, problem: Problem) -> bool:
        if problem.code not in self.codes or problem.segment != self.segment:
            return False
        if problem.position not in (self.positions or (None,)):
            return False
        if self.loop is not None and (problem.loop or "") != self.loop:
            return False
        return self.element is None or ((problem.element or 0), problem.component) == (self.element, self.component)


@dataclass(frozen=True)
class Document:
    """A valid document: its segments, where each stands, and how it may be read."""

    guide: Guide
    tokens: Tokens
    spots: tuple[Spot, ...]
    conformance: Conformance

    def find(self, place: Sequence[SegmentUse | LoopUse]) -> int | None:
        """The first index at which a segment is used so, in these loops."""
        ids = [id(item) for item in place]
        found = (i for i, s in enumerate(self.spots) if [*(id(o.loop) for o in s.around[1:]), id(s.use)] == ids)
        return next(found, None)

    def within(self, index: int, occurrence: Occurrence) -> bool:
        """Whether a segment stands in a loop."""
        return index < len(self.spots) and occurrence in self.spots[index].around

    def opens(self, index: int) -> bool:
        """Whether a segment is the first of its loop."""
        return len(self.spots[index].around) > 1 and not self.within(index - 1, self.spots[index].around[-1])

    def end(self, index: int) -> int:
        """The first index behind the loop around a segment."""
        around = self.spots[index].around[-1]
        while self.within(index, around):
            index += 1
        return index

    def behind(self, index: int, depth: int) -> int:
        """The first index behind the X12 position of what stands in the loop at `depth` around a segment."""
        parent = self.spots[index].around[depth]
        group = next(g.items for g in groups_of(parent.loop) if any(item is self._item(index, depth) for item in g.items))
        while self.within(index, parent) and any(item is self._item(index, depth) for item in group):
            index += 1
        return index

    def _item(self, index: int, depth: int) -> SegmentUse | LoopUse:
        spot = self.spots[index]
        return spot.around[depth + 1].loop if len(spot.around) > depth + 1 else spot.use


@dataclass(frozen=True)
class Mutant:
    """A document with one change, at a segment; `named`: what would name it, any of them."""

    document: Document
    kind: str
    at: int
    tokens: Tokens
    named: tuple[Named, ...]
    doubtful: bool = False
    """The guide may allow it."""

    @cached_property
    def expected(self) -> tuple[Named, ...]:
        """What would name it; empty where it is no fault. Found out when it is asked: of most mutants it never is."""
        return () if self.doubtful and self.document.conformance.holds(self.tokens) else self.named


def changed(document: Document, kind: str, index: int, tokens: Tokens, *named: Named) -> Mutant:
    """A mutant, without expectations where the guide allows what was done."""
    if len(tokens) != len(document.tokens):
        tokens = [*tokens[:-1], ["SE", str(len(tokens)), *tokens[-1][2:]]]
    return Mutant(document, kind, index, tokens, named, doubtful=True)


def path(spot: Spot) -> str:
    """The loops around a segment, as a report writes them."""
    return "/".join(occurrence.loop.id for occurrence in spot.around[1:])


def made(guide: Guide, seed: int, *, full: float, wanted: Sequence[SegmentUse | LoopUse] = ()) -> Document:
    """A valid document: with everything that the guide names, or with as little as may be beside what is wanted."""
    ids = frozenset(map(id, wanted))
    for levels in (full, 1.0):  # a level may need others below it
        maker = Maker(guide, random.Random(seed), full=full, units=1, often=False, levels=levels, wanted=ids)
        tokens = maker.transaction()
        document = Document(guide, tokens, tuple(maker.spots), Conformance(guide, tokens))
        if document.conformance.valid:
            return document
    raise AssertionError(f"{guide.name} {guide.version}: what was made is no document of the guide")
