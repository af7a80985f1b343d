"""edi redact: a copy of an X12 file that can be shown, with tokens in the place of what is about a person."""

from __future__ import annotations

import click

from edi.cli.options import FINDINGS, Command, key_option, output_option, refuse, source_argument, writing
from edi.errors import SourceError

__all__ = ["redact"]


@click.command(cls=Command)
@source_argument
@output_option(required=True)
@key_option
def redact(source: str, output: str, key: str) -> int:
    """Copy PATH to OUT with other names, ids, birth dates, addresses and texts.

    Lengths, counts and all other bytes stay, so what was valid is valid. The same value becomes the same token within a run, and
    always under one key. All dates of patients go back by the same number of weeks.

    Exit codes: 0 copied, 1 copied as far as there is anything: PATH is cut off, 2 there is no X12 in PATH.
    """
    from edi.text.masking import Seen, masked
    from edi.text.redaction import Tokens

    name, seen = "standard input" if source == "-" else source, Seen()
    with writing(output, over=True) as file:
        for segment in masked(source, Tokens(key), seen):
            file.write(segment)
        if not seen.x12:
            raise SourceError(f"{name}: there is no X12 in it.")
    if not seen.whole:
        refuse(f"{name}: it is cut off; so is the copy.")
        return FINDINGS
    return 0
