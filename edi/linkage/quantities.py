"""How much is certified, and how much a line bills of it: roles, limits, dates and amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edi.frozen import quick
from edi.linkage.identity import performing
from edi.linkage.stays import LEAVE, LONGEST, all_nights, leave, nights
from edi.records.authorization import CertifiedService
from edi.records.claim import Claim, ClaimLine
from edi.records.parties import Party
from edi.records.services import Period, Quantity

BY_DATE: Final = frozenset({"VS", "DY", "DA", "MN"})
"""Units of which distinct dates are counted, not what is billed."""
_DAYS: Final = frozenset({"DY", "DA"})
_HOSPICE: Final = frozenset({"0650", "0651", "0655", "0656", "0658"})
"""Revenue codes of a hospice's days: at home, of respite, of inpatient care, of room and board. Not 0652, which is hours."""
MINUTES: Final = "MJ"
IN_TIME: Final = frozenset({MINUTES, "HS"})
"""Units of time: what is used of either is counted in minutes."""
IN_UNITS: Final = frozenset({"UN", "FL", "F2", ""})
_REMAINING: Final = "29"
_WORDS: Final = {"VS": "visits", "DY": "days", "DA": "days", "MN": "months", "HS": "hours", "MJ": "minutes"}
_PER: Final = {"DA": "day", "WK": "week", "MO": "month"}
_LENGTHS: Final = {("DA", "7"): 1, ("DA", "35"): 7, ("WK", "35"): 1, ("MO", "34"): 1, ("MO", "21"): 12}
"""How many of HSD03 there are in one of HSD05; what has no fixed number of them (the weeks of a month) has no total."""

PROFESSIONAL: Final = "professional"
FACILITY: Final = "facility"
ASSISTANT: Final = "assistant"
ANAESTHESIA: Final = "anaesthesia"
DIRECTED: Final = "directed-anaesthesia"
"""What a nurse anaesthetist bills whom a physician directs, who bills the same case."""
TECHNICAL: Final = "technical"
COMPONENT: Final = "professional-component"
BEFOREHAND: Final = "pre-operative"
AFTERWARDS: Final = "post-operative"
"""The surgery itself (54) stays professional."""
CO_SURGEON: Final = "co-surgeon"
TEAM: Final = "team-surgeon"
BY_PERSON: Final = frozenset({CO_SURGEON, TEAM})
"""Roles of several surgeons in one operation, each of whom uses it once: behind the role stands whose it is."""
ROLES_BY_MODIFIER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SG": FACILITY,
        **dict.fromkeys(("80", "81", "82", "AS"), ASSISTANT),
        "QX": DIRECTED,
        **dict.fromkeys(("AA", "AD", "QK", "QS", "QY", "QZ"), ANAESTHESIA),
        "TC": TECHNICAL,
        "26": COMPONENT,
        "55": AFTERWARDS,
        "56": BEFOREHAND,
        "62": CO_SURGEON,
        "66": TEAM,
    }
)
"""The default of what makes another role of the same service, of several modifiers the first here; a global service and its parts
each count for themselves."""
_RENDERING: Final = "82"
_SURGERY_CENTER: Final = "24"
_CENTERS: Final = "261Q"
"""What the taxonomy codes of clinics and centers begin with."""


def role_of(claim: Claim, line: ClaimLine | None) -> str:
    """In which role a claim, or a line of it, uses an authorization: of a role by person with its NPI or tax id behind it."""
    if claim.kind == "institutional":
        return FACILITY
    if line is None or line.procedure is None:
        return PROFESSIONAL
    if (modifiers := line.procedure.modifiers) and (role := _by_modifier(modifiers)):
        return f"{role} {_surgeon(claim, line)}".strip() if role in BY_PERSON else role
    if is_anaesthesia(line):
        return ANAESTHESIA
    return FACILITY if _of_surgery_center(claim, line) else PROFESSIONAL


def _by_modifier(modifiers: Sequence[str]) -> str:
    return next((role for modifier, role in ROLES_BY_MODIFIER.items() if modifier in modifiers), "")


def _renders(claim: Claim, line: ClaimLine) -> Party | None:
    return next((party for party in performing(claim, line) if party.role == _RENDERING), None)


def _surgeon(claim: Claim, line: ClaimLine) -> str:
    known = (party for party in (_renders(claim, line), claim.billing) if party is not None)
    return next((id for party in known if (id := party.npi or party.tax_id)), "")


def _of_surgery_center(claim: Claim, line: ClaimLine) -> bool:
    """Whether an ambulatory surgical center bills its own part, as an 837P without SG tells it.

    It bills as an organization, names nobody who renders the service, and is not said to be a practice.
    """
    billing = claim.billing
    if (
        claim.kind != "professional"
        or (line.place or claim.place) != _SURGERY_CENTER
        or not billing.organization
        or _renders(claim, line) is not None
    ):
        return False
    return not billing.taxonomy or billing.taxonomy.startswith(_CENTERS)


def is_anaesthesia(line: ClaimLine) -> bool:
    """Whether an anaesthetist's work is billed, as its modifier or its code says."""
    billed = line.procedure
    if billed is None:
        return False
    if billed.modifiers and _by_modifier(billed.modifiers) in (ANAESTHESIA, DIRECTED):
        return True
    code = billed.code
    return billed.qualifier == "HC" and len(code) == 5 and code.isdigit() and "00100" <= code <= "01999"


def counted_as(role: str, shared: Mapping[str, str]) -> str:
    """The role that a role counts as, by a payer's rule (a role, and the one that stands for it)."""
    return shared.get(role.partition(" ")[0], role) if shared else role


