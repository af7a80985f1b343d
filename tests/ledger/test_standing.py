"""Which answer of a payer settles an earlier one: of the same claim, however both call it, and of no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from edi.ledger import Ledger
from edi.linkage.denials.correction import Refusal, course
from edi.records.claim import Claim
from edi.records.parties import Person
from edi.records.remittance import Payment
from edi.records.services import Period
from tests.ledger.conftest import PATIENT

Open = Callable[[], Ledger]
TODAY = date(2026, 5, 20)
OTHER = Person(last_name="YARROW", first_name="IRIS", member_id="W9999", member_id_qualifier="MI", birth_date=date(1970, 11, 11))


def answered(made: Any, claim: str, day: int, **said: Any) -> Payment:
    """An answer in a remittance of its own."""
    on = date(2026, 4, day)
    return replace(made.payment(claim), trace=f"T{day}", paid_on=on, produced_on=on, **said)


def denied(made: Any, claim: str = "C1", day: int = 1, **said: Any) -> Payment:
    """One that denies all of it for want of an authorization."""
    lines = tuple(replace(line, paid=Decimal(0), adjustments=(made.adjustment(),)) for line in made.payment(claim).lines)
    return answered(made, claim, day, **{"paid": Decimal(0), "lines": lines, **said})


def left(ledger: Ledger) -> list[str]:
    """The claims with a denial that is open."""
    return [item.claim for item in ledger.worklist(TODAY) if item.kind == "denial"]


def worked(open_ledger: Open, made: Any, claims: Sequence[Claim], payments: Sequence[Payment]) -> list[str]:
    with open_ledger() as ledger:
        ledger.record_claims(claims, now=made.now)
        for payment in payments:
            ledger.record_payments([payment], now=made.now)
        return left(ledger)


def test_another_patient_s_payment_under_the_same_number_settles_nothing(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)]
    theirs = answered(made, "C1", 20, patient=OTHER, payer_claim="PB2")
    assert worked(open_ledger, made, claims, [denied(made), theirs]) == ["C1"]


def repeated(made: Any, day: int = 20, **said: Any) -> Payment:
    """What a payer answers to a claim that is sent anew: it was decided before."""
    lines = tuple(
        replace(line, paid=Decimal(0), adjustments=(made.adjustment("18", group="OA"),)) for line in made.payment().lines
    )
    return answered(made, "C1", day, **{"paid": Decimal(0), "lines": lines, "payer_claim": "P2", **said})


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize("number", ["P2", "PC1"])
def test_a_duplicate_of_a_denial_is_the_same_money(open_ledger: Open, made: Any, number: str, order: tuple[int, ...]) -> None:
    payments = [denied(made), repeated(made, payer_claim=number)]
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1")], now=made.now)
        ledger.record_claims([made.claim("C1")], now=made.now + timedelta(days=30))
        for n in order:
            ledger.record_payments([payments[n]], now=made.now)
        (item,) = (item for item in ledger.worklist(TODAY) if item.kind == "denial")
        assert (item.reason, item.amount) == ("authorization-missing: never-requested", Decimal(80))
        figures = ledger.denials(TODAY).total
        assert (figures.denied, figures.open, figures.otherwise) == (Decimal(80), Decimal(80), Decimal(0))


def test_a_duplicate_is_work_where_it_is_not_known_what_was_decided(open_ledger: Open, made: Any) -> None:
    claims, twice = [made.claim("C1")], [repeated(made), repeated(made, 21, payer_claim="P3")]
    assert worked(open_ledger, made, claims, twice) == ["C1"]


def test_a_duplicate_of_what_was_paid_is_no_work(open_ledger: Open, made: Any) -> None:
    assert worked(open_ledger, made, [made.claim("C1")], [answered(made, "C1", 1), repeated(made)]) == []


def test_a_duplicate_of_what_was_taken_back_is_work_again(open_ledger: Open, made: Any) -> None:
    lines = tuple(replace(line, charge=-line.charge, paid=-line.paid) for line in made.payment("C1").lines)
    back = answered(made, "C1", 25, status="22", charge=Decimal(-80), paid=Decimal(-80), lines=lines)
    assert worked(open_ledger, made, [made.claim("C1")], [answered(made, "C1", 1), repeated(made), back]) == ["C1"]


def test_another_patient_s_reversal_takes_nothing_back(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)]
    back = answered(
        made, "C1", 20, patient=OTHER, payer_claim="PB2", status="22", charge=Decimal("-80.00"), paid=Decimal("-80.00")
    )
    assert worked(open_ledger, made, claims, [denied(made), back]) == ["C1"]


def test_an_answer_whose_number_comes_back_otherwise_settles(open_ledger: Open, made: Any) -> None:
    again = answered(made, "claim-1", 20, payer_claim="PCLAIM1")
    assert worked(open_ledger, made, [made.claim("CLAIM1")], [denied(made, "CLAIM1"), again]) == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_answer_to_what_replaces_it_under_another_number_settles(open_ledger: Open, made: Any, order: tuple[int, ...]) -> None:
    replacement = made.claim("C1R", frequency="7", original="PC1")
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1")], now=made.now)
        steps: list[Callable[[], None]] = [
            lambda: ledger.record_claims([replacement], now=made.now),
            lambda: ledger.record_payments([denied(made)], now=made.now),
            lambda: ledger.record_payments([answered(made, "C1R", 20, frequency="7")], now=made.now),
        ]
        for n in order:
            steps[n]()
        assert left(ledger) == []


def test_of_a_replacement_that_is_denied_too_one_item_is_left(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1R", frequency="7", original="PC1")]
    assert worked(open_ledger, made, claims, [denied(made), denied(made, "C1R", 20, frequency="7")]) == ["C1R"]


def test_an_answer_is_to_a_replacement_that_was_sent_though_it_does_not_say_so(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1R", frequency="7", original="PC1", charge=Decimal("95.00"))]
    again = answered(made, "C1R", 20, charge=Decimal("95.00"), paid=Decimal("95.00"))
    assert worked(open_ledger, made, claims, [denied(made), again]) == []


def test_a_part_that_is_answered_again_under_its_own_number_is_settled(open_ledger: Open, made: Any) -> None:
    two = (made.line("1"), made.line("2"))
    claim = made.claim("C1", charge=Decimal("160.00"), lines=two)
    parts = [
        answered(made, "C1", 1, payer_claim="PA1"),
        denied(made, payer_claim="PA2", day=2),
        answered(made, "C1", 20, payer_claim="PA2"),
    ]
    assert worked(open_ledger, made, [claim], parts[:2]) == ["C1"]
    assert worked(open_ledger, made, [], parts[2:]) == []


def test_a_number_that_two_patients_share_is_not_corrected(open_ledger: Open, made: Any) -> None:
    with open_ledger() as ledger:
        ledger.record_claims([made.claim("C1"), made.claim("C1", subscriber=OTHER, patient=OTHER)], now=made.now)
        ledger.record_payments([denied(made)], now=made.now)
        (kept,) = ledger.sent(["C1"]).values()
    assert course(kept.history).refusal is Refusal.SHARED_NUMBER


SPOUSE = Person(
    last_name="QUILL", first_name="OLIVE", member_id="W1000001", member_id_qualifier="MI", birth_date=date(1983, 5, 6)
)


def visit(made: Any, day: int, **changes: Any) -> Claim:
    """A claim of a day, numbered by the account."""
    on = Period(start=date(2026, 3, day), end=date(2026, 3, day))
    return made.claim("C1", lines=(made.line(period=on),), period=on, **changes)


def of_visit(payment: Payment, day: int) -> Payment:
    on = Period(start=date(2026, 3, day), end=date(2026, 3, day))
    return replace(payment, lines=tuple(replace(line, period=on) for line in payment.lines))


def test_another_visit_s_payment_under_the_account_s_number_settles_nothing(open_ledger: Open, made: Any) -> None:
    claims = [visit(made, 3), visit(made, 9)]
    theirs = of_visit(answered(made, "C1", 20, payer_claim="PB2"), 9)
    assert worked(open_ledger, made, claims, [of_visit(denied(made), 3), theirs]) == ["C1"]
    mine = of_visit(answered(made, "C1", 21, payer_claim="PC3"), 3)
    assert worked(open_ledger, made, [], [mine]) == []


def test_of_two_visits_that_are_denied_both_are_work(open_ledger: Open, made: Any) -> None:
    claims = [visit(made, 3), visit(made, 9)]
    payments = [of_visit(denied(made), 3), of_visit(denied(made, payer_claim="PB2", day=2), 9)]
    assert worked(open_ledger, made, claims, payments) == ["C1", "C1"]


def test_what_is_sent_again_of_the_same_days_is_one_claim(open_ledger: Open, made: Any) -> None:
    """And under one number of the payer's a claim whose days were corrected too."""
    claims = [visit(made, 3), visit(made, 3)]
    again = of_visit(answered(made, "C1", 20, payer_claim="PB2"), 3)
    assert worked(open_ledger, made, claims, [of_visit(denied(made), 3), again]) == []
    corrected = of_visit(answered(made, "C1", 25), 4)
    claims = [visit(made, 4)]
    assert worked(open_ledger, made, claims, [of_visit(denied(made, day=24), 3), corrected]) == []


