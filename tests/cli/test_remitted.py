"""edi remittances show: an 835 as text, JSON and CSV, and what does not add up in it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell
from tests.records.test_advice import two
from tests.records.test_remittance import HEAD, file

REMITTANCES = STORY / "remittances"
PAID = REMITTANCES / "paid.835"
REVERSAL = REMITTANCES / "reversal-and-correction.835"
WRONG = (
    "CLP*C1*1*100*55.5*40*12*P1~CAS*CO*45*4~NM1*QC*1*QUILL*IVO****MI*W1000001~SVC*HC:97110*90*60~DTM*472*20260109~CAS*PR*1*30~"
    "PLB*1234567893*20261231*WO:P0 W1000001*25*FB:EFT0*-5~"
)
"""The line adds up; the claim does not, and neither does the whole."""


def test_a_remittance_is_shown_without_a_ledger(new_shell: Shell, tmp_path: Path) -> None:
    result = new_shell("remittances", "show", PAID)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Transfer MHP7700001 of 2026-11-16: $2,847.34",
        "    MEADOWLARK HEALTH PLAN to LARKSPUR ORTHOPEDICS (1999990017)",
        "    1 claim: charged $4,200.00, paid $2,835.00",
        "    Adjusted: CO (contractual) $1,050.00, PR (patient) $315.00",
        "    Beside claims: L6 (interest) of claim LO1002: $12.34 more",
        "    The whole adds up: $2,835.00 and $12.34 more is $2,847.34.",
        "",
        f"{PAID}: 1 remittance, it all adds up",
    ]
    assert not (tmp_path / "new.db").exists()


def test_claims_are_shown_where_they_are_asked_for(new_shell: Shell) -> None:
    result = new_shell("remittances", "show", REVERSAL, "--claims")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2:8] == [
        "    LO1002 (MHPCLM0001002) reversal: charged -$4,200.00, paid $0.00",
        "        line 1  27447-RT x 0 of 1 on 2026-10-06: charged -$4,200.00, paid $0.00",
        "            CO-197 -$4,200.00; remarks N210",
        "    LO1002 (MHPCLM0001002) as primary: charged $4,200.00, paid $2,835.00, patient owes $315.00",
        "        line 1  27447-RT x 1 on 2026-10-06: charged $4,200.00, paid $2,835.00",
        "            CO-45 $1,050.00, PR-2 $315.00",
    ]
    assert "2 claims, 1 reversal among them" in result.stdout


def test_what_does_not_add_up_is_told_with_both_sums(new_shell: Shell) -> None:
    result = new_shell("remittances", "show", "-", stdin=file(WRONG))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Transfer EFT1 of 2026-04-02: $100.00",
        "    MAPLE HEALTH (MAPLE1) to RIVERSIDE THERAPY (1234567893)",
        "    Claim C1:",
        "        ! The claim is paid 55.5; its charge less all adjustments comes to 66",
        "        ! The claim's charge is 100, its lines come to 90",
        "        ! The patient owes 40; the adjustments of group PR come to 30",
        "    1 claim: charged $100.00, paid $55.50",
        "    Adjusted: CO (contractual) $4.00, PR (patient) $30.00",
        "    Beside claims: WO (overpayment taken back) of claim P0: $25.00 less",
        "    Beside claims: FB (balance carried forward), remittance EFT0: $5.00 more",
        "    ! The payment is 100; claims less balances (PLB) come to 35.5",
        "",
        "standard input: 1 remittance, 4 faults",
    ]


def test_what_is_cut_off_is_told(new_shell: Shell) -> None:
    data = file("CLP*C1*1*100*100**12*P1~SVC*HC:97110*100*100~DTM*472*20260109~")
    result = new_shell("remittances", "show", "-", stdin=data[: data.index(b"SE*")])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[3:] == [
        "    ! Transaction 0001 has no SE",
        "",
        "standard input: 1 remittance, 1 fault",
    ]


def test_json_is_as_documented(new_shell: Shell) -> None:
    document = json.loads(new_shell("remittances", "show", "-", "--format", "json", stdin=file(WRONG)).stdout)
    assert sorted(document) == ["files", "version"]
    (one,) = document["files"][0]["remittances"]
    assert document["files"][0]["path"] == "-"
    assert (one["trace"], one["method"], one["amount"], one["paid_on"]) == ("EFT1", "ACH", "100.00", "2026-04-02")
    assert (one["claims"], one["charge"], one["paid"], one["withheld"]) == (1, "100.00", "55.50", "20.00")
    assert one["adjusted"] == {"CO": "4.00", "PR": "30.00"}
    assert one["balances"] == [{"rule": "payment-total", "expected": "35.50", "found": "100.00", "holds": False}]
    assert [(problem["code"], problem["claim"]) for problem in one["problems"]] == [
        ("claim-payment", "C1"),
        ("claim-charge", "C1"),
        ("patient-share", "C1"),
        ("payment-total", None),
    ]
    assert one["provider_adjustments"][0] == {
        "code": "WO",
        "label": "overpayment taken back",
        "reference": "P0",
        "claim": "P0",
        "remittance": None,
        "amount": "25.00",
        "provider": "1234567893",
        "fiscal": "2026-12-31",
    }
    assert "payments" not in one


def test_json_has_the_claims_where_they_are_asked_for(new_shell: Shell) -> None:
    document = new_shell.json("remittances", "show", REVERSAL, PAID, "--claims")
    (one,), (other,) = (entry["remittances"] for entry in document["files"])
    assert [(payment["claim"], payment["status"], payment["paid"]) for payment in one["payments"]] == [
        ("LO1002", "22", "0.00"),
        ("LO1002", "1", "2835.00"),
    ]
    (line,) = one["payments"][0]["lines"]
    assert (line["procedure"], line["units"], line["submitted_units"], line["remarks"]) == ("27447-RT", "0", "1", ["N210"])
    assert line["adjustments"] == [{"group": "CO", "reason": "197", "amount": "-4200.00", "quantity": None}]
    assert len(other["payments"]) == other["claims"] == 1


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_for_each_remittance_or_claim(new_shell: Shell) -> None:
    data = two().replace(b"MAPLE HEALTH", b"=MAPLE")
    found = rows(new_shell("remittances", "show", "-", "--format", "csv", stdin=data).stdout)
    assert [(row["trace"], row["claims"], row["paid"], row["withheld"], row["adds_up"]) for row in found] == [
        ("EFT1", "1", "100.00", "-1.00", "no"),
        ("EFT2", "1", "9.00", "-2.00", "no"),
    ]
    assert found[0]["payer"] == "'=MAPLE"  # no formula
    claims = rows(new_shell("remittances", "show", REVERSAL, "--claims", "--format", "csv").stdout)
    assert [(row["claim"], row["status"], row["contractual"], row["patient"], row["reasons"], row["from"]) for row in claims] == [
        ("LO1002", "22", "-4200.00", "0.00", "CO-197", "2026-10-06"),
        ("LO1002", "1", "1050.00", "315.00", "CO-45 PR-2", "2026-10-06"),
    ]


def test_no_person_is_named(new_shell: Shell) -> None:
    """Neither the patient, nor the member id that stands behind a claim's number in a PLB."""
    for words in ((), ("--format", "json"), ("--format", "csv")):
        for more in ((), ("--claims",)):
            result = new_shell("remittances", "show", "-", *words, *more, stdin=file(WRONG))
            assert "QUILL" not in result.output
            assert "W1000001" not in result.output


