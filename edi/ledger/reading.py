"""Records as JSON in their rows: written, and read, those of which a session asks again and again but once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from sqlmodel import Session

from edi.errors import LedgerError

R = TypeVar("R")
_KEPT: Final = 2_000
"""Records of a kind that a session does not read again: those of a batch, and of the claims near it."""


def adapter(record: type[R]) -> TypeAdapter[R]:
    """The JSON of a kind of record, both ways."""
    made: TypeAdapter[R] = _adapter(cast(Any, record))
    return made


@cache
def _adapter(record: Any) -> TypeAdapter[Any]:
    return TypeAdapter(record)


def to_json(record: Any) -> str:
    """A record as JSON, without what has its default value."""
    return adapter(type(record)).dump_json(record, exclude_defaults=True).decode()


def read_as(record: type[R]) -> Callable[[str], R]:
    """Reads a kind of record from its JSON. What is none is a LedgerError: pydantic would show what stands there."""
    return _guarded(adapter(record).validate_json, record.__name__)


def made_as(record: type[R]) -> Callable[[Any], R]:
    """The same of what the JSON holds."""
    return _guarded(adapter(record).validate_python, record.__name__)


def _guarded(read: Callable[[Any], R], name: str) -> Callable[[Any], R]:
    def of(said: Any) -> R:
        try:
            return read(said)
        except ValidationError:
            raise LedgerError(f"The ledger is damaged: what it keeps as the record of one {name} is none.") from None

    return of


def read_facts(text: str) -> Any:
    """What the JSON of a record holds, where a part of it is enough."""
    try:
        return from_json(text, cache_strings="keys")
    except ValueError:
        raise LedgerError("The ledger is damaged: what it keeps as a record is no JSON.") from None


def reader(session: Session, record: type[R]) -> Callable[[int, str], R]:
    """Reads a kind of record by its row's id and JSON: two rows that say the same are two records."""
    made: Callable[[int, str], R] | None = session.info.get(record)
    if made is None:
        made = session.info[record] = _reader(record)
    return made


def _reader(record: type[R]) -> Callable[[int, str], R]:
    read = read_as(record)

    @lru_cache(maxsize=_KEPT)
    def of(_: int, text: str) -> R:
        return read(text)

    return of
