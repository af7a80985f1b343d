"""Facts of plain claims: what they say is what the claim says, and of whatever is not plain there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.guides.document import Unit, units
from edi.records.claim import Claim, billing_of, claim_of, is_claim
from edi.records.claim_facts import facts_of
from edi.records.parties import Person
from tests.records.samples837 import PATIENT, SUBSCRIBER, file

LINES = (
    "LX*1~SV1*HC:97110:GP:59*60.50*UN*2*12**1~CRC*07*Y*01~DTP*472*RD8*20260109-20260110~REF*6R*6R1~NTE*ADD*LX*9~"
    "LIN**N4*00002323232~CTP****2*UN~NM1*82*1*REED*****XX*1234567828~NM1*DK*1*NM1*ADA~"
    "LX*2~SV1*HC:97112*40*MJ*15~DTP*472*D8*20260112~"
)
PLAIN = (
    "CLM*C1*100.50***11:B:1*Y*A*Y*Y~DTP*435*D8*20260109~REF*EA*M1~HI*ABK:M5450*ABF:E119~"
    "NM1*DN*1*OAR*****XX*1234567802~NM1*82*1*HELM*ADA*B**MD*XX*1234567810~PRV*PE*PXC*225100000X~REF*LU*7~NM1*77*2*HALL~"
    "N3*1 ELM~N4*RIVERSIDE*OH*43001~" + LINES
)
LEVELS = [SUBSCRIBER, PATIENT.replace("IVO~DMG", "IVO~N3*2 HILL STREET~N4*RIVERSIDE*OH*43001~DMG")]


def claims(data: bytes) -> list[Unit]:
    return [unit for unit in units(data, compiled=True) if is_claim(unit)]


def compared(claim: Claim) -> dict[str, Any]:
    """What facts say of a claim before they are asked for its lines."""

    def person(one: Person) -> tuple[object, ...]:
        return one.last_name, one.first_name, one.member_id, one.birth_date, one.gender, one.relationship

    names = "id kind transaction offset purpose predetermination charge place place_qualifier frequency dependent".split()
    names += "responsibility filing authorization authorizations referral exception original delay_reason".split()
    payer = (claim.payer.role, claim.payer.name, claim.payer.id_qualifier, claim.payer.id)
    people = {"subscriber": person(claim.subscriber), "patient": person(claim.patient), "payer": payer}
    known = "id name responsibility authorization referral paid".split()
    others = [([getattr(other, name) for name in known], person(other.subscriber)) for other in claim.other_payers]
    return {**{name: getattr(claim, name) for name in names}, **people, "others": others}


def compared_of_lines(claim: Claim) -> tuple[object, ...]:
    names = "number procedure revenue_code charge quantity period place authorizations referrals".split()
    lines = [([getattr(line, name) for name in names], [(p.role, p.npi) for p in line.providers]) for line in claim.lines]
    return lines, [(party.role, party.npi) for party in claim.providers], claim.billing


def agree(data: bytes) -> tuple[int, int]:
    """How many claims there are, and of how many there are all facts; each says what its claim says."""
    found, plain = claims(data), 0
    for unit in found:
        if (facts := facts_of(unit)) is None:
            continue
        whole, claim = facts.whole(billing_of(unit)), claim_of(unit)
        assert compared(facts.claim) == compared(claim)
        if whole is not None:
            plain += 1
            assert compared(whole) == compared(claim)
            assert compared_of_lines(whole) == compared_of_lines(claim)
    return len(found), plain


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n"])
def test_a_plain_claim(level: str, end: str) -> None:
    assert agree(file(PLAIN, level=level, end=end)) == (1, 1)


def test_other_delimiters() -> None:
    data = file(PLAIN).replace(b"*", b"|").replace(b":", b">").replace(b"~", b"\x1c")
    assert agree(data) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("11:B:1", "11:B:7"),
        ("11:B:1", "11:B:8"),
        ("11:B:1*Y*A*Y*Y", "11:B:1*Y*A*Y*Y**********PB"),
        ("11:B:1*Y*A*Y*Y", "11:B:1*Y*A*Y*Y***********3"),
        ("REF*EA*M1", "REF*F8*P1"),
    ],
)
def test_what_is_not_plain_has_no_facts(old: str, new: str) -> None:
    assert old in PLAIN
    (unit,) = claims(file(PLAIN.replace(old, new, 1)))
    assert unit.loop.unread is not None  # it is not for the walk that there are none
    assert facts_of(unit) is None


OTHER = "SBR*S*18*******CI~AMT*D*20.5~OI***Y***Y~NM1*IL*1*QUILL*ORA***SR*MI*Z1~NM1*PR*2*ELM TREE*****PI*ELM1~REF*F8*P1~"
AGAIN = OTHER.replace("SBR*S*18", "SBR*T*19").replace("ELM1~", "ELM2~") + "REF*G1*E1~REF*9F*E2~NM1*85*2~REF*G2*X~"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("REF*EA*M1", "REF*G1*A1"),
        ("REF*EA*M1", "REF*9F*R1~REF*G1*A1"),
        ("REF*EA*M1", "REF*4N*3"),
        ("REF*6R*6R1", "REF*G1*L1~REF*G1*L2**2U:ELM1"),
        ("REF*6R*6R1~", "REF*6R*6R1~REF*9F*L1**2U:ELM1~"),
        ("LX*1~", OTHER + "LX*1~"),
        ("LX*1~", OTHER + AGAIN + "LX*1~"),
    ],
)
def test_what_a_claim_carries(old: str, new: str) -> None:
    assert old in PLAIN
    assert agree(file(PLAIN.replace(old, new, 1))) == (1, 1)


@pytest.mark.parametrize("bht", ["RP", "CH", "31"])
def test_reports_have_none(bht: str) -> None:
    (unit,) = claims(file(PLAIN, bht=bht))
    assert (facts_of(unit) is None) == (bht == "RP")


@pytest.mark.parametrize(("old", "new"), [("D8*20260112", "D8*20260231"), ("HC:97112", "HC"), ("SV1*HC:97112", "SV1*")])
def test_a_line_that_is_not_plain(old: str, new: str) -> None:
    assert old in PLAIN
    (unit,) = claims(file(PLAIN.replace(old, new, 1)))
    facts = facts_of(unit)
    assert facts is not None
    assert facts.whole(billing_of(unit)) is None


@pytest.mark.parametrize("kind", ["institutional", "dental"])
def test_other_claims_have_none(kind: str) -> None:
    claim = PLAIN.split("LX*")[0] + ("LX*1~SV2*0420*HC:97110*5*UN*1~" if kind == "institutional" else "LX*1~SV3*AD:D2150*5~")
    for unit in claims(file(claim, kind)):
        assert facts_of(unit) is None


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_facts_say_another_thing(data: st.DataObject) -> None:
    level = data.draw(st.sampled_from(LEVELS))
    text = bytearray(file(PLAIN, level=level))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(len(text) // 3, len(text)))
        length = data.draw(st.integers(0, 12))
        pieces = [b"", b"~", b"*", b":", b"NM1*", b"LX*", b"~LX*3~", b"~REF*G1*A~", b"~DTP*472*D8*20260101~", b"~SBR*P*18~"]
        text[at : at + length] = data.draw(st.binary(max_size=4) | st.sampled_from(pieces))
    agree(bytes(text))


@pytest.mark.corpus("837P/*", "837I/*", "837D/*", "invalid/*")
def test_facts_of_the_corpus(corpus_file: Path) -> None:
    found, plain = agree(corpus_file.read_bytes())
    assert plain <= found
