"""edi export: the ledger as tables that can be calculated with."""

from __future__ import annotations

import csv
import sqlite3
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi.errors import LedgerError
from edi.ledger.figures.exported import TABLES
from edi.ledger.figures.turnaround import OUTCOMES, Turnaround
from edi.records.columns import PLACES
from edi.reports.turnaround import to_csv
from tests.cli.shell import STORY, Shell
from tests.ledger.test_accepting import Answers

NAMES = [table.name for table in TABLES]


@pytest.fixture
def billed(shell: Shell, tmp_path: Path) -> Shell:
    """After the batch was linked, sent, acknowledged and answered; a remittance with a PLB came too."""
    out = tmp_path / "out.837"
    shell("claims", "link", STORY / "claims" / "batch.837", "-o", out)
    shell("ledger", "import", out)
    shell("ledger", "import", "-", stdin=Answers(out.read_bytes()).group("A", "261103 0900"))
    for name in ("batch.835", "paid.835"):
        shell("remittances", "match", STORY / "remittances" / name)
    return shell


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))


def kept(url: str, table: str, column: str) -> Decimal:
    """The sum of a column, by the ledger's own file."""
    rows = sqlite3.connect(url.removeprefix("sqlite:///")).execute(f"SELECT {column} FROM {table}").fetchall()
    return sum((Decimal(value) for (value,) in rows if value is not None), Decimal(0))


def test_the_tables_hold_the_ledger_s_rows_and_sums(billed: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tables"
    result = billed("export", folder, "--format", "csv")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.partition(".")[0] for line in result.stdout.splitlines()] == NAMES
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in NAMES)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    for table, column in (("claims", "charge"), ("lines", "charge"), ("payments", "charge"), ("payments", "paid")):
        assert total(read(folder, table), column) == kept(billed.url, table, column) > 0
    for table in ("findings", "work"):
        assert total(read(folder, table), "amount") == kept(billed.url, table, "amount") > 0
    beside = total(read(folder, "provider_adjustments"), "amount")
    assert beside == kept(billed.url, "provider_adjustments", "amount") == Decimal("-12.34")
    payments, adjustments, lines = (read(folder, name) for name in ("payments", "adjustments", "payment_lines"))
    assert total(payments, "charge") - total(adjustments, "amount") == total(payments, "paid")
    (whole,) = (row for row in payments if row["payment_id"] not in {line["payment_id"] for line in lines})
    assert (whole["claim"], whole["charge"]) == ("LO2010", "900.00")
    assert total(lines, "charge") + 900 == total(payments, "charge")
    assert total(lines, "paid") == total(payments, "paid")


def test_the_keys_join(billed: Shell, tmp_path: Path) -> None:
    billed("export", tmp_path, "--format", "csv")
    tables = {name: read(tmp_path, name) for name in NAMES}
    for table in TABLES:
        keys = [tuple(row[name] for name in table.key) for row in tables[table.name]]
        assert len(set(keys)) == len(keys), table.name
    findings = {(row["payment_id"], row["position"]): row for row in tables["findings"]}
    denials = [row for row in tables["work"] if row["kind"] == "denial"]
    assert len(denials) == 9
    assert all(row["amount"] == findings[row["payment_id"], row["position"]]["amount"] for row in denials)
    lines = {(row["payment_id"], row["ordinal"]) for row in tables["payment_lines"]} | {
        (row["payment_id"], "0") for row in denials
    }
    assert {(row["payment_id"], row["ordinal"]) for row in tables["adjustments"]} <= lines
    services = {(row["authorization_id"], row["position"]) for row in tables["services"]}
    assert {(row["authorization_id"], row["service"]) for row in tables["uses"]} <= services
    members = {row["claim_id"]: row["member"] for row in tables["claims"]}
    answered = [row for row in tables["payments"] if row["claim_id"]]
    assert all(row["member"] == members[row["claim_id"]] for row in answered), "tokens join too"


def test_nobody_is_named_unless_asked(billed: Shell, tmp_path: Path) -> None:
    def texts(folder: str, *more: str) -> dict[str, str]:
        billed("export", tmp_path / folder, "--format", "csv", *more)
        return {path.stem: path.read_text() for path in (tmp_path / folder).iterdir()}

    shown = texts("shown", "--values")
    assert "BRAMBLE, SAGE" in shown["authorizations"]
    assert "2026-10-06" in shown["lines"]
    hidden = texts("hidden", "--key", "ours")
    for private in ("BRAMBLE", "THISTLE", "MHP100001", "2026-10-06"):
        assert not [name for name, text in hidden.items() if private in text], private
    assert hidden == texts("again", "--key", "ours") != texts("other", "--key", "theirs")


