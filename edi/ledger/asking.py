"""Questions that are put together once and asked again and again: to put one together takes ten times as long as to answer it.

A question stands beside what asks it, with its parameters by name. Of many values that a column may have, all are one parameter,
so that it is the same question whatever their number.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, CursorResult, Dialect, Executable, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel import Session


def ask(session: Session, question: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """What the database answers: rows, and no objects that the session would have to keep."""
    return session.connection().execute(question, values)


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
