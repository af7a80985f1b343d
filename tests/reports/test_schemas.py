"""The published JSON Schemas and SARIF's own, held against what comes out for real files, ours and those of others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edi.errors import Problem
from edi.guides.validation import TransactionReport, judge
from edi.reports import Report
from edi.reports.json import JsonReport
from edi.reports.lines import LinesReport
from edi.reports.places import Places
from edi.reports.sarif import SarifReport
from edi.text.redaction import Tokens

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
MOST = 200
"""Problems of one file that are looked at."""


def checker(path: Path) -> Any:
    schema = json.loads(path.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


DOCUMENT = checker(SCHEMAS / "validation.v1.json")
LINE = checker(SCHEMAS / "validation-line.v1.json")
SARIF = checker(Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json")


def strict(schema: Any) -> Any:
    """The schema without room for keys that it does not name: what we write, we publish."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: strict(value) for key, value in schema.items()}
    return inner | {"additionalProperties": False} if "properties" in inner and "additionalProperties" not in inner else inner


def told(make: Callable[..., Report], *paths: Path) -> str:
    pieces: list[str] = []
    report = make(pieces.append, tokens=Tokens("k"))
    for path in paths:
        report.begin(str(path))
        left: dict[str, int] = {}
        problems: list[Problem] = []

        def take(problem: Problem, seen: list[Problem] = problems, left: dict[str, int] = left) -> None:
            seen.append(problem)
            if len(seen) <= MOST:
                report.problem(problem)
            else:
                left[problem.code] = left.get(problem.code, 0) + 1

        judge(path, take, report.transaction)
        report.end(not any(problem.severity == "error" for problem in problems), left)
    report.begin("gone")
    report.failed("gone: No such file or directory.")
    report.close()
    return "".join(pieces)


def ours() -> Iterator[Path]:
    return (path for path in sorted((ROOT / "testdata").rglob("*")) if path.suffix in (".edi", ".278", ".835", ".837"))


def check(*paths: Path) -> None:
    document = json.loads(told(JsonReport, *paths))
    DOCUMENT.evolve(schema=strict(DOCUMENT.schema)).validate(document)
    lines = [json.loads(line) for line in told(LinesReport, *paths).splitlines()]
    one = LINE.evolve(schema=strict(LINE.schema))
    for line in lines:
        one.validate(line)
    assert [line["path"] for line in lines if line["type"] == "file"] == [file["path"] for file in document["files"]]
    sarif = json.loads(told(SarifReport, *paths))
    SARIF.validate(sarif)
    (run,) = sarif["runs"]
    problems = [problem for file in document["files"] for problem in file["problems"]]
    assert [result["ruleId"] for result in run["results"]] == [problem["code"] for problem in problems]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [problem["code"] for problem in problems]
    assert all({"shortDescription", "help", "defaultConfiguration"} <= set(rule) for rule in rules)


def test_files_of_ours() -> None:
    check(*ours())


@pytest.mark.corpus("**/*")
def test_files_of_others(corpus_file: Path) -> None:
    if corpus_file.suffix.lower() not in (".md", ".tsv"):
        check(corpus_file)


def test_a_place_is_where_the_bytes_are() -> None:
    """Line and column lead to the byte that SARIF names, and the part that it marks has the value that was found."""
    seen = 0
    for path in ours():
        data = path.read_bytes()
        problems: list[Problem] = []
        judge(path, problems.append)
        places = Places(str(path))
        for problem in [*problems, *reversed(problems)]:
            place = places.place(problem)
            if place is None:
                continue
            lines = data.split(b"\n")
            assert sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1 == place.offset
            part = data[place.offset : place.offset + place.stop - place.start]
            assert place.segment.raw[place.start : place.stop] == part
            if problem.value and problem.element and len(problem.value) < 50 and problem.segment == place.segment.id:
                value = problem.value.encode("latin-1")
                assert part and (value in part or part in value), (path, problem)  # of many repetitions one is marked
                seen += 1
        places.close()
    assert seen > 50


def test_delimiters_of_a_second_interchange_hold_from_there() -> None:
    path = ROOT / "testdata" / "odd" / "two-interchanges-two-delimiters.837"
    data = path.read_bytes()
    places, second = Places(str(path)), data.rindex(b"ISA")
    for offset in (0, second, 0, data.rindex(b"SE", 0, len(data)), second):
        place = places.place(Problem(code="x", message="y", offset=offset))
        assert place is not None
        head = second if offset >= second else 0
        assert place.segment.delimiters.element == data[head + 3 : head + 4]
    places.close()


def test_a_place_beyond_the_first_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.edi"
    head = (ROOT / "testdata" / "story" / "claims" / "number-missing.837").read_bytes()
    path.write_bytes(head + b"REF*G1*A~\n" * 300_000)
    places = Places(str(path))
    for line in (299_999, 5, 150_000, 299_998, 0):
        place = places.place(Problem(code="x", message="y", segment="REF", element=2, offset=len(head) + 10 * line))
        assert place is not None
        assert (place.line, place.column) == (head.count(b"\n") + line + 1, 8)
    before, behind = places.around(place, 2, 1)
    assert [segment.id for segment in before] == ["GE", "IEA"]
    assert [(segment.id, segment.offset) for segment in behind] == [("REF", len(head) + 10)]
    places.close()


def test_what_cannot_be_read_again_has_no_places() -> None:
    assert Places("-").place(Problem(code="x", message="y", offset=5)) is None
    one = TransactionReport(set="837", guide=None, control="1", valid=True, segments=3)
    pieces: list[str] = []
    report = SarifReport(pieces.append)
    report.begin("-")
    report.problem(Problem(code="never-heard-of", message="y", offset=5))
    report.transaction(one)
    report.end(False, {"element-date": 3})
    report.close()
    log = json.loads("".join(pieces))
    SARIF.validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"description": {"text": "standard input"}},
        "region": {"byteOffset": 5},
    }
    (notice,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "3 more problems are not told: 3 element-date."