@quick
@dataclass(frozen=True, slots=True)
class Limit:
    """So much in all, or in each day, week or month (`per` is HSD03)."""

    amount: Decimal
    unit: str
    per: str = ""

    def __str__(self) -> str:
        """The limit for a sentence: "6 visits", "2 visits per week"."""
        return counted(self.amount, self.unit) + (f" per {_PER[self.per]}" if self.per else "")


def counted(amount: Decimal, unit: str) -> str:
    """An amount with its unit in words: "1 visit", "2.5 hours"."""
    plain = format(amount.normalize(), "f")
    words = _WORDS.get(unit, "units")
    return f"{plain} {words[:-1] if plain == '1' else words}"


def limits(service: CertifiedService) -> tuple[Limit, ...]:
    """How much a service certifies: its quantity as a total, its pattern (HSD) per day, week or month, and for how long."""
    quantity, pattern = service.quantity, service.pattern
    if pattern is None:
        return () if quantity is None else (Limit(quantity.amount, quantity.unit),)
    found: list[Limit] = []
    rate = pattern.quantity if pattern.per in _PER else None
    if quantity is not None and quantity != rate:
        found.append(Limit(quantity.amount, quantity.unit))
    if rate is not None and pattern.per:
        found.append(Limit(rate.amount, rate.unit, pattern.per))
        times = _LENGTHS.get((pattern.per, pattern.length_unit))
        if times is not None and pattern.length and quantity in (None, rate):
            found.append(Limit(rate.amount * pattern.length * times, rate.unit))
    elif pattern.length_unit == _REMAINING and pattern.length is not None:
        found = [Limit(Decimal(pattern.length), quantity.unit if quantity else "VS")]
    elif pattern.quantity is not None and quantity is None:
        found.append(Limit(pattern.quantity.amount, pattern.quantity.unit))
    return tuple(found)


def certified_nothing(service: CertifiedService) -> Limit | None:
    """A limit of nothing, or less, that a service says is certified; that nothing remains (HSD05 29) is another thing."""
    if service.pattern is not None and service.pattern.length_unit == _REMAINING:
        return None
    return next((limit for limit in limits(service) if limit.amount <= 0), None)


def billed(claim: Claim, line: ClaimLine | None, service: CertifiedService | None = None) -> tuple[tuple[date, ...], Decimal]:
    """The dates and the amount that a line, or (None) an inpatient claim as one stay, bills, in the unit that it is billed in.

    `service` is what they are held against: one that is certified in days is used by each day that a line with one date bills,
    and one that is certified for leave by the days of leave.
    """
    if line is None:
        away = service is not None and service.procedure is None and service.revenue_code.startswith(LEAVE)
        return all_nights(claim)[-leave(claim) :] if away and leave(claim) else nights(claim), Decimal(1)
    quantity, period = line.quantity or Quantity(unit="UN", amount=Decimal(1)), line.period or claim.period
    if service is not None and in_days(line, period) and any(limit.unit in _DAYS for limit in limits(service)):
        return _following(period, quantity), quantity.amount
    return days(period, quantity), quantity.amount


def in_days(line: ClaimLine, period: Period | None) -> bool:
    """Whether a line with one date bills several days from that on: in days, or under a revenue code whose units are days."""
    quantity = line.quantity
    if quantity is None or period is None or period.start != period.end or quantity.amount <= 1:
        return False
    return quantity.unit == "DA" or (quantity.unit == "UN" and by_the_day(line.revenue_code))


def by_the_day(revenue_code: str) -> bool:
    """Whether the units of a revenue code are days: of room and board (010x to 021x), and of a hospice's care by the day."""
    return revenue_code in _HOSPICE or (len(revenue_code) == 4 and revenue_code.isdigit() and "0100" <= revenue_code <= "0219")


def _following(period: Period | None, quantity: Quantity) -> tuple[date, ...]:
    if period is None:
        return ()
    most = min(int(quantity.amount), LONGEST, (date.max - period.start).days)
    return tuple(period.start + timedelta(n) for n in range(most))


def days(period: Period | None, quantity: Quantity | None = None) -> tuple[date, ...]:
    """The dates of a line. Fewer units than days in its range: so many dates from the first.

    Of a range that is longer than any care (a slip in a year makes one of centuries) the first ten years.
    """
    if period is None:
        return ()
    most = min((period.end - period.start).days + 1, LONGEST)
    if quantity is not None and quantity.unit != MINUTES and 1 <= quantity.amount < most:
        most = int(quantity.amount)
    return tuple(period.start + timedelta(n) for n in range(most))


def dates(claim: Claim) -> frozenset[date]:
    """Every date on which a claim may use something."""
    own = {day for line in claim.lines for day in _all_days(line, line.period or claim.period)}
    return frozenset(own.union(all_nights(claim)) if claim.kind == "institutional" or not claim.lines else own)


def _all_days(line: ClaimLine, period: Period | None) -> tuple[date, ...]:
    return _following(period, line.quantity) if line.quantity and in_days(line, period) else days(period)


def window(per: str, day: date, start: date | None) -> object:
    """The day, week or month that a date lies in; None for a limit in all. Weeks and months are counted from `start`."""
    if per == "DA":
        return day
    if per == "WK":
        return (day - (start or date(2023, 1, 1))).days // 7  # without a start: from a Sunday
    if per == "MO":
        months = day.year * 12 + day.month
        return months - (day.day < start.day) if start else months
    return None
