"""The authorizations that a batch of claims may be about, and what is used of them: one query each, however many claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.joining import folded, identifiers
from edi.ledger.storing import adapter, numbers_of
from edi.ledger.tables import AuthorizationRow, IdentifierRow
from edi.records.authorization import Authorization
from edi.records.claim import Claim


class Candidates:
    """Authorizations by patient and by number; `of(claim)` are those that a claim may be about, whoever decided them."""

    def __init__(self, authorizations: Iterable[Authorization]) -> None:
        self.all = list(authorizations)
        self._by_name: dict[tuple[str, str], list[Authorization]] = {}
        for authorization in self.all:
            for name in _names(authorization):
                self._by_name.setdefault(name, []).append(authorization)

    def of(self, claim: Claim) -> list[Authorization]:
        """Those of the claim's patient, and those whose number it carries, in the order of their keys."""
        found: dict[str, Authorization] = {}
        for name in _called(claim):
            for authorization in self._by_name.get(name, ()):
                found[authorization.key] = authorization
        return sorted(found.values(), key=lambda a: int(a.key))


def candidates(session: Session, claims: Sequence[Claim]) -> Candidates:
    """The candidates of a batch of claims, by one query."""
    called = sorted({name for claim in claims for _, name in _called(claim)})
    if not called:
        return Candidates(())
    named = select(col(IdentifierRow.authorization_id)).where(
        col(IdentifierRow.folded).in_(called), col(IdentifierRow.kind).in_(_KINDS)
    )
    rows = session.execute(
        select(col(AuthorizationRow.record)).where(col(AuthorizationRow.id).in_(named)).order_by(col(AuthorizationRow.id))
    )
    read = adapter(Authorization).validate_json
    return Candidates(read(record) for (record,) in rows)


def _called(claim: Claim) -> set[tuple[str, str]]:
    names = {("member", folded(person.member_id)) for person in (claim.subscriber, claim.patient)}
    names.update(("number", folded(value)) for _, value in numbers_of(claim))
    return {name for name in names if name[1]}


def _names(authorization: Authorization) -> set[tuple[str, str]]:
    return {(_KINDS[kind], folded(value)) for kind, value in identifiers(authorization) if kind in _KINDS}


_KINDS: Final = {"member": "member", "number": "number", "previous": "number"}
"""The kinds of identifiers by which a claim may mean an authorization."""
