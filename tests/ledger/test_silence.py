"""Claims of which nothing is heard become work, and are none when something is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edi.errors import DefinitionError
from edi.ledger import Ledger
from edi.linkage.deadlines import Deadlines
from tests.ledger.test_accepting import ANSWERS, CLAIM, NOW, PAID, ledger_with, sent_again

Open = Callable[[], Ledger]
OTHER = sent_again(CLAIM.replace(b"LO1002", b"LO9002"), "261103", "0900", 79)


def silent(ledger: Ledger, days: int, deadlines: Deadlines | None = None) -> list[tuple[str, str, str]]:
    day = (NOW + timedelta(days)).date()
    ledger.work.note_silence(day, deadlines=deadlines or Deadlines(), now=NOW)
    found = ledger.worklist(day)
    return [(item.claim, item.reason, str(item.amount)) for item in found if item.kind == "silence"]


def later(ledger: Ledger, data: bytes, days: int) -> None:
    ledger.take(data, now=NOW + timedelta(days))


def test_silence_is_work_until_something_is_heard(open_ledger: Open) -> None:
    with ledger_with(open_ledger, CLAIM, OTHER) as ledger:
        ledger.take(PAID, now=NOW)
        assert silent(ledger, 29) == []
        assert silent(ledger, 30) == [("LO9002", "silent since 2026-11-20", "4200")]
        assert silent(ledger, 31) == [("LO9002", "silent since 2026-11-20", "4200")], "once, not every day again"
        later(ledger, OTHER.replace(b"LO9002", b"LO9003").replace(b"000000079", b"000000080"), 32)
        assert [claim for claim, *_ in silent(ledger, 32)] == ["LO9002"]


@pytest.mark.parametrize(
    "answer", [ANSWERS.group("A", "261110 0905"), ANSWERS.claim("A2:20", "261110 0905"), ANSWERS.ta1("A", "261110 0905")]
)
def test_an_acknowledgment_breaks_silence_and_the_time_runs_anew(open_ledger: Open, answer: bytes) -> None:
    with ledger_with(open_ledger, CLAIM, ANSWERS.claim("A1:19", "261103 0905", claim="LO1111")) as ledger:
        assert len(silent(ledger, 30)) == 1
        later(ledger, answer, 31)
        assert silent(ledger, 31) == []
        assert silent(ledger, 60) == []
        assert silent(ledger, 61) == [("LO1002", "silent since 2026-12-21", "4200")]
        later(ledger, PAID.read_bytes(), 62)
        assert silent(ledger, 100) == []


def test_a_rejection_is_not_silence(open_ledger: Open) -> None:
    with ledger_with(open_ledger, CLAIM, ANSWERS.claim("A7:562", "261103 0905")) as ledger:
        assert silent(ledger, 100) == []


def test_what_was_sent_again_is_silent_once(open_ledger: Open) -> None:
    again = sent_again(CLAIM, "261108", "0900", 77)
    with ledger_with(open_ledger, CLAIM, again, ANSWERS.claim("A1:19", "261103 0905", claim="LO1111")) as ledger:
        assert [claim for claim, *_ in silent(ledger, 40)] == ["LO1002"]


def test_where_answers_go_elsewhere_nothing_is_missing(open_ledger: Open) -> None:
    with ledger_with(open_ledger, CLAIM) as ledger:
        # The responses to its requests came from the same payer, but they are no answers to claims.
        assert silent(ledger, 100) == []


def test_a_payers_own_time(open_ledger: Open) -> None:
    short = Deadlines({"MHP01": {"silence": "5d"}})
    other = Deadlines({"OTHER": {"silence": "5d"}})
    with ledger_with(open_ledger, CLAIM, ANSWERS.claim("A1:19", "261103 0905", claim="LO1111")) as ledger:
        assert silent(ledger, 4, short) == []
        assert silent(ledger, 5, other) == []
        assert len(silent(ledger, 5, short)) == 1
    with pytest.raises(DefinitionError, match="silence must be days or hours"):
        Deadlines({"MHP01": {"silence": "soon"}})


def test_a_void_waits_for_nothing(open_ledger: Open) -> None:
    void = CLAIM.replace(b"21:B:1*", b"21:B:8*")
    with ledger_with(open_ledger, void, ANSWERS.claim("A1:19", "261103 0905", claim="LO1111")) as ledger:
        assert ledger.status().claims == 1
        assert silent(ledger, 100) == []
