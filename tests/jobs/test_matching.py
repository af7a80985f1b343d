"""Remittances whose payments other processes read come out as one process matches them: the report, and what the ledger keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from edi.guides import document
from edi.jobs import matching
from edi.jobs.worlds.making import make
from edi.ledger import Ledger
from edi.ledger.part_worker import PaymentReader
from edi.ledger.payments import reading
from edi.ledger.payments.reading import AskPayments, Order, ReadPayment
from edi.ledger.storing import table_of
from edi.ledger.tables import TABLES

Asking = Callable[[str], AskPayments | None]


@pytest.fixture(autouse=True, params=[0, document.COMPILE_FROM], ids=["accepted", "walked"])
def small_batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of few payments, which an expression accepted as those of a large file, or which were walked."""
    monkeypatch.setattr(reading, "BATCH", 4)
    monkeypatch.setattr(document, "COMPILE_FROM", request.param)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matching") / "world"
    make(folder, seed=5, size=60)
    return folder


def beside(url: str) -> AskPayments:
    """Another process's part, taken by this one: it reads the ledger while the ledger is being written."""
    read = PaymentReader(url)
    return lambda order: lambda: read(order)


def dying(url: str) -> AskPayments:
    """Every other batch is lost."""
    read, asked = beside(url), 0

    def ask(order: Order) -> Callable[[], list[ReadPayment] | None]:
        nonlocal asked
        asked += 1
        return read(order) if asked % 2 else lambda: None

    return ask


def told(world: Path, url: str, asking: Asking) -> list[Any]:
    """What is said of each remittance, some of which come twice, and every row at the end."""
    with Ledger(url) as ledger:
        for folder in ("requests", "responses", "claims"):
            for path in sorted((world / folder).iterdir()):
                ledger.take(path)
        remittances = sorted((world / "remittances").iterdir())
        said: list[Any] = []
        for path in (*remittances, *remittances[:2]):
            heard: list[tuple[int, int]] = []
            ask = asking(url)
            matched = ledger.match(path, heard=lambda *what, heard=heard: heard.append(what), ask=ask)  # type: ignore[misc]  # a lambda's
            said.append([matched.to_json(), matched.payments, [problem.code for problem in matched.problems], heard])
        with ledger._database.reading() as session:
            return [said, [[tuple(row) for row in session.execute(select(table_of(table)))] for table in TABLES]]


@pytest.mark.parametrize("asking", [beside, dying], ids=["all of it", "a part of it"])
def test_it_is_the_same_whoever_reads(world: Path, tmp_path: Path, asking: Asking) -> None:
    alone = told(world, f"sqlite:///{tmp_path}/alone.db", lambda _url: None)
    assert told(world, f"sqlite:///{tmp_path}/beside.db", asking) == alone


def noting(ask: AskPayments, asked: list[ReadPayment]) -> AskPayments:
    """Asks, and notes the rows that come back."""

    def noted(order: Order) -> Callable[[], list[ReadPayment] | None]:
        waited = ask(order)

        def rows() -> list[ReadPayment] | None:
            asked.extend(found := waited() or [])
            return found

        return rows

    return noted


def test_processes_read_it(world: Path, tmp_path: Path) -> None:
    path = next(iter(sorted((world / "remittances").iterdir())))
    url = f"sqlite:///{tmp_path}/edi.db"
    with matching.reading(url, jobs=2) as ask, Ledger(url) as ledger:
        assert ask is not None
        asked: list[ReadPayment] = []
        assert ledger.match(path, ask=noting(ask, asked)).payments == len(asked) > 0


def test_processes_compare_what_is_denied(world: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/edi.db"
    with Ledger(url) as ledger:
        for path in sorted((world / "claims").iterdir()):
            ledger.take(path)
    path = next(iter(sorted((world / "remittances").iterdir())))
    with matching.reading(url, jobs=2) as ask, Ledger(url) as ledger:
        assert ask is not None
        asked: list[ReadPayment] = []
        told = ledger.match(path, ask=noting(ask, asked)).findings
    compared = [row for row in asked if row.judged is not None]
    assert compared
    assert all(row.pair and "claim_id" not in row.values for row in compared)  # who pays what was billed is not compared
    assert {finding for row in compared if row.judged is not None for finding in row.judged.findings} <= set(told)


def test_a_ledger_in_memory_is_its_own_process_s() -> None:
    with matching.reading("sqlite://", jobs=2) as ask:
        assert ask is None
