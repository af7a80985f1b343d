"""The HL tree of a transaction: numbers without gaps, the parent above, whether levels follow below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from edi.text.segments import decode


class LevelFault(NamedTuple):
    """A fault of an HL: the problem's code, the element, what was found, what was expected, and where (the caller's mark)."""

    code: str
    element: int
    value: str
    message: str
    mark: object


class _Level:
    __slots__ = ("child", "has", "mark", "number", "ordinal", "rank")

    def __init__(self, rank: int, ordinal: str, number: str, child: str, mark: object) -> None:
        self.rank, self.ordinal, self.number, self.child, self.mark = rank, ordinal, number, child, mark
        self.has = False


class Levels:
    """Takes the HL segments of one transaction in order. `ranks` says how deep each HL03 stands in the guide."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self._ranks = ranks
        self._next = 1
        self._open: list[_Level] = []

    def take(self, elements: Sequence[bytes], mark: object) -> Iterator[LevelFault]:
        """Judge one HL; `mark` comes back in its faults, also in the one that only the end of the level can show (HL04)."""
        number, parent, level, child = (decode(elements[n]) if n < len(elements) else "" for n in (1, 2, 3, 4))
        ordinal = str(self._next)
        if number != ordinal:
            yield LevelFault("hl-number", 1, number, f"HL01 should be {ordinal}: levels count from 1 without gaps", mark)
        self._next = int(number) + 1 if number.isdigit() and len(number) < 10 else self._next + 1
        rank = self._ranks.get(level, len(self._open) + 1)
        yield from self._close(rank)
        above = self._open[-1] if self._open else None
        if above is None and parent:
            yield LevelFault("hl-parent", 2, parent, "HL02 should be empty: no level is above", mark)
        elif above is not None and parent not in (above.number, above.ordinal):
            yield LevelFault("hl-parent", 2, parent, f"HL02 should be {above.number}, the level that this one belongs to", mark)
        if above is not None:
            above.has = True
        self._open.append(_Level(rank, ordinal, number, child, mark))

    def missing(self, level: str) -> Iterator[LevelFault]:
        """An HL that should be here is not: the levels after it are counted as if it were."""
        rank = self._ranks.get(level, len(self._open) + 1)
        yield from self._close(rank)
        if self._open:
            self._open[-1].has = True
        self._open.append(_Level(rank, str(self._next), str(self._next), "", None))
        self._next += 1

    def finish(self) -> Iterator[LevelFault]:
        """The transaction has ended."""
        yield from self._close(0)

    def _close(self, rank: int) -> Iterator[LevelFault]:
        while self._open and self._open[-1].rank >= rank:
            level = self._open.pop()
            if level.child == "0" and level.has:
                yield LevelFault("hl-child", 4, "0", "HL04 is 0, but a level follows below", level.mark)
            elif level.child == "1" and not level.has:
                yield LevelFault("hl-child", 4, "1", "HL04 is 1, but no level follows below", level.mark)
