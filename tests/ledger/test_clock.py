"""The clock: answers that are due, units nearly used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from edi.cli import main
from edi.ledger import Ledger
from edi.ledger.database import Database
from edi.ledger.migrations import configuration
from edi.linkage.deadlines import Deadlines
from edi.linkage.history import Message, current
from edi.records.authorization import Decision
from edi.records.services import Period

Open = Callable[[], Ledger]
ASKED = datetime(2026, 2, 18, 9, 30)
PAST = Period(start=date(2026, 2, 1), end=date(2026, 2, 17))


def overdue(ledger: Ledger, now: datetime, **more: Any) -> list[str]:
    return [held.services[0].procedure for held in ledger.authorizations(overdue=now, **more)]


def test_an_answer_is_overdue_after_seven_days_or_72_hours(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        service = made.service("97140", decision=Decision.UNANSWERED, number="")
        urgent = made.request("A200", created=ASKED, level_of_service="U", services=(service,))
        ledger.record_authorizations([made.request(created=ASKED), urgent])
        assert overdue(ledger, datetime(2026, 2, 21, 9, 30)) == []
        assert overdue(ledger, datetime(2026, 2, 21, 9, 31)) == ["97140"]
        assert overdue(ledger, datetime(2026, 2, 25, 9, 30)) == ["97140"]
        assert overdue(ledger, datetime(2026, 2, 25, 9, 31)) == ["97140", "97110"]
        assert overdue(ledger, datetime(2026, 2, 20), deadlines=Deadlines({"MAPLE1": {"expedited": "24h"}})) == ["97140"]
        (first, second) = ledger.authorizations(pending=True)
    assert (first.expedited, first.asked, first.due) == (
        False,
        ASKED.replace(tzinfo=UTC),
        datetime(2026, 2, 25, 9, 30, tzinfo=UTC),
    )
    assert second.expedited


def test_what_has_a_day_only_is_due_at_the_end_of_one(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_told([made.request(source="phone", received=ASKED.date(), issued=None)])
        (held,) = ledger.authorizations(pending=True)
        assert held.due == datetime(2026, 2, 25, 23, 59, tzinfo=UTC)
        assert overdue(ledger, datetime(2026, 2, 25, 18, 0)) == []
        assert overdue(ledger, datetime(2026, 2, 26)) == ["97110"]


@pytest.mark.parametrize(
    ("changes", "review", "due"),
    [
        ({"certification_type": "2"}, "appeal", datetime(2026, 3, 20, 9, 30)),
        ({"certification_type": "N"}, "appeal", datetime(2026, 3, 20, 9, 30)),
        ({"certification_type": "1", "level_of_service": "U"}, "appeal", datetime(2026, 2, 21, 9, 30)),
        ({"certification_type": "3"}, "cancellation", None),
        ({"period": PAST, "level_of_service": "03"}, "retrospective", None),
        ({"period": PAST, "certification_type": "2"}, "retrospective", None),
        ({"period": PAST, "category": "AR"}, "retrospective", None),
        ({"period": None, "category": "AR"}, "", datetime(2026, 2, 25, 9, 30)),  # a stay that nobody knows the end of
        ({"period": Period(start=PAST.start, end=ASKED.date())}, "", datetime(2026, 2, 25, 9, 30)),
        ({"certification_type": "4"}, "", datetime(2026, 2, 25, 9, 30)),
    ],
)
def test_payers_have_another_time_for_what_is_no_first_review(
    open_ledger: Open, made: Any, changes: dict[str, Any], review: str, due: datetime | None
) -> None:
    services = (made.service(decision=Decision.UNANSWERED, number="", period=changes.get("period", made.service().period)),)
    request = made.request(created=ASKED, **{"services": services} | changes)
    with open_ledger() as ledger:
        ledger.record_authorizations([request])
        (held,) = ledger.authorizations(pending=True)
        late = {now: len(overdue(ledger, now)) for now in (due, due + timedelta(minutes=1))} if due else {}
        assert overdue(ledger, datetime(2027, 1, 1)) == (["97110"] if due else [])
    assert current([Message(request, ASKED.date(), 1)]).review == review
    assert held.due == (due.replace(tzinfo=UTC) if due else None)
    assert list(late.values()) == ([0, 1] if due else [])


def test_what_is_pended_still_waits_and_what_is_answered_does_not(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(created=ASKED), made.authorization(number="", decision=Decision.PENDED)])
        assert len(overdue(ledger, datetime(2026, 3, 1))) == 1
        ledger.record_authorizations([made.authorization(issued=date(2026, 3, 2))])
        assert overdue(ledger, datetime(2026, 3, 9)) == []
        (held,) = ledger.authorizations()
    assert (held.asked, held.due) == (None, None)


def test_the_request_for_more_has_a_clock_of_its_own(open_ledger: Open, made: Any) -> None:
    extension = made.request(
        "A101", certification_type="4", previous_number="A100", issued=date(2026, 5, 1), created=datetime(2026, 5, 1, 8, 0)
    )
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(created=ASKED), made.authorization(), extension])
        (held,) = ledger.authorizations(pending=True)
    assert held.due == datetime(2026, 5, 8, 8, 0, tzinfo=UTC)


def test_services_that_are_used_up_or_nearly(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations(
            [made.authorization(), made.authorization("A200", services=(made.service("97140", 6, number="A200"),))]
        )
        ledger.record_claims([made.claim(number="A100", lines=(made.line(units=5),))])
        assert [held.number for held in ledger.authorizations(used_up=Decimal("0.8"))] == ["A100"]
        assert ledger.authorizations(used_up=Decimal(1)) == []
        ledger.record_claims([made.claim("CLAIM2", number="A100", lines=(made.line(units=1),))])
        assert [held.number for held in ledger.authorizations(used_up=Decimal(1))] == ["A100"]


def test_an_older_ledger_is_brought_up_to_date(open_ledger: Open, ledger_url: str, made: Any) -> None:
    from alembic import command

    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(certification_type="2"), made.authorization("A200")])
    database = Database(ledger_url)
    with database.writing() as session:
        command.downgrade(configuration(session.connection()), "0001")
    database.close()
    with open_ledger() as ledger:
        waiting, answered = ledger.authorizations()
    assert waiting.due == datetime(2026, 3, 20, tzinfo=UTC)
    assert (waiting.asked, waiting.source) == (datetime(2026, 2, 18, tzinfo=UTC), "278")
    assert answered.asked is None


def test_what_an_older_ledger_has_cancelled_waits_no_more(open_ledger: Open, ledger_url: str, made: Any) -> None:
    from alembic import command

    cancel = made.request(certification_type="3", issued=date(2026, 2, 20))
    agreed = replace(cancel, decision=Decision.CANCELLED, issued=date(2026, 2, 22))
    anew = made.request("A200", created=ASKED + timedelta(days=9), issued=date(2026, 2, 27), previous_number="A100")
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(), made.authorization(decision=Decision.PENDED), cancel, agreed])
    for messages, waits in (([], 0), ([replace(anew, traces=("T-A100",))], 1)):
        with open_ledger() as ledger:
            ledger.record_authorizations(messages)
        database = Database(ledger_url)
        with database.writing() as session:
            command.downgrade(configuration(session.connection()), "0013")
            session.execute(text("UPDATE authorizations SET awaiting = true"))
        database.close()
        with open_ledger() as ledger:
            (one,) = ledger.authorizations()
            assert (one.decision, one.awaiting) == ("cancelled", bool(waits))


@pytest.fixture
def run(tmp_path: Path, made: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        ledger.record_authorizations([made.request(created=ASKED), made.authorization("A200")])
        ledger.record_claims([made.claim(number="A200", lines=(made.line(units=5),))])
    return lambda *words: CliRunner().invoke(main, ["authorizations", "list", *words], env={"EDI_LEDGER": url})


def decisions(result: Any) -> list[str]:
    return [one["decision"] for one in json.loads(result.stdout)["authorizations"]]


def test_the_list_says_what_is_overdue(run: Any, tmp_path: Path) -> None:
    late = ("--overdue", "--today", "2026-02-26")
    assert run(*late).output.splitlines()[0].endswith("dates                     due")
    assert run(*late).output.splitlines()[1].endswith("2026-03-01 to 2026-05-31  2026-02-25 09:30")
    assert run("--overdue", "--today", "2026-02-25").output == "No such authorization in the ledger.\n"
    assert decisions(run("--overdue", "--today", "2026-02-25T10:00", "--format", "json")) == ["unanswered"]
    (tmp_path / "edi.toml").write_text('[payers.MAPLE1]\nline = "other"\n')
    assert run(*late).output == "No such authorization in the ledger.\n"
    (tmp_path / "edi.toml").write_text('[payers.MAPLE1]\nstandard = "soon"\n')
    assert (run(*late).exit_code, run(*late).stderr) == (
        2,
        'edi: [payers.MAPLE1]: standard must be days or hours, such as "7d" or "72h".\n',
    )


def test_what_is_asked_for_combines(run: Any) -> None:
    ending = ("--expiring", "14d", "--today", "2026-05-20", "--format", "json")
    assert decisions(run(*ending)) == ["certified"]
    assert decisions(run(*ending, "--used-up", "80%")) == ["certified"]
    assert decisions(run(*ending, "--used-up")) == []
    assert decisions(run(*ending, "--pending")) == []
    assert run("--used-up", "none").exit_code == 2
