"""edi remittances match: what an 835 denies, told, taken once, and made work of."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import STORY, Shell

REMITTANCES, CLAIMS = STORY / "remittances", STORY / "claims"
DENIED = REMITTANCES / "denied-at-claim.835"
PAID = REMITTANCES / "paid.835"
BATCH = REMITTANCES / "batch.835"


def sent(shell: Shell, *names: str) -> Shell:
    """After claims went out as they are."""
    for name in names:
        assert shell("ledger", "import", CLAIMS / name).exit_code == 0
    return shell


def test_a_denial_is_told_with_what_to_do(shell: Shell) -> None:
    result = sent(shell, "number-missing.837")("remittances", "match", DENIED)
    assert (result.exit_code, result.stderr) == (1, "")
    first, *evidence, action, blank, total, last = result.stdout.splitlines()
    assert first == "LO1001  $4,200.00  authorization-missing; we know: held-not-sent"
    assert "    The payer says CO-197" in evidence[0]
    assert "    The claim carried no number there." in evidence
    assert action.startswith("    -> ")
    assert "MLK26090101" in action
    assert action.endswith("Until 2027-01-15.")
    assert (blank, total) == ("", "authorization-missing: 1 finding, $4,200.00")
    assert last == f"{DENIED}: 1 payment, 1 finding"


def test_a_finding_is_as_documented(shell: Shell) -> None:
    document = sent(shell, "number-missing.837").json("remittances", "match", DENIED, code=1)
    assert sorted(document) == ["files", "findings", "recouped", "totals", "unmatched", "version"]
    assert document["files"] == [{"path": str(DENIED), "payments": 1, "problems": []}]
    assert document["totals"] == {"authorization-missing": {"findings": 1, "amount": "4200.00"}}
    (finding,) = document["findings"]
    assert finding.pop("evidence")
    assert finding.pop("action")
    assert finding == {
        "path": str(DENIED),
        "claim": "LO1001",
        "payer_claim": "MHPCLM0001001",
        "line": None,
        "kind": "authorization-missing",
        "cause": "held-not-sent",
        "codes": ["CO-197"],
        "authorization": "MLK26090101",
        "amount": "4200.00",
        "match": {"how": finding["match"]["how"], "sure": True},
        "deadline": "2027-01-15",
        "step": "correct",
        "limit": None,
        "owed": "practice",
    }


def test_cores_make_no_difference(tmp_path: Path) -> None:
    """Files as small as these are read on one core when nothing is said."""
    told = []
    for number, jobs in enumerate(((), ("--jobs", 1), ("--jobs", 2))):
        shell = sent(Shell(f"sqlite:///{tmp_path}/{number}.db"), "batch.837")
        result = shell("remittances", "match", *jobs, BATCH, PAID)
        told.append((result.exit_code, result.stdout, shell("worklist").stdout))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == 1


@pytest.mark.parametrize(("name", "claims"), [("paid.835", "number-right.837"), ("contractual-only.835", "visits.837")])
def test_nothing_denied_is_0(name: str, claims: str, shell: Shell) -> None:
    result = sent(shell, claims)("remittances", "match", REMITTANCES / name)
    assert (result.exit_code, result.stdout) == (0, f"{REMITTANCES / name}: 1 payment, 0 findings\n")


def test_a_payment_of_no_claim_that_we_sent_is_told(new_shell: Shell) -> None:
    result = new_shell("remittances", "match", PAID)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "LO1002: no claim (charge $4,200.00, paid $2,835.00)",
        f"{PAID}: 1 payment, 0 findings, 1 of no claim that was sent",
    ]
    (unmatched,) = new_shell.json("remittances", "match", PAID, code=1)["unmatched"]
    assert (unmatched["path"], unmatched["claim"], unmatched["nearest"]) == (str(PAID), "LO1002", [])


def test_matching_again_says_the_same_and_changes_nothing(shell: Shell) -> None:
    sent(shell, "batch.837")
    first = shell("remittances", "match", BATCH, "--format", "json")
    kept = [shell.json(*words) for words in (("ledger", "status"), ("worklist",))]
    assert kept[0]["payments"] == 16
    for source in (BATCH, "-"):
        again = shell("remittances", "match", source, "--format", "json", stdin=BATCH.read_bytes())
        assert (again.exit_code, again.stdout.replace('"-"', json.dumps(str(BATCH)))) == (1, first.stdout)
    assert shell("ledger", "import", BATCH).stdout == f"{BATCH}: nothing new: taken before\n"
    assert [shell.json(*words) for words in (("ledger", "status"), ("worklist",))] == kept


def test_what_was_imported_before_is_matched_all_the_same(shell: Shell) -> None:
    sent(shell, "number-missing.837")
    assert shell("ledger", "import", DENIED).exit_code == 0
    assert len(shell.json("remittances", "match", DENIED, code=1)["findings"]) == 1


def test_every_path_has_its_entry(shell: Shell, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear payer,")
    paths = [DENIED, "nowhere.835", letter, tmp_path, PAID]
    sent(shell, "number-missing.837", "number-right.837")
    result = shell("remittances", "match", *paths)
    assert result.exit_code == 2
    assert result.stderr == f"edi: nowhere.835: No such file or directory.\nedi: {tmp_path}: Is a directory.\n"
    assert f"{letter}: 0 payments, 0 findings" in result.stdout
    assert f"{PAID}: 1 payment, 0 findings" in result.stdout
    document = shell.json("remittances", "match", *paths, code=2)
    assert [file["path"] for file in document["files"]] == [str(path) for path in paths]
    assert [sorted(file.keys() - {"path"}) for file in document["files"]] == [
        ["payments", "problems"],
        ["error"],
        ["payments", "problems"],
        ["error"],
        ["payments", "problems"],
    ]
    assert document["files"][2]["problems"][0]["code"] == "isa-missing"
    assert {finding["path"] for finding in document["findings"]} == {str(DENIED)}


def test_claims_are_no_remittance_and_are_not_taken(new_shell: Shell) -> None:
    path = CLAIMS / "batch.837"
    result = new_shell("remittances", "match", path)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{path}:ISA@0: LEDGER-SET A transaction set 837 is not kept: it is no remittance (835).",
        f"{path}: 0 payments, 0 findings",
    ]
    counts = new_shell.json("ledger", "status")
    assert (counts.pop("version"), set(counts.values())) == (1, {0})
    assert new_shell("ledger", "import", path).stdout == f"{path}: taken: 15 claims\n"


def test_of_a_file_with_both_only_the_remittance_is_taken(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "both"
    path.write_bytes((CLAIMS / "number-missing.837").read_bytes() + DENIED.read_bytes())
    assert new_shell("remittances", "match", path).exit_code == 1
    counts = new_shell.json("ledger", "status")
    assert (counts["interchanges"], counts["claims"], counts["payments"]) == (1, 0, 1)
    assert new_shell("ledger", "import", path).stdout == f"{path}: taken: 1 claim\n"
    assert [row["cause"] for row in new_shell.json("remittances", "match", path, code=1)["findings"]] == ["never-requested"]


def test_a_ledger_that_cannot_be_opened_has_an_entry_for_each_path(tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path}")
    said = f"The ledger sqlite:///{tmp_path} cannot be opened: Is a directory."
    for words in (("remittances", "match"), ("ledger", "import")):
        document = shell.json(*words, "a.835", "b.835", code=2)
        files = [{"path": "a.835", "error": said}, {"path": "b.835", "error": said}]
        assert document == {"version": 1, "error": said, "files": files}


def test_progress_is_told_at_a_terminal_and_nowhere_else(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.cli.progress.EVERY", 0)
    assert shell("remittances", "match", PAID, BATCH).stderr == ""
    monkeypatch.setattr("edi.cli.progress.at_a_terminal", lambda: True)
    told = shell("remittances", "match", DENIED, BATCH).stderr
    assert f"\redi: {DENIED}: 1 payments read" in told, "what is known already is not read again"
    assert f"\redi: {DENIED}: 1 payments judged" in told
    assert f"\redi: {BATCH}: 8 payments judged" in told
    assert told.endswith("\r\x1b[K") or told.endswith("\r")
    assert shell.json("remittances", "match", BATCH, code=1)["version"] == 1


# -- what becomes of the work ------------------------------------------------------------------------------------------------


def work(shell: Shell, claim: str) -> list[tuple[Any, ...]]:
    items = shell.json("worklist")["items"]
    return [(item["kind"], item["line"], item["reason"], item["amount"]) for item in items if item["claim"] == claim]


def test_a_payment_ends_what_was_feared_and_the_denial_stands_instead(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    assert shell("claims", "link", CLAIMS / "batch.837", "-o", out).exit_code == 1
    assert work(shell, "LO2014") == [("link", None, "authorization-pending", "5200.00")]
    assert work(shell, "LO2010") == [("link", None, "ambiguous", "900.00")]
    assert shell("ledger", "import", out).exit_code == 0
    assert work(shell, "LO2014") == [("link", None, "authorization-pending", "5200.00")], "sent, and not answered yet"
    shell("remittances", "match", BATCH)
    assert work(shell, "LO2014") == [("denial", "1", "authorization-missing: authorization-pending", "5200.00")]
    assert work(shell, "LO2010") == [("denial", None, "authorization-missing: held-not-sent", "900.00")]
    items = [item for item in shell.json("worklist")["items"] if item["kind"] not in ("request", "refusal")]
    assert {item["kind"] for item in items} == {"denial"}
    denied = shell.json("remittances", "match", BATCH, code=1)["totals"].values()
    assert sum(Decimal(item["amount"]) for item in items) == sum(Decimal(total["amount"]) for total in denied)


def test_what_is_denied_is_not_feared_as_well(shell: Shell, tmp_path: Path) -> None:
    """The batch is linked again, by a job that runs each night, or for the claims that will be sent in the place of the first."""
    out = tmp_path / "out.837"
    shell("claims", "link", CLAIMS / "batch.837", "-o", out)
    shell("ledger", "import", out)
    shell("remittances", "match", BATCH)
    listed = shell.json("worklist")
    assert shell("claims", "link", out, "-o", out).exit_code == 1
    assert shell.json("worklist") == listed


def test_a_payment_in_full_ends_what_was_feared(shell: Shell, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.837"
    wrong.write_bytes((CLAIMS / "number-right.837").read_bytes().replace(b"MLK26090101", b"MLK26090202"))
    assert shell("claims", "link", wrong, "-o", wrong).exit_code == 1
    assert work(shell, "LO1002") == [("link", None, "wrong-number", "4200.00")]
    sent(shell, str(wrong))
    assert shell("remittances", "match", PAID).exit_code == 0
    assert work(shell, "LO1002") == []


def test_a_reversal_ends_the_denial(shell: Shell) -> None:
    sent(shell, "number-right.837")
    assert shell("remittances", "match", REMITTANCES / "denied-though-right.835").exit_code == 1
    assert work(shell, "LO1002") == [("denial", "1", "authorization-missing: sent-correctly", "4200.00")]
    assert shell("remittances", "match", REMITTANCES / "reversal-and-correction.835").exit_code == 1
    assert work(shell, "LO1002") == []


def test_from_a_pipe(shell: Shell) -> None:
    sent(shell, "number-missing.837")
    command = [sys.executable, "-m", "edi", "remittances", "match", "-", "--ledger", shell.url]
    done = subprocess.run(command, input=DENIED.read_bytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.splitlines()[-1] == b"standard input: 1 payment, 1 finding"
