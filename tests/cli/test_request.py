"""edi request: build, read, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edi.cli import main
from edi.guides.validation import validate
from edi.records.request import read_requests

REQUEST: dict[str, Any] = {
    "version": 1,
    "reference": "R1",
    "utilization_manager": {"role": "X3", "name": "MAPLE HEALTH", "id_qualifier": "PI", "id": "MAPLE1"},
    "requester": {"role": "1P", "name": "RIVERSIDE THERAPY", "id_qualifier": "XX", "id": "1234567893"},
    "subscriber": {"last_name": "QUILL", "first_name": "NORA", "member_id": "W1000001", "member_id_qualifier": "MI"},
    "event": {
        "category": "HS",
        "certification_type": "I",
        "period": {"start": "2026-10-01", "end": "2026-12-31"},
        "services": [{"procedure": {"code": "97110"}, "quantity": {"unit": "UN", "amount": "6"}}],
    },
}
STORY = Path(__file__).parents[2] / "testdata" / "story"
ANSWER = Path("testdata/278/response/pass/partly-certified.edi")


def run(*arguments: str, input: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["request", *arguments], input=input, env=env)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(REQUEST), encoding="utf-8")
    return path


def test_a_request_is_built_and_valid(asked: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.278"
    result = run("build", str(asked), "-o", str(out), "--control", "7")
    assert (result.exit_code, result.output) == (0, f"{out}: 1 request; edi ledger import keeps what is sent.\n")
    data = out.read_bytes()
    assert validate(data).problems == ()
    assert data.startswith(b"ISA*00*          *00*          *ZZ*1234567893     *ZZ*MAPLE1         *")
    assert data.endswith(b"IEA*1*000000007~")
    (made,) = read_requests(data)
    assert (made.reference, made.created is not None) == ("R1", True)


def test_the_envelope_is_what_the_options_say(asked: Path) -> None:
    result = run(
        *("build", str(asked), "-o", "-", "--control", "7", "--sender", "CLINIC", "--receiver", "MAPLE", "--test", "--lines"),
        *("--sender-qualifier", "30", "--receiver-qualifier", "33", "--group-sender", "GS", "--group-receiver", "GR"),
    )
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ISA*00*          *00*          *30*CLINIC         *33*MAPLE          *")
    assert lines[0].endswith("*000000007*0*T*:~")
    assert lines[1].startswith("GS*HI*GS*GR*")


def test_sender_and_receiver_may_come_from_the_environment(asked: Path) -> None:
    result = run("build", str(asked), "-o", "-", env={"EDI_SENDER": "OURS", "EDI_RECEIVER": "THEIRS"})
    assert "*ZZ*OURS           *ZZ*THEIRS         *" in result.stdout


def test_without_a_number_the_clock_gives_one(asked: Path) -> None:
    number = run("build", str(asked), "-o", "-").stdout.rsplit("*", 1)[1][:9]
    assert number.isdigit()
    assert int(number) > 200_000_000


def test_json_may_come_from_standard_input() -> None:
    assert run("build", "-", "-o", "-", input=json.dumps(REQUEST)).stdout.startswith("ISA")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reference": 7}, "reference: must be a text."),
        ({"refrence": "SECRET"}, "refrence: is not known; did you mean reference?"),
        ({"reference": "A*"}, "reference: character 2 is '*', which is a delimiter here: leave it out, or put another."),
        ({"requester": {**REQUEST["requester"], "id": ""}}, "envelope.sender: must have 1 to 15 characters."),
    ],
)
def test_what_cannot_be_written_is_one_sentence(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    out = tmp_path / "out.278"
    result = run("build", "-", "-o", str(out), input=json.dumps(REQUEST | change))
    assert (result.exit_code, result.stderr) == (2, f"edi: standard input: {words}\n")
    assert not out.exists()


def test_what_would_not_be_valid_is_told_and_not_written(tmp_path: Path) -> None:
    out = tmp_path / "out.278"
    event = {**REQUEST["event"], "category": "ZZ"}
    result = run("build", "-", "-o", str(out), input=json.dumps(REQUEST | {"event": event}))
    assert result.exit_code == 2
    assert "UM01" in result.stderr
    assert "\nedi request check says where in the JSON it is, and what is meant.\n" in result.stderr
    assert result.stderr.endswith("edi: standard input: the request would not be valid (1 error); nothing was written.\n")
    assert "QUILL" not in result.stderr
    assert not out.exists()


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    for command in (("build", str(tmp_path / "no.json"), "-o", "-"), ("read", str(tmp_path / "no.278"))):
        result = run(*command)
        assert result.exit_code == 2
        assert result.stderr.endswith("No such file or directory.\n")
        assert result.stderr.count("\n") == 1


def test_what_was_built_is_read(asked: Path) -> None:
    built = run("build", str(asked), "-o", "-").stdout
    result = run("read", "-", input=built)
    document = json.loads(result.stdout)
    (found,) = document["requests"]
    assert found.pop("created")
    assert {"version": 1, **found} == REQUEST
    assert (document["version"], document["responses"], document["decisions"]) == (1, [], [])


def test_a_response_is_read_with_what_it_decides() -> None:
    document = json.loads(run("read", str(ANSWER)).stdout)
    assert document["requests"] == []
    assert document["responses"][0]["events"][0]["answer"]["action"] == "A2"
    assert document["decisions"][0]["decision"] == "partly-certified"


def test_of_a_file_that_is_cut_off_what_is_there_is_read_and_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.278"
    data = ANSWER.read_bytes()
    path.write_bytes(data[: data.rindex(b"SE*")])
    result = run("read", str(path))
    document = json.loads(result.stdout)
    assert (result.exit_code, [problem["code"] for problem in document["problems"]]) == (1, ["cut-off"])
    assert document["decisions"] == json.loads(run("read", str(ANSWER)).stdout)["decisions"]
    assert json.loads(run("read", str(ANSWER)).stdout)["problems"] == []


def test_a_file_without_a_278_is_2(tmp_path: Path) -> None:
    path = tmp_path / "strays"
    path.write_bytes(b"not X12 at all")
    result = run("read", str(path))
    assert (result.exit_code, result.stderr) == (2, f"edi: {path}: there is no 278 (005010X217, X215, X216) in it.\n")


@pytest.mark.parametrize("name", ["claims/batch.837", "remittances/batch.835"])
def test_what_is_no_278_is_2(name: str) -> None:
    result = run("read", str(STORY / name))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("there is no 278 (005010X217, X215, X216) in it.\n")


def test_a_request_and_its_answer_in_one_stream_with_other_delimiters() -> None:
    answer = (STORY / "responses" / "approved.278").read_bytes().replace(b"\n", b"").replace(b"*", b"|").replace(b"~", b"\n")
    document = json.loads(run("read", "-", input=(STORY / "requests" / "approved.278").read_bytes() + answer).stdout)
    assert [len(document[key]) for key in ("requests", "responses", "decisions")] == [1, 1, 1]
    stated = json.loads((STORY / "requests" / "approved.json").read_bytes())
    assert document["requests"][0]["event"] == stated["event"]
    assert (document["decisions"][0]["decision"], document["decisions"][0]["number"]) == ("certified", "MLK26090101")


def test_every_review_of_the_story_is_read() -> None:
    for path in sorted([*STORY.glob("requests/*.278"), *STORY.glob("responses/*.278")]):
        document = json.loads(run("read", str(path)).stdout)
        assert (len(document["requests"]), len(document["responses"])) == ((1, 0) if "requests" in path.parts else (0, 1))
        assert bool(document["decisions"]) == bool(document["responses"])


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b"7", b'"x"', b"NaN", b"[" * 200_000, b'{"a":' * 100_000, b"1" * 5000, b"{}x", b"\xff\xfe", b"\0"],
    ids=lambda text: repr(text[:8]),
)
def test_what_is_no_request_is_one_sentence(text: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.278"
    result = run("build", "-", "-o", str(out), input=text)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("edi: standard input: ")
    assert not out.exists()


def test_a_key_does_nothing_to_a_terminal() -> None:
    result = run("build", "-", "-o", "-", input=json.dumps(REQUEST | {"\x1b[2J": 1}))
    assert result.exit_code == 2
    assert "\\x1b[2J: is not known" in result.stderr


@pytest.mark.parametrize("where", ["no/out.278", "file/out.278", "."])
def test_a_place_that_takes_no_file_is_2(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("build", "-", "-o", str(tmp_path / where), input=json.dumps(REQUEST))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("option", [("--control", "0"), ("--control", "x"), ("--control", "1000000000"), ("--nope",)])
def test_wrong_options_are_2(option: tuple[str, ...]) -> None:
    assert run("build", "-", "-o", "-", *option, input=json.dumps(REQUEST)).exit_code == 2


def test_the_schema_is_the_published_one() -> None:
    assert run("schema").stdout == Path("docs/schemas/request.v1.json").read_text(encoding="utf-8")


def test_check_says_what_is_missing_and_who_can_supply_it() -> None:
    words = ("check", str(STORY / "requests" / "approved.json"), "--rules", str(STORY / "requirements" / "meadowlark.rules"))
    result = run(*words)
    assert result.exit_code == 1
    assert "27447: required. Rule meadowlark-knee" in result.output
    assert "missing, from medical records\n  event.services[0].attachments (2000F PWK): The payer wants X-ray" in result.output
    document = json.loads(run(*words, "--format", "json").output)
    assert (document["version"], document["complete"], len(document["missing"])) == (1, False, 3)


def test_check_tells_what_may_be_wanted_and_what_the_rule_gives(tmp_path: Path) -> None:
    path = tmp_path / "own.rules"
    path.write_text(
        'payer "Meadowlark" known as MHP01\nrequire knee procedures 27447 plans "HMO" wants precertification '
        'documents "X-ray report" decided within 7 days valid 90 days up to 2 "units" source "a test"\n'
        'require specialist procedures 27447 wants referral source "a test"',
        encoding="utf-8",
    )
    words = ("check", str(STORY / "requests" / "approved.json"), "--rules", str(path))
    result = run(*words)
    assert result.exit_code == 1
    for said in (
        "27447, referral: required. Rule specialist",
        "    decided: within 7 days\n    valid: 90 days\n    up to: 2 units\n",
        "may also be wanted\n  event.services[0].attachments (2000F PWK): The payer wants X-ray report",
        "Nothing is missing for certain; 1 thing may be.",
    ):
        assert said in result.output
    document = json.loads(run(*words, "--format", "json").output)
    assert (document["complete"], document["missing"], len(document["possible"])) == (False, [], 1)
    assert document["services"][0]["other"]["answer"] == "required"
    assert "missing, from medical records" in run(*words, "--plan", "hmo").output


def test_check_finds_nothing_in_a_complete_request(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    record = json.loads((STORY / "requests" / "approved.json").read_text(encoding="utf-8"))
    for party in (record["requester"], record["event"]["providers"][1]):
        party |= {"taxonomy": "207X00000X", "taxonomy_role": "PE"}
    record["event"]["level_of_service"] = "E"
    path.write_text(json.dumps(record), encoding="utf-8")
    result = run("check", str(path))
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Nothing is missing.")
    assert run("build", str(path), "-o", str(tmp_path / "out.278"), "--control", "7").exit_code == 0
    record["event"]["accident"] = "2999-01-01"
    path.write_text(json.dumps(record), encoding="utf-8")
    result = run("check", str(path))
    assert result.exit_code == 1
    assert "  event (2000E DTP03): The accident (DTP*439) is dated after this request" in result.output
    assert run("check", "-", input="{}").exit_code == 2


OF_A_PAYER = """rules 278/request
payer "Maple Health"
rule maple-call  level 7
  in     2010B
  needs  PER
  say    "Maple wants somebody to call (PER) at the requester."
  source "Maple companion guide, section 4"
