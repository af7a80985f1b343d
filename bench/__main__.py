"""Measure everything in one run, print the table and the bars: make bench, or python -m bench --quick.

The table is Markdown, so that a run can be kept. Files are written to a temporary folder (or --folder) before anything is
measured; every figure is of a whole process, the best of several runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from bench.measure import Run, best, python

VALIDATE: Final = ("-c", "from edi.cli.validate import validate; validate()")
ONE: Final = (*VALIDATE, "--jobs", 1)
PURE: Final = ("-c", f"import os; os.environ['EDI_SPEED'] = '0'; {VALIDATE[1]}")
"""Without the compiled judge."""
EDI: Final = ("-m", "edi")
PYX12: Final = ("-m", "pyx12.scripts.x12valid", "--quiet")
OXEDI: Final = importlib.util.find_spec("oxedi") is not None
"""A reader in Rust, measured beside us where it is installed."""
FINDINGS: Final = 1
PROFESSIONAL, INSTITUTIONAL, REMITTANCE = "837P", "837I", "835"


@dataclass(frozen=True)
class Sizes:
    """How much is measured: segments, but for authorizations and runs."""

    segments: int
    pyx12: int
    linked: int
    authorizations: int
    requests: int
    listed: int
    """Authorizations of the ledger whose lists are measured."""
    small: int
    """Of a file of about 1 MB."""
    copies: int
    """So many interchanges make the large file that memory is measured with."""
    runs: int


FULL: Final = Sizes(1_000_000, 20_000, 250_000, 100_000, 5_000, 100_000, 45_000, 46, 3)
QUICK: Final = Sizes(100_000, 5_000, 20_000, 2_000, 500, 2_000, 45_000, 5, 1)
MILLION: Final = 1_000_000
COPY: Final = "copy.db"


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
    ledger: Path | None = None
    """Each run has a new copy of it."""


class Row(NamedTuple):
    """A line of the table."""

    what: str
    segments: int
    megabytes: float
    run: Run
    pyx12: float
    """What pyx12 does with a file of that kind, in segments a second; 0 where that is not to be compared."""

    @property
    def rate(self) -> float:
        return self.segments / self.run.seconds


class Bar(NamedTuple):
    """What we want, and whether it is so."""

    wanted: str
    measured: str
    met: bool


def tell_bars(bars: Sequence[Bar]) -> int:
    """Print them as a table; the exit code, 0 where all are met."""
    print("\n| bar | measured | |\n|---|--:|---|")
    for bar in bars:
        print(f"| {bar.wanted} | {bar.measured} | {'met' if bar.met else 'NOT MET'} |")
    return 0 if all(bar.met for bar in bars) else 1


class Bench:
    """One run: `folder` holds its files."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.folder, self.sizes = folder, sizes
        self.rows: list[Row] = []
        self.bars: list[Bar] = []
        self.lists = ""
        """The table of lists."""

    # -- files -------------------------------------------------------------------------------------------------------

    def claims(self, name: str, segments: int, *, faulty: float = 0, kind: str = PROFESSIONAL) -> File:
        """Claims of members of whom every second has an authorization, or remittances."""
        tell(f"writing {name}")
        path = self.folder / name
        if kind == REMITTANCE:
            ran = python("-m", "bench.work", "payments", path, segments, keep=True)
        else:
            members, form = 2 * self.sizes.authorizations, "institutional" if kind == INSTITUTIONAL else "professional"
            ran = python("-m", "bench.work", "claims", path, segments, members, faulty, form, keep=True)
        expect(ran, 0)
        claims, written = map(int, ran.said.split())
        return File(path, written, claims)

    def copies(self, file: File, count: int) -> File:
        """A file of so many interchanges, each the same."""
        path = file.path.with_name(f"{count}-times-{file.path.name}")
        data = file.path.read_bytes()
        with path.open("wb") as out:
            for _ in range(count):
                out.write(data)
        return File(path, count * file.segments, count * file.claims)

    # -- measuring ---------------------------------------------------------------------------------------------------

    def measure(self, *jobs: Job, runs: int = 0, pyx12: float | None = 0) -> list[Row]:
        """Run each job several times, in turn: what disturbs the machine for a while then disturbs all of them.

        `pyx12` is its rate; None: the first job is pyx12's.
        """
        found: dict[Job, list[Run]] = {job: [] for job in jobs}
        for number in range(runs or self.sizes.runs):
            for job in jobs:
                tell(f"{job.what}, run {number + 1}")
                if job.ledger is not None:
                    copied(job.ledger)
                found[job].append(python(*job.command))
                if found[job][-1].code != job.code:
                    expect(python(*job.command, keep=True), job.code, " ".join(map(str, job.command)))
        runs_of = [best(found[job]) for job in jobs]
        rate = jobs[0].file.segments / runs_of[0].seconds if pyx12 is None else pyx12
        rows = [Row(job.what, job.file.segments, job.file.megabytes, run, rate) for job, run in zip(jobs, runs_of, strict=True)]
        self.rows += rows
        return rows

    def run(self) -> None:
        """Measure all of it."""
        for kind in (PROFESSIONAL, INSTITUTIONAL, REMITTANCE):
            self._validate(kind)
        self._memory()
        self._start()
        self._build()
        self._link()
        self._list()

    def _validate(self, kind: str) -> None:
        """A clean file of a kind; of professional claims also faulty ones, and what a reader needs that judges nothing."""
        large, sample = (self.claims(f"{n}-{kind}", n, kind=kind) for n in (self.sizes.segments, self.sizes.pyx12))
        said = python(*PYX12, sample.path, keep=True).said
        if ": OK" not in said:
            sys.exit(f"pyx12 finds fault with the generated {kind}, so nothing here can be compared:\n{said}")
        jobs = [
            Job(f"{kind}: pyx12, full validation", sample, (*PYX12, sample.path)),
            Job(f"{kind}: levels 1 to 2", large, (*VALIDATE, "--level", 2, large.path)),
            Job(f"{kind}: levels 1 to 2, one core", large, (*ONE, "--level", 2, large.path)),
            Job(f"{kind}: all levels", large, (*VALIDATE, large.path)),
            *(Job(f"{kind}: levels 1 to {n}, one core", large, (*ONE, "--level", n, large.path)) for n in (3, 4, 5, 7)),
            Job(f"{kind}: all levels, without the compiled judge", large, (*PURE, large.path)),
        ]
        if kind == PROFESSIONAL:
            tenth, refused = (self.claims(f"faulty-{share}", self.sizes.segments, faulty=share) for share in (0.1, 1))
            jobs += [
                Job(f"{kind}: one unit in ten at fault", tenth, (*VALIDATE, "--level", 2, tenth.path), FINDINGS),
                Job(f"{kind}: every unit at fault", refused, (*VALIDATE, "--level", 2, refused.path), FINDINGS),
                Job(f"{kind}: every unit at fault, one core", refused, (*ONE, "--level", 2, refused.path), FINDINGS),
                Job("split into kept lists, plain Python", large, ("-m", "bench.work", "split", large.path)),
                Job("tokenising (edi.text.segments.read)", large, ("-m", "bench.work", "tokenise", large.path)),
            ]
        elif kind == REMITTANCE and OXEDI:
            jobs.append(Job("835: oxedi (Rust), parsed", large, ("-m", "bench.work", "oxedi", large.path)))
        second, fast, alone, all_levels, *levels_and_others = self.measure(*jobs, pyx12=None)
        others = levels_and_others[5:]
        self.bars.append(_at_least(f"{kind}, clean, against pyx12", fast.rate / second.rate, 250))
        self.bars.append(_at_least(f"{kind}, clean, one core, against pyx12", alone.rate / second.rate, 150))
        self.bars.append(_at_least(f"{kind}, clean, all levels, against pyx12", all_levels.rate / second.rate, 100))
        if kind == PROFESSIONAL:
            tenth_row, every, every_alone, split, _ = others
            self.bars += [
                _at_least("one unit in ten at fault, against pyx12", tenth_row.rate / second.rate, 100),
                _at_least("every unit at fault, against pyx12", every.rate / second.rate, 30),
                _at_least("every unit at fault, one core, against pyx12", every_alone.rate / second.rate, 25),
                _at_least("levels 1 to 2, one core, against splitting into lists", alone.rate / split.rate, 1),
                _at_least("two cores against one, every unit at fault", every_alone.run.seconds / every.run.seconds, 1.7),
            ]
        elif others:
            self.bars.append(_at_least("835, against oxedi", fast.rate / others[0].rate, 2))

    def _memory(self) -> None:
        """About 1 MB and about 1 GB, clean, and a quarter of that at fault, which takes long: the largest process."""
        small = self.claims("memory-small.837", self.sizes.small)
        (little,) = self.measure(Job(f"all levels, {small.megabytes:.0f} MB", small, (*ONE, small.path)), runs=1)
        for share, words in ((0, "clean"), (1, "every unit at fault")):
            one = self.claims(f"memory-{share}.837", self.sizes.segments, faulty=share)
            file = self.copies(one, self.sizes.copies // (4 if share else 1) or 1)
            for command, cores in ((VALIDATE, ""), (ONE, ", one core"))[: 1 if share else 2]:
                what = f"all levels, {file.megabytes:,.0f} MB, {words}{cores}"
                (much,) = self.measure(Job(what, file, (*command, file.path), FINDINGS if share else 0), runs=1)
                self.bars.append(_at_most(f"memory: {what}", much.run.megabytes, 150, " MB"))
                if cores and not share:
                    quicker = much.run.seconds / self.rows[-2].run.seconds
                    self.bars.append(_at_least(f"two cores against one, {file.megabytes:,.0f} MB", quicker, 1.7))
                    ratio = much.run.megabytes / little.run.megabytes
                    self.bars.append(_at_most(f"memory: {what}, against {small.megabytes:.0f} MB", ratio, 1.3, " times"))
            file.path.unlink()

    def _start(self) -> None:
        path = self.folder / "one.837"
        ran = python("-m", "bench.work", "one-claim", path, keep=True)
        expect(ran, 0)
        file = File(path, int(ran.said.split()[1]), 1)
        (start,) = self.measure(Job("edi-validate on one claim", file, (*VALIDATE, path)), runs=5)
        self.bars.append(_at_most("edi-validate on one claim, start to end", start.run.seconds, 0.4, " s"))

    def _build(self) -> None:
        """Requests from JSON, judged at all levels and written into one interchange."""
        folder, count = self.folder / "requests", self.sizes.requests
        folder.mkdir()
        expect(python("-m", "bench.work", "requests", folder, count, keep=True), 0)
        out = self.folder / "requests.278"
        command = (*EDI, "request", "build", *sorted(folder.iterdir()), "-o", out, "--sender", "CLINIC", "--control", 1)
        expect(python(*command, keep=True), 0)
        built = File(out, out.read_bytes().count(b"~"), count)
        (row,) = self.measure(Job(f"edi request build, {count:,} requests", built, command))
        self.bars.append(_at_least("requests built per second", count / row.run.seconds, 1000, ""))

    def _list(self) -> None:
        """A page of each list of a large ledger."""
        count = self.sizes.listed
        tell(f"lists of {count:,} authorizations")
        ran = python("-m", "bench.lists", "--authorizations", count, keep=True)
        expect(ran, 0)
        self.lists = ran.said[ran.said.index("|") :]
        slowest = max(float(line.split("|")[2]) for line in self.lists.splitlines()[2:])
        self.bars.append(_at_most(f"the slowest list, {count:,} authorizations", slowest, 0.2, " s"))

    def _link(self) -> None:
        """Remember authorizations, then put their numbers into claims."""
        path = self.folder / "ledger.db"
        ledger, copy = f"sqlite:///{path}", f"sqlite:///{path.with_name(COPY)}"
        answers = self.folder / "answers.278"
        ran = python("-m", "bench.work", "answers", answers, self.sizes.authorizations, keep=True)
        expect(ran, 0)
        kept = File(answers, int(ran.said), self.sizes.authorizations)
        what = f"edi ledger import, {kept.claims:,} authorizations"
        (row,) = self.measure(Job(what, kept, (*EDI, "ledger", "import", "--ledger", ledger, answers)), runs=1)
        self.bars.append(_at_least("responses taken per second", kept.claims / row.run.seconds, 2000, ""))
        claims = self.claims("link.837", self.sizes.linked)
        out = self.folder / "linked.837"
        what = f"edi claims link, {claims.claims:,} claims, {kept.claims:,} authorizations"
        self.measure(Job(what, claims, (*EDI, "claims", "link", "--ledger", copy, claims.path, "-o", out), FINDINGS, path))


def copied(ledger: Path) -> None:
    """Put a new copy of a ledger beside it (`COPY`): what is linked is reserved in it."""
    for left in ("", "-wal", "-shm"):
        ledger.with_name(COPY + left).unlink(missing_ok=True)
    shutil.copyfile(ledger, ledger.with_name(COPY))


def expect(run: Run, code: int, command: str = "") -> None:
    if run.code != code:
        sys.exit(f"{command or 'python -m bench.work'} ended with {run.code}, not {code}.\n{run.said[-2000:]}")


def tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def _at_least(what: str, measured: float, wanted: float, unit: str = " times") -> Bar:
    return Bar(f"{what}: at least {wanted:g}{unit}", f"{measured:.4g}{unit}", measured >= wanted)


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
    lines = [
        "| whole process | segments | MB | seconds | of processor | segments/s | MB/s | against pyx12 | peak memory |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        run, times = row.run, f"{row.rate / row.pyx12:.1f}" if row.pyx12 else ""
        lines.append(
            f"| {row.what} | {row.segments:,} | {row.megabytes:.1f} | {run.seconds:.2f} | {run.processor:.2f} | {row.rate:,.0f} "
            f"| {row.megabytes / run.seconds:.1f} | {times} | {run.megabytes:.0f} MB |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast, how much memory; against pyx12 and our bars.")
    parser.add_argument("--quick", action="store_true", help="small files: shows that it runs, its figures mean little")
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    parser.add_argument(
        "--million", action="store_true", help="lists of a ledger of a million (a few minutes more, 2 GB of disk)"
    )
    options = parser.parse_args()
    on, sizes = machine(), QUICK if options.quick else FULL
    if options.million:
        sizes = replace(sizes, listed=MILLION)
    with tempfile.TemporaryDirectory(prefix="edi-bench-", dir=options.folder) as folder:
        bench = Bench(Path(folder), sizes)
        bench.run()
    print(f"{on}\n\n{table(bench.rows)}\n\n{bench.lists}", end="")
    code = tell_bars(bench.bars)
    if options.quick:
        print("\nA quick run: on files this small the start of a process counts for much.")
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
