"""How much of each authorization is used, which is kept beside it for lists to be asked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ServiceRow
from edi.linkage.amending import POSITIVE
from edi.linkage.use_rows import UseCells, use_of
from edi.linkage.used import used_of

_CERTIFIED: Final = select(
    *(col(each) for each in (ServiceRow.authorization_id, ServiceRow.position, ServiceRow.unit, ServiceRow.amount))
).where(one_of(col(ServiceRow.authorization_id), "ids"), col(ServiceRow.decision).in_(POSITIVE))
FULL: Final = 10_000
"""All of a service, in hundredths of a percent."""


def shares(session: Session, uses: Mapping[int, Sequence[UseCells]]) -> dict[int, int]:
    """By the ids of authorizations, of which these are all uses: how much of the service is used of which most is."""
    found = dict.fromkeys(uses, 0)
    for id, position, unit, amount in ask(session, _CERTIFIED, ids=list(uses)):
        here = (use_of("", row) for row in uses[id] if row[0] == position)
        share = _share(used_of(here, unit), amount)
        found[id] = max(share, found[id])
    return found


def _share(used: Decimal, certified: Decimal | None) -> int:
    """How much of what is certified is used, in hundredths of a percent; never more than all."""
    return min(int(used * FULL / certified), FULL) if certified is not None and certified > 0 else 0
