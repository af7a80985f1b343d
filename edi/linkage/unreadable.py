"""What of an 837 cannot be read as it was meant: line breaks in the midst of segments, and a charge that is no amount.

Old records of fixed width cut a file into lines wherever they are full. A break is no part of a value in X12, and nobody can say
that it was none, so it is told, and nothing is read over it. Where it parts the name of a segment, a claim may begin there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from edi.errors import Problem
from edi.guides.document import Unit
from edi.records.claim import is_claim
from edi.records.values import read_amount
from edi.text.segments import Delimiters, decode

UNREADABLE: Final = "claim-unreadable"
_BREAKS: Final = (b"\n", b"\r")
_BEHIND: Final = b"\r\n \t\x00\x1a"
"""What may stand behind a terminator."""


def problem(unit: Unit, code: str, message: str) -> Problem:
    """Something about a unit, which is found where it begins."""
    context, loop = unit.context, unit.loop
    opening = [decode(each) for each in loop.opening]
    if not opening or not opening[0]:
        first = next(loop.walk(), None)
        opening = [first.id] if first else []
    return Problem(
        code=code,
        message=message,
        interchange=context.isa.get(13) if context.isa else None,
        group=context.gs.get(6) if context.gs else None,
        transaction=context.st.get(2) if context.st else None,
        claim=opening[1] if is_claim(unit) and opening[0] == "CLM" and len(opening) > 1 else None,
        loop=loop.id,
        segment=opening[0] if opening else None,
        offset=loop.start,
    )


def broken(unit: Unit) -> tuple[Problem, ...]:
    """That line breaks stand within segments of a unit; where one parts the name of a segment of a claim, it cannot be read."""
    packed, delimiters = unit.loop.packed, unit.context.delimiters
    if packed is not None and is_whole(packed[0], delimiters):
        return ()
    parted = [(offset, raw) for offset, raw in _segments(unit) if any(each in raw for each in _BREAKS)]
    if not parted or delimiters.segment in _BREAKS:
        return ()
    offset, many = parted[0][0], "a segment" if len(parted) == 1 else f"{len(parted)} segments"
    names = [raw.partition(delimiters.element)[0] for _, raw in parted]
    if is_claim(unit) and any(each in name for name in names for each in _BREAKS):
        why = f"line breaks part {many}, among them the name of one, and another claim may begin there"
        found = problem(unit, UNREADABLE, f"This claim cannot be read: {why}")
    else:
        found = problem(unit, "line-break", f"Line breaks stand within {many}; no value is read over them")
    return (replace(found, segment=decode(b"".join(names[0].split())), offset=offset),)


def _segments(unit: Unit) -> Iterator[tuple[int, bytes]]:
    """The segments of a unit, each with the byte at which it begins; it is not looked into."""
    if (packed := unit.loop.packed) is None:
        yield from ((segment.offset, segment.raw) for segment in unit.loop.walk())
        return
    data, at, _ = packed
    for part in data.split(unit.context.delimiters.segment):
        raw = part.lstrip(_BEHIND)
        yield at + len(part) - len(raw), raw
        at += len(part) + 1


def is_whole(data: bytes, delimiters: Delimiters, start: int = 0, stop: int | None = None) -> bool:
    """Whether surely no line break stands within a segment: each behind a terminator, or none at all."""
    stop, end = len(data) if stop is None else stop, delimiters.segment
    if end in _BREAKS:
        return True
    feeds, returns = (data.count(each, start, stop) for each in _BREAKS)
    if not feeds and not returns:
        return True
    both = data.count(end + b"\r\n", start, stop)
    return feeds == data.count(end + b"\n", start, stop) + both and returns == data.count(end + b"\r", start, stop)


def chargeless(unit: Unit) -> bool:
    """Whether the charge of a claim (CLM02) is no amount."""
    opening = unit.loop.opening
    if not opening or opening[0] != b"CLM":
        clm = unit.loop.first("CLM")
        opening = clm.elements if clm is not None else []
    return read_amount(decode(opening[2]) if len(opening) > 2 else "") is None
