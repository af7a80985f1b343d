"""edi request from-authorization: what follows an authorization of the ledger, drafted, completed, built and taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edi.records.request import read_requests
from tests.cli.shell import Shell

KINDS = Path(__file__).parents[2] / "testdata" / "kinds"


@pytest.fixture
def told(new_shell: Shell) -> Shell:
    for kind in ("visits", "precertification", "denied", "step-therapy", "behavioural"):
        assert new_shell("ledger", "import", KINDS / kind / "request.278", KINDS / kind / "response.278").exit_code == 0
    return new_shell


def drafted(shell: Shell, *words: object) -> Any:
    result = shell("request", "from-authorization", *words, "-o", "-")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("option", "kind", "known"),
    [("--revise", "S", True), ("--cancel", "3", True), ("--extend", "4", False), ("--renew", "R", False)],
)
def test_what_follows_names_what_it_follows(told: Shell, option: str, kind: str, known: bool) -> None:
    found = drafted(told, "KIN9401", option)
    event = found["event"]
    assert (event["certification_type"], event["previous_number"]) == (kind, "KIN9401")
    assert (found["reference"], event["traces"][0]["number"]) == (f"KT0017-{kind}", f"KT0017-{kind}")
    assert found["subscriber"]["member_id"]
    assert found["utilization_manager"]["id"] == "MHP01"
    (service,) = event["services"]
    assert service["procedure"]["code"] == "97110"
    assert ("period" in event, "pattern" in service) == (known, known)
    if known:
        assert service["pattern"]["quantity"] == {"unit": "VS", "amount": "10"}


def test_an_extension_is_completed_and_known_again(told: Shell, tmp_path: Path) -> None:
    draft, out = tmp_path / "more.json", tmp_path / "more.278"
    assert told("request", "from-authorization", "KIN9401", "--extend", "-o", draft).exit_code == 0
    missing = [lack["path"] for lack in told.json("request", "check", draft, code=1)["missing"]]
    assert missing == ["event.services[0].quantity", "event.services[0].period"]
    record = json.loads(draft.read_text(encoding="utf-8"))
    record["event"]["period"] = {"start": "2027-01-01", "end": "2027-03-31"}
    record["event"]["services"][0]["pattern"] = {"quantity": {"unit": "VS", "amount": "8"}}
    draft.write_text(json.dumps(record), encoding="utf-8")
    assert told.json("request", "check", draft)["complete"]
    assert told("request", "build", draft, "-o", out, "--test").exit_code == 0
    (request,) = read_requests(out)
    assert request.event.previous_number == "KIN9401"
    assert told("ledger", "import", out).exit_code == 0
    (one,) = told.json("authorizations", "list", "--number", "KIN9401")["authorizations"]
    assert one["awaiting"]


def test_a_stay_is_extended_by_days_that_are_to_be_said(told: Shell, tmp_path: Path) -> None:
    draft = tmp_path / "stay.json"
    assert told("request", "from-authorization", "KIN2001", "--extend", "-o", draft).exit_code == 0
    assert "event.pattern" in [lack["path"] for lack in told.json("request", "check", draft)["warnings"]]


def test_what_was_refused_is_appealed(told: Shell) -> None:
    event = drafted(told, "KT0008", "--appeal")["event"]
    assert (event["certification_type"], event["services"][0]["procedure"]["code"]) == ("2", "E0601")
    assert drafted(told, "KIN9001", "--appeal")["event"]["certification_type"] == "2"  # certified in part


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("KIN9401", "--appeal"), "KIN9401: It is certified as it was asked for: there is nothing to appeal."),
        (("KT0008", "--extend"), "KT0008: It is denied: it can be appealed, or asked for anew."),
        (("KIN0", "--extend"), "The ledger has no authorization KIN0."),
    ],
)
def test_what_cannot_follow_is_refused(told: Shell, words: tuple[str, ...], said: str) -> None:
    refused = told("request", "from-authorization", *words, "-o", "-")
    assert (refused.exit_code, refused.output) == (2, f"edi: {said}\n")
    assert told("request", "from-authorization", "KIN9401", "-o", "-").exit_code == 2
