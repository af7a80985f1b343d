"""edi requirements: what a payer wants authorized."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import FINDINGS, Group, format_option, rules_option
from edi.errors import RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.rules.requirement import RequirementRule
    from edi.linkage.requirements import Answer

__all__ = ["requirements"]


class _Said(click.ParamType):
    """What a function of `queries` reads."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        from edi.linkage import queries

        try:
            return getattr(queries, self.name)(value)
        except RecordError as error:
            self.fail(f"{value!r} {error}", parameter, context)


@click.group(cls=Group)
def requirements() -> None:
    """What a payer wants authorized, by its rules."""


@requirements.command()
@click.option("--payer", required=True, metavar="PAYER", help="Its id or name.")
@click.option(
    "--procedure", type=_Said("procedure_in"), required=True, metavar="CODE", help="CPT, HCPCS or CDT; 27447-RT with a modifier."
)
@click.option(
    "--modifier",
    "modifiers",
    type=_Said("modifiers_in"),
    multiple=True,
    metavar="CODE",
    help="May be repeated; none: it has no modifier.",
)
@click.option(
    "--together",
    type=_Said("together_in"),
    multiple=True,
    metavar="CODE",
    help="Another procedure of the same day; may be repeated; none.",
)
@click.option(
    "--diagnosis",
    "diagnoses",
    type=_Said("diagnoses_in"),
    multiple=True,
    metavar="CODE",
    help="ICD-10-CM, with a dot or without; may be repeated.",
)
@click.option("--place", type=_Said("place_in"), metavar="CODE", help="Place of service, such as 22.")
@click.option("--bill", type=_Said("bill_in"), metavar="CODE", help="Type of bill, such as 131, of an institutional claim.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="The date of service; today when it is not given.")
@click.option("--state", type=_Said("state_in"), metavar="CODE", help="Where it is done, such as TX.")
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
    procedure, behind = said["procedure"]
    query = Query(
        payer=said["payer"],
        procedure=procedure,
        modifiers=behind + _all(said["modifiers"]) if behind or said["modifiers"] else None,
        together=_all(said["together"]) if said["together"] else None,
        diagnoses=_all(said["diagnoses"]) if said["diagnoses"] else None,
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


def _all(said: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(said))


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
