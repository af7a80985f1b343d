"""Results for people and programs: text, HTML, JSON, JSON Lines, SARIF.

A report of judged files is written as they are judged, so that no number of problems fills the memory. `TextReport`
(`edi.reports.text`), `HtmlReport` (`html`), `JsonReport` (`json`), `LinesReport` (`lines`) and `SarifReport` (`sarif`) are
written to in the same order: for each file `begin`, any number of `problem` and `transaction`, `compared` where pyx12 was asked
too, then `end` or, when the file could not be read, `failed`; at last `close`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from edi.errors import Problem
from edi.guides.validation import TransactionReport

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["Report"]


class Report(Protocol):
    """What they have in common."""

    def begin(self, path: str) -> None:
        """A file is going to be judged."""

    def problem(self, problem: Problem) -> None:
        """Something is wrong with the file."""

    def transaction(self, transaction: TransactionReport) -> None:
        """A transaction has been judged."""

    def compared(self, comparison: Comparison, most: int | None) -> None:
        """pyx12's opinion of the file beside ours; at most so many of their differences are told."""

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        """The file has been judged; `left_out`: how many problems of each code were found but not handed on."""

    def failed(self, sentence: str) -> None:
        """The file could not be read, or not to its end."""

    def close(self) -> None:
        """All files have been judged."""
