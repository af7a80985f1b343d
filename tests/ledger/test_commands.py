"""The commands that ask the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edi.cli import main
from edi.ledger import Ledger
from edi.records.services import Period


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def run(url: str) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(main, list(words), env={"EDI_LEDGER": url})


def test_status_counts(run: Any, url: str, made: Any) -> None:
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.request(), made.authorization("A200")])
    result = run("ledger", "status")
    assert result.exit_code == 0
    assert result.output.splitlines()[1:3] == ["authorizations                    2", "  waiting for an answer           1"]
    found = json.loads(run("ledger", "status", "--format", "json").output)
    assert (found["version"], found["authorizations"], found["awaiting"], found["claims"]) == (1, 2, 1, 0)


def test_the_option_wins_over_the_variable(run: Any, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with Ledger(other):
        pass
    assert run("ledger", "status", "--ledger", other).exit_code == 0
    assert not (tmp_path / "ledger.db").exists()


def test_authorizations_are_listed_in_columns(run: Any, url: str, made: Any) -> None:
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.authorization(), made.request("A200")])
        ledger.record_claims([made.claim(number="A100")])
    assert run("authorizations", "list").output.splitlines() == [
        "number        decision    patient      payer         service  asked  certified  used  dates",
        "A100          certified   QUILL, NORA  MAPLE HEALTH  97110           6 UN          1  2026-03-01 to 2026-05-31",
        "trace T-A200  unanswered  QUILL, NORA  MAPLE HEALTH  97110    6 UN                 0  2026-03-01 to 2026-05-31",
        "",
        "2 authorizations.",
    ]
    pending = json.loads(run("authorizations", "list", "--pending", "--format", "json").output)
    assert [(a["decision"], a["awaiting"]) for a in pending["authorizations"]] == [("unanswered", True)]


def test_what_expires_is_counted_from_today(run: Any, url: str, made: Any) -> None:
    today = date.today()
    ending = [Period(start=today, end=today + timedelta(days=days)) for days in (3, 30)]
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.authorization(f"A{n}", period=period) for n, period in enumerate(ending)])
    listed = run("authorizations", "list", "--expiring", "14d", "--format", "json")
    assert [a["number"] for a in json.loads(listed.output)["authorizations"]] == ["A0"]
    assert run("authorizations", "list", "--expiring", "soon").exit_code == 2


def test_a_life_is_told_on_a_page(run: Any, url: str, made: Any) -> None:
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.request(), made.authorization()])
        ledger.record_claims([made.claim(number="A100")])
    assert run("authorizations", "show", "A100").output.splitlines() == [
        "Authorization A100: certified",
        "  patient  QUILL, NORA",
        "  payer    MAPLE HEALTH (MAPLE1)",
        "  dates    2026-03-01 to 2026-05-31",
        "",
        "Services",
        "  service  decision   number  certified  used  left  dates",
        "  97110    certified  A100         6 UN     1     5  2026-03-01 to 2026-05-31",
        "",
        "What happened",
        "  2026-02-18  requested",
        "  2026-02-20  answered   certified  A100",
        "",
        "Used by",
        "  claim   service  role          amount  dates",
        "  CLAIM1  97110    professional       1  2026-03-09",
    ]
    (life,) = json.loads(run("authorizations", "show", "A100", "--format", "json").output)["authorizations"]
    assert [event["kind"] for event in life["events"]] == ["requested", "answered"]
    assert life["uses"] == [
        {"service": 0, "role": "professional", "claim": "CLAIM1", "dates": ["2026-03-09"], "amount": "1", "state": "sent"}
    ]


def test_what_the_ledger_does_not_have_is_told_in_a_sentence(run: Any) -> None:
    result = run("authorizations", "show", "A100")
    assert (result.exit_code, result.output) == (2, "edi: The ledger has no authorization A100.\n")


def test_what_a_terminal_would_obey_is_shown_as_an_escape(run: Any, url: str, made: Any) -> None:
    patient = replace(made.authorization().patient, last_name="QUILL\x1b[2J")
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.authorization(subscriber=patient, patient=patient)])
    for words in (("list",), ("show", "A100")):
        output = run("authorizations", *words).output
        assert "\x1b" not in output
        assert "QUILL\\x1b[2J" in output


def test_nothing_to_do(run: Any) -> None:
    result = run("worklist")
    assert (result.exit_code, result.output) == (0, "Nothing to do.\n")
    assert json.loads(run("worklist", "--format", "json").output) == {
        "version": 1,
        "items": [],
        "next": None,
        "total": {"items": 0, "amount": "0.00"},
    }


def test_a_ledger_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'ledger.db'}"
    for words in (["ledger", "status"], ["worklist"], ["authorizations", "list"]):
        result = CliRunner().invoke(main, [*words, "--ledger", url])
        assert (result.exit_code, result.output) == (2, f"edi: The ledger {url} cannot be opened: No such file or directory.\n")
