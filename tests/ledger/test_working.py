"""Work that people take on: owner, minutes and history stay, later events close and open it again, and say by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from edi.errors import LedgerError
from edi.ledger import Ledger
from edi.ledger.work.working import WorkLife
from edi.ledger.work.worklist import WorkItem

TODAY = date(2026, 4, 10)
NOW = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Iterator[Ledger]:
    with open_ledger() as opened:
        yield opened


@pytest.fixture
def denied(ledger: Ledger, made: Any) -> Ledger:
    """A claim of which every dollar was denied for want of an authorization."""
    ledger.record_claims([made.claim()])
    ledger.record_payments([made.payment("CLAIM1", made.adjustment())], now=NOW)
    return ledger


def paid(made: Any, **changes: Any) -> Any:
    """The same claim, paid a month later."""
    says = {"trace": "CHECK2", "produced_on": date(2026, 5, 1), "paid_on": date(2026, 5, 1)}
    return made.payment("CLAIM1", **(says | changes))


def reversal(payment: Any, **changes: Any) -> Any:
    """A payment taken back: each amount with the other sign."""
    lines = tuple(
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            adjustments=tuple(replace(each, amount=-each.amount) for each in line.adjustments),
        )
        for line in payment.lines
    )
    return replace(payment, status="22", charge=-payment.charge, paid=-payment.paid, lines=lines, **changes)


def only(ledger: Ledger) -> WorkItem:
    (item,) = ledger.work.items(TODAY)
    return item


def happened(life: WorkLife) -> list[tuple[str, str, str, int]]:
    return [(event.what, event.by, event.note, event.minutes) for event in life.history]


def test_a_denial_is_open_and_says_by_what(denied: Ledger) -> None:
    item = only(denied)
    assert (item.item, item.state, item.owner, item.minutes, item.payer_id) == ("W1", "open", "", 0, "MAPLE1")
    life = denied.work.show("w1")
    assert life.codes == ("CO-197",)
    assert life.evidence[0].startswith("The payer says CO-197")
    assert [(event.what, event.by, event.note, event.at) for event in life.history] == [
        ("opened", "", "Remittance CHECK1 of 2026-04-01 denies it.", NOW)
    ]


def test_who_takes_it_has_it_and_notes_add_up(denied: Ledger) -> None:
    denied.work.take(["W1"], by="ann", now=NOW)
    denied.work.note("W1", "called, reference 4711", by="ann", minutes=12, now=NOW)
    denied.work.note("W1", "", by="bea", minutes=3, now=NOW)
    item = only(denied)
    assert (item.state, item.owner, item.minutes) == ("worked", "ann", 15)
    assert happened(denied.work.show("W1"))[1:] == [
        ("taken", "ann", "", 0),
        ("noted", "ann", "called, reference 4711", 12),
        ("noted", "bea", "", 3),
    ]


def test_what_somebody_has_is_taken_over_only_by_saying_so(denied: Ledger) -> None:
    denied.work.take(["W1"], by="ann", now=NOW)
    with pytest.raises(LedgerError, match=r"^W1 is ann's"):
        denied.work.take(["W1"], by="bea", now=NOW)
    denied.work.take(["W1"], by="bea", over=True, now=NOW)
    assert only(denied).owner == "bea"
    assert happened(denied.work.show("W1"))[-1] == ("taken", "bea", "from ann", 0)


def test_of_several_items_all_are_taken_or_none(denied: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"^The worklist has no item W2\.$"):
        denied.work.take(["W1", "W2"], by="ann", now=NOW)
    assert only(denied).owner == ""
    assert len(denied.work.show("W1").history) == 1


def test_owner_and_minutes_outlive_judging_again(denied: Ledger, made: Any) -> None:
    denied.work.take(["W1"], by="ann", now=NOW)
    denied.work.note("W1", "asked", by="ann", minutes=5, now=NOW)
    denied.record_authorizations([made.authorization()], now=LATER)  # now the number is known that was not sent
    item = only(denied)
    assert item.reason == "authorization-missing: held-not-sent"
    assert (item.item, item.state, item.owner, item.minutes, item.opened) == ("W1", "worked", "ann", 5, NOW)


def test_a_paid_correction_closes_it_and_the_history_says_by_which(denied: Ledger, made: Any) -> None:
    denied.record_payments([paid(made)], now=LATER)
    assert denied.work.items(TODAY) == []
    life = denied.work.show("W1")
    assert life.item.state == "closed"
    assert (life.history[-1].at, *happened(life)[-1]) == (
        LATER,
        "closed",
        "",
        "Remittance CHECK2 of 2026-05-01: for claim CLAIM1 the payer answers again, and pays 80.00.",
        0,
    )


@pytest.mark.parametrize(
    "changes",
    [{"payer_claim": "P2", "frequency": "7"}, {"payer_claim": "P2"}],
    ids=["the replacement has a number of its own", "sent anew, as who takes no replacements wants it"],
)
def test_another_number_of_the_payer_closes_it_too(denied: Ledger, made: Any, changes: dict[str, str]) -> None:
    denied.record_payments([paid(made, **changes)], now=LATER)
    assert denied.work.items(TODAY) == []


def test_an_answer_to_another_part_of_a_claim_closes_nothing(denied: Ledger, made: Any) -> None:
    """A payer divides claims: what it pays under another number is not what it denied."""
    denied.record_payments([paid(made, payer_claim="P2", charge=Decimal(40), paid=Decimal(40))], now=LATER)
    assert only(denied).item == "W1"


def test_a_duplicate_that_is_denied_as_such_closes_nothing(denied: Ledger, made: Any) -> None:
    again = made.payment("CLAIM1", made.adjustment("18"), payer_claim="P2", trace="CHECK2", produced_on=date(2026, 5, 1))
    denied.record_payments([again], now=LATER)
    assert "W1" in [item.item for item in denied.work.items(TODAY)]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_correction_that_is_taken_back_opens_it_again_in_any_order(ledger: Ledger, made: Any, order: tuple[int, ...]) -> None:
    ledger.record_claims([made.claim()])
    first = made.payment("CLAIM1", made.adjustment())
    back = reversal(paid(made), trace="CHECK3", produced_on=date(2026, 6, 1))
    told = (first, paid(made), back)
    for n in order:
        ledger.record_payments([told[n]], now=NOW)
    item = only(ledger)
    assert (item.kind, item.amount, item.reason) == ("denial", Decimal(80), "authorization-missing: never-requested")
    if order == (0, 1, 2):
        assert [event[0] for event in happened(ledger.work.show("W1"))] == ["opened", "closed", "reopened"]


def test_a_reversal_and_its_correction_may_stand_in_any_order_in_a_remittance(denied: Ledger, made: Any) -> None:
    second = {"trace": "CHECK2", "produced_on": date(2026, 5, 1), "paid_on": date(2026, 5, 1)}
    back = reversal(made.payment("CLAIM1", made.adjustment()), **second)
    denied.record_payments([paid(made), back], now=LATER)
    assert denied.work.items(TODAY) == []


def test_a_reversal_of_the_first_answer_leaves_the_second(denied: Ledger, made: Any) -> None:
    """A payer takes the first answer back after it answered the replacement: the second one still stands."""
    denied_again = made.payment("CLAIM1", made.adjustment("50"), payer_claim="P2", frequency="7", trace="CHECK2")
    denied.record_payments([replace(denied_again, produced_on=date(2026, 5, 1))], now=LATER)
    assert [item.reason for item in denied.work.items(TODAY)] == ["medical-necessity"]
    back = reversal(made.payment("CLAIM1", made.adjustment()), trace="CHECK3", produced_on=date(2026, 5, 2))
    denied.record_payments([back], now=LATER)
    assert [item.reason for item in denied.work.items(TODAY)] == ["medical-necessity"]


def test_what_a_person_closed_stays_closed_when_it_is_judged_again(denied: Ledger, made: Any) -> None:
    denied.work.close(["W1"], why="written off", by="ann", minutes=4, now=NOW)
    assert denied.work.items(TODAY) == []
    denied.record_claims([made.claim()], now=LATER)  # the claim is sent again: its payments are judged anew
    assert denied.work.items(TODAY) == []
    life = denied.work.show("W1")
    assert (life.item.state, life.item.minutes) == ("closed", 4)
    assert happened(life)[-1] == ("closed", "ann", "written off", 4)


def test_more_that_is_known_opens_what_a_person_closed(denied: Ledger, made: Any) -> None:
    denied.work.close(["W1"], why="nothing on file", by="ann", now=NOW)
    denied.record_authorizations([made.authorization()], now=LATER)
    item = only(denied)
    assert (item.item, item.reason, item.state) == ("W1", "authorization-missing: held-not-sent", "open")
    assert happened(denied.work.show("W1"))[-1][0] == "reopened"


def test_a_new_denial_is_new_work(denied: Ledger, made: Any) -> None:
    denied.work.close(["W1"], why="sent again", by="ann", now=NOW)
    again = made.payment("CLAIM1", made.adjustment(), trace="CHECK2", produced_on=date(2026, 5, 1))
    denied.record_payments([again], now=LATER)
    item = only(denied)
    assert (item.item, item.state) == ("W2", "open")
    assert happened(denied.work.show("W2")) == [("opened", "", "Remittance CHECK2 of 2026-05-01 denies it.", 0)]


def test_what_is_closed_is_opened_again_and_its_owner_has_it(denied: Ledger) -> None:
    denied.work.take(["W1"], by="ann", now=NOW)
    denied.work.close(["W1"], why="paid by the patient", by="ann", now=NOW)
    for change in (
        lambda: denied.work.take(["W1"], by="ann", now=NOW),
        lambda: denied.work.close(["W1"], why="again", by="ann", now=NOW),
    ):
        with pytest.raises(LedgerError, match=r"^W1 is closed"):
            change()
    denied.work.reopen(["W1"], why="the check bounced", by="bea", now=NOW)
    assert (only(denied).state, only(denied).owner) == ("worked", "ann")
    with pytest.raises(LedgerError, match=r"^W1 is not closed\.$"):
        denied.work.reopen(["W1"], by="bea", now=NOW)


@pytest.mark.parametrize("name", ["", "1", "W", "W0", "W1x", "X1", "payment:1:0", "W٣", "W" + "9" * 30])
def test_what_names_no_item_is_refused(denied: Ledger, name: str) -> None:
    with pytest.raises(LedgerError, match="names no item"):
        denied.work.show(name)


@pytest.mark.parametrize("name", ["W99", "A1", "E1", "W999999999999999999"])
def test_there_is_no_such_item(denied: Ledger, name: str) -> None:
    with pytest.raises(LedgerError, match=f"^The worklist has no item {name}"):
        denied.work.show(name)
    with pytest.raises(LedgerError, match=f"^The worklist has no item {name}"):
        denied.work.take([name], by="ann", now=NOW)


def test_who_and_why_and_how_long_must_be_possible(denied: Ledger) -> None:
    for change in (
        lambda: denied.work.take(["W1"], by=" ", now=NOW),
        lambda: denied.work.close(["W1"], why=" ", by="ann", now=NOW),
        lambda: denied.work.note("W1", " ", by="ann", now=NOW),
        lambda: denied.work.note("W1", "long", by="ann", minutes=-1, now=NOW),
        lambda: denied.work.note("W1", "long", by="ann", minutes=10_001, now=NOW),
    ):
        with pytest.raises(LedgerError):
            change()
    assert len(denied.work.show("W1").history) == 1


# -- claims that could not be linked -----------------------------------------------------------------------------------------


@pytest.fixture
def unlinked(ledger: Ledger, made: Any) -> Ledger:
    """A claim with a number that is nobody's."""
    ledger.record_authorizations([made.authorization()])
    ledger.note(ledger.link([made.claim(number="A999")]).claims, now=NOW)
    return ledger


