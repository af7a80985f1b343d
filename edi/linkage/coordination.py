"""A claim as another of its payers has it (coordination of benefits): that payer's member, that payer's numbers.

2320 and 2330A say who is insured there, and how the patient is related to them; 2330B has that payer's numbers for the claim, and
a line's REF04 names it. The birth date is the claim's: 2330A has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from edi.linkage.identity import member_ids
from edi.records.claim import Claim, HeldNumber, OtherPayer
from edi.records.parties import Party

_SELF: Final = ("", "18")
_OTHERWISE: Final = "G8"
_ORDER: Final = "PSTABCDEFGH"
"""SBR01: primary, secondary, tertiary, and so on."""


def as_destined(claim: Claim, other: OtherPayer) -> Claim:
    """The claim with one of its other payers as the destination, and the destination among the others."""
    insured = replace(claim.subscriber, relationship=_OTHERWISE if claim.dependent else _SELF[-1])
    there = OtherPayer(id=claim.payer.id, name=claim.payer.name, responsibility=claim.responsibility, subscriber=insured)
    lines = tuple(
        replace(line, authorizations=_of(line.authorizations, other), referrals=_of(line.referrals, other))
        for line in claim.lines
    )
    return replace(
        claim,
        payer=Party(role="PR", name=other.name, id_qualifier="PI", id=other.id),
        responsibility=other.responsibility,
        filing="",
        authorization=other.authorization,
        authorizations=(other.authorization,) if other.authorization else (),
        referral=other.referral,
        lines=lines,
        other_payers=(there, *(payer for payer in claim.other_payers if payer is not other)),
        **_insured(claim, other),
    )


def _of(held: Sequence[HeldNumber], other: OtherPayer) -> tuple[HeldNumber, ...]:
    return tuple(number for number in held if number.payer_id == other.id)


def _insured(claim: Claim, other: OtherPayer) -> dict[str, Any]:
    """Who is insured with the other payer; where it gives no member id, the claim's own."""
    subscriber = other.subscriber
    if not subscriber.member_id:
        return {}
    if subscriber.relationship not in _SELF:
        return {"subscriber": subscriber, "patient": replace(claim.patient, member_id=""), "dependent": True}
    member = replace(claim.patient, member_id=subscriber.member_id, member_id_qualifier=subscriber.member_id_qualifier)
    return {"subscriber": member, "patient": member, "dependent": False}


def comes_before(other: OtherPayer, claim: Claim) -> bool:
    """Whether another payer decides before the claim's destination, so that its units were used when its own claim was sent."""
    if other.paid is not None:
        return True
    order = [_ORDER.find(code) if code else -1 for code in (other.responsibility, claim.responsibility)]
    return 0 <= order[0] < order[1]


def members(claim: Claim) -> frozenset[str]:
    """The member ids by which an authorization of this claim's patient may be known, with each of its payers."""
    return member_ids(claim.subscriber, claim.patient, *(payer.subscriber for payer in claim.other_payers))
