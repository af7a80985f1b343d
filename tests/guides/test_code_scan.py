"""The law of the scan: what it accepts, the checks find clean."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.claims import write_claims
from edi.guides.codes import scan as code_scan
from edi.guides.codes.checks import Checks, checks_with, code_uses
from edi.guides.codes.lists import with_files
from edi.guides.codes.scan import Scan, scan_with
from edi.text.segments import Delimiters, read
from tests.drawing import examples
from tests.guides.test_code_checks import SEGMENTS

CHECKS = Checks()
SCAN = Scan(CHECKS, Delimiters())
TODAY = dt.date(2026, 11, 2)
DAYS = (None, dt.date(2016, 1, 1), TODAY)

IDS = sorted({use.segment for use in code_uses()} | {"N3", "LX", "N404"})
WORDS = """
    XX 24 34 PXC HPI EI SY HE RX N4 JP US CA OH ON ZZ 43215 4321 K1A0B1 1234567893 1234567890 11 98 450 0450 45 38
    197 999 M62 N0 HC B A HC:99213 HC:99213:25 HC:9921 HC:99213:25:LT:RT:GP:words:X HC:99213:251 AD:D0120
    N4:00093721410 NU:0450 ER:x HC HC: :99213 HC:99213^HC:1 11:B:1 98:B:1 13:A:1 01:A:1 11 11:B 11::1 AA:::OH
    AA:::ZZ:XX ABK:E119 ABK:x BK:25000 BK:25000^BK:x ABF:I10 BE:80:::1 DR:470 BBR:0DTJ4ZZ A1:19:PR A9:19 A1:19::RX
    L 10 R:L 207Q00000X CO PR 120.5 USD DEM 32 33
