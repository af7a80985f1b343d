"""Other processes that are asked batch after batch; what they cannot say (a process died) is found out by who asks, as alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from edi.jobs.processes import processes

LARGE: Final = 1 << 20
"""In a file of so many bytes there is work for several."""
T = TypeVar("T")
Asked: TypeAlias = Callable[..., Callable[[], Any]]
"""Has a process call a function with arguments, all of which can be pickled; what it gives waits for the result, or None."""


@contextmanager
def asking(jobs: int) -> Iterator[Asked]:
    """So many processes.

    To be asked before a ledger is opened: a process must not come by an open connection.
    """
    with processes(jobs, collecting=False) as pool:
        pool.submit(_nothing)  # which starts them all
        yield partial(_ask, pool)


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


def _nothing() -> None:
    """A first task."""
