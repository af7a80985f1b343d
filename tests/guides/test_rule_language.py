"""What the language of rules can say, and what a broken file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from edi import resources
from edi.errors import DefinitionError
from edi.guides.path import PathError
from edi.guides.rules.files import Example, read
from edi.guides.rules.pattern import flaw
from edi.guides.rules.specimen import edited
from edi.guides.validation import validate

HEAD = "rules 837/professional\n"


def found(folder: Path, rule: str, *edits: str, head: str = HEAD) -> list[tuple[str | None, int | None, str]]:
    """Claim, position and message of what a rule says of the edited specimen, compiled or not."""
    path = folder / "own.rules"
    say = "" if "say" in rule else '\nsay "wrong"'
    path.write_text(f'{head}rule own level 7\n{rule}{say}\nsource "a test"\n')
    document = edited(resources.specimen("837/professional"), read(path).rules[0], Example(True, edits))
    told = []
    for compiled in (False, True):
        problems = validate(document, rules=[path], compiled=compiled).problems
        told.append([(p.claim, p.position, p.message) for p in problems if p.code == "own"])
    assert told[0] == told[1]
    return told[0]


@pytest.mark.parametrize(
    ("rule", "edits", "holds"),
    [
        ("in 2300 when CLM-05-1 is 11 needs DTP[431]", (), False),
        ("in 2300 when CLM-05-1 is 12 or 22 needs DTP[431]", (), True),
        ("in 2300 when CLM-05-1 is not 12 needs DTP[431]", (), False),
        ("in 2300 when CLM-11 is not AA needs DTP[431]", (), True),  # there is no CLM11: nothing is said of it
        ("in 2300 when CLM-11 has EM needs DTP[431]", ("CLM-11=AA:EM",), False),
        ("in 2300 when CLM-11 is not given needs DTP[431]", (), False),
        ('in 2300 must CLM-01 is like "S[0-9]{4}"', (), True),
        ('in 2300 must CLM-01 is like "S[0-9]{3}"', (), False),
        ('in 2300 must CLM-01 is not like "S[0-9]{4}"', (), False),
        ("in 2300 forbids 2310B", (), False),
        ("in 2300 forbids 2310A/REF", (), True),
        ("in 2300 needs 2310A or 2310B", (), True),
        ("in 2300 at most 1 2400", (), False),
        ("in 2300 at most 2 2400", (), True),
        ("in 2300 must CLM-02 = sum of 2400/SV1-02", (), True),
        ("in 2300 must CLM-02 = sum of 2400/SV1-02", ("CLM-02=250.00",), True),
        ("in 2300 must CLM-02 = sum of 2400/SV1-02", ("CLM-02=250.01",), False),
        ("in 2300 must CLM-02 - 0.01 < sum of 2400/SV1-02 - count of HI + 1", ("CLM-02=250",), True),
        ("in 2300 must count of 2400 >= 2", (), True),
        ("in 2300 must count of 2400/SV1 where (SV1-02 > 120) = 1", ("2400/SV1-02=150",), True),
        ("in 2300 must any 2400 (SV1-02 > 140 and DTP[472] is after 2026-10-07)", ("CLM-02=250",), True),
        ("in 2300 must every 2400 (SV1-02 > 140)", (), False),
        ("in 2300 must no 2400 (SV1-02 > 300)", (), True),
        ("in 2300 must 2400/DTP[472] is on 2026-10-08 or 2400/DTP[472] is on 2026-10-15", (), True),
        ("in 2400 must DTP[472] is not before DTP[463]", (), True),  # there is no DTP*463: nothing to complain about
        ("in 2400 must DTP[472] is not before DTP[463]", ("+DTP*463*D8*20261009",), False),
        ("in 2400 must end of DTP[472] is before 2026-11-01", ("DTP-02=RD8", "DTP-03=20261008-20261101"), False),
        ("in 2400 must days from DTP[472] to end of DTP[472] < 30", ("DTP-02=RD8", "DTP-03=20261008-20261106"), True),
        ("in 2400 must days from DTP[472] to end of DTP[472] < 29", ("DTP-02=RD8", "DTP-03=20261008-20261106"), False),
        ("in 2400 must CLM-05-1 is 11", (), True),
        ("in 2400 must 2000B/SBR-09 is CI", (), True),
        ("in 2400 must 2010BB/NM1-09 is MHP02", (), False),
        ("in 2300 when 2000C is given must CLM-02 = 300", (), True),
        ("in 2300 when 2000C is given must CLM-02 = 301", (), False),
        ("in 2300 when 2000C/PAT-01 is 19 must CLM-02 = 301", (), False),
        ("in 2000C must 2000B/SBR-01 is P", (), False),
        ("in 2300 when 2000C is not given must CLM-02 = 300", (), False),
        ("in 2320 must sum of 2400/2430/SVD-02 where (SVD-01 is the same as 2330B/NM1-09) = AMT[D]-02", (), True),
        ("in 2320 must sum of 2400/2430/SVD-02 where (SVD-01 is the same as 2330B/NM1-09) = AMT[D]-02", ("AMT-02=200",), False),
        ("in 2430/CAS must CAS-(02 05) all differ", (), True),
        ("in 2430/CAS must CAS-(02 05) all differ", ("CAS-05=45", "CAS-06=0"), False),
        ("in 2430/CAS when CAS-01 is PR forbids CAS-05", ("2430/CAS[PR]-05=3", "2430/CAS[PR]-06=1"), False),
        ("in 2300 must HI[ABK]-01-2 is not the same as HI-(02 to 12)-2", ("HI-02=ABF:M25511",), False),
        ("in 2300 must HI-(01 to 12)-2 all differ", (), True),
        ("in 2300 must 2310B/NM1-09 is not the same as 2010AA/NM1-09", ("2310B/NM1-09=1999990017",), False),
        ("in 837 must BHT-06 is CH and count of 2000A/2000B/2300 = 1", (), True),
        ("in 837 must sum of 2000A/2000B/2300/CLM-02 = 250 and sum of 2000A/2000B/2000C/2300/CLM-02 = 300", (), True),
    ],
)
def test_a_rule_holds_or_does_not(rule: str, edits: tuple[str, ...], holds: bool, tmp_path: Path) -> None:
    assert (found(tmp_path, rule, *edits) == []) == holds


def test_a_message_says_values(tmp_path: Path) -> None:
    say = 'say "{CLM-01}: {CLM-02} is not {sum of 2400/SV1-02 + 1.50}; {CLM-11}"'
    assert found(tmp_path, f"in 2300 must CLM-02 = 300 {say}") == [("S1001", 19, "S1001: 250 is not 251.50; nothing")]


def test_edits_are_about_the_claim_that_is_named_before_them(tmp_path: Path) -> None:
    rule = "in 2300 must CLM-02 = sum of 2400/SV1-02"
    assert [claim for claim, _, _ in found(tmp_path, rule, "2300@2", "CLM-02=301", "2310B/NM1-09=")] == ["S1002"]
    with pytest.raises(PathError, match="the specimen has 2 of these loops"):
        found(tmp_path, rule, "2300@3", "CLM-02=301")


def test_nothing_is_said_of_what_is_faulty_in_the_last_claim_either(tmp_path: Path) -> None:
    rule = "in 2430 must DTP[573] is before 2026-01-01"
    assert len(found(tmp_path, rule)) == 2
    assert found(tmp_path, rule, "2430@2", "DTP[573]-03=20261399") == []


PAYER = 'rules 837/professional\npayer "Meadowlark"\napplies when 2010BB/NM1-09 is MHP01\n'


def test_a_payer_asks_only_of_its_own_claims(tmp_path: Path) -> None:
    rule = "in 2400 forbids REF[6R]"
    assert len(found(tmp_path, rule, head=PAYER)) == 4
    assert len(found(tmp_path, rule, "2000B/2010BB/NM1-09=OTHER", head=PAYER)) == 2
    assert found(tmp_path, rule, head=PAYER.replace("MHP01", "MHP02")) == []


def test_a_payer_does_without_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    document = (
        resources.specimen("837/professional")
        .read_bytes()
        .replace(b"CLM*S1001*250***11:B:1*Y*A*Y*Y~", b"CLM*S1001*250***11:B:1*Y*A*Y*Y**AA:::OH~")
    )
    for payer, expected in (("MHP01", set[str]()), ("MHP02", {"accident-date"})):
        path.write_text(f"rules 837/professional\napplies when 2010BB/NM1-09 is {payer}\nwithout accident-date\n")
        assert {p.code for p in validate(document, rules=[path]).problems} == expected
    path.write_text("rules 837/professional\nwithout accident-date\n")
    assert validate(document, rules=[path]).problems == ()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("in 2301 needs CLM", "4:4: the guide has no loop 2301 (did you mean 2300?)"),
        (
            "in 2300 nedes CLM",
            "4:9: expected a rule, the end of the file or another line of the rule (in, when, needs, ...), "
            "found 'nedes' (did you mean needs?)",
        ),
        ("in 2300 needs DTP[493]", "4:15: the guide has no DTP[493] there (did you mean 4"),
        ("in 2300 when CLM-13 is 1 needs DTP[439]", "4:14: the guide does not use CLM13 there"),
        ("in 2300 when CLM-05-4 is 1 needs DTP[439]", "4:14: CLM05 has no component 4; it has 1, 2, 3"),
        ("in 2300 when CLM-06 is X needs DTP[439]", "4:24: X is never in CLM-06; the guide has N, Y"),
        ("in 2300 when CLM is X needs DTP[439]", "4:14: CLM names no element; name one, such as CLM-02"),
        ('in 2300 when CLM-01 is like "(" needs DTP[439]', "4:29: this is no regular expression"),
        ("in 2300 when CLM-02 > needs DTP[439]", "4:23: expected a path"),
        ("in 2300 needs CLM needs HI", "4:19: a rule says this once"),
        ("in 2300 when HI is given", "3:6: rule own asks for nothing"),
        ('in 2300 needs HI say "{NM1-03}"', "4:22: the guide has no NM1 in loop 2300"),
        ('in 2300 needs HI say "{2010BA/NM1-03}"', "4:22: 2010BA/NM1-03 is about a person (name)"),
        ("in 2300 must 2000A/2010AA/NM1-08 = sum of", "the end of the file"),
        ("in 2300 needs 2310B/LX", "4:15: the guide has no LX in loop 2310B\n"),
        ("in 2300 needs 2310B/2400/LX", "4:15: the guide has no 2400 in loop 2310B; it stands in 2300\n"),
        ("in 2310B needs 2430", "4:16: the guide has no 2430 in loop 2310B or around it; it stands in 2400\n"),
        ("in 837 needs ST/2300", "4:14: the guide has no 2300 there; it stands in 2000B and 2000C\n"),
        ("in 2000B forbids 2000C", "4:18: 2000C is judged one by one, so nothing around it sees it, but a sum in 837"),
        ("in 2000B must sum of 2300/CLM-02 > 0", "4:15: 2300 is judged one by one"),
        ("in 837 when 2000A/2000B/2300/CLM-05-1 is 21 needs BHT", "4:13: 2000A is judged one by one"),
        ('in 2300 must CLM-01 is not like "[\u2013]+"', "4:33: \u2013 (U+2013) is never in a document"),
        ('in 2300 must CLM-01 is not "\u2013"', "4:28: \u2013 (U+2013) is never in a document"),
        ('in 2300 needs HI fails "CLM-01=\u2013"', "4:24: \u2013 (U+2013) is never in a document"),
        ('in 2300 must CLM-01 is like "(?u)a"', "4:29: this is no regular expression: bad inline flags"),
        ('in 2300 must CLM-01 is like "(?L)a"', "4:29: this is no regular expression: bad inline flags"),
        ('in 2300 must CLM-01 is like "\\u0041"', "4:29: this is no regular expression: bad escape"),
        ('in 2300 must CLM-01 is like "a{99999999999}"', "4:29: this is no regular expression: the repetition number is too"),
        (f"in 2300 must {'not ' * 400}CLM-02 < 5", "conditions stand in one another 20 deep at most"),
        (f"in 2300 must {'any 2400 (' * 120}SV1-02 < 5{')' * 120}", "conditions stand in one another 20 deep at most"),
        (f"in 2300 must CLM-02 < {'9' * 5000}", "4:23: a number has at most 18 digits here"),
        (f"in 2300 at most {'9' * 5000} HI", "4:17: a number has at most 9 digits here"),
        (f'in 2300 needs HI say "{{1 + {"9" * 5000}}}"', "4:22: a number has at most 18 digits here"),
        (f"in 2300 must {' + '.join(['CLM-02'] * 3000)} < 5", "4:14: 100 amounts are added up by name at most"),
        ("in 2300 when CLM-05-0 is 1 needs DTP[439]", "4:14: CLM-05-0 names no component: they count from 1"),
        ("in 2300 when HI-(01 to 12)-00 is 1 needs DTP[439]", "4:14: HI-(01 to 12)-00 names no component"),
        ("in 2300 must DTP[431] is before 2026-99-99", "4:33: there is no day 2026-99-99"),
        ('in 2300 needs HI say "{days from DTP[431] to 2026-02-30}"', "4:22: there is no day 2026-02-30"),
        ('in 2300 must CLM-01 is not like "([A-Z]+)+1"', "4:33: this repeats what can be taken in several ways"),
    ],
)
def test_a_broken_rule_is_explained(rule: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    say = "" if "say" in rule or said.endswith("file") else '\nsay "wrong"\nsource "x"'
    path.write_text(f"{HEAD}# a comment\nrule own level 7\n{rule}{say}" + ('\nsource "x"' if "say" in rule else ""))
    with pytest.raises(DefinitionError) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(caught.value).endswith("^") or not said[0].isdigit()


@pytest.mark.parametrize(
    ("expression", "sound"),
    [
        ("([A-Z]+)+1", False),
        ("(L|LO|[A-Z0-9]+)+x", False),
        ("(?:ab|[ab]{2})*x", False),
        ("(a?b?)*x", False),
        ("((a{1,3}){9}){9}x", False),
        ("(?:(?=(a+)+x)a)x", False),
        ("(?>(a+)+x)", False),
        ("(a+)++x", False),
        ("[A-Z]+[0-9]*(AB)+", True),
        ("([A-Z]++-)*[A-Z]+", True),
        ("(?>a|aa)*x", True),
        ("(?:AA|OA)+", True),
        ("([A-Z]{1,3}-){2}[0-9]+", True),
        ("(?:[0-9]{3})+", True),
    ],
)
def test_what_may_take_for_ever_to_fit_in_none_is_no_expression_of_a_rule(expression: str, sound: bool) -> None:
    assert (not flaw(expression)) is sound


def test_a_number_may_begin_with_zeros_and_conditions_may_be_many(tmp_path: Path) -> None:
    assert found(tmp_path, "in 2300 must CLM-02 < 007")
    assert not found(tmp_path, "in 2300 must CLM-02 > 007.50")
    many = " and ".join(f"CLM-02 < {number}" for number in range(60_000, 60_300))
    assert found(tmp_path, f"in 2300 when {many} forbids HI")


def test_what_is_more_than_python_takes_is_told_of_the_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.guides.rules.notation._DEEP", 1000)
    with pytest.raises(DefinitionError, match=r"own\.rules:2: rule own asks too much at once"):
        found(tmp_path, f"in 2300 must {'any 2400 (' * 120}SV1-02 < 5{')' * 120}")


def test_a_file_of_rules_or_codes_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    rules, codes = tmp_path / "own.rules", tmp_path / "pos.csv"

    def said() -> set[str]:
        return {
            problem.code
            for problem in validate(resources.specimen("837/professional"), rules=[rules], codes={"POS": codes}).problems
        }

    for name, place in (("first", "11"), ("second", "21")):
        rules.write_text(f'{HEAD}rule {name} level 7\nin 2300\nforbids CLM\nsay "no"\nsource "a test"\n')
        codes.write_text(f"code\n{place}\n")
        assert said() == {name} | ({"pos-unknown"} if place == "21" else set())
