"""Authorizations in memory, among which claims find those that they may be about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edi.linkage.coordination import members
from edi.linkage.identity import member_ids
from edi.linkage.offers import numbers
from edi.linkage.patients import person_key
from edi.records.authorization import Authorization
from edi.records.claim import Claim


class Directory:
    """Authorizations by member id, by number and by name with birth date, for claims to be looked up in memory."""

    def __init__(self, authorizations: Iterable[Authorization]) -> None:
        self._by_member: dict[str, list[Authorization]] = {}
        self._by_number: dict[str, list[Authorization]] = {}
        self._by_person: dict[str, list[Authorization]] = {}
        for authorization in authorizations:
            for id in member_ids(authorization.subscriber, authorization.patient):
                self._by_member.setdefault(id, []).append(authorization)
            if person := person_key(authorization.patient):
                self._by_person.setdefault(person, []).append(authorization)
            for number in numbers(authorization) - {""}:
                self._by_number.setdefault(number, []).append(authorization)

    def find(self, claims: Sequence[Claim]) -> list[list[Authorization]]:
        """The candidates of each claim."""
        return [self._of(claim) for claim in claims]

    def _of(self, claim: Claim) -> list[Authorization]:
        found: dict[int, Authorization] = {}
        for member in sorted(members(claim)):
            found.update((id(a), a) for a in self._by_member.get(member, ()))
        for number in sorted(carried(claim)):
            found.update((id(a), a) for a in self._by_number.get(number, ()))
        found.update((id(a), a) for a in self._by_person.get(person_key(claim.patient), ()))
        return list(found.values())


def carried(claim: Claim) -> frozenset[str]:
    """Every number in a REF*G1 or REF*9F of the claim, its lines or its other payers, outer blanks taken off."""
    held = [claim.authorization, *claim.authorizations, claim.referral]
    held += [n.value for line in claim.lines for n in (*line.authorizations, *line.referrals)]
    held += [value for payer in claim.other_payers for value in (payer.authorization, payer.referral)]
    return frozenset(number.strip() for number in held if number.strip())