def test_another_of_the_family_under_one_number_settles_nothing(open_ledger: Open, made: Any) -> None:
    claims = [made.claim("C1"), made.claim("C1", patient=SPOUSE, dependent=True)]
    theirs = answered(made, "C1", 20, patient=SPOUSE, payer_claim="PB2")
    assert worked(open_ledger, made, claims, [denied(made), theirs]) == ["C1"]


def test_a_name_that_is_written_otherwise_is_no_other_patient(open_ledger: Open, made: Any) -> None:
    first = made.claim("C1")
    misspelt = replace(first.patient, first_name=first.patient.first_name + "E")
    claims = [first, made.claim("C1", subscriber=misspelt, patient=misspelt)]
    assert worked(open_ledger, made, claims, [denied(made), answered(made, "C1", 20, payer_claim="PB2")]) == []


def test_an_answer_of_which_it_is_not_sure_goes_with_the_visit_that_it_may_be_of(open_ledger: Open, made: Any) -> None:
    """Another charge leaves it unsure; the days say which visit is meant."""
    claims = [visit(made, 3), visit(made, 9)]
    less = {"charge": Decimal("79.00"), "paid": Decimal(0), "payer_claim": "PB2"}
    denials = [of_visit(denied(made), 3), of_visit(denied(made, "C1", 2, **less), 9)]
    assert worked(open_ledger, made, claims, denials) == ["C1", "C1"]
    paid = {**less, "paid": Decimal("79.00"), "payer_claim": "PC3"}
    assert worked(open_ledger, made, [], [of_visit(answered(made, "C1", 20, **paid), 9)]) == ["C1"]


