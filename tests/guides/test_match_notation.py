"""What a `match` can say, and what a broken one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edi.errors import DefinitionError
from edi.guides.rules import files
from edi.guides.rules.files import RuleFile, read
from edi.guides.rules.match import Alias, Covering, MatchRule, Size
from edi.guides.rules.requirement import Span

from .own_rules import HEAD, rules_with

REST = '\nsource "a test"'


def file_of(folder: Path, lines: str, head: str = HEAD) -> RuleFile:
    return rules_with(folder, "match", lines, head)


def stated(folder: Path, lines: str, head: str = HEAD) -> MatchRule:
    return file_of(folder, lines, head).matching[0]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (
            "procedure 70553 covers 70551, 70552",
            "coverings",
            (Covering("procedure", Span("70553"), (Span("70551"), Span("70552"))),),
        ),
        (
            "service type PT covers 97110-97140 with GP or GO",
            "coverings",
            (Covering("service type", Span("PT"), (Span("97110", "97140"),), ("GP", "GO")),),
        ),
        ("revenue code 0420 covers 042x", "coverings", (Covering("revenue code", Span("0420"), (Span("042x"),)),)),
        ("procedures 29880, 29881 cover one another", "alike", ((Span("29880"), Span("29881")),)),
        (
            "quantity 10 UN of J1745 is 0.5 F2 of 57894003001",
            "sizes",
            ((Size("10", "UN", "J1745"), Size("0.5", "F2", "57894003001")),),
        ),
        ("modifiers RT, LT must match", "must_match", (Span("RT"), Span("LT"))),
        ("modifiers 26, TC need  not match", "need_not_match", (Span("26"), Span("TC"))),
        ("modifier 50 covers RT, LT", "modifiers", (Covering("modifier", Span("50"), (Span("RT"), Span("LT"))),)),
        ("providers rendering, billing must match", "providers", ("rendering", "billing")),
        ("one provider must match", "providers", ("one",)),
        ("place need not match", "place", "need not match"),
        ("teeth need not match", "teeth", "need not match"),
        ("surfaces must  match", "surfaces", "must match"),
        ("places 19, 22 count as one", "shared_places", ((Span("19"), Span("22")),)),
        ("no provider must match", "providers", ("no",)),
        (
            "tax id 12-3456789 is now 987654321 since 2026-07-01",
            "aliases",
            (Alias("tax id", "123456789", "987654321", "2026-07-01"),),
        ),
        (
            "npi 1234567893 is now 1245319599 since 2026-07-01",
            "aliases",
            (Alias("npi", "1234567893", "1245319599", "2026-07-01"),),
        ),
        ("member id W-1 is now W-2 since 2026-07-01", "aliases", (Alias("member id", "W-1", "W-2", "2026-07-01"),)),
        ('reviewer EVR01, "Evergreen Review"', "reviewers", ("EVR01", "Evergreen Review")),
        ("grace 3 days before", "before", 3),
        ("grace 1 day after", "after", 1),
        ("delivery within 14 days of the due date", "delivery", 14),
        ("post-operative care 90 days", "aftercare", 90),
        ("diagnosis must match", "diagnosis", "family"),
        ("diagnosis must match exactly", "diagnosis", "exactly"),
        ("late numbers refused", "late", 0),
        ("late numbers within 3 days", "late", 3),
        ("late numbers accepted", "late", -1),
        ("roles technical, professional-component count as one", "shared_roles", (("technical", "professional-component"),)),
        ("numbers of denied requests go on claims", "denied_numbers", True),
        ("corrections replacement", "corrections", ("replacement",)),
        ("corrections void, replacement", "corrections", ("void", "replacement")),
        ("corrections new  claim only", "corrections", ("new claim only",)),
        ("newborns go by their mother for 30 days", "newborns", 30),
        ("number at line", "number", "at line"),
        ("number not  wanted", "number", "not wanted"),
        ('no provider must match note "in two" "parts"', "note", "in two parts"),
    ],
)
def test_a_line_is_read(tmp_path: Path, line: str, field: str, value: Any) -> None:
    found = stated(tmp_path, line + REST)
    assert getattr(found, field) == value
    assert (found.payer, found.known, found.source) == ("Maple Health", ("MAPLE1", "0042"), "a test")
    kept = read(tmp_path / "own.rules")
    files._read.cache_clear()
    assert read(tmp_path / "own.rules") == kept  # as it is kept between runs


def test_for_which_claims(tmp_path: Path) -> None:
    lines = "from 2026-01-01 until 2026-12-31 for procedures 97110-97140, J0585 for type of bill 13x number at claim"
    found = stated(tmp_path, lines + REST)
    assert (found.start, found.end) == ("2026-01-01", "2026-12-31")
    assert (found.for_procedures, found.for_bills) == ((Span("97110", "97140"), Span("J0585")), (Span("13x"),))


def test_some_lines_may_be_said_again(tmp_path: Path) -> None:
    found = stated(
        tmp_path,
        "procedure 70553 covers 70551 service type PT covers 97110 grace 3 days before grace 5 days after "
        "modifiers RT must match modifiers LT must match modifiers 26 need not match" + REST,
    )
    assert [covering.kind for covering in found.coverings] == ["procedure", "service type"]
    assert (found.before, found.after, found.must_match) == (3, 5, (Span("RT"), Span("LT")))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("number at line", "2:7: matching rule own has no line source"),
        ('source "a test"', "2:7: matching rule own says nothing about how to match"),
        (f"for procedures 27447{REST}", "2:7: matching rule own says nothing"),
        (f"number at line number at claim{REST}", "3:16: a matching rule says this once"),
        (f"late numbers refused late numbers within 3 days{REST}", "3:22: a matching rule says this once"),
        (f"grace 3 days after grace 4 days after{REST}", "3:20: grace after is said once"),
        (f"one provider must match providers billing must match{REST}", "3:25: a matching rule says this once"),
        (f"providers billing need not match{REST}", "3:19: which providers need match is said"),
        (f"modifiers RT, LT must match modifiers 26, LT need not match{REST}", "3:43: modifier LT cannot be one that must"),
        (f"for type of bill 13 number at claim{REST}", "3:18: 13 is no type of bill"),
        (f"procedure 27447-27445 covers 27440{REST}", "3:11: 27447-27445 is no range"),
        (f"tax id 1234 is now 987654321 since 2026-07-01{REST}", "3:8: a tax id has 9 digits"),
        (f"npi 1234567893 is now 12453 since 2026-07-01{REST}", "3:23: an npi has 10 digits"),
        (f"npi 1234567893 is now 1245319599 since 2026-02-30{REST}", "3:40: there is no day 2026-02-30"),
        (f"quantity 0 UN of J1745 is 1 UN of 57894003001{REST}", "3:10: nothing of one is nothing of the other"),
        (f"quantity 1 UN of J1745 is not 1 UN of 57894003001{REST}", "3:24: a quantity is another"),
        (f"from 2026-02-03 until 2026-02-01 number at line{REST}", "3:17: matching rule own ends before it begins"),
        ("service type PT cover 97110", "did you mean covers?"),
        (f"corrections void, new claim only{REST}", "3:1: what is taken as a new claim only"),
        (f"corrections void corrections replacement{REST}", "3:18: a matching rule says this once"),
        ("grase 3 days after", "did you mean grace?"),
        ("wants prior authorization", "found 'wants'"),
    ],
)
def test_a_broken_one_is_told_where(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        stated(tmp_path, lines)
    assert told in str(caught.value)


def test_a_matching_rule_is_somebody_s(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="whose matching rule is this"):
        stated(tmp_path, f"number at line{REST}", head="rules 837/professional\n")
    assert stated(tmp_path, f"number at line{REST}", head="every payer\n").payer == ""


def test_requirements_and_matching_rules_stand_in_one_file(tmp_path: Path) -> None:
    file = file_of(tmp_path, f"number at line{REST}", head=f'{HEAD}require knee procedures 27447 wants nothing source "a test"\n')
    assert ([r.name for r in file.requirements], [r.name for r in file.matching]) == (["knee"], ["own"])
    assert file.known == ("MAPLE1", "0042")
    with pytest.raises(DefinitionError, match="there is a rule own above"):
        file_of(tmp_path, f"number at line{REST}", head=f'{HEAD}require own wants nothing source "a test"\n')
