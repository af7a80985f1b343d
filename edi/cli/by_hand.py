"""edi authorizations add, import, export: what came by phone, portal, fax or letter, and spreadsheets."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import (
    FINDINGS,
    Command,
    format_option,
    ledger_option,
    output_option,
    refuse,
    rules_option,
    source_argument,
    writing,
)
from edi.errors import RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.spreadsheet_news import ToldAuthorization
    from edi.records.spreadsheet import Entry, RowProblem

__all__ = ["add", "export", "import_"]


def _text(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    """A choice that need not be made, as a cell."""
    return value or ""


@click.command(cls=Command)
@click.option("--number", default="", help="The authorization's number, as the payer said it; none for what has none yet.")
@click.option(
    "--decision", default="certified", show_default=True, help="certified, modified, denied, pended, cancelled, not-required ..."
)
@click.option("--kind", default="authorization", show_default=True, help="authorization, admission or referral.")
@click.option("--level", type=click.Choice(["U", "03", "E"]), callback=_text, help="UM06: U urgent, 03 emergency, E elective.")
@click.option("--payer", "payer_id", default="", metavar="ID", help="The payer's id.")
@click.option("--payer-name", "payer", default="", metavar="NAME")
@click.option("--member", "member_id", default="", metavar="ID", help="The subscriber's member id.")
@click.option("--last-name", default="", metavar="NAME", help="The patient's.")
@click.option("--first-name", default="", metavar="NAME")
@click.option("--birth-date", default="", metavar="DATE")
@click.option(
    "--procedure", "procedures", multiple=True, metavar="CODE", help="97110, with modifiers 97110-GP; may be given several times."
)
@click.option("--teeth", default="", metavar="TEETH", help="Of a dental procedure: 3, or with surfaces 3-MO; several: '3-MO 14'.")
@click.option(
    "--oral-cavity", default="", metavar="AREAS", help="Of a dental procedure: the areas of the mouth, such as '10 20'."
)
@click.option("--revenue-code", default="", metavar="CODE")
@click.option("--place", default="", metavar="CODE", help="The place of service, where it was certified for one.")
@click.option("--start", default="", metavar="DATE", help="The first day that is certified.")
@click.option("--end", default="", metavar="DATE", help="The last one.")
@click.option("--units", default="", metavar="NUMBER", help="How much, of each procedure.")
@click.option("--unit", default="", metavar="CODE", help="Of what: UN units (when not given), VS visits, DY days, MJ minutes.")
@click.option("--provider-npi", default="", metavar="NPI", help="Who gives the service.")
@click.option("--channel", required=True, help="phone, portal, fax or letter.")
@click.option("--told-by", default="", metavar="NAME", help="Who said so.")
@click.option(
    "--reference", "call_reference", default="", metavar="NUMBER", help="The payer's number of the call, fax or letter."
)
@click.option("--date", "day", default="", metavar="DATE", help="When it was said; today when not given.")
@click.option("--decide-by", default="", metavar="DATE", help="Of what is pended: until when the payer says that it decides.")
@click.option("--request", "trace", default="", metavar="TRACE", help="The trace number (TRN02) of the request that it answers.")
@rules_option
@ledger_option
def add(ledger_url: str, rule_files: tuple[str, ...], procedures: tuple[str, ...], day: str, **cells: str) -> None:
    """Keep what the payer said by phone, portal, fax or letter. It is as good as a response, and says where it comes from.

    It answers the request that it names, else what waits of the same call, or alone for the same services and dates. A number
    that has not the shape of the payer's rule (--rules) is kept, and told; so is a trace (--request) that no request has.
    """
    from edi.ledger import Ledger
    from edi.records.spreadsheet import entries_of

    cells["date"] = day or date.today().isoformat()
    rows = [(n, cells | {"procedure": procedure}) for n, procedure in enumerate(procedures or ("",))]
    entries, problems = entries_of(rows)
    if problems:
        raise RecordError(f"{problems[0].column}: {problems[0].message}.")
    with Ledger(ledger_url) as kept:
        (told,) = kept.record_told([entry.record for entry in entries], now=datetime.now(UTC))
    for said in (*_unclear(entries, [told]), *_misshapen(entries, rule_files)):
        refuse(f"{said.message}.")
    kept_as = "kept" if told.new else "known already; nothing changed"
    if told.of:
        kept_as = f"kept; it belongs to {told.of}"
    elif told.new and not cells["trace"] and told.record.traces:
        kept_as = f"kept; its trace is {told.record.traces[0]}"
    click.echo(f"{cells['kind'].capitalize()} {cells['number'] or '(no number yet)'}: {kept_as}.")


@click.command("import", cls=Command)
@source_argument
@rules_option
@ledger_option
@format_option
def import_(source: str, rule_files: tuple[str, ...], ledger_url: str, output_format: str) -> int:
    """Take authorizations from a spreadsheet (CSV).

    Its first row names the columns: docs/authorizations.md has them, `edi authorizations export` writes them. Rows that cannot
    be read are told, and the others are taken; a number that has not the shape of the payer's rule (--rules) is told, and taken,
    and so is a row of which it is unclear what it answers. The same row again changes nothing. - as PATH is standard input.

    Exit codes: 0 all taken, 1 some rows could not be read, have an odd number or are unclear, 2 the file could not be taken.
    """
    from edi.ledger import Ledger
    from edi.records.spreadsheet import read_entries
    from edi.text.segments import open_source

    with open_source(source) as file:
        data = file.read()
    try:
        entries, problems = read_entries(data)
    except RecordError as error:
        raise RecordError(f"{'standard input' if source == '-' else source}: {error}") from error
    with Ledger(ledger_url) as kept:
        told = kept.record_told([entry.record for entry in entries], now=datetime.now(UTC))
    unclear = [*_unclear(entries, told), *_misshapen(entries, rule_files)]
    problems = sorted([*problems, *unclear], key=lambda problem: problem.row)
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "path": source, **_shape(entries, told, problems)}, indent=2))
    else:
        _write_text(source, [one.new for one in told], problems)
    return FINDINGS if problems else 0


@click.command(cls=Command)
@output_option(required=True)
@ledger_option
def export(output: str, ledger_url: str) -> None:
    """Write every authorization of the ledger into a spreadsheet (CSV), a row for each service."""
    from edi.ledger import Ledger
    from edi.records.spreadsheet import write_records

    with Ledger(ledger_url) as kept:
        data = write_records(kept.records())
    with writing(output) as file:
        file.write(data)


def _misshapen(entries: Sequence[Entry], rule_files: Sequence[str]) -> list[RowProblem]:
    """The numbers that have not the shape of their payer's rule, in the files that are named."""
    from edi.guides.rules.files import requirements
    from edi.linkage.shapes import misshapen_numbers
    from edi.records.spreadsheet import RowProblem

    rules = requirements(rule_files, shipped=False)
    return [
        RowProblem(entry.rows[0], "number", said.removesuffix("."))
        for entry in entries
        for said in misshapen_numbers(entry.record, rules)
    ]


