"""How fast claims are linked with a ledger of a million authorizations: python -m bench.link.

A file of 100,000 claims is judged by `edi-validate` (levels 1 and 2) and linked by `edi claims link` in the same run, then linked
with a ledger of twice the size. Seven claims in ten are of a member of whom the ledger has an authorization, which fits or does
not; one in six carries a number already. Figures are of whole processes, the best of several runs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.__main__ import COPY, EDI, FINDINGS, VALIDATE, Bar, File, copied, expect, machine, tell, tell_bars
from bench.measure import Run, best, python
from bench.people import ALIKE

SEGMENTS_A_CLAIM: Final = 25.3
HAVE_ONE: Final = 0.7
"""The share of claims whose member has an authorization."""
LEAST_SHARE: Final = 0.2
MOST_MEMORY: Final = 300
MOST_LONGER: Final = 1.2


def measured(what: str, command: tuple[object, ...], runs: int, code: int = 0, ledger: Path | None = None) -> Run:
    """The best of several runs of a command, each with a new copy of the ledger: what is linked is reserved in it."""
    found = []
    for number in range(runs):
        tell(f"{what}, run {number + 1}")
        if ledger is not None:
            copied(ledger)
        found.append(python(*command))
        expect(found[-1], code, " ".join(map(str, command)))
    return best(found)


def fill(path: Path, answers: Path, count: int, beyond: int) -> None:
    """Make a ledger of so many authorizations, or fill it up with those of members so much further on."""
    tell(f"a ledger of {count:,} authorizations")
    if not path.exists():
        expect(python("-m", "bench.work", "answers", answers, ALIKE, keep=True), 0)
        expect(python(*EDI, "ledger", "import", "--ledger", f"sqlite:///{path}", answers, keep=True), 0)
    expect(python("-m", "bench.work", "ledger", path, count, beyond, keep=True), 0)


def claims(path: Path, count: int, authorizations: int) -> File:
    """The file to be linked."""
    tell(f"writing {count:,} claims")
    arguments = (int(count * SEGMENTS_A_CLAIM), int(authorizations / HAVE_ONE))
    ran = python("-m", "bench.work", "claims", path, *arguments, keep=True)
    expect(ran, 0)
    return File(path, *reversed([int(number) for number in ran.said.split()]))


def row(what: str, file: File, run: Run) -> str:
    rates = f"{file.claims / run.seconds:,.0f} | {file.segments / run.seconds:,.0f}"
    return f"| {what} | {run.seconds:.2f} | {run.processor:.2f} | {rates} | {run.megabytes:.0f} MB |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.link", description="How fast claims are linked; against our bars.")
    parser.add_argument("--authorizations", type=int, default=1_000_000, help=f"in steps of {ALIKE:,} (default: a million)")
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    options = parser.parse_args()
    on, sizes = machine(), (options.authorizations, 2 * options.authorizations)
    with tempfile.TemporaryDirectory(prefix="edi-bench-", dir=options.folder) as name:
        folder, ledger = Path(name), Path(name) / "ledger.db"
        file = claims(folder / "claims.837", options.claims, options.authorizations)
        validated = measured("edi-validate", (*VALIDATE, "--level", 2, file.path), options.runs)
        linked = []
        for size in sizes:
            beyond = 0 if size == options.authorizations else size  # nobody whose claims these are
            fill(ledger, folder / "answers.278", size, beyond)
            url = f"sqlite:///{ledger.with_name(COPY)}"
            command = (*EDI, "claims", "link", "--ledger", url, file.path, "-o", folder / "linked.837")
            linked.append(measured(f"edi claims link, {size:,} authorizations", command, options.runs, FINDINGS, ledger))
    print(f"{on}\n\n{file.claims:,} claims, {file.segments:,} segments\n")
    print("| whole process | seconds | of processor | claims/s | segments/s | peak memory |\n|---|--:|--:|--:|--:|--:|")
    print(row("edi-validate, levels 1 to 2", file, validated))
    for size, run in zip(sizes, linked, strict=True):
        print(row(f"edi claims link, {size:,} authorizations", file, run))
    once, twice = linked
    share, longer = validated.seconds / once.seconds, twice.processor / once.processor
    bars = (
        Bar("claims linked against claims judged: at least a fifth", f"{share:.3f}", share >= LEAST_SHARE),
        Bar(f"memory: at most {MOST_MEMORY} MB", f"{once.megabytes:.0f} MB", once.megabytes <= MOST_MEMORY),
        Bar(f"twice the authorizations: at most {MOST_LONGER} times as long", f"{longer:.2f} times", longer <= MOST_LONGER),
    )
    return tell_bars(bars)


if __name__ == "__main__":
    sys.exit(main())
