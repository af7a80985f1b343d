"""Which loop each segment of a transaction belongs to, told by its id and qualifier alone.

Of a clean transaction this says what the walk would say, at a fraction of its cost: a segment belongs to the loop at hand, to
one that it opens there, or to the nearest loop around that has a place for it. Order and number are for the walk to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from edi.guides.guide import LoopUse, SegmentUse, opener
from edi.guides.rules.scopes import key
from edi.text.segments import encode

if TYPE_CHECKING:
    from edi.guides.rules.ruleset import Waiting

Find: TypeAlias = "Callable[[str, str], Waiting | None]"
"""The rules that wait in a loop (by its id) for something to be there (by its key)."""
OPENS: Final = 1
CLOSES: Final = 2


class Move(NamedTuple):
    """Where a segment goes: `up` loops outward, then perhaps into a loop that it opens (`opens`), under a key."""

    up: int
    state: State
    key: str
    opens: str | None
    unit: int
    """Whether the segment begins a unit (`OPENS`), or goes on behind one (`CLOSES`)."""
    waiting: Waiting | None
    """The rules that wait for the loop, or the segment, to be there."""
    opened: Waiting | None
    """Those that are judged for each such loop."""


Choice: TypeAlias = "Move | dict[bytes, Move | None] | list[Any] | None"
"""Where segments of one id go: one way, or by the code in their first element, or by that at another place (element, component,
by code, else); None where the guide has no place for them."""


class State:
    """A loop that is open, in those around it. `moves` has where segments go from here, by their id, once it is `entered`."""

    __slots__ = ("_find", "_inner", "around", "loop", "moves")

    def __init__(self, loop: LoopUse, around: State | None, find: Find) -> None:
        self.loop, self.around, self._find = loop, around, find
        self._inner: dict[str, State] = {}
        self.moves: dict[bytes, Choice] = {}

    def entered(self) -> dict[bytes, Choice]:
        """The moves, made when they are first wanted."""
        ways: dict[bytes, list[tuple[SegmentUse, LoopUse | None, int, State]]] = {}
        for up, state in enumerate(self._outward()):
            for number, item in enumerate(state.loop.items):
                loop = item if isinstance(item, LoopUse) else None
                if number or state.around is None or loop is not None:  # the opening segment again is the loop again
                    ways.setdefault(encode(opener(item).id), []).append((opener(item), loop, up, state))
        self.moves.update((name, self._choice(found)) for name, found in ways.items())
        return self.moves

    def _outward(self) -> Iterator[State]:
        state: State | None = self
        while state is not None:
            yield state
            state = state.around

    def _choice(self, ways: list[tuple[SegmentUse, LoopUse | None, int, State]]) -> Choice:
        (use, loop, up, state), *others = ways
        if not use.qualifiers:
            return self._move(up, state, key(use, ""), loop)
        codes: dict[bytes, Move | None] = {encode(code): self._move(up, state, key(use, code), loop) for code in use.qualifiers}
        rest = self._choice(others) if others else None
        if use.qualifier == (1, 0) and (rest is None or isinstance(rest, dict)):
            return {**(rest or {}), **codes}
        if isinstance(rest, list) and (rest[0], rest[1]) == use.qualifier:
            return [*use.qualifier, {**rest[2], **codes}, rest[3]]
        return [*use.qualifier, codes, rest]

    def _move(self, up: int, around: State, key: str, loop: LoopUse | None) -> Move:
        """Into a loop around, or into one that is opened in that."""
        if loop is None:
            state = around
            waiting, opened = self._find(around.loop.id, key), None
        else:
            state = around._inner.setdefault(loop.id, State(loop, around, self._find))
            waiting, opened = self._find(around.loop.id, loop.id), self._find(loop.id, "")
        unit = 0
        if loop is not None and loop.unit:
            unit = OPENS
        elif any(left.loop.unit for left in islice(self._outward(), up)):
            unit = CLOSES
        return Move(up, state, key, loop.id if loop is not None else None, unit, waiting, opened)
