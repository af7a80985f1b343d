"""Authorizations kept: requests and answers become one life, in whatever order they come; and what the ledger answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from edi.ledger import Ledger
from edi.records.authorization import Decision
from edi.records.parties import Person
from edi.records.services import Period, Quantity

Open = Callable[[], Ledger]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements of what is done inside."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def test_a_record_comes_back_as_it_was(open_ledger: Open, made: Any) -> None:
    record = made.authorization(
        "A/ 100-é\x00\x1f",
        quantity=Quantity(unit="UN", amount=Decimal("0.10")),
        patient=Person(last_name="QUILL", first_name="PIP", birth_date=date(2019, 2, 28)),
        dependent=True,
    )
    with open_ledger() as ledger:
        ledger.record_authorizations([record])
        (life,) = ledger.authorization("A/ 100-é\x00\x1f")
    assert life.record == replace(record, key=life.held.key)


@pytest.mark.parametrize("turned", [False, True], ids=["request first", "answer first"])
def test_request_and_answer_are_one_life_in_either_order(open_ledger: Open, made: Any, turned: bool) -> None:
    records = [made.request(), made.authorization()]
    with open_ledger() as ledger:
        for record in reversed(records) if turned else records:
            ledger.record_authorizations([record], now=made.now)
        (life,) = ledger.authorization("A100")
    assert [(event.kind, event.day) for event in life.events] == [
        ("requested", date(2026, 2, 18)),
        ("answered", date(2026, 2, 20)),
    ]
    assert (life.held.decision, life.held.awaiting) == ("certified", False)


def test_a_message_that_says_the_same_again_is_no_event(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        for _ in range(2):
            ledger.record_authorizations([made.request(), made.authorization(), made.authorization()])
        (life,) = ledger.authorization("A100")
    assert [event.kind for event in life.events] == ["requested", "answered"]


def test_request_and_answer_in_one_batch(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(), made.authorization(), made.request("A200")])
        assert ledger.status().authorizations == 2
        assert [held.decision for held in ledger.authorizations()] == ["certified", "unanswered"]
        (waiting,) = ledger.authorizations(pending=True)
        assert waiting.awaiting


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_a_life_told_in_any_order_is_one(open_ledger: Open, made: Any, together: bool) -> None:
    """The request of the extension comes before the first answer: only that ties the first request to it."""
    extension = made.request("A101", certification_type="4", previous_number="A100", issued=date(2026, 5, 1))
    more = made.service(period=Period(start=date(2026, 6, 1), end=date(2026, 6, 30)), number="A101")
    granted = made.authorization("A101", certification_type="4", services=(more,), issued=date(2026, 5, 3))
    told = [made.request(), made.authorization(), extension, granted]
    lives = []
    with open_ledger() as ledger:
        for turn, order in enumerate(itertools.permutations(told)):
            patient = replace(told[0].patient, member_id=f"W{turn}", first_name=f"N{turn}")
            records = [replace(record, subscriber=patient, patient=patient) for record in order]
            for batch in [records] if together else [[record] for record in records]:
                ledger.record_authorizations(batch)
            (held,) = ledger.authorizations(member=patient.member_id)
            lives.append(replace(held, key="", patient=""))
            assert len(ledger.authorization("A101")[turn].events) == 4
    assert all(life == lives[0] for life in lives)
    assert [(service.number, service.start) for service in lives[0].services] == [
        ("A100", date(2026, 3, 1)),
        ("A101", date(2026, 6, 1)),
    ]


def test_other_patients_with_the_same_numbers_are_others(open_ledger: Open, made: Any) -> None:
    other = replace(made.authorization().subscriber, member_id="W2", first_name="VERA")
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(), made.authorization(subscriber=other, patient=other)])
        assert len(ledger.authorization("A100")) == 2


def test_a_rejection_that_names_nobody_finds_its_request(open_ledger: Open, made: Any) -> None:
    """AAA above the patient: the response ends before it says who."""
    rejected = made.authorization(
        number="", decision=Decision.REJECTED, subscriber=Person(), patient=Person(), services=(), traces=()
    )
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request()])
        ledger.record_authorizations([rejected])
        (held,) = ledger.authorizations()
    assert (held.decision, held.awaiting, held.patient) == ("rejected", False, "QUILL, NORA")


def test_a_patient_who_is_named_otherwise_is_found_by_trace_and_reference_together(open_ledger: Open, made: Any) -> None:
    other = replace(made.authorization().patient, member_id="W1000001-02")
    people = {"subscriber": other, "patient": other}
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request()])
        ledger.record_authorizations([made.authorization(**people)])
        assert len(ledger.authorizations()) == 1
        ledger.record_authorizations([made.authorization("A200", traces=("T-A100",), **people)])
        assert len(ledger.authorizations()) == 2


@pytest.mark.parametrize("turned", [False, True], ids=["denial first", "appeal first"])
def test_an_appeal_names_the_refused_review_by_its_reference(open_ledger: Open, made: Any, turned: bool) -> None:
    denied = made.authorization("", decision=Decision.DENIED, services=(), traces=("T1",), administrative_reference="NT1")
    appeal = made.request("A1", certification_type="1", administrative_reference="NT1", issued=date(2026, 3, 1))
    other = replace(denied.patient, member_id="W2", first_name="VERA")
    records = [denied, appeal]
    with open_ledger() as ledger:
        ledger.record_authorizations(reversed(records) if turned else records)
        (held,) = ledger.authorizations()
        ledger.record_authorizations([replace(denied, subscriber=other, patient=other)])
        assert len(ledger.authorizations()) == 2
    assert (held.decision, held.awaiting) == ("denied", True)


def test_a_trace_used_twice_does_not_merge_two_authorizations(open_ledger: Open, made: Any) -> None:
    second = made.authorization("A200", traces=("T-A100",), request_reference="R-A100", issued=date(2026, 4, 1))
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request(), made.authorization()])
        ledger.record_authorizations([second])
        assert [held.number for held in ledger.authorizations()] == ["A100", "A200"]


def test_numbers_that_differ_in_punctuation_stay_apart_and_are_both_shown(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization("A-100"), made.authorization("A100")])
        assert [life.held.number for life in ledger.authorization("a 100")] == ["A-100", "A100"]


def test_a_batch_is_asked_about_at_once(open_ledger: Open, made: Any) -> None:
    counts = []
    for size in (10, 400):
        with open_ledger() as ledger:
            ledger.record_authorizations([made.request(f"{size}-{n}") for n in range(size)])
            with statements() as said:
                ledger.record_authorizations([made.authorization(f"{size}-{n}") for n in range(size)])
            assert ledger.authorizations(pending=True) == []
        counts.append(len(said))
    assert counts[1] <= counts[0] + 2
    assert counts[1] < 30


def test_what_expires_soon_comes_first(open_ledger: Open, made: Any) -> None:
    def ending(number: str, day: date, **changes: Any) -> Any:
        return made.authorization(number, period=Period(start=date(2026, 1, 1), end=day), **changes)

    with open_ledger() as ledger:
        ledger.record_authorizations(
            [
                ending("LATE", date(2026, 3, 14)),
                ending("SOON", date(2026, 3, 2)),
                ending("OVER", date(2026, 2, 28)),
                ending("FAR", date(2026, 3, 16)),
                ending("REFUSED", date(2026, 3, 3), decision=Decision.DENIED),
            ]
        )
        assert [held.number for held in ledger.authorizations(expiring=(date(2026, 3, 1), 14))] == ["SOON", "LATE"]


def test_a_trace_finds_what_has_no_number_yet(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request()])
        (life,) = ledger.authorization("T-A100")
    assert life.held.decision == "unanswered"


def test_services_are_listed_with_what_they_certify(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(services=(made.service("97110", 6), made.service("97140", 4)))])
        (held,) = ledger.authorizations()
    assert [(s.procedure, s.certified, s.used, s.unit) for s in held.services] == [
        ("97110", Decimal(6), Decimal(0), "UN"),
        ("97140", Decimal(4), Decimal(0), "UN"),
    ]
    assert held.to_json()["services"][0]["certified"] == "6"


def test_requests_without_answer_are_work(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.request()])
        (item,) = ledger.worklist(date(2026, 3, 1))
        assert (item.kind, item.reason, item.payer) == ("request", "unanswered", "MAPLE HEALTH")
        ledger.record_authorizations([made.authorization()])
        assert ledger.worklist(date(2026, 3, 1)) == []


def test_a_patient_whom_payer_and_caller_name_otherwise_is_one(open_ledger: Open, made: Any) -> None:
    """The payer's answer has another member id; a call goes by the card's, which the request gave."""
    known = replace(made.authorization().subscriber, member_id="W1000001-01")
    called = Person(member_id=made.authorization().subscriber.member_id)
    call = made.authorization(
        source="phone", services=(), number="", decision=Decision.PENDED, subscriber=called, patient=called, request_reference=""
    )
    with open_ledger() as ledger:
        for message in (made.request(), made.authorization(subscriber=known, patient=known), call):
            ledger.record_authorizations([message])
        assert ledger.status().authorizations == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_the_request_shows_to_be_one_is_one_in_any_order(open_ledger: Open, made: Any, order: tuple[int, ...]) -> None:
    """The answer has another member id, and what is told later of its number has the first: only the request has both."""
    known = replace(made.authorization().subscriber, member_id="W1000001-01")
    told = made.authorization(source="inquiry", traces=(), request_reference="", issued=date(2026, 2, 23))
    messages = (made.request(), made.authorization(subscriber=known, patient=known), told)
    with open_ledger() as ledger:
        for n in order:
            ledger.record_authorizations([messages[n]])
        assert ledger.status().authorizations == 1
        assert [event.kind for event in ledger.authorization("A100")[0].events] == ["requested", "answered", "answered"]


def test_an_answer_without_a_trace_finds_its_request_also_behind_an_extension(open_ledger: Open, made: Any) -> None:
    """BHT03 is all that is given back; the extension has a trace, and came first."""
    extended = made.authorization(certification_type="4", previous_number="A100", traces=("T-2",), request_reference="R-2")
    with open_ledger() as ledger:
        for message in (extended, made.authorization(traces=()), made.request()):
            ledger.record_authorizations([message])
        assert ledger.status().authorizations == 1
        assert not ledger.authorizations(pending=True)


def test_two_requests_under_one_reference_stay_two(open_ledger: Open, made: Any) -> None:
    other = made.request("A200", request_reference="R-A100")
    with open_ledger() as ledger:
        for message in (made.request(), other):
            ledger.record_authorizations([message])
        assert ledger.status().authorizations == 2
