"""The HL tree of a transaction: numbers without gaps, the parent above, whether levels follow below.

How deep a level stands is how many loops it stands in, itself included: that is the guide's to say, and the walk's to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from edi.text.segments import decode


class Mark(NamedTuple):
    """Where an HL stands: its position in the set, its offset in the source, its loop."""

    position: int
    offset: int
    loop: str | None


class LevelFault(NamedTuple):
    """A fault of an HL: the problem's code, the element, what was found, what was expected, and where."""

    code: str
    element: int
    value: str
    message: str
    mark: Mark


class _Level:
    __slots__ = ("child", "depth", "has", "mark", "number", "ordinal")

    def __init__(self, depth: int, ordinal: bytes, number: bytes, child: bytes, mark: tuple[int, int, str | None] | None) -> None:
        self.depth, self.ordinal, self.number, self.child, self.mark = depth, ordinal, number, child, mark
        self.has = False


class Levels:
    """Takes the HL segments of one transaction in order."""

    def __init__(self) -> None:
        self._next = 1
        self._instead: int | None = None
        """Behind a wrong number two are right: the one that follows it, and the one that would have followed."""
        self._open: list[_Level] = []

    def take(self, elements: Sequence[bytes], depth: int, mark: tuple[int, int, str | None]) -> list[LevelFault]:
        """Judge one HL; `mark` (see `Mark`) comes back in its faults, also in what only the end of the level can show (HL04)."""
        if len(elements) == 5:
            _, number, parent, _, child = elements
        else:
            number, parent, _, child = [*elements[1:5], b"", b"", b"", b""][:4]
        number, parent = number.rstrip(b" "), parent.rstrip(b" ")  # spaces at the end are a warning of their own
        found: list[LevelFault] = []
        ordinal = b"%d" % self._next
        if number == ordinal:
            self._next, self._instead = self._next + 1, None
        elif self._instead is not None and number == b"%d" % self._instead:
            ordinal = number
            self._next, self._instead = self._instead + 1, None
        else:
            said = f"HL01 should be {self._next}: levels count from 1 without gaps"
            found.append(LevelFault("hl-number", 1, decode(number), said, Mark(*mark)))
            sent = int(number) if number.isdigit() and len(number) < 10 else self._next
            self._next, self._instead = sent + 1, self._next + 1
        above = self._open
        if above and above[-1].depth >= depth:
            found += self.close(depth)
        if above:
            last = above[-1]
            if parent != last.number and parent != last.ordinal:
                said = f"HL02 should be {decode(last.number)}, the level that this one belongs to"
                found.append(LevelFault("hl-parent", 2, decode(parent), said, Mark(*mark)))
            last.has = True
        elif parent:
            found.append(LevelFault("hl-parent", 2, decode(parent), "HL02 should be empty: no level is above", Mark(*mark)))
        above.append(_Level(depth, ordinal, number, child, mark))
        return found

    def named(self, elements: Sequence[bytes]) -> int | None:
        """How deep the open level stands that an HL names as the one it belongs to (HL02); None where it names none."""
        parent = elements[2].rstrip(b" ") if len(elements) > 2 else b""
        return next((level.depth for level in reversed(self._open) if level.number == parent), None) if parent else None

    @property
    def numbers(self) -> list[bytes]:
        """The numbers of the levels that are open, outermost first."""
        return [level.number for level in self._open]

    @property
    def following(self) -> int:
        """The number that the next HL should have."""
        return self._next

    def skip_to(self, depth: int, number: bytes) -> None:
        """Go on with an HL of this number at a depth, 1 the outermost: what came between was in order."""
        del self._open[depth - 1 :]
        self.resume(number)

    def resume(self, number: bytes) -> bool:
        """Go on as if the next HL had to have this number."""
        if not number.isdigit() or len(number) > 9:
            return False
        self._next, self._instead = int(number), None
        return True

    @property
    def standing(self) -> tuple[Any, ...]:
        """What the judgement of the next HL depends on."""
        return (self._next, self._instead, *((level.depth, level.number, level.ordinal, level.child) for level in self._open))

    def missing(self, depth: int) -> list[LevelFault]:
        """An HL that should be here is not: the levels after it are counted as if it were."""
        found = self.close(depth)
        if self._open:
            self._open[-1].has = True
        ordinal = b"%d" % self._next
        self._open.append(_Level(depth, ordinal, ordinal, b"", None))
        self._next, self._instead = self._next + 1, None
        return found

    def finish(self) -> list[LevelFault]:
        """The transaction has ended."""
        return self.close(0)

    def close(self, depth: int) -> list[LevelFault]:
        """What an HL at this depth closes."""
        found = []
        while self._open and self._open[-1].depth >= depth:
            level = self._open.pop()
            if level.mark is None:
                continue
            if level.child == b"0" and level.has:
                found.append(LevelFault("hl-child", 4, "0", "HL04 is 0, but a level follows below", Mark(*level.mark)))
            elif level.child == b"1" and not level.has:
                found.append(LevelFault("hl-child", 4, "1", "HL04 is 1, but no level follows below", Mark(*level.mark)))
        return found
