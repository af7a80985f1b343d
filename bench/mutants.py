"""How well faults are named: python -m bench.mutants puts them into valid documents of every guide and reads the reports.

A fault is named when a problem states its place and kind, or another reading of the document that is as true
(`bench.mending`). What else is said of it are follow-ons. The table is Markdown, so that a run can be kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bench.documents import interchange
from bench.expectation import Mutant, path
from bench.faults import KINDS, mutants
from bench.mending import is_true
from edi.errors import Problem
from edi.guides.guide import Guide, guides
from edi.guides.validation import validate

NAMED: Final = 99.0
"""Per cent of the faults that are to be named."""
FEW: Final = 95.0
"""Per cent of the faults that are to be named with at most one follow-on."""
SHOWN: Final = 6
"""Problems of a miss that are shown."""


class Verdict(NamedTuple):
    """What a report says of one mutant: whether it names the fault, by another reading or not, and what it says beside that."""

    mutant: Mutant
    problems: Sequence[Problem]
    named: bool
    other: bool
    few: bool


@dataclass
class Tally:
    """What was counted of some mutants."""

    faults: int = 0
    named: int = 0
    other: int = 0
    few: int = 0
    none: int = 0
    """Mutants that are documents of the guide too."""
    false: int = 0
    """Those of them of which something was said."""
    misses: list[Verdict] = field(default_factory=list)

    def take(self, verdict: Verdict) -> None:
        if not verdict.mutant.expected:
            self.none += 1
            self.false += not verdict.named
        else:
            self.faults += 1
            self.named += verdict.named
            self.other += verdict.other
            self.few += verdict.few
        if not verdict.few:
            self.misses.append(verdict)

    def add(self, other: Tally) -> None:
        self.faults += other.faults
        self.named += other.named
        self.other += other.other
        self.few += other.few
        self.none += other.none
        self.false += other.false

    @property
    def met(self) -> bool:
        """Whether the faults are named as often as they are to be, and nothing is said of what is none."""
        return share(self.named, self.faults) >= NAMED and share(self.few, self.faults) >= FEW and not self.false


def judged(mutant: Mutant) -> Verdict:
    """The report on one mutant, read."""
    problems = validate(written(mutant), level=2).problems
    if not mutant.expected:
        return Verdict(mutant, problems, not problems, False, not problems)
    named = any(expected.matches(problem) for problem in problems for expected in mutant.expected)
    other = not named and any(is_true(mutant, problem) for problem in problems[:SHOWN])
    return Verdict(mutant, problems, named or other, other, (named or other) and len(problems) <= 2)


def written(mutant: Mutant) -> bytes:
    """A mutant as an interchange."""
    if mutant.document.guide.set == "envelope":
        return "".join("*".join(segment) + "~\n" for segment in mutant.tokens).encode()
    return interchange(mutant.document.guide, [mutant.tokens])


def measured(guide: Guide, seed: int) -> dict[str, Tally]:
    """The figures of one guide, by kind of fault."""
    tallies = {kind: Tally() for kind in KINDS}
    for mutant in mutants(guide, seed):
        tallies[mutant.kind].take(judged(mutant))
    return tallies


def together(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def row(name: str, tally: Tally) -> str:
    cells = (
        f"{tally.faults:,}",
        f"{share(tally.named, tally.faults):.1f}",
        f"{100 - share(tally.faults - tally.other, tally.faults):.1f}",
        f"{share(tally.few, tally.faults):.1f}",
        f"{tally.none:,}",
        f"{tally.false:,}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def head(first: str) -> str:
    columns = ("faults", "named, %", "by another reading, %", "and at most one follow-on, %", "no fault", "called one")
    return f"| {first} | " + " | ".join(columns) + " |\n|---" + "|--:" * len(columns) + "|"


def described(verdict: Verdict) -> Iterator[str]:
    """A miss: what was done, what was to be said, what was said."""
    mutant = verdict.mutant
    spot = mutant.document.spots[mutant.at]
    said = "not named" if not verdict.named else "follow-ons"
    yield f"{mutant.document.guide.name} {mutant.kind} {path(spot)} {spot.use.id} at {mutant.at + 1}: {said}"
    for expected in mutant.expected:
        place = f"{expected.segment} {expected.loop or ''} at {'|'.join(map(str, expected.positions or ('-',)))}"
        yield f"    wanted {'|'.join(sorted(expected.codes))} {place} element {expected.element} {expected.component or ''}"
    for problem in verdict.problems[:SHOWN]:
        place = (
            f"{problem.segment} {problem.loop or ''} at {problem.position} element {problem.element} {problem.component or ''}"
        )
        yield f"    said {problem.code} {place}: {problem.message}"
    for number, segment in enumerate(mutant.tokens[max(0, mutant.at - 3) : mutant.at + 5], max(0, mutant.at - 3) + 1):
        yield f"    {number:5} {'*'.join(segment)[:80]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description="How well the validator names faults.")
    parser.add_argument("--guide", action="append", metavar="NAME", help="only this guide (837/professional); may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other documents and other moves")
    parser.add_argument("--show", metavar="KIND", help=f"list the misses of a kind: all, {', '.join(KINDS)}")
    options = parser.parse_args()
    rows: list[tuple[str, Tally]] = []
    kinds = {kind: Tally() for kind in KINDS}
    for guide in guides():
        if options.guide and guide.name not in options.guide:
            continue
        print(f"... {guide.name}", file=sys.stderr, flush=True)
        tallies = measured(guide, options.seed)
        rows.append((guide.name, together(tallies.values())))
        for kind, tally in tallies.items():
            kinds[kind].add(tally)
            if options.show in ("all", kind):
                for verdict in tally.misses:
                    print("\n".join(described(verdict)))
    whole = together(tally for _, tally in rows)
    print("\n".join([head("guide"), *(row(name, tally) for name, tally in rows), row("all", whole)]))
    print("\n" + "\n".join([head("kind"), *(row(kind, tally) for kind, tally in kinds.items())]))
    return 0 if whole.met else 1


if __name__ == "__main__":
    sys.exit(main())
