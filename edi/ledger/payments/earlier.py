"""What was used of authorizations when a claim was sent: what the claims before it used.

A claim is judged as it was sent. What claims behind it took, its own replacement among them, was not gone then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.questions import NAMES, chunks
from edi.ledger.sendings import sendings
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow
from edi.linkage.offers import key_of
from edi.linkage.usage import Usage, Use
from edi.records.authorization import Authorization
from edi.records.claim import Claim

Order: TypeAlias = tuple[datetime, str, int]
"""When a claim was sent, as sendings are ordered."""
_NAMED: Final = select(col(ClaimRow.id)).where(one_of(col(ClaimRow.claim), "claims"))


class Sequel:
    """In which order the claims were sent that use something, or are judged."""

    def __init__(self, session: Session, usage: Usage, judged: Sequence[int]) -> None:
        """`judged` are the ids of the claims that are."""
        ids = set(judged)
        for names in chunks(sorted({use.claim for use in usage.all()}), NAMES):
            ids.update(ask(session, _NAMED, claims=names).scalars())
        found = sendings(session, ids)
        self._sent: Mapping[int, Order] = {one.id: one.order for one in found.values()}
        self._first: Mapping[str, Order] = {one.claim: one.order for one in reversed(found.values())}

    def when_sent(self, claim: Claim, id: int, candidates: Sequence[Authorization], usage: Usage) -> Usage:
        """What was used of a claim's candidates when it was sent, by its id."""
        sent, own = self._sent[id], usage.names(claim)
        keys = dict.fromkeys(map(key_of, candidates))

        def was_there(use: Use) -> bool:
            return use.claim in own or self._first.get(use.claim, sent) <= sent

        return usage if all(was_there(use) for key in keys for use in usage.used(key)) else usage.within(keys, was_there)
