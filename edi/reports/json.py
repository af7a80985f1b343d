"""What was found in judged files, as one JSON document (version 1).

    {"version": 1, "files": [{"path", "problems": [PROBLEM], "transactions": [TRANSACTION], "valid"}]}

TRANSACTION is {"set", "guide", "control", "valid", "segments"}; the keys of PROBLEM are those of `to_json`. A file that could
not be read has "valid": false and "error", a sentence. "left_out" counts problems beyond the most that were asked for,
"left_out_codes" those of each code; both are there only where some were left out. Where pyx12 was asked too, "comparison" is
{"engine": "pyx12", "agreed": places, "differences": [DIFFERENCE]}, with "left_out" as above, or {"engine", "error"}; a DIFFERENCE
{"by": "pyx12" or "edi", "transaction", "position", "element", "component", "code", "message", "reason": text or null}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from edi.errors import Problem
from edi.guides.validation import TransactionReport
from edi.text.redaction import Tokens, hidden, shown
from edi.text.segments import readable

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison, Difference

__all__ = ["JsonReport", "comparison_to_json", "left_out_to_json", "to_json", "transaction_to_json"]


def to_json(problem: Problem, *, values: bool = False, tokens: Tokens | None = None) -> dict[str, Any]:
    """A problem as JSON knows it; `value` is None where it is PHI, unless `values`: then `token` may stand for it."""
    kind = "" if values or tokens is None else hidden(problem)
    value = problem.value if values else shown(problem)
    return {
        "code": problem.code,
        "severity": problem.severity,
        "level": problem.level,
        "message": problem.message,
        "interchange": problem.interchange,
        "group": problem.group,
        "transaction": problem.transaction,
        "claim": problem.claim,
        "loop": problem.loop,
        "segment": problem.segment,
        "position": problem.position,
        "element": problem.element,
        "component": problem.component,
        "repetition": problem.repetition,
        "offset": problem.offset,
        "value": value and readable(value),
        "x12": dict(problem.x12),
        **({"token": tokens(kind, problem.value)} if kind and tokens and problem.value else {}),
    }


def transaction_to_json(transaction: TransactionReport) -> dict[str, Any]:
    """A judged transaction as JSON knows it."""
    return {
        "set": transaction.set,
        "guide": transaction.guide,
        "control": transaction.control,
        "valid": transaction.valid,
        "segments": transaction.segments,
    }


def left_out_to_json(left_out: Mapping[str, int]) -> dict[str, Any]:
    """How many problems were found but not told, as JSON knows it; nothing where all were told."""
    return {"left_out": sum(left_out.values()), "left_out_codes": dict(left_out)} if left_out else {}


def comparison_to_json(comparison: Comparison, most: int | None = None, *, values: bool = False) -> dict[str, Any]:
    """A comparison as JSON knows it; values that pyx12's messages quote are left out of them, unless `values`."""
    if comparison.error:
        return {"engine": "pyx12", "error": comparison.error}
    told = comparison.differences[:most]
    left = len(comparison.differences) - len(told)
    return {
        "engine": "pyx12",
        "agreed": comparison.agreed,
        "differences": [_difference(difference, values) for difference in told],
        **({"left_out": left} if left else {}),
    }


def _difference(difference: Difference, values: bool) -> dict[str, Any]:
    opinion = difference.opinion
    return {
        "by": difference.by,
        "transaction": opinion.transaction or None,
        "position": opinion.position or None,
        "element": opinion.element or None,
        "component": opinion.component or None,
        "code": opinion.code,
        "message": opinion.message if values else opinion.masked,
        "reason": difference.reason or None,
    }


class JsonReport:
    """Writes the document piece by piece, one problem a line; see `edi.reports.Report`."""

    def __init__(self, write: Callable[[str], object], *, values: bool = False, tokens: Tokens | None = None) -> None:
        self._write, self._values, self._tokens = write, values, tokens
        self._files = self._problems = 0
        self._transactions: list[dict[str, Any]] = []
        self._comparison: dict[str, Any] = {}
        write('{"version": 1, "files": [')

    def begin(self, path: str) -> None:
        self._write(f'{"," if self._files else ""}\n{{"path": {json.dumps(path)}, "problems": [')
        self._files += 1
        self._problems = 0
        self._transactions.clear()
        self._comparison = {}

    def problem(self, problem: Problem) -> None:
        self._write(
            f"{',' if self._problems else ''}\n  {json.dumps(to_json(problem, values=self._values, tokens=self._tokens))}"
        )
        self._problems += 1

    def transaction(self, transaction: TransactionReport) -> None:
        self._transactions.append(transaction_to_json(transaction))

    def compared(self, comparison: Comparison, most: int | None) -> None:
        self._comparison = {"comparison": comparison_to_json(comparison, most, values=self._values)}

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        self._end(valid, left_out_to_json(left_out) | self._comparison)

    def failed(self, sentence: str) -> None:
        self._end(False, {"error": sentence})

    def _end(self, valid: bool, more: dict[str, Any]) -> None:
        rest = {"transactions": self._transactions, "valid": valid, **more}
        self._write(f"], {json.dumps(rest)[1:]}")

    def close(self) -> None:
        self._write("\n]}\n")
