"""The records of a source as they are read, and beside them what shows that the source does not have all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from edi.errors import Problem
from edi.guides.document import Unit

T = TypeVar("T")


class Records(Generic[T]):
    """The records of a source, one at a time and once.

    `problems` is complete when they are through: the source was cut off (`cut-off`), or it has no ISA (`isa-missing`). All else
    that may be wrong with a source is for `edi.validate` to say.
    """

    def __init__(self, parts: Iterable[Unit], records: Callable[[Unit], Iterable[T]], *, whole: bool = True) -> None:
        """`records` gives those of a unit; not `whole`: the units are a part of a file, and the file goes on behind it."""
        self._found: list[Problem] = []
        self._records = self._read(parts, records, whole=whole)

    def __iter__(self) -> Iterator[T]:
        return self._records

    def __next__(self) -> T:
        return next(self._records)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found so far."""
        return tuple(self._found)

    def _read(self, parts: Iterable[Unit], records: Callable[[Unit], Iterable[T]], *, whole: bool) -> Iterator[T]:
        last: Unit | None = None
        for unit in parts:
            yield from records(unit)
            if unit.kind == "filler":
                continue
            if unit.kind == "ISA" and last is not None and last.kind != "IEA":
                self._found.append(cut_off(last))
            last = unit
        if not whole:
            return
        if last is None or last.context.isa is None:
            self._found.append(Problem(code="isa-missing", message="There is no ISA: this is not X12", segment="ISA", offset=0))
        elif last.kind != "IEA":
            self._found.append(cut_off(last))


def cut_off(unit: Unit) -> Problem:
    """That an interchange ends with this unit, and has no IEA."""
    last = list(unit.loop.walk())[-1]
    isa, gs, st = unit.context.isa, unit.context.gs, unit.context.st
    end = last.offset + len(bytes(last))
    return Problem(
        code="cut-off",
        message=f"The file is cut off at byte {end}: the interchange does not end with its IEA. What stood behind is not known.",
        interchange=isa.get(13) if isa else None,
        group=gs.get(6) if gs else None,
        transaction=st.get(2) if st else None,
        segment=last.id,
        offset=end,
    )
