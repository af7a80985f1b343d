"""edi authorizations add, import, export: what came by phone, portal, fax or letter."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from edi.ledger import Ledger
from tests.cli.shell import STORY, Shell

CALL = (
    *("authorizations", "add", "--number", "PH-100", "--payer", "MHP01", "--payer-name", "MEADOWLARK HEALTH PLAN"),
    *("--member", "MHP100014", "--last-name", "FERN", "--first-name", "ROWAN", "--procedure", "97110-GP", "--procedure", "97140"),
    *("--units", "6", "--start", "2026-10-01", "--end", "2026-12-31", "--channel", "phone", "--told-by", "J. Reed"),
    *("--reference", "4711", "--date", "2026-09-20"),
)


def test_what_was_said_on_the_phone_is_kept_and_says_so(new_shell: Shell) -> None:
    assert new_shell(*CALL).output == "Authorization PH-100: kept.\n"
    assert new_shell(*CALL).output == "Authorization PH-100: known already; nothing changed.\n"
    page = new_shell("authorizations", "show", "PH-100").output.splitlines()
    assert page[0] == "Authorization PH-100: certified"
    assert page[-3:] == [
        "  2026-09-20  answered  certified  PH-100  by phone, J. Reed, reference 4711",
        "",
        "No claim that was sent uses it.",
    ]
    (life,) = new_shell.json("authorizations", "show", "PH-100")["authorizations"]
    assert [(s["procedure"], s["certified"]) for s in life["services"]] == [("97110", "6"), ("97140", "6")]
    (event,) = life["events"]
    assert (event["source"], event["told_by"], event["call_reference"]) == ("phone", "J. Reed", "4711")


def test_it_is_as_good_as_a_response_for_a_claim(new_shell: Shell, tmp_path: Path) -> None:
    claim = STORY / "claims" / "number-missing.837"
    told = new_shell(
        *("authorizations", "add", "--number", "PH1", "--payer", "MHP01", "--member", "MHP100001", "--last-name", "BRAMBLE"),
        *("--first-name", "SAGE", "--procedure", "27447-RT", "--start", "2026-09-15", "--end", "2026-12-14", "--units", "1"),
        *("--channel", "fax", "--reference", "F9"),
    )
    assert told.exit_code == 0, told.output
    (row,) = new_shell.json("claims", "check", claim)["claims"]
    assert (row["verdict"], row["authorization"]) == ("linked", "PH1")
    assert row["reasons"][0] == "Authorization PH1 (by fax, reference F9): certifies 27447-RT for 2026-09-15 to 2026-12-14."


def test_a_call_answers_the_request_that_it_names(new_shell: Shell) -> None:
    new_shell("ledger", "import", STORY / "requests" / "unanswered.278")
    (waiting,) = new_shell.json("authorizations", "list", "--pending")["authorizations"]
    with Ledger(new_shell.url) as ledger:
        (record,) = ledger.records()
    said = ("--payer", "MHP01", "--member", record.subscriber.member_id, "--channel", "portal", "--request", record.traces[0])
    assert new_shell("authorizations", "add", "--number", "PO7", *said).exit_code == 0
    (held,) = new_shell.json("authorizations", "list")["authorizations"]
    assert (held["key"], held["number"], held["awaiting"]) == (waiting["key"], "PO7", False)
    assert [s["procedure"] for s in held["services"]] == [s["procedure"] for s in waiting["services"]]


def test_a_call_that_says_less_than_the_response_leaves_the_rest(shell: Shell) -> None:
    (before,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    longer = (
        "--payer",
        "MHP01",
        "--member",
        "MHP100001",
        "--procedure",
        "27447-RT",
        "--end",
        "2027-01-31",
        "--date",
        "2026-10-01",
    )
    assert (
        shell(
            "authorizations", "add", "--number", "MLK26090101", "--start", "2026-09-15", *longer, "--channel", "phone"
        ).exit_code
        == 0
    )
    (after,) = shell.json("authorizations", "show", "MLK26090101")["authorizations"]
    assert (after["key"], after["patient"], after["services"][0]["end"]) == (before["key"], "BRAMBLE, SAGE", "2027-01-31")
    assert after["services"][0]["certified"] == before["services"][0]["certified"]
    assert after["record"]["providers"] == before["record"]["providers"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--decision", "approved"), "decision: must be one of certified"),
        (("--channel", "smoke"), "channel: must be one of phone, portal, fax, letter, 278."),
        (("--number", ""), "number: is needed for what is certified."),
        (("--end", "soon"), "end: must be a date, such as 2026-03-09 or 3/9/2026."),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(words: tuple[str, ...], said: str, new_shell: Shell) -> None:
    result = new_shell(*CALL, *words)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edi: {said}")
    assert new_shell.json("authorizations", "list")["authorizations"] == []


def test_a_spreadsheet_comes_back_and_changes_nothing(shell: Shell, tmp_path: Path) -> None:
    out, again = tmp_path / "out.csv", tmp_path / "again.csv"
    shell(*CALL)
    assert shell("authorizations", "export", "-o", out).exit_code == 0
    before = shell.json("authorizations", "list")
    assert shell("authorizations", "import", out).output == f"{out}: nothing new, 21 authorizations known already\n"
    assert shell.json("authorizations", "list") == before
    assert shell("authorizations", "export", "-o", again).exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_a_spreadsheet_fills_another_ledger(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    shell("authorizations", "export", "-o", out)
    other = Shell(f"sqlite:///{tmp_path / 'other.db'}")
    first = other("authorizations", "import", out)
    assert first.exit_code == 0, first.output
    assert other("authorizations", "import", out).output.startswith(f"{out}: nothing new, ")

    def numbers(of: Shell) -> set[tuple[str, ...]]:
        found = of.json("authorizations", "list")["authorizations"]
        coded = ((held, service) for held in found for service in held["services"] if "type" not in service["procedure"])
        return {(service["number"], service["procedure"], service["certified"], held["patient"]) for held, service in coded}

    assert numbers(other) == numbers(shell)


def test_rows_that_cannot_be_read_are_told_and_the_others_taken(new_shell: Shell, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "number,decision,payer,member_id,procedure,channel\n"
        "A1,certified,ELM,W1,97110,phone\nA2,maybe,ELM,W1,97110,phone\nA3,denied,ELM,W1,97140,fax\n"
    )
    result = new_shell("authorizations", "import", sheet)
    assert result.exit_code == 1
    assert result.output.splitlines()[0].startswith(f"{sheet}:3: decision: must be one of certified, ")
    assert result.output.splitlines()[1:] == [f"{sheet}: taken: 2 authorizations, 1 problem"]
    document = new_shell.json("authorizations", "import", sheet, code=1)
    assert (document["taken"], document["known"], document["problems"][0]["row"]) == (0, 2, 3)
    assert [a["rows"] for a in document["authorizations"]] == [[2], [4]]


def test_what_is_no_spreadsheet_is_2(new_shell: Shell) -> None:
    result = new_shell("authorizations", "import", STORY / "requests" / "units.278")
    assert result.exit_code == 2
    assert "The first row must be the header" in result.stderr


def test_an_extension_that_may_tell_the_whole_is_said_to_be_unclear(new_shell: Shell, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "number,decision,change,payer_id,member_id,procedure,start,end,units,channel,date,previous_number\n"
        "P1,certified,I,MHP01,W7,97110,2026-09-01,2026-10-31,6,phone,2026-09-01,\n"
        "P1,certified,4,MHP01,W7,97110,2026-09-01,2026-11-30,10,phone,2026-10-20,P1\n"
    )
    assert new_shell("authorizations", "import", sheet).exit_code == 0
    page = new_shell("authorizations", "show", "P1").output
    (line,) = (line.split() for line in page.splitlines() if line.startswith("  97110  "))
    assert line == "97110 certified P1 10 UN 0 10 2026-09-01 to 2026-11-30".split()
    assert (
        "  97110: The extension begins on the first day again: its amount is taken for the whole, and may be meant as more.\n"
        in page
    )


@pytest.mark.parametrize(("level", "due"), [((), "2026-09-08 23:59"), (("--level", "U"), "2026-09-04 23:59 expedited")])
def test_a_call_says_how_urgent_a_request_is(level: tuple[str, ...], due: str, new_shell: Shell) -> None:
    asked = ("--decision", "unanswered", "--channel", "phone", "--payer", "P1", "--member", "W1", "--procedure", "97110")
    added = new_shell("authorizations", "add", *asked, "--date", "2026-09-01", *level)
    assert added.exit_code == 0, added.output
    assert new_shell("authorizations", "list", "--pending").output.splitlines()[1].endswith(due)


def test_teeth_are_told_and_come_out_in_every_table(new_shell: Shell, tmp_path: Path) -> None:
    said = ("--payer", "P1", "--member", "W1", "--channel", "portal", "--procedure", "D2391", "--teeth", "3-mo 14")
    assert new_shell("authorizations", "add", "--number", "D1", *said).exit_code == 0
    assert new_shell("authorizations", "add", "--number", "D1", *said).output.endswith("known already; nothing changed.\n")
    area = ("--number", "D2", *said[:6], "--procedure", "D4341", "--oral-cavity", "10")
    assert new_shell("authorizations", "add", *area).exit_code == 0
    assert "D2391 on teeth 3 (MO) and 14" in new_shell("authorizations", "show", "D1").output
    assert new_shell("export", tmp_path, "--format", "csv").exit_code == 0
    with (tmp_path / "services.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["code"], row["teeth"], row["oral_cavity"]) for row in rows] == [("D2391", "3-MO 14", ""), ("D4341", "", "10")]
    refused = new_shell("authorizations", "add", "--number", "D3", *said[:6], "--procedure", "97110", "--teeth", "3")
    assert (refused.exit_code, refused.stderr) == (2, "edi: teeth: is only for a dental procedure, such as D2740.\n")


HEAD = (
    "number,decision,payer_id,member_id,last_name,first_name,procedure,start,end,units,channel,call_reference,date"
    ",trace,provider_npi"
)
DAYS = "2026-10-01,2026-12-31"


def sheet(path: Path, *rows: str) -> Path:
    path.write_text("\n".join((HEAD, *rows)))
    return path


def row(number: str, decision: str, day: str, **changes: str) -> str:
    cells = {"procedure": "72148", "days": DAYS, "reference": "99811", "first": "TOM", "trace": "", "npi": ""} | changes
    who = f"MHP01,MHP100030,SAGE,{cells['first']},{cells['procedure']},{cells['days']},1,portal,{cells['reference']}"
    return f"{number},{decision},{who},{day},{cells['trace']},{cells['npi']}"


ASKED, ANSWERED = "2026-09-20", "2026-09-25"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("reference", ["99811", "99999"], ids=["the same call", "the same services and dates"])
@pytest.mark.parametrize("waits", ["pended", "unanswered"])
def test_what_the_portal_pended_is_one_with_its_decision(
    waits: str, reference: str, turned: bool, new_shell: Shell, tmp_path: Path
) -> None:
    files = [
        sheet(tmp_path / "1.csv", row("", waits, ASKED)),
        sheet(tmp_path / "2.csv", row("PQ1", "certified", ANSWERED, reference=reference)),
    ]
    for file in files[::-1] if turned else files:
        assert new_shell("authorizations", "import", file).exit_code == 0
        again = new_shell("authorizations", "import", file).output
        assert again.endswith("nothing new, 1 authorization known already\n")
    (one,) = new_shell.json("authorizations", "list")["authorizations"]
    assert (one["number"], one["decision"], one["awaiting"]) == ("PQ1", "certified", False)
    (life,) = new_shell.json("authorizations", "show", "PQ1")["authorizations"]
    assert [event["day"] for event in life["events"]] == [ASKED, ANSWERED]
    assert new_shell("worklist").output == "Nothing to do.\n"
    both = sheet(tmp_path / "3.csv", *(line for file in files for line in file.read_text().splitlines()[1:]))
    assert new_shell("authorizations", "import", both).output.endswith("nothing new, 2 authorizations known already\n")


def test_a_portal_request_can_be_shown_and_answered_by_its_trace(new_shell: Shell, tmp_path: Path) -> None:
    new_shell("authorizations", "import", sheet(tmp_path / "1.csv", row("", "pended", ASKED)))
    (item,) = new_shell.json("worklist")["items"]
    trace = item["authorization"]
    assert trace.startswith("PORTAL-260920-")
    assert f"\ntrace {trace}  pended" in new_shell("authorizations", "list").output
    page = new_shell("authorizations", "show", trace).output
    assert page == new_shell("authorizations", "show", "a1").output
    assert page.startswith("Authorization (no number yet): pended")
    said = ("--payer", "MHP01", "--member", "MHP100030", "--channel", "phone")
    told = new_shell("authorizations", "add", "--decision", "pended", "--procedure", "70551", *said, "--date", ASKED).output
    made = told.removeprefix("Authorization (no number yet): kept; its trace is ").removesuffix(".\n")
    assert made.startswith("PHONE-260920-")
    assert new_shell("authorizations", "add", "--number", "N1", "--request", made, *said).output == "Authorization N1: kept.\n"
    assert len(new_shell.json("worklist")["items"]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"procedure": "70551"},
        {"days": "2027-01-01,2027-03-31"},
        {"first": "ANN"},
        {"npi": "1999990025"},
    ],
    ids=["another service", "other days", "another patient", "another provider"],
)
@pytest.mark.parametrize("reference", ["99811", "99999"])
def test_what_contradicts_is_another_one(reference: str, changes: dict[str, str], new_shell: Shell, tmp_path: Path) -> None:
    """One call may be about several, and a family has one member id."""
    pended = row("", "pended", ASKED, npi="1999990017")
    decided = row("PQ1", "certified", ANSWERED, **{"reference": reference} | changes)
    result = new_shell("authorizations", "import", sheet(tmp_path / "1.csv", pended, decided))
    assert (result.exit_code, len(new_shell.json("authorizations", "list")["authorizations"])) == (0, 2)


def test_which_of_several_is_answered_is_not_guessed(new_shell: Shell, tmp_path: Path) -> None:
    pended = [row("", "pended", ASKED, reference=call, trace=f"T{call}") for call in ("1", "2")]
    new_shell("authorizations", "import", sheet(tmp_path / "1.csv", *pended))
    decided = sheet(tmp_path / "2.csv", row("PQ1", "certified", ANSWERED, reference="3"))
    result = new_shell("authorizations", "import", decided)
    assert result.exit_code == 1
    said = "Of this patient T1, T2 wait: where this answers one of them, its trace must be given"
    assert result.output == f"{decided}:2: trace: {said}\n{decided}: taken: 1 authorization, 1 problem\n"
    assert len(new_shell.json("authorizations", "list", "--pending")["authorizations"]) == 2
    new_shell("authorizations", "import", sheet(tmp_path / "3.csv", row("PQ2", "certified", ANSWERED, reference="2")))
    (left,) = new_shell.json("authorizations", "list", "--pending")["authorizations"]
    assert left["trace"] == "T1"


def test_a_trace_that_no_request_has_is_told(new_shell: Shell) -> None:
    new_shell("ledger", "import", STORY / "requests" / "unanswered.278")
    with Ledger(new_shell.url) as ledger:
        (asked,) = ledger.records()
    said = ("--payer", "MHP01", "--member", asked.subscriber.member_id, "--channel", "phone", "--procedure", "22612")
    told = new_shell("authorizations", "add", "--number", "OK1", "--request", "T001", *said)
    assert (told.exit_code, told.stdout) == (0, "Authorization OK1: kept.\n")
    assert told.stderr == f"edi: No request with trace T001 is on file; of this patient {asked.traces[0]} waits.\n"
    told = new_shell("authorizations", "add", "--number", "OK2", *said)
    assert told.stderr == f"edi: Of this patient {asked.traces[0]} waits: where this answers it, its trace must be given.\n"
    other = new_shell("authorizations", "add", "--number", "OK3", "--request", "T001", *said[:2], "--member", "X", *said[4:])
    assert (other.exit_code, other.stderr) == (0, "")
    days = ("--start", "2026-10-01", "--end", "2026-12-31")
    assert new_shell("authorizations", "add", "--number", "OK4", *said, *days).stdout.endswith(f"belongs to {asked.traces[0]}.\n")
    assert new_shell.json("authorizations", "list", "--pending")["authorizations"] == []
