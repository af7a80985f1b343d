"""edi-validate: how it tells what it found, where to, and to whom."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.claims import write_claims
from edi.cli import main
from edi.cli.validate import validate

FORMATS = ("text", "json", "jsonl", "sarif", "html")


def run(*arguments: object, stdin: bytes = b"", **environment: str) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(validate, words, input=io.BytesIO(stdin), env=environment)


# -- formats and files ---------------------------------------------------------------------------------------------------


def test_json_lines_have_what_json_has(bad: Path, good: Path) -> None:
    files = json.loads(run("--format", "json", "--key", "k", bad, "nowhere", good).stdout)["files"]
    result = run("--format", "jsonl", "--key", "k", bad, "nowhere", good)
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    for file in files:
        own = [line for line in lines if line["path"] == file["path"]]
        extra = {"version": 1, "path": file["path"]}
        assert [line for line in own if line["type"] == "problem"] == [
            extra | {"type": "problem"} | problem for problem in file["problems"]
        ]
        assert [line for line in own if line["type"] == "transaction"] == [
            extra | {"type": "transaction"} | transaction for transaction in file["transactions"]
        ]
        assert own[-1]["type"] == "file"
        counts = {key: len(file[key]) for key in ("problems", "transactions")}
        assert own[-1] == {**extra, "type": "file", **file, **counts}


def test_sarif_names_files_as_a_repository_does(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bad.parent)
    results = []
    for name in (bad.name, bad, "./bad.837"):
        (run_of_it,) = json.loads(run("--format", "sarif", "--key", "k", name).stdout)["runs"]
        results.append(run_of_it["results"])
    assert results[0] and results[0] == results[1] == results[2]
    place = results[0][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "bad.837"}
    assert place["region"]["startLine"] >= 1


def test_sarif_is_bounded_and_says_what_it_left_out(bad: Path) -> None:
    (log,) = json.loads(run("--format", "sarif", "--max-problems", "2", bad, "nowhere").stdout)["runs"]
    assert len(log["results"]) == 2
    notices = log["invocations"][0]["toolExecutionNotifications"]
    assert "more problems are not told" in notices[0]["message"]["text"]
    assert notices[1]["message"]["text"] == "nowhere: No such file or directory."
    assert log["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_can_go_to_a_file(form: str, bad: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    result = run("--format", form, "--key", "k", "-o", out, bad)
    assert (result.exit_code, result.stdout) == (1, "")
    assert out.read_text() == run("--format", form, "--key", "k", bad).stdout
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_report_that_cannot_be_written_is_2(bad: Path, tmp_path: Path) -> None:
    result = run("-o", tmp_path / "nowhere" / "report", bad)
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_a_report_that_breaks_leaves_the_one_before(bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report"
    out.write_text("before")
    monkeypatch.setattr("edi.reports.text.TextReport.end", lambda *_: 1 / 0)
    monkeypatch.setattr("edi.reports.text.TextReport.failed", lambda *_: 1 / 0)
    assert run("-o", out, bad).exit_code == 2
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.837", "report"]


# -- colours, width ------------------------------------------------------------------------------------------------------


def test_colours_are_for_terminals_or_asked_for(bad: Path, tmp_path: Path) -> None:
    assert "\x1b" not in run(bad).stdout
    assert "\x1b[31m" in run("--color", "always", bad).stdout
    assert "\x1b[31m" in run(bad, FORCE_COLOR="1").stdout
    assert "\x1b" not in run(bad, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in run("--color", "never", bad, FORCE_COLOR="1").stdout
    plain = re.sub(r"\x1b\[\d+m", "", run("--color", "always", "--key", "k", bad).stdout)
    assert plain == run("--key", "k", bad).stdout


def at_a_terminal(*arguments: object, columns: int = 70, **environment: str) -> str:
    """What the command shows at a terminal of so many columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edi", "validate", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": str(columns), "EDI_KEY": "k", "TERM": "xterm", **environment}
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                more = os.read(ours, 1 << 16)
            except OSError:  # Linux says so when the other side has closed
                break
            if not more:
                break
            shown += more
        process.communicate()
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_has_colours_and_lines_of_its_width(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bad.parent)
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = at_a_terminal(bad.name)
    assert "\x1b[31m" in shown
    plain = re.sub(r"\x1b\[\d+m", "", shown)
    assert max(map(len, plain.splitlines())) <= 70
    assert plain.replace("\n    ", " ") == run("--key", "k", bad.name).stdout
    assert "\x1b" not in at_a_terminal(bad.name, NO_COLOR="1")
    assert "\x1b" not in at_a_terminal(bad.name, TERM="dumb")


# -- explanations --------------------------------------------------------------------------------------------------------


def test_each_code_is_explained_once(bad: Path) -> None:
    text = run("--explain", bad).stdout
    codes = set(re.findall(r"^.*?:\d+: (\S+) ", text, re.MULTILINE))
    assert text.count("    why: ") == text.count("    how to mend it: ") == len(codes) > 1
    assert "why:" not in run(bad).stdout


def test_codes_are_explained_by_name() -> None:
    result = run("explain", "element-date", "hl-child")
    assert result.exit_code == 0
    assert result.stdout.startswith("element-date, level 2\n  finds    A date does not exist")
    assert "\n\nhl-child, level 2\n" in result.stdout
    assert CliRunner().invoke(main, ["validate", "explain", "element-date", "hl-child"]).stdout == result.stdout
    unknown = run("explain", "element-dat")
    assert (unknown.exit_code, unknown.stderr) == (2, "edi: There is no problem 'element-dat'; did you mean element-date?\n")
    assert run("explain").exit_code == 2


# -- tokens --------------------------------------------------------------------------------------------------------------


def tokens(*arguments: object, **environment: str) -> list[str]:
    return re.findall(r"not shown: (\[\w+ [0-9a-f]{8}\])", run(*arguments, **environment).stdout)


def test_the_same_value_has_the_same_token_within_a_run(tmp_path: Path) -> None:
    path = tmp_path / "dates.837"
    write_claims(path, claims=6, seed=5)
    dates = iter(["20260231", "20260232", "20260231"])
    path.write_text(re.sub(r"(?<=DTP\*472\*D8\*)\d{8}", lambda found: next(dates, found[0]), path.read_text()))
    first, second, third = tokens(path)
    assert first == third != second
    assert set(tokens(path)).isdisjoint((first, second))


def test_a_key_makes_tokens_last(bad: Path) -> None:
    kept = tokens("--key", "one", bad)
    assert kept and kept == tokens(bad, EDI_KEY="one")
    assert kept != tokens("--key", "two", bad)
    problems = json.loads(run("--format", "json", "--key", "one", bad).stdout)["files"][0]["problems"]
    assert [problem["token"] for problem in problems if "token" in problem] == kept
    assert all(problem["value"] is None for problem in problems if "token" in problem)
    assert tokens("--values", bad) == []
