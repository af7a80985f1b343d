"""The settings of a project: [tool.edi] of a pyproject.toml, or an edi.toml, and the options that they stand for.

The file is the one that EDI_CONFIG names, else the first edi.toml or pyproject.toml with [tool.edi] in the working directory and
the folders above it. A setting is the default of the option with its name (`fail-on` of `--fail-on`), so the option wins; paths
in it are taken from the file's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from edi.cli.options import Command
from edi.errors import ERROR, WARNING, DefinitionError
from edi.guides.selection import SEVERITIES, Selection
from edi.resources import payer_names, requirement_files

if TYPE_CHECKING:  # imported when the command runs
    from edi.linkage.deadlines import Deadlines

__all__ = ["Configured", "check_codes", "deadlines_of", "selection_options", "settings", "severity_option"]

CONFIG: Final = "EDI_CONFIG"
_NAMES: Final = ("edi.toml", "pyproject.toml")
_PARAMETERS: Final = {"codes": "code_files", "rules": "rule_files"}
"""What a setting is called among a command's parameters, where that is not its name."""
_LISTED: Final = 20
"""So many words at most are listed for who wrote another."""
_HELP: Final = frozenset(("-h", "--help", "--version"))
_WHERE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

F = TypeVar("F", bound=Callable[..., Any])


def _number(lowest: int, highest: int | None = None) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= lowest and (highest is None or value <= highest)


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_KEYS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = MappingProxyType(
    {
        "level": (_number(1, 7), "a number from 1 to 7"),
        "only": (
            lambda value: isinstance(value, list) and all(type(v) in (str, int) for v in value),
            "a list of codes and levels",
        ),
        "fail-on": (lambda value: value in (ERROR, WARNING), f'"{ERROR}" or "{WARNING}"'),
        "max-problems": (lambda value: value == "all" or _number(0)(value), 'a number or "all"'),
        "jobs": (_number(1), "a number from 1 on"),
        "severity": (
            lambda value: isinstance(value, dict) and all(each in SEVERITIES for each in value.values()),
            f"a table of codes, each {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}",
        ),
        "codes": (
            lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
            "a table of code lists and files",
        ),
        "rules": (_words, "a list of files"),
        "partner": (
            lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
            "a list of tables: [[partner]]",
        ),
        "payers": (
            lambda value: isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()),
            "a table of payer ids, each with line, standard, expedited",
        ),
    }
)
"""The settings that there are, when their value is right, and what to say else."""


def settings(folder: Path, named: str = "") -> dict[str, Any]:
    """The settings that hold in a folder, by option; {} where there are none. `named` is a file that is to be taken instead.

    DefinitionError where the file is not as it should be.
    """
    found = _found(folder, named)
    return _checked(*found) if found else {}


def _found(folder: Path, named: str) -> tuple[Path, Mapping[str, Any]] | None:
    """The file whose settings hold, and what it says."""
    for path in [Path(named)] if named else _above(folder):
        table = _table(path, required=bool(named))
        if table is not None:
            return path, table
    return None


def _above(folder: Path) -> Iterable[Path]:
    return (path for each in (folder, *folder.parents) for name in _NAMES if (path := each / name).is_file())


