"""Whether ten gigabytes of claims are read as fast at the end as at the beginning: python -m bench.scale.

A block of claims is written once, and stands in the file as often as it takes: an opener gives what looks like one file of so
many gigabytes, which needs no room on a disk. It is planned, cut, read into rows of tables and counted by a pool of processes.
For each gigabyte there is a line of CSV: seconds by the clock, megabytes a second, and the peaks of memory so far; and a picture
of rate and memory stands beside it. What else is done with claims `bench.loop` measures.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import edi
from bench.claims import write_claims
from bench.picture import picture
from edi.jobs.slices import Opener, Slice

BLOCK: Final = 100_000
"""Claims of a block: some 60 MB."""
GIGABYTE: Final = 1 << 30
SPREAD: Final = 1.25
"""The slowest gigabyte may take so much longer than the fastest; and a process may grow so much from the second to the last."""
WORKER: Final = 150
"""Megabytes that a process may have."""


class Told(NamedTuple):
    """One gigabyte."""

    gigabyte: int
    seconds: float
    rate: float
    here: int
    worker: int
    """Peaks of memory, in MB: of the process that plans, and of the largest of those that read."""
    claims: int


class _Repeated(io.RawIOBase):
    """A file that has the bytes of another one behind each other, many times."""

    def __init__(self, path: str, times: int) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115 - closed with this
        self._block = self._file.seek(0, 2)
        self._size, self._at = self._block * times, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        place = memoryview(buffer).cast("B")
        self._file.seek(self._at % self._block)
        data = self._file.read(min(len(place), self._block - self._at % self._block, self._size - self._at))
        place[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _open(path: str, _: str, *, times: int) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Repeated(path, times), 1 << 20))


def _count(one: Slice, opener: Opener) -> tuple[int, int, int]:
    """Where a slice ends, the claims in it, and the peak of this process in MB."""
    rows = edi.tables(one, opener)
    return one.stop, len(rows["claims"]), _peak()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="Whether the last gigabyte goes as the first.")
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("scale.csv"), help="the figures; the picture stands beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-scale-") as scratch:
        path = Path(scratch) / "claims.837"
        write_claims(path, claims=BLOCK)
        times = max(1, round(options.gigabytes * GIGABYTE / path.stat().st_size))
        print(f"{times * path.stat().st_size / GIGABYTE:.1f} GB, {times * BLOCK:,} claims, {options.jobs} processes")
        found = []
        with options.out.open("w", encoding="ascii") as file:
            print(",".join(Told._fields), file=file)
            for told in _measured(path, times, options.jobs):
                found.append(told)
                text = f"{told.gigabyte},{told.seconds:.1f},{told.rate:.1f},{told.here},{told.worker},{told.claims}"
                print(text, file=file, flush=True)
                print(text, flush=True)
    rates, memory = [one.rate for one in found], [one.worker for one in found]
    shown = (("MB a second", rates), ("MB of memory, the largest process", memory))
    options.out.with_suffix(".svg").write_text(picture(shown), encoding="ascii")
    whole = found[:-1] if len(found) > 2 else found
    even = max(one.seconds for one in whole) <= SPREAD * min(one.seconds for one in whole)
    flat = found[-1].here <= SPREAD * found[0].here and found[-1].worker <= min(WORKER, SPREAD * found[0].worker)
    counted = sum(one.claims for one in found) == times * BLOCK
    for what, met in (("every claim", counted), ("an even rate", even), ("memory flat, and under 150 MB a process", flat)):
        print(f"{'met' if met else 'NOT MET'}: {what}")
    return 0 if even and flat and counted else 1


def _measured(path: Path, times: int, jobs: int) -> Iterator[Told]:
    """The gigabytes in their order, each when it is through."""
    opener = partial(_open, times=times)
    waiting: deque[Future[tuple[int, int, int]]] = deque()
    claims = worker = 0
    number, began, behind = 1, time.perf_counter(), 0
    slices = edi.plan_slices(path, opener=opener)
    with ProcessPoolExecutor(jobs) as pool:
        while True:
            for one in slices:
                waiting.append(pool.submit(_count, one, opener))
                if len(waiting) >= 2 * jobs:
                    break
            if not waiting:
                break
            stop, count, peak = waiting.popleft().result()
            claims, worker = claims + count, max(worker, peak)
            if stop >= number * GIGABYTE or not waiting:
                seconds = time.perf_counter() - began
                yield Told(number, seconds, (stop - behind) / seconds / 1e6, _peak(), worker, claims)
                number, began, behind, claims = number + 1, time.perf_counter(), stop, 0


if __name__ == "__main__":
    sys.exit(main())
