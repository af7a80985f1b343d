"""In what a claim and an authorization differ, as data; and what remains of one that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from edi.frozen import quick

DATES: Final = "dates"
SERVICE: Final = "service"
PROVIDER: Final = "provider"
PLACE: Final = "place"
PAYER: Final = "payer"
UNITS: Final = "units"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """In what a claim, or a line of it, differs from the authorization that its verdict speaks of."""

    what: str
    """dates, service, provider, place, payer or units."""
    certified: tuple[str, ...] = ()
    """The first and the last day; procedures or revenue codes; NPIs or tax ids; the place; the payer; how many."""
    billed: tuple[str, ...] = ()
    """The same of the claim."""
    days: int | None = None
    """How many days the dates are apart."""
    left: Decimal | None = None
    """How many are left, without what the claim itself was granted before."""
    over: Decimal | None = None
    """How many more are billed."""
    unit: str = ""
    """Of what: VS, UN ..., as certified."""
    per: str = ""
    """DA, WK or MO where so many are certified for each day, week or month."""
    dates: tuple[date, ...] = ()
    """The billed days for which nothing is left, where days are what is counted."""
    used_by: tuple[str, ...] = ()
    """The other claims (CLM01) that used it."""

    def to_json(self) -> dict[str, Any]:
        """The misfit as in reports; what does not apply is None or empty."""
        return {
            "what": self.what,
            "certified": list(self.certified),
            "billed": list(self.billed),
            "days": self.days,
            "left": _known(self.left),
            "over": _known(self.over),
            "unit": self.unit or None,
            "per": self.per or None,
            "dates": [day.isoformat() for day in self.dates],
            "used_by": list(self.used_by),
        }


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """How long an authorization is good, and what is left of it behind a claim that it fits."""

    until: date | None = None
    """The last certified day; 9999-12-31 for an open end, None where no dates are certified."""
    of: Decimal | None = None
    """How many are certified in all; None without a limit."""
    used: Decimal | None = None
    """How many of these other claims use."""
    left: Decimal | None = None
    """How many are left once this claim has its own."""
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        """What remains, as in reports."""
        return {
            "until": self.until.isoformat() if self.until else None,
            "of": _known(self.of),
            "used": _known(self.used),
            "left": _known(self.left),
            "unit": self.unit or None,
        }


def together(misfits: Sequence[Misfit]) -> Misfit | None:
    """The misfit of lines that are told as one: all that is billed, the most days, the sum of what is over. None of none."""
    if len(misfits) < 2:
        return next(iter(misfits), None)
    first = max(misfits, key=lambda misfit: misfit.days or 0)
    if first.what == DATES:
        return first
    dates = tuple(sorted({day for misfit in misfits for day in misfit.dates}))
    if first.what == UNITS:
        over = Decimal(len(dates)) if dates else sum((misfit.over or Decimal(0) for misfit in misfits), Decimal(0))
        return replace(first, billed=(plain(over + (first.left or Decimal(0))),), over=over, dates=dates)
    certified = dict.fromkeys(each for misfit in misfits for each in misfit.certified)
    billed = dict.fromkeys(each for misfit in misfits for each in misfit.billed)
    return replace(first, certified=tuple(certified), billed=tuple(billed))


def least(found: Sequence[Remaining]) -> Remaining | None:
    """Of what remains behind lines that are told as one, the least."""
    return min(found, key=lambda one: (one.left is None, one.left or 0), default=None)


def plain(amount: Decimal) -> str:
    """A quantity as a decimal string without needless zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _known(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
