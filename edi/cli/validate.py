"""edi-validate: X12 files judged by their guides."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edi.cli.answering import Answering, ack_options
from edi.cli.options import FINDINGS, IMPOSSIBLE, codes_option, cores, refuse, sentence, sources_argument
from edi.cli.progress import Progress, at_a_terminal
from edi.cli.reporting import Reporting, report_options
from edi.cli.settings import Configured, selection_options
from edi.cli.splitting import Splitting, split_options
from edi.errors import ERROR, WARNING, DefinitionError, Problem
from edi.guides.selection import Asked, Selection, selected

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.reasons import Comparison
    from edi.guides.validation import TransactionReport
    from edi.jobs.validating import Run
    from edi.reports import Report

__all__ = ["validate"]

MOST_PROBLEMS: Final = 10_000
MANY: Final = 50
"""So many files, or"""
LARGE: Final = 4 << 20
"""one of so many bytes, are worth the start of further processes."""
LEVEL_OF_GUIDES: Final = 2
_FAILING: Final = {ERROR: (ERROR,), WARNING: (ERROR, WARNING)}


class Validate(Configured):
    """The command; `edi-validate explain CODE` explains (a file of that name is ./explain)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] == ["explain"]:
            from edi.cli.explain import explain

            with explain.make_context(f"{ctx.info_name} explain", args[1:], parent=ctx.parent) as inner:
                ctx.exit(explain.invoke(inner))
        return super().parse_args(ctx, args)


def _most(context: click.Context, option: click.Parameter, value: str) -> int | None:
    """A number from 0 on, or None for all."""
    if value == "all":
        return None
    if not (value.isascii() and value.isdigit()):
        raise click.BadParameter(f"{value!r} is neither a number nor the word all.", context, option)
    return int(value)


@click.command(cls=Validate, context_settings={"help_option_names": ["-h", "--help"]})
@sources_argument
@click.option("--level", type=click.IntRange(1, 7), default=7, show_default=True, help="Judge levels 1 to N (WEDI SNIP).")
@click.option(
    "--rules",
    "rule_files",
    multiple=True,
    metavar="FILE",
    help="A payer's rules by its name (edi rules list), or a file of your own, beside the guides'; may be repeated.",
)
@codes_option
@selection_options
@split_options
@report_options
@click.option(
    "--fail-on", type=click.Choice([ERROR, WARNING]), default=ERROR, show_default=True, help="What makes the exit code 1."
)
@click.option(
    "--max-problems",
    callback=_most,
    metavar="N|all",
    default=str(MOST_PROBLEMS),
    show_default=True,
    help="Report at most N problems of a file; the others are counted, by code.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Judge on N cores; when not given on all, for a large file or many.",
)
@ack_options
@click.option("--compare", "engine", type=click.Choice(["pyx12"]), help="Ask pyx12 too, and say where it differs and why.")
@click.version_option(package_name="edi-authlink", message="%(prog)s %(version)s")
def validate(
    sources: tuple[str, ...],
    level: int,
    rule_files: tuple[str, ...],
    code_files: Mapping[str, str],
    selection: Selection,
    splitting: Splitting,
    reporting: Reporting,
    fail_on: str,
    max_problems: int | None,
    jobs: int | None,
    folder: str | None,
    ack_control: int | None,
    engine: str | None,
) -> int:
    """Judge X12 files by their guides.

    - as PATH is standard input. `explain CODE...` instead says what problems mean. Defaults come from [tool.edi] in
    pyproject.toml, or from edi.toml, in this folder or one above, or from the file that EDI_CONFIG names.

    Exit codes: 0 nothing to report, 1 problems, 2 a file could not be read.
    """
    if engine is None:
        gc.disable()  # judging makes no cycles, and what is judged is let go of piece by piece
    elif level == 1:
        raise click.UsageError("--compare is of what guides say: it needs --level 2 or more.")
    elif folder is not None:
        raise click.UsageError("--ack and --compare do not go together.")
    asked = _asked(level, rule_files, code_files)
    splitting.check(sources)
    answering = Answering(folder, sources, control=ack_control, values=reporting.values) if folder is not None else None
    code, progress = 0, Progress("segments judged")
    judged = answering.kept if answering is not None else sources
    with reporting.opened(rule_files) as report:
        for source, (kept, run) in zip(sources, _runs(judged, asked, 1 if engine else jobs, progress), strict=True):
            report.begin(source)
            try:
                second = _Second(source, asked) if engine else None
                if answering is not None:  # --only chooses what is shown, not what is answered
                    run = answering.of(source, kept, selected(run, replace(selection, only=frozenset())))
                told = selected(second.run if second else run, selection)
                found = _judge(source, splitting.heard(told, _FAILING[fail_on]), report, progress, max_problems, second)
            except Exception as error:  # one file's misfortune: the others are judged, and JSON stays one document
                said = sentence(error)
                report.failed(said)
                refuse(said)
                code = IMPOSSIBLE
            else:
                if any(found[severity] for severity in _FAILING[fail_on]):
                    code = max(code, FINDINGS)
        report.close()
    if code != IMPOSSIBLE:
        splitting.write()
    gc.freeze()  # nor is what is left looked through when the process ends
    return code


