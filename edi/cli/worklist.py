"""edi worklist: what a coordinator does next, and what became of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edi.cli.options import Group, days, format_option, ledger_option, output_option, today_option, writing
from edi.cli.settings import Configured, deadlines_of

if TYPE_CHECKING:  # imported when the command runs
    from edi.ledger.work.working import WorkLife

__all__ = ["worklist"]

A_SCREENFUL: Final = 100
"""What is shown at a terminal, where nothing else is said."""
ALL: Final = 2**31 - 1
_DAY: Final = click.DateTime(["%Y-%m-%d"])
_KINDS: Final = ("denial", "recoupment", "reversal", "link", "rejection", "silence", "request", "refusal", "expiring")
_MOST_MINUTES: Final = 10_000
F = TypeVar("F", bound=Callable[..., Any])


class _Worklist(Configured, Group):
    """The list itself, and the commands behind its name."""


def _limit(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """A number of items, or all."""
    if value is None or value == "all":
        return ALL if value else None
    if not value.isdecimal() or not 0 < int(value) <= ALL:
        raise click.BadParameter(f"{value!r} is neither a number of items nor all.")
    return int(value)


def _by(function: F) -> F:
    """--by NAME, as `by`: who does it."""
    return click.option("--by", envvar="EDI_USER", required=True, metavar="NAME", help="Who does it (or EDI_USER).")(function)


def _minutes(function: F) -> F:
    """--minutes N, as `minutes`."""
    number = click.IntRange(0, _MOST_MINUTES)
    return click.option("--minutes", type=number, default=0, metavar="N", help="How long it took, for each item.")(function)


def _items(function: F) -> F:
    """ITEM..., as `items`: names as the list shows them."""
    return click.argument("items", metavar="ITEM...", nargs=-1, required=True)(function)


@click.group(cls=_Worklist, invoke_without_command=True)
@click.option("--owner", metavar="NAME", help="Only what somebody has.")
@click.option("--mine", is_flag=True, help="Only what EDI_USER has.")
@click.option("--free", is_flag=True, help="Only what nobody has.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(["open", "worked", "closed"]),
    help="Only what is in this state, or these; open and worked when not given.",
)  # fmt: skip
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default=None,
    help="Only of this kind.",
)
@click.option("--payer", default="", metavar="ID|NAME", help="Only of a payer, by its id or as the list names it.")
@click.option("--due-before", type=_DAY, metavar="DATE", help="Only what is due before this day.")
@click.option(
    "--expiring", callback=days, metavar="DAYS", help="Also authorizations that end within so many days and are not used up."
)
@click.option("--limit", callback=_limit, metavar="N|all", help="So many at most; when not given, 100 at a terminal, else all.")
@click.option("--after", default="", metavar="CURSOR", help="Go on where a list ended: it said the cursor.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True,
    help="For people, for programs, for a spreadsheet, or a page to work through.",
)  # fmt: skip
@output_option(help="The file to write; standard output when not given.")
@today_option
@ledger_option
@click.pass_context
def worklist(
    context: click.Context,
    owner: str | None,
    mine: bool,
    free: bool,
    states: tuple[str, ...],
    kind: str | None,
    payer: str,
    due_before: datetime | None,
    expiring: int | None,
    limit: int | None,
    after: str,
    output_format: str,
    output: str | None,
    today: datetime | None,
    ledger_url: str,
) -> None:
    """Show what is to be done next, or say what was done.

    That is: denials, what was taken back without a word, claims that could not be linked, that were rejected or of which
    nothing is heard, requests without a decision. What is late with us comes first, then the most money; where that is equal or
    not known, the nearest deadline; what waits for a payer last. A request is due when its payer has to answer, by [payers] of
    the settings (docs/authorizations.md).

    Several options together: that for which all is so.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    from edi.ledger import Ledger
    from edi.ledger.work.agenda import WorkQuery

    day = (today or datetime.now()).date()
    wanted = WorkQuery(
        today=day,
        owner=_owner(owner, mine=mine, free=free),
        states=states or ("open", "worked"),
        kind=kind or "",
        payer=payer,
        due_before=due_before.date() if due_before else None,
        expiring=expiring,
        deadlines=deadlines_of(context),
    )
    if limit is None:
        limit = A_SCREENFUL if output_format == "text" and output is None and sys.stdout.isatty() else ALL
    with Ledger(ledger_url) as kept:
        kept.work.note_silence(day, deadlines=wanted.deadlines, now=datetime.now(UTC))
        page = kept.work.page(wanted, limit=limit, after=after)
        total = kept.work.total(wanted)
    from edi.reports import worklist as told
    from edi.reports.worklist_page import to_html

    if output_format == "json":
        shape = {"version": 1, "items": [item.to_json() for item in page.items], "next": page.next, "total": total.to_json()}
        text = json.dumps(shape, indent=2) + "\n"
    elif output_format == "csv":
        text = told.to_csv(page.items, day)
    elif output_format == "html":
        text = "".join(to_html(page.items, day, total))
    else:
        text = "\n".join(told.to_text(page, day, total)) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    with writing(output) as file:
        file.write(text.encode())


