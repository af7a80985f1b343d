"""edi worklist: what payers took back without a reversal, and what they reversed without a new answer."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.ledger.test_accounts import AGAIN, BACK, DATE, FIRST, PATIENT, PLB, remittance

RECOUPED = remittance(4, "20260701", "0", f"{PLB}*WO:P1*80*FB:EFT9*-80~")
GIVEN_BACK = remittance(5, "20260801", "80", f"{PLB}*WO:P1*-80~")
REFUNDED = remittance(6, "20260701", "0", f"{PLB}*WO:P1*80*72:P1*-80~")
REVERSAL = f"CLP*C1*22*-100*-80**12*P1~CAS*CO*45*-20~{PATIENT}{DATE}"
BOTH = remittance(7, "20260501", "0", f"{REVERSAL}CLP*C1*1*100*80**12*P1~CAS*CO*45*20~{PATIENT}{DATE}")
LIMITS = """payer "Maple Health" known as MAPLE1

limits maple-claims
  appeal  within 90 days of remittance
  source  "Maple manual 2026, section 4"
"""


def taken(shell: Shell, *files: bytes) -> Shell:
    for data in files:
        assert shell("ledger", "import", "-", stdin=data).exit_code == 0
    return shell


def work(shell: Shell) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = shell.json("worklist", "--today", "2026-09-01")["items"]
    return [item for item in items if item["kind"] in ("recoupment", "reversal")]


@pytest.mark.parametrize("files", [(FIRST, RECOUPED), (RECOUPED, FIRST)], ids=["after", "before"])
def test_a_recoupment_without_a_reversal_is_work(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    (item,) = work(taken(new_shell, *files))
    assert (item["kind"], item["claim"], item["amount"]) == ("recoupment", "C1", "80.00")
    assert (item["payer"], item["payer_id"]) == ("MAPLE HEALTH", "MAPLE1")
    assert item["reason"] == "WO in EFT4 and no reversal"
    assert item["deadline"] == "2026-08-30"  # 60 days from the remittance that took it
    assert item["action"].startswith("Ask the payer why it took this back")
    shown = new_shell("worklist", "show", item["item"]).stdout
    assert "recoupment, open" in shown
    assert "QUILL" not in shown


def test_by_the_payers_limit_and_it_stays_without_rules(new_shell: Shell, tmp_path: Path) -> None:
    rules = tmp_path / "maple.rules"
    rules.write_text(LIMITS)
    taken(new_shell, FIRST)
    new_shell("remittances", "match", "-", "--rules", rules, stdin=RECOUPED)
    assert [item["deadline"] for item in work(new_shell)] == ["2026-09-29"]
    new_shell("remittances", "match", "-", stdin=RECOUPED)
    assert [item["deadline"] for item in work(new_shell)] == ["2026-09-29"]


def test_of_a_claim_of_which_no_payment_is_on_file_it_is_only_told(new_shell: Shell) -> None:
    assert work(taken(new_shell, RECOUPED)) == []


@pytest.mark.parametrize(
    "closing, why",
    [(BACK, "A reversal says why it was taken back."), (GIVEN_BACK, "The payer gave it back, or a refund of it came in.")],
    ids=["reversal", "repayment"],
)
def test_what_explains_it_later_closes_it(new_shell: Shell, closing: bytes, why: str) -> None:
    (item,) = work(taken(new_shell, FIRST, RECOUPED))
    taken(new_shell, closing)
    shown = new_shell("worklist", "show", item["item"]).stdout
    assert "recoupment, closed" in shown
    assert why in shown


def test_a_refund_that_the_payer_books_is_no_work(new_shell: Shell) -> None:
    assert work(taken(new_shell, FIRST, REFUNDED)) == []


def test_what_a_person_closed_is_work_again_when_more_is_taken(new_shell: Shell) -> None:
    (item,) = work(taken(new_shell, FIRST, RECOUPED))
    closing = ("--why", "our mistake", "--by", "ann")
    assert new_shell("worklist", "close", item["item"], *closing).exit_code == 0
    taken(new_shell, remittance(8, "20260715", "5", f"CLP*C7*1*5*5**12*P7~{PATIENT}{DATE}"))
    assert work(new_shell) == []
    taken(new_shell, remittance(9, "20260801", "0", f"{PLB}*WO:P1*20*FB:EFT9*-20~"))
    (again,) = work(new_shell)
    assert (again["item"], again["amount"]) == (item["item"], "100.00")


@pytest.mark.parametrize("files", [(FIRST, BACK), (BACK, FIRST)], ids=["after", "before"])
def test_a_reversal_without_a_new_answer_is_work(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    (item,) = work(taken(new_shell, *files))
    assert (item["kind"], item["claim"], item["amount"]) == ("reversal", "C1", "80.00")
    assert (item["reason"], item["deadline"]) == ("reversed in EFT2 and not decided anew", "2026-06-30")
    taken(new_shell, AGAIN)
    assert work(new_shell) == []
    assert "Remittance EFT3 decides the claim." in new_shell("worklist", "show", item["item"]).stdout


@pytest.mark.parametrize("files", list(permutations((FIRST, BACK, AGAIN, RECOUPED))))
def test_the_order_of_arrival_makes_no_difference(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    """AGAIN has the WO that the reversal announced; RECOUPED takes the same money once more."""
    (item,) = work(taken(new_shell, *files))
    assert (item["kind"], item["amount"], item["reason"]) == ("recoupment", "80.00", "WO in EFT4 and no reversal")


def test_a_correction_in_the_same_remittance_leaves_no_work(new_shell: Shell) -> None:
    taken(new_shell, FIRST, BOTH)
    states = [word for state in ("open", "worked", "closed") for word in ("--state", state)]
    items = new_shell.json("worklist", *states)["items"]
    assert [item for item in items if item["kind"] == "reversal"] == []


def test_the_kinds_can_be_asked_for(new_shell: Shell) -> None:
    taken(new_shell, FIRST, RECOUPED)
    assert len(new_shell.json("worklist", "--kind", "recoupment")["items"]) == 1
    assert new_shell.json("worklist", "--kind", "reversal")["items"] == []
