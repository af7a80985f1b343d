"""A segment and a record: which element is which field, stated once for reading and for writing.

    HSD = Form("HSD", quantity=quantity(1, 2), per=text(3), length_unit=text(5), length=count(6))

A form gives the fields of a segment as a dictionary, and the segment of a record. Each place is a pair of functions: what it
reads from a segment, and which elements it writes for a value. A tuple's empty members are left out, so its members move up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from edi.errors import RecordError
from edi.guides.document import Loop
from edi.guides.elements import BASIC_AND_EXTENDED
from edi.records.services import Period, Procedure, Quantity
from edi.records.values import read_amount, read_count, read_date, read_period, write_amount, write_date
from edi.text.segments import Delimiters, Segment, compose, decode

Written: TypeAlias = Iterator[tuple[int, int, str]]
"""Element, component (0: the whole element), text."""
R = TypeVar("R")
_MODIFIERS: Final = range(3, 7)
_FIRST_ACCENT: Final = 0xA0
HUNDREDTH: Final = 10_000
"""Microseconds of the smallest part of a second that X12 knows."""


class Place(NamedTuple):
    """Where a field stands: what reads it, and what writes a value that is not empty."""

    read: Callable[[Segment], Any]
    write: Callable[[Any], Written]
    most: int | None = None
    """How many members a tuple may have there."""
    whole: int = 0
    """The element whose text the field is, where it is no more than that: most of all reading is this."""


class Form:
    """The places of a record's fields in one kind of segment; `fixed` are elements that always say the same."""

    def __init__(self, id: str, fixed: dict[int, str] | None = None, /, **places: Place) -> None:
        self.id, self.fixed, self.places = id, fixed or {}, places
        self._texts = tuple((name, place.whole) for name, place in places.items() if place.whole)
        self._others = tuple((name, place.read) for name, place in places.items() if not place.whole)

    def with_fixed(self, fixed: dict[int, str]) -> Form:
        """The same places, with other elements that always say the same."""
        return Form(self.id, fixed, **self.places)

    def read(self, segment: Segment | None) -> dict[str, Any]:
        """The fields that a segment gives; none where there is no segment."""
        if segment is None:
            return {}
        texts = segment.texts
        count = len(texts)
        found: dict[str, Any] = {name: texts[at] if at < count else "" for name, at in self._texts}
        for name, read in self._others:
            found[name] = read(segment)
        return found

    def texts(self, row: Sequence[str]) -> dict[str, str]:
        """The fields that are no more than an element's text, of a segment at hand as such."""
        return {name: row[at] for name, at in self._texts}

    def write(self, record: object, delimiters: Delimiters, path: str, *, always: bool = False) -> list[Segment]:
        """The segment of a record; none where no field has anything to say, unless `always`. `path` names it in errors."""
        found: dict[tuple[int, int], str] = {}
        for name, place in self.places.items():
            value = getattr(record, name)
            if value in (None, "", ()):
                continue
            if place.most is not None and len(value) > place.most:
                raise too_many(f"{path}.{name}", place.most)
            if isinstance(value, Procedure) and len(value.modifiers) > len(_MODIFIERS):
                raise too_many(f"{path}.{name}.modifiers", len(_MODIFIERS))
            found.update(((element, component), text) for element, component, text in place.write(value))
        if not always and not any(found.values()):
            return []
        found.update(((element, 0), text) for element, text in self.fixed.items())
        return [compose(delimiters, self.id, *_elements(found))]


def read_one(form: Form, record: type[R], segment: Segment | None) -> R | None:
    """A record of its own from a segment; None where there is no segment, or it says nothing."""
    if segment is None:
        return None
    found = record(**form.read(segment))
    return None if found == record() else found


def by_code(loop: Loop, id: str) -> dict[str, list[Segment]]:
    """A loop's own segments of one kind by the code in their first element, gone through once for all codes that are sought."""
    found: dict[str, list[Segment]] = {}
    for segment in loop.every(id):
        found.setdefault(segment.get(1), []).append(segment)
    return found


def first_text(segments: Mapping[str, list[Segment]], code: str, element: int) -> str:
    """An element of the first segment with a code, "" where there is none."""
    found = segments.get(code)
    return found[0].get(element) if found else ""


def too_many(path: str, most: int, what: str = "of them") -> RecordError:
    return RecordError(f"{path}: at most {most} {what} can be written.")


def _elements(found: dict[tuple[int, int], str]) -> Iterator[str | list[str]]:
    for element in range(1, max(element for element, _ in found) + 1):
        if (element, 0) in found:
            yield found[element, 0]
        else:
            last = max((component for e, component in found if e == element), default=0)
            yield [found.get((element, component), "") for component in range(1, last + 1)]


def text(element: int, component: int = 0) -> Place:
    return Place(
        lambda s: s.get(element, component),
        lambda v: iter(((element, component, v),)),
        whole=0 if component else element,
    )


def count(element: int) -> Place:
    return Place(lambda s: read_count(s.get(element)), lambda v: iter(((element, 0, str(v)),)))


def amount(element: int) -> Place:
    return Place(lambda s: read_amount(s.get(element)), lambda v: iter(((element, 0, write_amount(v)),)))


def choice(element: int, yes: str, no: str) -> Place:
    """A bool: True for the code `yes`, written as `yes` or `no`."""
    return Place(lambda s: s.get(element) == yes, lambda v: iter(((element, 0, yes if v else no),)))


def day(form: int, element: int) -> Place:
    """A date behind its format, D8."""
    return Place(lambda s: read_date(s.get(element)), lambda v: iter(((form, 0, "D8"), (element, 0, write_date(v)))))


