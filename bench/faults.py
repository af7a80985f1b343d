"""Faults put into valid documents of a guide one at a time: every kind at every use of a segment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from bench.conformance import Conformance
from bench.documents import Maker, Occurrence, Spot, interchange
from bench.element_faults import element_faults
from bench.expectation import Document, Mutant, Named, made
from bench.segment_faults import segment_faults
from edi.guides.guide import Guide, LoopUse, SegmentUse, load

KINDS: Final = ("delete", "repeat", "twice", "swap", "move", "long", "type", "code", "missing", "extra", "component")


def mutants(guide: Guide, seed: int) -> Iterator[Mutant]:
    """Every mutant of a guide."""
    if guide.set == "envelope":
        yield from _envelope(guide, seed)
        return
    for document, index, full in documents(guide, seed):
        rng = random.Random(f"{seed} {index} {full}")
        if 0 < index < len(document.tokens) - 1:
            yield from segment_faults(document, index, rng)
        yield from element_faults(document, index, rng, qualifier_only=full)


def documents(guide: Guide, seed: int) -> Iterator[tuple[Document, int, bool]]:
    """For each use of a segment, a document with everything and the smallest: the document, the index, whether it is full."""
    full = [made(guide, seed, full=1.0)]
    for place in places(guide.root):
        while (index := full[-1].find(place)) is None:
            full.append(made(guide, seed, full=1.0, wanted=place))
        yield full[-1], index, True
        bare = made(guide, seed, full=0.0, wanted=place)
        index = bare.find(place)
        assert index is not None
        yield bare, index, False


def places(loop: LoopUse, around: tuple[LoopUse, ...] = ()) -> Iterator[tuple[SegmentUse | LoopUse, ...]]:
    """Every use of a segment, behind the loops around it."""
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield from places(item, (*around, item))
        else:
            yield (*around, item)


def _envelope(guide: Guide, seed: int) -> Iterator[Mutant]:
    """Faults of an interchange around one acknowledgment: its envelope segments gone or wrong."""
    inside = load("x12/999")
    maker = Maker(inside, random.Random(seed), full=0.0, often=False)
    tokens = [segment.split("*") for segment in interchange(inside, [maker.transaction()]).decode().split("~\n") if segment]
    tokens.insert(1, ["TA1", "000000001", "260301", "1200", "A", "000"])
    uses = {item.id: item for item in guide.root.items if isinstance(item, SegmentUse)}
    around = (Occurrence(guide.root),)
    other = SegmentUse("", "", "R", None, ())
    spots = tuple(Spot(uses.get(segment[0], other), around) for segment in tokens)
    document = Document(guide, tokens, spots, Conformance(guide, tokens))
    for index, segment in enumerate(tokens):
        id = segment[0]
        gone = [*tokens[:index], *tokens[index + 1 :]]
        if id in ("SE", "GE", "IEA"):
            yield Mutant(document, "delete", index, gone, (Named(frozenset({f"{id.lower()}-missing"}), None, id),))
        elif id in ("GS", "ST"):
            yield Mutant(document, "delete", index, gone, (Named(frozenset({"segment-outside"}), None, tokens[index + 1][0]),))
        elif id == "TA1":
            yield Mutant(document, "delete", index, gone, ())
        for mutant in element_faults(document, index, random.Random(seed), qualifier_only=False) if id in uses else ():
            # ISA11 and ISA16 are delimiters, and the ISA declares what divides components
            if id != "ISA" or (mutant.kind != "component" and not any(named.element in (11, 16) for named in mutant.expected)):
                yield mutant
