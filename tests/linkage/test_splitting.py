"""Claims divided by authorization: the parts, the sums, the bytes; and what is not divided."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

import edi
from edi.linkage.divisible import against, line_numbers
from edi.linkage.placement import Level
from edi.linkage.stays import inpatient
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization, CertifiedService, Decision
from edi.records.claim import Claim
from edi.records.parties import Party, Person
from edi.records.services import Procedure
from tests.linkage.fitting import fitting
from tests.records.samples837 import PATIENT, PROVIDER, SUBSCRIBER, claim_units
from tests.records.samples837 import file as sample

NORA = Person(last_name="QUILL", first_name="NORA", member_id="W1000001", birth_date=date(1981, 4, 5), gender="F")
IVO = Person(last_name="QUILL", first_name="IVO", birth_date=date(2015, 6, 7), gender="M")
ATTENDING = "NM1*71*1*WREN*ADA****XX*1679576722~"
HEAD = f"CLM*H1*{{charge}}***13:A:1**A*Y*Y~DTP*434*RD8*20251203-20251210~CL1*3*1*01~REF*D9*T77~HI*ABK:M1711~{ATTENDING}"
LEVEL, DEPENDENT = (level.replace("*B*DR*JR*", "*B**JR*") for level in (SUBSCRIBER, PATIENT))
KNEE, SHOULDER, DRAW = "HC:27447", "HC:29827", "HC:36415"


def file(claims: str, kind: str = "professional", *, level: str = LEVEL, end: str = "~") -> bytes:
    return sample(claims, kind, level=level, end=end)


def line(number: int, code: str, day: str, charge: str = "100", revenue: str = "0360") -> str:
    return f"LX*{number}~SV2*{revenue}*{code}*{charge}*UN*1~DTP*472*D8*{day}~REF*6R*L{number}~"


LINES = line(1, KNEE, "20251203", "100.25") + line(2, SHOULDER, "20251210", "200") + line(3, DRAW, "20251210", "10.5", "0300")
HOSPITAL = HEAD.format(charge="310.75") + LINES


def certified(number: str, *codes: str, patient: Person = NORA) -> Authorization:
    found = tuple(
        CertifiedService(decision=Decision.CERTIFIED, procedure=Procedure(qualifier="HC", code=code[3:])) for code in codes
    )
    return Authorization(
        number=number,
        decision=Decision.CERTIFIED,
        subscriber=NORA,
        patient=patient,
        dependent=patient is not NORA,
        payer=Party(id="MAPLE1"),
        requester=Party(id_qualifier="XX", id="1234567893"),
        services=found,
    )


BOTH = (certified("K-1", KNEE), certified("S-2", SHOULDER))


def divided(data: bytes, *authorizations: Authorization, **terms: object) -> tuple[edi.Split, bytes]:
    result = edi.split(data, authorizations or BOTH, **terms)  # type: ignore[arg-type]  # each test gives what it means
    out = io.BytesIO()
    result.write(out)
    return result, out.getvalue()


def codes(data: bytes) -> set[str]:
    return {problem.code for problem in edi.validate(data).problems}


def reasons(claims: str, *authorizations: Authorization, kind: str = "institutional", **terms: object) -> tuple[str, ...]:
    """Why the one claim of a file is not divided, which then comes through byte for byte."""
    data = file(claims, kind)
    result, out = divided(data, *authorizations, **terms)
    (division,) = result.claims
    assert division.parts == ()
    assert out == data
    return division.reasons


def test_a_bill_becomes_one_claim_for_each_authorization() -> None:
    data = file(HOSPITAL, "institutional")
    result, out = divided(data)
    head = "CLM*{id}*{charge}***13:A:1**A*Y*Y~DTP*434*RD8*{dates}~CL1*3*1*01~REF*G1*{number}~REF*D9*T77~HI*ABK:M1711~" + ATTENDING
    first = head.format(id="H1-A", charge="100.25", dates="20251203-20251203", number="K-1")
    second = head.format(id="H1-B", charge="210.5", dates="20251210-20251210", number="S-2")
    lines = line(2, SHOULDER, "20251210", "200") + line(3, DRAW, "20251210", "10.5", "0300")
    expected = first + line(1, KNEE, "20251203", "100.25") + second + lines.replace("LX*2~", "LX*1~").replace("LX*3~", "LX*2~")
    count = int(data.split(b"SE*")[1].split(b"*")[0])
    assert out == data.replace(HOSPITAL.encode(), expected.encode()).replace(b"SE*%d*" % count, b"SE*%d*" % (count + 8))
    (division,) = result.claims
    assert [(p.claim, p.authorization, p.lines, p.amount) for p in division.parts] == [
        ("H1-A", "K-1", ("1",), Decimal("100.25")),
        ("H1-B", "S-2", ("2", "3"), Decimal("210.5")),
    ]
    assert sum(part.amount for part in division.parts) == division.amount
    assert edi.validate(out).problems == edi.validate(data).problems == ()


def test_what_was_divided_is_linked() -> None:
    _, out = divided(file(HOSPITAL, "institutional"))
    assert [row.verdict.value for row in edi.link(file(HOSPITAL, "institutional"), BOTH).claims] == [
        "split-needed",
        "split-needed",
        "requirement-unknown",
    ]
    linked = edi.link(out, BOTH)
    assert [(row.claim, row.verdict.value) for row in linked.claims] == [("H1-A", "already-linked"), ("H1-B", "already-linked")]
    again, same = divided(out)
    assert (again.claims, same) == ((), out)


def test_nothing_else_changes() -> None:
    """Other claims of the level stay, before and behind; one whose number is simply missing is not linked here."""
    other = HOSPITAL.replace("H1*310.75", "H2*100.25")[: HOSPITAL.index("LX*2")]
    data = file(other + HOSPITAL + other.replace("H2", "H3"), "institutional", level=DEPENDENT, end="~\r\n")
    _, out = divided(data, certified("K-1", KNEE, patient=IVO), certified("S-2", SHOULDER, patient=IVO))
    begin, end = data.index(b"CLM*H1*"), data.index(b"CLM*H3*")
    counted = int(data.split(b"SE*")[-1].split(b"*")[0])
    assert out[:begin] == data[:begin]
    assert out.endswith(data[end:].replace(b"SE*%d*" % counted, b"SE*%d*" % (counted + 8)))
    assert (out.count(b"CLM*H1-"), out.count(b"REF*G1*")) == (2, 2)
    assert codes(out) == codes(data)


def test_every_interchange_is_divided() -> None:
    data = file(HOSPITAL, "institutional")
    result, out = divided(data + b"\n" + data)
    assert [[part.claim for part in division.parts] for division in result.claims] == [["H1-A", "H1-B"], ["H1A", "H1B"]]
    assert edi.validate(out).valid


def test_the_number_that_stands_there_goes_with_its_lines() -> None:
    held = HOSPITAL.replace("REF*D9", "REF*G1*S-2~REF*D9")
    result, out = divided(file(held, "institutional"))
    assert [(p.authorization, p.lines) for p in result.claims[0].parts] == [("K-1", ("1",)), ("S-2", ("2", "3"))]
    assert out.count(b"REF*G1*K-1~") == out.count(b"REF*G1*S-2~") == 1
    _, out = divided(file(HOSPITAL.replace("REF*D9", "REF*G1*PENDING~REF*D9"), "institutional"))
    assert out.count(b"REF*G1*") == 2
    assert b"PENDING" not in out


def test_what_the_patient_paid_stays_with_the_first_part() -> None:
    paid = HOSPITAL.replace("REF*D9", "AMT*F3*100.25~REF*D9")
    _, out = divided(file(paid, "institutional"))
    assert out.count(b"AMT*F3*100.25~") == 1
    assert out.index(b"CLM*H1-A") < out.index(b"AMT*F3") < out.index(b"CLM*H1-B")
    assert reasons(paid.replace("F3*100.25", "F3*100.26")) == (
        "The patient's part (AMT) is more than the first claim would charge.",
    )


# -- claim numbers -------------------------------------------------------------------------------------------------------


def test_a_part_has_a_number_that_is_not_taken() -> None:
    taken = HOSPITAL.replace("CLM*H1*", "CLM*H1-B*").replace(SHOULDER, DRAW)
    result, _ = divided(file(HOSPITAL + taken, "institutional"))
    assert [part.claim for part in result.claims[0].parts] == ["H1A", "H1B"]
    result, out = divided(file(HOSPITAL + HOSPITAL, "institutional"))
    assert [[part.claim for part in division.parts] for division in result.claims] == [["H1-A", "H1-B"], ["H1A", "H1B"]]
    assert len(set(re.findall(rb"CLM\*(\w[\w-]*)", out))) == 4
    more = taken + taken.replace("H1-B", "H1A")
    result, _ = divided(file(HOSPITAL + more, "institutional"))
    assert result.claims[0].reasons == ("No new claim number is free that has at most 20 characters.",)


def test_a_part_has_a_number_that_payers_return() -> None:
    for length, made in ((18, "-A"), (19, "A")):
        result, _ = divided(file(HOSPITAL.replace("CLM*H1", "CLM*" + "H" * length), "institutional"))
        assert result.claims[0].parts[0].claim == "H" * length + made
    assert reasons(HOSPITAL.replace("CLM*H1", "CLM*" + "H" * 20)) == (
        "No new claim number is free that has at most 20 characters.",
    )


def test_a_delimiter_is_no_part_of_a_number() -> None:
    data = file(HOSPITAL.replace("-20251210", ""), "institutional").translate(bytes.maketrans(b"*", b"-"))
    result, out = divided(data, certified("K1", KNEE), certified("S2", SHOULDER))
    assert [part.claim for part in result.claims[0].parts] == ["H1A", "H1B"]
    assert b"CLM-H1A-100.25-" in out


def test_a_level_holds_a_hundred_claims() -> None:
    other = HEAD.format(charge="10.5").replace("H1", "X{n}") + line(1, DRAW, "20251210", "10.5", "0300")
    for n, parts in ((98, 2), (99, 0)):
        claims = "".join(other.format(n=n) for n in range(n)) + HOSPITAL
        result, _ = divided(file(claims, "institutional"))
        assert len(result.claims[0].parts) == parts
    assert result.claims[0].reasons == ("The patient's level holds 100 claims at most.",)


# -- what is not divided -------------------------------------------------------------------------------------------------

SAME_DAY = HOSPITAL.replace("20251210~REF*6R*L2", "20251203~REF*6R*L2")
OTHER_PAYER = "SBR*S*18*******CI~{amounts}OI***Y***Y~NM1*IL*1*QUILL*NORA****MI*Z1~NM1*PR*2*ELM TREE*****PI*ELM1~"


def covered(amounts: str) -> str:
    return HOSPITAL.replace("LX*1~", OTHER_PAYER.format(amounts=amounts) + "LX*1~")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (SAME_DAY, "An outpatient bill has all services of one day."),
        (HOSPITAL.replace("DTP*472*D8*20251210~REF*6R*L2", "REF*6R*L2"), "An outpatient bill has all services of one day."),
        (HOSPITAL.replace("13:A:1", "32:A:1"), "Home health care is billed once for its period."),
        (HOSPITAL.replace("13:A:1", "81:A:1"), "Hospice care is billed once a month."),
        (HOSPITAL.replace("0360", "0421"), "A month of physical therapy (revenue code 0421) is one bill."),
        (covered("AMT*D*50~"), "Another payer's amounts stand at the claim (2320 AMT, CAS)."),
        (covered("CAS*CO*45*50~"), "Another payer's amounts stand at the claim (2320 AMT, CAS)."),
        (
            HOSPITAL.replace("13:A:1", "13:A:7").replace("REF*D9", "REF*F8*P1~REF*D9"),
            "It is not an original (CLM05-3 is not 1): it speaks of an earlier claim, which was one.",
        ),
        (HOSPITAL.replace("310.75", "310.76"), "Its lines do not add up to its charge (CLM02)."),
        (HOSPITAL.replace("LX*2~", "LX*1~"), "Two of its lines have one number (LX01)."),
        (HOSPITAL.replace("NM1*71", "HI*BE:A1:::50~NM1*71"), "Its value codes (HI*BE) are of the whole bill."),
        (HOSPITAL.replace("NM1*71", "HCP*02*300~NM1*71"), "A price for the whole claim stands there (HCP)."),
        (HOSPITAL.replace("REF*D9", "CN1*02*300~REF*D9"), "An amount of its contract stands at the claim (CN102)."),
    ],
)
def test_what_must_stay_one_claim_is_not_divided(claims: str, reason: str) -> None:
    assert reason in reasons(claims)


def test_a_stay_is_not_divided() -> None:
    """Two numbers stand in a stay's way as they do in an outpatient bill's; nobody divides it."""
    stay = HOSPITAL.replace("13:A:1", "11:A:1")
    (claim,) = edi.read_claims(file(stay, "institutional"))
    assert edi.split(file(stay, "institutional"), BOTH).claims == ()
    (unit,) = claim_units(file(stay, "institutional"))
    assert list(against(unit, claim, ("K-1", "S-2", "S-2"))) == ["An inpatient stay is one claim."]


def test_another_payer_without_amounts_is_no_hindrance() -> None:
    data = file(covered(""), "institutional")
    result, out = divided(data)
    assert len(result.claims[0].parts) == 2
    assert out.count(b"NM1*PR*2*ELM TREE*****PI*ELM1~") == 2


# -- which line goes with which ------------------------------------------------------------------------------------------

PROFESSIONAL = (
    "CLM*P1*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:M5416~NM1*82*1*WREN*ADA****XX*1679576722~"
    "LX*1~SV1*HC:64483*300*UN*1***1~DTP*472*D8*20251203~LX*2~SV1*HC:64484*150*UN*1***1~DTP*472*D8*20251203~"
    "LX*3~SV1*HC:97110*50*UN*1***1~DTP*472*D8*20251203~LX*4~SV1*HC:99213*80*UN*1***1~DTP*472*D8*20251204~"
)


def at_claim(claim: Claim) -> Level:
    return Level.CLAIM


def test_a_payer_that_wants_numbers_at_the_claim() -> None:
    data = file(PROFESSIONAL.format(charge="580"))
    result, out = divided(data, certified("N-1", "HC:64483"), certified("T-2", "HC:97110"), level=at_claim)
    assert [(p.claim, p.authorization, p.lines) for p in result.claims[0].parts] == [
        ("P1-A", "N-1", ("1", "2", "4")),
        ("P1-B", "T-2", ("3",)),
    ]
    assert codes(out) == codes(data)
    assert edi.split(data, (certified("N-1", "HC:64483"), certified("T-2", "HC:97110"))).claims == ()


def test_what_only_adds_is_not_parted_from_its_primary() -> None:
    data = PROFESSIONAL.format(charge="580")
    parted = (certified("N-1", "HC:64483"), certified("N-2", "HC:64484"))
    assert reasons(data, *parted, kind="professional", level=at_claim) == ("Line 2 (64484) only adds to line 1 (64483).",)
    alone = data.replace("HC:64483", "HC:20610")
    found = (certified("N-1", "HC:20610"), certified("N-2", "HC:64484"))
    result, _ = divided(file(alone), *found, level=at_claim)
    assert len(result.claims[0].parts) == 2, "its primary is not on the claim: nothing is parted"


def row(line: str, verdict: Verdict, number: str, placement: str = "") -> Row:
    return Row(claim="P1", transaction="1", payer="X", line=line, verdict=verdict, authorization=number, placement=placement)


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        ("1=A 3=B", "A A B A"),
        ("1=B 3=A", "B B A B"),
        ("3=A 4=B", "A A A B"),
        ("4=A 3=B", "B B B A"),
    ],
)
def test_a_line_without_a_number_goes_with_its_primary_or_its_day(rows: str, numbers: str) -> None:
    (claim,) = edi.read_claims(file(PROFESSIONAL.format(charge="580")))
    found = [row(line, Verdict.SPLIT_NEEDED, number) for line, _, number in (each.partition("=") for each in rows.split())]
    assert line_numbers(claim, found) == tuple(numbers.split())


def test_a_number_of_a_line_becomes_that_of_its_claim() -> None:
    """The payer wants numbers at the claim, and one line has its own, which does not need to be told twice then."""
    own = PROFESSIONAL.format(charge="580").replace("20251203~LX*2", "20251203~REF*G1*N-1~LX*2")
    data, both = file(own), (certified("N-1", "HC:64483"), certified("T-2", "HC:97110"))
    result, out = divided(data, *both, level=at_claim)
    (division,) = result.claims
    assert [part.authorization for part in division.parts] == ["N-1", "T-2"]
    assert (out.count(b"REF*G1*N-1~HI*"), out.count(b"REF*G1*N-1~"), out.count(b"REF*G1*T-2~HI*")) == (1, 1, 1)
    again = edi.link(out, both, level=at_claim)
    assert {row.verdict.value for row in again.claims if row.authorization in ("N-1", "T-2") and row.line != "2"} == {
        "already-linked"
    }
    assert codes(out) == codes(data)
    wrong = own.replace("REF*G1*N-1", "REF*G1*X-9").replace("HC:99213", "HC:20610")
    found = reasons(wrong, *both, certified("O-3", "HC:20610"), kind="professional", level=at_claim)
    assert found == ("Line 1 has another number of its own (REF*G1).",)


# -- sources -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [io.BytesIO, lambda data: data])
def test_a_source_may_be_read_once_only(of: Callable[[bytes], object]) -> None:
    data = file(HOSPITAL, "institutional")
    result = edi.split(of(data), BOTH)  # type: ignore[arg-type]  # both are sources
    assert len(result.claims) == 1


def test_two_levels_and_a_cut_off_file() -> None:
    level = LEVEL.replace("HL*2*1", "HL*3*1").replace("W1000001", "W1000009")
    data = file(HOSPITAL + level + HOSPITAL.replace("H1", "H9"), "institutional")
    result, out = divided(data)
    assert [division.claim for division in result.claims] == ["H1"]
    assert edi.validate(out).valid
    cut = file(HOSPITAL, "institutional")
    cut = cut[: cut.index(b"REF*6R*L3") + 4]
    assert divided(cut)[1][: cut.index(b"CLM*")] == cut[: cut.index(b"CLM*")]
    assert PROVIDER.encode() in out


def test_sums_of_cents_are_exact() -> None:
    cents = count(1)
    lines = "".join(line(n, (KNEE, SHOULDER)[n % 2], f"2025120{3 + n % 2}", f"{next(cents)}.1") for n in range(1, 10))
    total = sum(Decimal(f"{n}.1") for n in range(1, 10))
    result, out = divided(file(HEAD.format(charge=total) + lines, "institutional"))
    assert sum(part.amount for part in result.claims[0].parts) == total
    assert [Decimal(c.decode()) for c in re.findall(rb"CLM\*H1-[AB]\*([\d.]+)", out)] == [
        p.amount for p in result.claims[0].parts
    ]


@pytest.mark.corpus("837P/*", "837I/*", "837D/*")
def test_parts_are_the_whole(corpus_file: Path) -> None:
    """With a number for each procedure, and payers that want numbers at the claim, many claims need to be divided."""
    data = corpus_file.read_bytes()
    claims = {claim.offset: claim for claim in edi.read_claims(data)}
    numbers = fitting(claims.values(), by_line=True)
    result, out = divided(data, *numbers, level=at_claim)
    after = list(edi.read_claims(out))
    assert len(after) == len(claims) + sum(len(division.parts) - 1 for division in result.claims if division.parts)
    assert sum(claim.charge for claim in after) == sum(claim.charge for claim in claims.values())
    for division in result.claims:
        whole = claims[division.offset]
        assert bool(division.parts) != bool(division.reasons)
        if division.parts:
            assert sum(part.amount for part in division.parts) == whole.charge
            assert sorted(line for part in division.parts for line in part.lines) == sorted(line.number for line in whole.lines)
            assert not inpatient(whole)
    assert codes(out) <= codes(data)
    if not result.claims:
        assert out == data
    again = edi.link(out, numbers, level=at_claim)
    parts = {part.claim: part.authorization for division in result.claims for part in division.parts}
    told = {row.claim: (row.verdict.value, row.authorization) for row in again.claims if row.claim in parts}
    assert told == {claim: ("already-linked", number) for claim, number in parts.items()}
