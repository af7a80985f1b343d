"""Coded elements held to their lists, and what the corpus has that the lists do not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from edi.errors import ERROR, WARNING
from edi.guides.codes import checks as code_checks
from edi.guides.codes.checks import Checks, code_uses, day_of, fault_codes
from edi.guides.codes.lists import code_lists, with_files
from edi.guides.elements import Fault
from edi.text.segments import Delimiters, read

TODAY = dt.date(2026, 11, 2)
CHECKS = Checks()

# A segment, and the faults of its codes: code and place.
SEGMENTS = {
    "NM1*85*2*X*****XX*1234567893": "",
    "NM1*85*2*X*****XX*1234567890": "npi-check-digit 9",
    "NM1*85*2*X*****XX*123": "npi-shape 9",
    "NM1*IL*1*X*Y****MI*1234567890": "",
    "NM1*IL*1*X*Y": "",
    "N1*PE*X*XX*1234567890": "npi-check-digit 4",
    "REF*HPI*1234567890": "npi-check-digit 2",
    "REF*EI*12345": "ein-shape 2",
    "REF*G1*12345": "",
    "PRV*BI*PXC*207Q": "taxonomy-shape 3",
    "N4*X*OH*43215": "",
    "N4*X*ZZ*4321": "state-unknown 2, zip-shape 3",
    "N4*X*ON*K1A0B1*CA": "",
    "N4*X*ON*43215*CA": "postal-ca-shape 3",
    "N4*X**W1A 1AA*GB": "",
    "N4*X**1*UK": "country-unknown 4",
    "N4*X": "",
    "CUR*85*DEM": "currency-unknown 2",
    "CLM*1*10***11:B:1": "",
    "CLM*1*10***98:B:1": "pos-unknown 5-1",
    "CLM*1*10***13:A:1": "",
    "CLM*1*10***98:A:1": "",
    "CLM*1*10***01:A:1": "bill-type-shape 5-1",
    "CLM*1*10***11:B:1*Y*A*Y*Y**AA:::ZZ:XX": "state-unknown 11-4, country-unknown 11-5",
    "UM*HS*I*1*99:B": "",
    "UM*HS*I*1*98:B": "pos-unknown 4-1",
    "HI*ABK:E119*ABF:I10": "",
    "HI*ABK:E11.9*BK:25000*ABF:x": "icd-10-cm-shape 1-2, icd-9-cm-ended 2-2, icd-10-cm-shape 3-2",
    "HI*BBR:0DTJ4ZZ:D8:20260101*BH:11:D8:20260101": "",
    "HI*BE:8:::1*BG:1*DR:1*BP:1*BQ:1": (
        "value-shape 1-2, condition-shape 2-2, drg-shape 3-2, procedure-shape 4-2, icd-9-proc-shape 5-2"
    ),
    "SV1*HC:99213:25:LT*100*UN*1*11": "",
    "SV1*HC:9921:251*100*UN*1*98": "procedure-shape 1-2, modifier-shape 1-3, pos-unknown 5",
    "SV1*ER:X*100": "",
    "SV2*450*HC:9921*100*UN*1": "revenue-shape 1, procedure-shape 2-2",
    "SV3*AD:0120*100*98*11:L": "cdt-shape 1-2, pos-unknown 3, oral-cavity-unknown 4-1",
    "SV5*HC:E060*DA": "procedure-shape 1-2",
    "SVD*X*1*HC:9921:1*450": "procedure-shape 3-2, modifier-shape 3-3, revenue-shape 4",
    "SVC*HC:99213*1*1*0450**HC:9921": "procedure-shape 6-2",
    "SVC*N4:123*1*1": "ndc-shape 1-2",
    "SVC*NU:450*1*1": "revenue-shape 1-2",
    "LIN**N4*0009372141": "ndc-shape 3",
    "LIN**UP*0009372141": "",
    "TOO*JP*33": "tooth-unknown 2",
    "DN2*33*E****JP": "tooth-unknown 1",
    "CAS*CO*45*1**38*1": "carc-ended 5",
    "CAS*PR*1*1**999*2": "carc-unknown 5",
    "LQ*HE*N0": "rarc-unknown 2",
    "LQ*RX*70": "",
    "MOA***M62*MA127": "rarc-unknown 4",
    "MIA*0****N0": "rarc-unknown 5",
    "STC*A1:19:PR*20260101*U": "",
    "STC*A9:36:PR*20260101*U": "claim-status-category-unknown 1-1, claim-status-unknown 1-2",
    "STC*A7:70::RX*20260101*U": "",
    "CL1*1*1*1": "patient-status-shape 3",
    "LX*1": "",
}


def judged(segment: str, checks: Checks = CHECKS, on: dt.date | None = TODAY) -> list[Fault]:
    return checks.faults(segment.encode().split(b"*"), Delimiters(), on)


def told(faults: list[Fault]) -> str:
    return ", ".join(f"{f.code} {f.element}" + (f"-{f.component}" if f.component else "") for f in faults)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_codes_are_held_to_their_lists(segment: str) -> None:
    assert told(judged(segment)) == SEGMENTS[segment]
    assert told(judged(segment)) == SEGMENTS[segment], "what is remembered says the same"


def test_every_segment_with_codes_is_tried() -> None:
    assert {use.segment for use in code_uses()} - {segment.split("*")[0] for segment in SEGMENTS} == {"HCP"}
    assert told(judged("HCP*10*1*******HC*9921")) == "procedure-shape 10"


def test_a_fault_says_all_but_the_value() -> None:
    (fault,) = judged("NM1*85*2*X*****XX*1234567890")
    assert fault == Fault(
        "npi-check-digit",
        "7",
        9,
        None,
        None,
        b"1234567890",
        "NM109 (national provider identifier) has a wrong check digit",
        ERROR,
    )
    (fault,) = judged("CAS*CO*999*1")
    assert (fault.severity, fault.message) == (
        WARNING,
        "CAS02 (claim adjustment reason code) is not in the list CARC as of 2026-08-17",
    )
    (fault,) = judged("HI*BK:25000")
    assert fault.message == "HI01-2 (ICD-9-CM diagnosis code) is good until 2015-09-30, not on the day of service"
    for segment in SEGMENTS:
        for fault in judged(segment):
            value = (fault.value or b"").decode()
            assert len(value) < 3 or value not in fault.message


def test_the_day_counts_also_for_what_is_remembered() -> None:
    checks = Checks()
    assert told(judged("HI*BK:25000", checks, None)) == ""
    assert told(judged("HI*BK:25000", checks, dt.date(2015, 9, 30))) == ""
    assert told(judged("HI*BK:25000", checks, dt.date(2015, 10, 1))) == "icd-9-cm-ended 1-2"
    assert told(judged("HI*ABK:E119", checks, dt.date(2015, 9, 30))) == "icd-10-cm-early 1-2"


def test_an_answer_comes_after_the_service() -> None:
    assert told(judged("CAS*CO*197*1", Checks(), dt.date(2006, 10, 30))) == ""
    assert told(judged("CAS*CO*38*1", Checks(), dt.date(2013, 1, 2))) == "carc-ended 2"


@pytest.mark.parametrize(
    ("segments", "day"),
    [
        ("DTP*472*D8*20260801 DTP*472*D8*20260803 DTP*431*D8*20261231", dt.date(2026, 8, 3)),
        ("DTP*434*RD8*20260801-20260809", dt.date(2026, 8, 9)),
        ("DTP*434*DT*202608091530", dt.date(2026, 8, 9)),
        ("DTM*232*20260801 DTM*233*20260802 DTM*050*20261010", dt.date(2026, 8, 2)),
        ("DTP*472*D8*20260230", None),
        ("DTP*472*D8 DTM*472 DTP*472*RD8*x DTP*472*D8*2026081 CLM*1", None),
    ],
)
def test_the_day_of_service(segments: str, day: dt.date | None) -> None:
    assert day_of(segment.encode().split(b"*") for segment in segments.split()) == day


def test_repetitions_and_other_delimiters() -> None:
    delimiters = Delimiters(element=b"|", component=b">", segment=b"\n", repetition=b"^")
    faults = CHECKS.faults(b"HI|ABK>E119|ABF>x".split(b"|"), delimiters)
    assert told(faults) == "icd-10-cm-shape 2-2"
    (fault,) = CHECKS.faults([b"TOO", b"JP", b"1^33"], Delimiters())
    assert (fault.repetition, fault.value) == (2, b"33")


def test_bytes_that_are_no_text_are_a_fault_and_no_error() -> None:
    (fault,) = CHECKS.faults([b"CUR", b"85", b"\xff\xfe\xfd"], Delimiters())
    assert fault.code == "currency-shape"


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_checks, "REMEMBERED", 10)
    checks = Checks()
    for number in range(43000, 43100):
        assert judged(f"N4*X*OH*{number}", checks) == []
    assert all(len(check.known) <= 10 for check in checks.of(b"N4"))


def test_a_file_of_the_user_s_is_what_counts(tmp_path: Path) -> None:
    file = tmp_path / "carc.csv"
    file.write_text("999\n")
    checks = Checks(with_files({"carc": file}))
    assert told(judged("CAS*CO*999*1", checks)) == ""
    (fault,) = judged("CAS*CO*45*1", checks)
    assert fault.message == "CAS02 (claim adjustment reason code) is not in the list CARC of carc.csv"


def test_every_list_is_used_or_told_or_is_a_guide_s() -> None:
    told = {"AAA03", "AAA04", "HCR03", "LOINC", "PWK01", "PWK02"}  # to people, by `edi codes show` and what is said of an answer
    assert set(code_lists()) - {use.name for use in code_uses()} == {"CAGC", *told}


def test_every_fault_is_explained() -> None:
    explained = fault_codes()
    assert {fault.code for segment in SEGMENTS for fault in judged(segment)} <= set(explained)
    assert all(sentence.endswith(".") for sentence in explained.values())


# What files by others have that is no code: numbers that are made up (NPI, EIN, SSN) go by the kind of fault alone.
NUMBERS = {"npi-check-digit", "npi-shape", "ein-shape", "ssn-shape"}
UNKNOWN = {
    "carc-shape": "ETEST ITEST",
    "claim-status-shape": "Z0001-0",
    "country-shape": "CAN",
    "icd-9-cm-shape": "884.2 E986.0 922.3 847.2 643.03 366.9 401.9 794.31 816.02 354.0",
    "icd-9-proc-shape": "15.3 79.04",
    "ndc-shape": "3920293",
    "patient-status-shape": "1",
    "procedure-shape": "478331 478330 2430 270",
    "rarc-shape": "0",
    "revenue-shape": "450 360 120 250 220 300 187.50 312 320 258 270 305 730 450.00 320.00 360.00 301 650 370 720",
    "state-shape": "11 YOURS MN.",
    "taxonomy-shape": "203BF0100Y 203BA0200N 363LP0200N 2420A 207Q",
    "zip-shape": "ZIP1 3111",
}


def test_what_the_corpus_has_that_the_lists_do_not(corpus: Path) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(corpus.glob("*/*")):
        if file.parent.name != "LICENSES":
            for segment in read(file):
                for fault in CHECKS.faults(segment.elements, segment.delimiters):
                    value = (fault.value or b"").decode("latin-1")
                    if "\n" not in value:  # a line that was broken inside an element
                        found[fault.code].add(value)
    assert set(found) >= NUMBERS
    assert {code: values for code, values in found.items() if code not in NUMBERS} == {
        code: set(values.split()) for code, values in UNKNOWN.items()
    }
