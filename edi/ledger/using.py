"""What claims use of authorizations: decided as they are linked and taken, and again when an authorization comes late or changes.

A claim that is linked reserves what it is granted, so that no other claim gets it; when it is sent, that is its own. A sent claim
comes before those that only reserve. What the payer denies, a claim or some of its lines, gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import CompoundSelect, delete, or_, select
from sqlmodel import Session, col

from edi.ledger.candidates import Finder, candidates, used_by, uses
from edi.ledger.inserting import change
from edi.ledger.questions import chunks
from edi.ledger.reading import reader
from edi.ledger.ruled import covered, granted_by_rules, of_its_dates, stand
from edi.ledger.sendings import in_order, sendings
from edi.ledger.shares import shares
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, numbers_of, table_of
from edi.ledger.tables import AuthorizationRow, ClaimRow, IdentifierRow, NumberRow, UseRow
from edi.linkage.clear import use_clear
from edi.linkage.one_by_one import decide_one
from edi.linkage.terms import PayerRules, Terms
from edi.linkage.usage import DENIED, REJECTED, RESERVED, SENT, Usage, Use
from edi.linkage.use_rows import UseCells
from edi.linkage.verdict import Row
from edi.records.authorization import Authorization
from edi.records.claim import AGAIN, Claim

_SET: Final = 500
_ANY_CLAIM: Final = select(col(ClaimRow.id)).limit(1)
_ANY_USE: Final = select(col(UseRow.id)).limit(1)
_AT_ONCE: Final = 10_000
_KEPT: Final = select(
    *(col(each) for each in (UseRow.id, UseRow.authorization_id, UseRow.claim, UseRow.state, UseRow.ruled))
).where(one_of(col(UseRow.claim), "claims"))
_FORGOTTEN: Final = delete(UseRow).where(one_of(col(UseRow.id), "ids"))
_USED: Final = select(col(UseRow.authorization_id)).where(one_of(col(UseRow.authorization_id), "ids")).distinct()
_KEYS: Final = select(col(ClaimRow.id), col(ClaimRow.claim_key)).where(one_of(col(ClaimRow.id), "ids"))
_RESERVED: Final = select(col(AuthorizationRow.id), col(AuthorizationRow.record)).where(
    col(AuthorizationRow.id).in_(
        select(col(UseRow.authorization_id)).where(one_of(col(UseRow.authorization_id), "ids"), col(UseRow.state) == RESERVED)
    )
)
_RECORDS: Final = (
    select(col(ClaimRow.id), col(ClaimRow.claim_key), col(ClaimRow.denied_lines), col(ClaimRow.record))
    .where(one_of(col(ClaimRow.id), "ids"))
    .order_by(col(ClaimRow.id))
)
_GIVEN_BACK: Final = select(col(ClaimRow.id)).where(
    or_(col(ClaimRow.denied), col(ClaimRow.rejected)),
    col(ClaimRow.claim).in_(select(col(ClaimRow.claim)).where(one_of(col(ClaimRow.id), "ids"))),
)


def use(
    session: Session,
    writer: Writer,
    claims: Sequence[Claim],
    *,
    required: PayerRules | None = None,
    again: bool = False,
    denied: Mapping[int, frozenset[int]] = MappingProxyType({}),
    decided: list[Row] | None = None,
) -> set[int]:
    """Decide what sent claims, in their order, use, and keep it; gives the authorizations that were looked at.

    `again`: they were decided before, and give that back first. What rules granted then stands where none are named now.

    `required` are the rules of their payers, by which a number may fit that would not without. `denied` has, by the place of a
    claim among them, the positions of its lines that the payer denied: they use nothing, and what they used is remembered.
    `decided` gets what was decided about each that is near an authorization.
    """
    find = Finder(session, reserved=not again)
    found = find(claims)
    if not find.known:
        return find.known
    ruled: Mapping[str, Sequence[Use]] = granted_by_rules(session, claims) if again and required is None else {}
    if again:
        for claim in claims:
            find.usage.give_back(claim)
    decide_uses(claims, found, find.usage, required, ruled=ruled, denied=denied, decided=decided)
    keep(session, writer, find, ruled=required is not None)
    if again:
        _refit(session, writer, sorted(find.known))
    return find.known


def decide_uses(
    claims: Sequence[Claim],
    found: Sequence[Sequence[Authorization]],
    usage: Usage,
    required: PayerRules | None,
    *,
    ruled: Mapping[str, Sequence[Use]] = MappingProxyType({}),
    denied: Mapping[int, frozenset[int]] = MappingProxyType({}),
    decided: list[Row] | None = None,
) -> None:
    """Decide what sent claims use of their candidates, as `use` does; `ruled` has what rules granted before, by CLM01."""
    # What rows tell of candidates nobody reads here.
    terms = Terms(required=required, referral=PayerRules(None, required.matching) if required else None, brief=True)
    for n, (claim, near) in enumerate(zip(claims, found, strict=True)):
        standing = of_its_dates(claim, ruled.get(claim.id, ()))
        if standing and not covered(claim, near, usage, terms, standing):
            stand(claim, near, usage, standing, denied.get(n, frozenset()))
            continue
        if n not in denied and not terms.asked_about(claim) and (clear := use_clear(claim, near, usage)) is not None:
            if decided is not None:
                decided += clear
            continue
        promised = [one for one in usage.of(claim.id) if one.state == RESERVED]
        own, beside = decide_one(claim, near, usage, terms)
        if decided is not None:
            decided += (*own, *beside)
        _keep_promises(claim, near, usage, promised)
        if lines := denied.get(n):
            _deny_lines(claim, lines, near, usage, terms)


def _keep_promises(claim: Claim, candidates: Iterable[Authorization], usage: Usage, promised: Iterable[Use]) -> None:
    """What a sent claim reserved is used where it carries the number, also when nobody said the rules by which it was linked."""
    if not (left := [one for one in promised if one not in usage.of(claim.id)]):
        return
    used = {one.key for one in usage.of(claim.id) if one.state == SENT}
    carried = {number for _, number in numbers_of(claim)}
    keys = {one.key for one in candidates if carried & {one.number, *(service.number for service in one.services)}}
    kept = [replace(one, state=SENT) for one in left if one.key in keys - used]
    usage.commit(kept, (), lambda one: False)


def _deny_lines(claim: Claim, lines: frozenset[int], near: Sequence[Authorization], usage: Usage, terms: Terms) -> None:
    """Have denied lines of a claim give back what they used: the claim is decided without them, and the rest is denied."""
    whole = [one for one in usage.of(claim.id) if one.state == SENT]
    usage.give_back(claim, SENT)
    decide_one(replace(claim, lines=tuple(line for n, line in enumerate(claim.lines) if n not in lines)), near, usage, terms)
    left = {(one.key, one.place): one.amount for one in usage.of(claim.id) if one.state == SENT}
    over = [replace(one, amount=one.amount - left.get((one.key, one.place), Decimal(0)), state=DENIED) for one in whole]
    usage.commit([one for one in over if one.amount > 0], (), lambda one: False)


def keep(session: Session, writer: Writer, find: Finder, *, ruled: bool = False) -> None:
    """Put what changed in the place of what was kept of the same claims and authorizations; `ruled`: by rules that were named."""
    changed = frozenset(find.usage.changed())
    touched: set[int] = set()
    before: set[tuple[int, str]] = set()
    for names in chunks(sorted(changed), _AT_ONCE):
        gone = [row for row in ask(session, _KEPT, claims=names) if find.keeps(row)]
        touched.update(row.authorization_id for row in gone)
        before.update((row.authorization_id, row.claim) for row in gone if row.ruled)
        if gone:
            ask(session, _FORGOTTEN, ids=[row.id for row in gone])
    for keys in chunks(sorted(find.usage.keys(changed), key=int), _AT_ONCE):
        rows = [
            _row(writer.new_id(UseRow), int(key), use, ruled=ruled or (int(key), use[2]) in before)
            for key, use in find.usage.rows(keys, changed)
        ]
        touched.update(row[1] for row in rows)
        writer.insert_values(UseRow, rows)
    for some in chunks(sorted(find.shares().items()), _AT_ONCE):
        touched.difference_update(id for id, _ in some)
        _keep_shares(session, dict(some))
    measure(session, touched, find.told)


def _row(id: int, authorization: int, use: UseCells, *, ruled: bool) -> Sequence[Any]:
    """A use as a row, in the order of its columns."""
    *before, amount, state = use
    return id, authorization, *before, amount if "E" not in amount else format(Decimal(amount), "f"), state, ruled


def measure(
    session: Session, authorizations: Collection[int], told: Callable[[int], Sequence[UseCells] | None] = lambda _: None
) -> None:
    """Keep beside each authorization how much is used; `told` gives its uses where they are known."""
    for ids in chunks(sorted(authorizations), _AT_ONCE):
        known = {id: told(id) for id in ids}
        asked = uses(session, [id for id, found in known.items() if found is None])
        _keep_shares(session, shares(session, {id: asked[id] if found is None else found for id, found in known.items()}))


def _keep_shares(session: Session, found: Mapping[int, int]) -> None:
    change(session.connection(), table_of(AuthorizationRow), [{"id": id, "used": share} for id, share in found.items()])


def use_again(
    session: Session, writer: Writer, authorizations: Sequence[int], required: PayerRules | None = None
) -> dict[int, str]:
    """Decide anew about the claims that authorizations, new or changed, may be about; gives their ids and claim keys.

    What linked claims reserved is cut to what the sent ones leave.
    """
    keys: dict[int, str] = {}
    if not authorizations:
        return keys
    if ask(session, _ANY_CLAIM).first() is not None:
        ids = in_order(session, list({id for chunk in chunks(authorizations, _SET) for id in _claims_near(session, chunk)}))
        for chunk in chunks(ids, _SET):
            keys.update(use_claims_again(session, writer, chunk, required))
    if ask(session, _ANY_USE).first() is not None:
        for chunk in chunks(authorizations, _SET):
            _refit(session, writer, chunk)
            measure(session, ask(session, _USED, ids=chunk).scalars().all())
    return keys


def use_claims_again(session: Session, writer: Writer, ids: Sequence[int], required: PayerRules | None = None) -> dict[int, str]:
    """Decide anew about claims, in this order; gives their ids and claim keys.

    What was denied or rejected, a claim or a line of one, uses nothing.
    """
    rows = {row.id: row for row in ask(session, _RECORDS, ids=ids)}
    nothing, denied = _using_nothing(session, ids)
    read = reader(session, Claim)
    if denied:  # what they used when they were sent is remembered, whatever came since
        as_sent = [read(id, rows[id].record) for id in ids if id not in nothing or id in denied]
        use(session, writer, as_sent, required=required, again=True)
        give_back(session, writer, sorted(denied), DENIED)
    standing = [rows[id] for id in ids if id not in nothing]
    lines = {n: positions(row.denied_lines) for n, row in enumerate(standing) if row.denied_lines}
    use(session, writer, [read(row.id, row.record) for row in standing], required=required, again=True, denied=lines)
    return {id: row.claim_key for id, row in rows.items()}


def use_near(
    session: Session,
    writer: Writer,
    claims: Sequence[int],
    required: PayerRules | None = None,
    *,
    rejected: Sequence[int] = (),
) -> dict[int, str]:
    """Decide anew about claims that use something again, or nothing any more, and about all that may use the same.

    Those that were `rejected` give back what they used. Gives the ids and claim keys of those for whose payments it may matter:
    what was used when they were sent is not as it was.
    """
    found: set[int] = set()
    read = reader(session, Claim)
    for ids in chunks(claims, _SET):
        rows = ask(session, _RECORDS, ids=ids)
        found.update(int(one.key) for one in candidates(session, [read(row.id, row.record) for row in rows]))
    before = _used_when_sent(session, found)  # a rejected claim is not among what was used when others were sent
    give_back(session, writer, rejected, REJECTED)
    if not found:
        return {}
    decided = use_again(session, writer, sorted(found), required)
    after = _used_when_sent(session, found)
    others = [id for id in sorted(found) if before.get(id) != after.get(id)]
    near = {id for some in chunks(others, _SET) for id in _claims_near(session, some)}
    return {id: key for id, key in decided.items() if id in near}


def claims_beside(session: Session, claims: Sequence[Claim]) -> dict[int, str]:
    """The ids and claim keys of all claims that may use the same as these."""
    found = sorted(int(one.key) for one in candidates(session, claims))
    near = sorted({id for some in chunks(found, _SET) for id in _claims_near(session, some)})
    keys: dict[int, str] = {}
    for ids in chunks(near, _SET):
        keys.update((id, key) for id, key in ask(session, _KEYS, ids=ids))
    return keys


def _used_when_sent(session: Session, authorizations: Collection[int]) -> dict[int, set[Use]]:
    """What was used of authorizations when the claims were sent: what denials gave back too."""
    find = Finder(session, reserved=False, denied=True)
    find.load(set(authorizations))
    found: dict[int, set[Use]] = {}
    for one in find.usage.all():
        found.setdefault(int(one.key), set()).add(one)
    return found


def positions(lines: str) -> frozenset[int]:
    """The positions of lines that are kept by their ordinals, blanks between."""
    return frozenset(int(ordinal) - 1 for ordinal in lines.split())


def _using_nothing(session: Session, ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of these claims those that were denied or rejected, with the earlier sendings of those; and which of them were denied."""
    found = sendings(session, set(ask(session, _GIVEN_BACK, ids=ids).scalars()))
    back = [one for one in found.values() if one.denied or one.rejected]
    again = {one.id for one in found.values() if any(other.is_again(one) and other.order > one.order for other in back)}
    return again | {one.id for one in back}, {one.id for one in back if one.denied and one.id in ids} - again


