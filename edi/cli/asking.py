"""edi request inquire, notify, acknowledge: payers asked what became of a request, told of an event, and answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from edi.cli.options import FINDINGS, Command, ledger_option, source_argument, today_option, writing
from edi.cli.sending import envelope_of, envelope_options, judge, name_of, numbered, one_of, read_json, within
from edi.cli.settings import Configured, deadlines_of
from edi.errors import LedgerError, RecordError

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger import Ledger
    from edi.records.authorization import Authorization
    from edi.records.inquiry import Inquiry
    from edi.text.segments import Segment

__all__ = ["acknowledge", "inquire", "notify"]


@click.command(cls=Configured)
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
@click.option("--pending", is_flag=True, help="Ask about all that still wait for an answer.")
@click.option("--overdue", is_flag=True, help="Ask about those whose answer was due before today.")
@click.option("--payer", default="", metavar="ID", help="Only those of a payer id.")
@today_option
@ledger_option
@envelope_options(ledger=False)
@click.pass_context
def inquire(
    context: click.Context,
    /,
    numbers: tuple[str, ...],
    pending: bool,
    overdue: bool,
    payer: str,
    today: datetime | None,
    ledger_url: str,
    output: str,
    control: int | None,
    **options: Any,
) -> int:
    """Ask payers what became of authorizations: an inquiry (278, 005010X215) for each.

    NUMBER may also be a trace or an administrative number. The control number is the ledger's. What is sent should be imported,
    so that the ledger knows what the answer is about.

    Exit codes: 0 written, or nothing to ask; 1 some could not be asked about; 2 nothing was written.
    """
    if bool(numbers) == (pending or overdue):
        raise click.UsageError("Either NUMBER, or --pending or --overdue, says what to ask about.")
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        if numbers:
            records = [record for number in numbers for record in _called(kept, number)]
        else:
            late = (today or datetime.now()) if overdue else None
            records = _waiting(context, kept, late, payer)
    asked, left_out = _inquiries(records, strict=bool(numbers))
    if not asked:
        click.echo("Nothing to ask about.")
        return FINDINGS if left_out else 0
    from edi.records.inquiry import write_inquiries

    envelope = envelope_of(
        lambda: one_of({one.requester.id for one in asked}, "--sender", "asks"),
        lambda: one_of({one.utilization_manager.id for one in asked}, "--receiver (or --payer)", "is asked"),
        control=control,
        **options,
    )
    judge(output, write_inquiries(asked, envelope), "inquiry")
    with writing(output) as file, numbered(envelope, ledger_url if control is None else None) as sent:
        named = [replace(one, reference=f"I{sent.control:09d}-{n}") for n, one in enumerate(asked, 1)]
        file.write(write_inquiries(named, sent))
    if output != "-":
        from edi.reports.columns import counted

        click.echo(f"{output}: {counted(len(asked), 'inquiry', 'inquiries')}.")
    return FINDINGS if left_out else 0


def _called(kept: Ledger, number: str) -> list[Authorization]:
    """The authorizations that a number names."""
    from edi.records.certification import NOTICE

    found = [life.record for life in kept.authorization(number) if life.record.kind != NOTICE]
    if not found:
        raise LedgerError(f"The ledger has no authorization {number}.")
    return found


def _waiting(context: click.Context, kept: Ledger, late: datetime | None, payer: str) -> list[Authorization]:
    """The authorizations that wait for an answer, or wait too long by what the settings say of payers."""
    held = kept.authorizations(pending=True, overdue=late, payer=payer, deadlines=deadlines_of(context))
    return list(kept.records([one.key for one in held]))


def _inquiries(records: Iterable[Authorization], *, strict: bool) -> tuple[list[Inquiry], int]:
    """An inquiry about each, and how many cannot be asked about. Those are told, or end it all where they were named."""
    from edi.records.inquiry import inquiry_about

    asked: list[Inquiry] = []
    left_out = 0
    for record in {record.key: record for record in records}.values():
        name = record.number or next(iter(record.traces), "") or "one without a number"
        try:
            asked.append(inquiry_about(record, f"I{len(asked) + 1}"))
        except RecordError as error:
            if strict:
                raise within(name, error) from error
            click.echo(f"{name}: {error}", err=True)
            left_out += 1
    return asked, left_out


@click.command(cls=Command)
@click.argument("record", metavar="NOTIFICATION.json")
@envelope_options()
def notify(record: str, output: str, control: int | None, ledger_url: str | None, **options: Any) -> None:
    """Write a notification (278, 005010X216) from its JSON: an admission, a discharge, a decision that is told.

    What `edi request schema --notification` describes is what can be said; - as NOTIFICATION.json is standard input.
    """
    from edi.records.notification import notification_from_json, write_notifications

    try:
        told = notification_from_json(read_json(record))
        if not told.sources or not told.receivers:
            raise RecordError(f"{'receivers' if told.sources else 'sources'}: is empty.")
        sender, receiver = told.sources[0].id, told.receivers[0].id
        envelope = envelope_of(lambda: sender, lambda: receiver, control=control, **options)
        data = write_notifications([told], envelope)
    except RecordError as error:
        raise within(record, error) from error
    judge(record, data, "notification")
    with writing(output) as file, numbered(envelope, ledger_url if control is None else None) as sent:
        file.write(write_notifications([told], sent))


@click.command(cls=Command)
@source_argument
@click.option("--receipt", default="", metavar="NUMBER", help="Our number of the notification, for its sender.")
@click.option("--refuse", metavar="CODE", help="It is not taken, for this reason (AAA03 of the event): 33, 15 ...")
@envelope_options()
def acknowledge(
    source: str,
    receipt: str,
    refuse: str | None,
    output: str,
    control: int | None,
    ledger_url: str | None,
    test: bool,
    **options: Any,
) -> None:
    """Acknowledge the notifications (278, 005010X216) of PATH: taken, or refused.

    Sender and receiver change places. How an acknowledgment is coded is public only in part: see docs/authorizations.md.
    - as PATH is standard input.
    """
    from edi.records.notification import answer_notification, read_notifications, write_notification_answers
    from edi.records.rejection import Rejection
    from edi.text.segments import open_source, read

    with open_source(source) as file:
        data = file.read()
    told = list(read_notifications(data))
    if not told:
        raise RecordError(f"{name_of(source)}: there is no notification (278, 005010X216) in it.")
    isa = _only_interchange(source, [segment for segment in read(data) if segment.id == "ISA"])
    rejections = (Rejection(loop="2000E", reason=refuse, follow_up="C"),) if refuse else ()
    answers = [answer_notification(one, receipt=receipt, rejections=rejections) for one in told]
    options["sender_qualifier"] = options["sender_qualifier"] or isa.get(7)
    options["receiver_qualifier"] = options["receiver_qualifier"] or isa.get(5)
    ours, theirs = isa.get(8).strip(), isa.get(6).strip()
    test = test or isa.get(15) == "T"
    envelope = envelope_of(lambda: ours, lambda: theirs, control=control, test=test, **options)
    try:
        judge(source, write_notification_answers(answers, envelope), "acknowledgment")
    except RecordError as error:
        raise within(source, error) from error
    with writing(output) as target, numbered(envelope, ledger_url if control is None else None) as sent:
        target.write(write_notification_answers(answers, sent))


def _only_interchange(source: str, found: list[Segment]) -> Segment:
    """The first ISA of a file whose interchanges all go from one to one in one mode."""
    if len({tuple(isa.get(n) for n in (5, 6, 7, 8, 15)) for isa in found}) > 1:
        raise RecordError(f"{name_of(source)}: its interchanges are of several senders; acknowledge each by itself.")
    return found[0]
