"""835 payments: every adjustment with its sign, every remark and number, as far as a remittance can be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.guides.document import units
from edi.records.parties import Address, Contact, Party, Person, Reference
from edi.records.remittance import Adjustment, PaidLine, Payment, read_payments
from edi.records.services import Period, Procedure

HEAD = (
    "ISA*00*          *00*          *ZZ*MAPLE          *ZZ*CLINIC         *260401*1200*^*00501*000000001*0*P*:~"
    "GS*HP*MAPLE*CLINIC*20260401*1200*1*X*005010X221A1~ST*835*0001~"
    "BPR*I*100*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260402~TRN*1*EFT1*1512345678~"
    "DTM*405*20260401~N1*PR*MAPLE HEALTH*XV*MAPLE1~N3*9 MAPLE STREET~N4*RIVERSIDE*OH*43000~REF*2U*M2~"
    "PER*BL*EDI DESK*TE*6145550100~"
    "N1*PE*RIVERSIDE THERAPY*XX*1234567893~REF*TJ*123456789~LX*1~"
)
CLAIM = (
    "CLP*C1*1*180.50*60*40*12*PC1*11*1~CAS*CO*45*-5.25*1*253*2**94*1~NM1*QC*1*QUILL*IVO****MI*W1000001~NM1*IL*1*QUILL*NORA****MI*W1000001~"
    "NM1*82*1*HELM*ADA****XX*1234567810~MIA*0****MA02***************N1*N2*N3*N4~MOA***MA01*MA07~REF*G1*A1~REF*BB*B1~REF*F8*F1~"
    "DTM*232*20260109~DTM*233*20260112~AMT*AU*100~"
    "SVC*HC:97110:GP*100*60**2*HC:97112:59~DTM*472*20260109~CAS*CO*197*40~CAS*PR*1*10*1*2*-3.5**3*0~REF*6R*L1~REF*G1*A2~LQ*HE*N54~LQ*RX*75~"
    "SVC*NU:0250*80.50*0*~CAS*OA*18*80.5~LQ*HE*M62~"
)


def file(claims: str = CLAIM, head: str = HEAD) -> bytes:
    inner = head[head.index("ST*") :] + claims
    return f"{head}{claims}SE*{inner.count('~') + 1}*0001~GE*1*1~IEA*1*000000001~".encode("latin-1")


def one(data: bytes) -> Payment:
    (payment,) = read_payments(data)
    return payment


def days(start: int, end: int | None = None) -> Period:
    return Period(start=date(2026, 1, start), end=date(2026, 1, end or start))


def adjustment(group: str, reason: str, amount: str, quantity: str | None = None) -> Adjustment:
    return Adjustment(group=group, reason=reason, amount=Decimal(amount), quantity=Decimal(quantity) if quantity else None)


def reference(qualifier: str, value: str) -> Reference:
    return Reference(qualifier=qualifier, value=value)


def test_a_payment() -> None:
    data = file()
    assert one(data) == Payment(
        claim="C1",
        payer_claim="PC1",
        status="1",
        charge=Decimal("180.50"),
        paid=Decimal(60),
        patient_share=Decimal(40),
        filing="12",
        facility="11",
        frequency="1",
        patient=Person(last_name="QUILL", first_name="IVO", member_id="W1000001", member_id_qualifier="MI"),
        insured=Person(last_name="QUILL", first_name="NORA", member_id="W1000001", member_id_qualifier="MI"),
        period=days(9, 12),
        adjustments=(adjustment("CO", "45", "-5.25", "1"), adjustment("CO", "253", "2"), adjustment("CO", "94", "1")),
        remarks=("MA02", "N1", "N2", "N3", "N4", "MA01", "MA07"),
        references=(reference("G1", "A1"), reference("BB", "B1"), reference("F8", "F1")),
        rendering=Party(role="82", organization=False, name="HELM", first_name="ADA", id_qualifier="XX", id="1234567810"),
        lines=(
            PaidLine(
                ordinal=1,
                control_number="L1",
                procedure=Procedure(code="97110", modifiers=("GP",)),
                submitted=Procedure(code="97112", modifiers=("59",)),
                charge=Decimal(100),
                paid=Decimal(60),
                units=Decimal(2),
                period=days(9),
                adjustments=(
                    adjustment("CO", "197", "40"),
                    adjustment("PR", "1", "10", "1"),
                    adjustment("PR", "2", "-3.5"),
                    adjustment("PR", "3", "0"),
                ),
                remarks=("N54",),
                references=(reference("6R", "L1"), reference("G1", "A2")),
            ),
            PaidLine(
                ordinal=2,
                procedure=Procedure(qualifier="NU", code="0250"),
                revenue_code="0250",
                charge=Decimal("80.50"),
                period=days(9, 12),
                adjustments=(adjustment("OA", "18", "80.5"),),
                remarks=("M62",),
            ),
        ),
        payer=Party(
            role="PR",
            name="MAPLE HEALTH",
            id_qualifier="XV",
            id="MAPLE1",
            references=(reference("2U", "M2"),),
            address=Address(lines=("9 MAPLE STREET",), city="RIVERSIDE", state="OH", postal_code="43000"),
            contact=Contact(name="EDI DESK", numbers=(("TE", "6145550100"),)),
        ),
        payee=Party(
            role="PE", name="RIVERSIDE THERAPY", id_qualifier="XX", id="1234567893", references=(reference("TJ", "123456789"),)
        ),
        trace="EFT1",
        paid_on=date(2026, 4, 2),
        produced_on=date(2026, 4, 1),
        transaction="0001",
        offset=data.index(b"CLP"),
    )
    assert one(data).payee.tax_id == "123456789"


def test_all_six_triplets_are_read() -> None:
    six = "*".join(f"{n}*{n}.{n}*{n}" for n in range(1, 7))
    (line,) = one(file(f"CLP*C1*1*1*1**12*PC1~SVC*HC:97110*1*1~CAS*CO*{six}~")).lines
    assert line.adjustments == tuple(adjustment("CO", str(n), f"{n}.{n}", str(n)) for n in range(1, 7))


@pytest.mark.parametrize(
    ("dates", "period"),
    [
        ("DTM*472*20260109~", days(9)),
        ("DTM*150*20260109~DTM*151*20260110~", days(9, 10)),
        ("DTM*150*20260109~", days(9)),
        ("DTM*151*20260110~", days(10)),
        ("DTM*472*SOON~", days(5, 6)),
        ("", days(5, 6)),
    ],
)
def test_a_line_without_dates_has_the_claim_s(dates: str, period: Period) -> None:
    payment = one(file(f"CLP*C1*1*1*1**12*PC1~DTM*232*20260105~DTM*233*20260106~SVC*HC:97110*1*1~{dates}"))
    assert payment.lines[0].period == period


def test_when_it_was_paid_and_made() -> None:
    no_405 = HEAD.replace("DTM*405*20260401~", "")
    assert (one(file(head=no_405)).produced_on, one(file(head=no_405)).paid_on) == (date(2026, 4, 2), date(2026, 4, 2))
    broken = HEAD.replace("20260402", "20269902")
    assert (one(file(head=broken)).produced_on, one(file(head=broken)).paid_on) == (date(2026, 4, 1), None)


def test_payments_keep_their_remittance() -> None:
    second = HEAD[HEAD.index("ST*") :].replace("*0001", "*0002").replace("EFT1", "EFT2").replace("MAPLE1", "ELM1")
    first = HEAD + "CLP*C1*1*1*1**12*P1~LX*2~CLP*C2*22*-1*-1**12*P2~SE*17*0001~"
    data = f"{first}{second}CLP*C3*4*1*0**12*P3~SE*15*0002~GE*2*1~IEA*1*000000001~".encode()
    assert [(p.claim, p.status, p.trace, p.payer.id, p.transaction, p.charge) for p in read_payments(data)] == [
        ("C1", "1", "EFT1", "MAPLE1", "0001", Decimal(1)),
        ("C2", "22", "EFT1", "MAPLE1", "0001", Decimal(-1)),
        ("C3", "4", "EFT2", "ELM1", "0002", Decimal(1)),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        CLAIM.replace("CLP*C1*1*180.50*60*40*12*PC1*11*1", "CLP*C1"),
        CLAIM.replace("180.50", "MUCH").replace("97110:GP", "97110>GP"),
        CLAIM.replace("CAS*CO*197*40", "CAS").replace("SVC*NU:0250", "SVC*"),
        CLAIM.replace("NM1*QC*1*QUILL*IVO****MI*W1000001~", ""),
        CLAIM.replace("DTM*472*20260109~CAS*CO*197*40~", "CAS*CO*197*40~DTM*472*20260109~"),
    ],
)
def test_what_breaks_the_guide_is_read_as_far_as_it_can_be(broken: str) -> None:
    payment = one(file(broken))
    assert (payment.claim, payment.trace, len(payment.lines)) == ("C1", "EFT1", 2)


def test_a_claim_before_its_header_number_is_read() -> None:
    assert one(file(head=HEAD.replace("LX*1~", ""))).claim == "C1"


def test_what_is_no_payment_is_passed_over() -> None:
    assert list(read_payments(b"")) == []
    assert list(read_payments(file().replace(b"005010X221A1", b"004010X091A1"))) == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bytes_make_a_reader_fail(data: st.DataObject) -> None:
    text = bytearray(file())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(len(text) // 4, len(text)))
        length = data.draw(st.integers(0, 30))
        text[at : at + length] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"", b"~", b"*", b"~SVC*", b"~CLP", b"~CAS*CO*"])
        )
    for payment in read_payments(bytes(text)):
        assert all(a.amount.is_finite() for line in payment.lines for a in line.adjustments)


@pytest.mark.corpus("835/*")
def test_every_payment_of_the_corpus_is_read(corpus_file: Path) -> None:
    """As many payments, lines and triplets as the file has in sets whose guide there is."""
    data = corpus_file.read_bytes()
    segments = [s for unit in units(data) if unit.context.guide is not None for s in unit.loop.walk()]
    found = list(read_payments(data))
    assert len(found) == sum(s.id == "CLP" for s in segments)
    assert sum(len(p.lines) for p in found) == sum(s.id == "SVC" for s in segments)
    adjustments = [a for p in found for a in (*p.adjustments, *(a for line in p.lines for a in line.adjustments))]
    assert len(adjustments) == sum(bool(s.get(at)) for s in segments if s.id == "CAS" for at in range(2, 20, 3))
    for payment in found:
        assert data[payment.offset : payment.offset + 3] == b"CLP"
        assert payment.claim
        assert payment.payer.name
        assert payment.trace


UNBALANCED = {"sample1.txt", "sample2.txt"}
"""A cent paid on the line and none on the claim; a payment that is more than charge less adjustments."""


@pytest.mark.corpus("835/*")
def test_every_claim_of_the_corpus_balances(corpus_file: Path) -> None:
    """Charge less adjustments is what was paid, so no triplet was lost and no sign turned."""
    wrong = [
        payment.claim
        for payment in read_payments(corpus_file)
        if payment.charge
        - sum((a.amount for a in payment.adjustments), Decimal(0))
        - sum((a.amount for line in payment.lines for a in line.adjustments), Decimal(0))
        != payment.paid
    ]
    assert bool(wrong) == (corpus_file.name.split("__")[-1] in UNBALANCED), wrong
