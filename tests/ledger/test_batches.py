"""A ledger is asked for a batch of claims at once, never for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from edi.ledger import Ledger
from edi.linkage.one_by_one import BATCH
from tests.linkage.test_linking import KNEE, knee, x12


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    found: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_no_query_per_claim(open_ledger: Callable[[], Ledger]) -> None:
    """What is asked for two batches is twice what is asked for one, however many claims there are."""
    counts = []
    with open_ledger() as ledger:
        ledger.record_authorizations([KNEE])
        for count in (10, BATCH, 2 * BATCH):
            data = x12(*(knee(f"C-{n}") if n % 2 else knee(f"C-{n}", f"REF*G1*B-{n}") for n in range(count)))
            with statements() as found:
                ledger.check(data)
            counts.append(len(found))
    few, batch, two = counts
    assert few == batch < 20
    assert batch < two <= 2 * batch
