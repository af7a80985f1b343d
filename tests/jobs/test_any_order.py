"""The files of a world, taken in any order, end in the same findings, the same work, the same use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

import pytest

from edi.jobs.worlds import making
from edi.ledger import Ledger
from tests.drawing import examples

ROOMS = ("requests", "responses", "claims", "remittances")
State = dict[str, Counter[tuple[object, ...]]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All files of a world, in their usual order."""
    folder = tmp_path_factory.mktemp("any-order") / "world"
    making.make(folder, seed=31, size=90)
    return [path for room in ROOMS for path in sorted((folder / room).iterdir())]


def state(order: Sequence[Path], database: Path) -> State:
    """What a ledger says in the end, when it took the files in this order."""
    rules = sorted((order[0].parent.parent / "rules").iterdir())
    with Ledger(f"sqlite:///{database}") as ledger:
        for path in order:
            ledger.take(path, rules)
        matched = {path.name: ledger.match(path, rules) for path in sorted(order) if path.suffix == ".835"}
        return {
            "findings": Counter(
                (name, f.claim, f.payer_claim, f.line, f.kind, f.cause, f.codes, f.amount, f.authorization, f.how, f.deadline)
                for name, found in matched.items()
                for f in found.findings
            ),
            "unmatched": Counter(
                (name, one.payment.claim, one.payment.payer_claim, one.match.how)
                for name, found in matched.items()
                for one in found.unmatched
            ),
            "work": Counter((w.kind, w.claim, w.line, w.reason, w.amount, w.action) for w in ledger.worklist(date(2027, 6, 1))),
            "matches": Counter(ledger.matches()),
            "used": Counter((a.number, a.payer_id, a.decision, a.services) for a in ledger.authorizations()),
        }


@pytest.fixture(scope="module")
def usual(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> State:
    found = state(files, tmp_path_factory.mktemp("usual") / "ledger.db")
    assert all(found.values())
    return found


@pytest.mark.parametrize("order", ["backwards", *range(1, 1 + examples(3))])
def test_files_in_any_order_end_the_same(order: str | int, files: list[Path], usual: State, tmp_path: Path) -> None:
    shuffled = files[::-1]
    if isinstance(order, int):
        Random(order).shuffle(shuffled)
    found = state(shuffled, tmp_path / "ledger.db")
    for what, right in usual.items():
        assert (right - found[what], found[what] - right) == (Counter(), Counter()), what
