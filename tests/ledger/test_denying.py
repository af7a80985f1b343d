"""Lines that the payer denied give back what they used, and take it again when they are paid."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.records.remittance import Adjustment, PaidLine, Payment
from edi.records.services import Period, Procedure, Quantity

Open = Callable[[], Ledger]
Found = list[tuple[str, Decimal, str]]
NEXT = Period(start=date(2026, 3, 10), end=date(2026, 3, 10))


def uses(ledger: Ledger, number: str = "A100") -> Found:
    (life,) = ledger.authorization(number)
    return [(use.claim, use.amount, use.state) for use in life.uses]


def used(ledger: Ledger) -> Decimal:
    return ledger.authorizations()[0].services[0].used


@pytest.fixture
def ledger(open_ledger: Open, made: Any) -> Any:
    """A ledger with one authorization for six units, all of them used by two lines of one claim: four, and two."""
    with open_ledger() as kept:
        kept.record_authorizations([made.authorization()])
        kept.record_claims(
            [made.claim(number="A100", charge=Decimal(160), lines=(made.line("1", units=4), made.line("2", units=2)))]
        )
        yield kept


def answer(number: int, *adjustments: Adjustment, charge: int = 80) -> PaidLine:
    """The line by its control number, paid but for the adjustments."""
    paid = Decimal(charge) - sum((a.amount for a in adjustments), Decimal(0))
    return PaidLine(
        ordinal=number,
        control_number=f"L{number}",
        procedure=Procedure(code="97110"),
        charge=Decimal(charge),
        paid=paid,
        adjustments=adjustments,
    )


def payment(made: Any, *lines: PaidLine, month: int = 4, **changes: Any) -> Payment:
    day = date(2026, month, 1)
    paid = sum((line.paid for line in lines), Decimal(0))
    about = {"charge": sum((line.charge for line in lines), Decimal(0)), "paid": paid, "lines": lines}
    return made.payment(**{**about, "trace": f"CHECK{month}", "paid_on": day, "produced_on": day, **changes})  # type: ignore[no-any-return]  # made's


def test_a_denied_line_gives_back_until_it_is_paid(ledger: Ledger, made: Any) -> None:
    ledger.record_payments([payment(made, answer(1), answer(2, made.adjustment("197")))])
    assert uses(ledger) == [("CLAIM1", Decimal(4), "sent"), ("CLAIM1", Decimal(2), "denied")]
    assert used(ledger) == 4
    ledger.record_payments([payment(made, answer(1), answer(2), month=5)])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]
    assert used(ledger) == 6


def test_what_is_given_back_is_there_for_the_next_claim(ledger: Ledger, made: Any) -> None:
    """Until it is paid after all: then the claim that was sent first has it, as it would whatever came when."""
    ledger.record_payments([payment(made, answer(1), answer(2, made.adjustment("197")))])
    ledger.record_claims([made.claim("CLAIM2", number="A100", lines=(made.line(units=2, period=NEXT),), period=NEXT)])
    assert uses(ledger)[-1] == ("CLAIM2", Decimal(2), "sent")
    ledger.record_payments([payment(made, answer(1), answer(2), month=5)])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]


@pytest.mark.parametrize(
    "adjustments",
    [
        [("CO", "197", "40.00")],
        [("CO", "45", "80.00")],
        [("PR", "1", "80.00")],
        [("OA", "18", "80.00")],
        [("OA", "133", "80.00")],
        [("CO", "45", "40.00"), ("CO", "197", "40.00")],
    ],
    ids=["cut", "contract", "deductible", "duplicate", "not decided", "in part"],
)
def test_what_is_not_denied_wholly_gives_nothing_back(ledger: Ledger, made: Any, adjustments: list[tuple[str, str, str]]) -> None:
    found = [made.adjustment(reason, amount, group) for group, reason, amount in adjustments]
    ledger.record_payments([payment(made, answer(1), answer(2, *found))])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]


def test_a_visit_is_given_back_only_where_no_line_of_its_day_stands(open_ledger: Open, made: Any) -> None:
    visits = made.service(quantity=Quantity(unit="VS", amount=Decimal(6)))
    lines = (made.line("1"), made.line("2"), made.line("3", period=NEXT))
    denied = made.adjustment("197")
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(services=(visits,))])
        ledger.record_claims([made.claim(number="A100", charge=Decimal(240), lines=lines)])
        assert used(ledger) == 2
        ledger.record_payments([payment(made, answer(1), answer(2, denied), answer(3))])
        assert used(ledger) == 2
        ledger.record_payments([payment(made, answer(1), answer(2), answer(3, denied), month=5)])
        assert used(ledger) == 1


def test_a_line_that_the_payer_split_is_denied_where_each_part_is(ledger: Ledger, made: Any) -> None:
    part = replace(answer(2, made.adjustment("197", "40.00"), charge=40), ordinal=3)
    ledger.record_payments([payment(made, answer(1), answer(2, charge=40), part)])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]
    whole = answer(2, made.adjustment("197", "40.00"), charge=40)
    ledger.record_payments([payment(made, answer(1), whole, part, month=5)])
    assert uses(ledger) == [("CLAIM1", Decimal(4), "sent"), ("CLAIM1", Decimal(2), "denied")]


def test_of_a_claim_that_the_payer_divided_each_part_tells_of_its_lines(ledger: Ledger, made: Any) -> None:
    denied = payment(made, replace(answer(2, made.adjustment("197")), ordinal=1))
    ledger.record_payments([denied])
    assert uses(ledger) == [("CLAIM1", Decimal(4), "sent"), ("CLAIM1", Decimal(2), "denied")]
    ledger.record_payments([payment(made, answer(1), payer_claim="PCLAIM1B")])
    assert uses(ledger) == [("CLAIM1", Decimal(4), "sent"), ("CLAIM1", Decimal(2), "denied")]


def test_what_is_denied_line_by_line_is_denied_as_a_whole(ledger: Ledger, made: Any) -> None:
    denied = made.adjustment("197")
    ledger.record_payments([payment(made, answer(1), answer(2, denied))])
    ledger.record_payments([payment(made, answer(1, denied), answer(2, denied), month=5)])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "denied")]
    assert used(ledger) == 0
    ledger.record_payments([payment(made, answer(1, denied), answer(2), month=6)])
    assert sorted(uses(ledger)) == [("CLAIM1", Decimal(2), "sent"), ("CLAIM1", Decimal(4), "denied")]


def test_a_reversal_takes_the_denial_back(ledger: Ledger, made: Any) -> None:
    denied = payment(made, answer(1), answer(2, made.adjustment("197")))
    ledger.record_payments([denied])

    def negative(line: PaidLine) -> PaidLine:
        adjustments = tuple(replace(a, amount=-a.amount) for a in line.adjustments)
        return replace(line, charge=-line.charge, paid=-line.paid, adjustments=adjustments)

    lines = map(negative, denied.lines)
    taken_back = payment(made, *lines, month=5, status="22", charge=-denied.charge, paid=-denied.paid)
    ledger.record_payments([taken_back])
    assert uses(ledger) == [("CLAIM1", Decimal(6), "sent")]


def test_a_claim_is_judged_by_what_was_used_when_it_was_sent(ledger: Ledger, made: Any) -> None:
    """The seventh unit was one too many when it was sent, also where the payer denied an earlier line since."""
    later = made.claim("CLAIM2", number="A100", lines=(made.line(period=NEXT),), period=NEXT)
    ledger.record_claims([later])
    ledger.record_payments([payment(made, answer(1), answer(2, made.adjustment("197")))])
    exceeded = replace(made.payment("CLAIM2", made.adjustment("198")), trace="CHECK9")
    ledger.record_payments([exceeded])
    (item,) = [one for one in ledger.worklist(date(2026, 4, 2)) if one.claim == "CLAIM2" and one.kind == "denial"]
    assert item.reason == "authorization-exceeded: units-used-up"


@pytest.mark.parametrize("frequency", ["7", "1"], ids=["replacement", "new claim"])
def test_what_later_claims_use_was_not_gone_when_the_claim_was_sent(open_ledger: Open, made: Any, frequency: str) -> None:
    """The number was held and not sent; that the claim in its place has the unit now does not change that."""
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(services=(made.service(amount=1),))])
        ledger.record_claims([made.claim()])
        ledger.record_payments([made.payment("CLAIM1", made.adjustment("197"))])
        again = {"original": "PCLAIM1"} if frequency == "7" else {}
        ledger.record_claims([made.claim("CLAIM9", number="A100", frequency=frequency, **again)])
        assert uses(ledger)[-1] == ("CLAIM9", Decimal(1), "sent")
        ledger.record_authorizations([made.request("A200")])  # of the same patient, so that all is judged anew
        reasons = [item.reason for item in ledger.worklist(date(2026, 4, 2)) if item.claim == "CLAIM1" and item.kind == "denial"]
        assert reasons == ["authorization-missing: held-not-sent"]


def test_the_order_is_that_of_sending_not_of_arrival(open_ledger: Open, made: Any) -> None:
    """The claim that used the unit first came into the ledger last."""
    with open_ledger() as ledger:
        ledger.record_authorizations([made.authorization(services=(made.service(amount=1),))])
        ledger.record_claims([made.claim("CLAIM2", number="A100")], now=datetime(2026, 3, 20, tzinfo=UTC))
        ledger.record_payments([made.payment("CLAIM2", made.adjustment("198"))])
        ledger.record_claims([made.claim("CLAIM1", number="A100")], now=datetime(2026, 3, 15, tzinfo=UTC))
        reasons = [item.reason for item in ledger.worklist(date(2026, 4, 2)) if item.claim == "CLAIM2" and item.kind == "denial"]
        assert reasons == ["authorization-exceeded: units-used-up"]


def test_any_order_of_arrival_uses_the_same(open_ledger: Open, made: Any) -> None:
    lines = (made.line("1", units=4), made.line("2", units=2))
    for turn, order in enumerate(itertools.permutations(range(3))):
        number, claim = f"A{turn}", f"CLAIM{turn}"
        patient = replace(made.claim().patient, member_id=f"W{turn}")
        people = {"subscriber": patient, "patient": patient}
        told = payment(
            made,
            answer(1),
            answer(2, made.adjustment("197")),
            claim=claim,
            payer_claim=f"P{claim}",
            patient=patient,
            trace=number,
        )
        steps: list[Callable[[Ledger], object]] = [
            lambda ledger, n=number, p=people: ledger.record_authorizations([made.authorization(n, **p)]),
            lambda ledger, n=number, c=claim, p=people: ledger.record_claims(
                [made.claim(c, number=n, charge=Decimal(160), lines=lines, **p)]
            ),
            lambda ledger, t=told: ledger.record_payments([t]),
        ]
        with open_ledger() as ledger:
            for step in order:
                steps[step](ledger)
            assert uses(ledger, number) == [(claim, Decimal(4), "sent"), (claim, Decimal(2), "denied")], order


def test_a_denied_claim_that_used_nothing_takes_what_was_given_back_when_it_is_paid(open_ledger: Open, made: Any) -> None:
    """The first one used all; the second, sent later, nothing. Both are denied, and then the second is paid after all."""
    with open_ledger() as kept:
        kept.record_authorizations([made.authorization()])
        for name in ("CLAIM1", "CLAIM2"):
            kept.record_claims([made.claim(name, number="A100", lines=(made.line(units=6, control_number=f"L-{name}"),))])
        assert uses(kept) == [("CLAIM1", Decimal(6), "sent")]
        kept.record_payments([made.payment("CLAIM2", made.adjustment("50"))])
        kept.record_payments([made.payment("CLAIM1", made.adjustment("50"), trace="CHECK2")])
        assert uses(kept) == [("CLAIM1", Decimal(6), "denied")]
        again = {"trace": "CHECK3", "paid_on": date(2026, 5, 1), "produced_on": date(2026, 5, 1)}
        kept.record_payments([made.payment("CLAIM2", **again)])
        assert uses(kept) == [("CLAIM1", Decimal(6), "denied"), ("CLAIM2", Decimal(6), "sent")]
