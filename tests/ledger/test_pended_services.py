"""A service that is pended beside others that were decided waits for its answer like any request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

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


@pytest.mark.parametrize(("answer", "decision"), [("A1*AUTH1", "certified"), ("A3", "denied")])
def test_a_service_that_an_answer_leaves_out_waits_too(answer: str, decision: str, open_ledger: Callable[[], Ledger]) -> None:
    """The event is decided and only one of its two services is named: nobody says that the other one is meant as well."""
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(f"UM*HS*I*PT~HCR*{answer}~HL*5*4*SS*0~SV1*HC:97110**UN*10~")):
            ledger.take(data, now=NOW)
        (one,) = ledger.authorizations(pending=True)
        assert (one.decision, [service.decision for service in one.services]) == (decision, [decision, "unanswered"])
        (item,) = ledger.worklist(date(2026, 12, 1))
        assert (item.kind, item.reason) == ("request", decision)
        assert item.action.startswith("Ask the payer for what it left open: ")
        ledger.take(message(f"UM*HS*I*PT~HL*5*4*SS*0~HCR*{answer}~SV1*HC:97140**UN*10~", day=10), now=NOW)
        assert ledger.authorizations(pending=True) == []
        assert ledger.worklist(date(2026, 12, 1)) == []
