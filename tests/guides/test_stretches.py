"""Units are judged alike, however many of them are laid out together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bench.claims import write_claims
from bench.remittances import write_payments
from edi.guides.rules import ruleset
from edi.guides.validation import validate


def professional(path: Path) -> None:
    write_claims(path, claims=60, faulty=0.1)


def institutional(path: Path) -> None:
    write_claims(path, claims=60, institutional=True)


def remittance(path: Path) -> None:
    write_payments(path, segments=1_200)


def changed(data: bytes, random: Random) -> bytes:
    """Some amounts and codes are others."""
    segments = data.split(b"~\n")
    for number, segment in enumerate(segments):
        elements = segment.split(b"*")
        if elements[0] in (b"CLM", b"CLP", b"SV1", b"SV2", b"SVC") and random.random() < 0.05:
            elements[2] = b"7"
        elif elements[0] in (b"CAS", b"HI", b"NM1") and random.random() < 0.05:
            elements[-1] += b"9"
        segments[number] = b"*".join(elements)
    return b"~\n".join(segments)


@pytest.mark.parametrize("write", [professional, institutional, remittance])
def test_units_are_judged_alike_however_many_together(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "file")
    data = changed((tmp_path / "file").read_bytes(), Random(5))
    reports = []
    for bytes_together in (1, 700, len(data)):
        monkeypatch.setattr(ruleset, "STRETCH", bytes_together)
        reports.append(validate(data, compiled=True))
    assert {3, 5} <= {problem.level for problem in reports[0].problems}
    assert reports[0] == reports[1] == reports[2]


def test_units_are_cut_apart_where_they_begin_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruleset, "STRETCH", 1)
    rules = ruleset.ruleset("837/professional", ruleset.Asked(7), ruleset.Delimiters())
    assert rules is not None
    data = b"HL*2*1*22*0~\nSBR*P*18~\nNM1*IL*1*CLM*HL~\r\nCLM*1~NTE*ADD*X~CLM*2~\nLX*1~\n"
    cuts = [data[start:stop] for start, stop in rules.stretches(data, 0, len(data))]
    assert cuts == [b"HL*2*1*22*0~\nSBR*P*18~\nNM1*IL*1*CLM*HL~\r\n", b"CLM*1~NTE*ADD*X~", b"CLM*2~\nLX*1~\n"]
