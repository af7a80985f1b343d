"""A file judged at every level: the report.

The source is read in pieces of a few megabytes. Envelope segments are taken one by one; a transaction whose guide is known is
judged unit by unit: an expression accepts a unit whole, or the walk says what is wrong with it. Problems go out as they are
found, so a file of any size is judged in the memory of one piece.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import BinaryIO, Final

from edi.errors import ERROR, Problem
from edi.guides.elements import faults
from edi.guides.expression import expressions, opener
from edi.guides.guide import Guide, load, select
from edi.guides.table import Table, table
from edi.guides.walk import Walker
from edi.text.envelope import ENVELOPE, Envelope
from edi.text.segments import Delimiters, Segment, Source, decode, encode, open_source

PIECE: Final = 2 << 20
AHEAD: Final = 64 << 10
"""So many bytes are in hand behind the place that is judged; a unit that is longer is walked."""
COMPILE_FROM: Final = 256 << 10
"""Sources from this size on are judged with compiled expressions (compiling a guide takes about 0.1 s)."""
LONGEST: Final = 1 << 20
_LEVELS_WITH_GUIDE: Final = 2
_PADDING: Final = frozenset(("trailing-spaces", "element-blank", "element-short"))
_SHAPE: Final = re.compile(rb"[A-Z][A-Z0-9]{1,2}\Z")
# TA105 by ISA element (reference: 005010 interchange acknowledgment, note codes).
_TA105: Final = MappingProxyType(
    {1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008", 9: "014", 10: "015", 11: "016", 12: "017",
     13: "018", 14: "019", 15: "020", 16: "027"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionReport:
    """One transaction as judged: the set (ST01), the guide's version or None, ST02, the segments from ST to SE."""

    set: str
    guide: str | None
    control: str
    valid: bool
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one source. `valid` means: no error; warnings do not count."""

    path: str
    transactions: tuple[TransactionReport, ...]
    problems: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        return not any(problem.severity == ERROR for problem in self.problems)


def validate(source: Source, *, level: int = 7, compiled: bool | None = None) -> Report:
    """Judge a source and keep everything that was found. Nothing is raised for a bad document.

    `compiled` says whether units are accepted by compiled expressions; None decides by the size of the source.
    """
    problems: list[Problem] = []
    transactions: list[TransactionReport] = []
    judge(source, problems.append, transactions.append, level=level, compiled=compiled)
    name = str(source) if isinstance(source, str) or hasattr(source, "__fspath__") else ""
    return Report(path=name, transactions=tuple(transactions), problems=tuple(problems))


def judge(
    source: Source,
    problem: Callable[[Problem], None],
    transaction: Callable[[TransactionReport], None] = lambda _: None,
    *,
    level: int = 7,
    compiled: bool | None = None,
) -> None:
    """Judge a source of any size; problems and transactions are handed on as they are found, in the order of the source."""
    file = open_source(source)
    try:
        _Judge(file, source, problem, transaction, level, compiled).run()
    finally:
        if file is not source and file is not sys.stdin.buffer:
            file.close()


class _Units:
    """The expressions of one guide's units for one set of delimiters."""

    def __init__(self, found: Table, delimiters: Delimiters) -> None:
        made = expressions(delimiters)
        self.header = made.unit(found.header, found.followers)
        self.by_id: dict[bytes, dict[bytes, re.Pattern[bytes]]] = {}
        """By the opener's id and, where it has a qualifier, by the code at its place (b"" where it has none)."""
        self.places: dict[bytes, int] = {}
        for unit in found.units:
            first = opener(unit)
            name = encode(first.id)
            pattern = made.unit(unit.items, found.followers)
            self.places[name] = first.qualifier[0] if first.qualifiers else 0
            for code in first.qualifiers or ("",):
                self.by_id.setdefault(name, {})[encode(code)] = pattern
        element, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        self.levels = re.compile(b"(?:(?<=" + end + b")|(?<=[\r\n]))HL" + element + b"[^" + end + b"]*+")


@lru_cache(maxsize=32)
def _units(guide: Guide, delimiters: Delimiters) -> _Units:
    return _Units(table(guide), delimiters)


