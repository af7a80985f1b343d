"""The benchmark's files are what they are said to be: valid, varied, the same for the same seed; or at fault in every unit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.authorizations import write_answers
from bench.claims import write_claims
from bench.people import npi
from edi.guides.validation import validate


def test_claims_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    claims, segments = write_claims(path, claims=400)
    report = validate(path)
    assert report.problems == ()
    assert path.read_bytes().count(b"~\n") == segments
    assert path.read_bytes().count(b"CLM*") == claims == 400


def test_claims_are_varied_and_repeatable(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_claims(tmp_path / name, segments=3000, seed=seed)
    text = (tmp_path / "a").read_text()
    assert text == (tmp_path / "b").read_text()
    assert text != (tmp_path / "c").read_text()
    for pattern in (
        r"HL\*\d+\*\d+\*23",
        "SBR\\*S",
        "SVD",
        "LIN",
        "NTE",
        r"REF\*D9.*\nREF\*EA",
        r"REF\*EA.*\nREF\*D9",
        "NM1\\*77",
    ):
        assert re.search(pattern, text), pattern


@pytest.mark.parametrize("institutional", [False, True])
def test_every_unit_is_at_fault(institutional: bool, tmp_path: Path) -> None:
    path = tmp_path / "faulty.837"
    write_claims(path, claims=200, faulty=1, institutional=institutional)
    units = len(re.findall(rb"^(?:HL|CLM)\*", path.read_bytes(), re.MULTILINE))
    assert len(validate(path).problems) == units


def test_answers_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "answers.278"
    segments = write_answers(path, count=50)
    report = validate(path)
    assert report.problems == ()
    assert sum(t.segments for t in report.transactions) + 4 == segments


def test_npi_has_its_check_digit() -> None:
    assert npi(23456789) == "1234567893"
