"""What a shell proposes, and what it must never do: fail for a file of settings that is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edi.resources import guide_names

ROOT = Path(__file__).parents[2]
EDI = "from edi.cli import main; main(prog_name='edi')"
VALIDATE = "from edi.cli.validate import validate; validate(prog_name='edi-validate')"


def asked(program: str, variable: str, ask: str, words: str = "", folder: Path = ROOT) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        variable: ask,
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    return subprocess.run([sys.executable, "-c", program], env=environment, cwd=folder, capture_output=True, text=True).stdout


def proposed(words: str, folder: Path = ROOT) -> list[str]:
    program, variable = (VALIDATE, "_EDI_VALIDATE_COMPLETE") if words.startswith("edi-validate") else (EDI, "_EDI_COMPLETE")
    return asked(program, variable, "bash_complete", words, folder).splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    assert "_EDI_COMPLETE" in asked(EDI, "_EDI_COMPLETE", f"{shell}_source")
    assert "_EDI_VALIDATE_COMPLETE" in asked(VALIDATE, "_EDI_VALIDATE_COMPLETE", f"{shell}_source")


def test_commands_options_and_their_values() -> None:
    assert "plain,validate" in proposed("edi ")
    assert proposed("edi-validate --forma") == ["plain,--format"]
    assert proposed("edi-validate --format js") == ["plain,json", "plain,jsonl"]


def test_guides_and_files() -> None:
    assert proposed("edi guides show 837") == [f"plain,{name}" for name in guide_names() if name.startswith("837")]
    assert proposed("edi-validate cla") == ["file,cla"]
    assert proposed("edi redact cla") == ["file,cla"]


def test_settings_that_are_broken_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "edi.toml").write_text("level = ")
    assert proposed("edi-validate --forma", tmp_path) == ["plain,--format"]


def test_the_hook_is_a_command_of_ours_and_takes_our_files() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert re.search(r"^  entry: edi-validate$", hook, re.MULTILINE)
    found = re.search(r"^  files: (.*)$", hook, re.MULTILINE)
    assert found
    pattern = re.compile(found[1])
    story = [path for path in (ROOT / "testdata").rglob("*") if path.suffix in (".edi", ".278", ".835", ".837")]
    assert story and all(pattern.search(path.name) for path in story)
    assert not pattern.search("notes.txt")
