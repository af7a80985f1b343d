"""A segment's elements judged one by one: usage, length, type, codes, components, repetitions, syntax notes.

The slow half of the engine's two paths: it finds the words. `edi.guides.expression` states the same facts as expressions,
and may be stricter than what stands here, never laxer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from edi.errors import ERROR, WARNING
from edi.guides.guide import Element, ElementUse, Note, SegmentUse
from edi.text.segments import Delimiters, decode, in_utf_8, readable

BASIC_AND_EXTENDED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !\"&'()*+,-./:;?=%~@[]_{}\\|<>#$"
)
"""X12's basic and extended character sets, without the letters with accents (005010, appendix on character sets)."""

_NUMBER: Final = re.compile(rb"-?(\d*)\.?(\d*)\Z")
_WHOLE: Final = re.compile(rb"-?(\d+)\Z")
_TIME: Final = re.compile(rb"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d\d?)?)?\Z")


class Fault(NamedTuple):
    """One fault of one element: the code of the problem, IK403, where in the segment, what was found, what was expected.

    `element` is 0 where the fault is the segment's, that it has no element at all.
    """

    code: str
    x12: str
    element: int
    component: int | None
    repetition: int | None
    value: bytes | None
    message: str
    severity: str = ERROR


class SegmentJudge:
    """A guide's use of a segment, made ready to judge segments by."""

    __slots__ = ("_bare", "_notes", "_uses", "required", "use")

    def __init__(self, use: SegmentUse) -> None:
        self.use = use
        self._uses: list[ElementUse | None] = [None] * (1 + max((e.position for e in use.elements), default=0))
        for element in use.elements:
            self._uses[element.position] = element
        self.required = frozenset(e.position for e in use.elements if e.usage == "R")
        """The positions of the elements that must be there."""
        self._notes = use.notes
        self._bare = bool(use.elements) and not self.required and all(note.kind != "R" for note in use.notes)
        """Whether no element says by itself that a segment without any value lacks one."""

    def faults(self, elements: Sequence[bytes], delimiters: Delimiters, unused: str = ERROR) -> Iterator[Fault]:
        """What is wrong with the elements of one segment (`elements[0]` is its id); `unused` is how severe an unused one is."""
        uses, id = self._uses, self.use.id
        for position in range(1, max(len(elements), len(uses))):
            value = elements[position] if position < len(elements) else b""
            use = uses[position] if position < len(uses) else None
            if value:
                if use is None:
                    yield self._unused(position, value, unused)
                elif not _plain(use, value):
                    yield from _repeated(
                        use, value, f"{id}{position:02d}", delimiters, unused, _format_before(uses, elements, position)
                    )
            elif use is not None and use.usage == "R":
                name = f"{id}{position:02d} ({_label(use)})"
                yield Fault("element-missing", "1", position, None, None, None, f"{name} is missing")
        if self._bare and not any(elements[1:]):
            yield Fault("segment-bare", "1", 0, None, None, None, f"{id} has no element with a value: a segment has at least one")
        if len(elements) > 1 and not elements[-1]:
            yield Fault("trailing-separators", "", len(elements) - 1, None, None, None, f"{id} ends in empty elements", WARNING)
        if self._notes:
            there = self.required.union(position for position, value in enumerate(elements) if value)
            for note in self._notes:  # a required element that is missing has been said
                if note.broken(there):
                    yield _broken(note, there, id, None)

    def _unused(self, position: int, value: bytes, severity: str) -> Fault:
        id, size = self.use.id, self.use.size
        name = f"{id}{position:02d}"
        if position > size:
            return Fault("element-extra", "3", position, None, None, value, f"{name}: {id} ends at element {size:02d}")
        return Fault("element-unused", "I10", position, None, None, value, f"{name} is not used by this guide", severity)


def _plain(use: ElementUse, value: bytes) -> bool:
    """Whether a value of letters and digits is plainly right, which most are. Dates and what has a format are looked at."""
    element = use.element
    if element is None or not value.isalnum() or not value.isascii():
        return False
    if use.codes:
        return decode(value) in use.codes
    if not element.minimum <= len(value) <= element.maximum or element.number == "1251":
        return False
    return element.type in ("AN", "ID") or (element.type not in ("DT", "TM", "B") and value.isdigit())


def _label(use: ElementUse) -> str:
    return use.element.name if use.element else use.composite


