"""835 remittances: the check or transfer, the claims one at a time, what is settled beside them, and all that comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pytest

from edi import resources
from edi.linkage.denials.denial import findings
from edi.linkage.usage import Usage
from edi.records.advice import Remittance, RemittanceTotals, read_remittances
from edi.records.parties import Contact
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.remittance import read_payments
from edi.records.transfer import BankAccount, RemittanceDelivery
from edi.text.segments import Source
from tests.records.test_remittance import CLAIM, HEAD, file

PLB = "PLB*1234567893*20261231*WO:PC1*25*FB:EFT0*-5.5*L6:C9*-1.25~"


def only(source: Source) -> Remittance:
    (remittance,) = read_remittances(source)
    return remittance


def test_what_stands_before_the_claims() -> None:
    head = (
        HEAD.replace("DTM*405", "CUR*PR*USD~REF*EV*CLINIC~REF*F2*7.1~DTM*405")
        .replace("TRN*1*EFT1*1512345678", "TRN*1*EFT1*1512345678*SUB9")
        .replace("PER*BL", "PER*CX**TE*6145550199*EX*12~PER*BL")
        .replace("LX*1~", "RDM*FT*OFFICE*6145550111~LX*1~")
    )
    transfer = only(file(head=head)).transfer
    assert (transfer.transaction, transfer.handling, transfer.amount, transfer.debit) == ("0001", "I", 100, False)
    assert (transfer.method, transfer.format, transfer.trace, transfer.subsidiary) == ("ACH", "CCP", "EFT1", "SUB9")
    assert (transfer.originator, transfer.paid_on, transfer.produced_on) == ("1512345678", date(2026, 4, 2), date(2026, 4, 1))
    assert transfer.payer_account == BankAccount(bank_qualifier="01", bank="999999992", kind="DA", number="123456")
    assert transfer.payee_account == BankAccount(bank_qualifier="01", bank="999988880", kind="DA", number="98765")
    assert (transfer.currency, transfer.receiver, transfer.version) == ("USD", "CLINIC", "7.1")
    assert transfer.payer_contacts == (
        ("CX", Contact(numbers=(("TE", "6145550199"), ("EX", "12")))),
        ("BL", Contact(name="EDI DESK", numbers=(("TE", "6145550100"),))),
    )
    assert transfer.delivery == RemittanceDelivery(method="FT", name="OFFICE", number="6145550111")
    assert (transfer.payer.name, transfer.payee.npi, transfer.payee.tax_id) == ("MAPLE HEALTH", "1234567893", "123456789")


def test_what_is_settled_beside_claims() -> None:
    remittance = only(file(CLAIM + PLB + "PLB*1234567893*20261231*CS:PC2 W1000001*3~"))
    assert remittance.adjustments[0] == ProviderAdjustment(
        code="WO", reference="PC1", amount=Decimal(25), provider="1234567893", fiscal=date(2026, 12, 31)
    )
    assert [(each.code, each.reference, each.claim, str(each.amount)) for each in remittance.adjustments] == [
        ("WO", "PC1", "PC1", "25"),
        ("FB", "EFT0", "", "-5.5"),  # another remittance's number
        ("L6", "C9", "C9", "-1.25"),
        ("CS", "PC2 W1000001", "PC2", "3"),  # a member id behind the claim's number
    ]
    assert [each.remittance for each in remittance.adjustments] == ["", "EFT0", "", ""]
    assert [each.label for each in remittance.adjustments] == [
        "overpayment taken back",
        "balance carried forward",
        "interest",
        "adjustment",
    ]
    assert remittance.totals.withheld == Decimal("21.25")


def test_every_code_of_the_guide_has_a_label() -> None:
    text = resources.guide_file("835/remittance").read_text(encoding="utf-8")
    codes = re.split(r"\W+", text.partition("codes balance-reasons = ")[2].partition("\n\n")[0])
    assert len(codes) == 41
    assert all(ProviderAdjustment(code=code).label for code in codes)
    assert (ProviderAdjustment(code="ZZ").label, ProviderAdjustment(code="ZZ", reference="C1").claim) == ("", "")


def test_totals() -> None:
    back = "CLP*C1*22*-10*-4**12*PC1~CAS*CO*45*-6~AMT*I*.5~"
    assert only(file("CLP*C1*1*10*4**12*PC1~CAS*CO*45*5*1*97*1~" + back + PLB)).totals == RemittanceTotals(
        claims=2,
        reversals=1,
        charge=Decimal(0),
        paid=Decimal(0),
        adjusted={"CO": Decimal(0)},
        interest=Decimal("0.5"),
        withheld=Decimal("18.25"),
    )


def test_a_remittance_without_claims_is_one() -> None:
    head = HEAD.replace("LX*1~", "").replace("BPR*I*100*", "BPR*I*0*")
    remittance = only(file("PLB*1234567893*20261231*WO:PC1*25*FB:EFT1*-25~", head))
    assert list(remittance.payments) == []
    assert [adjustment.claim for adjustment in remittance.adjustments] == ["PC1", ""]
    assert (remittance.totals.claims, remittance.problems) == (0, ())


def test_what_the_payer_sums_up_by_provider() -> None:
    sums = "*".join(str(n) for n in range(1, 20))
    head = HEAD.replace("LX*1~", f"LX*7~TS3*1234567893*11*20261231*2*30.5********6**1**3*4**20*21*22*23*24~TS2*{sums}~")
    (summary,) = only(file("CLP*C1*1*10*10**12*P1~LX*8~CLP*C2*1*20.5*20.5**12*P2~", head)).summaries
    assert (summary.number, summary.provider, summary.facility, summary.fiscal) == ("7", "1234567893", "11", date(2026, 12, 31))
    assert (summary.claims, summary.charge) == (2, Decimal("30.5"))
    assert {name: int(amount) for name, amount in list(summary.amounts.items())[:9]} == {
        "secondary_payer": 6,
        "non_laboratory": 1,
        "procedures_reported": 3,
        "procedures_payable": 4,
        "professional": 20,
        "secondary_liability_met": 21,
        "patients_reimbursed": 22,
        "interim_claims": 23,
        "interim_adjustment": 24,
    }
    assert [int(amount) for amount in list(summary.amounts.values())[9:]] == list(range(1, 20))
    assert (summary.amounts["drg"], summary.amounts["capital_disproportionate_share"]) == (1, 19)


def test_a_remittance_that_is_cut_off_says_so() -> None:
    whole = file("CLP*C1*1*100*100**12*P1~SVC*HC:97110*100*100~")
    (problem,) = only(whole[: whole.index(b"SE*")]).problems
    assert (problem.code, problem.level, problem.transaction) == ("se-missing", 1, "0001")
    assert only(whole).problems == ()


def two() -> bytes:
    """Two remittances, each with a claim and a PLB of its own."""
    first = file("CLP*C1*1*100*100**12*P1~SVC*HC:97110*100*100~PLB*1234567893*20261231*CS:A*-1~")
    second = file("CLP*C2*1*9*9**12*P2~PLB*1234567893*20261231*CS:B*-2~").replace(b"EFT1", b"EFT2").replace(b"*0001~", b"*0002~")
    return first[: first.index(b"GE*")] + second[second.index(b"ST*") :]


def test_each_has_its_own() -> None:
    found = [
        (remittance.transfer.trace, [payment.claim for payment in remittance.payments], remittance.adjustments[0].claim)
        for remittance in read_remittances(two())
    ]
    assert found == [("EFT1", ["C1"], "A"), ("EFT2", ["C2"], "B")]
    assert [payment.claim for payment in read_payments(two())] == ["C1", "C2"]


def test_who_does_not_look_at_the_claims_has_their_sums_all_the_same() -> None:
    found = list(read_remittances(two()))
    assert [(one.totals.claims, one.totals.paid, one.adjustments[0].claim) for one in found] == [(1, 100, "A"), (1, 9, "B")]
    assert [list(one.payments) for one in found] == [[], []]
    assert two()[found[1].offset :].startswith(b"ST*835*0002")
    assert found[1].interchange == "000000001"


def test_the_rest_is_read_when_it_is_asked_for_early() -> None:
    remittance = next(read_remittances(file(CLAIM + CLAIM)))
    next(remittance.payments)
    assert remittance.totals.claims == 2
    assert list(remittance.payments) == []


def test_what_is_no_remittance_is_passed_over() -> None:
    data = file().replace(b"005010X221A1", b"004010X091A1")
    assert list(read_remittances(data)) == list(read_remittances(b"")) == []
    claims = Path(__file__).parents[2] / "testdata/story/claims/batch.837"
    assert list(read_remittances(claims)) == []


class Endless:
    """A file of one remittance that has as many claims as somebody reads."""

    def __init__(self) -> None:
        self.given = 0
        self._text = self._texts()

    def _texts(self) -> Iterator[bytes]:
        yield HEAD.encode()
        while True:
            yield CLAIM.encode() * 100

    def read(self, size: int = -1) -> bytes:
        text = next(self._text)
        self.given += len(text)
        return text


def test_one_claim_is_read_at_a_time() -> None:
    endless = Endless()
    source: BinaryIO = endless  # type: ignore[assignment]  # it is read, and nothing else is done with it
    remittance = next(read_remittances(source))
    payments = [next(remittance.payments) for _ in range(2_000)]
    assert payments[-1].claim == "C1"
    assert endless.given < 2_000 * len(CLAIM) + (4 << 20)


BY_HAND = {
    "pass__secondary-payments.edi": (
        ("0012524965", "CHK", "1222", 2, "11075.14", "1222", {"CO": "85", "OA": "9548.14", "PR": "220"}, "0"),
        "912 + 310 is 1222; OA 9411.64 + 136.50; PR 150 + 70",
    ),
    "pass__era-sample.edi": (
        ("12345", "CHK", "132", 1, "226", "132", {"CO": "94"}, "0"),
        "25 + 14 + 10 + 34 + 49 is 132; CO 21 + 11 + 12 + 26 + 24",
    ),
    "X221_HP835_Health_Care_Claim_Payment_Advice__case__1.edi": (
        ("12345", "ACH", "150000", 2, "226366.97", "149998.73", {"CO": "76368.24"}, "-1.27"),
        "138018.40 + 11980.33 is 149998.73, less -1.27 is 150000; CO 73348.57 + 3019.67",
    ),
}
"""Sums of three files, made by reading them: trace, method, payment, claims, charge, paid, by group, PLB; and how."""


@pytest.mark.parametrize("name", BY_HAND)
def test_totals_made_by_hand(name: str, corpus: Path) -> None:
    (path,) = (corpus / "835").glob(f"*__{name}")
    remittance = only(path)
    (trace, method, amount, claims, charge, paid, adjusted, withheld), _ = BY_HAND[name]
    transfer, totals = remittance.transfer, remittance.totals
    assert (transfer.trace, transfer.method, transfer.amount) == (trace, method, Decimal(amount))
    assert (totals.claims, totals.charge, totals.paid) == (claims, Decimal(charge), Decimal(paid))
    assert totals.adjusted == {group: Decimal(sum_) for group, sum_ in adjusted.items()}
    assert totals.withheld == Decimal(withheld)


@pytest.mark.corpus("835/*")
def test_every_remittance_of_the_corpus_is_read_whole(corpus_file: Path) -> None:
    payments = list(read_payments(corpus_file))
    found = list(read_remittances(corpus_file))
    assert sum(remittance.totals.claims for remittance in found) == len(payments)
    assert all(remittance.transfer.trace and remittance.transfer.method for remittance in found)
    assert bool(found) == (corpus_file.name not in NO_GUIDE)


NO_GUIDE = {
    "azoner__pyx12__x12testdata__835id.txt",  # 4010
    "irobayna__stupidedi__004010__X091A1_HP835_Health_Care_Claim_Payment_Advice__case__1.edi",  # 4010
    "sbuss__TigerShark__X12-0.08__t__sample_835.txt",  # no version, and words where amounts should be
}

DENIED = {
    "irobayna__stupidedi__005010__X221_HP835_Health_Care_Claim_Payment_Advice__case__2.edi": [
        ("8765432112", "1", "CO-210", Decimal(50), "authorization-late")
    ],
}
"""The files with denials about authorizations or referrals: claim, line, code, amount, kind."""


@pytest.mark.corpus("835/*")
def test_denials_of_the_corpus_that_are_about_authorizations(corpus_file: Path) -> None:
    found = [
        (finding.claim, finding.line, "-".join(finding.codes), finding.amount, finding.kind)
        for payment in read_payments(corpus_file)
        for finding in findings(payment, None, (), Usage())
        if finding.kind.startswith(("authorization", "referral"))
    ]
    assert found == DENIED.get(corpus_file.name, [])
