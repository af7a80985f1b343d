"""The days for which a payer certifies: from DTP 007 and 036, else the dates of the event, the service or the stay.

A single day is that day for a procedure. It is the first of several, with an end that is told otherwise or not at all, for a
stay, for the certification itself (DTP*007 D8), and where what is certified takes several days: visits, days, so much a week.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from edi.records.response import ReviewAnswer
from edi.records.review import PatientEvent
from edi.records.services import EVER, NEVER, DeliveryPattern, Period, Quantity

ADMISSION: Final = "AR"
"""UM01 of the review of an admission."""
_NIGHTS: Final = "DY"
_BY_DATE: Final = frozenset({"VS", "DY", "DA", "MN"})
"""Units of which one day holds one at most."""
_RATES: Final = frozenset({"WK", "MO"})
_LENGTHS: Final = {"7": 1, "35": 7}
"""Days of HSD05."""
_MONTHS: Final = {"34": 1, "21": 12}
_LONGEST: Final = 3660
"""Days; what is said to take longer is a slip."""


def admission_of(event: PatientEvent) -> Period | None:
    """The day of an admission: DTP*435, else a single event date where an admission is reviewed."""
    single = event.period is not None and event.period.start == event.period.end
    return event.admission or (event.period if event.category == ADMISSION and single else None)


def event_dates(event: PatientEvent, quantity: Quantity | None) -> Period | None:
    """An event's own dates. Of a stay a single date is the first day only."""
    admission = admission_of(event)
    if event.period is not None and (admission is None or event.period.start < event.period.end):
        return own_dates(event.period, quantity, event.pattern)
    return _stay(event, admission)


def own_dates(period: Period | None, quantity: Quantity | None, pattern: DeliveryPattern | None) -> Period | None:
    """The dates of what is no stay: a single day that begins several ends when the pattern does, else it is not told when."""
    if period is None or period.start < period.end:
        return period
    if (days := _length(period.start, pattern)) is not None:
        return _lasting(period.start, days - 1)
    several = quantity is not None and quantity.unit in _BY_DATE and quantity.amount > 1
    return Period(start=period.start, end=NEVER) if several or (pattern and pattern.per in _RATES) else period


def validity(
    answer: ReviewAnswer, own: Period | None, *, above: Period | None = None, admission: Period | None = None
) -> Period | None:
    """The dates of a certification, with what they leave open from `own`, the dates of the event or service itself, then from
    what stands `above` a service. A stay without an end begins with the `admission` all the same.
    """
    if not answer.effective and not answer.expires:
        return own or above
    told = [period for period in (own, above) if period is not None]
    if not answer.effective:
        start = told[0].start if told else admission.start if admission else answer.issued or EVER
        return Period(start=start, end=answer.expires or NEVER)
    start, end = answer.effective.start, answer.effective.end
    if answer.expires:
        end = answer.expires
    elif end == start:  # only the beginning is told
        end = next((period.end for period in told if period.end >= start), NEVER)
    return Period(start=start, end=end)


def _stay(event: PatientEvent, admission: Period | None) -> Period | None:
    """From admission to discharge; where that is not told, as many midnights on as HSD says."""
    if admission is None:
        return None
    pattern = event.pattern
    end = event.discharge or (admission.end if admission.end > admission.start else None)
    if end is None and pattern and pattern.quantity and pattern.quantity.unit == _NIGHTS and not pattern.per:
        end = _lasting(admission.start, int(pattern.quantity.amount)).end
    return Period(start=admission.start, end=end) if end else None


def _length(start: date, pattern: DeliveryPattern | None) -> int | None:
    """How many days a pattern takes (HSD05, HSD06), where it says so in days, weeks, months or years."""
    if pattern is None or not pattern.length:
        return None
    length = min(pattern.length, _LONGEST)
    if pattern.length_unit in _LENGTHS:
        return length * _LENGTHS[pattern.length_unit]
    if pattern.length_unit not in _MONTHS:
        return None
    months = start.year * 12 + start.month - 1 + length * _MONTHS[pattern.length_unit]
    year, month = divmod(months, 12)
    if year > date.max.year:
        return _LONGEST
    after = date(year, month + 1, 1) + timedelta(min(start.day, _days_in(year, month + 1)) - 1)
    return (after - start).days


def _days_in(year: int, month: int) -> int:
    return 31 if month == 12 else (date(year, month + 1, 1) - date(year, month, 1)).days


def _lasting(start: date, days: int) -> Period:
    """So many days on from `start`, as far as the calendar goes."""
    most = min(_LONGEST, (date.max - start).days)
    return Period(start=start, end=start + timedelta(max(0, min(days, most))))
