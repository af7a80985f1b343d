"""The ledger's tables read to be exported: typed rows in batches, people under tokens unless they are asked for.

All tables are of one state of the ledger. What is about a person is a keyed hash, the same for the same person under the same
key; days of service are left out, as a token of a day is no day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final

from sqlmodel import Session

from edi.ledger.figures.exported import (
    ADJUSTMENTS,
    DATE,
    DAY,
    FINDINGS,
    PAYMENT_LINES,
    PLACES,
    PROVIDER_ADJUSTMENTS,
    TEXT,
    WORK,
    ExportTable,
    Field,
)
from edi.ledger.payments.judging import place_of
from edi.ledger.work.worklist import DENIAL
from edi.records.provider_adjustment import ProviderAdjustment
from edi.text.redaction import Tokens

BATCH: Final = 5_000
"""Rows of the ledger that are held at a time."""
_HASH: Final = 8
Row = tuple[Any, ...]


class Export:
    """The tables of one state of the ledger. `left_out` counts the amounts of each column that it has no room for."""

    def __init__(self, session: Session, tokens: Tokens | None) -> None:
        """`tokens` stand for what is about a person; None: it is shown."""
        self._session, self._tokens = session, tokens
        self.left_out: dict[str, int] = {}

    def rows(self, table: ExportTable) -> Iterator[list[Row]]:
        """A table's rows in batches, in the order of its columns; nothing is "" in them, but None."""
        asked = table.query.order_by(*table.query.selected_columns[:2]).execution_options(yield_per=BATCH)
        for batch in self._session.execute(asked).partitions(BATCH):
            raw = [each for row in batch for each in _unfolded(table, row)]
            columns = zip(*raw, strict=True)
            kept = (
                [self._column(table, field, column) for field, column in zip(table.fields, columns, strict=True)] if raw else []
            )
            yield list(zip(*kept, strict=True))

    def _column(self, table: ExportTable, field: Field, values: Iterable[Any]) -> list[Any]:
        """The values of a column in a batch as they are exported."""
        if field.phi and self._tokens is not None:
            if field.phi == DAY:
                return [None for _ in values]
            return [f"{field.phi}-{self._tokens.digest(field.phi, value, _HASH).hex()}" if value else None for value in values]
        if field.type == TEXT:
            return [value or None for value in values]
        if field.type in PLACES:
            return [self._fitting(f"{table.name}.{field.name}", value, *PLACES[field.type]) for value in values]
        if field.type == DATE:
            return [date.fromisoformat(value) if isinstance(value, str) else value for value in values]
        return list(values)

    def _fitting(self, column: str, value: Any, digits: int, places: int) -> Decimal | None:
        """A decimal with so many places; None where that would change it, which is counted."""
        if value is None:
            return None
        exact = Context(prec=digits, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation])
        try:
            return Decimal(value).quantize(Decimal(1).scaleb(-places), context=exact)
        except (Inexact, InvalidOperation):
            self.left_out[column] = self.left_out.get(column, 0) + 1
            return None


def _unfolded(table: ExportTable, row: Any) -> Iterator[Row]:
    """The rows of a table that a row of the ledger makes."""
    if table is PAYMENT_LINES:
        return _payment_lines(row.id, json.loads(row.record))
    if table is ADJUSTMENTS:
        return _adjustments(row.id, json.loads(row.record))
    if table is PROVIDER_ADJUSTMENTS:
        return iter((_settled(row),))
    if table is FINDINGS:
        return iter((_finding(row),))
    if table is WORK:
        return iter((_work(row),))
    return iter((tuple(row),))


def _payment_lines(id: int, record: dict[str, Any]) -> Iterator[Row]:
    for line in record.get("lines", ()):
        period = line.get("period") or {}
        yield (
            id,
            line["ordinal"],
            line.get("control_number"),
            (line.get("procedure") or {}).get("code"),
            (line.get("submitted") or {}).get("code"),
            line.get("revenue_code"),
            line.get("charge", "0"),
            line.get("paid", "0"),
            line.get("units"),
            period.get("start"),
            period.get("end"),
        )


def _adjustments(id: int, record: dict[str, Any]) -> Iterator[Row]:
    places = [(0, record), *((line["ordinal"], line) for line in record.get("lines", ()))]
    for ordinal, place in places:
        for position, one in enumerate(place.get("adjustments", ())):
            yield id, ordinal, position, one["group"], one["reason"], one["amount"], one.get("quantity")


def _settled(row: Any) -> Row:
    """A pair of a PLB; its reference only where that is a number of a claim or a remittance: behind it a person's may stand."""
    named = ProviderAdjustment(code=row.code, reference=row.reference)
    return (row.remittance_id, row.position, row.code, named.claim, named.remittance, *row[4:])


def _finding(row: Any) -> Row:
    record = json.loads(row.record)
    key = record.get("key")
    return (
        row.payment_id,
        row.position,
        record.get("line"),
        row.kind,
        row.cause,
        " ".join(record["codes"]),
        row.amount,
        row.deadline,
        int(key) if key else None,
        record.get("authorization"),
        record.get("how"),
        record.get("sure", False),
    )


def _work(row: Any) -> Row:
    payment_id, position = place_of(row.subject) if row.kind == DENIAL else (None, None)
    own = {"payment_id": payment_id, "position": position}
    return tuple(own[field.name] if field.name in own else getattr(row, field.name, row.id) for field in WORK.fields)
