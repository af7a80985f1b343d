"""How fast remittances are matched with the claims that they answer: python -m bench.match.

A ledger has the authorizations of 10,000 members and the claims of those and others. The remittances for all of these claims, one
in ten refused, are judged by `edi-validate`, at levels 1 and 2 and at all levels, and matched by `edi remittances match`, which
takes them too; then twice as many, to see that memory stays the same. Figures are of whole processes, the best of several runs.

The bar is a fifth of the speed of validating the same file, which is what `edi-validate FILE` does when nothing else is said: all
levels. What share it is of levels 1 and 2 alone, which matching goes through itself, is told beside it, without a bar.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from bench.__main__ import EDI, FINDINGS, VALIDATE, Bar, File, expect, machine, tell, tell_bars
from bench.link import HAVE_ONE, SEGMENTS_A_CLAIM, measured, row
from bench.measure import Run, python
from bench.people import ALIKE

LEAST_SHARE: Final = 0.2
MOST_MORE_MEMORY: Final = 1.3


class Matched(NamedTuple):
    """A file of remittances, and what it took to judge and to match it."""

    file: File
    read: Run
    """Judged at levels 1 and 2."""
    validated: Run
    """Judged at all levels, which is the validator's default."""
    matched: Run


def prepared(folder: Path, count: int) -> tuple[File, Path]:
    """Remittances for so many claims, and a ledger that has the claims."""
    claims, answers, paid = (folder / f"{count}{suffix}" for suffix in (".837", ".278", ".835"))
    ledger = folder / f"{count}.db"
    tell(f"{count:,} claims, sent and paid")
    expect(python("-m", "bench.work", "answers", answers, ALIKE, keep=True), 0)
    expect(python("-m", "bench.work", "claims", claims, int(count * SEGMENTS_A_CLAIM), int(ALIKE / HAVE_ONE), keep=True), 0)
    expect(python(*EDI, "ledger", "import", "--ledger", f"sqlite:///{ledger}", answers, claims, keep=True), 0)
    ran = python("-m", "bench.work", "paid", claims, paid, keep=True)
    expect(ran, 0)
    payments, segments = map(int, ran.said.split())
    return File(paid, segments, payments), ledger


def measure(folder: Path, count: int, runs: int) -> Matched:
    """Judge and match the remittances of so many claims."""
    file, ledger = prepared(folder, count)
    read = measured("edi-validate, levels 1 to 2", (*VALIDATE, "--level", 2, file.path), runs)
    validated = measured("edi-validate", (*VALIDATE, file.path), runs)
    command = (*EDI, "remittances", "match", "--ledger", f"sqlite:///{folder / 'copy.db'}", file.path)
    return Matched(file, read, validated, measured("edi remittances match", command, runs, FINDINGS, ledger))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.match", description="How fast remittances are matched.")
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    options = parser.parse_args()
    on = machine()
    with tempfile.TemporaryDirectory(prefix="edi-bench-", dir=options.folder) as name:
        once, twice = (measure(Path(name), count, options.runs) for count in (options.claims, 2 * options.claims))
    print(
        f"{on}\n\n| whole process | seconds | of processor | payments/s | segments/s | peak memory |\n|---|--:|--:|--:|--:|--:|"
    )
    for one in (once, twice):
        print(row(f"edi-validate, levels 1 to 2, {one.file.claims:,} payments", one.file, one.read))
        print(row(f"edi-validate, all levels, {one.file.claims:,} payments", one.file, one.validated))
        print(row(f"edi remittances match, {one.file.claims:,} payments", one.file, one.matched))
    print(f"\nOf the speed of levels 1 to 2: {once.read.seconds / once.matched.seconds:.3f}")
    share, more = once.validated.seconds / once.matched.seconds, twice.matched.megabytes / once.matched.megabytes
    bars = (
        Bar("payments matched against payments judged, all levels: at least a fifth", f"{share:.3f}", share >= LEAST_SHARE),
        Bar(f"memory, of twice as many: at most {MOST_MORE_MEMORY} times", f"{more:.2f} times", more <= MOST_MORE_MEMORY),
    )
    return tell_bars(bars)


if __name__ == "__main__":
    sys.exit(main())
