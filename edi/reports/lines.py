"""What was found in judged files, as JSON Lines: an object for each problem, transaction and file, as they come.

Each line has "version": 1, "type" and "path". A "problem" and a "transaction" have the keys that they have in the JSON document
(`edi.reports.json`); a "file" closes the lines of its path: {"valid", "problems", "transactions"}, these two as counts, with
"left_out" and "left_out_codes", "error" and "comparison" where the document has them. So each line can be used alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from edi.errors import Problem
from edi.guides.validation import TransactionReport
from edi.reports.json import comparison_to_json, left_out_to_json, to_json, transaction_to_json
from edi.text.redaction import Tokens

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["LinesReport"]


class LinesReport:
    """Writes a line as soon as there is one to write; see `edi.reports.Report`."""

    def __init__(self, write: Callable[[str], object], *, values: bool = False, tokens: Tokens | None = None) -> None:
        self._write, self._values, self._tokens = write, values, tokens
        self.begin("")

    def begin(self, path: str) -> None:
        self._path = path
        self._problems = self._transactions = 0
        self._comparison: dict[str, Any] = {}

    def problem(self, problem: Problem) -> None:
        self._problems += 1
        self._line("problem", to_json(problem, values=self._values, tokens=self._tokens))

    def transaction(self, transaction: TransactionReport) -> None:
        self._transactions += 1
        self._line("transaction", transaction_to_json(transaction))

    def compared(self, comparison: Comparison, most: int | None) -> None:
        self._comparison = {"comparison": comparison_to_json(comparison, most, values=self._values)}

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        self._end(valid, left_out_to_json(left_out) | self._comparison)

    def failed(self, sentence: str) -> None:
        self._end(False, {"error": sentence})

    def close(self) -> None:
        """Nothing is left to write."""

    def _end(self, valid: bool, more: dict[str, Any]) -> None:
        counts = {"problems": self._problems, "transactions": self._transactions}
        self._line("file", {"valid": valid, **counts, **more})

    def _line(self, kind: str, said: dict[str, Any]) -> None:
        self._write(json.dumps({"version": 1, "type": kind, "path": self._path, **said}) + "\n")