def test_parquet_is_typed(billed: Shell, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    assert billed("export", tmp_path, "--values").exit_code == 0
    billed("export", tmp_path / "csv", "--format", "csv", "--values")
    for name in NAMES:
        table = parquet.read_table(tmp_path / f"{name}.parquet")
        plain = read(tmp_path / "csv", name)
        assert table.column_names == list(plain[0])
        assert [[_plain(value) for value in row.values()] for row in table.to_pylist()] == [list(row.values()) for row in plain]
    types = {field.name: str(field.type) for field in parquet.read_schema(tmp_path / "payments.parquet")}
    assert (types["paid"], types["paid_on"], types["denied"]) == ("decimal128(12, 2)", "date32[day]", "bool")
    field = parquet.read_schema(tmp_path / "work.parquet").field("opened_at")
    assert (str(field.type), field.metadata) == ("timestamp[us, tz=UTC]", {b"description": b"when it was opened"})
    amounts = parquet.read_table(tmp_path / "findings.parquet", columns=["amount"]).to_pylist()
    assert total(amounts, "amount") == Decimal("14748.00")


def test_duckdb_reads_the_same_sums(billed: Shell, tmp_path: Path) -> None:
    """Each amount of each table, over the Parquet and over the CSV; and the balance that the page promises."""
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    duckdb = pytest.importorskip("duckdb", reason="duckdb is a tool of the tests")
    billed("export", tmp_path)
    billed("export", tmp_path, "--format", "csv")
    asked = duckdb.connect()
    for table in TABLES:
        file = f"'{tmp_path}/{table.name}.parquet'"
        rows = read(tmp_path, table.name)
        assert asked.sql(f"SELECT count(*) FROM {file}").fetchall() == [(len(rows),)]
        for field in table.fields:
            if field.type in PLACES:
                ((found,),) = asked.sql(f"SELECT sum({field.name}) FROM {file}").fetchall()
                assert (found or 0) == total(rows, field.name), f"{table.name}.{field.name}"
    balance = (
        f"SELECT count(*), sum(p.paid), sum(p.charge - a.amount) FROM '{tmp_path}/payments.parquet' p "
        f"JOIN (SELECT payment_id, sum(amount) AS amount FROM '{tmp_path}/adjustments.parquet' GROUP BY ALL) a USING (payment_id)"
    )
    ((count, paid, left),) = asked.sql(balance).fetchall()
    assert count > 0
    assert paid == left
    answers = f"SELECT source, result, count(*) FROM '{tmp_path}/claim_answers.parquet' GROUP BY ALL"
    assert asked.sql(answers).fetchall() == [("999", "accepted", 1)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def test_without_the_extra_it_says_how_to_get_it(billed: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = billed("export", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr == 'edi: Parquet needs its library: pip install "edi-authlink[parquet]"; or --format csv.\n'
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failure_leaves_the_earlier_export(billed: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edi.ledger.figures import exporting

    billed("export", tmp_path / "out", "--format", "csv")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fails(row: Any) -> Any:
        raise LedgerError("no more")

    monkeypatch.setattr(exporting, "_finding", fails)
    billed("ledger", "import", STORY / "claims" / "number-missing.837")
    assert billed("export", tmp_path / "out", "--format", "csv").exit_code == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_an_empty_ledger_is_empty_tables(new_shell: Shell, tmp_path: Path) -> None:
    result = new_shell("export", tmp_path, "--format", "csv")
    assert result.stdout.splitlines() == [f"{name}.csv: 0 rows" for name in NAMES]
    assert (tmp_path / "numbers.csv").read_text() == "claim_id,line,number\n"


def test_no_csv_has_a_name_that_a_spreadsheet_computes_or_a_terminal_obeys(shell: Shell, tmp_path: Path) -> None:
    files = []
    for number, path in enumerate(
        ("requests/approved.278", "responses/approved.278", "claims/batch.837", "remittances/batch.835")
    ):
        files.append(tmp_path / f"{number}.edi")
        files[-1].write_bytes((STORY / path).read_bytes().replace(b"MEADOWLARK HEALTH PLAN", b"=1+1\x1b\x9b31m"))
    shell("ledger", "import", *files[:3])
    shell("remittances", "match", files[3])
    assert shell("export", tmp_path / "tables", "--format", "csv").exit_code == 0
    shell("tables", "write", tmp_path / "told", files[3], "--format", "csv")
    texts = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    texts["denials"] = shell("report", "denials", "--format", "csv").stdout.encode()
    safe = {name for name, text in texts.items() if b"'=1+1\\x1b\\x9b31m" in text}
    none = dict.fromkeys(("approved_after_appeal", "pended_first", "extended", "extended_approved", "timed"), 0)
    asked = Turnaround(
        payer_id="@1",
        payer="=1",
        expedited=False,
        requests=1,
        outcomes=dict.fromkeys(OUTCOMES, 0),
        average=None,
        median=None,
        **none,
    )
    assert "'@1,'=1,standard,1," in to_csv([asked])
    assert {"denials", "tables/claims.csv", "tables/payments.csv", "tables/work.csv"} < safe
    assert any(name.startswith("told/payments/") for name in safe)
    assert not any(bad in text for text in texts.values() for bad in (b",=", b"\x1b", b"\x9b"))
