"""What claims use of authorizations: decided as claims are taken, and again when an authorization comes late or changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import delete, exists, select
from sqlmodel import Session, col

from edi.ledger.candidates import Finder
from edi.ledger.questions import chunks
from edi.ledger.storing import Writer, adapter
from edi.ledger.tables import ClaimRow, IdentifierRow, NumberRow, UseRow
from edi.linkage.beside import beside
from edi.linkage.matching import PayerRules, Terms, decide
from edi.records.claim import Claim

_SET: Final = 500


def use(
    session: Session, writer: Writer, claims: Sequence[Claim], *, required: PayerRules | None = None, again: bool = False
) -> None:
    """Decide what sent claims, in their order, use, and keep it. `again`: they were decided before, and give that back first.

    `required` are the rules of their payers, by which a number may fit that would not without.
    """
    find = Finder(session)
    found = find(claims)
    if not any(found):
        return
    if again:
        for claim in claims:
            find.usage.give_back(claim)
    terms = Terms(required=required, referral=PayerRules(None, required.matching) if required else None)
    for claim, candidates in zip(claims, found, strict=True):
        decide(claim, candidates, find.usage, required=required)
        beside(claim, candidates, find.usage, terms)
    _keep(session, writer, sorted({int(a.key) for candidates in found for a in candidates}), find)


def _keep(session: Session, writer: Writer, authorizations: Sequence[int], find: Finder) -> None:
    """Put what changed in the place of what was kept of the same claims and authorizations."""
    changed = find.usage.changed()
    for names in chunks(sorted(changed), _SET):
        gone = delete(UseRow).where(col(UseRow.claim).in_(names), col(UseRow.authorization_id).in_(authorizations))
        session.execute(gone)
    rows = [
        {
            "id": writer.new_id(UseRow),
            "authorization_id": int(one.key),
            "service": one.service,
            "role": one.role,
            "claim": name,
            "days": " ".join(day.isoformat() for day in one.days),
            "amount": one.amount,
        }
        for name, all_of_it in changed.items()
        for one in all_of_it
    ]
    writer.insert(UseRow, rows)


def use_again(
    session: Session, writer: Writer, authorizations: Sequence[int], required: PayerRules | None = None
) -> dict[int, str]:
    """Decide anew about the claims that authorizations, new or changed, may be about; gives their ids and claim keys."""
    if session.execute(select(col(ClaimRow.id)).limit(1)).first() is None:
        return {}
    ids = sorted({id for chunk in chunks(authorizations, _SET) for id in _claims_near(session, chunk)})
    read = adapter(Claim).validate_json
    keys: dict[int, str] = {}
    for chunk in chunks(ids, _SET):
        columns = (col(ClaimRow.id), col(ClaimRow.claim_key), col(ClaimRow.record))
        rows = session.execute(select(*columns).where(col(ClaimRow.id).in_(chunk)).order_by(col(ClaimRow.id))).all()
        keys.update((id, key) for id, key, _ in rows)
        use(session, writer, [read(record) for _, _, record in rows], required=required, again=True)
    return keys


def _claims_near(session: Session, authorizations: Sequence[int]) -> Iterable[int]:
    """Claims of the patients of authorizations, and claims that carry their numbers."""
    named = col(IdentifierRow.authorization_id).in_(authorizations)
    members = select(col(IdentifierRow.folded)).where(named, col(IdentifierRow.kind) == "member")
    carrying = exists().where(
        named,
        col(IdentifierRow.folded) == col(NumberRow.folded),
        col(IdentifierRow.kind).in_(["number", "previous"]),
    )
    by_member = select(col(ClaimRow.id)).where(col(ClaimRow.member_key).in_(members))
    by_number = select(col(NumberRow.claim_id)).where(carrying)
    return session.execute(by_member.union(by_number)).scalars()
