"""What rules reckon with: numbers, days, parts of elements, and the loops around one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from edi.text.segments import Delimiters, decode

Elements: TypeAlias = list[bytes]
"""A segment, as its elements."""
View: TypeAlias = dict[str, Any]
"""A loop: see `edi.guides.rules.code`."""

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@lru_cache(maxsize=1 << 14)
def number(value: bytes) -> int | Decimal:
    """An amount, exactly; ValueError where it is none. The same few come again and again: a fee schedule's, and zero."""
    if value.isdigit():
        return int(value)
    try:
        found = Decimal(value.decode("ascii"))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not found.is_finite():
        raise ValueError("not a number")
    return found


def total(values: Iterable[bytes]) -> int | Decimal:
    """The sum of amounts."""
    return sum(map(number, values))


def days(one: bytes, other: bytes) -> int:
    """How many days lie from one day to another; ValueError where one is no date."""
    return (_date(other) - _date(one)).days


def _date(day: bytes) -> date:
    return date(int(day[:4]), int(day[4:6]), int(day[6:8]))


def differ(values: Sequence[bytes]) -> bool:
    """Whether no value comes twice."""
    return len(set(values)) == len(values)


def first(found: Sequence[Any]) -> Any:
    """The first of what was found, or None."""
    return found[0] if found else None


def opening(view: Mapping[str, Any]) -> Elements:
    """The segment that opens a loop."""
    row: Elements = next(rows for key, rows in view.items() if key not in ("", "^", "sums"))[0]
    return row


def around(view: View, loop: str) -> Mapping[str, Any]:
    """The view with this loop id around another one, `NOTHING` where there is none."""
    here: View | None = view
    while here is not None:
        if here[""] == loop:
            return here
        here = here.get("^")
    return NOTHING


def text(values: Iterable[bytes]) -> str:
    """Values in a message."""
    return ", ".join(map(decode, values)) or "nothing"


def figure(amount: int | Decimal) -> str:
    """An amount in a message, without an exponent."""
    return f"{amount:f}" if isinstance(amount, Decimal) else str(amount)


def names(delimiters: Delimiters) -> dict[str, Any]:
    """What the text of rules calls these things; parts are told by the delimiters at hand."""
    component, repetition = delimiters.component, delimiters.repetition

    def part(value: bytes, place: int) -> bytes:
        found = value.split(component)
        return found[place - 1] if len(found) >= place else b""

    def parts(values: Iterable[bytes]) -> list[bytes]:
        repeats = (r for value in values for r in (value.split(repetition) if repetition else (value,)))
        return [piece for repeat in repeats for piece in repeat.split(component)]

    functions: tuple[Callable[..., Any], ...] = (
        number, total, days, differ, first, opening, around, text, figure, part, parts,
    )  # fmt: skip
    return {f.__name__: f for f in functions} | {"COMPONENT": component, "NONE": (), "NOTHING": NOTHING}
