"""Claims linked to authorizations as sets: DuckDB decides what is clear in one statement (`edi.jobs.join`), the library the rest.

Clear are lines that can be compared by columns: each is compared with every service of its patient, as the library compares them,
and what fits, or what came nearest, is the verdict; numbers that stand on the claim are judged likewise. The library's are stays,
claims with several payers, claims that share their CLM01, and what may be of a patient who only may be the same; it is given the
same candidates.

Units used up need an order. Of an authorization with a limit nothing is clear where a claim that the join does not tell may use
it. Where all that ask are told, and want no more together than the least of its limits, each gets what it wants in any order.
Where they want more, the lines stand in a queue, by the names of their files and their places in these, and a window over it says
what those before took; this needs a single total, and single days where days are counted. Else all its claims are the library's,
in the same order. A claim uses one authorization with a limit at most, or is the library's, and the units of an authorization are
told by the join or by the library, never by both: so both together say what the library alone says.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from edi.errors import EdiError
from edi.jobs.facts import FACTS, delimiters_of, from_text
from edi.jobs.join import JOIN
from edi.linkage.one_by_one import decide_one, held_by
from edi.linkage.terms import DEFAULTS
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict
from edi.records.authorization import Authorization
from edi.records.claim import Claim
from edi.records.columns import FLAG, INTEGER, MONEY, TEXT, Field, Table

__all__ = ["ROWS", "Linking", "SetRow", "decided", "link_sets"]

_FETCHED: Final = 10_000
_KEPT: Final = 10_000
"""Authorizations that are kept as they were read, for the next claims."""
_NOBODY: Final[tuple[int, list[Authorization]]] = (-1, [])

_TABLES: Final = """
create macro has_all(words, wanted) as list_has_all(words, wanted);
create macro has_any(words, wanted) as list_has_any(words, wanted);
create macro days_between(later, earlier) as later - earlier;
create macro octets(word) as strlen(word);
create table files as
    select file, row_number() over (order by file) as number from (select distinct file from {claims});
create table all_claims as
    select (f.number << 40) | c."offset" as claim_id, c.* exclude ("offset", record), c."offset" as place
    from {claims} c join files f using (file);
create table claim_lines as
    select (f.number << 40) | l."offset" as claim_id, l.* exclude (file, "offset") from {lines} l join files f using (file);
create table claim_keys as
    select (f.number << 40) | k."offset" as claim_id, kind, key from {keys} k join files f using (file);
create table authorizations as select * exclude (record) from {authorizations};
create view offers as from {offers};
create table authorization_keys as from {authorization_keys};
"""
"""A claim is known by the number of its file and its place in it, and so in the order in which units are used."""

_TOLD: Final = """
select c.file, c.place, c.claim, c.payer, l.number, x.verdict, x.number, x.written, x.placement,
    case when x.position is null then c.amount else l.charge end
from clear x
    join all_claims c using (claim_id)
    left join claim_lines l on l.claim_id = x.claim_id and l.position = x.position
order by x.claim_id, x.position
"""
_REST: Final = """
create table rest as
    select c.claim_id, c.file, c.delimiters, r.record
    from all_claims c join {claims} r on r.file = c.file and r."offset" = c.place
    where not exists (from clear x where x.claim_id = c.claim_id);
create table near as
    select distinct k.claim_id, a.id
    from rest r join claim_keys k using (claim_id) join authorization_keys a using (kind, key);
create table known as
    select id, record from {authorizations} where id in (select id from near);
