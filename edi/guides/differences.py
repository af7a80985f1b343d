"""Two opinions of one file side by side: where they agree, where only one finds fault, and what the other finds around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from edi.guides.comparison import Opinion
from edi.text.segments import Source, read

PYX12: Final = "pyx12"
EDI: Final = "edi"
LEVELS: Final = 2
"""What pyx12 judges: our levels above are not compared."""
STRIDE: Final = 24
"""Segments between faults of structure that may come of each other."""
STRUCTURE: Final = ("not-found", "segment-missing", "loop-missing", "segment-repeats", "loop-repeats", "segment-unused", "id")
"""pyx12's messages of segments that it does not find, or does not find where its map wants them."""

_Set: TypeAlias = tuple[str, int]
_Segment: TypeAlias = tuple[str, int, int]


class Sides:
    """What both engines found in one file, to be asked what stands where. Our warnings are not faults to pyx12."""

    def __init__(self, theirs: Sequence[Opinion], ours: Sequence[Opinion], source: Source | None = None) -> None:
        self.theirs, self.ours, self._source = theirs, ours, source
        self._their_places = {o.place for o in theirs}
        self._our_places = {o.place for o in ours if not o.warning}
        self._segments = {PYX12: _by_segment(theirs), EDI: _by_segment(ours)}
        self._sets = {PYX12: _by_set(theirs), EDI: _by_set(ours)}
        self.stop = min((o.offset for o in ours if o.kind == "segment-empty"), default=-1)
        """Where pyx12 stops reading: the first empty segment, in bytes; -1 where there is none."""

    @property
    def agreed(self) -> int:
        """The places that both find fault with."""
        return len(self._their_places & self._our_places)

    def differences(self) -> Iterator[tuple[str, Opinion]]:
        """The places that only one of the two finds fault with: who finds it, and what."""
        yield from ((PYX12, o) for o in self.theirs if o.place not in self._our_places)
        yield from ((EDI, o) for o in self.ours if o.place not in self._their_places and not o.warning and o.level <= LEVELS)

    def here(self, by: str, opinion: Opinion, *kinds: str) -> list[Opinion]:
        """What one side finds at the segment of an opinion, of these kinds."""
        return [o for o in self._segments[by].get(opinion.segment, ()) if o.kind in kinds]

    def around(self, by: str, opinion: Opinion, *kinds: str, before: int = STRIDE, behind: int = STRIDE) -> list[Opinion]:
        """What one side finds at most so many segments before or behind an opinion in its transaction, of these kinds."""
        low, high = opinion.position - before, opinion.position + behind
        return [o for o in self._sets[by].get(opinion.set, ()) if low <= o.position <= high and o.kind in kinds]

    def earlier(self, by: str, opinion: Opinion, *kinds: str) -> list[Opinion]:
        """What one side finds up to an opinion in its transaction, of these kinds."""
        return self.around(by, opinion, *kinds, before=opinion.position, behind=0)

    def strayed(self, opinion: Opinion) -> bool:
        """Whether an opinion stands in a run of faults of structure, one of which both sides find."""
        return opinion.segment in self._strays

    def behind_strays(self, opinion: Opinion) -> bool:
        """Whether such a run reaches the segment of an opinion, or one shortly before it."""
        return any((*opinion.set, opinion.position - n) in self._strays for n in range(STRIDE + 1))

    @cached_property
    def _strays(self) -> frozenset[_Segment]:
        found: set[_Segment] = set()
        for key in self._sets[PYX12].keys() & self._sets[EDI].keys():
            theirs = {o.position for o in self._sets[PYX12][key] if o.kind in STRUCTURE}
            ours = {o.position for o in self._sets[EDI][key] if _structural(o) or (o.position in theirs and not o.warning)}
            for run in _runs(sorted(theirs | ours)):
                if any(position + d in theirs for position in ours.intersection(run) for d in (-1, 0, 1)):
                    found.update((*key, position) for position in run)
        return frozenset(found)

    def ids(self, opinion: Opinion) -> tuple[str, str]:
        """The id of the segment at which we find something missing, and of the one before it."""
        return self._ids.get(opinion.offset, ("", ""))

    @cached_property
    def _ids(self) -> Mapping[int, tuple[str, str]]:
        wanted = {o.offset for o in self.ours if o.kind in ("segment-missing", "loop-missing")}
        found, before = dict[int, tuple[str, str]](), ""
        for segment in read(self._source) if self._source is not None and wanted else ():
            if segment.raw:
                if segment.offset in wanted:
                    found[segment.offset] = (segment.id, before)
                before = segment.id
        return found


def _by_segment(opinions: Iterable[Opinion]) -> Mapping[_Segment, list[Opinion]]:
    found: dict[_Segment, list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        found[opinion.segment].append(opinion)
    return found


def _by_set(opinions: Iterable[Opinion]) -> Mapping[_Set, list[Opinion]]:
    found: dict[_Set, list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        found[opinion.set].append(opinion)
    return found


def _structural(opinion: Opinion) -> bool:
    """Whether a problem of ours is one of structure, or of an element that may tell where a segment belongs."""
    qualifier = opinion.kind in ("element-code", "element-missing", "component-extra") and opinion.element in (1, 3)
    return not opinion.warning and (opinion.kind.startswith(("segment-", "loop-")) or qualifier)


def _runs(positions: Sequence[int]) -> Iterator[list[int]]:
    """Positions in runs, each at most `STRIDE` behind the one before."""
    run: list[int] = []
    for position in positions:
        if run and position - run[-1] > STRIDE:
            yield run
            run = []
        run.append(position)
    if run:
        yield run
