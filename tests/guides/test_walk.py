"""The walk says what is wrong, where, once: one missing segment is one problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.guides.validation import validate
from tests.guides.test_document import CLAIM, file

TESTDATA = Path(__file__).parents[2] / "testdata"


def problems(
    before: str, after: str, claim: str = CLAIM
) -> list[tuple[str, str | None, str | None, int | None, int | None, int | None]]:
    text = file(claim).decode()
    assert before in text
    changed = text.replace(before, after, 1)
    count = changed.split("ST*837")[1].split("SE*")[0].count("~") + 1
    head, tail = changed.split("SE*")
    data = head + f"SE*{count}*" + tail.split("*", 1)[1]
    found = validate(data.encode(), compiled=False, level=2).problems
    assert found == validate(data.encode(), compiled=True, level=2).problems
    return [(p.code, p.loop, p.segment, p.position, p.element, p.component) for p in found]


def test_the_unchanged_file_is_clean() -> None:
    assert problems("CLM*C1", "CLM*C1") == []


CLAIM_LOOP, LINE = "2000A/2000B/2300", "2000A/2000B/2300/2400"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # a segment or loop is missing: said where it should have stood, and nothing else
        ("HI*ABK:A000~", "", [("segment-missing", CLAIM_LOOP, "HI", 23, None, None)]),
        ("REF*EI*123456789~", "", [("segment-missing", "2000A/2010AA", "REF", 10, None, None)]),
        ("NM1*85*2*A*****XX*1234567893~", "", [("segment-missing", "2000A/2010AA", "NM1", 7, None, None)]),
        ("CLM*C1*100***11:B:1*Y*A*Y*Y~", "", [("segment-missing", CLAIM_LOOP, "CLM", 15, None, None)]),
        ("LX*2~", "", [("segment-missing", LINE, "LX", 30, None, None)]),
        ("SBR*P*18*******CI~", "", [("segment-missing", "2000A/2000B", "SBR", 12, None, None)]),
        ("NM1*40*2*A*****46*B1~", "", [("loop-missing", "1000B", "NM1", 5, None, None)]),
        # too many, out of order, unknown
        ("REF*F8*P1~", "REF*F8*P1~REF*F8*P2~", [("segment-repeats", CLAIM_LOOP, "REF", 20, None, None)]),
        (
            "NM1*82*1*DOE*****XX*1234567893~",
            "NM1*82*1*DOE*****XX*1234567893~NM1*82*1*ROE~",
            [("loop-repeats", CLAIM_LOOP + "/2310B", "NM1", 25, None, None)],
        ),
        ("K3*N~NTE*ADD*Z~", "NTE*ADD*Z~K3*N~", [("segment-out-of-order", CLAIM_LOOP, "K3", 22, None, None)]),
        ("K3*N~", "K3*N~CLP*1~", [("segment-unused", CLAIM_LOOP, "CLP", 22, None, None)]),
        ("K3*N~", "K3*N~SVD*X*1~", [("segment-misplaced", CLAIM_LOOP, "SVD", 22, None, None)]),
        ("K3*N~", "K3*N~k3*N~", [("segment-unknown", CLAIM_LOOP, None, 22, None, None)]),
        # elements and components
        ("CLM*C1*100*", "CLM**100*", [("element-missing", CLAIM_LOOP, "CLM", 15, 1, None)]),
        ("11:B:1*Y", "11::1*Y", [("component-missing", CLAIM_LOOP, "CLM", 15, 5, 2)]),
        ("11:B:1*Y", "11:B:1:X*Y", [("component-extra", CLAIM_LOOP, "CLM", 15, 5, 4)]),
        ("CLM*C1*100*", "CLM*C1*ten*", [("element-type", CLAIM_LOOP, "CLM", 15, 2, None)]),
        ("CLM*C1*", "CLM*" + "C" * 39 + "*", [("element-long", CLAIM_LOOP, "CLM", 15, 1, None)]),
        ("DTP*435*D8*20260101", "DTP*435*D8*20260230", [("element-date", CLAIM_LOOP, "DTP", 16, 3, None)]),
        ("DTP*472*D8*20260102", "DTP*472*RD8*20260102", [("element-date", LINE, "DTP", 32, 3, None)]),
        ("DTP*435*", "DTP*999*", [("element-code", CLAIM_LOOP, "DTP", 16, 1, None)]),
        ("REF*4N*3~", "REF*4N*3*X~", [("element-unused", CLAIM_LOOP, "REF", 17, 3, None)]),
        (
            "REF*4N*3~",
            "REF*4N*3*X*Y*Z~",
            [
                ("element-unused", CLAIM_LOOP, "REF", 17, 3, None),
                ("element-unused", CLAIM_LOOP, "REF", 17, 4, None),
                ("element-extra", CLAIM_LOOP, "REF", 17, 5, None),
            ],
        ),
        ("REF*4N*3~", "REF*4N*3^4~", [("repetition-extra", CLAIM_LOOP, "REF", 17, 2, None)]),
        ("REF*4N*3~", "REF*4N*3:4~", [("component-extra", CLAIM_LOOP, "REF", 17, 2, 2)]),
        ("PER*IC*A*TE*6145550100~", "PER*IC*A*TE~", [("element-missing", "1000A", "PER", 4, 4, None)]),
        (
            "NM1*82*1*DOE*****XX*1234567893~",
            "NM1*82*1*DOE*****XX~",
            [("element-note", CLAIM_LOOP + "/2310B", "NM1", 24, 9, None)],
        ),
        (
            "N4*BY*OH*430010001~",
            "N4*BY*OH*430010001****OH~",
            [("element-note", "2000A/2010AA", "N4", 9, 4, None), ("element-note", "2000A/2010AA", "N4", 9, 7, None)],
        ),
        # hierarchical levels
        ("HL*2*1*22*0", "HL*3*1*22*0", [("hl-number", "2000A/2000B", "HL", 11, 1, None)]),
        ("HL*2*1*22*0", "HL*2*7*22*0", [("hl-parent", "2000A/2000B", "HL", 11, 2, None)]),
        ("HL*2*1*22*0", "HL*2*1*22*1", [("hl-child", "2000A/2000B", "HL", 11, 4, None)]),
    ],
)
def test_one_fault_is_said_once_and_in_its_place(before: str, after: str, expected: list[tuple[object, ...]]) -> None:
    assert problems(before, after) == expected


def test_the_answer_for_a_999_comes_along() -> None:
    report = validate(file().replace(b"REF*4N*3~", b"REF*4N~").replace(b"K3*N~", b"~ZZZ*1~"), level=2)
    assert [dict(p.x12) for p in report.problems] == [
        {"999": "IK304=8 IK403=1"},
        {"999": "IK304=1"},
        {"999": "IK304=6"},
    ]


def test_messages_hold_no_values() -> None:
    """A value may be PHI: it stands in `value`, which reports show only where they are asked to."""
    data = file().replace(b"NM1*IL*1*C*", b"NM1*IL*1*" + b"SECRETNAME" * 9 + b"*")
    (problem,) = validate(data, level=2).problems
    assert "SECRET" not in problem.message and "SECRET" in (problem.value or "")


def test_a_fault_is_named_alike_however_often_it_comes() -> None:
    """Behind some units the walk takes what is clean by expressions, and still knows what stood in the loop."""
    isa, gs, *head = (TESTDATA / "835" / "pass" / "two-claims.edi").read_bytes().split(b"~\n")[:13]
    line = b"SVC*HC:27447:RT*100*100**1~\nDTM*472*20261006~\nCAS*CO*45*0~\nREF*6R*L%d~\nAMT*B6*100~\nREF*6R*L%d"
    claims = [b"CLP*C%d*1*100*100**12*P%d*21*1~\nNM1*QC*1*BRAMBLE*SAGE****MI*M1~\n" % (n, n) + line % (n, n) for n in range(30)]
    data = b"~\n".join([isa, gs, *head, b"LX*1", *claims, b"SE*1*0001", b"GE*1*500", b"IEA*1*000000500", b""])
    codes = [problem.code for problem in validate(data, level=2, compiled=True).problems if problem.segment == "REF"]
    assert codes == ["segment-repeats"] * 30
