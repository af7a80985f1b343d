"""Several processes on one ledger at the same moment: no unit is used twice, none is lost (more of it: python -m bench.load)."""

from __future__ import annotations

from bench.load import load


def test_processes_that_link_at_once_never_use_a_unit_twice(ledger_url: str) -> None:
    assert load(ledger_url, processes=4, claims=400).faults == []
