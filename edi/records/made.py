"""Records that a program made: whether their values are of the types that the records say, for Python does not look."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, wraps
from inspect import signature
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from edi.errors import EdiError, RecordError
from edi.text.segments import is_source

R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
_LAST: Final = 1_000
"""Records of an iterator that can still be looked at: a batch and more."""


def naming(**kinds: type) -> Callable[[F], F]:
    """Makes a function of records name the value of another type that it ends at by one of Python's errors, in a RecordError.

    To look at every record before would cost more than most of what is asked. `kinds` are the kinds of record by argument, of one
    record or of many; of those of an iterator the last are looked at.
    """

    def made(function: F) -> F:
        names = tuple(signature(function).parameters)

        @wraps(function)
        def called(*args: Any, **more: Any) -> Any:
            given = tuple(map(_kept, args))
            more = {name: _kept(value) for name, value in more.items()}
            try:
                return function(*given, **more)
            except EdiError:
                raise
            except Exception:
                values = dict(zip(names, given, strict=False)) | more
                wrong = [said for name, kind in kinds.items() if (said := _wrong(values.get(name), kind))]
                if wrong:
                    raise RecordError(f"{wrong[0]}.") from None
                raise

        return cast(F, called)

    return made


def _kept(given: Any) -> Any:
    """An argument, of which what is taken can still be looked at."""
    return _Taken(given) if hasattr(given, "__next__") and not is_source(given) else given


class _Taken(Iterator[R]):
    """An iterator, and the last that were taken from it."""

    def __init__(self, records: Iterator[R]) -> None:
        self._records = records
        self._count = 0
        self.last: deque[R] = deque(maxlen=_LAST)

    def __next__(self) -> R:
        record = next(self._records)
        self._count += 1
        self.last.append(record)
        return record

    @property
    def first(self) -> int:
        """The place of the first of the last."""
        return self._count - len(self.last)


def _wrong(given: Any, kind: type) -> str:
    """Where a record, or one of many, has a value of another type: `Claim[3].charge: must be ...`; "" where none has."""
    unlike, name = _unlike(kind), kind.__name__
    if given is None or is_source(given):
        return ""
    if not isinstance(given, Iterable):
        return f"{name}{said}" if (said := unlike(given)) else ""
    records, first = (given.last, given.first) if isinstance(given, _Taken) else (given, 0)
    return next((f"{name}[{n}]{said}" for n, record in enumerate(records, first) if (said := unlike(record))), "")


def of_kind(records: Iterable[R], kind: Any, name: str) -> Iterator[R]:
    """Records that a program made, if all their values are of their types; else a RecordError: `records[3].charge: must be ...`.

    Python does not look, and a `datetime` passes for a `date`: as JSON they could be written, and not be read again.
    """
    unlike = _unlike(kind)
    for n, record in enumerate(records):
        if said := unlike(record):
            raise RecordError(f"{name}[{n}]{said}.")
        yield record


def of_type(hint: Any, **given: object) -> None:
    """See that arguments, by their names, are of a type; else a RecordError as of a record: `today: must be ...`."""
    for name, value in given.items():
        if said := _unlike(hint)(value):
            raise RecordError(f"{name}{said}.")


Unlike: TypeAlias = Callable[[Any], str]
"""Where a value has another type, and what it must be: `.patient.birth_date: must be a date`; "" where all is well."""


@cache
def hints_of(kind: Any) -> dict[str, Any]:
    """The types of a record's fields."""
    return get_type_hints(kind)


@cache
def _unlike(hint: Any) -> Unlike:
    if get_origin(hint) in (UnionType, Union):
        return _unlike_each(tuple(map(_unlike, get_args(hint))))
    if get_origin(hint) is tuple:
        return _unlike_tuple(get_args(hint))
    if is_dataclass(hint):
        return _unlike_record(hint)
    if issubclass(hint, StrEnum):
        return _unlike_unless(lambda value: isinstance(value, hint), f"of the kind {hint.__name__}")
    return _unlike_unless(*_MADE[hint])


_MADE: Final[dict[Any, tuple[Callable[[Any], bool], str]]] = {
    str: (lambda value: isinstance(value, str) and (value.isascii() or _is_text(value)), "a text"),
    bool: (lambda value: value is True or value is False, "True or False"),
    int: (lambda value: type(value) is int, "an int"),
    Decimal: (lambda value: isinstance(value, Decimal) and value.is_finite(), "a Decimal that is a number"),
    date: (lambda value: isinstance(value, date) and not isinstance(value, datetime), "a date, and no datetime"),
    datetime: (lambda value: isinstance(value, datetime) and value.tzinfo is None, "a datetime without a zone"),
    NoneType: (lambda value: value is None, "None"),
}


def _is_text(value: str) -> bool:
    """Whether no half of a character is in it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unlike_unless(is_one: Callable[[Any], bool], what: str) -> Unlike:
    said = f": must be {what}"
    return lambda value: "" if is_one(value) else said


def _unlike_each(kinds: tuple[Unlike, ...]) -> Unlike:
    def unlike(value: Any) -> str:
        """By the first kind: `date | None`."""
        found = [said for one in kinds if (said := one(value))]
        return found[0] if len(found) == len(kinds) else ""

    return unlike


def _unlike_tuple(members: tuple[Any, ...]) -> Unlike:
    many = members[-1] is Ellipsis
    kinds = tuple(map(_unlike, members[:1] if many else members))

    def unlike(value: Any) -> str:
        if not isinstance(value, tuple):
            return ": must be a tuple"
        if not many and len(value) != len(kinds):
            return f": must be a tuple of {len(kinds)}"
        for n, member in enumerate(value):
            if said := kinds[0 if many else n](member):
                return f"[{n}]{said}"
        return ""

    return unlike


def _unlike_record(kind: Any) -> Unlike:
    hints = hints_of(kind)
    kinds = [(field.name, field.default, _unlike(hints[field.name])) for field in fields(kind)]

    def unlike(value: Any) -> str:
        if not isinstance(value, kind):
            return f": must be of the kind {kind.__name__}"
        for name, default, one in kinds:
            if (own := getattr(value, name)) is not default and (said := one(own)):
                return f".{name}{said}"
        return ""

    return unlike
