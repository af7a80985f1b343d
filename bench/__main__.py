"""Measure everything in one run, print the table and the bars: make bench, or python -m bench --quick.

The table is Markdown, so that a run can be kept. Files are written to a temporary folder (or --folder) before anything is
measured; every figure is of a whole process, the best of several runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bench.measure import Run, best, python

VALIDATE: Final = ("-c", "from edi.cli.validate import validate; validate()")
EDI: Final = ("-m", "edi")
PYX12: Final = ("-m", "pyx12.scripts.x12valid", "--quiet")
FINDINGS: Final = 1


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    segments: int
    pyx12: int
    refused: int
    linked: int
    authorizations: int
    small: int
    """Segments of a file of about 1 MB."""
    large: int
    runs: int


FULL: Final = Sizes(1_000_000, 20_000, 1_000_000, 250_000, 100_000, 45_000, 4_500_000, 3)
QUICK: Final = Sizes(100_000, 5_000, 50_000, 20_000, 2_000, 45_000, 450_000, 1)


class File(NamedTuple):
    """A file that was written to be measured with."""

    path: Path
    segments: int
    claims: int

    @property
    def megabytes(self) -> float:
        return self.path.stat().st_size / 1e6


class Job(NamedTuple):
    """A process to measure: what to call it, the file that it reads, its arguments, the exit code that it must have."""

    what: str
    file: File
    command: tuple[object, ...]
    code: int = 0


class Row(NamedTuple):
    """A line of the table."""

    what: str
    segments: int
    megabytes: float
    run: Run

    @property
    def rate(self) -> float:
        return self.segments / self.run.seconds


class Bar(NamedTuple):
    """What we want, and whether it is so."""

    wanted: str
    measured: str
    met: bool


class Bench:
    """One run: `folder` holds its files."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.folder, self.sizes = folder, sizes
        self.rows: list[Row] = []

    # -- files -------------------------------------------------------------------------------------------------------

    def claims(self, name: str, segments: int, *, faulty: bool = False) -> File:
        """Claims of members of whom every second has an authorization."""
        tell(f"writing {name}")
        path = self.folder / name
        members = 2 * self.sizes.authorizations
        ran = python("-m", "bench.work", "claims", path, segments, members, "faulty" if faulty else "valid", keep=True)
        expect(ran, 0)
        claims, written = map(int, ran.said.split())
        return File(path, written, claims)

    # -- measuring ---------------------------------------------------------------------------------------------------

    def measure(self, *jobs: Job, runs: int = 0) -> list[Row]:
        """Run each job several times, in turn: what disturbs the machine for a while then disturbs all of them."""
        found: dict[Job, list[Run]] = {job: [] for job in jobs}
        for number in range(runs or self.sizes.runs):
            for job in jobs:
                tell(f"{job.what}, run {number + 1}")
                found[job].append(python(*job.command))
                if found[job][-1].code != job.code:
                    expect(python(*job.command, keep=True), job.code, " ".join(map(str, job.command)))
        rows = [Row(job.what, job.file.segments, job.file.megabytes, best(found[job])) for job in jobs]
        self.rows += rows
        return rows

    def run(self) -> list[Bar]:
        """Measure; the bars."""
        sizes = self.sizes
        large, pyx12 = self.claims("claims.837", sizes.segments), self.claims("pyx12.837", sizes.pyx12)
        refused = self.claims("refused.837", sizes.refused, faulty=True)
        said = python(*PYX12, pyx12.path, keep=True).said
        if ": OK" not in said:
            sys.exit(f"pyx12 finds fault with the generated claims, so nothing here can be compared:\n{said}")
        second, _, _, fast, _, slow = self.measure(
            Job("pyx12, full validation", pyx12, (*PYX12, pyx12.path)),
            Job("split into kept lists, plain Python", large, ("-m", "bench.work", "split", large.path)),
            Job("tokenising (edi.text.segments.read)", large, ("-m", "bench.work", "tokenise", large.path)),
            Job("levels 1 to 2", large, (*VALIDATE, "--level", 2, large.path)),
            Job("all levels", large, (*VALIDATE, large.path)),
            Job("levels 1 to 2, every unit refused", refused, (*VALIDATE, "--level", 2, refused.path), FINDINGS),
        )
        little, much = self._memory()
        start = self._start()
        self._link()
        return [
            _at_least("levels 1 to 2, against pyx12", fast.rate / second.rate, 150),
            _at_least("every unit refused, against pyx12", slow.rate / second.rate, 25),
            _at_most(
                f"memory, {much.megabytes:.0f} MB against {little.megabytes:.0f} MB", _memory_ratio(much, little), 1.3, " times"
            ),
            _at_most(f"memory, {much.megabytes:.0f} MB", much.run.megabytes, 150, " MB"),
            _at_most("edi-validate on one claim, start to end", start.run.seconds, 0.5, " s"),
        ]

    def _memory(self) -> tuple[Row, Row]:
        """Validating about 1 MB and about 100 MB."""
        rows = []
        for segments in (self.sizes.small, self.sizes.large):
            file = self.claims(f"memory-{segments}.837", segments)
            rows += self.measure(Job(f"all levels, {file.megabytes:.0f} MB", file, (*VALIDATE, file.path)), runs=1)
            file.path.unlink()
        return rows[0], rows[1]

    def _start(self) -> Row:
        path = self.folder / "one.837"
        ran = python("-m", "bench.work", "one-claim", path, keep=True)
        expect(ran, 0)
        file = File(path, int(ran.said.split()[1]), 1)
        return self.measure(Job("edi-validate on one claim", file, (*VALIDATE, path)), runs=5)[0]

    def _link(self) -> None:
        """Remember authorizations, then put their numbers into claims."""
        ledger = f"sqlite:///{self.folder / 'ledger.db'}"
        answers = self.folder / "answers.278"
        ran = python("-m", "bench.work", "answers", answers, self.sizes.authorizations, keep=True)
        expect(ran, 0)
        kept = File(answers, int(ran.said), self.sizes.authorizations)
        what = f"edi ledger import, {kept.claims:,} authorizations"
        self.measure(Job(what, kept, (*EDI, "ledger", "import", "--ledger", ledger, answers)), runs=1)
        claims = self.claims("link.837", self.sizes.linked)
        out = self.folder / "linked.837"
        what = f"edi claims link, {claims.claims:,} claims, {kept.claims:,} authorizations"
        self.measure(Job(what, claims, (*EDI, "claims", "link", "--ledger", ledger, claims.path, "-o", out), FINDINGS))