def _unclear(entries: Sequence[Entry], told: Sequence[ToldAuthorization]) -> list[RowProblem]:
    """What is not clear about what is answered."""
    from edi.records.spreadsheet import RowProblem

    return [RowProblem(entry.rows[0], "trace", one.doubt) for entry, one in zip(entries, told, strict=True) if one.doubt]


def _shape(entries: Sequence[Entry], told: Sequence[ToldAuthorization], problems: Sequence[RowProblem]) -> dict[str, Any]:
    new = sum(one.new for one in told)
    return {
        "taken": new,
        "known": len(told) - new,
        "authorizations": [
            {"number": one.record.number, "trace": trace, "rows": list(entry.rows), "known": not one.new}
            for entry, one in zip(entries, told, strict=True)
            for trace in (one.record.traces or ("",))[:1]
        ],
        "problems": [problem.to_json() for problem in problems],
    }


def _write_text(source: str, new: Sequence[bool], problems: Sequence[RowProblem]) -> None:
    from edi.reports.columns import counted
    from edi.reports.text import named, printable

    for problem in problems:
        place = f"{problem.column}: " if problem.column else ""
        sys.stdout.write(f"{named(source)}:{problem.row}: {printable(place)}{problem.message}\n")
    known = len(new) - sum(new)
    said = [f"taken: {counted(sum(new), 'authorization')}"] if any(new) else ["nothing new"]
    said += [f"{counted(known, 'authorization')} known already"] if known else []
    said += [counted(len(problems), "problem")] if problems else []
    click.echo(f"{named(source)}: {', '.join(said)}")
