"""Uses of claims that were linked and not sent: promised, taken back, cut to what there is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from edi.linkage.usage import DENIED, RESERVED, SENT, Usage
from edi.records.authorization import Authorization
from edi.records.claim import Claim

from .build import authorization, claim, line, only, service


def therapy(quantity: str) -> Authorization:
    return authorization("PT-1", service("97110", quantity=quantity))


def visit(*dates: str, id: str = "C-1", units: int = 1) -> Claim:
    return claim(*(line("97110", each, f"{units} UN") for each in dates), id=id)


def kept(usage: Usage) -> list[tuple[str, int, str]]:
    return [(use.claim, len(use.days) if use.amount == 1 else int(use.amount), use.state) for use in usage.all()]


def test_what_is_linked_is_reserved_and_what_was_sent_stays_sent() -> None:
    held, sent = therapy("6 UN"), Usage()
    only(visit("03-10"), held, usage=sent)
    usage = Usage(sent.all(), reserving=True)
    only(visit("03-10"), held, usage=usage)
    only(visit("03-11", id="C-2"), held, usage=usage)
    assert kept(usage) == [("C-1", 1, SENT), ("C-2", 1, RESERVED)]


def test_what_cannot_be_written_is_withdrawn_and_what_was_sent_is_not() -> None:
    held, sent = therapy("6 UN"), Usage()
    only(visit("03-10"), held, usage=sent)
    usage = Usage(sent.all(), reserving=True)
    more = visit("03-10", "03-11")
    only(more, held, usage=usage)
    assert kept(usage) == [("C-1", 1, SENT), ("C-1", 1, RESERVED)]
    usage.withdraw(more)
    assert kept(usage) == [("C-1", 1, SENT)]


def test_what_is_denied_counts_no_more_and_stands_until_it_is_taken_again() -> None:
    held, usage = therapy("6 UN"), Usage()
    only(visit("03-10", units=6), held, usage=usage)
    usage.deny(visit("03-10", units=6))
    assert only(visit("03-12", id="C-2", units=5), held, usage=usage).verdict == "linked"
    assert kept(usage) == [("C-1", 6, DENIED), ("C-2", 5, SENT)]
    assert only(visit("03-10", units=6), held, usage=usage).verdict == "units-short"
    assert kept(usage) == [("C-1", 1, SENT), ("C-2", 5, SENT)]


@pytest.mark.parametrize(
    ("certified", "left"),
    [("9 UN", [4, 3]), ("6 UN", [4, 2]), ("4 UN", [4]), ("3 UN", [3]), ("0 UN", [])],
)
def test_reservations_are_cut_in_their_order_to_what_is_certified_now(certified: str, left: list[int]) -> None:
    usage = Usage(reserving=True)
    for id, when, units in (("C-1", "03-10", 4), ("C-2", "03-11", 3)):
        only(visit(when, id=id, units=units), therapy("9 UN"), usage=usage)
    usage.refit(therapy(certified))
    assert [int(use.amount) for use in usage.all()] == left
    assert sum((use.amount for use in usage.all()), Decimal(0)) <= int(certified.split()[0])


def test_of_visits_the_dates_that_fit_stay_reserved() -> None:
    usage = Usage(reserving=True)
    only(visit("03-10", "03-11", "03-12"), therapy("3 VS"), usage=usage)
    usage.refit(therapy("2 VS"))
    assert len({day for use in usage.all() for day in use.days}) == 2