def _refuse_options(context: click.Context) -> None:
    """An option of the list does nothing for the commands behind its name: who writes one there means the command's own."""
    commandline = click.core.ParameterSource.COMMANDLINE
    if any(context.get_parameter_source(name) is commandline for name in context.params):
        word = context.invoked_subcommand
        raise click.UsageError(f"Options of {word} stand behind it: edi worklist {word} ITEM --option.", context)


def _owner(owner: str | None, *, mine: bool, free: bool) -> str | None:
    """Whose work is wanted; "" is nobody's, None everybody's."""
    import os

    if (owner is not None) + mine + free > 1:
        raise click.UsageError("Only one of --owner, --mine and --free can be so.")
    if mine and not (me := os.environ.get("EDI_USER", "").strip()):
        raise click.UsageError("--mine needs a name in EDI_USER.")
    return me if mine else "" if free else owner


@worklist.command(cls=Configured)
@click.argument("item")
@ledger_option
@format_option
@click.pass_context
def show(context: click.Context, item: str, ledger_url: str, output_format: str) -> None:
    """Tell all about an item: what is known of it, what to do, and what happened. ITEM is its name in the list, such as W12."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        life = kept.work.show(item, deadlines=deadlines_of(context))
    if output_format == "json":
        click.echo(json.dumps({"version": 1, "item": life.to_json()}, indent=2))
        return
    for line in _page(life):
        click.echo(line)


def _page(life: WorkLife) -> Iterator[str]:
    from edi.reports.worklist import life_text

    return life_text(life)


@worklist.command()
@_items
@_by
@click.option("--over", is_flag=True, help="Also from who has it.")
@ledger_option
def take(items: tuple[str, ...], by: str, over: bool, ledger_url: str) -> None:
    """Take items on, all of them or none: they are yours."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        kept.work.take(items, by=by, over=over, now=datetime.now(UTC))
    click.echo(f"{_named(items)}: taken by {by}.")


@worklist.command()
@click.argument("item")
@click.argument("text")
@_by
@_minutes
@ledger_option
def note(item: str, text: str, by: str, minutes: int, ledger_url: str) -> None:
    """Say what was done about an item. TEXT is kept in its history: no patient's name belongs there."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        kept.work.note(item, text, by=by, minutes=minutes, now=datetime.now(UTC))
    click.echo(f"{_named([item])}: noted.")


@worklist.command()
@_items
@click.option("--why", required=True, metavar="TEXT", help="Why nothing is left to do: written off, paid by the patient, ...")
@_by
@_minutes
@ledger_option
def close(items: tuple[str, ...], why: str, by: str, minutes: int, ledger_url: str) -> None:
    """Say that nothing is left to do about items, and why. They stay closed until more is known of them."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        kept.work.close(items, why=why, by=by, minutes=minutes, now=datetime.now(UTC))
    click.echo(f"{_named(items)}: closed.")


@worklist.command()
@_items
@click.option("--why", default="", metavar="TEXT", help="Why it is to be done after all.")
@_by
@ledger_option
def reopen(items: tuple[str, ...], why: str, by: str, ledger_url: str) -> None:
    """Say that closed items are to be done after all."""
    from edi.ledger import Ledger

    with Ledger(ledger_url) as kept:
        kept.work.reopen(items, why=why, by=by, now=datetime.now(UTC))
    click.echo(f"{_named(items)}: open again.")


def _named(items: Any) -> str:
    from edi.reports.text import printable

    return printable(", ".join(item.upper() for item in items))
