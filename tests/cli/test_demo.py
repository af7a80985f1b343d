"""edi demo: the loop on the shipped examples, and the folders that it will not touch."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from edi.cli import main
from tests.cli.shell import Shell


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_tells_the_loop_and_again_the_same(new_shell: Shell, folder: Path) -> None:
    first = new_shell("demo")
    assert (first.exit_code, first.stderr) == (0, "")
    heads = re.findall(r"^(\d)\. ", first.stdout, re.MULTILINE)
    assert heads == ["1", "2", "3", "4", "5", "6", "7"]
    assert new_shell("demo", "demo").stdout == first.stdout
    assert not (folder / "new.db").exists(), "the demo has a ledger of its own"


@pytest.mark.parametrize("name", ["deep/er", "a b", "it's"])
def test_the_commands_that_it_shows_work(name: str, new_shell: Shell, folder: Path) -> None:
    told = new_shell("demo", name).stdout
    shown = [shlex.split(line) for line in told[told.index("Look further") :].splitlines()[1:]]
    assert [words[0] for words in shown] == ["edi", "edi", "edi-validate", "diff"]
    for words in shown[:2]:
        result = CliRunner().invoke(main, words[1:])
        assert (result.exit_code, result.stderr) == (0, "")
    assert new_shell("validate", shown[2][1]).exit_code == 0
    assert all(Path(path).is_file() for path in shown[3][1:])


def test_the_amount_at_stake_is_that_of_the_worklist(new_shell: Shell, folder: Path) -> None:
    told = new_shell("demo").stdout
    listed = new_shell("worklist", "--ledger", "sqlite:///demo/ledger.db").stdout
    assert re.findall(r"\$[\d,.]+ at stake", told) == re.findall(r"\$[\d,.]+ at stake", listed) == ["$14,748.00 at stake"]


def test_a_folder_with_other_files_is_left_alone(new_shell: Shell, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("Dear payer,")
    result = new_shell("demo", "mine")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "edi: mine has files in it that are not the demo's; name a new folder: edi demo DIR\n"
    assert [path.name for path in (folder / "mine").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("name", "words"), [("file", "File exists"), ("file/demo", "Not a directory"), ("a?b", "URL of its ledger"), ("a%20b", "URL")]
)
def test_where_it_cannot_run_it_says_so_and_leaves_nothing(name: str, words: str, new_shell: Shell, folder: Path) -> None:
    (folder / "file").write_bytes(b"mine")
    result = new_shell("demo", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("file", b"mine")]