@pytest.mark.parametrize("words", [(), ("--format", "csv"), ("--format", "json")])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(words: tuple[str, ...], new_shell: Shell, tmp_path: Path) -> None:
    result = new_shell("remittances", "show", tmp_path / "none.835", PAID, *words)
    assert result.exit_code == 2
    assert result.stderr == f"edi: {tmp_path / 'none.835'}: No such file or directory.\n"
    assert "MHP7700001" in result.stdout
    if "json" in words:
        assert "error" in json.loads(result.stdout)["files"][0]


@pytest.mark.parametrize("words", [(), ("--format", "csv"), ("--format", "json")])
def test_a_file_without_a_remittance_is_1(words: tuple[str, ...], new_shell: Shell) -> None:
    result = new_shell("remittances", "show", STORY / "claims" / "batch.837", *words)
    assert result.exit_code == 1
    if "json" in words:
        assert json.loads(result.stdout)["files"][0]["remittances"] == []
    else:
        assert "no remittance (835) that can be read" in result.output


def test_methods_and_ways(new_shell: Shell) -> None:
    """A check, a notice without money, and money that the payer takes."""
    for bpr, headline in (
        ("BPR*I*0*C*CHK", "Check EFT1 of 2026-04-02: $0.00"),
        ("BPR*H*0*C*NON", "No money EFT1 of 2026-04-02: $0.00"),
        ("BPR*I*0*D*FWT", "Wire EFT1 of 2026-04-02: $0.00, taken from the payee"),
        ("BPR*I*0*C*X9", "X9 EFT1 of 2026-04-02: $0.00"),
    ):
        data = file("CLP*C1*1*1*0**12*P1~CAS*CO*45*1~", HEAD.replace("BPR*I*100*C*ACH", bpr))
        assert new_shell("remittances", "show", "-", stdin=data).stdout.startswith(f"{headline}\n")
