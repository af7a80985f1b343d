"""edi authorizations: what is certified, pending, expiring, used."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click

from edi.cli.by_hand import add, export, import_
from edi.cli.options import Group, days, format_option, ledger_option, today_option
from edi.cli.settings import Configured, deadlines_of
from edi.errors import LedgerError

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.lives import AuthorizationEvent, AuthorizationLife
    from edi.ledger.questions import HeldAuthorization, HeldService

__all__ = ["authorizations"]

ALL: Final = 2**31 - 1
_DECISIONS: Final = (
    *("certified", "partly-certified", "modified", "denied", "pended", "cancelled"),
    *("contact-payer", "not-required", "rejected", "unanswered"),
)
A_SCREENFUL: Final = 100
"""What a list shows at a terminal, where nothing else is said: a ledger may hold a million."""


def _limit(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """A number of rows, or all."""
    if value is None or value == "all":
        return ALL if value else None
    if not value.isdecimal() or not 0 < int(value) <= ALL:
        raise click.BadParameter(f"{value!r} is neither a number of authorizations nor all.")
    return int(value)


def _share(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Decimal | None:
    """A share in percent: 80, or 80%."""
    if value is None:
        return None
    text = value.removesuffix("%")
    if not text.isdecimal() or not 0 < int(text) <= 100:
        raise click.BadParameter(f"{value!r} is not a share in percent, such as 80%.")
    return Decimal(text) / 100


@click.group(cls=Group)
def authorizations() -> None:
    """What is certified, pending, expiring, used."""


for _command in (add, import_, export):
    authorizations.add_command(_command)


@authorizations.command("list", cls=Configured)
@click.option("--pending", is_flag=True, help="Only those that still wait for an answer.")
@click.option("--overdue", is_flag=True, help="Only those whose answer was due before today.")
@click.option("--expiring", callback=days, metavar="DAYS", help="Only those that end within so many days from today.")
@click.option(
    "--used-up",
    is_flag=False,
    flag_value="100%",
    callback=_share,
    metavar="[PERCENT]",
    help="Only those with a service that is used up, or used to so many percent (80%).",
)
@click.option("--member", default="", metavar="ID", help="Only those of a member id.")
@click.option("--payer", default="", metavar="ID", help="Only those of a payer id.")
@click.option("--decision", type=click.Choice(_DECISIONS), help="Only those of which this was decided.")
@click.option("--notices", is_flag=True, help="Instead, what was only asked about or told of, and decides nothing.")
@click.option("--number", default="", metavar="NUMBER", help="Only those that have or had a number, or a trace.")
@click.option("--limit", callback=_limit, metavar="N|all", help="So many at most; when not given, 100 at a terminal, else all.")
@click.option(
    "--after", default="", metavar="CURSOR", help="Go on where a list that was asked for alike ended: it said the cursor."
)
@today_option
@ledger_option
@format_option
@click.pass_context
def list_(
    context: click.Context,
    pending: bool,
    overdue: bool,
    expiring: int | None,
    used_up: Decimal | None,
    member: str,
    payer: str,
    decision: str | None,
    notices: bool,
    number: str,
    limit: int | None,
    after: str,
    today: datetime | None,
    ledger_url: str,
    output_format: str,
) -> None:
    """List authorizations, a line for each certified service. Several options together: those for which all is so.

    Until when payers have to answer is said by [payers] of the settings: docs/authorizations.md.
    """
    from edi.ledger import Ledger
    from edi.ledger.listing import AuthorizationQuery

    now = today or datetime.now()
    wanted = AuthorizationQuery(
        pending=pending,
        expiring=None if expiring is None else (now.date(), expiring),
        used_up=used_up,
        overdue=now if overdue else None,
        member=member,
        payer=payer,
        number=number,
        decision=decision or "",
        notices=notices,
        deadlines=deadlines_of(context),
    )
    if limit is None:
        limit = A_SCREENFUL if output_format == "text" and sys.stdout.isatty() else ALL
    with Ledger(ledger_url) as kept:
        page = kept.page(wanted, limit=limit, after=after)
    found = page.authorizations
    if output_format == "json":
        shape = {"version": 1, "authorizations": [held.to_json() for held in found], "next": page.next}
        click.echo(json.dumps(shape, indent=2))
        return
    from edi.reports.columns import columns, counted

    if not found:
        click.echo("No such authorization in the ledger.")
        return
    asked = any(service.asked is not None for held in found for service in held.services)
    due = ("due",) if pending or overdue else ()
    head = ("number", "decision", "patient", "payer", "service", *_certified(asked), "used", "dates", *due)
    rows = [(*row, *(_due(held) for _ in due)) for held in found for row in _rows(held, asked=asked)]
    for line in columns(head, rows, right=[head.index("used")]):
        click.echo(line)
    more = "" if page.next is None else f", and there are more: add --after {page.next} for the next ones"
    click.echo(f"\n{counted(len(found), 'authorization')}{more}.")


@authorizations.command(cls=Configured)
@click.argument("number")
@ledger_option
@format_option
@click.pass_context
def show(context: click.Context, number: str, ledger_url: str, output_format: str) -> None:
    """Tell the life of an authorization: asked, answered, used, and what was paid for that, reversed and taken back.

    NUMBER may also be its trace or administrative number, or what the worklist calls it (A5).
    """
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        found = kept.authorization(number, deadlines=deadlines_of(context))
    if not found:
        raise LedgerError(f"The ledger has no authorization {number}.")
    if output_format == "json":
        from edi.reports.accounts import to_json

        shapes = [{**life.to_json(), "accounts": [to_json(net) for net in life.accounts]} for life in found]
        click.echo(json.dumps({"version": 1, "authorizations": shapes}, indent=2))
        return
    click.echo("\n\n".join("\n".join(_page(life)) for life in found))


def _due(held: HeldAuthorization) -> str:
    if held.due is None:
        return ""
    return f"{held.due:%Y-%m-%d %H:%M}{' expedited' if held.expedited else ''}{' extended' if held.decide_by else ''}"


def _rows(held: HeldAuthorization, *, asked: bool) -> Iterator[tuple[str, ...]]:
    from edi.reports.columns import dates, number

    decision = _stands(held) + (", waiting" if held.awaiting and held.decision not in ("unanswered", "pended") else "")
    name = held.number or (f"trace {held.trace}" if held.trace else "(none yet)")
    whole = (name, decision, held.patient, held.payer)
    if not held.services:
        yield (*whole, "", *("" for _ in _certified(asked)), "", dates(held.start, held.end))
    for service in held.services:
        own = service.number or name
        said = service.decision if service.decision != held.decision or held.decision != _stands(held) else decision
        amounts = (*_amounts(service, asked=asked), number(service.used))
        yield (own, said, *whole[2:], service.procedure, *amounts, dates(service.start, service.end))


def _certified(asked: bool) -> tuple[str, ...]:
    """The heads of `_amounts`."""
    return ("asked", "certified") if asked else ("certified",)


def _amounts(service: HeldService, *, asked: bool) -> tuple[str, ...]:
    """How much is certified; before it, where any of a list is not certified, how much was asked for."""
    from edi.reports.columns import number

    found = [service.asked, service.certified] if asked else [service.certified]
    return tuple("" if amount is None else f"{number(amount)} {service.unit}".strip() for amount in found)


def _page(life: AuthorizationLife) -> Iterator[str]:
    """An authorization's life as a page."""
    from edi.linkage.history import REFUSING
    from edi.linkage.remarks import told
    from edi.linkage.teeth import site_of
    from edi.reports.accounts import of_claims
    from edi.reports.columns import columns, dates, number
    from edi.reports.text import printable

    held = life.held
    title = f"{_TITLES.get(held.kind, 'Authorization')} {held.number}"
    until = f", due {held.due:%Y-%m-%d %H:%M}" if held.due else ""
    waiting = f"; an answer is still to come{until}" if held.awaiting else ""
    if held.source in REFUSING:
        waiting += "; it was never processed: mend it and send it again"
    yield printable(f"{title if held.number else title.strip() + ' (no number yet)'}: {_stands(held)}{waiting}")
    yield printable(f"  patient  {held.patient}")
    yield printable(f"  payer    {held.payer}" + (f" ({held.payer_id})" if held.payer_id else ""))
    if held.start or held.end:
        yield f"  dates    {dates(held.start, held.end)}"
    sites = [site_of([service]) for service in life.record.services]
    names = {one.position: one.procedure + sites[one.position] for one in held.services}
    if held.services:
        yield ""
        yield "Services"
        asked = any(one.asked is not None for one in held.services)
        head = ("service", "decision", "number", *_certified(asked), "used", "left", "dates")
        services = [_service(one, names[one.position], asked=asked) for one in held.services]
        yield from _indented(columns(head, services, right=range(3, len(head) - 1)))
    for service in life.record.services:
        if service.doubt:
            yield printable(f"  {service.procedure.code if service.procedure else 'unclear'}: {service.doubt}")
    if said := list(told(life.record)):
        yield ""
        yield "What the payer said"
        yield from _indented(list(columns(("", "", "", ""), said))[1:])
    yield ""
    yield "What happened"
    events = [(str(event.day or ""), event.kind, _decided(event), event.number, _brought(event)) for event in life.events]
    yield from _indented(list(columns(("", "", "", "", ""), events))[1:])
    yield ""
    if not any(use.state == "sent" for use in life.uses):
        yield "No claim that was sent uses it."
    for state, title in _USES:
        uses = [
            (use.claim, names.get(use.service, ""), use.role, number(use.amount), ", ".join(map(str, use.days)))
            for use in life.uses
            if use.state == state
        ]
        if uses:
            yield title
            yield from _indented(columns(("claim", "service", "role", "amount", "dates"), uses, right=[3]))
    if life.accounts:
        yield "What was paid for them"
        yield from _indented(of_claims(life.accounts))


