"""What of a spreadsheet is news: the ledger's own rows, and what was told before, are not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.tables import AuthorizationRow, EventRow, IdentifierRow
from edi.linkage.joining import folded
from edi.records.authorization import Authorization
from edi.records.spreadsheet import rows_of


def news(session: Session, records: Sequence[Authorization]) -> list[bool]:
    """Whether each of the records says something that the ledger does not know."""
    names = {folded(value) for record in records for value in _names(record)} - {""}
    standing: set[tuple[str, ...]] = set()
    told: set[Authorization] = set()
    read = read_as(Authorization)
    for chunk in chunks(sorted(names), NAMES):
        ids = select(col(IdentifierRow.authorization_id)).where(col(IdentifierRow.folded).in_(chunk))
        for text in session.execute(select(col(AuthorizationRow.record)).where(col(AuthorizationRow.id).in_(ids))).scalars():
            standing.update(rows_of(read(text)))
        by_hand = select(col(EventRow.record)).where(
            col(EventRow.authorization_id).in_(ids), col(EventRow.interchange_id).is_(None)
        )
        told.update(read(text) for text in session.execute(by_hand).scalars())
    return [record not in told and not standing.issuperset(rows_of(record)) for record in records]


def _names(record: Authorization) -> tuple[str, ...]:
    return (record.number, *record.traces, record.subscriber.member_id)
