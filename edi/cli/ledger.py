"""edi ledger: files taken into the ledger, and how much it keeps."""

from __future__ import annotations

import gc
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import (
    FINDINGS,
    IMPOSSIBLE,
    Group,
    format_option,
    ledger_option,
    refuse,
    rules_option,
    sentence,
    sources_argument,
)
from edi.cli.progress import progress
from edi.errors import INFO

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.taking import Taken

__all__ = ["ledger"]


@click.group(cls=Group)
def ledger() -> None:
    """What is remembered: authorizations, claims, remittances."""


@ledger.command("import")
@sources_argument
@rules_option
@ledger_option
@format_option
def import_(sources: tuple[str, ...], rule_files: tuple[str, ...], ledger_url: str, output_format: str) -> int:
    """Take 278, 837, 835, TA1, 999 and 277CA files into the ledger.

    What each is, it sees for itself; - as PATH is standard input. The same file again changes nothing. An imported 837 counts
    as sent: it uses what certifies it, by the payers' rules (--rules) by which it was linked. A claim that an acknowledgment
    rejects gives that back, and is work: it is sent again as new.

    Exit codes: 0 all taken, 1 taken with problems, 2 a file could not be taken.
    """
    from edi.ledger import Ledger
    from edi.ledger.taking import Telling

    files: list[dict[str, Any]] = []
    code = 0
    gc.freeze()  # what was imported stays: it need not be looked through with each of the records, nor when the process ends
    with Ledger(ledger_url) as kept:
        for source in sources:
            try:
                with progress(source, "records read") as heard:
                    taken = kept.take(source, rule_files, now=datetime.now(UTC), telling=Telling(*heard))
            except Exception as error:  # one file's misfortune: the others are taken, and JSON stays one document
                said = sentence(error)
                refuse(said)
                files.append({"path": source, "error": said})
                code = IMPOSSIBLE
                continue
            files.append(_shape(source, taken))
            if not taken.clean:
                code = max(code, FINDINGS)
            if output_format == "text":
                _write_text(source, taken)
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "files": files}, indent=2))
    return code


@ledger.command()
@ledger_option
@format_option
def status(ledger_url: str, output_format: str) -> None:
    """How much of everything the ledger keeps."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        found = kept.status()
    if output_format == "json":
        click.echo(json.dumps({"version": 1, **found.to_json()}, indent=2))
        return
    from edi.reports.columns import columns

    rows = [
        ("interchanges processed", found.interchanges),
        ("authorizations", found.authorizations),
        ("  waiting for an answer", found.awaiting),
        ("claims sent", found.claims),
        ("uses of authorizations by claims", found.uses),
        ("  reserved by claims not sent", found.reserved),
        ("payments", found.payments),
        ("findings in them", found.findings),
        ("open work", found.work),
    ]
    for line in list(columns(("", ""), [(words, f"{count:,}") for words, count in rows], right=[1]))[1:]:
        click.echo(line)


@ledger.command()
@click.argument("file", metavar="FILE")
@ledger_option
def backup(file: str, ledger_url: str) -> None:
    """Write a SQLite ledger as it is now to a new FILE, while others go on with it.

    The copy is a ledger itself: put in the place of another one, it restores it. PostgreSQL has pg_dump for that.
    """
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        kept.upkeep.backup(file)


@ledger.command()
@click.argument("count", metavar="COUNT", type=click.IntRange(1, 100_000_000))
@ledger_option
def skip(count: int, ledger_url: str) -> None:
    """Leave out COUNT control numbers (ISA13) of every series, also of those to come.

    After a copy is restored: numbers that were given since it was made stand in no ledger any more, and nobody may get them
    again.
    """
    from edi.ledger import Ledger
    from edi.reports.columns import counted

    with Ledger(ledger_url) as kept:
        series = kept.upkeep.leave_out_numbers(count)
    click.echo(f"{counted(count, 'control number')} left out, of {series:,} series and of those to come.")


@ledger.command()
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help="What is older than this day.")
@click.option("--dry-run", is_flag=True, help="Only say how much would go.")
@ledger_option
@format_option
def purge(before: datetime, dry_run: bool, ledger_url: str, output_format: str) -> None:
    """Delete what is older than a day and finished, with all that hangs on it.

    Claims go that were sent, served and paid before it, and of which nothing is to be done or may be appealed after it;
    authorizations that ended, and that no claim uses which stays. Which files were taken is still known.
    """
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        found = kept.upkeep.purge(before.date(), now=datetime.now(UTC), dry_run=dry_run)
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "dry_run": dry_run, **found.to_json()}, indent=2))
        return
    from edi.reports.columns import columns

    rows = [(name, f"{gone:,}", f"{stays:,}") for name, gone, stays in found.counts()]
    for line in columns(("", "would go" if dry_run else "gone", "stays"), rows, right=[1, 2]):
        click.echo(line)


def _shape(path: str, taken: Taken) -> dict[str, Any]:
    from edi.reports.json import to_json

    return {"path": path, **taken.to_json(), "problems": [to_json(problem) for problem in taken.problems]}


def _write_text(path: str, taken: Taken) -> None:
    from edi.reports.columns import counted
    from edi.reports.text import TextReport, named

    report = TextReport(sys.stdout.write)
    report.begin(path)
    for problem in taken.problems:
        if problem.severity != INFO:  # that it was taken before is said below
            report.problem(problem)
    counts = [
        counted(count, *words)
        for count, *words in (
            (taken.requests, "request"),
            (taken.responses, "response"),
            (taken.inquiries, "inquiry", "inquiries"),
            (taken.answers, "answer to an inquiry", "answers to inquiries"),
            (taken.notifications, "notification"),
            (taken.acknowledgments, "acknowledgment"),
            (taken.claims, "claim"),
            (taken.payments, "payment"),
            (taken.provider_adjustments, "amount beside claims", "amounts beside claims"),
            (taken.claim_answers, "answer about what was sent", "answers about what was sent"),
        )
        if count
    ]
    if taken.rejections:
        counts.append(f"{counted(taken.rejections, 'rejection')} among them")
    if taken.unasked:
        more = " (take the requests too: an answer need not name what it certifies)" if taken.responses else ""
        counts.append(f"{taken.unasked:,} to nothing that is on file{more}")
    if counts:
        said = f"taken: {', '.join(counts)}"
    elif any(problem.severity == INFO for problem in taken.problems):
        said = "nothing new: taken before"
    else:
        said = "nothing to take"
    click.echo(f"{named(path)}: {said}")
