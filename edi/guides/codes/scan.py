"""Many segments accepted at once: all of their codes are known to be good.

The fast half of level 5; `edi.guides.codes.checks` finds the words. Where this says yes, that finds nothing: it may be stricter,
never laxer. One expression goes over the bytes. Of a segment that has amounts or a city between its codes (SV1, N4) it passes
what has good codes, so that nothing is made of it; of any other it takes what the codes are in, and that is looked up among what
was found good before.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from edi import resources
from edi.guides.cache import digest, keep, kept
from edi.guides.codes.checks import REMEMBERED, SERVICE, USES, Checks, Use
from edi.guides.codes.lists import CodeList, code_lists
from edi.guides.compiling import compiled
from edi.text.segments import Delimiters
from edi.text.window import BREAKS

MODERN: Final = dt.date(2016, 1, 1)
"""From this day on what is remembered is good; before it, every code is looked at with its day."""
_OLDER: Final = b"(?:[01]|200|201[0-5])"
"""How a day before that begins."""
LAST: Final = dt.date.max
_PASSED: Final = frozenset({b"N4", b"CLM", b"SV1", b"SV2", b"SV3", b"SVC", b"SVD", b"CAS"})
"""Segments that are written out as an expression, since no two of them are alike."""
_NAMED: Final = b"NM1"
"""The segment of which only the qualifier and the number count; the names before them do not."""
_NOTATION: Final = 1
"""Counts up whenever the same lists would be written as another expression, so that what is kept is written again."""
_MOST: Final = 2000
"""A list of more codes than this is looked up, not written out."""


class Scan:
    """What a document's codes are accepted by, for its delimiters; it learns what is good as it goes.

    Its expression takes 0.1 s to compile, so it is for files that are long enough.
    """

    def __init__(self, checks: Checks, delimiters: Delimiters) -> None:
        self._checks, self._delimiters = checks, delimiters
        self._known: set[bytes] = set()
        self._ids = {id[1:]: id for id in checks.segments}
        body = _known_expression(checks, delimiters)
        taken = (delimiters.segment, delimiters.element)
        breaks = b"[" + b"".join(re.escape(bytes([each])) for each in BREAKS if bytes([each]) not in taken) + b"]*"
        self._next, self._first = compiled(re.escape(delimiters.segment) + breaks + body), compiled(breaks + body)
        self._old = _dated(delimiters)
        self._usable = not any(each.isalnum() or each in b" -" for each in _each(delimiters))

    def clean(self, data: bytes, start: int, stop: int) -> bool:
        """Whether the segments from `start`, where one begins, to `stop`, where one has ended, have good codes only.

        No is no fault yet: `Checks.faults` says of each segment what there is. Where a service is older than `MODERN`, it is no.
        """
        if not self._usable or self._old.search(data, start, stop):
            return False
        found = self._next.findall(data, start, stop)
        first = self._first.match(data, start, stop)
        if first:
            found.append(first[1])
        return self._known.issuperset(found) or all(self._learned(each) for each in found)

    def _learned(self, piece: bytes) -> bool:
        """Whether a piece of a segment is good, which is remembered."""
        if piece in self._known:
            return True
        head, *rest = piece.split(self._delimiters.element)
        id = self._ids.get(head)
        if id is None:  # the qualifier of a name
            (check,) = self._checks.of(_NAMED)
            elements = [_NAMED, *[b""] * (check.other - 1), head, *rest]
        else:
            elements = [id, *rest]
        if any(self._checks.faults(elements, self._delimiters, day) for day in (MODERN, LAST)):
            return False
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known.add(piece)
        return True


@lru_cache(maxsize=32)
def scan_with(checks: Checks, delimiters: Delimiters) -> Scan:
    """The scan by these checks; made once for each set of delimiters."""
    return Scan(checks, delimiters)


def _dated(delimiters: Delimiters) -> re.Pattern[bytes]:
    """A service, or the beginning of a stay, before `MODERN`: see `day_of`."""
    element = re.escape(delimiters.element)
    codes = b"|".join(sorted(SERVICE))
    return compiled(b"DT[MP]" + element + b"(?:" + codes + b")" + element + b"(?:[A-Z0-9]{2,3}" + element + b")?" + _OLDER)


def _each(delimiters: Delimiters) -> list[bytes]:
    return [each for each in (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition) if each]


def _known_expression(checks: Checks, delimiters: Delimiters) -> bytes:
    """The expression, kept for the next run: to write out the lists takes as long as to look through a megabyte."""
    written = {use.name for id in _PASSED for check in checks.of(id) for use in check.uses}
    lists = [checks.lists[name] for name in sorted(written)]
    uses = resources.definition(USES).read_bytes()
    name = f"{digest(str(_NOTATION).encode(), repr(delimiters).encode(), uses, *map(_source, lists))}.scan"
    found = kept(name, zlib.decompress)  # which sees to it that it is whole
    if found is None:
        found = _expression(checks, delimiters)
        keep(name, zlib.compress(found, 1))
    return found


def _source(codes: CodeList) -> bytes:
    """All that a list consists of: the file of a shipped one need not be taken apart for that, one of the user's has been."""
    if codes.file is None or codes is not code_lists().get(codes.name):
        return repr((codes.row, codes.contents)).encode()
    return repr(codes.row).encode() + codes.file.read_bytes()


