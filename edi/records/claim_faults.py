"""What is wrong with the claims of an 837 as a 277CA says it: a category and a status for each fault, found by its byte.

Faults are kept in eight bytes each, so that a batch in which every claim is refused takes no more memory than it must.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from edi.errors import Problem
from edi.resources import definition
from edi.text.segments import Segment

MISSING: Final = "A6"
INVALID: Final = "A7"
CONTRADICTING: Final = "A8"
BALANCING: Final = 3
"""The level of faults that are two places' together."""
OUT_OF_BALANCE: Final = "400"
SOMETHING: Final = "21"
"""Information is missing or invalid."""
_KINDS: Final = 1 << 16
_WORDED: Final = 50_000
"""So many kinds have words of their own; those behind them are told by their places, of which there are fewer than are left."""
_MISSING: Final = frozenset(("IK304=3", "IK304=I6", "IK403=1", "IK403=I9"))
_CONTRADICTING: Final = frozenset(("IK304=I9", "IK403=I13", "IK403=10"))


class Fault(NamedTuple):
    """A kind of fault: the category, the place, and what is said of it."""

    category: str
    segment: str
    element: int
    component: int
    balance: bool
    message: str


class Faults:
    """The faults of one transaction. They come in about the order of their bytes, and are read in that order."""

    def __init__(self) -> None:
        self._kinds: dict[Fault, int] = {}
        self._packed = array("Q")

    def __bool__(self) -> bool:
        return bool(self._packed)

    def add(self, problem: Problem) -> None:
        """An error that refuses a claim."""
        fault = _fault(problem)
        if len(self._kinds) >= _WORDED and fault not in self._kinds:
            fault = fault._replace(message="")
        kind = self._kinds.setdefault(fault, len(self._kinds))
        self._packed.append((problem.offset or 0) << 17 | (problem.claim is not None) << 16 | kind)

    def in_order(self) -> Iterator[tuple[int, bool, Fault]]:
        """The byte of each fault, whether it was found in a claim, and what it is."""
        kinds = list(self._kinds)
        for packed in sorted(self._packed):
            yield packed >> 17, bool(packed >> 16 & 1), kinds[packed & _KINDS - 1]


def status_of(fault: Fault, segment: Segment | None) -> tuple[str, bool]:
    """The status (list 508) of a fault, and whether it wants a party named. `segment`: what stands at its byte, if that is it."""
    if fault.balance:
        return OUT_OF_BALANCE, False
    place = f"{fault.element}-{fault.component}" if fault.component else str(fault.element)
    for row in _table().get(fault.segment, ()):
        if row.element in ("*", place, place.partition("-")[0]) and _holds(row.condition, segment):
            return row.status, row.about == "party"
    return SOMETHING, False


def _fault(problem: Problem) -> Fault:
    codes = frozenset(problem.x12.get("999", "").split())
    if problem.level == BALANCING or codes & _CONTRADICTING:
        category = CONTRADICTING
    elif codes & _MISSING or "missing" in problem.code:
        category = MISSING
    else:
        category = INVALID
    place = problem.segment or "", problem.element or 0, problem.component or 0
    return Fault(category, *place, problem.level == BALANCING, problem.message)


class _Row(NamedTuple):
    condition: str
    element: str
    status: str
    about: str


def _holds(condition: str, segment: Segment | None) -> bool:
    if condition == "-":
        return True
    place, _, codes = condition.partition("=")
    element, _, component = place.partition("-")
    return segment is not None and segment.get(int(element), int(component or 0)) in codes.split()


@lru_cache(maxsize=1)
def _table() -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for line in definition("x12/claim-status.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            segment, *row = line.split("\t")
            found.setdefault(segment, []).append(_Row(*row))
    return found
