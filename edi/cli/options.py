"""The options that commands share, and the one place where an error becomes a sentence and an exit code.

    0     nothing to report
    1     findings: a command returns 1
    2     could not do it: wrong usage, an EdiError, a file that cannot be read or written, a fault of this program
    130   interrupted, 141 nobody reads the output any more (as a shell counts SIGINT and SIGPIPE)

A command is made with `Command` or `Group` (`@click.command(cls=Command)`, `@click.group(cls=Group)`; what is added to a
`Group` is of these classes by itself). It returns its exit code, None for 0, and raises an EdiError when it cannot go on:

    @claims.command()
    @source_argument
    @ledger_option
    @format_option
    @output_option(required=True)
    def link(source: str, ledger_url: str, output_format: str, output: str) -> int: ...
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

from edi.errors import EdiError

if TYPE_CHECKING:  # imported when a shell asks
    from click.shell_completion import CompletionItem

FINDINGS: Final = 1
IMPOSSIBLE: Final = 2
INTERRUPTED: Final = 130
UNREAD: Final = 141
DEFAULT_LEDGER: Final = "sqlite:///edi.db"
SQLITE: Final = "sqlite:///"
_IN_MEMORY: Final = ("sqlite://", SQLITE, f"{SQLITE}:memory:")

_READ: Final = ("answers", "code_files", "ledger_url", "map_file", "record", "records", "rule_files", "source", "sources")
"""What the parameters are called that name files to be read."""

F = TypeVar("F", bound=Callable[..., Any])


def cores() -> int:
    """The cores that this process may use; where the system does not say which (macOS, Windows), all that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_for(sources: Iterable[str], wanted: int | None) -> int:
    """On how many cores the claims or payments of files are worked at: as many as were asked for, else all for a large file."""
    if wanted is not None:
        return wanted
    from edi.jobs.workers import LARGE

    return cores() if any(Path(one).is_file() and Path(one).stat().st_size >= LARGE for one in sources) else 1


