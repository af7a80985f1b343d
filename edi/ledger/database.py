"""The database behind a ledger: made, migrated, opened, and its errors put into one sentence.

SQLite and PostgreSQL differ in a few places, and all of them are here: how a file is made for its owner alone, how a
writer keeps other writers out, how the tables are made when two processes come first at the same moment.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from edi.errors import LedgerError, RefusedError

REVISION: Final = "0019"
"""The newest of migrations/versions; a ledger at this revision is opened without importing Alembic."""
PATIENCE: Final = 300
"""Seconds that a writer on SQLite waits for another one, who may be at a large file. On PostgreSQL it waits until it can."""
_PAGES: Final = 48 << 10
"""So many kilobytes of a SQLite ledger a process has in memory."""
_PAGES_OF_ONE: Final = 4 << 10
"""The same of one that works for days beside others, with little of the ledger at a time."""
REACHABLE: Final = 30
"""Seconds in which a server has to answer."""
_WRITER_LOCK: Final = 0x0278_0837
"""The advisory lock (PostgreSQL) that one writer at a time holds, as SQLite has it by nature."""


class _Joined(threading.local):
    """The session of a thread's block, whose transaction all that the thread does in it is a part of."""

    session: Session | None = None


class Database:
    """One engine. `reading()` and `writing()` give a session in one transaction; `close()` lets go of the connections."""

    def __init__(self, url: str, *, durable: bool = False) -> None:
        """`durable`: what was kept is still kept when the power goes; else that may cost the last changes on SQLite."""
        parsed = _parsed(url)
        self.name = _shown(parsed)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        with self.guarded():
            self._engine = _sqlite_engine(parsed, self.name, durable) if self.sqlite else _postgresql_engine(parsed)
            self._joined = _Joined()
            self._writers = self._engine.execution_options(edi_writer=True)
            # As in SQLite, a reader sees the ledger as it was at its first question.
            self._readers = self._engine if self.sqlite else self._engine.execution_options(isolation_level="REPEATABLE READ")
            try:
                self._migrate()
            except BaseException:
                self._engine.dispose()
                raise

    def close(self) -> None:
        """Close every connection; the database may be opened again."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the ledger and changes nothing."""
        if (joined := self._joined.session) is not None:
            yield joined
            return
        with self.guarded(), _session(self._readers) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are all kept, or none; other writers wait until it ends."""
        if (joined := self._joined.session) is not None:
            with self.guarded(), joined.begin_nested():
                yield joined
            return
        with self.guarded(), _session(self._writers) as session, session.begin():
            if not self.sqlite:
                session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield session

    def copy(self, target: Path) -> None:
        """Write the ledger as it is now to a new file for its owner alone, whole or not at all, while others go on writing.

        Of SQLite only: a server has tools of its own, which also copy what belongs to the database beside its tables.
        """
        if not self.sqlite:
            raise LedgerError(f"The ledger {self.name} is on PostgreSQL: pg_dump makes copies of it.")
        if target.exists():
            raise LedgerError(f"{target}: {os.strerror(errno.EEXIST)}.")
        part = target.with_name(f".{target.name}.part")
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            with self.guarded(), self._engine.execution_options(edi_bare=True).connect() as connection:
                try:
                    connection.exec_driver_sql("VACUUM INTO ?", (str(part),))
                except OperationalError as error:
                    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL":  # of the copy: the ledger is but read
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
                    raise
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.rename(target)
        except OSError as error:
            raise LedgerError(f"{target}: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def together(self) -> Iterator[Session]:
        """One transaction for all that the thread reads and writes in the block; a change in it that fails leaves the others.

        A block within another is a part of that one's transaction.
        """
        with self.writing() as session:
            before, self._joined.session = self._joined.session, session
            try:
                yield session
            finally:
                self._joined.session = before

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """The database's exceptions as a LedgerError: its own words may hold a row's values, so none of them is passed on."""
        try:
            yield
        except SQLAlchemyError as error:
            kind = RefusedError if isinstance(error, _OF_VALUES) else LedgerError
            raise kind(f"The ledger {self.name} {_what_happened(error)}.") from None
        except UnicodeEncodeError:  # of the driver's: half a character, or a byte of a shell's that is none
            raise RefusedError(f"The ledger {self.name} was asked for something that is not text.") from None

    def _migrate(self) -> None:
        """Make the tables, or bring those of an older version up to date. Whoever comes second waits and finds it done."""
        with self._engine.connect() as connection:
            found = _revision(connection)
        if found == REVISION:
            return
        with self._writers.begin() as connection:
            if not self.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            found = _revision(connection)
            if found == REVISION:
                return
            if found is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
                raise LedgerError(f"{self.name} is a database of something else: it has tables, and none of a ledger.")
            from edi.ledger.migrations import upgrade

            if not upgrade(connection, found):
                raise LedgerError(f"The ledger {self.name} was made by a newer version of this program (revision {found}).")


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    """A session that forgets at its end what it was given to remember: it is a circle, which Python finds unneeded only late."""
    with Session(engine) as session:
        try:
            yield session
        finally:
            session.info.clear()


def _parsed(url: str) -> URL:
    try:
        url.encode()  # a name from a shell may have bytes in it that are no text
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError("A ledger is named by a URL such as sqlite:///edi.db or postgresql://user@host/database.")
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.query and "uri" not in parsed.query:
        raise LedgerError("A ledger on SQLite takes no options: its URL must not have a ? in it.")
    return parsed.set(drivername="sqlite")


def _shown(url: URL) -> str:
    """The URL for messages: the password as ***, and without the options, which may hold one too."""
    plain = url.set(drivername=url.get_backend_name(), query={})
    return plain.render_as_string(hide_password=True)


def _sqlite_engine(url: URL, name: str, durable: bool) -> Engine:
    file = url.database or ""
    options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE, "check_same_thread": False}}
    if file in ("", ":memory:"):
        options["poolclass"] = StaticPool
    elif not file.startswith("file:"):
        _make_private(Path(file), name)
    engine = create_engine(url, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # The driver would begin a transaction only before the first change, after the reads that it depends on.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute(f"PRAGMA cache_size = {-_PAGES_OF_ONE if durable else -_PAGES}")
        _use_wal(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer says so from the start: two that had read first would both be refused when they came to write.
        options = connection.get_execution_options()
        if not options.get("edi_bare"):  # what SQLite does outside of transactions alone
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("edi_writer") else "BEGIN")

    return engine


def _use_wal(connection: Any) -> None:
    """Readers and a writer beside each other. The change wants the file to itself for a moment, and does not wait for it."""
    import sqlite3

    if connection.execute("PRAGMA journal_mode").fetchone()[0] in ("wal", "memory"):
        return
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if attempt == 99 or error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            time.sleep(0.05)


def _make_private(file: Path, name: str) -> None:
    """Make the file for its owner alone before SQLite writes to it; the files beside it (-wal, -shm) get the same rights."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(f"The ledger {name} cannot be opened: {error.strerror}.") from error