def release(session: Session, writer: Writer, claims: Sequence[Claim]) -> int:
    """Give back what claims reserved; how many had. Sent claims get again what these would have replaced or voided."""
    find = Finder(session)
    find(claims)
    given = sum(find.usage.give_back(claim, RESERVED) for claim in claims)
    keep(session, writer, find)
    use_again(session, writer, sorted(find.known))
    replaced = {name for claim in claims if claim.frequency in AGAIN for name in find.usage.names(claim)}
    for names in chunks(sorted(replaced), _SET):  # what they used may be of other authorizations than these claims are about
        use_near(session, writer, session.execute(select(col(ClaimRow.id)).where(col(ClaimRow.claim).in_(names))).scalars().all())
    return given


def _refit(session: Session, writer: Writer, authorizations: Sequence[int]) -> None:
    """Cut what is reserved of authorizations that changed to what they certify now."""
    read = reader(session, Authorization)
    records = [read(id, text) for id, text in ask(session, _RESERVED, ids=authorizations)]
    if not records:
        return
    find = Finder(session)
    find.load({int(record.key) for record in records})
    for record in records:
        find.usage.refit(record)
    keep(session, writer, find)


def _claims_near(session: Session, authorizations: Sequence[int]) -> Iterable[int]:
    """Claims of the patients of authorizations, and claims that carry their numbers."""
    return ask(session, _claims_of(), authorizations=authorizations).scalars()


@cache
def _claims_of() -> CompoundSelect[Any]:
    named = one_of(col(IdentifierRow.authorization_id), "authorizations")
    members = select(col(IdentifierRow.folded)).where(named, col(IdentifierRow.kind) == "member")
    carried = select(col(IdentifierRow.folded)).where(named, col(IdentifierRow.kind).in_(["number", "previous"]))
    by_member = select(col(ClaimRow.id)).where(col(ClaimRow.member_key).in_(members))
    by_number = select(col(NumberRow.claim_id)).where(col(NumberRow.folded).in_(carried))
    return by_member.union(by_number)


def give_back(session: Session, writer: Writer, claims: Sequence[int], state: str) -> None:
    """Have what claims used count no more, and remember why (`state`)."""
    read = reader(session, Claim)
    for ids in chunks(claims, _SET):
        records = [read(row.id, row.record) for row in ask(session, _RECORDS, ids=ids)]
        find = Finder(session)
        find.load(used_by(session, {record.id for record in records}))
        for record in records:
            find.usage.deny(record, state)
        keep(session, writer, find)
