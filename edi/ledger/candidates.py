"""The authorizations that a batch of claims may be about, and what is used of them: one query each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger import questions
from edi.ledger.questions import chunks
from edi.ledger.storing import adapter, numbers_of
from edi.ledger.tables import AuthorizationRow, ClaimRow, IdentifierRow, PaymentRow, UseRow
from edi.linkage.coordination import members
from edi.linkage.joining import folded
from edi.linkage.linking import Directory
from edi.linkage.patients import person_key
from edi.linkage.usage import Usage, Use
from edi.records.authorization import Authorization
from edi.records.certification import NOTICE
from edi.records.claim import Claim

MEANT_BY: Final = ("member", "person", "number", "previous")
"""The kinds of identifiers by which a claim may mean an authorization."""


class Finder:
    """Finds the candidates of claims, batch after batch, and sees to it that `usage` knows what is used of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: set[str] = set()
        self.usage = Usage()

    def __call__(self, claims: Sequence[Claim]) -> list[list[Authorization]]:
        """The candidates of each claim, in the order of the claims."""
        found = candidates(self._session, claims)
        fresh = [authorization for authorization in found if authorization.key not in self._known]
        self._known.update(authorization.key for authorization in fresh)
        self.usage.add(uses(self._session, fresh))
        for payer_claim, claim in payer_claims(self._session, claims).items():
            self.usage.know(payer_claim, claim)
        return Directory(found).find(claims)


def candidates(session: Session, claims: Iterable[Claim]) -> list[Authorization]:
    """The authorizations of the claims' member ids, of who may be their patients, and those whose numbers they carry."""
    called = {folded(member) for claim in claims for member in members(claim)}
    called.update(folded(value) for claim in claims for _, value in numbers_of(claim))
    called.update(folded(person_key(claim.patient)) for claim in claims)
    called.discard("")
    found: dict[int, str] = {}
    for chunk in chunks(sorted(called), questions.NAMES):
        named = select(col(IdentifierRow.authorization_id)).where(
            col(IdentifierRow.folded).in_(chunk), col(IdentifierRow.kind).in_(MEANT_BY)
        )
        rows = select(col(AuthorizationRow.id), col(AuthorizationRow.record)).where(
            col(AuthorizationRow.id).in_(named), col(AuthorizationRow.kind) != NOTICE
        )
        found.update((id, record) for id, record in session.execute(rows))
    read = adapter(Authorization).validate_json
    return [read(found[id]) for id in sorted(found)]


def uses(session: Session, authorizations: Iterable[Authorization]) -> list[Use]:
    """What is used of authorizations, in the order in which it was decided."""
    ids = sorted({int(authorization.key) for authorization in authorizations})
    if not ids:
        return []
    rows = session.execute(select(UseRow).where(col(UseRow.authorization_id).in_(ids)).order_by(col(UseRow.id))).scalars()
    return [_use(row) for row in rows]


def payer_claims(session: Session, claims: Iterable[Claim]) -> dict[str, str]:
    """The CLM01 behind each payer's claim number that claims replace or void (REF*F8), as payments told it."""
    originals = {claim.original for claim in claims if claim.original}
    if not originals:
        return {}
    rows = session.execute(
        select(col(PaymentRow.payer_claim), col(PaymentRow.claim), col(ClaimRow.claim))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id), isouter=True)
        .where(col(PaymentRow.payer_claim).in_(originals))
        .order_by(col(PaymentRow.id))
    )
    return {payer_claim: sent or returned for payer_claim, returned, sent in rows}


def _use(row: UseRow) -> Use:
    days = tuple(date.fromisoformat(day) for day in row.days.split())
    assert row.amount is not None
    return Use(str(row.authorization_id), row.service, row.role, row.claim, days, row.amount)
