"""What waits for its payer, such as a service that is pended beside others, and what the payer refused, before its service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from edi.ledger import Ledger
from edi.ledger.listing import AuthorizationQuery
from edi.ledger.work.agenda import WorkQuery
from edi.records.authorization import read_authorizations
from edi.records.spreadsheet import read_entries, write_records
from tests.linkage.test_lives import ASKED, PENDED, PT, asks, message

NOW = datetime(2026, 9, 5, 8, 0, tzinfo=UTC)
CLOSED, LATER = datetime(2026, 9, 6, 8, 0, tzinfo=UTC), datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
TODAY = date(2026, 9, 10)


def test_a_service_that_is_pended_waits(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(PENDED, purpose="19")):
            ledger.take(data, now=NOW)
        assert len(ledger.authorizations(pending=True)) == 1
        ledger.take(message(f"{PT}HL*5*4*SS*0~HCR*A1*AUTH1~SV1*HC:97140**UN*10~", day=10), now=NOW)
        assert ledger.authorizations(pending=True) == []
        (one,) = ledger.authorizations()
    assert one.decision == "certified"


@pytest.mark.parametrize(("answer", "decision"), [("A1*AUTH1", "certified"), ("A3", "denied")])
def test_a_service_that_an_answer_leaves_out_waits_too(answer: str, decision: str, open_ledger: Callable[[], Ledger]) -> None:
    """The event is decided and only one of its two services is named: nobody says that the other one is meant as well."""
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(f"UM*HS*I*PT~HCR*{answer}~HL*5*4*SS*0~SV1*HC:97110**UN*10~")):
            ledger.take(data, now=NOW)
        (one,) = ledger.authorizations(pending=True)
        assert (one.decision, [service.decision for service in one.services]) == (decision, [decision, "unanswered"])
        (item,) = ledger.worklist(date(2026, 12, 1))
        assert (item.kind, item.reason) == ("request", decision)
        assert item.action == "Ask the payer for what it left open: 97140, which its answer does not name."
        ledger.take(message(f"UM*HS*I*PT~HL*5*4*SS*0~HCR*{answer}~SV1*HC:97140**UN*10~", day=10), now=NOW)
        assert ledger.authorizations(pending=True) == []
        assert [item.kind for item in ledger.worklist(date(2026, 12, 1))] == ([] if decision == "certified" else ["refusal"])


STILL = f"{PT}HCR*A4**0U~"


def test_another_answer_opens_what_a_person_closed(open_ledger: Callable[[], Ledger]) -> None:
    """The payer pends it once more, and wants something else: that the same answer comes again is no news."""
    first, second, third = (message(STILL, day=day, purpose="19") for day in (4, 7, 5))
    with open_ledger() as ledger:
        for data in (asks(ASKED), first):
            ledger.take(data, now=NOW)
        ledger.work.close(["A1"], why="faxed the notes", by="ann", now=CLOSED)
        ledger.take(first.replace(b"*000000001*", b"*000000002*").replace(b"*000000001~", b"*000000002~"), now=LATER)
        assert ledger.work.items(TODAY) == []
        ledger.take(second, now=LATER)
        (item,) = ledger.work.items(TODAY)
        assert (item.item, item.state, item.reason) == ("A1", "open", "pended")
        assert ledger.work.show("A1").history[-1].what == "reopened"
        ledger.work.close(["A1"], why="faxed that too", by="ann", now=LATER + timedelta(1))
        ledger.take(third, now=LATER + timedelta(2))  # it was made before the last, and nothing is left to do about that
        assert ledger.work.items(TODAY) == []


def test_what_tells_again_what_stands_opens_nothing(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        ledger.take(asks(ASKED), now=NOW)
        (pended,) = read_authorizations(message(STILL, purpose="19"))
        ledger.record_authorizations([pended], now=NOW)
        ledger.work.close(["A1"], why="faxed the notes", by="ann", now=CLOSED)
        told = replace(pended, source="inquiry", created=datetime(2026, 9, 9, 8))
        ledger.record_authorizations([told], now=LATER)
        assert ledger.work.items(TODAY) == []
        ledger.record_authorizations([replace(told, reasons=("0V",))], now=LATER)
        assert [item.item for item in ledger.work.items(TODAY)] == ["A1"]


def test_the_work_is_about_the_service_that_is_pended(open_ledger: Callable[[], Ledger]) -> None:
    """Until when the payer decides it says of the service, and a spreadsheet has it beside that one."""
    said = PENDED.replace("HCR*A4**0U~", "HCR*A4**0U~DTP*036*D8*20260915~")
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(said, purpose="19")):
            ledger.take(data, now=NOW)
        (item,) = ledger.work.items(TODAY)
        assert (item.reason, item.deadline) == ("partly-certified", date(2026, 9, 15))
        why = "0U more about the patient is needed"
        assert item.action == f"Ask the payer what it wants for 97140 ({why}): its answer does not name it."
        sheet = write_records(ledger.records())
    assert [row.split(",")[-1] for row in sheet.decode().splitlines()[1:]] == ["", "2026-09-15"]
    ((entry,), problems) = read_entries(sheet.replace(b"2026-10-01", b"2026-09-01"))
    assert (entry.record.decide_by, problems) == (date(2026, 9, 15), [])


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("papers", "answer", "waits"),
    [
        ("", "A1*AUTH1~", False),
        ("", "A3~", False),
        ("~DTP*AAH*RD8*20261001-20270131", "A1*AUTH1~", True),
        ("HL*7*4*SS*0~SV1*HC:97112**UN*4~", "A1*AUTH1~", True),
        ("", "A4**0U~", True),
    ],
    ids=["certified", "denied", "other dates", "another service", "still pended"],
)
def test_what_decides_the_review_decides_what_brought_papers_to_it(
    papers: str, answer: str, waits: bool, turned: bool, open_ledger: Callable[[], Ledger]
) -> None:
    """The payer answers under the trace of the first request, and never under that of the revised one (REF*NT)."""
    more = ASKED.replace("UM*HS*I", "UM*HS*S").replace("11:B~", "11:B~REF*NT*REV9~PWK*OZ*EL***AC*PAPER1~", 1)
    more = more.replace("~DTP*AAH*RD8*20261001-20261231", papers) if papers.startswith("~") else more + papers
    messages = [
        asks(ASKED),
        message(f"{STILL}REF*NT*REV9~", purpose="19"),
        asks(more, name="2").replace(b"*20260903*1401~", b"*20260906*1401~"),
        message(f"{PT}HCR*{answer}", day=10),
    ]
    with open_ledger() as ledger:
        for data in messages[::-1] if turned else messages:
            ledger.take(data, now=NOW)
        (one,) = ledger.authorizations()
        assert one.awaiting is waits
        assert len([item for item in ledger.work.items(TODAY) if item.kind == "request"]) == waits


REFUSED = f"{PT}HCR*A3**0F~"
LESS = f"{PT}HCR*A6*AUTH1~DTP*007*RD8*20261001-20261231~HL*5*4*SS*0~SV1*HC:97110**UN*%d~"
APPEAL = asks(f"UM*HS*1*PT*11:B~REF*NT*REV9~{ASKED[len(PT) :]}", name="2")
WHY = "ask for a peer-to-peer talk or appeal before the service"


@pytest.mark.parametrize(
    ("answer", "reason", "action"),
    [
        (REFUSED, "denied", f"It was refused: {WHY}, or call it off."),
        (PENDED.replace("A4**0U", "A3**0F"), "partly-certified", f"97140 was refused: {WHY}, or call it off."),
        (LESS % 6, "modified", f"Less was certified than was asked for: {WHY}, where the rest is needed."),
        (LESS % 12, "", ""),
        (f"{PT}HCR*A1*AUTH1~", "", ""),
    ],
)
def test_what_was_refused_is_work_before_its_service(
    answer: str, reason: str, action: str, open_ledger: Callable[[], Ledger]
) -> None:
    asked = ASKED if "97140" in answer else ASKED.split("HL*6")[0]
    with open_ledger() as ledger:
        for data in (asks(asked), message(answer)):
            ledger.take(data, now=NOW)
        found = ledger.work.items(TODAY)
        assert [(item.item, item.kind, item.reason, item.action) for item in found] == (
            [("R1", "refusal", reason, action)] if reason else []
        )
        assert all(item.deadline == date(2026, 10, 1) for item in found)
        assert ledger.work.page(WorkQuery(today=TODAY, kind="request"), limit=5).items == ()
        assert len(ledger.work.items(date(2026, 12, 31))) == len(found)
        assert ledger.work.items(date(2027, 1, 1)) == []  # it is over


@pytest.mark.parametrize(
    ("later", "note"),
    [
        ([message(f"{PT}HCR*A1*AUTH1~", day=10)], "The payer answered: certified, AUTH1."),
        ([APPEAL], "An appeal or a change was asked for."),
        ([APPEAL, message("UM*HS*1*PT*11:B~HCR*A3**0F~", day=12, name="2")], "An appeal or a change was asked for."),
    ],
    ids=["certified later", "appealed", "appealed in vain"],
)
def test_what_settles_a_refusal(later: list[bytes], note: str, open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(f"{REFUSED}REF*NT*REV9~")):
            ledger.take(data, now=NOW)
        ledger.work.note("R1", "called", by="ann", now=NOW)
        for data in later:
            ledger.take(data, now=LATER)
        assert [item for item in ledger.work.items(TODAY) if item.kind == "refusal"] == []
        life = ledger.work.show("R1")
        assert (life.item.state, life.history[-1].note) == ("closed", note)


def test_a_person_closes_a_refusal_and_another_one_opens_it(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        for data in (asks(ASKED), message(REFUSED)):
            ledger.take(data, now=NOW)
        assert [one.decision for one in ledger.page(AuthorizationQuery(decision="denied")).authorizations] == ["denied"]
        assert ledger.page(AuthorizationQuery(decision="certified")).authorizations == ()
        ledger.work.close(["r1"], why="no longer needed", by="ann", now=CLOSED)
        assert ledger.work.items(TODAY) == []
        assert ledger.work.total(WorkQuery(today=TODAY)).items == 0
        ledger.take(message(REFUSED, day=7), now=LATER)
        assert [item.item for item in ledger.work.items(TODAY)] == ["R1"]


def test_what_was_refused_without_dates_is_work_for_a_while(open_ledger: Callable[[], Ledger]) -> None:
    with open_ledger() as ledger:
        ledger.take(message(REFUSED), now=NOW)
        assert [(item.item, item.deadline) for item in ledger.work.items(TODAY)] == [("R1", None)]
        assert ledger.work.items(TODAY + timedelta(60)) == []
