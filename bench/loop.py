"""Whether ten gigabytes of claims go through the loop as fast at the end as at the beginning: python -m bench.loop.

File after file is made on the fly, and goes through the commands that a clearinghouse runs: `edi-validate` judges it, `edi claims
link` finds authorizations in a ledger, writes their numbers into a copy of the file and what is used into the ledger. Then both
files are removed, so that any amount needs the room of one. Patients come and go: with each file there are no more claims of the
first `NEW` members, but of as many others, and the ledger gets authorizations that are new; so each is for three or four claims.
For each gigabyte there is a line of CSV (`Told` says what stands in it), and a picture of rate and memory stands beside it.
Making files and authorizations is told, and is in no other figure.

With --folder the ledger is kept there, and after a break the same command goes on behind the last gigabyte that is told.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from bench.__main__ import EDI, FINDINGS, VALIDATE, Bar, expect, machine, tell, tell_bars
from bench.link import HAVE_ONE, SEGMENTS_A_CLAIM, fill
from bench.measure import Run, python
from bench.people import ALIKE
from bench.picture import picture

GIGABYTE: Final = 1 << 30
CLAIMS: Final = 100_000
"""Of a file: some 60 MB."""
NEW: Final = 2 * ALIKE
"""So many authorizations come with each file."""
SPREAD: Final = 1.25
"""The slowest gigabyte may take so much longer than the fastest, and a process may grow so much."""
MOST_MEMORY: Final = 300


@dataclass(slots=True)
class Told:
    """One gigabyte, or what there is of the last: seconds by the clock and of processor; MB are millions of bytes.

    `judging_memory` and `linking_memory` are the largest peaks of a process, in MB; `making` is what it took to make files and
    authorizations, which is in nothing else; `ledger` is what it has in MB behind this gigabyte.
    """

    gigabyte: int
    megabytes: float = 0
    seconds: float = 0
    rate: float = 0
    judging: float = 0
    judging_processor: float = 0
    judging_memory: float = 0
    linking: float = 0
    linking_processor: float = 0
    linking_memory: float = 0
    making: float = 0
    files: int = 0
    claims: int = 0
    ledger: float = 0

    def add(self, made: float, judged: Run, linked: Run, size: int, claims: int) -> None:
        """One file more."""
        self.megabytes += size / 1e6
        self.judging += judged.seconds
        self.judging_processor += judged.processor
        self.judging_memory = max(self.judging_memory, judged.megabytes)
        self.linking += linked.seconds
        self.linking_processor += linked.processor
        self.linking_memory = max(self.linking_memory, linked.megabytes)
        self.making += made
        self.files += 1
        self.claims += claims
        self.seconds = self.judging + self.linking
        self.rate = self.megabytes / self.seconds

    @property
    def cells(self) -> list[str]:
        """Its line of CSV."""
        return [f"{value:.3f}" if isinstance(value, float) else str(value) for value in astuple(self)]

    @classmethod
    def of(cls, cells: Sequence[str]) -> Told:
        """The inverse."""
        values: Any = [float(cell) if "." in cell else int(cell) for cell in cells]
        return cls(*values)


NAMES: Final = [field.name for field in fields(Told)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.loop", description="Whether the last gigabyte goes as the first.")
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--claims", type=int, default=CLAIMS, help=f"claims of a file (default: {CLAIMS:,})")
    parser.add_argument("--authorizations", type=int, default=1_000_000, help="what the ledger has (default: a million)")
    parser.add_argument("--level", type=int, default=2, help="up to which level claims are judged")
    parser.add_argument(
        "--folder", type=Path, help="where ledger and files are written, to go on after a break; else they are temporary"
    )
    parser.add_argument("--out", type=Path, default=Path("loop.csv"), help="the figures; the picture stands beside it")
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edi-loop-")))
        folder.mkdir(parents=True, exist_ok=True)
        found = _kept(options.out) if _part(folder).exists() else []
        file = stack.enter_context(options.out.open("w", newline="", encoding="ascii"))
        out = csv.writer(file, lineterminator="\n")
        out.writerow(NAMES)
        out.writerows(told.cells for told in found)
        file.flush()  # they are there after a break, too
        print(",".join(NAMES), *(",".join(told.cells) for told in found), sep="\n", flush=True)
        for told in _measured(folder, options, found):
            found.append(told)
            out.writerow(told.cells)
            file.flush()
            print(",".join(told.cells), flush=True)
            _draw(options.out.with_suffix(".svg"), found)
    return _bars(found)


def _kept(path: Path) -> list[Told]:
    """The whole gigabytes that an earlier run told."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="ascii") as file:
        rows = csv.reader(file)
        if next(rows, None) != NAMES:
            sys.exit(f"{path} is not of this program, or of an older one.")
        found = [Told.of(row) for row in rows]
    return [told for told in found if told.megabytes * 1e6 >= GIGABYTE]


