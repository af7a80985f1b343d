"""What a `require` can say, and what a broken one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edi import resources
from edi.errors import DefinitionError
from edi.guides.rules import files
from edi.guides.rules.files import read, requirements
from edi.guides.rules.requirement import Document, Duration, Limit, RequirementRule, Span

from .own_rules import HEAD, rules_with

REST = '\nwants prior authorization source "a test"'


def stated(folder: Path, lines: str, head: str = HEAD) -> RequirementRule:
    return rules_with(folder, "require", lines, head).requirements[0]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("from 2026-01-01", "start", "2026-01-01"),
        ("until 2026-12-31", "end", "2026-12-31"),
        ("procedures 27445-27447, J0585", "procedures", (Span("27445", "27447"), Span("J0585"))),
        ("together with J0585-J0588", "together", (Span("J0585", "J0588"),)),
        ("modifiers RT, LT", "modifiers", (Span("RT"), Span("LT"))),
        ("procedures 9711x, 0SRC0J9, 00002871501", "procedures", (Span("9711x"), Span("0SRC0J9"), Span("00002871501"))),
        ("type of bill 1xx", "bills", (Span("1xx"),)),
        ("diagnoses D3A-D49", "diagnoses", (Span("D3A", "D49"),)),
        ("diagnoses M17, G89.4", "diagnoses", (Span("M17"), Span("G89.4"))),
        ("places 21, 22", "places", (Span("21"), Span("22"))),
        ("type of bill 13x", "bills", (Span("13x"),)),
        ("states TX", "states", (Span("TX"),)),
        ('plans "HMO", "PPO"', "plans", ("HMO", "PPO")),
        ("age under 21", "ages", (0, 20)),
        ("age 65 or over", "ages", (65, None)),
        ("age 18 to 64", "ages", (18, 64)),
        ('more than 12 "visits"', "more_than", (12, "visits")),
        ("providers gold-carded", "providers", "gold-carded"),
        ("providers out  of network", "providers", "out of network"),
        ("providers 1999990017", "providers", (Span("1999990017"),)),
        ('documents "X-ray report" as RR, "notes"', "documents", (Document("X-ray report", "RR"), Document("notes"))),
        ('facts "six weeks of pain"', "facts", ("six weeks of pain",)),
        ('tried "physical therapy"', "tried", ("physical therapy",)),
        ("decided within 7 days", "standard", Duration(7, "days")),
        ("decided within 7 days, expedited 2 business  days", "expedited", Duration(2, "business days")),
        ("decided within 1 week", "standard", Duration(1, "weeks")),
        ('by "a nurse"', "decided_by", "a nurse"),
        ("valid 120 days", "valid", Duration(120, "days")),
        ('up to 40 "round trips" in 60 days', "limit", Limit(40, "round trips", Duration(60, "days"))),
        ('number like "[A-Z]{3}"', "number", "[A-Z]{3}"),
        ("exceptions 1, 3", "exceptions", ("1", "3")),
        ('note "in two" "parts"', "note", "in two parts"),
    ],
)
def test_a_line_is_read(tmp_path: Path, line: str, field: str, value: Any) -> None:
    found = stated(tmp_path, line + REST)
    assert getattr(found, field) == value
    assert (found.payer, found.known, found.wants, found.source) == (
        "Maple Health",
        ("MAPLE1", "0042"),
        "prior authorization",
        "a test",
    )
    kept = read(tmp_path / "own.rules")
    files._read.cache_clear()
    assert read(tmp_path / "own.rules") == kept  # as it is kept between runs


@pytest.mark.parametrize(
    "wants", ["voluntary prior authorization", "precertification", "concurrent review", "no referral", "nothing"]
)
def test_every_kind_can_be_wanted(tmp_path: Path, wants: str) -> None:
    assert stated(tmp_path, f'wants {wants} source "a test"').wants == wants


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('source "a test"', "2:9: requirement own has no line wants"),
        ("wants nothing", "2:9: requirement own has no line source"),
        (f"places 21 places 22{REST}", "3:11: a requirement says this once"),
        (f"procedures 27447-27445{REST}", "3:12: 27447-27445 is no range"),
        (f"procedures 27447-9{REST}", "3:12: 27447-9 is no range"),
        (f"procedures 00100-0999T{REST}", "3:12: 00100-0999T is no range"),
        (f"procedures 0001F-0999T{REST}", "3:12: 0001F-0999T is no range"),
        (f"diagnoses M17-M17.9{REST}", "3:11: M17-M17.9 is no range"),
        (f"procedures 27447, 2744{REST}", "3:19: 2744 is no procedure: it has five characters"),
        (f"procedures 274470{REST}", "3:12: 274470 is no procedure"),
        (f"procedures 97110x{REST}", "3:12: 97110x is no procedure"),
        (f"together with J058{REST}", "3:15: J058 is no procedure"),
        (f"modifiers 123{REST}", "3:11: 123 is no modifier: it has two characters"),
        (f"places 21, 222{REST}", "3:12: 222 is no place of service: it has two digits"),
        (f"places 21-222{REST}", "3:8: 21-222 is no range"),
        (f"type of bill 13{REST}", "3:14: 13 is no type of bill: it has three characters, such as 131, or 13x"),
        (f"states TEXAS{REST}", "3:8: TEXAS is no state: it has two letters"),
        (f"providers 199999001{REST}", "3:11: 199999001 is no NPI: it has ten digits"),
        (f"age 65 to 18{REST}", "3:5: nobody has this age"),
        (f"age under 0{REST}", "3:11: nobody has this age"),
        (f"from 2026-02-30{REST}", "3:6: there is no day 2026-02-30"),
        (f"from 2026-02-03 until 2026-02-01{REST}", "3:17: requirement own ends before it begins"),
        (f'documents "notes" as ZZ{REST}', "3:22: ZZ is no type of document (PWK01)"),
        (f'number like "[A-Z"{REST}', "3:13: this is no regular expression"),
        ("wants approval", "3:7: expected prior authorization, precertification"),
        ("proceedures 27447", "did you mean procedures?"),
    ],
)
def test_a_broken_one_is_told_where(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        stated(tmp_path, lines)
    assert told in str(caught.value)


def test_a_requirement_is_somebody_s(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="whose requirement is this"):
        stated(tmp_path, REST, head="rules 837/professional\n")
    assert stated(tmp_path, REST, head="every payer\n").payer == ""


def test_a_rule_needs_a_guide(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(f'{HEAD}rule own level 7 in 2300 forbids REF[G1] say "no" source "a test"')
    with pytest.raises(DefinitionError, match="begin the file with their guide"):
        read(path)


def test_rules_and_requirements_of_a_payer_stand_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        f"rules 837/professional\n{HEAD}require knee procedures 27447 {REST}\n"
        'rule group level 7 in 2300 needs 2000B/SBR-03 say "no" source "a test"\n'
    )
    file = read(path)
    assert ([r.name for r in file.rules], [r.name for r in file.requirements]) == (["group"], ["knee"])


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        (Span("27445", "27447"), ["27445", "27446", "27447"], ["27444", "27448", "2744", "274455", ""]),
        (Span("0001T", "0999T"), ["0001T", "0042T", "0999T"], ["00830", "0042U", "0100"]),
        (Span("A4000", "J0585"), ["E0601", "J0585"], ["97110", "J058A"]),
        (Span("XE", "XU"), ["XP"], ["X5"]),
        (Span("13x"), ["131", "137"], ["121", "13", "1311"]),
        (Span("21"), ["21"], ["22", "2", "211"]),
    ],
)
def test_a_span_covers(span: Span, inside: list[str], outside: list[str]) -> None:
    assert all(map(span.covers, inside))
    assert not any(map(span.covers, outside))


def test_a_diagnosis_is_begun() -> None:
    assert Span("M17").begins("M17.11")
    assert Span("M17.1").begins("M1711")
    assert not Span("M17.1").begins("M17.0")
    assert Span("M15", "M19").begins("M17.0")
    assert Span("M15", "M19").begins("M19.90")
    assert not Span("M15", "M19").begins("M20.1")
    assert Span("C79", "C80").begins("C7A.1")  # in the order of ICD-10-CM
    assert Span("D3A", "D49").begins("D48.1")


def test_shipped_requirements_have_sources_and_names_of_their_own() -> None:
    found = requirements()
    assert len({rule.name for rule in found}) == len(found) >= 20
    assert all(rule.source for rule in found)
    assert [rule.payer for rule in found].index("Medicare") > 0  # the law comes first
    for file in resources.requirement_files():
        assert "http" in file.read_text(encoding="utf-8"), f"{file.name} names no page"
