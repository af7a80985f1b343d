"""What a file holds, found by a search for its marks: the same as by reading every segment, in whatever pieces it comes."""

from __future__ import annotations

import io
import random
from functools import partial
from pathlib import Path

import pytest

from edi.ledger import survey
from edi.text import marks
from edi.text.segments import read

TESTDATA = Path(__file__).parents[2] / "testdata"
FILES = sorted(path for path in TESTDATA.rglob("*") if path.suffix in (".837", ".835", ".278", ".edi", ".x12"))
PIECES = (1 << 20, 61, 500)
ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*0900*^*00501*000000007*0*P*:~"
OPENING = ISA + b"GS*HC*S*R*20260301*0900*1*X*005010X222A1~ST*837*0001~"
SLIPS = (
    b"~ST*837*1~",
    b"ISA",
    b"~",
    b"~\r\nGS",
    b"IEA*1*1~",
    b"ST",
    b"~~",
    b"\r\n",
    ISA,
)


def by_search(data: bytes, piece: int, monkeypatch: pytest.MonkeyPatch) -> list[survey.InterchangeFound]:
    monkeypatch.setattr(marks, "read", partial(read, chunk=piece))
    return survey.interchanges(io.BytesIO(data))


def by_every_segment(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[survey.InterchangeFound]:
    with monkeypatch.context() as patched:
        patched.setattr(survey, "read_marked", lambda file, _: read(file))
        return survey.interchanges(io.BytesIO(data))


@pytest.mark.parametrize("piece", PIECES)
def test_files_hold_what_their_segments_say(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FILES
    for path in FILES:
        data = path.read_bytes()
        assert by_search(data, piece, monkeypatch) == by_every_segment(data, monkeypatch), path


def test_files_with_slips_hold_what_their_segments_say(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(278)
    small = [data for path in FILES if len(data := path.read_bytes()) < 10_000]
    for _ in range(500):
        data = bytearray(rng.choice(small))
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(len(data) + 1)
            if rng.random() < 0.3:
                del data[at : at + rng.randint(1, 40)]
            else:
                data[at:at] = rng.choice((*SLIPS, rng.choice(small)))
        damaged = bytes(data)
        assert by_search(damaged, rng.choice(PIECES), monkeypatch) == by_every_segment(damaged, monkeypatch), damaged


def test_what_lies_between_marks_is_passed_over() -> None:
    lines = b"".join(b"LX*%d~REF*6R*LISA%d~" % (n, n) for n in range(1000))
    seen = [segment.id for segment in marks.read_marked(io.BytesIO(OPENING + lines + b"SE*2002*0001~"), lambda: survey._MARKS)]
    assert seen == ["ISA", "GS", "ST", "SE"]
