"""Files changed at random, a few of them in every run of the tests: nothing raised, nothing lost. More: make fuzz."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench import fuzz

TESTDATA = Path(__file__).parents[2] / "testdata"
CASES = int(os.environ.get("EDI_FUZZ_CASES", "400"))


def test_whatever_the_bytes_nothing_is_raised_and_nothing_is_lost() -> None:
    files = fuzz.sources(TESTDATA)
    assert len(files) > 200
    assert [failure[:3] for failure in fuzz.run(20261102, files, lambda number: number < CASES)] == []


def test_files_by_others_too(corpus: Path) -> None:
    assert [failure[:3] for failure in fuzz.run(20261103, fuzz.sources(corpus), lambda number: number < CASES)] == []


def test_a_case_is_made_again_from_its_number() -> None:
    files = fuzz.sources(TESTDATA / "835")
    cases = {fuzz.case(1, number, files)[0] for number in range(50)}
    assert cases == {fuzz.case(1, number, files)[0] for number in range(50)}
    assert len(cases) > 45


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda data: data[10**6], "IndexError"),
        (lambda data: next(iter(())), "StopIteration"),
        (lambda data: fuzz.time.sleep(5), "takes longer than"),
    ],
)
def test_what_goes_wrong_is_found(broken: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "WORK", {"it": (broken, 1.0)})
    monkeypatch.setattr(fuzz, "PATIENCE", 1)
    failures = list(fuzz.run(1, [b"ISA"], lambda number: number < 1))
    assert [failure.what for failure in failures] == ["it"]
    assert said in failures[0].problem
