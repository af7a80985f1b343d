"""Ledgers for jobs, on both databases; and what the compiled linker decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from edi.linkage import compiled


@pytest.fixture(params=["sqlite", "postgresql"])
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes ledgers, by name."""
    if request.param == "sqlite":
        yield lambda name: f"sqlite:///{tmp_path / name}.db"
        return
    lend = request.getfixturevalue("lend_database")
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(lend())


@pytest.fixture
def surely_linked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The claims that the compiled linker decides in this process, by their places in their parts, as they come."""
    found: list[int] = []
    decide = compiled.Linker.decide

    def noted(self: compiled.Linker, find: Any, taken: Any, called: Any) -> list[int]:
        unsure = decide(self, find, taken, called)
        found.extend(sorted(set(range(self.size)).difference(unsure, taken, self.passed)))
        return unsure

    monkeypatch.setattr(compiled.Linker, "decide", noted)
    return found
