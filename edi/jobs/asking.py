"""Other processes that are asked batch after batch; what they cannot say (a process died) is found out by who asks, as alone."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Asked: TypeAlias = Callable[..., Callable[[], Any]]
"""Has a process call a function with arguments, all of which can be pickled; what it gives waits for the result, or None."""


@contextmanager
def asking(jobs: int) -> Iterator[Asked]:
    """So many processes.

    To be asked before a ledger is opened: a process must not come by an open connection.
    """
    sys.stdout.flush()  # a process that is forked has what waits there too, and would write it again
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _start)
    try:
        pool.submit(_nothing)  # which starts them all
        yield partial(_ask, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(pool: ProcessPoolExecutor, call: Callable[..., T], *arguments: Any) -> Callable[[], T | None]:
    try:
        return partial(_waited, pool.submit(call, *arguments))
    except BrokenExecutor:
        return lambda: None


def _waited(given: Future[T]) -> T | None:
    try:
        return given.result()
    except Exception:  # whatever it was: it is done here, and met again if it is the batch's
        return None


def _start() -> None:
    """Ctrl-C is for the process that was started; it ends the others. They make no cycles to speak of."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def _nothing() -> None:
    """A first task."""
