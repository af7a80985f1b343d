"""The command `edi` for sessions that call it often: each time in a process forked from one that has done everything before.

The processes are as apart from each other as others are; that they begin with nothing imported is tested elsewhere. What a
shell finds as `edi` hands its words, folder, environment and streams to a server, and ends as the command does there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = {"edi": (), "edi-validate": ("validate",)}
"""The scripts, and the words that they put before those that they are given."""


@contextmanager
def commands(home: Path) -> Iterator[Path]:
    """A folder with the scripts, for PATH, while the server is there."""
    address, folder = home / "asked", home / "bin"
    folder.mkdir(parents=True)
    for name, words in NAMES.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" ask "{address}" {" ".join(words)} "$@"\n')
        script.chmod(0o755)
    words = [sys.executable, "-m", "tests.forking", "serve", str(address)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) as server:
        assert server.stdout
        assert server.stdout.readline() == b"ready\n"
        yield folder


def ask(address: str, words: list[str]) -> int:
    """Have a command run; its exit code."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(address)
        socket.send_fds(asking, [b"?"], [0, 1, 2])
        asking.sendall(json.dumps([words, os.getcwd(), dict(os.environ)]).encode())  # noqa: PTH109 - pathlib is slow to import
        asking.shutdown(socket.SHUT_WR)
        ended = asking.recv(1)
    return ended[0] if ended else 1


def import_all() -> None:
    """Import what any command may need."""
    import pkgutil
    from importlib import import_module

    import edi

    for found in pkgutil.walk_packages(edi.__path__, "edi."):
        if not found.name.startswith("edi.ledger.migrations."):  # Alembic runs these, one by one
            with suppress(ImportError):  # of an extra that is not installed
                import_module(found.name)


@contextmanager
def warmed() -> Iterator[None]:
    """Have imported what any command may need, and gone the whole loop: a command's time is that of guides, adapters, questions.

    Whoever is forked within finds them there.
    """
    import gc
    import tempfile

    from edi.jobs.demo import run
    from tests import once

    import_all()
    with once.compiled(), once.made():
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder), lambda _: None)
        gc.freeze()
        yield


def serve(address: str) -> None:
    """Fork for everybody who asks, until standard input ends."""
    import select

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    with warmed(), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        os.write(1, b"ready\n")
        while 0 not in select.select([0, listening], [], [])[0]:
            asked, _ = listening.accept()
            with asked:
                _, streams, _, _ = socket.recv_fds(asked, 1, 3)
                if os.fork() == 0:
                    listening.close()
                    _run(asked, streams)
                for stream in streams:
                    os.close(stream)


def _run(asked: socket.socket, streams: list[int]) -> None:
    """Be the command that is asked for, with the streams of who asks."""
    from edi.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with asked.makefile("rb") as told:
        words, folder, environment = json.loads(told.read())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 - as Python opens its own
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["edi", *words]
    code = 1
    try:
        main(prog_name="edi")
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        with suppress(OSError):  # it has said so, where there is no room
            sys.stdout.flush()
        asked.sendall(bytes([code]))
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
