"""X12 files changed at random, byte by byte, and everything that reads them: make fuzz, or python -m bench.fuzz --seconds 60.

Whatever the bytes, nothing may be raised but an EdiError, nothing may hang, memory may not grow, and what is not changed comes
out as it went in. A case is made from its seed and number alone, so `--seed S --case N` shows it again.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import random
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Final, NamedTuple

import edi
from edi.linkage.usage import Usage
from edi.text.segments import Delimiters, Segment, read, write

PATIENCE: Final = 30
"""Seconds for one thing done with one case, on a machine that is busy with others."""
LARGEST: Final = 48 << 10
"""Bytes of a file to begin with; larger ones only make cases slower."""
GROWTH: Final = 100
"""Megabytes that a run may grow by once its first cases have filled the caches."""
PURGE: Final = 50
"""So often Python's own cache of expressions is emptied, which keeps 512, large ones of guides; and cycles are collected."""
WARM: Final = 300
"""So many cases fill the caches."""
ODD: Final = (
    b"~",
    b"*",
    b":",
    b"^",
    b"\r\n",
    b"\n",
    b" ",
    b"\x00",
    b"\x1a",
    b"\xff",
    b"\xef\xbb\xbf",
    b"ISA*",
    b"SE*",
    b"ST*837*",
)


class Failure(NamedTuple):
    """A case that went wrong: its number, what was done with it, what came of it, its bytes."""

    case: int
    what: str
    problem: str
    data: bytes


class Hang(BaseException):
    """One case takes too long. Not an Exception, so that nobody catches it on the way."""


# -- making cases --------------------------------------------------------------------------------------------------------


def sources(*folders: Path) -> list[bytes]:
    """The X12 files to begin with, in the order of their names."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST)
    found = [path.read_bytes() for path in files]
    return [data for data in found if b"ISA" in data[:400]]


def mutated(rng: random.Random, files: Sequence[bytes]) -> bytes:
    """One of the files with a few changes."""
    data = bytearray(rng.choice(files))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        _CHANGES[rng.randrange(len(_CHANGES))](rng, data, files)
    return bytes(data)


def _span(rng: random.Random, data: bytearray, longest: int = 200) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 10, rng.randint(1, longest))))


def _flip(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _delete(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start, stop = _span(rng, data)
    del data[start:stop]


def _duplicate(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start, stop = _span(rng, data, 2000)
    data[start:start] = data[start:stop] * rng.choice((1, 1, 2, 20))


def _insert(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(ODD) * rng.choice((1, 1, 2, 50))


def _cut(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _behead(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[: rng.randrange(min(len(data), 300) + 1)]


def _splice(rng: random.Random, data: bytearray, files: Sequence[bytes]) -> None:
    """The beginning of this file, and the end of another: from anywhere, or from a segment on."""
    other = rng.choice(files)
    here, there = rng.randrange(len(data) + 1), rng.randrange(len(other) + 1)
    if rng.random() < 0.5:
        here, there = data.rfind(b"~", 0, here) + 1, other.rfind(b"~", 0, there) + 1
    data[here:] = other[there:]


def _move(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A segment to another place."""
    segments = data.split(b"~")
    segments.insert(rng.randrange(len(segments) + 1), segments.pop(rng.randrange(len(segments))))
    data[:] = b"~".join(segments)


