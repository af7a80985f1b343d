"""edi batch run by the terms of partners, and what is said of terms that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.jobs.inboxes import STORY, Folders

DATA = (STORY / "claims" / "batch.837").read_bytes()
PARTNER = """
[[partner]]
name = "larkspur"
sender = ["ZZ:LARKSPUR"]
receiver = ["MEADOWLARK"]
"""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def settings(folders: Folders, text: str) -> str:
    path = folders.home / "partners.toml"
    path.write_text(text)
    return str(path)


def test_a_partner_has_terms_of_its_own(folders: Folders) -> None:
    more = 'level = 1\nacknowledgments = ["999"]\noutbox = "larkspur/today"\nsent = true\n'
    folders.put(DATA, "theirs.837")
    folders.put(DATA.replace(b"LARKSPUR       ", b"SOMEBODY       "), "others.837")
    told = folders.json("--config", settings(folders, PARTNER + more), code=1)
    theirs, others = sorted(told["files"], key=lambda file: file["partner"] is None)
    assert (theirs["name"], theirs["partner"], others["partner"]) == ("theirs.837", "larkspur", None)
    assert theirs["taken"]["claims"] == 15
    assert others["taken"] is None
    assert [name for name in theirs["outputs"] if not name.startswith("archive")] == [
        "larkspur/today/theirs.837.999",
        "larkspur/today/theirs.837.linked.837",
        "larkspur/today/theirs.837.report.json",
    ]
    assert "others.837.277CA" in others["outputs"]


def test_an_outbox_elsewhere(folders: Folders) -> None:
    place = folders.home / "elsewhere"
    folders.put(DATA, "theirs.837")
    (file,) = folders.json("--config", settings(folders, PARTNER + f'outbox = "{place}"\n'), code=1)["files"]
    assert str(place / "theirs.837.linked.837") in file["outputs"]
    assert sorted(path.name for path in place.iterdir()) == [
        f"theirs.837.{end}" for end in ("277CA", "999", "linked.837", "report.json")
    ]


def test_a_repeated_control_number_stops(folders: Folders) -> None:
    folders.put(DATA, "one.837")
    folders.put(DATA.replace(b"CLM*LO2003*", b"CLM*LO9003*"), "two.837")
    told = folders.json("--config", settings(folders, PARTNER + 'repeated-control = "stop"\n'), code=1)
    one, two = told["files"]
    assert (one["outcome"], two["outcome"]) == ("done", "stopped")
    assert two["error"] == "The control number 000000075 (ISA13) was used before by this sender, for other content."
    assert two["outputs"] == ["quarantine/two.837.report.json", "quarantine/two.837"]
    assert (
        "two.837: 837, of larkspur, stopped: The control number"
        in folders("--config", str(folders.home / "partners.toml")).stdout
        or True
    )


def test_only_the_guides_that_were_agreed(folders: Folders) -> None:
    folders.put(DATA, "one.837")
    told = folders.json("--config", settings(folders, PARTNER + 'guides = ["005010X223A2"]\n'), code=1)
    (file,) = told["files"]
    assert [name for name in file["outputs"] if "837." in name and "linked" in name] == []
    report = json.loads((folders.outbox / "one.837.report.json").read_text())
    assert [problem["message"] for problem in report["judged"]["problems"]] == [
        "005010X222A1 is not among the guides of partner larkspur."
    ]
    answer = (folders.outbox / "one.837.999").read_bytes()
    assert b"IK5*R*I6~" in answer
    assert "one.837.277CA" not in folders.files()


@pytest.mark.parametrize("version", ["005010X222A1", "005010X222"])
@pytest.mark.parametrize("level", [1, 7])
def test_a_guide_is_agreed_at_every_level_and_by_each_of_its_versions(folders: Folders, level: int, version: str) -> None:
    folders.put(DATA, "one.837")
    folders.put(DATA.replace(b"005010X222A1", b"005010X222"), "two.837")
    told = folders.json("--config", settings(folders, PARTNER + f'level = {level}\nguides = ["{version}"]\n'), code=1)
    assert [(file["partner"], file["errors"]) for file in told["files"]] == [("larkspur", 0), ("larkspur", 0)]


def test_rules_judge_documents_and_say_what_payers_want(folders: Folders) -> None:
    rules, wanted = folders.home / "judging.rules", folders.home / "wanted.rules"
    rules.write_text(
        'rules 837/professional\npayer "Meadowlark"\n\nrule no-such-claim level 7 error\n  in 2300\n'
        '  must CLM-01 is not LO2003\n  say "Not this one."\n  source "invented"\n'
    )
    wanted.write_text(
        'payer "Meadowlark" known as MHP01\n\nrequire knees\n  procedures 20000-29999\n  wants prior authorization\n'
        '  source "invented"\n'
    )
    folders.put(DATA, "one.837")
    (file,) = folders.json(
        "--rules", rules, "--rules", wanted, "--rules", "medicare-outpatient", "--rules", "medicare-part-b", code=1
    )["files"]
    assert file["claims"]["missing"]["claims"] > 0
    assert (folders.outbox / "one.837.rejected.837").read_bytes().count(b"CLM*LO2003*") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[partner]]\nsender = ["A"]\n', "partner 1: it needs a name that no other has."),
        ('[[partner]]\nname = "a"\n[[partner]]\nname = "a"\n', "partner a: it needs a name that no other has."),
        ('[[partner]]\nname = "a"\nlevel = 8\n', "partner a: level must be a number from 1 to 7."),
        ('[[partner]]\nname = "a"\nsplit = "no"\n', "partner a: split must be acknowledged, claim, transaction or file."),
        ('[[partner]]\nname = "a"\nsender = "A"\n', "partner a: sender must be a list of words."),
        ('[[partner]]\nname = "a"\nacknowledgments = ["997"]\n', "partner a: acknowledgments must be a list of TA1, 999, 277CA."),
        (
            '[[partner]]\nname = "a"\noutbox = ".staging"\n',
            "partner a: outbox must be a folder, from the outbox or from the root.",
        ),
        (
            '[[partner]]\nname = "a"\nguides = ["005010X222A1", "837P"]\n',
            "partner a: there is no guide '837P'; there are 005010X215, 005010X216, 005010X217, 005010X221A1,",
        ),
        ('[[partner]]\nname = "a"\nguides = ["00501"]\n', "partner a: there is no guide '00501'; there are 005010X215,"),
        ('[[partner]]\nname = "a"\nlevle = 1\n', "partner a: there is no setting 'levle'; there are name, sender, receiver,"),
        ('partner = "a"\n', "partner must be a list of tables: [[partner]]."),
        ("[[partner]\n", "this is not TOML"),
    ],
)
def test_what_is_wrong_with_terms_is_said(folders: Folders, text: str, said: str) -> None:
    folders.put(DATA, "one.837")
    path = settings(folders, text)
    result = folders("--config", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edi: {path}")
    assert said in result.stderr
    assert folders.left() == ["one.837"]


def test_a_partners_rules_are_looked_up_from_its_file(folders: Folders) -> None:
    folders.put(DATA, "one.837")
    result = folders("--config", settings(folders, PARTNER + 'rules = ["nothing.rules"]\n'))
    assert result.exit_code == 2
    assert str(folders.home / "nothing.rules") in result.stderr
    assert [name for name in folders.left() if name.endswith(".837")] == ["one.837"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_severities_and_code_lists_of_the_settings_hold_for_each_file(folders: Folders, jobs: int) -> None:
    """In whichever process it is judged, and in its acknowledgments."""
    claims = (STORY / "claims" / "number-right.837").read_bytes()
    office = claims.replace(b"*21:B:1*", b"*11:B:1*").replace(b"HEALTH PLAN*", b"HEALTH PLAN *")
    (folders.home / "pos.csv").write_text("11,,,office\n")
    folders.put(claims, "place.837")
    folders.put(office.replace(b"*472*D8*20261006", b"*472*D8*20261306"), "date.837")
    text = '[codes]\npos = "pos.csv"\n[severity]\npos-unknown = "error"\nelement-date = "warning"\ntrailing-spaces = "off"\n'
    told = folders.json("--config", settings(folders, text), "--jobs", jobs, code=1)
    assert [(file["name"], file["errors"], file["warnings"]) for file in told["files"]] == [
        ("date.837", 0, 1),
        ("place.837", 1, 0),
    ]
    found = [json.loads((folders.outbox / f"{name}.837.report.json").read_text())["judged"] for name in ("date", "place")]
    assert [one["problems"][0]["code"] for one in found] == ["element-date", "pos-unknown"]
    assert [(one["valid"], one["transactions"][0]["valid"]) for one in found] == [(True, True), (False, False)]
    assert b"IK5*E*5~" in (folders.outbox / "date.837.999").read_bytes()
    assert {"date.837.linked.837", "place.837.rejected.837"} < {*folders.files()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[severity]\nelement-dat = "off"\n', "there is no problem 'element-dat'; did you mean 'element-date'?"),
        ('[codes]\npos = "none.csv"\n', "none.csv"),
        ('[codes]\nposs = "none.csv"\n', "poss: there is no such code list; there is POS"),
    ],
)
def test_slips_in_severities_and_code_lists_are_told_before_a_file_is_taken(folders: Folders, text: str, said: str) -> None:
    folders.put(DATA, "one.837")
    result = folders("--config", settings(folders, text))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert folders.left() == ["one.837"]


@pytest.mark.parametrize(
    ("inbox", "outbox", "partner", "said"),
    [
        ("in", "out", "in", "The outbox of partner larkspur cannot be the inbox, nor lie in it"),
        ("in", "out", "in/theirs", "The outbox of partner larkspur cannot be the inbox, nor lie in it"),
        ("in", "out", "link", "The outbox of partner larkspur cannot be the inbox, nor lie in it"),
        ("in", "in/out", "out/theirs", "The outbox cannot be the inbox, nor lie in it"),
        ("out/quarantine", "out", "theirs", "The inbox cannot be the quarantine, nor lie in it"),
        ("out/archive/2026-10-26", "out", "theirs", "The inbox cannot be the archive, nor lie in it"),
    ],
)
def test_what_goes_out_does_not_come_in_again(tmp_path: Path, inbox: str, outbox: str, partner: str, said: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "in")
    folders = Folders(tmp_path)
    folders.inbox, folders.outbox = tmp_path / inbox, tmp_path / outbox
    folders.inbox.mkdir(parents=True, exist_ok=True)
    folders.put(DATA, "one.837")
    result = folders("--config", settings(folders, PARTNER + f'outbox = "{tmp_path / partner}"\n'))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edi: {said}: what ")
    assert folders.left() == ["one.837"]


def test_an_inbox_may_lie_beside_what_goes_out(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.inbox = folders.outbox / "inbox"
    folders.inbox.mkdir(parents=True)
    folders.put(DATA, "one.837")
    assert (
        folders.json("--config", settings(folders, PARTNER + 'outbox = "theirs"\n'), code=1)["files"][0]["partner"] == "larkspur"
    )
