"""edi-validate --split: two files from one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edi.cli.validate import validate

STORY = Path(__file__).parents[2] / "testdata" / "story"


def run(*words: object) -> Result:
    return CliRunner().invoke(validate, [str(word) for word in words])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """The batch of the story with a date in one claim that does not exist."""
    text = (STORY / "claims" / "batch.837").read_bytes()
    at = text.index(b"DTP*472*D8*", text.index(b"CLM*LO2004")) + len(b"DTP*472*D8*")
    path = tmp_path / "claims.837"
    path.write_bytes(text[:at] + b"20260231" + text[at + 8 :])
    return path


def test_by_claim(bad: Path, tmp_path: Path) -> None:
    good, faulty = tmp_path / "good.edi", tmp_path / "bad.edi"
    result = run(bad, "--split", good, faulty, "--by", "claim")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{bad}: transaction 0001, claim LO2004\n")
    assert run(good).exit_code == 0
    assert run(faulty).exit_code == 1
    assert run("--level", "1", faulty).exit_code == 0
    assert (good.read_bytes().count(b"\nCLM*"), faulty.read_bytes().count(b"\nCLM*")) == (14, 1)
    assert good.stat().st_mode & 0o777 == faulty.stat().st_mode & 0o777 == 0o600


def test_by_transaction_and_what_is_empty_is_not_there(bad: Path, tmp_path: Path) -> None:
    good, faulty = tmp_path / "good.edi", tmp_path / "bad.edi"
    good.write_text("of yesterday")
    assert run(bad, "--split", good, faulty).exit_code == 1
    assert not good.exists()
    assert faulty.read_bytes() == bad.read_bytes()
    assert run(STORY / "claims" / "batch.837", "--split", good, faulty, "--by", "claim").exit_code == 0
    assert good.read_bytes() == (STORY / "claims" / "batch.837").read_bytes()
    assert not faulty.exists()


def test_what_is_faulty_follows_the_options(bad: Path, tmp_path: Path) -> None:
    good, faulty = tmp_path / "good.edi", tmp_path / "bad.edi"
    run(bad, "--split", good, faulty, "--severity", "element-date=warning")
    assert good.exists() and not faulty.exists()
    run(bad, "--split", good, faulty, "--severity", "element-date=warning", "--fail-on", "warning")
    assert faulty.exists() and not good.exists()
    run(bad, "--split", good, faulty, "--max-problems", "0", "--jobs", "2")
    assert faulty.exists() and not good.exists()


def test_when_the_input_cannot_be_read_nothing_is_written(tmp_path: Path) -> None:
    good, faulty = tmp_path / "good.edi", tmp_path / "bad.edi"
    good.write_text("of yesterday")
    assert run(tmp_path / "nowhere", "--split", good, faulty).exit_code == 2
    assert good.read_text() == "of yesterday" and not faulty.exists()


def test_when_one_file_cannot_be_written_neither_is(bad: Path, tmp_path: Path) -> None:
    good, faulty = tmp_path / "good.edi", tmp_path / "no" / "bad.edi"
    result = run(bad, "--split", good, faulty, "--by", "claim")
    assert (result.exit_code, good.exists()) == (2, False)
    assert "No such file or directory" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["IN", "--by", "claim"], "--by says how to split: it needs --split."),
        (["IN", "IN", "--split", "g", "b"], "--split needs one PATH"),
        (["-", "--split", "g", "b"], "--split needs one PATH"),
        (["IN", "--split", "g", "g"], "--split needs two files that are not PATH."),
        (["IN", "--split", "IN", "b"], "--split needs two files that are not PATH."),
        (["IN", "--split", "-", "b"], "--split needs two files that are not PATH."),
    ],
)
def test_what_cannot_be_done_is_refused(
    words: list[str], said: str, bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*(bad if word == "IN" else word for word in words))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["claims.837"]
