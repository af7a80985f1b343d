"""edi batch run: each kind of file, each outcome, and what stands where afterwards."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edi.jobs.batch.telling import OUTCOMES
from edi.linkage.verdict import Verdict
from tests.jobs.inboxes import RECEIVED, STORY, Folders, story

DAY = "archive/2026-10-26"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture(scope="module")
def worked_off(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folders, dict[str, Any]]:
    """The story's files, worked off, and what was told."""
    folders = Folders(tmp_path_factory.mktemp("story"))
    folders.put_all(story())
    return folders, folders.json("--sent", code=1)


def test_the_whole_loop(worked_off: tuple[Folders, dict[str, Any]]) -> None:
    folders, told = worked_off
    by_name = {file["name"]: file for file in told["files"]}
    assert len(by_name) == len(story())
    assert told["totals"]["files"] == {"done": len(story())}
    batch = by_name["claims-batch.837"]
    assert batch["claims"]["linked"] == {"claims": 7, "amount": "15302.00"}
    assert batch["outputs"] == [
        "claims-batch.837.999",
        "claims-batch.837.277CA",
        "claims-batch.837.linked.837",
        "claims-batch.837.report.json",
        f"{DAY}/claims-batch.837",
    ]
    assert b"REF*G1*MLK26090101~" in (folders.outbox / "claims-batch.837.linked.837").read_bytes()
    paid = by_name["remittances-batch.835"]
    assert (paid["payments"], paid["findings"]["authorization-missing"]["findings"]) == (16, 5)
    assert folders.left() == []
    assert sorted(path for file in told["files"] for path in file["outputs"]) == folders.files()


def test_what_needs_a_person_is_listed_by_tax_id(worked_off: tuple[Folders, dict[str, Any]]) -> None:
    exceptions = worked_off[1]["exceptions"]
    assert set(exceptions) == {"890004711", "890004722"}
    assert [(row["file"], row["claim"], row["what"]) for row in exceptions["890004722"]] == [
        ("claims-provider-differs.837", "LO1010", "provider-mismatch"),
        ("remittances-wrong-provider.835", "LO1010", "authorization-wrong-provider"),
    ]


def test_the_same_again_is_not_worked_off(folders: Folders) -> None:
    folders.put(STORY / "claims" / "number-right.837")
    first = folders.json(code=1)["files"][0]
    folders.put(STORY / "claims" / "number-right.837", "again.837")
    (again,) = folders.json()["files"]
    assert again["outcome"] == "known"
    assert again["first"][0]["name"] == "number-right.837"
    assert again["first"][0]["outputs"] == first["outputs"]
    assert again["outputs"] == ["again.837.report.json", f"{DAY}/again.837"]
    folders.put(STORY / "claims" / "number-right.837", "third.837")
    was = "known: it came as number-right.837, 2026-10-26 07:33, and was 837; valid; 1 claim: 1 number-unknown\n"
    assert folders().stdout.startswith(f"third.837: 837, {was}")


def test_what_was_told_of_a_file_is_purged_and_the_file_is_still_known(folders: Folders) -> None:
    """Of another one, which came on the day itself, all stays."""
    first, other = (STORY / "claims" / name for name in ("number-right.837", "number-wrong.837"))
    folders.put(first, received=RECEIVED - 11 * 365 * 86_400)
    folders.put(other, received=RECEIVED - 10 * 365 * 86_400)
    folders.json(code=1)

    def told(name: str) -> tuple[str, str]:
        with closing(sqlite3.connect(folders.outbox / "edi.db")) as ledger:
            (row,) = ledger.execute("SELECT record, outputs FROM files WHERE name = ?", (name,)).fetchall()
        return row

    before = told(first.name), told(other.name)
    assert folders.ledger("ledger", "purge", "--before", "2016-10-28", "--dry-run").exit_code == 0
    assert (told(first.name), told(other.name)) == before
    assert folders.ledger("ledger", "purge", "--before", "2016-10-28").exit_code == 0
    assert (told(first.name), told(other.name)) == (("", "[]"), before[1])
    folders.put(first, "again.837")
    (again,) = folders.json()["files"]
    assert again["outcome"] == "known"
    assert again["first"] == [
        {"name": first.name, "label": first.name, "kind": "837", "partner": None, "outcome": "done",
         "received": "2015-10-29T07:33:20+00:00"}
    ]  # fmt: skip
    folders.put(first, "again.837")
    was = "known: it came as number-right.837, 2015-10-29 07:33; what was told of it is purged\n"
    assert folders().stdout.splitlines(keepends=True)[0] == f"again.837: 837, {was}"
    folders.put(first)
    assert folders.json()["files"][0]["label"] == "number-right.837.2"


