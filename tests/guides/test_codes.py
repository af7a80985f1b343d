"""The code lists: what is good, what is not, what their files say of themselves, and files of the user's."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi import resources
from edi.errors import DefinitionError, SourceError
from edi.guides.codes.lists import CodeList, code_lists, find, npi, with_files

GOOD = {
    "NPI": "1234567893 1245319599 2000000002",
    "POS": "01 11 27 66 99",
    "CARC": "1 197 308 A1 B5 P32",
    "RARC": "M62 MA12 MA15 MA20 MA28 MA46 MA91 MA130 N54 N758 N734 N735 N916 N920",
    "CAGC": "CO CR OA PI PR",
    "CLAIM-STATUS-CATEGORY": "A1 F3F RQ DR04",
    "CLAIM-STATUS": "0 19 562 771 772 812",
    "STATE": "OH DC PR AE NU QC NL PW",
    "COUNTRY": "US CA MX SS SX",
    "CURRENCY": "USD CAD EUR",
    "ZIP": "43215 432151234",
    "POSTAL-CA": "K1A0B1",
    "ICD-10-CM": "E119 I10 U071 M1711 S72001A C4A0 QA0011",
    "ICD-10-PCS": "0DTJ4ZZ",
    "ICD-9-CM": "250 25000 V5789 E8490",
    "ICD-9-PROC": "51 5123",
    "PROCEDURE": "99213 0001F 0042T 0001U J3490 D0120 E0601",
    "CDT": "D0120",
    "HIPPS": "1AA11",
    "MODIFIER": "25 LT X1",
    "NDC": "00093721410",
    "REVENUE": "0450",
    "BILL-TYPE": "11 13 83",
    "CONDITION": "01 A1",
    "OCCURRENCE": "11 A1",
    "VALUE": "80 Y1",
    "PATIENT-STATUS": "01 30",
    "DRG": "470 0470",
    "TAXONOMY": "207Q00000X 363LF0000X",
    "TOOTH": "1 32 51 82 A T AS TS",
    "ORAL-CAVITY": "00 10 40 L",
    "EIN": "123456789 12-3456789",
    "SSN": "123456789",
    "HCR03": "0F 0U 29 44 30 1A",
    "AAA03": "15 75 T4",
    "AAA04": "C N Y",
    "PWK01": "08 M1 OX",
    "PWK02": "EL FX",
    "LOINC": "52460-3 1-8",
}
BAD = {
    "NPI": "1234567890 123456789 3234567893 12345678930",
    "POS": "00 28 59 98 1 1A",
    "CARC": "0 309 P33 1000 C9 a1 CO45",
    "RARC": "M145 MA127 N0 X1 N54A",
    "CAGC": "XX C",
    "CLAIM-STATUS-CATEGORY": "A9 ZZ DR09",
    "CLAIM-STATUS": "36 151 X1",
    "STATE": "ZZ PQ NF oh OHIO",
    "COUNTRY": "UK AN USA",
    "CURRENCY": "DEM usd",
    "ZIP": "4321 43215-1234 4321512",
    "POSTAL-CA": "K1AOB1 D1A0B1 43215",
    "ICD-10-CM": "E11.9 119 E1 e119 E1191234",
    "ICD-10-PCS": "0DTJ4Z ODTJ4ZZ 0DTI4ZZ",
    "ICD-9-CM": "25 250.00 E84 250000",
    "ICD-9-PROC": "5 51.23 51234",
    "PROCEDURE": "9921 99213A W1234 478331 ABCDE",
    "CDT": "D012 0120 d0120",
    "HIPPS": "1AA1 1AA111",
    "MODIFIER": "2 251 lt",
    "NDC": "0093721410 0009-3721-41 000937214100",
    "REVENUE": "450 045A",
    "BILL-TYPE": "01 111 1A",
    "CONDITION": "1 A1A",
    "OCCURRENCE": "1 A1A",
    "VALUE": "8 80A",
    "PATIENT-STATUS": "1 A1",
    "DRG": "47 47A",
    "TAXONOMY": "207Q00000Y 207Q 07Q000000X",
    "TOOTH": "0 33 50 83 U US",
    "ORAL-CAVITY": "11 50 X",
    "EIN": "12345678 12-345678",
    "SSN": "000456789 666456789 923456789 123006789 123450000 12345678",
    "HCR03": "0I 0O 1 0u 0UX",
    "AAA03": "99 7 ZZ",
    "AAA04": "D CC",
    "PWK01": "B4 M1X m1",
    "PWK02": "FT F",
    "LOINC": "52460 52460-33 LA6668-3",
}


@pytest.mark.parametrize("name", list(code_lists()))
def test_each_list_knows_good_from_bad(name: str, without_icd10: None) -> None:
    codes = find(name)
    assert [code for code in GOOD[name].split() if codes.wrong(code)] == []
    assert [code for code in BAD[name].split() if not codes.wrong(code)] == []
    assert codes.wrong("") == "shape"


@pytest.fixture
def without_icd10(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra icd10 is not installed."""
    monkeypatch.setattr(resources, "icd10cm", lambda: None)
    monkeypatch.setattr(code_lists()["ICD-10-CM"], "_contents", None)
    monkeypatch.setattr(code_lists()["ICD-10-CM"], "_read", False)


