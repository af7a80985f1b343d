"""edi redact: a copy of an X12 file that can be shown, with tokens in the place of what is about a person."""

from __future__ import annotations

import click

from edi.cli.options import Command, key_option, output_option, source_argument, writing

__all__ = ["redact"]


@click.command(cls=Command)
@source_argument
@output_option(required=True)
@key_option
def redact(source: str, output: str, key: str) -> None:
    """Copy PATH to OUT with other names, ids, birth dates, addresses and texts.

    Lengths, counts and all other bytes stay, so what was valid is valid. The same value becomes the same token within a run, and
    always under one key. All dates of patients go back by the same number of weeks.
    """
    from edi.text.masking import masked
    from edi.text.redaction import Tokens

    with writing(output) as file:
        for segment in masked(source, Tokens(key)):
            file.write(segment)
