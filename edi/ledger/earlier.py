"""What was used of authorizations when a claim was sent: what the claims before it used.

A claim is judged as it was sent. What claims behind it took, its own replacement among them, was not gone then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.tables import ClaimRow
from edi.linkage.offers import key_of
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization
from edi.records.claim import Claim


def first_sent(session: Session, usage: Usage) -> Mapping[str, int]:
    """The id under which each claim (CLM01) that uses something was sent first."""
    found: dict[str, int] = {}
    for names in chunks(sorted({use.claim for use in usage.all()}), NAMES):
        first = select(col(ClaimRow.claim), func.min(col(ClaimRow.id))).where(col(ClaimRow.claim).in_(names))
        found.update((claim, id) for claim, id in session.execute(first.group_by(col(ClaimRow.claim))))
    return found


def when_sent(claim: Claim, id: int, candidates: Sequence[Authorization], usage: Usage, first: Mapping[str, int]) -> Usage:
    """What was used of a claim's candidates when it was sent, by its id; `first` is when other claims were sent first."""
    keys = dict.fromkeys(key_of(authorization) for authorization in candidates)
    uses = [use for key in keys for use in usage.used(key)]
    own = usage.names(claim)
    earlier = [use for use in uses if use.claim in own or first.get(use.claim, 0) <= id]
    if len(earlier) == len(uses):
        return usage
    then = Usage(earlier)
    for replaced in own - {claim.id}:
        then.know(claim.original, replaced)
    return then
