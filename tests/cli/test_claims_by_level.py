"""edi claims link and split, where a payer's file of rules says at which level it wants its number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edi.guides.validation import validate
from tests.cli.shell import STORY, Shell

KNEE = STORY / "claims" / "number-missing.837"
BOTH = STORY / "claims" / "line-level.837"
"""Two lines, two authorizations."""


@pytest.fixture
def rules(tmp_path: Path) -> Callable[[str], Path]:
    def write(words: str) -> Path:
        path = tmp_path / "own.rules"
        path.write_text(
            'payer "Meadowlark Health Plan" known as MHP01\n\n'
            f'match meadowlark-place\n  number {words}\n  source "Meadowlark manual, page 9"\n'
        )
        return path

    return write


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.837"


def test_at_lines(shell: Shell, rules: Callable[[str], Path], out: Path) -> None:
    assert shell("claims", "link", KNEE, "-o", out, "--rules", rules("at line")).exit_code == 0
    expected = KNEE.read_bytes().replace(b"\nREF*6R", b"\nREF*G1*MLK26090101~\nREF*6R").replace(b"SE*33*", b"SE*34*")
    assert out.read_bytes() == expected


def test_not_at_all(shell: Shell, rules: Callable[[str], Path], out: Path) -> None:
    document = shell.json("claims", "link", KNEE, "-o", out, "--rules", rules("not wanted"))
    (row,) = document["claims"]
    assert (row["verdict"], row["written"], row["authorization"], row["placement"]) == ("linked", False, "MLK26090101", None)
    assert row["reasons"][-1] == "The payer wants no number on the claim: none is written."
    assert out.read_bytes() == KNEE.read_bytes()


def test_at_the_claim_one_number_each_so_two_claims(shell: Shell, rules: Callable[[str], Path], out: Path) -> None:
    words = ("--rules", rules("at claim"))
    assert shell.json("claims", "check", BOTH, *words, code=1)["totals"].keys() == {"split-needed"}
    result = shell("claims", "split", BOTH, "-o", out, *words)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:3] == [
        "    LO1025-A  MLK26091201  line 1  $1,150.00",
        "    LO1025-B  MLK26091202  line 2    $980.00",
    ]
    assert validate(out, level=7).problems == ()
    assert shell.json("claims", "check", out, *words)["totals"].keys() == {"already-linked"}
    assert shell("claims", "split", BOTH, "-o", out).stdout == f"{BOTH}: nothing to divide.\n"
