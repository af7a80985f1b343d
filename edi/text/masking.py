"""X12 in which stable tokens stand for what is about a person: the same segments, counts and lengths, other people.

A token keeps what makes a value valid: its length, and where it has capitals, small letters, digits and signs. Dates go back by
the same number of weeks, so what came before still does. Numbers of claims, authorizations and envelopes, codes, amounts and
national provider numbers stay. Every other byte does too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

from edi.text.redaction import UNKNOWN, Tokens, by_code, may_hold, phi
from edi.text.segments import Delimiters, Segment, Source, decode, encode, read

__all__ = ["Seen", "masked"]

_ID: Final = re.compile(rb"[A-Z][A-Z0-9]{1,2}")
_DAYS: Final = re.compile(r"(?<!\d)(?:\d{4}|\d\d)(?:0\d|1[0-2])[0-3]\d(?=\d{4}(?!\d)|(?!\d))")
"""CCYYMMDD or YYMMDD, alone, in a range, or before HHMM."""
_TIME: Final = 4
"""HHMM, of nobody in particular."""
_WEEKS: Final = 52
_REMEMBERED: Final = 65536
"""Elements whose tokens are kept at hand: most stand in a file many times."""
_NPI: Final = b"XX"
_LAST: Final = frozenset({"IEA", "TA1"})
"""What may be the last segment of a file."""
_COUNTS: Final = {b"BIN": (1,), b"BDS": (1, 2)}
"""Elements that say how the bytes behind them are to be read."""


def masked(source: Source, tokens: Tokens, seen: Seen | None = None) -> Iterator[bytes]:
    """A source with tokens, segment by segment; `seen` then tells what was seen of it."""
    mask: _Mask | None = None
    for segment in read(source):
        if seen is not None:
            seen.see(segment)
        if mask is None or mask.delimiters is not segment.delimiters:
            mask = _Mask(tokens, segment.delimiters)
        yield mask.text(segment.end) if not segment.raw and not segment.complete else mask.segment(segment) + segment.end


class Seen:
    """What a source was seen to be: whether X12 is in it, and whether it ends where an interchange may."""

    def __init__(self) -> None:
        self.x12 = self.whole = False

    def see(self, segment: Segment) -> None:
        """The next segment."""
        if segment.raw:
            self.x12 = self.x12 or segment.id == "ISA"
            self.whole = segment.complete and segment.id in _LAST


class _Mask:
    """The tokens of one set of delimiters, which no token may hold."""

    def __init__(self, tokens: Tokens, delimiters: Delimiters) -> None:
        self._tokens, self.delimiters = tokens, delimiters
        taken = decode(delimiters.element + delimiters.component + delimiters.segment + (delimiters.repetition or b""))
        self._capitals, self._small, self._digits = (
            "".join(c for c in characters if c not in taken) for characters in (ascii_uppercase, ascii_lowercase, digits)
        )
        # No identifier of a person begins with 0, and no social security number with 666 or 9.
        self._leading = "".join(c for c in self._digits if c not in "069") or self._digits
        self._back = timedelta(weeks=1 + int.from_bytes(tokens.digest("weeks", "", 4)) % _WEEKS)
        self._masked = lru_cache(maxsize=_REMEMBERED)(self._element)

    def segment(self, segment: Segment) -> bytes:
        """A segment without its end."""
        raw, separator = segment.raw, self.delimiters.element
        name = raw.partition(separator)[0]
        if not may_hold(decode(name)):
            return raw
        elements = raw.split(separator)
        code = decode(elements[1]) if len(elements) > 1 and by_code(decode(name)) else ""
        kept = _COUNTS.get(name, ())
        for position in range(1, len(elements)):
            value = elements[position]
            if value and position not in kept and not (position == 9 and elements[8] == _NPI and name == b"NM1"):
                elements[position] = self._masked(value, decode(name), code, position)
        if not _ID.fullmatch(name):
            elements[0] = self._value(name, UNKNOWN)
        return separator.join(elements)

    def text(self, data: bytes) -> bytes:
        """Bytes that are no segment: a byte order mark, blank lines, a letter."""
        return re.sub(rb"[A-Za-z0-9]+", lambda found: self._value(found[0], UNKNOWN), data)

    def _element(self, value: bytes, name: str, code: str, position: int) -> bytes:
        """An element of a segment, by the code in that segment's first element, "" where that does not matter."""
        repetition, component = self.delimiters.repetition, self.delimiters.component
        repeats = []
        for repeat in value.split(repetition) if repetition else [value]:
            parts = repeat.split(component)
            for number, part in enumerate(parts, 1):
                kind = part and phi(name, position, number, value=decode(part), elements=(name, code) if code else None)
                if kind:
                    parts[number - 1] = self._value(part, str(kind))
            repeats.append(component.join(parts))
        return (repetition or b"").join(repeats)

    def _value(self, value: bytes, kind: str) -> bytes:
        text = decode(value)
        if kind == "date":
            if len(text) <= _TIME:
                return value
            days = _DAYS.sub(lambda found: self._earlier(found[0]), text)
            if days != text:
                return encode(days)
        return encode(self._other(kind, text))

    def _earlier(self, day: str) -> str:
        """A day some weeks earlier; one that does not exist stays as it is."""
        year = int(day[:-4]) + (0 if len(day) == 8 else 2000)
        try:
            moved = date(year, int(day[-4:-2]), int(day[-2:])) - self._back
        except (ValueError, OverflowError):
            return day
        return f"{moved.year:04d}{moved:%m%d}"[-len(day) :]

    def _other(self, kind: str, text: str) -> str:
        """Another text of the same make."""
        chosen = iter(self._tokens.digest(f"{kind} {block}", text, 64) for block in range(len(text) // 64 + 1))
        numbers = b"".join(chosen)
        made = []
        for at, character in enumerate(text):
            if character.isdigit() and character.isascii():
                characters = self._leading if at == 0 else self._digits
            elif character.islower() and character.isascii():
                characters = self._small
            elif character.isalpha() or character > "\x7f":
                characters = self._capitals
            else:
                characters = character
            made.append(characters[numbers[at] % len(characters)])
        return "".join(made)
