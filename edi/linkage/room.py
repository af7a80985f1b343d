"""What a claim uses of a certified service, and what there is of it: limits by date, unit and time, in all and in each period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from edi.frozen import changed, quick
from edi.linkage.offers import Offer
from edi.linkage.quantities import BY_DATE, CO_SURGEON, IN_TIME, IN_UNITS, Limit, limits, window

SENT, RESERVED, DENIED, REJECTED = "sent", "reserved", "denied", "rejected"
"""What became of the claim of a use."""
GIVEN_BACK: Final = frozenset({DENIED, REJECTED})
"""What counts no more."""
_ZERO: Final = Decimal(0)
_DUST: Final = Decimal("0.00001")
"""What rounding to so many places may leave of a whole unit."""


@quick
@dataclass(frozen=True, slots=True)
class Use:
    """What a claim takes of one service (by its position) of an authorization (by its key), in one role."""

    key: str
    service: int
    role: str
    """Of what only several persons do together, with whose it is behind a blank."""
    claim: str
    """CLM01."""
    days: tuple[date, ...]
    """The distinct dates, or the nights of a stay."""
    amount: Decimal
    """Units as billed (minutes, where the service is certified in hours or minutes)."""
    state: str = SENT
    """sent, reserved (linked, and not sent yet), denied or rejected (given back)."""

    @property
    def place(self) -> tuple[int, str, str, tuple[date, ...]]:
        """What makes it the same use of an authorization, whatever the amount."""
        return self.service, self.role, self.claim, self.days


def summed(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Uses of one place as one."""
    found: dict[tuple[str, object], Use] = {}
    for use in uses:
        before = found.get((use.key, use.place))
        found[use.key, use.place] = changed(use, amount=use.amount + before.amount) if before else use
    return tuple(found.values())


@quick
@dataclass(frozen=True, slots=True)
class Room:
    """What a line asked of a service and what there is: the use that it may make (None: nothing left), and the tightest limit."""

    use: Use | None
    full: bool = True
    """Whether all that was asked for is granted."""
    limit: Limit | None = None
    wanted: Decimal = _ZERO
    left: Decimal = _ZERO
    used_by: tuple[str, ...] = ()
    """The other claims (CLM01) that used it."""


def room_for(use: Use, offer: Offer, others: Sequence[Use], granted: Sequence[Use] = ()) -> Room:
    """What an offer has for a use, beside those of other claims and what its own claim was granted so far."""
    drawn_on, service = shared(offer), offer.service
    others, granted = (
        [u for u in uses if u.service in drawn_on and _counts_for(use, u) and u.state not in GIVEN_BACK]
        for uses in (others, granted)
    )
    start = service.period.start if service.period else None
    room = Room(use)
    for limit in limits(service):
        room = _tighter(room, _within(limit, use, [*others, *granted], start))
    return room if room.full else changed(room, used_by=tuple(dict.fromkeys(u.claim for u in others)))


def shared(offer: Offer) -> frozenset[int]:
    """The services that draw on one amount: visits, days or months that the event certifies for all that it lists."""
    authorization, service = offer.authorization, offer.service
    given = authorization.quantity or (authorization.pattern.quantity if authorization.pattern else None)
    whole = (authorization.quantity, authorization.pattern)
    if given is None or given.unit not in BY_DATE or (service.quantity, service.pattern) != whole:
        return frozenset({offer.position})
    drawing = (whole, (None, None))
    return frozenset(n for n, s in enumerate(authorization.services) if (s.quantity, s.pattern) in drawing) | {offer.position}


def _within(limit: Limit, use: Use, uses: Sequence[Use], start: date | None) -> Room:
    """What of `use` has room in one limit beside `uses`."""
    if limit.unit in BY_DATE:
        return _dates_within(limit, use, uses, start)
    if limit.unit not in IN_UNITS and limit.unit not in IN_TIME:
        return Room(use)
    scale = 60 if limit.unit == "HS" else 1
    here = window(limit.per, use.days[0], start) if use.days else None
    uses = [u for u in uses if here is None or (u.days and window(limit.per, u.days[0], start) == here)]
    most, own, all = limit.amount * scale, _sum(u for u in uses if u.role == use.role), _sum(uses)
    left = max(most - max(own, all - most), _ZERO)  # two surgeons in one operation use it twice together
    left = left if left > _DUST else _ZERO
    if use.amount <= left + _DUST * (left > 0):
        return Room(use, True, limit, use.amount / scale, left / scale)
    return Room(changed(use, amount=left) if left else None, False, limit, use.amount / scale, left / scale)


def left_of(limit: Limit, uses: Sequence[Use]) -> Decimal | None:
    """What `uses` leave of a total; None for a unit that is not counted."""
    if limit.unit in BY_DATE:
        measure = _month if limit.unit == "MN" else _itself
        return max(limit.amount - len({measure(day) for use in uses for day in use.days}), _ZERO)
    if limit.unit not in IN_UNITS and limit.unit not in IN_TIME:
        return None
    scale = 60 if limit.unit == "HS" else 1
    return max(limit.amount - _sum(uses) / scale, _ZERO)


def _counts_for(use: Use, other: Use) -> bool:
    """Whether another use is held against one: of the same role, or of a co-surgeon, as an operation has no more than two."""
    return other.role == use.role or all(one.role.partition(" ")[0] == CO_SURGEON for one in (use, other))


def _sum(uses: Iterable[Use]) -> Decimal:
    return sum((use.amount for use in uses), _ZERO)


def _dates_within(limit: Limit, use: Use, uses: Sequence[Use], start: date | None) -> Room:
    measure = _month if limit.unit == "MN" else _itself
    taken = {measure(day) for u in uses if u.role == use.role for day in u.days}
    counts: dict[object, Decimal] = {}
    for day in taken:
        here = window(limit.per, day, start)
        counts[here] = counts.get(here, _ZERO) + 1
    wanted = sorted({measure(day) for day in use.days} - taken)
    fitting: set[date] = set()
    for day in wanted:
        here = window(limit.per, day, start)
        if counts.get(here, _ZERO) + 1 <= limit.amount:
            counts[here] = counts.get(here, _ZERO) + 1
            fitting.add(day)
    asked, found = Decimal(len(wanted)), Decimal(len(fitting))
    if fitting == set(wanted):
        return Room(use, True, limit, asked, found)
    kept = tuple(day for day in use.days if measure(day) in fitting or measure(day) in taken)
    return Room(changed(use, days=kept) if fitting else None, False, limit, asked, found)


def _tighter(one: Room, other: Room) -> Room:
    """Both limits together: the least of dates and amount, and the first limit that is not enough."""
    if other.full or one.use is None:
        return one if one.limit or not other.full else changed(other, use=one.use)
    if other.use is None:
        return other
    days = tuple(day for day in one.use.days if day in other.use.days)
    use = changed(one.use, days=days, amount=min(one.use.amount, other.use.amount)) if days or not one.use.days else None
    return changed(other if one.full else one, use=use, full=False)


def _itself(day: date) -> date:
    return day


def _month(day: date) -> date:
    return day.replace(day=1)
