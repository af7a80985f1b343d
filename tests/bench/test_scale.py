"""What is measured at scale is what it says: a file that stands for many times its bytes, facts that come to what they should."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import edi
from bench import scale, sets
from bench.claims import write_claims
from bench.picture import picture
from edi.jobs.facts import FACTS, from_text


def test_a_file_made_on_the_fly_is_the_block_many_times(tmp_path: Path) -> None:
    path, long = tmp_path / "claims.837", tmp_path / "long.837"
    write_claims(path, claims=50)
    long.write_bytes(path.read_bytes() * 4)
    opener = partial(scale._open, times=4)
    for size in (1, 20_000):
        slices = list(edi.plan_slices(path, size, opener))
        assert [(one.start, one.stop) for one in slices] == [(one.start, one.stop) for one in edi.plan_slices(long, size)]
        assert [claim for one in slices for claim in edi.read_slice(one, opener)] == list(edi.read_claims(long))


def test_the_picture_has_a_point_for_each_gigabyte() -> None:
    drawn = picture((("MB a second", (100.0, 99.0, 101.0)), ("MB of memory", (90, 91, 90))))
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
    assert "linked 1,420, requirement-unknown 560, after-period 10, already-linked 10" in said
    assert "| the join | 1,980 |" in said


def test_facts_made_on_the_fly_are_what_the_library_writes(tmp_path: Path) -> None:
    """Of the records that they hold: else the join would be measured on what no claim says."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    made, written = tmp_path / "made", tmp_path / "written"
    sets.make(made, 400, 100)

    def rows(folder: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        found = duckdb.execute(f"select {columns} from read_parquet('{folder}/{table}/*.parquet') order by all").fetchall()
        return [tuple(row) for row in found]

    claims = [replace(from_text(edi.Claim, text), offset=offset) for offset, text in rows(made, "claims", '"offset", record')]
    held = [from_text(edi.Authorization, text) for _, text in rows(made, "authorizations", "id, record")]
    edi.write_claim_facts(claims, written, name="claims.837")
    edi.write_authorization_facts(held, written)
    for table in FACTS:
        columns = "* exclude (record)" if "record" in [field.name for field in table.fields] else "*"
        assert rows(made, table.name, columns) == rows(written, table.name, columns), table.name
    told = [(row.claim, row.verdict, row.authorization) for row in edi.link_sets(made)]
    alone = [(row.claim, row.verdict, row.authorization) for row in edi.link(claims, held).claims]
    assert sorted(told) == sorted(alone)