def _format_before(uses: Sequence[ElementUse | None], elements: Sequence[bytes], position: int) -> bytes:
    """The date format qualifier (element 1250) that stands before this element, when this is the date that it governs."""
    before = uses[position - 1]
    if before is None or before.element is None or before.element.number != "1250" or position - 1 >= len(elements):
        return b""
    return elements[position - 1]


def _repeated(use: ElementUse, value: bytes, name: str, delimiters: Delimiters, unused: str, form: bytes) -> Iterator[Fault]:
    separator = delimiters.repetition
    if separator is None or separator not in value:
        yield from _one(use, value, name, None, delimiters, unused, form)
        return
    repeats = value.split(separator)
    if len(repeats) > use.repeats:
        limit = f"may stand {use.repeats} times" if use.repeats > 1 else "does not repeat"
        yield Fault("repetition-extra", "12", use.position, None, use.repeats + 1, value, f"{name} {limit}")
    for number, repeat in enumerate(repeats[: use.repeats], 1):
        if repeat:
            yield from _one(use, repeat, name, number, delimiters, unused, form)
        else:
            yield Fault("element-missing", "1", use.position, None, number, None, f"{name}: repetition {number} is empty")


def _one(
    use: ElementUse, value: bytes, name: str, repetition: int | None, delimiters: Delimiters, unused: str, form: bytes
) -> Iterator[Fault]:
    if use.element is not None:
        if delimiters.component in value:
            yield Fault(
                "component-extra", "13", use.position, 2, repetition, value, f"{name} is a single element and has no components"
            )
            return
        yield from _value(use, value, name, None, repetition, form)
        return
    components = value.split(delimiters.component)
    uses: list[ElementUse | None] = [None] * (1 + max((c.position for c in use.components), default=0))
    for each in use.components:
        uses[each.position] = each
    for number in range(1, max(len(components) + 1, len(uses))):
        component = components[number - 1] if number <= len(components) else b""
        inner = uses[number] if number < len(uses) else None
        inner_name = f"{name}-{number}"
        if inner is None:
            if not component:
                continue
            if number > use.size:
                yield Fault(
                    "component-extra", "13", use.position, number, repetition, component, f"{inner_name}: too many components"
                )
            else:
                yield Fault(
                    "component-unused",
                    "I10",
                    use.position,
                    number,
                    repetition,
                    component,
                    f"{inner_name} is not used by this guide",
                    unused,
                )
        elif not component:
            if inner.usage == "R":
                yield Fault(
                    "component-missing", "1", use.position, number, repetition, None, f"{inner_name} ({_label(inner)}) is missing"
                )
        else:
            yield from _value(
                inner, component, inner_name, use.position, repetition, _format_before(uses, [b"", *components], number)
            )
    if not components[-1]:
        yield Fault(
            "trailing-separators",
            "",
            use.position,
            len(components),
            repetition,
            None,
            f"{name} ends in empty components",
            WARNING,
        )
    if use.notes:
        there = {number for number, component in enumerate(components, 1) if component}
        there.update(c.position for c in use.components if c.usage == "R")
        for note in use.notes:
            if note.broken(there):
                yield _broken(note, there, name, use.position)


def _value(use: ElementUse, value: bytes, name: str, parent: int | None, repetition: int | None, form: bytes) -> Iterator[Fault]:
    element = use.element
    if element is None:  # a composite inside a composite: X12 has none
        return
    position, component = (use.position, None) if parent is None else (parent, use.position)
    label = f"{name} ({element.name})"

    def fault(code: str, x12: str, message: str, severity: str = ERROR) -> Fault:
        return Fault(code, x12, position, component, repetition, value, message, severity)

    if use.codes:
        if decode(value) not in use.codes:
            yield fault("element-code", "7", f"{label} must be {_choice(use.codes)}")
        return
    shape = _shape(element, value)
    if shape is not None:
        yield fault(shape[0], shape[1], f"{label} {shape[2]}")
        return
    if element.number == "1251" and form:
        wrong = _period(form, value)
        if wrong:
            yield fault("element-date", "8", f"{label} {wrong}")
            return
    if element.type not in ("AN", "ID"):
        return
    if value.endswith(b" "):
        yield fault("trailing-spaces", "", f"{label} ends in spaces", WARNING)
    if letter := in_utf_8(value):
        yield fault("element-encoding", "", f"{label} {encoded(letter)}", WARNING)


def encoded(letter: bytes) -> str:
    """What is said of a value that holds letters in UTF-8, by the first of them: all might be a name."""
    return f"is in UTF-8 where ISO 8859-1 is expected (bytes {letter.hex(' ').upper()})"


