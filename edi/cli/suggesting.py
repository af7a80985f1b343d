"""edi rules suggest: rules of what payers want, by what they denied and paid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from edi.cli.options import Command, ledger_option, output_option, rules_option, writing

__all__ = ["suggest"]


@click.command(cls=Command)
@click.option("--from-ledger", is_flag=True, required=True, help="By the claims that the ledger keeps, and their answers.")
@rules_option
@click.option("--payer", default="", metavar="ID", help="Only this payer's.")
@click.option("--claims", "least", type=click.IntRange(1), default=3, show_default=True, help="So many must say the same.")
@click.option(
    "--share", type=click.IntRange(1, 100), default=80, show_default=True, metavar="PERCENT",
    help="Such a part of the claims that say anything must say the same.",
)  # fmt: skip
@output_option(help="The file of rules to write; of several payers one for each, with its id in the name.")
@ledger_option
def suggest(
    from_ledger: bool, rule_files: tuple[str, ...], payer: str, least: int, share: int, output: str | None, ledger_url: str
) -> None:
    """Suggest rules of what payers want authorized, for a person to look over.

    That is: procedures that a payer denies for an authorization or a referral and for which no rule of --rules wants one; and
    those for which a rule of --rules does, and that the payer pays without a number. Each says how many claims speak for it.
    What is written is a file of rules as edi rules check takes it; without -o it is shown.
    """
    from edi.ledger import Ledger
    from edi.reports.columns import counted
    from edi.reports.suggestions import files, to_rules
    from edi.reports.text import printable

    assert from_ledger
    with Ledger(ledger_url) as kept:
        found = list(files(kept.suggest(rule_files, payer=payer, least=least, share=Decimal(share) / 100)))
    if not found:
        click.echo("Nothing to suggest.")
        return
    if output in (None, "-"):
        click.echo("\n".join(to_rules(its) for _, its in found), nl=False)
        return
    place = Path(output or "")
    for whose, its in found:
        safe = "".join(c if c.isalnum() else "-" for c in whose)
        path = place if len(found) == 1 else place.with_name(f"{place.stem}-{safe}{place.suffix}")
        with writing(str(path)) as file:
            file.write(to_rules(its).encode())
        click.echo(f"{path}: {counted(len(its), 'rule')} of {printable(whose)} suggested")
