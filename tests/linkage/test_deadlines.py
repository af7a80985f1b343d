"""Until when a payer has to answer."""

from __future__ import annotations

from datetime import datetime

import pytest

from edi.errors import DefinitionError
from edi.linkage.deadlines import Deadlines


@pytest.mark.parametrize(
    ("said", "asked", "expedited", "due"),
    [
        ({}, "2026-01-01T00:00", False, "2026-01-08T00:00"),
        ({}, "2026-03-02T09:30", True, "2026-03-05T09:30"),
        ({}, "2025-12-31T23:59", False, "2026-01-14T23:59"),
        ({"line": "medicaid"}, "2025-12-31T12:00", False, None),
        ({"line": "medicaid"}, "2026-01-01T12:00", False, "2026-01-08T12:00"),
        ({"line": "exchange"}, "2026-03-02T09:30", False, "2026-03-17T09:30"),
        ({"line": "other"}, "2026-03-02T09:30", True, None),
        ({"standard": "5d"}, "2026-03-02T09:30", False, "2026-03-07T09:30"),
        ({"standard": "5d"}, "2026-03-02T09:30", True, "2026-03-05T09:30"),
        ({"line": "other", "expedited": "24h"}, "2026-03-02T09:30", True, "2026-03-03T09:30"),
    ],
)
def test_an_answer_is_due(said: dict[str, str], asked: str, expedited: bool, due: str | None) -> None:
    found = Deadlines({"P": said} if said else {}).due("P", datetime.fromisoformat(asked), expedited=expedited)
    assert found == (datetime.fromisoformat(due) if due else None)


@pytest.mark.parametrize(
    ("said", "review", "expedited", "due"),
    [
        ({}, "appeal", False, "2026-04-01T09:30"),
        ({}, "appeal", True, "2026-03-05T09:30"),
        ({"standard": "5d"}, "appeal", False, "2026-04-01T09:30"),
        ({"line": "medicaid-managed-care"}, "appeal", False, "2026-04-01T09:30"),
        ({"line": "medicaid"}, "appeal", False, None),
        ({}, "retrospective", True, None),
        ({"expedited": "24h"}, "cancellation", True, None),
    ],
)
def test_a_first_review_is_not_all_that_is_asked_for(said: dict[str, str], review: str, expedited: bool, due: str | None) -> None:
    asked = datetime(2026, 3, 2, 9, 30)
    found = Deadlines({"P": said} if said else {}).due("P", asked, expedited=expedited, review=review)
    assert found == (datetime.fromisoformat(due) if due else None)
    told = Deadlines().due("P", asked, expedited=expedited, review=review, decide_by=asked.date())
    assert told is not None  # what the payer says itself is so


def test_of_what_has_no_time_nothing_is_due() -> None:
    assert Deadlines().due("P", None, expedited=False) is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"line": "drugs"}, r"\[payers.P\]: line must be one of medicare-advantage, "),
        ({"standard": "soon"}, r'\[payers.P\]: standard must be days or hours, such as "7d" or "72h"'),
        ({"expedited": 72}, r"\[payers.P\]: expedited must be days or hours"),
        ({"lines": "chip"}, r"\[payers.P\]: there is no setting 'lines'"),
    ],
)
def test_terms_that_are_none_are_refused(said: dict[str, str], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        Deadlines({"P": said})
