"""edi remittances show, claim: what an 835 says by itself, and what stands of a claim after all that came for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

import click

from edi.cli.options import (
    FINDINGS,
    IMPOSSIBLE,
    Command,
    format_option,
    ledger_option,
    refuse,
    sentence,
    sources_argument,
)

if TYPE_CHECKING:  # imported when the command runs
    from edi.records.advice import Remittance
    from edi.reports.remittances import RemittanceTally

__all__ = ["claim", "show"]

_NONE: Final = "no remittance (835) that can be read; edi-validate says why."


@click.command(cls=Command)
@sources_argument
@click.option("--claims", is_flag=True, help="Tell of each claim and line too, as they come; in CSV a row for each claim.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True,
    help="For people, one JSON document, or a table with a row for each remittance.",
)  # fmt: skip
def show(sources: tuple[str, ...], claims: bool, output_format: str) -> int:
    """Show remittances: check or transfer, payer and payee, sums, what is settled beside claims (PLB), whether it adds up.

    It must add up at three levels: each line, each claim, the whole payment. What does not is told with both sums. Nothing is
    kept, and no ledger is needed. - as PATH is standard input.

    Exit codes: 0 all adds up, 1 something does not or there is no remittance, 2 a file could not be read.
    """
    tell = {"text": _text, "json": _json, "csv": _csv}[output_format]
    return tell(sources, claims)


def _read(source: str) -> Iterator[Remittance]:
    """The remittances of a source; what cannot be opened is said before anything is told of it."""
    from edi.records.advice import read_remittances

    found = read_remittances(source)
    first = next(found, None)
    return iter(()) if first is None else chain((first,), found)


def _text(sources: tuple[str, ...], claims: bool) -> int:
    from edi.reports.columns import counted
    from edi.reports.remittances import RemittanceTally, to_text
    from edi.reports.text import named

    code = 0
    for source in sources:
        told = RemittanceTally()
        try:
            for line in to_text(_read(source), told, claims=claims):
                click.echo(line)
        except Exception as error:  # one file's misfortune: the others are told
            refuse(sentence(error))
            code = IMPOSSIBLE
            continue
        code = max(code, _code(told))
        faults = "it all adds up" if told.clean else counted(told.faults, "fault")
        told_of = f"{counted(told.remittances, 'remittance')}, {faults}" if told.remittances else _NONE
        click.echo(f"{named(source)}: {told_of}")
    return code


def _code(told: RemittanceTally) -> int:
    return 0 if told.clean else FINDINGS


def _csv(sources: tuple[str, ...], claims: bool) -> int:
    from edi.reports.remittances import CLAIM_HEAD, HEAD, RemittanceTally, claim_cells, csv_row, remittance_cells

    write, code = sys.stdout.write, 0
    write(csv_row(CLAIM_HEAD if claims else HEAD))
    for source in sources:
        told = RemittanceTally()
        try:
            for remittance in _read(source):
                if claims:
                    for payment, problems in told.claims(remittance):
                        write(csv_row(claim_cells(source, payment, problems)))
                    told.whole(remittance)
                else:
                    write(csv_row(remittance_cells(source, remittance, told)))
        except Exception as error:  # one file's misfortune: the others are told
            refuse(sentence(error))
            code = IMPOSSIBLE
            continue
        if not told.remittances:
            refuse(f"{source}: {_NONE}")
        code = max(code, _code(told))
    return code


def _json(sources: tuple[str, ...], claims: bool) -> int:
    from edi.reports.remittances import RemittanceTally, remittances_to_json

    write, code, between = sys.stdout.write, 0, "\n"
    write('{\n  "version": 1,\n  "files": [')
    for source in sources:
        told = RemittanceTally()
        write(f'{between}    {{\n      "path": {json.dumps(source)},\n')
        between = ",\n"
        try:
            remittances = _read(source)
        except Exception as error:  # one file's misfortune: the others are told, and JSON stays one document
            said = sentence(error)
            refuse(said)
            write(f'      "error": {json.dumps(said)}\n    }}')
            code = IMPOSSIBLE
            continue
        write('      "remittances": [\n')
        for piece in remittances_to_json(remittances, told, claims=claims):
            write(piece)
        write("\n      ]\n    }")
        code = max(code, _code(told))
    write("\n  ]\n}\n")
    return code


@click.command(cls=Command)
@click.argument("number", metavar="CLAIM")
@ledger_option
@format_option
def claim(number: str, ledger_url: str, output_format: str) -> int:
    """Say what stands of a claim after all its payments, reversals and corrections, and what was taken back beside them.

    CLAIM is our number (CLM01) or the payer's (CLP07). Primary and secondary payers are told one by one.

    Exit codes: 0 all is settled, 1 money is to be taken back, or a reversal or recoupment is of nothing that is on file, or
    no remittance pays the claim, 2 could not do it.
    """
    from edi.ledger import Ledger
    from edi.reports.accounts import stray_to_json, stray_to_text, to_json, to_text
    from edi.reports.text import printable

    with Ledger(ledger_url) as kept:
        found, strays = kept.account(number), kept.beside(number)
    if output_format == "json":
        told = {"accounts": [*map(to_json, found)], "beside": [*map(stray_to_json, strays)]}
        click.echo(json.dumps({"version": 1, "claim": number, **told}, indent=2))
    else:
        for line in chain(*map(to_text, found), *map(stray_to_text, strays)):
            click.echo(line)
        if not found and not strays:
            click.echo(printable(f"{number}: no remittance tells of such a claim."))
    return 0 if found and all(net.settled for net in found) and not any(one.bridge for one in strays) else FINDINGS
