"""edi claims: the right number on the right claim, before it is sent."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import click

from edi.cli.appealing import appeal
from edi.cli.correcting import correct
from edi.cli.decided import FORMATS, ReportOptions, saying, telling_options
from edi.cli.dividing import split
from edi.cli.options import (
    FINDINGS,
    Group,
    cores_for,
    format_option,
    ledger_option,
    output_option,
    rules_option,
    same_file,
    source_argument,
    writing,
)
from edi.cli.progress import Progress

__all__ = ["claims"]


_jobs_option = click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Decide on N cores; when not given on all, for a large file."
)


def _chosen(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Numbers by claim; a claim's own number may have = in it, an authorization's not."""
    pairs = [value.rpartition("=")[::2] for value in values]
    if wrong := next((value for value, pair in zip(values, pairs, strict=True) if not all(pair)), None):
        raise click.BadParameter(f"{wrong!r} is no claim and its number: CLAIM=NUMBER.", context, option)
    if len(found := dict(pairs)) < len(set(pairs)):
        raise click.BadParameter("Two numbers are given for one claim.", context, option)
    return found


@click.group(cls=Group)
def claims() -> None:
    """The right number on the right claim, before it is sent."""


for _command in (appeal, correct, split):
    claims.add_command(_command)


@claims.command()
@source_argument
@output_option(required=True)
@click.option("--replace", is_flag=True, help="Write over a wrong number that stands on a claim.")
@click.option(
    "--choose", "chosen", multiple=True, callback=_chosen, metavar="CLAIM=NUMBER",
    help="The number for a claim of which several fit, or whose patient may be the same. May be given several times.",
)  # fmt: skip
@_jobs_option
@telling_options
@rules_option
@ledger_option
@format_option
def link(
    source: str,
    output: str,
    replace: bool,
    chosen: dict[str, str],
    jobs: int | None,
    telling: ReportOptions,
    rule_files: tuple[str, ...],
    ledger_url: str,
    output_format: str,
) -> int:
    """Put authorization numbers (REF*G1), and those of referrals (REF*9F), into the claims of an 837.

    Every other byte stays as it is, but for the counts that follow. - as PATH is standard input. Claims that could not be
    linked go to the worklist. Only what --rules names says that a claim needs an authorization, or needs none.

    What a claim is granted is reserved for it until it is sent (edi ledger import), or given back (edi claims release). Linked
    again, it reserves nothing more.

    Exit codes: 0 nothing is left to do, 1 something is (or --fail-on says so), 2 not done.
    """
    gc.disable()  # deciding makes no cycles to speak of, and each claim's row, which stays, would be looked through for some
    from edi.jobs.linking import deciding
    from edi.ledger import Ledger
    from edi.linkage.rows import heads
    from edi.reports.claims import linked_text

    if output == "-" and output_format == "json":
        raise click.UsageError("Standard output cannot take both the claims (-o -) and JSON: use --report FILE.json.")
    brief = telling.is_brief(output_format)
    processes = deciding(ledger_url, rule_files, replace=replace, chosen=chosen, brief=brief, jobs=cores_for((source,), jobs))
    with telling.reporting(source, linked_text, output) as keep_report, processes as ask, Ledger(ledger_url) as kept:
        with _heard(source) as heard:
            linked = kept.link(
                source, rule_files, replace=replace, chosen=chosen, now=datetime.now(UTC), heard=heard, ask=ask, brief=brief
            )
        with writing(output, over=True) as file:
            linked.write(file)
            kept.note(linked.everything, now=datetime.now(UTC))  # in here: what the ledger refuses is not written either
        keep_report(linked)
    stream = sys.stderr if output == "-" else sys.stdout
    telling.write(source, linked, output_format, linked_text, stream.write)
    if nobody := chosen.keys() - {head.claim for head in heads(linked.claims)} if chosen else ():
        click.echo(f"No claim of the file is {', '.join(sorted(nobody))}: see --choose.", err=True)
        return FINDINGS
    return telling.code(linked)


@claims.command()
@source_argument
@output_option(help="The file to write; standard output when not given.")
@click.option("--all", "whole", is_flag=True, help="In text: tell of every claim why, not only of those at risk.")
@click.option("--work", is_flag=True, help="Keep what is at risk on the worklist, until it is linked, sent right or answered.")
@_jobs_option
@telling_options
@rules_option
@ledger_option
@click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="text", show_default=True,
    help="For people, for programs, for a spreadsheet, or a page for a browser.",
)  # fmt: skip
def check(
    source: str,
    output: str | None,
    whole: bool,
    work: bool,
    jobs: int | None,
    telling: ReportOptions,
    rule_files: tuple[str, ...],
    ledger_url: str,
    output_format: str,
) -> int:
    """Say which claims of an 837 would be denied for their authorization, why, for how much, and what to do.

    What is at risk is listed by money. Nothing is linked, and nothing kept but what --work puts on the worklist. - as PATH is
    standard input.

    Exit codes: 0 nothing is left to do, 1 something is (or --fail-on says so), 2 not done.
    """
    gc.disable()  # as in `link`
    from edi.jobs.linking import deciding
    from edi.ledger import Ledger
    from edi.reports.claims import to_text

    output, text = output or "-", partial(to_text, whole=whole, source=source)
    if same_file(output, source):
        raise click.UsageError("What is found cannot be written over the claims: name another file for -o.")
    brief = telling.is_brief(output_format)
    processes = deciding(ledger_url, rule_files, brief=brief, jobs=cores_for((source,), jobs))
    with telling.reporting(source, text, output) as keep_report, saying(output) as write:
        with processes as ask, Ledger(ledger_url) as kept:
            with _heard(source) as heard:
                linked = kept.check(source, rule_files, heard=heard, ask=ask, brief=brief)
            if work:
                kept.note(linked.everything, now=datetime.now(UTC), checked=True)
        telling.write(source, linked, output_format, text, write)
        keep_report(linked)
    return telling.code(linked)


@claims.command()
@source_argument
@ledger_option
@format_option
def release(source: str, ledger_url: str, output_format: str) -> int:
    """Give back what the claims of an 837 reserved when they were linked: they will not be sent.

    What was sent stays. - as PATH is standard input.

    Exit codes: 0 given back, 1 given back as far as there are claims: PATH is cut off, or no X12, 2 not done.
    """
    from edi.ledger import Ledger
    from edi.records.claim import read_claims

    with Ledger(ledger_url) as kept:
        read = read_claims(source)
        released = kept.release(read)
    if output_format == "json":
        from edi.reports.json import to_json

        problems = [to_json(problem) for problem in read.problems]
        click.echo(json.dumps({"version": 1, "path": source, "released": released, "problems": problems}, indent=2))
    else:
        from edi.reports.columns import counted
        from edi.reports.text import TextReport, named

        report = TextReport(sys.stdout.write)
        report.begin(source)
        for problem in read.problems:
            report.problem(problem)
        their = "it" if released == 1 else "they"
        click.echo(f"{named(source)}: {counted(released, 'claim')} gave back what {their} had reserved.")
    return FINDINGS if read.problems else 0


@contextmanager
def _heard(source: str) -> Iterator[Callable[[int], object]]:
    """Tells at a terminal how far it has come."""
    progress = Progress("claims decided")
    progress.begin(source)

    def heard(offset: int) -> None:
        progress.step(1)
        progress.heard(offset)

    try:
        yield heard
    finally:
        progress.clear()
