"""The inbox: files that others have finished writing, each taken by one run alone.

A file is taken by moving it to a folder of the run's, `INBOX/.taken/RUN`; of two runs that try, one does. A run holds a lock in
its folder while it lives, so a later one sees whose run is dead, and takes over what that had taken.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from edi.errors import SourceError

TAKEN: Final = ".taken"
LOCK: Final = ".lock"
_UNFINISHED: Final = (".part", ".tmp", ".filepart")
"""How names end while a file is being sent (the last: WinSCP's)."""
_LOOK: Final = 0.1


class Look(NamedTuple):
    """How large a file was, and when it was changed, when it was looked at."""

    size: int
    changed: int
    at: float


class Inbox:
    """A folder of files, and what this run has taken of it."""

    def __init__(self, folder: Path, settle: float) -> None:
        """`settle`: a file that does not change for so many seconds is finished."""
        self.folder, self._settle = folder, settle
        self._looks: dict[str, Look] = {}
        self._folders: dict[Path, int] = {}
        """The folders of runs whose locks this one holds."""
        self._moved = False
        self.whole = False
        """Whether nothing is left to do about what this run took."""
        if not folder.is_dir():
            raise SourceError(f"{folder}: {'it is no folder' if folder.exists() else 'there is no such folder'}.")
        try:
            (folder / TAKEN).mkdir(mode=0o700, exist_ok=True)
            while not self._begin():
                pass
        except OSError as error:
            raise SourceError(f"{folder}: files cannot be taken out of it: {error.strerror}.") from error

    def _begin(self) -> bool:
        """Make a folder for this run; False where another run took it for a dead one's before it was locked."""
        self.run = secrets.token_hex(8)
        self._own = self.folder / TAKEN / self.run
        self._own.mkdir(mode=0o700)
        try:
            self._folders[self._own] = _locked(self._own / LOCK)
        except (BlockingIOError, FileNotFoundError):
            return False
        return True

    @property
    def runs(self) -> list[str]:
        """Itself, and the runs whose files it took over."""
        return [folder.name for folder in self._folders]

    def abandoned(self) -> Iterator[Path]:
        """The folders of runs that are dead, with what they had taken; this run holds them from now on."""
        for folder in sorted((self.folder / TAKEN).iterdir()):
            if folder in self._folders or not folder.is_dir():  # a second lock on one's own would be let go with the first
                continue
            with suppress(OSError):  # its run lives, or is just ending
                self._folders[folder] = _locked(folder / LOCK)
                yield folder

    def large(self, size: int) -> bool:
        """Whether one of the files that were looked at has so many bytes."""
        return any(look.size >= size for look in self._looks.values())

    def ready(self) -> list[str]:
        """The names of files that are finished, sorted."""
        looks = {name: look for name in self._names() if (look := self._look(name)) is not None}
        for name, look in looks.items():
            before = self._looks.get(name)
            if before is not None and before[:2] == look[:2]:
                looks[name] = before
        self._looks = looks
        now = time.time()
        return sorted(name for name, look in looks.items() if self._settled(look, now))

    def awaited(self) -> list[str]:
        """The names of files that are not finished: what is ready is waited for as long as it may take to see that it is."""
        end = time.monotonic() + self._settle + _LOOK
        while set(self.ready()) != self._looks.keys() and time.monotonic() < end:
            time.sleep(_LOOK)
        return sorted(self._looks.keys() - set(self.ready()))

    def take(self, name: str) -> Path | None:
        """Where a file is now that was taken; None where somebody else was first."""
        path = self._own / name
        try:
            (self.folder / name).rename(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceError(f"{self.folder}: files cannot be taken out of it: {error.strerror}.") from error
        self._looks.pop(name, None)
        self._moved = True
        return path

    def keep(self) -> None:
        """See to it that what was taken is still so when the power goes."""
        if self._moved:
            for folder in (self._own, self.folder):
                sync(folder)
            self._moved = False

    def give_back(self, path: Path) -> None:
        """Put a file back, unless another of its name has come meanwhile: then the next run takes it over."""
        target = self.folder / path.name
        with suppress(OSError):
            os.link(path, target)  # fails where there is one, which a rename would not
            path.unlink()

    def close(self) -> None:
        """Let go of what this run holds. Where it is not `whole`, or something is left of it, the next takes it over."""
        for folder, lock in self._folders.items():
            with suppress(OSError):
                if self.whole and not any(each.name != LOCK for each in folder.iterdir()):
                    (folder / LOCK).unlink()
                    folder.rmdir()
            os.close(lock)
        self._folders.clear()

    def _names(self) -> Iterator[str]:
        try:
            with os.scandir(self.folder) as entries:
                yield from (
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
                    and not entry.name.lower().endswith(_UNFINISHED)
                    and entry.is_file(follow_symlinks=False)
                )
        except OSError as error:
            raise SourceError(f"{self.folder}: {error.strerror}.") from error

    def _look(self, name: str) -> Look | None:
        try:
            found = (self.folder / name).stat()
        except OSError:  # somebody took it
            return None
        return Look(found.st_size, found.st_mtime_ns, time.time())

    def _settled(self, look: Look, now: float) -> bool:
        """Whether it was long ago that it changed, by its own time or, where a clock is wrong, by ours."""
        return self._settle <= max(now - look.changed / 1e9, now - look.at)


def idle(folder: Path) -> bool:
    """Whether an inbox has nothing in it to look at closer; it may be gone for a while."""
    with suppress(OSError):
        names = [name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208 - names are what is wanted
        return not names and not any((folder / TAKEN).iterdir())
    return False


def sync(path: Path) -> None:
    """See to it that a file, or the names in a folder, outlive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(path: Path) -> int:
    """A lock that this process holds until it ends, however it does; processes forked from it do not.

    BlockingIOError: another has it; FileNotFoundError: it is gone, or its folder.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(handle).st_nlink:  # its run ended meanwhile
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    except OSError as error:
        os.close(handle)
        raise (BlockingIOError(error.errno, error.strerror) if error.errno in (errno.EACCES, errno.EAGAIN) else error) from error
    return handle
