"""REF*G1 put into a claim: the place, the bytes, the refusals; and taken out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import RecordError
from edi.guides.document import units, write
from edi.records.claim import claim_of
from edi.records.numbering import put_number, remove_number
from tests.records.samples837 import PATIENT, SUBSCRIBER, file, unit_of

# The linkage reference, 1.3: what stands before REF*G1 in a loop, and what stands behind it.
BEFORE = {
    ("professional", "2300", "G1"): "CLM DTP:435 PWK CN1 AMT:F5 REF:4N REF:F5 REF:EW REF:9F",
    ("professional", "2300", "9F"): "CLM DTP:435 PWK CN1 AMT:F5 REF:4N REF:F5 REF:EW",
    ("institutional", "2300", "G1"): "CLM DTP:434 CL1 PWK CN1 AMT:F3 REF:4N REF:9F",
    ("institutional", "2300", "9F"): "CLM DTP:434 CL1 PWK CN1 AMT:F3 REF:4N",
    ("dental", "2300", "G1"): "CLM DTP:472 DN1 DN2 PWK CN1 AMT:F5 REF:G3 REF:4N REF:F8 REF:9F",
    ("dental", "2300", "9F"): "CLM DTP:472 DN1 DN2 PWK CN1 AMT:F5 REF:G3 REF:4N REF:F8",
    ("professional", "2400", "G1"): "LX SV1 SV5 PWK CR1 CR3 CRC:70 DTP:472 QTY:PT MEA CN1 REF:9B REF:9D",
    (
        "professional",
        "2400",
        "9F",
    ): "LX SV1 SV5 PWK CR1 CR3 CRC:70 DTP:472 QTY:PT MEA CN1 REF:9B REF:G1 REF:6R REF:EW REF:F4 REF:BT",
    ("dental", "2400", "G1"): "LX SV3 TOO DTP:472 CN1 REF:G3",
    ("dental", "2400", "9F"): "LX SV3 TOO DTP:472 CN1 REF:G3 REF:G1 REF:6R",
    ("professional", "2330B", "G1"): "NM1 N3 N4 DTP:573 REF:2U REF:FY",
    ("professional", "2330B", "9F"): "NM1 N3 N4 DTP:573 REF:2U REF:FY REF:G1",
    ("institutional", "2330B", "G1"): "NM1 N3 N4 DTP:573 REF:EI REF:NF",
    ("institutional", "2330B", "9F"): "NM1 N3 N4 DTP:573 REF:EI REF:NF REF:G1",
    ("dental", "2330B", "G1"): "NM1 N3 N4 DTP:573 REF:2U REF:EI REF:NF",
    ("dental", "2330B", "9F"): "NM1 N3 N4 DTP:573 REF:2U REF:EI REF:NF REF:G1",
}
BEHIND = {
    ("professional", "2300", "G1"): "REF:F8 REF:X4 REF:9A REF:9C REF:LX REF:D9 REF:EA REF:P4 REF:1J K3 NTE CR1 CR2 CRC:75 HI HCP",
    ("professional", "2300", "9F"): "REF:G1 REF:F8 REF:X4 REF:EA K3 NTE CR1 CR2 CRC:75 HI HCP",
    ("institutional", "2300", "G1"): "REF:F8 REF:9A REF:9C REF:LX REF:D9 REF:LU REF:EA REF:P4 REF:G4 K3 NTE CRC:ZZ HI HCP",
    ("institutional", "2300", "9F"): "REF:G1 REF:F8 REF:9A REF:D9 REF:G4 K3 NTE CRC:ZZ HI HCP",
    ("dental", "2300", "G1"): "REF:9A REF:9C REF:D9 K3 NTE HI HCP",
    ("dental", "2300", "9F"): "REF:G1 REF:9A REF:9C REF:D9 K3 NTE HI HCP",
    ("professional", "2400", "G1"): "REF:6R REF:EW REF:X4 REF:F4 REF:BT REF:9F AMT:T K3 NTE PS1 HCP",
    ("professional", "2400", "9F"): "AMT:T K3 NTE PS1 HCP",
    ("dental", "2400", "G1"): "REF:6R REF:9F AMT:T K3 HCP",
    ("dental", "2400", "9F"): "AMT:T K3 HCP",
    ("professional", "2330B", "G1"): "REF:9F REF:T4 REF:F8",
    ("professional", "2330B", "9F"): "REF:T4 REF:F8",
    ("institutional", "2330B", "G1"): "REF:9F REF:T4 REF:F8",
    ("institutional", "2330B", "9F"): "REF:T4 REF:F8",
    ("dental", "2330B", "G1"): "REF:9F REF:T4 REF:G3 REF:F8",
    ("dental", "2330B", "9F"): "REF:T4 REF:G3 REF:F8",
}
TEXTS = {
    "CLM": "CLM*C1*1***11:B:1*Y*A*Y*Y",
    "LX": "LX*1",
    "SV1": "SV1*HC:97110*1*UN*1",
    "SV3": "SV3*AD:D0120*1****1",
    "PWK": "PWK*OZ*EL",
    "HI": "HI*ABK:A000",
    "NTE": "NTE*ADD*X",
    "NM1": "NM1*PR*2*ELM TREE*****PI*ELM1",
}
OPENED = {
    "2300": "",
    "2400": f"{TEXTS['CLM']}~",
    "2330B": f"{TEXTS['CLM']}~SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*Q*****MI*Z1~",
}
"""What stands before a loop."""


def text_of(name: str) -> str:
    id, _, code = name.partition(":")
    return TEXTS.get(id) or f"{id}*{code or 'X'}*X"


def loops(loop: str, names: str) -> str:
    return OPENED[loop] + "".join(text_of(name) + "~" for name in names.split())


PLACES = [
    pytest.param(kind, loop, code, n, m, id=f"{kind}-{loop}-{code}-{n}-{m}")
    for kind, loop, code in BEFORE
    for n in range(1, len(BEFORE[kind, loop, code].split()) + 1)
    for m in (0, 1, len(BEHIND[kind, loop, code].split()))
]


@pytest.mark.parametrize(("kind", "loop", "code", "n", "m"), PLACES)
def test_a_number_stands_behind_the_last_that_belongs_before_it(kind: str, loop: str, code: str, n: int, m: int) -> None:
    before = " ".join(BEFORE[kind, loop, code].split()[: max(n, 2 if loop == "2400" else 1)])
    behind = " ".join(BEHIND[kind, loop, code].split()[:m])
    unit = unit_of(loops(loop, f"{before} {behind}"), kind)
    line, payer_id = "1" if loop == "2400" else None, "ELM1" if loop == "2330B" else ""
    assert put_number(unit, "A1", line=line, payer_id=payer_id, kind=KINDS[code]) == loop
    expected = loops(loop, before) + f"REF*{code}*A1~" + "".join(text_of(name) + "~" for name in behind.split())
    assert bytes(unit.loop).decode() == expected
    remove_number(unit, "A1", line=line, payer_id=payer_id, kind=KINDS[code])
    assert bytes(unit.loop).decode() == loops(loop, f"{before} {behind}")


KINDS = {"G1": "authorization", "9F": "referral"}

CLAIM = (
    "CLM*C1*1***11:B:1*Y*A*Y*Y~REF*9F*R1~REF*D9*X~HI*ABK:A000~SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*Q*****MI*Z1~"
    "NM1*PR*2*ELM TREE*****PI*ELM1~LX*1~SV1*HC:97110*1*UN*1***1~DTP*472*D8*20260101~REF*6R*L1~LX*2~SV1*HC:97112*1*UN*1***1~"
)


def test_references_in_another_order_stay_as_they_are() -> None:
    """X12 lets them stand in any order: the number goes behind the last one that belongs before it."""
    unit = unit_of("CLM*C1*1***11:B:1*Y*A*Y*Y~REF*D9*X~REF*9F*R1~REF*F8*P1~HI*ABK:A000~")
    put_number(unit, "A1")
    assert bytes(unit.loop) == b"CLM*C1*1***11:B:1*Y*A*Y*Y~REF*D9*X~REF*9F*R1~REF*G1*A1~REF*F8*P1~HI*ABK:A000~"


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "~ \n", "\n"])
def test_a_number_has_the_line_end_of_the_segment_before_it(end: str) -> None:
    data = file(CLAIM, end=end).replace(b"*T*:\n", b"*T*:\n")
    parts = list(units(data))
    unit = next(part for part in parts if part.loop.id == "2300")
    put_number(unit, "A1")
    put_number(unit, "A2", line="2")
    count = data.split(b"SE*")[1].split(b"*")[0]
    ended = end.encode()
    expected = data.replace(b"REF*D9*X", b"REF*G1*A1" + ended + b"REF*D9*X").replace(
        b"HC:97112*1*UN*1***1" + ended, b"HC:97112*1*UN*1***1" + ended + b"REF*G1*A2" + ended
    )
    expected = expected.replace(b"SE*" + count + b"*", b"SE*%d*" % (int(count) + 2))
    assert b"".join(write(parts)) == expected


def test_mixed_line_ends_are_those_of_the_segment_before() -> None:
    data = file(CLAIM).replace(b"REF*9F*R1~", b"REF*9F*R1~\r\n")
    (unit,) = (part for part in units(data) if part.loop.id == "2300")
    put_number(unit, "A1")
    assert b"REF*9F*R1~\r\nREF*G1*A1~\r\nREF*D9*X~" in bytes(unit.loop)


def test_a_line_names_another_payer_in_ref04() -> None:
    unit = unit_of(CLAIM)
    assert put_number(unit, "A1", line="1") == "2400"
    assert put_number(unit, "E1", line="1", payer_id="ELM1") == "2400"
    assert b"REF*G1*A1~REF*G1*E1**2U:ELM1~REF*6R*L1~" in bytes(unit.loop)
    held = claim_of(unit).lines[0].authorizations
    assert [(one.value, one.payer_id) for one in held] == [("A1", ""), ("E1", "ELM1")]
    assert put_number(unit, "E1", line="1", payer_id="ELM1") == "2400"
    with pytest.raises(RecordError, match="has another authorization number"):
        put_number(unit, "E2", line="1", payer_id="ELM1")
    with pytest.raises(RecordError, match="no other payer"):
        put_number(unit, "E1", line="1", payer_id="OAK1")


def test_another_payers_numbers_stand_in_its_own_loop() -> None:
    unit = unit_of(CLAIM)
    assert put_number(unit, "E1", payer_id="ELM1") == "2330B"
    assert put_number(unit, "E2", payer_id="ELM1", kind="referral") == "2330B"
    assert b"NM1*PR*2*ELM TREE*****PI*ELM1~REF*G1*E1~REF*9F*E2~LX*1~" in bytes(unit.loop)
    read = claim_of(unit)
    assert [(p.id, p.authorization, p.referral, p.subscriber.member_id) for p in read.other_payers] == [
        ("ELM1", "E1", "E2", "Z1")
    ]
    assert (read.authorization, read.referral) == ("", "R1")
    with pytest.raises(RecordError, match="Loop 2330B has another authorization number"):
        put_number(unit, "E9", payer_id="ELM1")
    with pytest.raises(RecordError, match="no other payer"):
        put_number(unit, "E1", payer_id="OAK1")
    remove_number(unit, "E1", payer_id="ELM1")
    remove_number(unit, "E2", payer_id="ELM1", kind="referral")
    assert bytes(unit.loop).decode() == CLAIM


def test_of_two_other_payers_with_one_id_neither_is_taken() -> None:
    coverage = CLAIM[CLAIM.index("SBR*S") : CLAIM.index("LX*1")]
    unit = unit_of(CLAIM.replace(coverage, coverage * 2))
    with pytest.raises(RecordError, match="several other payers"):
        put_number(unit, "E1", payer_id="ELM1")
    with pytest.raises(RecordError, match="several other payers"):
        put_number(unit, "E1", payer_id="ELM1", line="1")


def test_a_lines_number_that_names_the_destination_can_be_replaced() -> None:
    unit = unit_of(CLAIM.replace("REF*6R*L1", "REF*G1*NONE**2U:MAPLE1~REF*6R*L1"))
    assert put_number(unit, "A1", line="1", payer_id="MAPLE1", replace="NONE") == "2400"
    assert b"REF*G1*A1**2U:MAPLE1~REF*6R*L1~" in bytes(unit.loop)


def test_a_referral_and_an_authorization_do_not_touch_each_other() -> None:
    unit = unit_of(CLAIM)
    with pytest.raises(RecordError, match=r"another referral number \(REF\*9F\)"):
        put_number(unit, "R2", kind="referral")
    assert put_number(unit, "R2", kind="referral", replace="R1") == "2300"
    put_number(unit, "A1")
    put_number(unit, "R3", kind="referral", line="2")
    assert b"REF*9F*R2~REF*G1*A1~REF*D9*X~" in bytes(unit.loop)
    assert bytes(unit.loop).endswith(b"SV1*HC:97112*1*UN*1***1~REF*9F*R3~")
    with pytest.raises(RecordError, match="does not have this referral number"):
        remove_number(unit, "A1", kind="referral")


def test_the_same_number_again_changes_nothing() -> None:
    unit = unit_of(CLAIM)
    put_number(unit, "A1")
    once = bytes(unit.loop)
    put_number(unit, "A1")
    assert bytes(unit.loop) == once
    fresh = unit_of(CLAIM.replace("REF*D9", "REF*G1*A1~REF*D9"))
    put_number(fresh, "A1")
    assert not fresh.loop.edited


def test_another_number_is_written_over_only_when_it_is_named() -> None:
    unit = unit_of(CLAIM.replace("REF*D9*X", "REF*G1*NPR*KEPT~REF*D9*X"))
    before = bytes(unit.loop)
    for replace in ("", "OTHER"):
        with pytest.raises(RecordError, match="not to be replaced"):
            put_number(unit, "A1", replace=replace)
    assert bytes(unit.loop) == before
    assert put_number(unit, "A1", replace="NPR") == "2300"
    assert bytes(unit.loop) == before.replace(b"NPR", b"A1")


def test_two_numbers_are_for_a_person_to_see() -> None:
    unit = unit_of(CLAIM.replace("REF*D9*X", "REF*G1*A1~REF*G1*A2~REF*D9*X"))
    with pytest.raises(RecordError, match="has 2 authorization numbers"):
        put_number(unit, "A1")


def test_at_most_five_on_a_line() -> None:
    payers = "".join(f"SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*Q*****MI*Z1~NM1*PR*2*P*****PI*P{n}~" for n in range(6))
    unit = unit_of(f"CLM*C1*1***11:B:1*Y*A*Y*Y~HI*ABK:A000~{payers}LX*1~SV1*HC:97110*1*UN*1***1~")
    for n in range(5):
        put_number(unit, f"A{n}", line="1", payer_id=f"P{n}")
    with pytest.raises(RecordError, match="has 5 authorization numbers"):
        put_number(unit, "A5", line="1", payer_id="P5")


def test_an_institutional_line_has_no_number_of_its_own() -> None:
    unit = unit_of("CLM*C1*1***11:A:1**A*Y*Y~HI*ABK:A000~LX*1~SV2*0120**1*DA*1~REF*6R*1~", "institutional")
    before = bytes(unit.loop)
    with pytest.raises(RecordError, match="no place for the authorization number"):
        put_number(unit, "A1", line="1")
    assert bytes(unit.loop) == before
    assert put_number(unit, "A1") == "2300"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "must have 1 to 50 characters"),
        ("A" * 51, "must have 1 to 50 characters"),
        (" A1", "must not begin or end with a blank"),
        ("A1 ", "must not begin or end with a blank"),
        ("A*1", r"character 2 is '\*', a delimiter"),
        ("A:1", "character 2 is ':', a delimiter"),
        ("A~", "character 2 is '~', a delimiter"),
        ("A^1", r"character 2 is '\^', a delimiter"),
        ("A\n1", "character 2 is not in X12's"),
        ("A\u20ac", "character 2 is not in X12's"),
        ("A\x85", "character 2 is not in X12's"),
    ],
)
def test_what_x12_cannot_carry_is_refused(number: str, words: str) -> None:
    unit = unit_of(CLAIM)
    with pytest.raises(RecordError, match=words):
        put_number(unit, number)
    assert not unit.loop.edited


@pytest.mark.parametrize("number", ["A" * 50, "00-123 45/B", "\xc9", "a#1"])
def test_what_x12_can_carry_is_written_byte_for_byte(number: str) -> None:
    unit = unit_of(CLAIM)
    put_number(unit, number)
    assert f"REF*G1*{number}~".encode("latin-1") in bytes(unit.loop)
    assert claim_of(unit).authorization == number


def test_delimiters_are_the_file_s() -> None:
    data = file(CLAIM).translate(bytes.maketrans(b"*:~^", b"|>\x1c{"))
    (unit,) = (part for part in units(data) if part.loop.id == "2300")
    put_number(unit, "A*1:~", line="1", payer_id="ELM1")
    assert b"REF|G1|A*1:~||2U>ELM1\x1c" in bytes(unit.loop)
    with pytest.raises(RecordError, match="character 1 is '>', a delimiter"):
        put_number(unit, ">")


@pytest.mark.parametrize(("line", "words"), [("3", "no line"), ("9", "several lines")])
def test_a_line_must_be_there_once(line: str, words: str) -> None:
    unit = unit_of(CLAIM.replace("LX*1~", "LX*9~").replace("LX*2~", "LX*9~") if line == "9" else CLAIM)
    with pytest.raises(RecordError, match=words):
        put_number(unit, "A1", line=line)


def test_only_a_claim_has_a_number() -> None:
    header = next(unit for unit in units(file(CLAIM)) if unit.kind == "header")
    with pytest.raises(RecordError, match="Only a claim"):
        put_number(header, "A1")


def test_a_claim_that_is_cut_off_is_left_alone() -> None:
    data = file(CLAIM)
    cut = data[: data.index(b"REF*D9") - 4]
    unit = next(part for part in units(cut) if part.loop.id == "2300")
    with pytest.raises(RecordError, match="cut off"):
        put_number(unit, "A1")
    assert b"".join(write(units(cut))) == cut


def test_only_a_number_that_is_there_can_be_removed() -> None:
    unit = unit_of(CLAIM)
    put_number(unit, "A1")
    with pytest.raises(RecordError, match="does not have this"):
        remove_number(unit, "A2")
    with pytest.raises(RecordError, match="does not have this"):
        remove_number(unit, "A1", line="1")
    remove_number(unit, "A1")
    assert bytes(unit.loop).decode() == CLAIM


NUMBERS = st.text("ABC019-/. \xe9", min_size=1, max_size=50).map(str.strip).filter(bool)
REFERENCES = st.lists(st.sampled_from(["REF*9F*R1", "REF*F8*P1", "REF*D9*X", "REF*EW*M", "REF*EA*1"]), max_size=5)
OTHERS = st.lists(st.sampled_from(["K3*N", "NTE*ADD*Z", "ZZZ*1"]), max_size=4).map(sorted)


@settings(max_examples=150, deadline=None)
@given(NUMBERS, REFERENCES, OTHERS, st.sampled_from(["~", "~\n", "~\r\n"]), st.sampled_from([None, "1", "2"]), st.booleans())
def test_insertion_then_removal_gives_the_original_bytes(
    number: str, references: list[str], others: list[str], end: str, line: str | None, dependent: bool
) -> None:
    """Whatever stands in the claim, references in whatever order, too often, or unknown."""
    claim = "CLM*C1*1***11:B:1*Y*A*Y*Y~" + "".join(f"{piece}~" for piece in references + others) + CLAIM[CLAIM.index("LX*1") :]
    data = file(claim, level=PATIENT if dependent else SUBSCRIBER, end=end)
    parts = list(units(data))
    unit = next(part for part in parts if part.loop.id == "2300")
    before = bytes(unit.loop)
    loop = put_number(unit, number, line=line)
    assert loop == ("2300" if line is None else "2400")
    after = bytes(unit.loop)
    added = f"REF*G1*{number}{end}".encode("latin-1")
    assert len(after) == len(before) + len(added)
    assert after.replace(added, b"", 1) == before
    read = claim_of(unit)
    assert number in (read.authorizations if line is None else [h.value for h in read.lines[int(line) - 1].authorizations])
    remove_number(unit, number, line=line)
    assert bytes(unit.loop) == before
    assert b"".join(write(parts)) == data


@pytest.mark.corpus("837P/*", "837I/*", "837D/*")
def test_in_every_file_of_the_corpus_exactly_one_segment_is_added(corpus_file: Path) -> None:
    data = corpus_file.read_bytes()
    for unit in units(data):
        if unit.kind == "unit" and unit.loop.id == "2300" and unit.loop.first("REF", "G1") is None:
            before = [bytes(segment) for segment in unit.loop.walk()]
            put_number(unit, "LINKED-1")
            after = [bytes(segment) for segment in unit.loop.walk()]
            (at,) = (n for n, raw in enumerate(after) if b"LINKED-1" in raw)
            assert after[:at] + after[at + 1 :] == before
            remove_number(unit, "LINKED-1")
            assert [bytes(segment) for segment in unit.loop.walk()] == before
