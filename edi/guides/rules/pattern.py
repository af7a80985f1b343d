"""Regular expressions of rules (`like "..."`): what is wrong with one, before any document is held against it.

One that repeats what can itself be taken in several ways tries them all where it fits in none: over 30 letters that is hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

from edi.text.segments import encode

_TIMES: Final = 10
"""What is repeated so often must be taken in one way alone."""
_MANY_WAYS: Final = (
    "this repeats what can be taken in several ways, which may take for ever to fit in none: take the inner part as one piece, "
    "as ([A-Z]++-)* or (?>...)* do"
)


def flaw(text: str) -> str:
    """What is wrong with a regular expression; "" where nothing is."""
    if said := beyond(text):
        return said
    try:
        for each in (text, encode(text)):  # numbers are compared as text, elements as bytes
            re.compile(each)
        parsed = import_module("re._parser").parse(encode(text))
    except (re.error, OverflowError, RecursionError) as error:
        return f"this is no regular expression: {error}"
    return _MANY_WAYS if _many_ways(parsed, 1) else ""


def beyond(text: str) -> str:
    """That a text has a character which no document can have; "" where it has none."""
    found = next((each for each in text if ord(each) > 0xFF), "")
    return f"{found} (U+{ord(found):04X}) is never in a document: X12 has characters up to U+00FF" if found else ""


def _many_ways(items: Iterable[Any], times: int) -> bool:
    """Whether something that is repeated can be taken in several ways (`items: Any`, since the tree of `re` is its own)."""
    return any(_taken(str(kind), found, times) for kind, found in items)


def _taken(kind: str, found: Any, times: int) -> bool:
    match kind:
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, body = found
            return (times >= _TIMES and least != most) or _many_ways(body, times * max(int(most), 1))
        case "POSSESSIVE_REPEAT":  # it is taken in one way, and so is what is in it once it has been taken
            return _many_ways(found[2], int(found[1]))
        case "ATOMIC_GROUP":
            return _many_ways(found, 1)
        case "ASSERT" | "ASSERT_NOT":
            return _many_ways(found[1], 1)
        case "SUBPATTERN":
            return _many_ways(found[3], times)
        case "BRANCH":
            ways = found[1]
            return (times >= _TIMES and not _apart(ways)) or any(_many_ways(way, times) for way in ways)
        case "GROUPREF_EXISTS":
            return any(_many_ways(way, times) for way in found[1:] if way is not None)
    return False


def _apart(ways: Iterable[Any]) -> bool:
    """Whether each of several ways begins with a letter of its own."""
    begin = [chr(way[0][1]).lower() if len(way) and str(way[0][0]) == "LITERAL" else "" for way in ways]
    return "" not in begin and len(set(begin)) == len(begin)
