"""Coded elements held to their code lists (level 5): edi/x12/code_uses.tsv made ready to judge segments by.

    checks = Checks()
    checks.faults([b"NM1", b"85", ..., b"XX", b"1234567890"], delimiters, on=day_of(segments_of_the_claim))

A segment without a coded element costs one look into a dictionary, and an element whose value was good before one more: what
is remembered is the whole value (HC:99213:25), with the days on which all the codes in it are good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from edi import resources
from edi.errors import DefinitionError
from edi.guides.codes.lists import ALWAYS, CodeList, Period, code_lists, with_files
from edi.guides.elements import Fault
from edi.resources import state_of
from edi.text.segments import Delimiters, decode

USES: Final = "x12/code_uses.tsv"
REMEMBERED: Final = 20_000
"""So many good values of an element are remembered; then it begins anew."""
_COLUMNS: Final = ("segment", "elements", "where", "list")
_ALWAYS: Final = "-"
SERVICE: Final = frozenset({b"472", b"434", b"150", b"151", b"232", b"233"})
"""The date qualifiers of a service, or of the statement of a stay."""
_INVALID: Final = "7"
"""IK403: not a valid code value."""


class Use(NamedTuple):
    """Where a code of a list stands: a component (0: the whole element) of an element of a segment, if a qualifier says so.

    The qualifier is a component (`inner`) of the same element, or another element (`other`); without either it is always so.
    """

    segment: str
    element: int
    component: int
    other: int
    inner: int
    qualifiers: frozenset[bytes]
    name: str


class Check:
    """An element of a segment, with the lists that its codes may be of."""

    __slots__ = ("element", "known", "lists", "other", "qualifiers", "uses")

    def __init__(self, uses: Sequence[Use], lists: Mapping[str, CodeList]) -> None:
        self.uses, self.lists = tuple(uses), lists
        self.element, self.other = uses[0].element, uses[0].other
        self.qualifiers = frozenset[bytes]().union(*(use.qualifiers for use in uses)) if self.other else frozenset[bytes]()
        self.known: dict[object, Period] = {}


class Checks:
    """Every use of a code, by segment; with lists of one's own from `codes.with_files`."""

    def __init__(self, lists: Mapping[str, CodeList] | None = None) -> None:
        self.lists = lists = lists or code_lists()
        grouped: dict[str, dict[int, list[Use]]] = {}
        for use in code_uses():
            grouped.setdefault(use.segment, {}).setdefault(use.element, []).append(use)
        self._checks: Mapping[bytes, tuple[Check, ...]] = MappingProxyType(
            {id.encode(): tuple(Check(uses, lists) for uses in by_element.values()) for id, by_element in grouped.items()}
        )

    @property
    def segments(self) -> frozenset[bytes]:
        """The ids of the segments that have coded elements."""
        return frozenset(self._checks)

    def of(self, segment: bytes) -> tuple[Check, ...]:
        """The checks of a segment; none for one without coded elements."""
        return self._checks.get(segment, ())

    def faults(self, elements: Sequence[bytes], delimiters: Delimiters, on: dt.date | None = None) -> list[Fault]:
        """What is wrong with the codes of one segment (`elements[0]` is its id), for the day of service if that is known."""
        checks = self._checks.get(elements[0])
        if checks is None:
            return []
        found: list[Fault] = []
        size = len(elements)
        for check in checks:
            position, other = check.element, check.other
            if position >= size:
                continue
            value = elements[position]
            if not value:
                continue
            key: object = value
            if other:
                qualifier = elements[other] if other < size else b""
                if qualifier not in check.qualifiers:
                    continue
                key = qualifier, value
            period = check.known.get(key)
            if period is None or not (period is ALWAYS or on is None or period[0] <= on <= period[1]):
                found += _judged(check, key, elements, delimiters, on)
        return found


def checks_with(files: tuple[tuple[str, str], ...] = ()) -> Checks:
    """The checks with files of the user's, (("CARC", "carc.csv"),), in the place of lists; made once for them as they are."""
    return _checks(files, tuple(state_of(file) for _, file in files))


@lru_cache(maxsize=32)
def _checks(files: tuple[tuple[str, str], ...], _states: tuple[tuple[int, ...], ...]) -> Checks:
    return Checks(with_files(dict(files)))


def day_of(segments: Iterable[Sequence[bytes]]) -> dt.date | None:
    """The last day of service that the segments of a claim or payment give (DTP, DTM); None where there is none."""
    last = b""
    for elements in segments:
        if elements[0] == b"DTP" and len(elements) > 3 and elements[1] in SERVICE:
            day = elements[3][9:17] if elements[2] == b"RD8" else elements[3][:8]
        elif elements[0] == b"DTM" and len(elements) > 2 and elements[1] in SERVICE:
            day = elements[2]
        else:
            continue
        if len(day) == len("CCYYMMDD") and day.isdigit():
            last = max(last, day)
    try:
        return dt.date(int(last[:4]), int(last[4:6]), int(last[6:]))
    except ValueError:  # none, or 30 February
        return None


