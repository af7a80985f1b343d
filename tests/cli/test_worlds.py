"""edi worlds: a world made and checked from the shell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def world(tmp_path: Path, new_shell: Shell) -> Path:
    result = new_shell("worlds", "make", tmp_path / "world", "--seed", 8, "--size", 60)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{tmp_path / 'world'}: ")
    return tmp_path / "world"


def test_a_world_is_made_and_the_linker_is_right(world: Path, new_shell: Shell, tmp_path: Path) -> None:
    assert sorted(path.name for path in world.iterdir()) == [
        "README.txt", "claims", "remittances", "requests", "responses", "rules", "truth.json",
    ]  # fmt: skip
    result = new_shell("worlds", "check", world)
    assert result.exit_code == 0, result.output
    linked, matched = result.stdout.splitlines()
    assert linked.endswith("100.00% of them with the right verdict, 0 wrong numbers written, 0 differences")
    assert matched.endswith("100.00% of them with the right kind and cause, 0 false matches, 0 differences")
    assert not (tmp_path / "new.db").exists(), "the check has a ledger of its own"


def test_the_same_by_the_commands_that_a_user_has(world: Path, new_shell: Shell, tmp_path: Path) -> None:
    """Import, link and send, file after file: then only the numbers are compared."""
    for room in ("requests", "responses"):
        new_shell("ledger", "import", *sorted((world / room).glob("*.278")))
    rules = [word for path in sorted((world / "rules").iterdir()) for word in ("--rules", path)]
    (tmp_path / "linked").mkdir()
    for path in sorted((world / "claims").iterdir()):
        out = tmp_path / "linked" / path.name
        assert new_shell("claims", "link", path, "-o", out, *rules).exit_code == 1
        assert new_shell("ledger", "import", out, *rules).exit_code == 0
    result = new_shell("worlds", "check", world, "--linked", tmp_path / "linked")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("claims, 0 wrong numbers written, 0 differences\n")


def test_differences_are_told_and_the_exit_code_is_1(world: Path, new_shell: Shell) -> None:
    result = new_shell("worlds", "check", world, "--linked", world / "claims")
    assert result.exit_code == 1
    assert " (fits): number\n    right: " in result.stdout
    report = new_shell.json("worlds", "check", world, "--linked", world / "claims", code=1)
    assert report["version"] == 1
    assert report["wrong_numbers"] == 0
    assert {one["what"] for one in report["differences"]} == {"number"}


def test_a_denial_that_is_not_found_as_it_is_is_told(world: Path, new_shell: Shell) -> None:
    truth = world / "truth.json"
    document = json.loads(truth.read_text())
    payment = next(one for one in document["payments"] if any(a["kind"] for a in one["adjustments"]))
    adjustment = next(one for one in payment["adjustments"] if one["kind"])
    right, adjustment["kind"] = adjustment["kind"], "other" if adjustment["kind"] != "other" else "network"
    truth.write_text(json.dumps(document))
    result = new_shell("worlds", "check", world)
    assert result.exit_code == 1
    assert f"{payment['file']}: {payment['claim']}" in result.stdout
    assert f"): kind\n    right: {adjustment['kind']}; found: {right}\n" in result.stdout
    assert result.stdout.endswith("0 false matches, 1 difference\n")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, new_shell: Shell) -> None:
    (tmp_path / "letter.txt").write_text("Dear payer,")
    result = new_shell("worlds", "make", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == f"edi: {tmp_path} has files in it that are not a world's; name a new folder.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("what", ["nothing", "no claims"])
def test_what_is_no_world_cannot_be_checked(what: str, world: Path, new_shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    if what == "no claims":
        shutil.rmtree(world / "claims")
        folder = world
    result = new_shell("worlds", "check", folder)
    assert result.exit_code == 2
    assert result.stderr.startswith("edi: ")
    assert result.stderr.count("\n") == 1
