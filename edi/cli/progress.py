"""How far a long file has come: words on standard error at a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

EVERY: Final = 0.5
"""Seconds between two times that it is told."""


def at_a_terminal() -> bool:
    """Whether a person looks on."""
    return sys.stderr.isatty()


class Progress:
    """What has been done of a file, counted, and how much of it has been read."""

    def __init__(self, done: str) -> None:
        """`done` says what is counted: "segments judged"."""
        self._done, self._wanted, self._shown = done, at_a_terminal(), False

    def begin(self, source: str) -> None:
        """Another file's turn."""
        self._name = "standard input" if source == "-" else source
        self._size = Path(source).stat().st_size if self._wanted and source != "-" and Path(source).is_file() else 0
        self._count = self._bytes = 0
        self._next = time.monotonic() + EVERY

    def turn(self, done: str) -> None:
        """What was read is gone through another way, and counted anew: "payments judged"."""
        self._done, self._count, self._bytes = done, 0, 0

    def step(self, count: int) -> None:
        """So many more are done."""
        self._count += count
        self._tell()

    def heard(self, offset: int) -> None:
        """All up to a byte has been read."""
        if offset > self._bytes:
            self._bytes = offset
            self._tell()

    def _tell(self) -> None:
        if self._wanted and time.monotonic() >= self._next:
            megabytes = self._bytes >> 20
            read = f"{megabytes:,} MB, " if megabytes else ""
            share = f" ({self._bytes * 100 // self._size}%)" if megabytes and self._size else ""
            said = f"\redi: {click.format_filename(self._name)}: {read}{self._count:,} {self._done}{share}\x1b[K"
            click.echo(said, nl=False, err=True)
            self._shown, self._next = True, time.monotonic() + EVERY

    def clear(self) -> None:
        """Something else is going to be written."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False


@contextmanager
def progress(source: str, read: str) -> Iterator[tuple[Callable[[int, int], object], Callable[[int], object]]]:
    """Tells of a file what is `read`, then of its payments what is judged: who is told how many more, up to which byte."""
    told = Progress(read)
    told.begin(source)
    judging = False

    def heard(count: int, offset: int) -> None:
        told.step(count)
        told.heard(offset)

    def judged(count: int) -> None:
        nonlocal judging
        if not judging:
            judging = True
            told.turn("payments judged")
        told.step(count)

    try:
        yield heard, judged
    finally:
        told.clear()
