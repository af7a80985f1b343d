"""A file with tokens: as valid as before, as long as before, and about nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edi.errors import Problem
from edi.guides.validation import validate
from edi.text.masking import masked
from edi.text.redaction import Tokens, phi
from edi.text.segments import read

TESTDATA = Path(__file__).parents[2] / "testdata"
FILES = sorted(path for path in TESTDATA.rglob("*") if path.suffix in (".edi", ".278", ".835", ".837"))


def redacted(data: bytes, key: str = "k") -> bytes:
    return b"".join(masked(data, Tokens(key)))


def places(problems: tuple[Problem, ...]) -> list[tuple[object, ...]]:
    return [(p.code, p.severity, p.loop, p.segment, p.position, p.element, p.component, p.offset) for p in problems]


def check(data: bytes) -> None:
    after = redacted(data)
    assert len(after) == len(data)
    assert redacted(data) == after
    before, then = validate(data), validate(after)
    assert then.transactions == before.transactions
    if before.valid:
        # A token looks as such a number should where its length allows that.
        told, still = ([p for p in each.problems if p.code != "ssn-shape"] for each in (before, then))
        assert places(still) == places(told)
    old, new = list(read(data)), list(read(after))
    assert [segment.offset for segment in new] == [segment.offset for segment in old]
    for one, other in zip(old, new, strict=True):
        if one.id in ("ISA", "GS", "ST", "CLM", "CLP", "HCR", "TRN", "SE", "GE", "IEA", "LX", "HL", "CAS") and one.id != "ISA":
            assert other.raw == one.raw
        elif one.id == "NM1" and one.get(8) == "XX":
            assert other.get(9) == one.get(9)


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TESTDATA).as_posix() for path in FILES])
def test_files_of_ours(path: Path) -> None:
    check(path.read_bytes())


@pytest.mark.corpus("**/*")
def test_files_of_others(corpus_file: Path) -> None:
    if corpus_file.suffix.lower() not in (".md", ".tsv"):
        check(corpus_file.read_bytes())


def test_no_value_that_is_phi_comes_through() -> None:
    """Of what is about persons in the story nothing of four letters or digits, or more, stands where it stood."""
    for path in sorted((TESTDATA / "story").rglob("*.[28]*")):
        data = path.read_bytes()
        for one, other in zip(read(data), read(redacted(data)), strict=True):
            elements = [text.decode("latin-1") for text in one.elements]
            for position in range(1, len(elements)):
                value = elements[position]
                kind = phi(one.id, position, 1, value=value, elements=elements)
                if len(re.sub(r"\W", "", value)) < 4 or not kind or (kind == "date" and not re.search(r"\d{6}", value)):
                    continue
                if one.get(8) != "XX" or position != 9:
                    assert other.get(position) != value, (path, one.raw)


LINES = (
    b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~\n"
    b"GS*HC*A0*B0*20260301*1200*1*X*005010X222A1~ST*837*0001~"
)


def one(segment: bytes, key: str = "k", head: bytes = LINES) -> bytes:
    return redacted(head + segment + b"~SE*3*0001~GE*1*1~IEA*1*000000001~", key)[len(head) :].partition(b"~")[0]


def test_the_same_value_has_the_same_token_wherever_it_stands() -> None:
    first, second = one(b"NM1*IL*1*SMITH*JANE****MI*W123"), one(b"NM1*QC*1*SMITH*JOHN****MI*W123")
    assert first.split(b"*")[3] == second.split(b"*")[3] != b"SMITH"
    assert first.split(b"*")[4] != second.split(b"*")[4]
    assert first.split(b"*")[9] == second.split(b"*")[9] != b"W123"
    assert one(b"NM1*IL*1*SMITH*JANE****MI*W123", "other") != first
    assert re.fullmatch(rb"NM1\*IL\*1\*[A-Z]{5}\*[A-Z]{4}\*\*\*\*MI\*[A-Z]\d{3}", first)


def test_a_token_is_made_like_its_value() -> None:
    assert re.fullmatch(rb"N3\*[1-9]\d [A-Z][a-z]{3} [A-Z]{2}\.-[A-Z]", one(b"N3*12 Main ST.-\xc9"))
    assert re.fullmatch(rb"PER\*IC\*[A-Z]{2} [A-Z]\*EM\*[a-z]\.[a-z]@[a-z]\.[a-z]{3}", one(b"PER*IC*AB C*EM*a.b@c.org"))
    assert one(b"REF*G1*AUTH1") == b"REF*G1*AUTH1"
    assert re.fullmatch(rb"REF\*SY\*\d{9}", one(b"REF*SY*123456789"))
    assert len(one(b"NTE*ADD*" + b"LONG TEXT " * 30)) == 308


def test_dates_go_back_together() -> None:
    born, service = one(b"DMG*D8*19800229*F"), one(b"DTP*472*RD8*20260301-20260315")
    assert re.fullmatch(rb"DMG\*D8\*(19[78]\d{5})\*F", born)
    start, stop = service.removeprefix(b"DTP*472*RD8*").split(b"-")
    assert start < stop < b"20260315"
    assert int(stop) - int(start) in (14, 83, 84, 85, 86)  # two weeks, perhaps over the end of a month
    stamp = one(b"DTP*435*DT*202603011230").removeprefix(b"DTP*435*DT*")
    assert stamp == start + b"1230"
    assert one(b"DTP*439*TM*1230") == b"DTP*439*TM*1230"


def test_delimiters_that_are_letters_do_not_get_into_tokens() -> None:
    head = LINES.replace(b":~\n", b"X~\n").replace(b"^", b"U")
    for name in (b"ABCDEFGHIJ", b"KLMNOPQRST", b"UVWYZABCDE"):
        assert b"X" not in one(b"NM1*IL*1*" + name, head=head)


def test_binary_data_keep_their_length() -> None:
    shown = one(b"BIN*9*abcdEFGH1")
    assert shown.startswith(b"BIN*9*") and len(shown) == len(b"BIN*9*abcdEFGH1") and shown != b"BIN*9*abcdEFGH1"


def test_what_is_no_segment_says_nothing_either() -> None:
    after = redacted(b"Dear Ms Smith,\r\n" + LINES)
    assert b"Smith" not in after and after.endswith(LINES[110:])
    assert b"SMITH" not in redacted(LINES + b"SMITH~SE*3*0001~")
