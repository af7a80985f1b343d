"""What commands that write a 278 have alike: the options of its envelope, its control number, a look at what was made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edi.cli.options import DEFAULT_LEDGER, SQLITE, output_option
from edi.errors import RecordError, SourceError

if TYPE_CHECKING:  # imported when the command runs
    from edi.records.envelope import Envelope

__all__ = ["envelope_of", "envelope_options", "judge", "name_of", "numbered", "one_of", "read_json", "within"]

HIGHEST_CONTROL: Final = 999_999_999
F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option("--sender", envvar="EDI_SENDER", metavar="ID", help="ISA06 (or EDI_SENDER); else the id of who sends."),
    click.option("--receiver", envvar="EDI_RECEIVER", metavar="ID", help="ISA08 (or EDI_RECEIVER); else the id of who receives."),
    click.option("--sender-qualifier", metavar="CODE", help="ISA05; ZZ when it is not known."),
    click.option("--receiver-qualifier", metavar="CODE", help="ISA07; ZZ when it is not known."),
    click.option("--group-sender", default="", metavar="ID", help="GS02; else as ISA06."),
    click.option("--group-receiver", default="", metavar="ID", help="GS03; else as ISA08."),
    click.option("--test", is_flag=True, help="ISA15 T: a test, not production."),
    click.option("--lines", is_flag=True, help="A line break behind each segment."),
)


def _usual(context: click.Context, option: click.Parameter, url: str | None) -> str | None:
    """The ledger that is named, else that of this folder, where there is one."""
    return url or (DEFAULT_LEDGER if Path(DEFAULT_LEDGER.removeprefix(SQLITE)).is_file() else None)


_LEDGER: Final = click.option(
    "--ledger",
    "ledger_url",
    metavar="URL",
    envvar="EDI_LEDGER",
    callback=_usual,
    help="Take the next control number from this ledger (or EDI_LEDGER), else from edi.db where it is; without any it is made "
    "from the clock, one a minute.",
)


def envelope_options(*, ledger: bool = True) -> Callable[[F], F]:
    """-o, --control, --ledger and the options of ISA and GS. `ledger`: without it the command has a --ledger of its own."""

    def decorate(function: F) -> F:
        for option in reversed(_OPTIONS):
            function = option(function)
        if ledger:
            function = _LEDGER(function)
        control = click.IntRange(1, HIGHEST_CONTROL)
        function = click.option("--control", type=control, help="ISA13 and GS06; it wins over the ledger's.")(function)
        return output_option(required=True)(function)

    return decorate


def envelope_of(
    sends: Callable[[], str],
    receives: Callable[[], str],
    *,
    control: int | None,
    test: bool,
    lines: bool,
    **said: Any,
) -> Envelope:
    """The envelope that the options say; `sends` and `receives` give the ids where they do not."""
    from edi.records.envelope import Envelope

    now = datetime.now().replace(second=0, microsecond=0)
    given = {name for name, value in said.items() if value}
    envelope = Envelope(
        sender=said.pop("sender") or sends(),
        receiver=said.pop("receiver") or receives(),
        created=now,
        control=control or int(f"{now:%y%j%H%M}"),
        sender_qualifier=said.pop("sender_qualifier") or "ZZ",
        receiver_qualifier=said.pop("receiver_qualifier") or "ZZ",
        usage="T" if test else "P",
        line_break=b"\n" if lines else b"",
        **said,
    )
    try:
        envelope.check()
    except RecordError as error:
        if told := _by_option(error, given):
            raise RecordError(told) from error
    return envelope  # what a record makes wrong in it is told of the record


def _by_option(error: RecordError, given: set[str]) -> str:
    """What is wrong with an envelope, by the option that says so: of an id of the group perhaps the interchange's."""
    name, _, words = str(error).removeprefix("envelope.").partition(": ")
    option = next((one for one in (name, name.removeprefix("group_")) if one in given), "")
    return f"--{option.replace('_', '-')}: {words}" if option else ""


def one_of(ids: set[str], option: str, who: str) -> str:
    """The id that all have: one interchange goes from one to one."""
    if len(ids) > 1:
        raise click.UsageError(f"It is not the same one who {who} in all of them; {option} says whose id stands in the envelope.")
    return next(iter(ids))


@contextmanager
def numbered(envelope: Envelope, ledger_url: str | None) -> Iterator[Envelope]:
    """The envelope with the next number of the ledger, where there is one."""
    if ledger_url is None:
        yield envelope
        return
    from edi.ledger import Ledger

    sender, receiver = (envelope.sender_qualifier, envelope.sender), (envelope.receiver_qualifier, envelope.receiver)
    with Ledger(ledger_url) as kept, kept.control_number(sender, receiver, usage=envelope.usage) as number:
        yield replace(envelope, control=number)


def judge(path: str, data: bytes, what: str = "request") -> None:
    """Tell what is wrong with what is to be written, and end there."""
    from edi.guides.validation import validate
    from edi.reports.columns import counted
    from edi.reports.text import TextReport

    found = validate(data)
    report = TextReport(lambda text: sys.stderr.write(text))
    report.begin(name_of(path))
    for problem in found.problems:
        report.problem(problem)
    if not found.valid:
        errors = counted(sum(problem.severity == "error" for problem in found.problems), "error")
        raise RecordError(f"{name_of(path)}: the {what} would not be valid ({errors}); nothing was written.")


def read_json(path: str) -> bytes:
    """The bytes of a record's file; - is standard input."""
    from edi.text.segments import close_source, open_source

    file = open_source(path)
    try:
        return file.read()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.") from error
    finally:
        close_source(file, path)


def within(path: str, error: RecordError) -> RecordError:
    return RecordError(f"{name_of(path)}: {error}")


def name_of(path: str) -> str:
    return "standard input" if path == "-" else path
