"""The options that say how `edi-validate` reports, and the report that they make."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edi.cli.options import key_option, output_option, writing

if TYPE_CHECKING:  # imported when the command runs
    from edi.reports import Report
    from edi.text.redaction import Tokens

__all__ = ["Reporting", "report_options"]

FORMATS: Final = ("text", "json", "jsonl", "sarif", "html")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Reporting:
    """How results are to be told, as the options say."""

    output_format: str
    output: str | None
    values: bool
    key: str
    color: str
    explain: bool

    @contextmanager
    def opened(self, rules: tuple[str, ...] = ()) -> Iterator[Report]:
        """The report, whose file appears when it is closed; codes of a user's rules are explained by their files."""
        if self.output is None:
            yield self._report(sys.stdout.write, rules)
            return
        with writing(self.output) as file:
            yield self._report(lambda text: file.write(text.encode("utf-8", "backslashreplace")), rules)

    def _report(self, write: Callable[[str], object], rules: tuple[str, ...]) -> Report:
        from edi.text.redaction import Tokens

        tokens = Tokens(self.key)
        if self.output_format == "text":
            return self._text(write, tokens, rules)
        if self.output_format == "json":
            from edi.reports.json import JsonReport

            return JsonReport(write, values=self.values, tokens=tokens)
        if self.output_format == "jsonl":
            from edi.reports.lines import LinesReport

            return LinesReport(write, values=self.values, tokens=tokens)
        if self.output_format == "sarif":
            from edi.reports.sarif import SarifReport

            return SarifReport(write, values=self.values, tokens=tokens, rules=rules)
        from edi.reports.html import HtmlReport

        return HtmlReport(write, values=self.values, tokens=tokens, rules=rules)

    def _text(self, write: Callable[[str], object], tokens: Tokens, rules: tuple[str, ...]) -> Report:
        from edi.reports.text import TextReport

        terminal = self.output is None and sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else 0
        colour = _coloured(self.color, terminal)
        return TextReport(write, values=self.values, tokens=tokens, colour=colour, width=width, explain=self.explain, rules=rules)


def report_options(function: F) -> F:
    """--format, -o, --values, --key, --color, --explain, together as `reporting`."""

    @click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="For people (text, html) or for programs; each is one document or one stream.",
    )
    @output_option(help="Write the report to this file, which appears when all is written.")
    @click.option("--values", is_flag=True, help="Show what was found also where it is about a person (PHI).")
    @key_option
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours in text; auto is at a terminal, where NO_COLOR is not set, or where FORCE_COLOR is.",
    )
    @click.option(
        "--explain", is_flag=True, help="In text: say of each kind of problem, once, why it matters and how to mend it."
    )
    @wraps(function)
    def reporting(output_format: str, output: str | None, values: bool, key: str, color: str, explain: bool, **more: Any) -> Any:
        return function(reporting=Reporting(output_format, output, values, key, color, explain), **more)

    return reporting  # type: ignore[return-value]  # what click makes of the function takes the same options


def _coloured(wish: str, terminal: bool) -> bool:
    """Whether text has colours: https://no-color.org, and FORCE_COLOR for what a program shows to people."""
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return (terminal and os.environ.get("TERM") != "dumb") or bool(os.environ.get("FORCE_COLOR"))
