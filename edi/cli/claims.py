"""edi claims: the right number on the right claim, before it is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import (
    FINDINGS,
    Group,
    format_option,
    ledger_option,
    output_option,
    rules_option,
    source_argument,
    writing,
)

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.linking import Linked
    from edi.linkage.verdict import Row

__all__ = ["claims"]


@click.group(cls=Group)
def claims() -> None:
    """The right number on the right claim, before it is sent."""


@claims.command()
@source_argument
@output_option(required=True)
@click.option("--report", metavar="FILE", help="Write what was decided to FILE too: JSON where it ends in .json, else text.")
@click.option("--replace", is_flag=True, help="Write over a wrong number that stands on a claim.")
@rules_option
@ledger_option
@format_option
def link(
    source: str,
    output: str,
    report: str | None,
    replace: bool,
    rule_files: tuple[str, ...],
    ledger_url: str,
    output_format: str,
) -> int:
    """Put authorization numbers (REF*G1) into the claims of an 837.

    Every other byte stays as it is, but for the counts that follow. - as PATH is standard input. Claims that could not be
    linked go to the worklist. Only what --rules names says that a claim needs an authorization, or needs none.

    What a claim is granted is reserved for it until it is sent (edi ledger import), or given back (edi claims release). Linked
    again, it reserves nothing more.

    Exit codes: 0 nothing is left to do, 1 something is, 2 not done.
    """
    from edi.ledger import Ledger

    if output == "-" and output_format == "json":
        raise click.UsageError("Standard output cannot take both the claims (-o -) and JSON: use --report FILE.json.")
    with _reporting(report, source, output) as keep_report, Ledger(ledger_url) as kept:
        linked = kept.link(source, rule_files, replace=replace, now=datetime.now(UTC))
        with writing(output) as file:
            linked.write(file)
            kept.note(linked.claims, now=datetime.now(UTC))  # in here: what the ledger refuses is not written either
        keep_report(linked)
    return _tell(source, linked, output_format, to_stderr=output == "-")


@claims.command()
@source_argument
@click.option("--report", metavar="FILE", help="Write what was found to FILE too: JSON where it ends in .json, else text.")
@rules_option
@ledger_option
@format_option
def check(source: str, report: str | None, rule_files: tuple[str, ...], ledger_url: str, output_format: str) -> int:
    """Say what link would do with the claims of an 837, and which need a person.

    Nothing is written or kept. - as PATH is standard input.

    Exit codes: 0 nothing is left to do, 1 something is, 2 not done.
    """
    from edi.ledger import Ledger

    with _reporting(report, source) as keep_report, Ledger(ledger_url) as kept:
        linked = kept.check(source, rule_files)
        keep_report(linked)
    return _tell(source, linked, output_format)


@claims.command()
@source_argument
@ledger_option
@format_option
def release(source: str, ledger_url: str, output_format: str) -> None:
    """Give back what the claims of an 837 reserved when they were linked: they will not be sent.

    What was sent stays. - as PATH is standard input.
    """
    from edi.ledger import Ledger
    from edi.records.claim import read_claims

    with Ledger(ledger_url) as kept:
        released = kept.release(read_claims(source))
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "path": source, "released": released}, indent=2))
        return
    from edi.reports.columns import counted
    from edi.reports.text import named

    click.echo(f"{named(source)}: {counted(released, 'claim')} gave back what {'it' if released == 1 else 'they'} had reserved.")


@contextmanager
def _reporting(report: str | None, source: str, output: str = "-") -> Iterator[Callable[[Linked], None]]:
    """Keeps what was decided in the file of --report: tried before anything else is written, and none of the claims' files."""
    if report is None:
        yield lambda linked: None
        return
    if report == "-":
        raise click.UsageError("What was decided is told there in any case: --report is for a file.")
    if Path(report).resolve() in {Path(file).resolve() for file in (source, output) if file != "-"}:
        raise click.UsageError("The report cannot be the file of the claims: name another for --report.")
    output_format = "json" if report.endswith(".json") else "text"
    with writing(report) as kept:
        yield lambda linked: _write(source, linked, output_format, lambda text: kept.write(text.encode()))


def _tell(source: str, linked: Linked, output_format: str, *, to_stderr: bool = False) -> int:
    """Tell what was decided; the exit code."""
    _write(source, linked, output_format, sys.stderr.write if to_stderr else sys.stdout.write)
    settled = linked.claims and all(row.verdict.settled for row in linked.claims)
    return 0 if settled and not linked.problems else FINDINGS


def _write(source: str, linked: Linked, output_format: str, write: Callable[[str], Any]) -> None:
    if output_format == "json":
        from edi.reports.json import to_json

        document = {**linked.to_json(), "path": source, "problems": [to_json(problem) for problem in linked.problems]}
        write(json.dumps(document, indent=2) + "\n")
        return
    from edi.reports.text import TextReport, named

    problems = TextReport(write)
    problems.begin(source)
    for problem in linked.problems:
        problems.problem(problem)
    if not linked.claims:
        write(f"{named(source)}: no claims.\n")
        return
    _write_rows(linked, write)


def _write_rows(linked: Linked, write: Callable[[str], Any]) -> None:
    """The claims that were changed or want a person, each with its reasons; then all of them by verdict."""
    from edi.reports.columns import columns, counted, money

    told = [row for row in linked.claims if row.written or not row.verdict.settled]
    if told:
        lines = columns(("claim", "verdict", "number", "amount"), [_row(row) for row in told], right=[3])
        write(f"{next(lines)}\n")
        for line, row in zip(lines, told, strict=True):
            write("".join(f"{text}\n" for text in (line, *_reasons(row))))
        write("\n")
    rows = [
        (verdict, counted(total["claims"], "claim"), money(Decimal(total["amount"]))) for verdict, total in linked.totals.items()
    ]
    for line in list(columns(("", "", ""), rows, right=[1, 2]))[1:]:
        write(f"{line}\n")


def _row(row: Row) -> tuple[str, ...]:
    from edi.reports.columns import money

    claim = row.claim + (f" line {row.line}" if row.line else "")
    return (claim, row.verdict.value, row.authorization, money(row.amount))


def _reasons(row: Row) -> list[str]:
    from edi.reports.text import printable

    said = list(row.reasons)
    if row.written:
        place = "line" if row.placement == "2400" else "claim"
        instead = f" in the place of {row.previous}" if row.previous else ""
        said.append(f"{row.authorization} goes on the {place}{instead}.")
    return [f"    {printable(reason)}" for reason in said]
