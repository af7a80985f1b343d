"""What was found in judged files, as lines for people.

A line for each problem, `path:position: CODE message`, under a line that names its transaction and claim; in brackets the claim
and the loop, in parentheses what an acknowledgment would say; and for each file a line that counts what was left out, where
something was, and a line of summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edi.errors import ERROR, WARNING, Problem
from edi.guides.validation import TransactionReport
from edi.text.redaction import shown

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["TextReport", "named", "printable"]

_LONGEST_VALUE: Final = 60


class TextReport:
    """Writes lines as problems come; see `edi.reports.Report`."""

    def __init__(self, write: Callable[[str], object], *, values: bool = False) -> None:
        self._write, self._values = write, values
        self._begin("")

    def begin(self, path: str) -> None:
        self._begin(named(path))

    def _begin(self, name: str) -> None:
        self._name = name
        self._place: tuple[str | None, str | None] = (None, None)
        self._severities: Counter[str] = Counter()
        self._transactions: Counter[bool] = Counter()
        self._segments = 0

    def problem(self, problem: Problem) -> None:
        self._severities[problem.severity] += 1
        place = (problem.transaction, problem.claim)
        if place != self._place:
            self._place = place
            said = [f"{word} {printable(value)}" for word, value in zip(("transaction", "claim"), place, strict=True) if value]
            if said:
                self._write(f"{self._name}: {', '.join(said)}\n")
        self._write(f"{self._name}:{_position(problem)}: {self._sentence(problem)}\n")

    def _sentence(self, problem: Problem) -> str:
        severity = "" if problem.severity == ERROR else f"{problem.severity}: "
        parts = [f"{problem.code} {severity}{printable(problem.message)}{self._found(problem)}"]
        place = [f"claim {printable(problem.claim)}"] if problem.claim else []
        place += [problem.loop] if problem.loop else []
        parts += [f"[{', '.join(place)}]"] if place else []
        codes = "; ".join(f"{name}: {codes}" for name, codes in problem.x12.items())
        parts += [f"({codes})"] if codes else []
        return " ".join(parts)

    def _found(self, problem: Problem) -> str:
        if not problem.value:
            return ""
        value = problem.value if self._values else shown(problem)
        if value is None:
            return f"; found {len(problem.value)} character{'s' * (len(problem.value) != 1)}, not shown"
        cut = f"{value[:_LONGEST_VALUE]}..." if len(value) > _LONGEST_VALUE else value
        return f'; found "{printable(cut)}"'

    def transaction(self, transaction: TransactionReport) -> None:
        self._transactions[transaction.valid] += 1
        self._segments += transaction.segments

    def compared(self, comparison: Comparison, most: int | None) -> None:
        if comparison.error:
            self._write(f"{self._name}: {printable(comparison.error)}\n")
            return
        for difference in comparison.differences[:most]:
            opinion = difference.opinion
            said = opinion.message if self._values else opinion.masked
            where = f"transaction {printable(opinion.transaction)}, " if opinion.transaction else ""
            why = difference.reason or "no reason known"
            self._write(
                f"{self._name}:{opinion.position}: only {difference.by}: {where}{opinion.code} {printable(said)}; reason: {why}\n"
            )
        unshown = len(comparison.differences[most:]) if most is not None else 0
        if unshown:
            self._write(f"{self._name}: {unshown:,} more differences from pyx12 not shown\n")
        alone, unknown = len(comparison.differences), sum(not difference.reason for difference in comparison.differences)
        found = f"{_counted(comparison.agreed, 'place')} found by both, {alone:,} by one alone, {unknown:,} without a reason"
        self._write(f"{self._name}: compared with pyx12: {found}\n")

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        found = [_counted(self._severities[severity], severity) for severity in (ERROR, WARNING) if self._severities[severity]]
        if left_out:
            more = f"{sum(left_out.values()):,} more not shown"
            codes = ", ".join(
                f"{count:,} {code}" for code, count in sorted(left_out.items(), key=lambda item: (-item[1], item[0]))
            )
            self._write(f"{self._name}: {more}: {codes}\n")
            found.append(more)
        judged = [_counted(self._transactions.total(), "transaction"), _counted(self._segments, "segment")]
        if bad := self._transactions[False]:
            judged[0] += f" ({bad:,} not valid)"
        result = "valid" if valid else "not valid"
        self._write(f"{self._name}: {result}: {', '.join(found + judged)}\n")

    def failed(self, sentence: str) -> None:
        """Nothing here: the sentence goes to standard error."""

    def close(self) -> None:
        """Nothing is left to write."""


def named(path: str) -> str:
    """What a file is called in a report."""
    return "standard input" if path == "-" else printable(path)


def printable(text: str) -> str:
    """Text that does nothing to a terminal: what cannot be printed is written as an escape."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _position(problem: Problem) -> str:
    """Where: the number of the segment in its transaction, else the envelope segment, else the byte."""
    if problem.position is not None:
        return str(problem.position)
    if problem.offset is not None:
        return f"{problem.segment or ''}@{problem.offset}"
    return problem.segment or "0"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