def _expression(checks: Checks, delimiters: Delimiters) -> bytes:
    """The segments with codes, the first letter of their id first; the group has what is to be looked up."""
    element, segment = re.escape(delimiters.element), re.escape(delimiters.segment)
    value = b"[^" + element + segment + b"]*+"
    choices: dict[bytes, list[bytes]] = {}
    for id in sorted(checks.segments):
        uses = checks.of(id)
        qualified = element + b"(?:" + b"|".join(map(re.escape, sorted(uses[0].qualifiers))) + b")" + element
        passed = _good(id, checks, delimiters) if id in _PASSED else None
        if id == _NAMED:
            choice = id[1:] + (element + value) * (uses[0].other - 1) + element + b"(?=" + qualified[len(element) :] + b")"
        elif len(uses) == 1 and uses[0].other == 1:
            choice = b"(?=" + id[1:] + qualified + b")"
        else:
            choice = b"(?=" + id[1:] + element + b")" + (b"(?!" + id[1:] + passed + b")" if passed else b"")
        choices.setdefault(id[:1], []).append(choice)
    initials = (initial + b"(?:" + b"|".join(each) + b")" for initial, each in choices.items())
    return b"(?:" + b"|".join(initials) + b")([^" + segment + b"]*+)"


def _good(id: bytes, checks: Checks, delimiters: Delimiters) -> bytes | None:
    """The elements of a segment whose codes are all good; None where a list is too long to be written out."""
    element, segment = re.escape(delimiters.element), re.escape(delimiters.segment)
    elements: dict[int, bytes] = {}
    for check in checks.of(id):
        uses = [use for use in check.uses if not check.other or b"" in use.qualifiers]
        choices = []
        for qualifier in sorted(frozenset[bytes]().union(*(use.qualifiers for use in uses))) or [b""]:
            chosen = [use for use in uses if not use.qualifiers or qualifier in use.qualifiers]
            components = _components(chosen, qualifier, checks.lists, delimiters)
            if components is None:
                return None
            choices.append(components)
        elements[check.element] = b"(?:" + b"|".join(choices) + b")?"
    elements.update((check.other, b"") for check in checks.of(id) if check.other)  # where it is filled, the segment is looked up
    expression = b""
    for position in range(max(elements), 0, -1):
        one = elements.get(position, b"[^" + element + segment + b"]*+")
        expression = element + one + b"(?:" + segment + b"|" + (expression or element) + b")"
    return expression


def _components(uses: Sequence[Use], qualifier: bytes, lists: Mapping[str, CodeList], delimiters: Delimiters) -> bytes | None:
    """An element, component by component, with the codes of its lists."""
    component = re.escape(delimiters.component)
    value = b"[^" + b"".join(map(re.escape, _each(delimiters))) + b"]*"
    parts: dict[int, bytes] = {}
    for use in uses:
        good = _codes(lists[use.name])
        if good is None:
            return None
        if not use.component:
            return good
        parts[use.component] = b"(?:" + good + b")?"
        if use.inner:
            parts[use.inner] = re.escape(qualifier)
    expression = b""
    for position in range(max(parts), 0, -1):
        rest = component + (expression or value + b"(?:" + component + value + b")*")
        expression = parts.get(position, value) + b"(?:" + rest + b")?"
    return expression


def _codes(codes: CodeList) -> bytes | None:
    """The codes of a list that are good from `MODERN` on, as an expression; None where that would be too long."""
    if codes.name == "NPI" or codes.period[0] > MODERN or codes.period[1] < LAST:
        return None
    if codes.codes is None:
        return b"(?:" + codes.shape.pattern.encode() + b")"
    if len(codes.codes) > _MOST:
        return None
    plain = [code for code in codes.codes if code.isascii() and code.isalnum()]  # what else a user's file has is looked up
    good = [code.encode() for code in plain if not codes.wrong(code, MODERN) and not codes.wrong(code, LAST)]
    newer = [codes.newer.encode()] if codes.newer else []
    return b"(?:" + b"|".join([_trie(good), *newer]) + b")"


def _trie(words: Iterable[bytes]) -> bytes:
    """Words of letters and digits as an expression that looks at each one once."""
    ends, after = False, dict[bytes, list[bytes]]()
    for word in words:
        if word:
            after.setdefault(word[:1], []).append(word[1:])
        else:
            ends = True
    if not after:
        return b""
    by_rest: dict[bytes, bytes] = {}
    for letter, words_after in sorted(after.items()):
        rest = _trie(words_after)
        by_rest[rest] = by_rest.get(rest, b"") + letter
    choices = b"|".join(b"[" + letters + b"]" + rest for rest, letters in by_rest.items())
    return b"(?:" + choices + b")" + (b"?" if ends else b"")
