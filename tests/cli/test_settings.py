"""edi.toml, [tool.edi] in pyproject.toml, and the options that they stand for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.claims import write_claims
from edi.cli import main
from edi.cli.settings import _KEYS, settings
from edi.cli.validate import validate
from edi.errors import DefinitionError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of two bad dates and a warning, and the working directory below it."""
    path = tmp_path / "file.837"
    write_claims(path, claims=3, seed=5)
    text = path.read_text().replace("NM1*40*2*CLEARING HOUSE*", "NM1*40*2*CLEARING HOUSE *")
    first, *rest = text.split("DTP*472*D8*")
    path.write_text("DTP*472*D8*".join([first, *("20260231" + each[8:] for each in rest)]))
    below = tmp_path / "below" / "further"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.setenv("EDI_KEY", "k")
    return tmp_path


def run(*words: object, **environment: str) -> Result:
    return CliRunner().invoke(validate, [str(word) for word in words], env=environment)


def test_without_settings_nothing_changes(folder: Path) -> None:
    assert run(folder / "file.837").exit_code == 1


@pytest.mark.parametrize(
    ("name", "head"), [("edi.toml", ""), ("edi.toml", "[tool.edi]\n"), ("pyproject.toml", "[project]\nname = 'x'\n[tool.edi]\n")]
)
def test_settings_are_found_upward_and_options_win(name: str, head: str, folder: Path) -> None:
    (folder / name).write_text(head + "level = 1\n")
    file = folder / "file.837"
    assert run(file).exit_code == 0
    assert CliRunner().invoke(main, ["validate", str(file)]).exit_code == 0
    assert run("--level", "2", file).exit_code == 1


def test_the_nearest_file_holds_and_one_that_is_named_above_all(folder: Path) -> None:
    (folder / "edi.toml").write_text("level = 1\n")
    (folder / "below" / "pyproject.toml").write_text("[tool.other]\nedi = 1\n")  # says nothing to us
    assert run(folder / "file.837").exit_code == 0
    (folder / "below" / "edi.toml").write_text("level = 2\n")
    assert run(folder / "file.837").exit_code == 1
    assert run(folder / "file.837", EDI_CONFIG=str(folder / "edi.toml")).exit_code == 0
    assert run(folder / "file.837", EDI_CONFIG=str(folder / "below" / "pyproject.toml")).exit_code == 1


def test_each_setting_is_its_option(folder: Path) -> None:
    (folder / "edi.toml").write_text(
        'level = 7\nfail-on = "warning"\nmax-problems = 1\njobs = 1\nonly = [2]\n[severity]\nelement-date = "warning"\n'
    )
    result = run("--format", "json", folder / "file.837")
    assert result.exit_code == 1
    (file,) = json.loads(result.stdout)["files"]
    assert (file["valid"], len(file["problems"]), file["problems"][0]["severity"]) == (True, 1, "warning")
    assert all(transaction["valid"] for transaction in file["transactions"])


def test_severity_of_a_code(folder: Path) -> None:
    file = folder / "file.837"
    assert run("--severity", "element-date=warning", file).exit_code == 0
    off = run("--severity", "element-date=off", "--severity", "trailing-spaces=error", file)
    assert off.exit_code == 1
    assert "element-date" not in off.stdout and ": trailing-spaces NM103" in off.stdout
    (folder / "edi.toml").write_text('[severity]\nelement-date = "off"\ntrailing-spaces = "error"\n')
    assert run(file).stdout == off.stdout
    assert run("--severity", "trailing-spaces=info", file).exit_code == 0  # the other code keeps its setting


def test_only_codes_and_levels(folder: Path) -> None:
    file = folder / "file.837"
    assert run("--only", "1", file).exit_code == 0
    assert "trailing-spaces" not in run("--only", "1,element-date", file).stdout
    assert "element-date" not in run("--only", "trailing-spaces", file).stdout
    assert run("--only", "2", file).stdout.count("element-date") > 1


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--only", "element-dat", "there is no problem 'element-dat'; did you mean 'element-date'?"),
        ("--only", "zzzz", "there is no problem 'zzzz'. "),
        ("--only", "8", "8 is no level; they are 1 to 7."),
        ("--only", ",", "it names neither a code nor a level."),
        ("--severity", "element-dat=off", "did you mean 'element-date'?"),
        ("--severity", "element-date=loud", "is not CODE=SEVERITY"),
        ("--severity", "element-date", "is not CODE=SEVERITY"),
    ],
)
def test_slips_in_options_are_told(option: str, value: str, said: str, folder: Path) -> None:
    result = run(option, value, folder / "file.837")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split()) + " "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lvel = 1", "edi.toml: there is no setting 'lvel'; did you mean 'level'?"),
        ("zzz = 1", "edi.toml: there is no setting 'zzz'; there are level, only, "),
        ("level = 8", "edi.toml: level must be a number from 1 to 7."),
        ("level = true", "edi.toml: level must be a number from 1 to 7."),
        ("max-problems = -1", 'edi.toml: max-problems must be a number or "all".'),
        ("fail-on = 'info'", 'edi.toml: fail-on must be "error" or "warning".'),
        ("rules = 'one.rules'", "edi.toml: rules must be a list of files."),
        ("[severity]\nelement-date = 'loud'", "edi.toml: severity must be a table of codes, each error, warning, info or off."),
        (
            "[severity]\nelement-dat = 'off'",
            "edi.toml: severity: there is no problem 'element-dat'; did you mean 'element-date'?",
        ),
        ("only = ['element-dat']", "edi.toml: only: there is no problem 'element-dat'; did you mean 'element-date'?"),
        ("level = 1\nlevel =\n", "edi.toml:2:8: this is not TOML: Invalid value"),
        ("tool.edi = 3", "edi.toml: tool.edi must be a table."),
        ("level = '\xff'", "edi.toml: this is not text in UTF-8."),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(text: str, said: str, folder: Path) -> None:
    (folder / "edi.toml").write_bytes(text.encode("latin-1"))
    result = run(folder / "file.837")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert run("--help").exit_code == 0


def test_a_file_that_is_named_must_be_there(folder: Path) -> None:
    result = run(folder / "file.837", EDI_CONFIG="gone.toml")
    assert (result.exit_code, result.stderr) == (2, "edi: gone.toml: No such file or directory.\n")


def test_files_are_named_from_the_folder_of_the_settings(folder: Path) -> None:
    (folder / "edi.toml").write_text('rules = ["payer.rules", "/other.rules", "medi-cal"]\n[codes]\nPOS = "lists/pos.csv"\n')
    found = settings(folder / "below")
    assert found == {
        "rule_files": [str(folder / "payer.rules"), "/other.rules", "medi-cal"],
        "code_files": [f"POS={folder / 'lists' / 'pos.csv'}"],
    }
    with pytest.raises(DefinitionError):
        settings(folder, "gone.toml")


def test_a_comparison_hears_of_everything(folder: Path) -> None:
    everything = json.loads(run("--compare", "pyx12", "--format", "json", folder / "file.837").stdout)["files"][0]
    little = json.loads(run("--compare", "pyx12", "--format", "json", "--only", "1", folder / "file.837").stdout)["files"][0]
    assert little["problems"] == []
    assert little["comparison"] == everything["comparison"]


def test_the_document_shows_every_setting(folder: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (folder / "edi.toml").write_text(block)
    shown = {name.replace("_", "-") for name in settings(folder)}
    assert shown | {name for name in ("codes", "rules") if f"`{name}`" in text} == set(_KEYS)
