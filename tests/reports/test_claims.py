"""What was decided about claims, told: as text and CSV by money at risk, and as a page that is whole and asks for nothing."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from edi.linkage.expiring import noted
from edi.linkage.misfit import Misfit, Remaining
from edi.linkage.verdict import Candidate, Row, Verdict
from edi.reports import claims_page
from edi.reports.claims import misses, risk, to_csv, to_text
from edi.reports.claims_page import to_html
from tests.reports.test_html import Page

EARLY = Misfit(what="dates", certified=("2026-03-01", "2026-05-31"), billed=("2026-02-24", "2026-02-24"), days=5)
OVER = Misfit(what="units", certified=("6",), billed=("3",), left=Decimal(1), over=Decimal(2), unit="VS", used_by=("C-0",))


def row(verdict: Verdict, amount: str, claim: str = "C-1", **more: object) -> Row:
    made = Row(claim=claim, transaction="0001", payer="60054", verdict=verdict, amount=Decimal(amount))
    return replace(made, **more)  # type: ignore[arg-type]  # any fields of a row


ROWS = (
    row(
        Verdict.LINKED, "50.00", "C-1", offset=1, authorization="A-1", written=True, remaining=Remaining(until=date(2026, 5, 31))
    ),
    row(Verdict.BEFORE_PERIOD, "100.00", "C-2", offset=2, authorization="A-2", misfit=EARLY, reasons=("Too early.",)),
    row(Verdict.UNITS_SHORT, "900.00", "C-3", offset=3, line="2", authorization="A-3", misfit=OVER),
    row(Verdict.MISSING, "100.00", "C-4", offset=4),
    row(Verdict.NOT_REQUIRED, "7.50", "C-3", offset=3, line="1"),
)


# -- text --------------------------------------------------------------------------------------------------------------------


def test_what_is_at_risk_comes_by_money_and_says_what_to_do() -> None:
    lines = list(to_text(ROWS))
    assert [line.split()[1] for line in lines if line.lstrip().startswith("$")] == ["C-3", "C-2", "C-4"]
    assert lines[0].split() == ["amount", "claim", "verdict", "authorization", "misses", "by"]
    assert lines[1].split() == ["$900.00", "C-3", "line", "2", "units-short", "A-3", "2", "visits"]
    assert lines[lines.index("    Too early.") + 1] == f"    -> {Verdict.BEFORE_PERIOD.action}"
    assert lines[-1] == "At risk: $1,100.00 of $1,157.50, 3 of 4 claims."


def test_each_dollar_and_each_claim_is_counted_once() -> None:
    assert risk(ROWS[:1]) == "Nothing at risk of $50.00 in 1 claim."
    assert risk(ROWS[2:]) == "At risk: $1,000.00 of $1,007.50, 2 of 2 claims."


@pytest.mark.parametrize(
    ("misfit", "said"),
    [
        (EARLY, "5 days"),
        (replace(EARLY, days=1), "1 day"),
        (replace(EARLY, days=None), ""),
        (OVER, "2 visits"),
        (Misfit(what="service", certified=("27447-RT",), billed=("27446",)), "27446 for 27447-RT"),
        (Misfit(what="service", billed=("97110",)), "97110 for none"),
        (None, ""),
    ],
)
def test_by_what_a_claim_misses(misfit: Misfit | None, said: str) -> None:
    assert misses(misfit) == said


# -- what runs out -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "days", "said"),
    [
        ("2026-05-17", 14, "A-1 ends on 2026-05-31, in 14 days."),
        ("2026-05-30", 14, "A-1 ends on 2026-05-31, tomorrow."),
        ("2026-05-31", 0, "A-1 ends on 2026-05-31, today."),
        ("2026-05-16", 14, ""),
        ("2026-06-01", 14, ""),
    ],
)
def test_what_ends_soon_is_noted(today: str, days: int, said: str) -> None:
    (first, *_) = noted(ROWS, date.fromisoformat(today), days)
    assert " ".join(first.notes) == said
    assert first.verdict is Verdict.LINKED


@pytest.mark.parametrize(
    ("of", "left", "said"),
    [(10, 2, "A-1 has 2 left of 10 visits."), (10, 0, "A-1 has nothing left of 10 visits."), (10, 3, ""), (1, 0, "")],
)
def test_what_is_nearly_used_is_noted(of: int, left: int, said: str) -> None:
    remaining = Remaining(of=Decimal(of), used=Decimal(0), left=Decimal(left), unit="VS")
    (first,) = noted([replace(ROWS[0], remaining=remaining)], date(2026, 5, 1), 14)
    assert " ".join(first.notes) == said


def test_what_does_not_fit_has_no_note() -> None:
    assert [one.notes for one in noted(ROWS, date(2026, 5, 31), 9999)][1:] == [(), (), (), ()]


def test_notes_are_told_apart_from_what_is_at_risk() -> None:
    lines = list(to_text(noted(ROWS, date(2026, 5, 30), 14)))
    assert lines[lines.index("Running out") + 1] == "    C-1: A-1 ends on 2026-05-31, tomorrow."


# -- CSV ---------------------------------------------------------------------------------------------------------------------


def test_the_spreadsheet_has_every_row_with_its_figures() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(ROWS))))
    assert [(one["claim"], one["line"], one["at_risk"], one["amount"]) for one in rows] == [
        ("C-3", "2", "yes", "900.00"),
        ("C-2", "", "yes", "100.00"),
        ("C-4", "", "yes", "100.00"),
        ("C-1", "", "no", "50.00"),
        ("C-3", "1", "no", "7.50"),
    ]
    short, early, _, linked, _ = rows
    assert (short["over"], short["left"], short["unit"], short["certified"], short["billed"]) == ("2", "1", "VS", "6", "3")
    assert (early["misfit"], early["days"], early["certified"]) == ("dates", "5", "2026-03-01; 2026-05-31")
    assert (linked["until"], linked["days"], linked["misfit"]) == ("2026-05-31", "", "")


@pytest.mark.parametrize("claim", ["=1+1", "+1", "-1", "@A1", "\t=1"])
def test_no_cell_is_a_formula(claim: str) -> None:
    (one,) = csv.DictReader(io.StringIO(to_csv([row(Verdict.MISSING, "1", claim)])))
    assert one["claim"] == f"'{claim}"


# -- the page ----------------------------------------------------------------------------------------------------------------


def test_the_page_is_whole_and_has_a_bar_for_each_verdict() -> None:
    text = "".join(to_html("claims.837", ROWS))
    page = Page(text)
    assert page.tags.count("article") == 3
    bars = re.findall(r'<rect class="(\w+)".*? width="([\d.]+)"', text)
    assert [kind for kind, _ in bars] == ["safe", "safe", "risk", "risk", "risk"]
    lengths = [float(width) for _, width in bars]
    assert max(lengths) == lengths[-1]  # units-short, 900.00
    assert abs(lengths[-1] / lengths[0] - 18) < 0.1  # linked, 50.00
    assert "http" not in text.replace("http-equiv", "")


def test_nothing_of_a_document_is_markup() -> None:
    bad = '<b>"&'
    rows = [
        row(
            Verdict.SERVICE_MISMATCH, "1", bad, line=bad, payer=bad, authorization=bad, reasons=(bad,), notes=(bad,),
            misfit=Misfit(what="service", certified=(bad,), billed=(bad,)), candidates=(Candidate(bad, False, bad),),
        ),
        row(Verdict.LINKED, "1", bad, notes=(bad,)),
    ]  # fmt: skip
    text = "".join(to_html("<i>.837", rows))
    assert "b" not in Page(text).tags
    assert "i" not in Page(text).tags
    assert "\x1b" not in "".join(to_html("x", [row(Verdict.MISSING, "1", "a\x1b[2J")]))


def test_a_page_without_amounts_or_claims_is_one_too() -> None:
    for rows in ((), (row(Verdict.MISSING, "0"),), (row(Verdict.MISSING, "-5"),)):
        Page("".join(to_html("x", rows)))


def test_a_very_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims_page, "LONGEST", 2)
    text = "".join(to_html("x", ROWS))
    assert text.count("<article") == 2
    assert "1 more, $100.00 in all, are in the CSV and the JSON." in text
