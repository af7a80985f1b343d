"""The text layer loses nothing: every source comes back byte for byte, whatever it holds."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.errors import SourceError
from edi.guides.validation import validate
from edi.text.segments import Delimiters, Segment, compose, decode, in_utf_8, read, readable, write

ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~"
GOOD = ISA + b"GS*HC*A*B*20260301*1200*1*X*005010X222A1~ST*837*0001~SE*2*0001~GE*1*1~IEA*1*000000001~"


def ids(data: bytes, **options: int) -> list[str]:
    return [segment.id for segment in read(data, **options)]


def test_the_isa_names_the_delimiters() -> None:
    assert Delimiters.of_isa(ISA) == Delimiters(b"*", b":", b"~", b"^")
    other = ISA.replace(b"*", b"|").replace(b":", b">").replace(b"~", b"\n").replace(b"^", b"U")
    assert Delimiters.of_isa(other) == Delimiters(b"|", b">", b"\n", None)  # U is no separator
    assert Delimiters.of_isa(ISA.replace(b"00501", b"00401")) == Delimiters(b"*", b":", b"~", None)
    assert Delimiters.of_isa(ISA[:80]) is None
    assert Delimiters.of_isa(b"ISABELLA") is None


def test_an_isa_without_padding_is_read_by_its_separators() -> None:
    short = b"ISA*00**00**ZZ*A*ZZ*B*260301*1200*^*00501*000000001*0*T*:~GS*HC~"
    assert [s.raw for s in read(short)] == [short.split(b"~")[0], b"GS*HC"]


@pytest.mark.parametrize("breaks", [b"", b"\n", b"\r\n", b"\r\n\r\n", b" \n"])
def test_line_breaks_behind_a_terminator_belong_to_the_segment(breaks: bytes) -> None:
    data = GOOD.replace(b"~", b"~" + breaks)
    segments = list(read(data))
    assert [s.id for s in segments] == ["ISA", "GS", "ST", "SE", "GE", "IEA"]
    assert all(s.end == b"~" + breaks for s in segments)
    assert b"".join(write(segments)) == data


def test_a_line_feed_may_be_the_terminator() -> None:
    data = GOOD.replace(b"~", b"\n")
    assert ids(data) == ["ISA", "GS", "ST", "SE", "GE", "IEA"]
    assert ids(data.replace(b"\n", b"\r\n").replace(b":\r\n", b":\n", 1)) is not None


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"some text\n", b"ISABELLA wrote: "])
def test_what_stands_before_the_isa_is_kept_apart(before: bytes) -> None:
    segments = list(read(before + GOOD))
    assert b"".join(write(segments)) == before + GOOD
    assert [s.id for s in segments if s.id][:2] == ["ISA", "GS"]
    assert next(s for s in segments if s.id == "ISA").offset == len(before)


def test_each_interchange_has_its_own_delimiters_and_ta1_is_a_segment() -> None:
    second = GOOD.replace(b"*", b"|").replace(b"~", b"'")
    data = ISA + b"TA1*000000001*260301*1200*A*000~IEA*0*000000001~\n" + second
    segments = list(read(data))
    assert [s.id for s in segments][:3] == ["ISA", "TA1", "IEA"]
    assert segments[3].delimiters.element == b"|"
    assert segments[4].get(1) == "HC"
    assert [s.offset for s in segments] == [data.index(s.raw, s.offset) for s in segments]


def test_an_empty_segment_loses_nothing_behind_it() -> None:
    """pyx12's reader stops at two terminators in a row, and the rest is gone."""
    data = GOOD.replace(b"SE*2", b"~REF*G1*A1~SE*2")
    assert ids(data) == ["ISA", "GS", "ST", "", "REF", "SE", "GE", "IEA"]


def test_a_cut_off_file_keeps_its_last_bytes() -> None:
    *_, last = read(GOOD[:-7])
    assert (last.id, last.complete) == ("IEA", False)
    assert b"".join(write(read(GOOD[:-7]))) == GOOD[:-7]


@pytest.mark.parametrize("data", [b"", b"\n", b"no X12 at all", b"ISA", b"ISA*", b"\xff\xfe\x00", ISA[:105]])
def test_what_is_no_x12_comes_through(data: bytes) -> None:
    assert b"".join(write(read(data))) == data


