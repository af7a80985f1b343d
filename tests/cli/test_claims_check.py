"""edi claims check: what is at risk, for a person, a program, a spreadsheet, a browser and a gate."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell
from tests.reports.test_html import Page

CLAIMS = STORY / "claims"
BATCH = CLAIMS / "batch.837"
GOOD = CLAIMS / "number-missing.837"
LATE = CLAIMS / "date-after.837"
NO_CLAIMS = STORY / "requests" / "approved.278"


def amounts(lines: str) -> list[float]:
    """The amounts of the work list, as they come."""
    return [float(found.replace(",", "")) for found in re.findall(r"^ *\$([\d,.]+)  \S", lines, re.MULTILINE)]


# -- by money ----------------------------------------------------------------------------------------------------------------


def test_of_a_file_that_is_cut_off_it_is_said_where_nothing_is_written(shell: Shell, tmp_path: Path) -> None:
    cut = tmp_path / "cut.837"
    cut.write_bytes((STORY / "claims" / "number-missing.837").read_bytes().partition(b"SE*")[0])
    result = shell("claims", "check", cut)
    assert result.exit_code == 1
    assert " cut-off The file does not end with its IEA: it was cut off. What stood behind is not known." in result.stdout
    assert "written" not in result.stdout


def test_the_work_comes_by_money_at_risk(shell: Shell) -> None:
    result = shell("claims", "check", BATCH)
    found = amounts(result.stdout)
    assert found == sorted(found, reverse=True)
    document = shell.json("claims", "check", BATCH, code=1)
    settled = ("linked", "already-linked", "not-required", "requirement-unknown", "not-applicable")
    assert sorted(found) == sorted(float(row["amount"]) for row in document["claims"] if row["verdict"] not in settled)
    assert result.stdout.splitlines()[-1] == f"At risk: ${sum(found):,.2f} of $32,556.00, 6 of 15 claims."


def test_a_date_is_told_by_its_days(shell: Shell) -> None:
    (row,) = shell.json("claims", "check", LATE, code=1)["claims"]
    assert (row["verdict"], row["misfit"]["days"], row["misfit"]["certified"][1]) == ("after-period", 2, "2026-12-14")
    assert re.search(r"after-period +\S+ +2 days$", shell("claims", "check", LATE).stdout, re.MULTILINE)


# -- formats -----------------------------------------------------------------------------------------------------------------


def test_a_spreadsheet(shell: Shell) -> None:
    result = shell("claims", "check", BATCH, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    risky = [float(row["amount"]) for row in rows if row["at_risk"] == "yes"]
    assert risky == sorted(risky, reverse=True)
    assert len(rows) == len(shell.json("claims", "check", BATCH, code=1)["claims"])
    assert result.exit_code == 1


def test_a_page(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    result = shell("claims", "check", BATCH, "--format", "html", "-o", out)
    assert (result.exit_code, result.output) == (1, "")
    text = out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    page = Page(text)
    assert (page.tags.count("svg"), page.tags.count("article")) == (1, 6)
    for name in ("BRAMBLE", "THISTLE"):  # patients of the story
        assert name in BATCH.read_text()
        assert name not in text


@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_a_file_says_what_standard_output_says(form: str, shell: Shell, tmp_path: Path) -> None:
    out, report = tmp_path / "out", tmp_path / f"report.{'txt' if form == 'text' else form}"
    said = shell("claims", "check", BATCH, "--format", form)
    assert shell("claims", "check", BATCH, "--format", form, "-o", out).output == ""
    assert shell("claims", "check", BATCH, "--report", report).stdout.startswith("   amount")
    assert out.read_text() == report.read_text() == said.stdout


@pytest.mark.parametrize("ending", ["csv", "html", "HTM"])
def test_link_reports_in_the_same_forms(ending: str, shell: Shell, tmp_path: Path) -> None:
    out, report = tmp_path / "out.837", tmp_path / f"report.{ending}"
    assert shell("claims", "link", BATCH, "-o", out, "--report", report).exit_code == 1
    form = "csv" if ending == "csv" else "html"
    assert report.read_text() == shell("claims", "check", BATCH, "--format", form).stdout


def test_what_cannot_be_read_is_on_the_page_too(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "4010.837"
    path.write_bytes(GOOD.read_bytes().replace(b"005010X222A1", b"004010X098A1"))
    result = shell("claims", "check", path, "--format", "html")
    assert "There is no guide for these claims" in result.stdout
    Page(result.stdout)


def test_the_claims_are_not_written_over(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.837").write_bytes(GOOD.read_bytes())
    for words in (("-o", "./in.837"), ("-o", "page", "--report", "./page"), ("--report", "in.837")):
        result = shell("claims", "check", "in.837", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Usage:" in result.stderr
    assert [path.name for path in tmp_path.glob("*.837")] == ["in.837"]
    assert Path("in.837").read_bytes() == GOOD.read_bytes()


# -- the gate ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ("ambiguous", 1),
        ("missing, ambiguous", 1),
        ("missing", 0),
        ("missing,units-used-up", 0),
        ("requirement-unknown", 1),  # of the first five, which are no finding else
        ("", 0),
    ],
)
def test_the_verdicts_that_fail_are_chosen(verdicts: str, code: int, shell: Shell, tmp_path: Path) -> None:
    assert shell("claims", "check", BATCH, "--fail-on", verdicts).exit_code == code
    assert shell("claims", "link", BATCH, "-o", tmp_path / "out.837", "--fail-on", verdicts).exit_code == code


def test_what_cannot_be_decided_fails_in_any_case(shell: Shell, tmp_path: Path) -> None:
    cut = tmp_path / "cut.837"
    cut.write_bytes(GOOD.read_bytes()[:-20])
    for path in (NO_CLAIMS, cut):
        assert shell("claims", "check", path, "--fail-on", "missing").exit_code == 1


def test_a_verdict_that_does_not_exist_is_2(shell: Shell) -> None:
    result = shell("claims", "check", BATCH, "--fail-on", "missing,denied")
    assert result.exit_code == 2
    assert "'denied' is no verdict. There are linked, already-linked," in result.stderr


# -- what runs out -----------------------------------------------------------------------------------------------------------


def test_what_runs_out_is_a_note_and_no_other_verdict(shell: Shell) -> None:
    words = ("claims", "check", GOOD, "--expiring", "14d", "--today")
    document = shell.json(*words, "2026-12-04")
    assert document["claims"][0]["notes"] == ["MLK26090101 ends on 2026-12-14, in 10 days."]
    assert document["claims"][0]["verdict"] == "linked"
    assert "Running out\n    LO1001: MLK26090101 ends on 2026-12-14, in 10 days.\n" in shell(*words, "2026-12-04").stdout
    assert "Running out" not in shell(*words, "2026-11-29").stdout
    assert "Running out" not in shell("claims", "check", GOOD).stdout
    assert shell("claims", "check", GOOD, "--expiring", "soon").exit_code == 2


# -- progress ----------------------------------------------------------------------------------------------------------------


def test_progress_is_told_at_a_terminal_and_nowhere_else(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.cli.progress.EVERY", 0)
    assert shell("claims", "check", BATCH).stderr == ""
    monkeypatch.setattr("edi.cli.progress.at_a_terminal", lambda: True)
    told = shell("claims", "check", BATCH)
    assert f"\redi: {BATCH}: 15 claims decided" in told.stderr
    assert told.stderr.endswith("\r\x1b[K") or told.stderr.endswith("\r")  # the line is cleared
    assert json.loads(shell("claims", "check", BATCH, "--format", "json").stdout)["version"] == 1


# -- work --------------------------------------------------------------------------------------------------------------------


def link_work(shell: Shell, *more: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = shell.json("worklist", "--kind", "link", *more)["items"]
    return items


def test_nothing_is_kept_unless_asked(shell: Shell) -> None:
    shell("claims", "check", BATCH)
    assert link_work(shell) == []


def test_what_is_at_risk_is_work_once_when_asked(shell: Shell) -> None:
    for _ in range(2):
        assert shell("claims", "check", BATCH, "--work").exit_code == 1
    found = shell.json("claims", "check", BATCH, code=1)
    settled = ("linked", "already-linked", "not-required", "requirement-unknown", "not-applicable")
    wanted = sorted((row["claim"], row["line"] or "") for row in found["claims"] if row["verdict"] not in settled)
    items = link_work(shell)
    assert sorted((str(item["claim"]), item["line"] or "") for item in items) == wanted
    assert all(item["state"] == "open" and item["action"] for item in items)


def test_the_check_that_finds_no_fault_closes_it(shell: Shell) -> None:
    right = CLAIMS / "number-right.837"
    wrong = right.read_bytes().replace(b"REF*G1*MLK26090101", b"REF*G1*MLK26090202")
    assert shell("claims", "check", "-", "--work", stdin=wrong).exit_code == 1
    (item,) = link_work(shell)
    assert (item["claim"], item["reason"]) == ("LO1002", "wrong-number")
    assert shell("claims", "check", right, "--work").exit_code == 0
    assert link_work(shell) == []
    shown = shell("worklist", "show", item["item"]).stdout
    assert "The claim was checked, and this is left to do." in shown
    assert "The claim was checked: already-linked, MLK26090101." in shown


def test_what_the_check_kept_the_link_closes(shell: Shell, tmp_path: Path) -> None:
    """The payer's rules have a time of grace, and the check was not told of them."""
    shell("claims", "check", LATE, "--work")
    (item,) = link_work(shell)
    assert item["reason"] == "after-period"
    rules = STORY / "requirements" / "meadowlark-matching.rules"
    assert shell("claims", "link", LATE, "--rules", rules, "-o", tmp_path / "out.837").exit_code == 0
    assert link_work(shell) == []
