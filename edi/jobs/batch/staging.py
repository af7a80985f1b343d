"""Outputs written aside, in a hidden folder beside their places, and put there when the ledger has kept what they say.

OUTBOX/claims.837.999   is written as   OUTBOX/.staging/RUN/claims.837.999
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from edi.errors import EdiError
from edi.jobs.batch.inbox import sync

STAGING: Final = ".staging"
_AT_ONCE: Final = 8
"""Files that the disk is asked to write at the same time."""


class CannotWriteError(EdiError):
    """An output cannot be written or put in its place: nothing more can be done until somebody has seen to it."""


class Staging:
    """The outputs of one file, and where they belong."""

    def __init__(self, outbox: Path, run: str) -> None:
        self._outbox, self._run = outbox, run
        self._paths: list[Path] = []

    @contextmanager
    def writing(self, path: Path) -> Iterator[BinaryIO]:
        """A file that will come into its place; one that stays empty does not."""
        staged = staged_for(path, self._run)
        with cannot_write(path):
            folder(staged.parent)
            with os.fdopen(os.open(staged, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
                yield file
                file.flush()
                if file.seek(0, os.SEEK_END):
                    self._paths.append(path)
                    return
            staged.unlink()

    def staged(self, path: Path) -> Path | None:
        """Where an output waits; None where nothing was written to it."""
        return staged_for(path, self._run) if path in self._paths else None

    def outputs(self) -> list[dict[str, Any]]:
        """Where each will stand, its bytes and digest."""
        return [{"path": _relative(path, self._outbox), **measured(staged_for(path, self._run))} for path in self._paths]

    def discard(self) -> None:
        """Nothing of it is to be."""
        for path in self._paths:
            with suppress(OSError):
                staged_for(path, self._run).unlink()
        self._paths.clear()


def measured(path: Path) -> dict[str, Any]:
    """The size and the digest of a file."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


class Ready(NamedTuple):
    """A file that was decided about: its outputs, the last of them itself; the run that wrote them; where the file is now."""

    outputs: Sequence[Mapping[str, Any]]
    run: str
    taken: Path


def secure(files: Sequence[Ready], outbox: Path) -> None:
    """See to it that what waits aside outlives a power failure. Together they cost the disk little more than one alone."""
    paths = [staged_for(outbox / each["path"], one.run) for one in files for each in one.outputs[:-1]]
    with cannot_write(outbox), ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(sync, paths))
        for parent in {path.parent for path in paths}:
            sync(parent)


def publish(files: Sequence[Ready], outbox: Path) -> None:
    """Put outputs in their places, then the files themselves; what was put there before stays."""
    folders = set()
    for one in files:
        for path in (outbox / each["path"] for each in one.outputs[:-1]):
            with cannot_write(path), suppress(FileNotFoundError):  # a run that was killed had done it
                staged_for(path, one.run).replace(path)
                folders.add(path.parent)
    with cannot_write(outbox):
        for parent in folders:
            sync(parent)
    for one in files:
        own = outbox / one.outputs[-1]["path"]
        with cannot_write(own):
            folder(own.parent)
            if one.taken.exists():
                _move(one.taken, own, one.run)
    with cannot_write(outbox):
        for parent in {(outbox / one.outputs[-1]["path"]).parent for one in files}:
            sync(parent)


def tidy(outbox: Path, places: Sequence[Path], run: str) -> None:
    """Take away what a run left aside: outputs of files that were not decided about."""
    for place in {outbox, *places}:
        shutil.rmtree(place / STAGING / run, ignore_errors=True)
        with suppress(OSError):
            (place / STAGING).rmdir()


def folder(path: Path) -> None:
    """A folder for its owner alone, with those above it. Another run may be taking one away that it is done with."""
    for last in (False, False, True):
        try:
            if not path.is_dir():
                folder(path.parent)
                path.mkdir(mode=0o700, exist_ok=True)
            return
        except FileNotFoundError:
            if last:
                raise


def staged_for(path: Path, run: str) -> Path:
    """Where an output waits."""
    return path.parent / STAGING / run / path.name


@contextmanager
def cannot_write(path: Path) -> Iterator[None]:
    """What the system refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        raise CannotWriteError(f"{error.filename or path}: {error.strerror or error}.") from error


def _move(path: Path, target: Path, run: str) -> None:
    """Move a file, to another file system too: then it is copied aside first."""
    try:
        with suppress(PermissionError):  # it is somebody else's, who may be let write into the inbox
            path.chmod(0o600)
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        staged = staged_for(target, run)
        folder(staged.parent)
        with path.open("rb") as source, os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(path, staged)
        staged.chmod(0o600)
        staged.replace(target)
        path.unlink()


def _relative(path: Path, outbox: Path) -> str:
    return str(path.relative_to(outbox)) if path.is_relative_to(outbox) else str(path)
