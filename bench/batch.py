"""How fast a folder of mixed files is worked off: python -m bench.batch.

A thousand files, as `bench.mixed` makes them, are worked off by `edi batch run --sent` on two cores and on one, in a new ledger;
and by one process that does with them what `bench.unkept` says: it judges and links, and keeps nothing. Then it is measured what
several processes are worth to the validator: on these files, of which the start is most; on one transaction that holds all claims
of a large file, and on many files of about a megabyte. Figures are of whole processes, the best of several; the memory is that of
the largest process: of a batch that is the one that decides. Two cores that are one core's threads do less than two.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.__main__ import EDI, FINDINGS, VALIDATE, Bar, expect, machine, tell, tell_bars
from bench.measure import Run, best, python

LEAST_SHARE: Final = 0.5
LEAST_QUICKER: Final = 1.7
MOST_MEMORY: Final = 150
SEGMENTS: Final = 10_000_000
"""Of the one transaction."""
SEGMENTS_OF_A_MEGABYTE: Final = 38_000
_UNLIKE: Final = 4
"""So many of the files of a megabyte differ; the others are links to these."""


def worked_off(folder: Path, files: Path, jobs: int, runs: int) -> Run:
    """The best run of a batch, each with a new inbox, outbox and ledger."""
    found = []
    for number in range(runs):
        tell(f"edi batch run, {jobs} processes, run {number + 1}")
        home = folder / "worked off"
        shutil.copytree(files, home / "in")
        places = ("--inbox", home / "in", "--outbox", home / "out", "--settle", 0)
        found.append(python(*EDI, "batch", "run", *places, "--tests", "--sent", "--jobs", jobs))
        expect(found[-1], FINDINGS, "edi batch run")
        left = [path for path in (home / "in").rglob("*") if path.is_file()]
        if left or len([*(home / "out" / "archive").rglob("*.*")]) < len([*files.iterdir()]):
            sys.exit(f"edi batch run left {len(left)} files, or did not archive all.")
        shutil.rmtree(home)
    return best(found)


def unkept(folder: Path, files: Path, runs: int) -> Run:
    """The best run of a process that keeps nothing."""
    found = []
    for number in range(runs):
        tell(f"judged and linked in one process, run {number + 1}")
        out = folder / "unkept"
        out.mkdir()
        found.append(python("-m", "bench.work", "unkept", files, out, keep=True))
        expect(found[-1], 0)
        shutil.rmtree(out)
    return best(found)


def judged(what: str, files: list[Path], jobs: int, runs: int) -> Run:
    """The best run of the validator."""
    found = []
    for number in range(runs):
        tell(f"edi-validate, {what}, {jobs} processes, run {number + 1}")
        found.append(python(*VALIDATE, "--jobs", jobs, *files))
        expect(found[-1], 0, "edi-validate")
    return best(found)


def _megabytes(folder: Path, count: int) -> list[Path]:
    """So many files of claims, of about a megabyte each, under names of their own."""
    paths = [folder / f"{number:05d}.megabyte.837" for number in range(count)]
    for number, path in enumerate(paths):
        if number < _UNLIKE:
            ran = python("-m", "bench.work", "claims", path, SEGMENTS_OF_A_MEGABYTE, 500, 0, "professional", number, keep=True)
            expect(ran, 0)
        else:
            path.hardlink_to(paths[number % _UNLIKE])
    return paths


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description="How fast a folder of mixed files is worked off.")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--segments", type=int, default=SEGMENTS, help="of the one transaction")
    parser.add_argument("--large", type=int, default=400, metavar="N", help="so many files of about a megabyte")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    options = parser.parse_args()
    on, jobs, runs = machine(), options.jobs, options.runs
    with tempfile.TemporaryDirectory(prefix="edi-bench-", dir=options.folder) as name:
        folder, files = Path(name), Path(name) / "files"
        files.mkdir()
        tell(f"writing {options.files:,} files")
        ran = python("-m", "bench.work", "mixed", files, options.files, keep=True)
        expect(ran, 0)
        segments = int(ran.said)
        large = folder / "large.837"
        ran = python("-m", "bench.work", "one-set", large, options.segments, keep=True)
        expect(ran, 0)
        claims, inside = map(int, ran.said.split())
        megabytes = _megabytes(folder, options.large)
        together, alone = worked_off(folder, files, jobs, runs), worked_off(folder, files, 1, runs)
        plain = unkept(folder, files, runs)
        many = [judged("the files", sorted(files.iterdir()), n, runs) for n in (jobs, 1)]
        one = [judged("one transaction", [large], n, runs) for n in (jobs, 1)]
        more = [judged("files of a megabyte", megabytes, n, runs) for n in (jobs, 1)] if megabytes else []
    print(f"{on}\n\n{options.files:,} files, {segments:,} segments; one transaction of {claims:,} claims, {inside:,} segments\n")
    print("| whole process | seconds | of processor | files/s | segments/s | peak memory |\n|---|--:|--:|--:|--:|--:|")
    rows = [
        ("judged and linked in one process, nothing kept", plain, options.files, segments),
        (f"edi batch run, {jobs} processes", together, options.files, segments),
        ("edi batch run, one process", alone, options.files, segments),
        (f"edi-validate, the files, {jobs} processes", many[0], options.files, segments),
        ("edi-validate, the files, one process", many[1], options.files, segments),
        (f"edi-validate, one transaction, {jobs} processes", one[0], 1, inside),
        ("edi-validate, one transaction, one process", one[1], 1, inside),
    ]
    if more:
        size = options.large * SEGMENTS_OF_A_MEGABYTE
        rows += [
            (f"edi-validate, {options.large:,} files of a megabyte, {jobs} processes", more[0], options.large, size),
            (f"edi-validate, {options.large:,} files of a megabyte, one process", more[1], options.large, size),
        ]
    for what, run, count, size in rows:
        rates = f"{count / run.seconds:,.1f} | {size / run.seconds:,.0f} | {run.megabytes:.0f} MB"
        print(f"| {what} | {run.seconds:.2f} | {run.processor:.2f} | {rates} |")
    largest = max(run.megabytes for run in (together, alone, *many, *one, *more))
    pairs = (("one transaction", one), *([("files of a megabyte", more)] if more else []))
    return tell_bars(
        [
            _bar("a batch against one process that keeps nothing", plain.seconds / together.seconds, LEAST_SHARE),
            *(
                _bar(f"{jobs} processes against one, {what} judged", alone.seconds / shared.seconds, LEAST_QUICKER)
                for what, (shared, alone) in pairs
            ),
            Bar(f"memory of each process: at most {MOST_MEMORY} MB", f"{largest:.0f} MB", largest <= MOST_MEMORY),
        ]
    )


def _bar(what: str, measured: float, wanted: float) -> Bar:
    return Bar(f"{what}: at least {wanted:g}", f"{measured:.2f}", measured >= wanted)


if __name__ == "__main__":
    sys.exit(main())