def test_a_name_that_comes_again_takes_nothing_from_the_first(folders: Folders) -> None:
    folders.put(STORY / "claims" / "number-right.837", "claims.837")
    folders.json(code=1)
    folders.put(STORY / "claims" / "number-wrong.837", "claims.837")
    (second,) = folders.json(code=1)["files"]
    assert second["label"] == "claims.837.2"
    assert "claims.837.2.linked.837" in folders.files()
    assert (folders.outbox / DAY / "claims.837").read_bytes() == (STORY / "claims" / "number-right.837").read_bytes()
    assert (folders.outbox / DAY / "claims.837.2").read_bytes() == (STORY / "claims" / "number-wrong.837").read_bytes()


def test_a_name_is_free_only_where_nothing_stands_there(folders: Folders) -> None:
    """A ledger that was begun anew does not know what came before; the outbox does."""
    folders.put(STORY / "claims" / "number-right.837")
    folders.json(code=1)
    folders.put(STORY / "claims" / "number-right.837")
    other = f"sqlite:///{folders.home / 'other.db'}"
    (file,) = folders.json("--ledger", other, code=1)["files"]
    assert (file["outcome"], file["label"]) == ("done", "number-right.837.2")


def test_what_is_not_x12_is_put_aside_and_the_others_are_worked_off(folders: Folders) -> None:
    folders.put(b"PK\x03\x04 not for us", "picture.zip")
    folders.put(b"", "empty.837")
    folders.put(STORY / "requests" / "approved.278")
    told = folders.json(code=1)
    assert told["totals"]["files"] == {"done": 1, "quarantined": 2}
    assert {file["error"] for file in told["files"]} == {None, "It holds no X12 interchange."}
    assert [name for name in folders.files() if name.startswith("quarantine")] == [
        "quarantine/empty.837",
        "quarantine/empty.837.report.json",
        "quarantine/picture.zip",
        "quarantine/picture.zip.report.json",
    ]


def test_the_same_control_number_with_other_content_is_noticed(folders: Folders) -> None:
    data = (STORY / "claims" / "number-right.837").read_bytes()
    folders.put(data, "one.837")
    folders.put(data.replace(b"*4200*", b"*4300*"), "two.837")
    first, second = folders.json(code=1)["files"]
    assert first["notices"] == []
    assert "was used before by this sender, for other content" in second["notices"][0]
    assert second["outcome"] == "done"


def test_an_interchange_beside_one_that_is_known_is_worked_off(folders: Folders) -> None:
    known, new = ((STORY / "claims" / name).read_bytes() for name in ("number-right.837", "number-wrong.837"))
    folders.put(known, "first.837")
    folders.json(code=1)
    folders.put(known + new, "both.837")
    (file,) = folders.json(code=1)["files"]
    assert file["outcome"] == "done"
    assert (folders.outbox / "both.837.linked.837").read_bytes() == new.rstrip()
    assert (folders.outbox / DAY / "both.837").read_bytes() == known + new


