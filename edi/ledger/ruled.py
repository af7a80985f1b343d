"""What payers' rules granted claims, where these are decided anew and no rules are named: it stands, as far as it is certified.

A number may fit by a rule alone (a time of grace, a range of codes, units of another kind). Whoever takes a remittance or an
answer need not know the rules, so what was granted by them is not taken for a misfit, and stays until it is judged by rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.candidates import use_of
from edi.ledger.questions import NAMES, chunks
from edi.ledger.tables import UseRow
from edi.linkage.offers import POSITIVE, offers
from edi.linkage.one_by_one import decide_one
from edi.linkage.quantities import dates
from edi.linkage.room import RESERVED, SENT, Use, room_for, summed
from edi.linkage.terms import Terms
from edi.linkage.usage import Usage
from edi.records.authorization import Authorization
from edi.records.claim import Claim


def granted_by_rules(session: Session, claims: Iterable[Claim]) -> Mapping[str, list[Use]]:
    """What these claims were granted when rules were named, also what they gave back since; by CLM01."""
    found: dict[str, list[Use]] = {}
    for names in chunks(sorted({claim.id for claim in claims}), NAMES):
        mine = (col(UseRow.claim).in_(names), col(UseRow.ruled), col(UseRow.state) != RESERVED)
        for row in session.execute(select(UseRow).where(*mine).order_by(col(UseRow.id))).scalars():
            found.setdefault(row.claim, []).append(use_of(row))
    return found


def of_its_dates(claim: Claim, uses: Iterable[Use]) -> tuple[Use, ...]:
    """Those uses that are of a claim's dates, as when it was sent: a CLM01 may come again with others."""
    own = dates(claim)
    mine = (use for use in uses if not own or not use.days or not own.isdisjoint(use.days))
    return summed(replace(use, state=SENT) for use in mine)


def covered(claim: Claim, near: Sequence[Authorization], usage: Usage, terms: Terms, standing: Iterable[Use]) -> bool:
    """Whether the claim is granted as much without rules: then they do not matter."""
    tried = usage.within({one.key for one in near})
    decide_one(claim, near, tried, terms)
    granted = {(one.key, one.place): one.amount for one in tried.of(claim.id) if one.state == SENT}
    return all(granted.get((one.key, one.place), -1) >= one.amount for one in standing)


def stand(
    claim: Claim, near: Iterable[Authorization], usage: Usage, standing: Iterable[Use], denied: Collection[int] = frozenset()
) -> None:
    """Have the claim use what it was granted, as far as that is certified and nobody else uses it.

    `denied` are the positions of lines that the payer denied: the days that no other line is of are given back.
    """
    certified = {(offer.key, offer.position): offer for one in near for offer in offers(one)}
    lines = claim.lines
    left = dates(replace(claim, lines=tuple(line for n, line in enumerate(lines) if n not in denied))) if denied else None
    for use in standing:
        offer = certified.get((use.key, use.service))
        if offer is None or offer.service.decision not in POSITIVE:
            continue
        if left is not None and use.days and left.isdisjoint(use.days):
            continue
        others = [one for one in usage.used(use.key) if one.claim != claim.id]
        if (granted := room_for(use, offer, others).use) is not None:
            usage.commit([granted], (), lambda one: False)