def test_a_claim_that_goes_out_with_the_right_number_is_no_work_any_more(unlinked: Ledger, made: Any) -> None:
    assert (only(unlinked).kind, only(unlinked).reason) == ("link", "wrong-number")
    unlinked.record_claims([made.claim(number="A999")], now=LATER)
    assert only(unlinked).item == "W1", "sent as it was"
    unlinked.record_claims([made.claim(number="A100")], now=LATER)
    assert unlinked.work.items(TODAY) == []
    assert happened(unlinked.work.show("W1"))[-1] == ("closed", "", "The claim was sent with A100.", 0)


def test_a_claim_that_is_linked_after_all_is_no_work_any_more(unlinked: Ledger, made: Any) -> None:
    unlinked.note(unlinked.link([made.claim()]).claims, now=LATER)
    assert unlinked.work.items(TODAY) == []
    assert happened(unlinked.work.show("W1"))[-1] == ("closed", "", "The claim was linked: linked, A100.", 0)


def test_what_a_person_closed_stays_closed_each_night_that_it_is_linked(unlinked: Ledger, made: Any) -> None:
    unlinked.work.close(["W1"], why="will not be sent", by="ann", now=NOW)
    unlinked.note(unlinked.link([made.claim(number="A999")]).claims, now=LATER)
    assert unlinked.work.items(TODAY) == []