def test_claims_and_answers_in_one_file(folders: Folders) -> None:
    parts = [(STORY / name).read_bytes() for name in ("requests/approved.278", "claims/number-right.837", "remittances/paid.835")]
    folders.put(b"".join(parts), "all.edi")
    (file,) = folders.json(code=1)["files"]
    assert (file["kind"], file["taken"]["requests"], file["payments"]) == ("278, 835, 837", 1, 1)
    assert (folders.outbox / "all.edi.linked.837").read_bytes() == parts[1].rstrip()
    assert "claims sent                       0" in folders.ledger("ledger", "status").stdout


def test_production_and_tests_stay_apart(folders: Folders) -> None:
    data = (STORY / "claims" / "number-right.837").read_bytes()
    folders.put(data, "test.837")
    (file,) = folders.json(production=True, code=1)["files"]
    assert file["notices"] == ["Tests (ISA15), judged and answered, and nothing more: the ledger keeps production."]
    assert file["claims"] == {}
    assert "test.837.999" in folders.files()
    assert not any("linked" in name for name in folders.files())
    folders.put(data.replace(b"*0*T*:~", b"*0*P*:~"), "production.837")
    (file,) = folders.json(production=True, code=1)["files"]
    assert file["claims"] == {"number-unknown": {"claims": 1, "amount": "4200.00"}}


def test_what_its_acknowledgments_reject_is_not_linked(folders: Folders) -> None:
    """A fault of level 1 or 2 rejects the transaction in its 999: to send its other claims on would be to send them twice."""
    data = (STORY / "claims" / "batch.837").read_bytes()
    folders.put(data.replace(b"CLM*LO2003*84*", b"CLM*LO2003*8X4*"), "guide.837")
    folders.put(data.replace(b"*000000075*0*T", b"*000000076*0*T").replace(b"IEA*1*000000075", b"IEA*1*000000076"), "good.837")
    told = {file["name"]: file for file in folders.json(code=1)["files"]}
    assert "guide.837.rejected.837" in told["guide.837"]["outputs"]
    assert "guide.837.linked.837" not in told["guide.837"]["outputs"]
    assert b"IK5*R*5~" in (folders.outbox / "guide.837.999").read_bytes()
    assert len([one for one in told["guide.837"]["exceptions"] if one["what"] == "rejected"]) == 15
    assert "good.837.rejected.837" not in told["good.837"]["outputs"]


def test_a_claim_that_its_277ca_rejects_is_parted_from_the_others(folders: Folders) -> None:
    data = (STORY / "claims" / "batch.837").read_bytes().replace(b"CLM*LO2003*84*", b"CLM*LO2003*85*")
    folders.put(data, "balance.837")
    (file,) = folders.json(code=1)["files"]
    linked, rejected = ((folders.outbox / f"balance.837.{name}.837").read_bytes() for name in ("linked", "rejected"))
    assert (linked.count(b"CLM*"), rejected.count(b"CLM*"), b"CLM*LO2003*85*" in rejected) == (14, 1, True)
    assert [one["claim"] for one in file["exceptions"] if one["what"] == "rejected"] == ["LO2003"]
    answer = (folders.outbox / "balance.837.277CA").read_bytes()
    assert (answer.count(b"STC*A2:20"), answer.count(b"TRN*2*LO2")) == (14, 15)


def test_an_envelope_at_fault_rejects_all_of_it(folders: Folders) -> None:
    data = (STORY / "claims" / "batch.837").read_bytes()
    folders.put(data.replace(b"IEA*1*", b"IEA*2*"), "envelope.837")
    (file,) = folders.json(code=1)["files"]
    assert b"TA1*" in (folders.outbox / "envelope.837.TA1").read_bytes()
    assert [name for name in file["outputs"] if "linked" in name or "rejected" in name] == ["envelope.837.rejected.837"]


@pytest.mark.parametrize(("split", "linked"), [("claim", 14), ("transaction", 0), ("file", 0)])
def test_split_says_what_is_linked(folders: Folders, split: str, linked: int) -> None:
    data = (STORY / "claims" / "batch.837").read_bytes().replace(b"CLM*LO2003*84*", b"CLM*LO2003*8X4*")
    folders.put(data, "some.837")
    folders.json("--split", split, code=1)
    place = folders.outbox / "some.837.linked.837"
    assert (place.read_bytes().count(b"CLM*") if place.exists() else 0) == linked
    assert (folders.outbox / "some.837.rejected.837").read_bytes().count(b"CLM*") == 15 - linked


