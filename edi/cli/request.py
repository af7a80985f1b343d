"""edi request: a 278 request looked over and written from JSON, all 278s read as JSON, the JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from edi.cli.asking import acknowledge, inquire, notify
from edi.cli.drafting import from_authorization, from_claim
from edi.cli.options import (
    FINDINGS,
    Command,
    Group,
    format_option,
    rules_option,
    source_argument,
    writing,
)
from edi.cli.requirements import known_options, terms_of
from edi.cli.sending import envelope_of, envelope_options, judge, name_of, numbered, one_of, read_json, within
from edi.errors import RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.completeness import Checked
    from edi.linkage.demands import Lack
    from edi.linkage.queries import Known
    from edi.linkage.requirements import RequirementAnswer
    from edi.records.envelope import Envelope
    from edi.records.request import Request

__all__ = ["request"]


@click.group(cls=Group)
def request() -> None:
    """Requests for authorization (278), inquiries and notifications, from JSON and to JSON."""


for _command in (from_claim, from_authorization, inquire, notify, acknowledge):
    request.add_command(_command)


@request.command(cls=Command)
@click.argument("records", metavar="REQUEST.json...", nargs=-1, required=True)
@envelope_options()
def build(records: tuple[str, ...], output: str, control: int | None, ledger_url: str | None, **options: Any) -> None:
    """Write 278 requests (005010X217) from their JSON into one interchange, each in a transaction of its own.

    What `edi request schema` describes is what can be said; - as REQUEST.json is standard input. A request that would break
    its guide is not written: the problems are told instead, and nothing is written. A control number of the ledger that is not
    written is given to the next request.
    """
    from edi.records.request import write_requests

    asked = [_asked(record) for record in records]
    envelope = envelope_of(
        lambda: one_of({one.requester.id for one in asked}, "--sender", "asks"),
        lambda: one_of({one.utilization_manager.id for one in asked}, "--receiver", "decides"),
        control=control,
        **options,
    )
    data = _written(asked, envelope)
    if data is None:
        for record, one in zip(records, asked, strict=True):
            _check(record, one, envelope)
    # The ledger's number is given for good before the file appears under its name: a crash between the two repeats none.
    with writing(output) as file, numbered(envelope, ledger_url if control is None else None) as sent:
        file.write(data if data is not None and sent == envelope else write_requests(asked, sent))
    from edi.reports.columns import counted

    name = "standard output" if output == "-" else output
    click.echo(f"{name}: {counted(len(asked), 'request')}; edi ledger import keeps what is sent.", err=output == "-")


@request.command(cls=Command)
@click.argument("record", metavar="REQUEST.json")
@known_options
@rules_option
@format_option
def check(record: str, known: Known, rule_files: tuple[str, ...], output_format: str) -> int:
    """Say what a request lacks before it is sent, and who can supply it.

    What a rule wants of which it is not known whether it applies may be wanted too; what a request does not say (its plan, the
    network, an exemption) options say. What the validator warns of in the 278 that it becomes is told as well, and does not keep
    it from being sent. --rules takes files of what a payer wants, and of its rules for 278 requests. - as REQUEST.json is
    standard input.

    Exit codes: 0 nothing is missing, 1 something is or may be, 2 it could not be read.
    """
    from edi.guides.rules.files import requirements
    from edi.linkage.completeness import check_request

    found = check_request(_asked(record), requirements(rule_files), date.today(), rule_files, known=known)
    if output_format == "json":
        click.echo(json.dumps({**found.to_json(), "path": record}, indent=2))
    else:
        for line in _lines(found):
            click.echo(line)
    return 0 if found.complete else FINDINGS


@request.command(cls=Command)
@source_argument
def read(source: str) -> int:
    """Show the 278s of PATH as JSON: requests, responses, inquiries and their answers, notifications, acknowledgments.

    With them stands what is decided in them. - as PATH is standard input.

    Exit codes: 0 read, 1 read as far as there is anything: PATH is cut off, 2 not done.
    """
    from edi.records.authorization import Decision, read_authorizations
    from edi.records.inquiry import read_inquiries, read_inquiry_answers
    from edi.records.json import as_json
    from edi.records.notification import read_notification_answers, read_notifications
    from edi.records.request import read_requests
    from edi.records.response import read_responses
    from edi.reports.json import to_json
    from edi.text.segments import open_source

    with open_source(source) as file:
        data = file.read()
    found: dict[str, list[Any]] = {
        "requests": list(read_requests(data)),
        "responses": list(read_responses(data)),
        "inquiries": list(read_inquiries(data)),
        "inquiry_answers": list(read_inquiry_answers(data)),
        "notifications": list(read_notifications(data)),
        "acknowledgments": list(read_notification_answers(data)),
    }
    if not any(found.values()):
        raise RecordError(f"{name_of(source)}: there is no 278 (005010X217, X215, X216) in it.")
    always = ("requests", "responses")
    decided = read_authorizations(data)
    document = {
        "version": 1,
        **{name: [as_json(one) for one in records] for name, records in found.items() if records or name in always},
        "decisions": [as_json(one) for one in decided if one.decision is not Decision.UNANSWERED],
        "problems": [to_json(problem) for problem in decided.problems],
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    return FINDINGS if decided.problems else 0


@request.command(cls=Command)
@click.option("--notification", is_flag=True, help="Of a notification instead.")
def schema(notification: bool) -> None:
    """Show the JSON Schema of a request."""
    from edi.records.notification import notification_schema
    from edi.records.request import request_schema

    click.echo(json.dumps(notification_schema() if notification else request_schema(), indent=2, ensure_ascii=False))


def _lines(found: Checked) -> Iterator[str]:
    """What the payer wants for each service, then what is missing, by who can supply it."""
    from edi.reports.columns import counted

    for (code, answer), other in zip(found.answers, found.others, strict=True):
        yield f"{code or 'the event'}: {_answered(answer)}"
        if other.rule is not None:
            yield f"{code or 'the event'}, {'referral' if other.rule.about_referral else 'authorization'}: {_answered(other)}"
        if answer.rule is not None:
            yield from (f"    to be shown: {fact}" for fact in answer.rule.facts)
            yield from (f"    {label}: {said}" for label, said in terms_of(answer.rule))
    for who in dict.fromkeys(lack.who for lack in found.missing):
        yield f"\nmissing, from {who}"
        for lack in found.missing:
            if lack.who == who:
                yield _line(lack)
    for title, lacks in (("may also be wanted", found.possible), ("warned of in the 278", found.warnings)):
        if lacks:
            yield f"\n{title}"
            yield from map(_line, lacks)
    missing = f"{counted(len(found.missing), 'thing')} missing" if found.missing else "Nothing is missing"
    may = f" for certain; {counted(len(found.possible), 'thing')} may be" if found.possible else ""
    yield f"\n{missing}{may}."


def _answered(answer: RequirementAnswer) -> str:
    return f"{answer.need.value.replace('-', ' ')}. {answer.why}"


def _line(lack: Lack) -> str:
    """What is missing, with its place."""
    by = f" Rule {lack.rule}." if lack.rule else ""
    return f"  {lack.path} ({lack.place}): {lack.message}{by}"


def _asked(path: str) -> Request:
    from edi.records.request import request_from_json

    data = read_json(path)
    try:
        return request_from_json(data)
    except RecordError as error:
        raise within(path, error) from error


def _written(asked: Sequence[Request], envelope: Envelope) -> bytes | None:
    """The requests written and judged together, which is faster than one by one; None where something is wrong with one."""
    from edi.guides.validation import validate
    from edi.records.request import write_requests

    try:
        data = write_requests(asked, envelope)
    except RecordError:
        return None
    return None if validate(data).problems else data


def _check(path: str, asked: Request, envelope: Envelope) -> None:
    """Tell what is wrong with a request before any is written, and end there."""
    from edi.records.request import write_request

    try:
        data = write_request(asked, envelope)
    except RecordError as error:
        raise within(path, error) from error
    try:
        judge(path, data)
    except RecordError:
        click.echo("edi request check says where in the JSON it is, and what is meant.", err=True)
        raise
