"""The engine's one law at large: python -m bench.law changes documents of every guide at random, and judges each by both paths.

The law: the fast path accepts nothing that the slow path faults. Fast is what `edi-validate` does with a large file, expressions
for whole units; slow is the walk with every element judged at length, no expression taking part. Each task makes its own
documents from seed, guide and number, so a run finds the same on every machine and Python.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from bench.changes import mutants
from bench.documents import Maker, Tokens, interchange
from edi.errors import Problem
from edi.guides.guide import Guide, guides, load
from edi.guides.validation import LEVEL_OF_GUIDES, validate
from edi.guides.walk import Walker
from edi.text.envelope import ENVELOPE
from edi.text.segments import Segment, read

TASK: Final = 1000
"""Mutants that a process judges before it reports."""
EACH: Final = 25
"""Mutants of one document."""
TOLD_EVERY: Final = 60
"""Seconds after which a run says how far it has come."""


class Breach(NamedTuple):
    """A document that the fast path accepts, and what the slow path says of it."""

    kind: str
    data: bytes
    problems: Sequence[Problem]


@dataclass
class Count:
    """What was counted of the mutants of a guide."""

    mutants: int = 0
    accepted: int = 0
    """Those that the fast path found nothing wrong with."""
    breaches: list[Breach] = field(default_factory=list)

    def add(self, other: Count) -> None:
        self.mutants += other.mutants
        self.accepted += other.accepted
        self.breaches += other.breaches


class Task(NamedTuple):
    """Some mutants of a guide."""

    guide: str
    number: int
    mutants: int


def at_length(data: bytes, guide: Guide) -> list[Problem]:
    """The problems of the transactions in `data`, every element judged at length: no expression takes part."""
    found: list[Problem] = []
    segments = list(read(data))
    walker: Walker | None = None
    for index, segment in enumerate(segments):
        if segment.id == "ST":
            walker = Walker(guide, segment.delimiters, found.append, shortcuts=False)
        if walker is None:
            continue
        if segment.raw:
            walker.feed(segment.raw, segment.offset, partial(_behind, segments, index))
        else:
            walker.empty(segment.offset)
        if segment.id == "SE":
            walker.finish(segment.offset)
            walker = None
    return found


def _behind(segments: Sequence[Segment], index: int, count: int) -> list[bytes]:
    """The segments behind one, up to the SE."""
    found = list[bytes]()
    for segment in segments[index + 1 :]:
        if len(found) == count or (segment.elements[0] in ENVELOPE and segment.id != "SE"):
            break
        if segment.raw:
            found.append(segment.raw)
        if segment.id == "SE":
            break
    return found


def done(seed: int, task: Task) -> Count:
    """A task, done."""
    guide, count = load(task.guide), Count()
    for kind, tokens in _changed(guide, random.Random(f"{seed} {task.guide} {task.number}"), task.mutants):
        data = interchange(guide, [tokens])
        report = validate(data, compiled=True)
        count.mutants += 1
        if any(problem.level == LEVEL_OF_GUIDES for problem in report.problems) or report.transactions[0].guide is None:
            continue  # BHT may have gone elsewhere, and with it what tells a request from a response
        count.accepted += 1
        problems = at_length(data, guide)
        if problems:
            count.breaches.append(Breach(kind, data, problems))
    return count


def _changed(guide: Guide, rng: random.Random, count: int) -> Iterator[tuple[str, Tokens]]:
    """So many mutants, of small documents and of large ones."""
    while count > 0:
        maker = Maker(guide, rng, full=rng.choice((0.0, 0.1, 0.3, 0.5)), units=rng.choice((1, 1, 2)))
        yield from mutants(maker.transaction(), rng, min(EACH, count))
        count -= EACH


def tasks(names: Sequence[str], count: int) -> Iterator[Task]:
    """`count` mutants, as many of each guide; in turn, so that a run that is stopped has seen all of them."""
    each = -(-count // len(names))
    for number, start in enumerate(range(0, each, TASK)):
        yield from (Task(name, number, min(TASK, each - start)) for name in names)


def gathered(results: Iterable[tuple[Task, Count]], seed: int, keep: Path | None = None) -> dict[str, Count]:
    """What was counted, by guide; a breach is told as it is found, and its document kept in the folder `keep`."""
    counts: dict[str, Count] = {}
    told = time.monotonic()
    for task, found in results:
        counts.setdefault(task.guide, Count()).add(found)
        for index, breach in enumerate(found.breaches):
            name = f"{task.guide.replace('/', '-')}-{seed}-{task.number}-{index}"
            print(f"{name} ({breach.kind}) was accepted: {breach.problems[0].message}", flush=True)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{name}.edi").write_bytes(breach.data)
        if time.monotonic() > told + TOLD_EVERY:
            told = time.monotonic()
            print(f"... {sum(c.mutants for c in counts.values()):,} mutants", file=sys.stderr, flush=True)
    return counts


def table(counts: dict[str, Count]) -> Iterator[str]:
    """The figures in Markdown."""
    whole = Count()
    yield "| guide | mutants | accepted | against the law |\n|---|--:|--:|--:|"
    for name, count in counts.items():
        whole.add(count)
        yield f"| {name} | {count.mutants:,} | {count.accepted:,} | {len(count.breaches)} |"
    yield f"| all | {whole.mutants:,} | {whole.accepted:,} | {len(whole.breaches)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.law", description="Look for what the fast path wrongly accepts.")
    parser.add_argument("--mutants", type=int, default=10_000, metavar="N", help="how many, of all guides together")
    parser.add_argument("--guide", action="append", metavar="NAME", help="only this guide (837/professional); may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other documents and other changes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes; one per core if not given")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder for documents that break the law")
    asked = parser.parse_args(arguments)
    names = [guide.name for guide in guides() if guide.set != "envelope" and guide.name in (asked.guide or [guide.name])]
    if not names:
        parser.error(f"there is no such guide: {', '.join(asked.guide)}")
    begun = time.monotonic()
    given = list(tasks(names, asked.mutants))
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
        results = zip(given, pool.map(partial(done, asked.seed), given), strict=True)
        counts = gathered(results, asked.seed, asked.keep)
    print("\n".join(table(counts)))
    print(f"Python {platform.python_version()}, seed {asked.seed}, {time.monotonic() - begun:.0f} seconds")
    return 1 if any(count.breaches for count in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
