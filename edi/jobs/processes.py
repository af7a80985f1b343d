"""A pool of processes that end with the one that started them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Final

unfinished: Final[set[Path]] = set()
"""Files that this process is at: when it is ended before it is done with them, they go with it."""
_BEHIND: Final = 10
"""By so much their priority is lower."""


@contextmanager
def processes(jobs: int, *, collecting: bool = True, behind: bool = False) -> Iterator[ProcessPoolExecutor]:
    """So many processes, forked where that is safe. Not `collecting`: what they do makes no cycles to speak of.

    `behind`: others are waited for rather than they, and have the cores first.
    """
    sys.stdout.flush()  # a process that is forked has what waits there too, and would write it again
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _begin, (collecting, behind))
    try:
        yield pool
    except KeyboardInterrupt:  # what they are at may take half a minute, and nobody waits for it
        for one in [*(pool._processes or {}).values()]:  # what `terminate_workers` is from Python 3.14 on
            one.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(collecting: bool, behind: bool) -> None:
    """Ctrl-C is for the process that was started, which ends the others; they do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    unfinished.clear()  # what is another's
    if not collecting:
        gc.disable()
    if behind and hasattr(os, "nice"):
        os.nice(_BEHIND)
    if (parent := multiprocessing.parent_process()) is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    _end()


def _end(_signal: int = 0, _frame: FrameType | None = None) -> None:
    for path in unfinished.copy():
        with suppress(OSError):
            path.unlink()
    os._exit(1)
