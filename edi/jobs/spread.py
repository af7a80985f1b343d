"""Slices of files, given to all cores; what comes of each, in the order of the files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from edi.errors import Problem
from edi.jobs.processes import processes
from edi.jobs.slices import SIZE, Slice, plan_slices

R = TypeVar("R")
_AHEAD: Final = 4
"""So many slices for each process wait, at most: of a long file no more is in memory."""


def each_slice(work: Callable[[Slice], R], paths: Iterable[str | Path], jobs: int = 1, *, size: int = SIZE) -> Iterator[R]:
    """What `work`, which can be pickled, makes of each slice of these files. What it raises is raised here.

    SourceError where a file cannot be read.
    """
    slices = (one for path in paths for one in plan_slices(path, size))
    if jobs < 2:
        yield from map(work, slices)
        return
    waiting: deque[Future[R]] = deque()
    with processes(jobs) as pool:
        for one in slices:
            waiting.append(pool.submit(work, one))
            if len(waiting) >= _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def noting(one: Slice, work: Callable[..., R]) -> tuple[R, list[str]]:
    """What `work` makes of a slice, and that its file is cut off: what it adds to its `problems`, a sentence each."""
    problems: list[Problem] = []
    found = work(one, problems=problems)
    return found, [f"{one.path}: {problem.message}" for problem in problems]
