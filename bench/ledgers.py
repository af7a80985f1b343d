"""A ledger of any size, in seconds instead of hours: some thousands of authorizations taken in the usual way, then copied.

Members that are `people.ALIKE` apart differ in their ids and in how their last names begin, so a copy is the same row with others
of these. Messages (the table of events) are not copied: linking does not read them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.people import ALIKE, authorization_number, clan, member

TABLES: Final = ("authorizations", "services", "identifiers")
_IDS: Final = ("id", "authorization_id")
_LAST_DIGITS: Final = len(str(ALIKE)) - 1


def write_ledger(path: Path, *, count: int, beyond: int = 0) -> int:
    """Fill up a ledger that has the authorizations of members 0 to ALIKE - 1, or more; how many it has then.

    The members of what is added have numbers that are higher by `beyond`.
    """
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("PRAGMA synchronous = OFF")
        ledger.execute("PRAGMA cache_size = -200000")
        (there,) = ledger.execute("SELECT count(*) FROM authorizations").fetchone()
        for copy in range(there // ALIKE, count // ALIKE):
            for table in TABLES:
                _copy(ledger, table, copy * ALIKE, copy * ALIKE + beyond // ALIKE * ALIKE)
        if count > 2 * there:  # else what is known of it still tells which index serves
            ledger.execute("ANALYZE")
        (there,) = ledger.execute("SELECT count(*) FROM authorizations").fetchone()
        ledger.commit()
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it is in the one file, to be copied
    return int(there)


def _copy(ledger: sqlite3.Connection, table: str, before: int, first: int) -> None:
    """Copy the first ALIKE authorizations behind those `before`, for members from `first` on."""
    columns = [(name, type) for _, name, type, *_ in ledger.execute(f"PRAGMA table_info({table})")]
    own = next(name for name in _IDS if (name, "INTEGER") in columns)
    values = ", ".join(_value(name, type, before, first) for name, type in columns)
    ledger.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {own} <= {ALIKE}")


def _value(name: str, type: str, before: int, first: int) -> str:
    """A column of a copied row: ids go on, numbers of members and authorizations are others."""
    if name in _IDS:
        return f"{name} + {before}"
    if type not in ("TEXT", "VARCHAR"):
        return name
    value = name
    for number in (lambda n: member(n).id, authorization_number):
        value = f"replace({value}, '{number(0)[:-_LAST_DIGITS]}', '{number(first)[:-_LAST_DIGITS]}')"
    if name == "patient":
        return f"'{clan(first)}' || {value}"
    if name in ("value", "folded"):
        return f"CASE kind WHEN 'person' THEN '{clan(first)}' || {value} ELSE {value} END"
    if name == "record":
        value = f"""replace({value}, '"last_name":"', '"last_name":"{clan(first)}')"""
        return f"""'{{"key":"' || (id + {before}) || substr({value}, instr({value}, '",'))"""
    return value
