"""edi remittances claim: what stands of a claim, what came for it, what is open between the payer and the practice."""

from __future__ import annotations

import json

import pytest

from tests.cli.shell import STORY, Shell
from tests.ledger.test_accounts import AGAIN, BACK, FIRST, PLB, remittance

RECOUPED = remittance(4, "20260701", "0", f"{PLB}*WO:P1*80*FB:EFT9*-80~")


@pytest.fixture
def paid(new_shell: Shell) -> Shell:
    """A ledger that knows of one payment."""
    assert new_shell("remittances", "match", "-", stdin=FIRST).exit_code == 1  # of no claim that was sent
    return new_shell


def taken(shell: Shell, *files: bytes) -> Shell:
    for data in files:
        shell("ledger", "import", "-", stdin=data)
    return shell


def test_a_claim_that_was_paid(paid: Shell) -> None:
    result = paid("remittances", "claim", "C1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Claim C1, MAPLE HEALTH: paid",
        "    date        remittance  payer's number  decided      charge    paid",
        "    2026-04-01  EFT1        P1              as primary  $100.00  $80.00  stands",
        "    Stands: charged $100.00, paid $80.00, patient owes $0.00",
        "    Adjusted: CO-45 $20.00",
    ]


def test_a_claim_that_was_corrected(paid: Shell) -> None:
    result = taken(paid, AGAIN, BACK)("remittances", "claim", "P2")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Claim C1, MAPLE HEALTH: paid",
        "    date        remittance  payer's number  decided       charge     paid",
        "    2026-04-01  EFT1        P1              as primary   $100.00   $80.00  taken back 2026-05-01",
        "    2026-05-01  EFT2        P1              reversal    -$100.00  -$80.00  takes back EFT1",
        "    2026-06-01  EFT3        P2              as primary   $100.00   $60.00  stands",
        "    Stands: charged $100.00, paid $60.00, patient owes $10.00",
        "    Adjusted: CO-45 $30.00, PR-2 $10.00",
        "    Beside claims: WO (overpayment taken back) of claim P1: $80.00 more",
        "    Beside claims: WO (overpayment taken back) of claim p1: $80.00 less",
        "    Came for it: $60.00",
    ]


def test_what_is_open_is_1(paid: Shell) -> None:
    result = taken(paid, BACK)("remittances", "claim", "C1")
    assert result.exit_code == 1
    assert result.stdout.startswith("Claim C1, MAPLE HEALTH: taken back, and not decided anew\n")
    assert result.stdout.endswith("    The payer has yet to take back $80.00.\n")


def test_a_recoupment_without_a_reversal_is_told(paid: Shell) -> None:
    taken(paid, RECOUPED)
    result = paid("remittances", "claim", "C1")
    assert result.exit_code == 1
    assert result.stdout.endswith("    Came for it: $0.00\n    The payer took back $80.00, and no reversal says why.\n")


def test_what_is_taken_back_of_a_claim_without_a_payment_is_told(new_shell: Shell) -> None:
    taken(new_shell, RECOUPED)
    result = new_shell("remittances", "claim", "p1")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Claim P1, MAPLE HEALTH: no payment of it is on file",
        "    Beside claims, remittance EFT4 of 2026-07-01: WO (overpayment taken back) of claim P1: $80.00 less",
        "    The payer took back $80.00, and no reversal says why.",
    ]
    document = new_shell.json("remittances", "claim", "P1", code=1)
    assert document["accounts"] == []
    (stray,) = document["beside"]
    assert (stray["claim"], stray["payer"]["name"], stray["bridge"]) == ("P1", "MAPLE HEALTH", "80.00")
    assert [(one["trace"], one["code"], one["amount"]) for one in stray["provider_adjustments"]] == [("EFT4", "WO", "80.00")]


def test_a_remittance_without_claims_is_taken(new_shell: Shell) -> None:
    result = new_shell("ledger", "import", "-", stdin=RECOUPED)
    assert (result.exit_code, result.stdout) == (0, "standard input: taken: 2 amounts beside claims\n")
    again = new_shell("ledger", "import", "-", stdin=RECOUPED.replace(b"*000000004", b"*000000008"))
    assert "amounts beside claims" not in again.stdout


def test_a_reversal_of_nothing_is_told(new_shell: Shell) -> None:
    result = taken(new_shell, BACK)("remittances", "claim", "C1")
    assert result.exit_code == 1
    assert "takes back what is not on file" in result.stdout


def test_a_claim_that_no_remittance_tells_of_is_1(paid: Shell) -> None:
    result = paid("remittances", "claim", "C9")
    assert (result.exit_code, result.stdout) == (1, "C9: no remittance tells of such a claim.\n")
    assert paid.json("remittances", "claim", "C9", code=1) == {"version": 1, "claim": "C9", "accounts": [], "beside": []}


def test_json_is_as_documented(new_shell: Shell) -> None:
    new_shell("ledger", "import", STORY / "remittances" / "paid.835")
    document = new_shell.json("remittances", "claim", "MHPCLM0001002")
    (account,) = document["accounts"]
    assert (account["claim"], account["payer"]["name"], account["state"]) == ("LO1002", "MEADOWLARK HEALTH PLAN", "paid")
    assert (account["paid"], account["received"], account["bridge"]) == ("2835.00", "2847.34", "0.00")
    assert account["adjustments"] == [
        {"line": "LO1002L1", "procedure": None, "date": None, "group": "CO", "reason": "45", "amount": "1050.00"},
        {"line": "LO1002L1", "procedure": None, "date": None, "group": "PR", "reason": "2", "amount": "315.00"},
    ]
    assert [(payment["trace"], payment["became"]) for payment in account["payments"]] == [("MHP7700001", "stands")]


def test_matching_tells_what_was_taken_back_and_no_reversal_says_why(paid: Shell) -> None:
    result = paid("remittances", "match", "-", stdin=RECOUPED)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Taken back beside claims (WO): $80.00 for claim C1 (P1); of $80.00 no reversal says why: ask the payer",
        "standard input: 0 payments, 0 findings",
    ]
    again = json.loads(paid("remittances", "match", "-", "--format", "json", stdin=RECOUPED).stdout)
    (told,) = again["recouped"]
    assert told == {
        "path": "-",
        "code": "WO",
        "payer_claim": "P1",
        "claim": "C1",
        "amount": "80.00",
        "trace": "EFT4",
        "unexplained": "80.00",
    }


def test_what_a_reversal_explains_is_no_finding(paid: Shell) -> None:
    taken(paid, BACK)
    result = paid("remittances", "match", "-", stdin=RECOUPED)
    assert result.exit_code == 0
    assert result.stdout.startswith("Taken back beside claims (WO): $80.00 for claim C1 (P1), as a reversal says\n")


def test_what_is_taken_back_of_a_claim_that_is_not_on_file_is_told(new_shell: Shell) -> None:
    result = new_shell("remittances", "match", "-", stdin=RECOUPED)
    assert result.exit_code == 1
    assert "$80.00 for P1, of which no payment is on file; of $80.00 no reversal says why" in result.stdout


def test_no_person_is_named(paid: Shell) -> None:
    taken(paid, AGAIN)
    for words in ((), ("--format", "json")):
        output = paid("remittances", "claim", "C1", *words).output
        assert "QUILL" not in output
        assert "W1000001" not in output
