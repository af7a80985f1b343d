"""edi export: what the ledger knows as tables, for other programs to calculate with."""

from __future__ import annotations

from contextlib import ExitStack

import click

from edi.cli.options import FINDINGS, Command, folder_to_write, key_option, ledger_option, refuse, writing

__all__ = ["export"]


@click.command(cls=Command)
@click.argument("folder", metavar="DIR")
@click.option(
    "--format", "output_format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True,
    help="parquet needs the extra of that name.",
)  # fmt: skip
@click.option("--values", is_flag=True, help="Show what is about a person (PHI): member ids, names, days of service.")
@key_option
@ledger_option
def export(folder: str, output_format: str, values: bool, key: str, ledger_url: str) -> int:
    """Write all that the ledger knows into DIR, a file for each table (docs/export.md).

    Authorizations, services, claims, lines, numbers, uses, payments, their lines and adjustments, findings, work: typed, with
    keys that join. Members and patients are tokens, the same in each export with the same --key, and days of service are left
    out, unless --values is given. The files appear together, when all are written, for their owner alone.

    Exit codes: 0 all written, 1 an amount that its column has no room for was left out, 2 could not do it.
    """
    from edi.ledger import Ledger
    from edi.ledger.figures.exported import TABLES
    from edi.reports.columns import counted
    from edi.reports.datasets import WRITERS
    from edi.text.redaction import Tokens

    place = folder_to_write(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    with Ledger(ledger_url) as kept, kept.export(None if values else Tokens(key)) as exporting, ExitStack() as files:
        for table in TABLES:
            file = files.enter_context(writing(str(place / f"{table.name}.{output_format}")))
            counts[table.name] = WRITERS[output_format](file, table, exporting.rows(table))
    for name, count in counts.items():
        click.echo(f"{name}.{output_format}: {counted(count, 'row')}")
    for column, count in sorted(exporting.left_out.items()):
        refuse(f"{column}: {counted(count, 'amount')} left out, that the column has no room for.")
    return FINDINGS if exporting.left_out else 0
