"""Read options, call the library, report; no logic: a file per command group.

`main` is the command `edi`; it imports a group's module when that group is used, so that `edi guides show` never waits
for the ledger's imports. The modules of this room keep their own imports inside their commands for the same reason.
"""

from __future__ import annotations

import importlib
from typing import Final

import click

from edi.cli.options import Group

__all__ = ["main"]

_SECTIONS: Final = {
    "From day to day": "claims remittances authorizations worklist request requirements ledger",
    "Files": "validate ack redact batch",
    "Figures": "report export tables",
    "Set-up and trials": "rules codes guides worlds demo",
}
"""The commands as they are listed. Each is an object of its name in a module of its name."""


class _Lazy(Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in _SECTIONS.values() for name in names.split())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.list_commands(ctx)))
        for section, names in _SECTIONS.items():
            with formatter.section(section):
                short = [_command(name).get_short_help_str(formatter.width - width - 6) for name in names.split()]
                formatter.write_dl([(name.ljust(width), said) for name, said in zip(names.split(), short, strict=True)])


def _command(name: str) -> click.Command:
    command = getattr(importlib.import_module(f"edi.cli.{name}"), name)
    assert isinstance(command, click.Command)
    return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edi-authlink", prog_name="edi", message="%(prog)s %(version)s")
def main() -> None:
    """X12 prior authorizations (278), linked to claims (837) and to remittances (835).

    Exit codes: 0 nothing to report, 1 findings, 2 could not do it.
    """
