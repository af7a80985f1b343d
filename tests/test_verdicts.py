"""The folder is the test: in testdata/verdicts each verdict has one, with the files that lead to it.

*.278          what was asked and answered, in the order of the days
sent.837       claims that were sent before
claim.837      the claim that gets the verdict
payer.rules    what its payer wants authorized, where that matters
expected.tsv   what the claim comes to, by line where lines differ

Each is tried with a ledger that took these files, and with the library, which has nothing but their records.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import edi
from edi.guides.validation import validate
from edi.ledger import Ledger
from edi.linkage.verdict import Row, Verdict
from edi.reports.claims import misses
from tests.cli.shell import Shell

FOLDER = Path(__file__).parents[1] / "testdata" / "verdicts"
FOLDERS = sorted(path for path in FOLDER.iterdir() if path.is_dir())
each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def expected(folder: Path) -> list[tuple[str, ...]]:
    lines = (folder / "expected.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return [tuple("" if cell == "-" else cell for cell in row.values()) for row in rows]


def found(rows: Iterable[Row], standing: dict[tuple[str, str], str]) -> list[tuple[str, ...]]:
    """The rows as expected.tsv has them; number and place are those that stand in the file."""
    told = []
    for row in rows:
        place = next(((row.claim, line) for line in (row.line or "", "") if (row.claim, line) in standing), None)
        number = standing[place] if place else ""
        where = ("2400" if place[1] else "2300") if place else ""
        told.append((row.claim, row.line or "", row.verdict.value, number, where, misses(row.misfit)))
    return told


def numbers(data: bytes) -> dict[tuple[str, str], str]:
    """REF*G1 by claim and line ("" for the claim itself), read without the code that is tested."""
    standing: dict[tuple[str, str], str] = {}
    claim = line = ""
    for segment in data.decode().split("~\n"):
        name, *elements = segment.split("*")
        if name == "CLM":
            claim, line = elements[0], ""
        elif name == "LX":
            line = elements[0]
        elif (name, *elements[:1]) == ("REF", "G1"):
            standing[claim, line] = elements[1]
    return standing


def rules(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rules"))


@each_folder
def test_a_ledger_comes_to_it(folder: Path, tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for path in sorted([*folder.glob("*.278"), *folder.glob("sent.837")]):
            assert ledger.take(path).clean
        linked = ledger.link(folder / "claim.837", rules(folder))
    out = io.BytesIO()
    linked.write(out)
    assert found(linked.claims, numbers(out.getvalue())) == expected(folder)
    assert linked.problems == ()


@each_folder
def test_the_library_comes_to_it(folder: Path) -> None:
    records = [record for path in folder.glob("*.278") for record in edi.read_authorizations(path)]
    usage = edi.Usage()
    for path in folder.glob("sent.837"):
        edi.link(path, records, usage=usage)
    linked = edi.link(folder / "claim.837", records, rules(folder), usage=usage)
    out = io.BytesIO()
    linked.write(out)
    assert found(linked.claims, numbers(out.getvalue())) == expected(folder)


@each_folder
def test_the_command_comes_to_it_and_its_exit_code_says_so(folder: Path, tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path / 'ledger.db'}")
    files = sorted([*folder.glob("*.278"), *folder.glob("sent.837")])
    if files:
        assert shell("ledger", "import", *files).exit_code == 0
    words = [word for file in rules(folder) for word in ("--rules", file)]
    result = shell("claims", "check", folder / "claim.837", "--all", *words)
    verdict = Verdict(folder.name)
    assert result.exit_code == (0 if verdict.settled else 1)
    assert re.search(rf" {verdict.value}\s", result.stdout)
    assert verdict.action in result.stdout


def test_every_verdict_has_its_folder() -> None:
    assert {folder.name for folder in FOLDERS} == {verdict.value for verdict in Verdict}
    for folder in FOLDERS:
        assert folder.name in {row[2] for row in expected(folder)}


@pytest.mark.parametrize(
    "path", sorted([*FOLDER.glob("*/*.278"), *FOLDER.glob("*/*.837")]), ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_every_file_is_valid_at_all_levels(path: Path) -> None:
    report = validate(path, level=7)
    assert [problem.code for problem in report.problems] == []
    assert report.valid