@lru_cache(maxsize=32)
def _cutter(delimiters: Delimiters) -> re.Pattern[bytes]:
    """One segment and what follows it up to the next."""
    end = re.escape(delimiters.segment)
    taken = (delimiters.segment, delimiters.element)
    breaks = b"".join(re.escape(bytes([c])) for c in b"\r\n \t\x00\x1a" if bytes([c]) not in taken)
    return re.compile(b"([^" + end + b"]*+)" + end + b"[" + breaks + b"]*+", re.DOTALL)


class _Judge:
    def __init__(
        self,
        file: BinaryIO,
        source: Source,
        problem: Callable[[Problem], None],
        transaction: Callable[[TransactionReport], None],
        level: int,
        compiled: bool | None,
    ) -> None:
        self._file, self._source, self._level = file, source, level
        self._hand_on, self._transaction = problem, transaction
        self._data, self._base, self._at, self._ended = b"", 0, 0, False
        self._errors = 0
        self._delimiters: Delimiters | None = None
        self._envelope = Envelope(self._problem)
        self._fill()
        self._compiled = len(self._data) >= COMPILE_FROM if compiled is None else compiled
        self._shapes = {opener(item).id: opener(item) for item in load("x12/envelope").root.items}

    def _problem(self, problem: Problem) -> None:
        if problem.level <= self._level:
            self._errors += problem.severity == ERROR
            self._hand_on(problem)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Let go of what was judged and read on."""
        more = self._file.read(PIECE)
        self._ended = not more
        self._base += self._at
        self._data, self._at = self._data[self._at :] + more, 0

    def _cut(self) -> re.Match[bytes] | None:
        """The segment at hand; None where none is complete (the end of the source, or a segment far too long)."""
        if len(self._data) - self._at < AHEAD and not self._ended:
            self._fill()
        cutter = _cutter(self._delimiters or Delimiters())
        while True:
            match = cutter.match(self._data, self._at)
            if match is not None and (match.end() < len(self._data) or self._ended):
                return match
            if self._ended or len(self._data) - self._at > LONGEST:
                return match
            self._fill()

    # -- envelopes ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Judge the whole source."""
        strays = 0
        while True:
            if len(self._data) - self._at < AHEAD and not self._ended:
                self._fill()
            if self._at >= len(self._data):
                break
            if self._data.startswith(b"ISA", self._at):
                found = Delimiters.of_isa(self._data[self._at : self._at + 400])
                if found is not None:
                    self._delimiters = found
            if self._delimiters is None:
                if not self._skip_to_isa():
                    return
                continue
            match = self._cut()
            if match is None:
                self._tail()
                return
            segment = self._segment(match)
            name = segment.elements[0]
            if name == b"ST":
                self._set(segment, match)
                continue
            self._at = match.end()
            if name in ENVELOPE:
                self._take(segment)
            elif segment.raw:
                strays += 1
                if strays <= 100:  # noqa: PLR2004 - a file of strays is said, not listed
                    self._envelope.outside(segment)
        if self._delimiters is None:
            self._skip_to_isa()
        self._envelope.finish(self._base + self._at, None)

    def _segment(self, match: re.Match[bytes]) -> Segment:
        assert self._delimiters is not None
        return Segment(match[1], self._data[match.end(1) : match.end()], self._base + match.start(), self._delimiters)

    def _skip_to_isa(self) -> bool:
        """Bytes before the first ISA: blanks and a byte order mark are nothing, anything else is a problem."""
        start = self._data.find(b"ISA", self._at)
        while start >= 0 and Delimiters.of_isa(self._data[start : start + 400]) is None:
            start = self._data.find(b"ISA", start + 1)
        stop = start if start >= 0 else len(self._data)
        before = self._data[self._at : stop]
        if before.strip(b"\xef\xbb\xbf\r\n\t \x00\x1a"):
            text = "There is no ISA: this is not an X12 interchange" if start < 0 else "There is text before the ISA"
            code = "isa-missing" if start < 0 else "text-outside"
            self._problem(Problem(code=code, message=text, segment="ISA", offset=self._base + self._at))
        elif start < 0 and self._ended:
            self._problem(Problem(code="isa-missing", message="The file is empty", segment="ISA", offset=self._base + self._at))
        self._at = stop
        return start >= 0

    def _tail(self) -> None:
        """What is left has no terminator."""
        rest = self._data[self._at :]
        offset = self._base + len(self._data)
        assert self._delimiters is not None
        if rest.strip(b"\r\n\t \x00\x1a"):
            tail = Segment(rest[:LONGEST], b"", self._base + self._at, self._delimiters)
            self._envelope.finish(offset, tail)
        else:
            self._envelope.finish(offset, None)

    def _take(self, segment: Segment, position: int = 0) -> None:
        """An envelope segment: its elements, then its counts and control numbers."""
        name = segment.id
        opening = name in ("ISA", "GS")
        if opening:
            self._envelope.take(segment)
        use = self._shapes.get(name)
        if use is not None:
            delimiters = segment.delimiters
            if name == "ISA":  # ISA11 and ISA16 are delimiters themselves
                delimiters = replace(delimiters, component=delimiters.segment, repetition=None)
            for fault in faults(use, segment.elements, delimiters):
                if name == "ISA" and (fault.code == "element-character" or (fault.code in _PADDING and (fault.value or b"")[-1:] == b" ")):
                    continue  # any byte may be a delimiter, and the ISA is padded with blanks
                answer = {"TA1": f"TA105={_TA105.get(fault.element, '022')}"} if name in ("ISA", "IEA", "TA1") else {"999": "AK905=6"}
                self._problem(
                    Problem(
                        code=fault.code, message=fault.message, severity=fault.severity, segment=name, element=fault.element,
                        offset=segment.offset, value=None if fault.value is None else decode(fault.value),
                        x12=MappingProxyType(answer), **self._envelope.where,
                    )  # fmt: skip
                )
        if not opening:
            self._envelope.take(segment, position)

    # -- transactions ------------------------------------------------------------------------------------------------

    def _set(self, segment: Segment, match: re.Match[bytes]) -> None:
        """One transaction, from ST to the segment before the next envelope segment that is not its SE."""
        before = self._errors
        self._envelope.take(segment)
        set_id, control = segment.get(1), segment.get(2)
        guide = self._guide(segment, match) if self._level >= _LEVELS_WITH_GUIDE else None
        walker = _Walk(self, guide, segment) if guide is not None else None
        segments, closed = walker.run() if walker is not None else self._shapes_only()
        if closed is not None:
            self._take(closed, segments)
        self._envelope.close_set(self._base + self._at)
        self._transaction(
            TransactionReport(
                set=set_id, guide=guide.version if guide else None, control=control, valid=self._errors == before, segments=segments
            )
        )

    def _guide(self, segment: Segment, match: re.Match[bytes]) -> Guide | None:
        """The guide for a transaction: by ST01, by the version in ST03 and GS08, by BHT02 where two guides share those."""
        envelope = self._envelope
        version = envelope.gs.get(8).strip() if envelope.gs else ""
        convention = segment.get(3).strip()
        following = _cutter(segment.delimiters).match(self._data, match.end())
        bht02 = ""
        if following is not None and following[1].startswith(b"BHT" + segment.delimiters.element):
            elements = following[1].split(segment.delimiters.element)
            bht02 = decode(elements[2]) if len(elements) > 2 else ""  # noqa: PLR2004 - BHT02
        if convention and version and convention != version:
            self._fault(segment, "version-mismatch", f"ST03 and GS08 ({version}) name different guides", 3, "IK502=I6", convention)
        guide = select(segment.get(1), convention or version, bht02) or select(segment.get(1), version, bht02)
        if guide is None:
            name = convention or version or "no version"
            self._fault(
                segment, "guide-unknown", f"There is no guide for {segment.get(1)} {name}: only the envelope is judged",
                None, "IK502=I6", None,
            )  # fmt: skip
        elif envelope.gs is not None and guide.group and envelope.gs.get(1) != guide.group:
            self._fault(segment, "group-mismatch", f"A {guide.set} belongs in a group {guide.group} (GS01)", 1, "IK502=18", None)
        return guide

    def _fault(self, segment: Segment, code: str, message: str, element: int | None, x12: str, value: str | None) -> None:
        self._problem(
            Problem(
                code=code, message=message, level=1, segment="ST", position=1, element=element, offset=segment.offset, value=value,
                x12=MappingProxyType({"999": x12}), **self._envelope.where,
            )  # fmt: skip
        )

    def _shapes_only(self) -> tuple[int, Segment | None]:
        """A transaction without a guide: its segments are counted, and each must look like one."""
        count = 0
        where = self._envelope.where
        while (match := self._cut()) is not None:
            if self._at >= len(self._data):
                break
            raw = match[1]
            name = raw[: raw.find(self._delimiters.element)] if self._delimiters.element in raw else raw
            if name in ENVELOPE and (count or name != b"ST"):
                if name != b"SE":
                    break
                closed = self._segment(match)
                self._at = match.end()
                return count + 1, closed
            count += bool(raw)
            if not _SHAPE.match(name):
                code, message = ("segment-unknown", "This is no X12 segment id") if raw else ("segment-empty", "An empty segment")
                self._problem(
                    Problem(
                        code=code, message=message, position=count, offset=self._base + self._at,
                        x12=MappingProxyType({"999": "IK304=1"}), **where,
                    )  # fmt: skip
                )
            self._at = match.end()
        return count, None


