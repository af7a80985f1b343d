"""edi claims split: claims that need more numbers than they can carry, divided."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import click

from edi.cli.options import (
    FINDINGS,
    Command,
    format_option,
    ledger_option,
    output_option,
    rules_option,
    same_file,
    source_argument,
    writing,
)

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.splitting import Split

__all__ = ["split"]


@click.command(cls=Command)
@source_argument
@output_option(required=True)
@click.option("--report", metavar="FILE", help="Write what was divided to FILE too: JSON where it ends in .json, else text.")
@rules_option
@ledger_option
@format_option
def split(source: str, output: str, report: str | None, rule_files: tuple[str, ...], ledger_url: str, output_format: str) -> int:
    """Divide the claims of an 837 that need more authorization numbers than they can carry: one claim for each number.

    Which ones, `claims check` says: split-needed. Each part has a claim number of its own (CLM01 with -A, -B ...), the sum of its
    lines, and its REF*G1. What must not be divided, a stay or the services of one day, is copied and told with the reasons; so
    is every other byte. - as PATH is standard input.

    Exit codes: 0 nothing is left to divide, 1 something is, there is no claim or what cannot be read, 2 not done.
    """
    from edi.ledger import Ledger

    if output == "-" and output_format == "json":
        raise click.UsageError("Standard output cannot take both the claims (-o -) and JSON: use --report FILE.json.")
    if report == "-" or (report and any(same_file(report, name) for name in (source, output))):
        raise click.UsageError("--report is for a file of its own: name another.")
    with Ledger(ledger_url) as kept:
        divided = kept.split(source, rule_files)
    with writing(output, over=True) as file:
        divided.write(file)
    if report:
        with writing(report) as file:
            file.write(_told(source, divided, as_json=report.endswith(".json")).encode())
    (sys.stderr if output == "-" else sys.stdout).write(_told(source, divided, as_json=output_format == "json"))
    whole = any(not division.parts for division in divided.claims)
    return FINDINGS if whole or divided.problems or not divided.any_claims else 0


def _told(source: str, divided: Split, *, as_json: bool) -> str:
    if as_json:
        from edi.reports.json import to_json

        problems = [to_json(problem) for problem in divided.problems]
        return json.dumps({**divided.to_json(), "path": source, "problems": problems}, indent=2) + "\n"
    from edi.reports.columns import columns, counted, money
    from edi.reports.text import TextReport, named, printable

    told = io.StringIO()
    report = TextReport(told.write)
    report.begin(source)
    for problem in divided.problems:
        report.problem(problem)
    if not divided.any_claims:
        return f"{told.getvalue()}{named(source)}: no claims.\n"
    said: list[str] = []
    for division in divided.claims:
        count = counted(len(division.parts), "claim")
        said.append(f"{printable(division.claim)}: {f'divided into {count}' if division.parts else 'not divided'}")
        said += [f"    {printable(reason)}" for reason in division.reasons]
        rows = [(part.claim, part.authorization, "line " + ", ".join(part.lines), money(part.amount)) for part in division.parts]
        said += [f"    {line}" for line in list(columns(("", "", "", ""), rows, right=[3]))[1:]]
    parts = sum(len(division.parts) for division in divided.claims)
    whole = sum(not division.parts for division in divided.claims)
    done = len(divided.claims) - whole
    said.append(
        f"{named(source)}: {counted(done, 'claim')} divided into {parts}, {whole} not divided"
        if divided.claims
        else f"{named(source)}: nothing to divide."
    )
    return told.getvalue() + "".join(f"{line}\n" for line in said)