def test_a_payment_closes_it_and_is_named(unlinked: Ledger, made: Any) -> None:
    unlinked.record_claims([made.claim(number="A999")], now=LATER)
    unlinked.record_payments([made.payment("CLAIM1")], now=LATER)
    assert unlinked.work.items(TODAY) == []
    assert happened(unlinked.work.show("W1"))[-1][2] == "Remittance CHECK1 of 2026-04-01 answers the claim."


def somebody(made: Any, number: str = "A999") -> Any:
    """Another patient's claim with the same CLM01."""
    ivy = replace(made.claim().patient, last_name="FERN", first_name="IVY", member_id="W2000002", birth_date=date(1990, 7, 8))
    return made.claim(number=number, subscriber=ivy, patient=ivy, charge=Decimal("50.00"))


def biller(made: Any) -> Any:
    """The same patient's claim with the same CLM01, of another who bills."""
    return made.claim(number="A999", billing=replace(made.claim().billing, id="1999999984"))


def sibling(made: Any) -> Any:
    """The same of a dependent of the same member."""
    tom = replace(made.claim().patient, first_name="TOM", member_id="", birth_date=date(2015, 1, 2))
    return made.claim(number="A999", patient=tom, dependent=True)


@pytest.mark.parametrize("other", [somebody, sibling, biller])
def test_claims_of_two_with_one_number_are_work_of_two(ledger: Ledger, made: Any, other: Callable[[Any], Any]) -> None:
    for _ in range(2):
        ledger.note(ledger.link([made.claim(number="A999"), other(made)]).claims, now=NOW)
        ledger.note(ledger.link([other(made)]).claims, now=NOW)
        assert [(item.item, item.subject[-2:]) for item in ledger.work.items(TODAY)] == [("W1", "1:"), ("W2", "#2")]


