"""A life told in any order of arrival, one message at a time or together, ends in the same state, and no message is lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi.ledger import Ledger
from edi.linkage.history import Message, State, current
from edi.records.authorization import Authorization
from tests.drawing import examples
from tests.ledger.lives import lives

ORDERS = st.randoms(use_true_random=False)
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def shuffled(messages: list[Authorization], chance: random.Random) -> list[Authorization]:
    order = messages[:]
    chance.shuffle(order)
    return order


def state_of(messages: list[Authorization]) -> State:
    return current([Message(message, message.issued, order) for order, message in enumerate(messages)])


@settings(slow, max_examples=200)
@given(lives(), ORDERS)
def test_any_order_of_arrival_ends_in_the_same_state(told: list[Authorization], chance: random.Random) -> None:
    assert state_of(shuffled(told, chance)) == state_of(told)


@settings(slow, max_examples=50)
@given(lives())
def test_what_is_told_again_changes_nothing(told: list[Authorization]) -> None:
    assert state_of(told + told[::-1]) == state_of(told)


class Ledgers:
    """Empty ledgers on SQLite, each a copy of the first."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._empty, self._count = folder, folder / "empty.db", 0
        with Ledger(f"sqlite:///{self._empty}") as ledger:
            ledger.record_authorizations([])

    def after(self, batches: list[list[Authorization]]) -> tuple[Any, ...]:
        """What a ledger holds after these batches: each authorization, what is asked of it, and its messages in their order."""
        self._count += 1
        path = self._folder / f"{self._count}.db"
        shutil.copy(self._empty, path)
        with Ledger(f"sqlite:///{path}") as ledger:
            for batch in batches:
                ledger.record_authorizations(batch)
            records = [replace(record, key="") for record in ledger.records()]
            held = [replace(each, key="") for each in ledger.authorizations()]
            (life,) = ledger.authorization("T-1")
        path.unlink()
        said = sorted((event.kind, event.decision, str(event.day), event.number) for event in life.events)
        return records, held, said


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    yield Ledgers(tmp_path_factory.mktemp("orders"))


@settings(slow, max_examples=examples(40))
@given(lives(), ORDERS)
def test_a_ledger_ends_in_the_same_state(ledgers: Ledgers, told: list[Authorization], chance: random.Random) -> None:
    records, held, said = ledgers.after([told])
    assert len(records) == 1
    assert len(said) == len(set(told))
    order = shuffled(told, chance)
    assert ledgers.after([[message] for message in order]) == (records, held, said)
    assert ledgers.after([order]) == (records, held, said)
