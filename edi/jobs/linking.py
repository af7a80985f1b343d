"""The claims of a file linked on several cores: it is read and written here, and other processes decide.

They read the ledger for themselves. What cannot be done that way (a process died) is done here, as with one core, so that the
result is the same.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple

from edi.guides.packing import Packed
from edi.ledger.elsewhere import Decider, within_reach
from edi.linkage.elsewhere import Answer, Ask

LARGE: Final = 1 << 20
"""In a file of so many bytes there is work for several."""


class _Told(NamedTuple):
    """What a process decides by."""

    url: str
    rules: tuple[str, ...]
    replace: bool
    brief: bool


@contextmanager
def deciding(
    url: str, rules: Sequence[str | Path] = (), *, replace: bool = False, brief: bool = False, jobs: int = 1
) -> Iterator[Ask | None]:
    """So many processes that decide for `Ledger.link` of a ledger, by what that is told too; None for one alone.

    To be asked before the ledger is opened: a process must not come by an open connection.
    """
    if jobs < 2 or not within_reach(url):
        yield None
        return
    sys.stdout.flush()  # a process that is forked has what waits there too, and would write it again
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _start)
    try:
        pool.submit(_nothing)  # which starts them all
        yield partial(_ask, pool, _Told(url, tuple(map(str, rules)), replace, brief))
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(pool: ProcessPoolExecutor, told: _Told, packed: Packed) -> Callable[[], Answer | None]:
    try:
        return partial(_waited, pool.submit(_answer, told, packed))
    except BrokenExecutor:
        return lambda: None


def _waited(given: Future[Answer]) -> Answer | None:
    try:
        return given.result()
    except Exception:  # whatever it was: the claims are decided here, and it is met again if it is theirs
        return None


def _answer(told: _Told, packed: Packed) -> Answer:
    return _decider(told)(packed)


@cache
def _decider(told: _Told) -> Decider:
    """That of this process, kept for its next batch."""
    return Decider(told.url, told.rules, replace=told.replace, brief=told.brief)


def _start() -> None:
    """Ctrl-C is for the process that was started; it ends the others. They make no cycles to speak of."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def _nothing() -> None:
    """A first task."""
