"""edi tables: what files say as tables, and claims linked to authorizations as sets; no ledger is asked."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.options import (
    FINDINGS,
    Command,
    Group,
    cores,
    folder_to_write,
    key_option,
    output_option,
    refuse,
    sources_argument,
    writing,
)

if TYPE_CHECKING:  # imported when the command runs
    from edi.jobs.sets import SetRow
    from edi.linkage.verdict import Verdict

__all__ = ["tables"]

_BATCH: Final = 10_000
_format_option = click.option(
    "--format", "output_format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True,
    help="parquet needs the extra of that name.",
)  # fmt: skip
_jobs_option = click.option("--jobs", type=click.IntRange(1), metavar="N", help="Read on N cores; when not given on all.")


@click.group(cls=Group)
def tables() -> None:
    """What files say as tables, and claims linked as sets: for files of any size, on all cores, without a ledger."""


@tables.command(cls=Command)
@click.argument("folder", metavar="DIR")
@sources_argument
@_format_option
@click.option("--values", is_flag=True, help="Show what is about a person (PHI): member ids, names, days of service.")
@key_option
@_jobs_option
def write(folder: str, sources: tuple[str, ...], output_format: str, values: bool, key: str, jobs: int | None) -> int:
    """Write what 837s, 835s and 278s say into DIR, a folder for each table and in it a part for each slice of a file.

    Claims, lines, payments, their lines and adjustments, findings, authorizations, services (docs/scale.md). Members and patients
    are tokens, the same in each run with the same --key, and days of service are left out, unless --values is given. A file that
    is written again takes the place of its parts.

    Exit codes: 0 all written, 1 a file has no X12 in it or is cut off, 2 could not do it.
    """
    from edi.jobs.spread import each_slice, noting
    from edi.jobs.tables import TABLES, write_tables
    from edi.reports.columns import counted
    from edi.text.redaction import Tokens

    work = partial(write_tables, folder=folder_to_write(folder), format=output_format, tokens=None if values else Tokens(key))
    counts: Counter[str] = Counter()
    problems: list[str] = []
    for found, noted in each_slice(partial(noting, work=work), sources, jobs or cores()):
        counts.update(found)
        problems += noted
    for table in TABLES:
        if counts[table.name]:
            click.echo(f"{table.name}: {counted(counts[table.name], 'row')}")
    return FINDINGS if _told(problems, sources) else 0


@tables.command(cls=Command)
@sources_argument
@click.option(
    "--authorizations", "answers", metavar="FILE", multiple=True, required=True,
    help="A 278: requests, answers, notices. Once for each file.",
)  # fmt: skip
@output_option(help="The file of rows to write; standard output (CSV) when not given.")
@_format_option
@click.option("--memory", default="", metavar="SIZE", help="What the join may use before it spills to disk, as 8GB.")
@_jobs_option
def link(
    sources: tuple[str, ...],
    answers: tuple[str, ...],
    output: str | None,
    output_format: str,
    memory: str,
    jobs: int | None,
) -> int:
    """Say of each claim of 837s which authorization of 278s is its own, as sets: by DuckDB, with the verdicts of a ledger.

    A row for a claim, or for each of its lines: file, place, verdict, authorization, where the number belongs. Nothing is written
    into the claims and nothing is kept of what they use: that is edi claims link. Needs the extras duckdb and parquet.

    Exit codes: 0 nothing is left to do, 1 something is, or a file could not be read whole, 2 could not do it.
    """
    from edi.jobs.facts import ready, write_authorization_facts, write_claim_facts
    from edi.jobs.sets import ROWS, Linking
    from edi.jobs.spread import each_slice, noting
    from edi.linkage.joining import joined
    from edi.records.authorization import read_authorizations
    from edi.reports.columns import counted
    from edi.reports.datasets import WRITERS

    ready("duckdb", "parquet")
    told: Counter[Verdict] = Counter()
    with tempfile.TemporaryDirectory(prefix="edi-facts-") as folder:  # for its owner alone: it holds what is about people
        read = {path: read_authorizations(path) for path in answers}
        write_authorization_facts(joined([record for records in read.values() for record in records]), folder)
        write_claim_facts((), folder)  # so that there are facts where no file has claims
        work = partial(noting, work=partial(write_claim_facts, folder=folder))
        problems = [sentence for _, noted in each_slice(work, sources, jobs or cores()) for sentence in noted]
        with Linking(folder, memory=memory, threads=jobs or 0) as linking, writing(output or "-") as file:
            rows = chain(linking.clear(), linking.rest())
            WRITERS[output_format if output else "csv"](file, ROWS, _counted(rows, told))
    if output:
        for verdict, count in told.most_common():
            click.echo(f"{verdict.value}: {counted(count, 'row')}")
    problems += [f"{path}: {problem.message}" for path, records in read.items() for problem in records.problems]
    return FINDINGS if _told(problems, sources) or any(not verdict.settled for verdict in told) else 0


def _told(problems: list[str], sources: Sequence[str]) -> bool:
    """Whether something was not read whole; it is said of each: these problems, and files that have no slices."""
    from edi.jobs.slices import plan_slices

    said = problems + [f"{source}: there is no X12 in it." for source in sources if next(plan_slices(source), None) is None]
    for sentence in said:
        refuse(sentence)
    return bool(said)


def _counted(rows: Iterator[SetRow], told: Counter[Verdict]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by batches, their verdicts counted."""
    while some := list(islice(rows, _BATCH)):
        told.update(row.verdict for row in some)
        yield [row.cells for row in some]
