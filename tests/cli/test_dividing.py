"""edi claims split, from a shell."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from edi.guides.validation import validate
from tests.cli.shell import Shell
from tests.linkage.test_splitting import HOSPITAL, KNEE, SAME_DAY, SHOULDER, file

TOLD = (
    "--payer MAPLE1 --member W1000001 --last-name QUILL --first-name NORA --birth-date 1981-04-05 --channel phone "
    "--date 2025-11-20 --start 2025-12-01 --end 2025-12-31"
).split()


@pytest.fixture
def told(new_shell: Shell) -> Shell:
    """`edi` with a ledger that knows the two authorizations."""
    for number, code in (("K-1", KNEE), ("S-2", SHOULDER)):
        kept = new_shell("authorizations", "add", "--number", number, "--procedure", code[3:], *TOLD)
        assert kept.exit_code == 0, kept.output
    return new_shell


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    path = tmp_path / "bill.837"
    path.write_bytes(file(HOSPITAL, "institutional"))
    return path


def test_a_bill_is_divided_and_told(told: Shell, bill: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    assert told("claims", "check", bill).exit_code == 1
    result = told("claims", "split", bill, "-o", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "H1: divided into 2 claims",
        "    H1-A  K-1  line 1     $100.25",
        "    H1-B  S-2  line 2, 3  $210.50",
        f"{bill}: 1 claim divided into 2, 0 not divided",
    ]
    assert re.findall(rb"CLM\*[^*]+\*[^*]+", out.read_bytes()) == [b"CLM*H1-A*100.25", b"CLM*H1-B*210.5"]
    assert validate(out).problems == ()
    assert told.json("claims", "check", out)["totals"] == {"already-linked": {"claims": 2, "amount": "310.75"}}
    assert told("claims", "split", out, "-o", out).stdout == f"{out}: nothing to divide.\n"


def test_the_report(told: Shell, bill: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    document = told.json("claims", "split", bill, "-o", tmp_path / "out.837", "--report", report)
    assert json.loads(report.read_text()) == document
    assert document == {
        "version": 1,
        "claims": [
            {
                "claim": "H1",
                "transaction": "0001",
                "payer": "MAPLE1",
                "divided": True,
                "parts": [
                    {"claim": "H1-A", "authorization": "K-1", "lines": ["1"], "amount": "100.25"},
                    {"claim": "H1-B", "authorization": "S-2", "lines": ["2", "3"], "amount": "210.50"},
                ],
                "reasons": [],
                "amount": "310.75",
                "offset": bill.read_bytes().index(b"CLM*"),
            }
        ],
        "path": str(bill),
        "problems": [],
    }


def test_what_is_not_divided_is_copied_with_its_reasons_and_1(told: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "day.837", tmp_path / "out.837"
    path.write_bytes(file(SAME_DAY, "institutional"))
    result = told("claims", "split", path, "-o", out)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "H1: not divided",
        "    An outpatient bill has all services of one day.",
        f"{path}: 0 claims divided into 0, 1 not divided",
    ]
    assert out.read_bytes() == path.read_bytes()


def test_what_a_divided_claim_had_reserved_is_its_parts(new_shell: Shell, tmp_path: Path) -> None:
    """One of each is certified; the bill carries the first number, which linking reserves for it."""
    for number, code in (("K-1", KNEE), ("S-2", SHOULDER)):
        new_shell("authorizations", "add", "--number", number, "--procedure", code[3:], "--units", "1", *TOLD)
    path, out, sent = (tmp_path / f"{name}.837" for name in ("held", "out", "sent"))
    path.write_bytes(file(HOSPITAL.replace("REF*D9", "REF*G1*K-1~REF*D9"), "institutional"))
    assert new_shell.json("claims", "link", path, "-o", sent, code=1)["totals"].keys() >= {"already-linked", "split-needed"}
    assert new_shell("claims", "split", path, "-o", out).exit_code == 0
    linked = new_shell.json("claims", "link", out, "-o", sent)
    assert [(row["claim"], row["verdict"]) for row in linked["claims"]] == [
        ("H1-A", "already-linked"),
        ("H1-B", "already-linked"),
    ]
    again = tmp_path / "again.837"
    again.write_bytes(path.read_bytes().replace(b"CLM*H1*", b"CLM*H7*"))
    assert new_shell.json("claims", "check", again, code=1)["totals"].keys() >= {"units-used-up"}


def test_a_dash_reads_and_writes(told: Shell, bill: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    told("claims", "split", bill, "-o", out)
    result = told("claims", "split", "-", "-o", "-", stdin=bill.read_bytes())
    assert (result.exit_code, result.stdout_bytes) == (0, out.read_bytes())
    assert "standard input: 1 claim divided into 2" in result.stderr
    assert told("claims", "split", bill, "-o", "-", "--format", "json").exit_code == 2
    assert told("claims", "split", bill, "-o", out, "--report", bill).exit_code == 2
    assert told("claims", "split", tmp_path / "none.837", "-o", out).exit_code == 2


def test_a_ledger_that_knows_nothing_divides_nothing(new_shell: Shell, bill: Path, tmp_path: Path) -> None:
    result = new_shell("claims", "split", bill, "-o", tmp_path / "out.837")
    assert (result.exit_code, result.stdout) == (0, f"{bill}: nothing to divide.\n")
    assert (tmp_path / "out.837").read_bytes() == bill.read_bytes()


def test_what_cannot_be_read_is_told(told: Shell, bill: Path, tmp_path: Path) -> None:
    cut, out = tmp_path / "cut.837", tmp_path / "out.837"
    whole = bill.read_bytes()
    cut.write_bytes(whole[: whole.index(b"SE*")])
    result = told("claims", "split", cut, "-o", out)
    assert result.exit_code == 1
    assert "cut-off" in result.stdout and "H1: divided into 2 claims" in result.stdout
    assert [problem["code"] for problem in told.json("claims", "split", cut, "-o", out, code=1)["problems"]] == ["cut-off"]


def test_a_file_without_claims_is_no_file_that_is_whole(told: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty.837"
    empty.write_bytes(b"")
    result = told("claims", "split", empty, "-o", tmp_path / "out.837")
    assert (result.exit_code, result.stdout) == (1, f"{empty}: no claims.\n")