@pytest.mark.parametrize("name", [name for name in code_lists() if resources.code_list(name)])
def test_the_head_of_a_file_says_how_many_codes_it_has_and_of_when(name: str) -> None:
    codes = find(name)
    assert codes.contents
    stated = re.search(r"([\d,]+) codes", codes.contents.head)
    assert stated
    assert int(stated[1].replace(",", "")) == len(codes.contents.codes)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", codes.contents.as_of)
    assert all(codes.shape.fullmatch(code) for code in codes.contents.codes)


def test_a_file_of_codes_belongs_to_a_list() -> None:
    files = {path.stem.upper() for path in (resources.PACKAGE / "x12" / "codes").iterdir()}
    assert files <= set(code_lists())


@given(st.integers(min_value=100_000_000, max_value=299_999_999))
def test_of_ten_check_digits_one_is_right(number: int) -> None:
    assert sum(npi(f"{number}{digit}") for digit in range(10)) == 1


@given(st.integers(min_value=100_000_000, max_value=299_999_999), st.integers(0, 8), st.integers(1, 9))
def test_a_check_digit_finds_a_changed_digit(number: int, place: int, by: int) -> None:
    good = next(f"{number}{digit}" for digit in range(10) if npi(f"{number}{digit}"))
    changed = good[:place] + str((int(good[place]) + by) % 10) + good[place + 1 :]
    assert not npi(changed)


def test_a_code_is_good_to_the_day_of_its_stop() -> None:
    carc = find("carc")
    assert carc.wrong("38", dt.date(2013, 1, 1)) == ""
    assert carc.wrong("38", dt.date(2013, 1, 2)) == "ended"
    assert carc.wrong("197", dt.date(2006, 10, 30)) == "early"
    assert carc.wrong("15", dt.date(2026, 1, 1)) == "", "that it ended is known, not when"
    assert find("ICD-9-CM").wrong("25000", dt.date(2015, 9, 30)) == ""
    assert find("ICD-9-CM").wrong("25000", dt.date(2015, 10, 1)) == "ended"
    assert find("ICD-10-CM").wrong("E119", dt.date(2015, 9, 30)) == "early"


def test_an_unknown_list_is_told_with_its_neighbours() -> None:
    with pytest.raises(DefinitionError, match="there is CARC"):
        find("CARK")


# -- ICD-10-CM ---------------------------------------------------------------------------------------------------------------


def test_icd_10_cm_is_read_from_the_package_s_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_icd10: None) -> None:
    file = tmp_path / "code-list-April-2026.txt"
    file.write_text("1\nA00-A09\nA00\nA000\nA001\nA01\nA010\nA0100\n22\nU00-U49\nU07\nU071\n")
    monkeypatch.setattr(resources, "icd10cm", lambda: file)
    codes = find("ICD-10-CM")
    assert set(codes.codes or ()) == {"A000", "A001", "A0100", "U071"}
    assert codes.when == "as of April 2026"
    assert codes.wrong("A010") == "unknown", "a category is no diagnosis"
    assert codes.near("A01") == ["A0100"]


