"""What the ledger finds for a claim: by member id, by number, and by name with birth date."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from alembic import command

from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.migrations import configuration

STORY = Path(__file__).parents[2] / "testdata" / "story"
CLAIM = (STORY / "claims" / "number-missing.837").read_bytes()
NEW_CARD = CLAIM.replace(b"MHP100001", b"MHP999999")


def verdict(ledger: Ledger, claim: bytes) -> str:
    (row,) = ledger.link(BytesIO(claim)).claims
    return str(row.verdict)


def test_who_may_be_the_same_is_found_under_another_member_id(ledger_url: str) -> None:
    with Ledger(ledger_url) as ledger:
        for folder in ("requests", "responses"):
            ledger.take(STORY / folder / "approved.278")
        assert verdict(ledger, NEW_CARD) == "ambiguous"
        assert verdict(ledger, NEW_CARD.replace(b"19610412", b"19610521")) == "requirement-unknown"
        assert verdict(ledger, NEW_CARD.replace(b"BRAMBLE", b"SORREL")) == "requirement-unknown"
        assert verdict(ledger, CLAIM.replace(b"BRAMBLE", b"SORREL")) == "linked"  # a new name under the same id and birth date


def test_authorizations_of_an_older_ledger_are_found_too(ledger_url: str) -> None:
    with Ledger(ledger_url) as ledger:
        for folder in ("requests", "responses"):
            ledger.take(STORY / folder / "approved.278")
    database = Database(ledger_url)
    with database.writing() as session:
        command.downgrade(configuration(session.connection()), "0003")
    database.close()
    with Ledger(ledger_url) as again:
        assert verdict(again, NEW_CARD) == "ambiguous"
