"""edi requirements: what a payer wants authorized."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.options import FINDINGS, Group, format_option, rules_option

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.rules.requirement import RequirementRule, Shape
    from edi.linkage.requirements import Answer

__all__ = ["requirements"]

_NONE: Final = "NONE"
"""What is said where there are none."""


def _place(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A place of service with both its digits."""
    from edi.guides.rules.requirement import PLACES

    return _shaped(PLACES, value, value and value.zfill(2))


def _state(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A state by its two letters."""
    from edi.guides.rules.requirement import STATES

    return _shaped(STATES, value, value and value.upper())


def _bill(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A type of bill with its frequency, without a leading zero."""
    from edi.guides.rules.requirement import BILLS

    return _shaped(BILLS, value, value and value.upper().removeprefix("0" if len(value) > 3 else ""))


def _shaped(shape: Shape, value: str | None, code: str | None) -> str | None:
    """What was said as a code of this shape; the x of rules, which is any character, is none of a code."""
    if value is None or code is None:
        return None
    if not value.isascii() or "x" in code or not shape.fits(code):
        raise click.BadParameter(f"{value!r} is no {shape.name}: {shape.words}.")
    return code


@click.group(cls=Group)
def requirements() -> None:
    """What a payer wants authorized, by its rules."""


@requirements.command()
@click.option("--payer", required=True, metavar="PAYER", help="Its id or name.")
@click.option("--procedure", required=True, metavar="CODE", help="CPT, HCPCS or CDT.")
@click.option("--modifier", "modifiers", multiple=True, metavar="CODE", help="May be repeated; none: it has no modifier.")
@click.option("--together", multiple=True, metavar="CODE", help="Another procedure of the same day; may be repeated; none.")
@click.option(
    "--diagnosis", "diagnoses", multiple=True, metavar="CODE", help="ICD-10-CM, with a dot or without; may be repeated."
)
@click.option("--place", callback=_place, metavar="CODE", help="Place of service, such as 22.")
@click.option("--bill", callback=_bill, metavar="CODE", help="Type of bill, such as 131, of an institutional claim.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="The date of service; today when it is not given.")
@click.option("--state", callback=_state, metavar="CODE", help="Where it is done, such as TX.")
@click.option("--plan", "plans", multiple=True, metavar="WORDS", help="What is known of the plan; may be repeated.")
@click.option("--age", type=click.IntRange(0, 150), help="The patient's, in years.")
@click.option("--quantity", type=click.IntRange(0), help="How much in all, as the rule counts: units, visits, days.")
@click.option("--npi", "npis", multiple=True, metavar="NPI", help="Of who gives the service.")
@click.option("--network", type=click.Choice(["in", "out"]), help="Whether the provider is in the payer's network.")
@click.option("--gold-card", is_flag=True, help="The payer told the provider that it is exempt.")
@rules_option
@format_option
def ask(on: datetime | None, rule_files: tuple[str, ...], output_format: str, **said: Any) -> int:
    """Ask whether a payer wants a service authorized.

    What is not given is not known: an answer that depends on it says so.

    Exit codes: 0 not required, 1 required or not known, 2 a file could not be read.
    """
    from edi.guides.rules.files import requirements as rules
    from edi.linkage.requirements import Need, Query, requirement

    day = on.date() if on else date.today()
    query = Query(
        payer=said["payer"],
        procedure=said["procedure"].upper(),
        modifiers=_codes(said["modifiers"]),
        together=_codes(said["together"]),
        diagnoses=_codes(said["diagnoses"]),
        place=said["place"],
        bill=said["bill"],
        on=day,
        state=said["state"],
        plans=said["plans"] or None,
        age=said["age"],
        quantity=None if said["quantity"] is None else Decimal(said["quantity"]),
        npis=said["npis"] or None,
        network=None if said["network"] is None else said["network"] == "in",
        gold_carded=said["gold_card"],
    )
    known = rules(rule_files)
    answer, referral = requirement(query, known), requirement(query, known, referral=True)
    if output_format == "json":
        asked = {"payer": query.payer, "procedure": query.procedure, "date": day.isoformat()}
        click.echo(json.dumps({"version": 1, "asked": asked, **answer.to_json(), "referral": referral.to_json()}, indent=2))
    else:
        click.echo("\n".join(_lines(answer)))
        if referral.rule is not None:
            click.echo("\n".join(("", *_lines(referral, "referral: "))))
    settled = answer.need is Need.NOT_REQUIRED and (referral.rule is None or referral.need is Need.NOT_REQUIRED)
    return 0 if settled else FINDINGS


@requirements.command("list")
@click.option("--payer", default="", metavar="PAYER", help="Only those of this payer, by its id or name.")
@rules_option
@format_option
def list_(payer: str, rule_files: tuple[str, ...], output_format: str) -> None:
    """List the rules by which edi requirements ask answers, in their order."""
    from edi.guides.rules.files import requirements as rules
    from edi.linkage.requirements import to_json
    from edi.reports.columns import columns, counted

    found = [rule for rule in rules(rule_files) if not payer or rule.is_for(payer)]
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "rules": [to_json(rule) for rule in found]}, indent=2))
        return
    for line in columns(("rule", "payer", "wants", "from", "until", "procedures"), map(_row, found)):
        click.echo(line)
    click.echo(f"\n{counted(len(found), 'rule')}.")


def _codes(said: tuple[str, ...]) -> tuple[str, ...] | None:
    """Codes in capital letters; None where nothing is said of them."""
    codes = tuple(code.upper() for code in said)
    return (() if codes == (_NONE,) else codes) if codes else None


def _row(rule: RequirementRule) -> tuple[str, ...]:
    first, *others = rule.procedures or ("",)
    procedures = f"{first}, ..." if others else str(first)
    return (rule.name, rule.payer or "every payer", rule.wants, rule.start, rule.end, procedures)


def _lines(answer: Answer, what: str = "") -> Iterator[str]:
    """An answer, then what its rule wants, a line each."""
    yield f"{what}{answer.need.value.replace('-', ' ')}"
    yield f"  {answer.why}"
    rule = answer.rule
    if rule is None:
        return
    if not rule.exempts:
        yield f"  wants       {rule.wants}"
    for document in rule.documents:
        yield f"  document    {document}"
    for fact in rule.facts:
        yield f"  to be shown {fact}"
    for tried in rule.tried:
        yield f"  tried first {tried}"
    if rule.standard:
        yield f"  decided     within {rule.standard}" + (f", expedited {rule.expedited}" if rule.expedited else "")
    for label, value in (
        ("by", rule.decided_by),
        ("valid", rule.valid),
        ("up to", rule.limit),
        ("number like", rule.number),
        ("note", rule.note),
    ):
        if value:
            yield f"  {label:<11} {value}"
