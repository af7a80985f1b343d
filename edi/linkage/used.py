"""How much the uses of a service are, in the unit that it is certified in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from edi.linkage.quantities import BY_DATE
from edi.linkage.usage import GIVEN_BACK

_ZERO: Final = Decimal(0)


class Counted(Protocol):
    """What is counted of a use."""

    @property
    def role(self) -> str: ...
    @property
    def days(self) -> tuple[date, ...]: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def state(self) -> str: ...


def used_of(uses: Iterable[Counted], unit: str) -> Decimal:
    """How much the uses of a service are, in the unit that it is certified in: those of the role that used most."""
    by_role: dict[str, list[Counted]] = {}
    for use in uses:
        if use.state not in GIVEN_BACK:
            by_role.setdefault(use.role, []).append(use)
    return max((_measured(mine, unit) for mine in by_role.values()), default=_ZERO)


def _measured(uses: Iterable[Counted], unit: str) -> Decimal:
    if unit in BY_DATE:
        return Decimal(len({day.replace(day=1) if unit == "MN" else day for use in uses for day in use.days}))
    return sum((use.amount for use in uses), _ZERO) / (60 if unit == "HS" else 1)
