"""Slices of files, given to all cores; what comes of each, in the order of the files."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from edi.jobs.slices import SIZE, Slice, plan

R = TypeVar("R")
_AHEAD: Final = 4
"""So many slices for each process wait, at most: of a long file no more is in memory."""


def each_slice(work: Callable[[Slice], R], paths: Iterable[str | Path], jobs: int = 1, *, size: int = SIZE) -> Iterator[R]:
    """What `work`, which can be pickled, makes of each slice of these files. What it raises is raised here.

    SourceError where a file cannot be read.
    """
    slices = (one for path in paths for one in plan(path, size))
    if jobs < 2:
        yield from map(work, slices)
        return
    sys.stdout.flush()  # a process that is forked has what waits there too, and would write it again
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _begin)
    waiting: deque[Future[R]] = deque()
    try:
        for one in slices:
            waiting.append(pool.submit(work, one))
            if len(waiting) >= _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Ctrl-C is for the process that was started; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