def expect(run: Run, code: int, command: str = "") -> None:
    if run.code != code:
        sys.exit(f"{command or 'python -m bench.work'} ended with {run.code}, not {code}.\n{run.said[-2000:]}")


def tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def _memory_ratio(much: Row, little: Row) -> float:
    return much.run.megabytes / little.run.megabytes


def _at_least(what: str, measured: float, wanted: float) -> Bar:
    return Bar(f"{what}: at least {wanted:g} times", f"{measured:.0f} times", measured >= wanted)


def _at_most(what: str, measured: float, wanted: float, unit: str) -> Bar:
    return Bar(f"{what}: at most {wanted:g}{unit}", f"{measured:.2f}{unit}", measured <= wanted)


def machine() -> str:
    """What this was measured on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0] if names else processor
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}{load}"


def table(rows: list[Row]) -> str:
    """Markdown: what, how much of it, how fast, against pyx12, and the peak of memory."""
    pyx12 = rows[0].rate
    lines = [
        "| whole process | segments | MB | seconds | of processor | segments/s | MB/s | against pyx12 | peak memory |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        run = row.run
        lines.append(
            f"| {row.what} | {row.segments:,} | {row.megabytes:.1f} | {run.seconds:.2f} | {run.processor:.2f} | {row.rate:,.0f} "
            f"| {row.megabytes / run.seconds:.1f} | {row.rate / pyx12:.1f} | {run.megabytes:.0f} MB |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast, how much memory; against pyx12 and our bars.")
    parser.add_argument("--quick", action="store_true", help="small files: shows that it runs, its figures mean little")
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    options = parser.parse_args()
    on = machine()
    with tempfile.TemporaryDirectory(prefix="edi-bench-", dir=options.folder) as folder:
        bench = Bench(Path(folder), QUICK if options.quick else FULL)
        bars = bench.run()
    print(f"{on}\n\n{table(bench.rows)}\n\n| bar | measured | |\n|---|--:|---|")
    for bar in bars:
        print(f"| {bar.wanted} | {bar.measured} | {'met' if bar.met else 'NOT MET'} |")
    if options.quick:
        print("\nA quick run: on files this small the start of a process counts for much.")
        return 0
    return 0 if all(bar.met for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
