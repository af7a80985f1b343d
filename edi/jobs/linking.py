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
from typing import Final

from edi.guides.packing import Packed
from edi.ledger.elsewhere import Decider, within_reach
from edi.linkage.elsewhere import Answer, Ask

LARGE: Final = 1 << 20
"""In a file of so many bytes there is work for several."""


@contextmanager
def deciding(url: str, rules: Sequence[str | Path] = (), *, replace: bool = False, jobs: int = 1) -> Iterator[Ask | None]:
    """So many processes that decide for `Ledger.link` of a ledger, by rules and `replace` as that is told; None for one alone.

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
        yield partial(_ask, pool, (url, tuple(map(str, rules)), replace))
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(pool: ProcessPoolExecutor, asked: tuple[str, tuple[str, ...], bool], packed: Packed) -> Callable[[], Answer | None]:
    try:
        return partial(_waited, pool.submit(_answer, *asked, packed))
    except BrokenExecutor:
        return lambda: None


def _waited(given: Future[Answer]) -> Answer | None:
    try:
        return given.result()
    except Exception:  # whatever it was: the claims are decided here, and it is met again if it is theirs
        return None


def _answer(url: str, rules: tuple[str, ...], replace: bool, packed: Packed) -> Answer:
    return _decider(url, rules, replace)(packed)


@cache
def _decider(url: str, rules: tuple[str, ...], replace: bool) -> Decider:
    """That of this process, kept for its next batch."""
    return Decider(url, rules, replace=replace)


def _start() -> None:
    """Ctrl-C is for the process that was started; it ends the others. They make no cycles to speak of."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def _nothing() -> None:
    """A first task."""
