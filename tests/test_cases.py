"""Cases from life, in testdata/cases: the files are valid, and library and ledger decide them alike.

therapy    physical therapy without a code, two visits a week; a rule says what the service type covers
knee       one operation under one number: hospital, surgeon, assistant, anaesthetist; one procedure of two was refused
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

import edi
from edi.guides.validation import validate
from edi.linkage.usage import Usage
from edi.linkage.verdict import Row
from edi.text.segments import read
from tests.cli.shell import Shell

CASES = Path(__file__).parents[1] / "testdata" / "cases"
FILES = sorted(path for path in CASES.glob("*/*") if path.suffix in (".278", ".837"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CASES).as_posix())
def test_the_files_are_valid(path: Path) -> None:
    assert validate(path, level=6).valid


@dataclass
class Case:
    """A case's files, decided by the library and by a ledger; claims are sent in the order in which they are linked."""

    folder: Path
    kept: edi.Ledger
    usage: Usage = field(default_factory=Usage)

    @property
    def rules(self) -> list[Path]:
        return sorted(self.folder.glob("*.rules"))

    def link(self, name: str) -> tuple[Row, ...]:
        """The rows of a claim, the same both ways; what it uses is counted."""
        source = self.folder / f"{name}.837"
        answers = [a for path in sorted(self.folder.glob("response.278")) for a in edi.read_authorizations(path)]
        alone, linked = edi.link(source, answers, self.rules, usage=self.usage), self.kept.link(source, self.rules)
        assert [_plain(row) for row in alone.claims] == [_plain(row) for row in linked.claims]
        out, out_alone = BytesIO(), BytesIO()
        linked.write(out)
        alone.write(out_alone)
        assert out.getvalue() == out_alone.getvalue()
        sent = self.folder.parent / f"{name}-sent.837"
        sent.write_bytes(out.getvalue())
        assert validate(sent, level=6).valid
        self.kept.take(sent, self.rules)
        return linked.claims

    def numbers(self, name: str) -> list[str]:
        """The REF*G1 of a claim as it was sent."""
        sent = (self.folder.parent / f"{name}-sent.837").read_bytes()
        return [segment.get(2) for segment in read(sent) if segment.id == "REF" and segment.get(1) == "G1"]

    def used(self, number: str) -> list[tuple[str, str, str, str]]:
        """The uses that the ledger counted: claim, role, amount, dates."""
        (life,) = self.kept.authorization(number)
        return sorted((use.claim, use.role, str(use.amount), " ".join(map(str, use.days))) for use in life.uses)


def _plain(row: Row) -> dict[str, object]:
    """A row as in reports; what only the request said is not known without a ledger, so words are left out."""
    told = row.to_json()
    return {key: told[key] for key in ("claim", "line", "verdict", "written", "placement", "amount")} | {
        "authorization": told["authorization"] if row.written else None
    }


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    folder = tmp_path / "case"
    folder.mkdir()
    for path in (CASES / request.param).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    with edi.Ledger(f"sqlite:///{tmp_path}/ledger.db") as kept:
        kept.take(folder / "request.278")
        kept.take(folder / "response.278")
        yield Case(folder, kept)


@pytest.mark.parametrize("case", ["therapy"], indirect=True)
def test_therapy(case: Case) -> None:
    rows = case.link("claim")
    assert [str(row.verdict) for row in rows] == ["linked"] * 4 + ["units-short"] * 2
    assert {(row.authorization, row.written, row.placement) for row in rows} == {("PT123", True, "2300")}
    assert case.numbers("claim") == ["PT123"]
    assert rows[0].reasons[0].startswith("Authorization PT123: certifies 97110-GP as service type PT (rule meadowlark-therapy)")
    assert "2 visits per week" in rows[4].reasons[0]
    days = ["2026-03-02", "2026-03-04"]
    assert case.used("PT123") == [("CASE01", "professional", "2", day) for day in days]
    (row,) = case.link("replacement")
    assert (row.verdict, row.authorization) == ("linked", "PT123")
    assert case.used("PT123") == [("CASE01", "professional", "2", day) for day in days]
    assert len(case.usage.all()) == 2


@pytest.mark.parametrize("case", ["therapy"], indirect=True)
def test_therapy_without_the_rule(case: Case) -> None:
    (case.folder / "meadowlark.rules").unlink()
    (row,) = case.link("claim")
    assert (row.verdict, row.written) == ("requirement-unknown", False)
    assert any("approved by service type PT, without a code; no rule says" in reason for reason in row.reasons)


@pytest.mark.parametrize("case", ["knee"], indirect=True)
def test_knee(case: Case) -> None:
    for name, id in (("facility", "CASE02F"), ("assistant", "CASE02A"), ("anaesthetist", "CASE02N")):
        (row,) = case.link(name)
        assert (row.claim, row.verdict, row.authorization, row.placement) == (id, "linked", "KN4471", "2300")
    done, refused = case.link("surgeon")
    assert (done.line, done.verdict, done.authorization, done.placement) == ("1", "linked", "KN4471", "2400")
    assert (refused.line, refused.verdict, refused.written) == ("2", "authorization-denied", False)
    assert all(case.numbers(name) == ["KN4471"] for name in ("facility", "assistant", "anaesthetist", "surgeon"))
    assert case.used("KN4471") == [
        ("CASE02A", "assistant", "1", "2026-10-06"),
        ("CASE02F", "facility", "1", "2026-10-06"),
        ("CASE02N", "anaesthesia", "1", "2026-10-06"),
        ("CASE02S", "professional", "1", "2026-10-06"),
    ]


@pytest.mark.parametrize("case", ["knee"], indirect=True)
def test_knee_and_the_second_payer(case: Case) -> None:
    """The hospital bills the second payer too: the first one's number stands in its 2330B, and nothing more is used."""
    case.link("facility")
    used = case.used("KN4471")
    (row,) = case.link("second-payer")
    assert (row.payer, row.verdict, row.written) == ("QFI02", "requirement-unknown", False)
    assert case.numbers("second-payer") == ["KN4471"]
    sent = (case.folder.parent / "second-payer-sent.837").read_bytes()
    assert b"*PI*MHP01~\nDTP*573*D8*20261030~\nREF*G1*KN4471~\nLX*1~" in sent
    assert case.used("KN4471") == used
    assert len(case.usage.all()) == len(used) == 1


@pytest.mark.parametrize("case", ["knee"], indirect=True)
def test_knee_without_the_rule(case: Case) -> None:
    """The anaesthetist's code is another; nothing but a rule says that it belongs to the operation."""
    (case.folder / "meadowlark.rules").write_text('payer "Meadowlark Health Plan" known as MHP01\n')
    (row,) = case.link("anaesthetist")
    assert (row.verdict, row.written) == ("requirement-unknown", False)


def test_the_command_line_decides_it_too(tmp_path: Path) -> None:
    therapy, new_shell = CASES / "therapy", Shell(f"sqlite:///{tmp_path / 'new.db'}")
    rules, out = therapy / "meadowlark.rules", tmp_path / "out.837"
    new_shell.json("ledger", "import", therapy / "request.278", therapy / "response.278")
    linked = new_shell.json("claims", "link", therapy / "claim.837", "-o", out, "--rules", rules, code=1)
    assert linked["totals"].keys() == {"linked", "units-short"}
    new_shell.json("ledger", "import", out, "--rules", rules)
    shown = new_shell("authorizations", "show", "PT123").stdout
    assert shown.count("CASE01") == 2