def test_of_two_with_one_number_each_is_settled_by_its_own(unlinked: Ledger, made: Any) -> None:
    unlinked.note(unlinked.link([somebody(made)]).claims, now=NOW)
    unlinked.note(unlinked.link([made.claim()]).claims, now=LATER)
    assert only(unlinked).item == "W2", "linked"
    unlinked.note(unlinked.link([made.claim(number="A999")]).claims, now=LATER)
    unlinked.record_claims([made.claim(number="A100")], now=LATER)
    assert only(unlinked).item == "W2", "sent"
    unlinked.record_payments([made.payment("CLAIM1", made.adjustment())], now=LATER)
    unlinked.note(unlinked.link([somebody(made)]).claims, now=LATER)
    assert [item.item for item in unlinked.work.items(TODAY) if item.kind == "link"] == ["W2"], "answered, with a denial"


def test_a_claim_whose_member_is_mended_is_the_same_work(unlinked: Ledger, made: Any) -> None:
    nora = replace(made.claim().patient, member_id="W1000099")
    unlinked.note(unlinked.link([made.claim(number="A999", subscriber=nora, patient=nora)]).claims, now=LATER)
    assert only(unlinked).item == "W1"


# -- requests, and authorizations that end -----------------------------------------------------------------------------------


def test_a_request_is_taken_and_its_answer_closes_it(ledger: Ledger, made: Any) -> None:
    ledger.record_authorizations([made.request()], now=NOW)
    assert only(ledger).item == "A1"
    ledger.work.take(["a1"], by="ann", now=NOW)
    ledger.work.note("A1", "called", by="ann", minutes=7, now=NOW)
    item = only(ledger)
    assert (item.state, item.owner, item.minutes, item.reason) == ("worked", "ann", 7, "unanswered")
    assert ledger.work.items(TODAY, owner="ann") == [item]
    assert ledger.work.items(TODAY, owner="bea") == []
    ledger.record_authorizations([made.authorization()], now=LATER)
    assert ledger.work.items(TODAY) == []
    life = ledger.work.show("A1")
    assert (life.item.state, life.item.patient) == ("closed", "QUILL, NORA")
    assert happened(life)[-1] == ("closed", "", "The payer answered: certified, A100.", 0)


