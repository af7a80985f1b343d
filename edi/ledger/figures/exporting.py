"""The ledger's tables read to be exported: typed rows in batches, people under tokens unless they are asked for.

All tables are of one state of the ledger. What is about a person is a keyed hash, the same for the same person under the same
key; days of service are left out, as a token of a day is no day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlmodel import Session

from edi.ledger.figures.exported import (
    ADJUSTMENTS,
    FINDINGS,
    PAYMENT_LINES,
    PROVIDER_ADJUSTMENTS,
    SERVICES,
    TABLES,
    WORK,
    ExportTable,
)
from edi.ledger.work.worklist import DENIAL, place_of
from edi.records.columns import PLACES, Field, column
from edi.records.provider_adjustment import ProviderAdjustment
from edi.records.services import Tooth
from edi.text.redaction import Tokens

BATCH: Final = 5_000
"""Rows of the ledger that are held at a time."""
Row = tuple[Any, ...]


class Export:
    """The tables of one state of the ledger. `left_out` counts the amounts of each column that it has no room for."""

    tables: Final = TABLES
    """Those that there are."""

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

    def _column(self, table: ExportTable, field: Field, values: Sequence[Any]) -> list[Any]:
        """The values of a column in a batch as they are exported; amounts for which it has no room are counted."""
        kept = column(field, values, self._tokens)
        if field.type in PLACES and (lost := kept.count(None) - values.count(None)):
            name = f"{table.name}.{field.name}"
            self.left_out[name] = self.left_out.get(name, 0) + lost
        return kept


def _unfolded(table: ExportTable, row: Any) -> Iterator[Row]:
    """The rows of a table that a row of the ledger makes."""
    if table is SERVICES:
        return iter((_service(row),))
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


def _service(row: Any) -> Row:
    """A service with its teeth; most authorizations name none, and their records are not read for it."""
    *own, record = row
    sites: tuple[str, str] = ("", "")
    if '"teeth"' in record or '"oral_cavity"' in record:
        service = json.loads(record)["services"][row.position]
        teeth = [Tooth(number=one["number"], surfaces=tuple(one.get("surfaces", ()))).cell for one in service.get("teeth", ())]
        sites = " ".join(teeth), " ".join(service.get("oral_cavity", ()))
    return (*own, *sites)


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
