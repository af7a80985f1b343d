"""Dates, amounts and counts as X12 writes them.

What cannot be read as such is None; the validator says so, a reader goes on. A file says the same few dates and amounts again
and again, so the latest ones that were read are kept.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

from edi.records.services import Period

_AMOUNT: Final = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,18}", re.ASCII)
_DAY: Final = re.compile(r"\d{8}", re.ASCII)
_TIME: Final = re.compile(r"(\d\d)(\d\d)(?:(\d\d)(?:(\d\d?))?)?", re.ASCII)
ZERO: Final = Decimal(0)


@lru_cache(maxsize=4096)
def read_date(text: str) -> date | None:
    """CCYYMMDD, and what begins with it: CCYYMMDDHHMM."""
    if not _DAY.match(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def write_date(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


@lru_cache(maxsize=4096)
def read_period(text: str) -> Period | None:
    """A D8 or RD8 value: one day, or two that a hyphen parts."""
    start, between, end = text.partition("-")
    first = read_date(start)
    last = read_date(end) if between else first
    return Period(start=first, end=last) if first and last else None


def write_period(period: Period) -> tuple[str, str]:
    """The format (D8 for a single day, else RD8) and the value."""
    if period.start == period.end:
        return "D8", write_date(period.start)
    return "RD8", f"{write_date(period.start)}-{write_date(period.end)}"


def read_moment(day: str, clock: str) -> datetime | None:
    """A date and a time of day (HHMM, HHMMSS or with decimals); midnight where the time cannot be read."""
    found = read_date(day)
    if found is None:
        return None
    match = _TIME.fullmatch(clock)
    hour, minute, second, part = ((group or "0") for group in match.groups()) if match else ("0", "0", "0", "0")
    try:
        return datetime.combine(found, time(int(hour), int(minute), int(second), int(part.ljust(2, "0")) * 10_000))
    except ValueError:
        return datetime.combine(found, time())


def write_time(moment: datetime) -> str:
    """HHMM, with seconds and hundredths where there are any."""
    if moment.microsecond:
        return f"{moment:%H%M%S}{moment.microsecond // 10_000:02d}"
    return f"{moment:%H%M%S}" if moment.second else f"{moment:%H%M}"


@lru_cache(maxsize=4096)
def read_amount(text: str) -> Decimal | None:
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def write_amount(amount: Decimal) -> str:
    return format(amount, "f")


def read_count(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None
