"""What claims that were sent use of authorizations, whichever comes first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.records.services import Period

Open = Callable[[], Ledger]


def used(ledger: Ledger, number: str = "A100") -> list[tuple[str, Decimal]]:
    (life,) = ledger.authorization(number)
    return [(use.claim, use.amount) for use in life.uses]


def test_a_sent_claim_uses_what_certifies_it(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(number="A100"), made.claim("CLAIM2", number="A100", lines=(made.line(units=2),))])
        assert used(ledger) == [("CLAIM1", Decimal(1)), ("CLAIM2", Decimal(2))]
        (held,) = ledger.authorizations()
        assert (held.services[0].certified, held.services[0].used) == (Decimal(6), Decimal(3))


def test_a_claim_of_somebody_else_uses_nothing(open_ledger: Open, made: Any) -> None:
    other = replace(made.claim().subscriber, member_id="W2", birth_date=date(1990, 1, 1))
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(subscriber=other, patient=other)])
        assert used(ledger) == []


def test_the_same_claim_twice_counts_once(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        for _ in range(2):
            ledger.record_claims([made.claim(number="A100")])
        assert used(ledger) == [("CLAIM1", Decimal(1))]


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in two"])
def test_earlier_claims_use_units_before_later_ones(open_ledger: Open, made: Any, together: bool) -> None:
    claims = [made.claim(f"CLAIM{n}", number="A100", lines=(made.line(units=4),)) for n in (1, 2)]
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        for batch in [claims] if together else [[claim] for claim in claims]:
            ledger.record_claims(batch)
        assert used(ledger) == [("CLAIM1", Decimal(4)), ("CLAIM2", Decimal(2))]


def test_any_order_of_arrival_uses_the_same(open_ledger: Open, made: Any) -> None:
    """Claims keep their order among themselves, as they were sent; the answers may come when they like."""
    found = []
    for turn, order in enumerate(itertools.permutations(range(3))):
        number = f"A{turn}"
        patient = replace(made.claim().patient, member_id=f"W{turn}")
        people = {"subscriber": patient, "patient": patient}
        steps: list[Callable[[Ledger], None]] = [
            lambda ledger, n=number, p=people: ledger.record_authorizations([made.request(n, **p)]),
            lambda ledger, n=number, p=people: ledger.record_authorizations([made.authorization(n, **p)]),
            lambda ledger, n=number, p=people: ledger.record_claims(
                [
                    made.claim(f"{n}-1", number=n, lines=(made.line(units=4),), **p),
                    made.claim(f"{n}-2", number=n, lines=(made.line(units=4),), **p),
                ]
            ),
        ]
        with open_ledger() as ledger:
            for step in order:
                steps[step](ledger)
            found.append([(claim.removeprefix(f"{number}-"), amount) for claim, amount in used(ledger, number)])
    assert all(one == [("1", Decimal(4)), ("2", Decimal(2))] for one in found)


def test_a_void_gives_back(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(number="A100")])
        ledger.record_claims([made.claim(number="A100", frequency="8", original="PCLAIM1")])
        assert used(ledger) == []


def test_a_replacement_takes_the_place_of_what_it_replaces(open_ledger: Open, made: Any) -> None:
    """REF*F8 names the payer's number, which a payment told; the replacement has a CLM01 of its own."""
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(number="A100", lines=(made.line(units=4),))])
        ledger.record_payments([made.payment()])
        corrected = made.claim("CLAIM1R", number="A100", frequency="7", original="PCLAIM1", lines=(made.line(units=3),))
        ledger.record_claims([corrected])
        assert used(ledger) == [("CLAIM1R", Decimal(3))]


ORDERS = [order for order in itertools.permutations(range(4)) if 0 in (order[0], order[-1])]


@pytest.mark.parametrize(("corrected", "order"), [*((20, order) for order in ORDERS), (12, (0, 1, 2, 3)), (12, (3, 2, 1, 0))])
def test_a_replacement_of_one_bill_leaves_the_others_of_the_account(
    open_ledger: Open, made: Any, corrected: int, order: tuple[int, ...]
) -> None:
    """In whatever order they come: which bill it is the payer's number tells, and as long as nobody knows that, the dates."""

    def bill(day: int, hours: int, **changes: Any) -> Callable[[Ledger], object]:
        when = date(2026, 3, day)
        period = Period(start=when, end=when)
        sent = made.claim(number="A100", period=period, lines=(made.line(period=period, units=1),), **changes)
        return lambda ledger: ledger.record_claims([sent], now=datetime(2026, 3, 25, hours, tzinfo=UTC))

    def paid(ledger: Ledger) -> None:
        answers = []
        for day in (10, 12, 14):
            when = Period(start=date(2026, 3, day), end=date(2026, 3, day))
            one = made.payment(payer_claim=f"P{day}", period=when)
            answers.append(replace(one, lines=tuple(replace(line, period=when) for line in one.lines)))
        ledger.record_payments(answers)

    def bills(ledger: Ledger) -> None:
        for hours, day in enumerate((10, 12, 14)):
            bill(day, hours)(ledger)

    again = bill(corrected, 9, frequency="7", original="P12")
    steps = (lambda ledger: ledger.record_authorizations([made.authorization()]), bills, paid, again)
    with open_ledger() as ledger:
        for step in order:
            steps[step](ledger)
        (life,) = ledger.authorization("A100")
        assert sorted(use.days for use in life.uses) == sorted((date(2026, 3, day),) for day in (10, corrected, 14))


def test_late_charges_that_are_denied_or_replaced_leave_what_the_first_bill_used(open_ledger: Open, made: Any) -> None:
    """They have its CLM01 and its date (CLM05-3 5), and are another bill."""
    late = made.claim(frequency="5", lines=(made.line(code="97140", control_number="L9"),), charge=Decimal("90.00"))
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(number="A100")], now=datetime(2026, 3, 25, 8, tzinfo=UTC))
        ledger.record_claims([late], now=datetime(2026, 3, 25, 9, tzinfo=UTC))
        answer = made.payment("CLAIM1", made.adjustment(amount="90.00"), payer_claim="P5", charge=Decimal("90.00"), frequency="5")
        lines = tuple(replace(line, procedure=late.lines[0].procedure, control_number="L9") for line in answer.lines)
        ledger.record_payments([made.payment(), replace(answer, paid=Decimal(0), lines=lines)])
        assert used(ledger) == [("CLAIM1", Decimal(1))]
        ledger.record_claims([replace(late, frequency="7", original="P5")], now=datetime(2026, 4, 5, tzinfo=UTC))
        assert used(ledger) == [("CLAIM1", Decimal(1))]


def test_a_revision_that_certifies_less_is_counted_anew(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([made.claim(number="A100", lines=(made.line(units=5),))])
        revised = made.authorization(certification_type="S", services=(made.service(amount=2),), issued=date(2026, 3, 5))
        ledger.record_authorizations([revised])
        assert used(ledger) == [("CLAIM1", Decimal(2))]


def test_visits_are_counted_by_their_dates(open_ledger: Open, made: Any) -> None:
    from edi.records.services import Quantity

    visits = made.service(quantity=Quantity(unit="VS", amount=Decimal(6)))
    day = date(2026, 3, 11)
    lines = (made.line("1"), made.line("2"), made.line("3", period=Period(start=day, end=day)))
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(services=(visits,))])
        ledger.record_claims([made.claim(number="A100", lines=lines)])
        (held,) = ledger.authorizations()
        assert held.services[0].used == Decimal(2)
