"""Claims linked to authorizations as sets: DuckDB decides what is clear in one statement, the library the rest.

What is clear: nothing is on file for a claim that carries no number; or each of its lines fits one certified service among all
candidates, of one and the same authorization. So nothing that the library would weigh is weighed here: what carries a number, or
replaces a claim, what misfits or fits twice, referrals, cancellations and stays are the library's, which is given the same
candidates.

Units used up need an order, which a join has not. An authorization with a limit is clear only where every claim that may use it
is clear itself, and all together want no more than the least of its limits: then each gets what it wants in any order. Else all
its claims are the library's, in the order of the names of their files and of their places in these. As a clear claim fits one
authorization only, whose units are told by the join or by the library, both together say what the library alone says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from edi.errors import EdiError
from edi.jobs.facts import FACTS, from_text
from edi.linkage.deciding import BATCH, decide_one
from edi.linkage.placement import CLAIM as CLAIM_PLACE
from edi.linkage.terms import DEFAULTS
from edi.linkage.usage import Usage
from edi.linkage.verdict import Verdict
from edi.records.authorization import Authorization
from edi.records.claim import Claim

__all__ = ["JOIN", "Linking", "Told", "decided", "link_sets"]

JOIN: Final = """
with
    found as (  -- the candidates of each claim, as a directory of authorizations finds them
        select k.claim_id, a.id, bool_or(kind = 'member') as by_member
        from claim_keys k join authorization_keys a using (kind, key)
        group by k.claim_id, a.id
    ),
    several as (
        select claim from all_claims group by claim having count(*) > 1
    ),
    plain as (
        select c.claim_id, count(f.id) as candidates, coalesce(bool_or(a.odd), false) as odd
        from all_claims c left join found f using (claim_id) left join authorizations a using (id)
        where c.plain and c.claim not in (select claim from several)
        group by c.claim_id
    ),
    fits as (  -- lines with the services that they fit, or may fit
        select l.claim_id, l.position, o.id, o.number, l.demand,
            o.countable and not o.open and a.payer_key <> '' and c.payer_key <> '' as sure
        from found f
            join all_claims c using (claim_id)
            join authorizations a using (id)
            join claim_lines l using (claim_id)
            join offers o using (id)
        where f.by_member
            and not a.odd
            and (a.payer_key = c.payer_key or a.payer_key = '' or c.payer_key = '')
            and (
                (a.birth = c.birth and not (a.dependent or c.dependent))
                or (
                    (a.birth = c.birth or (not (a.dependent or c.dependent) and (a.birth is null or c.birth is null)))
                    and (a.last <> '' and a.last = c.last and a.first = c.first)
                    and not ((a.dependent or c.dependent) and a.gender || c.gender in ('FM', 'MF'))
                )
            )
            and (
                o.open
                or (
                    o.qualifier = l.qualifier
                    and (
                        (o.code_end = '' and o.code = l.code)
                        or (o.code_end <> '' and length(l.code) = length(o.code) and l.code between o.code and o.code_end)
                    )
                    and (o.modifiers = '' or has_all(split(l.modifiers, ' '), split(o.modifiers, ' ')))
                    and (o.starts is null or (l.starts >= o.starts and l.ends <= o.ends))
                    and (
                        (o.npis = '' and o.tax_ids = '')
                        or (o.npis <> '' and has_any(split(l.npis, ' '), split(o.npis, ' ')))
                        or (l.tax_ids <> '' and array_contains(split(o.tax_ids, ' '), l.tax_ids))
                    )
                    and (o.place = '' or l.place = '' or o.place_qualifier <> l.place_qualifier or o.place = l.place)
                )
            )
    ),
    certain as (  -- claims each of whose lines fits one service, units left aside
        select p.claim_id, any_value(t.id) as id, any_value(t.number) as number, sum(t.demand) as demand
        from plain p join all_claims c using (claim_id) join fits t using (claim_id)
        where c.simple and not p.odd
        group by p.claim_id
        having count(*) = any_value(c.lines)
            and count(distinct t.position) = any_value(c.lines)
            and count(distinct t.id) = 1
            and count(distinct t.number) = 1
            and bool_and(t.sure)
    ),
    users as (  -- claims that may use what an authorization certifies
        select distinct claim_id, id from fits
        union all
        select f.claim_id, f.id from found f join all_claims c using (claim_id) where not c.simple
    ),
    wanted as (  -- authorizations that others than certain claims may use, and how much the certain ones want
        select u.id, bool_or(c.claim_id is null) as otherwise, sum(c.demand) as demand
        from users u left join certain c using (claim_id)
        group by u.id
    ),
    uncontested as (
        select id
        from wanted w join authorizations a using (id)
        where a.most is null or (w.demand <= a.most and not w.otherwise)
    )
