"""A number that has not the shape of its payer's rule is told, and written as it was certified."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import edi
from edi.guides.rules import requirements
from edi.linkage.shapes import misshapen, misshapen_numbers
from tests.cli.shell import Shell

STORY = Path(__file__).parents[2] / "testdata" / "story"
MEADOWLARK = STORY / "requirements" / "meadowlark.rules"
SAID = "The number MKL26090101 has not the shape that rule meadowlark-knee gives this payer's numbers."


def test_a_shape_is_asked_of_the_whole_number() -> None:
    assert [
        misshapen(number, "MLK[0-9]{8}") for number in ("MLK26090101", " MLK26090101 ", "MLK2609010", "XMLK26090101", "")
    ] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert not misshapen("ANYTHING", "")


def test_only_what_is_certified_is_asked_and_only_of_the_payer_s_own_rule(tmp_path: Path) -> None:
    rules = requirements([MEADOWLARK], shipped=False)
    (good,) = edi.read_authorizations(answered(tmp_path, b"MLK26090101"))
    assert list(misshapen_numbers(good, rules)) == []
    (odd,) = edi.read_authorizations(mistyped(tmp_path))
    assert list(misshapen_numbers(odd, rules)) == [SAID]
    denied = tuple(replace(service, decision=edi.Decision.DENIED) for service in odd.services)
    assert list(misshapen_numbers(replace(odd, services=denied), rules)) == []
    elsewhere = replace(odd, payer=replace(odd.payer, id="OTHER", name="OTHER"))
    assert list(misshapen_numbers(elsewhere, rules)) == []
    assert list(misshapen_numbers(replace(odd, services=()), rules)) == []


def answered(folder: Path, number: bytes) -> Path:
    """The story's answer about a knee, with the service in it, under another number."""
    data = (STORY / "responses" / "approved.278").read_bytes().replace(b"MLK26090101", number)
    data = data.replace(b"EV*0~", b"EV*1~").replace(b"SE*16", b"HL*5*4*SS*0~\nSV1*HC:27447:RT**UN*1~\nSE*18")
    path = folder / "answered.278"
    path.write_bytes(data)
    return path


def mistyped(folder: Path) -> Path:
    return answered(folder, b"MKL26090101")


def test_a_file_with_such_a_number_is_taken_with_a_warning(new_shell: Shell, tmp_path: Path) -> None:
    path = mistyped(tmp_path)
    assert new_shell("ledger", "import", path).exit_code == 0
    other = Shell(f"sqlite:///{tmp_path / 'other.db'}")
    result = other("ledger", "import", path, "--rules", MEADOWLARK)
    assert result.exit_code == 1
    assert SAID in result.output
    assert other("authorizations", "show", "MKL26090101").exit_code == 0


def test_a_claim_is_linked_to_it_all_the_same_and_the_reason_says_so(new_shell: Shell, tmp_path: Path) -> None:
    new_shell("ledger", "import", mistyped(tmp_path))
    claims, out = STORY / "claims" / "number-missing.837", tmp_path / "out.837"
    report = tmp_path / "report.json"
    assert new_shell("claims", "link", claims, "-o", out, "--rules", MEADOWLARK, "--report", report).exit_code == 0
    (row,) = json.loads(report.read_text(encoding="utf-8"))["claims"]
    assert (row["verdict"], row["authorization"], row["written"]) == ("linked", "MKL26090101", True)
    assert "MKL26090101 has not the shape of this payer's numbers by the rule that asks for one." in row["reasons"]
    assert b"REF*G1*MKL26090101~" in out.read_bytes()


def test_what_is_told_by_phone_or_in_a_spreadsheet_is_asked_too(new_shell: Shell, tmp_path: Path) -> None:
    words = "--payer MHP01 --member W1 --procedure 27447 --place 22 --start 2026-10-01 --end 2026-10-31 --channel phone".split()
    result = new_shell("authorizations", "add", "--number", "MKL26090101", *words, "--rules", MEADOWLARK)
    assert (result.exit_code, result.stderr) == (0, f"edi: {SAID}\n")
    assert new_shell("authorizations", "add", "--number", "MLK26090101", *words, "--rules", MEADOWLARK).stderr == ""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "number,decision,payer_id,member_id,procedure,place,start,end,channel\n"
        "MKL26090101,certified,MHP01,W2,27447,22,2026-10-01,2026-10-31,fax\n"
    )
    result = new_shell("authorizations", "import", sheet, "--rules", MEADOWLARK)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{sheet}:2: number: {SAID[:-1]}",
        f"{sheet}: taken: 1 authorization, 1 problem",
    ]
