"""edi-validate --ack: the acknowledgments of each file that is judged, in a folder, under the file's name.

    claims.837  ->  claims.837.ta1, claims.837.999, claims.837.277

What is found waits in a temporary file until the file has been judged, since it may be much. What comes through a pipe is kept in
one too, for it is read twice.
"""

from __future__ import annotations

import pickle
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, cast

import click

from edi.cli.options import folder_to_write, writing
from edi.errors import EdiError, Problem

if TYPE_CHECKING:  # imported when the command runs
    from edi.guides.validation import TransactionReport
    from edi.jobs.validating import Run

__all__ = ["Answering", "ack_options"]

ENDINGS: Final = (".ta1", ".999", ".277")
_STANDARD_INPUT: Final = "stdin"
_IN_MEMORY: Final = 8 << 20
_EPOCH: Final = datetime(2020, 1, 1)
_HIGHEST: Final = 999_999_999


def ack_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--ack DIR and --ack-control N."""
    control = "The first control number (ISA13, GS06) of the acknowledgments; else made from the clock, another each second."
    command = click.option("--ack-control", type=click.IntRange(1, _HIGHEST), metavar="N", help=control)(command)
    words = "Write the acknowledgments of each file (TA1, 999, 277CA) into DIR."
    return click.option("--ack", "folder", metavar="DIR", help=words)(command)


class Answering:
    """Acknowledgments into one folder. An input is never written over, and no two inputs are answered under one name."""

    def __init__(self, folder: str, sources: Sequence[str], *, control: int | None, values: bool) -> None:
        from edi.records.outgoing import numbers

        self._folder, self._values = folder_to_write(folder), values
        self._created = datetime.now().replace(microsecond=0)
        self._controls: Iterator[int] = numbers(control or int((self._created - _EPOCH).total_seconds()))
        self._inputs = {Path(source).resolve() for source in sources if source != "-"}
        self._written: dict[Path, str] = {}
        self.kept = [_kept(source) for source in sources]
        """The sources as files that can be read twice."""

    def of(self, source: str, kept: str, run: Run) -> Run:
        """What judges a source (kept under a name of its own, perhaps), and answers it when that is done."""
        return partial(self._run, source, kept, run)

    def _run(
        self,
        source: str,
        kept: str,
        run: Run,
        problem: Callable[[Problem], None],
        transaction: Callable[[TransactionReport], None],
    ) -> None:
        paths = self._paths(source)
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            keep = partial(pickle.dump, file=spool, protocol=pickle.HIGHEST_PROTOCOL)

            def keep_problem(found: Problem) -> None:
                keep(found)
                problem(found)

            def keep_transaction(judged: TransactionReport) -> None:
                keep(judged)
                transaction(judged)

            run(keep_problem, keep_transaction)
            spool.seek(0)
            self._answer(kept, spool, paths)

    def _answer(self, source: str, spool: IO[bytes], paths: Sequence[Path]) -> None:
        from edi.records.acknowledging import Files, write_acknowledgments

        with SpooledTemporaryFile(_IN_MEMORY) as a, SpooledTemporaryFile(_IN_MEMORY) as b, SpooledTemporaryFile(_IN_MEMORY) as c:
            files = [cast(BinaryIO, file) for file in (a, b, c)]
            found = _found(spool)
            write_acknowledgments(
                source, found, Files(*files), controls=self._controls, created=self._created, values=self._values
            )
            for path, file in zip(paths, files, strict=True):
                if file.tell():
                    file.seek(0)
                    with writing(str(path)) as target:
                        shutil.copyfileobj(file, target)

    def _paths(self, source: str) -> list[Path]:
        """Where the three go. EdiError where one of them is an input, or another input was answered there."""
        name = _STANDARD_INPUT if source == "-" else Path(source).name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EdiError(f"{self._folder}: {error.strerror}.") from error
        paths = [self._folder / (name + ending) for ending in ENDINGS]
        for path in paths:
            if path.resolve() in self._inputs:
                raise EdiError(f"{source}: its acknowledgment {path} would be written over an input.")
        if (before := self._written.setdefault(paths[0], source)) != source:
            raise EdiError(f"{source}: its acknowledgments would be written over those of {before}.")
        return paths


def _kept(source: str) -> str:
    """A file that can be read twice: the source itself, or a copy of what comes through a pipe, until the command ends."""
    path = Path(source)
    if source != "-" and (path.is_file() or path.is_dir() or not path.exists()):
        return source
    copy = Path(click.get_current_context().with_resource(TemporaryDirectory(prefix="edi-"))) / _STANDARD_INPUT
    with copy.open("wb") as file:
        if source == "-":
            shutil.copyfileobj(sys.stdin.buffer, file)
        else:
            with path.open("rb") as pipe:
                shutil.copyfileobj(pipe, file)
    return str(copy)


def _found(spool: IO[bytes]) -> Iterator[Problem | TransactionReport]:
    """What was kept, in its order."""
    while True:
        try:
            yield pickle.load(spool)  # our own, of a moment ago
        except EOFError:
            return
