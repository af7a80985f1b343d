"""A loop's segments as text, with those of the loops in it: for records that are read by the hundred thousand.

What an expression accepted is laid out by the ids and qualifiers of its segments alone (`edi.guides.layout`), and split no
further than a reader asks for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from edi.guides.layout import Move, State
from edi.guides.table import Step
from edi.text.segments import Delimiters, decode, encode
from edi.text.window import BREAKS

if TYPE_CHECKING:
    from edi.guides.tree import Loop

_BREAKS: Final = decode(BREAKS)
_ABSENT: Final = ("",) * 25
"""More than any segment that records are read from has."""
_ID: Final = 3
"""An id is not longer; a shorter one is looked up with the separator behind it."""


class Texts:
    """A loop: the texts of its own segments, and the loops in it. Who changes the document makes new ones."""

    __slots__ = ("component", "element", "id", "loops", "segments")

    def __init__(self, id: str, element: str, component: str) -> None:
        self.id, self.element, self.component = id, element, component
        self.segments: list[str] = []
        self.loops: list[Texts] = []

    def rows(self) -> dict[str, list[list[str]]]:
        """The elements of the own segments by their ids, the id as element 0, with empty ones behind the last."""
        found: dict[str, list[list[str]]] = {}
        element = self.element
        for text in self.segments:
            row = text.split(element)
            if row[0] in found:
                found[row[0]].append(row)
            else:
                found[row[0]] = [row]
            row += _ABSENT
        return found

    def size(self, end: int) -> int:
        """How many bytes the loop has, where behind each segment stand so many."""
        size = sum(map(len, self.segments)) + end * len(self.segments)
        return size + sum([inner.size(end) for inner in self.loops]) if self.loops else size

    def loop(self, id: str) -> Texts | None:
        """The first loop with this id directly in this one, or None."""
        for inner in self.loops:
            if inner.id == id:
                return inner
        return None


def texts_of(loop: Loop, delimiters: Delimiters) -> Texts:
    """A loop that was read segment by segment; its own segments behind its loops are among those before them."""
    found = Texts(loop.id, decode(delimiters.element), decode(delimiters.component))
    found.segments = [decode(segment.raw) for segment in loop.segments()]
    found.loops = [texts_of(inner, delimiters) for inner in loop.loops()]
    return found


class Layout:
    """How loops of one kind, accepted by their expression, are laid out."""

    def __init__(self, step: Step, delimiters: Delimiters) -> None:
        self.step, self.delimiters = step, delimiters
        self._element, self._component, self._segment = (
            decode(d) for d in (delimiters.element, delimiters.component, delimiters.segment)
        )
        self._start = State(step.use, None, lambda loop, key: None)
        self._moves: dict[State, dict[str, Any]] = {}
        self._steps: dict[Step, dict[str, Step]] = {}

    def texts(self, raw: bytes, end: bytes | None = None) -> Texts:
        """The loop with these bytes; `end` is what stands behind each segment, where that is always the same."""
        return self.laid_out(self.split(raw, end)[0])

    def split(self, raw: bytes, end: bytes | None) -> tuple[list[str], list[bytes]]:
        """The segments, and what follows each: its terminator and line breaks."""
        if end is not None:
            raws = decode(raw).split(decode(end))
            raws.pop()
            return raws, [end] * len(raws)
        pieces = decode(raw).split(self._segment)
        raws = [piece.lstrip(_BREAKS) for piece in pieces]
        breaks = [piece[: len(piece) - len(text)] for piece, text in zip(pieces[1:], raws[1:], strict=True)]
        return raws[:-1], [encode(self._segment + each) for each in breaks]

    def laid_out(self, raws: list[str]) -> Texts:
        """The loop with these segments."""
        found = Texts(self.step.use.id, self._element, self._component)
        open_loops, segments, opening = [found], found.segments, self._opening(self._start)
        for raw in raws:
            choice = opening.get(raw[:_ID])
            if choice is not None:
                move = choice if choice.__class__ is Move else self._chosen(choice, raw)
                if move is not None and move.opens is not None:
                    if move.up:
                        del open_loops[-move.up :]
                    inner = Texts(move.opens, self._element, self._component)
                    open_loops[-1].loops.append(inner)
                    open_loops.append(inner)
                    segments, opening = inner.segments, self._moves.get(move.state) or self._opening(move.state)
            segments.append(raw)
        return found

    def _opening(self, state: State) -> dict[str, Any]:
        """Where segments go that open a loop, by the beginning of their texts; all others belong to the loop at hand."""
        found = self._moves.get(state)
        if found is None:
            choices = ((decode(id), choice) for id, choice in (state.moves or state.entered()).items())
            found = {(id + self._element)[:_ID]: _decoded(choice) for id, choice in choices if _opens(choice)}
            self._moves[state] = found
        return found

    def _chosen(self, choice: Any, raw: str) -> Move | None:
        while choice is not None and choice.__class__ is not Move:
            row = raw.split(self._element)
            if choice.__class__ is dict:
                choice = choice.get(row[1]) if len(row) > 1 else None
                continue
            at, part, codes, rest = choice
            code = row[at] if len(row) > at else ""
            if part:
                code = code.split(self._component, part)[part - 1] if code.count(self._component) >= part - 1 else ""
            choice = codes.get(code, rest)
        return choice

    def within(self, step: Step) -> dict[str, Step]:
        """The loops in a loop, by their ids."""
        found = self._steps.get(step)
        if found is None:
            found = {place.use.id: place.step for place in step.places if isinstance(place.step, Step)}
            self._steps[step] = found
        return found


@lru_cache(maxsize=64)
def layout(step: Step, delimiters: Delimiters) -> Layout | None:
    """The layout of a loop; None where a segment of its own may stand behind a loop in it, or of loops in those."""
    return Layout(step, delimiters) if _in_order(step) else None


def _in_order(step: Step) -> bool:
    """Whether in a loop, and in those in it, its own segments come first: then the order need not be kept."""
    own = max(place.group for place in step.places if place.step is None or not place.order)
    inner = [place for place in step.places if place.step is not None and place.order and not place.is_unit]
    ids = {place.use.id for place in inner}
    apart = all(place.group > own for place in inner) and len(ids) == len(inner)
    return apart and all(place.step is not None and _in_order(place.step) for place in inner)


def _opens(choice: Any) -> bool:
    """Whether any way of a choice opens a loop."""
    if isinstance(choice, Move):
        return choice.opens is not None
    if isinstance(choice, dict):
        return any(map(_opens, choice.values()))
    return isinstance(choice, list) and (_opens(choice[2]) or _opens(choice[3]))


def _decoded(choice: Any) -> Any:
    """A choice whose codes are text."""
    if isinstance(choice, dict):
        return {decode(code): move for code, move in choice.items()}
    if isinstance(choice, list):
        at, part, codes, rest = choice
        return [at, part, _decoded(codes), _decoded(rest)]
    return choice
