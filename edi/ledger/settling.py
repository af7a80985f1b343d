"""What follows from records that were just taken: units used by claims, findings in payments, work.

Claims use units as they come. When an authorization comes after its claims, or changes, they are decided anew in the order in
which they were sent, so that the order of arrival makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from edi.ledger.storing import Writer
from edi.ledger.using import use, use_again
from edi.records.claim import Claim


class Settling:
    """Collects what one transaction takes; `finish` brings all that depends on it up to date."""

    def __init__(self, session: Session, now: datetime | None) -> None:
        self._session, self._now = session, now
        self._writer = Writer(session, interchange=None, now=now)
        self._authorizations: dict[int, None] = {}
        self._claims: list[int] = []
        self._payments: list[int] = []

    def authorizations(self, ids: Sequence[int]) -> None:
        """Authorizations that are new, or had a message."""
        self._authorizations.update(dict.fromkeys(ids))

    def claims(self, ids: Sequence[int], batch: Sequence[Claim]) -> None:
        """Claims that were sent, the latest ones."""
        self._claims += ids
        use(self._session, self._writer, batch)

    def payments(self, ids: Sequence[int]) -> None:
        """Payments that came in."""
        self._payments += ids

    def finish(self) -> None:
        """Everything that depends on what came."""
        self._claims += use_again(self._session, self._writer, list(self._authorizations))
