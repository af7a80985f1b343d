"""A file as it was found and judged: what is in it, and what is wrong, which waits on disk until it is decided what to do."""

from __future__ import annotations

import pickle
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast

from edi.errors import ERROR, Problem, SourceError
from edi.guides.guide import versions
from edi.guides.selection import Run, selected
from edi.guides.splitting import Faults
from edi.guides.validation import TransactionReport
from edi.jobs.batch.partners import PartnerTerms
from edi.ledger.survey import InterchangeFound, interchanges
from edi.records.group_answers import CLAIMS, GUIDE_LEVELS, codes_of
from edi.reports.json import to_json, transaction_to_json

MOST: Final = 1_000
"""Problems that are told of a file, and transactions; the others are counted."""
_IN_MEMORY: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was taken, and what is in it."""

    path: Path
    size: int
    changed: int
    interchanges: tuple[InterchangeFound, ...]
    terms: PartnerTerms

    @property
    def name(self) -> str:
        """As it came; bytes of it that are no text are written as escapes."""
        return shown(self.path)

    @property
    def received(self) -> datetime:
        """When it came, by its own time: the clock of all that is done with it, however often that is begun."""
        return datetime.fromtimestamp(self.changed // 10**9, UTC)

    @property
    def grew(self) -> bool:
        """Whether it is not any more what it was when it was taken."""
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) != (self.size, self.changed)

    @property
    def kind(self) -> str:
        """The sets in it (278, 837; 277CA for those of claims), TA1 where it stands alone; "" where there is nothing."""
        sets = {_name(one.set, one.version) for each in self.interchanges for one in each.sets}
        alone = any(one.acknowledges and not one.sets for one in self.interchanges)
        return ", ".join(sorted(sets | ({"TA1"} if alone else set())))

    @property
    def sent(self) -> bool:
        """Whether it is of claims that are linked and sent, all of them in one interchange."""
        alone = len(self.interchanges) == 1 and self.kind == CLAIMS and self.terms.sent
        return alone and (self.interchanges[0].usage == "T") == self.terms.tests


def shown(path: Path) -> str:
    """The name of a file, in which bytes that are no text are written as escapes."""
    return path.name.encode(errors="backslashreplace").decode()


def found(path: Path, terms: Callable[[Sequence[InterchangeFound]], PartnerTerms]) -> Found:
    """What is in a file that was taken. SourceError where it cannot be read."""
    try:
        before = path.stat()
        with path.open("rb") as file:
            held = tuple(interchanges(file))
    except OSError as error:
        raise SourceError(f"It cannot be read: {error.strerror}.") from error
    return Found(path, before.st_size, before.st_mtime_ns, held, terms(held))


class Judged:
    """All that was found wrong in a file. `close` lets go of what is kept on disk."""

    def __init__(self, file: Found) -> None:
        self.counts: Counter[str] = Counter()
        self.faults = Faults()
        self.transactions = 0
        self._transactions: list[dict[str, Any]] = []
        self._file = file
        self._spool = cast(Any, SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by `close`
        self._told: list[dict[str, Any]] = []
        self._sets = [(each, one, each.start + one.start) for each in file.interchanges for one in each.sets]
        self._starts = [start for *_, start in self._sets]
        self._rejected: set[int] = set()
        self._answered = file.terms.split == "acknowledged"

    def close(self) -> None:
        self._spool.close()
        self.faults.close()

    def run(self, run: Run) -> object:
        """Judge it by `run`, and keep what that hands on, as severe as the terms have it; gives what it gives."""
        return selected(run, self._file.terms.selection)(self._take, self._end)

    def known(self, found: Iterable[Problem | TransactionReport]) -> None:
        """Keep what was found in it."""
        self.run(partial(_hand_on, found))

    def __iter__(self) -> Iterator[Problem | TransactionReport]:
        """All that was found, in its order."""
        self._spool.seek(0)
        while True:
            try:
                yield pickle.load(self._spool)  # our own, of a moment ago
            except EOFError:
                return

    @property
    def valid(self) -> bool:
        return not self.counts[ERROR]

    def to_json(self) -> dict[str, Any]:
        """What is told of it in the file's report."""
        left = sum(self.counts.values()) - len(self._told)
        return {
            "valid": self.valid,
            "transactions": self._transactions,
            "problems": self._told,
            **({"left_out": left} if left else {}),
        }

    def _keep(self, one: Problem | TransactionReport) -> None:
        pickle.dump(one, self._spool, protocol=pickle.HIGHEST_PROTOCOL)

    def _take(self, problem: Problem) -> None:
        self._keep(problem)
        self.counts[problem.severity] += 1
        if len(self._told) < MOST:
            self._told.append(to_json(problem))
        if problem.severity == ERROR:
            self.faults.add(problem)
            if self._answered:
                for number in self._rejects(problem):
                    self._reject(number)

    def _end(self, transaction: TransactionReport) -> None:
        at = self.transactions
        wanted = self._file.terms.guides
        if wanted and at < len(self._sets) and self._guide(at, transaction) not in wanted:
            self._take(self._not_agreed(at, transaction))
            transaction = replace(transaction, valid=False)
        self._keep(transaction)
        self.transactions += 1
        if at < MOST:
            self._transactions.append(transaction_to_json(transaction))

    def _guide(self, at: int, transaction: TransactionReport) -> str:
        """The guide of a transaction: its own word of that where it was not judged by one (level 1)."""
        version = self._sets[at][1].version
        return transaction.guide or versions().get(version, version)

    def _not_agreed(self, at: int, transaction: TransactionReport) -> Problem:
        """The partner sends what it was not agreed that it sends."""
        interchange, one, start = self._sets[at]
        guide = self._guide(at, transaction) or "No guide"
        return Problem(
            code="partner-guide",
            message=f"{guide} is not among the guides of partner {self._file.terms.name}.",
            level=1,
            interchange=interchange.control,
            group=one.group_control,
            transaction=transaction.control,
            segment="ST",
            position=1,
            element=3,
            offset=start,
            x12={"999": "IK502=I6"},
        )

    def _rejects(self, problem: Problem) -> Iterator[int]:
        """The sets of claims that its acknowledgment rejects for a problem, by their numbers in the file."""
        if problem.offset is None:
            return
        at = bisect(self._starts, problem.offset) - 1
        if "TA1" in problem.x12 or (not problem.x12 and problem.transaction is None):
            yield from (n for n, (one, *_) in enumerate(self._sets) if one.start <= problem.offset < one.stop)
        elif "AK905" in codes_of(problem):
            for n, (one, set, _) in enumerate(self._sets):
                if one.start <= problem.offset < one.stop and set.group_control == problem.group:
                    yield n
        elif problem.level <= GUIDE_LEVELS and at >= 0:
            yield at

    def _reject(self, number: int) -> None:
        interchange, one, start = self._sets[number]
        if number not in self._rejected and one.set == CLAIMS:
            self._rejected.add(number)
            whole = Problem(code="rejected", message="", segment="ST", offset=start, interchange=interchange.control)
            self.faults.add(whole)


def _hand_on(
    found: Iterable[Problem | TransactionReport], problem: Callable[[Problem], None], end: Callable[[TransactionReport], None]
) -> None:
    for one in found:
        if isinstance(one, Problem):
            problem(one)
        else:
            end(one)


def _name(set: str, version: str) -> str:
    return "277CA" if set == "277" and version.startswith("005010X214") else set
