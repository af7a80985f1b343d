"""edi requirements: what a payer wants authorized."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from edi.cli.options import FINDINGS, Group, files, format_option, rules_option
from edi.cli.scheduling import answer_schedule, settled
from edi.errors import RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.rules.requirement import RequirementRule
    from edi.linkage.queries import Known
    from edi.linkage.requirements import RequirementAnswer

__all__ = ["known_options", "requirements", "terms_of"]

F = TypeVar("F", bound=Callable[..., Any])


def _by(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that reads an option, or each where it may be repeated, by a function of `queries`."""

    def read(value: str) -> Any:
        from edi.linkage import queries

        try:
            return getattr(queries, name)(value)
        except RecordError as error:
            raise click.BadParameter(f"{value!r} {error}") from error

    def called(context: click.Context, option: click.Parameter, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(read, value))
        return None if value is None else read(value)

    return called


def known_options(function: F) -> F:
    """--bill, --state, --plan, --age, --quantity, --npi, --network, --gold-card together, as `known`."""

    @click.option(
        "--bill", callback=_by("bill_in"), metavar="CODE", help="Type of bill, such as 131; none: no institutional claim."
    )
    @click.option("--state", callback=_by("state_in"), metavar="CODE", help="Where it is done, such as TX.")
    @click.option("--plan", "plans", multiple=True, metavar="WORDS", help="What is known of the plan; may be repeated.")
    @click.option("--age", type=click.IntRange(0, 150), help="The patient's, in years.")
    @click.option("--quantity", type=click.IntRange(0), help="How much in all, as the rule counts: units, visits, days.")
    @click.option("--npi", "npis", multiple=True, metavar="NPI", help="Of who gives the service.")
    @click.option("--network", type=click.Choice(["in", "out"]), help="Whether the provider is in the payer's network.")
    @click.option("--gold-card", "gold_carded", is_flag=True, help="The payer told the provider that it is exempt.")
    @wraps(function)
    def knowing(**said: Any) -> Any:
        from edi.linkage.queries import Known

        own = {name: said.pop(name) for name in ("bill", "state", "plans", "age", "quantity", "npis", "network", "gold_carded")}
        own["network"] = {"in": True, "out": False}.get(own["network"])
        own["quantity"] = None if own["quantity"] is None else Decimal(own["quantity"])
        known = Known(**own | {name: own[name] or None for name in ("plans", "npis", "gold_carded")})
        return function(known=known, **said)

    return cast(F, knowing)


@click.group(cls=Group)
def requirements() -> None:
    """What a payer wants authorized, by its rules."""


@requirements.command()
@click.option(
    "--from", "source", metavar="FILE", shell_complete=files, help="Ask about each row of a schedule (CSV); - is standard input."
)
@click.option("--payer", callback=_by("payer_named"), metavar="PAYER", help="Its id or name.")
@click.option(
    "--procedure",
    callback=_by("procedure_in"),
    metavar="CODE",
    help="CPT, HCPCS or CDT; 27447-RT with a modifier. Of a stay none: --place 21 or --bill 111.",
)
@click.option(
    "--modifier",
    "modifiers",
    callback=_by("modifiers_in"),
    multiple=True,
    metavar="CODE",
    help="May be repeated; none: it has no modifier.",
)
@click.option(
    "--together",
    callback=_by("together_in"),
    multiple=True,
    metavar="CODE",
    help="Another procedure of the same day; may be repeated; none.",
)
@click.option(
    "--diagnosis",
    "diagnoses",
    callback=_by("diagnoses_in"),
    multiple=True,
    metavar="CODE",
    help="ICD-10-CM, with a dot or without; may be repeated.",
)
@click.option("--place", callback=_by("place_in"), metavar="CODE", help="Place of service, such as 22.")
@click.option(
    "--date",
    "on",
    callback=_by("day_in"),
    metavar="DATE",
    help="The date of service, 2026-09-15 or 9/15/2026; today when it is not given.",
)
@known_options
@rules_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="For people, one JSON document, or of a schedule its rows with the answers behind them.",
)
def ask(source: str | None, on: date | None, known: Known, rule_files: tuple[str, ...], output_format: str, **said: Any) -> int:
    """Ask whether a payer wants a service authorized, or the services of a schedule.

    What is not given is not known: an answer that depends on it says so. The columns of a schedule are those of
    docs/requirements.md; rows that cannot be read are told, and the others answered.

    Exit codes: 0 nothing is required, 1 something is, or is not known, or a row could not be read, 2 a file could not be read.
    """
    from edi.guides.rules.files import requirements as rules
    from edi.linkage.queries import NOTHING_ELSE
    from edi.linkage.requirements import Query, requirement

    if source is not None:
        if any(said.values()) or on or known != NOTHING_ELSE:
            raise click.UsageError("--from takes all that is asked from its rows: beside it stand only --rules and --format.")
        return answer_schedule(source, rules(rule_files), output_format)
    if not said["payer"]:
        raise click.UsageError("Missing option '--payer', or '--from' with a schedule.")
    if output_format == "csv":
        raise click.UsageError("--format csv is of a schedule (--from).")
    if not (said["procedure"] or said["place"] or known.bill):
        raise click.UsageError("Missing option '--procedure'; of a stay '--place 21' or '--bill 111' says what is asked about.")
    day = on or date.today()
    procedure, behind = said["procedure"] or ("", ())
    query = Query(
        payer=said["payer"],
        procedure=procedure,
        modifiers=behind + _all(said["modifiers"]) if behind or said["modifiers"] else None,
        together=_all(said["together"]) if said["together"] else None,
        diagnoses=_all(said["diagnoses"]) if said["diagnoses"] else None,
        place=said["place"],
        on=day,
    )
    all_rules = rules(rule_files)
    query = known.added_to(query)
    answer, referral = requirement(query, all_rules), requirement(query, all_rules, referral=True)
    if output_format == "json":
        asked = {"payer": query.payer, "procedure": query.procedure, "date": day.isoformat()}
        click.echo(json.dumps({"version": 1, "asked": asked, **answer.to_json(), "referral": referral.to_json()}, indent=2))
    else:
        click.echo("\n".join(_lines(answer)))
        if not any(rule.payer and rule.is_for(query.payer) for rule in all_rules):
            click.echo(f"  Rules are known of {', '.join(sorted({rule.payer for rule in all_rules if rule.payer}))}.")
        if referral.rule is not None:
            click.echo("\n".join(("", *_lines(referral, "referral: "))))
    return 0 if settled(answer, referral) else FINDINGS


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


def _lines(answer: RequirementAnswer, what: str = "") -> Iterator[str]:
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
    for label, value in terms_of(rule):
        yield f"  {label:<11} {value}"


def terms_of(rule: RequirementRule) -> Iterator[tuple[str, object]]:
    """What a rule says of the decision, each with a word for it."""
    expedited = f", expedited {rule.expedited}" if rule.expedited else ""
    for label, value in (
        ("decided", f"within {rule.standard}{expedited}" if rule.standard else ""),
        ("by", rule.decided_by),
        ("valid", rule.valid),
        ("up to", rule.limit),
        ("number like", rule.number),
        ("note", rule.note),
    ):
        if value:
            yield label, value
