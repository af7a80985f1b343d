"""edi requirements ask --from: the services of a schedule, each answered by the payers' rules."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.options import FINDINGS, refuse
from edi.cli.sending import name_of, within
from edi.errors import RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.rules.requirement import RequirementRule
    from edi.linkage.requirements import RequirementAnswer
    from edi.linkage.schedule import Scheduled
    from edi.records.cells import RowProblem

__all__ = ["answer_schedule", "settled"]

_ANSWERS: Final = ("answer", "rule", "why", "depends_on", "wants", "documents", "tried", "referral", "referral_why")
"""The columns behind those of the schedule."""


def settled(answer: RequirementAnswer, referral: RequirementAnswer) -> bool:
    """Whether a rule says that nothing is needed."""
    from edi.linkage.requirements import Need

    return answer.need is Need.NOT_REQUIRED and (referral.rule is None or referral.need is Need.NOT_REQUIRED)


def answer_schedule(source: str, rules: Sequence[RequirementRule], output_format: str) -> int:
    """Answer each row of a schedule, and tell what could not be read."""
    from edi.linkage.schedule import read_schedule
    from edi.text.segments import open_source

    with open_source(source) as file:
        data = file.read()
    try:
        found, problems = read_schedule(data, rules, date.today())
    except RecordError as error:
        raise within(source, error) from error
    {"text": _text, "json": _json, "csv": _csv}[output_format](source, found, problems)
    return 0 if not problems and all(settled(one.answer, one.referral) for one in found) else FINDINGS


def _text(source: str, found: Sequence[Scheduled], problems: Sequence[RowProblem]) -> None:
    from edi.reports.columns import counted
    from edi.reports.text import named, printable

    for one in found:
        query = one.query
        what = "-".join((query.procedure or "stay", *(query.modifiers or ())))
        for about, answer in (("", one.answer), (" referral", one.referral)):
            if not about or answer.rule is not None:
                said = f"{answer.need.value.replace('-', ' ')}. {answer.why}"
                click.echo(printable(f"{named(source)}:{one.row}: {what} on {query.on}, {query.payer}:{about} {said}"))
    for problem in problems:
        click.echo(printable(f"{named(source)}:{_where(problem)}"))
    needs = Counter(one.answer.need.value.replace("-", " ") for one in found)
    counts = [counted(len(found), "row"), *(f"{count} {need}" for need, count in sorted(needs.items(), reverse=True))]
    counts += [counted(len(problems), "problem")] if problems else []
    click.echo(f"\n{', '.join(counts)}.")


def _where(problem: RowProblem) -> str:
    return f"{problem.row}: {problem.column}{': ' if problem.column else ''}{problem.message}"


def _json(source: str, found: Sequence[Scheduled], problems: Sequence[RowProblem]) -> None:
    shape = {
        "version": 1,
        "path": source,
        "rows": [
            {"row": one.row, "asked": _asked(one), **one.answer.to_json(), "referral": one.referral.to_json()} for one in found
        ],
        "problems": [problem.to_json() for problem in problems],
    }
    click.echo(json.dumps(shape, indent=2))


def _asked(one: Scheduled) -> dict[str, Any]:
    """What a row asks, as in the answer to a single question."""
    return {"payer": one.query.payer, "procedure": one.query.procedure, "date": str(one.query.on)}


def _csv(source: str, found: Sequence[Scheduled], problems: Sequence[RowProblem]) -> None:
    """The rows as they came, with the answers behind them; what could not be read goes to standard error."""
    names = list(dict.fromkeys(name for one in found for name in one.cells))
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow((*names, *_ANSWERS))
    for one in found:
        rule = one.answer.rule
        writer.writerow(
            (
                *(one.cells.get(name, "") for name in names),
                one.answer.need.value,
                rule.name if rule else "",
                one.answer.why,
                "; ".join(one.answer.depends_on),
                rule.wants if rule else "",
                "; ".join(map(str, rule.documents)) if rule else "",
                "; ".join(rule.tried) if rule else "",
                one.referral.need.value if one.referral.rule else "",
                one.referral.why if one.referral.rule else "",
            )
        )
    for problem in problems:
        refuse(f"{name_of(source)}:{_where(problem)}.")