""".split()


def faults(data: bytes, checks: Checks, delimiters: Delimiters, day: dt.date | None) -> list[str]:
    segments = [segment.strip() for segment in data.split(delimiters.segment)]
    return [fault.code for each in segments for fault in checks.faults(each.split(delimiters.element), delimiters, day)]


segments = st.tuples(st.sampled_from(IDS), st.lists(st.sampled_from(["", *WORDS]), max_size=12)).map(
    lambda s: "*".join([s[0], *s[1]])
)


@settings(max_examples=examples(500))
@given(st.lists(segments, min_size=1, max_size=4), st.sampled_from(["", "\n", "\r\n", " \n"]), st.sampled_from(DAYS))
@example(["N4*X*OH*43215*XX"], "", TODAY)
@example(["NM1*85*2*X*****XX*1234567893", "NM1*85*2*X*****XX*1234567890"], "", TODAY)
def test_what_the_scan_accepts_is_clean(some: list[str], between: str, day: dt.date | None) -> None:
    data = "".join(f"{each}~{between}" for each in some).encode()
    if SCAN.clean(data, 0, len(data)):
        assert faults(data, CHECKS, Delimiters(), day) == []


@pytest.mark.parametrize("segment", SEGMENTS)
def test_what_is_good_is_accepted_and_what_is_not_is_not(segment: str) -> None:
    data = f"LX*1~\n{segment}~\nLX*2~\n".encode()
    for _ in range(2):
        assert SCAN.clean(data, 0, len(data)) is (SEGMENTS[segment] == "")
        assert SCAN.clean(data, 6, len(data)) is (SEGMENTS[segment] == "")


@pytest.mark.parametrize(
    ("date", "accepted"),
    {
        "DTP*472*D8*20160101": True,
        "DTP*472*D8*20150930": False,
        "DTP*434*RD8*20150930-20151002": False,
        "DTM*232*20091231": False,
        "DTP*431*D8*20150930": True,
        "DTM*472*20160101": True,
    }.items(),
)
def test_of_old_services_nothing_is_accepted(date: str, accepted: bool) -> None:
    data = f"HI*ABK:E119~{date}~".encode()
    assert SCAN.clean(data, 0, len(data)) is accepted


def test_only_what_lies_between_is_looked_at() -> None:
    data = b"N4*X*ZZ~N4*X*OH~N4*X*ZZ~"
    assert SCAN.clean(data, 8, 16)
    assert not SCAN.clean(data, 0, 16)
    assert not SCAN.clean(data, 8, len(data))


def test_delimiters_may_be_others() -> None:
    others = Delimiters(element=b"|", component=b"^", segment=b"\n", repetition=None)
    scan = Scan(CHECKS, others)
    good, bad = b"SV1|HC^99213^25|1\nHI|ABK^E119\n", b"SV1|HC^9921|1\nHI|ABK^E119\n"
    assert scan.clean(good, 0, len(good))
    assert not scan.clean(bad, 0, len(bad))
    with_letter = Scan(CHECKS, Delimiters(component=b"A"))
    assert not with_letter.clean(b"N4*X*OH~", 0, 8), "what letters divide is not written as an expression"


def test_lists_of_the_user_s_count(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("code,start,stop\n99213,2016-01-01,\n99214,2020-01-01,2025-12-31\n")
    scan = scan_with(checks_with((("PROCEDURE", str(file)),)), Delimiters())
    assert scan.clean(b"SV1*HC:99213*1~", 0, 15)
    assert not scan.clean(b"SV1*HC:99214*1~", 0, 15)
    assert not scan.clean(b"SV1*HC:99215*1~", 0, 15)


def test_a_code_with_a_delimiter_in_it_is_no_code(tmp_path: Path) -> None:
    file = tmp_path / "list.tsv"
    file.write_text("code\tstop\n99213*9\t\n99214\t\n")
    scan = scan_with(checks_with((("PROCEDURE", str(file)),)), Delimiters())
    assert scan.clean(b"SV1*HC:99214*9~", 0, 15)
    assert not scan.clean(b"SV1*HC:99213*9~", 0, 15)


def test_the_segments_can_be_told_apart_without_their_first_letter() -> None:
    tails = {id[1:] for id in CHECKS.segments}
    (named,) = CHECKS.of(b"NM1")
    assert len(tails) == len(CHECKS.segments)
    assert tails.isdisjoint(named.qualifiers)


def test_a_long_list_is_looked_up(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("".join(f"{code}\n" for code in range(10000, 13000)))
    scan = Scan(Checks(with_files({"PROCEDURE": file})), Delimiters())
    assert scan.clean(b"SV1*HC:10000*1~", 0, 15)
    assert not scan.clean(b"SV1*HC:13000*1~", 0, 15)


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_scan, "REMEMBERED", 10)
    scan = Scan(CHECKS, Delimiters())
    for number in range(100, 140):
        data = f"HI*ABK:E{number}~".encode()
        assert scan.clean(data, 0, len(data))
    assert len(scan._known) <= 10


def test_generated_claims_are_accepted_whole(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    write_claims(path, claims=200, seed=3)
    data = path.read_bytes()
    start = data.index(b"GS*")
    assert Scan(CHECKS, Delimiters()).clean(data, start, len(data))


def test_the_corpus_agrees(corpus: Path) -> None:
    scans: dict[Delimiters, Scan] = {}
    seen: set[tuple[Delimiters, bytes]] = set()
    for file in sorted(corpus.glob("*/*")):
        if file.parent.name == "LICENSES":
            continue
        for segment in read(file):
            delimiters = segment.delimiters
            data = delimiters.element.join(segment.elements) + delimiters.segment
            if (delimiters, data) in seen:
                continue
            seen.add((delimiters, data))
            if delimiters not in scans:
                scans[delimiters] = Scan(CHECKS, delimiters)
            if scans[delimiters].clean(data, 0, len(data)):
                assert CHECKS.faults(segment.elements, delimiters, TODAY) == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edi-authlink"


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.scan"))


def test_the_expression_is_kept_and_is_not_written_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Scan(CHECKS, Delimiters())
    monkeypatch.setattr(code_scan, "_expression", None)
    again = Scan(Checks(), Delimiters())
    assert again._next.pattern == first._next.pattern == SCAN._next.pattern
    assert len(kept(folder)) == 1


@pytest.mark.parametrize("broken", [b"", b"no", b"cut"])
def test_a_broken_file_is_as_none(folder: Path, broken: bytes) -> None:
    Scan(CHECKS, Delimiters())
    (file,) = kept(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if broken == b"cut" else broken)
    assert Scan(CHECKS, Delimiters())._next.pattern == SCAN._next.pattern
    assert file.read_bytes() == whole


def test_other_delimiters_and_other_lists_have_expressions_of_their_own(folder: Path, tmp_path: Path) -> None:
    Scan(CHECKS, Delimiters())
    Scan(CHECKS, Delimiters(element=b"|"))
    assert len(kept(folder)) == 2
    segment = b"CAS*CO*45*10~"
    for number, code in enumerate(("45", "97")):
        (tmp_path / "carc.csv").write_text(f"code,description\n{code},of my own\n")
        own = Scan(Checks(with_files({"CARC": tmp_path / "carc.csv"})), Delimiters())
        assert own.clean(segment, 0, len(segment)) is (code == "45")
        assert len(kept(folder)) == 3 + number
