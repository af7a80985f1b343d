"""A referral and an authorization that have a number, a trace or a handle in common stay two, in memory and in the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

import edi
from edi.ledger import Ledger
from edi.linkage.joining import joined
from edi.records.authorization import Authorization, Decision
from tests.linkage.build import authorization, claim, service

REFERRAL = "SC"


def asked(category: str, trace: str, **more: Any) -> Authorization:
    return said(category, trace, number="", decision=Decision.UNANSWERED, issued=date(2026, 2, 1), **more)


def said(category: str, trace: str, number: str = "N-1", **more: Any) -> Authorization:
    """An answer of the 2nd of February; UM01 is `category`."""
    more.setdefault("issued", date(2026, 2, 2))
    traces = (trace,) if trace else ()
    kind = "referral" if category == REFERRAL else "authorization"
    return authorization(number, service(), category=category, kind=kind, traces=traces, **more)


def stand(messages: Sequence[Authorization], folder: Path | None, at_once: bool = False) -> list[Authorization]:
    """What stands of messages as they come: in memory, or in a ledger that takes them one by one or at once."""
    if folder is None:
        return joined(messages)
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'ledger.db'}"
    with Ledger(url) as ledger:
        for batch in [messages] if at_once else [[one] for one in messages]:
            ledger.record_authorizations(batch)
        return list(ledger.records())


def each_way(messages: Sequence[Authorization], folder: Path) -> list[list[tuple[str, str, str, int]]]:
    """Kind, number, decision and how many services of what stands, in every order and way of arrival."""
    found = []
    for n, order in enumerate(permutations(messages)):
        ways: list[tuple[Path | None, bool]] = [(None, False)]
        if n in (0, 1, 3, 5, 9, 14, 23) or len(messages) < 4:
            ways += [(folder / f"one-{n}", False), (folder / f"all-{n}", True)]
        found += [[_told(one) for one in stand(order, *way)] for way in ways]
    return [sorted(one) for one in found]


def _told(one: Authorization) -> tuple[str, str, str, int]:
    return one.kind, one.number, one.decision.value, len(one.services)


AUTHORIZED = ("authorization", "N-1", "certified", 1)
REFERRED = ("referral", "N-1", "certified", 1)


@pytest.mark.parametrize(
    "shared",
    [
        {},
        {"administrative_reference": "NT-1"},
        {"request_reference": "R-1"},
        {"previous_number": "N-0"},
    ],
    ids=["number", "handle", "reference", "previous"],
)
@pytest.mark.parametrize("traces", [("T-1", "T-2"), ("T-1", "T-1"), ("", "")], ids=["two", "one", "none"])
def test_one_number_for_both_kinds(traces: tuple[str, str], shared: dict[str, str], tmp_path: Path) -> None:
    both = [said("HS", traces[0], **shared), said(REFERRAL, traces[1], **shared)]
    assert all(found == [AUTHORIZED, REFERRED] for found in each_way(both, tmp_path))


def test_each_request_is_with_the_answer_of_its_kind(tmp_path: Path) -> None:
    """One trace for both."""
    messages = [asked("HS", "T-1"), said("HS", "T-1"), asked(REFERRAL, "T-1"), said(REFERRAL, "T-1")]
    assert all(found == [AUTHORIZED, REFERRED] for found in each_way(messages, tmp_path))


def test_an_answer_that_tells_no_kind_is_of_its_requests(tmp_path: Path) -> None:
    """UM01 is not repeated: the trace says which request is answered, the number is that of both."""
    messages = [asked("HS", "T-1"), said("", "T-1"), asked(REFERRAL, "T-2"), said("", "T-2")]
    assert all(found == [AUTHORIZED, REFERRED] for found in each_way(messages, tmp_path))
    alone = [asked(REFERRAL, "T-2"), said("", "T-2"), said("HS", "T-1")]
    assert all(found == [AUTHORIZED, REFERRED] for found in each_way(alone, tmp_path))


def test_what_ends_above_the_events_makes_no_two_one(tmp_path: Path) -> None:
    """A transaction with both is rejected as a whole: the rejection has no more than its BHT03."""
    rejected = authorization("", decision=Decision.REJECTED, services=(), request_reference="R-1", issued=date(2026, 2, 2))
    both = [asked("HS", "T-1", request_reference="R-1"), asked(REFERRAL, "T-2", request_reference="R-1")]
    expected = [("authorization", "", "rejected", 1), ("referral", "", "unanswered", 1)]
    assert all(found == expected for found in each_way([*both, rejected], tmp_path))


def test_a_later_answer_that_tells_no_kind_changes_none(tmp_path: Path) -> None:
    later = said("", "T-1", issued=date(2026, 2, 9))
    assert all(found == [REFERRED] for found in each_way([said(REFERRAL, "T-1"), later], tmp_path))


def test_an_answer_of_the_other_kind_leaves_the_request_waiting(tmp_path: Path) -> None:
    """Nothing says that it is meant: the number goes where the answer says, and the referral is still to come."""
    messages = [asked(REFERRAL, "T-1"), said("HS", "T-1")]
    assert all(found == [AUTHORIZED, ("referral", "", "unanswered", 1)] for found in each_way(messages, tmp_path))


@pytest.mark.parametrize("backwards", [False, True])
def test_each_number_goes_into_its_own_place(backwards: bool, ledger_url: str) -> None:
    """In memory, and in a ledger of either kind that takes them one by one."""
    both = [said("HS", "T-1"), said(REFERRAL, "T-2")]
    messages = both[::-1] if backwards else both
    linked = edi.link([claim()], messages)
    with Ledger(ledger_url) as ledger:
        for one in messages:
            ledger.record_authorizations([one])
        found = ledger.check([claim()])
    for rows in ([*linked.claims, *linked.beside], [*found.claims, *found.beside]):
        assert [(row.kind, row.verdict, row.authorization, row.placement) for row in rows] == [
            ("authorization", "linked", "N-1", "2300"),
            ("referral", "linked", "N-1", "2300"),
        ]


def test_what_a_ledger_joined_before_is_told_apart_by_the_next_message(tmp_path: Path) -> None:
    """Versions before this one made one of both, of the kind that came last."""
    stand([said("HS", "T-1"), said(REFERRAL, "T-2")], tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        ledger.execute("update events set authorization_id = 1")
        ledger.execute("update or ignore identifiers set authorization_id = 1")
        for table in ("identifiers", "services", "authorizations"):
            ledger.execute(f"delete from {table} where {'id' if table == 'authorizations' else 'authorization_id'} = 2")
        ledger.execute("update authorizations set kind = 'referral'")
        ledger.commit()
    found = stand([said("HS", "T-1", issued=date(2026, 2, 9))], tmp_path)
    assert sorted(map(_told, found)) == [AUTHORIZED, REFERRED]
