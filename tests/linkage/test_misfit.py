"""By how much a claim misses an authorization, and what is left of one that fits: as data, not as words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.linkage.misfit import Misfit, Remaining, plain
from edi.linkage.offers import offers
from edi.linkage.usage import ClaimUse, Usage
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim
from edi.records.services import Period

from .build import (
    CLINIC,
    OTHER_PAYER,
    PAYER,
    STRANGER,
    SURGEON,
    admission,
    authorization,
    claim,
    decide,
    decided,
    hospital,
    line,
    only,
    payer,
    period,
    provider,
    service,
    stay,
)
from .test_laws import claims, on_file


def misfit(sent: Claim, held: Authorization) -> Misfit:
    found = only(sent, held).misfit
    assert found is not None
    return found


# -- dates -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billed", "verdict", "days"),
    [("02-28", "before-period", 1), ("06-05", "after-period", 5), ("02-24/03-03", "before-period", 5)],
)
def test_dates_say_by_how_many_days(billed: str, verdict: str, days: int) -> None:
    row = only(claim(line(dates=billed)), authorization())
    assert (row.verdict, row.misfit and row.misfit.days) == (verdict, days)
    told = period(billed)
    assert row.misfit == Misfit(
        what="dates", certified=("2026-03-01", "2026-05-31"), billed=(str(told.start), str(told.end)), days=days
    )


def test_without_a_date_there_are_no_days() -> None:
    assert misfit(claim(line(dates="")), authorization()) == Misfit(what="dates", certified=("2026-03-01", "2026-05-31"))


def test_a_stay_is_measured_by_its_admission() -> None:
    found = misfit(stay("03-12/03-20"), admission(dates="03-10"))
    assert (found.certified, found.billed, found.days) == (("2026-03-10", "2026-03-10"), ("2026-03-12", "2026-03-12"), 2)


def test_lines_that_are_told_as_one_say_the_most_days() -> None:
    row = only(claim(line(dates="06-02"), line(dates="06-20"), line(dates="06-01")), authorization())
    assert (row.line, row.misfit and row.misfit.days) == (None, 20)


# -- code, provider, place, payer --------------------------------------------------------------------------------------------


def test_a_wrong_code_says_the_certified_one() -> None:
    assert misfit(claim(line("27446")), authorization("A-1", service("27447:RT"))) == Misfit(
        what="service", certified=("27447-RT",), billed=("27446",)
    )


def test_wrong_codes_of_lines_that_are_told_as_one_are_all_there() -> None:
    held = authorization("A-1", service("27447"))
    assert misfit(claim(line("27446"), line("27445"), held="A-1"), held).billed == ("27446", "27445")


def test_a_wrong_revenue_code_says_the_certified_one() -> None:
    held = authorization("A-1", service("", revenue_code="0450"))
    found = misfit(hospital(line("", revenue_code="0360"), held="A-1"), held)
    assert (found.certified, found.billed) == (("0450",), ("0360",))


def test_a_provider_who_is_not_certified() -> None:
    found = misfit(claim(), authorization(providers=(provider(STRANGER, "SJ"),)))
    assert found == Misfit(what="provider", certified=(STRANGER,), billed=(SURGEON, CLINIC))


def test_a_place_and_a_payer() -> None:
    there = authorization("A-1", service(place="11", place_qualifier="B"))
    assert misfit(claim(), there) == Misfit(what="place", certified=("11",), billed=("22",))
    assert misfit(claim(), authorization(payer=payer(OTHER_PAYER))) == Misfit(
        what="payer", certified=(OTHER_PAYER,), billed=(PAYER,)
    )


# -- units -------------------------------------------------------------------------------------------------------------------


def after(sent: Claim, before: Claim, *held: Authorization) -> tuple[Row, ...]:
    """The rows of a claim, when another one was decided before."""
    usage = Usage()
    decide(before, held, usage)
    return decide(sent, held, usage)


def test_units_say_how_many_are_over_and_who_used_them() -> None:
    held = authorization("A-1", service(quantity="5 UN"))
    (row,) = after(claim(line(quantity="4 UN"), id="C-2"), claim(line(dates="03-02", quantity="3 UN")), held)
    assert row.verdict == "units-short"
    assert row.misfit == Misfit(
        what="units", certified=("5",), billed=("4",), left=Decimal(2), over=Decimal(2), unit="UN", used_by=("C-1",)
    )


def test_what_is_used_up_says_so_too() -> None:
    held = authorization("A-1", service(quantity="3 UN"))
    (row,) = after(claim(line(), id="C-2"), claim(line(dates="03-02", quantity="3 UN")), held)
    assert row.verdict == "units-used-up"
    assert row.misfit and (row.misfit.left, row.misfit.over, row.misfit.used_by) == (0, 1, ("C-1",))


def test_visits_name_the_days_that_find_no_room() -> None:
    held = authorization("A-1", service(quantity="2 VS"))
    rows = decided(claim(line(dates="03-02"), line(dates="03-04/03-05", quantity="2 UN")), held)
    assert [row.verdict for row in rows] == ["linked", "units-short"]
    short = rows[1].misfit
    assert short and (short.unit, short.left, short.over, short.dates) == ("VS", 1, 1, (date(2026, 3, 5),))


def test_two_lines_of_one_day_are_one_visit_over() -> None:
    held = authorization("A-1", service("97110-97140", quantity="1 VS"))
    therapy = claim(line("97110", "03-04"), line("97140", "03-04"), line("97110", "03-05"), id="C-2")
    (row,) = after(therapy, claim(line("97110", "03-02")), held)
    assert (row.line, row.verdict) == (None, "units-used-up")
    assert row.misfit and (row.misfit.billed, row.misfit.over, len(row.misfit.dates)) == (("2",), 2, 2)


KINDS = {
    "before-period": "dates", "after-period": "dates", "service-mismatch": "service", "provider-mismatch": "provider",
    "other-payer": "payer", "units-short": "units", "units-used-up": "units",
}  # fmt: skip


@given(st.lists(claims(), min_size=1, max_size=3), on_file)
def test_the_figures_agree_with_the_verdict(sent: list[Claim], held: list[Authorization]) -> None:
    usage = Usage()
    for n, one in enumerate(sent):
        for row in decide(replace(one, id=f"C-{n}"), held, usage):
            found = row.misfit
            assert (found.what if found else None) == KINDS.get(row.verdict)
            assert (row.remaining is not None) == (row.verdict in ("linked", "already-linked"))
            if found and found.what == "dates":
                assert found.days and found.days > 0
            if found and found.what == "units":
                assert found.over is not None and found.left is not None and found.over > 0 <= found.left
                assert found.billed == (plain(found.over + found.left),)
            if row.remaining and row.remaining.of is not None:
                assert row.remaining.used is not None and row.remaining.left is not None
                assert 0 <= row.remaining.left <= row.remaining.of - row.remaining.used


def test_what_does_not_concern_an_authorization_has_no_misfit() -> None:
    for row in (only(claim()), only(claim(held="Z-9")), only(claim(), authorization(decision=Decision.DENIED))):
        assert (row.misfit, row.remaining) == (None, None)


# -- what remains ------------------------------------------------------------------------------------------------------------


def test_what_fits_says_until_when_and_how_many_are_left() -> None:
    held = authorization("A-1", service(quantity="6 UN"))
    (row,) = after(claim(line(quantity="2 UN"), id="C-2"), claim(line(dates="03-02")), held)
    assert (row.misfit, row.remaining) == (
        None,
        Remaining(until=date(2026, 5, 31), of=Decimal(6), used=Decimal(1), left=Decimal(3), unit="UN"),
    )


def test_a_claim_s_own_use_of_before_is_not_counted_twice() -> None:
    usage, held = Usage(), authorization("A-1", service(quantity="6 VS"))
    first = decide(claim(), [held], usage)
    assert decide(claim(), [held], usage) == first
    assert first[0].remaining and (first[0].remaining.used, first[0].remaining.left) == (0, 5)


def test_roles_that_share_one_use_by_rule_leave_less_to_each_other() -> None:
    held = authorization("A-1", service(quantity="3 UN"))
    surgeon, assistant = claim(), claim(line("27447:80"), id="C-2")
    usage, (offer,) = Usage(), offers(held)
    for sent, left in ((surgeon, 2), (assistant, 1)):
        taking = ClaimUse(usage, sent, {"assistant": "professional"})
        taking.grant(taking.ask(offer, sent.lines[0]))
        found = taking.remaining(offer, sent.lines[0])
        assert found and found[1:] == (left + 1, left)
        taking.commit()


def test_without_a_limit_or_dates_nothing_is_said_of_them() -> None:
    assert only(claim(), authorization("A-1", service(dates=""))).remaining == Remaining()
    open_end = replace(service(), period=Period(start=date(2026, 3, 1), end=date.max))
    assert only(claim(), authorization("A-1", open_end)).remaining == Remaining(until=date.max)