def files(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell proposes where a file is named."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def source_argument(function: F) -> F:
    """PATH, as `source`; "-" is standard input."""
    return click.argument("source", metavar="PATH", shell_complete=files)(function)


def sources_argument(function: F) -> F:
    """PATH..., at least one, as `sources`. Not checked here: a missing file must not stop the others."""
    return click.argument("sources", metavar="PATH...", nargs=-1, required=True, shell_complete=files)(function)


def format_option(function: F) -> F:
    """--format text|json, as `output_format`."""
    choice = click.Choice(["text", "json"])
    words = "For people, or one JSON document on standard output."
    return click.option("--format", "output_format", type=choice, default="text", show_default=True, help=words)(function)


def days(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """What an option takes as a number of days: 14, or 14d."""
    if value is None:
        return None
    text = value.removesuffix("d")
    if not text.isdecimal() or len(text) > 5:
        raise click.BadParameter(f"{value!r} is not a number of days, such as 14 or 14d.", context, option)
    return int(text)


def key_option(function: F) -> F:
    """--key, as `key`: the option wins over EDI_KEY; "" when neither is given."""
    words = "The key of the tokens that stand for what is not shown (or EDI_KEY); a new one for each run when neither is given."
    return click.option("--key", envvar="EDI_KEY", default="", help=words)(function)


def _code_files(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """LIST=FILE, as a dict of name and file."""
    files = {}
    for value in values:
        name, equals, file = value.partition("=")
        if not (name and equals and file):
            raise click.BadParameter(f"{value!r} is not LIST=FILE.", context, option)
        files[name] = file
    return files


def codes_option(function: F) -> F:
    """--codes LIST=FILE, as `code_files`: the lists of the user's that take the place of shipped ones (`codes.with_files`)."""
    words = "A file (code,start,stop,description) in the place of a code list; may be given several times."
    return click.option("--codes", "code_files", metavar="LIST=FILE", multiple=True, callback=_code_files, help=words)(function)


def ledger_option(function: F) -> F:
    """--ledger URL, as `ledger_url`: the option wins over EDI_LEDGER, that over sqlite:///edi.db."""
    words = f"The ledger (or EDI_LEDGER); {DEFAULT_LEDGER} when neither is given."
    option = click.option(
        "--ledger", "ledger_url", metavar="URL", envvar="EDI_LEDGER", default=DEFAULT_LEDGER, callback=kept, help=words
    )
    return option(function)


def kept(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    """The URL of a ledger that is there when the command has ended."""
    if url in _IN_MEMORY:
        raise click.BadParameter(f"{url} names no file, and so nothing would be kept.")
    return url


def rules_option(function: F) -> F:
    """--rules FILE, as `rule_files`: files of what payers want authorized and how they match, or names of shipped ones."""
    words = (
        "A file of a payer's rules (what it wants, how it matches), or a shipped one's name (medicare-outpatient); repeatable."
    )
    option = click.option("--rules", "rule_files", multiple=True, metavar="FILE", help=words, shell_complete=files)
    return option(function)


def today_option(function: F) -> F:
    """--today, as `today`: a datetime without a zone, None when it is not given."""
    kind = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
    return click.option("--today", type=kind, metavar="DATE", help="The day to count from, or a moment of it; else now.")(
        function
    )


def output_option(*, required: bool = False, help: str = "The file to write; - is standard output.") -> Callable[[F], F]:
    """-o OUT, as `output`: a path, "-" for standard output, None when it is not given and not required."""
    return click.option("-o", "--output", "output", metavar="OUT", required=required, help=help, shell_complete=files)


def same_file(one: str, other: str) -> bool:
    """Whether two arguments name one file, that is there or not; "-" is none."""
    if "-" in (one, other):
        return False
    with suppress(OSError, ValueError):  # one is not there
        return Path(one).samefile(other)
    return Path(one).resolve() == Path(other).resolve()


def _not_read(output: str, *, over: bool) -> None:
    """See that the file that is to be written is none that the command reads: what it reads would be gone.

    `over`: it may be what it is made of, but not the ledger.
    """
    context = click.get_current_context(silent=True)
    if context is None or output == "-" or not Path(output).is_file():
        return
    for name in ("ledger_url",) if over else _READ:
        given = context.params.get(name) or ()
        files = (given,) if isinstance(given, str) else given.values() if isinstance(given, Mapping) else given
        if any(same_file(output, str(each).removeprefix(SQLITE)) for each in files if each):
            raise EdiError(f"{output}: it is read, so nothing else can be written there.")


def folder_to_write(name: str) -> Path:
    """The folder that a command writes into; none is named "", which would be the one that it runs in."""
    if not name:
        raise EdiError("The name of the folder to write is empty.")
    return Path(name)


@contextmanager
def writing(output: str, *, over: bool = False, readable: bool = False) -> Iterator[BinaryIO]:
    """A file to write that appears under its name when all is written, for its owner alone (0600); "-" is standard output.
    One that has nothing about anybody may be `readable` by all (0644).

    It is none that the command reads; with `over` it may be the file that it is made of. A failure leaves what stood under that
    name before. What is no regular file (/dev/stdout, a pipe) is written as it is.
    """
    if not output:
        raise EdiError("The name of the file to write is empty.")
    path = Path(output)
    _not_read(output, over=over)
    if output == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
    else:
        path = path.resolve()  # a link stays a link
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        except OSError as error:
            raise EdiError(f"{output}: {error.strerror}.") from error
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            if readable:
                Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


def refuse(message: str) -> None:
    """One sentence on standard error: something could not be done. A line of its own is what a definition's error shows."""
    from edi.reports.text import printable

    click.echo("edi: " + "\n".join(map(printable, message.split("\n"))), err=True)


def _tell(asked: Mapping[str, Any], said: str) -> None:
    """Why a command could not do it, as a JSON document where that was asked for, with an entry for each PATH."""
    if asked.get("output_format") != "json":
        return
    document: dict[str, Any] = {"version": 1, "error": said}
    if "source" in asked:
        document["path"] = asked["source"]
    if "sources" in asked:
        document["files"] = [{"path": path, "error": said} for path in asked["sources"]]
    try:
        click.echo(json.dumps(document, indent=2))
    except OSError:  # a full disk, perhaps: what stopped the command
        _abandon_output()


def _format(words: Iterable[str]) -> str:
    """What --format says among the words of a command line, also of one that cannot be understood."""
    said = ""
    for before, word in pairwise(("", *takewhile("--".__ne__, words))):
        if before == "--format" or word.startswith("--format="):
            said = word.removeprefix("--format=")
    return said


class _Unread(Exception):  # noqa: N818 - not an error: whoever read the output has seen enough
    """A closed pipe, under a name that click does not know: it would make it exit code 1."""


class _Guarded(click.Command):
    """What `Command` and `Group` share: nothing but a sentence and an exit code leaves `main`."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)  # --help is told here
        except BrokenPipeError as error:
            raise _Unread from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _Unread from error

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        alone = extra.pop("standalone_mode", True)
        asked = {"output_format": _format(sys.argv[1:] if args is None else args)}
        run = partial(super().main, args, *more, standalone_mode=False, obj=asked, **extra)
        return sys.exit(_exit_code(run, asked)) if alone else run()


class Command(_Guarded):
    """A command of ours. What stops it is told as JSON too, where that was asked for, with the files that it was to read."""

    def invoke(self, ctx: click.Context) -> Any:
        for name in ctx.params.keys() & {"source", "sources"}:
            ctx.ensure_object(dict)[name] = ctx.params[name]
        return super().invoke(ctx)


class Group(_Guarded, click.Group):
    """A group of commands of ours."""

    command_class = Command
    group_class = type


_COLLECT_EVERY: Final = 200_000
"""New objects until Python looks for those that are kept alive only by each other. What is read is trees, of which there are none
such, and Python's own 700 makes it look through each batch of records many times over: a third of all time."""


def _exit_code(run: Callable[[], Any], asked: Mapping[str, Any]) -> int:
    """What `run` returns as an exit code, with every exception told in one sentence."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character must not end the program
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(_COLLECT_EVERY)
    try:
        code = run()
        sys.stdout.flush()
    except click.UsageError as error:
        _tell(asked, error.format_message())
        error.show()
        return IMPOSSIBLE
    except click.ClickException as error:
        _tell(asked, error.format_message())
        refuse(error.format_message())
        return IMPOSSIBLE
    except click.exceptions.Abort:  # click's word for Ctrl-C and for the end of input at a question
        return INTERRUPTED
    except (BrokenPipeError, _Unread):
        _abandon_output()
        return UNREAD
    except Exception as error:
        _tell(asked, said := sentence(error))
        refuse(said)
        return IMPOSSIBLE
    return code if isinstance(code, int) else 0


def sentence(error: Exception) -> str:
    """What to say of an exception: an EdiError's own words; of one that nobody foresaw never, they may quote a document.

    A closed pipe is nobody's error and is raised again; so is, with EDI_DEBUG=1, what nobody foresaw.
    """
    if isinstance(error, BrokenPipeError):
        raise error
    if isinstance(error, EdiError):
        return str(error)
    if os.environ.get("EDI_DEBUG") == "1":
        raise error
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if isinstance(error, MemoryError):
        return "Not enough memory."
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "edi" in Path(frame.filename).parts]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"A fault of this program ({type(error).__name__}{place}); EDI_DEBUG=1 shows all of it."


def _open_what_is_closed() -> None:
    """A stream that the caller closed (edi worklist >&-) is empty, and takes what is written to it nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - open until the program ends


def _abandon_output() -> None:
    """Send what is still unwritten nowhere, or Python complains of the closed pipe when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


__all__ = [
    "Command",
    "Group",
    "codes_option",
    "days",
    "files",
    "format_option",
    "key_option",
    "ledger_option",
    "output_option",
    "refuse",
    "rules_option",
    "same_file",
    "sentence",
    "source_argument",
    "sources_argument",
    "today_option",
    "writing",
]
