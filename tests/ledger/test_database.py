"""The ledger's database: made at first use, by one or by many, and never says a password."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlmodel import SQLModel

from edi.errors import LedgerError
from edi.ledger import Ledger
from edi.ledger.database import REVISION, Database
from edi.ledger.migrations import configuration

STORY = Path(__file__).parents[2] / "testdata" / "story"


def test_the_steps_together_make_exactly_the_tables(empty_url: str) -> None:
    database = Database(empty_url)
    with database.writing() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_the_newest_step_is_the_one_that_the_program_expects(tmp_path: Path) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(configuration(connection)).get_current_head() == REVISION
    engine.dispose()


def test_the_steps_can_be_undone(empty_url: str) -> None:
    from alembic import command

    database = Database(empty_url)
    with database.writing() as session:
        command.downgrade(configuration(session.connection()), "base")
        assert inspect(session.connection()).get_table_names() == ["alembic_version"]
    database.close()
    Ledger(empty_url).close()


_COME_FIRST = """
import os, sys
import edi.ledger
edi.ledger.Ledger("sqlite://").close()  # so that all is imported, and those who are forked begin at the same moment
waits, tells = os.pipe()
forked = []
for _ in range(4):
    if (one := os.fork()) == 0:
        os.close(tells)
        os.read(waits, 1)
        with edi.ledger.Ledger(sys.argv[1]) as ledger:
            ledger.record_authorizations([])
            os.write(1, b"%d\\n" % ledger.status().authorizations)
        os._exit(0)
    forked.append(one)
os.close(tells)
sys.exit(any([os.waitpid(one, 0)[1] for one in forked]))
"""


def test_many_processes_may_come_first_at_the_same_moment(empty_url: str) -> None:
    command = [sys.executable, "-c", _COME_FIRST, empty_url]
    came = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (came.returncode, came.stdout, came.stderr) == (0, "0\n" * 4, "")


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{file}") as ledger:
        ledger.status()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes.pop("ledger.db") == 0o600
    assert set(modes.values()) <= {0o600}


def test_sqlite_is_opened_with_a_write_ahead_log_and_foreign_keys(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    with database.reading() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 300_000}


def test_a_ledger_in_memory_keeps_what_it_is_given(made: Any) -> None:
    with Ledger("sqlite://") as ledger:
        ledger.record_authorizations([made.authorization()])
        assert ledger.status().authorizations == 1


@pytest.mark.parametrize("url", ["edi.db", "", "mysql://user@host/database", "sqlite:/edi.db", "://", "postgresql://host:port/d"])
def test_what_is_no_url_of_a_ledger_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(LedgerError, match=r"^The ledger is named by a URL|^A ledger is named by a URL"):
        Ledger(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger("postgresql://clerk:hunter2@localhost:1/edi?password=hunter3&connect_timeout=2")
    assert str(caught.value) == "The ledger postgresql://clerk:***@localhost:1/edi cannot be reached."
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("lacks", ["ALTER TABLE events RENAME COLUMN refused TO other", "DROP TABLE claim_texts"])
def test_what_lacks_a_table_or_column_is_of_another_version(ledger_url: str, lacks: str) -> None:
    database = Database(ledger_url)
    with database.writing() as session:
        session.execute(text(lacks))
    asked = "SELECT refused FROM events" if "events" in lacks else "SELECT * FROM claim_texts"
    with pytest.raises(LedgerError, match=r"is of a version of this program that cannot be read"), database.reading() as session:
        session.execute(text(asked))
    with pytest.raises(LedgerError, match=r"refused what was asked of it \(\w+\)"), database.reading() as session:
        session.execute(text("SELECT FROM WHERE"))
    database.close()


def test_a_file_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot be opened: No such file or directory\.$"):
        Ledger(f"sqlite:///{tmp_path / 'no-such-folder' / 'ledger.db'}")


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear payer, " * 1000)
    with pytest.raises(LedgerError, match=r"is not a SQLite database\.$"):
        Ledger(f"sqlite:///{file}")
    assert file.read_text() == "Dear payer, " * 1000


def test_a_database_of_something_else_is_left_alone(empty_url: str) -> None:
    engine = create_engine(empty_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    with pytest.raises(LedgerError, match="is a database of something else"):
        Ledger(empty_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["recipes"]
    engine.dispose()


def test_a_ledger_of_a_newer_program_is_left_alone(open_ledger: Callable[[], Ledger], ledger_url: str) -> None:
    database = Database(ledger_url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(LedgerError, match=r"made by a newer version of this program \(revision 9999\)"):
        open_ledger()


def test_an_error_of_the_database_does_not_repeat_the_row(ledger_url: str) -> None:
    database = Database(ledger_url)
    with pytest.raises(LedgerError) as caught, database.writing() as session:
        session.execute(text("INSERT INTO claims (id, claim) VALUES (1, 'NORA QUILL')"))
    database.close()
    assert "QUILL" not in str(caught.value)


def test_what_fails_in_the_middle_leaves_nothing(open_ledger: Callable[[], Ledger], made: Any) -> None:
    def records() -> Any:
        for number in range(1200):
            yield made.authorization(f"A{number}", subscriber=made.authorization().subscriber)
        raise KeyboardInterrupt

    with open_ledger() as ledger:
        with pytest.raises(KeyboardInterrupt):
            ledger.record_authorizations(records())
        assert ledger.status().authorizations == 0
        ledger.record_authorizations([made.authorization()])
        assert ledger.status().authorizations == 1


def test_one_thread_changes_nothing_in_the_block_of_another(open_ledger: Callable[[], Ledger]) -> None:
    """What another thread took was a part of the block's transaction, and gone when that failed."""
    begun, tried = threading.Event(), threading.Event()

    with open_ledger() as ledger:

        def other() -> int:
            begun.wait()
            assert ledger.status().claims == 0  # what the block took is not seen before it is kept
            tried.set()
            return ledger.take(STORY / "claims" / "batch.837").claims

        def block() -> None:
            with pytest.raises(KeyError), ledger.together():
                ledger.take(STORY / "claims" / "visits.837")
                begun.set()
                assert tried.wait(30)
                raise KeyError

        with ThreadPoolExecutor() as threads:
            taken = threads.submit(other)
            threads.submit(block).result()
            assert taken.result() == ledger.status().claims == 15
