"""Questions that are put together once and asked again and again: to put one together takes ten times as long as to answer it.

A question stands beside what asks it, with its parameters by name. Of many values that a column may have, all are one parameter,
so that it is the same question whatever their number. It goes to the driver as it is: what SQLAlchemy does for each time it is
asked takes twice as long as the answer.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Executable,
    Select,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import cloned_traverse
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

_HELD: Final = "edi_connection"
"""In a session's `info`: the connection of the transaction that it is in."""


class Result:
    """Rows, to be gone through once: tuples, whose values also have their columns' names where these are of one alone."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def all(self) -> list[Any]:
        """Every row."""
        return list(self._rows)

    def first(self) -> Any:
        """The first row; None where there is none."""
        return next(self._rows, None)

    def one(self) -> Any:
        """The row, where there is just one."""
        (row,) = self._rows
        return row

    def scalar(self) -> Any:
        """The first value of the first row; None where there is none."""
        row = self.first()
        return None if row is None else row[0]

    def scalars(self) -> Result:
        """The first value of each row."""
        return Result(row[0] for row in self._rows)


def ask(session: Session, question: Executable, **values: Any) -> Result:
    """What the database answers: rows, and no objects that the session would have to keep."""
    connection = connection_of(session)
    if connection.dispatch.before_cursor_execute:  # somebody listens to what is asked
        found = connection.execute(question, values)
        return Result(found if found.returns_rows else ())
    return _question(question, connection.dialect).asked(connection, values)


def connection_of(session: Session) -> Connection:
    """A session's connection, in the transaction that it is in; a session looks for it longer than many a question takes."""
    within = session.get_nested_transaction() or session.get_transaction()
    held = session.info.get(_HELD)
    if within is None or held is None or held[0] is not within:
        connection = session.connection()
        held = session.info[_HELD] = (session.get_nested_transaction() or session.get_transaction(), connection)
    found: Connection = held[1]
    return found


def run(connection: Connection, statement: str, rows: list[Any]) -> None:
    """Have the driver do with each of some rows what a statement says."""
    if connection.dispatch.before_cursor_execute:
        connection.exec_driver_sql(statement, rows)
        return
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.cursor().executemany(statement, rows)
    except driver_error(connection.dialect) as error:
        raise as_told(error, statement, connection.dialect) from None


def driver_error(dialect: Dialect) -> type[Exception]:
    """What a driver raises."""
    found: type[Exception] = dialect.loaded_dbapi.Error
    return found


def as_told(error: Exception, statement: str, dialect: Dialect) -> DBAPIError:
    """An error of the driver's as SQLAlchemy tells it, which does not come to know of it by itself; without values."""
    return DBAPIError.instance(  # type: ignore[return-value]  # it is one of the driver's
        statement, None, error, driver_error(dialect), hide_parameters=True, dialect=dialect
    )


class _Question:
    """A question as one kind of database is asked it."""

    def __init__(self, question: Any, dialect: Dialect) -> None:
        compiled = question.compile(dialect=dialect)
        asked = {name: bind for name, bind in compiled.binds.items() if not bind.unique}
        if compiled.post_compile_params:  # a list of values that the question has itself
            whole = cloned_traverse(question, {"maintain_key": True}, {"bindparam": _not_required})
            compiled = whole.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        self._dialect, self._positional = dialect, compiled.positional
        self._names = list(compiled.positiontup if compiled.positional else compiled.params)
        self._bound = {name: _bound(bind.type, dialect) for name, bind in asked.items()}
        self._fixed = {name: value for name, value in compiled.params.items() if name not in asked}
        for name, value in self._fixed.items():
            bind = compiled.binds[name if name in compiled.binds else name.rpartition("_")[0]]  # one of a list has the list's
            if (process := _bound(bind.type, dialect)) is not None:
                self._fixed[name] = process(value)
        columns = list(question.selected_columns) if isinstance(question, Select | CompoundSelect) else []
        self._types = [column.type.dialect_impl(dialect) for column in columns]
        self._row = _row([column.key or "" for column in columns])
        self._processes: list[tuple[int, Callable[[Any], Any]]] | None = None

    def asked(self, connection: Connection, values: Mapping[str, Any]) -> Result:
        """What a database answers."""
        given = dict(self._fixed)
        for name, process in self._bound.items():
            value = values[name]
            given[name] = value if process is None else process(value)
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        try:
            cursor.execute(self.text, [given[name] for name in self._names] if self._positional else given)
        except driver_error(self._dialect) as error:
            raise as_told(error, self.text, self._dialect) from None
        return Result(self._rows(cursor) if self._types else ())

    def _rows(self, cursor: Any) -> Iterator[Any]:
        if self._processes is None:
            there = zip(self._types, cursor.description, strict=True)
            made = [kind.result_processor(self._dialect, column[1]) for kind, column in there]
            self._processes = [(n, process) for n, process in enumerate(made) if process is not None]
        processes, row = self._processes, self._row
        try:
            if not processes:
                yield from map(row, cursor)
                return
            for read in cursor:
                values = list(read)
                for n, process in processes:
                    values[n] = process(values[n])
                yield row(values)
        except driver_error(self._dialect) as error:
            raise as_told(error, self.text, self._dialect) from None


def _not_required(bind: BindParameter[Any]) -> None:
    """Let a parameter have no value while its question is put together."""
    bind.required = False


def _bound(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the database wants values of a type; None: as they are."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _row(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """Makes rows whose columns are called so."""
    made: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are found
    make: Callable[[Iterable[Any]], Any] = made._make
    return make


@lru_cache(maxsize=256)
def _question(question: Executable, dialect: Dialect) -> _Question:
    return _Question(question, dialect)


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """That a column is one of many values, which are the parameter of this name.

    What has a character in it that is never kept (NUL) is none of them.
    """
    return _OneOf(column, bindparam(name, type_=_Many(column.type)))


class _OneOf(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> _OneOf:
        """It stands among conditions as it is: compared with 1, as other values of that kind are on SQLite, no index would do."""
        return self


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_OneOf, "postgresql")
def _any_of_array(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


class _Many(TypeDecorator[Collection[Any]]):
    """Values of a column's type: to name each of them in a statement takes longer than to look it up."""

    impl = Text
    cache_ok = True

    def __init__(self, each: TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        kept = [one for one in value or () if not isinstance(one, str) or "\0" not in one]
        return kept if dialect.name == "postgresql" else json.dumps(kept)
