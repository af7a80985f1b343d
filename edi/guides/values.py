"""What one element may hold, as a piece of an expression: `edi.guides.expression` makes units of such pieces.

A piece may refuse what is allowed, and the walk looks then: a year before 1000, four digits behind the point, a space in a code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from edi.guides.elements import BASIC_AND_EXTENDED
from edi.guides.guide import Element
from edi.text.segments import encode

_DATE: Final = rb"[12]\d\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_TIME: Final = rb"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d\d?+|)|)"
_CLOCK: Final = rb"(?:[01]\d|2[0-3])[0-5]\d"
_FORMATS: Final = {"D8": _DATE, "RD8": _DATE + b"-" + _DATE, "DT": _DATE + _CLOCK, "TM": _CLOCK}
_SHORT: Final = 5
"""A text of at most so many characters, like a code of any length, is taken without spaces only; the walk may find it clean."""
_DECIMALS: Final = 3
"""Digits behind the point that an expression takes, and fewer before it than there may be in all; more are left to the walk."""
_NEVER: Final = b"(?!)"


class Values:
    """Pieces for elements, in a file in which these characters are delimiters."""

    def __init__(self, delimiters: Collection[int]) -> None:
        free = BASIC_AND_EXTENDED.difference(delimiters)
        self._text, self._visible = _one_of(free), _one_of(free - {*b" "})
        self._minus = b"-?+" if ord("-") in free else b""
        self._point = ord(".") in free

    def formats(self, codes: Sequence[str]) -> list[tuple[str, bytes]]:
        """Those of these formats of dates (element 1250; all where there are no codes) that an expression knows, as pieces."""
        known = [form for form in codes or tuple(_FORMATS) if form in _FORMATS and (form != "RD8" or self._minus)]
        return [(form, _FORMATS[form]) for form in sorted(known, key=len, reverse=True)]

    def one(self, element: Element, codes: Collection[str]) -> bytes:
        """What must hold something."""
        if codes:
            return one_of_codes(codes)
        kind, low, high = element.type, element.minimum, element.maximum
        if kind == "DT":
            return _DATE if high == 8 else _NEVER
        if kind == "TM":
            return _TIME
        if kind == "R":
            return self._minus + self._number(high) if low == 1 else _NEVER
        if kind[0] == "N":
            return self._minus + b"[0-9]{%d,%d}+" % (low, high)
        if kind == "B":
            return _NEVER
        if kind == "ID" or high <= _SHORT:
            return self._visible * low if low == high < _SHORT else self._visible + b"{%d,%d}+" % (low, high)
        return self._text + b"{%d,%d}+(?<! )" % (low, high)

    def optional(self, element: Element, codes: Collection[str]) -> bytes:
        """What may hold something or not."""
        if not codes and element.minimum == 1:
            if element.type == "R":  # its first byte tells it from nothing
                minus = b"|-" + self._number(element.maximum) if self._minus else b""
                return b"(?:" + self._number(element.maximum, b"[0-9]") + minus + b"|)"
            if element.type in ("AN", "ID") and element.maximum > 1:
                return self.one(element, ()).replace(b"{1,", b"{0,", 1)
        return b"(?:" + self.one(element, codes) + b"|)"

    def _number(self, high: int, first: bytes = b"") -> bytes:
        """A number of at most so many digits, without its sign, and what stands for its first digit."""
        decimals = _DECIMALS if high > _DECIMALS and self._point else 0
        whole = first + b"[0-9]{%d,%d}+" % (not first, high - decimals - bool(first))
        return whole + (b"(?:\\.[0-9]{1,%d}+|)" % decimals if decimals else b"")


def one_of_codes(codes: Collection[str]) -> bytes:
    """One of these codes."""
    if all(len(code) == 1 for code in codes):
        return b"[" + b"".join(re.escape(encode(c)) for c in sorted(codes)) + b"]"
    by_first: dict[bytes, list[bytes]] = {}
    for code in sorted(map(encode, codes), key=lambda code: (len(code), code)):
        by_first.setdefault(code[:1], []).append(code[1:])
    return b"(?:" + b"|".join(re.escape(first) + _rest(rest) for first, rest in by_first.items()) + b")"


def _rest(rests: Sequence[bytes]) -> bytes:
    """What may stand behind the first character of codes that have this in common."""
    if len(rests) == 1:
        return re.escape(rests[0])
    if all(len(rest) == 1 for rest in rests):
        return b"[" + b"".join(map(re.escape, rests)) + b"]"
    return b"(?:" + b"|".join(map(re.escape, rests)) + b")"


def _one_of(characters: Iterable[int]) -> bytes:
    """A class of characters, written as ranges: it stands in an expression hundreds of times."""
    ranges: list[list[int]] = []
    for character in sorted(characters):
        if ranges and character == ranges[-1][1] + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return b"[" + b"".join(re.escape(bytes([a])) + (b"-" + re.escape(bytes([b])) if b > a else b"") for a, b in ranges) + b"]"