def bare_day(element: int) -> Place:
    """A date of type DT, without a format before it."""
    return Place(lambda s: read_date(s.get(element)), lambda v: iter(((element, 0, write_date(v)),)))


def dates(form: int, element: int) -> Place:
    """A period, always written as RD8."""

    def write(value: Period) -> Written:
        return iter(((form, 0, "RD8"), (element, 0, f"{write_date(value.start)}-{write_date(value.end)}")))

    return Place(lambda s: read_period(s.get(element)), write)


def marked(mark: int, code: str, element: int) -> Place:
    """A text behind a mark that stands only with it."""
    return Place(lambda s: s.get(element), lambda v: iter(((mark, 0, code), (element, 0, v))))


def run(first: int, last: int) -> Place:
    """A tuple in neighbouring elements."""
    return Place(
        lambda s: tuple(value for element in range(first, last + 1) if (value := s.get(element))),
        lambda values: ((first + n, 0, value) for n, value in enumerate(values)),
        last - first + 1,
    )


def parts(element: int, first: int, last: int) -> Place:
    """A tuple in neighbouring components."""
    return Place(
        lambda s: tuple(value for value in s.components(element)[first - 1 : last] if value),
        lambda values: ((element, first + n, value) for n, value in enumerate(values)),
        last - first + 1,
    )


def quantity(unit: int, element: int) -> Place:
    def read(segment: Segment) -> Quantity | None:
        found = read_amount(segment.get(element))
        return None if found is None else Quantity(unit=segment.get(unit), amount=found)

    return Place(read, lambda v: iter(((unit, 0, v.unit), (element, 0, write_amount(v.amount)))))


def scalar(unit: str, element: int) -> Place:
    """A quantity whose unit is not written: it is always the same."""

    def read(segment: Segment) -> Quantity | None:
        found = read_amount(segment.get(element))
        return None if found is None else Quantity(unit=unit, amount=found)

    return Place(read, lambda v: iter(((element, 0, write_amount(v.amount)),)))


def read_procedure(segment: Segment, element: int) -> Procedure | None:
    """A C003; None where it has no code."""
    return procedure_in(segment.get(element), decode(segment.delimiters.component))


@lru_cache(maxsize=4096)
def procedure_in(text: str, component: str) -> Procedure | None:
    """The same of its text, with what separates its components. A file bills the same few again and again."""
    value = text.split(component)
    if len(value) < 2 or not value[1]:
        return None
    value += [""] * (8 - len(value))
    return Procedure(
        qualifier=value[0],
        code=value[1],
        modifiers=tuple(v for v in value[2:6] if v),
        description=value[6],
        code_end=value[7],
    )


def procedure(element: int) -> Place:
    def write(value: Procedure) -> Written:
        yield element, 1, value.qualifier
        yield element, 2, value.code
        for component, modifier in zip(_MODIFIERS, value.modifiers, strict=False):
            yield element, component, modifier
        yield element, 7, value.description
        yield element, 8, value.code_end

    return Place(lambda s: read_procedure(s, element), write)


def check(record: object, delimiters: Delimiters, path: str = "") -> None:
    """A RecordError for the first text of a record that X12 with these delimiters cannot carry; it names the field."""
    if isinstance(record, str):
        _check_text(record, delimiters, path)
    elif isinstance(record, tuple):
        for n, member in enumerate(record):
            check(member, delimiters, f"{path}[{n}]")
            if member == "":
                raise RecordError(f"{path}[{n}]: is empty.")
    elif isinstance(record, Decimal):
        if not record.is_finite() or abs(record.adjusted()) > 30:
            raise RecordError(f"{path}: is no amount that can be written.")
    elif isinstance(record, datetime):
        if record.tzinfo is not None or record.microsecond % HUNDREDTH:
            raise RecordError(f"{path}: must be without a time zone, and exact to a hundredth of a second at most.")
    elif isinstance(record, int) and not isinstance(record, bool):
        if record < 0:
            raise RecordError(f"{path}: must not be negative.")
    elif is_dataclass(record) and not isinstance(record, date):
        if path and all(_is_default(record, field) for field in fields(record)):
            raise RecordError(f"{path}: says nothing; leave it out.")
        if isinstance(record, Period) and record.reversed:
            raise RecordError(f"{path}: ends before it begins.")
        for field in fields(record):
            check(getattr(record, field.name), delimiters, f"{path}.{field.name}" if path else field.name)


def _is_default(record: object, field: Field[Any]) -> bool:
    value: object = getattr(record, field.name)
    return bool(field.default is not MISSING and value == field.default)


def _check_text(value: str, delimiters: Delimiters, path: str) -> None:
    if _carried(delimiters).fullmatch(value):
        return
    names = _dividing(delimiters)
    for at, character in enumerate(value, 1):
        if character in names:
            raise RecordError(
                f"{path}: character {at} is {character!r}, which is a delimiter here: leave it out, or put another."
            )
        code = ord(character)
        if code > 0xFF:
            raise RecordError(f"{path}: character {at} is outside ISO 8859-1.")
        if code not in BASIC_AND_EXTENDED and code < _FIRST_ACCENT:
            raise RecordError(f"{path}: character {at} (code {code:#04x}) is not in X12's character sets.")


def _dividing(delimiters: Delimiters) -> set[str]:
    used = (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition)
    return {decode(d) for d in used if d}


@lru_cache(maxsize=32)
def _carried(delimiters: Delimiters) -> re.Pattern[str]:
    """Text of which nothing is to be said."""
    codes = (code for code in range(0x100) if code in BASIC_AND_EXTENDED or code >= _FIRST_ACCENT)
    allowed = {chr(code) for code in codes} - _dividing(delimiters)
    return re.compile(f"[{re.escape(''.join(sorted(allowed)))}]*+")
