"""What is measured at scale is what it says: a file that stands for many times its bytes, facts that come to what they should."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

import edi
from bench import scale, sets
from bench.claims import write_claims


def test_a_file_made_on_the_fly_is_the_block_many_times(tmp_path: Path) -> None:
    path, long = tmp_path / "claims.837", tmp_path / "long.837"
    write_claims(path, claims=50)
    long.write_bytes(path.read_bytes() * 4)
    opener = partial(scale._open, times=4)
    for size in (1, 20_000):
        slices = list(edi.plan(path, size, opener))
        assert [(one.start, one.stop) for one in slices] == [(one.start, one.stop) for one in edi.plan(long, size)]
        assert [claim for one in slices for claim in edi.read(one, opener)] == list(edi.read_claims(long))


def test_the_picture_has_a_point_for_each_gigabyte() -> None:
    told = [scale.Told(n, 10.0, 100.0, 40, 90, 1000) for n in (1, 2, 3)]
    drawn = scale.picture(told)
    assert drawn.startswith("<svg")
    assert [line.count(",") for line in drawn.splitlines() if "<polyline" in line] == [3, 3]


def test_facts_made_on_the_fly_come_to_what_they_should(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    monkeypatch.setattr(sets, "AT_ONCE", 20)
    monkeypatch.setattr(sys, "argv", ["bench.sets", "--claims", "2000", "--authorizations", "200"])
    assert sets.main() == 0
    said = capsys.readouterr().out
    assert "linked 1,400, requirement-unknown 580, after-period 10, already-linked 10" in said
    assert "| the join | 1,980 |" in said
