"""The law on a few mutants: none is accepted that the walk faults; one that were would be told and kept. More: make law."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import law
from bench.law import Task, done, gathered, main, tasks
from edi.guides.guide import load
from edi.guides.validation import Report, validate


def test_every_guide_gets_its_share_and_a_task_is_done_again_the_same() -> None:
    given = list(tasks(["835/remittance", "837/professional"], 3001))
    assert [task.mutants for task in given] == [1000, 1000, 501, 501]
    task = Task("835/remittance", 0, 60)
    first, again = done(5, task), done(5, task)
    assert first == again and first.mutants == 60 and not first.breaches
    assert 0 < first.accepted < 60
    assert done(6, task) != first


def test_what_breaks_the_law_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def blind(data: bytes, *, compiled: bool) -> Report:
        return replace(validate(data, compiled=compiled), problems=())

    monkeypatch.setattr(law, "validate", blind)
    task = Task("278/request", 3, 20)
    counts = gathered([(task, done(1, task))], 1, tmp_path / "kept")
    breaches = counts["278/request"].breaches
    assert breaches and breaches[0].problems
    kept = sorted((tmp_path / "kept").iterdir())
    assert len(kept) == len(breaches) and kept[0].name == "278-request-1-3-0.edi"
    assert law.at_length(kept[0].read_bytes(), load("278/request"))
    assert "278-request-1-3-0 (" in capsys.readouterr().out


def test_the_program_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mutants", "40", "--guide", "x12/999", "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "| x12/999 | 40 |" in printed and "| all | 40 |" in printed and "seed 1" in printed
