"""Whether a problem is true: the one thing that it says, mended, makes the document one of the guide.

Some faults have two readings. Without its NM1, the last loop of a claim may look like more of the loop before it, with a segment
too many. A report that names such a reading is right too, and this is how it is known without asking the engine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from bench.documents import Maker, Tokens, levels, number_levels
from bench.expectation import Mutant
from bench.segment_faults import ASTRAY, MISSING
from edi.errors import Problem
from edi.guides.guide import Guide, LoopUse, SegmentUse

AWAY: Final = ASTRAY | {"segment-unused", "segment-unknown"}
LONGEST: Final = 40
"""Segments of a loop that is taken out."""
NEAR: Final = 20
"""Segments that one is moved over."""
MOVED: Final = 6
"""Segments that are moved together."""


def is_true(mutant: Mutant, problem: Problem) -> bool:
    """Whether mending what a problem says makes a mutant a document of its guide."""
    at = (problem.position or 0) - 1
    if not 0 <= at < len(mutant.tokens):
        return False
    holds = mutant.document.conformance.holds
    return any(holds(_counted(mutant, mended)) for mended in _mended(mutant, problem, at))


def _counted(mutant: Mutant, tokens: Tokens) -> Tokens:
    """With the numbers that the levels, and SE01, then have."""
    guide = mutant.document.guide
    tokens = [list(segment) if segment[0] in ("HL", "SE") else segment for segment in tokens]
    if all(len(segment) > 3 and segment[3] in levels(guide)[0] for segment in tokens if segment[0] == "HL"):
        number_levels(tokens, guide)
    if tokens[-1][0] == "SE":
        tokens[-1][1] = mutant.document.tokens[-1][1]
    return tokens


def _mended(mutant: Mutant, problem: Problem, at: int) -> Iterator[Tokens]:
    tokens, guide = mutant.tokens, mutant.document.guide
    if problem.code in MISSING:
        for added in _made(guide, problem):
            yield [*tokens[:at], *added, *tokens[at:]]
    elif problem.code in AWAY:
        for stop in range(at + 1, min(at + LONGEST, len(tokens) - 1) + 1):
            yield [*tokens[:at], *tokens[stop:]]
        for size in range(1, MOVED + 1):
            moved, rest = tokens[at : at + size], [*tokens[:at], *tokens[at + size :]]
            for to in range(max(1, at - NEAR), min(at + NEAR, len(rest) - 1) + 1):
                yield [*rest[:to], *moved, *rest[to:]]
    elif problem.code.startswith(("element-", "component-", "repetition-")):
        for use, _ in uses(guide.root, ""):
            if isinstance(use, SegmentUse) and use.id == problem.segment:
                yield [*tokens[:at], Maker(guide, random.Random(0), full=0.0).segment(use), *tokens[at + 1 :]]
    elif problem.code.startswith("hl-"):
        yield tokens


def _made(guide: Guide, problem: Problem) -> Iterator[Tokens]:
    """What a problem says is missing."""
    maker = Maker(guide, random.Random(0), full=0.0, units=1, often=False, levels=0.0)
    for use, loop in uses(guide.root, ""):
        if loop != (problem.loop or ""):
            continue
        if isinstance(use, LoopUse):
            if problem.code == "loop-missing":
                yield maker.loop(use)
        elif problem.code == "segment-missing" and use.id == problem.segment:
            yield [maker.segment(use)]


def uses(loop: LoopUse, path: str) -> Iterator[tuple[SegmentUse | LoopUse, str]]:
    """Every use in a loop, with the path of the loop that it stands in, or is."""
    for item in loop.items:
        if isinstance(item, LoopUse):
            inner = f"{path}/{item.id}".lstrip("/")
            yield item, inner
            yield from uses(item, inner)
        else:
            yield item, path
