"""Claims linked by several processes come out as one process links them: the rows, the bytes, and what the ledger keeps."""

from __future__ import annotations

import io
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from bench.visits import Insured, interchange
from edi.errors import LedgerError
from edi.guides import document
from edi.jobs import linking
from edi.jobs.linking import deciding
from edi.jobs.slices import Slice, plan_slices, units_of
from edi.jobs.worlds.making import make
from edi.ledger import Ledger, using
from edi.ledger.candidates import Finder
from edi.ledger.part_worker import Decider, within_reach
from edi.ledger.storing import Writer
from edi.ledger.using import keep
from edi.linkage.linking import Linked
from edi.linkage.whole_file import AskParts
from tests.ledger.conftest import PATIENT, Made

SIZE = 1500
"""Bytes of a part: four or five claims."""


@pytest.fixture(autouse=True, params=[0, 1 << 40], ids=["accepted", "walked"])
def small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of few claims, which an expression accepted as those of a large file, or which were walked."""
    monkeypatch.setattr(linking, "SIZE", SIZE)
    monkeypatch.setattr(document, "COMPILE_FROM", request.param)


def told(linked: Linked) -> tuple[Any, ...]:
    out = io.BytesIO()
    linked.write(out)
    problems = [problem.message for problem in linked.problems]
    return linked.to_json(), [row.key for row in linked.claims], problems, linked.tax_ids, out.getvalue()


def used(ledger: Ledger) -> list[Any]:
    """What claims use of each authorization."""
    return [[life.uses for life in ledger.authorization(held.number)] for held in ledger.authorizations() if held.number]


def kept(ledger: Path) -> list[list[Any]]:
    """The rows of what is used, and how much of each authorization that is."""
    with closing(sqlite3.connect(ledger)) as database:
        asked = ("SELECT * FROM uses ORDER BY id", "SELECT id, used FROM authorizations ORDER BY id")
        return [database.execute(question).fetchall() for question in asked]


def beside(
    url: str,
    rules: Sequence[str | Path] = (),
    *,
    replace: bool = False,
    brief: bool = False,
    silent: int = 0,
    size: int = SIZE,
) -> AskParts:
    """Other processes' part, taken by this one: it reads the ledger while the ledger is being written.

    Of so many parts one (0: none) gets no answer.
    """
    decide, turns = Decider(url, rules, replace=replace, brief=brief), count(1)

    def asked(one: Slice) -> linking.PendingPart:
        answers = not silent or next(turns) % silent
        return linking.PendingPart(one, lambda: decide(partial(units_of, one), last=one.last) if answers else None)

    return lambda source: map(asked, plan_slices(str(source), size))


def insured(n: int) -> Insured:
    """The first two are of one family: each might be the other."""
    return Insured(id=f"W{n}", last="QUILL" if n < 2 else f"QUILL{n}", first=f"N{n}ORA")


def scarce(ledger: Ledger) -> None:
    """Authorizations of six units for each of five members."""
    made = Made()
    for n in range(5):
        person = replace(PATIENT, member_id=insured(n).id, last_name=insured(n).last, first_name=insured(n).first)
        ledger.record_authorizations([made.authorization(f"A10{n}", subscriber=person, patient=person)])


def visits(seed: int, claims: int = 40) -> bytes:
    """Claims of few members, one behind another, of which some come twice and some replace or void others."""
    chance = random.Random(seed)
    names = [(insured(chance.randrange(6)), f"C{chance.randrange(30)}", chance.choice([1, 2, 3])) for _ in range(claims)]
    data = interchange(names, usage="T")
    again = [f"CLM*{name}*{80 * units}***11:B:".encode() for _, name, units in names]
    for begun in chance.sample(again, claims // 5):
        data = data.replace(begun + b"1", begun + chance.choice([b"7", b"8"]), 1)
    return data


def linked(url: str, files: Iterable[Path], ask: AskParts | None = None, *, brief: bool = False) -> list[Any]:
    """What comes of files one behind another, in a ledger where units are scarce."""
    with Ledger(url) as ledger:
        scarce(ledger)
        return [(told(ledger.link(path, ask=ask, brief=brief)), used(ledger)) for path in files]


def written(folder: Path, *files: bytes) -> list[Path]:
    paths = [folder / f"{n}.837" for n in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


@pytest.mark.parametrize("seed", range(5))
def test_units_that_are_scarce_go_to_the_same_claims(seed: int, tmp_path: Path) -> None:
    files = written(tmp_path, visits(seed), visits(seed + 100))  # what the first reserved is there when the second comes
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    alone = linked(one, files)
    assert linked(two, files, beside(two)) == alone
    assert kept(tmp_path / "two.db") == kept(tmp_path / "one.db")
    verdicts = {row["verdict"] for (report, *_), _ in alone for row in report["claims"]}
    assert {"linked", "units-used-up"} <= verdicts, "there were enough units for all"


def test_what_nobody_asks_about_is_not_read_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each file more is used of the same authorizations: the process that writes holds none of it."""
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    names = [[(insured(n), f"C{file}{n}", 1) for n in range(5)] for file in range(3)]
    files = written(tmp_path, *(interchange(of, usage="T") for of in names))
    held: list[int] = []

    def seen(session: Session, writer: Writer, find: Finder, **options: bool) -> None:
        held.append(len(find.usage.all()))
        keep(session, writer, find, **options)

    alone = linked(one, files)
    monkeypatch.setattr(using, "keep", seen)
    assert linked(two, files, beside(two, size=1 << 20)) == alone
    assert kept(tmp_path / "two.db") == kept(tmp_path / "one.db")
    assert held == [0, 0, 0]
    assert len(kept(tmp_path / "two.db")[0]) == 15


