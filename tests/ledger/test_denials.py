"""Denials and what became of them, over a ledger made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.ledger.figures.denials import DIMENSIONS, DenialFigures, Denials
from edi.linkage.verdict import Row, Verdict, money
from edi.records.parties import Party
from edi.records.remittance import Payment
from edi.records.services import Period

Open = Callable[[], Ledger]
TODAY = date(2026, 5, 20)
BIRCH = Party(role="PR", name="BIRCH MUTUAL", id_qualifier="PI", id="BIRCH2")
DOCTOR = Party(role="82", organization=False, name="YARROW", id_qualifier="XX", id="1992000000")


def on(day: date, made: Payment, check: str) -> Payment:
    """A payment in a remittance of its own."""
    return replace(made, trace=check, transaction=check, paid_on=day, produced_on=day)


def everything(made: Any) -> tuple[list[Any], list[Payment]]:
    """Seven claims, 80.00 each but for C4 with 200.00, and the payments for them, of two payers.

    C1  paid at once                                             80.00
    C2  denied, corrected by a replacement, 65.55 paid           65.55 recovered, 14.45 otherwise
    C3  denied, taken back, denied again                         80.00 open
    C4  one line of two denied, 120.01 of 200.00                 120.01 lost: its deadline is over
    C5  denied; replaced by C5X, which is paid                   80.00 recovered
    C6  denied by Birch for a referral                           80.00 open
    C7  denied as not covered: no business of these figures
    and a cut of a claim that nobody sent                        33.33 open
    """
    claims = [made.claim(f"C{n}", number="A100" if n in (1, 2) else "") for n in (1, 2, 3, 5, 7)]
    two = (made.line("1"), made.line("2", "97140", charge=Decimal("120.01")))
    claims.append(made.claim("C4", charge=Decimal("200.01"), lines=two, providers=(DOCTOR,)))
    claims.append(made.claim("C5X", frequency="7", original="PC5"))
    claims.append(made.claim("C6", payer=BIRCH))
    denied, contract = made.adjustment("197"), made.adjustment("45", "14.45")
    c4 = made.payment("C4")
    lines = (
        c4.lines[0],
        replace(
            c4.lines[0], ordinal=2, control_number="L2", charge=Decimal("120.01"), paid=Decimal(0),
            adjustments=(made.adjustment("197", "120.01"),),
        ),
    )  # fmt: skip
    back = made.payment("C3", made.adjustment("197", "-80.00"), status="22", charge=Decimal("-80.00"), paid=Decimal(0))
    stranger = made.payment("Z9", made.adjustment("197", "33.33"), payer_claim="PZ9")
    payments = [
        on(date(2026, 3, 10), made.payment("C1"), "K1"),
        on(date(2026, 3, 10), made.payment("C2", denied), "K1"),
        on(date(2026, 3, 10), made.payment("C3", denied), "K1"),
        on(date(2026, 3, 10), replace(c4, charge=Decimal("200.01"), paid=Decimal("80.00"), lines=lines), "K1"),
        on(date(2026, 4, 10), made.payment("C5", denied), "K2"),
        on(date(2026, 4, 10), made.payment("C6", made.adjustment("243"), payer=BIRCH), "B1"),
        on(date(2026, 4, 10), made.payment("C7", made.adjustment("96")), "K2"),
        on(date(2026, 4, 10), stranger, "K2"),
        on(date(2026, 4, 20), back, "K3"),
        on(date(2026, 4, 20), made.payment("C3", denied), "K3"),
        on(date(2026, 3, 31), made.payment("C2", contract, frequency="7", payer_claim="PC2B"), "K4"),
        on(date(2026, 5, 10), made.payment("C5X", frequency="7", payer_claim="PC5B"), "K5"),
    ]
    return claims, payments


def take(ledger: Ledger, made: Any, order: list[int] | None = None) -> None:
    claims, _ = everything(made)
    ledger.record_authorizations([made.authorization()], now=made.now)
    ledger.record_claims(claims, now=made.now)
    take_payments(ledger, made, order)


def take_payments(ledger: Ledger, made: Any, order: list[int] | None = None) -> None:
    _, payments = everything(made)
    by_check: dict[str, list[Payment]] = {}
    for payment in payments:
        by_check.setdefault(payment.trace, []).append(payment)
    checks = list(by_check.values())
    for n in order or range(len(checks)):
        ledger.record_payments(checks[n], now=made.now)


def parts(one: DenialFigures) -> tuple[str, ...]:
    """Answered, denied claims; denied, recovered, otherwise, lost, open."""
    return (f"{one.answered} {one.claims}", *(money(getattr(one, name)) for name in PARTS))


PARTS = ("denied", "recovered", "otherwise", "lost", "open")


def rows(found: Denials, name: str) -> dict[str, tuple[str, ...]]:
    return {one.key: parts(one) for one in found.by[name]}


def test_each_dollar_is_counted_once(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        take(ledger, made)
        found = ledger.denials(TODAY)
    assert parts(found.total) == ("8 6", "473.34", "145.55", "14.45", "120.01", "193.33")
    assert found.total.rate == 0.75
    assert rows(found, "payer") == {
        "MAPLE1": ("7 5", "393.34", "145.55", "14.45", "120.01", "113.33"),
        "BIRCH2": ("1 1", "80.00", "0.00", "0.00", "0.00", "80.00"),
    }
    assert found.by["payer"][0].name == "MAPLE HEALTH"
    assert rows(found, "month") == {
        "2026-03": ("4 3", "280.01", "65.55", "14.45", "120.01", "80.00"),
        "2026-04": ("4 3", "193.33", "80.00", "0.00", "0.00", "113.33"),
    }
    assert rows(found, "kind") == {
        "authorization-missing": ("None 4", "360.01", "145.55", "14.45", "120.01", "80.00"),
        "authorization-penalty": ("None 1", "33.33", "0.00", "0.00", "0.00", "33.33"),
        "referral": ("None 1", "80.00", "0.00", "0.00", "0.00", "80.00"),
    }
    assert rows(found, "rendering")["1992000000"] == ("1 1", "120.01", "0.00", "0.00", "120.01", "0.00")
    assert rows(found, "procedure") == {
        "97110": ("7 4", "320.00", "145.55", "14.45", "0.00", "160.00"),
        "97140": ("1 1", "120.01", "0.00", "0.00", "120.01", "0.00"),
        "": ("None 1", "33.33", "0.00", "0.00", "0.00", "33.33"),
    }
    for name in DIMENSIONS:
        for part in PARTS:
            assert sum(getattr(one, part) for one in found.by[name]) == getattr(found.total, part), (name, part)


def test_the_deadline_makes_what_is_open_lost(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        take(ledger, made)
        assert ledger.denials(date(2026, 5, 9)).total.lost == 0  # 60 days from March 10
        assert ledger.denials(date(2027, 1, 1)).total.open == 0


def test_the_days_are_from_the_denial_to_the_money(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        take(ledger, made)
        found = ledger.denials(TODAY)
    assert sorted(found.total.days) == [21, 30]
    assert found.total.median_days == 25.5
    assert {one.key: one.median_days for one in found.by["month"]} == {"2026-03": 21, "2026-04": 30}


def test_minutes_and_a_person_s_word_count(open_ledger: Open, made: Any) -> None:
    """C3's denial that stands is given up after 20 minutes; of the first one, which was taken back, 5 are known."""
    with open_ledger() as ledger:
        take(ledger, made, [0])
        (first,) = (item for item in ledger.work.items(TODAY) if item.claim == "C3")
        ledger.work.note(first.item, "called", by="ivy", minutes=5, now=made.now)
        take_payments(ledger, made, [1, 2, 3, 4, 5])
        (stands,) = (item for item in ledger.work.items(TODAY) if item.claim == "C3")
        ledger.work.close([stands.item], why="not worth it", by="ivy", minutes=20, now=made.now)
        found = ledger.denials(TODAY)
    assert parts(found.total) == ("8 6", "473.34", "145.55", "14.45", "200.01", "113.33")
    assert found.total.minutes == 25
    for name in DIMENSIONS:
        assert sum(one.minutes for one in found.by[name]) == 25, name


