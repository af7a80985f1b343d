"""edi ledger import: whatever comes, seen for what it is, taken once."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

REQUEST, ANSWER = STORY / "requests" / "approved.278", STORY / "responses" / "approved.278"
CLAIMS, REMITTANCE = STORY / "claims" / "batch.837", STORY / "remittances" / "batch.835"
EVERYTHING = sorted(path for path in STORY.glob("*/*") if path.suffix in (".278", ".837", ".835"))


def test_what_each_file_is_it_sees_for_itself(new_shell: Shell) -> None:
    result = new_shell("ledger", "import", REQUEST, ANSWER, CLAIMS, REMITTANCE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"{REQUEST}: taken: 1 request",
        f"{ANSWER}: taken: 1 response",
        f"{CLAIMS}: taken: 15 claims",
        f"{REMITTANCE}: taken: 16 payments",
    ]


def test_the_whole_story_is_taken_and_again_changes_nothing(new_shell: Shell) -> None:
    first = new_shell("ledger", "import", *EVERYTHING)
    assert first.exit_code == 0, first.stdout
    kept = [new_shell.json(*words) for words in (("ledger", "status"), ("worklist",), ("authorizations", "list"))]
    counts = kept[0]
    assert counts["interchanges"] == len(EVERYTHING)
    assert (counts["authorizations"], counts["awaiting"]) == (21, 1)
    again = new_shell("ledger", "import", *reversed(EVERYTHING))
    assert again.exit_code == 0
    assert {line.rpartition(": nothing new")[2] for line in again.stdout.splitlines()} == {": taken before"}
    assert [new_shell.json(*words) for words in (("ledger", "status"), ("worklist",), ("authorizations", "list"))] == kept


def test_a_file_s_entry_is_as_documented(new_shell: Shell) -> None:
    first = new_shell.json("ledger", "import", CLAIMS)["files"][0]
    interchange = {
        "control": "000000075",
        "sender": "LARKSPUR",
        "receiver": "MEADOWLARK",
        "usage": "T",
        "sets": ["837"],
        "known": False,
    }
    counts = {"requests": 0, "responses": 0, "claims": 15, "payments": 0}
    others = (
        "inquiries",
        "answers",
        "notifications",
        "acknowledgments",
        "unasked",
        "provider_adjustments",
        "claim_answers",
        "rejections",
    )
    notices = dict.fromkeys(others, 0)
    assert first == {"path": str(CLAIMS), "interchanges": [interchange], **counts, **notices, "problems": []}
    again = new_shell.json("ledger", "import", CLAIMS)["files"][0]
    assert again["interchanges"] == [interchange | {"known": True}]
    assert again["claims"] == 0
    assert [(problem["code"], problem["severity"]) for problem in again["problems"]] == [("LEDGER-KNOWN", "info")]


def test_every_path_has_its_entry(new_shell: Shell, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear payer,")
    paths = [REQUEST, "nowhere.278", letter, tmp_path, ANSWER]
    document = new_shell.json("ledger", "import", *paths, code=2)
    assert [file["path"] for file in document["files"]] == [str(path) for path in paths]
    assert [file.get("error") for file in document["files"]] == [
        None,
        "nowhere.278: No such file or directory.",
        None,
        f"{tmp_path}: Is a directory.",
        None,
    ]
    assert [problem["code"] for problem in document["files"][2]["problems"]] == ["isa-missing"]
    assert new_shell.json("ledger", "status")["authorizations"] == 1
    result = new_shell("ledger", "import", *paths)
    assert result.exit_code == 2
    assert result.stderr == f"edi: nowhere.278: No such file or directory.\nedi: {tmp_path}: Is a directory.\n"
    assert result.stdout.splitlines()[-1] == f"{ANSWER}: nothing new: taken before"


def test_what_can_be_read_of_a_bad_file_is_taken_and_1(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "bad.837"
    path.write_bytes(CLAIMS.read_bytes().replace(b"DTP*472*D8*20261005~", b"DTP*472*D8*20261305~", 1))
    result = new_shell("ledger", "import", path)
    assert result.exit_code == 1
    assert "element-date" in result.stdout
    assert result.stdout.splitlines()[-1] == f"{path}: taken: 15 claims"


def test_a_number_that_was_used_for_something_else_is_warned_of(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "other.837"
    path.write_bytes(CLAIMS.read_bytes().replace(b"LO20", b"LO90"))
    assert new_shell("ledger", "import", CLAIMS).exit_code == 0
    result = new_shell("ledger", "import", path)
    assert result.exit_code == 1
    assert "LEDGER-CONTROL warning: The control number 000000075 was used before by this sender" in result.stdout
    assert result.stdout.splitlines()[-1] == f"{path}: taken: 15 claims"


def test_what_the_ledger_does_not_keep_is_a_problem(new_shell: Shell, corpus: Path) -> None:
    for path in sorted([*corpus.glob("other/*.270"), *corpus.glob("other/*.834")]):
        result = new_shell("ledger", "import", path)
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.splitlines()[-1] == f"{path}: nothing to take"


def test_acknowledgments_by_others_are_taken(new_shell: Shell, corpus: Path) -> None:
    """They are about nothing on file here; one that answers no claims (AK101) says nothing of any."""
    paths = sorted(corpus.glob("ack/*277CA*"))  # one of the two is a test, so each has a ledger of its own
    said = {path.name: new_shell("ledger", "import", path, "--ledger", f"{new_shell.url}{at}") for at, path in enumerate(paths)}
    assert len(said) == 2
    for name, result in said.items():
        rejection = ", 1 rejection among them" if "rejected" in name else ""
        last = result.stdout.splitlines()[-1]
        assert last.endswith(f"taken: 1 answer about what was sent{rejection}, 1 to nothing that is on file"), last


@pytest.mark.corpus("ack/*", "invalid/*", "other/*", "837I/*4010*", "837P/*4010*")
def test_files_of_other_kinds_and_versions_go_through_every_command(corpus_file: Path, new_shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words in (
        ("ledger", "import", corpus_file),
        ("remittances", "match", corpus_file),
        ("claims", "check", corpus_file),
        ("claims", "link", corpus_file, "-o", out),
    ):
        result = new_shell(*words)
        assert (result.exit_code in (0, 1), result.stderr) == (True, "")
        assert result.stdout
    assert out.read_bytes() == corpus_file.read_bytes()


def test_progress_is_told_at_a_terminal_and_nowhere_else(new_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.cli.progress.EVERY", 0)
    assert new_shell("ledger", "import", REQUEST).stderr == ""
    monkeypatch.setattr("edi.cli.progress.at_a_terminal", lambda: True)
    told = new_shell("ledger", "import", ANSWER, CLAIMS, REMITTANCE).stderr
    assert f"\redi: {ANSWER}: 1 records read" in told
    assert f"\redi: {CLAIMS}: 15 records read" in told
    assert f"\redi: {REMITTANCE}: 16 records read" in told
    assert f"\redi: {REMITTANCE}: 16 payments judged" in told
    assert told.endswith("\r\x1b[K") or told.endswith("\r")
    assert new_shell.json("ledger", "import", REMITTANCE)["version"] == 1


def test_standard_input_is_a_dash(new_shell: Shell) -> None:
    result = new_shell("ledger", "import", "-", stdin=REQUEST.read_bytes())
    assert (result.exit_code, result.stdout) == (0, "standard input: taken: 1 request\n")
    assert new_shell("ledger", "import", "-", stdin=REQUEST.read_bytes()).stdout == "standard input: nothing new: taken before\n"
    assert new_shell("ledger", "import", "-").exit_code == 1


def test_a_name_that_is_no_text_is_kept_as_escapes(new_shell: Shell, tmp_path: Path) -> None:
    path = os.fsdecode(bytes(tmp_path) + b"/n\xff.278")
    Path(path).write_bytes(ANSWER.read_bytes())
    more = "(take the requests too: an answer need not name what it certifies)"
    said = new_shell("ledger", "import", path).stdout
    assert said.endswith(f"n\\xdcff.278: taken: 1 response, 1 to nothing that is on file {more}\n")
    (life,) = new_shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    assert life["events"][0]["file"] == "n\\udcff.278"
    missing = new_shell("authorizations", "list", "--payer", "\udcff")
    assert missing.exit_code == 2
    assert missing.stderr.endswith("was asked for something that is not text.\n")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "A ledger is named by a URL such as"),
        ("edi.db", "A ledger is named by a URL such as"),
        ("mysql://user:secret@host/db", "A ledger is named by a URL such as"),
        ("postgresql://user:secret@host:port/db", "A ledger is named by a URL such as"),
        ("sqlite:///\udcff.db", "A ledger is named by a URL such as"),
        ("sqlite:///edi.db?mode=ro", "A ledger on SQLite takes no options"),
    ],
)
def test_a_ledger_s_name_that_is_none_is_one_sentence(
    url: str, words: str, new_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = new_shell("ledger", "status", "--ledger", url)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edi: {words}")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_no_ledger(new_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "claims.db"
    path.write_bytes(CLAIMS.read_bytes())
    result = new_shell("ledger", "import", REQUEST, "--ledger", f"sqlite:///{path}")
    assert (result.exit_code, result.stderr) == (2, f"edi: The ledger sqlite:///{path} is not a SQLite database.\n")
    assert path.read_bytes() == CLAIMS.read_bytes()


def test_when_a_file_came_is_noted(new_shell: Shell) -> None:
    before = datetime.now(UTC)
    new_shell("ledger", "import", REQUEST)
    (life,) = new_shell.json("authorizations", "show", "LOT0001")["authorizations"]
    assert before <= datetime.fromisoformat(life["events"][0]["recorded_at"]) <= datetime.now(UTC)
