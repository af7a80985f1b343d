"""A ledger of a million authorizations, and how long each list of `edi authorizations list` takes: python -m bench.lists

The rows are written straight into the tables, as taking a million answers would leave them; each page is asked for from its
beginning and from far behind it, by the library, so that the start of Python does not count.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bench.people import BILLING, authorization_number, member, npi, procedure

if TYPE_CHECKING:
    from edi.ledger import Ledger
    from edi.ledger.listing import AuthorizationQuery

TODAY: Final = date(2026, 6, 15)
NOW: Final = datetime(2026, 6, 15, 9, tzinfo=UTC)
PAYERS: Final = 25
BATCH: Final = 10_000
ROWS: Final = 50
"""Of a page."""
BEST_OF: Final = 5
_FIRST_DAY: Final = date(2026, 1, 1)


def fill(url: str, count: int) -> None:
    """Write so many authorizations into an empty ledger: one in a hundred waits, one in 25 is denied, one in ten is used."""
    from sqlalchemy import insert

    from edi.ledger.database import Database
    from edi.ledger.tables import AuthorizationRow, IdentifierRow, InterchangeRow, ServiceRow, UseRow

    tables: tuple[Any, ...] = (AuthorizationRow, ServiceRow, IdentifierRow, UseRow)
    database = Database(url)
    template = _record()
    with database.writing() as session:
        connection = session.connection()
        sent = {"id": 1, "digest": "0", "control": "1", "sender": "P", "receiver": "S", "usage": "P", "name": "", "size": 0}
        connection.execute(insert(InterchangeRow), [sent])
        numbers = iter(range(count))
        while batch := list(islice(numbers, BATCH)):
            rows = [_rows(number, template) for number in batch]
            for at, table in enumerate(tables):
                if found := [row for one in rows for row in one[at]]:
                    connection.execute(insert(table.__table__), found)
    database.close()


def _record() -> str:
    """The record of a certified authorization, with marks where each differs."""
    from edi.ledger.reading import to_json
    from edi.records.authorization import Authorization, CertifiedService, Decision
    from edi.records.parties import Party, Person
    from edi.records.services import Period, Procedure, Quantity

    person = Person(last_name="@LAST", first_name="@FIRST", member_id="@ID", birth_date=date(1, 1, 1), gender="F")
    period = Period(start=_FIRST_DAY, end=date(2026, 12, 31))
    service = CertifiedService(
        decision=Decision.CERTIFIED,
        number="@NUMBER",
        procedure=Procedure(code="@CODE"),
        period=period,
        quantity=Quantity(unit="UN", amount=Decimal(10)),
    )
    record = Authorization(
        key="@KEY",
        decision=Decision.CERTIFIED,
        number="@NUMBER",
        category="HS",
        certification_type="I",
        payer=Party(role="X3", name="EVERGREEN HEALTH", id_qualifier="PI", id="@PAYER"),
        requester=Party(role="1P", name="PRACTICE", id_qualifier="XX", id="@NPI"),
        subscriber=person,
        patient=person,
        period=period,
        services=(service,),
        traces=("@TRACE",),
        issued=_FIRST_DAY,
    )
    return to_json(record)


def _rows(number: int, template: str) -> tuple[list[dict[str, Any]], ...]:
    """The rows of an authorization, by table."""
    who, id, code = member(number), number + 1, procedure(number)
    payer = "EVGRN" if number % 2 else f"PAYER{number % PAYERS}"
    given, trace = authorization_number(number), f"T{number}"
    waits, denied, used = number % 101 == 7, number % 25 == 3, number % 10 == 1
    decision = "unanswered" if waits else "denied" if denied else "certified"
    given = "" if decision != "certified" else given
    end = _FIRST_DAY + timedelta(days=number * 7919 % 365)
    amount = 1 + number // 10 % 10
    record = template
    for mark, value in (
        ("@LAST", who.last), ("@FIRST", who.first), ("@ID", who.id), ("@NUMBER", given), ("@CODE", code), ("@PAYER", payer),
        ("@NPI", npi(number % BILLING)), ("@TRACE", trace), ("@KEY", str(id)), ("0001-01-01", str(date.fromisoformat(who.born))),
    ):  # fmt: skip
        record = record.replace(mark, value)
    authorization = {
        "id": id, "kind": "authorization", "decision": decision, "awaiting": waits,
        "asked_at": NOW - timedelta(hours=number % 1000) if waits else None, "expedited": waits and number % 303 == 7,
        "source": "278", "used": amount * 1000 if used and given else 0, "number": given, "payer_id": payer,
        "payer_name": "EVERGREEN HEALTH", "member_key": who.id, "patient": f"{who.last}, {who.first}", "period_start": _FIRST_DAY,
        "period_end": end, "issued": _FIRST_DAY, "record": record,
    }  # fmt: skip
    service = {
        "authorization_id": id, "position": 0, "decision": decision, "number": given, "qualifier": "HC", "code": code,
        "code_end": "", "revenue_code": "", "service_type": "", "period_start": _FIRST_DAY, "period_end": end, "unit": "UN",
        "amount": Decimal(10),
    }  # fmt: skip
    names = [("member", who.id), ("trace", trace), *([("number", given)] if given else [])]
    identifiers = [{"authorization_id": id, "kind": kind, "value": value, "folded": value} for kind, value in names]
    uses = [
        {
            "id": id, "authorization_id": id, "service": 0, "role": "professional", "claim": f"C{number}", "days": "2026-03-09",
            "amount": Decimal(amount), "state": "sent",
        }
    ]  # fmt: skip
    return [authorization], [service], identifiers, uses if used and given else []


def lists(count: int) -> Iterator[tuple[str, AuthorizationQuery]]:
    """Each list, and what it is called."""
    from edi.ledger.listing import AuthorizationQuery
    from edi.linkage.deadlines import Deadlines

    terms = Deadlines({"PAYER4": {"standard": "2d"}, "PAYER8": {"line": "exchange"}})
    middle = member(count // 2)
    yield "all", AuthorizationQuery()
    yield "--pending", AuthorizationQuery(pending=True)
    yield "--expiring 14d", AuthorizationQuery(expiring=(TODAY, 14))
    yield "--used-up", AuthorizationQuery(used_up=Decimal(1))
    yield "--used-up 80%", AuthorizationQuery(used_up=Decimal("0.8"))
    yield "--overdue", AuthorizationQuery(overdue=NOW)
    yield "--overdue, payers with terms of their own", AuthorizationQuery(overdue=NOW, deadlines=terms)
    yield "--payer, half of all", AuthorizationQuery(payer="EVGRN")
    yield "--payer, one in fifty", AuthorizationQuery(payer="PAYER4")
    yield "--payer --pending", AuthorizationQuery(payer="EVGRN", pending=True)
    yield "--payer --expiring 14d", AuthorizationQuery(payer="PAYER4", expiring=(TODAY, 14))
    yield "--payer --used-up", AuthorizationQuery(payer="PAYER4", used_up=Decimal(1))
    yield "--member", AuthorizationQuery(member=middle.id)
    yield "--number", AuthorizationQuery(number=authorization_number(count // 2))


def slowest(ledger: Ledger, wanted: AuthorizationQuery) -> float:
    """Seconds for a page of a list, the best of several: of its first page, of the next, and of one far behind, the slowest."""
    after, found = "", []
    for limit in (ROWS, ROWS, 20_000, ROWS):
        times = []
        for _ in range(1 if limit > ROWS else BEST_OF):
            began = time.perf_counter()
            page = ledger.page(wanted, limit=limit, after=after)
            times.append(time.perf_counter() - began)
        if limit == ROWS:
            found.append(min(times))
        if page.next is None:
            break
        after = page.next
    return max(found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description="How long lists of a large ledger take.")
    parser.add_argument("--authorizations", type=int, default=1_000_000)
    parser.add_argument(
        "--ledger", metavar="URL", help="a ledger that is filled where it is empty; a temporary one when not given"
    )
    options = parser.parse_args()
    from edi.ledger import Ledger

    with tempfile.TemporaryDirectory(prefix="edi-lists-") as folder:
        url = options.ledger or f"sqlite:///{folder}/ledger.db"
        with Ledger(url) as ledger:
            count = ledger.status().authorizations
        if not count:
            print("... writing the ledger", file=sys.stderr, flush=True)
            count = options.authorizations
            fill(url, count)
        with Ledger(url) as ledger:
            print(f"| a page of {ROWS}, ledger of {count:,} | seconds |\n|---|--:|")
            for name, wanted in lists(count):
                print(f"| {name} | {slowest(ledger, wanted):.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
