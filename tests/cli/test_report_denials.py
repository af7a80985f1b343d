"""edi report denials: what was denied for want of an authorization, and what became of it."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.shell import STORY, Shell
from tests.ledger.test_accounts import AGAIN, BACK, FIRST, PLB, remittance

TODAY = ("--today", "2026-11-20")


@pytest.fixture
def billed(shell: Shell, tmp_path: Path) -> Shell:
    """After the batch was linked, sent and answered."""
    out = tmp_path / "out.837"
    shell("claims", "link", STORY / "claims" / "batch.837", "-o", out)
    shell("ledger", "import", out)
    shell("remittances", "match", STORY / "remittances" / "batch.835")
    return shell


def test_the_figures_are_those_of_the_worklist(billed: Shell) -> None:
    total = billed.json("report", "denials", *TODAY)["total"]
    items = [item for item in billed.json("worklist")["items"] if item["kind"] == "denial"]
    assert Decimal(total["denied"]) == sum(Decimal(item["amount"]) for item in items)
    assert (total["answered"], total["claims"], total["denied"], total["open"]) == (16, 9, "14748.00", "14748.00")
    assert billed.json("report", "denials", "--today", "2027-06-01")["total"]["lost"] == "14748.00"


def test_people_read_a_sentence_and_tables(billed: Shell) -> None:
    result = billed("report", "denials", *TODAY)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "Claims of all payers, first answered at any time; what became of them by 2026-11-20."
    assert lines[1] == (
        "9 of 16 answered claims (56.2%) denied for an authorization or a referral: $14,748.00, of which $14,748.00 still open."
    )
    assert "authorization-pending              1  $5,200.00      $0.00      $0.00  $0.00  $5,200.00" in lines
    assert "  with its number: 5 of 9 claims (55.6%)" in lines


def test_a_span_without_an_answer_says_so(billed: Shell) -> None:
    result = billed("report", "denials", *TODAY, "--until", "2026-01-01", "--payer", "NOBODY")
    assert result.stdout.splitlines() == [
        "Claims of payer NOBODY, first answered until 2026-01-01; what became of them by 2026-11-20.",
        "Nothing denied for an authorization or a referral; 0 claims answered.",
    ]


def test_the_csv_has_a_row_for_each_figure(billed: Shell, tmp_path: Path) -> None:
    out = tmp_path / "denials.csv"
    assert billed("report", "denials", *TODAY, "--format", "csv", "-o", out).output == ""
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    for name in ("all", "payer", "kind", "cause", "billing", "rendering", "procedure", "month"):
        assert sum(Decimal(row["denied"]) for row in rows if row["by"] == name) == Decimal("14748.00"), name
    (month,) = (row for row in rows if row["by"] == "month")
    assert (month["key"], month["answered"], month["claims"]) == ("2026-11", "16", "9")
    assert out.stat().st_mode & 0o777 == 0o600


class Page(HTMLParser):
    """Complains of an element that is closed and was not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_has_pictures_and_names_nobody(billed: Shell) -> None:
    page = billed("report", "denials", *TODAY, "--format", "html").stdout
    Page(page)
    pictures = [ET.fromstring(part.split("</svg>")[0].join(("<svg", "</svg>"))) for part in page.split("<svg")[1:]]
    assert len(pictures) == 2
    titles = [title.text for title in pictures[0].iter("title")]
    assert "still open: $5,200.00" in titles
    assert sum(Decimal((title or "").partition("$")[2].replace(",", "")) for title in titles) == Decimal("14748.00")
    for private in ("BRAMBLE", "THISTLE", "LO2001", "LO2014"):
        assert private not in page
    assert "<script" not in page and "http" not in page


# -- taken back ----------------------------------------------------------------------------------------------------------------

RECOUPED = remittance(4, "20260701", "0", f"{PLB}*WO:P1*30*FB:EFT9*-30~")
NOT_ON_FILE = remittance(5, "20260801", "0", f"{PLB}*WO:P77*11.50*FB:EFT9*-11.50~")


def test_what_was_taken_back_is_told_by_payer(new_shell: Shell) -> None:
    """80 as a reversal announced, 30 without one, 11.50 of a claim that is not on file."""
    for data in (FIRST, BACK, AGAIN, RECOUPED, NOT_ON_FILE):
        new_shell("ledger", "import", "-", stdin=data)
    document = new_shell.json("report", "denials", *TODAY)
    (told,) = document["recouped"]
    assert told == {"payer": "MAPLE1", "name": "MAPLE HEALTH", "claims": 2, "amount": "121.50", "unexplained": "41.50"}
    lines = new_shell("report", "denials", *TODAY).stdout.splitlines()
    assert lines[-2:] == [
        "taken back beside claims, by payer  claims   amount  no reversal says why",
        "MAPLE HEALTH (MAPLE1)                    2  $121.50                $41.50",
    ]
    csv_lines = new_shell("report", "denials", *TODAY, "--format", "csv").stdout.splitlines()
    assert csv_lines[-1] == "recouped,MAPLE1,MAPLE HEALTH,,2,121.50,,,,41.50,,"
    page = new_shell("report", "denials", *TODAY, "--format", "html").stdout
    assert "<caption>Taken back</caption>" in page
    assert "$41.50" in page


def test_what_was_taken_back_is_of_the_span_of_its_remittance(new_shell: Shell) -> None:
    for data in (FIRST, RECOUPED, NOT_ON_FILE):
        new_shell("ledger", "import", "-", stdin=data)
    until = new_shell.json("report", "denials", *TODAY, "--until", "2026-07-31")["recouped"]
    assert [(one["claims"], one["amount"]) for one in until] == [(1, "30.00")]
    assert new_shell.json("report", "denials", "--today", "2026-07-31")["recouped"] == until
    assert new_shell.json("report", "denials", *TODAY, "--payer", "NOBODY")["recouped"] == []
