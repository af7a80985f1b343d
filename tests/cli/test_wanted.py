"""What a payer wants before it decides, and why it refused: told where an authorization and the work about it are shown."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell

KIND = STORY.parent / "kinds" / "step-therapy"
SAID = [
    "2026-09-14         for        0U more about the patient is needed",
    "2026-09-14         reference  KINREV4",
    "2026-09-14         send       medical record (M1), by fax, control number KINATT1: OFFICE NOTES OF THE LAST SIX MONTHS",
    "2026-09-14         answer     LOINC 52460-3",
    "2026-09-14         to         MEADOWLARK RECORDS UNIT, PO BOX 4711, FERNHOLLOW, OH 43099, RECORDS, fax 6145550177",
    "2026-09-14         message    SEND THE NOTES AND THE METHOTREXATE FILL HISTORY",
    "2026-09-14  J1745  send       drug profile (D2), electronically, control number KINATT2",
]
ACTION = (
    "Send medical record (M1), by fax, control number KINATT1, and drug profile (D2) for J1745, electronically, control number "
    "KINATT2, to MEADOWLARK RECORDS UNIT; answer LOINC 52460-3."
)


@pytest.fixture
def pended(new_shell: Shell) -> Shell:
    assert new_shell("ledger", "import", KIND / "request.278", KIND / "response.278").exit_code == 0
    return new_shell


def section(page: str, title: str) -> list[str]:
    """The lines of a part of a page."""
    return [line.strip() for line in page.partition(f"{title}\n")[2].partition("\n\n")[0].splitlines()]


def test_an_authorization_says_what_its_payer_wants_and_in_which_answer(pended: Shell) -> None:
    page = pended("authorizations", "show", "KT0006").stdout
    assert section(page, "What the payer said") == SAID
    assert section(page, "What happened")[1].split("    ")[1] == (
        "for 0U more about the patient is needed, wants M1, D2, LOINC 52460-3, interchange 000000313 in response.278"
    )
    (life,) = pended.json("authorizations", "show", "KT0006")["authorizations"]
    asked, answered = life["events"]
    assert (asked["reasons"], asked["remarks"], answered["reasons"]) == ([], [], ["0U"])
    assert answered["remarks"] == life["record"]["remarks"]
    event, service = answered["remarks"]
    assert event["documents"] == [
        {"type": "M1", "transmission": "FX", "control_number": "KINATT1", "description": "OFFICE NOTES OF THE LAST SIX MONTHS"}
    ]
    assert (event["questions"], event["contact"]["address"]["city"], event["day"]) == (["52460-3"], "FERNHOLLOW", "2026-09-14")
    assert (service["service"], service["documents"][0]["type"]) == ("J1745", "D2")


def test_the_worklist_says_what_to_send(pended: Shell) -> None:
    (item,) = pended.json("worklist")["items"]
    assert item["action"] == ACTION
    (row,) = csv.DictReader(io.StringIO(pended("worklist", "--format", "csv").stdout))
    assert row["what_to_do"] == ACTION
    page = pended("worklist", "show", "A1").stdout
    assert section(page, "What is known") == [" ".join(line.split()) for line in SAID]


def test_what_the_payer_says_of_the_patient_goes_into_no_list(pended: Shell) -> None:
    assert pended("worklist", "take", "A1", "--by", "ann").exit_code == 0
    for words in ((), ("--format", "json"), ("--format", "csv"), ("--format", "html")):
        assert "METHOTREXATE" not in pended("worklist", *words).stdout
    assert "METHOTREXATE" not in pended("authorizations", "list").stdout


def test_what_waits_for_us_stands_before_what_waits_for_a_payer(pended: Shell) -> None:
    """Two requests whose answers are due before: one that the payer reviews, and one that it did not answer yet."""
    for name in ("requests/unanswered", "requests/still-pended", "responses/still-pended"):
        pended("ledger", "import", STORY / f"{name}.278")
    ordered = ["KT0006", "LOT0017", "LOT0016"]
    for words in ((), ("--kind", "request"), ("--payer", "MHP01"), ("--owner", "")):
        whole = pended.json("worklist", *words)
        assert [item["authorization"] for item in whole["items"]] == ordered
        assert whole["total"]["items"] == 3
        after: str | None = ""
        found: list[str] = []
        for _ in ordered:
            page = pended.json("worklist", *words, "--limit", 1, *(("--after", after) if after else ()))
            found += [item["authorization"] for item in page["items"]]
            after = page["next"]
        assert (found, after) == (ordered, None)
    assert pended.json("worklist", "--kind", "expiring")["items"] == []


UNCERTIFIED = {"denied": "LOT0004", "unanswered": "LOT0017", "still-pended": "LOT0016", "rejected-member": "LOT0005"}


@pytest.mark.parametrize("name", UNCERTIFIED)
def test_of_what_is_not_certified_it_is_told_what_was_asked_for(new_shell: Shell, name: str) -> None:
    for folder in ("requests", "responses"):
        if (file := STORY / folder / f"{name}.278").exists():
            new_shell("ledger", "import", file)
    (held,) = new_shell.json("authorizations", "list")["authorizations"]
    (service,) = held["services"]
    assert (service["certified"], service["asked"]) == (None, "1")
    listed, shown = new_shell("authorizations", "list").stdout, new_shell("authorizations", "show", UNCERTIFIED[name]).stdout
    for head, row in (listed.splitlines()[:2], section(shown, "Services")):
        assert "  asked  certified  used  " in head
        assert re.search(r"  1 UN +0  +2026", row), "neither certified nor left"


REASONS = {
    "rejected-member": ("LOT0005", "rejected  75 subscriber not found, at 2010C: correct it, and send it again"),
    "contact-payer": ("LOT0020", "contact  UTILIZATION REVIEW, phone 6145550190"),
    "denied": ("LOT0004", "message    CONSERVATIVE TREATMENT OF SIX WEEKS IS NOT DOCUMENTED"),
}


@pytest.mark.parametrize("name", REASONS)
def test_why_a_payer_did_not_certify_is_told(new_shell: Shell, name: str) -> None:
    for folder in ("requests", "responses"):
        new_shell("ledger", "import", STORY / folder / f"{name}.278")
    trace, said = REASONS[name]
    assert any(line.endswith(said) for line in section(new_shell("authorizations", "show", trace).stdout, "What the payer said"))


def test_an_inquiry_about_what_is_pended_has_the_dates_that_were_asked_for(pended: Shell, tmp_path: Path) -> None:
    (held,) = pended.json("authorizations", "list")["authorizations"]
    assert (held["start"], held["end"], held["decide_by"]) == ("2026-10-01", "2027-03-31", "2026-09-25")
    out = tmp_path / "inquiry.278"
    pended("request", "inquire", "--pending", "-o", out, "--sender", "LARKSPUR", "--test")
    assert "DTP*AAH*RD8*20261001-20270331~" in out.read_text()


def test_a_ledger_that_kept_no_remarks_is_read(pended: Shell) -> None:
    file = pended.url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as database:
        for table in ("events", "authorizations"):
            for id, text in database.execute(f"SELECT id, record FROM {table}").fetchall():
                record = {name: said for name, said in json.loads(text).items() if name != "remarks"}
                database.execute(f"UPDATE {table} SET record = ? WHERE id = ?", (json.dumps(record), id))
        database.execute("UPDATE authorizations SET wanted = NULL")
    (life,) = pended.json("authorizations", "show", "KT0006")["authorizations"]
    assert [event["remarks"] for event in life["events"]] == [[], []]
    (item,) = pended.json("worklist")["items"]
    assert item["action"].startswith("Ask the payer what it wants (0U ")
