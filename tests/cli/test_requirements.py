"""edi requirements: what a shell sees."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from click.testing import CliRunner, Result

from edi.cli import main

MEADOWLARK = Path(__file__).parents[2] / "testdata" / "story" / "requirements" / "meadowlark.rules"
KNEE = ("--payer", "MHP01", "--procedure", "27447", "--date", "2026-09-15", "--rules", str(MEADOWLARK))


def ran(*words: str) -> Result:
    return CliRunner().invoke(main, ["requirements", *words])


def test_what_is_required_is_told_with_all_that_goes_with_it() -> None:
    result = ran("ask", *KNEE, "--place", "22")
    assert result.exit_code == 1
    assert result.output == (
        "required\n"
        "  Rule meadowlark-knee: Meadowlark Health Plan wants prior authorization "
        "(Meadowlark authorization list, January 2026, page 3).\n"
        "  wants       prior authorization\n"
        "  document    X-ray report (PWK01 RR)\n"
        "  document    office notes\n"
        "  to be shown pain for three months or more\n"
        "  tried first physical therapy, 6 weeks\n"
        "  decided     within 7 days, expedited 72 hours\n"
        "  by          Meadowlark utilization management\n"
        "  valid       90 days\n"
        "  number like MLK[0-9]{8}\n"
    )


def test_not_known_is_not_the_same_as_not_required() -> None:
    unknown = ran("ask", *KNEE)
    assert (unknown.exit_code, unknown.output.splitlines()[0]) == (1, "not known")
    assert "It depends on the place of service" in unknown.output
    exempt = ran("ask", *KNEE, "--place", "22", "--gold-card")
    assert (exempt.exit_code, exempt.output.splitlines()[0]) == (0, "not required")
    assert ran("ask", "--payer", "Nobody", "--procedure", "27447").output.startswith("not known\n  There is no rule of Nobody")


def test_the_date_of_service_chooses_the_rule() -> None:
    words = ("ask", "--payer", "medicare", "--procedure", "l0651", "--modifier", "none", "--date")
    assert ran(*words, "2026-04-12").output.startswith("not known")
    assert ran(*words, "2026-04-13").output.startswith("required")


def test_a_referral_is_told_beside_the_authorization() -> None:
    words = ("--payer", "MHP01", "--procedure", "99203", "--plan", "HMO", "--rules", str(MEADOWLARK))
    result = ran("ask", *words)
    assert "\nreferral: required\n" in result.output
    assert result.exit_code == 1


def test_every_option_reaches_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'payer "Maple Health" known as MAPLE1\nrequire own procedures 64612 together with J0585 modifiers RT diagnoses G24 '
        'type of bill 13x states TX plans "HMO" age 18 to 64 more than 1 "units" providers out of network '
        'wants prior authorization source "a test"'
    )
    words = ["ask", "--payer", "maple health", "--procedure", "64612", "--rules", str(path), "--together", "j0585"]
    words += ["--modifier", "rt", "--diagnosis", "g24.5", "--bill", "131", "--state", "tx", "--plan", "hmo", "--age", "40"]
    words += ["--quantity", "2", "--network", "out", "--npi", "1234567893"]
    assert ran(*words).output.startswith("required")


def test_json_has_the_question_and_both_answers() -> None:
    result = ran("ask", *KNEE, "--place", "22", "--format", "json")
    document = json.loads(result.output)
    assert (document["version"], document["answer"], document["depends_on"]) == (1, "required", [])
    assert document["asked"] == {"payer": "MHP01", "procedure": "27447", "date": "2026-09-15"}
    assert document["rule"]["documents"][0] == {"name": "X-ray report", "type": "RR"}
    assert document["rule"]["standard"] == {"amount": 7, "unit": "days"}
    assert document["referral"]["answer"] == "not-known"


def test_rules_are_listed() -> None:
    every = ran("list")
    assert every.exit_code == 0
    assert "medicare-outpatient-eyelids" in every.output
    mine = ran("list", "--payer", "MHP01", "--rules", str(MEADOWLARK), "--format", "json")
    names = [rule["name"] for rule in json.loads(mine.output)["rules"]]
    assert names[:3] == ["texas-gold-card", "meadowlark-gold-card", "meadowlark-knee"]


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text('payer "Maple Health"\nrequire own wants approval source "a test"')
    result = ran("ask", *KNEE, "--rules", str(path))
    assert result.exit_code == 2
    checked = CliRunner().invoke(main, ["rules", "check", str(MEADOWLARK)])
    assert (checked.exit_code, checked.output) == (0, f"{MEADOWLARK}: 5 requirements of Meadowlark Health Plan\n")


def test_a_type_of_bill_leaves_the_place_open_or_tells_it() -> None:
    assert "It depends on the place of service" in ran("ask", *KNEE, "--bill", "131").output  # at 22, and not at 19
    assert ran("ask", *KNEE, "--bill", "111").output.startswith("required")


def test_what_is_not_given_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'payer "Maple Health" known as MAPLE1\n'
        'require bought procedures E0601 modifiers NU wants prior authorization source "a test"\n'
        'require rest procedures E0601 wants nothing source "a test"'
    )
    words = ("ask", "--payer", "MAPLE1", "--procedure", "E0601", "--rules", str(path))
    assert "It depends on the modifiers" in ran(*words).output
    assert ran(*words, "--modifier", "none").output.startswith("not required")
    assert ran(*words, "--modifier", "rr").output.startswith("not required")
    assert ran(*words, "--modifier", "nu").output.startswith("required")


def test_a_procedure_may_have_its_modifiers_behind_it() -> None:
    knee = ("--payer", "MHP01", "--date", "2026-09-15", "--place", "22", "--rules", str(MEADOWLARK), "--procedure")
    apart = ran("ask", *knee, "27447", "--modifier", "RT", "--modifier", "LT")
    assert apart.output.startswith("required")
    for words in (("27447-RT-LT",), ("27447-rt", "--modifier", "lt"), ("27447", "--modifier", "RT,LT")):
        assert ran("ask", *knee, *words).output == apart.output
    equipment = ("--payer", "MEDICARE", "--date", "2026-09-01", "--procedure")
    assert ran("ask", *equipment, "L0651-ST").output.startswith("not required")


def test_what_is_no_procedure_is_refused() -> None:
    for said in ("2744", "27447RT", "J1745JZ", "27447 - Total knee", "27447-2", "27447-27449", "", "٢7447"):
        refused = ran("ask", "--payer", "MHP01", "--procedure", said)
        assert (refused.exit_code, "Error: Invalid value for '--procedure'" in refused.output) == (2, True), said
    assert "27447-RT" in ran("ask", "--payer", "MHP01", "--procedure", "27447RT").output
    for said in ("02703ZZ", "30233N1", "00069012301", "d2740"):  # ICD-10-PCS, a drug, a dental procedure
        assert ran("ask", "--payer", "MHP01", "--procedure", said).exit_code == 1
    refused = ran("ask", *KNEE, "--modifier", "RTLT")
    assert (refused.exit_code, "'RTLT' is no modifier: it has two characters" in refused.output) == (2, True)


def test_a_place_a_bill_and_a_state_have_their_shapes() -> None:
    assert ran("ask", *KNEE, "--place", "2").output == ran("ask", *KNEE, "--place", "02").output
    assert ran("ask", *KNEE, "--bill", "0111").output == ran("ask", *KNEE, "--bill", "111").output
    for words in (("--place", "222"), ("--place", "x"), ("--bill", "13"), ("--state", "Texas")):
        refused = ran("ask", *KNEE, *words)
        assert refused.exit_code == 2
        assert f"{words[1]!r} is no " in refused.output


SCHEDULE = """Payer;Patient;Procedure;Modifiers;Place;Date;Units;Unit;Plan
MHP01;FERN;27447-RT;;22;9/15/2026;1;UN;
MHP01;OAK;27447;"RT, LT";22;2026-09-15;;;
MHP01;ASH;99203;;11;2026-09-16;;;PPO; HMO
MHP01;YEW;2744;;22;2026-09-15;;;
MHP01;YEW;27447;;22;15/9/2026;;;
MHP01;YEW;;;;2026-09-15;;;
;YEW;27447;;22;2026-09-15;;;
"""


def scheduled(tmp_path: Path, text: str, *words: str) -> Result:
    path = tmp_path / "tomorrow.csv"
    path.write_text(text, encoding="utf-8")
    return ran("ask", "--from", str(path), "--rules", str(MEADOWLARK), *words)


def test_a_schedule_is_answered_row_by_row(tmp_path: Path) -> None:
    text = SCHEDULE.replace("PPO; HMO", '"PPO; HMO"')
    result = scheduled(tmp_path, text)
    lines = [line.partition("tomorrow.csv:")[2] for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert [line[:60] for line in lines[:4]] == [
        "2: 27447-RT on 2026-09-15, MHP01: required. Rule meadowlark-",
        "3: 27447-RT-LT on 2026-09-15, MHP01: required. Rule meadowla",
        "4: 99203 on 2026-09-16, MHP01: not known. No rule of MHP01 a",
        "4: 99203 on 2026-09-16, MHP01: referral required. Rule meado",
    ]
    assert [line.split(": ", 2)[:2] for line in lines[4:8]] == [
        ["5", "procedure"],
        ["6", "date"],
        ["7", "procedure"],
        ["8", "payer_id"],
    ]
    assert result.output.endswith("\n3 rows, 2 required, 1 not known, 4 problems.\n")
    document = json.loads(scheduled(tmp_path, text, "--format", "json").output)
    assert [(row["row"], row["answer"]) for row in document["rows"]] == [(2, "required"), (3, "required"), (4, "not-known")]
    assert document["rows"][2]["referral"]["answer"] == "required"
    assert [problem["row"] for problem in document["problems"]] == [5, 6, 7, 8]
    rows = list(csv.DictReader(io.StringIO(scheduled(tmp_path, text, "--format", "csv").stdout)))
    assert [(row["patient"], row["answer"]) for row in rows] == [("FERN", "required"), ("OAK", "required"), ("ASH", "not-known")]
    assert rows[0]["documents"] == "X-ray report (PWK01 RR); office notes"


def test_a_schedule_that_needs_nothing_is_0(tmp_path: Path) -> None:
    exempt = "payer_id,procedure,place,date,gold_card\nMHP01,27447,22,2026-09-15,yes\n"
    assert scheduled(tmp_path, exempt).exit_code == 0
    assert scheduled(tmp_path, exempt.replace("yes", "no")).exit_code == 1
    assert "2: gold_card: must be yes or no" in scheduled(tmp_path, exempt.replace("yes", "perhaps")).output


def test_what_is_no_schedule_is_refused(tmp_path: Path) -> None:
    for text in ("", "payer,procedure\n", "insurer,procedure\nMHP01,27447\n"):
        assert scheduled(tmp_path, text).exit_code == 2
    assert scheduled(tmp_path, SCHEDULE, "--payer", "MHP01").exit_code == 2
    assert scheduled(tmp_path, SCHEDULE, "--gold-card").exit_code == 2
    assert ran("ask", *KNEE, "--format", "csv").exit_code == 2


def test_a_stay_has_no_procedure(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text('payer "Maple Health" known as MAPLE1\nrequire stay places 21 wants precertification source "a test"')
    words = ("ask", "--payer", "MAPLE1", "--rules", str(path))
    for stay in (("--place", "21"), ("--bill", "111")):
        assert ran(*words, *stay).output.startswith("required")
    refused = ran(*words)
    assert (refused.exit_code, "Missing option '--procedure'" in refused.output) == (2, True)


def test_a_day_is_written_either_way() -> None:
    assert ran("ask", *KNEE[:4], "--place", "22", *KNEE[6:], "--date", "9/15/2026").output.startswith("required")
    refused = ran("ask", *KNEE[:4], "--date", "15.9.2026")
    assert (refused.exit_code, "'15.9.2026' must be a date, such as 2026-03-09 or 3/9/2026." in refused.output) == (2, True)


def test_a_payer_that_no_rule_knows_may_be_another() -> None:
    unknown = ran("ask", "--payer", "UnitedHealthcare", "--procedure", "27447").output
    assert "about authorizations; did you mean UnitedHealthcare of the River Valley?\n  Rules are known of Medicare, " in unknown
    assert "did you mean" not in ran("ask", "--payer", "Nobody", "--procedure", "27447").output
    refused = ran("ask", "--payer", "ma", "--procedure", "15823", "--bill", "131")
    assert (refused.exit_code, "'ma' is no payer: MEDICARE is Medicare with fees" in refused.output) == (2, True)
    assert ran("ask", "--payer", "MB", "--procedure", "15823", "--bill", "131").output.startswith("required")
