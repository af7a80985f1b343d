"""A file's acknowledgments (TA1, 999, 277CA): written by what was found in it, their control numbers now or later.

The ledger gives the numbers, one file after the other. Another process writes the acknowledgments before, with marks where
the numbers come: a mark has NUL characters around it, so it is nothing that stood in a file, as long as that has none itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, NamedTuple, cast

from edi.jobs.batch.judged import Found, Judged
from edi.records.acknowledging import Files, write_acknowledgments

KINDS: Final = ("TA1", "999", "277CA")
_IN_MEMORY: Final = 1 << 20
_NUL: Final = b"\0"
_MARK: Final = re.compile(rb"\0(\d+) (\w*)\0")


class _Later(int):
    """A control number that is not known yet, by how many came before it: what is written of it is a mark."""

    def __format__(self, how: str) -> str:
        return f"\0{int(self)} {how}\0"

    def __str__(self) -> str:
        return format(self)


class Unnumbered(NamedTuple):
    """Acknowledgments that wait for their numbers, by their kinds."""

    written: dict[str, bytes]
    numbers: int

    def numbered(self, controls: Iterator[int]) -> dict[str, BinaryIO]:
        """The same with the next of these numbers."""
        given = [next(controls) for _ in range(self.numbers)]

        def put(mark: re.Match[bytes]) -> bytes:
            return format(given[int(mark[1])], mark[2].decode()).encode()

        return {kind: BytesIO(_MARK.sub(put, data)) for kind, data in self.written.items()}


def answer(file: Found, judged: Judged, controls: Iterator[int], stack: ExitStack) -> dict[str, BinaryIO]:
    """The acknowledgments that there are for a file, by their kinds; the stack closes them."""
    made = [stack.enter_context(_spool()) for _ in KINDS]
    created = file.received.replace(tzinfo=None)
    write_acknowledgments(str(file.path), iter(judged), Files(*made), controls=controls, created=created)
    there = {kind: one for kind, one in zip(KINDS, made, strict=True) if one.seek(0, 2)}
    for one in there.values():
        one.seek(0)
    return there


def answer_unnumbered(file: Found, judged: Judged) -> Unnumbered | None:
    """The acknowledgments without their numbers; None of a file in which a mark might stand."""
    with file.path.open("rb") as source:
        if _NUL in source.read():
            return None
    given = count()
    with ExitStack() as stack:
        written = {kind: one.read() for kind, one in answer(file, judged, map(_Later, given), stack).items()}
    return Unnumbered(written, next(given))


def _spool() -> BinaryIO:
    return cast(BinaryIO, SpooledTemporaryFile(_IN_MEMORY))
