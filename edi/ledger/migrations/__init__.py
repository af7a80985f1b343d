"""Alembic: how a ledger's tables came to be, run by the ledger itself at first use.

A new step is a file in `versions`, numbered on; `edi.ledger.database.REVISION` names the newest, and a test holds that
the steps together make exactly the tables of `edi.ledger.tables`.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

__all__ = ["configuration", "upgrade"]


def configuration(connection: Connection) -> Config:
    """Alembic's settings, without a file of settings: the package with the steps, and the connection to take them on."""
    config = Config()
    config.set_main_option("script_location", "edi.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, found: str | None) -> bool:
    """Bring the tables from revision `found` (None: there are none) to the newest, in the connection's transaction.

    False where `found` is not a revision of ours: a newer version of the program made it.
    """
    config = configuration(connection)
    steps = ScriptDirectory.from_config(config)
    if found is not None and found not in {step.revision for step in steps.walk_revisions()}:
        return False
    command.upgrade(config, "head")
    return True
