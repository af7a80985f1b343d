"""The steps between versions of the tables, each undone and taken again on a ledger that has rows in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlmodel import SQLModel

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.migrations import configuration
from tests.ledger import whole

LASTING: Final = (
    "interchanges", "transactions", "authorizations", "services", "identifiers", "events", "claims", "lines", "numbers",
    "remittances", "payments", "findings",
)  # fmt: skip
"""Tables of the first version; what others say is forgotten by a step that takes away their table, or a state of theirs."""


def counts(connection: Connection) -> dict[str, int]:
    there = inspect(connection).get_table_names()
    tables = SQLModel.metadata.tables
    return {
        name: connection.execute(select(func.count()).select_from(tables[name])).scalar_one() for name in tables if name in there
    }


@pytest.fixture
def filled(open_ledger: Callable[[], Ledger], ledger_url: str) -> Iterator[Database]:
    with open_ledger() as ledger:
        whole.fill(ledger)
    database = Database(ledger_url)
    yield database
    database.close()


def test_every_step_is_undone_and_taken_again_with_rows_in_every_table(filled: Database, ledger_url: str) -> None:
    with filled.reading() as session:
        before = counts(session.connection())
        revisions = [step.revision for step in ScriptDirectory.from_config(configuration(session.connection())).walk_revisions()]
    assert [name for name, count in before.items() if not count] == [], "tests/ledger/whole.py leaves tables empty"
    lasting = {name: before[name] for name in LASTING}
    for revision in revisions[1:]:
        with filled.writing() as session:
            command.downgrade(configuration(session.connection()), revision)
        with Ledger(ledger_url) as ledger:  # which takes the steps again
            assert len(ledger.authorizations()) == before["authorizations"]
            assert ledger.account("LO2003")
        with filled.reading() as session:
            after = counts(session.connection())
            assert {name: after[name] for name in LASTING} == lasting, revision
            assert after.keys() == before.keys()
    with filled.writing() as session:
        command.downgrade(configuration(session.connection()), "base")
        assert counts(session.connection()) == {}


def test_a_ledger_that_knows_persons_before_their_step_is_brought_up_to_date(filled: Database, ledger_url: str) -> None:
    with filled.writing() as session:
        connection = session.connection()
        command.downgrade(configuration(connection), "0003")
        before = counts(connection)["identifiers"]
        command.upgrade(configuration(connection), "0004")
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
        persons = counts(connection)["identifiers"] - before
    with Ledger(ledger_url) as ledger:
        assert ledger.authorizations()
    with filled.reading() as session:
        assert counts(session.connection())["identifiers"] == before + persons