def test_a_request_that_a_person_closed_is_open_again_when_the_payer_pends_it(ledger: Ledger, made: Any) -> None:
    ledger.record_authorizations([made.request()], now=NOW)
    ledger.work.close(["A1"], why="the patient withdrew", by="ann", now=NOW)
    assert ledger.work.items(TODAY) == []
    from edi.records.authorization import Decision

    pended = made.authorization(decision=Decision.PENDED, number="", issued=date(2026, 4, 20))
    ledger.record_authorizations([pended], now=LATER)
    assert (only(ledger).item, only(ledger).reason, only(ledger).state) == ("A1", "pended", "open")


def test_authorizations_that_end_are_listed_when_they_are_asked_for(ledger: Ledger, made: Any) -> None:
    ledger.record_authorizations([made.authorization()], now=NOW)
    may = date(2026, 5, 25)
    assert ledger.work.items(may) == []
    (item,) = ledger.work.items(may, expiring=14)
    assert (item.item, item.kind, item.deadline, item.reason) == ("E1", "expiring", date(2026, 5, 31), "6 units of 97110 left")
    assert ledger.work.items(may, expiring=5) == []
    ledger.record_claims([made.claim(number="A100", lines=(made.line(units=4),))], now=NOW)
    assert ledger.work.items(may, expiring=14)[0].reason == "2 units of 97110 left"
    ledger.work.close(["E1"], why="the therapy is over", by="ann", now=NOW)
    assert ledger.work.items(may, expiring=14) == []
    assert [one.item for one in ledger.work.items(may, expiring=14, states=("closed",))] == ["E1"]


def test_what_is_used_up_ends_in_silence(ledger: Ledger, made: Any) -> None:
    ledger.record_authorizations([made.authorization()], now=NOW)
    ledger.record_claims([made.claim(number="A100", lines=(made.line(units=6),))], now=NOW)
    assert ledger.work.items(date(2026, 5, 25), expiring=14) == []
