"""Functions of records name the value of another type at which Python would end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import edi

STORY = Path(__file__).parents[1] / "testdata" / "story"
BATCH = STORY / "claims/batch.837"


@pytest.fixture
def visit() -> Any:
    (claim,) = edi.read_claims(STORY / "claims/number-missing.837")
    return claim


@pytest.fixture
def messages() -> list[Any]:
    return [next(iter(edi.read_authorizations(STORY / room / "approved.278"))) for room in ("requests", "responses")]


@pytest.fixture
def payment() -> Any:
    return next(iter(edi.read_payments(STORY / "remittances/batch.835")))


WRONG: dict[str, Callable[[Any], dict[str, Any]]] = {
    "patient: must be of the kind Person": lambda claim: {"patient": None},
    "payer.id: must be a text": lambda claim: {"payer": replace(claim.payer, id=7)},
    "lines: must be a tuple": lambda claim: {"lines": None},
    "lines[0].period.start: must be a date, and no datetime": lambda claim: {
        "lines": (replace(claim.lines[0], period=edi.Period(start="2026-10-06", end="2026-10-06")),)  # type: ignore[arg-type]
    },
    "lines[0].quantity.amount: must be a Decimal that is a number": lambda claim: {
        "lines": (replace(claim.lines[0], quantity=edi.Quantity(unit="UN", amount=1.0)),)  # type: ignore[arg-type]
    },
}


@pytest.mark.parametrize("said", WRONG)
def test_a_claim_that_cannot_be_linked_is_told_by_its_field(said: str, visit: Any, messages: list[Any]) -> None:
    claims = [visit, replace(visit, **WRONG[said](visit))]
    for given in (claims, iter(claims)):
        with pytest.raises(edi.RecordError) as told:
            edi.link(given, messages)
        assert str(told.value) == f"Claim[1].{said}."
        assert told.value.__suppress_context__  # Python's error may quote a value
    with edi.Ledger("sqlite://") as ledger:
        ledger.record_authorizations(messages)
        for decide in (ledger.check, ledger.link):
            with pytest.raises(edi.RecordError) as told:
                decide(claims)
            assert str(told.value) == f"Claim[1].{said}."


def test_of_a_stream_the_last_are_looked_at(visit: Any) -> None:
    with pytest.raises(edi.RecordError, match=r"^Claim\[1999\]\.lines: must be a tuple\.$"):
        edi.link((replace(visit, lines=None) if n == 1999 else visit for n in range(3000)), [])


def test_so_are_authorizations_payments_and_requests(visit: Any, messages: list[Any], payment: Any) -> None:
    request, response = messages
    (asked,) = edi.read_requests(STORY / "requests/approved.278")
    broken = replace(response, services=None)
    wrong: dict[str, Callable[[], object]] = {
        "Authorization[1].services: must be a tuple": lambda: edi.link([visit], iter([request, broken])),
        "Authorization[0].services: must be a tuple": lambda: edi.joined([broken]),
        "Authorization.services: must be a tuple": lambda: edi.inquiry_about(broken, "I1"),
        "Authorization[0].number: must be a text": lambda: edi.split(BATCH, [replace(response, number=7)]),
        "Payment.adjustments: must be a tuple": lambda: edi.findings(replace(payment, adjustments=None), None, [], edi.Usage()),
        "Payment[0].paid: must be a Decimal that is a number": lambda: edi.net([replace(payment, paid="12")]),
        "Claim.lines: must be a tuple": lambda: edi.draft(replace(visit, lines=None)),
        "Request.event: must be of the kind PatientEvent": lambda: edi.check_request(
            replace(asked, event=None), [], date(2026, 9, 1)
        ),
    }
    for said, call in wrong.items():
        with pytest.raises(edi.RecordError) as told:
            call()
        assert str(told.value) == f"{said}."


def test_what_is_not_the_records_fault_is_raised_as_it_was(visit: Any) -> None:
    def asks(*_: Any) -> edi.Requirement:
        raise TypeError("mine")

    def ends() -> Iterator[edi.Claim]:
        yield visit
        raise AttributeError("mine")

    with pytest.raises(TypeError, match="mine"):
        edi.link([visit], [], required=asks)
    with pytest.raises(AttributeError, match="mine"):
        edi.link(ends(), [])
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'authorizations'"):
        edi.link([visit])  # type: ignore[call-overload]