@pytest.mark.parametrize("silent", [1, 2, 3])
def test_who_gives_no_answer_is_done_without(silent: int, tmp_path: Path) -> None:
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    files = written(tmp_path, visits(3))
    assert len(list(plan_slices(files[0], SIZE))) > 5
    assert linked(two, files, beside(two, silent=silent)) == linked(one, files)


ST, SE, IEA = b"~\nST*", b"~\nSE*", b"~\nIEA*"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[: data.rindex(IEA) + 1],  # cut off
        lambda data: data[: data.rindex(SE) - 200],
        lambda data: data.replace(SE, SE + b"1", 1),  # counted wrongly
        lambda data: data.replace(b"~\nCLM*", b"~\nCLM*~\nCLM*", 3),  # claims that cannot be read
        lambda data: data + data,
        lambda data: data.replace(b"~\n", b"~\r\n"),
        lambda data: data.replace(b"005010X222A1", b"005010X999", 2),  # there is no guide
        lambda data: data[: data.index(ST) + 1],
        lambda data: data[:200],
        lambda data: b"",
        lambda data: data.replace(SE, b"~\nZZZ*1" + SE, 1) + b"\n\n",
    ],
)
def test_whatever_is_wrong_with_a_file(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    files = written(tmp_path, change(visits(5, claims=20)), visits(6, claims=20))
    with deciding(two, jobs=2) as ask:
        assert linked(two, files, ask) == linked(one, files)


def test_a_count_that_was_wrong_is_told_by_whoever_puts_parts_together(tmp_path: Path) -> None:
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    files = written(tmp_path, visits(5).replace(SE, SE + b"1"))
    alone = linked(one, files)
    assert linked(two, files, beside(two)) == alone
    assert alone[0][0][2][0].startswith("SE01 was wrong before")


def test_a_test_among_production_is_refused(tmp_path: Path) -> None:
    """Also where it is not the first interchange of its file."""
    data = visits(5)
    files = written(tmp_path, data + data.replace(b"*T*:~", b"*P*:~", 1), data.replace(b"*T*:~", b"*P*:~", 1))
    url = f"sqlite:///{tmp_path / 'one.db'}"
    with deciding(url, jobs=2) as ask, Ledger(url) as ledger:
        ledger.take(data)
        for path in files:
            with pytest.raises(LedgerError, match="production"):
                ledger.link(path, ask=ask)


def test_a_world_is_linked_alike_by_processes(tmp_path: Path, ledger_url: str) -> None:
    make(tmp_path / "world", seed=5, size=40)
    rules = sorted((tmp_path / "world" / "rules").glob("*.rules"))
    claims = sorted((tmp_path / "world" / "claims").glob("*.837"))

    def by(url: str, jobs: int) -> Iterator[Any]:
        with Ledger(url) as ledger:
            for path in sorted((tmp_path / "world").glob("re*s/*.278")):
                ledger.take(path)
        for path in (*claims, claims[0]):
            with deciding(url, rules, replace=True, jobs=jobs) as ask, Ledger(url) as ledger:
                assert (ask is None) == (jobs == 1)
                yield told(ledger.link(path, rules, replace=True, ask=ask)), used(ledger)
            left = list(Path(url.removeprefix("sqlite:///")).parent.glob("*.db-wal")) if url.startswith("sqlite") else []
            assert not left, "a copy of the one file would not be the ledger"

    assert list(by(ledger_url, 2)) == list(by(f"sqlite:///{tmp_path / 'alone.db'}", 1))


def test_processes_that_cannot_decide_are_done_without(tmp_path: Path) -> None:
    files = written(tmp_path, visits(4))
    alone = linked(f"sqlite:///{tmp_path / 'one.db'}", files)
    with deciding(f"sqlite:///{tmp_path / 'missing' / 'two.db'}", jobs=2) as ask:
        assert linked(f"sqlite:///{tmp_path / 'two.db'}", files, ask) == alone


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:kept?mode=memory&uri=true", "nothing"])
def test_a_ledger_in_memory_is_its_own_process_s(url: str) -> None:
    assert not within_reach(url)
    with deciding(url, jobs=2) as ask:
        assert ask is None
