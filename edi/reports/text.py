"""What was found in judged files, as lines for people.

A line for each problem, `path:position: CODE message`, under a line that names its transaction and claim; in brackets the claim
and the loop, in parentheses what an acknowledgment would say; and for each file a line that counts what was left out, where
something was, and a line of summary. A terminal may have colours, and lines that break between words at its width; `explain`
says below the first problem of each code why it matters and how to mend it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from edi.errors import ERROR, WARNING, Problem
from edi.guides.validation import TransactionReport
from edi.text.redaction import Tokens, hidden
from edi.text.segments import readable

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["TextReport", "found", "named", "printable"]

_LONGEST_VALUE: Final = 60
_INDENT: Final = "    "
_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
"""What terminals understand by SGR (ECMA-48)."""


class TextReport:
    """Writes lines as problems come; see `edi.reports.Report`. `width` 0 does not break lines."""

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        values: bool = False,
        tokens: Tokens | None = None,
        colour: bool = False,
        width: int = 0,
        explain: bool = False,
        rules: tuple[str, ...] = (),
    ) -> None:
        self._write, self._values, self._tokens = write, values, tokens
        self._colour, self._width = colour, width
        self._explain, self._explained = explain, set[str]()
        self._rules = rules
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
                self._line((f"{self._name}: {', '.join(said)}", _BOLD))
        self._line((f"{self._name}:{_position(problem)}:", _DIM), *self._sentence(problem))
        if self._explain and problem.code not in self._explained:
            self._explained.add(problem.code)
            self._explanation(problem.code)

    def _sentence(self, problem: Problem) -> list[tuple[str, str]]:
        colour = _RED if problem.severity == ERROR else _YELLOW
        severity = "" if problem.severity == ERROR else f"{problem.severity}: "
        value = found(problem, values=self._values, tokens=self._tokens)
        parts = [(problem.code, colour), (f"{severity}{printable(problem.message)}{value}", "")]
        place = [f"claim {printable(problem.claim)}"] if problem.claim else []
        place += [problem.loop] if problem.loop else []
        parts += [(f"[{', '.join(place)}]", _DIM)] if place else []
        codes = "; ".join(f"{name}: {codes}" for name, codes in problem.x12.items())
        parts += [(f"({codes})", _DIM)] if codes else []
        return parts

    def _explanation(self, code: str) -> None:
        from edi.guides.explaining import explanation

        meaning = explanation(code, self._rules)
        for word, said in (("why", meaning.why), ("how to mend it", meaning.mend)) if meaning is not None else ():
            if said:
                self._line((f"{word}: {said}", ""), indent=_INDENT)

    def transaction(self, transaction: TransactionReport) -> None:
        self._transactions[transaction.valid] += 1
        self._segments += transaction.segments

    def compared(self, comparison: Comparison, most: int | None) -> None:
        if comparison.error:
            self._line((f"{self._name}: {printable(comparison.error)}", ""))
            return
        for difference in comparison.differences[:most]:
            opinion = difference.opinion
            said = opinion.message if self._values else opinion.masked
            where = f"transaction {printable(opinion.transaction)}, " if opinion.transaction else ""
            why = difference.reason or "no reason known"
            self._line(
                (f"{self._name}:{opinion.position}:", _DIM),
                (f"only {difference.by}: {where}{opinion.code} {printable(said)}; reason: {why}", ""),
            )
        unshown = len(comparison.differences[most:]) if most is not None else 0
        if unshown:
            self._line((f"{self._name}: {unshown:,} more differences from pyx12 not shown", ""))
        alone, unknown = len(comparison.differences), sum(not difference.reason for difference in comparison.differences)
        both = f"{_counted(comparison.agreed, 'place')} found by both, {alone:,} by one alone, {unknown:,} without a reason"
        self._line((f"{self._name}: compared with pyx12: {both}", ""))

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        counts = [_counted(self._severities[severity], severity) for severity in (ERROR, WARNING) if self._severities[severity]]
        if left_out:
            more = f"{sum(left_out.values()):,} more not shown"
            codes = ", ".join(
                f"{count:,} {code}" for code, count in sorted(left_out.items(), key=lambda item: (-item[1], item[0]))
            )
            self._line((f"{self._name}: {more}: {codes}", ""))
            counts.append(more)
        judged = [_counted(self._transactions.total(), "transaction"), _counted(self._segments, "segment")]
        if bad := self._transactions[False]:
            judged[0] += f" ({bad:,} not valid)"
        result = ("valid:", _GREEN) if valid else ("not valid:", _RED)
        self._line((f"{self._name}:", _BOLD), result, (", ".join(counts + judged), ""))

    def failed(self, sentence: str) -> None:
        """Nothing here: the sentence goes to standard error."""

    def close(self) -> None:
        """Nothing is left to write."""

    def _line(self, *parts: tuple[str, str], indent: str = "") -> None:
        """A line of parts, each with its colour, a space between them."""
        if not (self._colour or self._width):
            self._write(f"{indent}{' '.join(text for text, _ in parts)}\n")
            return
        for number, words in enumerate(_wrapped(parts, self._width)):
            self._write(f"{indent}{_INDENT if number else ''}{self._painted(words)}\n")

    def _painted(self, words: Iterable[tuple[str, str]]) -> str:
        runs = [(colour, " ".join(word for word, _ in run)) for colour, run in groupby(words, key=itemgetter(1))]
        return " ".join(f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colour else text for colour, text in runs)


def found(problem: Problem, *, values: bool, tokens: Tokens | None) -> str:
    """What was found, as the end of a sentence; of what is PHI its length and its token, unless `values`."""
    if not problem.value:
        return ""
    kind, value = "" if values else hidden(problem), readable(problem.value)
    if kind:
        length = f"; found {len(value)} character{'s' * (len(value) != 1)}, not shown"
        return length if tokens is None else f"{length}: {tokens(kind, problem.value)}"
    cut = f"{value[:_LONGEST_VALUE]}..." if len(value) > _LONGEST_VALUE else value
    return f'; found "{printable(cut)}"'


def named(path: str) -> str:
    """What a file is called in a report."""
    return "standard input" if path == "-" else printable(path)


def printable(text: str) -> str:
    """Text that does nothing to a terminal: what cannot be printed is written as an escape."""
    text = readable(text)
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _wrapped(parts: Iterable[tuple[str, str]], width: int) -> list[list[tuple[str, str]]]:
    """The words of parts in lines of about `width` characters; a longer word has its line for itself, width 0 is one line."""
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for text, colour in parts:
        for word in text.split(" "):
            if width and used and used + 1 + len(word) > width:
                lines.append([])
                used = len(_INDENT)
            used += len(word) + 1
            lines[-1].append((word, colour))
    return lines


def _position(problem: Problem) -> str:
    """Where: the number of the segment in its transaction, else the envelope segment, else the byte."""
    if problem.position is not None:
        return str(problem.position)
    if problem.offset is not None:
        return f"{problem.segment or ''}@{problem.offset}"
    return problem.segment or "0"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
