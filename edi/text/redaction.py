"""What is PHI in X12, and stable tokens for it, so that a report does not show it unasked.

X12 says where a person's data stands; the table is `x12/phi.tsv`, with its sources. It errs on the side of silence: in a
segment that it does not know, everything is PHI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.errors import Problem
from edi.resources import definition

UNKNOWN: Final = "unknown"
"""The kind of what stands in a segment, or at a place, that the table does not know."""
_CODE_LENGTH: Final = 3


class _Row(NamedTuple):
    element: str
    code_at: int
    codes: frozenset[str]
    loops: frozenset[str]
    kind: str


def phi(
    segment: str | None,
    element: int | None,
    component: int | None = None,
    *,
    value: str = "",
    loop: str | None = None,
    elements: Sequence[str] | None = None,
) -> str:
    """The kind of PHI that a value is (name, id, date, address, contact, text, unknown); "" when it may be shown.

    `loop` is the loop path of the segment, `elements` its elements (`elements[0]` the id), where they are known: without them
    what is PHI in some loop or with some qualifier is taken to be PHI.
    """
    return _at(segment, element, component, loop, len(value) > _CODE_LENGTH, None if elements is None else tuple(elements))


@lru_cache(maxsize=4096)
def _at(
    segment: str | None,
    element: int | None,
    component: int | None,
    loop: str | None,
    long: bool,
    elements: tuple[str, ...] | None = None,
) -> str:
    """The kind of PHI at a place; `long`: what stands there is longer than a code."""
    rows = _table().get(segment or "")
    if rows is None or element is None:
        return UNKNOWN if rows is None or rows else ""
    place = str(element)
    here = [row for row in rows if row.element == place or row.element == f"{place}-{component}"]
    if not here and component is None:  # the whole composite, with the component in it
        here = [row for row in rows if row.element.startswith(f"{place}-")]
    if here:
        return next((row.kind for row in here if _applies(row, loop, elements)), "")
    rest = next((row.kind for row in rows if row.element == "*"), "")
    return rest if long else ""


def may_hold(segment: str) -> bool:
    """Whether something in a segment with this id can be PHI."""
    return _table().get(segment) != ()


@lru_cache(maxsize=1024)
def by_code(segment: str) -> bool:
    """Whether the first element of a segment with this id decides what is PHI in it."""
    return any(row.codes for row in _table().get(segment, ()))


def shown(problem: Problem) -> str | None:
    """The value of a problem if a report may show it; None when it is PHI, or when there is none."""
    return None if hidden(problem) else problem.value


def hidden(problem: Problem) -> str:
    """The kind of PHI that the value of a problem is; "" when a report may show it, or when there is none."""
    if problem.value is None:
        return ""
    return _at(problem.segment, problem.element, problem.component, problem.loop, len(problem.value) > _CODE_LENGTH)


class Tokens:
    """Stable tokens for what is not shown: under one key the same value of one kind always has the same token.

    A token is a keyed hash, so it says nothing of the value to who does not have the key; who has it can try values out.
    """

    def __init__(self, key: str) -> None:
        """`key` may be any text; "" makes a new one for this run."""
        self._key = key

    def __call__(self, kind: str, value: str) -> str:
        """The token of a value: "[date 3f9c2a1b]"."""
        return f"[{kind} {self.digest(kind, value, 4).hex()}]"

    def digest(self, kind: str, value: str, size: int) -> bytes:
        """So many bytes that follow from the key, the kind and the value."""
        from hashlib import blake2b  # not needed by most runs

        if not self._key:
            from secrets import token_hex

            self._key = token_hex(16)
        secret = blake2b(self._key.encode(), digest_size=32).digest()
        return blake2b(f"{kind} {value}".encode(), key=secret, digest_size=size).digest()


def _applies(row: _Row, loop: str | None, elements: Sequence[str] | None) -> bool:
    if elements is not None and row.codes:
        return row.code_at < len(elements) and elements[row.code_at] in row.codes
    return loop is None or not row.loops or loop.rpartition("/")[2] in row.loops


@lru_cache(maxsize=1)
def _table() -> Mapping[str, tuple[_Row, ...]]:
    """The rows of each segment; an empty tuple for one that has no PHI."""
    found: dict[str, list[_Row]] = {}
    for line in definition("x12/phi.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            segment, element, condition, loops, kind = line.split("\t")
            rows = found.setdefault(segment, [])
            if element != "-":
                at, _, codes = condition.partition("=")
                listed = frozenset() if loops == "-" else frozenset(loops.split())
                rows.append(_Row(element, int(at) if codes else 0, frozenset(codes.split()), listed, kind))
    return MappingProxyType({segment: tuple(rows) for segment, rows in found.items()})


__all__ = ["UNKNOWN", "Tokens", "by_code", "hidden", "may_hold", "phi", "shown"]
