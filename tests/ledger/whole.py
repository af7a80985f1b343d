"""A small ledger that has rows in every table: a practice's answers, claims, payments, acknowledgments, and work about them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from edi.ledger import Ledger
from edi.ledger.files import Fresh
from edi.ledger.survey import interchanges
from tests.ledger.test_accepting import Answers, sent_again

STORY: Final = Path(__file__).parents[2] / "testdata" / "story"
NOW: Final = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TODAY: Final = date(2026, 11, 20)


def fill(ledger: Ledger) -> None:
    old = (STORY / "responses" / "approved.278").read_bytes().replace(b"2026", b"2016")
    ledger.take(old, now=NOW)
    ledger.upkeep.purge(date(2018, 1, 1), now=NOW)
    for folder in ("requests", "responses"):
        for path in sorted((STORY / folder).glob("*.278")):
            ledger.take(path, now=NOW)
    batch = (STORY / "claims" / "batch.837").read_bytes()
    linked = ledger.link(batch, now=NOW)
    ledger.note(linked.claims, now=NOW)
    ledger.take(batch, now=NOW)
    for name in ("batch.835", "paid.835"):
        ledger.match(STORY / "remittances" / name, now=NOW)
    refused = sent_again((STORY / "claims" / "visits.837").read_bytes(), "261120", "0900", 700)
    ledger.take(refused, now=NOW)
    ledger.take(Answers(refused).ta1("R", "261120 0930", "006"), now=NOW)
    (first, *_) = ledger.work.items(TODAY)
    ledger.work.take([first.item], by="ROWAN", now=NOW)
    with ledger.together() as files:
        found = interchanges(io.BytesIO(batch))
        files.add(
            Fresh(
                name="batch.837", label="batch.837", digest=found[0].digest, size=len(batch), kind="837", partner="", run="1",
                outcome="linked", received_at=NOW, outputs=(), record={},
            ),
            found,
        )  # fmt: skip
    with ledger.control_number(("ZZ", "LARKSPUR"), ("ZZ", "MEADOWLARK"), usage="T"):
        pass