def _delimit(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Another delimiter throughout, also one that stands in texts."""
    data[:] = data.replace(rng.choice((b"~", b"*", b":", b"^")), bytes([rng.choice(b"*:~^|!'\n\r+.-A0 \\()[]\x1c\x1d\x1f\xc3")]))


def _digits(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Digits where some stand, or for all of them: counts, lengths, numbers, dates."""
    places = list(re.finditer(rb"\d++", data))
    if places:
        start, stop = rng.choice(places).span()
        data[start : rng.choice((start + 1, stop))] = rng.choice(
            (b"0", b"9", b"-1", b"9" * 9, b"9" * 40, b"99991231", b"1.5", b"", b"\xb2", b"1e9", b"NaN")
        )


_CHANGES: Final = (_flip, _set, _delete, _duplicate, _insert, _cut, _behead, _splice, _move, _delimit, _digits)


# -- what is done with them ----------------------------------------------------------------------------------------------


class _Trickle(io.BytesIO):
    """A source that gives few bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(777)


def _judged(data: bytes) -> None:
    for problem in edi.validate(data, compiled=False).problems:
        assert problem.offset is None or 0 <= problem.offset <= len(data), f"offset {problem.offset} of {len(data)}"


def _judged_alike(data: bytes) -> None:
    walked, compiled = edi.validate(data, compiled=False), edi.validate(data, compiled=True)
    assert walked.valid == compiled.valid, "valid when walked and not when compiled, or the other way round"
    assert edi.validate(_Trickle(data), compiled=True) == compiled, "judged otherwise when it comes piecemeal"


def _judged_at_level_1(data: bytes) -> None:
    edi.validate(data, level=1)


def _round_trip(data: bytes) -> None:
    assert b"".join(write(read(data))) == data, "segments are not written as they were read"

    def seen(segments: Iterator[Segment]) -> list[tuple[bytes, bytes, int, Delimiters]]:
        return [(s.raw, s.end, s.offset, s.delimiters) for s in segments]

    assert seen(read(data)) == seen(read(data, chunk=500)), "segments are others when they come piecemeal"


def _linked(data: bytes) -> None:
    out = io.BytesIO()
    linked = edi.link(data, ())
    linked.write(out)
    json.dumps(linked.to_json())
    assert out.getvalue() == data, "linked without authorizations, and changed"


def _paid(data: bytes) -> None:
    for payment in edi.read_payments(data):
        for finding in edi.findings(payment, None, (), Usage()):
            json.dumps(finding.to_json())


def _commanded(data: bytes) -> None:
    """The command, through a file that is named on standard input."""
    from edi.cli.validate import validate

    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    said, wrong = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
            validate(["--format", "json", "-"])
        code: object = None
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdin = stdin
        gc.unfreeze()  # the command expects a process of its own: it keeps what is left, and collects seldom or never
        gc.enable()
    assert code in (0, 1), f"exit code {code}: {wrong.getvalue()}"


WORK: Final = MappingProxyType(
    {
        # what is done, and with which share of the cases
        "validate": (_judged, 1.0),
        "level 1": (_judged_at_level_1, 0.3),
        "segments": (_round_trip, 0.5),
        "link": (_linked, 1.0),
        "claims": (lambda data: list(edi.read_claims(data)), 0.5),
        "payments": (_paid, 0.5),
        "authorizations": (lambda data: list(edi.read_authorizations(data)), 0.5),
        "requests": (lambda data: list(edi.read_requests(data)), 0.3),
        "responses": (lambda data: list(edi.read_responses(data)), 0.3),
        "compiled": (_judged_alike, 0.05),
        "command": (_commanded, 0.05),
    }
)


def tried(case: int, data: bytes, rng: random.Random) -> Iterator[Failure]:
    """What goes wrong with one case."""
    for what, (work, share) in WORK.items():
        if rng.random() >= share:
            continue
        try:
            with _bounded():
                work(data)
        except edi.EdiError:
            pass
        except Hang:
            yield Failure(case, what, f"takes longer than {PATIENCE} s", data)
        except Exception as error:
            yield Failure(case, what, f"{type(error).__name__}: {error}{_place(error)}", data)


def _place(error: Exception) -> str:
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "edi" in Path(code.co_filename).parts:
            place = f" ({Path(code.co_filename).name}:{trace.tb_lineno})"
        trace = trace.tb_next
    return place


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Raise Hang in what takes too long."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# -- a run ---------------------------------------------------------------------------------------------------------------


def case(seed: int, number: int, files: Sequence[bytes]) -> tuple[bytes, random.Random]:
    """The bytes of a case, and the dice that say what is done with it."""
    rng = random.Random(f"{seed}-{number}")
    return mutated(rng, files), rng


def run(seed: int, files: Sequence[bytes], go_on: Callable[[int], bool], first: int = 0) -> Iterator[Failure]:
    """Cases one after the other while `go_on` says so of the next one's number."""
    number, before = first, 0
    while go_on(number):
        yield from tried(number, *case(seed, number, files))
        number += 1
        if number % PURGE == 0:
            re.purge()
            gc.collect()
        if number - first == WARM:
            before = _megabytes()
    grown = _megabytes() - before
    if before and grown > GROWTH:
        yield Failure(number, "memory", f"grew by {grown} MB in {number - first - WARM} cases", b"")


def _megabytes() -> int:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Change X12 files at random, and read them.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--case", type=int, help="only this one")
    parser.add_argument("--keep", type=Path, help="a folder for the bytes of what goes wrong")
    parser.add_argument("folders", type=Path, nargs="*", help="testdata, and the corpus that EDI_CORPUS names")
    asked = parser.parse_args()
    folders = asked.folders or [Path(name) for name in ("testdata", os.environ.get("EDI_CORPUS")) if name]
    files, end, last, failures = sources(*folders), time.monotonic() + asked.seconds, 0, 0

    def go_on(number: int) -> bool:
        nonlocal last
        last = number
        return bool(number == asked.case if asked.case is not None else time.monotonic() < end)

    for failure in run(asked.seed, files, go_on, asked.case or 0):
        failures += 1
        print(f"case {failure.case}: {failure.what}: {failure.problem}", flush=True)
        if asked.keep is not None:
            asked.keep.mkdir(parents=True, exist_ok=True)
            (asked.keep / f"{asked.seed}-{failure.case}-{failure.what.replace(' ', '-')}.edi").write_bytes(failure.data)
    cases = last - (asked.case or 0)
    print(f"seed {asked.seed}: {cases} cases of {len(files)} files, {failures} failures, {_megabytes()} MB at most")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
