"""Units as plain data for another process: packed, and unpacked there.

A tree of loops hangs on its guide, and cannot be sent as it is. A unit that an expression accepted is its bytes and the path by
which the guide leads to it; of one that was walked its segments are sent. So it is with the levels above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from edi.frozen import changed
from edi.guides.document import Context, Unit, UnitRow
from edi.guides.guide import Guide, load
from edi.guides.table import Step, table
from edi.guides.texts import layout
from edi.guides.tree import Loop, Unread
from edi.text.segments import Delimiters, Segment

_Content: TypeAlias = tuple[bytes, int, bytes | None] | list[Any]
"""The bytes of a loop, where they begin, and what ends each segment; or its segments and, each with its id, the loops in it."""


class _Around(NamedTuple):
    """What stands around a transaction's units."""

    delimiters: Delimiters
    isa: Segment | None
    gs: Segment | None
    st: Segment | None
    guide: str
    header: tuple[Segment, ...]


_Piece: TypeAlias = tuple[int, int, tuple[str, ...], _Content]
"""A unit, or a level above units: what stands around it, the level above it (-1: none), the ids of the loops that lead to it, and
what it holds. A plain tuple, since a batch has a thousand of them.
"""


class Packed(NamedTuple):
    """Units with what stands around and above them, each of that once."""

    around: tuple[_Around, ...]
    levels: tuple[_Piece, ...]
    units: tuple[_Piece, ...]


_Spot: TypeAlias = tuple[int, int, tuple[str, ...], tuple[int, int, bytes | None] | list[Any]]
"""The same with how many bytes there are in the place of the bytes."""


class Placed(NamedTuple):
    """The same where the bytes stand in the source as they are, and need not be told."""

    around: tuple[_Around, ...]
    levels: tuple[_Spot, ...]
    units: tuple[_Spot, ...]


NOTHING: Final = Placed((), (), ())


def placed(packed: Packed) -> Placed:
    """Packed units without their bytes."""
    return Placed(packed.around, tuple(map(_spot, packed.levels)), tuple(map(_spot, packed.units)))


def _spot(piece: _Piece) -> _Spot:
    around, above, path, content = piece
    return around, above, path, content if isinstance(content, list) else (len(content[0]), content[1], content[2])


class Level(NamedTuple):
    """A level of units in a row: where it begins, how long it is, and how deep it stands (1: in the transaction itself)."""

    offset: int
    size: int
    depth: int


class Tally(NamedTuple):
    """Units in a row that were told apart elsewhere."""

    row: UnitRow
    first: int
    """The place among all units of the first one without a number."""
    units: int
    levels: int
    """How many levels there are, with those that are open above the row, which come first."""


def with_rows(
    others: Placed,
    tallies: Sequence[Tally],
    levels: Sequence[Level],
    units: Sequence[tuple[int, int, int]],
    path: tuple[str, ...],
) -> Placed:
    """Placed units with those of rows among them, in their order.

    Of a unit in a row is told where it begins, how long it is, and the number of its level. `path` are the ids of the
    levels, and of the units in them.
    """
    around, spots, found = [*others.around], [*others.levels], list[_Spot]()
    known: dict[int, int] = {}
    left, base, number = iter(others.units), len(others.levels), 0
    for row, first, count, own in tallies:
        context, end = row.context, row.units.end
        assert context.guide is not None and context.header is not None
        if id(context.header) not in known:
            known[id(context.header)] = len(around)
            around.append(_around_of(context, context.guide, context.header))
        at, above = known[id(context.header)], [-1] * len(path)
        for n, (offset, size, depth) in enumerate(levels[number : number + own]):
            piece = at, above[depth - 1], path[:depth]
            above[depth] = len(spots)
            if n < len(row.units.above):
                content = _packed(row.units.above[n], context.guide, path[:depth])
                assert content is not None, "its ids lead to it"
                spots.append(_spot((*piece, content)))
            else:
                spots.append((*piece, (size, offset, end)))
        number += own
        found += islice(left, first - len(found))
        for offset, size, level in units[first : first + count]:
            found.append((at, base + level, (*spots[base + level][2], path[-1]), (size, offset, end)))
    return Placed(tuple(around), tuple(spots), (*found, *left))


