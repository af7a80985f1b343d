"""Moulds: a small transaction of a shape that was walked before becomes a tree of loops without being walked again.

Where a segment belongs follows from the segments' ids, the codes by which the guide tells uses of one id apart, and the numbers
of the hierarchy (HL). Transactions that agree in these have one shape, and most of a file do. Only a walk that was never in
doubt makes a mould: where it was, it looked at more than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from edi.guides.guide import Guide
from edi.guides.table import Step, table
from edi.guides.tree import Loop
from edi.text.segments import Delimiters, Segment, decode

LONGEST: Final = 200
"""Segments; a longer transaction is hardly the second of its shape."""
KEPT: Final = 2_000
"""Moulds; of a file whose every transaction is another one, the first so many."""
Shape: TypeAlias = tuple[object, ...]
_HIERARCHY: Final = "HL"


@dataclass(frozen=True, slots=True)
class Mould:
    """A loop: its step in the guide's table, and what stands in it, segments by their position in the transaction."""

    id: str
    step: Step | None
    start: int
    stop: int
    """Its own segments that stand before the first loop in it: from this position to that."""
    behind: tuple[int | Mould, ...]
    """What stands behind these."""
    own: tuple[tuple[str, tuple[int, ...]], ...]
    """Its own segments, by their ids."""


def mould_of(loop: Loop, segments: Sequence[Segment]) -> Mould:
    """The mould of a transaction that was walked."""
    return _mould(loop, segments, {segment.offset: n for n, segment in enumerate(segments)})


def _mould(loop: Loop, segments: Sequence[Segment], positions: Mapping[int, int]) -> Mould:
    children = [
        _mould(child, segments, positions) if isinstance(child, Loop) else positions[child.offset] for child in loop.children
    ]
    start = next((one for one in children if isinstance(one, int)), 0)
    count = next((n for n, one in enumerate(children) if one != start + n), len(children))
    own: dict[str, list[int]] = {}
    for one in children:
        if isinstance(one, int):
            own.setdefault(segments[one].id, []).append(one)
    named = tuple((name, tuple(found)) for name, found in own.items())
    return Mould(loop.id, loop.step, start, start + count, tuple(children[count:]), named)


def cast(mould: Mould, segments: list[Segment], parent: Loop | None = None) -> Loop:
    """A transaction's segments in a mould."""
    loop = Loop(mould.id, mould.step, parent)
    children: list[Segment | Loop] = [*segments[mould.start : mould.stop]]
    loops: dict[str, list[Loop]] = {}
    for one in mould.behind:
        if isinstance(one, int):
            children.append(segments[one])
            continue
        inner = cast(one, segments, loop)
        children.append(inner)
        if one.id in loops:
            loops[one.id].append(inner)
        else:
            loops[one.id] = [inner]
    loop.looked_through(children, {id: [segments[n] for n in found] for id, found in mould.own}, loops)
    return loop


class Moulds:
    """The moulds of a source, by shape."""

    def __init__(self) -> None:
        self._kept: dict[Shape, Mould] = {}
        self._telling: dict[str, dict[str, tuple[int, ...]]] = {}

    def shape(self, guide: Guide, delimiters: Delimiters, segments: Sequence[Segment]) -> Shape:
        """What decides where segments belong."""
        telling = self._telling.get(guide.name)
        if telling is None:
            telling = self._telling[guide.name] = _telling(guide)
        found: list[object] = [guide.name, delimiters]
        for segment in segments:
            texts = segment.texts
            name = texts[0]
            if name == _HIERARCHY:
                found.append(segment.raw)
                continue
            found.append(name)
            for element in telling.get(name, ()):
                found.append(texts[element] if element < len(texts) else None)
        return tuple(found)

    def of(self, shape: Shape) -> Mould | None:
        """The mould of a shape that was kept."""
        return self._kept.get(shape)

    def keep(self, shape: Shape, mould: Mould) -> None:
        """Keep the mould of a shape."""
        if len(self._kept) < KEPT:
            self._kept[shape] = mould


def _telling(guide: Guide) -> dict[str, tuple[int, ...]]:
    """The elements of each segment id by which the guide tells its uses apart."""
    found: dict[bytes, set[int]] = {}
    steps, seen = [table(guide).root], set[int]()
    while steps:
        step = steps.pop()
        if id(step) in seen:
            continue
        seen.add(id(step))
        for name, places in step.by_id.items():
            found.setdefault(name, set()).update(place.element for place in places if place.codes)
        steps += [place.step for place in step.places if place.step is not None]
    return {decode(name): tuple(sorted(elements)) for name, elements in found.items() if elements}
