"""Read options, call the library, report; no logic: a file per command group.

`main` is the command `edi`; it imports a group's module when that group is used, so that `edi guides show` never waits
for the ledger's imports. The modules of this room keep their own imports inside their commands for the same reason.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Final

import click

from edi.cli.options import Group

__all__ = ["main"]

_COMMANDS: Final = {
    "ack": "edi.cli.ack",
    "authorizations": "edi.cli.authorizations",
    "batch": "edi.cli.batch",
    "claims": "edi.cli.claims",
    "codes": "edi.cli.codes",
    "demo": "edi.cli.demo",
    "export": "edi.cli.export",
    "guides": "edi.cli.guides",
    "ledger": "edi.cli.ledger",
    "redact": "edi.cli.redact",
    "remittances": "edi.cli.remittances",
    "report": "edi.cli.report",
    "request": "edi.cli.request",
    "requirements": "edi.cli.requirements",
    "rules": "edi.cli.rules",
    "tables": "edi.cli.tables",
    "validate": "edi.cli.validate",
    "worklist": "edi.cli.worklist",
    "worlds": "edi.cli.worlds",
}
"""A command, and the module that has an object of the command's name."""


class _Lazy(Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, module in _COMMANDS.items() if find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None or not find_spec(module):
            return None
        command = getattr(importlib.import_module(module), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edi-authlink", prog_name="edi", message="%(prog)s %(version)s")
def main() -> None:
    """X12 prior authorizations (278), linked to claims (837) and to remittances (835).

    Exit codes: 0 nothing to report, 1 findings, 2 could not do it.
    """