def _asked(level: int, rule_files: Sequence[str], code_files: Mapping[str, str]) -> Asked:
    """What the files are judged by; a broken file of rules or codes is said at once."""
    for file in rule_files:
        from edi.guides.rules.files import read

        found = read(file)
        if not (found.rules or found.without):
            asked = "; what it says, edi claims check --rules asks" if found.requirements or found.matching else ""
            raise DefinitionError(f"holds nothing to judge documents by{asked}", file)
    if code_files:
        from edi.guides.codes.lists import with_files

        with_files(code_files)
    return Asked(level, tuple(dict.fromkeys(rule_files)), tuple(code_files.items()))


def _runs(sources: Sequence[str], asked: Asked, jobs: int | None, progress: Progress) -> Iterator[tuple[str, Run]]:
    """Each source with what judges it, on one core or on several."""
    if jobs == 1 or (jobs is None and not _worthwhile(sources)):
        from edi.guides.validation import judge

        return ((source, partial(judge, source, heard=progress.heard, asked=asked)) for source in sources)
    from edi.jobs.validating import judge_each

    return judge_each(sources, heard=progress.heard, asked=asked, jobs=jobs or cores())


def _worthwhile(sources: Sequence[str]) -> bool:
    """Whether more than one core is there and of use: for a large file, or for many."""
    sizes = [Path(source).stat().st_size for source in sources if source != "-" and Path(source).is_file()]
    return (len(sizes) >= MANY or max(sizes, default=0) >= LARGE) and cores() > 1


def _judge(source: str, run: Run, report: Report, progress: Progress, most: int | None, second: _Second | None) -> Counter[str]:
    """Judge one file into the report; how many problems of each severity there were."""
    found: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    progress.begin(source)

    def take(problem: Problem) -> None:
        found[problem.severity] += 1
        progress.clear()
        if most is None or found.total() <= most:
            report.problem(problem)
        else:
            left_out[problem.code] += 1

    def end(transaction: TransactionReport) -> None:
        report.transaction(transaction)
        progress.step(transaction.segments)

    run(take, end)
    if second is not None:
        report.compared(second.opinion(), most)
    progress.clear()
    report.end(not found[ERROR], left_out)
    return found


class _Second:
    """A file that pyx12 is asked about too: its bytes, for it is read twice and may be standard input, and what we say of it."""

    def __init__(self, source: str, asked: Asked) -> None:
        from edi.guides.comparison import OurOpinion
        from edi.text.segments import close_source, open_source

        self._name, self._asked = source, asked
        self._ours = OurOpinion()
        file = open_source(source)
        try:
            self._data = file.read()
        finally:
            close_source(file, source)

    def run(self, take: Callable[[Problem], None], end: Callable[[TransactionReport], None]) -> None:
        """Judge it, and remember all that was found."""
        from edi.guides.validation import judge

        def problem(found: Problem) -> None:
            if found.level <= LEVEL_OF_GUIDES:  # pyx12 knows no rules
                self._ours.problem(found)
            take(found)

        def transaction(judged: TransactionReport) -> None:
            self._ours.transaction(judged)
            end(judged)

        judge(self._data, problem, transaction, asked=self._asked)

    def opinion(self) -> Comparison:
        """What pyx12 says of it, beside what we say; at a terminal, how far pyx12 has come."""
        from edi.guides.reasons import compare

        words = at_a_terminal()
        try:
            return compare(self._data, self._ours, self._tell if words else None)
        finally:
            if words:
                click.echo("\r\x1b[K", nl=False, err=True)

    def _tell(self, segments: int) -> None:
        click.echo(f"\redi: {click.format_filename(self._name)}: pyx12 has read {segments:,} segments", nl=False, err=True)
