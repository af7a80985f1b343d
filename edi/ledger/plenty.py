"""Authorizations of which there is enough for all that claims asked of them: what one gives back changes nothing for the others.

A claim is cut only where it takes all that is left. So where something is left beside all that was ever taken, each claim has
what it would have if nobody else were there, and has it still when one of them is denied. It must have no choice that goes by
what is left, as between two services of one number, and what was taken must have been decided by what is asked now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from edi.ledger.candidates import uses
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import reader
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import AuthorizationRow, ClaimRow, IdentifierRow, NumberRow, UseRow
from edi.linkage.offers import offers
from edi.linkage.quantities import limits
from edi.linkage.room import Use, left_of
from edi.linkage.use_rows import use_of
from edi.records.authorization import Authorization
from edi.records.claim import AGAIN

_LEAST: Final = Decimal("0.001")
"""More than rounding leaves of a whole unit."""
_USED: Final = select(col(UseRow.claim), col(UseRow.authorization_id)).where(one_of(col(UseRow.claim), "claims"))
_RECORDS: Final = select(col(AuthorizationRow.id), col(AuthorizationRow.record)).where(one_of(col(AuthorizationRow.id), "ids"))


def with_plenty(session: Session, claims: Collection[str]) -> set[str]:
    """Those of claims (CLM01) that use, or used and gave back, something of which there is enough for all, and nothing else."""
    used: dict[str, set[int]] = {}
    for names in chunks(sorted(claims), NAMES):
        for claim, id in ask(session, _USED, claims=names):
            used.setdefault(claim, set()).add(id)
    enough = _enough(session, sorted(set().union(*used.values())))
    return {claim for claim, ids in used.items() if ids <= enough}


def _enough(session: Session, authorizations: Sequence[int]) -> set[int]:
    found: set[int] = set()
    read = reader(session, Authorization)
    for ids in chunks(authorizations, NAMES):
        taken = uses(session, ids)
        unsure = set(ask(session, _otherwise(), ids=ids).scalars())
        for id, text in ask(session, _RECORDS, ids=ids):
            if id not in unsure and _is_left(read(id, text), [use_of(str(id), row) for row in taken[id]]):
                found.add(id)
    return found


def _is_left(authorization: Authorization, taken: Sequence[Use]) -> bool:
    """Whether an authorization of one service has something left of each limit, as if all time were one period of it."""
    offered = offers(authorization)
    if len(offered) != 1:
        return False
    left = (left_of(limit, taken) for limit in limits(offered[0].service))
    return all(amount is None or amount > _LEAST for amount in left)


@cache
def _otherwise() -> CompoundSelect[Any]:
    """Authorizations of which claims may have, or could take, something else than each by itself.

    Some of it was granted by rules, another one has the same number, or a claim near it gives back what others used before it.
    """
    name, same = IdentifierRow, aliased(IdentifierRow)
    named, numbers = one_of(col(name.authorization_id), "ids"), col(name.kind).in_(("number", "previous"))
    of_patient = select(col(name.authorization_id)).join(ClaimRow, col(ClaimRow.member_key) == col(name.folded))
    carrying = select(col(name.authorization_id)).join(NumberRow, col(NumberRow.folded) == col(name.folded))
    carrying = carrying.join(ClaimRow, col(ClaimRow.id) == col(NumberRow.claim_id))
    instead = col(ClaimRow.frequency).in_(AGAIN)
    another = (col(name.kind) == "number", col(same.kind) == "number", col(same.authorization_id) != col(name.authorization_id))
    return union(
        select(col(UseRow.authorization_id)).where(one_of(col(UseRow.authorization_id), "ids"), col(UseRow.ruled)),
        select(col(name.authorization_id)).join(same, col(same.folded) == col(name.folded)).where(named, *another),
        of_patient.where(named, col(name.kind) == "member", instead),
        carrying.where(named, numbers, instead),
    )
