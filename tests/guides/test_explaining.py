"""Every problem that the program can tell of is explained, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import edi
from edi.guides.codes.checks import fault_codes
from edi.guides.explaining import explanation, explanations, similar
from edi.guides.rules.files import payer_files, shipped_files

PACKAGE = Path(edi.__file__).parent
THAT_TELL = (
    "text",
    "guides",
    "jobs/batch/judged.py",
    "ledger/taking.py",
    "ledger/payments/repeats.py",
    "linkage/linking.py",
    "linkage/unreadable.py",
)
"""Where problems are made."""
OTHERS = (
    "guides/comparison.py",
    "guides/conditions.py",
    "guides/differences.py",
    "guides/reasons.py",
    "guides/pyx12_map.py",
    "guides/lint.py",
    "guides/codes/lists.py",
    "guides/codes/checks.py",
)
"""What is about problems, pyx12's among them, and makes none; and what tells its own codes (`fault_codes`)."""
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|LEDGER-[A-Z]+")
RULES = {rule.name for file in (*shipped_files(), *payer_files()) for rule in file.rules}
NO_CODES = ("gold-carded", "latin-1", "utf-8")


def codes() -> Iterator[str]:
    """Every word in the source that looks like a problem's code."""
    for place in THAT_TELL:
        path = PACKAGE / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if module.relative_to(PACKAGE).as_posix() in OTHERS:
                continue
            for part in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and _CODE.fullmatch(part.value):
                    yield part.value


def test_every_code_in_the_source_is_explained_and_no_other() -> None:
    assert (set(codes()) - set(NO_CODES)) | set(fault_codes()) | RULES == set(explanations())


def test_every_shipped_rule_is_explained_by_itself() -> None:
    for name in RULES:
        meaning = explanation(name)
        assert meaning is not None and meaning.finds


@pytest.mark.parametrize("code", sorted(set(explanations()) - RULES))
def test_an_explanation_is_whole(code: str) -> None:
    meaning = explanation(code)
    assert meaning is not None and 1 <= meaning.level <= 7
    for sentence in (meaning.finds, meaning.why, meaning.mend):
        assert sentence[0].isupper() and sentence.endswith("."), sentence
    assert meaning.example


def test_an_unknown_code_has_none_and_a_slip_is_seen() -> None:
    assert explanation("nothing-known") is None
    assert similar("element-dat")[0] == "element-date"
    assert similar("zzzz") == []
