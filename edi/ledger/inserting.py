"""Rows written in one go, by a statement that is made once for each table and kind of database.

For each row SQLAlchemy finds out anew which of its values goes where, and how the database wants it: longer than the database
takes to keep it. Of one table that is always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnDefault, Connection, Date, Dialect, Table
from sqlalchemy import insert as insertion


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; a column that a row does not name has its default."""
    statement = _statement(table, connection.dialect)
    connection.exec_driver_sql(statement.text, list(map(statement.parameters, rows)))


class _Statement:
    def __init__(self, table: Table, dialect: Dialect) -> None:
        compiled = insertion(table).compile(dialect=dialect)
        self.text = str(compiled)
        columns = [table.columns[name] for name in compiled.positiontup or compiled.params]
        self._names = [column.name for column in columns]
        self._defaults = [
            (n, column.name, column.default.arg)
            for n, column in enumerate(columns)
            if isinstance(column.default, ColumnDefault) and column.default.is_scalar
        ]
        """What a column says where a row does not name it."""
        bound = [_bound(column, dialect) for column in columns]
        self._bound = [(n, process) for n, process in enumerate(bound) if process is not None]
        """How the database wants values; others as they are."""
        self._named = not compiled.positional

    def parameters(self, row: Mapping[str, Any]) -> Any:
        values = list(map(row.get, self._names))
        for n, name, default in self._defaults:
            if name not in row:
                values[n] = default
        for n, process in self._bound:
            values[n] = process(values[n])
        return dict(zip(self._names, values, strict=True)) if self._named else tuple(values)


def _bound(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the database wants a column's values. Rows say the same few days again and again."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=4096)(process) if process is not None and isinstance(column.type, Date) else process


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: Dialect) -> _Statement:
    return _Statement(table, dialect)
