"""What is exported of a ledger: batches of typed rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.ledger.figures import exporting
from edi.ledger.figures.exported import (
    ADJUSTMENTS,
    CLAIMS,
    LINES,
    PAYMENT_LINES,
    PAYMENTS,
    PROVIDER_ADJUSTMENTS,
    TABLES,
    ExportTable,
)
from edi.text.redaction import Tokens
from tests.records.test_remittance import file

Open = Callable[[], Ledger]


def rows(tables: exporting.Export, table: ExportTable) -> list[dict[str, Any]]:
    names = [field.name for field in table.fields]
    return [dict(zip(names, row, strict=True)) for batch in tables.rows(table) for row in batch]


def test_values_have_their_types_on_both_databases(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1")], now=made.now)
        ledger.record_payments([made.payment("C1", made.adjustment("45", "14.45"))], now=made.now)
        with ledger.export() as tables:
            (claim,), (line,), (payment,) = (rows(tables, table) for table in (CLAIMS, LINES, PAYMENTS))
            (paid,), (adjustment,) = rows(tables, PAYMENT_LINES), rows(tables, ADJUSTMENTS)
    assert (claim["charge"], str(claim["charge"]), claim["sent_at"]) == (Decimal("80"), "80.00", made.now.astimezone(UTC))
    assert (claim["member"], claim["period_start"], claim["denied"]) == ("W1000001", date(2026, 3, 9), False)
    assert (claim["original"], line["code"]) == (None, "97110")
    assert (payment["claim_id"], payment["paid"], payment["paid_on"]) == (claim["claim_id"], Decimal("65.55"), date(2026, 4, 1))
    assert (paid["period_start"], paid["paid"], paid["units"]) == (date(2026, 3, 9), Decimal("65.55"), None)
    assert (adjustment["ordinal"], adjustment["reason_code"], adjustment["amount"]) == (1, "45", Decimal("14.45"))


def test_what_is_settled_beside_claims_is_exported_without_people(open_ledger: Open) -> None:
    settled = "CLP*C1*1*100*80**12*P1~CAS*CO*45*20~NM1*QC*1*QUILL*IVO~PLB*1234567893*20261231*WO:P0 W1000001*30*FB:EFT0*-50~"
    with open_ledger() as ledger:
        ledger.take(file(settled))
        with ledger.export() as tables:
            (payment,), beside = rows(tables, PAYMENTS), rows(tables, PROVIDER_ADJUSTMENTS)
    told = [(row["code"], row["claim"], row["other_trace"], row["amount"], row["trace"]) for row in beside]
    assert told == [("WO", "P0", None, Decimal(30), "EFT1"), ("FB", None, "EFT0", Decimal(-50), "EFT1")]
    assert {row["remittance_id"] for row in (payment, *beside)} == {payment["remittance_id"]}
    assert payment["paid"] - sum(row["amount"] for row in beside) == 100  # BPR02


def test_people_are_tokens_and_their_days_are_left_out(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1")], now=made.now)
        with ledger.export(Tokens("ours")) as tables:
            (claim,) = rows(tables, CLAIMS)
    assert claim["member"] == f"id-{Tokens('ours').digest('id', 'W1000001', 8).hex()}"
    assert (claim["period_start"], claim["period_end"], claim["claim"]) == (None, None, "C1")


@pytest.mark.parametrize(
    ("amount", "shown"), [("9999999999.99", "9999999999.99"), ("10000000000", None), ("0.005", None), ("-1.500", "-1.50")]
)
def test_an_amount_without_room_is_counted(open_ledger: Open, made: Any, amount: str, shown: str | None) -> None:
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1", charge=Decimal(amount))])
        with ledger.export() as tables:
            (claim,) = rows(tables, CLAIMS)
    assert claim["charge"] == (Decimal(shown) if shown else None)
    assert tables.left_out == ({} if shown else {"claims.charge": 1})


def test_no_more_rows_are_held_than_a_batch(open_ledger: Open, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 7)
    with open_ledger() as ledger:
        ledger.record_claims([made.claim(f"C{n}") for n in range(100)])
        with ledger.export() as tables:
            held = [len(batch) for table in TABLES for batch in tables.rows(table)]
    assert (max(held), sum(held)) == (7, 200)
