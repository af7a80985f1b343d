"""The report for programs, version 1: keys may be added, not renamed."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from edi.errors import Problem
from edi.guides.validation import TransactionReport
from edi.reports.json import JsonReport, to_json

TEXT, NUMBER = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
PROBLEM = {
    "code": {"type": "string"},
    "severity": {"enum": ["error", "warning", "info"]},
    "level": {"type": "integer"},
    "message": {"type": "string"},
    "interchange": TEXT,
    "group": TEXT,
    "transaction": TEXT,
    "claim": TEXT,
    "loop": TEXT,
    "segment": TEXT,
    "position": NUMBER,
    "element": NUMBER,
    "component": NUMBER,
    "repetition": NUMBER,
    "offset": NUMBER,
    "value": TEXT,
    "x12": {"type": "object", "additionalProperties": {"type": "string"}},
}
TRANSACTION = {
    "set": {"type": "string"},
    "guide": TEXT,
    "control": {"type": "string"},
    "valid": {"type": "boolean"},
    "segments": {"type": "integer"},
}
FILE = {"path": {"type": "string"}, "valid": {"type": "boolean"}}


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


SHAPE = strict(
    {
        "version": {"const": 1},
        "files": {
            "type": "array",
            "items": {
                **strict(
                    FILE
                    | {
                        "problems": {"type": "array", "items": strict(PROBLEM)},
                        "transactions": {"type": "array", "items": strict(TRANSACTION)},
                    }
                ),
                "additionalProperties": {"type": ["string", "integer"]},
            },
        },
    }
)
NAME = Problem(code="element-long", message="too long", loop="2000A/2000B/2010BA", segment="NM1", element=3, value="SMITH")


def written(*files: tuple[Problem, ...] | str, values: bool = False) -> Any:
    pieces: list[str] = []
    out = JsonReport(pieces.append, values=values)
    for number, content in enumerate(files):
        out.begin(f'{number}".837')
        if isinstance(content, str):
            out.failed(content)
            continue
        for problem in content:
            out.problem(problem)
        out.transaction(TransactionReport(set="837", guide=None, control="1", valid=False, segments=3))
        out.end(not content, {})
    out.close()
    parsed = json.loads("".join(pieces))
    jsonschema.validate(parsed, SHAPE)
    return parsed


def test_no_file_one_file_and_many_are_one_document() -> None:
    assert written() == {"version": 1, "files": []}
    assert [len(file["problems"]) for file in written((), (NAME,), (NAME, NAME, NAME))["files"]] == [0, 1, 3]


def test_a_file_that_cannot_be_read_has_an_entry() -> None:
    assert written("no such file", ())["files"][0] == {
        "path": '0".837',
        "problems": [],
        "transactions": [],
        "valid": False,
        "error": "no such file",
    }


def test_transactions_are_those_of_the_file() -> None:
    one = {"set": "837", "guide": None, "control": "1", "valid": False, "segments": 3}
    assert [file["transactions"] for file in written((), (NAME,))["files"]] == [[one], [one]]


def test_phi_is_null_unless_asked_for() -> None:
    assert written((NAME,))["files"][0]["problems"][0]["value"] is None
    assert written((NAME,), values=True)["files"][0]["problems"][0]["value"] == "SMITH"


def test_a_problem_keeps_every_field() -> None:
    fields = {
        "code": "c", "message": "m", "severity": "warning", "level": 3, "interchange": "i", "group": "g", "transaction": "t",
        "claim": "26", "loop": "2300", "segment": "CLM", "position": 5, "element": 2, "component": 3, "repetition": 4,
        "offset": 6, "value": "7", "x12": {"999": "IK304=8"},
    }  # fmt: skip
    assert to_json(Problem(**fields)) == fields  # type: ignore[arg-type]  # a dict of mixed types
