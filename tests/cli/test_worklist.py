"""edi worklist: what is to be done, the most money first, each dollar once."""

from __future__ import annotations

import csv
import re
import stat
from datetime import date
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

UNDECIDED = {
    "unanswered": ("OLEANDER, JAY", "LOT0017", "Ask the payer for the answer to the request."),
    "pended": (
        "DOGWOOD, FERN",
        "LOT0016",
        "The payer reviews it (0V needs medical review): nothing is to be sent; ask when it decides.",
    ),
    "contact-payer": (
        "BURDOCK, HOLLY",
        "LOT0020",
        "Call the payer (UTILIZATION REVIEW, phone 6145550190): it does not decide this by an answer.",
    ),
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


DAY = ("--today", "2026-11-20")
"""What was refused is work while its days are not over."""


def test_requests_without_a_decision_are_work(shell: Shell) -> None:
    items = shell.json("worklist", "--kind", "request")["items"]
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
    assert {item["kind"] for item in items} - {"refusal"} == {"denial", "request"}
    ours = [item["deadline"] if item["claim"] else None for item in items]  # what is about no claim comes behind
    order = [(day is None or day >= today, -float(item["amount"] or 0)) for day, item in zip(ours, items, strict=True)]
    assert order == sorted(order)
    assert [item["deadline"] for item in items if item["kind"] == "request"] == ["2026-09-22", "2026-09-22", None, None, None]
    assert len({(item["claim"], item["line"]) for item in items if item["claim"]}) == 9, "each denial once"


def test_people_read_columns_and_a_total(billed: Shell) -> None:
    result = billed("worklist", *DAY)
    assert (result.exit_code, result.stderr) == (0, "")
    head, *rows, blank, total = result.stdout.splitlines()
    named = ["item", "amount", "due", "claim or patient", "authorization", "payer", "why", "what to do"]
    assert re.split(" {2,}", head.strip()) == named
    assert (blank, total) == ("", f"{len(rows)} items, $14,748.00 at stake.")
    assert re.match(r"W\d+ +\$5,200\.00 ", rows[0])
    assert "LO2014 line 1" in rows[0]
    assert len(rows) == 17


def test_an_item_is_as_documented(billed: Shell) -> None:
    item = next(item for item in billed.json("worklist")["items"] if item["claim"] == "LO2014")
    assert item.pop("subject").startswith("payment:")
    assert item.pop("action")
    assert date.fromisoformat(item.pop("opened")[:10])
    assert re.fullmatch(r"W\d+", item.pop("item"))
    assert item == {
        "kind": "denial",
        "state": "open",
        "owner": None,
        "minutes": 0,
        "claim": "LO2014",
        "line": "1",
        "authorization": "",
        "patient": None,
        "payer": "MEADOWLARK HEALTH PLAN",
        "payer_id": "MHP01",
        "reason": "authorization-missing: authorization-pending",
        "amount": "5200.00",
        "deadline": "2027-01-15",
    }


# -- who does it -------------------------------------------------------------------------------------------------------------


def item_of(shell: Shell, claim: str) -> str:
    return str(next(item["item"] for item in shell.json("worklist")["items"] if item["claim"] == claim))


def test_an_item_is_taken_noted_closed_and_opened_again(billed: Shell) -> None:
    name = item_of(billed, "LO2014")
    for words, said in (
        (("take", name.lower(), "--by", "ann"), f"{name}: taken by ann.\n"),
        (("note", name, "called, reference 4711", "--by", "ann", "--minutes", "12"), f"{name}: noted.\n"),
        (("close", name, "--why", "written off", "--by", "ann", "--minutes", "3"), f"{name}: closed.\n"),
    ):
        result = billed("worklist", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (0, said, "")
    assert name not in [item["item"] for item in billed.json("worklist")["items"]]
    (closed,) = (item for item in billed.json("worklist", "--state", "closed", "--kind", "denial")["items"])
    assert (closed["item"], closed["owner"], closed["minutes"]) == (name, "ann", 15)
    life = billed.json("worklist", "show", name)["item"]
    assert [(event["what"], event["by"], event["note"], event["minutes"]) for event in life["history"]] == [
        ("opened", None, "Remittance MHP7700023 of 2026-11-16 denies it.", 0),
        ("taken", "ann", "", 0),
        ("noted", "ann", "called, reference 4711", 12),
        ("closed", "ann", "written off", 3),
    ]
    assert life["codes"] == ["CO-197"]
    told = billed("worklist", "show", name).stdout
    assert told.startswith(f"{name}: denial, closed, ann's\n")
    assert re.search(r"closed +by ann +3 minutes +written off\n", told)
    assert billed("worklist", "reopen", name, "--by", "bea").stdout == f"{name}: open again.\n"
    assert item_of(billed, "LO2014") == name


def test_what_cannot_be_done_is_told_in_a_sentence(billed: Shell) -> None:
    name = item_of(billed, "LO2014")
    billed("worklist", "take", name, "--by", "ann")
    for words, said in (
        (("take", name, "--by", "bea"), f"edi: {name} is ann's: that it is taken over has to be said (--over).\n"),
        (("take", "W99", "--by", "bea"), "edi: The worklist has no item W99.\n"),
        (("show", "LO2014"), "edi: 'LO2014' names no item: they are named as the worklist does, such as W12 or A5.\n"),
        (("reopen", name, "--by", "ann"), f"edi: {name} is not closed.\n"),
    ):
        result = billed("worklist", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)
    assert billed("worklist", "take", name, "--by", "bea", "--over").exit_code == 0
    assert billed.json("worklist", "show", "W99", code=2) == {"version": 1, "error": "The worklist has no item W99."}


@pytest.mark.parametrize(
    "words",
    [
        ("take", "W1"),
        ("take", "--by", "ann"),
        ("close", "W1", "--by", "ann"),
        ("note", "W1", "--by", "ann"),
        ("note", "W1", "text", "--by", "ann", "--minutes", "-1"),
        ("--owner", "ann", "show", "W1"),
        ("--ledger", "sqlite:///other.db", "take", "W1", "--by", "ann"),
        ("--owner", "ann", "--free"),
        ("--mine",),
        ("--limit", "0"),
        ("--state", "done"),
    ],
)
def test_wrong_usage_is_2_and_changes_nothing(billed: Shell, words: tuple[str, ...]) -> None:
    before = billed("worklist").stdout
    assert billed("worklist", *words).exit_code == 2
    assert billed("worklist").stdout == before


def test_what_is_mine_is_listed(billed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    name = item_of(billed, "LO2014")
    monkeypatch.setenv("EDI_USER", "ann")
    assert billed("worklist", "take", name, "A5").stdout == f"{name}, A5: taken by ann.\n"
    head, *rows, _, total = billed("worklist", "--mine").stdout.splitlines()
    assert "owner" in head.split()
    assert [row.split()[0] for row in rows] == [name, "A5"]
    assert total == "2 items, $5,200.00 at stake."
    assert total not in billed("worklist", "--free").stdout
    assert billed("worklist", "--owner", "bea").stdout == "Nothing to do.\n"


def test_a_list_is_gone_through_page_by_page(billed: Shell) -> None:
    whole = [item["item"] for item in billed.json("worklist", *DAY)["items"]]
    first = billed("worklist", "--limit", "4", *DAY).stdout.splitlines()
    assert first[-1].startswith("4 of 17 items, $14,748.00 at stake. There are more: add --after ")
    cursor = first[-1].split("--after ")[1].split()[0]
    rest = billed.json("worklist", "--after", cursor, *DAY)
    assert [row.split()[0] for row in first[1:-2]] + [item["item"] for item in rest["items"]] == whole
    assert (rest["next"], rest["total"]) == (None, {"items": 17, "amount": "14748.00"})
    assert "is no place in this list" in billed("worklist", "--after", "7").stderr


# -- to take along -----------------------------------------------------------------------------------------------------------


def names_of_patients(shell: Shell) -> set[str]:
    return {item["patient"] for item in shell.json("worklist")["items"]} - {None}


def test_csv_has_every_item_and_names_nobody(billed: Shell, tmp_path: Path) -> None:
    out = tmp_path / "work.csv"
    assert billed("worklist", "--format", "csv", "-o", out, "--today", "2027-01-20").stdout == ""
    rows = list(csv.DictReader(out.read_text().splitlines()))
    listed = billed.json("worklist", "--today", "2027-01-20")["items"]
    assert [(row["item"], row["claim"], row["amount"] or None, row["due"] or None) for row in rows] == [
        (item["item"], item["claim"], item["amount"], item["deadline"]) for item in listed
    ]
    assert {row["late"] for row in rows if row["kind"] == "denial"} == {"yes"}
    assert not [name for name in names_of_patients(billed) if name.split(",")[0] in out.read_text()]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_no_cell_is_a_formula(billed: Shell) -> None:
    billed("worklist", "take", item_of(billed, "LO2014"), "--by", "=cmd|x")
    said = billed("worklist", "--format", "csv").stdout
    assert "'=cmd|x" in said
    assert ",=cmd" not in said


def test_the_page_names_items_and_nobody(billed: Shell, tmp_path: Path) -> None:
    out = tmp_path / "work.html"
    billed("worklist", "take", item_of(billed, "LO2014"), "--by", "<b>ann & bea</b>")
    assert billed("worklist", "--format", "html", "-o", out, "--today", "2027-01-10").exit_code == 0
    page = out.read_text()
    assert not re.search(r"(src|href)=|url\(|https?:", page), "it needs no network"
    assert "14 items, $14,748.00 at stake; 0 late." in page
    rows = re.findall(r"<tr data-payer=.*", page)
    listed = billed.json("worklist", "--today", "2027-01-10")["items"]
    assert [re.search(r'scope="row">(\w+)<', row)[1] for row in rows] == [item["item"] for item in listed]  # type: ignore[index]
    cents = [int(re.search(r'data-cents="(\d+)"', row)[1]) for row in rows]  # type: ignore[index]
    assert sum(cents) == 1_474_800
    assert sum('data-due="soon"' in row for row in rows) == 9
    assert sum('data-due="overdue"' in row for row in rows) == 2
    assert "&lt;b&gt;ann &amp; bea&lt;/b&gt;" in rows[0]
    assert "<b>" not in page
    assert not [name for name in names_of_patients(billed) if name.split(",")[0] in page]


def test_a_page_of_nothing_says_so(new_shell: Shell) -> None:
    assert "Nothing to do." in new_shell("worklist", "--format", "html").stdout
    assert new_shell("worklist", "--format", "csv").stdout.count("\n") == 1
    assert new_shell.json("worklist") == {"version": 1, "items": [], "next": None, "total": {"items": 0, "amount": "0.00"}}
