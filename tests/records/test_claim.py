"""837 claims: what they say, whoever the patient is, and however odd they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import RecordError
from edi.records.claim import Claim, ClaimLine, HeldNumber, OtherPayer, claim_of, is_claim, read_claims
from edi.records.parties import Address, Party, Person, Reference
from edi.records.services import Diagnosis, Period, Procedure, Quantity
from tests.records.samples837 import PATIENT, SUBSCRIBER, claim_units, file

PROFESSIONAL = (
    "CLM*C1*100.50***11:B:7*Y*A*Y*Y*P**********3~DTP*435*D8*20260109~REF*4N*3~REF*9F*R1~REF*G1*A1~REF*F8*P1~"
    "HI*ABK:M5450*ABF:E119~NM1*DN*1*OAR*****XX*1234567802~NM1*82*1*HELM*ADA*B**MD*XX*1234567810~PRV*PE*PXC*225100000X~REF*LU*7~"
    "SBR*S*18*******CI~AMT*D*20.5~OI***Y***Y~NM1*IL*1*QUILL*****MI*Z1~NM1*PR*2*ELM TREE*****PI*ELM1~REF*G1*E1~REF*9F*E2~"
    "LX*1~SV1*HC:97110:GP:59*60.50*UN*2*12**1~DTP*472*RD8*20260109-20260110~REF*G1*L1~REF*G1*L2**2U:ELM1~REF*6R*6R1~REF*9F*L3~"
    "NM1*82*1*REED*****XX*1234567828~LX*2~SV1*HC:97112*40*MJ*15***1:2~DTP*472*D8*20260112~"
)
NORA = Person(
    last_name="QUILL",
    first_name="NORA",
    middle_name="B",
    prefix="DR",
    suffix="JR",
    member_id="W1000001",
    member_id_qualifier="MI",
    birth_date=date(1981, 4, 5),
    gender="F",
    relationship="18",
    address=Address(lines=("2 HILL STREET",), city="RIVERSIDE", state="OH", postal_code="43001"),
)


def days(start: int, end: int | None = None) -> Period:
    return Period(start=date(2026, 1, start), end=date(2026, 1, end or start))


def one(data: bytes) -> Claim:
    (claim,) = read_claims(data)
    return claim


def test_a_professional_claim() -> None:
    data = file(PROFESSIONAL)
    assert one(data) == Claim(
        id="C1",
        kind="professional",
        transaction="0001",
        offset=data.index(b"CLM"),
        purpose="CH",
        charge=Decimal("100.50"),
        place="11",
        place_qualifier="B",
        frequency="7",
        payer=Party(role="PR", name="MAPLE HEALTH", id_qualifier="PI", id="MAPLE1"),
        responsibility="P",
        filing="CI",
        subscriber=NORA,
        patient=NORA,
        billing=Party(
            role="85",
            name="RIVERSIDE THERAPY",
            id_qualifier="XX",
            id="1234567893",
            references=(Reference(qualifier="EI", value="123456789"),),
            taxonomy="225100000X",
            taxonomy_role="BI",
            address=Address(lines=("1 WHARF ROAD",), city="RIVERSIDE", state="OH", postal_code="430010001"),
        ),
        providers=(
            Party(role="DN", organization=False, name="OAR", id_qualifier="XX", id="1234567802"),
            Party(
                role="82",
                organization=False,
                name="HELM",
                first_name="ADA",
                middle_name="B",
                suffix="MD",
                id_qualifier="XX",
                id="1234567810",
                taxonomy="225100000X",
                taxonomy_role="PE",
                references=(Reference(qualifier="LU", value="7"),),
            ),
        ),
        lines=(
            ClaimLine(
                number="1",
                procedure=Procedure(code="97110", modifiers=("GP", "59")),
                charge=Decimal("60.50"),
                quantity=Quantity(unit="UN", amount=Decimal(2)),
                period=days(9, 10),
                place="12",
                providers=(Party(role="82", organization=False, name="REED", id_qualifier="XX", id="1234567828"),),
                authorizations=(HeldNumber(value="L1"), HeldNumber(value="L2", payer_id="ELM1")),
                referrals=(HeldNumber(value="L3"),),
                control_number="6R1",
                pointers=(1,),
            ),
            ClaimLine(
                number="2",
                procedure=Procedure(code="97112"),
                charge=Decimal(40),
                quantity=Quantity(unit="MJ", amount=Decimal(15)),
                period=days(12),
                pointers=(1, 2),
            ),
        ),
        period=days(9, 12),
        admission=date(2026, 1, 9),
        diagnoses=(Diagnosis(qualifier="ABK", code="M5450"), Diagnosis(qualifier="ABF", code="E119")),
        authorization="A1",
        authorizations=("A1",),
        referral="R1",
        exception="3",
        original="P1",
        delay_reason="3",
        other_payers=(
            OtherPayer(
                id="ELM1",
                name="ELM TREE",
                responsibility="S",
                authorization="E1",
                referral="E2",
                paid=Decimal("20.5"),
                subscriber=Person(last_name="QUILL", member_id="Z1", member_id_qualifier="MI", relationship="18"),
            ),
        ),
    )


def test_a_dependent_is_the_patient() -> None:
    claim = one(file(PROFESSIONAL, level=PATIENT))
    assert claim.dependent
    assert claim.patient == Person(
        last_name="QUILL", first_name="IVO", birth_date=date(2015, 6, 7), gender="M", relationship="19"
    )
    assert claim.subscriber == replace(NORA, relationship="")
    assert (claim.responsibility, claim.payer.id, claim.billing.npi) == ("S", "MAPLE1", "1234567893")


def test_an_institutional_claim() -> None:
    claim = one(
        file(
            "CLM*C1*900***11:A:1**A*Y*Y~DTP*434*RD8*20260105-20260110~DTP*435*DT*202601051430~CL1*1*7*01~REF*G1*A1~HI*ABK:I2510~"
            "HI*APR:R079~HI*ABF:E119~HI*BBR:0210093:D8:20260106~HI*BE:80:::5~NM1*71*1*HELM*****XX*1234567810~"
            "NM1*72*1*OAR*****XX*1234567802~LX*1~SV2*0120**500*DA*5~LX*2~SV2*0360*HC:33510:RT*400*UN*1~DTP*472*D8*20260106~REF*6R*6R1~",
            "institutional",
        )
    )
    assert (claim.kind, claim.place, claim.place_qualifier) == ("institutional", "11", "A")
    assert (claim.period, claim.admission, claim.patient_status) == (days(5, 10), date(2026, 1, 5), "01")
    assert [p.role for p in claim.providers] == ["71", "72"]
    assert [d.code for d in claim.diagnoses] == ["I2510", "R079", "E119"]  # procedures and value codes are none
    room, surgery = claim.lines
    assert (room.revenue_code, room.procedure, room.quantity) == ("0120", None, Quantity(unit="DA", amount=Decimal(5)))
    assert (room.period, room.charge) == (days(5, 10), Decimal(500))  # no date of its own
    assert (surgery.procedure, surgery.period) == (Procedure(code="33510", modifiers=("RT",)), days(6))
    assert (surgery.control_number, surgery.place) == ("6R1", "")


def test_a_dental_claim() -> None:
    claim = one(
        file(
            "CLM*C1*800***11:B:1*Y*A*Y*Y~DTP*472*D8*20260105~REF*G3*D1~HI*ABK:K029~LX*1~SV3*AD:D2740*800*12**I*1~TOO*JP*13~REF*G1*A1~"
            "LX*2~SV3*AD:D0120*0****2~DTP*472*D8*20260107~",
            "dental",
        )
    )
    assert (claim.kind, claim.period, claim.predetermination) == ("dental", days(5), False)
    first, second = claim.lines
    assert (first.procedure, first.place) == (Procedure(qualifier="AD", code="D2740"), "12")
    assert (first.quantity, first.period) == (Quantity(unit="UN", amount=Decimal(1)), days(5))
    assert first.authorizations == (HeldNumber(value="A1"),)
    assert (second.quantity, second.period) == (Quantity(unit="UN", amount=Decimal(2)), days(7))


def test_what_is_no_claim_to_be_paid_says_so() -> None:
    dental = "CLM*C1*800***11:B:1*Y*A*Y*Y{}~LX*1~SV3*AD:D2740*800****1~"
    assert one(file(dental.format("**********PB"), "dental")).predetermination
    assert not one(file(dental.format(""), "dental")).predetermination
    assert one(file(PROFESSIONAL, bht="RP")).purpose == "RP"


def test_several_claims_keep_their_subscribers() -> None:
    second = SUBSCRIBER.replace("HL*2", "HL*3").replace("W1000001", "W1000002")
    data = file(f"CLM*C1*1***11:B:1*Y*A*Y*Y~CLM*C2*1***11:B:1*Y*A*Y*Y~{second}CLM*C3*1***11:B:1*Y*A*Y*Y~")
    assert [(c.id, c.subscriber.member_id) for c in read_claims(data)] == [
        ("C1", "W1000001"),
        ("C2", "W1000001"),
        ("C3", "W1000002"),
    ]


def test_numbers_that_stand_twice_are_all_told() -> None:
    claim = one(file("CLM*C1*1***11:B:1*Y*A*Y*Y~REF*G1*A1~REF*G1*A2~"))
    assert (claim.authorization, claim.authorizations) == ("A1", ("A1", "A2"))
    institutional = one(file("CLM*C1*1***11:A:1**A*Y*Y~LX*1~SV2*0120**1*DA*1~REF*G1*A1~", "institutional"))
    assert institutional.lines[0].authorizations == (HeldNumber(value="A1"),)  # where no guide wants it, and yet there


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("100.50", "1_0", "charge", Decimal(0)),
        ("100.50", "NaN", "charge", Decimal(0)),
        ("100.50", "1E9", "charge", Decimal(0)),
        ("100.50", ".5", "charge", Decimal("0.5")),
        ("D8*20260109", "D8*20261309", "admission", None),
        ("D8*20260109", "D8*\xb2\xb2\xb2\xb2\xb2\xb2\xb2\xb2", "admission", None),
        ("*11:B:7*", "*11*", "frequency", ""),
        ("HI*ABK:M5450*ABF:E119", "HI*ABK", "diagnoses", ()),
        ("CLM*C1*100.50***11:B:7*Y*A*Y*Y*P**********3", "CLM", "id", ""),
        ("AMT*D*20.5", "AMT*D", "responsibility", "P"),
    ],
)
def test_what_is_odd_is_a_default(old: str, new: str, field: str, expected: object) -> None:
    assert old in PROFESSIONAL
    claim = one(file(PROFESSIONAL.replace(old, new)))
    assert getattr(claim, field) == expected
    assert [line.number for line in claim.lines] == ["1", "2"]


def test_a_line_that_says_nothing() -> None:
    claim = one(file("CLM*C1*1***11:B:1*Y*A*Y*Y~LX~SV1~LX*2~SV1*97110*X*UN*X~DTP*472*RD8*20260109~LX*3~"))
    assert claim.lines == (ClaimLine(number="", period=None), ClaimLine(number="2", period=days(9)), ClaimLine(number="3"))


def test_a_loop_without_its_clm_is_no_claim() -> None:
    data = file("REF*D9*X~HI*ABK:A000~LX*1~SV1*HC:97110*1*UN*1***1~DTP*472*D8*20260101~")
    (unit,) = claim_units(data)
    assert not is_claim(unit)
    assert list(read_claims(data)) == []
    with pytest.raises(RecordError, match="there is no CLM"):
        claim_of(unit)


def test_what_is_no_claim_is_passed_over() -> None:
    assert list(read_claims(b"")) == []
    assert list(read_claims(b"not X12 at all")) == []
    assert list(read_claims(file(PROFESSIONAL).replace(b"005010X222A1", b"004010X098A1"))) == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bytes_make_a_reader_fail(data: st.DataObject) -> None:
    """A good file with pieces cut out, doubled or overwritten is still read, into something."""
    text = bytearray(file(PROFESSIONAL))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(len(text) // 3, len(text)))
        length = data.draw(st.integers(0, 30))
        text[at : at + length] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"", b"~", b"*", b":", b"~LX*", b"~CLM", b"~HL*"])
        )
    for claim in read_claims(bytes(text)):
        assert claim.charge.is_finite()
        assert claim.kind == "professional"


@pytest.mark.corpus("837P/*", "837I/*", "837D/*", "invalid/*")
def test_every_claim_of_the_corpus_is_read(corpus_file: Path) -> None:
    """As many claims as the file has CLM in sets whose guide there is."""
    from edi.guides.document import units

    data = corpus_file.read_bytes()
    wanted = sum(
        segment.id == "CLM"
        for unit in units(data)
        if unit.context.guide is not None and unit.context.guide.set == "837"
        for segment in unit.loop.walk()
    )
    found = list(read_claims(data))
    assert len(found) == wanted
    for claim in found:
        assert data[claim.offset : claim.offset + 3] == b"CLM"
        assert claim.lines or "invalid" in str(corpus_file)


@pytest.mark.parametrize(("said", "pointers"), [("2:1", (2, 1)), ("", ()), ("A:1:123", (1,))])
def test_a_dental_line_points_to_diagnoses_too(said: str, pointers: tuple[int, ...]) -> None:
    read = one(file(f"CLM*C1*800***11:B:1*Y*A*Y*Y~LX*1~SV3*AD:D2740*800****1*****{said}~"))
    assert read.lines[0].pointers == pointers