_TITLES = {"referral": "Referral", "notice": "Notice"}
_USES = (
    ("sent", "Used by"),
    ("reserved", "Reserved by claims that were linked and not sent yet"),
    ("denied", "Given back by claims that were denied"),
    ("rejected", "Given back by claims that were rejected, and never adjudicated: to be sent again as new"),
)


def _service(service: HeldService, name: str, *, asked: bool) -> tuple[str, ...]:
    from edi.reports.columns import dates, number

    left = "" if service.certified is None else number(service.certified - service.used)
    period = dates(service.start, service.end)
    amounts = _amounts(service, asked=asked)
    return (name, service.decision, service.number, *amounts, number(service.used), left, period)


def _stands(held: HeldAuthorization) -> str:
    """The decision; of what nothing was decided about, whether it was asked, told or refused."""
    if held.kind != "notice":
        return held.decision
    return "refused" if held.decision == "rejected" else {"inquiry": "inquired"}.get(held.source, "notified")


def _decided(event: AuthorizationEvent) -> str:
    """What a message decides, in a word."""
    if event.refused:
        return "rejected"
    if event.kind == "acknowledged":
        return "refused" if event.decision == "rejected" else "taken"
    return event.decision if event.kind in ("answered", "notified") and event.decision != "unanswered" else ""


