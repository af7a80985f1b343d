"""edi claims link, from a shell: referrals, and claims that have another payer."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.guides.validation import validate
from tests.cli.shell import STORY, Shell

KNEE = (STORY / "claims" / "number-missing.837").read_bytes()
REFERRED = STORY / "claims" / "referral.837"
COVERAGE = (
    b"SBR*S*18*QFG100******CI~\nOI***Y***Y~\nNM1*IL*1*BRAMBLE*SAGE****MI*QFP70001~\nN3*8 ACORN STREET~\n"
    b"N4*FERNHOLLOW*OH*430990120~\nNM1*PR*2*QUILLFEATHER INSURANCE*****PI*QFI02~\n"
)
BOTH = KNEE.replace(b"LX*1~", COVERAGE + b"LX*1~").replace(b"SE*33*", b"SE*39*")
TOLD = (
    "--last-name BRAMBLE --first-name SAGE --birth-date 1958-03-22 --start 2026-09-01 --end 2026-12-31 --channel portal "
    "--procedure 27447 --date 2026-09-02"
).split()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.837"


def test_a_referral_is_written_and_told(shell: Shell, out: Path) -> None:
    result = shell("claims", "link", REFERRED, "-o", out)
    assert result.exit_code == 0
    assert "MLR26090801 goes on the claim as its referral." in result.stdout
    assert "LO1019 referral  linked   MLR26090801" in result.stdout
    assert out.read_bytes() == REFERRED.read_bytes().replace(b"\nHI*", b"\nREF*9F*MLR26090801~\nHI*").replace(
        b"SE*28*", b"SE*29*"
    )
    assert validate(out, level=7).valid
    document = shell.json("claims", "check", out)
    assert [(row["kind"], row["verdict"], row["placement"]) for row in document["beside"]] == [
        ("referral", "already-linked", "2300")
    ]


def test_a_referral_that_was_sent_is_used(shell: Shell, out: Path) -> None:
    shell("claims", "link", REFERRED, "-o", out)
    assert shell("ledger", "import", out).exit_code == 0
    shown = shell("authorizations", "show", "MLR26090801").stdout
    assert shown.startswith("Referral MLR26090801: certified")
    assert "LO1019" in shown


def test_each_payers_number_stands_in_its_own_loop(shell: Shell, out: Path, tmp_path: Path) -> None:
    birth = KNEE.split(b"DMG*D8*")[1][:8].decode()
    told = [birth[:4] + "-" + birth[4:6] + "-" + birth[6:] if word == "1958-03-22" else word for word in TOLD]
    kept = shell("authorizations", "add", "--number", "QF-55", "--payer", "QFI02", "--member", "QFP70001", *told)
    assert kept.exit_code == 0, kept.output
    path = tmp_path / "both.837"
    path.write_bytes(BOTH)
    assert validate(path, level=7).valid
    result = shell("claims", "link", path, "-o", out)
    assert result.exit_code == 0
    assert "QF-55 goes on the claim for payer QFI02." in result.stdout
    expected = BOTH.replace(b"REF*EA*", b"REF*G1*MLK26090101~\nREF*EA*").replace(b"PI*QFI02~\n", b"PI*QFI02~\nREF*G1*QF-55~\n")
    assert out.read_bytes() == expected.replace(b"SE*39*", b"SE*41*")
    assert validate(out, level=7).valid
    document = shell.json("claims", "check", path)
    assert [(row["payer"], row["placement"], row["authorization"]) for row in document["beside"]] == [("QFI02", "2330B", "QF-55")]
    assert document["totals"] == {"linked": {"claims": 1, "amount": "4200.00"}}


PRIMARY = (
    b"SBR*P*18*MHPGRP40******12~\nAMT*D*3000~\nOI***Y***Y~\nNM1*IL*1*BRAMBLE*SAGE****MI*MHP100001~\nN3*1 ACORN STREET~\n"
    b"N4*FERNHOLLOW*OH*430990120~\nNM1*PR*2*MEADOWLARK HEALTH PLAN*****PI*MHP01~\nDTP*573*D8*20261101~\n"
)
SECOND = (
    KNEE.replace(b"SBR*P*18*MHPGRP40******12", b"SBR*S*18*QFG100******CI")
    .replace(b"MI*MHP100001", b"MI*QFP70001")
    .replace(b"MEADOWLARK HEALTH PLAN*****PI*MHP01", b"QUILLFEATHER INSURANCE*****PI*QFI02")
    .replace(b"LX*1~", PRIMARY + b"LX*1~")
    .replace(b"SE*33*", b"SE*41*")
)
"""The claim once more, to the second payer after the first has paid."""


def test_the_second_payers_claim_has_the_firsts_number_beside_and_uses_nothing_more(
    shell: Shell, out: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.837", tmp_path / "second.837"
    shell("claims", "link", STORY / "claims" / "number-missing.837", "-o", first)
    shell("ledger", "import", first)
    used = [line for line in shell("authorizations", "list").stdout.splitlines() if line.startswith("MLK26090101")]
    assert len(used) == 1
    second.write_bytes(SECOND)
    result = shell("claims", "link", second, "-o", out)
    assert "MLK26090101 goes on the claim for payer MHP01." in result.stdout
    assert out.read_bytes() == SECOND.replace(b"DTP*573*D8*20261101~\n", b"DTP*573*D8*20261101~\nREF*G1*MLK26090101~\n").replace(
        b"SE*41*", b"SE*42*"
    )
    shell("ledger", "import", out)
    assert [line for line in shell("authorizations", "list").stdout.splitlines() if line.startswith("MLK26090101")] == used


def test_what_stands_in_the_wrong_place_is_told_and_becomes_work(shell: Shell, out: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.837"
    path.write_bytes(KNEE.replace(b"REF*EA*", b"REF*9F*MLK26090101~\nREF*EA*").replace(b"SE*33*", b"SE*34*"))
    result = shell("claims", "link", path, "-o", out)
    assert result.exit_code == 1
    assert "MLK26090101 is the number of an authorization, which belongs into REF*G1." in result.stdout
    items = [item for item in shell.json("worklist")["items"] if item["claim"] == "LO1001"]
    assert [(item["reason"], item["amount"]) for item in items] == [("referral: wrong-number", None)]


def test_a_referral_that_a_rule_wants_is_missing(new_shell: Shell, tmp_path: Path) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text(
        'payer "Meadowlark Health Plan" known as MHP01\n\n'
        'require specialist\n  procedures 99203\n  wants referral\n  source "Meadowlark manual, page 4"\n'
    )
    document = new_shell.json("claims", "check", REFERRED, "--rules", rules, code=1)
    (row,) = document["beside"]
    assert (row["kind"], row["verdict"]) == ("referral", "missing")
    assert [row["verdict"] for row in document["claims"]] == ["requirement-unknown"]