def test_elements_components_repetitions() -> None:
    d = Delimiters()
    segment = Segment(b"SV1*HC:99213:25*100**^x", b"~", 0, d)
    assert (segment.get(1, 2), segment.get(2), segment.get(3), segment.get(9), segment.get(1, 9)) == ("99213", "100", "", "", "")
    assert segment.components(1) == ["HC", "99213", "25"]
    assert Segment(b"HCR*A3**0U^0F", b"~", 0, d).repetitions(3) == ["0U", "0F"]
    assert bytes(segment.replaced(6, "Z")) == b"SV1*HC:99213:25*100**^x**Z~"


def test_composed_segments_end_without_empty_elements() -> None:
    assert bytes(compose(Delimiters(), "REF", "G1", "A1", "", ["2U", "P", ""], "")) == b"REF*G1*A1**2U:P~"


def test_sources(tmp_path: Path) -> None:
    path = tmp_path / "a.837"
    path.write_bytes(GOOD)
    assert ids(path) == ids(str(path)) == ids(GOOD) == [s.id for s in read(io.BytesIO(GOOD))]  # type: ignore[arg-type] - ids takes any source
    with pytest.raises(SourceError, match=r"gone\.837: No such file"):
        list(read(tmp_path / "gone.837"))


def test_a_segment_without_end_is_cut() -> None:
    data = GOOD + b"X" * (3 << 20)
    segments = list(read(data))
    assert max(len(s.raw) for s in segments) <= 2 << 20
    assert b"".join(write(segments)) == data


@given(st.binary(max_size=400), st.sampled_from((1, 7, 100, 1 << 20)))
def test_no_bytes_are_lost_and_none_crash_the_reader(tail: bytes, chunk: int) -> None:
    for data in (tail, ISA + tail, tail + GOOD):
        whole = list(read(data))
        assert b"".join(write(whole)) == data
        pieces = list(read(data, chunk=chunk))
        assert [(s.raw, s.end, s.offset) for s in pieces] == [(s.raw, s.end, s.offset) for s in whole]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="latin-1", exclude_characters="*~:^\r\n\t \x00\x1a"), max_size=8), min_size=1, max_size=6
        ),
        max_size=6,
    )
)
def test_segments_survive_write_and_read(rows: list[list[str]]) -> None:
    d = Delimiters()
    rows = [["REF", *row] for row in rows]
    data = ISA + b"".join(bytes(compose(d, *row)) for row in rows)
    back = [[decode(e) for e in s.elements] for s in read(data)][1:]
    assert back == [_without_empty_end(row) for row in rows]


def _without_empty_end(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def test_the_corpus_comes_back_byte_for_byte(corpus: Path) -> None:
    for path in sorted(p for p in corpus.rglob("*") if p.is_file()):
        data = path.read_bytes()
        assert b"".join(write(read(path))) == data, path.name
        assert b"".join(write(read(data, chunk=113))) == data, path.name


def test_a_program_without_standard_input_reads_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as where no console is (pythonw, a service)
    path = tmp_path / "a.edi"
    path.write_bytes(GOOD)
    assert b"".join(write(read(path))) == GOOD
    assert validate(path, level=1).transactions
    with pytest.raises(SourceError, match="no standard input"):
        next(read("-"))


def test_an_isa_in_a_segment_that_was_cut_off_begins_another_interchange() -> None:
    data = (Path(__file__).parents[2] / "testdata" / "envelope" / "fail" / "isa-inside-a-segment.edi").read_bytes()
    for chunk in (1 << 20, 100, 7):
        segments = list(read(data, chunk=chunk))
        assert b"".join(write(segments)) == data
        assert [segment.delimiters.element for segment in segments if segment.id == "ISA"] == [b"*", b"|"]
        assert [segment.get(1) for segment in segments if segment.id == "ST"] == ["278", "278"]


@pytest.mark.parametrize(
    ("written", "shown", "letters"),
    [
        (b"MU\xc3\x91OZ", "MU\u00d1OZ", b"\xc3\x91"),
        (b"NOV\xc3\x81\xc5\xa0 \xc3\x9cNAL", "NOV\u00c1\u0160 \u00dcNAL", b"\xc3\x81"),
        (b"MU\xd1OZ", "MU\u00d1OZ", b""),
        (b"O\xe2\x80\x99HARA", "O\u00e2\x80\x99HARA", b""),
        (b"\xc3\xd1", "\u00c3\u00d1", b""),
        (b"SMITH", "SMITH", b""),
    ],
)
def test_letters_in_utf_8_are_readable_and_nothing_else_is_changed(written: bytes, shown: str, letters: bytes) -> None:
    assert readable(decode(written)) == shown
    assert in_utf_8(written) == letters
