"""edi request: a 278 request looked over and written from JSON, 278s read as JSON, the JSON Schema."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import click

from edi.cli.options import (
    FINDINGS,
    Command,
    Group,
    format_option,
    output_option,
    rules_option,
    source_argument,
    writing,
)
from edi.errors import RecordError, SourceError

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.completeness import Checked
    from edi.records.envelope import Envelope
    from edi.records.request import Request

__all__ = ["request"]

HIGHEST_CONTROL: Final = 999_999_999


@click.group(cls=Group)
def request() -> None:
    """Requests for authorization (278), from JSON and to JSON."""


@request.command(cls=Command)
@click.argument("records", metavar="REQUEST.json...", nargs=-1, required=True)
@output_option(required=True)
@click.option("--control", type=click.IntRange(1, HIGHEST_CONTROL), help="ISA13 and GS06; it wins over the ledger's.")
@click.option(
    "--ledger",
    "ledger_url",
    metavar="URL",
    envvar="EDI_LEDGER",
    help="Take the next control number from this ledger (or EDI_LEDGER); without one it is made from the clock, one a minute.",
)
@click.option("--sender", envvar="EDI_SENDER", metavar="ID", help="ISA06 (or EDI_SENDER); else the requester's id.")
@click.option("--receiver", envvar="EDI_RECEIVER", metavar="ID", help="ISA08 (or EDI_RECEIVER); else the id of who decides.")
@click.option("--sender-qualifier", default="ZZ", show_default=True, metavar="CODE", help="ISA05.")
@click.option("--receiver-qualifier", default="ZZ", show_default=True, metavar="CODE", help="ISA07.")
@click.option("--group-sender", default="", metavar="ID", help="GS02; else as ISA06.")
@click.option("--group-receiver", default="", metavar="ID", help="GS03; else as ISA08.")
@click.option("--test", is_flag=True, help="ISA15 T: a test, not production.")
@click.option("--lines", is_flag=True, help="A line break behind each segment.")
def build(
    records: tuple[str, ...],
    output: str,
    control: int | None,
    ledger_url: str | None,
    sender: str | None,
    receiver: str | None,
    sender_qualifier: str,
    receiver_qualifier: str,
    group_sender: str,
    group_receiver: str,
    test: bool,
    lines: bool,
) -> None:
    """Write 278 requests (005010X217) from their JSON into one interchange, each in a transaction of its own.

    What `edi request schema` describes is what can be said; - as REQUEST.json is standard input. A request that would break
    its guide is not written: the problems are told instead, and nothing is written. A control number of the ledger that is not
    written is given to the next request.
    """
    from edi.records.envelope import Envelope
    from edi.records.request import write_requests

    asked = [_asked(record) for record in records]
    now = datetime.now().replace(second=0, microsecond=0)
    envelope = Envelope(
        sender=sender or _one({one.requester.id for one in asked}, "--sender", "asks"),
        receiver=receiver or _one({one.utilization_manager.id for one in asked}, "--receiver", "decides"),
        created=now,
        control=control or int(f"{now:%y%j%H%M}"),
        sender_qualifier=sender_qualifier,
        receiver_qualifier=receiver_qualifier,
        group_sender=group_sender,
        group_receiver=group_receiver,
        usage="T" if test else "P",
        line_break=b"\n" if lines else b"",
    )
    data = _written(asked, envelope)
    if data is None:
        for record, one in zip(records, asked, strict=True):
            _check(record, one, envelope)
    # The ledger's number is given for good before the file appears under its name: a crash between the two repeats none.
    with writing(output) as file, _numbered(envelope, ledger_url if control is None else None) as numbered:
        file.write(data if data is not None and numbered == envelope else write_requests(asked, numbered))


@request.command("from-claim", cls=Command)
@source_argument
@click.option("--claim", "claim_id", metavar="ID", help="Which claim (CLM01), where there are several.")
@click.option("--line", metavar="NUMBER", help="Only this line (LX01).")
@output_option(required=True)
def from_claim(source: str, claim_id: str | None, line: str | None, output: str) -> None:
    """Draft a request's JSON from a claim (837), or from one of its lines.

    What a claim does not say is to be filled in: the type of service, how urgent it is, documents. - as PATH is standard input.
    """
    from edi.records.claim import read_claims
    from edi.records.drafting import draft
    from edi.records.request import request_to_json
    from edi.text.segments import open_source

    with open_source(source) as file:
        claims = [claim for claim in read_claims(file) if claim_id is None or claim.id == claim_id]
    if len(claims) != 1:
        which = "--claim says which" if claim_id is None else "its id (CLM01) must name one"
        raise RecordError(f"{_name(source)}: there are {len(claims) or 'no'} claims to draft from; {which}.")
    try:
        drafted = draft(claims[0], line=line)
    except RecordError as error:
        raise _in(source, error) from error
    with writing(output) as file:
        file.write(request_to_json(drafted).encode())


@request.command(cls=Command)
@click.argument("record", metavar="REQUEST.json")
@rules_option
@format_option
def check(record: str, rule_files: tuple[str, ...], output_format: str) -> int:
    """Say what a request lacks before it is sent, and who can supply it.

    - as REQUEST.json is standard input.

    Exit codes: 0 nothing is missing, 1 something is, 2 it could not be read.
    """
    from edi.guides.rules import requirements
    from edi.linkage.completeness import check_request

    found = check_request(_asked(record), requirements(rule_files), date.today())
    if output_format == "json":
        click.echo(json.dumps({**found.to_json(), "path": record}, indent=2))
    else:
        for line in _lines(found):
            click.echo(line)
    return FINDINGS if found.missing else 0


@request.command(cls=Command)
@source_argument
def read(source: str) -> None:
    """Show the 278 requests and responses of PATH as JSON.

    With them stands what each response decides. - as PATH is standard input.
    """
    from edi.records.authorization import authorizations_of
    from edi.records.json import as_json
    from edi.records.request import read_requests
    from edi.records.response import read_responses
    from edi.text.segments import open_source

    with open_source(source) as file:
        data = file.read()
    requests, responses = list(read_requests(data)), list(read_responses(data))
    if not requests and not responses:
        raise RecordError(f"{_name(source)}: there is no 278 request or response (005010X217) in it.")
    document = {
        "version": 1,
        "requests": [as_json(one) for one in requests],
        "responses": [as_json(one) for one in responses],
        "decisions": [as_json(one) for response in responses for one in authorizations_of(response)],
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@request.command(cls=Command)
def schema() -> None:
    """Show the JSON Schema of a request."""
    from edi.records.request import request_schema

    click.echo(json.dumps(request_schema(), indent=2, ensure_ascii=False))


def _lines(found: Checked) -> Iterator[str]:
    """What the payer wants for each service, then what is missing, by who can supply it."""
    from edi.reports.columns import counted

    for code, answer in found.answers:
        yield f"{code or 'the event'}: {answer.need.value.replace('-', ' ')}. {answer.why}"
        for fact in answer.rule.facts if answer.rule else ():
            yield f"    to be shown: {fact}"
    for who in dict.fromkeys(lack.who for lack in found.missing):
        yield f"\nmissing, from {who}"
        for lack in found.missing:
            if lack.who == who:
                by = f" Rule {lack.rule}." if lack.rule else ""
                yield f"  {lack.path} ({lack.place}): {lack.message}{by}"
    yield f"\n{counted(len(found.missing), 'thing')} missing." if found.missing else "\nNothing is missing."


def _asked(path: str) -> Request:
    from edi.records.request import request_from_json
    from edi.text.segments import close_source, open_source

    file = open_source(path)
    try:
        data = file.read()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error
    finally:
        close_source(file, path)
    try:
        return request_from_json(data)
    except RecordError as error:
        raise _in(path, error) from error


def _one(ids: set[str], option: str, who: str) -> str:
    """The id that all requests have: one interchange goes from one to one."""
    if len(ids) > 1:
        raise click.UsageError(
            f"In these requests it is not the same one who {who}; {option} says whose id stands in the envelope."
        )
    return next(iter(ids))


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
        raise _in(path, error) from error
    _judge(path, data)


@contextmanager
def _numbered(envelope: Envelope, ledger_url: str | None) -> Iterator[Envelope]:
    """The envelope with the next number of the ledger, where there is one."""
    if ledger_url is None:
        yield envelope
        return
    from edi.ledger import Ledger

    sender, receiver = (envelope.sender_qualifier, envelope.sender), (envelope.receiver_qualifier, envelope.receiver)
    with Ledger(ledger_url) as kept, kept.control_number(sender, receiver, usage=envelope.usage) as number:
        yield replace(envelope, control=number)


def _judge(path: str, data: bytes) -> None:
    """Tell what is wrong with a request as written, and end there."""
    from edi.guides.validation import validate
    from edi.reports.columns import counted
    from edi.reports.text import TextReport

    found = validate(data)
    report = TextReport(lambda text: sys.stderr.write(text))
    report.begin(_name(path))
    for problem in found.problems:
        report.problem(problem)
    if not found.valid:
        errors = counted(sum(problem.severity == "error" for problem in found.problems), "error")
        raise RecordError(f"{_name(path)}: the request would not be valid ({errors}); nothing was written.")


def _in(path: str, error: RecordError) -> RecordError:
    return RecordError(f"{_name(path)}: {error}")


def _name(path: str) -> str:
    return "standard input" if path == "-" else path
