"""What a database does to answer a large ledger's questions: no large table is looked through, whatever is asked of a part of it.

SQLite decides by the question alone, so that a small ledger tells. For PostgreSQL its rows are copied in the database under other
names until there are 20,000 authorizations, and it is told that there are twice as many: it reckons by the numbers of rows that
it has noted, and by what a page costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from unittest.mock import ANY

import pytest
from sqlalchemy import BigInteger, Table, event, text
from sqlalchemy.engine import Engine, make_url
from sqlmodel import SQLModel

from bench.mixed import KINDS, write_mixed
from edi.jobs.batch.calling import run_batch
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.listing import AuthorizationQuery
from edi.ledger.work import agenda
from edi.records.claim import read_claims
from tests.ledger import whole
from tests.ledger.test_accepting import Answers, sent_again

COPIES: Final = 1_000
"""Of 20 authorizations."""
TIMES: Final = 2
"""So many times as large as it is the ledger seems."""
LARGE: Final = 10_000
"""Rows from which a table is large."""
NAMES: Final = frozenset({
    "claim", "claim_key", "payer_claim", "original", "member_key", "number", "value", "folded", "control_number", "control",
    "trace", "digest", "subject", "label",
})  # fmt: skip
"""Columns by which things are known: a copy has others in them."""
STRIDE: Final = 1_000_000


def copied(table: Table) -> str:
    """The statement that copies a table's rows: ids go on, names get a suffix."""
    values = []
    for column in table.columns:
        if isinstance(column.type, BigInteger) and (
            column.primary_key or column.foreign_keys or column.name == "authorization_id"
        ):
            values.append(f'"{column.name}" + copy * {STRIDE}')
        elif column.name in NAMES:
            values.append(f"""CASE "{column.name}" WHEN '' THEN '' ELSE "{column.name}" || 'Y' || copy END""")
        else:
            values.append(f'"{column.name}"')
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    copies = f'SELECT {", ".join(values)} FROM "{table.name}", generate_series(1::bigint, {COPIES}) AS copy'
    return f'INSERT INTO "{table.name}" ({columns}) {copies}'


@pytest.fixture
def large(make_database: Callable[[], str]) -> Iterator[str]:
    url = make_database()
    with Ledger(url) as ledger:
        whole.fill(ledger)
    database = Database(url)
    with database.writing() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign key is looked up: the copies are whole
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in ("series", "purges"):
                session.execute(text(copied(table)))
    with database.writing() as session:
        for table in SQLModel.metadata.sorted_tables:
            session.execute(text(f'ALTER TABLE "{table.name}" SET (autovacuum_enabled = off)'))
        session.execute(text("ANALYZE"))
        in_ledger = "relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        session.execute(text(f"UPDATE pg_class SET reltuples = reltuples * {TIMES} WHERE {in_ledger}"))
        session.execute(text(f'ALTER DATABASE "{make_url(url).database}" SET seq_page_cost = {TIMES}'))
    database.close()
    yield url


PARTIAL: Final = {
    index.name
    for table in SQLModel.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}
"""Indices of some of a table's rows, which are what is asked for."""


class Plans:
    """Listens to what is asked, and asks the database how it is answered."""

    def __init__(self, large: Set[str]) -> None:
        self._large = large
        self.asked = 0
        self.scanned: list[str] = []
        """Of the questions for which a large table was looked through: the table, and the question."""

    def __enter__(self) -> Plans:
        event.listen(Engine, "before_cursor_execute", self._explain)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._explain)

    def _explain(self, connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if many or not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) or "FROM" not in statement:
            return
        self.asked += 1
        with closing(connection.connection.dbapi_connection.cursor()) as cursor:
            if connection.dialect.name == "sqlite":
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                self._read([row[3] for row in cursor], statement)
            else:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                self._look(cursor.fetchone()[0][0]["Plan"], statement)

    def _read(self, steps: Sequence[str], statement: str) -> None:
        """SQLite's plan, whose steps name a table as the question does."""
        if "WHERE" not in statement and "LIMIT" in statement:  # the first row that there is costs nothing
            return
        aliases = dict(map(reversed, re.findall(r"(\w+) AS (\w+)", statement)))
        for step in steps:
            scanned = re.match(r"SCAN (\w+)(?: USING .*INDEX (\w+))?", step)
            name, index = scanned.groups() if scanned else ("", "")
            if index not in PARTIAL and (table := aliases.get(name, name)) in self._large:
                self.scanned.append(f"{table}: {statement[:2000]}")

    def _look(self, plan: dict[str, Any], statement: str) -> None:
        if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in self._large:
            self.scanned.append(f"{plan['Relation Name']}: {statement[:2000]}")
        for below in plan.get("Plans", ()):
            whatever = plan["Node Type"] == "Limit" and below["Node Type"] == "Seq Scan" and "Filter" not in below
            if not whatever:  # the first row that there is costs nothing
                self._look(below, statement)