def test_an_estimate_settles_nothing(open_ledger: Open, made: Any) -> None:
    estimate = answered(made, "C1", 20, status="25")
    assert worked(open_ledger, made, [made.claim("C1")], [denied(made), estimate]) == ["C1"]


def test_figures_count_visits_apart_and_parts_of_a_claim_that_is_not_known_as_one(open_ledger: Open, made: Any) -> None:
    def denied_claims(claims: Sequence[Claim], *remittances: Sequence[Payment]) -> int:
        with open_ledger() as ledger:
            ledger.record_claims(claims, now=made.now)
            for payments in remittances:
                ledger.record_payments(payments, now=made.now)
            return ledger.denials(TODAY).total.claims

    one, other = of_visit(denied(made), 3), of_visit(denied(made, payer_claim="PB2"), 9)
    unknown = [replace(payment, claim="C9", payer_claim=f"P{n}") for n, payment in enumerate((one, other))]
    assert denied_claims([visit(made, 3), visit(made, 9)], [one, other]) == 2
    assert denied_claims([], unknown) == 3
    late = replace(other, claim="C8", payer_claim="P8", trace="T9")
    assert denied_claims([], [replace(one, claim="C8", payer_claim="P7")], [late]) == 5


@pytest.mark.parametrize("number", ["C", "V"])
def test_what_a_void_asked_for_is_no_work(open_ledger: Open, made: Any, number: str) -> None:
    """Nobody need ask the payer why it took back what we told it to take back. For each order there is a patient."""
    orders = list(permutations(range(4)))
    with open_ledger() as ledger:

        def step(n: int, of: int) -> None:
            """One of what comes of a patient's claim: it is sent, paid, taken back, and its void is sent."""
            who = replace(PATIENT, member_id=f"W{of}")
            said = {"payer_claim": f"PC{of}", "patient": who}
            if n == 0:
                ledger.record_claims([made.claim(f"C{of}", subscriber=who, patient=who)], now=made.now)
            elif n == 1:
                ledger.record_payments([answered(made, f"C{of}", 1, **said)], now=made.now)
            elif n == 2:
                back = answered(made, f"C{of}", 20, status="22", charge=Decimal("-80.00"), paid=Decimal("-80.00"), **said)
                ledger.record_payments([back], now=made.now)
            else:
                void = made.claim(f"{number}{of}", frequency="8", original=f"PC{of}", subscriber=who, patient=who)
                ledger.record_claims([void], now=made.now + timedelta(days=40))

        for turn in range(4):
            for of, order in enumerate(orders):
                step(order[turn], of)
            kinds = Counter(item.claim for item in ledger.worklist(TODAY) if item.kind == "reversal")
            come = {f"C{of}": order[: turn + 1] for of, order in enumerate(orders)}
            assert kinds == {claim: 1 for claim, steps in come.items() if 2 in steps and 3 not in steps}
