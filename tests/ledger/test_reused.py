"""One trace number used for two authorizations: whatever order their messages come in, each ends with the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.linkage.joining import joined
from edi.records.authorization import Authorization, Decision
from edi.records.services import Period
from tests.ledger.conftest import PATIENT, Made

MADE = Made()
AGAIN = {"traces": ("T-A100",), "request_reference": "R-A100"}
JUNE = Period(start=date(2026, 6, 1), end=date(2026, 6, 30))
REQUEST = MADE.request()
ANSWER = MADE.authorization()
OTHER = MADE.authorization("A200", issued=date(2026, 3, 2), **AGAIN)
LATER = MADE.request("A200", issued=date(2026, 2, 27), services=(MADE.service("97140", number=""),), **AGAIN)
PENDED = MADE.authorization(decision=Decision.PENDED, number="", services=(), issued=date(2026, 2, 19))
CANCELLED = replace(OTHER, certification_type="3", services=(), issued=date(2026, 3, 5))
EXTENSION = replace(OTHER, certification_type="4", services=(MADE.service(number="A300", period=JUNE),), number="A300")
STORIES = {
    "one request": (REQUEST, ANSWER, OTHER),
    "two requests": (REQUEST, ANSWER, LATER, OTHER),
    "a pend before": (REQUEST, PENDED, ANSWER, OTHER),
    "the second cancelled": (REQUEST, ANSWER, OTHER, CANCELLED),
    "the second extended, by a number of its own": (ANSWER, OTHER, replace(EXTENSION, issued=date(2026, 3, 9))),
}


def told(ledger: Ledger, member: str = PATIENT.member_id) -> list[Any]:
    """What stands of a member: of each authorization its number, decision, services, messages, and whether it waits."""
    mine = ledger.authorizations(member=member)
    lives = [life for held in mine for life in ledger.authorization(held.number) if life.held.key == held.key]
    return sorted(
        (
            life.held.number,
            life.held.decision,
            life.held.awaiting,
            sorted((service.procedure, service.number, str(service.start)) for service in life.held.services),
            [(event.kind, str(event.day)) for event in life.events],
        )
        for life in lives
    )


def of_member(message: Authorization, member: str) -> Authorization:
    """The message about another patient."""
    who = replace(PATIENT, member_id=member)
    return replace(message, subscriber=who, patient=who)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("story", STORIES)
def test_every_order_ends_the_same(story: str, together: bool, open_ledger: Callable[[], Ledger]) -> None:
    """For each order there is a patient."""
    lives = {
        f"W{n}": [of_member(message, f"W{n}") for message in order]
        for n, order in enumerate(itertools.permutations(STORIES[story]))
    }
    with open_ledger() as ledger:
        for batch in lives.values() if together else zip(*lives.values(), strict=True):
            ledger.record_authorizations(batch)
        found = [told(ledger, member) for member in lives]
    assert found == [found[0]] * len(lives)
    assert [one[0] for one in found[0]] == ["A100", "A200"]


def test_the_request_is_with_the_answer_to_it(open_ledger: Callable[[], Ledger]) -> None:
    """Behind both answers, and where the wrong one comes first."""
    asked = [("A100", [("requested", "2026-02-18"), ("answered", "2026-02-20")]), ("A200", [("answered", "2026-03-02")])]
    with open_ledger() as ledger:
        ledger.record_authorizations([REQUEST])
        ledger.record_authorizations([OTHER])
        ledger.record_authorizations([ANSWER])
        assert [(one[0], one[-1]) for one in told(ledger)] == asked


@pytest.mark.parametrize("order", list(itertools.permutations((REQUEST, ANSWER, OTHER))))
def test_records_without_a_ledger_end_the_same(order: Sequence[Authorization]) -> None:
    assert sorted((one.number, one.issued) for one in joined(order)) == [("A100", ANSWER.issued), ("A200", OTHER.issued)]