def _table(path: Path, *, required: bool) -> dict[str, Any] | None:
    """What a file says of us; None where a pyproject.toml does not."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"{error.strerror}.", _named(path)) from error
    ours = path.name != "pyproject.toml"
    if not ours and b"edi" not in data:
        return {} if required else None
    import tomllib  # only where there is something to read

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        where = _WHERE.search(said)
        line, column = (int(where[1] or 0), int(where[2] or 0)) if where else (0, 0)
        raise DefinitionError(f"this is not TOML: {_WHERE.sub('', said)}", _named(path), line, column) from error
    except UnicodeDecodeError as error:
        raise DefinitionError("this is not text in UTF-8.", _named(path)) from error
    tool = document.get("tool", {})
    table = tool.get("edi") if isinstance(tool, dict) else None
    if ours and table is None:  # in a file of its own the settings may stand at its top
        table = document
    if table is None:
        return {} if required else None
    if not isinstance(table, dict):
        raise DefinitionError("tool.edi must be a table.", _named(path))
    return table


def _checked(path: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise DefinitionError(f"there is no setting {key!r}{_suggestion(key, _KEYS)}", _named(path))
        right, words = _KEYS[key]
        if not right(value):
            raise DefinitionError(f"{key} must be {words}.", _named(path))
        found[_PARAMETERS.get(key, key.replace("-", "_"))] = _as_option(path, key, value)
    return found


def _as_option(path: Path, key: str, value: Any) -> Any:
    """The value as it would be given on the command line."""
    if key == "rules":
        return _rule_files(path.parent, value)
    if key == "partner":  # what one may say is known where it is used
        tables = [{**one, "rules": _rule_files(path.parent, one["rules"])} if _words(one.get("rules")) else one for one in value]
        return {"file": _named(path), "tables": tables}
    if key == "codes":
        return [f"{name}={path.parent / each}" for name, each in value.items()]
    if key == "only":
        return ",".join(str(each) for each in value)
    return [f"{code}={severity}" for code, severity in value.items()] if key == "severity" else value


def _rule_files(folder: Path, names: Iterable[str]) -> list[str]:
    return [each if _payer(folder, each) else str(folder / each) for each in names]


def _payer(folder: Path, name: str) -> bool:
    """Whether a payer whose rules are shipped is meant: there is one of that name, and no file."""
    return name in (*payer_names(), *(path.stem for path in requirement_files())) and not (folder / name).exists()


def _named(path: Path) -> str:
    """A file of settings, as short as it is clear."""
    return path.name if path.parent == Path.cwd() else str(path)


def _suggestion(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known := list(known), n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(known)}." if len(known) <= _LISTED else "."


class Configured(Command):
    """A command whose options have the project's settings as their defaults."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if not extra.get("resilient_parsing") and _HELP.isdisjoint(args):  # help comes, and completion, whatever the file says
            extra["default_map"] = settings(Path.cwd(), os.environ.get(CONFIG, ""))
        return super().make_context(info_name, args, parent, **extra)


def deadlines_of(context: click.Context) -> Deadlines:
    """Until when payers have to answer, as the settings say of a `Configured` command."""
    from edi.linkage.deadlines import Deadlines

    return Deadlines((context.default_map or {}).get("payers", {}))


def severity_option(function: F) -> F:
    """--severity, as `severity`: by code, those of the settings too."""
    words = f"How severe the problems with a code are: {', '.join(SEVERITIES)}. May be given several times."
    option = click.option("--severity", metavar="CODE=SEVERITY", multiple=True, callback=_severities, help=words)
    return option(function)


def selection_options(function: F) -> F:
    """--only, --severity, together as `selection`."""

    @click.option(
        "--only",
        metavar="CODE|LEVEL,...",
        callback=_only,
        help="Report only these: codes of problems, levels from 1 to 7, with commas between them.",
    )
    @severity_option
    @wraps(function)
    def selecting(only: frozenset[str], severity: Mapping[str, str], **more: Any) -> Any:
        if not more.get("rule_files"):  # who brings rules of his own has codes of his own
            check_codes(only=(word for word in only if not word.isdigit()), severity=severity)
        return function(selection=Selection(only, severity), **more)

    return selecting  # type: ignore[return-value]  # what click makes of the function takes the same options


def _only(context: click.Context, option: click.Parameter, value: str | None) -> frozenset[str]:
    asked = [word.strip() for word in (value or "").split(",") if word.strip()]
    for word in asked:
        if word.isdigit() and (word not in "1234567" or len(word) > 1):
            raise click.BadParameter(f"{word} is no level; they are 1 to 7.", context, option)
    if value and not asked:
        raise click.BadParameter("it names neither a code nor a level.", context, option)
    return frozenset(asked)


def _severities(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> Mapping[str, str]:
    """What the settings say, and over it what the options say."""
    found = {}
    for each in (*(context.default_map or {}).get("severity", ()), *value):
        code, _, severity = each.partition("=")
        if severity not in SEVERITIES:
            raise click.BadParameter(f"{each!r} is not CODE=SEVERITY with {', '.join(SEVERITIES)}.", context, option)
        found[code] = severity
    return MappingProxyType(found)


def check_codes(*, only: Iterable[str] = (), severity: Iterable[str] = ()) -> None:
    """A code that nobody knows is a slip, of who gave the option, or of who wrote the settings."""
    from edi.guides.explaining import explanations

    context = click.get_current_context()
    defaults = context.default_map or {}
    in_file = {each.partition("=")[0] for each in defaults.get("severity", ())}
    only = set(only)
    in_only = only if context.get_parameter_source("only") is ParameterSource.DEFAULT_MAP else set[str]()
    for name, codes, settled in (("only", only, in_only), ("severity", severity, in_file)):
        for code in codes:
            if code not in explanations():
                file = _found(Path.cwd(), os.environ.get(CONFIG, "")) if code in settled else None
                where = f"{_named(file[0])}: {name}" if file else f"--{name}"
                raise click.UsageError(f"{where}: there is no problem {code!r}{_suggestion(code, explanations())}")
