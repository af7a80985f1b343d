"""Rows written, or changed, in one go, by a statement that is made once for each table and kind of database.

For each row SQLAlchemy finds out anew which of its values goes where, and how the database wants it: longer than the database
takes to keep it. Of one table that is always the same. PostgreSQL takes more than a few rows as a stream (COPY), for which it
parses and answers once instead of once a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Column, ColumnDefault, Connection, Date, Dialect, Insert, Table, Update, bindparam, update
from sqlalchemy import insert as insertion

from edi.ledger.statements import as_told, run

FEW: Final = 10
"""Rows for which what a COPY asks and answers beside them costs as much as it saves."""


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; a column that a row does not name has its default."""
    insert_values(connection, table, list(map(_insertion(table, connection.dialect).values, rows)))


def insert_values(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows that say every column, in the order of the table's, as the database wants it."""
    statement = _insertion(table, connection.dialect)
    if connection.dialect.name == "postgresql" and len(rows) > FEW:
        _copy(connection, statement.copying, rows)
    else:
        run(connection, statement.text, list(map(statement.given, rows)))


def change(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their ids; all of them name the same columns."""
    statement = _changing(table, connection.dialect, tuple(name for name in rows[0] if name != "id"))
    run(connection, statement.text, [statement.given(statement.values(row)) for row in rows])


def kept_as(connection: Connection, table: Table, column: str, value: Any) -> Any:
    """A value of a column, as the database wants it."""
    process = _bound(table.columns[column], connection.dialect)
    return value if process is None else process(value)


def without_nuls(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Without the character that PostgreSQL does not keep in text; the record's JSON has it escaped."""
    if "\0" in "".join([value for row in rows for value in row.values() if type(value) is str]):
        return [{n: v.replace("\0", "") if type(v) is str else v for n, v in row.items()} for row in rows]
    return rows


def values_without_nuls(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The same of rows that are values alone."""
    if "\0" in "".join([value for row in rows for value in row if type(value) is str]):
        return [[v.replace("\0", "") if type(v) is str else v for v in row] for row in rows]
    return rows


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows as a stream of the driver's. SQLAlchemy does not know of it, so its errors are made SQLAlchemy's here."""
    import psycopg

    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
    except psycopg.Error as error:
        raise as_told(error, statement, connection.dialect) from None


class _Statement:
    def __init__(self, table: Table, dialect: Dialect, statement: Insert | Update) -> None:
        compiled = statement.compile(dialect=dialect)
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
        quoted = dialect.identifier_preparer.quote
        self.copying = f"COPY {quoted(table.name)} ({', '.join(map(quoted, self._names))}) FROM STDIN"

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """What a row says, column by column."""
        values = list(map(row.get, self._names))
        for n, name, default in self._defaults:
            if name not in row:
                values[n] = default
        for n, process in self._bound:
            values[n] = process(values[n])
        return values

    def given(self, values: Sequence[Any]) -> Any:
        """Values, as the driver takes them."""
        return dict(zip(self._names, values, strict=True)) if self._named else tuple(values)


def _bound(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the database wants a column's values. Rows say the same few days again and again."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=4096)(process) if process is not None and isinstance(column.type, Date) else process


@lru_cache(maxsize=64)
def _insertion(table: Table, dialect: Dialect) -> _Statement:
    return _Statement(table, dialect, insertion(table))


@lru_cache(maxsize=64)
def _changing(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> _Statement:
    changed: dict[str, Any] = {name: bindparam(name) for name in columns}
    return _Statement(table, dialect, update(table).where(table.c.id == bindparam("id")).values(changed))
