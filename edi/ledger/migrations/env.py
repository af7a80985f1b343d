"""Alembic runs this for every command: the connection comes from the ledger, which has begun the transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import edi.ledger.tables  # noqa: F401 - the import fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,  # SQLite can, with the transaction begun by hand
)
with context.begin_transaction():
    context.run_migrations()
