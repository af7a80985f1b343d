"""Whether a request can be sent as it is: written as a 278, judged at every level, and read back.

What a 278 cannot carry, what its guide and rules refuse, and what would come back otherwise, each by its place in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edi.errors import ERROR, Problem, RecordError
from edi.guides.validation import validate
from edi.records.envelope import Envelope
from edi.records.request import Request, paths, read_requests, request_schema, write_request

WHOLE: Final = "278"
"""The place in X12 of what has no place there, or none that is told."""
_PARTS: Final = MappingProxyType(
    {
        "2010A": "utilization_manager",
        "2010B": "requester",
        "2010C": "subscriber",
        "2010D": "dependent",
        "2000E": "event",
        "2010EA": "event.providers",
        "2010EB": "event.transports",
        "2010EC": "event.other_reviews",
        "2000F": "event.services",
        "2010F": "event.services.providers",
    }
)
"""A loop, and which part of a request stands in it, without its numbers."""
_ABSENT: Final = frozenset({"element-missing", "element-note"})
_PARTNER: Final = 7
"""The level of trading partners' rules, whose problems have the rule's name for a code."""
_NUMBER: Final = re.compile(r"\[\d+\]")
_DESCRIBED: Final = re.compile(r"([A-Z][A-Z0-9]{1,2}[0-9]{2})(?:-[0-9])?: (.+)", re.DOTALL)
_OF_A_LIST: Final = "element-code"
_VISITS: Final = dict.fromkeys(
    ("SV103", "SV204"), ': visits and hours go into `pattern`, {"quantity": {"unit": "VS", "amount": "12"}}'
)
_REFUSED: Final = re.compile(r"([a-z][\w.\[\]]*): (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a request from being sent: its place in the record, its place in X12, and what is wrong."""

    path: str
    place: str
    message: str
    absent: bool = False
    """Whether an element is missing, beside others of its segment."""
    warning: bool = False
    """Whether it could be sent all the same."""
    rule: str = ""
    """The rule of a trading partner's that says so (level 7)."""


def faults(request: Request, today: date, rules: Sequence[str | Path] = ()) -> Iterator[Fault]:
    """Why a request cannot be sent, and what is warned of. One that says no date is of `today`; delimiters are the usual ones.

    `rules` are files of rules beside those that come with the guide.
    """
    if request.created is None:
        request = replace(request, created=datetime.combine(today, time()))
    envelope = Envelope(sender="SENDER", receiver="RECEIVER", created=datetime.combine(today, time()), control=1)
    try:
        data = write_request(request, envelope)
    except RecordError as error:
        yield _unwritable(str(error))
        return
    again = next(read_requests(data), None)
    if again is None:
        yield Fault(
            "purpose", "BHT02", "By its purpose this is no request: 13 asks for a review, 01 and 36 are about reservations."
        )
        return
    written = paths(request)
    for problem in validate(data, rules=rules).problems:
        yield Fault(
            _path(problem, written),
            _place(problem),
            problem.message + _codes_of(problem),
            absent=problem.code in _ABSENT,
            warning=problem.severity != ERROR,
            rule=problem.code if problem.level == _PARTNER else "",
        )
    for path in _differences(request, again):
        yield Fault(path, WHOLE, "A 278 has no place for this, or carries it otherwise.")


def _codes_of(problem: Problem) -> str:
    """Of a code that is not possible, what is behind those that are."""
    return _meant().get(f"{problem.segment}{problem.element or 0:02d}", "") if problem.code == _OF_A_LIST else ""


@cache
def _meant() -> Mapping[str, str]:
    """By element what its codes mean, as the record's own description has it: FX fax."""
    found = dict(_VISITS)
    schema = request_schema()
    for record in (schema, *schema["$defs"].values()):
        for field in record["properties"].values():
            if said := _DESCRIBED.fullmatch(field.get("description", "")):
                element, words = said.groups()
                found[element] = max(found.get(element, ""), f": {words.rstrip('.')}", key=len)
    return MappingProxyType(found)


def _unwritable(message: str) -> Fault:
    """What the writer refuses begins with the field's name."""
    match = _REFUSED.fullmatch(message)
    if match is None:
        return Fault("", WHOLE, message)
    path, words = match.groups()
    return Fault(path, WHOLE, f"{words[0].upper()}{words[1:]}")


def _path(problem: Problem, written: Sequence[str]) -> str:
    """The part of the record in whose loop a problem is: what is missing is noticed behind its place, so the last one before."""
    part = _PARTS.get((problem.loop or "").rpartition("/")[2], "")
    before = written[: problem.position] if problem.position else ()
    return next((path for path in reversed(before) if _NUMBER.sub("", path) == part), part)


def _place(problem: Problem) -> str:
    """Loop, segment, element: 2000E DTP03."""
    loop = (problem.loop or "").rpartition("/")[2]
    element = f"{problem.element:02d}" if problem.element else ""
    return f"{loop} {problem.segment or ''}{element}".strip() or WHOLE


def _differences(one: object, other: object, path: str = "") -> Iterator[str]:
    """Where two records differ, as deep as can be told."""
    if one == other:
        return
    if is_dataclass(one) and type(one) is type(other):
        begin = f"{path}." if path else ""
        for field in fields(one):
            yield from _differences(getattr(one, field.name), getattr(other, field.name), f"{begin}{field.name}")
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for n, (member, same) in enumerate(zip(one, other, strict=True)):
            yield from _differences(member, same, f"{path}[{n}]")
    else:
        yield path
