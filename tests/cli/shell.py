"""The command `edi` as a test types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from edi.cli import main

STORY = Path(__file__).parents[2] / "testdata" / "story"


class Shell:
    """Runs `edi` with the ledger that EDI_LEDGER names."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: object, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=stdin, env={"EDI_LEDGER": self.url})

    def json(self, *words: object, code: int = 0, stdin: bytes = b"") -> Any:
        """The document of `--format json`, which is all of standard output."""
        result = self(*words, "--format", "json", stdin=stdin)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)
