"""The command `edi` on a ledger of its own: an empty one, or one that took the story's requests and answers."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.claims import write_claims
from edi.ledger import Ledger
from tests.cli.shell import STORY, Shell

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file: every request and answer of the story is in it."""
    file = tmp_path_factory.mktemp("answered") / "ledger.db"
    with Ledger(f"sqlite:///{file}") as ledger:
        for path in sorted([*STORY.glob("requests/*.278"), *STORY.glob("responses/*.278")]):
            ledger.take(path, now=NOW)
    return file


@pytest.fixture
def shell(answered: Path, tmp_path: Path) -> Shell:
    """`edi` with a ledger that took every request and answer of the story."""
    shutil.copy(answered, tmp_path / "answered.db")
    return Shell(f"sqlite:///{tmp_path / 'answered.db'}")


@pytest.fixture
def new_shell(tmp_path: Path) -> Shell:
    """`edi` with a ledger that does not exist yet."""
    return Shell(f"sqlite:///{tmp_path / 'new.db'}")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Three claims without a fault."""
    path = tmp_path / "good.837"
    write_claims(path, claims=3, seed=5)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """The same claims, each with a fault."""
    path = tmp_path / "bad.837"
    write_claims(path, claims=3, seed=5, faulty=True)
    return path
