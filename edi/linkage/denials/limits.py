"""Until when the next step on a denial may be taken: by the payer's limits, else by a default that says so."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from edi.guides.rules.limit import LAST_SERVICE, RECEIPT, SERVICE, Limited, LimitRule
from edi.guides.rules.requirement import Duration
from edi.linkage.denials.owing import APPEAL, CORRECT, EITHER, FILE
from edi.records.claim import Claim
from edi.records.remittance import Payment
from edi.records.services import Period, span

DAYS: Final = 60
"""The shortest of the common limits for a first appeal, counted from the remittance: the default where no rule says more."""
_PAYER: Final = "2U"
"""REF01 of a payer's own id, where N104 gives none."""
_WHAT: Final = {FILE: "new claim", CORRECT: "corrected claim", APPEAL: "appeal"}
_WEEK: Final = 7
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Due:
    """The last day for a step, the rule that says so ("": a default), and the sentence that tells it; no day is known: None."""

    day: date | None = None
    rule: str = ""
    says: str = ""


def due(step: str, payment: Payment, claim: Claim | None, rules: Sequence[LimitRule], days: int = DAYS) -> Due:
    """Until when a step (see `edi.linkage.denials.owing`) may be taken. Of `EITHER` the earlier of what rules say."""
    steps = (CORRECT, APPEAL) if step == EITHER else (step,)
    own = [rule for rule in _of_payer(rules, payment, claim) if _holds(rule, payment, claim)]
    found = [limited for each in steps if (limited := _by_rule(each, payment, claim, own)) is not None]
    if found:
        return min(found, key=lambda each: each.day or date.max)
    since = _dated(payment)
    day = _after(since, Duration(days, "days")) if since else None
    if day is None:
        return Due()
    return Due(day, "", f"The deadline is a default, {days} days from the remittance of {since}; the payer's own may differ.")


def _by_rule(step: str, payment: Payment, claim: Claim | None, rules: Iterable[LimitRule]) -> Due | None:
    """By the first rule that limits the step and says so of a day that is known."""
    for rule in rules:
        limited: Limited | None = getattr(rule, step)
        if limited is None:
            continue
        begins, basis = _beginning(limited, rule, payment, claim)
        day = _after(begins, limited.within) if begins else None
        if day is not None:
            told = f"The {_WHAT[step]} must come by {day}: within {limited.within} of {basis} (rule {rule.name})."
            return Due(day, rule.name, told)
    return None


def _beginning(limited: Limited, rule: LimitRule, payment: Payment, claim: Claim | None) -> tuple[date | None, str]:
    """The day from which a limit is counted, and what that is, in words."""
    if limited.since in (SERVICE, LAST_SERVICE):
        period = _service(payment, claim)
        day = (period.end if limited.since == LAST_SERVICE else period.start) if period else None
        return day, f"{limited.since} on {day}"
    since = _dated(payment)
    if limited.since == RECEIPT:
        day = _after(since, Duration(rule.receipt, "days")) if since else None
        presumed = f"presumed {Duration(rule.receipt, 'days')} after" if rule.receipt else "presumed on the day of"
        return day, f"receipt, {presumed} the remittance of {since}"
    return since, f"the remittance of {since}"


def _of_payer(rules: Iterable[LimitRule], payment: Payment, claim: Claim | None) -> list[LimitRule]:
    """The rules of who paid, by any of its ids and names, its own before those of every payer."""
    theirs = payment.payer
    names = {theirs.id, theirs.name, payment.filing, *(r.value for r in theirs.references if r.qualifier == _PAYER)}
    if claim is not None:
        names |= {claim.payer.id, claim.payer.name, claim.filing}
    called = [name for name in (each.strip() for each in names) if name]
    found = [rule for rule in rules if not rule.payer or any(rule.is_for(name) for name in called)]
    return sorted(found, key=lambda rule: not rule.payer)


def _holds(rule: LimitRule, payment: Payment, claim: Claim | None) -> bool:
    if rule.start or rule.end:
        period = _service(payment, claim)
        day = period.start if period else _dated(payment)
        if day is None or not rule.start <= day.isoformat() <= (rule.end or "9999"):
            return False
    if not rule.for_bills:
        return True
    if claim is not None and claim.place_qualifier != "A":
        return False
    bill = claim.place + claim.frequency if claim else payment.facility + payment.frequency
    return any(span.covers(bill) for span in rule.for_bills)


def _service(payment: Payment, claim: Claim | None) -> Period | None:
    if claim is not None and claim.period is not None:
        return claim.period
    return span(line.period for line in payment.lines) or payment.period


def _dated(payment: Payment) -> date | None:
    return payment.produced_on or payment.paid_on


def _after(day: date, span: Duration) -> date | None:
    """So long after a day; the last of a month that is shorter. None at the end of time."""
    try:
        if span.unit != "months":
            return day + timedelta(days=span.amount * (_WEEK if span.unit == "weeks" else 1))
        years, month = divmod(day.month - 1 + span.amount, _MONTHS)
        return date(day.year + years, month + 1, min(day.day, monthrange(day.year + years, month + 1)[1]))
    except (OverflowError, ValueError):
        return None
