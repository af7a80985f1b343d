"""A claim's money in the ledger: payments, reversals and corrections of several files, and what PLB took back, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from edi.ledger import Ledger
from edi.ledger.reading import adapter, to_json
from edi.linkage.denials.netting import PAID, REVERSED
from edi.records.remittance import Payment, read_payments
from tests.records.test_remittance import HEAD, file

Open = Callable[[], Ledger]
STORY = Path(__file__).parents[2] / "testdata/story/remittances"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PATIENT = "NM1*QC*1*QUILL*IVO****MI*W1000001~"


def remittance(number: int, day: str, amount: str, text: str, payer: str = "MAPLE1") -> bytes:
    head = (
        HEAD.replace("*000000001*", f"*{number:09d}*")
        .replace("EFT1", f"EFT{number}")
        .replace("BPR*I*100*", f"BPR*I*{amount}*")
        .replace("20260401~N1", f"{day}~N1")
    )
    if payer != "MAPLE1":
        head = head.replace("MAPLE HEALTH*XV*MAPLE1", f"{payer} HEALTH*XV*{payer}").replace("REF*2U*M2", "REF*2U*E2")
    head = head if "CLP" in text else head.replace("LX*1~", "")
    return file(text, head).replace(b"IEA*1*000000001", f"IEA*1*{number:09d}".encode())


DATE = "DTM*232*20260301~"
PLB = "PLB*1234567893*20261231"
FIRST = remittance(1, "20260401", "80", f"CLP*C1*1*100*80**12*P1~CAS*CO*45*20~{PATIENT}{DATE}")
BACK = remittance(2, "20260501", "0", f"CLP*C1*22*-100*-80**12*P1~CAS*CO*45*-20~{PATIENT}{DATE}{PLB}*WO:P1*-80~")
AGAIN = remittance(
    3,
    "20260601",
    "-20",
    f"CLP*C1*1*100*60*10*12*P2~CAS*CO*45*30~CAS*PR*2*10~{PATIENT}REF*F8*P1~{DATE}{PLB}*WO:p1  W1000001*80~",
)


@pytest.mark.parametrize("order", list(permutations((FIRST, BACK, AGAIN)))[::2], ids=["123", "213", "312"])
def test_what_stands_is_the_same_in_any_order(open_ledger: Open, order: tuple[bytes, ...]) -> None:
    with open_ledger() as ledger:
        for data in order:
            assert ledger.take(data, now=NOW).payments == 1
        found = [ledger.account(number) for number in ("C1", "P1", "P2")]
    assert found[0] == found[1] == found[2]
    (account,) = found[0]
    assert (account.state, account.paid, account.patient_share, account.received, account.bridge) == (PAID, 60, 10, 60, 0)
    assert [(each.code, each.amount) for each in account.beside] == [("WO", -80), ("WO", 80)]
    assert ([payment.payer_claim for payment in account.standing], account.unpaired) == (["P2"], ())


def test_what_has_yet_to_be_taken_back_shows(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        for data in (FIRST, BACK):
            ledger.take(data, now=NOW)
        (account,) = ledger.account("C1")
    assert (account.state, account.paid, account.received, account.bridge) == (REVERSED, 0, 80, -80)


def test_a_remittance_without_claims_takes_back_too(open_ledger: Open) -> None:
    """A recoupment long after the claim was paid has no CLP."""
    recouped = remittance(4, "20260701", "0", f"{PLB}*WO:P1*80*FB:EFT9*-80~")
    with open_ledger() as ledger:
        for data in (recouped, FIRST):
            ledger.take(data, now=NOW)
        (account,) = ledger.account("C1")
        assert ledger.status().payments == 1
    assert (account.paid, account.received, account.bridge) == (80, 0, 80)
    assert [each.code for each in account.beside] == ["WO"]  # FB is of a remittance


def test_another_payer_s_number_is_another_claim_s(open_ledger: Open) -> None:
    other = remittance(5, "20260501", "0", f"{PLB}*WO:P1*80*FB:EFT9*-80~", payer="ELM1")
    secondary = remittance(6, "20260601", "20", f"CLP*C1*2*100*20**12*S1~CAS*OA*23*80~{PATIENT}{DATE}", payer="ELM1")
    with open_ledger() as ledger:
        for data in (FIRST, other, secondary):
            ledger.take(data, now=NOW)
        primary, second = ledger.account("C1")
        assert ledger.account("S1") == [second]
        assert ledger.account("C9") == []
    assert (primary.paid, primary.beside) == (80, ())
    assert (second.paid, second.beside) == (20, ())


def test_the_same_remittance_again_counts_once_beside_claims(open_ledger: Open) -> None:
    """A copy in another envelope: what PLB says is one thing."""
    recouped = remittance(4, "20260701", "0", f"{PLB}*WO:P1*80*FB:EFT9*-80~")
    with open_ledger() as ledger:
        for data in (FIRST, recouped, recouped.replace(b"*000000004", b"*000000007")):
            ledger.take(data, now=NOW)
        (account,) = ledger.account("C1")
    assert account.bridge == 80


def test_a_payment_is_kept_whole() -> None:
    text = (
        "CLP*C1*19*100*100**MA*PC1*11*1**470*1.5*0.8~NM1*QC*1*QUILL*IVO~NM1*74*1*QUILL*IVOR~NM1*TT*2*ELM*****PI*E1~"
        "NM1*PR*2*OAK*****XV*O1~NM1*GB*1*QUILL*NORA~MIA*3*1*2*3*N1~REF*CE*GOLD~DTM*036*20251231~DTM*050*20260115~"
        "PER*CX*CLAIMS*TE*6145550101~AMT*I*1.25~QTY*CD*.5~"
        "SVC*HC:97110*100*100*0420*2*HC:97112*3~DTM*472*20260109~AMT*B6*120~QTY*ZK*5~LQ*RX*75~"
    )
    (payment,) = read_payments(file(text))
    assert payment.inpatient
    assert adapter(Payment).validate_json(to_json(payment)) == payment


def test_interest_of_the_story(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take(STORY / "paid.835", now=NOW)
        (account,) = ledger.account("LO1002")
    assert [(each.code, str(each.amount)) for each in account.beside] == [("L6", "-12.34")]
    assert str(account.received) == "2847.34"
