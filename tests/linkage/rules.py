"""Matching rules of the usual payer, from their text."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from edi.guides.rules.files import RuleFile, read
from edi.linkage.agreement import Matching

HEAD = 'payer "Invented Health Plan" known as 60054\n'


@cache
def rule_file(text: str) -> RuleFile:
    """A file of rules, read as from a disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.rules"
        path.write_text(text, encoding="utf-8")
        return read(path)


def matching(*blocks: str, head: str = HEAD) -> Matching:
    """A block of `match` for each text: own, own-2 and so on."""
    named = (f'match own{f"-{n}" if n > 1 else ""}\n{block}\nsource "a test"\n' for n, block in enumerate(blocks, 1))
    return Matching([rule_file(head + "".join(named))])
