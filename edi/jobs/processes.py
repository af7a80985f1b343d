"""A pool of processes that end with the one that started them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread


@contextmanager
def processes(jobs: int, *, collecting: bool = True) -> Iterator[ProcessPoolExecutor]:
    """So many processes, forked where that is safe. Not `collecting`: what they do makes no cycles to speak of."""
    sys.stdout.flush()  # a process that is forked has what waits there too, and would write it again
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _begin, (collecting,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(collecting: bool) -> None:
    """Ctrl-C is for the process that was started, which ends the others; they do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not collecting:
        gc.disable()
    if (parent := multiprocessing.parent_process()) is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
