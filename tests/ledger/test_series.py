"""Control numbers of the ledger: one after the other, and none twice, also when two processes ask at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edi.ledger import Ledger
from edi.text.segments import read

Open = Callable[[], Ledger]
US, PAYER = ("ZZ", "LARKSPUR"), ("ZZ", "MEADOWLARK")
STORY = Path(__file__).parents[2] / "testdata" / "story"


def number(ledger: Ledger, *, usage: str = "P") -> int:
    with ledger.control_number(US, PAYER, usage=usage) as given:
        return given


def test_numbers_follow_each_other_also_when_the_ledger_was_closed(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        assert [number(ledger) for _ in range(3)] == [1, 2, 3]
    with open_ledger() as ledger:
        assert number(ledger) == 4


def test_what_was_not_written_leaves_no_gap(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        with pytest.raises(KeyboardInterrupt), ledger.control_number(US, PAYER):
            raise KeyboardInterrupt
        assert number(ledger) == 1


def test_tests_and_other_receivers_have_numbers_of_their_own(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        assert (number(ledger), number(ledger, usage="T"), number(ledger)) == (1, 1, 2)
        with ledger.control_number(US, ("33", "MEADOWLARK")) as other:
            assert other == 1


def test_a_series_goes_on_behind_what_the_ledger_saw(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take(STORY / "requests" / "units.278")
        (seen,) = {segment.get(13) for segment in read(STORY / "requests" / "units.278") if segment.id == "ISA"}
        assert number(ledger, usage="T") == int(seen) + 1


def test_behind_the_highest_comes_one(open_ledger: Open) -> None:
    data = (STORY / "requests" / "units.278").read_bytes()
    with open_ledger() as ledger:
        ledger.take(data.replace(data[90:99], b"999999999"))
        assert number(ledger, usage="T") == 1


_BUILD = """
import sys
from edi.cli import main

url, request, out, count = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for n in range(int(count)):
    main(["request", "build", request, "-o", f"{out}-{n}.278", "--ledger", url], standalone_mode=False)
"""


def test_two_processes_that_write_at_once(ledger_url: str, tmp_path: Path) -> None:
    count, request = 12, str(STORY / "requests" / "approved.json")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _BUILD, ledger_url, request, str(tmp_path / name), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 2
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    files = sorted(tmp_path.glob("*.278"))
    assert sorted(int(file.read_bytes()[90:99]) for file in files) == list(range(1, 2 * count + 1))
