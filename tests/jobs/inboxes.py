"""An inbox with invented files in it, and the command that works it off."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from edi.cli import main

STORY = Path(__file__).parents[2] / "testdata" / "story"
RECEIVED = 1_793_000_000
"""2026-10-26, by the files' own time."""


class Folders:
    """An inbox and an outbox; called, it works them off by the command, as tests (ISA15) unless `production`."""

    def __init__(self, home: Path) -> None:
        self.home, self.inbox, self.outbox = home, home / "in", home / "out"
        self.inbox.mkdir(parents=True)
        self.debug = "1"

    def put(self, source: Path | bytes, name: str = "", *, received: int = RECEIVED) -> Path:
        """A file that comes in."""
        path = self.inbox / (name or (source.name if isinstance(source, Path) else ""))
        path.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
        os.utime(path, (received, received))
        return path

    def put_all(self, sources: Iterable[Path]) -> None:
        for source in sources:
            self.put(source, f"{source.parent.name}-{source.name}")

    def words(self, *words: object, production: bool = False) -> list[str]:
        kind = () if production else ("--tests",)
        return ["batch", "run", "--inbox", str(self.inbox), "--outbox", str(self.outbox), "--jobs", "1", *kind, *map(str, words)]

    def __call__(self, *words: object, production: bool = False) -> Result:
        return CliRunner().invoke(
            main, self.words(*words, production=production), env={"EDI_LEDGER": None, "EDI_DEBUG": self.debug}
        )

    def json(self, *words: object, code: int = 0, production: bool = False) -> Any:
        result = self(*words, "--format", "json", production=production)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def files(self) -> list[str]:
        """All that stands in the outbox, but for the ledger."""
        paths = (path for path in self.outbox.rglob("*") if path.is_file() and not path.name.startswith("edi.db"))
        return sorted(str(path.relative_to(self.outbox)) for path in paths)

    def left(self) -> list[str]:
        """All that stands in the inbox."""
        return sorted(str(path.relative_to(self.inbox)) for path in self.inbox.rglob("*") if path.is_file())

    def ledger(self, *words: str) -> Result:
        """Another command, on the ledger that is made where none is named."""
        return CliRunner().invoke(main, list(words), env={"EDI_LEDGER": f"sqlite:///{self.outbox / 'edi.db'}"})


def story() -> list[Path]:
    """The requests, answers, claims and remittances of the story."""
    folders = ("requests", "responses", "claims", "remittances")
    return sorted(path for folder in folders for path in (STORY / folder).iterdir() if path.suffix in (".278", ".837", ".835"))
