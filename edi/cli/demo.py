"""edi demo: the whole loop on the shipped examples."""

from __future__ import annotations

import click

from edi.cli.options import Command, folder_to_write

__all__ = ["demo"]


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", default="demo")
def demo(folder: str) -> None:
    """Run the whole loop on the shipped examples, step by step.

    The files are written to DIR (default: demo). It may be new, empty, or one in which a demo ran before: that one begins
    anew.
    """
    from edi.jobs.demo import run

    run(folder_to_write(folder), click.echo)
