"""The options that say how decided claims are told, what makes the exit code, and the reports themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edi.cli.options import FINDINGS, days, same_file, today_option, writing

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.linking import Linked
    from edi.linkage.unmapped import UnmappedPayer
    from edi.linkage.verdict import Row

__all__ = ["FORMATS", "ReportOptions", "saying", "telling_options"]

FORMATS: Final = ("text", "json", "csv", "html")
_ENDINGS: Final = {".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}

F = TypeVar("F", bound=Callable[..., Any])
Text = Callable[[Sequence["Row"], Sequence["Row"], Sequence["UnmappedPayer"]], Iterable[str]]
"""The lines that tell people of rows, of those beside them, and of payers that no file names."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How decided claims are told, as the options say."""

    report: str | None
    fail_on: frozenset[str] | None
    expiring: int | None
    today: date

    @contextmanager
    def reporting(self, source: str, text: Text, output: str | None = None) -> Iterator[Callable[[Linked], None]]:
        """Keeps what was decided in the file of --report: tried before anything else is written, and none of the others."""
        if self.report is None:
            yield lambda linked: None
            return
        if self.report == "-":
            raise click.UsageError("What was decided is told there in any case: --report is for a file.")
        if any(same_file(self.report, file) for file in (source, output) if file):
            raise click.UsageError("The report cannot be the file of the claims: name another for --report.")
        with saying(self.report) as write:
            yield lambda linked: self.write(source, linked, self._report_format, text, write)

    def is_brief(self, output_format: str) -> bool:
        """Whether nobody reads of rows what else was looked at."""
        return not {"json", "html"} & {output_format, self._report_format}

    @property
    def _report_format(self) -> str:
        return _ENDINGS.get(Path(self.report or "").suffix.lower(), "text")

    def write(self, source: str, linked: Linked, output_format: str, text: Text, write: Callable[[str], Any]) -> None:
        """Tell what was decided."""
        rows = self._rows(linked)
        if output_format == "json":
            from edi.linkage.verdict import report
            from edi.reports.json import to_json

            told = report(rows, linked.beside, linked.unmapped)
            document = {**told, "path": source, "problems": [to_json(problem) for problem in linked.problems]}
            write(json.dumps(document, indent=2) + "\n")
        elif output_format == "csv":
            from edi.reports.claims import to_csv

            write(to_csv(rows, linked.beside))
        elif output_format == "html":
            from edi.reports.claims_page import to_html

            for piece in to_html(source, rows, linked.problems, linked.beside, linked.unmapped):
                write(piece)
        else:
            _write_text(source, rows, linked, text, write)

    def _rows(self, linked: Linked) -> Sequence[Row]:
        if self.expiring is None:
            return linked.claims
        from edi.linkage.expiring import noted

        return noted(linked.claims, self.today, self.expiring)

    def code(self, linked: Linked) -> int:
        """The exit code: findings where a verdict is one to fail on, and where there is no claim or one that cannot be read."""
        if linked.problems or not linked.claims:
            return FINDINGS
        from edi.linkage.rows import heads

        verdicts = {head.verdict for head in heads(linked.everything)}
        if self.fail_on is None:
            return 0 if all(verdict.settled for verdict in verdicts) else FINDINGS
        return FINDINGS if any(verdict.value in self.fail_on for verdict in verdicts) else 0


@contextmanager
def saying(output: str) -> Iterator[Callable[[str], object]]:
    """Writes text to a file that appears when all is written; "-" is standard output."""
    if output == "-":
        yield sys.stdout.write
        return
    with writing(output) as file:
        yield lambda said: file.write(said.encode("utf-8", "backslashreplace"))


def _write_text(source: str, rows: Sequence[Row], linked: Linked, text: Text, write: Callable[[str], Any]) -> None:
    from edi.reports.text import TextReport, named

    problems = TextReport(write)
    problems.begin(source)
    for problem in linked.problems:
        problems.problem(problem)
    if not rows:
        write(f"{named(source)}: no claims.\n")
    for line in text(rows, linked.beside, linked.unmapped) if rows else ():
        write(f"{line}\n")


def _verdicts(context: click.Context, option: click.Parameter, value: str | None) -> frozenset[str] | None:
    """Verdicts, with commas between them."""
    if value is None:
        return None
    from edi.linkage.verdict import Verdict

    named = [word.strip() for word in value.split(",") if word.strip()]
    if unknown := [word for word in named if word not in set(Verdict)]:
        raise click.BadParameter(f"{unknown[0]!r} is no verdict. There are {', '.join(Verdict)}.", context, option)
    return frozenset(named)


def telling_options(function: F) -> F:
    """--report, --fail-on, --expiring and --today, as `telling`."""

    @click.option(
        "--report", metavar="FILE", help="Tell it in FILE too: JSON, CSV or HTML where its name ends in .json, .csv or .html."
    )
    @click.option(
        "--fail-on", callback=_verdicts, metavar="VERDICT,...", help="Only these verdicts make the exit code 1, not all but five."
    )
    @click.option(
        "--expiring", callback=days, metavar="DAYS", help="Note what fits but ends within so many days, or is nearly used."
    )
    @today_option
    @wraps(function)
    def telling(
        report: str | None, fail_on: frozenset[str] | None, expiring: int | None, today: datetime | None, **more: Any
    ) -> Any:
        day = (today or datetime.now()).date()
        return function(telling=ReportOptions(report, fail_on, expiring, day), **more)

    return telling  # type: ignore[return-value]  # what click makes of the function takes the same options