class _Walk:
    """One transaction judged by its guide: fast where an expression accepts a unit, slow where none does."""

    def __init__(self, judge: _Judge, guide: Guide, segment: Segment) -> None:
        self.judge, self.delimiters = judge, segment.delimiters
        self.table = table(guide)
        self.walker = Walker(guide, segment.delimiters, judge._problem, judge._envelope.where)
        self.units = _units(guide, segment.delimiters) if judge._compiled else None

    def run(self) -> tuple[int, Segment | None]:
        """The number of segments, and the SE when there is one (the reader stands behind it)."""
        judge, walker = self.judge, self.walker
        if self.units is not None:
            self._header(self.units)
        while True:
            if len(judge._data) - judge._at < AHEAD and not judge._ended:
                judge._fill()
            if self.units is not None and self._unit(self.units):
                continue
            done, closed = self._slow()
            if done:
                walker.finish(judge._base + judge._at)
                return walker.position, closed

    def _header(self, units: _Units) -> None:
        judge = self.judge
        match = units.header.match(judge._data, judge._at)
        if match is None:
            return
        start, stop = match.span()
        levels = [level.split(self.delimiters.element) for level in units.levels.findall(judge._data, start, stop)]
        if self.walker.accept_header(judge._data.count(self.delimiters.segment, start, stop), levels):
            judge._at = stop

    def _unit(self, units: _Units) -> bool:
        """Accept the unit at hand; False when it is to be walked."""
        judge = self.judge
        data, at = judge._data, judge._at
        stop = data.find(self.delimiters.segment, at, at + 2000)
        elements = data[at:stop].split(self.delimiters.element)
        choices = units.by_id.get(elements[0])
        if choices is None:
            return False
        place = units.places[elements[0]]
        pattern = choices.get(elements[place] if place and place < len(elements) else b"")
        if pattern is None:
            return False
        match = pattern.match(data, at)
        if match is None:
            return False
        end = match.end()
        self.walker.accept(elements[0], elements, judge._base + at, data.count(self.delimiters.segment, at, end))
        judge._at = end
        return True

    def _slow(self) -> tuple[bool, Segment | None]:
        """Walk from here to the next unit. True when the transaction has ended, with its SE if it has one."""
        judge, walker = self.judge, self.walker
        starts = self.table.unit_ids if self.units is not None else frozenset[bytes]()
        match = judge._cut()
        first = True
        while match is not None and judge._at < len(judge._data):
            raw = match[1]
            name = raw[:3].partition(self.delimiters.element)[0]
            if name in ENVELOPE and not (name == b"ST" and walker.position == 0):
                if name != b"SE":
                    return True, None
                closed = judge._segment(match)
                judge._at = match.end()
                walker.feed(raw, closed.offset)
                return True, closed
            if not first and name in starts:
                return False, None
            first = False
            offset, judge._at = judge._base + judge._at, match.end()
            match = judge._cut()
            if raw:
                walker.feed(raw, offset, match[1] if match is not None else b"")
            else:
                walker.empty(offset)
        return True, None
