"""Level 5 in documents: codes are held to their lists wherever a segment is judged, and each fault stands in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi.errors import ERROR, WARNING, Problem
from edi.guides.validation import validate

SPECIMEN = Path(__file__).parents[2] / "edi" / "837" / "professional.edi"
REMITTANCE = Path(__file__).parents[2] / "edi" / "835" / "remittance.edi"


def changed(path: Path, before: bytes, after: bytes) -> bytes:
    data = path.read_bytes()
    assert data.count(before) >= 1
    return data.replace(before, after, 1)


def judged(data: bytes, *, level: int = 5, compiled: bool = True, **more: dict[str, str]) -> list[Problem]:
    return [problem for problem in validate(data, level=level, compiled=compiled, **more).problems if problem.level == 5]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("path", [SPECIMEN, REMITTANCE])
def test_a_specimen_has_good_codes(path: Path, compiled: bool) -> None:
    assert judged(path.read_bytes(), compiled=compiled) == []


@pytest.mark.parametrize("compiled", [False, True])
def test_a_check_digit_is_an_error_in_its_place(compiled: bool) -> None:
    data = SPECIMEN.read_bytes()
    segments = data.split(b"~")
    index, segment = next((i, s) for i, s in enumerate(segments) if s.strip().startswith(b"NM1*82*"))
    number = segment.rpartition(b"*")[2]
    wrong = number[:-1] + b"%d" % ((int(number[-1:]) + 1) % 10)
    (problem,) = judged(changed(SPECIMEN, segment, segment.replace(number, wrong)), compiled=compiled)
    assert (problem.code, problem.severity, problem.segment, problem.element) == ("npi-check-digit", ERROR, "NM1", 9)
    assert problem.loop is not None
    assert problem.loop.endswith("2300/2310B")
    first = next(i for i, s in enumerate(segments) if s.strip().startswith(b"ST*"))
    assert problem.position == index - first + 1
    assert problem.offset == data.index(segment.strip())
    assert problem.claim == next(s for s in segments if s.strip().startswith(b"CLM*")).split(b"*")[1].decode()
    assert problem.value == wrong.decode()
    assert wrong.decode() not in problem.message


def test_a_level_below_does_not_look_at_codes() -> None:
    data = changed(REMITTANCE, b"CAS*CO*45*", b"CAS*CO*999*")
    assert judged(data, level=4) == []
    assert [(p.code, p.severity) for p in judged(data)] == [("carc-unknown", WARNING)]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_faulty_unit_is_held_to_its_codes_and_says_nothing_twice(compiled: bool) -> None:
    data = changed(REMITTANCE, b"CAS*CO*45*", b"CAS*CO*999*")
    worse = data.replace(b"CAS*CO*999*", b"CAS*XX*999*", 1)
    assert [p.code for p in judged(data, compiled=compiled)] == ["carc-unknown"]
    assert judged(worse, compiled=compiled) == []  # of that CAS something was said already


def test_a_list_of_the_user_s_own(tmp_path: Path) -> None:
    file = tmp_path / "carc.csv"
    file.write_text("code,start,stop,description\n45,1995-01-01,,ours\n")
    data = REMITTANCE.read_bytes()
    assert {p.code for p in validate(data, codes={"CARC": file}).problems} == {"carc-unknown"}
