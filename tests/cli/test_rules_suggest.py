"""edi rules suggest: rules by what payers denied and paid, in the language of rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

MEADOWLARK = STORY / "requirements" / "meadowlark.rules"


@pytest.fixture
def billed(shell: Shell, tmp_path: Path) -> Shell:
    """After the batch was linked, sent and answered."""
    out = tmp_path / "out.837"
    shell("claims", "link", STORY / "claims" / "batch.837", "-o", out)
    shell("ledger", "import", out)
    shell("remittances", "match", STORY / "remittances" / "batch.835")
    return shell


def test_a_single_claim_suggests_nothing_unless_asked(billed: Shell, tmp_path: Path) -> None:
    assert billed("rules", "suggest", "--from-ledger").stdout == "Nothing to suggest.\n"
    assert "1 of 1 claim denied for it, $5,200.00." in billed("rules", "suggest", "--from-ledger", "--claims", 1).stdout
    assert billed("rules", "suggest", "--from-ledger", "--claims", 1, "--payer", "NOBODY").stdout == "Nothing to suggest.\n"


def test_what_is_written_is_checked_and_answers(billed: Shell, tmp_path: Path) -> None:
    out = tmp_path / "suggested.rules"
    result = billed("rules", "suggest", "--from-ledger", "--claims", 1, "--rules", MEADOWLARK, "-o", out)
    assert (result.exit_code, result.stdout) == (0, f"{out}: 6 rules of MHP01 suggested\n")
    checked = billed("rules", "check", out)
    assert (checked.exit_code, checked.stdout) == (0, f"{out}: 6 requirements of MEADOWLARK HEALTH PLAN\n")
    again = billed("rules", "suggest", "--from-ledger", "--claims", 1, "--rules", MEADOWLARK, "--rules", out)
    assert again.stdout == "Nothing to suggest.\n", "what was taken over is not suggested again"
    said = billed(
        "requirements", "ask", "--payer", "MHP01", "--procedure", "63650", "--place", "22", "--rules", out, "--date", "2026-11-01"
    )
    assert said.stdout.startswith("required\n")


def test_a_rule_that_the_payer_does_not_keep_to(billed: Shell, tmp_path: Path) -> None:
    """LO2008 of the batch is paid without a number: a rule that wants one for it is not what the payer does."""
    rules = tmp_path / "wrong.rules"
    requirement = 'require joint\n  procedures 20600-20611\n  wants prior authorization\n  source "hearsay"\n'
    rules.write_text(f'payer "Meadowlark" known as MHP01\n{requirement}')
    shown = billed("rules", "suggest", "--from-ledger", "--claims", 1, "--rules", rules).stdout
    assert "require suggested-20610-nothing\n" in shown
    assert '"Suggested, not confirmed: 1 of 1 claim paid without a number, $140.00."\n' in shown
    assert '"Rule joint says otherwise."\n' in shown


def test_it_says_where_from(billed: Shell) -> None:
    result = billed("rules", "suggest")
    assert result.exit_code == 2
    assert "--from-ledger" in result.stderr
