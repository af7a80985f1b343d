"""edi-validate: files in, exit code and report out."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bench.claims import write_claims
from edi.cli.validate import validate

ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~"


@pytest.fixture
def warned(good: Path, tmp_path: Path) -> Path:
    """A file with a warning, and no error: blanks at the end of an element."""
    path = tmp_path / "warned.837"
    path.write_bytes(good.read_bytes().replace(b"NM1*40*2*CLEARING HOUSE*", b"NM1*40*2*CLEARING HOUSE *"))
    return path


def run(*arguments: object, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(validate, [str(argument) for argument in arguments], input=io.BytesIO(stdin))


def document(result: Result) -> list[dict[str, Any]]:
    parsed = json.loads(result.stdout)
    assert parsed["version"] == 1
    files: list[dict[str, Any]] = parsed["files"]
    return files


def test_a_valid_file_is_0_and_one_line(good: Path) -> None:
    result = run(good)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{good}: valid: 1 transaction, ")
    assert result.stdout.count("\n") == 1


def test_problems_are_1(bad: Path) -> None:
    result = run(bad)
    assert result.exit_code == 1
    assert f"{bad}: not valid: " in result.stdout.splitlines()[-1]


def test_warnings_are_0_unless_asked_for(warned: Path) -> None:
    result = run(warned)
    assert (result.exit_code, "warning: " in result.stdout, ": valid: 1 warning, " in result.stdout) == (0, True, True)
    assert run("--fail-on", "warning", warned).exit_code == 1
    assert document(run("--format", "json", warned))[0]["valid"] is True


def test_a_missing_file_is_2_and_the_others_are_judged(good: Path, bad: Path) -> None:
    result = run("nowhere.837", bad, good)
    assert result.exit_code == 2
    assert result.stderr == "edi: nowhere.837: No such file or directory.\n"
    assert f"{bad}: not valid" in result.stdout
    assert f"{good}: valid" in result.stdout


def test_json_has_an_entry_for_each_path(good: Path, bad: Path, tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("Dear payer,")
    result = run("--format", "json", good, "nowhere.837", other, bad, tmp_path)
    files = document(result)
    assert result.exit_code == 2
    assert [file["path"] for file in files] == [str(good), "nowhere.837", str(other), str(bad), str(tmp_path)]
    assert [file["valid"] for file in files] == [True, False, False, False, False]
    assert ["error" in file for file in files] == [False, True, False, False, True]
    assert files[0]["transactions"][0]["guide"] == "005010X222A1"
    assert files[2]["problems"][0]["code"] == "isa-missing"
    assert files[3]["problems"]


@pytest.mark.parametrize("content", [b"", b" \r\n", b"ISA", b"\x00\xff" * 50, b"ISA*00*          *00*"])
def test_what_is_not_x12_is_a_problem_and_never_a_traceback(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    for result in (run(path), run("--format", "json", path), run("-", stdin=content)):
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)


def test_standard_input_is_a_dash(bad: Path) -> None:
    result = run("-", stdin=bad.read_bytes())
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("standard input: not valid: ")
    assert document(run("--format", "json", "-", stdin=bad.read_bytes()))[0]["path"] == "-"


def test_text_and_json_say_the_same(bad: Path) -> None:
    problems = document(run("--format", "json", bad))[0]["problems"]
    lines = [line for line in run(bad).stdout.splitlines() if line.startswith(f"{bad}:")]
    told = [line for line in lines if not line.startswith(f"{bad}: ")]
    assert len(told) == len(problems)
    for line, problem in zip(told, problems, strict=True):
        assert line.startswith(f"{bad}:{problem['position']}: {problem['code']} ")
        assert f"(999: {problem['x12']['999']})" in line


def test_the_most_that_is_shown_does_not_change_what_is_counted(bad: Path) -> None:
    everything = document(run("--format", "json", bad))[0]
    some = document(run("--format", "json", "--max-problems", "2", bad))[0]
    assert len(some["problems"]) == 2
    assert some["left_out"] == len(everything["problems"]) - 2
    assert some["valid"] is False
    assert sum(some["left_out_codes"].values()) == some["left_out"]
    assert some["left_out_codes"] == Counter(problem["code"] for problem in everything["problems"][2:])
    assert "more not shown" in run("--max-problems", "2", bad).stdout
    none = run("--max-problems", "0", bad)
    assert none.exit_code == 1
    assert [line.split(": ")[1] for line in none.stdout.splitlines()] == [
        f"{len(everything['problems'])} more not shown",
        "not valid",
    ]


def test_ten_thousand_problems_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "strays.edi"
    claim = b"REF*G1*\x01~"
    path.write_bytes(
        ISA + b"GS*HC*A0*B0*20260301*1200*1*X*005010X999~ST*837*0001~" + claim * 12_000 + b"SE*12002*0001~GE*1*1~IEA*1*1~"
    )
    shown = document(run("--format", "json", path))[0]
    assert (len(shown["problems"]), shown["left_out"]) == (10_000, 2_003)
    assert shown["left_out_codes"] == {"element-character": 2001, "element-short": 1, "iea-control": 1}
    assert f"{path}: 2,003 more not shown: 2,001 element-character, 1 element-short, 1 iea-control\n" in run(path).stdout
    every = document(run("--format", "json", "--max-problems", "all", path))[0]
    assert (len(every["problems"]), "left_out" in every, "left_out_codes" in every) == (12_003, False, False)


@pytest.mark.parametrize("most", ["-1", "1.5", "none", "", "\u0663"])
def test_the_most_that_is_shown_is_a_number_or_all(most: str, bad: Path) -> None:
    result = run("--max-problems", most, bad)
    assert result.exit_code == 2
    assert "is neither a number nor the word all" in result.stderr


@pytest.mark.parametrize("level", ["1", "7"])
def test_letters_in_utf_8_are_a_warning_and_shown_as_letters(good: Path, tmp_path: Path, level: str) -> None:
    """Of bytes that are no letters, and of those of ISO 8859-1, it is said what was said before."""
    path = tmp_path / "name.837"
    cases = (
        ("MU\u00d1OZ", "utf-8"),
        ("Pe\u00f1a", "utf-8"),
        ("MU\u00d1OZ", "latin-1"),
        ("O\u2019HARA", "utf-8"),
        ("A\u0091B", "latin-1"),
    )
    told = []
    before, after = re.split(rb"(?<=NM1\*IL\*1\*)[^*]*", good.read_bytes(), maxsplit=1)
    for name, encoding in cases:
        path.write_bytes(before + name.encode(encoding) + after)
        shown = document(run("--format", "json", "--values", "--level", level, path))[0]
        told.append([(p["code"], p["severity"], p["value"], p["x12"]) for p in shown["problems"]])
        if told[-1] and told[-1][0][1] == "warning":
            assert f'(bytes {"C3 91" if name.isupper() else "C3 B1"}); found "{name}"' in run("--values", path).stdout
    refused = {"999": "IK304=8 IK403=6"}
    assert told == [
        [("element-encoding", "warning", "MU\u00d1OZ", {})],
        [("element-encoding", "warning", "Pe\u00f1a", {})],
        [],
        [("element-character", "error", "O\u00e2\x80\x99HARA", refused)],
        [("element-character", "error", "A\x91B", refused)],
    ]


def test_a_lower_level_judges_less(bad: Path) -> None:
    assert run("--level", "1", bad).exit_code == 0
    assert run("--level", "2", bad).exit_code == 1
    assert run("--level", "8", bad).exit_code == 2


def test_phi_is_shown_only_on_request(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.837"
    name = "QUIDDLE" * 10
    text = good.read_text()
    start = text.index("NM1*IL*1*") + len("NM1*IL*1*")
    path.write_text(text[:start] + name + text[text.index("*", start) :])
    for form in ("text", "json"):
        hidden, shown = run("--format", form, path), run("--format", form, "--values", path)
        assert hidden.exit_code == shown.exit_code == 1
        assert "element-long" in hidden.stdout
        assert "QUIDDLE" not in hidden.stdout
        assert "QUIDDLE" in shown.stdout


def test_a_fault_in_one_file_leaves_json_whole(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import edi.guides.validation

    judge = edi.guides.validation.judge

    def broken(source: Any, *rest: Any, **more: Any) -> None:
        judge(source, *rest, **more)
        if source == "-":
            raise KeyError("SMITH")

    monkeypatch.setattr(edi.guides.validation, "judge", broken)
    result = run("--format", "json", "-", good, stdin=good.read_bytes())
    assert result.exit_code == 2
    assert [file["valid"] for file in document(result)] == [False, True]
    assert "KeyError" in document(result)[0]["error"]
    assert "SMITH" not in result.output


def test_the_script_itself(good: Path, bad: Path) -> None:
    command = [sys.executable, "-c", "from edi.cli.validate import validate; validate()"]
    assert subprocess.run([*command, good], capture_output=True, check=False).returncode == 0
    assert subprocess.run([*command, bad], capture_output=True, check=False).returncode == 1
    assert subprocess.run([*command, "nowhere"], capture_output=True, check=False).returncode == 2
    piped = subprocess.run([*command, "-"], input=bad.read_bytes(), capture_output=True, check=False)
    assert piped.returncode == 1


# -- pyx12 as a second opinion -------------------------------------------------------------------------------------------

DIFFERENCE = {"by", "transaction", "position", "element", "component", "code", "message", "reason"}


@pytest.fixture
def differing(good: Path, tmp_path: Path) -> Path:
    """A name too long, which both refuse; a name of blanks, which pyx12 takes; a state that it does not know."""
    path = tmp_path / "differing.837"
    text = good.read_text()
    start = text.index("NM1*IL*1*") + len("NM1*IL*1*")
    text = text[:start] + "QUIDDLE" * 10 + text[text.index("*", start) :]
    text = text.replace("NM1*40*2*CLEARING HOUSE*", "NM1*40*2*    *")
    path.write_text(re.sub(r"(N4\*[^*]*\*)[A-Z]{2}\*", r"\1QZ*", text))
    return path


def test_pyx12_is_asked_too_and_the_exit_code_stays_ours(differing: Path, good: Path) -> None:
    assert run("--compare", "pyx12", good).exit_code == run(good).exit_code == 0
    result = run("--compare", "pyx12", "--format", "json", differing)
    assert result.exit_code == run(differing).exit_code == 1
    comparison = document(result)[0]["comparison"]
    assert list(comparison) == ["engine", "agreed", "differences"]
    assert (comparison["engine"], comparison["agreed"]) == ("pyx12", 1)
    assert all(set(difference) == DIFFERENCE for difference in comparison["differences"])
    told = {(d["by"], d["code"], d["reason"].split(":")[0].split(",")[0]) for d in comparison["differences"]}
    assert ("edi", "element-blank", "pyx12 takes blanks for a value") in told
    assert ("pyx12", "7", "pyx12 judges lists of codes from outside") in told


def test_text_tells_the_same_differences(differing: Path) -> None:
    differences = document(run("--compare", "pyx12", "--format", "json", differing))[0]["comparison"]["differences"]
    lines = run("--compare", "pyx12", differing).stdout.splitlines()
    told = [line for line in lines if ": only " in line]
    assert len(told) == len(differences)
    for line, difference in zip(told, differences, strict=True):
        assert line.startswith(f"{differing}:{difference['position']}: only {difference['by']}: ")
        assert difference["message"] in line and line.endswith(f"; reason: {difference['reason']}")
    assert (
        lines[-2]
        == f"{differing}: compared with pyx12: 1 place found by both, {len(differences)} by one alone, 0 without a reason"
    )


def test_what_pyx12_quotes_is_not_shown_unasked(differing: Path) -> None:
    for form in ("text", "json"):
        hidden = run("--level", "2", "--compare", "pyx12", "--format", form, differing)
        assert "QZ" not in hidden.output and "QUIDDLE" not in hidden.output
        assert "(...) is not a valid code for" in hidden.output
        assert "(QZ) is not a valid code for" in run("--compare", "pyx12", "--values", "--format", form, differing).output


def test_the_most_that_is_shown_holds_for_differences(differing: Path) -> None:
    some = document(run("--compare", "pyx12", "--max-problems", "1", "--format", "json", differing))[0]["comparison"]
    assert (len(some["differences"]), some["left_out"] > 0) == (1, True)
    text = run("--compare", "pyx12", "--max-problems", "1", differing).stdout
    assert f"{some['left_out']} more differences from pyx12 not shown" in text


def test_where_pyx12_has_no_opinion_it_is_said(tmp_path: Path, good: Path) -> None:
    path = tmp_path / "later.837"
    path.write_text(good.read_text().replace("005010X222A1", "005010X298"))
    files = document(run("--compare", "pyx12", "--format", "json", path, good, "nowhere"))
    assert files[0]["comparison"] == {"engine": "pyx12", "error": "pyx12 cannot judge it: it has no map for this guide."}
    assert files[1]["comparison"] == {"engine": "pyx12", "agreed": 0, "differences": []}
    assert "comparison" not in files[2]
    assert f"{path}: pyx12 cannot judge it: it has no map for this guide.\n" in run("--compare", "pyx12", path).stdout


def test_standard_input_is_compared_too(differing: Path) -> None:
    named, piped = (
        document(run("--compare", "pyx12", "--format", "json", source, stdin=differing.read_bytes()))[0]["comparison"]
        for source in (differing, "-")
    )
    assert named == piped


def test_only_guides_are_compared(good: Path) -> None:
    result = run("--compare", "pyx12", "--level", "1", good)
    assert result.exit_code == 2
    assert "needs --level 2 or more" in result.stderr
    assert run("--compare", "other", good).exit_code == 2


def test_at_a_terminal_it_is_said_how_far_pyx12_has_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many.837"
    write_claims(path, segments=2500, seed=5)
    quiet = run("--compare", "pyx12", path)
    assert quiet.stderr == ""
    monkeypatch.setattr("edi.cli.validate.at_a_terminal", lambda: True)
    assert "pyx12 has read 2,000 segments" in run("--compare", "pyx12", path).stderr


def test_progress_is_told_at_a_terminal_and_nowhere_else(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.cli.progress.EVERY", 0)
    assert CliRunner().invoke(validate, [str(good)]).stderr == ""
    monkeypatch.setattr("edi.cli.progress.at_a_terminal", lambda: True)
    told = CliRunner().invoke(validate, [str(good)])
    assert re.fullmatch(rf"\redi: {re.escape(str(good))}: \d+ segments judged\r", told.stderr)  # and what clears the line
    assert ": valid: 1 transaction" in told.stdout


def test_progress_is_told_within_a_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.837"
    write_claims(path, segments=110_000, seed=5)
    assert path.read_bytes().count(b"~\nST*") == 1 and path.stat().st_size > 9 << 18
    monkeypatch.setattr("edi.cli.progress.EVERY", 0)
    monkeypatch.setattr("edi.cli.progress.at_a_terminal", lambda: True)
    told = CliRunner().invoke(validate, ["--jobs", "1", str(path)])
    assert told.exit_code == 0
    assert ": 1 MB, 0 segments judged" in told.stderr
