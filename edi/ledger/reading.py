"""Records read from their rows, those of which a session asks again and again but once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

from sqlmodel import Session

from edi.ledger.storing import adapter

R = TypeVar("R")
_KEPT: Final = 2_000
"""Records of a kind that a session does not read again: those of a batch, and of the claims near it."""


def reader(session: Session, record: type[R]) -> Callable[[int, str], R]:
    """Reads a kind of record by its row's id and JSON: two rows that say the same are two records."""
    made: Callable[[int, str], R] | None = session.info.get(record)
    if made is None:
        made = session.info[record] = _reader(record)
    return made


def _reader(record: type[R]) -> Callable[[int, str], R]:
    read = adapter(record).validate_json

    @lru_cache(maxsize=_KEPT)
    def of(_: int, text: str) -> R:
        return read(text)

    return of
