"""What `limits` can say, and what broken ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edi.errors import DefinitionError
from edi.guides.rules import files
from edi.guides.rules.files import RuleFile, payer_files, read
from edi.guides.rules.limit import Limited, LimitRule
from edi.guides.rules.requirement import Duration, Span

from .own_rules import HEAD, rules_with

REST = '\nsource "a test"'


def file_of(folder: Path, lines: str, head: str = HEAD) -> RuleFile:
    return rules_with(folder, "limits", lines, head)


def stated(folder: Path, lines: str, head: str = HEAD) -> LimitRule:
    return file_of(folder, lines, head).limits[0]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("file within 1 day of service", "file", Limited(Duration(1, "days"), "service")),
        ("file within 12 months of the  last service", "file", Limited(Duration(12, "months"), "the last service")),
        ("correct within 365 days of service", "correct", Limited(Duration(365, "days"), "service")),
        ("correct within 26 weeks of remittance", "correct", Limited(Duration(26, "weeks"), "remittance")),
        ("appeal within 120 days of receipt", "appeal", Limited(Duration(120, "days"), "receipt")),
        ("appeal within 120 days of receipt receipt presumed 5 days after remittance", "receipt", 5),
        ("appeal within 60 days of remittance from 2026-01-01", "start", "2026-01-01"),
        ("appeal within 60 days of remittance until 2026-12-31", "end", "2026-12-31"),
        ("appeal within 60 days of remittance for type of bill 13x", "for_bills", (Span("13x"),)),
        ('appeal within 60 days of remittance note "in two" "parts"', "note", "in two parts"),
    ],
)
def test_a_line_is_read(tmp_path: Path, line: str, field: str, value: Any) -> None:
    found = stated(tmp_path, line + REST)
    assert getattr(found, field) == value
    assert (found.payer, found.known, found.source) == ("Maple Health", ("MAPLE1", "0042"), "a test")
    kept = read(tmp_path / "own.rules")
    files._read.cache_clear()
    assert read(tmp_path / "own.rules") == kept  # as it is kept between runs


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("appeal within 60 days of remittance", "2:8: limits own have no line source"),
        ('source "a test"', "2:8: limits own limit nothing"),
        (f"from 2026-01-01{REST}", "2:8: limits own limit nothing"),
        (f"file within 60 days of service file within 90 days of service{REST}", "3:32: limits say this once"),
        (f"file within 60 days of remittance{REST}", "3:24: a claim is filed before there is a remittance"),
        (f"appeal within 72 hours of remittance{REST}", "3:15: a limit is so many days, weeks or months"),
        (f"appeal within 5 business days of remittance{REST}", "3:15: a limit is so many days, weeks or months"),
        (f"appeal within 0 days of remittance{REST}", "3:15: a limit is so many days, weeks or months"),
        (f"appeal within 60 days of remittance receipt presumed 5 days after remittance{REST}", "3:37: nothing is counted"),
        (f"from 2026-02-03 until 2026-02-01 file within 60 days of service{REST}", "3:17: limits own end before they begin"),
        (f"from 2026-02-30 file within 60 days of service{REST}", "3:6: there is no day 2026-02-30"),
        ("apeal within 60 days of remittance", "did you mean appeal?"),
        ("appeal within 60 days of discharge", "service, the last service, remittance, receipt"),
        ("wants prior authorization", "found 'wants'"),
    ],
)
def test_a_broken_one_is_told_where(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        stated(tmp_path, lines)
    assert told in str(caught.value)


def test_limits_are_somebodys(tmp_path: Path) -> None:
    line = f"appeal within 60 days of remittance{REST}"
    with pytest.raises(DefinitionError, match="whose limits are these"):
        stated(tmp_path, line, head="rules 837/professional\n")
    assert stated(tmp_path, line, head="every payer\n").payer == ""
    with pytest.raises(DefinitionError, match="there is a rule own above"):
        file_of(tmp_path, line, head=f'{HEAD}require own wants nothing source "a test"\n')


def test_shipped_limits_have_their_payers_id_and_a_source() -> None:
    found = [limit for file in payer_files() for limit in file.limits]
    assert {limit.name for limit in found} == {"bcbs-texas-claims", "medi-cal-claims", "medicare-part-b-claims"}
    assert all(limit.known and limit.source for limit in found)
