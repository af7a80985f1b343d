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
from edi.linkage.denials.kinds import NECESSITY, PREFIX, REFERRAL
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


def defined(name: str) -> list[list[str]]:
    """The rows of a table beside the guide of the remittance, "-" as nothing."""
    lines = (ROOT / "edi" / "835" / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [["" if cell == "-" else cell for cell in row] for row in rows]


def shown(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/denials.md, without its first two lines."""
    lines = [line for line in section(ROOT / "docs" / "denials.md", heading).splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_documented_kinds_are_those_of_the_table() -> None:
    where = {"the claim carried a number": ("yes", ""), "the claim carried none": ("no", ""), "something was paid": ("", "yes")}
    until = {"": "", "ended": "?"}
    rows = [
        [group, reason, remark, *where.get(condition, ("", "")), kind, said, until.get(ended, ended.removeprefix("until "))]
        for group, reason, remark, condition, kind, said, ended in shown("Kinds")
    ]
    assert rows == [[*row[:7], row[8]] for row in defined("denials.tsv")]


def test_the_documented_groups_and_remarks_are_those_of_the_tables() -> None:
    groups = defined("groups.tsv")
    rights = [[remark, said] for remark, _, _, said in defined("rights.tsv")]
    told = [row for row in shown("Whose money it is") if row != ["Remark", ""] and not set("".join(row)) <= {"-"}]
    assert told == [*groups, *rights]


def test_every_documented_cause_has_the_example_of_its_files() -> None:
    examples = {case["remittance"]: case["sentence"] for case in CASES if case["remittance"] == case["cause"]}
    assert dict(shown("Causes")) == examples


def test_every_cause_has_its_case() -> None:
    causes = set(first_column(section(ROOT / "docs" / "verdicts.md", "Causes")))
    assert {case["cause"] for case in CASES if case["kind"].startswith(PREFIX)} == causes
    of_referrals = {case["cause"] for case in CASES if case["kind"] == REFERRAL}
    assert of_referrals == causes - {"service-mismatch", "place-mismatch", "units-short", "unknown"}
    assert [case["remittance"] for case in CASES if case["kind"] == NECESSITY] == ["medical-necessity"]
    assert {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FILES if path.suffix == ".835"} == {
        case["remittance"] for case in CASES
    }
