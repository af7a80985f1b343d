"""Each cause of a denial, of an authorization and of a referral, through the command line, on the files in testdata/causes.

causes.tsv   what was taken before each remittance, and what its finding is
*.835        the remittances; the claims that they answer are those of testdata/verdicts, or lie beside
referral/    the same of referrals, whose numbers stand in REF*9F
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from edi.guides.validation import validate
from edi.linkage.kinds import NECESSITY, PREFIX, REFERRAL
from tests.cli.shell import Shell
from tests.test_docs import ROOT, first_column, section

TESTDATA = ROOT / "testdata"
FOLDER = TESTDATA / "causes"
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".278", ".835", ".837"))


def rows() -> list[dict[str, str]]:
    with (FOLDER / "causes.tsv").open(encoding="utf-8", newline="") as lines:
        told = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{name: "" if cell == "-" else cell for name, cell in row.items()} for row in told]


CASES = rows()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["remittance"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_the_files_are_valid(path: Path) -> None:
    assert validate(path, level=6).valid


@each_case
def test_a_denial_is_explained(case: dict[str, str], tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path / 'ledger.db'}")
    for name in case["taken"].split():
        assert shell("ledger", "import", TESTDATA / name).exit_code == 0, name
    rules = [word for name in case["rules"].split() for word in ("--rules", TESTDATA / name)]
    remittance = FOLDER / f"{case['remittance']}.835"
    (finding,) = shell.json("remittances", "match", remittance, *rules, code=1)["findings"]
    found = {name: finding[name] or "" for name in ("line", "kind", "cause", "authorization", "owed", "step")}
    found |= {"codes": " ".join(finding["codes"]), "sentence": finding["evidence"][1]}
    assert found == {name: case[name] for name in found}
    assert finding["action"]


def test_every_cause_has_its_case() -> None:
    causes = set(first_column(section(ROOT / "docs" / "verdicts.md", "Causes")))
    assert {case["cause"] for case in CASES if case["kind"].startswith(PREFIX)} == causes
    of_referrals = {case["cause"] for case in CASES if case["kind"] == REFERRAL}
    assert of_referrals == causes - {"service-mismatch", "place-mismatch", "units-short", "unknown"}
    assert [case["remittance"] for case in CASES if case["kind"] == NECESSITY] == ["medical-necessity"]
    assert {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FILES if path.suffix == ".835"} == {
        case["remittance"] for case in CASES
    }