def _choice(codes: Sequence[str]) -> str:
    if len(codes) == 1:
        return codes[0]
    shown = ", ".join(codes[:12])
    return f"one of {shown}" + (f" ... ({len(codes)} codes)" if len(codes) > 12 else "")


def _shape(element: Element, value: bytes) -> tuple[str, str, str] | None:
    """What is wrong with a value by its type and length: the problem's code, IK403, and what was expected."""
    kind, low, high = element.type, element.minimum, element.maximum
    if kind in ("AN", "ID"):
        return _text(value, low, high)
    if kind in ("DT", "TM"):
        if value.isdigit():
            if len(value) > high:
                return "element-long", "5", f"is too long: at most {high} digits"
            if len(value) < low:
                return "element-short", "4", f"is too short: at least {low} digits"
        if kind == "TM":
            return None if _TIME.match(value) else ("element-time", "9", "must be a time, HHMM, HHMMSS or with decimals")
        return (
            None
            if _is_date(value)
            else ("element-date", "8", "must be a date, CCYYMMDD" if high == 8 else "must be a date, YYMMDD")
        )
    if kind == "R" or kind[0] == "N":
        match = (_NUMBER if kind == "R" else _WHOLE).match(value)
        digits = sum(len(group) for group in match.groups()) if match else 0
        if not digits:
            return "element-type", "6", "must be a number" if kind == "R" else "must be a whole number"
        if digits > high:
            return "element-long", "5", f"is too long: at most {high} digits"
        if digits < low:
            return "element-short", "4", f"is too short: at least {low} digits"
        return None
    return None  # B: binary


def _text(value: bytes, low: int, high: int) -> tuple[str, str, str] | None:
    text = readable(decode(value))
    if len(text) > high:
        return "element-long", "5", f"is too long: at most {high} characters"
    if not text.strip(" "):
        return "element-blank", "6", "holds only spaces"
    if len(text.rstrip(" ")) < low:
        return "element-short", "4", f"is too short: at least {low} characters"
    for byte in map(ord, text):
        if byte not in BASIC_AND_EXTENDED and (byte < 0xA0):
            return "element-character", "6", f"holds a character that X12 does not have (byte {byte:#04x})"
    return None


def _is_date(value: bytes) -> bool:
    if not value.isdigit() or len(value) not in (6, 8):
        return False
    text = value.decode()
    year, month, day = (
        (int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 8
        else (2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    )
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _period(form: bytes, value: bytes) -> str:
    """What is wrong with a date in the format that its qualifier names (element 1250), "" when nothing is."""
    if form == b"D8":
        return "" if len(value) == 8 and _is_date(value) else "must be a date, CCYYMMDD"
    if form == b"RD8":
        start, _, end = value.partition(b"-")
        if len(start) == 8 and len(end) == 8 and _is_date(start) and _is_date(end):
            return "" if start <= end else "is a range that ends before it begins"
        return "must be two dates, CCYYMMDD-CCYYMMDD"
    if form == b"DT":
        return (
            "" if len(value) == 12 and _is_date(value[:8]) and _TIME.match(value[8:]) else "must be date and time, CCYYMMDDHHMM"
        )
    if form == b"TM":
        return "" if len(value) == 4 and _TIME.match(value) else "must be a time, HHMM"
    if form == b"D6":
        return "" if len(value) == 6 and _is_date(value) else "must be a date, YYMMDD"
    return ""


def _broken(note: Note, there: set[int] | frozenset[int], name: str, parent: int | None) -> Fault:
    """What to say of a broken syntax note. The element named is the first one that is missing (E: the second present)."""
    here = [p for p in note.positions if p in there]
    gone = [p for p in note.positions if p not in there]
    first, *others = (f"{p:02d}" for p in note.positions)
    listed = ", ".join(others)
    at, x12 = gone[0] if gone else 0, "2"
    match note.kind:
        case "P":
            message = f"{name}: elements {first}, {listed} go together"
        case "R":
            message = f"{name}: at least one of elements {first}, {listed} is needed"
        case "E":
            at, x12, message = here[1], "10", f"{name}: only one of elements {first}, {listed} may be there"
        case "C":
            message = f"{name}: element {first} needs {listed}"
        case _:
            message = f"{name}: element {first} needs one of {listed}"
    position, component = (at, None) if parent is None else (parent, at)
    return Fault("element-note", x12, position, component, None, None, message)
