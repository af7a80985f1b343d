"""Moulds: a small transaction of a shape that was walked before becomes a tree of loops without being walked again.

Where a segment belongs follows from the segments' ids, the codes by which the guide tells uses of one id apart, and the numbers
of the hierarchy (HL). Transactions that agree in these have one shape, and most of a file do. Only a walk that was never in
doubt makes a mould: where it was, it looked at more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from edi.guides.guide import Guide
from edi.guides.table import Step, table
from edi.guides.tree import Loop
from edi.text.segments import Delimiters, Segment

LONGEST: Final = 200
"""Segments; a longer transaction is hardly the second of its shape."""
KEPT: Final = 2_000
"""Moulds; of a file whose every transaction is another one, the first so many."""
Shape: TypeAlias = tuple[object, ...]
_HIERARCHY: Final = b"HL"


@dataclass(frozen=True, slots=True)
class Mould:
    """A loop: its step in the guide's table, and what stands in it, segments by their position in the transaction."""

    id: str
    step: Step | None
    children: tuple[int | Mould, ...]


def mould_of(loop: Loop, segments: Sequence[Segment]) -> Mould:
    """The mould of a transaction that was walked."""
    positions = {id(segment): n for n, segment in enumerate(segments)}

    def of(loop: Loop) -> Mould:
        children = tuple(of(child) if isinstance(child, Loop) else positions[id(child)] for child in loop.children)
        return Mould(loop.id, loop.step, children)

    return of(loop)


def cast(mould: Mould, segments: Sequence[Segment], parent: Loop | None = None) -> Loop:
    """A transaction's segments in a mould."""
    loop = Loop(mould.id, mould.step, parent)
    loop.children.extend([segments[one] if isinstance(one, int) else cast(one, segments, loop) for one in mould.children])
    return loop


class Moulds:
    """The moulds of a source, by shape."""

    def __init__(self) -> None:
        self._kept: dict[Shape, Mould] = {}
        self._telling: dict[str, dict[bytes, tuple[int, ...]]] = {}

    def shape(self, guide: Guide, delimiters: Delimiters, segments: Sequence[Segment]) -> Shape:
        """What decides where segments belong."""
        telling = self._telling.get(guide.name)
        if telling is None:
            telling = self._telling[guide.name] = _telling(guide)
        found: list[object] = [guide.name, delimiters]
        for segment in segments:
            elements = segment.elements
            name = elements[0]
            if name == _HIERARCHY:
                found.append(segment.raw)
                continue
            found.append(name)
            for element in telling.get(name, ()):
                found.append(elements[element] if element < len(elements) else None)
        return tuple(found)

    def of(self, shape: Shape) -> Mould | None:
        """The mould of a shape that was kept."""
        return self._kept.get(shape)

    def keep(self, shape: Shape, mould: Mould) -> None:
        """Keep the mould of a shape."""
        if len(self._kept) < KEPT:
            self._kept[shape] = mould


def _telling(guide: Guide) -> dict[bytes, tuple[int, ...]]:
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
    return {name: tuple(sorted(elements)) for name, elements in found.items()}