def test_acknowledgments_are_taken(folders: Folders) -> None:
    folders.put(STORY / "claims" / "number-right.837")
    folders.json("--sent", code=1)
    rejected = re.sub(
        rb"STC\*A2:20[^~]*", b"STC*A7:562:85*20261102*U*4200", (folders.outbox / "number-right.837.277CA").read_bytes()
    )
    folders.put(rejected, "answer.277")
    folders.put((folders.outbox / "number-right.837.999").read_bytes(), "answer.999")
    told = {file["name"]: file for file in folders.json(code=1)["files"]}
    assert (told["answer.277"]["kind"], told["answer.277"]["taken"]["rejections"]) == ("277CA", 1)
    assert told["answer.999"]["taken"]["claim_answers"] == 1
    assert "Never adjudicated" in folders.ledger("worklist").stdout


def test_outputs_are_for_their_owner_alone(folders: Folders) -> None:
    folders.put(STORY / "claims" / "batch.837").chmod(0o644)
    folders.json(code=1)
    for path in [folders.outbox, *folders.outbox.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_is_being_written_is_left(folders: Folders) -> None:
    folders.put(STORY / "requests" / "approved.278", "sent.278.part")
    folders.put(STORY / "requests" / "approved.278", ".hidden.278")
    (folders.inbox / "folder").mkdir()
    told = folders.json()
    assert (told["files"], told["left"]) == ([], [])
    assert folders.left() == [".hidden.278", "sent.278.part"]


def test_the_reports_of_files_say_all_that_was_found(folders: Folders) -> None:
    folders.put((STORY / "claims" / "batch.837").read_bytes().replace(b"*20261006~", b"*20261306~"), "bad.837")
    folders.json(code=1)
    report = json.loads((folders.outbox / "bad.837.report.json").read_text())
    assert report["judged"]["valid"] is False
    assert {problem["code"] for problem in report["judged"]["problems"]} == {"element-date"}
    folders.put(STORY / "claims" / "batch.837")
    folders.json(code=1)
    report = json.loads((folders.outbox / "batch.837.report.json").read_text())
    assert len(report["claims_decided"]["claims"]) == 15


def test_jobs_change_nothing(worked_off: tuple[Folders, dict[str, Any]], tmp_path: Path) -> None:
    folders, told = worked_off
    other = Folders(tmp_path)
    other.put_all(story())
    again = other.json("--sent", "--jobs", 3, code=1)
    assert {**told, "run": ""} == {**again, "run": ""}
    assert folders.files() == other.files()
    for name in folders.files():
        assert (folders.outbox / name).read_bytes() == (other.outbox / name).read_bytes(), name


def test_a_file_of_a_younger_clock_is_waited_for(folders: Folders) -> None:
    """The clock of who wrote it may be wrong: then it is ready when it has not changed for so long by ours."""
    folders.put(STORY / "requests" / "approved.278", received=RECEIVED * 2)
    assert folders.json("--settle", "0.3")["totals"]["files"] == {"done": 1}


def test_nothing_of_a_person_is_in_the_log(folders: Folders) -> None:
    folders.put((STORY / "claims" / "batch.837").read_bytes().replace(b"*19", b"*1X"), "bad.837")
    result = folders("--log", "json")
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert [event["event"] for event in events] == ["begun", "finished"]
    assert "BRAMBLE" not in result.output
    assert "MHP1" not in result.output


def test_metrics(folders: Folders, tmp_path: Path) -> None:
    folders.put(STORY / "claims" / "batch.837")
    folders.put(b"none", "none")
    folders("--metrics", tmp_path / "edi.prom")
    text = (tmp_path / "edi.prom").read_text()
    assert 'edi_batch_files{outcome="done"} 1\n' in text
    assert 'edi_batch_files{outcome="quarantined"} 1\n' in text
    assert 'edi_batch_claims{verdict="number-unknown"}' in text


def test_metrics_are_for_every_reader_and_about_nobody(folders: Folders, tmp_path: Path) -> None:
    """Another user collects them, so the file is readable, and has figures by words of the program and nothing else."""
    for name in ("claims/batch.837", "remittances/batch.835", "requests/approved.278", "responses/approved.278"):
        folders.put(STORY / name, name.replace("/", "-"))
    folders.put(b"ISA*00*BRAMBLE*SAGE", "BRAMBLE-MHP100001.837")
    before = os.umask(0o077)
    try:
        folders("--metrics", tmp_path / "edi.prom")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "edi.prom").stat().st_mode) == 0o644
    words = "|".join([*OUTCOMES, *(verdict.value for verdict in Verdict)])
    figure = re.compile(rf'edi_batch_[a-z_]+(\{{(outcome|verdict)="({words})"\}})? [0-9]+(\.[0-9]+)?')
    lines = [line for line in (tmp_path / "edi.prom").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 10
    assert [line for line in lines if not figure.fullmatch(line)] == []
    assert 'edi_batch_files{outcome="quarantined"} 1' in lines


def test_metrics_that_cannot_be_written_take_nothing_from_the_report(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for place, why in (("none/edi.prom", "No such file or directory"), ("folder", "Is a directory")):
        folders.put(STORY / "claims" / "batch.837", f"one{len(folders.files())}.837")
        result = folders("--metrics", tmp_path / place, "--format", "json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["files"][0]["name"].startswith("one")
        assert result.stderr == f"edi: {tmp_path / place}: {why}.\n"
        assert [name for name in folders.left() if name.endswith(".837")] == []


def test_an_inbox_that_is_none(folders: Folders) -> None:
    folders.inbox.rmdir()
    result = folders()
    assert (result.exit_code, result.stderr) == (2, f"edi: {folders.inbox}: there is no such folder.\n")
    folders.inbox.write_bytes(b"a file")
    result = folders()
    assert (result.exit_code, result.stderr) == (2, f"edi: {folders.inbox}: it is no folder.\n")


def test_an_outbox_that_is_the_inbox(folders: Folders) -> None:
    folders.outbox = folders.inbox
    result = folders()
    assert result.exit_code == 2
    assert "The outbox cannot be the inbox" in result.stderr


@pytest.mark.parametrize("name", ["long" * 60 + ".837", "l\udce9opold.837", "two\nlines.837", "-"])
def test_odd_names(folders: Folders, name: str) -> None:
    """A name may be as long as a file system takes, and bytes that are no text."""
    folders.put(STORY / "claims" / "number-right.837", name)
    (file,) = folders.json(code=1)["files"]
    assert file["outcome"] == "done"
    for place in file["outputs"]:
        assert (folders.outbox / place).is_file()
    assert folders.left() == []
    folders.put(STORY / "claims" / "number-wrong.837", name)
    (file,) = folders.json(code=1)["files"]
    assert file["label"].endswith(".2")


def test_a_file_of_somebody_elses(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may write into the inbox may be another user, whose files are not ours to change."""
    chmod = Path.chmod

    def refusing(path: Path, mode: int) -> None:
        if path.parent.parent.name == ".taken":
            raise PermissionError(1, "Operation not permitted", str(path))
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refusing)
    folders.put(STORY / "requests" / "approved.278")
    assert folders.json()["totals"]["files"] == {"done": 1}


def test_a_file_that_may_not_be_read(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refusing(path: Path, *arguments: Any, **more: Any) -> Any:
        if path.parent.parent.name == ".taken":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", refusing)
    folders.put(STORY / "requests" / "approved.278")
    (file,) = folders.json(code=1)["files"]
    assert (file["outcome"], file["error"]) == ("quarantined", "It cannot be read: Permission denied.")
    assert "quarantine/approved.278" in folders.files()