def _part(folder: Path) -> Path:
    """Which file was begun last: claims that were linked are not linked again after a break."""
    return folder / "part"


def _measured(folder: Path, options: argparse.Namespace, before: Sequence[Told]) -> Iterator[Told]:
    """The gigabytes behind those before, each when it is through; the last may be a part of one."""
    source, linked = folder / "claims.837", folder / "linked.837"
    left = options.gigabytes * GIGABYTE - sum(told.megabytes for told in before) * 1e6
    if left <= 0:
        return
    making = _Making(folder, options)
    told = Told(len(before) + 1)
    while left > 0:
        tell(f"file {making.part + 1}, {options.gigabytes - left / GIGABYTE:.2f} GB done")
        made = making.next(source)
        judged = python(*VALIDATE, "--level", options.level, source)
        expect(judged, 0, "edi-validate")
        put = python(*EDI, "claims", "link", "--ledger", f"sqlite:///{making.ledger}", source, "-o", linked)
        expect(put, FINDINGS, "edi claims link")
        size = source.stat().st_size
        if linked.stat().st_size <= size:
            sys.exit("edi claims link wrote no number.")
        tell(f"made in {made:.1f} s, judged in {judged.seconds:.1f}, linked in {put.seconds:.1f}")
        told.add(made, judged, put, size, making.claims)
        left -= size
        for path in (source, linked):
            path.unlink()
        if told.megabytes * 1e6 >= GIGABYTE or left <= 0:
            told.ledger = sum(path.stat().st_size for path in folder.glob("ledger.db*")) / 1e6
            yield told
            told = Told(told.gigabyte + 1)


class _Making:
    """Files of claims: the first as new, the others of its claims, of other members and under other names; and their ledger."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.ledger = folder / "ledger.db"
        self._answers, self._first, self._begun = folder / "answers.278", folder / "first.837", _part(folder)
        self._authorizations = options.authorizations
        self.part = int(self._begun.read_text()) if self._begun.exists() else 0
        fill(self.ledger, self._answers, self._authorizations, 0)
        tell(f"writing {options.claims:,} claims, of which all files are made")
        size = int(options.claims * SEGMENTS_A_CLAIM)
        members = max(int(self._authorizations / HAVE_ONE), 1)
        made = python("-m", "bench.work", "claims", self._first, size, members, 0, "professional", 1, keep=True)
        expect(made, 0)
        self.claims = int(made.said.split()[0])

    def next(self, path: Path) -> float:
        """Make the next one; how many seconds it takes."""
        new = NEW * self.part
        self.part += 1
        self._begun.write_text(str(self.part))
        begun = perf_counter()
        fill(self.ledger, self._answers, self._authorizations + new, 0)
        expect(python("-m", "bench.work", "again", self._first, path, self.part, new // ALIKE, keep=True), 0)
        return perf_counter() - begun


def _draw(path: Path, found: Sequence[Told]) -> None:
    shown = (
        ("MB a second, by the clock", [one.rate for one in found]),
        ("MB a second of processor", [one.megabytes / (one.judging_processor + one.linking_processor) for one in found]),
        ("MB of memory, the largest process that judges", [one.judging_memory for one in found]),
        ("MB of memory, the largest process that links", [one.linking_memory for one in found]),
    )
    path.write_text(picture(shown), encoding="ascii")


def _bars(found: Sequence[Told]) -> int:
    rates, peaks = [one.rate for one in found], [max(one.judging_memory, one.linking_memory) for one in found]
    even, flat = max(rates) / min(rates), max(peaks) / peaks[0]
    return tell_bars(
        (
            Bar(f"an even rate: the fastest gigabyte at most {SPREAD} times the slowest", f"{even:.2f} times", even <= SPREAD),
            Bar(f"memory does not grow: at most {SPREAD} times the first", f"{flat:.2f} times", flat <= SPREAD),
            Bar(f"memory: at most {MOST_MEMORY} MB a process", f"{max(peaks):.0f} MB", max(peaks) <= MOST_MEMORY),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
