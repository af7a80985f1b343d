"""edi rules, and --rules: what a shell sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edi import resources
from edi.cli import main

RULE = """rules 837/professional
rule no-control-numbers  level 7  warning
  in     2400
  when   CLM-01 is S1001 and LX-01 is 1
  forbids REF[6R]
  say    "This payer loses claims with line control numbers."
  source "an invented payer"
  fails  as it is
  passes -REF[6R]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.rules"
    path.write_text(RULE)
    return path


def ran(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_shipped_rules_are_counted_and_explained() -> None:
    assert ran("rules", "list").output.startswith("guide ")
    assert "accident-date" in ran("rules", "list", "837P").output
    explained = ran("rules", "explain", "accident-date")
    assert explained.exit_code == 0
    assert all(word in explained.output for word in ("level 4", "why", "mend", "source", "example"))


def test_a_rule_is_explained_as_edi_validate_explains_it() -> None:
    """`edi rules explain` also says how severe it is, where it is asked, and its source."""
    said = ran("validate", "explain", "requester-contact").output.splitlines()
    assert len(said) == 5
    told = ran("rules", "explain", "requester-contact").output.splitlines()
    assert told[0].startswith(f"{said[0]}, warning (278/request, in 2010B)")
    assert [line for line in told[1:] if not line.startswith("  source ")] == said[1:]


def test_a_file_of_requirements_judges_no_documents(own: Path) -> None:
    story = resources.PACKAGE.parent / "testdata" / "story"
    path = story / "requirements" / "meadowlark.rules"
    result = ran("validate", story / "claims" / "batch.837", "--rules", path)
    assert result.exit_code == 2
    assert result.stderr == f"edi: {path}: holds nothing to judge documents by; what it says, edi claims check --rules asks\n"


def test_a_rule_that_is_not_there_is_near_one_that_is() -> None:
    result = ran("rules", "explain", "acident-date")
    assert result.exit_code == 2
    assert "did you mean accident-date?" in result.output


@pytest.mark.parametrize("file", sorted(resources.PACKAGE.glob("*/*.rules")), ids=lambda file: file.name)
def test_shipped_rules_pass_their_own_check(file: Path) -> None:
    assert ran("rules", "check", file).exit_code == 0


def test_a_broken_file_is_explained(own: Path) -> None:
    own.write_text(RULE.replace("forbids", "frobids"))
    result = ran("rules", "check", own)
    assert result.exit_code == 1
    assert result.output.splitlines()[0].endswith("found 'frobids' (did you mean forbids?)")
    assert result.output.splitlines()[1:] == ["      frobids REF[6R]", "      ^"]


def test_an_example_that_is_not_true_is_told(own: Path) -> None:
    own.write_text(RULE.replace("passes -REF[6R]", "passes as it is"))
    result = ran("rules", "check", own)
    assert result.exit_code == 1
    assert "rule no-control-numbers: passes as it is: found no-control-numbers" in result.output


def test_a_file_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    assert ran("rules", "check", tmp_path / "none.rules").exit_code == 2


def test_one_s_own_rules_are_asked(own: Path) -> None:
    document = resources.specimen("837/professional")
    result = ran("validate", document, "--rules", own)
    assert result.exit_code == 0  # warnings alone
    assert result.output.count("no-control-numbers") == 1
    assert ran("validate", document, "--rules", own, "--fail-on", "warning").exit_code == 1
    assert "no-control-numbers" not in ran("validate", document, "--rules", own, "--level", "6").output
    assert ran("validate", document, "--rules", own, "--rules", own).output == result.output


def test_broken_rules_are_told_before_anything_is_judged(own: Path) -> None:
    own.write_text("rules 837/profesional\n")
    result = ran("validate", resources.specimen("837/professional"), "--rules", own)
    assert result.exit_code == 2
    assert "there is no guide 837/profesional (did you mean 837/professional?)" in result.output


def test_a_payer_s_rules_are_asked_by_name(tmp_path: Path) -> None:
    document = tmp_path / "medicare.837"
    specimen = resources.specimen("837/professional").read_bytes().replace(b"GRP40******CI~", b"GRP40******MB~", 1)
    document.write_bytes(specimen.replace(b"HI*ABK:M25511", b"REF*G1*43099~\nHI*ABK:M25511").replace(b"SE*64*", b"SE*65*"))
    result = ran("validate", document, "--rules", "medicare-part-b")
    assert result.exit_code == 1
    codes = {line.split()[1] for line in result.output.splitlines()[1:-1]}
    assert codes - {"transaction"} == {"medicare-mbi", "medicare-utn"}
    assert "43099" not in result.output  # what is about a person is not shown
    assert ran("validate", document).exit_code == 0
    assert ran("validate", document, "--rules", "medi-cal").exit_code == 0


def test_payers_are_counted_listed_and_explained() -> None:
    assert "\npayer " in ran("rules", "list").output
    assert "medi-cal-pricing-indicator" in ran("rules", "list", "medi-cal").output
    assert "source   NGS Medicare, Quarterly Top Ten" in ran("rules", "explain", "Medicare-MBI").output
    assert ran("rules", "check", "medi-cal").output == "medi-cal: 5 rules for 837/professional, 1 set of limits of Medi-Cal\n"


def test_a_payer_that_is_not_there_is_near_one_that_is() -> None:
    for words in (("rules", "check", "medicare-partb"), ("rules", "list", "medicare-partb")):
        result = ran(*words)
        assert result.exit_code == 2
        assert "did you mean medicare-part-b?" in result.output
        assert len(result.output.splitlines()) == 1


def test_a_name_that_is_empty_is_none() -> None:
    assert ran("rules", "check", "").output == "edi: rules: neither a file of rules nor a payer is named\n"


def test_a_file_goes_before_a_payer_of_its_name(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own.rename("medi-cal")
    assert ran("rules", "check", "medi-cal").output == "medi-cal: 1 rule for 837/professional\n"


@pytest.mark.parametrize("output_format", ["text", "html", "sarif"])
def test_one_s_own_rules_are_explained(own: Path, output_format: str) -> None:
    own.write_text(RULE.replace("  source", '  why    "They sort by them."\n  source'))
    result = ran("validate", resources.specimen("837/professional"), "--rules", own, "--explain", "--format", output_format)
    assert "They sort by them." in result.output


FIRST = "expected the first line, rules 837/professional, payer or every payer"
ODD = {
    "empty": (b"", f"own.rules:1:1: {FIRST}, found the end of the file"),
    "a comment": (b"# nothing\n", f"own.rules:2:1: {FIRST}, found the end of the file"),
    "binary": (b"\x89PNG\r\n\x1a\n\xff\x00", "own.rules:1: is not UTF-8 text; save it as such"),
    "a claim": (b"ISA*00*" + b"x" * 5000, f"own.rules:1:1: {FIRST}, found 'ISA*00*"),
    "no such guide": (b"rules 837/dentist\n", "there is no guide 837/dentist (did you mean 837/dental?)"),
    "single marks": (RULE.replace('"', "'").encode(), '(quotation marks are straight and double: ")'),
    "curly marks": (RULE.replace('"', "\u201d").encode(), '(quotation marks are straight and double: ")'),
    "a mark missing": (RULE.replace('control numbers."', "x").encode(), "missing in line 6?"),
    "one digit": (RULE.replace("LX-01", "LX-1").encode(), "(elements have two digits: -01)"),
    "no level": (RULE.replace("level 7  ", "").encode(), "expected level 4, found 'warning'"),
    "a severity": (RULE.replace("warning", "info").encode(), "own.rules:2:35: 'info' is no word of this language"),
    "a brace": (
        RULE.replace("payer loses", "payer {CLM-01 loses").encode(),
        "a brace in it stands alone: a value is shown as {CLM-02}",
    ),
    "no such loop": (RULE.replace("in     2400", "in     2499").encode(), "the guide has no loop 2499"),
    "a code that has none": (RULE.replace("REF[6R]\n", "2410/LIN[N4]\n", 1).encode(), "LIN is named there without a code"),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_file_is_told_in_one_sentence_with_its_place(own: Path, odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, said = ODD[odd]
    own.write_bytes(content)
    monkeypatch.chdir(own.parent)
    checked = ran("rules", "check", own.name)
    assert checked.exit_code == 1
    sentence, *shown = checked.output.splitlines()
    assert said in sentence
    assert all(len(line) < 140 for line in shown)
    asked = ran("validate", resources.specimen("837/professional"), "--rules", own.name)
    assert asked.exit_code == 2
    assert asked.output.splitlines()[0] == f"edi: {sentence}"


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_lines_may_end_as_they_do_on_other_machines(own: Path, end: bytes) -> None:
    own.write_bytes(b"\xef\xbb\xbf" + RULE.encode().replace(b"\n", end))
    assert ran("rules", "check", own).exit_code == 0


def test_a_thousand_rules_are_asked(own: Path) -> None:
    rule = RULE.partition("\n")[2]
    own.write_text("rules 837/professional\n" + "".join(rule.replace("numbers ", f"numbers-{n} ", 1) for n in range(1_000)))
    result = ran("validate", resources.specimen("837/professional"), "--rules", own)
    assert result.output.count("no-control-numbers-") == 1_000


def test_what_a_payer_wants_is_listed_too(tmp_path: Path) -> None:
    path = tmp_path / "wanted.rules"
    path.write_text(
        'payer "M" known as M1\nrequire knees\n  procedures 20000-29999\n  wants prior authorization\n  source "invented"\n'
    )
    assert ran("rules", "list", path).output.split() == ["require", "knees", "prior", "authorization"]
    assert ran("rules", "list", "medicare-outpatient").output.startswith("require ")
    path.write_text("rules 837/professional\nwithout accident-date\n")
    assert ran("rules", "list", path).output.split() == ["without", "accident-date"]
    path.write_text("rules 837/professional\n")
    assert ran("rules", "list", path).output == f"{path}: 0 rules for 837/professional\n"


WANTED = """payer "Novitas" known as 12302, MA

require all-surgery
  procedures 10000-69999
  until      2026-12-31
  wants      prior authorization
  source     "an invented payer"

require {name}
  procedures {procedures}
  until      {until}
  places     21
  wants      nothing
  source     "an invented payer"
"""


@pytest.mark.parametrize(
    ("procedures", "until", "applies"),
    [
        ("27447", "2026-06-30", False),
        ("27445-27447, 29881", "2026-12-31", False),
        ("27447, 70551", "2026-12-31", True),
        ("27447", "2027-06-30", True),
    ],
)
def test_a_requirement_that_an_earlier_one_hides_is_told(procedures: str, until: str, applies: bool, tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(WANTED.format(name="knee", procedures=procedures, until=until).replace(", MA", ""))
    result = ran("rules", "check", path)
    hidden = "rule knee: never applies, as rule all-surgery (line 3) does wherever it would; the narrower goes first"
    expected = (0, f"{path}: 2 requirements of Novitas\n") if applies else (1, f"{path}:9: {hidden}\n")
    assert (result.exit_code, result.output) == expected


def test_a_payer_with_an_id_of_another_is_told(tmp_path: Path) -> None:
    path, other = tmp_path / "own.rules", tmp_path / "other.rules"
    path.write_text(WANTED.format(name="head", procedures="70551", until="2026-12-31"))
    other.write_text(path.read_text().replace("Novitas", "First Coast").replace(", MA", ""))
    result = ran("rules", "check", path, other)
    medicare = "Medicare (medicare-ambulance, medicare-equipment, medicare-outpatient)"
    alone = "and is another payer: where an id is this file's alone, the rules of"
    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            f"{path}:1: payer Novitas has an id or name of {medicare}, {alone} Medicare are not asked",
            f"{path}: 2 requirements of Novitas",
            f"{other}:1: payer First Coast has an id or name of Novitas (own), {alone} Novitas are not asked",
            f"{other}: 2 requirements of First Coast",
        ],
    )
    path.write_text(path.read_text().replace("Novitas", "Medicare"))
    assert ran("rules", "check", path).output == f"{path}: 2 requirements of Medicare\n"


def test_no_shipped_requirement_is_hidden() -> None:
    result = ran("rules", "check", *resources.requirement_files())
    assert (result.exit_code, result.output.count("\n")) == (0, len(resources.requirement_files()))
