"""The loop of ten gigabytes, at a few kilobytes: what it makes is valid and of other members, and a break is made good."""

from __future__ import annotations

import csv
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import edi
from bench import loop
from bench.again import write_again
from bench.authorizations import write_answers
from bench.claims import write_claims
from bench.loop import NAMES, Told
from bench.people import ALIKE, authorization_number, member

MEMBERS = 3 * ALIKE


def test_the_claims_of_a_file_again_are_of_other_members(tmp_path: Path) -> None:
    first, again, back = (tmp_path / name for name in ("first.837", "again.837", "back.837"))
    write_claims(first, claims=200, members=MEMBERS, mark="P1C")
    write_again(first, again, mark="P1C", other="P22C", further=2)
    write_again(again, back, mark="P22C", other="P1C", further=-2)
    assert back.read_bytes() == first.read_bytes()
    assert [problem.message for problem in edi.validate(again).problems] == []
    clans, several = set(), 0
    for before, claim in zip(edi.read_claims(first), edi.read_claims(again), strict=True):
        number = int(before.subscriber.member_id[1:])
        then = member(number + 2 * ALIKE)
        clans.add(number // ALIKE)
        last, id = then.last, then.id
        assert (claim.id, claim.subscriber.member_id) == (before.id.replace("P1C", "P22C"), id)
        assert claim.subscriber == replace(before.subscriber, last_name=last, member_id=id)
        assert claim.patient == replace(before.patient, last_name=last, member_id=id if before.patient.member_id else "")
        assert claim.lines == before.lines
        if before.authorization:
            assert claim.authorization == authorization_number(then.number)
        if before.other_payers:
            several += 1
            (other,) = claim.other_payers
            assert (other.subscriber.last_name, other.subscriber.member_id) == (last, f"X{then.number}")
    assert clans == {0, 1, 2}
    assert several


def test_what_is_told_is_read_again() -> None:
    told = Told(2, 1073.75, 300.5, 3.57, 20.25, 35.5, 60.0, 280.25, 500.0, 250.0, 12.0, 18, 1_800_000, 900.5)
    assert Told.of(told.cells) == told
    assert len(told.cells) == len(NAMES)


def test_a_run_goes_on_behind_what_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loop, "GIGABYTE", 28_000)  # a file, nearly
    monkeypatch.setattr(loop, "NEW", 0)  # copies are made of ten thousand
    write_answers(tmp_path / "answers.278", count=490)
    with edi.Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.take(tmp_path / "answers.278")
    out = tmp_path / "loop.csv"

    def run(gigabytes: int) -> list[list[str]]:
        words = {"--gigabytes": gigabytes, "--claims": 50, "--authorizations": 490, "--folder": tmp_path, "--out": out}
        monkeypatch.setattr(sys, "argv", ["bench.loop", *(str(word) for pair in words.items() for word in pair)])
        assert loop.main() in (0, 1)  # how fast it was is not for a test
        with out.open(newline="") as file:
            return list(csv.reader(file))

    names, first = run(1)
    assert names == NAMES
    assert (tmp_path / "part").read_text() == first[NAMES.index("files")] == "1"
    (tmp_path / "part").write_text("2")  # it broke off in the second file
    _, *told = run(2)
    assert [row[0] for row in told] == ["1", "2"]
    assert told[0] == first
    assert (tmp_path / "part").read_text() == "3"
    for row in told:
        one = Told.of(row)
        assert one.megabytes >= 0.028
        assert one.seconds == pytest.approx(one.judging + one.linking, abs=0.02)
        assert one.rate == pytest.approx(one.megabytes / one.seconds, abs=0.02)
        assert min(one.judging_processor, one.linking_processor, one.judging_memory, one.linking_memory, one.ledger) > 0
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        assert {claim[:3] for (claim,) in ledger.execute("SELECT claim FROM uses")} == {"P1C", "P3C"}
    assert out.with_suffix(".svg").read_text().count("<circle") == 4 * 2
    assert "memory does not grow" in capsys.readouterr().out
