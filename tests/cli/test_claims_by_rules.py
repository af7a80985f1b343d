"""edi claims with --rules: a claim without an authorization is missing one, or needs none, by a rule that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import edi
from edi.errors import DefinitionError
from tests.cli.shell import STORY, Shell

MEADOWLARK = STORY / "requirements" / "meadowlark.rules"
KNEE = STORY / "claims" / "number-missing.837"
OFFICE = STORY / "claims" / "nothing-needed.837"


def test_a_claim_is_missing_what_a_rule_asks_for(new_shell: Shell) -> None:
    assert new_shell.json("claims", "check", KNEE)["totals"].keys() == {"requirement-unknown"}
    (row,) = new_shell.json("claims", "check", KNEE, "--rules", MEADOWLARK, code=1)["claims"]
    assert (row["verdict"], row["written"]) == ("missing", False)
    assert row["reasons"] == [
        "Rule meadowlark-knee: Meadowlark Health Plan wants prior authorization "
        "(Meadowlark authorization list, January 2026, page 3).",
        "It wants X-ray report (PWK01 RR), office notes, what was tried before: physical therapy, 6 weeks.",
        "None is on file.",
    ]
    told = new_shell("claims", "check", KNEE, "--rules", MEADOWLARK).output
    command = f"edi request from-claim {KNEE} --claim LO1001 -o LO1001.json"
    assert f"    -> Ask the payer before sending, or afterwards if it allows that.\n    -> {command}\n" in told
    assert "from-claim" not in new_shell("claims", "check", "-", "--rules", MEADOWLARK, stdin=KNEE.read_bytes()).output


def test_what_is_missing_becomes_work(new_shell: Shell, tmp_path: Path) -> None:
    new_shell.json("claims", "link", KNEE, "-o", tmp_path / "out.837", "--rules", MEADOWLARK, code=1)
    (item,) = new_shell.json("worklist")["items"]
    assert (item["claim"], item["reason"]) == ("LO1001", "missing")
    assert (tmp_path / "out.837").read_bytes() == KNEE.read_bytes()


def test_a_rule_that_asks_for_nothing_is_named(new_shell: Shell) -> None:
    (row,) = new_shell.json("claims", "check", OFFICE, "--rules", MEADOWLARK)["claims"]
    assert (row["verdict"], row["reasons"][0].partition(":")[0]) == ("not-required", "Rule meadowlark-office")


def test_an_authorization_that_fits_is_written_whatever_the_rule(shell: Shell) -> None:
    (row,) = shell.json("claims", "check", KNEE, "--rules", MEADOWLARK)["claims"]
    assert (row["verdict"], row["authorization"]) == ("linked", "MLK26090101")


def test_shipped_rules_count_where_they_are_named(new_shell: Shell, tmp_path: Path) -> None:
    """Medicare's claim of an orthosis (L0650), known by SBR09 alone."""
    claim = tmp_path / "orthosis.837"
    claim.write_bytes(KNEE.read_bytes().replace(b"HC:27447:RT", b"HC:L0650").replace(b"*12~", b"*MB~"))
    assert b"*MB~" in claim.read_bytes()
    (unnamed,) = new_shell.json("claims", "check", claim)["claims"]
    (row,) = new_shell.json("claims", "check", claim, "--rules", "medicare-equipment", code=1)["claims"]
    assert (unnamed["verdict"], row["verdict"]) == ("requirement-unknown", "missing")
    claim.write_bytes(claim.read_bytes().replace(b"HC:L0650", b"HC:L0650:KV"))
    (row,) = new_shell.json("claims", "check", claim, "--rules", "medicare-equipment")["claims"]
    assert row["verdict"] == "not-required"


def test_an_exception_that_the_rule_accepts(new_shell: Shell, tmp_path: Path) -> None:
    claim = tmp_path / "exception.837"
    data = KNEE.read_bytes()
    at = data.index(b"HI*")
    claim.write_bytes(data[:at] + b"REF*4N*3~\n" + data[at:])
    (row,) = new_shell.json("claims", "check", claim, "--rules", MEADOWLARK, code=1)["claims"]
    assert row["verdict"] == "exception-claimed"


def test_a_broken_file_of_rules_is_2(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text("require nobody")
    assert new_shell("claims", "check", KNEE, "--rules", path).exit_code == 2
    with pytest.raises(DefinitionError):
        edi.link(KNEE, [], [path])


def test_the_library_takes_files_too() -> None:
    (row,) = edi.link(KNEE, [], [MEADOWLARK]).claims
    assert row.verdict is edi.Verdict.MISSING


def test_a_denial_of_what_needs_none_is_told_by_its_rule(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'payer "Meadowlark Health Plan" known as MHP01\nrequire knees procedures 29888 wants nothing source "an invented list"'
    )
    new_shell.json("ledger", "import", STORY / "claims" / "subscriber-not-dependent.837")
    denied = STORY / "remittances" / "never-requested.835"
    (before,) = new_shell.json("remittances", "match", denied, code=1)["findings"]
    (finding,) = new_shell.json("remittances", "match", denied, "--rules", path, code=1)["findings"]
    assert (before["cause"], finding["cause"]) == ("never-requested", "not-required")
    assert "Rule knees: none is needed (an invented list)." in finding["evidence"]
    assert new_shell("remittances", "match", denied, "--rules", tmp_path / "none.rules").exit_code == 2


def test_the_worklist_keeps_what_a_rule_said_until_more_is_known(new_shell: Shell, tmp_path: Path) -> None:
    """A run without --rules says what it knows, and does not make the ledger forget."""
    path, denied = tmp_path / "own.rules", STORY / "remittances" / "never-requested.835"
    rule = 'payer "Meadowlark Health Plan" known as MHP01\nrequire knees procedures 29888 wants {} source "an invented list"'
    new_shell.json("ledger", "import", STORY / "claims" / "subscriber-not-dependent.837")

    def match(*words: object) -> tuple[str, str]:
        (finding,) = new_shell.json("remittances", "match", denied, *words, code=1)["findings"]
        (work,) = new_shell.json("worklist")["items"]
        return finding["cause"], work["reason"].partition(": ")[2]

    assert match() == ("never-requested", "never-requested")
    path.write_text(rule.format("nothing"))
    assert match("--rules", path) == ("not-required", "not-required")
    assert match() == ("never-requested", "not-required")
    other = tmp_path / "other.rules"
    other.write_text(rule.format("prior authorization"))
    assert match("--rules", other) == ("never-requested", "never-requested")
    assert match() == ("never-requested", "never-requested")
