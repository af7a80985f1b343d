"""The published JSON Schema of a run's report, held against reports of every outcome: what is written is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edi.jobs.batch import running, staging
from tests.jobs.inboxes import RECEIVED, STORY, Folders, story
from tests.reports.test_schemas import SCHEMAS, checker, strict

REPORT = checker(SCHEMAS / "batch.v1.json")
STRICT = REPORT.evolve(schema=strict(REPORT.schema))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_the_story_and_the_story_again(folders: Folders) -> None:
    """Claims, requests, answers, remittances; then all of it known, also what is purged, and a file that holds nothing."""
    old = RECEIVED - 11 * 365 * 86_400
    for source in story():
        folders.put(source, f"{source.parent.name}-{source.name}", received=old)
    STRICT.validate(told := folders.json("--sent", code=1))
    assert {key for file in told["files"] for key in ("claims", "taken", "payments", "findings", "exceptions") if file[key]} == {
        "claims", "taken", "payments", "findings", "exceptions",
    }  # fmt: skip
    folders.put_all(story())
    folders.put(b"none", "none")
    STRICT.validate(told := folders.json(code=1))
    assert {file["outcome"] for file in told["files"]} == {"known", "quarantined"}
    assert all("errors" in file["first"][0] for file in told["files"] if file["first"])
    assert folders.ledger("ledger", "purge", "--before", "2017-01-01").exit_code == 0
    folders.put_all(story())
    STRICT.validate(told := folders.json())
    assert not any("errors" in file["first"][0] for file in told["files"])


def test_what_is_left_what_is_stopped_and_what_is_resumed(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = folders.home / "partners.toml"
    settings.write_text('[[partner]]\nname = "larkspur"\nsender = ["LARKSPUR"]\nrepeated-control = "stop"\n')
    data = (STORY / "claims" / "batch.837").read_bytes()
    folders.put(data, "batch.837")
    with monkeypatch.context() as broken:

        def refused(*_arguments: Any) -> None:
            raise staging.CannotWriteError("/outbox: No space left on device.")

        broken.setattr(running, "publish", refused)
        result = folders("--config", settings, "--format", "json")
        assert result.exit_code == 2
        STRICT.validate(told := json.loads(result.stdout))
        assert told["error"]
    folders.put(data.replace(b"LO2001", b"LO2991"), "other.837")
    STRICT.validate(told := folders.json("--config", settings, code=1))
    assert [file.get("resumed", file["outcome"]) for file in told["files"]] == [True, "stopped"]


def test_a_schema_that_is_not_kept_is_seen() -> None:
    with pytest.raises(jsonschema.ValidationError):
        STRICT.validate({"version": 1})
