"""A service that is pended beside others that were decided waits for its answer like any request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from edi.ledger import Ledger
from tests.linkage.test_lives import ASKED, PENDED, PT, asks, message

NOW = datetime(2026, 9, 5, 8, 0, tzinfo=UTC)


def test_a_service_that_is_pended_waits(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(PENDED, purpose="19")):
            ledger.take(data, now=NOW)
        assert len(ledger.authorizations(pending=True)) == 1
        ledger.take(message(f"{PT}HL*5*4*SS*0~HCR*A1*AUTH1~SV1*HC:97140**UN*10~", day=10), now=NOW)
        assert ledger.authorizations(pending=True) == []
        (one,) = ledger.authorizations()
    assert one.decision == "certified"
