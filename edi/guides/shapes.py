"""A transaction without a guide: what X12 itself asks of any segment.

No version of the standard and no set is needed for this much: an id of two or three letters and digits, at least one element
with a value, X12's characters, no element of blanks, no separators at the end. A run of segments that keep all of it is taken
by one expression; what that refuses is looked at segment by segment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final

from edi.errors import WARNING, Problem
from edi.guides.dictionary import dictionary
from edi.guides.elements import BASIC_AND_EXTENDED, Fault, SegmentJudge, encoded
from edi.guides.guide import ElementUse, SegmentUse
from edi.text.envelope import ENVELOPE
from edi.text.segments import Delimiters, Segment, decode, in_utf_8, readable
from edi.text.window import BREAKS, Window

LONG_SEGMENT: Final = 32 << 10
"""Bytes. X12 sets no limit, but no segment of a published guide comes near: a terminator or two are probably missing."""
LONGEST_BINARY: Final = 64 << 20
"""Bytes of a BIN or BDS segment that are held at once; one that says it is longer is not followed."""
_ID: Final = re.compile(rb"[A-Z][A-Z0-9]{1,2}\Z")
BINARY: Final = MappingProxyType({b"BIN": 1, b"BDS": 2})
"""Segments whose last element is any bytes, also terminators, and the element that says how many."""
_ST_ANSWERS: Final = MappingProxyType({1: "IK502=6", 2: "IK502=7", 3: "IK502=19"})


def _one_of(characters: frozenset[int] | set[int]) -> bytes:
    return b"[" + b"".join(re.escape(bytes([c])) for c in sorted(characters)) + b"]"


_FOREIGN: Final = re.compile("[^" + decode(_one_of(BASIC_AND_EXTENDED))[1:-1] + "\xa0-\U0010ffff]")
"""A character that X12 does not have."""


class Shapes:
    """One transaction. The window stands at its ST; `run` leaves it behind SE, or before what comes in its place."""

    def __init__(self, window: Window, delimiters: Delimiters, emit: Callable[[Problem], None], where: Mapping[str, Any]) -> None:
        self._window, self._delimiters, self._emit, self._where = window, delimiters, emit, where
        self._good = _good(delimiters)
        self._count = 0

    def run(self) -> tuple[int, Segment | None]:
        """The number of segments, and the SE when there is one (the reader stands behind it)."""
        window, element, terminator = self._window, self._delimiters.element, self._delimiters.segment
        while not window.done:
            window.look()
            good = self._good.match(window.data, window.at)
            isa = window.buried(good) if good is not None else None
            if isa is not None:
                good = self._good.match(window.data, window.at, isa)
            if good is not None:
                if good.end() == len(window.data) and not window.ended:
                    window.fill()  # line breaks, or the rest of a segment, may follow
                    continue
                self._count += window.data.count(terminator, window.at, good.end())
                window.at = good.end()
            match = window.cut()
            if match is None:
                break
            raw = match[1]
            name = raw.partition(element)[0]
            if (raw.startswith(b"ISA") and window.isa()) or (b"ISA" in raw and window.buried(match)):
                break
            if name in ENVELOPE and (self._count or name != b"ST"):
                if name != b"SE":
                    break
                closed = window.segment(match)
                self._count += 1
                self._judge(raw, name)
                window.at = match.end()
                return self._count, closed
            self._count += bool(raw)
            if name in BINARY and self._binary(raw, name):
                continue
            self._judge(raw, name)
            window.at += len(raw)
            self._leave()
        return self._count, None

    def _binary(self, raw: bytes, name: bytes) -> bool:
        """Step over a segment that holds any bytes; False where the bytes that it says it has do not end in a terminator."""
        window, place = self._window, BINARY[name]
        head = raw.split(self._delimiters.element, place + 1)[: place + 1]
        said = head[place] if len(head) > place else b""
        if not said.isdigit():
            self._miscounted(name, said, "element-type", "must be the number of bytes that follow")
            return False
        stop = len(self._delimiters.element.join(head)) + 1 + int(said[:16])
        while len(window.data) - window.at <= stop < LONGEST_BINARY and not window.ended:
            window.fill()
        if window.data[window.at + stop : window.at + stop + 1] != self._delimiters.segment:
            self._miscounted(name, said, "binary-length", "is not the number of bytes up to the terminator")
            return False
        window.at += stop
        self._leave()
        return True

    def _leave(self) -> None:
        """Step over the terminator at hand, and the line breaks behind it."""
        match = self._window.cut()
        assert match is not None and not match[1]  # it has been seen
        self._window.at = match.end()

    def _miscounted(self, name: bytes, said: bytes, code: str, what: str) -> None:
        segment, element = decode(name), BINARY[name]
        fault = Fault(code, "6", element, None, None, said, f"{segment}{element:02d} {what}")
        self._say(segment, fault, "IK304=8 IK403=6")

    # -- judging -----------------------------------------------------------------------------------------------------

    def _judge(self, raw: bytes, name: bytes) -> None:
        if not _ID.match(name):
            code, message = ("segment-unknown", "This is no X12 segment id") if raw else ("segment-empty", "An empty segment")
            self._problem(code, message, x12="IK304=1")
            return
        segment = decode(name)
        if len(raw) > LONG_SEGMENT and name not in BINARY:
            text = f"{segment} has {len(raw)} bytes: probably a terminator is missing"
            self._problem("segment-long", text, severity=WARNING, segment=segment)
        elements = raw.split(self._delimiters.element)
        if not any(elements[1:]):
            text = f"{segment} has no element with a value: a segment has at least one"
            self._problem("segment-bare", text, segment=segment, x12="IK304=8 IK403=1")
        elif name in (b"ST", b"SE"):
            self._ends(segment, elements)
        elif name not in BINARY:
            for fault in _faults(segment, elements, self._delimiters):
                self._say(segment, fault, f"IK304=8 IK403={fault.x12}" if fault.x12 else "")

    def _ends(self, name: str, elements: list[bytes]) -> None:
        """ST and SE are the same in every version. SE01 and SE02 are the envelope's to judge, as counts and numbers."""
        standard = _standard(name)
        for fault in standard.faults(elements, self._delimiters):
            if name == "ST":
                self._say(name, fault, _ST_ANSWERS.get(fault.element, "IK502=5") if fault.x12 else "")
            elif fault.element > standard.use.size or not fault.x12:
                self._say(name, fault, "IK502=5" if fault.x12 else "")

    def _say(self, segment: str, fault: Fault, x12: str) -> None:
        self._problem(
            fault.code,
            fault.message,
            severity=fault.severity,
            segment=segment,
            element=fault.element,
            component=fault.component,
            repetition=fault.repetition,
            value=None if fault.value is None else decode(fault.value),
            x12=x12,
        )

    def _problem(self, code: str, message: str, *, x12: str = "", **fields: Any) -> None:
        answers = MappingProxyType({"999": x12} if x12 else {})
        offset = self._window.offset
        self._emit(Problem(code=code, message=message, position=self._count, offset=offset, x12=answers, **fields, **self._where))


