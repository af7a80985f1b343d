"""The authorizations of the ledger that a batch of messages may be about, asked for in sets."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.asking import ask, one_of
from edi.ledger.tables import AuthorizationRow, EventRow, IdentifierRow
from edi.linkage.amending import AMENDING, CERTIFIED, POSITIVE
from edi.linkage.joining import LATER, MEMBER, UNTRACED, Joining, folded
from edi.records.authorization import Authorization

_CALLED: Final = (
    select(
        col(IdentifierRow.authorization_id),
        col(IdentifierRow.kind),
        col(IdentifierRow.value),
        col(IdentifierRow.folded),
        col(AuthorizationRow.member_key),
        col(AuthorizationRow.patient),
        col(AuthorizationRow.decision),
    )
    .join(AuthorizationRow, col(AuthorizationRow.id) == col(IdentifierRow.authorization_id))
    .where(
        col(IdentifierRow.authorization_id).in_(
            select(col(IdentifierRow.authorization_id)).where(
                one_of(col(IdentifierRow.folded), "names"), col(IdentifierRow.kind).in_(LATER)
            )
        ),
        col(IdentifierRow.kind).in_((*LATER, MEMBER, UNTRACED)),
    )
    .order_by(col(IdentifierRow.authorization_id))
)
_CERTIFIED_FIRST: Final = select(col(EventRow.authorization_id)).where(
    one_of(col(EventRow.authorization_id), "ids"),
    col(EventRow.decision).in_(POSITIVE),
    col(EventRow.certification_type).not_in(AMENDING),
)
"""Those of authorizations that were certified by more than what amends another."""


def load_joining(session: Session, messages: Sequence[tuple[Authorization, Set[tuple[str, str]]]]) -> Joining:
    """What is known of the authorizations that the messages of a batch name, each with its identifiers."""
    joining = Joining()
    names = {folded(value) for _, own in messages for kind, value in own if kind in LATER}
    _load(session, joining, names)
    _load(session, joining, {folded(number) for number in joining.widened(messages)} - names)
    return joining


def _load(session: Session, joining: Joining, names: set[str]) -> None:
    """Know the authorizations with one of these names (folded)."""
    if not names:
        return
    rows = ask(session, _CALLED, names=names).all()
    certified = {row.authorization_id for row in rows if row.decision in CERTIFIED}
    first = set(ask(session, _CERTIFIED_FIRST, ids=certified).scalars()) if certified else set()
    for id, kind, name, plain, member, patient, _ in rows:
        members = {member, plain} if kind == MEMBER else {member}
        joining.know(id, [(kind, name)], members, folded(patient), certified=id in certified, first=id in first)
