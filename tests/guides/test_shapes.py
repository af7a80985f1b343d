"""Transactions without a guide: what any segment must keep, said alike however the source comes in."""

from __future__ import annotations

import io
import random

import pytest

from edi.guides.shapes import LONG_SEGMENT, _faults, _good
from edi.guides.validation import validate
from edi.text.segments import Delimiters

ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~"
GS = b"GS*XX*A0*B0*20260301*1200*1*X*005010~"


class Trickle(io.BytesIO):
    """A source that gives a few bytes at a time."""

    def __init__(self, data: bytes, at_once: int) -> None:
        super().__init__(data)
        self._at_once = at_once

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._at_once)


def interchange(*segments: bytes) -> bytes:
    body = b"".join(segment + b"~\n" for segment in (b"ST*999*0001", *segments))
    return ISA + GS + body + b"SE*%d*0001~GE*1*1~IEA*1*000000001~" % (len([s for s in segments if s]) + 2)


def found(data: bytes, level: int = 1) -> list[tuple[str, str | None, int | None, int | None]]:
    return [(p.code, p.segment, p.position, p.element) for p in validate(data, level=level).problems]


def test_a_guide_is_not_needed_and_level_1_asks_none() -> None:
    assert found(interchange(b"REF*G1*A", b"", b"REF**~"[:4])) == [
        ("segment-empty", None, 2, None),
        ("segment-bare", "REF", 3, None),
    ]


def test_what_is_accepted_in_one_go_is_clean_segment_by_segment() -> None:
    """The same law as that of guides: the fast path is never laxer."""
    rng = random.Random(7)
    for delimiters in (
        Delimiters(),
        Delimiters(b"|", b">", b"\n", None),
        Delimiters(b"\x1d", b" ", b"\x1c", b"\\"),
        Delimiters(b"*", b"^", b"]", b"-"),
    ):
        separators = [delimiters.element, delimiters.component, delimiters.repetition or b"", b" ", b"A", b"9", b"\x01", b"\xe9"]
        accepted = 0
        for _ in range(4000):
            name = rng.choice((b"REF", b"N3", b"NM1", b"ST", b"BIN", b"R", b"ref", b"TA1", b"REFX"))
            raw = name + delimiters.element + b"".join(rng.choice(separators) for _ in range(rng.randrange(6)))
            match = _good(delimiters).match(raw + delimiters.segment)
            if match is not None:
                accepted += 1
                elements = raw.split(delimiters.element)
                assert name in (b"REF", b"N3", b"NM1") and any(elements[1:])
                assert list(_faults(name.decode(), elements, delimiters)) == []
        assert accepted > 100


@pytest.mark.parametrize("at_once", [1, 7, 100, 1000])
def test_it_is_said_alike_however_few_bytes_come_at_a_time(at_once: int) -> None:
    attachment = b"BIN*19*" + b"~\nSE*1*0001~ST*837*"
    segments = [b"REF*G1*A", b"REF*G1*  ", b"", attachment, b"NTE*ADD*\x07", b"ref*1", b"N3*A*", b"REF*G1*A"]
    data = interchange(*segments * 3)
    whole = validate(data).problems
    assert {p.code for p in whole} == {
        "guide-unknown",
        "element-blank",
        "segment-empty",
        "element-character",
        "segment-unknown",
        "trailing-separators",
    }
    assert validate(Trickle(data, at_once)).problems == whole  # type: ignore[arg-type]


def test_an_attachment_longer_than_a_piece_is_stepped_over() -> None:
    image = bytes(range(256)) * 20_000
    report = validate(interchange(b"BIN*%d*" % len(image) + image, b"REF*G1*A"), level=1)
    assert not report.problems
    assert report.transactions[0].segments == 4


@pytest.mark.parametrize("said", [b"5119999", b"99999999999999999999", b"0", b""])
def test_an_attachment_that_is_not_as_long_as_it_says_is_one_problem(said: bytes) -> None:
    image = b"x" * 500_000
    assert [code for code, *_ in found(interchange(b"BIN*" + said + b"*" + image, b"REF*G1*A"))] == [
        "binary-length" if said else "element-type"
    ]


def test_a_segment_far_too_long_is_a_warning() -> None:
    report = validate(interchange(b"NTE*ADD*" + b"A" * LONG_SEGMENT), level=1)
    assert [(p.code, p.segment, p.severity) for p in report.problems] == [("segment-long", "NTE", "warning")]
    assert found(interchange(b"NTE*ADD*" + b"A" * (LONG_SEGMENT - 9))) == []


def test_a_segment_without_an_end_says_so() -> None:
    data = interchange(b"NTE*ADD*" + b"A" * (3 << 20))
    assert "segment-endless" in {code for code, *_ in found(data)}