def _faults(name: str, elements: list[bytes], delimiters: Delimiters) -> Iterator[Fault]:
    if not elements[-1]:
        yield Fault("trailing-separators", "", len(elements) - 1, None, None, None, f"{name} ends in empty elements", WARNING)
    for position, element in enumerate(elements[1:], 1):
        where = f"{name}{position:02d}"
        repeats = element.split(delimiters.repetition) if delimiters.repetition else [element]
        if len(repeats) > 1 and not repeats[-1]:
            text = f"{where} ends in empty repetitions"
            yield Fault("trailing-separators", "", position, None, len(repeats), None, text, WARNING)
        for number, repeat in enumerate(repeats, 1):
            yield from _components(where, position, number if len(repeats) > 1 else None, repeat.split(delimiters.component))


def _components(where: str, position: int, repetition: int | None, components: list[bytes]) -> Iterator[Fault]:
    several = len(components) > 1
    if several and not components[-1]:
        text = f"{where} ends in empty components"
        yield Fault("trailing-separators", "", position, len(components), repetition, None, text, WARNING)
    for number, component in enumerate(components, 1):
        place = (position, number if several else None, repetition)
        name = f"{where}-{number}" if several else where
        if component and not component.strip(b" "):
            yield Fault("element-blank", "6", *place, component, f"{name} holds only spaces")
        elif found := _FOREIGN.search(readable(decode(component))):
            text = f"{name} holds a character that X12 does not have (byte {ord(found[0]):#04x})"
            yield Fault("element-character", "6", *place, component, text)
        elif letter := in_utf_8(component):
            yield Fault("element-encoding", "", *place, component, f"{name} {encoded(letter)}", WARNING)


@lru_cache(maxsize=32)
def _good(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Segments, as many as follow each other, that nothing is wrong with and that are not the envelope's.

    The counts keep what is taken below `LONG_SEGMENT`.
    """
    d = delimiters
    inner = {*d.component, *(d.repetition or b"")}
    text = BASIC_AND_EXTENDED - inner - {*d.element, *d.segment}
    filled = _one_of(text - set(b" ")) + _one_of(text) + b"{0,255}+"
    blanks = b" {0,99}+" if 32 in text else b""
    element, end = re.escape(d.element), re.escape(d.segment)
    between = b"".join(re.escape(x) + b"{0,33}+" for x in (d.element, d.repetition, d.component) if x)
    envelope = b"|".join(sorted({*ENVELOPE, *BINARY}))
    breaks = _one_of(set(BREAKS) - {*d.element, *d.segment}) + b"*+"
    body = b"(?>" + between + blanks + filled + b"){1,64}+"
    return re.compile(
        b"(?>(?!(?:" + envelope + b")" + element + b")[A-Z][A-Z0-9]{1,2}+(?=" + element + b")" + body + end + breaks + b")++"
    )


@cache
def _standard(name: str) -> SegmentJudge:
    """A segment as the standard has it."""
    standard, elements = dictionary().segments[name], dictionary().elements
    uses = tuple(
        ElementUse(position, "R" if place.mandatory else "S", elements[place.reference])
        for position, place in enumerate(standard.places, 1)
    )
    return SegmentJudge(SegmentUse(name, standard.name, "R", 1, uses, size=len(uses)))
