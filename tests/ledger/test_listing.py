"""Lists in pages: every list whole and in order whatever the size of its pages, by an index, from a place that does not move."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event
from sqlalchemy.engine import Engine

from edi.cli import main
from edi.errors import LedgerError
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.listing import AuthorizationPage, AuthorizationQuery
from edi.ledger.migrations import configuration
from edi.linkage.deadlines import Deadlines
from edi.records.authorization import Decision
from edi.records.parties import Party
from edi.records.services import Period

Open = Callable[[], Ledger]
TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, 0)
TERMS = Deadlines({"P1": {"standard": "2d"}, "P2": {"line": "other"}, "P3": {"line": "exchange"}})
WANTED = {
    "all": AuthorizationQuery(),
    "pending": AuthorizationQuery(pending=True),
    "expiring": AuthorizationQuery(expiring=(TODAY, 14)),
    "used up": AuthorizationQuery(used_up=Decimal(1)),
    "half used": AuthorizationQuery(used_up=Decimal("0.5")),
    "overdue": AuthorizationQuery(overdue=NOW),
    "overdue by terms": AuthorizationQuery(overdue=NOW, deadlines=TERMS),
    "overdue of a payer": AuthorizationQuery(overdue=NOW, deadlines=TERMS, payer="P1"),
    "overdue of another": AuthorizationQuery(overdue=NOW, deadlines=TERMS, payer="P4"),
    "payer": AuthorizationQuery(payer="P1"),
    "payer, pending": AuthorizationQuery(payer="P1", pending=True),
    "payer, expiring": AuthorizationQuery(payer="P1", expiring=(TODAY, 14)),
    "payer, used": AuthorizationQuery(payer="P1", used_up=Decimal("0.5")),
    "member": AuthorizationQuery(member="w-3"),
    "number": AuthorizationQuery(number="a 7"),
    "trace": AuthorizationQuery(number="T-A8"),
    "nobody": AuthorizationQuery(payer="NOBODY"),
}


def fill(ledger: Ledger, made: Any, count: int = 60) -> None:
    """Authorizations of five payers and six members: some wait (since days, weeks, months), some are used, some end soon."""
    random = Random(6)
    records, claims = [], []
    for n in range(count):
        person = replace(made.authorization().subscriber, member_id=f"W{n % 6}")
        common: dict[str, Any] = {
            "subscriber": person,
            "patient": person,
            "payer": Party(role="X3", name="PLAN", id_qualifier="PI", id=f"P{n % 5}"),
            "period": Period(start=date(2026, 1, 1), end=TODAY + timedelta(days=random.randrange(-5, 25))),
        }
        if n % 3 == 0:
            asked = NOW - timedelta(hours=random.choice((10, 50, 100, 200, 400, 2000)))
            level = random.choice(("", "U"))
            records.append(made.request(f"A{n}", created=asked, issued=asked.date(), level_of_service=level, **common))
            if n % 4 == 0:
                told = asked + timedelta(hours=1)
                extended = asked.date() + timedelta(days=random.choice((3, 9, 40))) if n % 8 == 0 else None
                pended = {
                    "decision": Decision.PENDED,
                    "number": "",
                    "decide_by": extended,
                    "issued": told.date(),
                    "created": told,
                }
                records.append(made.authorization(f"A{n}", **(common | pended)))
            continue
        decision = Decision.DENIED if n % 7 == 1 else Decision.CERTIFIED
        services = (made.service(number=f"A{n}", amount=4, decision=decision, period=common["period"]),)
        records.append(made.authorization(f"A{n}", decision=decision, services=services, **common))
        if units := random.choice((0, 0, 1, 2, 4)):
            end = common["period"].end
            line = made.line(units=units, period=Period(start=end, end=end))
            people = {"subscriber": person, "patient": person, "payer": replace(common["payer"], role="PR")}
            claims.append(made.claim(f"C{n}", number=f"A{n}", lines=(line,), period=Period(start=end, end=end), **people))
    ledger.record_authorizations(records)
    ledger.record_claims(claims)


def paged(ledger: Ledger, wanted: AuthorizationQuery, limit: int) -> list[str]:
    pages: list[AuthorizationPage] = []
    while not pages or pages[-1].next is not None:
        pages.append(ledger.page(wanted, limit=limit, after=pages[-1].next or "" if pages else ""))
    assert all(len(page.authorizations) == limit for page in pages[:-1])
    return [held.key for page in pages for held in page.authorizations]


def expected(ledger: Ledger, wanted: AuthorizationQuery) -> list[str]:
    """The list made the long way: everything, looked at one by one."""
    records = {record.key: record for record in ledger.records()}
    found = []
    for held in ledger.authorizations(deadlines=wanted.deadlines):
        positive = [service for service in held.services if service.decision == "certified" and service.certified]
        share = max((service.used / (service.certified or 1) for service in positive), default=Decimal(0))
        start, days = wanted.expiring or (TODAY, 0)
        ends = held.end is not None and start <= held.end <= start + timedelta(days) and held.decision == "certified"
        due = held.due.replace(tzinfo=None) if held.due else datetime.max
        record = records[held.key]
        fits = (
            not wanted.pending or held.awaiting,
            wanted.payer in ("", held.payer_id),
            not wanted.member or record.subscriber.member_id == "W3",
            not wanted.number or record.traces[0][-2:] == "A" + wanted.number[-1],
            wanted.used_up is None or share >= wanted.used_up,
            wanted.overdue is None or due < wanted.overdue,
            wanted.expiring is None or ends,
        )
        order: Any = 0
        if wanted.overdue:
            order = due
        elif wanted.expiring:
            order = held.end
        elif wanted.used_up is not None:
            order = -share
        if all(fits):
            found.append(((order, int(held.key) if wanted.used_up is None else -int(held.key)), held.key))
    return [key for _, key in sorted(found)]


@pytest.fixture
def ledger(open_ledger: Open, made: Any) -> Any:
    with open_ledger() as kept:
        fill(kept, made)
        yield kept


def test_every_list_is_whole_and_in_order_whatever_its_pages(ledger: Ledger) -> None:
    sizes = {}
    for name, wanted in WANTED.items():
        keys = expected(ledger, wanted)
        sizes[name] = len(keys)
        for limit in (1, 3, 100):
            assert paged(ledger, wanted, limit) == keys, name
    assert sizes.pop("nobody") == 0
    assert all(sizes.values()), sizes
    assert sizes["overdue"] != sizes["overdue by terms"]


def test_a_page_stays_where_it_was_when_others_come_and_change(ledger: Ledger, made: Any) -> None:
    first = ledger.page(AuthorizationQuery(), limit=5)
    assert first.next is not None
    ledger.record_authorizations([made.authorization("NEW")])
    assert ledger.page(AuthorizationQuery(), limit=5) == first
    assert ledger.page(AuthorizationQuery(), limit=100, after=first.next).authorizations[-1].number == "NEW"


def test_a_cursor_of_another_list_is_refused(ledger: Ledger) -> None:
    wrong = [("all", "x"), ("all", "2026-03-02.7"), ("expiring", "7"), ("used up", "7"), ("overdue", "10000.7")]
    for name, after in wrong:
        with pytest.raises(LedgerError, match=r"is no place in this list"):
            ledger.page(WANTED[name], after=after)


def test_a_page_reads_no_more_than_an_index_has(ledger_url: str, ledger: Ledger) -> None:
    """SQLite says how it answers: it must not look through the table, nor sort what it found."""
    if not ledger_url.startswith("sqlite"):
        pytest.skip("PostgreSQL goes by statistics, and these tables are small")
    plans: list[str] = []

    def listen(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "LIMIT" in statement:
            plans.extend(row[-1] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(Engine, "after_cursor_execute", listen)
    try:
        for name in [name for name in WANTED if name not in ("all", "member", "number", "trace")]:
            ledger.page(WANTED[name], limit=3)
            assert plans, name
            assert [plan for plan in plans if "TEMP B-TREE" in plan or plan == "SCAN authorizations"] == [], name
            plans.clear()
    finally:
        event.remove(Engine, "after_cursor_execute", listen)


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["authorizations", "list", "--ledger", url, *words])


def test_the_command_says_how_to_get_the_next_page(ledger_url: str, ledger: Ledger) -> None:
    first = run(ledger_url, "--limit", "2")
    assert first.exit_code == 0
    assert first.stdout.splitlines()[-1] == "2 authorizations, and there are more: add --after 2 for the next ones."
    told = json.loads(run(ledger_url, "--limit", "2", "--after", "2", "--format", "json").stdout)
    assert ([one["key"] for one in told["authorizations"]], told["next"]) == (["3", "4"], "4")
    assert run(ledger_url).stdout.splitlines()[-1] == f"{len(ledger.authorizations())} authorizations."
    assert json.loads(run(ledger_url, "--limit", "all", "--format", "json").stdout)["next"] is None
    (one,) = json.loads(run(ledger_url, "--number", "A7", "--format", "json").stdout)["authorizations"]
    assert one["number"] == "A7"


def test_what_is_no_page_is_refused_in_a_sentence(ledger_url: str, ledger: Ledger) -> None:
    for words in (("--limit", "0"), ("--limit", "few"), ("--after", "yesterday")):
        refused = run(ledger_url, *words)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert words[1] in refused.stderr


def test_an_older_ledger_learns_what_is_used(ledger_url: str, ledger: Ledger) -> None:
    from alembic import command

    before = {name: paged(ledger, wanted, 7) for name, wanted in WANTED.items()}
    database = Database(ledger_url)
    with database.writing() as session:
        command.downgrade(configuration(session.connection()), "0002")
    database.close()
    with Ledger(ledger_url) as again:
        for name in ("all", "used up", "half used", "payer, used", "pending", "expiring"):
            assert paged(again, WANTED[name], 7) == before[name], name