def _postgresql_engine(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401 - SQLAlchemy imports it by name; here to say how to get it
    except ImportError as error:
        raise LedgerError('A ledger on PostgreSQL needs its driver: pip install "edi-authlink[postgres]".') from error
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": REACHABLE})


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _what_happened(error: SQLAlchemyError) -> str:
    """The end of a sentence that begins with the ledger's name."""
    driver = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(driver, "sqlite_errorname", "") or getattr(driver, "sqlstate", "") or ""
    for beginning, words in _WORDS:
        if code.startswith(beginning):
            return words
    if code == "SQLITE_ERROR" and any(words in str(driver) for words in _LACKING):  # which has no name of its own
        return _OTHER_VERSION
    if isinstance(error, OperationalError) and (not code or code.startswith("08")):
        return "cannot be reached"
    return f"refused what was asked of it ({code or type(error).__name__})"


_LACKING: Final = ("no such table", "no such column", "has no column named")
_OTHER_VERSION: Final = "is of a version of this program that cannot be read: it has other tables or columns"
_OF_VALUES: Final = (DataError, IntegrityError)
"""What a database says of the values that it was given, and not of itself."""
_WORDS: Final = (
    ("SQLITE_BUSY", "is in use by another program, and did not become free in time"),
    ("SQLITE_LOCKED", "is in use by another program, and did not become free in time"),
    ("SQLITE_FULL", "has no room left on its disk"),
    ("SQLITE_READONLY", "may not be written"),
    ("SQLITE_CANTOPEN", "cannot be opened"),
    ("SQLITE_NOTADB", "is not a SQLite database"),
    ("SQLITE_CORRUPT", "is damaged"),
    ("SQLITE_IOERR", "cannot be read or written"),
    ("3D000", "does not exist: the server has no database of this name"),
    ("28", "did not let us in: the user or the password is wrong"),
    ("42P01", _OTHER_VERSION),
    ("42703", _OTHER_VERSION),
    ("42501", "may not be written by this user"),
    ("53100", "has no room left on its disk"),
    ("57P", "was shut down"),
)
"""How SQLite's error names and PostgreSQL's SQLSTATEs begin, and what they mean for the person who reads it."""
