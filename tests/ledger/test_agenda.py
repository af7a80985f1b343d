"""The worklist in its order and in pages: late first, then by money and deadline, then what waits; the same however it is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from edi.errors import LedgerError
from edi.ledger import Ledger
from edi.ledger.work.agenda import WorkQuery
from edi.ledger.work.worklist import WorkItem
from edi.records.authorization import Decision
from edi.records.services import Period

TODAY = date(2026, 4, 10)
NOW = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)


def denial(made: Any, name: str, amount: int, produced: date) -> Any:
    """A payment that denies an amount; its deadline is 60 days after it was produced."""
    payment = made.payment(name, made.adjustment(amount=f"{amount}.00"), trace=f"CHECK-{name}", produced_on=produced)
    return replace(payment, charge=Decimal(amount), paid=Decimal(0))


LATE = TODAY - timedelta(days=80)
RECENT = TODAY - timedelta(days=10)
NEWEST = TODAY - timedelta(days=1)
DENIED = (("SMALL", 50, RECENT), ("LATE-SMALL", 60, LATE), ("LARGE", 1000, NEWEST), ("EQUAL", 1000, RECENT), ("LATE", 900, LATE))
ORDER = ["LATE", "LATE-SMALL", "EQUAL", "LARGE", "LINK", "SMALL", "R-A1", "R-A2"]


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger], made: Any) -> Iterator[Ledger]:
    """Denials, one claim that could not be linked ($80), and two requests, the later one asked first."""
    with open_ledger() as opened:
        opened.note(opened.link([made.claim("LINK", number="A999")]).claims, now=NOW)
        opened.record_payments([denial(made, *each) for each in DENIED], now=NOW)
        for number, day in (("A2", date(2026, 4, 8)), ("A1", date(2026, 4, 7))):
            request = made.request(number, issued=day)
            person = replace(request.patient, member_id=f"W-{number}", last_name=f"QUILL{number}")
            opened.record_authorizations([replace(request, patient=person, subscriber=person)], now=NOW)
        yield opened


def names(items: list[WorkItem] | tuple[WorkItem, ...]) -> list[str]:
    return [item.claim or f"R-{item.authorization.removeprefix('T-')}" for item in items]


def test_late_first_then_money_then_deadline_then_what_waits(ledger: Ledger) -> None:
    assert names(ledger.work.items(TODAY)) == ORDER


def test_cents_are_compared_as_numbers(ledger: Ledger, made: Any) -> None:
    """As text 99.90 would come before 1000."""
    some = denial(made, "ODD", 99, RECENT)
    lines = tuple(replace(line, adjustments=(replace(line.adjustments[0], amount=Decimal("999.995")),)) for line in some.lines)
    ledger.record_payments([replace(some, lines=lines, charge=Decimal("999.995"))], now=NOW)
    assert names(ledger.work.items(TODAY))[2:6] == ["EQUAL", "ODD", "LARGE", "LINK"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
def test_pages_of_any_size_are_the_list(ledger: Ledger, limit: int) -> None:
    wanted, after, found, pages = WorkQuery(today=TODAY), "", [], 0
    while True:
        page = ledger.work.page(wanted, limit=limit, after=after)
        assert len(page.items) <= limit
        found += page.items
        pages += 1
        if page.next is None:
            break
        after = page.next
    assert names(found) == ORDER
    assert pages == -(-len(ORDER) // limit)


def test_what_changes_between_two_pages_moves_nothing(ledger: Ledger, made: Any) -> None:
    wanted = WorkQuery(today=TODAY)
    first = ledger.work.page(wanted, limit=3)
    assert first.next
    ledger.work.close([first.items[0].item], why="written off", by="ann", now=NOW)
    ledger.record_payments([denial(made, "NEW", 5000, RECENT)], now=NOW)
    assert names([*first.items, *ledger.work.page(wanted, limit=9, after=first.next).items]) == ORDER


def test_the_total_is_of_the_whole_list(ledger: Ledger) -> None:
    total = ledger.work.total(WorkQuery(today=TODAY))
    items = ledger.work.items(TODAY)
    assert (total.items, total.amount) == (len(items), sum(item.amount for item in items if item.amount is not None))
    assert ledger.work.total(WorkQuery(today=TODAY, kind="request")).to_json() == {"items": 2, "amount": "0.00"}
    assert ledger.work.total(WorkQuery(today=TODAY, kind="link")).to_json() == {"items": 1, "amount": "80.00"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "denial"}, ["LATE", "LATE-SMALL", "EQUAL", "LARGE", "SMALL"]),
        ({"kind": "link"}, ["LINK"]),
        ({"kind": "request"}, ["R-A1", "R-A2"]),
        ({"kind": "expiring"}, []),
        ({"due_before": TODAY}, ["LATE", "LATE-SMALL"]),
        ({"due_before": TODAY + timedelta(days=51)}, ["LATE", "LATE-SMALL", "EQUAL", "SMALL", "R-A1", "R-A2"]),
        ({"owner": "ann"}, ["LATE", "R-A2"]),
        ({"owner": ""}, ["EQUAL", "LARGE", "LINK", "SMALL", "R-A1"]),
        ({"owner": "ann", "states": ("worked",)}, ["LATE", "R-A2"]),
        ({"states": ("open",)}, ["EQUAL", "LARGE", "LINK", "SMALL", "R-A1"]),
        ({"states": ("closed",)}, ["LATE-SMALL"]),
        ({"owner": "ann", "states": ("open", "worked", "closed")}, ["LATE", "R-A2"]),
        ({"payer": "MAPLE1"}, ORDER),
        ({"payer": "MAPLE HEALTH"}, [name for name in ORDER if name != "LINK"]),
        ({"payer": "ANOTHER"}, []),
    ],
)
def test_what_is_asked_for_is_listed(ledger: Ledger, asked: dict[str, Any], found: list[str]) -> None:
    by_name = {name: item.item for name, item in zip(ORDER, ledger.work.items(TODAY), strict=True)}
    if "due_before" not in asked and "kind" not in asked and "payer" not in asked:
        ledger.work.take([by_name["LATE"], by_name["R-A2"]], by="ann", now=NOW)
        ledger.work.close([by_name["LATE-SMALL"]], why="too late", by="bea", now=NOW)
    assert names(ledger.work.items(TODAY, **asked)) == found
    assert ledger.work.total(WorkQuery(today=TODAY, **asked)).items == len(found)


@pytest.mark.parametrize(
    "after", ["x", "late", "late.1", "late.x.2026-01-01.1", "done.1.2026-01-01.1", "waiting.2026-01-01", "5"]
)
def test_a_cursor_of_another_list_is_refused(ledger: Ledger, after: str) -> None:
    with pytest.raises(LedgerError, match="is no place in this list"):
        ledger.work.page(WorkQuery(today=TODAY), after=after)


def test_a_page_is_found_by_an_index(ledger_url: str) -> None:
    """In a ledger of any size: nothing is sorted, and what is closed is not looked at."""
    from edi.ledger.database import Database

    if not ledger_url.startswith("sqlite"):
        pytest.skip("PostgreSQL plans by how much there is")
    database = Database(ledger_url)
    with database.reading() as session:
        query = (
            "SELECT stake, until, id FROM work WHERE state <> 'closed' AND authorization_id IS NULL AND until < '2026-04-10' "
            "AND (stake, until, id) > (-5, '2026-01-01', 3) ORDER BY stake, until, id LIMIT 100"
        )
        plan = " ".join(str(row[3]) for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    database.close()
    assert "ix_work_order" in plan
    assert "TEMP B-TREE" not in plan


def several(made: Any) -> Iterator[Any]:
    """Requests that are urgent or not, of several days or of none, extended, rejected; and authorizations that end."""
    for n in range(12):
        changes: dict[str, Any] = {
            "issued": date(2026, 4, 1 + n % 4) if n % 5 else None,
            "level_of_service": "" if n % 3 else "U",
        }
        if n % 4 == 3:
            changes |= {"decision": Decision.REJECTED}
        if n % 4 == 2:
            changes |= {"decision": Decision.PENDED, "decide_by": date(2026, 4, 15)}
        person = replace(made.request().patient, member_id=f"W-{n}", last_name=f"QUILL{n}")
        yield made.request(f"Q{n}", subscriber=person, patient=person, **changes)
    for n in range(3):
        person = replace(made.request().patient, member_id=f"E-{n}", last_name=f"SORREL{n}")
        period = Period(start=date(2026, 3, 1), end=date(2026, 4, 12 + n))
        yield made.authorization(f"E{n}", subscriber=person, patient=person, period=period)


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
@pytest.mark.parametrize("kind", ["", "request"])
def test_what_waits_is_the_same_in_pages_and_looked_at_whole(
    open_ledger: Callable[[], Ledger], made: Any, limit: int, kind: str
) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations(several(made), now=NOW)
        whole = [item.item for item in ledger.work.items(TODAY, kind=kind, payer="MAPLE1", expiring=30)]
        assert len(whole) == (12 if kind else 15)
        shut = [whole[0], whole[5], whole[-1]]
        ledger.work.close(shut, why="settled by phone", by="ann", now=NOW)
        wanted, after, found = WorkQuery(today=TODAY, kind=kind, expiring=30), "", []
        while after is not None:
            page = ledger.work.page(wanted, limit=limit, after=after)
            found += [item.item for item in page.items]
            after = page.next  # type: ignore[assignment]  # None ends it
        assert found == [name for name in whole if name not in shut]
        assert found == [item.item for item in ledger.work.items(TODAY, kind=kind, payer="MAPLE1", expiring=30)]
        assert ledger.work.total(wanted).items == len(found)