rule maple-message  level 7  warning
  in     2000E
  needs  MSG
  say    "Maple decides sooner with a message (MSG)."
  source "Maple companion guide, section 4"
"""


def test_check_tells_what_the_validator_says_of_the_278(tmp_path: Path) -> None:
    """A warning of the guide's rules and what a payer's rules (level 7) say, each at its place in the request."""
    rules, path = tmp_path / "maple.rules", tmp_path / "request.json"
    rules.write_text(OF_A_PAYER, encoding="utf-8")
    record = json.loads((STORY / "requests" / "approved.json").read_text(encoding="utf-8"))
    for party in (record["requester"], record["event"]["providers"][1]):
        party |= {"taxonomy": "207X00000X", "taxonomy_role": "PE"}
    record["requester"].pop("contact")
    record["event"]["level_of_service"] = "E"
    record["event"] |= {"category": "AR", "admission": {"start": "2026-09-21", "end": "2026-09-21"}}
    path.write_text(json.dumps(record), encoding="utf-8")
    alone, judged = run("check", str(path)), run("check", str(path), "--rules", str(rules))
    type_of_admission = "  event (2000E CL1): Review of an admission is asked for (UM01 AR), without the type of the admission"
    assert (alone.exit_code, judged.exit_code) == (0, 1)
    assert f"\nwarned of in the 278\n{type_of_admission}" in alone.output
    assert alone.output.endswith("\nNothing is missing.\n")
    call = "requester (2010B PER): Maple wants somebody to call (PER) at the requester. Rule maple-call."
    assert f"missing, from the practice's administration\n  {call}" in judged.output
    assert "event (2000E MSG): Maple decides sooner with a message (MSG). Rule maple-message." in judged.output
    document = json.loads(run("check", str(path), "--rules", str(rules), "--format", "json").output)
    assert [lack["rule"] for lack in document["missing"]] == ["maple-call"]
    assert {(lack["place"], lack["rule"]) for lack in document["warnings"]} == {
        ("2000E CL1", None),
        ("2000E MSG", "maple-message"),
    }


def test_check_says_once_what_is_missing_and_warned_of() -> None:
    record = json.loads((STORY / "requests" / "approved.json").read_text(encoding="utf-8"))
    record["event"] |= {"category": "AR", "diagnoses": [], "period": None}
    result = run("check", "-", input=json.dumps(record))
    assert "event.diagnoses (2000E HI): There is no diagnosis." in result.output
    assert "event.admission (2000E DTP*435): An admission has no date." in result.output
    assert "without a diagnosis" not in result.output
    assert "no admission date" not in result.output


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--sender", "X"), "--sender: must have 2 to 15 characters."),
        (("--sender", "X", "--group-sender", "LARKSPUR", "--receiver", "Y*"), "--receiver: character 2 is '*'"),
        (("--group-receiver", "Y"), "--group-receiver: must have 2 to 15 characters."),
        (("--sender-qualifier", "Z"), "--sender-qualifier: must have 2 to 2 characters."),
    ],
)
def test_a_wrong_id_is_told_by_its_option(asked: Path, option: tuple[str, ...], words: str) -> None:
    refused = run("build", str(asked), "-o", "-", *option)
    assert (refused.exit_code, refused.output.startswith(f"edi: {words}")) == (2, True)


def test_check_says_what_codes_mean() -> None:
    event = {**REQUEST["event"], "category": "ZZ", "attachments": [{"type": "77", "transmission": "fax"}]}
    event["services"] = [{"procedure": {"code": "97110"}, "quantity": {"unit": "VS", "amount": "12"}}]
    said = run("check", "-", input=json.dumps(REQUEST | {"event": event})).output
    assert "one of AR, HS, IN, SC: AR admission, HS services, SC referral, IN reservation." in said
    assert ": EL electronic, FX fax, BM mail, EM e-mail, AA available on request, VO by voice." in said
    assert 'one of F2, MJ, UN: visits and hours go into `pattern`, {"quantity": {"unit": "VS", "amount": "12"}}.' in said


def test_standard_output_has_nothing_but_the_278(asked: Path) -> None:
    result = run("build", str(asked), "-o", "-", "--control", "7")
    assert (result.stdout[:3], result.stdout[-1], result.stderr) == (
        "ISA",
        "~",
        "standard output: 1 request; edi ledger import keeps what is sent.\n",
    )


def test_the_ledger_of_the_folder_gives_the_control_number(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "practice"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert run("build", str(asked), "-o", "-").stdout[90:99] != "000000001"
    assert not list(folder.iterdir())  # none is made for it
    assert CliRunner().invoke(main, ["ledger", "import", str(STORY / "requests" / "approved.278")]).exit_code == 0
    built = [run("build", str(asked), "-o", "-").stdout[90:99] for _ in range(2)]
    assert built == ["000000001", "000000002"]
    assert run("build", str(asked), "-o", "-", "--control", "7").stdout[90:99] == "000000007"
    assert run("build", str(asked), "-o", "edi.db").exit_code == 2


def test_several_requests_are_one_interchange(asked: Path, tmp_path: Path) -> None:
    other, out = tmp_path / "other.json", tmp_path / "out.278"
    other.write_text(json.dumps(REQUEST | {"reference": "R2"}), encoding="utf-8")
    result = run("build", str(asked), str(other), "-o", str(out), "--control", "7")
    assert (result.exit_code, result.output) == (0, f"{out}: 2 requests; edi ledger import keeps what is sent.\n")
    data = out.read_bytes()
    assert validate(data).problems == ()
    assert [request.reference for request in read_requests(data)] == ["R1", "R2"]
    assert data.endswith(b"SE*14*0002~GE*2*7~IEA*1*000000007~")


def test_one_wrong_request_among_several_is_named_and_none_is_written(asked: Path, tmp_path: Path) -> None:
    other, out = tmp_path / "other.json", tmp_path / "out.278"
    other.write_text(json.dumps(REQUEST | {"event": {**REQUEST["event"], "category": "ZZ"}}), encoding="utf-8")
    result = run("build", str(asked), str(other), "-o", str(out))
    assert result.exit_code == 2
    assert result.stderr.endswith(f"edi: {other}: the request would not be valid (1 error); nothing was written.\n")
    assert not out.exists()


def test_requests_to_two_payers_need_a_receiver(asked: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(REQUEST | {"utilization_manager": {**REQUEST["utilization_manager"], "id": "ELM1"}}))
    result = run("build", str(asked), str(other), "-o", "-")
    assert result.exit_code == 2
    assert "--receiver" in result.stderr
    assert run("build", str(asked), str(other), "-o", "-", "--receiver", "HUB").exit_code == 0


def test_numbers_of_the_ledger_have_no_gap_where_a_request_is_refused(asked: Path, tmp_path: Path) -> None:
    ledger = ("--ledger", f"sqlite:///{tmp_path / 'ledger.db'}")
    wrong = json.dumps(REQUEST | {"event": {**REQUEST["event"], "category": "ZZ"}})
    numbers = [run("build", str(asked), "-o", "-", *ledger).stdout[90:99]]
    assert run("build", "-", "-o", "-", *ledger, input=wrong).exit_code == 2
    assert run("build", str(asked), "-o", str(tmp_path / "no" / "out.278"), *ledger).exit_code == 2
    numbers.append(run("build", str(asked), "-o", "-", *ledger).stdout[90:99])
    numbers.append(run("build", str(asked), "-o", "-", env={"EDI_LEDGER": ledger[1]}).stdout[90:99])
    assert numbers == ["000000001", "000000002", "000000003"]
    assert run("build", str(asked), "-o", "-", *ledger, "--control", "7").stdout[90:99] == "000000007"
