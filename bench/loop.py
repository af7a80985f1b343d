"""Whether ten gigabytes of claims go through the loop as fast at the end as at the beginning: python -m bench.loop.

File after file is made on the fly, each of other claims of the same members, and goes through the commands that a clearinghouse
runs: `edi-validate` judges it, `edi claims link` finds authorizations in a ledger, writes their numbers into a copy of the file
and what is used into the ledger. Then both files are removed, so that any amount needs the room of one. For each gigabyte there
is a line of CSV: seconds by the clock, megabytes a second, seconds of judging and of linking, the largest peak of memory of a
process, claims, and megabytes of ledger; and a picture of rate and memory stands beside it. Making the files is not measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from bench.__main__ import EDI, FINDINGS, VALIDATE, Bar, expect, machine, tell, tell_bars
from bench.link import HAVE_ONE, SEGMENTS_A_CLAIM, fill
from bench.measure import python
from bench.picture import picture

GIGABYTE: Final = 1 << 30
CLAIMS: Final = 100_000
"""Of a file: some 60 MB."""
SPREAD: Final = 1.25
"""The slowest gigabyte may take so much longer than the fastest, and a process may grow so much."""
MOST_MEMORY: Final = 300


class Told(NamedTuple):
    """One gigabyte."""

    gigabyte: int
    seconds: float
    rate: float
    judging: float
    linking: float
    memory: float
    claims: int
    ledger: float

    def __str__(self) -> str:
        return (
            f"{self.gigabyte},{self.seconds:.1f},{self.rate:.2f},{self.judging:.1f},{self.linking:.1f},{self.memory:.0f},"
            f"{self.claims},{self.ledger:.0f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.loop", description="Whether the last gigabyte goes as the first.")
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--claims", type=int, default=CLAIMS, help=f"claims of a file (default: {CLAIMS:,})")
    parser.add_argument("--authorizations", type=int, default=1_000_000, help="what the ledger has (default: a million)")
    parser.add_argument("--level", type=int, default=2, help="up to which level claims are judged")
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary folder when not given")
    parser.add_argument("--out", type=Path, default=Path("loop.csv"), help="the figures; the picture stands beside it")
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    found = []
    with tempfile.TemporaryDirectory(prefix="edi-loop-", dir=options.folder) as name, options.out.open("w") as file:
        print(",".join(Told._fields), file=file)
        for told in _measured(Path(name), options):
            found.append(told)
            print(told, file=file, flush=True)
            print(told, flush=True)
    rates, memory = [one.rate for one in found], [one.memory for one in found]
    shown = (("MB a second", rates), ("MB of memory, the largest process", memory))
    options.out.with_suffix(".svg").write_text(picture(shown), encoding="ascii")
    even, flat = max(rates) / min(rates), max(memory) / memory[0]
    bars = (
        Bar(f"an even rate: the fastest gigabyte at most {SPREAD} times the slowest", f"{even:.2f} times", even <= SPREAD),
        Bar(f"memory does not grow: at most {SPREAD} times the first", f"{flat:.2f} times", flat <= SPREAD),
        Bar(f"memory: at most {MOST_MEMORY} MB a process", f"{max(memory):.0f} MB", max(memory) <= MOST_MEMORY),
    )
    return tell_bars(bars)


def _measured(folder: Path, options: argparse.Namespace) -> Iterator[Told]:
    """The gigabytes in their order, each when it is through; the last may be a part of one."""
    ledger, source, linked = (folder / name for name in ("ledger.db", "claims.837", "linked.837"))
    fill(ledger, folder / "answers.278", options.authorizations, 0)
    members, segments = int(options.authorizations / HAVE_ONE), int(options.claims * SEGMENTS_A_CLAIM)
    number = done = part = claims = 0
    judging = linking = memory = 0.0
    behind = 0
    while done < options.gigabytes * GIGABYTE:
        part += 1
        tell(f"file {part}, {done / GIGABYTE:.2f} GB done")
        made = python("-m", "bench.work", "claims", source, segments, members, 0, "professional", part, keep=True)
        expect(made, 0)
        judged = python(*VALIDATE, "--level", options.level, source)
        expect(judged, 0, "edi-validate")
        put = python(*EDI, "claims", "link", "--ledger", f"sqlite:///{ledger}", source, "-o", linked)
        expect(put, FINDINGS, "edi claims link")
        if linked.stat().st_size <= source.stat().st_size:
            sys.exit("edi claims link wrote no number.")
        tell(f"made in {made.seconds:.0f} s, judged in {judged.seconds:.0f}, linked in {put.seconds:.0f} ({put.processor:.0f})")
        done, claims = done + source.stat().st_size, claims + int(made.said.split()[0])
        judging, linking, memory = judging + judged.seconds, linking + put.seconds, max(memory, judged.megabytes, put.megabytes)
        if done - behind >= GIGABYTE or done >= options.gigabytes * GIGABYTE:
            number, seconds = number + 1, judging + linking
            rate, size = (done - behind) / seconds / 1e6, ledger.stat().st_size / 1e6
            yield Told(number, seconds, rate, judging, linking, memory, claims, size)
            behind, claims, judging, linking, memory = done, 0, 0.0, 0.0, 0.0


if __name__ == "__main__":
    sys.exit(main())
