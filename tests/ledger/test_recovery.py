"""What became of denied dollars: each once, and all of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.ledger.figures.recovery import ClaimPayment, Denial, Recovery, outcomes

TODAY = date(2026, 6, 1)


def denial(amount: str, line: str = "1", **said: Any) -> Denial:
    made: dict[str, Any] = {"kind": "authorization-missing", "cause": "held-not-sent", "deadline": date(2026, 12, 31)}
    return Denial(line=line, amount=Decimal(amount), **(made | said))


def answer(id: int, paid: str, *denials: Denial, **said: Any) -> ClaimPayment:
    """The id is the month of its remittance too."""
    said["lines"] = {line: Decimal(paid) for line, paid in said.get("lines", {}).items()}
    made: dict[str, Any] = {
        "payer": "M", "produced_on": date(2026, id, 1), "remittance_id": id, "trace": f"K{id}", "payer_claim": "P1",
        "status": "1", "frequency": "1", "charge": Decimal("180"),
    }  # fmt: skip
    return ClaimPayment(id=id, paid=Decimal(paid), denials=denials, **(made | said))


def parts(found: list[Recovery]) -> list[tuple[str, str, str, str, str]]:
    """Denied, recovered, otherwise, lost, open."""
    return [tuple(str(one) for one in (o.denied, o.recovered, o.otherwise, o.lost, o.open)) for o in found]  # type: ignore[misc]


REVERSED = answer(2, "-100", denial("-80"), status="22")


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([answer(1, "100")], []),
        ([answer(1, "100", denial("80"))], [("80", "0", "0", "0", "80")]),
        # Corrected: all of it, a part by contract, nothing.
        ([answer(1, "100", denial("80")), answer(2, "180", frequency="7")], [("80", "80", "0", "0", "0")]),
        ([answer(1, "100", denial("80")), answer(2, "160", frequency="7")], [("80", "60", "20", "0", "0")]),
        ([answer(1, "100", denial("80")), answer(2, "100", frequency="7")], [("80", "0", "80", "0", "0")]),
        # Taken back and denied again: the same dollars.
        ([answer(1, "100", denial("80")), REVERSED, answer(3, "100", denial("80"))], [("80", "0", "0", "0", "80")]),
        # Denied again, and more of it; another line beside it.
        (
            [answer(1, "0", denial("80")), answer(2, "0", denial("90"))],
            [("80", "0", "0", "0", "80"), ("10", "0", "0", "0", "10")],
        ),
        (
            [answer(1, "100", denial("80"), lines={"2": 100}), answer(2, "80", denial("100", "2"), lines={"1": 80, "2": 0})],
            [("80", "80", "0", "0", "0"), ("100", "0", "0", "0", "100")],
        ),
        # What is paid on another line is not this line's; of other lines than before all of it counts.
        (
            [answer(1, "0", denial("80"), lines={"1": 0, "2": 0}), answer(2, "50", lines={"1": 0, "2": 50})],
            [("80", "0", "80", "0", "0")],
        ),
        ([answer(1, "0", denial("80"), lines={"1": 0}), answer(2, "50", lines={"7": 50})], [("80", "50", "30", "0", "0")]),
        # The whole claim, then a line of it.
        ([answer(1, "0", denial("180", "")), answer(2, "100", denial("80"))], [("180", "100", "0", "0", "80")]),
        # Paid, then taken back and denied.
        ([answer(1, "180"), answer(2, "-180", status="22"), answer(3, "100", denial("80"))], [("80", "0", "0", "0", "80")]),
        # Paid after all, and taken back again: neither paid nor denied.
        ([answer(1, "0", denial("80")), answer(2, "80"), answer(3, "-80", status="22")], [("80", "0", "0", "0", "80")]),
        # Paid after all, and a part of that taken back again.
        (
            [answer(1, "100", denial("80")), answer(2, "180", frequency="7"), answer(3, "-50", status="22", charge=Decimal(-80))],
            [("80", "30", "50", "0", "0")],
        ),
        # Two reasons on a line are its dollars together.
        ([answer(1, "0", denial("60"), denial("20"))], [("60", "0", "0", "0", "60"), ("20", "0", "0", "0", "20")]),
        # Too late, and given up.
        ([answer(1, "0", denial("80", deadline=date(2026, 5, 31)))], [("80", "0", "0", "80", "0")]),
        ([answer(1, "0", denial("80", deadline=TODAY))], [("80", "0", "0", "0", "80")]),
        ([answer(1, "0", denial("80", closed=True))], [("80", "0", "0", "80", "0")]),
        # What is denied again has a new deadline.
        (
            [answer(1, "0", denial("80", deadline=date(2026, 3, 1))), answer(4, "0", denial("80", deadline=date(2026, 7, 1)))],
            [("80", "0", "0", "0", "80")],
        ),
        # A second payer that denies the same dollars adds none.
        ([answer(1, "0", denial("80")), answer(2, "0", denial("80"), payer="N")], [("80", "0", "0", "0", "80")]),
    ],
)
def test_each_dollar_once_and_in_one_place(answers: list[ClaimPayment], found: list[tuple[str, ...]]) -> None:
    for order in permutations(answers):
        assert parts(outcomes(order, TODAY)) == found


def test_the_day_that_mends_is_the_first_that_pays() -> None:
    (found,) = outcomes([answer(1, "0", denial("80")), answer(3, "80"), answer(4, "80", remittance_id=3)], TODAY)
    assert found.mended_on == date(2026, 3, 1)
    (found,) = outcomes([answer(1, "0", denial("80"))], TODAY)
    assert found.mended_on is None


amounts = st.sampled_from(["0.01", "33.33", "80", "100.10"])
denials = st.builds(
    denial, amounts, st.sampled_from(["", "1", "2"]), deadline=st.sampled_from([date(2026, 1, 1), None]), closed=st.booleans()
)
paid = st.sampled_from(["0", "50.05", "200"])
several = st.lists(
    st.tuples(paid, st.lists(denials, max_size=3), st.sampled_from(["1", "22"]), st.sampled_from("MN")), max_size=6
)


@given(several)
def test_the_parts_are_the_whole(told: list[tuple[str, list[Denial], str, str]]) -> None:
    answers = [answer(n, paid, *mine, status=status, payer=payer) for n, (paid, mine, status, payer) in enumerate(told, 1)]
    found = outcomes(answers, TODAY)
    for one in found:
        assert one.recovered + one.otherwise + one.lost + one.open == one.denied > 0
        assert min(one.recovered, one.otherwise, one.lost, one.open) >= 0
        assert one.denied <= one.denial.amount
    most = max((sum(d.amount for d in one.denials) for one in answers if one.status != "22"), default=Decimal(0))
    assert sum((one.denied for one in found), Decimal(0)) >= most
    paid = sum((one.paid for one in answers if one.status != "22"), Decimal(0))
    assert sum((one.recovered for one in found), Decimal(0)) <= paid
