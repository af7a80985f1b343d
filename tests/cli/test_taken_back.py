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


OTHERS = remittance(8, "20260702", "0", f"{PLB}*WO:P1*70*FB:EFT9*-70~", payer="ELM1")


def test_of_a_claim_of_which_no_payment_is_on_file_it_is_work_too(new_shell: Shell) -> None:
    """The payment came before the ledger began, or its remittance is missing; another payer's is another claim's."""
    mine, other = sorted(work(taken(new_shell, RECOUPED, OTHERS)), key=lambda item: item["payer_id"], reverse=True)
    assert (mine["kind"], mine["claim"], mine["amount"], mine["deadline"]) == ("recoupment", "P1", "80.00", "2026-08-30")
    assert (mine["payer"], mine["payer_id"], mine["reason"]) == ("MAPLE HEALTH", "MAPLE1", "WO in EFT4 and no payment on file")
    assert mine["action"].startswith("Ask the payer which payment it took back")
    assert (other["claim"], other["amount"], other["payer_id"]) == ("P1", "70.00", "ELM1")


@pytest.mark.parametrize(
    "closing, why, left",
    [
        (FIRST, "A payment of the claim came: what was taken back is told with that.", ["C1"]),
        (GIVEN_BACK, "The payer gave it back, or a refund of it came in.", []),
        (REFUNDED.replace(b"*WO:P1*80*", b"*L6:P1*80*"), "The payer gave it back, or a refund of it came in.", []),
    ],
    ids=["payment", "repayment", "refund"],
)
def test_what_comes_later_of_it_closes_it(new_shell: Shell, closing: bytes, why: str, left: list[str]) -> None:
    (item,) = work(taken(new_shell, RECOUPED))
    taken(new_shell, closing)
    shown = new_shell("worklist", "show", item["item"]).stdout
    assert "recoupment, closed" in shown
    assert why in shown
    assert [item["claim"] for item in work(new_shell)] == left


@pytest.mark.parametrize("order", list(permutations((FIRST, RECOUPED, GIVEN_BACK, OTHERS)))[::5], ids=range(5))
def test_with_and_without_its_payment_the_end_is_the_same(new_shell: Shell, order: tuple[bytes, ...]) -> None:
    assert [(item["claim"], item["amount"], item["payer_id"]) for item in work(taken(new_shell, *order))] == [
        ("P1", "70.00", "ELM1")
    ]


def test_of_what_was_given_back_it_is_told_that_nothing_is_unexplained(new_shell: Shell) -> None:
    told = new_shell("remittances", "match", "-", "--format", "json", stdin=RECOUPED)
    assert '"unexplained": "80.00"' in told.stdout
    taken(new_shell, GIVEN_BACK)
    told = new_shell("remittances", "match", "-", "--format", "json", stdin=RECOUPED)
    assert '"unexplained": "0.00"' in told.stdout


