"""Rows written, or changed, in one go, by a statement that is made once for each table and kind of database.

For each row SQLAlchemy finds out anew which of its values goes where, and how the database wants it: longer than the database
takes to keep it. Of one table that is always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnDefault, Connection, Dialect, Insert, Table, Update, bindparam, update
from sqlalchemy import insert as insertion


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; a column that a row does not name has its default."""
    _run(connection, _insertion(table, connection.dialect), rows)


def change(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their ids; all of them name the same columns."""
    _run(connection, _changing(table, connection.dialect, tuple(name for name in rows[0] if name != "id")), rows)


def _run(connection: Connection, statement: _Statement, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.exec_driver_sql(statement.text, list(map(statement.parameters, rows)))


class _Place(NamedTuple):
    """A column, what it says where a row does not name it, and how the database wants its values (None: as they are)."""

    name: str
    default: Any
    bound: Callable[[Any], Any] | None


class _Statement:
    def __init__(self, table: Table, dialect: Dialect, statement: Insert | Update) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._places = [_place(table.columns[name], dialect) for name in compiled.positiontup or compiled.params]
        self._named = not compiled.positional

    def parameters(self, row: Mapping[str, Any]) -> Any:
        values = [
            row.get(name, default) if bound is None else bound(row.get(name, default)) for name, default, bound in self._places
        ]
        return dict(zip((place.name for place in self._places), values, strict=True)) if self._named else tuple(values)


def _place(column: Column[Any], dialect: Dialect) -> _Place:
    default = column.default.arg if isinstance(column.default, ColumnDefault) and column.default.is_scalar else None
    return _Place(column.name, default, column.type.dialect_impl(dialect).bind_processor(dialect))


@lru_cache(maxsize=64)
def _insertion(table: Table, dialect: Dialect) -> _Statement:
    return _Statement(table, dialect, insertion(table))


@lru_cache(maxsize=64)
def _changing(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> _Statement:
    changed: dict[str, Any] = {name: bindparam(name) for name in columns}
    return _Statement(table, dialect, update(table).where(table.c.id == bindparam("id")).values(changed))
