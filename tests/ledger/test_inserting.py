"""Rows written in one go: the same few or many, whatever stands in them, and none of it in what is said when they are refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from edi.errors import LedgerError
from edi.ledger.database import Database
from edi.ledger.inserting import FEW
from edi.ledger.storing import Writer
from edi.ledger.tables import ClaimRow, ClaimTextRow, SeriesRow

ODD = ("\\N", "\\.", "a\tb", "a\nb", "a\\nb", '"', "'", "", " ", "NULL", "Ü", "{}", "%s", "%(id)s")


def written(session: Session, made: Any, ids: tuple[str, ...]) -> list[str]:
    writer = Writer(session, interchange=None, now=made.now)
    kept = writer.claims([made.claim(id) for id in ids])
    writer.insert(ClaimTextRow, [{"claim_id": key, "text": bytes(range(256))} for key in kept])
    return list(
        session.execute(select(col(ClaimRow.claim)).where(col(ClaimRow.id).in_(kept)).order_by(col(ClaimRow.id))).scalars()
    )


def test_what_stands_in_rows_is_kept_as_it_is(ledger_url: str, made: Any) -> None:
    assert len(ODD) > FEW
    database = Database(ledger_url)
    with database.writing() as session:
        assert written(session, made, ODD) == list(ODD)
        assert written(session, made, ODD[:FEW]) == list(ODD[:FEW])
        few, many = (
            session.execute(select(ClaimRow).where(col(ClaimRow.claim) == "\\N").order_by(col(ClaimRow.id))).scalars().all()
        )
        columns = set(ClaimRow.model_fields) - {"id"}
        assert {name: getattr(few, name) for name in columns} == {name: getattr(many, name) for name in columns}
        assert set(session.execute(select(col(ClaimTextRow.text))).scalars()) == {bytes(range(256))}
    database.close()


@pytest.mark.parametrize("count", [2, FEW + 1])
def test_rows_that_are_refused_are_not_repeated_and_leave_nothing(ledger_url: str, count: int) -> None:
    database = Database(ledger_url)
    same = [{"sender": "NORA QUILL", "receiver": "R", "usage": "P", "last": 1}] * count
    with pytest.raises(LedgerError, match="refused what was asked of it") as caught, database.writing() as session:
        Writer(session, interchange=None, now=None).insert(SeriesRow, same)
    assert "QUILL" not in str(caught.value)
    with database.reading() as session:
        assert session.execute(select(col(SeriesRow.last))).all() == []
    database.close()
