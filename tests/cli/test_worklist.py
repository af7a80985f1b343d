"""edi worklist: what is to be done, the most money first, each dollar once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

UNDECIDED = {
    "unanswered": ("OLEANDER, JAY", "LOT0017", "Ask the payer for the answer to the request."),
    "pended": ("DOGWOOD, FERN", "LOT0016", "Send what the payer still wants, or ask when it decides."),
    "contact-payer": ("BURDOCK, HOLLY", "LOT0020", "Call the payer: it does not decide this by an answer."),
}
"""The story's requests without a decision, by what became of them; two more were rejected."""
REJECTED = {("SORREL, DALE", "LOT0005"), ("CATCHFLY, IVY", "LOT0021")}


@pytest.fixture
def billed(shell: Shell, tmp_path: Path) -> Shell:
    """After the batch was linked, sent and answered."""
    out = tmp_path / "out.837"
    shell("claims", "link", STORY / "claims" / "batch.837", "-o", out)
    shell("ledger", "import", out)
    shell("remittances", "match", STORY / "remittances" / "batch.835")
    return shell


def test_requests_without_a_decision_are_work(shell: Shell) -> None:
    items = shell.json("worklist")["items"]
    assert {item["kind"] for item in items} == {"request"}
    by_reason = {item["reason"]: (item["patient"], item["authorization"], item["action"]) for item in items}
    assert {reason: by_reason[reason] for reason in UNDECIDED} == UNDECIDED
    rejected = [item for item in items if item["reason"] == "rejected"]
    assert {(item["patient"], item["authorization"]) for item in rejected} == REJECTED
    assert len(items) == len(UNDECIDED) + len(REJECTED)
    assert {item["payer"] for item in items} == {"MEADOWLARK HEALTH PLAN"}


def test_a_request_is_found_by_what_the_worklist_calls_it(shell: Shell) -> None:
    for item in shell.json("worklist")["items"]:
        (life,) = shell.json("authorizations", "show", item["authorization"])["authorizations"]
        assert (life["patient"], life["decision"]) == (item["patient"], item["reason"])


def test_the_answer_ends_the_work(new_shell: Shell) -> None:
    new_shell("ledger", "import", STORY / "requests" / "approved.278")
    (item,) = new_shell.json("worklist")["items"]
    assert (item["patient"], item["authorization"], item["reason"]) == ("BRAMBLE, SAGE", "LOT0001", "unanswered")
    assert "BRAMBLE, SAGE" in new_shell("worklist").stdout
    new_shell("ledger", "import", STORY / "responses" / "approved.278")
    assert new_shell("worklist").stdout == "Nothing to do.\n"


def test_the_most_money_comes_first(billed: Shell) -> None:
    today = date.today().isoformat()
    items = billed.json("worklist")["items"]
    assert {item["kind"] for item in items} == {"denial", "request"}
    ours = [item["deadline"] if item["kind"] != "request" else None for item in items]  # of a request it is the payer's
    order = [(day is None or day >= today, -float(item["amount"] or 0)) for day, item in zip(ours, items, strict=True)]
    assert order == sorted(order)
    assert [item["deadline"] for item in items if item["kind"] == "request"] == ["2026-09-22", "2026-09-22", None, None, None]
    assert len({(item["claim"], item["line"]) for item in items if item["claim"]}) == 9, "each denial once"


def test_people_read_columns_and_a_total(billed: Shell) -> None:
    result = billed("worklist")
    assert (result.exit_code, result.stderr) == (0, "")
    head, *rows, blank, total = result.stdout.splitlines()
    assert re.split(" {2,}", head.strip()) == ["amount", "due", "claim or patient", "authorization", "payer", "why", "what to do"]
    assert (blank, total) == ("", f"{len(rows)} items, $14,748.00 at stake.")
    assert rows[0].lstrip().startswith("$5,200.00")
    assert "LO2014 line 1" in rows[0]
    assert len(rows) == 14


def test_an_item_is_as_documented(billed: Shell) -> None:
    item = next(item for item in billed.json("worklist")["items"] if item["claim"] == "LO2014")
    assert item.pop("subject").startswith("payment:")
    assert item.pop("action")
    assert date.fromisoformat(item.pop("opened")[:10])
    assert item == {
        "kind": "denial",
        "claim": "LO2014",
        "line": "1",
        "authorization": "",
        "patient": None,
        "payer": "MEADOWLARK HEALTH PLAN",
        "reason": "authorization-missing: authorization-pending",
        "amount": "5200.00",
        "deadline": "2027-01-15",
    }
