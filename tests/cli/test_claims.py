"""edi claims: link and check, from a shell."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edi.cli.decided import FORMATS
from edi.cli.validate import validate
from edi.errors import LedgerError
from edi.jobs import linking
from edi.ledger import Ledger
from tests.cli.shell import STORY, Shell

CLAIMS = STORY / "claims"
BATCH = CLAIMS / "batch.837"
GOOD = CLAIMS / "number-missing.837"
"""One claim, to which a number belongs."""
WRONG = CLAIMS / "number-wrong.837"
NO_CLAIMS = STORY / "requests" / "approved.278"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.837"


# -- link --------------------------------------------------------------------------------------------------------------------


def test_a_number_is_written_and_told(shell: Shell, out: Path) -> None:
    result = shell("claims", "link", GOOD, "-o", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "claim   verdict  number          amount",
        "LO1001  linked   MLK26090101  $4,200.00",
        "    Authorization MLK26090101: certifies 27447-RT for 2026-09-15 to 2026-12-14.",
        "    MLK26090101 goes on the claim.",
        "",
        "linked  1 claim  $4,200.00",
    ]
    assert b"\nREF*G1*MLK26090101~\n" in out.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with pytest.raises(SystemExit) as ended:
        validate([str(out)])
    assert ended.value.code == 0


def test_several_cores_say_and_write_the_same(shell: Shell, tmp_path: Path) -> None:
    found = []
    for jobs in (1, 2):
        out, report = tmp_path / f"{jobs}.837", tmp_path / f"{jobs}.json"
        shutil.copy(shell.url.removeprefix("sqlite:///"), tmp_path / f"{jobs}.db")
        ledger = ("--ledger", f"sqlite:///{tmp_path / f'{jobs}.db'}")
        result = shell("claims", "link", BATCH, "-o", out, "--jobs", jobs, "--report", report, *ledger)
        assert shell("claims", "link", BATCH, "-o", out, "--jobs", jobs, *ledger).stdout == result.stdout, "told briefly"
        lives = shell.json("authorizations", "show", "MLK26091001", *ledger)
        found.append((result.exit_code, result.stdout, out.read_bytes(), report.read_bytes(), lives))
    assert found[0] == found[1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_person_chooses_of_several_that_fit(jobs: int, shell: Shell, out: Path) -> None:
    result = shell("claims", "link", BATCH, "-o", out, "--jobs", jobs, "--choose", "LO2010=MLK26092502")
    assert "    MLK26092502 was chosen of MLK26091101, MLK26092502." in result.stdout.splitlines()
    assert "ambiguous" not in result.stdout
    assert out.read_bytes().count(b"REF*G1*MLK26092502~") == 1


def test_what_is_chosen_for_nobody_is_told(shell: Shell, out: Path) -> None:
    result = shell("claims", "link", GOOD, "-o", out, "--choose", "LO9=MLK26092502")
    assert (result.exit_code, result.stderr) == (1, "No claim of the file is LO9: see --choose.\n")


@pytest.mark.parametrize("words", [["LO1001"], ["=A"], ["LO1001="], ["LO1001=A", "--choose", "LO1001=B"]])
def test_a_choice_is_a_claim_and_its_number(words: list[str], shell: Shell, out: Path) -> None:
    result = shell("claims", "link", GOOD, "-o", out, "--choose", *words)
    assert (result.exit_code, out.exists()) == (2, False)


def test_what_is_left_to_do_is_1_and_work(shell: Shell, out: Path) -> None:
    before = {item["subject"] for item in shell.json("worklist")["items"]}
    document = shell.json("claims", "link", BATCH, "-o", out, code=1)
    unsettled = [row for row in document["claims"] if row["verdict"] in UNSETTLED]
    assert {row["verdict"] for row in unsettled} == set(UNSETTLED)
    fresh = [item for item in shell.json("worklist")["items"] if item["subject"] not in before]
    assert sorted((item["claim"], item["line"], item["reason"], item["amount"]) for item in fresh) == sorted(
        (row["claim"], row["line"], row["verdict"], row["amount"]) for row in unsettled
    )
    assert {item["kind"] for item in fresh} == {"link"}


UNSETTLED = ("wrong-number", "authorization-denied", "authorization-pending", "units-short", "ambiguous")
"""What the claims of the batch come to where a person is wanted."""


def test_a_row_is_as_documented(shell: Shell, out: Path) -> None:
    document = shell.json("claims", "link", GOOD, "-o", out)
    assert document["claims"] == [
        {
            "claim": "LO1001",
            "transaction": "0001",
            "payer": "MHP01",
            "line": None,
            "verdict": "linked",
            "written": True,
            "authorization": "MLK26090101",
            "previous": None,
            "placement": "2300",
            "reasons": ["Authorization MLK26090101: certifies 27447-RT for 2026-09-15 to 2026-12-14."],
            "candidates": [
                {
                    "authorization": "MLK26090101",
                    "fits": True,
                    "why": "certifies 27447-RT for 2026-09-15 to 2026-12-14",
                    "for": [
                        "payer MHP01",
                        "27447-RT",
                        "certified",
                        "for 2026-09-15 to 2026-12-14",
                        "a certified provider takes part",
                        "place of service 21",
                    ],
                    "against": [],
                }
            ],
            "misfit": None,
            "remaining": {"until": "2026-12-14", "of": "1", "used": "0", "left": "0", "unit": "UN"},
            "notes": [],
            "amount": "4200.00",
            "offset": GOOD.read_bytes().index(b"CLM*"),
            "kind": "authorization",
        }
    ]
    assert document["totals"] == {"linked": {"claims": 1, "amount": "4200.00"}}
    assert (document["version"], document["path"], document["problems"]) == (1, str(GOOD), [])
    assert document["unmapped_payers"] == []


def test_each_dollar_is_in_the_totals_once(shell: Shell, out: Path) -> None:
    totals = shell.json("claims", "link", BATCH, "-o", out, code=1)["totals"]
    charged = re.findall(rb"CLM\*\w+\*(\d+)", BATCH.read_bytes())
    assert sum(float(total["amount"]) for total in totals.values()) == sum(map(float, charged))


def test_a_dash_reads_and_writes(shell: Shell, out: Path) -> None:
    assert shell("claims", "link", GOOD, "-o", out).exit_code == 0
    result = shell("claims", "link", "-", "-o", "-", stdin=GOOD.read_bytes())
    assert (result.exit_code, result.stdout_bytes) == (0, out.read_bytes())
    assert "linked  1 claim  $4,200.00" in result.stderr
    nothing = shell("claims", "link", "-", "-o", "-", stdin=b"")
    assert (nothing.exit_code, nothing.stdout_bytes, nothing.stderr) == (1, b"", "standard input: no claims.\n")


def test_in_and_out_may_be_one_file(shell: Shell, out: Path) -> None:
    out.write_bytes(GOOD.read_bytes())
    assert shell("claims", "link", out, "-o", out).exit_code == 0
    linked = out.read_bytes()
    assert linked != GOOD.read_bytes()
    assert b"REF*G1*MLK26090101~" in linked
    assert shell("claims", "link", out, "-o", out).stdout.startswith("already-linked  1 claim")
    assert out.read_bytes() == linked


def test_a_ledger_that_knows_nothing_changes_nothing(new_shell: Shell, out: Path) -> None:
    for path in sorted(CLAIMS.glob("*.837")):
        assert new_shell("claims", "link", path, "-o", out).exit_code in (0, 1)
        assert out.read_bytes() == path.read_bytes()


def test_what_was_linked_and_sent_is_linked_again_without_a_change(shell: Shell, out: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.837"
    first = shell.json("claims", "link", BATCH, "-o", out, code=1)
    assert shell("ledger", "import", out).exit_code == 0
    second = shell.json("claims", "link", out, "-o", again, code=1)
    assert again.read_bytes() == out.read_bytes()
    assert not any(row["written"] for row in second["claims"])
    assert [row["verdict"] for row in second["claims"]] == [
        "already-linked" if row["verdict"] == "linked" else row["verdict"] for row in first["claims"]
    ]


def test_a_wrong_number_is_replaced_only_on_request(shell: Shell, out: Path) -> None:
    kept = shell("claims", "link", WRONG, "-o", out)
    assert (kept.exit_code, out.read_bytes()) == (1, WRONG.read_bytes())
    assert "MLK26090202 is another patient's; MLK26090101 fits." in kept.stdout
    replaced = shell("claims", "link", WRONG, "-o", out, "--replace")
    assert "MLK26090101 goes on the claim in the place of MLK26090202." in replaced.stdout
    assert out.read_bytes() == WRONG.read_bytes().replace(b"REF*G1*MLK26090202~", b"REF*G1*MLK26090101~")


def test_no_claims_are_copied_and_1(shell: Shell, out: Path) -> None:
    result = shell("claims", "link", NO_CLAIMS, "-o", out)
    assert (result.exit_code, result.stdout) == (1, f"{NO_CLAIMS}: no claims.\n")
    assert out.read_bytes() == NO_CLAIMS.read_bytes()


def test_claims_without_a_guide_are_a_problem(shell: Shell, out: Path, tmp_path: Path) -> None:
    path = tmp_path / "4010.837"
    path.write_bytes(GOOD.read_bytes().replace(b"005010X222A1", b"004010X098A1"))
    result = shell("claims", "link", path, "-o", out)
    assert (result.exit_code, out.read_bytes()) == (1, path.read_bytes())
    assert "claims-without-guide There is no guide for these claims: they are copied as they are." in result.stdout
    (problem,) = shell.json("claims", "check", path, code=1)["problems"]
    assert problem["code"] == "claims-without-guide"


# -- what cannot be done -----------------------------------------------------------------------------------------------------


def test_a_missing_file_is_2_and_a_document(shell: Shell, out: Path) -> None:
    for words in (("claims", "link", "nowhere.837", "-o", out), ("claims", "check", "nowhere.837")):
        result = shell(*words)
        assert (result.exit_code, result.output) == (2, "edi: nowhere.837: No such file or directory.\n")
        assert shell.json(*words, code=2) == {
            "version": 1,
            "error": "nowhere.837: No such file or directory.",
            "path": "nowhere.837",
        }
    assert not out.exists()


@pytest.mark.parametrize(
    ("where", "words"), [("no/out", "No such file"), ("file/out", "Not a directory"), (".", "Is a directory")]
)
def test_a_place_that_takes_no_file_is_2_and_makes_no_work(where: str, words: str, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before, there = shell("worklist").stdout, sorted(tmp_path.iterdir())
    result = shell("claims", "link", BATCH, "-o", tmp_path / where)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(rf"edi: {tmp_path}.*: {words}.*\.\n", result.stderr)
    assert sorted(tmp_path.iterdir()) == there
    assert shell("worklist").stdout == before


def test_a_ledger_that_cannot_be_opened_is_2(out: Path, tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path}")
    assert shell("claims", "link", GOOD, "-o", out).exit_code == 2
    document = shell.json("claims", "check", GOOD, code=2)
    assert document["error"] == f"The ledger sqlite:///{tmp_path} cannot be opened: Is a directory."
    assert not out.exists()


def test_what_the_ledger_does_not_note_is_not_written(shell: Shell, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise LedgerError("The ledger has no room left on its disk.")

    monkeypatch.setattr(Ledger, "note", full)
    result = shell("claims", "link", GOOD, "-o", out)
    assert (result.exit_code, result.stderr) == (2, "edi: The ledger has no room left on its disk.\n")
    assert not out.exists()


def test_claims_and_json_do_not_share_standard_output(shell: Shell) -> None:
    result = shell("claims", "link", GOOD, "-o", "-", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout).keys()) == (2, {"version", "error", "path"})
    assert "use --report FILE.json" in result.stderr


def test_an_output_is_required(shell: Shell) -> None:
    assert shell("claims", "link", GOOD).exit_code == 2


# -- the report --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "form"), [("report.json", "json"), ("report", "text"), ("report.txt", "text")])
def test_the_report_says_what_standard_output_says(name: str, form: str, shell: Shell, out: Path, tmp_path: Path) -> None:
    report = tmp_path / name
    result = shell("claims", "link", BATCH, "-o", out, "--report", report, "--format", form)
    assert report.read_text() == result.stdout
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    checked = shell("claims", "check", BATCH, "--report", report, "--format", form)
    assert report.read_text() == checked.stdout


def test_with_the_claims_on_standard_output_the_report_may_be_json(shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = shell("claims", "link", GOOD, "-o", "-", "--report", report)
    assert result.stdout_bytes.startswith(b"ISA")
    assert json.loads(report.read_text())["totals"] == {"linked": {"claims": 1, "amount": "4200.00"}}


@pytest.mark.parametrize("report", ["in.837", "out.837", "./out.837", "-"])
def test_the_report_takes_no_other_file_s_place(
    report: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.837").write_bytes(GOOD.read_bytes())
    Path("out.837").write_bytes(b"before")
    result = shell("claims", "link", "in.837", "-o", "out.837", "--report", report)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr
    assert (Path("in.837").read_bytes(), Path("out.837").read_bytes()) == (GOOD.read_bytes(), b"before")
    assert not Path("-").exists()


def test_check_does_not_write_over_what_it_checks(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "in.837"
    path.write_bytes(GOOD.read_bytes())
    assert shell("claims", "check", path, "--report", path).exit_code == 2
    assert path.read_bytes() == GOOD.read_bytes()


def test_a_report_that_cannot_be_written_leaves_the_claims_unwritten(shell: Shell, out: Path, tmp_path: Path) -> None:
    report = tmp_path / "no" / "report.json"
    for words in (("claims", "link", GOOD, "-o", out), ("claims", "check", GOOD)):
        result = shell(*words, "--report", report)
        assert (result.exit_code, result.output) == (2, f"edi: {report}: No such file or directory.\n")
    assert not out.exists()


# -- check -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--all",), ("--expiring", "60d", "--today", "2026-11-20")], ids=["", "all", "expiring"])
def test_several_cores_find_the_same(words: tuple[str, ...], shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "SIZE", 1_500)  # parts of two or three claims
    shell("claims", "link", GOOD, "-o", os.devnull)  # one of the claims has its units already
    before = shell.json("authorizations", "list", "--limit", "all")
    for form in FORMATS:
        one, two = (shell("claims", "check", BATCH, *words, "--format", form, "--jobs", jobs) for jobs in (1, 2))
        assert (one.exit_code, one.output) == (two.exit_code, two.output)
        assert one.stdout
    assert shell.json("authorizations", "list", "--limit", "all") == before


def test_one_core_checks_while_somebody_writes(shell: Shell) -> None:
    with Ledger(shell.url) as other, other.control_number(("ZZ", "A"), ("ZZ", "B")):
        assert shell("claims", "check", GOOD).exit_code == 0


def test_work_found_by_several_cores_is_kept(shell: Shell) -> None:
    found = [shell("claims", "check", BATCH, "--jobs", 2).stdout, shell("claims", "check", BATCH, "--jobs", 2, "--work").stdout]
    assert found[0] == found[1]
    subjects = {item["claim"] for item in shell.json("worklist")["items"]}
    rows = shell.json("claims", "check", BATCH, code=1)["claims"]
    assert {row["claim"] for row in rows if row["verdict"] in UNSETTLED} <= subjects


def test_check_says_what_link_would_and_keeps_nothing(shell: Shell, out: Path) -> None:
    status, work = shell.json("ledger", "status"), shell.json("worklist")
    checked = shell.json("claims", "check", BATCH, code=1)
    assert shell("claims", "check", GOOD).exit_code == 0
    assert (shell.json("ledger", "status"), shell.json("worklist")) == (status, work)
    assert shell.json("claims", "link", BATCH, "-o", out, code=1) == checked


def test_a_pipe_is_read_as_a_file_is(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", GOOD, pipe]):
        assert shell("claims", "check", pipe).stdout == shell("claims", "check", GOOD).stdout


def test_a_file_s_name_does_nothing_to_a_terminal(shell: Shell, tmp_path: Path) -> None:
    path, report = os.fsdecode(bytes(tmp_path) + b"/n\xff\x1b[2J.278"), tmp_path / "report.txt"
    Path(path).write_bytes(NO_CLAIMS.read_bytes())
    result = shell("claims", "check", path, "--report", report)
    assert result.exit_code == 1
    assert report.read_text() == result.stdout
    assert result.stdout.endswith("\\xdcff\\x1b[2J.278: no claims.\n")
    missing = shell("claims", "check", path + "x")
    assert missing.stderr.endswith("\\xdcff\\x1b[2J.278x: No such file or directory.\n")


# -- the program itself ------------------------------------------------------------------------------------------------------


def test_from_one_pipe_to_another(shell: Shell, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edi", "claims", "link", "-", "-o", "-", "--ledger", shell.url]
    done = subprocess.run(command, input=GOOD.read_bytes(), capture_output=True, check=False)
    assert (done.returncode, done.stdout.count(b"REF*G1*MLK26090101~")) == (0, 1)
    assert b"linked  1 claim  $4,200.00" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_fault(closed: str, shell: Shell) -> None:
    command = f'"$0" -m edi claims check "$1" --ledger "$2" {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable, GOOD, shell.url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_standard_input_is_empty(shell: Shell) -> None:
    command = '"$0" -m edi claims check - --ledger "$1" <&-'
    done = subprocess.run(["sh", "-c", command, sys.executable, shell.url], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"standard input: no claims.\n", b"")
