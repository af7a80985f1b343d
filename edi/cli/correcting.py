"""edi claims correct: the claim that mends one that was denied."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from edi.cli.options import FINDINGS, Command, format_option, ledger_option, output_option, rules_option, writing

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.corrections.correcting import Corrected, Correction

__all__ = ["correct"]


@click.command(cls=Command)
@click.argument("claims", metavar="CLAIM...", nargs=-1, required=True)
@output_option(required=True)
@click.option(
    "--from", "source", metavar="FILE", help="An 837 in which the claims stand as they are to be sent; - is standard input."
)
@click.option("--void", is_flag=True, help="Take the claims back (frequency 8).")
@rules_option
@ledger_option
@format_option
def correct(
    claims: tuple[str, ...],
    output: str,
    source: str | None,
    void: bool,
    rule_files: tuple[str, ...],
    ledger_url: str,
    output_format: str,
) -> int:
    """Write the claims that mend others: a replacement, a new claim, or a void.

    CLAIM is a claim's number (CLM01), as it was sent, or the payer's (CLP07), which tells several bills apart, or that of an
    item of the worklist about it (W12). Which instrument it takes is told, and why: what the payer decided is replaced
    (frequency 7, REF*F8 its newest claim number), what it did not process comes as a new claim. REF*G1 stands as it would be
    linked now; every other byte of the claim is as it was sent, or as in --from FILE. Control numbers are the ledger's.

    What would get the same answer again is refused. A claim counts as sent when the file is taken (edi ledger import); edi
    claims release gives back what it reserves if it is not sent.

    Exit codes: 0 all are written, 1 some are refused or FILE is cut off, 2 not done.
    """
    from edi.ledger import Ledger

    if output == "-" and output_format == "json":
        raise click.UsageError("Standard output cannot take both the claims (-o -) and JSON.")
    with Ledger(ledger_url) as kept:
        corrected = kept.correct(
            claims, rule_files, now=datetime.now().replace(second=0, microsecond=0), void=void, source=source
        )
    if corrected.data:
        with writing(output) as file:
            file.write(corrected.data)
    stream = sys.stderr if output == "-" else sys.stdout
    if output_format == "json":
        from edi.reports.json import to_json

        shape = {**corrected.to_json(), "problems": [to_json(problem) for problem in corrected.problems]}
        stream.write(json.dumps(shape, indent=2) + "\n")
    else:
        from edi.reports.text import TextReport

        report = TextReport(stream.write)
        report.begin(source or "")
        for problem in corrected.problems:
            report.problem(problem)
        stream.writelines(f"{line}\n" for line in _lines(corrected, output))
    return 0 if all(one.written for one in corrected.claims) and not corrected.problems else FINDINGS


def _lines(corrected: Corrected, output: str) -> Iterator[str]:
    from edi.reports.columns import counted
    from edi.reports.text import named, printable

    for one in corrected.claims:
        yield from map(printable, _page(one))
    written = [one for one in corrected.claims if one.written]
    if not written:
        yield f"Nothing is written: {counted(len(corrected.claims), 'claim')} refused."
        return
    refused = len(corrected.claims) - len(written)
    numbers = ", ".join(dict.fromkeys(one.interchange for one in written))
    more = f", {refused} refused" if refused else ""
    yield f"{named(output)}: {counted(len(written), 'claim')} in interchange {numbers}{more}"


def _page(one: Correction) -> list[str]:
    from edi.reports.columns import money

    plan = one.plan
    if plan.instrument is None:
        what = f"refused: {plan.refusal}"
    else:
        what = f"{plan.instrument}, frequency {plan.frequency}" + (f", REF*F8 {plan.original}" if plan.original else "")
    return [f"{one.claim}  {money(one.amount)}  {what}", *(f"    {reason}" for reason in plan.reasons)]
