"""Authorizations as rows of a spreadsheet: read, written, read again; what cannot be read is told by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edi.errors import RecordError
from edi.records.authorization import Decision
from edi.records.services import Period, Procedure, Quantity, Tooth
from edi.records.spreadsheet import COLUMNS, read_entries, write_records

HEAD = "number,decision,payer_id,member_id,procedure,start,end,units,channel,date"
GOOD = "A100,certified,MAPLE1,W1,97110-GP,2026-03-01,2026-05-31,6,phone,2026-02-20"


def problems(*rows: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    _, found = read_entries("\n".join((head, *rows)).encode())
    return [(problem.row, problem.column, problem.message) for problem in found]


def test_rows_of_one_authorization_are_its_services() -> None:
    other = GOOD.replace("97110-GP", "97140").replace(",6,", ",4,")
    (entry,), found = read_entries("\n".join((HEAD, GOOD, other)).encode())
    record = entry.record
    assert (found, entry.rows, record.number, record.source, record.issued) == ([], (2, 3), "A100", "phone", date(2026, 2, 20))
    assert [(s.procedure, s.quantity) for s in record.services] == [
        (Procedure(code="97110", modifiers=("GP",)), Quantity(unit="UN", amount=Decimal(6))),
        (Procedure(code="97140"), Quantity(unit="UN", amount=Decimal(4))),
    ]
    assert record.period == Period(start=date(2026, 3, 1), end=date(2026, 5, 31))


def test_what_the_services_decide_is_decided_of_the_event() -> None:
    other = GOOD.replace("97110-GP", "97140").replace("certified", "denied")
    (entry,), _ = read_entries("\n".join((HEAD, GOOD, other)).encode())
    assert entry.record.decision is Decision.PARTLY_CERTIFIED


def test_what_was_read_is_written_and_read_again() -> None:
    text = "\r\n".join(
        (
            ",".join(COLUMNS),
            'A/1,certified,authorization,I,U,MAPLE1,"MAPLE, INC",W1,QUILL,NORA,1981-04-05,97110-97140-GP,,,,,11,2026-03-01,'
            "2026-05-31,6,VS,1234567893,RIVERSIDE,phone,J. Reed,4711,2026-02-20,T1,A/0,",
            ",pended,referral,I,,,ELM,W2,OAK,IVY,,,,,,3,,,,,,,,fax,,,2026-02-21,,,2026-03-04",
            "B2,certified,admission,4,,ELM1,,W3,,,,,,,,,,2026-03-01,,3,DY,,,portal,,,,,B1,",
            "D4,certified,authorization,I,,ELM1,,W3,,,,D2391,3-MO 14,,,,,,,1,UN,,,fax,,,,,,",
            "D4,certified,authorization,I,,ELM1,,W3,,,,D4341,,10 01,,,,,,2,UN,,,fax,,,,,,",
            "",
        )
    ).encode()
    entries, found = read_entries(text)
    assert found == []
    assert write_records(entry.record for entry in entries) == text


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ("certified", "approved", "decision", "must be one of certified, "),
        ("A100", "", "number", "is needed for what is certified"),
        ("MAPLE1", "", "payer_id", "is needed, or payer"),
        ("W1", "", "member_id", "is needed, or last_name and birth_date"),
        ("97110-GP", "97110;97140", "procedure", "must be one code, "),
        ("97110-GP", "00100-0999T", "procedure", "is no range"),
        ("97110-GP", "97140-97110", "procedure", "is no range"),
        ("2026-03-01", "2026-06-01", "end", "is before start"),
        ("2026-03-01", "2026-02-30", "start", "must be a date, "),
        (",6,", ",six,", "units", "must be a number"),
        ("phone", "smoke", "channel", "must be one of phone, "),
        ("2026-02-20", "yesterday", "date", "must be a date, "),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_and_the_others_are_read(old: str, new: str, column: str, words: str) -> None:
    wrong = GOOD.replace(old, new, 1)
    entries, found = read_entries("\n".join((HEAD, wrong, GOOD.replace("A100", "A200"))).encode())
    assert [entry.record.number for entry in entries] == ["A200"]
    (problem,) = found
    assert (problem.row, problem.column) == (2, column)
    assert problem.message.startswith(words)


def test_an_authorization_is_not_read_by_half() -> None:
    assert problems(GOOD, GOOD.replace("97110-GP", "?")) == [
        (2, "", "left out: another row of the same authorization cannot be read"),
        (3, "procedure", "must be one code, such as 97110, 97110-GP or 97110-97140; another one is another row"),
    ]


def test_a_column_that_is_not_known_is_told_once() -> None:
    assert problems(GOOD + ",x", head=HEAD + ",colour") == [(1, "colour", "there is no such column; it is passed over")]
    assert problems(GOOD + ",x") == [(2, "", "has more cells than the header")]


@pytest.mark.parametrize("data", [b"", b"not a table", b"number,decision\nA1,certified\n", b"\xff\xfe\x00"])
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(RecordError, match="The first row must be the header"):
        read_entries(data)


def test_other_spreadsheets_write_otherwise() -> None:
    text = f"\ufeff{HEAD}\r\n{GOOD}\r\n\r\n".replace("2026-03-01", "3/1/2026").replace(",", ";")
    (entry,), found = read_entries(text.encode())
    assert (found, entry.record.services[0].period) == ([], Period(start=date(2026, 3, 1), end=date(2026, 5, 31)))
    (entry,), _ = read_entries(f"{HEAD},last_name\n{GOOD},MU\u00d1OZ\n".encode("cp1252"))
    assert entry.record.patient.last_name == "MU\u00d1OZ"


def test_a_cell_that_does_not_end_is_told_with_its_row() -> None:
    said = "Row 2 has a cell of more than 131,072 characters; a quotation mark may not be closed."
    with pytest.raises(RecordError, match=said):
        read_entries(b"number,payer_id\n" + b'"' + b"1" * 131_073)


def test_the_zeros_that_a_spreadsheet_takes_off_are_put_back() -> None:
    rows = (f"{GOOD},3,2,450,", f"{GOOD.replace('97110-GP', 'D4341')},03,02,0450,1;10 L")
    (entry,), found = read_entries("\n".join((f"{HEAD},level,place,revenue_code,oral_cavity", *rows)).encode())
    assert (found, entry.record.level_of_service, entry.record.expedited) == ([], "03", True)
    assert {(service.place, service.revenue_code) for service in entry.record.services} == {("02", "0450")}
    assert entry.record.services[1].oral_cavity == ("01", "10", "L")


def test_a_dental_procedure_has_teeth() -> None:
    (entry,), found = read_entries(f'{HEAD},teeth\n{GOOD.replace("97110-GP", "D2391")},"03-mo, 14 as"'.encode())
    assert found == []
    assert entry.record.services[0].teeth == (Tooth(number="03", surfaces=("M", "O")), Tooth(number="14"), Tooth(number="AS"))


@pytest.mark.parametrize(
    ("procedure", "cells", "column", "words"),
    [
        ("97110", "3,,", "teeth", "is only for a dental procedure, such as D2740"),
        ("97110", ",10,", "oral_cavity", "is only for a dental procedure, such as D2740"),
        ("D2391", "3-XY,,", "teeth", "must be teeth, such as 3 14-MO (with their surfaces), with blanks between"),
        ("D4341", ",upper,", "oral_cavity", "must be areas of the mouth, such as 10 or 01, with blanks between"),
        ("97110", ",,urgent", "level", "must be one of U, 03, E"),
    ],
)
def test_what_is_no_place_in_the_mouth_and_no_level_is_told(procedure: str, cells: str, column: str, words: str) -> None:
    row = f"{GOOD.replace('97110-GP', procedure)},{cells}"
    assert problems(row, head=f"{HEAD},teeth,oral_cavity,level") == [(2, column, words)]