@cache
def code_uses() -> tuple[Use, ...]:
    """The table of uses, a row for each element."""
    uses: list[Use] = []
    with resources.definition(USES).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.startswith("#"):
                uses += _of_row(line.rstrip("\n").split("\t"), number)
    others: dict[tuple[str, int], int] = {}
    for use in uses:
        if others.setdefault((use.segment, use.element), use.other) != use.other:
            raise DefinitionError(f"the qualifiers of {use.segment}{use.element:02d} stand in different elements", USES)
    return tuple(uses)


def fault_codes() -> dict[str, str]:
    """The code of every problem that this can find, with a sentence of what it says."""
    codes = {}
    for each in code_lists().values():
        name = each.name.lower()
        codes[f"{name}-shape"] = f"A {each.label} has another shape: {each.looks}."
        if each.codes is not None:
            codes[f"{name}-unknown"] = f"The list of codes has no such {each.label}."
        if each.name == "NPI":
            codes[f"{name}-check-digit"] = "The check digit of a national provider identifier is wrong."
        codes[f"{name}-early"] = f"The {each.label} is not good yet on the day of service."
        codes[f"{name}-ended"] = f"The {each.label} is no longer good on the day of service."
    return codes


def _of_row(row: Sequence[str], number: int) -> Iterator[Use]:
    """The uses of a row: segment, elements, where, list."""
    if len(row) != len(_COLUMNS):
        raise DefinitionError(f"expected {len(_COLUMNS)} columns divided by tabs", USES, number, 1, "\t".join(row))
    segment, places, where, name = row
    if name not in code_lists():
        raise DefinitionError(f"there is no code list {name}", USES, number)
    other = inner = 0
    qualifiers: frozenset[bytes] = frozenset()
    if where != _ALWAYS:
        place, _, words = where.partition("=")
        other, inner = (0, int(place[1:])) if place.startswith("-") else (int(place), 0)
        qualifiers = frozenset(b"" if word == _ALWAYS else word.encode() for word in words.split(","))
    for place in places.split():
        element, _, component = place.partition("-")
        yield Use(segment, int(element), int(component or 0), other, inner, qualifiers, name)


def _judged(check: Check, key: object, elements: Sequence[bytes], delimiters: Delimiters, on: dt.date | None) -> list[Fault]:
    """An element looked at code by code; where all are good, that is remembered."""
    value = elements[check.element]
    separator = delimiters.repetition
    repeats = value.split(separator) if separator and separator in value else [value]
    found: list[Fault] = []
    first, last = ALWAYS
    for number, repeat in enumerate(repeats, 1):
        components = repeat.split(delimiters.component)
        for use in check.uses:
            code = _code(use, repeat, components, elements)
            if not code:
                continue
            codes, text = check.lists[use.name], decode(code)
            kind = codes.wrong(text, on)
            if kind and not (kind == "early" and codes.answer):
                found.append(_fault(use, codes, kind, number if len(repeats) > 1 else None, code))
            else:
                start, stop = codes.period_of(text)
                first, last = first if codes.answer else max(first, start), min(last, stop)
    if not found:
        if len(check.known) >= REMEMBERED:
            check.known.clear()
        check.known[key] = ALWAYS if (first, last) == ALWAYS else (first, last)
    return found


def _code(use: Use, repeat: bytes, components: Sequence[bytes], elements: Sequence[bytes]) -> bytes:
    """The code at a place; empty where there is none, or where the qualifier says that it is of another list."""
    if use.qualifiers:
        if use.other:
            qualifier = elements[use.other] if use.other < len(elements) else b""
        else:
            qualifier = components[use.inner - 1] if use.inner <= len(components) else b""
        if qualifier not in use.qualifiers:
            return b""
    if not use.component:
        return repeat
    return components[use.component - 1] if use.component <= len(components) else b""


def _fault(use: Use, codes: CodeList, kind: str, repetition: int | None, code: bytes) -> Fault:
    """A fault of one code. The message never has the value, which may be about a person."""
    where = f"{use.segment}{use.element:02d}" + (f"-{use.component}" if use.component else "")
    label = f"{where} ({codes.label})"
    if kind == "shape":
        message = f"{label} must be {codes.looks}"
    elif kind == "unknown":
        message = f"{label} is not in the list {codes.name} {codes.when}"
    elif kind == "check-digit":
        message = f"{label} has a wrong check digit"
    else:
        first, last = codes.period_of(decode(code))
        days = f"from {first}" if kind == "early" else f"until {last}"
        message = f"{label} is good {days}, not on the day of service"
    place = (use.element, use.component or None, repetition)
    return Fault(f"{codes.name.lower()}-{kind}", _INVALID, *place, code, message, codes.severity)
