"""How fast claims are linked as sets: python -m bench.sets, ten million claims against a million authorizations.

The facts are made on the fly by DuckDB, out of one claim and one authorization: seven claims in ten fit an authorization, which
certifies twelve visits; most others have nothing on file; of a hundred one carries its number already or comes too late, and one
has a second payer, and is for the library. In the same run `edi.link` links some of the same kind one by one, so that the two can
be compared. Figures are of one process, by the clock and of processor (all threads); memory is its peak.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import edi
from edi.jobs.sets import Linking

AT_ONCE: Final = 20_000
"""Claims that are linked one by one, for comparison."""
FITTING, ODD = 70, 2
"""Of a hundred claims."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sets", description="How fast claims are linked as sets.")
    parser.add_argument("--claims", type=int, default=10_000_000)
    parser.add_argument("--authorizations", type=int, default=1_000_000)
    parser.add_argument("--memory", default="8GB", help="what DuckDB may use before it spills to disk")
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    parser.add_argument("--folder", type=Path, help="where the facts are; a temporary folder when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-sets-") as scratch:
        folder = options.folder or Path(scratch)
        size = f"{options.claims:,} claims x {options.authorizations:,} authorizations"
        print(f"| {size} | claims | seconds | processor | a second of processor |")
        print("|---|--:|--:|--:|--:|", flush=True)
        told: Counter[str] = Counter()
        watch = _Watch()
        if not (folder / "claims").exists():
            make(folder, options.claims, options.authorizations)
            watch.tell("the facts, made", options.claims)
        with Linking(folder, memory=options.memory, threads=options.threads) as linking:
            clear = sum(linking.verdicts.values())
            watch.tell("the join", clear)
            count = 0
            for row in linking.rest():
                told[row.verdict.value] += 1
                count += 1
            watch.tell("the library, what the join leaves", count)
            told.update({verdict.value: number for verdict, number in linking.verdicts.items()})
    watch = _Watch()
    decided = edi.link(_claims(AT_ONCE), _authorizations(AT_ONCE // 10))
    watch.tell("`edi.link`, one by one", len(decided.claims))
    print(f"\npeak of memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MB")
    print(", ".join(f"{verdict} {number:,}" for verdict, number in told.most_common()))
    return 0 if sum(told.values()) == options.claims and told["linked"] >= options.claims * FITTING // 100 else 1


class _Watch:
    """Tells how long a thing took since the last one."""

    def __init__(self) -> None:
        self._began, self._used = time.perf_counter(), time.process_time()

    def tell(self, what: str, claims: int) -> None:
        seconds, used = time.perf_counter() - self._began, time.process_time() - self._used
        print(f"| {what} | {claims:,} | {seconds:,.1f} | {used:,.1f} | {claims / max(used, 0.001):,.0f} |", flush=True)
        self._began, self._used = time.perf_counter(), time.process_time()


def make(folder: Path, claims: int, authorizations: int) -> None:
    """Write the facts of so many, out of those of one claim and one authorization."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="edi-sets-") as scratch:
        edi.write_claim_facts(_claims(1), scratch, name="claims.837")
        edi.write_authorization_facts(_authorizations(1), scratch)
        database = duckdb.connect()
        database.execute("set preserve_insertion_order = false")
        for table, count, made in _MADE:
            (folder / table).mkdir(parents=True, exist_ok=True)
            source = made.format(
                facts=f"read_parquet('{scratch}/{table}/*.parquet')",
                count=claims if count == "claims" else authorizations,
                member=_MEMBER.format(authorizations=authorizations, odd=max(authorizations // 100, 1)),
            )
            database.execute(f"copy ({source}) to '{folder}/{table}/all.parquet' (format parquet, compression zstd)")


_MEMBER: Final = (
    f"case when i % 100 < {FITTING} then 'M' || ({{odd}} + i % ({{authorizations}} - {{odd}}))"
    f" when i % 100 < {FITTING + ODD} then 'M' || (i % {{odd}}) else 'X' || i end"
)
"""Whose claim it is: odd ones are of other members than those that fit, so that they make nobody else's order matter."""
_LATE: Final = f"(i % 100 = {FITTING} and i % 200 < 100)"
_CARRYING: Final = f"(i % 100 = {FITTING} and i % 200 >= 100)"
_COORDINATED: Final = f"(i % 100 = {FITTING + 1})"
_NAME: Final = "'BRAMBLE' || {member}"
_PERSON: Final = f"replace(key, 'BRAMBLE0', {_NAME})"
_DAY: Final = f"case when {_LATE} then date '2026-08-02' else {{day}} end as {{day}}"
_NUMBERS: Final = "'A' || substr({member}, 2)"
_HELD: Final = f"""',"authorization":"' || {_NUMBERS} || '","authorizations":["' || {_NUMBERS} || '"]'"""
_OTHER: Final = """',"other_payers":[{"id":"OTH01","name":"OTHER PLAN","responsibility":"S"}]'"""
_RECORD: Final = (
    f"replace(replace(replace(replace(record, '\"M0\"', '\"' || {{member}} || '\"'), 'BRAMBLE0', {_NAME}), '2026-03-02',"
    f" case when {_LATE} then '2026-08-02' else '2026-03-02' end),"
    f""" '"id":"C0"', '"id":"C' || i || '"' || case when {_CARRYING} then {_HELD}"""
    f" when {_COORDINATED} then {_OTHER.replace('{', '{{').replace('}', '}}')} else '' end)"
)
_MADE: Final = (
    (
        "claims",
        "claims",
        f"select f.* replace (i as \"offset\", 'C' || i as claim, {_NAME} as last, {_RECORD} as record, not {_CARRYING} as plain,"
        f" not {_COORDINATED} as simple) from {{facts}} f, range({{count}}) t(i)",
    ),
    (
        "lines",
        "claims",
        f'select f.* replace (i as "offset", {_DAY.format(day="starts")}, {_DAY.format(day="ends")},'
        f" case when {_CARRYING} then {_NUMBERS} else '' end as held, case when {_CARRYING} then '2300' else '' end as held_at)"
        f" from {{facts}} f, range({{count}}) t(i) where not {_COORDINATED}",
    ),
    (
        "keys",
        "claims",
        f"select f.* replace (i as \"offset\", case kind when 'member' then {{member}} else {_PERSON} end as key)"
        " from {facts} f, range({count}) t(i)"
        f" union all select f.* replace (i as \"offset\", 'number' as kind, {_NUMBERS} as key)"
        f" from {{facts}} f, range({{count}}) t(i) where kind = 'member' and {_CARRYING}",
    ),
    (
        "authorizations",
        "authorizations",
        "select f.* replace (i as id, 'A' || i as counted, 'BRAMBLEM' || i as last, replace(replace(replace("
        "record, 'BRAMBLE0', 'BRAMBLEM0'), 'M0', 'M' || i), 'A0', 'A' || i) as record) from {facts} f, range({count}) t(i)",
    ),
    (
        "offers",
        "authorizations",
        "select f.* replace (i as id, 'A' || i as number, 'A' || i as label) from {facts} f, range({count}) t(i)",
    ),
    (
        "authorization_keys",
        "authorizations",
        "select f.* replace (i as id, case kind when 'member' then 'M' || i when 'number' then 'A' || i"
        " else replace(key, 'BRAMBLE0', 'BRAMBLEM' || i) end as key) from {facts} f, range({count}) t(i)",
    ),
)


def _claims(count: int) -> Iterator[edi.Claim]:
    for number in range(count):
        line = edi.ClaimLine(number="1", procedure=_PROCEDURE, period=_day(2), charge=Decimal(80), quantity=_units(1))
        yield edi.Claim(
            id=f"C{number}", offset=number, payer=_PAYER, billing=_SURGEON, lines=(line,), period=_day(2), charge=Decimal(80),
            **_patient(number // 10),
        )  # fmt: skip


def _authorizations(count: int) -> Iterator[edi.Authorization]:
    for number in range(count):
        certified = edi.CertifiedService(
            decision=edi.Decision.CERTIFIED,
            procedure=_PROCEDURE,
            period=edi.Period(start=date(2026, 3, 1), end=date(2026, 5, 31)),
            quantity=edi.Quantity(unit="VS", amount=Decimal(12)),
        )
        yield edi.Authorization(
            number=f"A{number}", decision=edi.Decision.CERTIFIED, payer=_PAYER, requester=_SURGEON, services=(certified,),
            **_patient(number),
        )  # fmt: skip


def _patient(number: int) -> dict[str, Any]:
    person = edi.Person(
        last_name=f"BRAMBLE{number}", first_name="SAGE", member_id=f"M{number}", birth_date=date(1961, 4, 2), gender="F"
    )
    return {"subscriber": person, "patient": person}


def _day(day: int) -> edi.Period:
    return edi.Period(start=date(2026, 3, day), end=date(2026, 3, day))


def _units(amount: int) -> edi.Quantity:
    return edi.Quantity(unit="UN", amount=Decimal(amount))


_SURGEON: Final = edi.Party(role="85", id_qualifier="XX", id="1999990017")
_PAYER: Final = edi.Party(role="PR", id="MHP01", name="MEADOWLARK HEALTH PLAN")
_PROCEDURE: Final = edi.Procedure(qualifier="HC", code="97110")


if __name__ == "__main__":
    sys.exit(main())
