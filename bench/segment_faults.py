"""Segments and loops gone, repeated beyond their limit, or moved."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from bench.documents import Tokens, first_of, number_levels
from bench.expectation import Document, Mutant, Named, changed, path
from edi.guides.guide import LoopUse, SegmentUse

MISSING: Final = frozenset({"segment-missing", "loop-missing"})
REPEATS: Final = frozenset({"segment-repeats", "loop-repeats"})
ASTRAY: Final = frozenset({"segment-out-of-order", "segment-misplaced", "segment-repeats", "loop-repeats"})
LONGEST: Final = 1500
"""Segments; what passes its limit only in a longer document is left out."""


def segment_faults(document: Document, index: int, rng: random.Random) -> Iterator[Mutant]:
    """A segment left out, repeated, changed with the one behind it, and moved to a place that chance names."""
    tokens = document.tokens
    yield changed(document, "delete", index, tokens[:index] + tokens[index + 1 :], _gone(document, index))
    yield from _repeated(document, index)
    if index + 2 < len(tokens) and tokens[index] != tokens[index + 1]:
        swapped = [*tokens[:index], tokens[index + 1], tokens[index], *tokens[index + 2 :]]
        around = [Named(ASTRAY, range(index + 1 + k, index + 2 + k), swapped[index + k][0]) for k in (0, 1)]
        lost = [Named(MISSING, range(index + 1, index + 4), swapped[index + k][0]) for k in (0, 1)]
        yield changed(document, "swap", index, swapped, *around, *lost)
    to = rng.choice([i for i in range(1, len(tokens) - 1) if abs(i - index) > 1] or [index])
    rest = tokens[:index] + tokens[index + 1 :]
    moved = [*rest[:to], tokens[index], *rest[to:]]
    if moved != tokens:
        astray = Named(ASTRAY, range(to + 1, to + 2), tokens[index][0])
        yield changed(document, "move", index, moved, astray, _gone(document, index, int(to <= index)))


def _gone(document: Document, index: int, shift: int = 0) -> Named:
    """What names a segment that is no longer there: at what stands in its place, the first behind its X12 position.

    `shift`: how far what stands behind has moved.
    """
    spot = document.spots[index]
    depth = len(spot.around) - 1
    if not document.opens(index):
        at = document.behind(index, depth)
    elif document.within(index + 1, spot.around[-1]):
        at = index + 1  # the loop is there, its first segment is not
    else:
        at = document.behind(index, depth - 1)
    return Named(MISSING, range(at + shift, at + shift + 1), spot.use.id, path(spot))


def _repeated(document: Document, index: int) -> Iterator[Mutant]:
    """A segment once more than it may stand in its loop; a loop's first segment twice, and the whole loop too often."""
    tokens, spot = document.tokens, document.spots[index]
    around = spot.around[-1]
    if document.opens(index):
        twice = [*tokens[: index + 1], list(tokens[index]), *tokens[index + 1 :]]
        inside = [first_of(item).id for item in around.loop.items[1:] if item.usage == "R"]
        lacking = [Named(MISSING, range(index + 2, index + 3), id) for id in inside]
        extra = Named(REPEATS, range(index + 2, index + 3), spot.use.id)
        yield changed(document, "twice", index, _leveled(document, twice), extra, *lacking)
        item: SegmentUse | LoopUse = around.loop
        first, last = index, document.end(index)
    else:
        item, first, last = spot.use, index, index + 1
    if item.most is None or len(tokens) + item.most * (last - first) > LONGEST:
        return
    copies = [list(segment) for _ in range(item.most) for segment in tokens[first:last]]
    repeated = _leveled(document, [*tokens[:last], *copies, *tokens[last:]])
    at = first + item.most * (last - first) + 1
    yield changed(document, "repeat", index, repeated, Named(REPEATS, range(at, at + 1), spot.use.id, path(spot)))


def _leveled(document: Document, tokens: Tokens) -> Tokens:
    tokens = [list(segment) for segment in tokens]
    number_levels(tokens, document.guide)
    return tokens