def _brought(event: AuthorizationEvent) -> str:
    """What a message says besides, and which interchange brought it."""
    from edi.linkage.remarks import briefly, coded
    from edi.reports.columns import dates

    wanted = briefly(event.remarks)
    notes = [
        f"event of {dates(event.start, event.end) if event.end else event.start}" if event.start else "",
        "to an inquiry" if event.kind == "answered" and event.source == "inquiry" else "",
        f"receipt {event.receipt}" if event.receipt else "",
        f"for {', '.join(event.rejections)} (AAA)" if event.rejections else "",
        f"for {coded('HCR03', event.reasons)}" if event.reasons else "",
        f"wants {wanted}" if wanted else "",
        f"by {event.refused}, never processed" if event.refused else "",
        f"taken in: {event.taken_in}" if event.taken_in else "",
        _way(event),
    ]
    return ", ".join(note for note in notes if note)


def _way(event: AuthorizationEvent) -> str:
    """Which interchange brought a message; else how it came, and who said so."""
    if not event.interchange:
        if event.source == "278":
            return ""
        said = (f"by {event.source}", event.told_by, f"reference {event.call_reference}" if event.call_reference else "")
        return ", ".join(part for part in said if part)
    return f"interchange {event.interchange}" + (f" in {event.file}" if event.file else "")


def _indented(lines: Any) -> Iterator[str]:
    return (f"  {line}" for line in lines)
