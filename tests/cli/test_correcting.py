"""edi claims correct, from a shell: one denial of the story followed to its corrected claim, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edi.guides.validation import validate
from edi.records.claim import read_claims
from tests.cli.shell import STORY, Shell

RULES = """payer "Meadowlark Health Plan" known as MHP01
match meadowlark-corrections
  corrections new claim only
  source "a test"
"""


@pytest.fixture
def denied(shell: Shell, tmp_path: Path) -> Shell:
    """`edi` with a ledger in which the story's batch was sent and answered."""
    linked = tmp_path / "linked.837"
    assert shell("claims", "link", STORY / "claims" / "batch.837", "-o", linked).exit_code == 1
    assert shell("ledger", "import", linked).exit_code == 0
    assert shell("remittances", "match", STORY / "remittances" / "batch.835").exit_code == 1
    return shell


def test_a_denial_is_mended(denied: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    result = denied("claims", "correct", "LO2003", "-o", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "LO2003  $84.00  replacement, frequency 7, REF*F8 MHPCLM0002003",
        "    Remittance MHP7700023 on 2026-11-16 decided it as MHPCLM0002003: a replacement (frequency 7) names that in REF*F8.",
        "    It carries MLK26090202 in 2300, in the place of 0042-7715-A.",
        "    0042-7715-A is another patient's; MLK26090202 fits.",
        "    Authorization MLK26090202: certifies 97110-GP for 2026-09-14 to 2026-12-13.",
        f"{out}: 1 claim in interchange 000000076",
    ]
    assert validate(out).problems == ()
    (claim,) = read_claims(out)
    assert (claim.id, claim.frequency, claim.original, claim.authorization) == ("LO2003", "7", "MHPCLM0002003", "MLK26090202")
    assert out.stat().st_mode & 0o777 == 0o600


def test_it_is_sent_when_it_is_taken(denied: Shell, tmp_path: Path) -> None:
    out, second = tmp_path / "out.837", tmp_path / "second.837"
    assert denied("claims", "correct", "LO2003", "-o", out).exit_code == 0
    assert denied("claims", "correct", "LO2003", "-o", second).exit_code == 0  # nobody sent the first
    numbers = [re.findall(rb"ISA.*?\*(\d{9})\*0\*", path.read_bytes()) for path in (out, second)]
    assert numbers == [[b"000000076"], [b"000000077"]]
    assert denied("ledger", "import", out).exit_code == 0
    (claim,) = denied.json("claims", "correct", "LO2003", "-o", second, code=1)["claims"]
    assert (claim["refused"], claim["instrument"], claim["interchange"]) == ("correction-out", None, None)


def test_an_item_of_the_worklist_is_its_claim(denied: Shell, tmp_path: Path) -> None:
    items = {item["claim"]: item["item"] for item in denied.json("worklist")["items"] if item["kind"] == "denial"}
    document = denied.json("claims", "correct", items["LO2003"].lower(), "-o", tmp_path / "out.837")
    assert [(one["claim"], one["refused"]) for one in document["claims"]] == [("LO2003", None)]
    document = denied.json("claims", "correct", "lo2003", "W9999", "-o", tmp_path / "out.837", code=1)
    assert [one["reasons"][0].partition(" knows.")[2] for one in document["claims"]] == [" Did you mean LO2003?", ""]


def test_several_make_one_file_and_each_refusal_has_its_reason(denied: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    names = ["LO2003", "LO2001", "LO2005", "LO2010", "LO2011", "NOBODY"]
    document = denied.json("claims", "correct", *names, "-o", out, code=1)
    assert document["version"] == 1
    found = {one["claim"]: one for one in document["claims"]}
    assert [(name, found[name]["refused"]) for name in names] == [
        ("LO2003", None),
        ("LO2001", "nothing-denied"),
        ("LO2005", "nothing-changed"),
        ("LO2010", "nothing-changed"),
        ("LO2011", "nothing-changed"),
        ("NOBODY", "unknown-claim"),
    ]
    assert found["LO2010"]["reasons"][1] == "2 authorizations fit equally: MLK26091101, MLK26092502."
    assert found["LO2010"]["link"][0]["verdict"] == "ambiguous"
    assert (found["LO2003"]["interchange"], found["LO2003"]["transaction"]) == ("000000076", "0001")
    assert [claim.id for claim in read_claims(out)] == ["LO2003"]


def test_where_all_are_refused_nothing_is_written(denied: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    out.write_text("mine")
    result = denied("claims", "correct", "LO2001", "-o", out)
    assert (result.exit_code, out.read_text()) == (1, "mine")
    assert result.stdout.endswith("Nothing is written: 1 claim refused.\n")


def test_voids_take_claims_back(denied: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.837"
    result = denied("claims", "correct", "LO2001", "LO2002", "--void", "-o", out)
    assert (result.exit_code, validate(out).problems) == (0, ())
    assert [(claim.id, claim.frequency, claim.original) for claim in read_claims(out)] == [
        ("LO2001", "8", "MHPCLM0002001"),
        ("LO2002", "8", "MHPCLM0002002"),
    ]
    assert denied("ledger", "import", out).exit_code == 0
    for more in ([], ["--void"]):
        (claim,) = denied.json("claims", "correct", "LO2001", *more, "-o", out, code=1)["claims"]
        assert claim["refused"] == "voided"


def test_a_person_chooses_by_a_file(denied: Shell, tmp_path: Path) -> None:
    """Two numbers fitted; the billing system gives the claim with the one that is meant."""
    chosen, out = tmp_path / "chosen.837", tmp_path / "out.837"
    data = (tmp_path / "linked.837").read_bytes()
    at = data.index(b"HI*", data.index(b"CLM*LO2010"))
    chosen.write_bytes(data[:at] + b"REF*G1*MLK26091101~\n" + data[at:])
    (claim,) = denied.json("claims", "correct", "LO2010", "--from", chosen, "-o", out)["claims"]
    assert claim["reasons"][1] == "It carries MLK26091101 in 2300."
    (written,) = read_claims(out)
    assert (written.authorization, written.frequency) == ("MLK26091101", "7")
    same = denied.json("claims", "correct", "LO2010", "--from", tmp_path / "linked.837", "-o", out, code=1)
    assert same["claims"][0]["refused"] == "nothing-changed"


def test_a_file_that_is_cut_off_is_told(denied: Shell, tmp_path: Path) -> None:
    """Behind the first line of LO2010, and before LO2011; LO2003 stands whole before."""
    cut, out = tmp_path / "cut.837", tmp_path / "out.837"
    data = (tmp_path / "linked.837").read_bytes()
    at = data.index(b"CLM*LO2010")
    end = data.index(b"SV1*", at)
    end = data.index(b"\n", end) + 1
    cut.write_bytes(data[:at] + data[at:end].replace(b"HI*", b"REF*G1*MLK26091101~\nHI*", 1))
    size = cut.stat().st_size
    result = denied("claims", "correct", "LO2010", "LO2011", "--from", cut, "-o", out)
    assert (result.exit_code, out.exists()) == (1, False)
    lines = result.stdout.splitlines()
    assert (lines[0], lines[1].startswith(f"{cut}:")) == (f"{cut}: transaction 0001", True)
    assert f"cut-off The file is cut off at byte {size}: the interchange does not end with its IEA." in lines[1]
    assert f"    The file that was named is cut off behind it, at byte {size}: more of it may have been there." in lines
    assert f"    It is not in the file that was named. It is cut off at byte {size}." in lines
    document = denied.json("claims", "correct", "LO2003", "--from", cut, "-o", out, code=1)
    (problem,) = document["problems"]
    assert (problem["code"], problem["offset"]) == ("cut-off", size)
    assert document["claims"][0]["instrument"] == "replacement"  # it stands whole in the file


def test_a_payer_s_rule_says_what_it_takes(denied: Shell, tmp_path: Path) -> None:
    rules, out = tmp_path / "own.rules", tmp_path / "out.837"
    rules.write_text(RULES)
    (claim,) = denied.json("claims", "correct", "LO2003", "--rules", rules, "-o", out, code=1)["claims"]
    assert (claim["refused"], out.exists()) == ("not-taken", False)
    assert "(rule meadowlark-corrections)" in claim["reasons"][0]


def test_medicare_part_b_takes_no_replacement(shell: Shell, tmp_path: Path) -> None:
    claim, remittance, out = (tmp_path / name for name in ("part-b.837", "part-b.835", "out.837"))
    bill, answer = (STORY / "claims" / "denied.837").read_bytes(), (STORY / "remittances" / "refused.835").read_bytes()
    claim.write_bytes(bill.replace(b"*12~\nNM1*IL", b"*MB~\nNM1*IL"))
    remittance.write_bytes(answer)
    assert shell("ledger", "import", claim, remittance).exit_code == 0
    found = shell.json("claims", "correct", "LO1014", "--rules", "medicare-part-b", "-o", out, code=1)["claims"][0]
    assert (found["refused"], "rule medicare-corrections" in found["reasons"][0]) == ("not-taken", True)
    found = shell.json("claims", "correct", "LO1014", "-o", out, code=1)["claims"][0]
    assert found["refused"] == "nothing-changed"


def test_a_dash_writes_and_wrong_usage_is_refused(denied: Shell, tmp_path: Path) -> None:
    result = denied("claims", "correct", "LO2003", "-o", "-")
    assert result.exit_code == 0
    assert [claim.id for claim in read_claims(result.stdout_bytes)] == ["LO2003"]
    assert "1 claim in interchange" in result.stderr
    assert denied("claims", "correct", "LO2003", "-o", "-", "--format", "json").exit_code == 2
    assert denied("claims", "correct", "-o", tmp_path / "out.837").exit_code == 2
    assert denied("claims", "correct", "LO2003", "--from", tmp_path / "none.837", "-o", tmp_path / "out.837").exit_code == 2


def test_refusals_show_nothing_about_people(denied: Shell, tmp_path: Path) -> None:
    names = [f"LO20{n:02d}" for n in range(1, 16)]
    result = denied("claims", "correct", *names, "-o", tmp_path / "out.837")
    for said in ("THISTLE", "CLOVER", "ASTER", "MHP1000", "1979"):
        assert said not in result.output
