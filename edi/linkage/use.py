"""One use: what a claim takes of a certified service, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from edi.frozen import quick

SENT, RESERVED, DENIED, REJECTED = "sent", "reserved", "denied", "rejected"
"""What became of the claim of a use."""
GIVEN_BACK: Final = frozenset({DENIED, REJECTED})
"""What counts no more."""


@quick
@dataclass(frozen=True, slots=True)
class Use:
    """What a claim takes of one service (by its position) of an authorization (by its key), in one role."""

    key: str
    service: int
    role: str
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
        found[use.key, use.place] = replace(use, amount=use.amount + before.amount) if before else use
    return tuple(found.values())