BATCH: Final = (whole.STORY / "claims" / "batch.837").read_bytes()
AGAIN: Final = sent_again(BATCH, "261120", "1000", 800)
ASKED: Final[dict[str, Callable[[Ledger], object]]] = {
    "list": lambda ledger: ledger.page(AuthorizationQuery()),
    "list --pending": lambda ledger: ledger.page(AuthorizationQuery(pending=True)),
    "list --expiring": lambda ledger: ledger.page(AuthorizationQuery(expiring=(date(2026, 12, 1), 14))),
    "list --used-up": lambda ledger: ledger.page(AuthorizationQuery(used_up=Decimal(1))),
    "list --overdue": lambda ledger: ledger.page(AuthorizationQuery(overdue=whole.NOW)),
    "list --payer": lambda ledger: ledger.page(AuthorizationQuery(payer="MHP01")),
    "list --payer --expiring": lambda ledger: ledger.page(AuthorizationQuery(payer="MHP01", expiring=(date(2026, 12, 1), 14))),
    "list --payer --used-up": lambda ledger: ledger.page(AuthorizationQuery(payer="MHP01", used_up=Decimal(1))),
    "list --member": lambda ledger: ledger.page(AuthorizationQuery(member="W0002")),
    "list --number": lambda ledger: ledger.page(AuthorizationQuery(number="MLK26090101")),
    "authorizations show": lambda ledger: ledger.authorization("MLK26090101"),
    "authorizations add": lambda ledger: ledger.record_told(list(ledger.records(["1"])), now=whole.NOW),
    "claims check": lambda ledger: ledger.check(AGAIN),
    "claims link": lambda ledger: ledger.note(ledger.link(AGAIN, now=whole.NOW).claims, now=whole.NOW),
    "claims release": lambda ledger: ledger.release(read_claims(AGAIN)),
    "claims split": lambda ledger: ledger.split(AGAIN),
    "claims correct": lambda ledger: ledger.correct(["LO2003"], now=whole.NOW),
    "claims appeal": lambda ledger: ledger.appeal("LO2003"),
    "import 278 request": lambda ledger: ledger.take(told("requests/units.278", 801), now=whole.NOW),
    "import 278 response": lambda ledger: ledger.take(told("responses/units.278", 802), now=whole.NOW),
    "import 837": lambda ledger: ledger.take(AGAIN, now=whole.NOW),
    "import TA1": lambda ledger: ledger.take(Answers(AGAIN).ta1("R", "261120 1030", "006"), now=whole.NOW),
    "import 999": lambda ledger: ledger.take(Answers(AGAIN).group("R", "261120 1040"), now=whole.NOW),
    "import 277CA": lambda ledger: ledger.take(Answers(AGAIN).claim("A3:21", "261120 1050"), now=whole.NOW),
    "remittances match": lambda ledger: ledger.match(told("remittances/batch.835", 803), now=whole.NOW),
    "remittances claim": lambda ledger: ledger.account("LO2003"),
    "remittances claim, beside": lambda ledger: ledger.beside("LO2003"),
    "import 837 with replacements": lambda ledger: ledger.take(replacing(b"7", 804), now=whole.NOW),
    "import 837 with voids": lambda ledger: ledger.take(replacing(b"8", 805), now=whole.NOW),
    "claims link, replacements": lambda ledger: ledger.link(replacing(b"7", 806), now=whole.NOW),
    "import 835 that takes back": lambda ledger: ledger.take(told("remittances/reversal-and-correction.835", 807), now=whole.NOW),
    "library, sent": lambda ledger: ledger.sent(["LO2003"]),
    "worklist": lambda ledger: ledger.work.page(agenda.WorkQuery(today=whole.TODAY)),
    "worklist --mine": lambda ledger: ledger.work.page(agenda.WorkQuery(today=whole.TODAY, owner="ROWAN")),
    "worklist show": lambda ledger: ledger.work.show("W1"),
    "worklist close": lambda ledger: ledger.work.close([open_item(ledger)], why="settled by phone", by="ROWAN", now=whole.NOW),
    "request build": lambda ledger: number(ledger),
}


def told(name: str, control: int) -> bytes:
    """A file of the story as it comes another time, under another control number."""
    data = (whole.STORY / name).read_bytes()
    return data.replace(data[90:99], b"%09d" % control)


def replacing(frequency: bytes, control: int) -> bytes:
    """The claims again, as replacements or voids of those that the payer has."""
    data = AGAIN.replace(AGAIN[90:99], b"%09d" % control).replace(b":1*Y*", b":%s*Y*" % frequency)
    return re.sub(rb"(CLM\*LO)(\d+)(\*[^~]*~)", rb"\1\2\3REF*F8*MHPCLM000\2~", data)


def open_item(ledger: Ledger) -> str:
    return ledger.work.page(agenda.WorkQuery(today=whole.TODAY), limit=1).items[0].item


def number(ledger: Ledger) -> None:
    with ledger.control_number(("ZZ", "NEW"), ("ZZ", "MEADOWLARK")):
        pass


def scanned(url: str, tables: Set[str]) -> dict[str, list[str]]:
    """What is looked through to answer each question."""
    found = {}
    with Ledger(url) as ledger:
        for name, ask in ASKED.items():
            with Plans(tables) as plans:
                ask(ledger)
            assert plans.asked, name
            found[name] = plans.scanned
    return {name: some for name, some in found.items() if some}


def test_sqlite_does_not_look_through_all_for_a_part(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        whole.fill(ledger)
    assert scanned(url, SQLModel.metadata.tables.keys()) == {"list": [ANY]}  # which asks for all of them, a page at a time


def test_sqlite_does_not_for_a_batch(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    write_mixed(inbox, count=2 * len(KINDS))
    with Plans(SQLModel.metadata.tables.keys()) as plans:
        outcome = run_batch(inbox, tmp_path / "out", sent=True, tests=True, settle=0)
    assert len(outcome.files) == 2 * len(KINDS)
    assert plans.asked
    assert plans.scanned == []


def test_what_is_asked_of_a_part_does_not_look_through_all(large: str) -> None:
    database = Database(large)
    with database.reading() as session:
        (count,) = session.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'authorizations'")).one()
        found = session.execute(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > :large"), {"large": LARGE})
        tables = set(found.scalars())
    database.close()
    assert count > 20 * COPIES * TIMES
    assert scanned(large, tables) == {}
