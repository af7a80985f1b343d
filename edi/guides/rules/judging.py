"""Levels 3 to 7: the segments of a transaction laid out unit by unit, and judged by the rules that wait for what is there.

What the engine accepted comes as bytes, what it walked segment by segment, with the problems of level 2; each unit's problems
are handed on in the order of their positions when the unit has ended. No more than one unit is kept, with the loops around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from edi.errors import Problem
from edi.guides.codes.checks import day_of
from edi.guides.rules.findings import Fault, Finding, Stretch, Unit, fault, let_go, told, told_of_code
from edi.guides.rules.layout import OPENS, Move
from edi.guides.rules.ruleset import Ruleset, Waiting
from edi.guides.rules.speed import Silence, amount
from edi.guides.rules.subject import OPENED
from edi.guides.rules.values import Elements, View
from edi.text.window import BREAKS

_BREAKS: Final = (b"\r", b"\n")


@dataclass(frozen=True, slots=True)
class Outline:
    """What a part knows of its whole transaction: header and trailer (text, how many segments before, offset), sums, faults."""

    segments: tuple[tuple[bytes, int, int], ...]
    sums: dict[tuple[int, int], Any]
    faults: tuple[Fault, ...]


class Judging:
    """Judges one transaction. `problem` takes what level 2 says; `emit` gets that, and what the rules say, in order."""

    def __init__(
        self,
        rules: Ruleset,
        emit: Callable[[Problem], None],
        where: Mapping[str, Any],
        *,
        whole: bool = True,
        compiled: bool = False,
    ) -> None:
        self._rules, self._emit, self._where, self._whole = rules, emit, where, whole
        self._speed = rules.speed() if compiled else None
        self._scan = rules.scan() if compiled and self._speed is None else None
        self._coded = rules.codes is not None
        """Whether the codes of the segments at hand are to be looked at."""
        self._root: View = {"": rules.guide.root.id, "sums": {}}
        self._state, self._view = rules.start, self._root
        self._units = [Unit(self._root, frozenset())]
        self._rows: list[Elements] = []
        self._offsets: list[int] = []
        """Where the segments at hand begin, when they are walked."""
        self._accepted: tuple[list[bytes], int, int] | None = None
        """The segments that were accepted at once with those at hand, and where the first one begins."""
        self._ends: list[int] = []
        self._begun = self._position = 0
        """How many of those, and how many of the transaction, stand before the unit at hand."""
        self._todo: list[tuple[Waiting, View]] = []
        self._found: list[Problem] = []
        """What is wrong with the units at hand."""
        self._header = b""
        """What stands before the part of a transaction that is judged."""

    # -- what the engine does ----------------------------------------------------------------------------------------

    def problem(self, problem: Problem) -> None:
        """Take a problem of level 2."""
        self._found.append(problem)

    @property
    def told(self) -> bool:
        """Whether level 2 has said something that was not handed on yet."""
        return bool(self._found)

    def accepted(self, data: bytes, start: int, stop: int, offset: int) -> None:
        """Take whole units, or a header, that were accepted; the first begins at an offset.

        What level 2 has said meanwhile is about the walked unit before them, or else about them.
        """
        said, self._found = self._found, []
        if self._rows:
            position = self._position + len(self._rows) + 1  # what is missing is missing at the next segment
            self._found = [problem for problem in said if (problem.position or 0) <= position]
            said = [problem for problem in said if (problem.position or 0) > position]
        self.flush()
        silent = self._silent(data, start, stop, offset) if self._speed is not None else start
        for begin, end in self._rules.stretches(data, silent, stop):
            self._stretch(data, begin, end, offset + begin - start)
        self._found += said
        self._hand_on()

    def _stretch(self, data: bytes, start: int, stop: int, offset: int) -> None:
        """Judge whole units in a row, or a header."""
        text, terminator = data[start:stop], self._rules.delimiters.segment
        behind = text[text.rfind(terminator) :]  # mostly the same behind each segment
        alike = len(behind) == 1 or text.count(behind) == text.count(terminator)
        raws = text.split(behind if alike else terminator)
        raws.pop()
        self._accepted, self._ends, self._begun = (raws, offset, len(behind) if alike else 1), [], 0
        self._coded = self._rules.codes is not None and not (self._scan and self._scan.clean(data, start, stop))
        self._take(raws if alike and not raws[0].startswith(_BREAKS) else [raw.lstrip(BREAKS) for raw in raws])
        self._judge()
        self._accepted, self._coded = None, self._rules.codes is not None

    def _silent(self, data: bytes, start: int, stop: int, offset: int) -> int:
        """Judge whole units by the compiled judge, and here those that it is not sure of; up to where that can be done.

        It looks at none in which, or around which, level 2 has found something.
        """
        assert self._speed is not None  # asked only then
        base = offset - start
        while start < stop and not any(unit.faults for unit in self._units[:-1]):
            until, end = start, self._rules.next_unit(data, start + 1, stop)
            if not self._units[-1].faults:
                silence = self._speed.silent(data, start, stop, self._open())
                self._pass(data, silence, base)
                until, end = silence.until, silence.end
            if until < end:
                self._stretch(data, until, end, base + until)
            start = end
        return start

    def _open(self) -> bytes:
        """The segments of what is open."""
        element, terminator = self._rules.delimiters.element, self._rules.delimiters.segment
        rows = (row for unit in self._units for stretch in unit.stretches for row in stretch.rows)
        return self._header + b"".join(element.join(row) + terminator for row in rows)

    def _pass(self, data: bytes, silence: Silence, base: int) -> None:
        """Step over silent units. The segments of those that are open then are kept."""
        before = self._position
        for start, stop, count in silence.pieces:
            raws = data[start:stop].split(self._rules.delimiters.segment)
            raws.pop()
            self._accepted, self._ends, self._begun, self._position = (raws, base + start, 1), [], 0, before + count
            self._take(raw.lstrip(BREAKS) for raw in raws)
            self._units[-1].stretches.append(Stretch(self._rows, self._position, self._placed(len(raws))))
            self._rows, self._todo = [], []
        self._accepted, self._position = None, before + silence.segments
        sums = self._root["sums"]
        for place, share in zip(self._speed.sums if self._speed else (), silence.sums, strict=True):
            known = sums.get(place, 0)
            sums[place] = None if known is None else known + amount(*share)

    def walked(self, raw: bytes, offset: int) -> None:
        """Take a segment that was walked."""
        position = self._position
        self._offsets.append(offset)
        self._take((raw,))
        if self._position != position:  # it began a unit
            self._hand_on()

    def flush(self) -> None:
        """Judge the unit at hand, and hand on what is wrong with it."""
        if self._rows:
            self._judge()
        self._hand_on()

    def finish(self) -> None:
        """The transaction has ended, or the part of it: a whole one is judged as such."""
        self.flush()
        if self._whole:
            self._judge_whole()

    # -- parts of a transaction --------------------------------------------------------------------------------------

    def stand(self, header: Sequence[bytes], around: Sequence[bytes]) -> None:
        """Begin inside a transaction: behind its header, in a unit of which these are the segments before those within."""
        for raw in (*header, *around):
            self._take((raw,))
        self._judge_nothing()
        self._begun = self._position = 0
        self._units[0].stretches.clear()
        self._root["sums"].clear()
        self._header = b"".join(raw + self._rules.delimiters.segment for raw in header)

    def around(self, *, deep: bool) -> tuple[Any, ...]:
        """What the units to come are judged by: what is at fault in the header, and in the outermost unit that is open (`deep`).

        Of that also the segments before the units in it.
        """
        element, units = self._rules.delimiters.element, self._units[: 1 + deep]
        segments = (element.join(row) for unit in units[1:] for one in unit.stretches for row in one.rows)
        return (tuple(tuple(sorted(unit.faults)) for unit in units), *segments)

    @property
    def outline(self) -> Outline:
        """What is known of the transaction as a whole."""
        element = self._rules.delimiters.element
        segments = tuple(
            (element.join(row), one.position + number, one.offsets(number))
            for one in self._units[0].stretches
            for number, row in enumerate(one.rows)
        )
        return Outline(segments, dict(self._root["sums"]), tuple(sorted(self._units[0].faults)))

    def judge_outlines(self, outlines: Iterable[tuple[Outline, int]]) -> None:
        """Judge a whole transaction by what its parts know of it; with each, how many segments stand before it."""
        sums = self._root["sums"]
        for outline, before in outlines:
            for place, share in outline.sums.items():
                sums[place] = None if share is None or sums.get(place, 0) is None else sums.get(place, 0) + share
            self._units[0].faults.update(outline.faults)
            for raw, position, offset in outline.segments:
                self._position, self._offsets = before + position, [offset]
                self._take((raw,))
                self._judge_nothing()
        self._judge_whole()

    def _judge_nothing(self) -> None:
        """Let segments count as judged."""
        self._todo = []
        if not self._offsets:
            self._offsets = [0] * len(self._rows)
        self._judge()
        self._found.clear()

    def _judge_whole(self) -> None:
        self._closed(self._root)
        waiting = self._rules.waiting(self._root[""], OPENED)
        if waiting is not None:
            self._todo.append((waiting, self._root))
            self._judge()
            self._hand_on()
        for unit in self._units:
            let_go(unit)

    def _hand_on(self) -> None:
        for problem in sorted(self._found, key=lambda p: p.position or 0):
            self._emit(problem)
        self._found.clear()

    # -- laying out --------------------------------------------------------------------------------------------------

    def _take(self, raws: Iterable[bytes]) -> None:
        """Put segments where they belong: nothing here runs less often than once a segment."""
        element, component = self._rules.delimiters.element, self._rules.delimiters.component
        state, view, rows, todo, holders = self._state, self._view, self._rows, self._todo, self._units[-1].holders
        moves = state.moves or state.entered()
        for raw in raws:
            row = raw.split(element)
            move: Any = moves.get(row[0])
            while move.__class__ is not Move:
                if move is None:
                    break
                if move.__class__ is dict:
                    move = move.get(row[1]) if len(row) > 1 else None
                    break
                at, part, codes, rest = move
                code = row[at] if len(row) > at else b""
                if part:
                    code = code.split(component, part)[part - 1] if code.count(component) >= part - 1 else b""
                move = codes.get(code, rest)
            if move is None:  # level 2 has said so
                rows.append(row)
                continue
            up, to, key, opens, unit, waiting, opened = move
            if unit:
                self._judge()
                rows, todo = self._rows, self._todo
            rows.append(row)
            if to is not state:
                state, moves = to, to.moves or to.entered()
            while up:
                view = view["^"]
                up -= 1
            if unit:
                holders = self._closed(view)
            if opens is None:
                if key in view:
                    view[key].append(row)
                    continue
                view[key] = [row]
                if waiting is not None:
                    todo.append((waiting, view))
                continue
            around, view = view, {"": opens, "^": view, key: [row]}
            if unit == OPENS:
                self._units.append(Unit(view, self._units[-1].faults))
                holders = self._units[-1].holders
            elif opens in around:
                around[opens].append(view)
            else:
                around[opens] = [view]
                holders.append(around)
                if waiting is not None:
                    todo.append((waiting, around))
            if opened is not None:
                todo.append((opened, view))
        self._state, self._view = state, view

    def _closed(self, around: View) -> list[View]:
        """A unit begins in another: those that it does not stand in are let go of."""
        while self._units[-1].view is not around:
            let_go(self._units.pop())
        return self._units[-1].holders

    # -- judging -----------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Judge the unit at hand."""
        rows, unit = self._rows, self._units[-1]
        if self._accepted is None and self._found:
            unit.faults |= {fault(problem, self._root) for problem in self._found}
        found: list[Finding] = []
        try:
            if unit.faults:
                self._judge_faulty(found.append, unit.faults)
            else:
                for waiting, view in self._todo:
                    waiting.judge(view, found.append)
        except ValueError:
            found.clear()
            self._judge_faulty(found.append, unit.faults)
        if rows:
            if not unit.stretches:
                self._sum(unit)
            unit.stretches.append(Stretch(rows, self._position, self._placed(len(rows))))
        for finding in found:
            self._found.append(told(self._rules, self._units, finding, self._where))
        if self._coded:
            self._judge_codes(rows)
        self._begun += len(rows)
        self._position += len(rows)
        self._rows, self._todo = [], []

    def _judge_codes(self, rows: Sequence[Elements]) -> None:
        checks, delimiters = self._rules.codes, self._rules.delimiters
        assert checks is not None  # asked only then
        day = day_of(rows)
        for row in rows:
            for found in checks.faults(row, delimiters, day):
                problem = told_of_code(self._rules, self._units, row, found, self._where)
                if problem is not None:
                    self._found.append(problem)

    def _judge_faulty(self, out: Callable[[Finding], None], faults: Set[Fault]) -> None:
        """Judge rule by rule: one says nothing of what is faulty already, or cannot be reckoned with."""
        for waiting, view in self._todo:
            for number in waiting.numbers:
                if faults and not faults.isdisjoint(self._rules.looks(number)):
                    continue
                with suppress(ValueError):
                    self._rules.alone(number)(view, out)

    def _sum(self, unit: Unit) -> None:
        """Add what a unit has to the sums of the transaction; None where that cannot be known."""
        if unit.view is self._root:
            return
        sums = self._root["sums"]
        for place, share in self._rules.sums.get((unit.view["^"][""], unit.view[""]), ()):
            try:
                known = sums.get(place, 0)
                faulty = unit.faults and not unit.faults.isdisjoint(self._rules.looks(place[0]))
                sums[place] = None if faulty or known is None else known + share(unit.view)
            except ValueError:
                sums[place] = None

    def _placed(self, count: int) -> Callable[[int], int]:
        """Where the segments of the unit at hand begin, told when it is asked."""
        if self._accepted is None:
            offsets, self._offsets = self._offsets[:count], self._offsets[count:]
            return offsets.__getitem__
        (raws, offset, end), begun, ends = self._accepted, self._begun, self._ends

        def placed(row: int) -> int:
            if not ends:
                ends.extend(accumulate(map(len, raws), initial=offset))
            raw = raws[begun + row]
            return ends[begun + row] + (begun + row) * end + len(raw) - len(raw.lstrip(BREAKS))

        return placed