def test_the_extra_has_what_it_says_it_has() -> None:
    if resources.icd10cm() is None:
        pytest.skip("the extra icd10 is not installed")
    codes = find("ICD-10-CM")
    assert codes.codes
    assert len(codes.codes) > 74_000
    assert all(codes.shape.fullmatch(code) for code in codes.codes)
    assert [code for code in GOOD["ICD-10-CM"].split() if codes.wrong(code)] == []


# -- files of the user's -----------------------------------------------------------------------------------------------------


def replaced(tmp_path: Path, text: str | bytes, name: str = "CARC") -> CodeList:
    file = tmp_path / "list.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return with_files({name: file})[name]


@pytest.mark.parametrize(
    "text",
    [
        "code,start,stop,description\n900,2020-01-01,,of ours\n901,20200101,12/31/2025,\n",
        "900,2020-01-01,-,of ours\n901,2020-01-01,2025-12-31\n",
        'Description,Code,Other,Stop,Start\n"of ours",900,x,,1/1/2020\n,901,x,2025-12-31,2020-01-01\n',
        "# As of 2026-11-01. Ours.\n#code\tstart\tstop\tdescription\n900\t20200101\t-\tof ours\n901\t20200101\t20251231\t-\n",
        "\ufeff900,2020-01-01,,of ours\r\n901,2020-01-01,2025-12-31,\r\n",
    ],
)
def test_a_file_takes_the_place_of_a_list(tmp_path: Path, text: str) -> None:
    carc = replaced(tmp_path, text)
    assert carc.codes
    assert carc.codes["900"].description == "of ours"
    assert carc.codes["900"].start == dt.date(2020, 1, 1)
    assert carc.wrong("901", dt.date(2026, 1, 1)) == "ended"
    assert carc.wrong("197") == "unknown"
    assert carc.when == ("as of 2026-11-01" if text.startswith("#") else "of list.csv")
    assert find("CARC").wrong("197") == "", "the shipped list is as it was"


def test_what_would_be_newer_than_our_list_is_not_newer_than_another(tmp_path: Path) -> None:
    assert find("RARC").wrong("N912") == ""
    assert replaced(tmp_path, "M1\n", "RARC").wrong("N912") == "unknown"


def test_a_list_that_is_a_shape_gets_codes(tmp_path: Path) -> None:
    taxonomy = replaced(tmp_path, "207Q00000X\n", "TAXONOMY")
    assert taxonomy.wrong("207Q00000X") == ""
    assert taxonomy.wrong("363LF0000X") == "unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,start\n1,2020-02-30\n", r"list\.csv:2: '2020-02-30' is no date"),
        ("1,\n2,soon\n", r"list\.csv:2: 'soon' is no date"),
        ("1,2020-01-01\n,2020-01-01\n", r"list\.csv:2: expected a code"),
        ("1\n2\n1\n", r"list\.csv:3: 1 stands on line 1 already"),
        ("1,2020-01-02,2020-01-01\n", r"list\.csv:1: 1 stops before it starts"),
        ('1\n"2\n', r"list\.csv:2:1: expected values divided by commas"),
        ("# nothing\n\n", r"list\.csv: there is no code"),
        (b"1\n2,\xff\n", r"list\.csv:2: is not UTF-8 text; save it as such"),
    ],
)
def test_a_broken_file_is_told_by_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        replaced(tmp_path, text)


@given(st.one_of(st.binary(max_size=80), st.text('1,\t"#\n-/A20', max_size=80).map(str.encode)))
def test_whatever_is_in_a_file_is_a_list_or_told(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(data)
    with suppress(DefinitionError):
        assert with_files({"CARC": file})["CARC"].codes


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        with_files({"CARC": tmp_path / "none.csv"})
