"""edi remittances: what an 835 pays, denies or cuts, why, what it costs, what to do by when."""

from __future__ import annotations

import gc
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import (
    FINDINGS,
    IMPOSSIBLE,
    Group,
    cores_for,
    format_option,
    ledger_option,
    refuse,
    rules_option,
    sentence,
    sources_argument,
)
from edi.cli.progress import progress
from edi.cli.remitted import claim, show

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.payments.accounts import Recoupment
    from edi.ledger.payments.matched import Matched, Unmatched
    from edi.linkage.denials.denial import Finding

__all__ = ["remittances"]


@click.group(cls=Group)
def remittances() -> None:
    """Payments (835): what they are made of, what was denied or cut, and why."""


remittances.add_command(claim)
remittances.add_command(show)


@remittances.command()
@sources_argument
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Read on N cores; when not given on all, for a large file.")
@rules_option
@ledger_option
@format_option
def match(sources: tuple[str, ...], jobs: int | None, rule_files: tuple[str, ...], ledger_url: str, output_format: str) -> int:
    """Say what remittances deny or cut, why, and what to do.

    Of each amount: what the payer says, what the ledger knows, the next step, until when. - as PATH is standard input. What
    is new of a remittance is taken into the ledger, once, and its denials go to the worklist. What it takes back beside claims
    (PLB) is told too, and whether a reversal says why.

    Exit codes: 0 nothing denied and all matched, 1 findings, 2 a file could not be read.
    """
    from edi.guides.rules.files import requirements
    from edi.jobs.matching import reading
    from edi.ledger import Ledger

    files: list[dict[str, Any]] = []
    told: list[tuple[str, Matched]] = []
    code = 0
    gc.freeze()  # what was imported stays: it need not be looked through with each of the records, nor when the process ends
    requirements(rule_files, shipped=False)  # a broken file is said at once
    with reading(ledger_url, rule_files, jobs=cores_for(sources, jobs)) as ask, Ledger(ledger_url) as kept:
        for source in sources:
            try:
                with progress(source, "payments read") as (heard, judged):
                    matched = kept.match(source, rule_files, now=datetime.now(UTC), heard=heard, judged=judged, ask=ask)
            except Exception as error:  # one file's misfortune: the others are matched, and JSON stays one document
                said = sentence(error)
                refuse(said)
                files.append({"path": source, "error": said})
                code = IMPOSSIBLE
                continue
            if matched.findings or matched.unmatched or matched.problems or matched.unexplained:
                code = max(code, FINDINGS)
            if output_format == "text":
                _write_text(source, matched)
            else:
                files.append(_shape(source, matched))
                told.append((source, matched))
    if output_format == "json":
        click.echo(json.dumps(_document(files, told), indent=2))
    return code


def _shape(path: str, matched: Matched) -> dict[str, Any]:
    from edi.reports.json import to_json

    return {"path": path, "payments": matched.payments, "problems": [to_json(problem) for problem in matched.problems]}


def _document(files: list[dict[str, Any]], told: list[tuple[str, Matched]]) -> dict[str, Any]:
    """The findings of all files, each with its path; a file that could not be read has an entry in `files` too."""
    from edi.linkage.denials.denial import totals

    return {
        "version": 1,
        "files": files,
        "findings": [{"path": path, **finding.to_json()} for path, matched in told for finding in matched.findings],
        "unmatched": [{"path": path, **one.to_json()} for path, matched in told for one in matched.unmatched],
        "recouped": [{"path": path, **one.to_json()} for path, matched in told for one in matched.recouped],
        "totals": totals(finding for _, matched in told for finding in matched.findings),
    }


def _write_text(path: str, matched: Matched) -> None:
    from edi.reports.columns import counted, money
    from edi.reports.text import TextReport, named

    write = sys.stdout.write
    report = TextReport(write)
    report.begin(path)
    for problem in matched.problems:
        report.problem(problem)
    for finding in matched.findings:
        write("\n".join((*_page(finding), "")))
    for one in matched.unmatched:
        write("\n".join((*_not_found(one), "")))
    for taken_back in matched.recouped:
        write(f"{_recouped(taken_back)}\n")
    for kind, total in matched.totals.items():
        click.echo(f"{kind}: {counted(total['findings'], 'finding')}, {money(Decimal(total['amount']))}")
    unmatched = f", {len(matched.unmatched):,} of no claim that was sent" if matched.unmatched else ""
    click.echo(f"{named(path)}: {counted(matched.payments, 'payment')}, {counted(len(matched.findings), 'finding')}{unmatched}")


def _page(finding: Finding) -> list[str]:
    """A finding: what and how much, in the payer's words and in ours, the evidence, and what to do."""
    from edi.reports.columns import money
    from edi.reports.text import printable

    claim = finding.claim + (f" line {finding.line}" if finding.line else "")
    cause = f"; we know: {finding.cause}" if finding.cause else ""
    until = f" Until {finding.deadline}." if finding.deadline else ""
    lines = [f"{claim}  {money(finding.amount)}  {finding.kind}{cause}", *(f"    {said}" for said in finding.evidence)]
    return [printable(line) for line in (*lines, f"    -> {finding.action}{until}", "")]


def _not_found(one: Unmatched) -> list[str]:
    """A payment of no claim that was sent, and what speaks against the claims that are nearest to it."""
    from edi.reports.columns import money
    from edi.reports.text import printable

    payment = one.payment
    head = f"{payment.claim}: {one.match.how} (charge {money(payment.charge)}, paid {money(payment.paid)})"
    return [printable(line) for line in (head, *(f"    not {claim}: {', '.join(said)}" for claim, said in one.candidates))]


def _recouped(one: Recoupment) -> str:
    """What was taken back beside claims, and whether a reversal says why."""
    from edi.reports.columns import money
    from edi.reports.text import printable

    whose = f"claim {one.claim} ({one.payer_claim})" if one.claim else f"{one.payer_claim}, of which no payment is on file"
    why = f"; of {money(one.unexplained)} no reversal says why: ask the payer" if one.unexplained else ", as a reversal says"
    return printable(f"Taken back beside claims ({one.code}): {money(one.amount)} for {whose}{why}")
