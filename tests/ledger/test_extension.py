"""A payer may extend its time, once and by two weeks, when it says so: the clock, the worklist and the report go by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edi.cli import main
from edi.ledger import Ledger
from edi.linkage.deadlines import Deadlines
from edi.records.authorization import Decision, read_authorizations

Open = Callable[[], Ledger]
ASKED = datetime(2026, 2, 18, 9, 30)
USUAL = datetime(2026, 2, 25, 9, 30)


def pended(made: Any, decide_by: date | None, **changes: Any) -> Any:
    return made.authorization("", decision=Decision.PENDED, traces=("T-A100",), decide_by=decide_by, **changes)


@pytest.mark.parametrize(
    ("decide_by", "due"),
    [
        (None, USUAL),
        (date(2026, 2, 20), USUAL),
        (date(2026, 3, 4), datetime(2026, 3, 4, 23, 59)),
        (date(2026, 5, 1), datetime(2026, 3, 11, 9, 30)),
    ],
    ids=["not said", "no later than it has", "as it says", "two weeks at most"],
)
def test_the_clock_follows_what_the_payer_says(open_ledger: Open, made: Any, decide_by: date | None, due: datetime) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(created=ASKED), pended(made, decide_by)])
        (held,) = ledger.authorizations(pending=True)
        assert held.due is not None and held.due.replace(tzinfo=None) == due
        assert ledger.authorizations(overdue=due + timedelta(minutes=1)) == [held]
        assert ledger.authorizations(overdue=due.replace(hour=0, minute=0)) == []
        (item,) = ledger.worklist(date(2026, 3, 1))
        assert item.deadline == due.date()
        ledger.record_authorizations([made.authorization(issued=date(2026, 3, 5))])
        (held,) = ledger.authorizations()
        assert (held.decide_by, held.due) == (None, None)


def test_where_no_rule_limits_the_payer_its_word_does(open_ledger: Open, made: Any) -> None:
    terms = Deadlines({"MAPLE1": {"line": "other"}})
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(created=ASKED)])
        assert ledger.authorizations(overdue=datetime(2027, 1, 1), deadlines=terms) == []
        assert ledger.worklist(date(2026, 3, 1), deadlines=terms)[0].deadline is None
        ledger.record_authorizations([pended(made, date(2026, 6, 1))])
        (held,) = ledger.authorizations(overdue=datetime(2027, 1, 1), deadlines=terms)
        assert held.due is not None and held.due.date() == date(2026, 6, 1)


def test_a_pended_response_says_it_by_an_end_date() -> None:
    data = PENDED.replace(b"HCR*A4**0U~\n", b"HCR*A4**0U~\nDTP*036*D8*20260304~\n", 1)
    (plain,), (told,) = (list(read_authorizations(one)) for one in (PENDED, data))
    assert (plain.decide_by, told.decide_by) == (None, date(2026, 3, 4))


def test_the_report_counts_what_was_extended_and_then_approved(open_ledger: Open, made: Any) -> None:
    extended = pended(made, date(2026, 3, 4), issued=date(2026, 2, 20))
    other = replace(extended, traces=("T-A200",), request_reference="R-A200")
    answers = [extended, made.authorization(issued=date(2026, 3, 3)), other]
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(created=ASKED), made.request("A200", created=ASKED), *answers])
        (found,) = ledger.turnaround()
    assert (found.requests, found.extended, found.extended_approved) == (2, 2, 1)


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--ledger", url])


def test_a_call_extends_the_time_and_the_commands_say_so(ledger_url: str, made: Any) -> None:
    with Ledger(ledger_url) as ledger:
        ledger.record_authorizations([made.request(created=ASKED)])
    told = ("--decision", "pended", "--channel", "phone", "--payer", "MAPLE1", "--member", "W1000001", "--request", "T-A100")
    added = run(ledger_url, "authorizations", "add", *told, "--date", "2026-02-20", "--decide-by", "2026-03-04")
    assert added.exit_code == 0, added.output
    listed = run(ledger_url, "authorizations", "list", "--pending").stdout
    assert "2026-03-04 23:59 extended" in listed
    (item,) = json.loads(run(ledger_url, "worklist", "--format", "json").stdout)["items"]
    assert item["deadline"] == "2026-03-04"
    assert "2026-03-04 (late)" in run(ledger_url, "worklist").stdout
    figures = json.loads(run(ledger_url, "report", "turnaround", "--format", "json").stdout)["payers"][0]
    assert (figures["extended"], figures["extended_approved"]) == (1, 0)
    wrong = run(ledger_url, "authorizations", "add", *told, "--decision", "denied", "--decide-by", "2026-03-04")
    assert (wrong.exit_code, wrong.stderr) == (2, "edi: decide_by: is only for what is pended.\n")


PENDED = b"""ISA*00*          *00*          *ZZ*RECEIVER       *ZZ*SUBMITTER      *260220*0900*^*00501*000000002*0*P*:~
GS*HI*RECEIVER*SUBMITTER*20260220*0900*2*X*005010X217~
ST*278*0001*005010X217~
BHT*0007*11*R1*20260220*0900*19~
HL*1**20*1~
NM1*X3*2*MAPLE HEALTH*****PI*MAPLE1~
HL*2*1*21*1~
NM1*1P*2*RIVERSIDE THERAPY*****XX*1234567893~
HL*3*2*22*1~
NM1*IL*1*QUILL*NORA****MI*W1000001~
HL*4*3*EV*0~
TRN*2*T-A100*9EVERGREEN~
UM*HS*I*3~
HCR*A4**0U~
REF*NT*P1~
SE*14*0001~
GE*1*2~
IEA*1*000000002~
"""
