"""What was found in judged files, as SARIF 2.1.0: for code scanning of repositories, and editors that show it.

Results are written as they come; the tool with its rules, one for each code that was found, comes last, since JSON's keys have no
order. A result has the byte, line and column of what is wrong where the file can be read again; logical locations name
transaction, claim and loop. Paths are relative to the working directory, as uploads of results want them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from edi.errors import ERROR, INFO, WARNING, Problem
from edi.guides.explaining import explanation
from edi.guides.validation import TransactionReport
from edi.reports.places import Places
from edi.reports.text import found
from edi.text.redaction import Tokens

if TYPE_CHECKING:  # only where pyx12 is asked
    from edi.guides.reasons import Comparison

__all__ = ["SarifReport"]

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {ERROR: "error", WARNING: "warning", INFO: "note"}


class SarifReport:
    """Writes one run; see `edi.reports.Report`."""

    def __init__(
        self, write: Callable[[str], object], *, values: bool = False, tokens: Tokens | None = None, rules: tuple[str, ...] = ()
    ) -> None:
        self._write, self._values, self._tokens, self._files = write, values, tokens, rules
        self._rules: dict[str, dict[str, Any]] = {}
        self._notices: list[dict[str, Any]] = []
        self._whole, self._results = True, 0
        head = json.dumps({"$schema": _SCHEMA, "version": "2.1.0"})[:-1]
        write(f'{head}, "runs": [{{"columnKind": "unicodeCodePoints", "results": [')

    def begin(self, path: str) -> None:
        self._path, self._places = path, Places(path)

    def problem(self, problem: Problem) -> None:
        rule = self._rules.setdefault(problem.code, {"index": len(self._rules), **_rule(problem, self._files)})
        result = {
            "ruleId": problem.code,
            "ruleIndex": rule["index"],
            "level": _LEVELS.get(problem.severity, "none"),
            "message": {"text": f"{problem.message}{found(problem, values=self._values, tokens=self._tokens)}."},
            "locations": [{"physicalLocation": self._physical(problem), **_logical(problem)}],
            "properties": {"snip": problem.level, "x12": dict(problem.x12)},
        }
        self._write(f"{',' if self._results else ''}\n{json.dumps(result)}")
        self._results += 1

    def transaction(self, transaction: TransactionReport) -> None:
        """Nothing here: SARIF tells what was found."""

    def compared(self, comparison: Comparison, most: int | None) -> None:
        """Nothing here: pyx12's opinion is no finding of ours."""

    def end(self, valid: bool, left_out: Mapping[str, int]) -> None:
        self._places.close()
        if left_out:
            counts = ", ".join(f"{count} {code}" for code, count in left_out.items())
            self._notice(f"{sum(left_out.values())} more problems are not told: {counts}.", "note")

    def failed(self, sentence: str) -> None:
        self._places.close()
        self._whole = False
        self._notice(sentence, "error")

    def close(self) -> None:
        rules = [{key: value for key, value in rule.items() if key != "index"} for rule in self._rules.values()]
        driver = {"name": "edi-validate", "version": version("edi-authlink"), "rules": rules}
        invocation = {"executionSuccessful": self._whole, "toolExecutionNotifications": self._notices}
        rest = {"invocations": [invocation], "tool": {"driver": driver}}
        self._write(f"\n], {json.dumps(rest)[1:]}]}}\n")

    def _notice(self, text: str, level: str) -> None:
        location = {"physicalLocation": {"artifactLocation": self._artifact()}}
        self._notices.append({"message": {"text": text}, "level": level, "locations": [location]})

    def _artifact(self) -> dict[str, Any]:
        if self._path == "-":
            return {"description": {"text": "standard input"}}
        path = Path(self._path)
        if path.is_absolute():
            path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}

    def _physical(self, problem: Problem) -> dict[str, Any]:
        location: dict[str, Any] = {"artifactLocation": self._artifact()}
        place = self._places.place(problem)
        if place is not None:
            length = place.stop - place.start
            lines = {"startLine": place.line, "startColumn": place.column}
            if b"\n" not in place.segment.raw[place.start : place.stop]:
                lines["endColumn"] = place.column + length
            location["region"] = {**lines, "byteOffset": place.offset, "byteLength": length}
        elif problem.offset is not None:
            location["region"] = {"byteOffset": problem.offset}
        return location


def _rule(problem: Problem, files: tuple[str, ...]) -> dict[str, Any]:
    """What SARIF wants to know of a code, the first time that it is found."""
    said: dict[str, Any] = {
        "id": problem.code,
        "defaultConfiguration": {"level": _LEVELS.get(problem.severity, "none")},
        "properties": {"snip": problem.level, "tags": [f"level {problem.level}"]},
    }
    meaning = explanation(problem.code, files)
    if meaning is not None:
        example = meaning.example and f"Example: {meaning.example}"
        help = " ".join(filter(None, (meaning.finds, meaning.why, meaning.mend, example)))
        said["shortDescription"] = {"text": meaning.finds}
        said["fullDescription"] = {"text": f"{meaning.finds} {meaning.why}".strip()}
        said["help"] = {"text": help}
    return said


def _logical(problem: Problem) -> dict[str, Any]:
    """Transaction, claim and loop, where they are known."""
    said = [
        {"kind": kind, "name": name, "fullyQualifiedName": f"{kind} {name}"}
        for kind, name in (("transaction", problem.transaction), ("claim", problem.claim), ("loop", problem.loop))
        if name
    ]
    return {"logicalLocations": said} if said else {}
