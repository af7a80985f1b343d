"""The mix of files that a batch is measured with: valid, of every kind; what answers something answers what lies beside it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import edi
from bench.mixed import KINDS, write_mixed
from bench.unkept import work_off
from tests.jobs.inboxes import Folders

COUNT = 2 * len(KINDS)


def test_a_batch_takes_all_of_them_and_knows_what_is_answered(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    write_mixed(folders.inbox, count=COUNT)
    told = folders.json("--sent", code=1)
    assert told["totals"]["files"] == {"done": COUNT}
    kinds = Counter(file["kind"] for file in told["files"])
    assert kinds == {"278": 10, "837": 18, "835": 6, "999": 2, "277CA": 4}
    assert [file["name"] for file in told["files"] if file["errors"]] == []
    assert told["totals"]["claims"]["linked"] > 0
    for file in told["files"]:
        if file["kind"] in ("999", "277CA"):
            assert file["taken"]["claim_answers"] > 0
            assert file["taken"]["unasked"] == 0
    assert "unmatched" not in {row["what"] for rows in told["exceptions"].values() for row in rows}


def test_one_process_finds_the_same_of_them_and_keeps_nothing(tmp_path: Path) -> None:
    folders, out = Folders(tmp_path), tmp_path / "unkept"
    out.mkdir()
    write_mixed(folders.inbox, count=COUNT)
    problems, rows, findings, acknowledgments = work_off(folders.inbox, out)
    told = folders.json("--sent", code=1)
    assert problems == sum(file["errors"] + file["warnings"] for file in told["files"])
    reports = [json.loads(path.read_bytes()) for path in folders.outbox.glob("*.837.report.json")]
    assert rows == sum(len(report["claims_decided"]["claims"]) for report in reports)
    assert findings == sum(total["findings"] for file in told["files"] for total in file["findings"].values())
    assert acknowledgments == 6
    for path in out.iterdir():
        linked = folders.outbox / path.name
        assert [claim.id for claim in edi.read_claims(path)] == [claim.id for claim in edi.read_claims(linked)]
        assert path.read_bytes() == linked.read_bytes()
