"""What a process that opens many ledgers, as that of the tests does, has made once: the questions compiled, and the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import sqlalchemy


@contextmanager
def compiled() -> Iterator[None]:
    """An engine compiles each question once, and each ledger that is opened has an engine: here all of a kind share one's."""
    from edi.ledger import database

    first: dict[str, Any] = {}

    def create_engine(*words: Any, **named: Any) -> Any:
        engine: Any = sqlalchemy.create_engine(*words, **named)
        one = first.get(engine.dialect.name, engine)
        if one.dialect.server_version_info is None:  # it reached no database, and its dialect knows of none
            one = engine
        first[engine.dialect.name] = one
        engine.dialect, engine._compiled_cache = one.dialect, one._compiled_cache
        return engine

    with patch.object(database, "create_engine", create_engine):
        yield


@contextmanager
def made() -> Iterator[Callable[..., bool]]:
    """The tables of a ledger on SQLite are made step by step once, and then as these left them; given are the steps."""
    from edi.ledger import migrations

    steps = migrations.upgrade
    left: list[str] = []

    def upgrade(connection: sqlalchemy.Connection, found: str | None) -> bool:
        if found is not None or connection.dialect.name != "sqlite":
            return steps(connection, found)
        if left:
            for statement in left:
                connection.exec_driver_sql(statement)
            return True
        whole = steps(connection, found)
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
        left.extend([*made.scalars(), *(f"INSERT INTO alembic_version VALUES ('{version}')" for version in versions)])
        return whole

    with patch.object(migrations, "upgrade", upgrade):
        yield steps
