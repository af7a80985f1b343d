"""What follows from records that were just taken: units used by claims, findings in payments, work.

Claims use units as they come. When an authorization comes after its claims, or changes, they are decided anew in the order in
which they were sent, and so they are when one comes late; when a claim or an authorization comes after its payment, that is
judged anew, and what acknowledgments say is tied anew when claims come after them: so that the order of arrival makes no
difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlmodel import Session, col

from edi.ledger.accepting import concerning, place, settle_rejections
from edi.ledger.judging import Judged, judge
from edi.ledger.questions import chunks
from edi.ledger.sendings import came_late
from edi.ledger.storing import Writer, claim_key
from edi.ledger.tables import PaymentRow
from edi.ledger.using import use, use_again
from edi.linkage.terms import PayerRules
from edi.records.claim import Claim

_SET: Final = 500


class Settling:
    """Collects what one transaction takes; `finish` brings all that depends on it up to date."""

    def __init__(self, session: Session, now: datetime | None, required: PayerRules | None = None) -> None:
        """`required` are the rules of payers, by which it is decided what claims use."""
        self._session, self._now, self._required = session, now, required
        self._writer = Writer(session, interchange=None, now=now)
        self._authorizations: dict[int, None] = {}
        self._claims: dict[int, str] = {}
        self._sent: set[int] = set()
        self._answers: set[int] = set()
        self._payments: dict[int, None] = {}
        self.astray: set[int] = set()
        """After `finish`: the answers to claims that are about nothing on file."""

    def authorizations(self, ids: Sequence[int]) -> None:
        """Authorizations that are new, or had a message."""
        self._authorizations.update(dict.fromkeys(ids))

    def claims(self, ids: Sequence[int], batch: Sequence[Claim]) -> None:
        """Claims that were sent, the latest ones."""
        self._claims.update(zip(ids, (claim_key(claim.id) for claim in batch), strict=True))
        self._sent.update(ids)
        looked_at = use(self._session, self._writer, batch, required=self._required)
        if looked_at and came_late(self._session, ids):
            self.authorizations(sorted(looked_at))  # what was sent before goes before, whenever it comes

    def answers(self, ids: Iterable[int]) -> None:
        """What acknowledgments said of claims."""
        self._answers.update(ids)

    def payments(self, ids: Iterable[int]) -> None:
        """Payments that came in, or that are asked about."""
        self._payments.update(dict.fromkeys(ids))

    def finish(self, required: PayerRules | None = None) -> Iterable[Judged]:
        """Bring everything up to date that depends on what came; gives the payments that were collected, judged.

        `required` asks of payments what payers' rules say, those by which it is decided what claims use where none are named.
        """
        required = required or self._required
        self._claims.update(use_again(self._session, self._writer, list(self._authorizations), self._required))
        concerned, astray = place(self._session, self._answers | concerning(self._session, self._sent))
        self.astray = astray & self._answers
        settle_rejections(self._session, self._writer, concerned | self._sent, self._now)
        late = self._payments_of_claims() - self._payments.keys()
        for _ in judge(self._session, self._writer, list(late), self._now, required):
            pass
        yield from judge(self._session, self._writer, list(self._payments), self._now, required)

    def _payments_of_claims(self) -> set[int]:
        """The payments that came before, of claims that are new or were decided anew."""
        if not self._claims or self._session.execute(select(col(PaymentRow.id)).limit(1)).first() is None:
            return set()
        found: set[int] = set()
        for ids in chunks(list(self._claims), _SET):
            keys = {self._claims[id] for id in ids}
            same = or_(col(PaymentRow.claim_id).in_(ids), col(PaymentRow.claim_key).in_(keys))
            found.update(self._session.execute(select(col(PaymentRow.id)).where(same)).scalars())
        return found
