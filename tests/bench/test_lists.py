"""What the bench measures lists with: a ledger that answers as one that took files does, and requests that are valid."""

from __future__ import annotations

from pathlib import Path

import edi
from bench.authorizations import request_json
from bench.lists import fill, lists, slowest
from edi.records.envelope import Envelope


def test_the_ledger_of_the_bench_is_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    fill(url, 2_000)
    with edi.Ledger(url) as ledger:
        assert ledger.status().authorizations == 2_000
        for name, wanted in lists(2_000):
            assert ledger.page(wanted).authorizations or "terms" in name or "--payer --" in name, name
            assert slowest(ledger, wanted) > 0
        (life,) = ledger.authorization("PA00000001")
    assert (life.record.number, life.record.subscriber.member_id, life.record.key) == ("PA00000001", "W000000001", "2")


def test_the_requests_of_the_bench_are_valid() -> None:
    from datetime import datetime

    envelope = Envelope(sender="CLINIC", receiver="EVGRN", created=datetime(2026, 1, 1), control=1)
    requests = [edi.request_from_json(request_json(number)) for number in range(50)]
    report = edi.validate(edi.write_requests(requests, envelope))
    assert (report.valid, len(report.transactions)) == (True, 50)
