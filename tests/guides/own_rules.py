"""A payer's file of rules with one block, as the tests of each kind of block write it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edi.guides.rules.files import RuleFile, read

HEAD: Final = 'payer "Maple Health" known as MAPLE1, "0042"\n'


def rules_with(folder: Path, block: str, lines: str, head: str = HEAD) -> RuleFile:
    """The file that has a block of this kind, called own, with these lines."""
    path = folder / "own.rules"
    path.write_text(f"{head}{block} own\n{lines}\n")
    return read(path)
