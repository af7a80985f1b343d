"""What nobody would write, and somebody sends: every file of testdata/odd goes through every command.

A file put there is tested by being there: no traceback, no fault, no silence, one JSON document, no person in an error, no
byte changed where nothing was to be written, and nothing new in the ledger when it comes again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.shell import Shell

ODD = Path(__file__).parents[2] / "testdata" / "odd"
FILES = sorted(ODD.iterdir())
PEOPLE = re.compile(r"BRAMBLE|SAGE|THISTLE|BASIL|BETONY|MOSS|MHP1\d{5}")
"""The names and member ids in these files."""

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def looked_at(result: Result) -> Result:
    """What holds for every command."""
    assert result.exit_code in (0, 1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output.strip(), "something is said"
    assert "A fault of this program" not in result.output
    assert "Traceback" not in result.output
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.output), "nothing that a terminal would obey"
    if result.exit_code == 2:
        assert result.stderr.startswith("edi: ")
    assert not PEOPLE.search(result.stderr)
    return result


def document(result: Result) -> str:
    """Standard output, which is one JSON document."""
    json.loads(looked_at(result).stdout)
    return result.stdout


@each_file
def test_odd_files_are_judged_and_read(path: Path, shell: Shell) -> None:
    looked_at(shell("validate", path))
    document(shell("validate", "--format", "json", path))
    looked_at(shell("request", "read", path))


@each_file
def test_odd_files_are_built_or_refused(path: Path, shell: Shell) -> None:
    assert looked_at(shell("request", "build", path, "-o", "-")).exit_code == (0 if path.suffix == ".json" else 2)


@each_file
def test_odd_files_are_linked(path: Path, shell: Shell, new_shell: Shell, tmp_path: Path) -> None:
    out, report = tmp_path / "out", tmp_path / "report.json"
    looked_at(new_shell("claims", "link", path, "-o", out))
    assert out.read_bytes() == path.read_bytes(), "a ledger that knows nothing changes nothing"
    looked_at(shell("claims", "link", path, "-o", out, "--replace", "--report", report))
    assert json.loads(report.read_text())["version"] == 1
    looked_at(shell("claims", "check", path))
    document(shell("claims", "check", path, "--format", "json"))
    looked_at(shell("worklist"))
    document(shell("worklist", "--format", "json"))


@each_file
def test_odd_files_are_shown(path: Path, shell: Shell) -> None:
    for words in ((), ("--claims",)):
        looked_at(shell("remittances", "show", path, *words))
        document(shell("remittances", "show", path, *words, "--format", "json"))
        looked_at(shell("remittances", "show", path, *words, "--format", "csv"))


@each_file
def test_odd_files_are_taken_once(path: Path, shell: Shell) -> None:
    document(shell("ledger", "import", path, "--format", "json"))
    first = document(shell("remittances", "match", path, "--format", "json"))
    kept = [document(shell(*words, "--format", "json")) for words in (("ledger", "status"), ("worklist",))]
    looked_at(shell("ledger", "import", path))
    looked_at(shell("remittances", "match", path))
    assert document(shell("remittances", "match", path, "--format", "json")) == first
    assert [document(shell(*words, "--format", "json")) for words in (("ledger", "status"), ("worklist",))] == kept
    for words in (("worklist",), ("ledger", "status"), ("authorizations", "list"), ("authorizations", "show", "MLK26090202")):
        looked_at(shell(*words))


@pytest.mark.parametrize("beginning", [b"", b"ISA*00*", (ODD / "cut-in-isa.278").read_bytes(), b"A"], ids=repr)
def test_megabytes_without_an_end_are_one_piece_of_nothing(beginning: bytes, shell: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "endless", tmp_path / "out"
    path.write_bytes(beginning + b"X" * 5_000_000)
    for words in (("validate", path), ("ledger", "import", path), ("remittances", "match", path)):
        assert looked_at(shell(*words)).exit_code == 1
    assert looked_at(shell("claims", "link", path, "-o", out)).exit_code == 1
    assert out.read_bytes() == path.read_bytes()
