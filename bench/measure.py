"""Whole processes, from start to end: seconds by the clock, and the most memory each had.

The peak that Linux tells of a child is at least what its parent had when it was started. So this process stays small: it
imports nothing of ours and nothing large, and what it measures, and the writing of files, are processes of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

_ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""What is installed has its bytecode beside it; a process that may not keep it compiles every module anew."""


class Run(NamedTuple):
    """One process: its exit code, seconds by the clock and of processor, peak of memory in MB, what it said if that was kept."""

    code: int
    seconds: float
    processor: float
    megabytes: float
    said: str


def python(*arguments: object, keep: bool = False) -> Run:
    """Run this Python with such arguments; what it says (on both of its outputs) is kept, or thrown away."""
    command = [sys.executable, *map(str, arguments)]
    out = subprocess.PIPE if keep else subprocess.DEVNULL
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=_ENVIRONMENT)
    said = ""
    if process.stdout is not None:
        with process.stdout as pipe:
            said = pipe.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes here
    return Run(process.returncode, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, said)


def best(runs: Sequence[Run]) -> Run:
    """The fastest of several runs: what disturbs a run only makes it slower."""
    return min(runs, key=lambda run: run.seconds)
