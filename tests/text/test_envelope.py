"""Counts and control numbers of envelopes: each fault is one problem with its code and its place."""

from __future__ import annotations

import pytest

from edi.guides.validation import validate

ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~"
SET = b"ST*000*0001~REF*G1*A~SE*3*0001~"
GOOD = ISA + b"GS*XX*A0*B0*20260301*1200*1*X*005010~" + SET + b"GE*1*1~IEA*1*000000001~"


def found(data: bytes) -> list[tuple[str, str | None, int | None, dict[str, str]]]:
    return [(p.code, p.segment, p.element, dict(p.x12)) for p in validate(data).problems if p.code != "guide-unknown"]


def test_a_good_envelope_is_clean() -> None:
    assert found(GOOD) == []
    assert found(GOOD.replace(b"~", b"~\r\n")) == []
    assert found(GOOD + b"\n" + GOOD.replace(b"000000001", b"000000002")) == []
    assert found(ISA + b"TA1*000000001*260301*1200*A*000~IEA*0*000000001~") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"SE*3*", b"SE*4*", ("se-count", "SE", 1, {"999": "IK502=4"})),
        (b"SE*3*", b"SE**", ("se-count", "SE", 1, {"999": "IK502=4"})),
        (b"SE*3*0001", b"SE*3*0002", ("se-control", "SE", 2, {"999": "IK502=3"})),
        (b"SE*3*0001~", b"", ("se-missing", "SE", None, {"999": "IK502=2"})),
        (b"GE*1*1", b"GE*2*1", ("ge-count", "GE", 1, {"999": "AK905=5"})),
        (b"GE*1*1", b"GE*1*7", ("ge-control", "GE", 2, {"999": "AK905=4"})),
        (b"GE*1*1~", b"", ("ge-missing", "GE", None, {"999": "AK905=3"})),
        (b"IEA*1", b"IEA*3", ("iea-count", "IEA", 1, {"TA1": "TA105=021"})),
        (b"IEA*1*000000001", b"IEA*1*000000002", ("iea-control", "IEA", 2, {"TA1": "TA105=001"})),
        (b"IEA*1*000000001~", b"", ("iea-missing", "IEA", None, {"TA1": "TA105=023"})),
        (b"GS*XX", b"REF*G1*A~GS*XX", ("segment-outside", "REF", None, {"TA1": "TA105=024"})),
        (SET, SET + SET, ("st-control-repeated", "ST", 2, {"999": "IK502=23"})),
        (b"*0*T*", b"*0*Q*", ("element-code", "ISA", 15, {"TA1": "TA105=020"})),
        (b"*260301*1200*^", b"*261301*1200*^", ("element-date", "ISA", 9, {"TA1": "TA105=014"})),
        (b"*X*005010", b"*Q*005010", ("element-code", "GS", 7, {"999": "AK905=6"})),
        (b"REF*G1*A~", b"REF*G1*A~~", ("segment-empty", None, None, {"999": "IK304=1"})),
        (b"REF*G1*A~", b"ref*G1*A~", ("segment-unknown", None, None, {"999": "IK304=1"})),
    ],
)
def test_each_fault_is_said_once(before: bytes, after: bytes, expected: tuple[object, ...]) -> None:
    assert before in GOOD
    problems = found(GOOD.replace(before, after))
    assert expected in problems
    follow = {"ge-count", "se-count"} - {expected[0]}
    assert [p for p in problems if p[0] not in follow] == [expected]


@pytest.mark.parametrize("count", ["²", "1²", "-1", "1.0", "", "9" * 40])
def test_a_count_that_is_no_number_is_a_problem(count: str) -> None:
    for before, code in ((b"GE*1*", "ge-count"), (b"IEA*1*", "iea-count"), (b"SE*3*", "se-count")):
        assert code in {p[0] for p in found(GOOD.replace(before, before[:-2] + count.encode("latin-1") + b"*"))}


def test_a_short_isa_is_read_and_said() -> None:
    assert ("isa-length", "ISA", None, {"TA1": "TA105=022"}) in found(GOOD.replace(b"SENDER         ", b"SENDER"))


def test_a_cut_off_file_says_where() -> None:
    data = GOOD[: GOOD.index(b"GE*") + 4]
    problems = validate(data).problems
    assert problems[-3].code == "cut-off" or "cut-off" in {p.code for p in problems}
    assert next(p for p in problems if p.code == "cut-off").offset == data.index(b"GE*")


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff" * 500, b"ST*837*0001~SE*2*0001~"])
def test_a_file_without_an_isa_is_one_problem(data: bytes) -> None:
    assert [p.code for p in validate(data).problems] == ["isa-missing"]


def test_text_between_interchanges_is_a_problem_and_nothing_is_lost_behind_it() -> None:
    codes = [p.code for p in validate(GOOD + b"-- next --~" + GOOD).problems]
    assert codes.count("guide-unknown") == 2
    assert "isa-missing" in codes
