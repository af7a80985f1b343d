"""edi-validate: X12 files judged by their guides."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from edi.cli.options import FINDINGS, IMPOSSIBLE, Command, format_option, refuse, sentence, sources_argument
from edi.errors import ERROR, WARNING, Problem

if TYPE_CHECKING:  # imported when the command runs
    from edi.reports import Report

__all__ = ["validate"]

MOST_PROBLEMS: Final = 10_000
_FAILING: Final = {ERROR: (ERROR,), WARNING: (ERROR, WARNING)}


def _most(context: click.Context, option: click.Parameter, value: str) -> int | None:
    """A number from 0 on, or None for all."""
    if value == "all":
        return None
    if not (value.isascii() and value.isdigit()):
        raise click.BadParameter(f"{value!r} is neither a number nor the word all.", context, option)
    return int(value)


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@sources_argument
@click.option("--level", type=click.IntRange(1, 7), default=7, show_default=True, help="Judge the levels 1 to N (WEDI SNIP).")
@format_option
@click.option(
    "--fail-on", type=click.Choice([ERROR, WARNING]), default=ERROR, show_default=True, help="What makes the exit code 1."
)
@click.option("--values", is_flag=True, help="Show what was found also where it is about a person (PHI).")
@click.option(
    "--max-problems",
    callback=_most,
    metavar="N|all",
    default=str(MOST_PROBLEMS),
    show_default=True,
    help="Report at most N problems of a file; the others are counted, by code.",
)
@click.version_option(package_name="edi-authlink", message="%(prog)s %(version)s")
def validate(
    sources: tuple[str, ...], level: int, output_format: str, fail_on: str, values: bool, max_problems: int | None
) -> int:
    """Judge X12 files by their guides; - is standard input.

    Exit codes: 0 nothing to report, 1 problems, 2 a file could not be read.
    """
    gc.disable()  # judging makes no cycles, and what is judged is let go of piece by piece
    report = _report(output_format, values)
    code = 0
    for source in sources:
        report.begin(source)
        try:
            found = _judge(source, report, level, max_problems)
        except Exception as error:  # one file's misfortune: the others are judged, and JSON stays one document
            said = sentence(error)
            report.failed(said)
            refuse(said)
            code = IMPOSSIBLE
        else:
            if any(found[severity] for severity in _FAILING[fail_on]):
                code = max(code, FINDINGS)
    report.close()
    return code


def _report(output_format: str, values: bool) -> Report:
    if output_format == "json":
        from edi.reports.json import JsonReport

        return JsonReport(sys.stdout.write, values=values)
    from edi.reports.text import TextReport

    return TextReport(sys.stdout.write, values=values)


def _judge(source: str, report: Report, level: int, most: int | None) -> Counter[str]:
    """Judge one file into the report; how many problems of each severity there were."""
    from edi.guides.validation import judge

    found: Counter[str] = Counter()
    left_out: Counter[str] = Counter()

    def take(problem: Problem) -> None:
        found[problem.severity] += 1
        if most is None or found.total() <= most:
            report.problem(problem)
        else:
            left_out[problem.code] += 1

    judge(source, take, report.transaction, level=level)
    report.end(not found[ERROR], left_out)
    return found
