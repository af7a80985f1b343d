"""What a denied claim gives back changes nothing for others where there was enough for all, and is decided anew where not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from edi.ledger import Ledger
from edi.ledger.payments import denying
from edi.ledger.plenty import with_plenty
from edi.ledger.tables import UseRow
from edi.records.claim import Claim
from edi.records.services import DeliveryPattern, Period, Quantity
from tests.drawing import examples

FIRST = date(2026, 3, 9)


def claim(made: Any, n: int, units: int, **changes: Any) -> Claim:
    day = Period(start=FIRST + timedelta(n), end=FIRST + timedelta(n))
    line = made.line(units=units, period=day, control_number=f"L{n}")
    sent: Claim = made.claim(f"CLAIM{n}", number="A100", lines=(line,), period=day, **changes)
    return sent


def denied(made: Any, n: int) -> Any:
    day = Period(start=FIRST + timedelta(n), end=FIRST + timedelta(n))
    told = made.payment(f"CLAIM{n}", made.adjustment("50"), trace=f"CHECK{n}")
    return replace(told, lines=(replace(told.lines[0], period=day, control_number=f"L{n}"),))


def plenty(ledger: Ledger, *claims: str) -> set[str]:
    with ledger._database.reading() as session:
        return with_plenty(session, claims)


@pytest.mark.parametrize(
    ("units", "enough"), [((4, 1), True), ((4, 2), False), ((4, 3), False)], ids=["some is left", "all is used", "one is cut"]
)
def test_there_is_enough_where_something_is_left(made: Any, units: tuple[int, int], enough: bool) -> None:
    with Ledger("sqlite://") as ledger:
        ledger.record_authorizations([made.authorization()])
        ledger.record_claims([claim(made, n, many) for n, many in enumerate(units)])
        assert plenty(ledger, "CLAIM0", "CLAIM1", "CLAIM9") == ({"CLAIM0", "CLAIM1"} if enough else set())
        ledger.record_payments([denied(made, 0)])
        assert plenty(ledger, "CLAIM1") == ({"CLAIM1"} if enough else set())  # what was given back was taken all the same


def test_there_is_not_where_a_claim_may_come_to_something_else(made: Any) -> None:
    """By what is left of each service, of each authorization of a number, in a week; or by what is sent in its place."""
    two = (made.service(), made.service("97112"))
    weekly = made.service(quantity=None, pattern=DeliveryPattern(quantity=Quantity(unit="UN", amount=Decimal(2)), per="WK"))
    other = replace(made.authorization().subscriber, member_id="W2")
    another = made.authorization(subscriber=other, patient=other, traces=("T2",), request_reference="R2")
    cases: list[tuple[list[Any], list[Claim]]] = [
        ([made.authorization(services=two)], []),
        ([made.authorization(), another], []),
        ([made.authorization(services=(weekly,))], [claim(made, 8, 1)]),
        ([made.authorization()], [claim(made, 1, 1, frequency="7", original="P9")]),
    ]
    for authorizations, more in cases:
        with Ledger("sqlite://") as ledger:
            ledger.record_authorizations(authorizations)
            ledger.record_claims([claim(made, 0, 1), *more])
            with ledger._database.reading() as session:
                assert session.execute(select(UseRow)).first() is not None
            assert plenty(ledger, "CLAIM0") == set(), authorizations


@pytest.mark.parametrize("seed", range(examples(40)))
def test_who_is_passed_over_would_come_to_the_same(made: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    skipped = 0

    def counted(session: Session, claims: Collection[str]) -> set[str]:
        nonlocal skipped
        found = with_plenty(session, claims)
        skipped += len(found)
        return found

    told = []
    for passing_over in (counted, lambda _session, _claims: set()):
        monkeypatch.setattr(denying, "with_plenty", passing_over)
        told.append(_told(made, Random(seed)))
    assert told[0] == told[1]
    assert seed != 0 or skipped


def _told(made: Any, random: Random) -> list[Any]:
    """A story in which units are short now and then, and what is known at its end."""
    service = made.service(amount=random.choice((3, 6, 12, 40)))
    service = replace(service, quantity=replace(service.quantity, unit=random.choice(("UN", "VS"))))
    answers = [made.authorization(services=(service,))]
    if random.random() < 0.3:
        answers.append(made.authorization("A200", services=(made.service(number="A200", amount=random.choice((2, 20))),)))
    claims = [claim(made, n, random.randint(1, 4)) for n in range(6)]
    claims = [replace(one, authorization="", authorizations=()) if random.random() < 0.3 else one for one in claims]
    if random.random() < 0.2:
        claims.append(claim(made, 7, 1, frequency=random.choice("78"), original="PCLAIM0"))
    payments = [denied(made, n) for n in random.sample(range(6), 4)]
    with Ledger("sqlite://") as ledger:
        ledger.record_authorizations(answers)
        for n, one in enumerate(claims):
            ledger.record_claims([one], now=datetime(2026, 3, 20, n, tzinfo=UTC))
        for some in (payments[:2], payments[2:]):
            ledger.record_payments(some)
        lives = [life for one in answers for life in ledger.authorization(one.number)]
        uses = [sorted((use.claim, use.amount, use.state) for use in life.uses) for life in lives]
        return [uses, [one.services for one in ledger.authorizations()], ledger.worklist(date(2026, 5, 1))]
