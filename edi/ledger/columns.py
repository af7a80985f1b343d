"""The types of the ledger's columns, which mean the same on both databases."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKey, Index, Integer, LargeBinary, Numeric, Text, text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field

_decimal = lru_cache(maxsize=4096)(Decimal)
"""A text is read once, and what it says kept once: rows have the same few amounts again and again."""


class Exact(TypeDecorator[Decimal]):
    """A decimal kept as it is: NUMERIC on PostgreSQL, text on SQLite, whose own numbers are binary fractions.

    Text does not sort as numbers do: sums and orders of amounts are made in Python.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return format(value, "f") if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return _decimal(value) if isinstance(value, str) else value


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. One that comes without a zone is taken to be in UTC already."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None and value.tzinfo else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def compressed(data: bytes) -> bytes:
    """Bytes as they are kept where a column is `packed`."""
    return zlib.compress(data, 1)


class Packed(TypeDecorator[bytes]):
    """Bytes, compressed: fast rather than small, for they are written with every claim and seldom read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else compressed(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.decompress(value)


ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite finds a row by an INTEGER key without an index."""
PLAIN = {"sqlite_with_rowid": False}
"""For tables below another, which are found by its id: SQLite keeps them in that order."""


def key() -> Any:
    """An id that the ledger gives."""
    return Field(sa_column=Column(ID, primary_key=True, autoincrement=False))


def of(table: str, *, primary: bool = False, optional: bool = False, index: bool = False) -> Any:
    """The id of a row of another table, gone when that row goes."""
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    column: Column[int] = (
        Column(ID, target, primary_key=True, autoincrement=False)
        if primary
        else Column(ID, target, nullable=optional, index=index)
    )
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def exact() -> Any:
    return Field(default=None, sa_column=Column(Exact, nullable=True))


def moment() -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=True))


def record_text() -> Any:
    return Field(sa_column=Column(Text, nullable=False))


def packed() -> Any:
    return Field(sa_column=Column(Packed, nullable=False))


def partial(name: str, where: str, *columns: str) -> Index:
    """An index of the rows for which `where` is so; a question must say the same, in the same words, to be answered by it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
