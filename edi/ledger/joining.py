"""The authorizations of the ledger that a batch of messages may be about, asked for in sets."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from sqlalchemy import ColumnElement, case, select
from sqlmodel import Session, col

from edi.ledger.statements import ask, one_of
from edi.ledger.tables import AuthorizationRow, EventRow, IdentifierRow
from edi.linkage.amending import AMENDING, CERTIFIED, POSITIVE
from edi.linkage.joining import LATER, MEMBER, UNTRACED, Joining, folded
from edi.linkage.offers import REFERRAL
from edi.linkage.reused import AUTHORIZATION
from edi.records.authorization import Authorization
from edi.records.certification import NOTICE

_STANDS: Final[ColumnElement[str]] = col(AuthorizationRow.kind).label("stands")
_CALLED: Final = (
    select(
        col(IdentifierRow.authorization_id),
        col(IdentifierRow.kind),
        col(IdentifierRow.value),
        col(IdentifierRow.folded),
        col(AuthorizationRow.member_key),
        col(AuthorizationRow.patient),
        col(AuthorizationRow.decision),
        _STANDS,
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
_TOLD: Final = select(
    col(EventRow.authorization_id),
    case(
        (col(EventRow.record).like(f'{{"kind":"{REFERRAL}"%'), REFERRAL),
        (col(EventRow.record).like('%"category":"%'), AUTHORIZATION),
        else_="",
    ),
).where(one_of(col(EventRow.authorization_id), "ids"), col(EventRow.record).not_like(f'{{"kind":"{NOTICE}"%'))
"""Whether the messages of authorizations tell that they are of a referral, or not; "" where they do not tell."""


def load_joining(session: Session, messages: Sequence[tuple[Authorization, Set[tuple[str, str]]]]) -> Joining:
    """What is known of the authorizations that the messages of a batch name, each with its identifiers."""
    joining = Joining()
    names = {folded(value) for _, own in messages for kind, value in own if kind in LATER}
    referred = any(record.told_kind == REFERRAL for record, _ in messages)
    _load(session, joining, names, referred=referred)
    _load(session, joining, {folded(number) for number in joining.widened(messages)} - names, referred=referred)
    return joining


def _load(session: Session, joining: Joining, names: set[str], *, referred: bool) -> None:
    """Know the authorizations with one of these names (folded). `referred`: some of the messages are of referrals."""
    if not names:
        return
    rows = ask(session, _CALLED, names=names).all()
    certified = {row.authorization_id for row in rows if row.decision in CERTIFIED}
    first = set(ask(session, _CERTIFIED_FIRST, ids=certified).scalars()) if certified else set()
    kinds: dict[int, set[str]] = {}
    if referred or any(row.stands == REFERRAL for row in rows):  # else there is but one kind
        for id, told in ask(session, _TOLD, ids={row.authorization_id for row in rows}):
            kinds.setdefault(id, set()).add(told)
    for id, kind, name, plain, member, patient, *_ in rows:
        members = {member, plain} if kind == MEMBER else {member}
        own = kinds.get(id, set())
        joining.know(id, [(kind, name)], members, folded(patient), certified=id in certified, first=id in first, kinds=own)
