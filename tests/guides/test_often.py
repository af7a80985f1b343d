"""Many small sources are read and judged as a large one is, once there were so many; what is found stays the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edi.guides import document, validation
from edi.guides.document import units
from edi.guides.often import often
from edi.guides.validation import validate
from tests.guides.test_document import CLAIM, file

SMALL = file(CLAIM)
OTHER = file(CLAIM).replace(b"*", b"|")


@pytest.fixture(autouse=True)
def three_are_many(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (document, validation):
        monkeypatch.setattr(module, "COMPILE_FROM", 3 * len(SMALL))
    often.cache_clear()
    yield
    often.cache_clear()


def taken(data: bytes) -> bool:
    """Whether an expression took its claim."""
    return any(unit.loop.unread is not None for unit in units(data))


def test_the_third_of_three_is_taken_by_an_expression() -> None:
    assert [taken(SMALL) for _ in range(4)] == [False, False, True, True]


def test_other_delimiters_count_for_themselves() -> None:
    assert [taken(SMALL), taken(SMALL), taken(OTHER), taken(SMALL), taken(OTHER)] == [False, False, False, True, False]


def test_what_is_judged_is_not_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[bool] = []
    transaction = validation.Transaction

    def seen(*arguments: object, **more: object) -> object:
        compiled.append(bool(more["compiled"]))
        return transaction(*arguments, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(validation, "Transaction", seen)
    for _ in range(5):
        taken(SMALL)
    reports = [validate(SMALL) for _ in range(4)]
    assert compiled == [False, False, True, True]
    assert reports == [reports[0]] * 4


def test_one_source_counts_once_for_a_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    two = SMALL + SMALL
    monkeypatch.setattr(document, "COMPILE_FROM", 2 * len(two))
    assert [taken(two), taken(two)] == [False, True]
