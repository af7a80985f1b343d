"""edi batch: the files of a folder, each once."""

from __future__ import annotations

import gc
import json
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.options import FINDINGS, IMPOSSIBLE, Group, codes_option, cores, format_option, kept, refuse, writing
from edi.cli.progress import at_a_terminal
from edi.cli.settings import Configured, check_codes, settings, severity_option
from edi.errors import EdiError

if TYPE_CHECKING:  # imported when the command runs
    from edi.jobs.batch.partners import PartnerTerms
    from edi.jobs.batch.running import BatchOutcome, Settings

__all__ = ["batch"]

SETTLE: Final = 2.0
_EVERY: Final = 1.0
"""Seconds between two looks at an inbox that is watched."""


@click.group(cls=Group)
def batch() -> None:
    """The files of a folder, each once."""


def _config(context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A file of settings in the place of the one that is found."""
    if value is not None:
        context.default_map = settings(Path.cwd(), value)
    return value


@batch.command(cls=Configured)
@click.option("--inbox", required=True, metavar="DIR", help="Where files come in.")
@click.option("--outbox", required=True, metavar="DIR", help="Where outputs go, and the files themselves.")
@click.option(
    "--ledger",
    "ledger_url",
    metavar="URL",
    envvar="EDI_LEDGER",
    callback=kept,
    help="The ledger (or EDI_LEDGER); else OUTBOX/edi.db.",
)
@click.option("--level", type=click.IntRange(1, 7), default=7, show_default=True, help="Judge levels 1 to N (WEDI SNIP).")
@click.option(
    "--rules", "rule_files", multiple=True, metavar="FILE",
    help="A file of rules, for judging, linking or both, or a shipped one's name; may be repeated.",
)  # fmt: skip
@codes_option
@severity_option
@click.option(
    "--split", type=click.Choice(["acknowledged", "claim", "transaction", "file"]), default="acknowledged", show_default=True,
    help="What of claims is not linked: what its acknowledgments reject, or each claim, transaction, file at fault.",
)  # fmt: skip
@click.option("--sent", is_flag=True, help="Claims that are linked count as sent.")
@click.option("--tests", is_flag=True, help="The ledger is one of tests (ISA15 T); production is left alone.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Judge on N cores; on all when not given.")
@click.option("--settle", type=click.FloatRange(0), default=SETTLE, show_default=True, metavar="SECONDS",
              help="A file that does not change for so long is finished.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Go on looking for files, until a signal ends it.")
@click.option("--config", callback=_config, is_eager=True, expose_value=False, metavar="FILE", help="A file of settings.")
@click.option("--log", "log", type=click.Choice(["json"]), help="Tell each event on standard error, in a line of JSON.")
@click.option("--metrics", metavar="FILE", help="Write the run's figures for Prometheus into FILE.")
@format_option
def run(
    inbox: str,
    outbox: str,
    ledger_url: str | None,
    level: int,
    rule_files: tuple[str, ...],
    code_files: Mapping[str, str],
    severity: Mapping[str, str],
    split: str,
    sent: bool,
    tests: bool,
    jobs: int | None,
    settle: float,
    watch: bool,
    log: str | None,
    metrics: str | None,
    output_format: str,
) -> int:
    """Work off the files of a folder: judged, answered, split, linked, matched, taken, put away.

    What each is, it sees for itself. Outputs are named from it: NAME.linked.837, NAME.rejected.837, NAME.999, NAME.277CA,
    NAME.TA1, NAME.report.json. The same interchange is worked off once. Killed at any moment and run again, it goes on from
    there. Partners have terms of their own in the settings.

    Exit codes: 0 nothing to report, 1 something is, 2 it could not go on.
    """
    from edi.jobs.batch import calling
    from edi.jobs.batch.partners import PartnerTerms

    for name, place in (("inbox", inbox), ("outbox", outbox)):
        if not place:
            raise click.UsageError(f"--{name} names no folder.")
    if metrics == "":
        raise click.UsageError("--metrics names no file.")
    others = PartnerTerms(
        level=level,
        rules=rule_files,
        codes=tuple(code_files.items()),
        severities=tuple(severity.items()),
        split=split,
        sent=sent,
        tests=tests,
    )
    partners = _partners(others)
    if not any(one.rules for one in (others, *partners)):  # who brings rules of his own has codes of his own
        check_codes(severity=severity)
    made = calling.settings(
        inbox, outbox, others=others, partners=partners, ledger=ledger_url, jobs=jobs, cores=cores(), settle=settle
    )
    return _Working(made, log=log is not None, metrics=metrics, output_format=output_format, watch=watch).run()


class _Working:
    """Runs once, or again and again, until a signal comes; then the file at hand is still brought to its end."""

    def __init__(self, made: Settings, *, log: bool, metrics: str | None, output_format: str, watch: bool) -> None:
        self._settings, self._log, self._metrics, self._format = made, log, metrics, output_format
        self._watched = watch
        self._stopped = False
        self._done = 0
        self._unmeasured = ""
        """Why the figures of the last run could not be written."""

    def run(self) -> int:
        """The exit code: that of the run, or of the last that had something to do."""
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            return self._watch() if self._watched else self._once()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _watch(self) -> int:
        """One run after the other. What makes one impossible is said once, and tried again: a ledger may come back."""
        from edi.jobs.batch.inbox import idle

        code, failed, said = 0, False, {""}
        while not self._stopped:
            if failed or not idle(self._settings.inbox):
                outcome = self._run()
                code, failed = self._code(outcome), bool(outcome.error)
                if outcome.files:
                    self._report(outcome)
                for why in (outcome.error, self._unmeasured):
                    if why not in said:
                        refuse(why)
                said = {"", outcome.error, self._unmeasured}
            time.sleep(_EVERY)
        return code

    def _once(self) -> int:
        outcome = self._run()
        self._report(outcome)
        for why in filter(None, (outcome.error, self._unmeasured)):
            refuse(why)
        return self._code(outcome)

    def _run(self) -> BatchOutcome:
        from edi.jobs.batch import running

        gc.freeze()  # what was imported stays: neither this process nor those that it starts need look it through
        outcome = running.run(self._settings, self._tell, lambda: self._stopped)
        if at_a_terminal() and not self._log:
            click.echo("\r\x1b[K", nl=False, err=True)
        self._unmeasured = self._measure(outcome)
        return outcome

    def _measure(self, outcome: BatchOutcome) -> str:
        """Write the figures; why they cannot be written. The work is done all the same, and what became of it is told."""
        from edi.jobs.batch import telling

        if self._metrics is None:
            return ""
        try:
            with writing(self._metrics, readable=True) as file:  # who collects them is another user
                file.write(telling.metrics(outcome, datetime.now(UTC)).encode())
        except EdiError as error:
            return str(error)
        except OSError as error:
            return f"{self._metrics}: {error.strerror}."
        return ""

    def _code(self, outcome: BatchOutcome) -> int:
        return IMPOSSIBLE if outcome.error or self._unmeasured else 0 if outcome.clean else FINDINGS

    def _report(self, outcome: BatchOutcome) -> None:
        from edi.jobs.batch import telling

        if self._format == "json":
            click.echo(json.dumps(telling.to_json(outcome), indent=None if self._watched else 2))
        else:
            for line in telling.to_text(outcome):
                click.echo(line)
        sys.stdout.flush()

    def _tell(self, name: str, **told: Any) -> None:
        """An event: as a line where that is asked for, else how far it has come, at a terminal."""
        from edi.jobs.batch import telling

        self._done += name == "finished"
        if self._log:
            click.echo(telling.event(name, datetime.now(UTC), **told), err=True)
        elif at_a_terminal() and name == "begun":
            click.echo(f"\redi: {self._done:,} files done; {click.format_filename(told['file'])}\x1b[K", nl=False, err=True)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopped = True


def _partners(others: PartnerTerms) -> tuple[PartnerTerms, ...]:
    """The partners of the settings, if there are any."""
    from edi.jobs.batch.partners import partners

    found = (click.get_current_context().default_map or {}).get("partner")
    return partners(found["tables"], others, found["file"]) if found else ()