select claim_id, 'linked' as verdict, number from certain join uncontested using (id)
union all
select claim_id, 'requirement-unknown', '' from plain where candidates = 0
"""
"""The join, which DuckDB and Spark read alike. The claims that it does not tell it leaves to the library."""

_TABLES: Final = """
create macro has_all(words, wanted) as list_has_all(words, wanted);
create macro has_any(words, wanted) as list_has_any(words, wanted);
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
select c.file, c.place, c.claim, c.payer, x.verdict, x.number, c.amount
from clear x join all_claims c using (claim_id)
"""
_REST: Final = """
create table rest as
    select c.claim_id, c.file, r.record
    from all_claims c join {claims} r on r.file = c.file and r."offset" = c.place
    where not exists (from clear x where x.claim_id = c.claim_id);
create table near as
    select distinct k.claim_id, a.id
    from rest r join claim_keys k using (claim_id) join authorization_keys a using (kind, key);
create table known as
    select id, record from {authorizations} where id in (select id from near);
"""


@dataclass(frozen=True, slots=True)
class Told:
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


class Linking:
    """The facts in a folder, joined. To be closed, or used with `with`."""

    def __init__(self, folder: str | Path, *, memory: str = "", threads: int = 0) -> None:
        """`memory` is what DuckDB may use before it spills to disk ("8GB"), `threads` how many it uses (0: all cores).

        EdiError where DuckDB is not installed, or the folder has no facts.
        """
        try:
            import duckdb
        except ImportError as error:
            raise EdiError('Linking by sets needs its library: pip install "edi-authlink[duckdb]".') from error
        self._folder = Path(folder)
        for table in FACTS:
            if not any((self._folder / table.name).glob("*.parquet")):
                raise EdiError(f"{folder}: no facts of {table.name.replace('_', ' ')} are here.")
        self._database = duckdb.connect()
        self._database.execute("set autoinstall_known_extensions = false; set preserve_insertion_order = false")
        if memory:
            self._database.execute("set memory_limit = ?", [memory])
        if threads:
            self._database.execute("set threads = ?", [threads])
        self._run(_TABLES)
        self._run(f"create table clear as {JOIN}")

    def __enter__(self) -> Linking:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many claims are clear, by their verdicts."""
        rows = self._database.execute("select verdict, count(*) from clear group by verdict").fetchall()
        return Counter({Verdict(verdict): count for verdict, count in rows})

    def clear(self) -> Iterator[Told]:
        """What the join decided, in no particular order."""
        found = self._database.cursor().execute(_TOLD)
        while rows := found.fetchmany(10_000):
            for file, place, claim, payer, verdict, number, amount in rows:
                linked = verdict == Verdict.LINKED
                told = (Verdict(verdict), number, linked, CLAIM_PLACE if linked else "", amount)
                yield Told(file, place, claim, payer, None, *told, clear=True)

    def rest(self) -> Iterator[Told]:
        """What the library decides: all other claims, in their order."""
        self._run(_REST)
        usage, claims = Usage(), self._database.cursor().execute("select claim_id, file, record from rest order by claim_id")
        while batch := claims.fetchmany(BATCH):
            for (_, file, text), near in zip(batch, self._near([row[0] for row in batch]), strict=True):
                yield from decided(file, from_text(Claim, text), near, usage)

    def _near(self, claims: Sequence[int]) -> list[list[Authorization]]:
        """The candidates of claims."""
        asked = "select claim_id, id, record from near join known using (id) where claim_id in (select unnest(?)) order by id"
        records: dict[int, Authorization] = {}
        found: dict[int, list[Authorization]] = {claim: [] for claim in claims}
        for claim, id, text in self._database.cursor().execute(asked, [list(claims)]).fetchall():
            if id not in records:
                records[id] = from_text(Authorization, text)
            found[claim].append(records[id])
        return list(found.values())

    def _run(self, statements: str) -> None:
        folder = str(self._folder).replace("'", "''")
        parts = {table.name: f"read_parquet('{folder}/{table.name}/*.parquet')" for table in FACTS}
        self._database.execute(statements.format(**parts))


def decided(file: str, claim: Claim, near: Sequence[Authorization], usage: Usage) -> Iterator[Told]:
    """What the library says of a claim that is not clear."""
    for row in decide_one(claim, near, usage, DEFAULTS)[0]:
        place, number = row.placement, row.authorization
        own = (row.claim, row.payer, row.line, row.verdict, number, row.written, place, row.amount)
        yield Told(file, row.offset, *own, clear=False)


def link_sets(folder: str | Path, *, memory: str = "", threads: int = 0) -> Iterator[Told]:
    """What the facts in a folder come to: first the clear claims, in no particular order, then the others in theirs.

    `memory` and `threads` as in `Linking`.
    """
    with Linking(folder, memory=memory, threads=threads) as linking:
        yield from linking.clear()
        yield from linking.rest()