@pytest.mark.parametrize("files", [(BACK,), (BACK, FIRST)], ids=["alone", "and then its payment"])
def test_a_reversal_of_a_payment_that_is_not_on_file_is_work(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    (item,) = work(taken(new_shell, *files))
    assert (item["kind"], item["claim"], item["amount"]) == ("reversal", "C1", "80.00")
    assert item["reason"] == "reversed in EFT2 and not decided anew"


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


# -- a part of a payment -------------------------------------------------------------------------------------------------------


def lines(*sums: tuple[str, int, int]) -> str:
    """SVCs of a code each, with what is charged and paid; the rest is taken off by contract."""
    return "".join(f"SVC*HC:{code}*{charge}*{paid}**1~DTM*472*20260310~CAS*CO*45*{charge - paid}~" for code, charge, paid in sums)


WHOLE = remittance(1, "20260401", "150", f"CLP*C1*1*200*150**12*P1~{PATIENT}{lines(('97110', 120, 90), ('97140', 80, 60))}")
PART = f"CLP*C1*22*-80*-60**12*P1~{PATIENT}{lines(('97140', -80, -60))}"
TAKEN = remittance(2, "20260501", "0", f"{PART}{PLB}*FB:EFT2*-60~")
REST = remittance(3, "20260601", "0", f"CLP*C1*22*-120*-90**12*P1~{PATIENT}{lines(('97110', -120, -90))}")
ANEW = remittance(4, "20260701", "45", f"CLP*C1*1*80*45**12*P1~{PATIENT}{lines(('97140', 80, 45))}")
AT_ONCE = remittance(2, "20260501", "0", f"{PART}CLP*C1*1*80*45**12*P1~{PATIENT}{lines(('97140', 80, 45))}")
OF_ANOTHER_LINE = remittance(4, "20260701", "45", f"CLP*C1*1*120*45**12*P1~{PATIENT}{lines(('97110', 120, 45))}")
LESS = remittance(2, "20260501", "0", f"CLP*C1*22*-200*-50**12*P1~{PATIENT}")


@pytest.mark.parametrize("files", [(WHOLE, TAKEN), (TAKEN, WHOLE)], ids=["after", "before"])
def test_a_part_that_is_taken_back_and_not_decided_anew_is_work(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    (item,) = work(taken(new_shell, *files))
    assert (item["kind"], item["claim"], item["amount"]) == ("reversal", "C1", "60.00")
    assert (item["reason"], item["deadline"]) == ("reversed in part in EFT2 and not decided anew", "2026-06-30")
    assert item["action"].startswith("Ask the payer why it took a part of the payment back")
    told = new_shell("remittances", "claim", "C1").stdout
    assert "stands, but for a part" in told
    assert "takes back a part of EFT1" in told
    assert "Stands: charged $120.00, paid $90.00" in told


@pytest.mark.parametrize("files", list(permutations((WHOLE, TAKEN, ANEW))))
def test_a_new_answer_about_that_part_closes_it_in_any_order(new_shell: Shell, files: tuple[bytes, ...]) -> None:
    assert work(taken(new_shell, *files)) == []


def test_it_is_told_what_closed_it(new_shell: Shell) -> None:
    (item,) = work(taken(new_shell, WHOLE, TAKEN))
    taken(new_shell, ANEW)
    shown = new_shell("worklist", "show", item["item"]).stdout
    assert "reversal, closed" in shown
    assert "Remittance EFT4 decides the claim." in shown


def test_a_part_that_is_decided_anew_at_once_is_no_work(new_shell: Shell) -> None:
    assert work(taken(new_shell, WHOLE, AT_ONCE)) == []


def test_an_answer_about_another_line_leaves_it(new_shell: Shell) -> None:
    (item,) = work(taken(new_shell, WHOLE, TAKEN, OF_ANOTHER_LINE))
    assert (item["kind"], item["amount"]) == ("reversal", "60.00")


def test_parts_are_added_up(new_shell: Shell) -> None:
    (item,) = work(taken(new_shell, WHOLE, TAKEN, REST))
    assert (item["amount"], item["reason"]) == ("150.00", "reversed in part in EFT3 and not decided anew")


def test_of_a_whole_claim_no_more_is_work_than_was_taken(new_shell: Shell) -> None:
    (item,) = work(taken(new_shell, WHOLE, LESS))
    assert (item["amount"], item["reason"]) == ("50.00", "reversed in EFT2 and not decided anew")


def test_a_part_of_nothing_that_is_on_file_is_told_and_work(new_shell: Shell) -> None:
    assert [item["kind"] for item in work(taken(new_shell, TAKEN))] == ["reversal"]
    assert "takes back what is not on file" in new_shell("remittances", "claim", "C1").stdout


@pytest.mark.parametrize("part_first", [False, True])
def test_what_is_denied_of_other_lines_stays_denied(new_shell: Shell, part_first: bool) -> None:
    denied = "SVC*HC:97150*70*0**1~DTM*472*20260310~CAS*CO*197*70~"
    paid = f"CLP*C1*1*150*60**12*P1~{PATIENT}{lines(('97140', 80, 60))}{denied}"
    files = (remittance(1, "20260401", "60", paid), TAKEN)
    taken(new_shell, *(reversed(files) if part_first else files))
    items = new_shell.json("worklist", "--today", "2026-09-01")["items"]
    assert sorted((item["kind"], item["amount"]) for item in items) == [("denial", "70.00"), ("reversal", "60.00")]