def some(found: Placed, which: Iterable[int], read: Callable[[int, int], bytes]) -> Packed:
    """Some of the units, with their bytes, which `read` gives from one byte of the source to another."""
    wanted = [found.units[n] for n in which]
    above = {spot[1] for spot in wanted}
    while more := {found.levels[n][1] for n in above - {-1}} - above:
        above |= more
    levels = {n: at for at, n in enumerate(sorted(above - {-1}))} | {-1: -1}
    pieces = tuple([_piece(found.levels[n], levels, read) for n in levels if n >= 0])
    return Packed(found.around, pieces, tuple([_piece(spot, levels, read) for spot in wanted]))


def _piece(spot: _Spot, levels: Mapping[int, int], read: Callable[[int, int], bytes]) -> _Piece:
    around, above, path, content = spot
    if isinstance(content, list):
        return around, levels[above], path, content
    size, offset, end = content
    return around, levels[above], path, (read(offset, offset + size), offset, end)


def pack(units: Sequence[Unit]) -> Packed | None:
    """Units of guides, none of them changed; None where a guide does not lead to one by ids alone.

    Of a transaction's header its own segments are packed, without the loops in it.
    """
    around: dict[int, tuple[int, _Around]] = {}
    levels: dict[int, tuple[int, _Piece]] = {}
    pieces: list[_Piece] = []
    for unit in units:
        context = unit.context
        guide, header = context.guide, context.header
        if guide is None or header is None:
            return None
        if id(header) not in around:
            around[id(header)] = len(around), _around_of(context, guide, header)
        at, above = around[id(header)][0], -1
        path: tuple[str, ...] = ()
        for level in (*context.parents, unit.loop):
            path = (*path, level.id)
            if id(level) not in levels:
                content = _packed(level, guide, path)
                if content is None:
                    return None
                piece = (at, above, path, content)
                if level is unit.loop:
                    pieces.append(piece)
                    break
                levels[id(level)] = len(levels), piece
            above = levels[id(level)][0]
    return Packed(tuple(found for _, found in around.values()), tuple(found for _, found in levels.values()), tuple(pieces))


def _around_of(context: Context, guide: Guide, header: Loop) -> _Around:
    return _Around(context.delimiters, context.isa, context.gs, context.st, guide.name, tuple(header.segments()))


def _packed(loop: Loop, guide: Guide, path: tuple[str, ...]) -> _Content | None:
    if loop.step is None or _step(guide, path) is not loop.step:
        return None
    if loop.packed is not None:
        return loop.packed
    found: list[Any] = []
    for child in loop.children:
        if isinstance(child, Loop):
            content = _packed(child, guide, (*path, child.id))
            if content is None:
                return None
            found.append((child.id, content))
        else:
            found.append(child)
    return found


def unpack(packed: Packed) -> list[Unit]:
    """The inverse of `pack`."""
    contexts = [_context(one) for one in packed.around]
    levels: list[tuple[Loop, ...]] = []

    def loops(piece: _Piece) -> tuple[Loop, ...]:
        around, above, path, content = piece
        return *(levels[above] if above >= 0 else ()), _loop(contexts[around], path, content)

    for piece in packed.levels:
        levels.append(loops(piece))
    found = []
    for piece in packed.units:
        *above, loop = loops(piece)
        found.append(Unit("unit", loop, changed(contexts[piece[0]], parents=tuple(above))))
    return found


def _context(around: _Around) -> Context:
    guide = load(around.guide)
    header = Loop(guide.set, table(guide).root)
    header.children.extend(around.header)
    return Context(around.delimiters, around.isa, around.gs, around.st, guide, header)


def _loop(context: Context, path: tuple[str, ...], content: _Content, parent: Loop | None = None) -> Loop:
    assert context.guide is not None
    step = _step(context.guide, path)
    if isinstance(content, list):
        loop = Loop(path[-1], step, parent)
        for child in content:
            loop.children.append(child if isinstance(child, Segment) else _loop(context, (*path, child[0]), child[1], loop))
        return loop
    laid_out = layout(step, context.delimiters) if step is not None else None
    assert laid_out is not None  # it was, where it was read
    raw, offset, end = content
    return Loop(path[-1], step, parent, Unread(raw, offset, laid_out, end))


@lru_cache(maxsize=256)
def _step(guide: Guide, path: tuple[str, ...]) -> Step | None:
    """Where a guide's ids of loops lead, from the outermost unit on."""
    step: Step | None = table(guide).root
    for id in path:
        inner: Iterable[Step] = (place.step for place in step.places if place.step is not None) if step is not None else ()
        step = next((one for one in inner if one.use.id == id), None)
    return step