def test_any_order_of_arrival_gives_the_same(open_ledger: Open, made: Any, tmp_path: Any) -> None:
    told = []
    for n, order in enumerate([(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (3, 5, 0, 4, 2, 1)]):
        with Ledger(f"sqlite:///{tmp_path / str(n)}.db") as ledger:
            take(ledger, made, list(order))
            told.append(ledger.denials(TODAY).to_json())
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 3, 30), date(2026, 4, 15), date(2026, 5, 9)])
def test_the_figures_of_a_past_day_can_be_made_again(day: date, made: Any, tmp_path: Any) -> None:
    """What came later is left out of account: they are as if it had not come yet."""
    told = []
    for n, last in enumerate([date.max, day]):
        with Ledger(f"sqlite:///{tmp_path / str(n)}.db") as ledger:
            claims, payments = everything(made)
            ledger.record_authorizations([made.authorization()], now=made.now)
            ledger.record_claims(claims, now=made.now)
            ledger.record_payments([one for one in payments if one.produced_on and one.produced_on <= last], now=made.now)
            told.append(ledger.denials(day).to_json())
    assert told[0] == told[1]


def test_work_counts_as_of_the_day(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        take(ledger, made)
        (item,) = (item.item for item in ledger.work.items(TODAY) if item.claim == "C3")
        first, second, third = (datetime(2026, 5, day, 12, tzinfo=UTC) for day in (2, 4, 6))
        ledger.work.note(item, "called", by="ivy", minutes=5, now=first)
        ledger.work.close([item], why="not worth it", by="ivy", minutes=20, now=second)
        ledger.work.reopen([item], by="ivy", now=third)
        found = [ledger.denials(date(2026, 5, day)).total for day in (1, 3, 5, 7)]
    assert [(one.minutes, money(one.lost)) for one in found] == [(0, "0.00"), (5, "0.00"), (25, "80.00"), (25, "0.00")]


def test_a_payer_that_answers_under_its_other_id_is_one(open_ledger: Open, made: Any) -> None:
    """As for the worklist and `edi remittances claim`: ids with one name are one payer's, and one payer counts a claim once."""
    other = Party(role="PR", name="Birch Mutual", id_qualifier="PI", id="90210")
    denied = made.payment("C1", made.adjustment("197"), payer=BIRCH)
    back = replace(denied, status="22", charge=Decimal("-80.00"), payer=other, lines=())
    paid = made.payment("C1", made.adjustment("45", "14.45"), payer=other, payer_claim="PC1B")
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1", payer=BIRCH)], now=made.now)
        for n, one in enumerate([denied, back, paid]):
            ledger.record_payments([on(date(2026, 3, 10 + n), one, f"B{n}")], now=made.now)
        found = [ledger.denials(TODAY, payer=payer) for payer in ("", "BIRCH2", "90210")]
    whole = ("1 1", "80.00", "65.55", "14.45", "0.00", "0.00")
    assert [parts(one.total) for one in found] == [whole] * 3
    assert [rows(one, "payer") for one in found] == [{"90210": whole}] * 3


def test_two_visits_under_one_number_are_two_claims(open_ledger: Open, made: Any) -> None:
    """What is sent again, or replaced, is one with what was sent; so is an answer that was not found, of its only claim."""
    later = Period(start=date(2026, 3, 16), end=date(2026, 3, 16))
    visits = [made.claim(), made.claim(period=later, lines=(made.line(control_number="L2", period=later),))]
    first = made.payment("CLAIM1", made.adjustment())
    line = replace(first.lines[0], control_number="L2", period=later)
    second = replace(first, payer_claim="P2", lines=(line,))
    again = replace(first, payer_claim="P3", trace="CHECK3", produced_on=date(2026, 5, 1), frequency="7")
    with open_ledger() as ledger:
        ledger.record_claims([*visits, made.claim(frequency="7", original="PCLAIM1")], now=made.now)
        ledger.record_payments([first, second, again], now=made.now)
        total = ledger.denials(date(2026, 5, 10)).total
        assert (total.answered, total.claims, total.rate) == (2, 2, 1.0)


def test_the_span_is_of_the_first_answer(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        take(ledger, made)
        march = ledger.denials(TODAY, end=date(2026, 3, 31))
        april = ledger.denials(TODAY, start=date(2026, 4, 1), payer="MAPLE1")
        nothing = ledger.denials(TODAY, payer="NOBODY")
    assert parts(march.total) == ("4 3", "280.01", "65.55", "14.45", "120.01", "80.00")
    assert parts(april.total) == ("3 2", "113.33", "80.00", "0.00", "0.00", "33.33")
    assert parts(nothing.total) == ("0 0", "0.00", "0.00", "0.00", "0.00", "0.00")
    assert nothing.total.rate is None


def test_authorized_services_pass_at_first_or_not(open_ledger: Open, made: Any) -> None:
    """C1 and C2 carry the number, one of them is denied; the authorization covers four units more of that patient."""
    with open_ledger() as ledger:
        take(ledger, made)
        carried, bare = ledger.denials(TODAY).first_pass
    assert (carried.with_number, carried.claims, carried.passed) == (True, 2, 1)
    assert (bare.with_number, bare.claims, bare.passed) == (False, 4, 1)
    assert (carried.rate, bare.rate) == (0.5, 0.25)


def row(claim: str, verdict: Verdict) -> Row:
    return Row(claim=claim, transaction="0001", payer="MAPLE1", verdict=verdict, amount=Decimal("80.00"))


@pytest.mark.parametrize("order", list(permutations(["note", "mend", "send"])))
def test_what_the_check_stopped_was_mended_before_it_was_sent(open_ledger: Open, made: Any, order: tuple[str, ...]) -> None:
    steps: dict[str, Callable[[Ledger, datetime], object]] = {
        "note": lambda ledger, now: ledger.note([row("C1", Verdict.WRONG_NUMBER)], now=now),
        "mend": lambda ledger, now: ledger.note([row("C1", Verdict.LINKED)], now=now),
        "send": lambda ledger, now: ledger.record_claims([made.claim("C1")], now=now),
    }
    with open_ledger() as ledger:
        for n, step in enumerate(order):
            steps[step](ledger, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n))
        found = ledger.denials(TODAY).stopped
        other = ledger.denials(TODAY, payer="BIRCH2").stopped
        earlier = ledger.denials(TODAY, end=date(2026, 2, 28)).stopped
        unsent = ledger.denials(date(2026, 3, 2)).stopped
    told = [(one.verdict, one.claims, str(one.amount)) for one in found]
    assert told == ([("wrong-number", 1, "80.00")] if order == ("note", "mend", "send") else [])
    assert other == earlier == unsent == []