"""


@dataclass(frozen=True, slots=True)
class SetRow:
    """What was decided about a claim, or (`line`) a line of it; as the rows of `edi.link`, as far as both ways tell it."""

    file: str
    offset: int
    claim: str
    payer: str
    line: str | None
    verdict: Verdict
    authorization: str
    written: bool
    placement: str
    amount: Decimal
    clear: bool
    """Whether the join decided it."""

    @property
    def cells(self) -> tuple[Any, ...]:
        """The row in the columns of `ROWS`."""
        return tuple(getattr(self, field.name) for field in ROWS.fields)


ROWS: Final = Table(
    "rows",
    "what was decided about a claim, or a line of it",
    ("file", "offset", "line"),
    (
        Field("file", TEXT, "the file, as it was named"),
        Field("offset", INTEGER, "the byte at which the claim begins"),
        Field("claim", TEXT, "CLM01"),
        Field("payer", TEXT, "the payer's id, else its name"),
        Field("line", TEXT, "LX01; null for the whole claim"),
        Field("verdict", TEXT, "see docs/verdicts.md"),
        Field("authorization", TEXT, "the number that it speaks of"),
        Field("written", FLAG, "whether the number belongs on the claim and is not there"),
        Field("placement", TEXT, "where it belongs, or stands: 2300 or 2400"),
        Field("amount", MONEY, "the charge of the claim or line"),
        Field("clear", FLAG, "whether the join decided it"),
    ),
)
"""Rows as a table."""


class Linking:
    """The facts in a folder, joined. To be closed, or used with `with`."""

    def __init__(self, folder: str | Path, *, memory: str = "", threads: int = 0) -> None:
        """`memory` is what DuckDB may use before it spills to disk ("8GB"), `threads` how many it uses (0: all cores).

        EdiError where DuckDB is not installed, the folder has no facts, or memory or disk do not suffice.
        """
        try:
            import duckdb
        except ImportError as error:
            raise EdiError('Linking by sets needs its library: pip install "edi-authlink[duckdb]".') from error
        self._folder = Path(folder)
        for table in FACTS:
            if not any((self._folder / table.name).glob("*.parquet")):
                raise EdiError(f"{folder}: no facts of {table.name.replace('_', ' ')} are here.")
        self._spilled = tempfile.TemporaryDirectory(prefix="edi-sets-")  # what does not fit is about people: for its owner alone
        self._database = duckdb.connect()
        self._database.execute("set autoinstall_known_extensions = false; set preserve_insertion_order = false")
        self._database.execute("set temp_directory = ?", [self._spilled.name])
        try:
            if memory:
                self._limit(memory)
            if threads:
                self._database.execute("set threads = ?", [threads])
            self._run(_TABLES)
            self._run(f"create table clear as {JOIN}")
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            self.close()
            raise EdiError("The join has not enough memory, or no room on the disk to spill to.") from error
        except BaseException:
            self.close()
            raise

    def _limit(self, memory: str) -> None:
        from duckdb import ParserException

        try:
            self._database.execute("set memory_limit = ?", [memory])
        except ParserException as error:
            raise EdiError(f"{memory} is no size of memory; 8GB is one, 500MB another.") from error

    def __enter__(self) -> Linking:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database, and of what it spilled."""
        self._database.close()
        self._spilled.cleanup()

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many claims, or lines that are told each for itself, are clear, by their verdicts."""
        rows = self._database.execute("select verdict, count(*) from clear group by verdict").fetchall()
        return Counter({Verdict(verdict): count for verdict, count in rows})

    def clear(self) -> Iterator[SetRow]:
        """What the join decided, in the order of files and places."""
        for file, place, claim, payer, line, verdict, number, written, placement, amount in self._rows(_TOLD):
            told = (Verdict(verdict), number, written, placement, amount)
            yield SetRow(file, place, claim, payer, line, *told, clear=True)

    def rest(self) -> Iterator[SetRow]:
        """What the library decides: all other claims, in their order."""
        self._run(_REST)
        usage, candidates = Usage(), self._near()
        next_id, near = next(candidates, _NOBODY)
        rows = self._rows("select claim_id, file, delimiters, record from rest order by claim_id")
        for claim_id, file, delimiters, text in rows:
            found: Sequence[Authorization] = ()
            if next_id == claim_id:
                found = near
                next_id, near = next(candidates, _NOBODY)
            yield from decided(file, delimiters, from_text(Claim, text), found, usage)

    def _near(self) -> Iterator[tuple[int, list[Authorization]]]:
        """The candidates of claims that have any, in their order."""
        known: dict[int, Authorization] = {}
        rows = self._rows("select claim_id, id, record from near join known using (id) order by claim_id, id")
        for claim_id, some in groupby(rows, key=itemgetter(0)):
            if len(known) > _KEPT:
                known.clear()
            yield claim_id, [known.get(id) or known.setdefault(id, from_text(Authorization, text)) for _, id, text in some]

    def _rows(self, select: str) -> Iterator[tuple[Any, ...]]:
        found = self._database.cursor().execute(select)
        while rows := found.fetchmany(_FETCHED):
            yield from rows

    def _run(self, statements: str) -> None:
        folder = str(self._folder).replace("'", "''")
        parts = {table.name: f"read_parquet('{folder}/{table.name}/*.parquet')" for table in FACTS}
        self._database.execute(statements.format(**parts))


def decided(file: str, delimiters: str, claim: Claim, near: Sequence[Authorization], usage: Usage) -> Iterator[SetRow]:
    """What the library says of a claim that is not clear."""
    for row in held_by(delimiters_of(delimiters), claim, decide_one(claim, near, usage, DEFAULTS)[0], usage):
        place, number = row.placement, row.authorization
        own = (row.claim, row.payer, row.line, row.verdict, number, row.written, place, row.amount)
        yield SetRow(file, row.offset, *own, clear=False)


def link_sets(folder: str | Path, *, memory: str = "", threads: int = 0) -> Iterator[SetRow]:
    """What the facts in a folder come to: first the clear claims, then the others, both in the order of files and places.

    `memory` and `threads` as in `Linking`.
    """
    with Linking(folder, memory=memory, threads=threads) as linking:
        yield from linking.clear()
        yield from linking.rest()
