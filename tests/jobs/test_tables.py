"""Tables of slices: typed rows that say what the records say, the same as a ledger exports where it has them too."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.jobs.processes import processes
from edi.jobs.tables import BY_NAME, PROBLEMS, TABLES, Cells, problem_rows, write_parts
from edi.ledger.figures import exported
from edi.reports import datasets
from edi.text.redaction import Tokens

STORY = Path(__file__).parents[2] / "testdata" / "story"
TYPES = {
    "integer": int, "text": str, "flag": bool, "date": date, "money": Decimal, "quantity": Decimal,
}  # fmt: skip


def rows(path: Path, size: int = 1, **options: Any) -> dict[str, list[Cells]]:
    """The rows of a file, slice by slice."""
    found: dict[str, list[Cells]] = {table.name: [] for table in TABLES}
    for one in edi.plan_slices(path, size):
        for name, some in edi.tables(one, **options).items():
            found[name] += some
    return found


def told(name: str, row: Cells, *columns: str) -> list[Any]:
    named = dict(zip([field.name for field in BY_NAME[name].fields], row, strict=True))
    return [named[column] for column in columns]


def test_columns_that_a_ledger_exports_too_are_the_same() -> None:
    known = {table.name: {field.name: field for field in table.fields} for table in exported.TABLES}
    shared = 0
    for table in TABLES:
        for field in table.fields:
            other = known[table.name].get(field.name)
            if other is not None:
                assert (field.type, field.said, field.phi) == (other.type, other.said, other.phi), f"{table.name}.{field.name}"
                shared += 1
    assert shared > 60


@pytest.mark.parametrize("charge", [b"ABC", b""])
def test_a_charge_that_is_no_amount_is_empty(charge: bytes, tmp_path: Path) -> None:
    data, path = (STORY / "claims" / "number-right.837").read_bytes(), tmp_path / "claims.837"
    assert b"CLM*LO1002*4200*" in data
    path.write_bytes(data.replace(b"CLM*LO1002*4200*", b"CLM*LO1002*" + charge + b"*"))
    assert [told("claims", row, "claim", "charge") for row in rows(path)["claims"]] == [["LO1002", None]]


@pytest.mark.parametrize("path", sorted(STORY.glob("*/batch.8*")) + sorted(STORY.glob("re*/*.278")), ids=lambda path: path.name)
def test_every_value_has_its_type_whatever_the_size(path: Path) -> None:
    found = rows(path)
    assert found == rows(path, 1 << 20)
    assert any(found.values())
    for name, some in found.items():
        table = BY_NAME[name]
        keys = {told(name, row, *table.key).__repr__() for row in some}
        assert len(keys) == len(some)
        for row in some:
            for field, value in zip(table.fields, row, strict=True):
                assert value is None or type(value) is TYPES[field.type], f"{name}.{field.name}"
                assert value != ""


def test_rows_say_what_records_say() -> None:
    found = rows(STORY / "claims/batch.837")
    claims = list(edi.read_claims(STORY / "claims/batch.837"))
    assert [told("claims", row, "claim", "charge", "offset") for row in found["claims"]] == [
        [claim.id, claim.charge, claim.offset] for claim in claims
    ]
    assert len(found["lines"]) == sum(len(claim.lines) for claim in claims)
    first = told("lines", found["lines"][0], "number", "code", "modifiers", "quantity", "unit", "period_start")
    line = claims[0].lines[0]
    assert line.procedure and line.quantity and line.period
    quantity = [line.quantity.amount, line.quantity.unit]
    assert first == [line.number, line.procedure.code, " ".join(line.procedure.modifiers) or None, *quantity, line.period.start]


def test_a_payment_balances_in_the_tables() -> None:
    found = rows(STORY / "remittances/batch.835")
    assert len(found["payments"]) == 16
    for row in found["payments"]:
        offset, charge, paid = told("payments", row, "offset", "charge", "paid")
        adjusted = [told("adjustments", one, "offset", "amount") for one in found["adjustments"]]
        assert charge - sum(amount for at, amount in adjusted if at == offset) == paid
    assert {told("findings", row, "kind")[0] for row in found["findings"]} >= {"authorization-missing"}


def test_what_was_decided_stands_beside_what_was_asked() -> None:
    (asked,), (answered,) = (rows(STORY / room / "approved.278")["authorizations"] for room in ("requests", "responses"))
    assert told("authorizations", asked, "decision", "number") == ["unanswered", None]
    decision, number, start = told("authorizations", answered, "decision", "number", "period_start")
    assert (decision, number) == ("certified", "MLK26090101")
    assert isinstance(start, date)


def test_people_are_tokens_where_they_are_asked_to_be() -> None:
    plain, hidden = (rows(STORY / "claims/batch.837", tokens=tokens) for tokens in (None, Tokens("ours")))
    for name, some in hidden.items():
        for field, values, shown in zip(
            BY_NAME[name].fields, zip(*some, strict=True), zip(*plain[name], strict=True), strict=False
        ):
            if not field.phi:
                assert values == shown
            elif field.phi == "date":
                assert set(values) == {None}
            else:
                assert all(value is None or value.startswith(f"{field.phi}-") for value in values)
                assert len(set(values)) == len(set(shown))


def test_processes_write_a_part_each(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path, folder = STORY / "claims/batch.837", tmp_path / "tables"
    slices = list(edi.plan_slices(path, 3000))
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        counts = list(pool.map(partial(edi.write_tables, folder=folder), slices))
    again = [edi.write_tables(one, folder) for one in slices]
    assert counts == again
    assert sorted(part.name for part in (folder / "claims").iterdir()) == [f"{one.name}.parquet" for one in slices]
    read = parquet.read_table(folder / "lines").to_pylist()
    expected = rows(path)["lines"]
    assert [tuple(row.values()) for row in read] == expected
    assert len(read) == sum(count.get("lines", 0) for count in counts) == 19
    assert {stat.S_IMODE(part.stat().st_mode) for part in folder.glob("*/*")} == {0o600}
    assert {stat.S_IMODE(place.stat().st_mode) for place in folder.iterdir()} == {0o700}


def test_csv_needs_nothing(tmp_path: Path) -> None:
    (one,) = edi.plan_slices(STORY / "claims/batch.837")
    edi.write_tables(one, tmp_path, format="csv")
    lines = (tmp_path / "claims" / f"{one.name}.csv").read_text().splitlines()
    assert lines[0].startswith("file,offset,transaction,claim,")
    assert len(lines) == 16


def test_an_amount_without_room_is_none(tmp_path: Path) -> None:
    data = (STORY / "claims/number-missing.837").read_bytes().replace(b"*4200*", b"*4200.005*")
    path = tmp_path / "claims.837"
    path.write_bytes(data)
    (row,) = rows(path)["claims"]
    assert told("claims", row, "charge") == [None]


def test_where_rows_alone_are_read_they_say_which_files_are_cut_off(tmp_path: Path) -> None:
    whole = (STORY / "claims/batch.837").read_bytes()
    path = tmp_path / "cut.837"
    path.write_bytes(whole[: whole.rindex(b"CLM*")])
    slices = list(edi.plan_slices(path, 2000))
    assert len(slices) > 1
    problems: list[edi.Problem] = []
    for one in slices:
        edi.tables(one, problems=problems)
    told = [row for one in slices for row in problem_rows(one)]
    assert told == [(str(path), problem.offset, problem.code, problem.message) for problem in problems]
    assert len(told) == 1
    assert all(len(row) == len(PROBLEMS.fields) for row in told)
    assert [row for one in edi.plan_slices(STORY / "claims/batch.837", 2000) for row in problem_rows(one)] == []


def begin_one_that_takes_long(folder: str) -> None:
    """A part that is never done."""

    def slow(_file: object, _table: object, _batches: object) -> None:
        Path(folder, "begun").touch()
        time.sleep(60)

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(datasets.WRITERS, "csv", slow)
        write_parts(folder, "slow", [(PROBLEMS, [])], "csv")


def test_an_interrupt_waits_for_no_part_and_leaves_no_half_of_one(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), processes(1) as pool:
        pool.submit(begin_one_that_takes_long, str(tmp_path))
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 30
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["begun"]
