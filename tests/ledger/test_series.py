"""Control numbers of the ledger: one after the other, and none twice, also when two processes ask at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from bench.crash import ended
from edi.cli import main
from edi.errors import LedgerError
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


def test_two_processes_that_write_at_once(ledger_url: str, tmp_path: Path) -> None:
    """They begin when the last of them is there."""
    count, request = 12, str(STORY / "requests" / "approved.json")
    waits, tells = os.pipe()

    def build(name: str) -> int:
        if pid := os.fork():
            return pid
        try:
            os.close(tells)
            os.read(waits, 1)
            for n in range(count):
                words = ["request", "build", request, "-o", str(tmp_path / f"{name}-{n}.278"), "--ledger", ledger_url]
                main(words, standalone_mode=False)
            os._exit(0)
        finally:
            os._exit(1)

    forked = [build(name) for name in ("one", "two")]
    os.close(tells)
    os.close(waits)
    assert [ended(pid) for pid in forked] == [0, 0]
    files = sorted(tmp_path.glob("*.278"))
    assert sorted(int(file.read_bytes()[90:99]) for file in files) == list(range(1, 2 * count + 1))


@pytest.mark.parametrize(
    ("controls", "expected"),
    [((b"000000007", b"000000044", b"000000009"), 45), ((b"00000000A", b"000000003"), 4), ((b"99       ", b"000000044"), 100)],
)
def test_the_highest_of_many_is_the_number_that_counts(open_ledger: Open, controls: tuple[bytes, ...], expected: int) -> None:
    """What is no number is none, and one that is written with less than nine digits is one all the same."""
    data = (STORY / "requests" / "units.278").read_bytes()
    with open_ledger() as ledger:
        for control in controls:
            ledger.take(data.replace(data[90:99], control))
        assert number(ledger, usage="T") == expected


def test_what_a_series_begins_behind_is_one_question_whatever_was_taken(
    open_ledger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    data = (STORY / "requests" / "units.278").read_bytes()
    found: list[str] = []

    def asked(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "FROM interchanges" in statement:
            found.append(statement)

    with open_ledger() as ledger:
        for control in range(1, 6):
            ledger.take(data.replace(data[90:99], b"%09d" % control))
        event.listen(Engine, "before_cursor_execute", asked)
        try:
            assert number(ledger, usage="T") == 6
        finally:
            event.remove(Engine, "before_cursor_execute", asked)
    assert len(found) == 1
    assert "LIMIT" in found[0]


def test_numbers_that_are_left_out_are_nobodys(open_ledger: Open) -> None:
    """Also those of series that began after the copy: it knows nothing of these."""
    with open_ledger() as ledger:
        assert [number(ledger), number(ledger)] == [1, 2]
        assert ledger.upkeep.leave_out_numbers(1000) == 1
        assert number(ledger) == 1003
        assert number(ledger, usage="T") == 1001
        assert ledger.upkeep.leave_out_numbers(10) == 2
        assert (number(ledger), number(ledger, usage="T")) == (1014, 1012)
        with ledger.control_number(PAYER, US) as other:
            assert other == 1011


def test_leaving_out_goes_on_behind_the_highest_with_one(open_ledger: Open) -> None:
    with open_ledger() as ledger:
        ledger.take((data := (STORY / "requests" / "units.278").read_bytes()).replace(data[90:99], b"999999990"))
        assert number(ledger, usage="T") == 999_999_991
        ledger.upkeep.leave_out_numbers(20)
        assert number(ledger, usage="T") == 13


def test_a_restored_ledger_gives_no_number_again(tmp_path: Path) -> None:
    """By the commands, as docs/operations.md says."""
    from click.testing import CliRunner

    from edi.cli import main

    url, copy = f"sqlite:///{tmp_path / 'edi.db'}", tmp_path / "copy.db"

    def built(name: str) -> bytes:
        out = tmp_path / name
        words = ["request", "build", str(STORY / "requests" / "approved.json"), "-o", str(out), "--ledger", url]
        assert CliRunner().invoke(main, words).exit_code == 0
        return out.read_bytes()[90:99]

    def ledger(*words: str) -> str:
        result = CliRunner().invoke(main, ["ledger", *words, "--ledger", url])
        assert result.exit_code == 0, result.output
        return result.stdout

    given = [built("1.278")]
    ledger("backup", str(copy))
    given += [built("2.278"), built("3.278")]
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"edi.db{suffix}").unlink(missing_ok=True)
    copy.rename(tmp_path / "edi.db")
    assert ledger("skip", "100") == "100 control numbers left out, of 1 series and of those to come.\n"
    given.append(built("4.278"))
    assert given == [b"000000001", b"000000002", b"000000003", b"000000102"]


def test_what_is_written_in_the_block_of_a_number_is_taken_there(open_ledger: Open) -> None:
    """It waited for the transaction that the number is a part of: five minutes, or for ever."""
    data = (STORY / "requests" / "units.278").read_bytes()
    with open_ledger() as ledger:
        with ledger.control_number(US, PAYER) as first, ledger.control_number(US, PAYER) as second:
            assert (first, second) == (1, 2)
            ledger.take(data)
            assert ledger.status().interchanges == 1
        with pytest.raises(KeyError), ledger.control_number(US, PAYER):
            ledger.take((STORY / "claims" / "batch.837").read_bytes())
            raise KeyError
        assert (ledger.status().interchanges, ledger.status().claims, number(ledger)) == (1, 0, 3)


def test_a_copy_that_finds_no_room_is_told_by_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was said of the ledger, whose disk had room."""
    run = Connection.exec_driver_sql

    def full(connection: Connection, statement: str, *values: Any) -> Any:
        if not statement.startswith("VACUUM INTO"):
            return run(connection, statement, *values)
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise OperationalError(statement, None, error)

    with Ledger(f"sqlite:///{tmp_path / 'edi.db'}") as ledger:
        monkeypatch.setattr(Connection, "exec_driver_sql", full)
        with pytest.raises(LedgerError, match=r"copy\.db: No space left on device\.$"):
            ledger.upkeep.backup(tmp_path / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]
