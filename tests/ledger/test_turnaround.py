"""How payers decided, and how long they took."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edi.cli import main
from edi.ledger import Ledger
from edi.records.authorization import Decision

Open = Callable[[], Ledger]
ASKED = datetime(2026, 2, 18, 9, 0)


def life(made: Any, number: str, hours: int, decision: Decision = Decision.CERTIFIED, **changes: Any) -> list[Any]:
    told = ASKED + timedelta(hours=hours)
    services = tuple(made.service(number=number, decision=decision) for _ in "1")
    return [
        made.request(number, created=ASKED, **changes),
        made.authorization(number, decision=decision, services=services, issued=told.date(), created=told),
    ]


def test_shares_and_times_of_a_payer(open_ledger: Open, made: Any) -> None:
    pended = made.authorization(
        "", decision=Decision.PENDED, traces=("T-A3",), request_reference="R-A3", issued=date(2026, 2, 19)
    )
    with open_ledger() as ledger:
        ledger.record_authorizations(
            [
                *life(made, "A1", 10),
                *life(made, "A2", 20, Decision.DENIED),
                *life(made, "A3", 60, Decision.MODIFIED),
                pended,
                *life(made, "A4", 5, level_of_service="U"),
                made.request("A5", created=ASKED),
            ]
        )
        standard, expedited = ledger.turnaround()
        assert ledger.turnaround(payer="NOBODY") == []
        assert ledger.turnaround(start=date(2026, 2, 19)) == []
        assert len(ledger.turnaround(payer="MAPLE1", start=date(2026, 2, 18), end=date(2026, 2, 18))) == 2
    counts = {name: count for name, count in standard.outcomes.items() if count}
    assert (standard.requests, counts) == (4, {"approved": 1, "denied": 1, "modified": 1, "unanswered": 1})
    assert (standard.timed, standard.average, standard.median) == (3, timedelta(hours=30), timedelta(hours=20))
    assert (standard.pended_first, standard.share("denied")) == (1, 0.25)
    assert (expedited.expedited, expedited.requests, expedited.median) == (True, 1, timedelta(hours=5))


def test_what_is_pended_or_rejected_is_not_decided(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations(life(made, "A1", 5, Decision.PENDED))
        ledger.record_authorizations(life(made, "A2", 5, Decision.REJECTED))
        (found,) = ledger.turnaround()
    assert {name: count for name, count in found.outcomes.items() if count} == {"pended": 1, "rejected": 1}
    assert found.average is None


def test_an_appeal_is_no_request_of_its_own(open_ledger: Open, made: Any) -> None:
    appeal = made.request(
        "A1", certification_type="1", traces=("T-A1",), created=ASKED + timedelta(days=5), issued=date(2026, 2, 23)
    )
    granted = made.authorization("A1", certification_type="1", issued=date(2026, 3, 1), created=ASKED + timedelta(days=11))
    with open_ledger() as ledger:
        ledger.record_authorizations([*life(made, "A1", 10, Decision.DENIED), appeal, granted])
        (found,) = ledger.turnaround()
    assert (found.requests, found.outcomes["denied"], found.approved_after_appeal) == (1, 1, 1)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("before", "agreed", "outcome"),
    [
        (Decision.CERTIFIED, Decision.CANCELLED, "approved"),
        (Decision.PENDED, Decision.CANCELLED, "cancelled"),
        (Decision.PENDED, Decision.CERTIFIED, "cancelled"),
        (None, Decision.CANCELLED, "cancelled"),
        (Decision.PENDED, Decision.DENIED, "pended"),
    ],
)
def test_a_cancellation_is_no_request_and_no_decision(
    open_ledger: Open, made: Any, before: Decision | None, agreed: Decision, outcome: str, backwards: bool
) -> None:
    messages = life(made, "A100", 120, before) if before else [made.request(created=ASKED)]
    messages[-1] = replace(messages[-1], administrative_reference="NT-1")
    cancel = made.request(certification_type="3", traces=("T-2",), request_reference="R-2", issued=date(2026, 2, 23))
    messages.append(replace(cancel, administrative_reference="NT-1"))
    messages.append(replace(messages[-1], decision=agreed))  # on the day of the answer to the first request
    with open_ledger() as ledger:
        for message in reversed(messages) if backwards else messages:
            ledger.record_authorizations([message])
        (found,) = ledger.turnaround()
    counts = {name: count for name, count in found.outcomes.items() if count}
    assert (found.requests, counts, found.timed) == (1, {outcome: 1}, int(outcome == "approved"))


def test_a_cancellation_alone_is_not_counted(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(certification_type="3", decision=Decision.CANCELLED)])
        assert ledger.turnaround() == []


def test_what_came_without_its_request_has_no_time(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        (found,) = ledger.turnaround()
    assert (found.requests, found.outcomes["approved"], found.timed, found.average) == (1, 1, 0, None)


def run(tmp_path: Path, made: Any, *words: str) -> Result:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        ledger.record_authorizations([*life(made, "A1", 10), *life(made, "A2", 100, Decision.DENIED)])
    return CliRunner().invoke(main, ["report", "turnaround", *words], env={"EDI_LEDGER": url})


def test_the_report_is_text(tmp_path: Path, made: Any) -> None:
    assert run(tmp_path, made).output.splitlines() == [
        "payer         urgency   requests  approved  modified  denied  pended  unanswered  after appeal  average  median",
        "MAPLE HEALTH  standard         2     50.0%      0.0%   50.0%    0.0%        0.0%             0   55.0 h  55.0 h",
    ]
    for until in ("--until", "--to"):  # the second is what it was called
        assert run(tmp_path, made, until, "2026-01-01").output == "No request in the ledger in this time.\n"


def test_the_report_is_json_csv_and_a_picture(tmp_path: Path, made: Any) -> None:
    document = json.loads(run(tmp_path, made, "--format", "json", "--from", "2026-01-01").output)
    assert (document["from"], document["to"]) == ("2026-01-01", None)
    assert document["payers"][0]["outcomes"]["denied"] == {"count": 1, "share": 0.5}
    (row,) = csv.DictReader(io.StringIO(run(tmp_path, made, "--format", "csv").output))
    assert (row["payer_id"], row["approved"], row["average_hours"]) == ("MAPLE1", "1", "55.0")
    out = tmp_path / "out.svg"
    assert run(tmp_path, made, "--format", "svg", "-o", str(out)).output == ""
    picture = ET.fromstring(out.read_text())
    titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[1:] == ["approved: 1, 50.0%", "denied: 1, 50.0%"]
