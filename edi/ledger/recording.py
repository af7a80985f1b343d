"""Records that a program made, kept as those of a file are; each is looked at first, for nobody else has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlmodel import Session

from edi.ledger.accepting import keep_made as keep_answers
from edi.ledger.payments.reading import keep_made as keep_payments
from edi.ledger.questions import batches
from edi.ledger.settling import Settling
from edi.ledger.spreadsheet_news import ToldAuthorization, told
from edi.ledger.storing import Writer
from edi.ledger.taking import BATCH
from edi.linkage.terms import PayerRules
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.made import of_kind
from edi.records.received import Acknowledgment
from edi.records.remittance import Payment

T = TypeVar("T")
Keep: TypeAlias = Callable[[Writer, Settling, Sequence[T]], None]


def keep_authorizations(session: Session, records: Iterable[Authorization], now: datetime | None) -> None:
    """Requests and responses that did not come in a file."""
    _keep(session, records, Authorization, _authorizations, now)


def keep_told(session: Session, records: Sequence[Authorization], now: datetime | None) -> list[ToldAuthorization]:
    """What came by phone, portal, fax or letter; how each is kept, and whether it was news."""
    found = told(session, list(of_kind(records, Authorization, "records")))
    _keep(session, [one.record for one in found if one.new], Authorization, _authorizations, now)
    return found


def keep_claims(session: Session, records: Iterable[Claim], now: datetime | None, required: PayerRules | None) -> None:
    """Claims as sent."""
    _keep(session, records, Claim, lambda writer, settling, batch: settling.claims(writer.claims(batch), batch), now, required)


def keep_paid(session: Session, records: Iterable[Payment], now: datetime | None) -> None:
    """Payments."""
    _keep(session, records, Payment, lambda writer, settling, batch: settling.payments(*keep_payments(writer, batch)), now)


def keep_acknowledged(session: Session, records: Iterable[Acknowledgment], now: datetime | None) -> None:
    """What acknowledgments say of claims."""
    kind = Acknowledgment
    _keep(session, records, kind, lambda writer, settling, batch: settling.answers(keep_answers(writer, batch, now)), now)


def _authorizations(writer: Writer, settling: Settling, batch: Sequence[Authorization]) -> None:
    settling.authorizations(writer.authorizations(batch))


def _keep(
    session: Session, records: Iterable[T], kind: Any, keep: Keep[T], now: datetime | None, required: PayerRules | None = None
) -> None:
    writer, settling = Writer(session, interchange=None, now=now), Settling(session, now, required)
    for batch in batches(of_kind(records, kind, "records"), BATCH):
        keep(writer, settling, batch)
    settling.finish()
