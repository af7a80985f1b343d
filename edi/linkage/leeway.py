"""Dates that a payer's rules allow beside the certified ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from edi.linkage.agreement import Agreement
from edi.records.services import Period


def widened(certified: Period, due: date | None, agreed: Agreement) -> Iterator[tuple[Period, str]]:
    """Each allowance with the rule that gives it.

    Days of grace are counted from the certified dates; a delivery's from the date when it is due (DTP*ABC), where that is
    known. What follows an operation is counted from the first certified day: when it was done is not known, and not before that.
    """
    before, rule_before = agreed.said("before")
    after, rule_after = agreed.said("after")
    if before is not None or after is not None:
        rules = " and ".join(dict.fromkeys(rule for rule in (rule_before, rule_after) if rule))
        yield Period(start=_moved(certified.start, -(before or 0)), end=_moved(certified.end, after or 0)), rules
    within, rule = agreed.said("delivery")
    if within is not None and due is not None:
        yield Period(start=_moved(due, -within), end=_moved(due, within)), rule
    days, rule = agreed.said("aftercare")
    if days is not None:
        yield Period(start=certified.start, end=max(certified.end, _moved(certified.start, days))), rule


def _moved(day: date, days: int) -> date:
    """So many days later; an open end stays open."""
    if day in (date.min, date.max):
        return day
    try:
        return day + timedelta(days)
    except OverflowError:
        return date.max if days > 0 else date.min
