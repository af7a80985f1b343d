"""A file judged at every level: the report.

The source is read in pieces of a few megabytes. Envelope segments are taken one by one; a transaction whose guide is known is
judged unit by unit: an expression accepts a unit whole, or the walk says what is wrong with it. Problems go out as they are
found, so a file of any size is judged in the memory of one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edi.errors import ERROR, Problem
from edi.guides.apart import Apart, hand_on
from edi.guides.choosing import chosen, purpose, unclear
from edi.guides.elements import Fault, SegmentJudge
from edi.guides.engine import Transaction, rules_for
from edi.guides.guide import Guide, SegmentUse, load, opener
from edi.guides.often import often
from edi.guides.selection import EVERYTHING, Asked
from edi.guides.shapes import Shapes
from edi.text.envelope import ENVELOPE, Envelope
from edi.text.segments import LONGEST_SEGMENT, Delimiters, Segment, Source, close_source, decode, open_source
from edi.text.window import Window

COMPILE_FROM: Final = 256 << 10
"""From so many bytes on, of one source or of many, compiled expressions are used (those of a guide take 0.1 s to make)."""
LEVEL_OF_GUIDES: Final = 2
STRAYS: Final = 100
"""So many runs of segments outside every transaction are said (a run that ends in SE is a transaction without its ST)."""
_PADDING: Final = frozenset(("trailing-spaces", "element-blank", "element-short"))
# TA105 by ISA element (reference: 005010 interchange acknowledgment, note codes).
_TA105: Final = MappingProxyType(
    {
        1: "010",
        2: "011",
        3: "012",
        4: "013",
        5: "005",
        6: "006",
        7: "007",
        8: "008",
        9: "014",
        10: "015",
        11: "016",
        12: "017",
        13: "018",
        14: "019",
        15: "020",
        16: "027",
    }
)


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


def validate(
    source: Source,
    *,
    level: int = 7,
    compiled: bool | None = None,
    rules: Sequence[str | Path] = (),
    codes: Mapping[str, str | Path] = MappingProxyType({}),
) -> Report:
    """Judge a source and keep everything that was found. Nothing is raised for a bad document.

    `rules` are files of a payer's rules, or of one's own, beside those that come with the guides; `codes` are files in the place
    of code lists, by the name of the list ("CARC"). `compiled` says whether units are accepted by compiled expressions; None
    decides by the size of the source, and of those before it.
    """
    problems: list[Problem] = []
    transactions: list[TransactionReport] = []
    asked = Asked(level, tuple(map(str, rules)), tuple((name, str(path)) for name, path in codes.items()))
    judge(source, problems.append, transactions.append, asked=asked, compiled=compiled)
    name = str(source) if isinstance(source, str) or hasattr(source, "__fspath__") else ""
    return Report(path=name, transactions=tuple(transactions), problems=tuple(problems))


def judge(
    source: Source,
    problem: Callable[[Problem], None],
    transaction: Callable[[TransactionReport], None] = lambda _: None,
    *,
    heard: Callable[[int], None] = lambda _: None,
    asked: Asked = EVERYTHING,
    compiled: bool | None = None,
    apart: Callable[[int], Iterable[Apart | None]] = lambda _: (),
) -> None:
    """Judge a source of any size; problems and transactions are handed on as they are found, in the order of the source.

    `heard` is told, every few megabytes, up to which byte the source has been judged.
    `apart` is asked, for the byte at which a transaction begins, for its parts, where those were judged already.
    """
    file = open_source(source)
    try:
        _Judge(Window(file, heard=heard), problem, transaction, asked, compiled, apart).run()
    finally:
        close_source(file, source)


class _Found:
    """Hands on the problems up to a level, and counts the errors among them.

    Not a method of the judge: whoever is given it would hold the judge, which holds him, and with both the piece that was read
    last. The command judges many files without a collector of such circles.
    """

    def __init__(self, hand_on: Callable[[Problem], None], level: int) -> None:
        self._hand_on, self._level = hand_on, level
        self.errors = 0

    def __call__(self, problem: Problem) -> None:
        if problem.level <= self._level:
            self.errors += problem.severity == ERROR
            self._hand_on(problem)


class _Judge:
    def __init__(
        self,
        window: Window,
        problem: Callable[[Problem], None],
        transaction: Callable[[TransactionReport], None],
        asked: Asked,
        compiled: bool | None,
        apart: Callable[[int], Iterable[Apart | None]],
    ) -> None:
        self._window, self._asked = window, asked
        self._problem, self._transaction, self._apart = _Found(problem, asked.level), transaction, apart
        self._envelope = Envelope(self._problem)
        self._compiled, self._size = compiled, len(window.data)
        self._worth: dict[str, bool] = {}
        """Whether it is worth while to compile a guide, by its name."""
        self._shapes = {opener(item).id: SegmentJudge(opener(item)) for item in load("x12/envelope").root.items}

    # -- envelopes ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Judge the whole source."""
        window, strays, astray = self._window, 0, False
        while not window.done:
            window.look()
            if window.data.startswith(b"ISA", window.at):
                window.delimiters = window.isa() or window.delimiters
            if window.delimiters is None:
                if not self._skip_to_isa():
                    return
                continue
            match = window.cut()
            isa = window.buried(match)
            if isa is not None:
                self._cut_short(isa)
                continue
            if match is None:
                self._tail()
                return
            segment = window.segment(match)
            name = segment.elements[0]
            if name == b"ST":
                astray = False
                self._set(segment, match)
                continue
            window.at = match.end()
            if name in ENVELOPE and not (astray and name == b"SE"):
                astray = False
                self._take(segment)
            elif segment.raw:
                strays += not astray
                if not astray and strays <= STRAYS:
                    self._envelope.outside(segment)
                astray = name != b"SE"
        if window.delimiters is None:
            self._skip_to_isa()
        self._envelope.finish(window.offset, None)

    def _skip_to_isa(self) -> bool:
        """Bytes before the first ISA: blanks and a byte order mark are nothing, anything else is a problem."""
        window = self._window
        start = window.data.find(b"ISA", window.at)
        while start >= 0 and Delimiters.of_isa(window.data[start : start + 400]) is None:
            start = window.data.find(b"ISA", start + 1)
        stop = start if start >= 0 else len(window.data)
        before = window.data[window.at : stop].strip(b"\xef\xbb\xbf\r\n\t \x00\x1a")
        if start < 0:
            text = "There is no ISA: this is not an X12 interchange" if before else "The file is empty"
            self._problem(Problem(code="isa-missing", message=text, segment="ISA", offset=window.offset))
        elif before:
            text = "There is text before the ISA"
            self._problem(Problem(code="text-outside", message=text, segment="ISA", offset=window.offset))
        window.at = stop
        return start >= 0

    def _cut_short(self, isa: int) -> None:
        """A segment that was cut off, and behind it the ISA of another file."""
        window = self._window
        text, offset = window.data[window.at : isa], window.offset
        window.at = isa
        self._envelope.cut_off(
            Segment(text, b"", offset, window.delimiters or Delimiters()),
            f"The segment is cut off: at byte {window.offset} the ISA of another interchange begins in it",
        )

    def _tail(self) -> None:
        """What is left has no terminator."""
        window = self._window
        rest = window.data[window.at :]
        if not window.ended:
            text = f"No terminator within {LONGEST_SEGMENT} bytes: what stands from here on is not judged"
            self._problem(Problem(code="segment-endless", message=text, offset=window.offset, **self._envelope.where))
            return
        tail = None
        if rest.strip(b"\r\n\t \x00\x1a"):
            tail = Segment(rest, b"", window.offset, window.delimiters or Delimiters())
        self._envelope.finish(window.offset + len(rest), tail)

    def _take(self, segment: Segment, position: int = 0) -> None:
        """An envelope segment: its elements, then its counts and control numbers."""
        name = segment.id
        opening = name in ("ISA", "GS")
        if opening:
            self._envelope.take(segment)
        shape = self._shapes.get(name)
        if shape is not None and name == "GS" and "000000" < segment.get(8)[:6] < "004010":
            shape = SegmentJudge(_of_old(shape.use))
        if shape is not None:
            delimiters = segment.delimiters
            if name == "ISA":  # ISA11 and ISA16 are delimiters themselves
                delimiters = replace(delimiters, component=delimiters.segment, repetition=None)
            for fault in shape.faults(segment.elements, delimiters):
                if name == "ISA" and _is_padding(fault):
                    continue
                self._problem(
                    Problem(
                        code=fault.code,
                        message=fault.message,
                        severity=fault.severity,
                        segment=name,
                        element=fault.element,
                        component=fault.component,
                        repetition=fault.repetition,
                        offset=segment.offset,
                        value=None if fault.value is None else decode(fault.value),
                        x12=MappingProxyType(_answer(name, fault.element)),
                        **self._envelope.where,
                    )
                )
        if not opening:
            self._envelope.take(segment, position)

    # -- transactions ------------------------------------------------------------------------------------------------

    def _set(self, segment: Segment, match: re.Match[bytes]) -> None:
        """One transaction, from ST to the segment before the next envelope segment that is not its SE."""
        before, window = self._problem.errors, self._window
        self._envelope.take(segment)
        guide = self._guide(segment, match) if self._asked.level >= LEVEL_OF_GUIDES else None
        if guide is None:
            segments, closed = Shapes(window, segment.delimiters, self._problem, self._envelope.where).run()
        else:
            segments, closed = self._by_guide(guide, segment)
        if closed is not None:
            self._take(closed, segments)
        self._envelope.close_set(window.offset)
        self._transaction(
            TransactionReport(
                set=segment.get(1),
                guide=guide.version if guide else None,
                control=segment.get(2),
                valid=self._problem.errors == before,
                segments=segments,
            )
        )

    def _by_guide(self, guide: Guide, segment: Segment) -> tuple[int, Segment | None]:
        """The segments of a transaction, and its SE; judged before and apart, or here."""
        window, where, delimiters, told = self._window, self._envelope.where, segment.delimiters, 0

        def tell(problem: Problem) -> None:
            nonlocal told
            told += 1
            self._problem(problem)

        def tell_others(problem: Problem) -> None:
            nonlocal told
            told -= 1
            if told < 0:
                self._problem(problem)

        apart = hand_on(self._apart(window.offset), tell, guide.name, delimiters, where)
        if apart is not None:
            window.go(apart.stop)
            return apart.segments, apart.closed
        rules = rules_for(guide.name, self._asked, delimiters)
        compiled = self._wanted(guide, delimiters) if self._compiled is None else self._compiled
        emit = tell_others if told else self._problem
        return Transaction(guide, window, delimiters, emit, where, compiled=compiled, rules=rules).run()

    def _wanted(self, guide: Guide, delimiters: Delimiters) -> bool:
        """Whether units are to be accepted by compiled expressions; the size of a source counts once for each of its guides."""
        if guide.name not in self._worth:
            met = often("judge", guide, delimiters)
            self._worth[guide.name] = met.worth_while(self._size, COMPILE_FROM)
        return self._worth[guide.name]

    def _guide(self, segment: Segment, match: re.Match[bytes]) -> Guide | None:
        """The guide for a transaction, and what is wrong with how it is named."""
        envelope = self._envelope
        version = envelope.gs.get(8).strip() if envelope.gs else ""
        convention = segment.get(3).strip()
        if convention and version and convention != version:
            message = f"ST03 and GS08 ({version}) name different guides"
            self._fault(segment, "version-mismatch", message, 3, "IK502=I6", convention)
        meant = purpose(self._window, match, segment, version)
        guide = chosen(segment, version, meant.code)
        if guide is None and meant.codes:
            self._problem(unclear(meant, envelope.where))
        elif guide is None:
            name = convention or version or "no version"
            message = f"There is no guide for {segment.get(1)} {name}: only the envelope and the shape of its segments are judged"
            self._fault(segment, "guide-unknown", message, None, "IK502=I6", None)
        elif envelope.gs is not None and guide.group and envelope.gs.get(1) != guide.group:
            self._fault(segment, "group-mismatch", f"A {guide.set} belongs in a group {guide.group} (GS01)", 1, "IK502=18", None)
        return guide

    def _fault(self, segment: Segment, code: str, message: str, element: int | None, x12: str, value: str | None) -> None:
        self._problem(
            Problem(
                code=code,
                message=message,
                level=1,
                segment="ST",
                position=1,
                element=element,
                offset=segment.offset,
                value=value,
                x12=MappingProxyType({"999": x12}),
                **self._envelope.where,
            )
        )


def _of_old(group: SegmentUse) -> SegmentUse:
    """GS before 004010: GS04 has six digits, and GS07 may be T."""
    return replace(
        group,
        elements=tuple(
            replace(e, codes=("T", "X"))
            if e.position == 7
            else replace(e, element=replace(e.element, minimum=6))
            if e.position == 4 and e.element
            else e
            for e in group.elements
        ),
    )


def _is_padding(fault: Fault) -> bool:
    """Any byte may be a delimiter (ISA11, ISA16), and the ISA is padded with blanks."""
    if fault.code == "element-character":
        return fault.element in (11, 16)
    return fault.code in _PADDING and (fault.value or b"").endswith(b" ")


def _answer(segment: str, element: int) -> dict[str, str]:
    """What an acknowledgment says of a bad element of the envelope."""
    if segment in ("ISA", "IEA", "TA1"):
        return {"TA1": f"TA105={_TA105.get(element, '022')}"}
    return {"999": "AK905=6"}
