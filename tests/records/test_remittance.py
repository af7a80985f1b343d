"""835 payments: every adjustment with its sign, every remark and number, as far as a remittance can be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.guides.document import units
from edi.records.adjudication import ClaimFigure, InpatientAdjudication, OutpatientAdjudication
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
        amounts=(ClaimFigure(code="AU", value=Decimal(100)),),
        inpatient=InpatientAdjudication(covered=Decimal(0), remarks=("MA02", "N1", "N2", "N3", "N4")),
        outpatient=OutpatientAdjudication(remarks=("MA01", "MA07")),
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
                rejects=("75",),
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


def test_whatever_else_a_claim_may_say() -> None:
    """Each segment that the guide has at a claim and at a line, those that the sample above has not."""
    payment = one(
        file(
            "CLP*C1*19*100*100**MA*PC1*11*1**470*1.5*0.8~NM1*QC*1*QUILL*IVO~NM1*74*1*QUILL*IVOR*J***C*W1000009~"
            "NM1*TT*2*ELM MUTUAL*****PI*ELM1~NM1*PR*2*OAK HEALTH*****XV*OAK1~NM1*GB*1*QUILL*NORA****MI*Z7~"
            "MIA*3*1*2*3**6*7*8*9*10*11*12*13*14*15*16*17*18*19*N1****24~REF*CE*GOLD~REF*1C*P1~DTM*036*20251231~DTM*050*20260115~"
            "PER*CX*CLAIMS*TE*6145550101*EX*9~PER*CX**UR*example.com~AMT*I*1.25~AMT*AU*99~QTY*CA*3~QTY*CD*.5~"
            "SVC*HC:97110*100*100*0420*2**3~DTM*472*20260109~REF*0K*P44~REF*LU*2~REF*HPI*1234567893~AMT*B6*120~AMT*KH*4~QTY*ZK*5~"
        )
    )
    amounts = {n: Decimal(n) for n in (1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 24)}
    assert (payment.drg, payment.drg_weight, payment.discharged) == ("470", Decimal("1.5"), Decimal("0.8"))
    assert payment.corrected == Person(
        last_name="QUILL", first_name="IVOR", middle_name="J", member_id_qualifier="C", member_id="W1000009"
    )
    assert payment.forwarded_to == Party(role="TT", name="ELM MUTUAL", id_qualifier="PI", id="ELM1")
    assert payment.earlier_payer == Party(role="PR", name="OAK HEALTH", id_qualifier="XV", id="OAK1")
    assert payment.other_subscriber == Person(last_name="QUILL", first_name="NORA", member_id_qualifier="MI", member_id="Z7")
    assert payment.inpatient == InpatientAdjudication(
        covered=Decimal(3),
        outlier=amounts[1],
        psychiatric_days=amounts[2],
        drg=amounts[3],
        disproportionate_share=amounts[6],
        secondary_pass_through=amounts[7],
        capital=amounts[8],
        capital_federal=amounts[9],
        capital_hospital=amounts[10],
        capital_disproportionate_share=amounts[11],
        old_capital=amounts[12],
        capital_teaching=amounts[13],
        operating_hospital=amounts[14],
        cost_report_days=amounts[15],
        operating_federal=amounts[16],
        capital_outlier=amounts[17],
        teaching=amounts[18],
        professional=amounts[19],
        capital_exception=amounts[24],
        remarks=("N1",),
    )
    assert (payment.covered_until, payment.received_on) == (date(2025, 12, 31), date(2026, 1, 15))
    assert payment.contacts == (
        Contact(name="CLAIMS", numbers=(("TE", "6145550101"), ("EX", "9"))),
        Contact(numbers=(("UR", "example.com"),)),
    )
    assert payment.references == (reference("CE", "GOLD"), reference("1C", "P1"))
    assert [(figure.code, str(figure.value)) for figure in payment.amounts] == [("I", "1.25"), ("AU", "99")]
    assert [(figure.code, str(figure.value)) for figure in payment.quantities] == [("CA", "3"), ("CD", "0.5")]
    (line,) = payment.lines
    assert (line.revenue_code, line.units, line.submitted_units, line.allowed) == ("0420", 2, 3, 120)
    assert line.references == (reference("0K", "P44"), reference("LU", "2"), reference("HPI", "1234567893"))
    assert line.quantities == (ClaimFigure(code="ZK", value=Decimal(5)),)


def test_outpatient_care() -> None:
    payment = one(file("CLP*C1*1*1*1**MB*PC1~NM1*QC*1*QUILL~MOA*.5*2*MA01*MA02*N1*N2*N3*4*5~"))
    assert payment.outpatient == OutpatientAdjudication(
        rate=Decimal("0.5"),
        payable=Decimal(2),
        renal_disease=Decimal(4),
        professional=Decimal(5),
        remarks=("MA01", "MA02", "N1", "N2", "N3"),
    )
    assert payment.remarks == payment.outpatient.remarks


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
