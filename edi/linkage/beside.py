"""What a claim carries besides its authorization: its referral (REF*9F), and the numbers of its other payers (2330B).

Each is decided as the authorization is (`matching.judge`), with referrals in the place of authorizations, or with the other payer
in the place of the destination. A row is told where a number is written, where one stands that we can judge, where a rule wants
a referral, and where a referral fits but for its units: a referral to somebody else is no news.

A referral is used as an authorization is. Another payer's number uses nothing: that payer's own claim does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from edi.linkage.agreement import with_payers
from edi.linkage.coordination import as_destined, comes_before
from edi.linkage.identity import certified_providers, same_payer
from edi.linkage.matching import judge, level_of, taken
from edi.linkage.offers import REFERRAL
from edi.linkage.placement import CLAIM, OTHER, Level, Outcome, not_applicable, place
from edi.linkage.terms import AUTHORIZATION, PayerRules, Terms
from edi.linkage.usage import ClaimUse, Usage
from edi.linkage.verdict import Row, Verdict
from edi.records.authorization import Authorization
from edi.records.claim import Claim, ClaimLine, OtherPayer
from edi.records.parties import Party

_REFERRING: Final = frozenset({"DN", "P3"})
_NOT_KNOWN: Final = frozenset({Verdict.REQUIREMENT_UNKNOWN, Verdict.NOT_REQUIRED, Verdict.NUMBER_UNKNOWN})
_NEWS: Final = frozenset({Verdict.AMBIGUOUS, Verdict.UNITS_USED_UP, Verdict.SPLIT_NEEDED})


def beside(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, terms: Terms) -> tuple[Row, ...]:
    """The rows for a claim's referral and for the numbers of its other payers, once `decide` gave those for its authorization.

    `authorizations` as for `decide`, those of the member ids with other payers among them. What the claim uses of a referral
    is taken from `usage`.
    """
    if not_applicable(claim):
        return ()
    rows: list[Row] = []
    if terms.referral is not None or _refers(claim, claim) or any(a.kind == REFERRAL for a in authorizations):
        of_referrals = replace(terms, kind=REFERRAL, required=terms.referral)
        placed, found = place(claim, _judged(claim, authorizations, usage, of_referrals))
        taken(placed, ClaimUse(usage, claim)).commit(instead=False)
        rows += _told(claim, placed, found, of_referrals)
    for other in claim.other_payers:
        for kind in (AUTHORIZATION, REFERRAL):
            theirs = replace(terms, kind=kind, required=PayerRules(None, terms.matching), loop=OTHER)
            rows += _of_another(claim, other, authorizations, usage, theirs)
    return tuple(rows)


def _refers(claim: Claim, payer: Claim | OtherPayer) -> bool:
    """Whether a referral's number stands on a claim, or for another payer."""
    return bool(payer.referral) or any(line.referrals for line in claim.lines)


def _authorized(claim: Claim, payer: OtherPayer) -> bool:
    return bool(payer.authorization) or any(line.authorizations for line in claim.lines)


def _judged(claim: Claim, authorizations: Sequence[Authorization], usage: Usage, terms: Terms) -> Sequence[Outcome]:
    outcomes = judge(claim, authorizations, usage, terms)
    return outcomes if terms.kind == AUTHORIZATION else [_referred(claim, outcome) for outcome in outcomes]


def _referred(claim: Claim, outcome: Outcome) -> Outcome:
    """Who referred whom: a referral by service type that names nobody fits everybody, so it is not written.

    A professional claim should say who referred the patient, so that the payer can compare.
    """
    offer, line = outcome.offer, outcome.subject.line
    if not outcome.write or offer is None:
        return outcome
    if offer.service.procedure is None and not certified_providers(offer.authorization, offer.service.providers):
        reason = f"Referral {offer.label} names neither a procedure nor a provider: whose it is, a person must say."
        unused = replace(outcome, verdict=Verdict.PROVIDER_MISMATCH, write=False, carried=False, room=None)
        return replace(unused, reasons=(*outcome.reasons, reason))
    providers = (*claim.providers, *(line.providers if line else ()))
    if claim.kind != "professional" or any(party.role in _REFERRING for party in providers):
        return outcome
    reason = "The claim names no provider who referred the patient (NM1*DN), with whom the payer compares it."
    return replace(outcome, reasons=(*outcome.reasons, reason))


def _of_another(
    claim: Claim, other: OtherPayer, authorizations: Sequence[Authorization], usage: Usage, terms: Terms
) -> Sequence[Row]:
    """The rows for another payer's number: none where nothing stands there and nothing of that payer is on file."""
    party, payers = Party(id=other.id, name=other.name), with_payers(terms.payers, terms.matching)
    known = [a for a in authorizations if (a.kind == REFERRAL) == (terms.kind == REFERRAL)]
    held = _refers(claim, other) if terms.kind == REFERRAL else _authorized(claim, other)
    if not other.id or not known or not (held or any(same_payer(a.payer, party, payers) for a in known)):
        return ()
    seen = as_destined(claim, other)
    asked = Usage() if comes_before(other, claim) else usage
    level = level_of(seen, terms.matching) if terms.kind == AUTHORIZATION else Level.GUIDE
    placed, rows = place(seen, _judged(seen, authorizations, asked, terms), level)
    there = {CLAIM: OTHER}
    rows = tuple(replace(row, other=True, placement=there.get(row.placement, row.placement)) for row in rows)
    return _told(seen, placed, rows, terms)


def _told(claim: Claim, outcomes: Sequence[Outcome], rows: Sequence[Row], terms: Terms) -> list[Row]:
    wanting = {
        outcome.subject.line.number if outcome.subject.line else None for outcome in outcomes if _wanted(claim, outcome, terms)
    }
    return [
        replace(row, kind=terms.kind)
        for row in rows
        if row.written
        or _is_news(row)
        or (row.placement and row.verdict not in _NOT_KNOWN)
        or (row.verdict is not Verdict.NOT_REQUIRED and (row.line in wanting or (row.line is None and wanting)))
    ]


def _is_news(row: Row) -> bool:
    """Whether a row speaks of what fits, or would: who only may be the same patient is no news with another payer."""
    return row.verdict in _NEWS and (row.verdict is not Verdict.AMBIGUOUS or any(c.fits for c in row.candidates))


def _wanted(claim: Claim, outcome: Outcome, terms: Terms) -> bool:
    line: ClaimLine | None = outcome.subject.line
    requirement = terms.required(claim, line) if terms.required is not None else None
    return requirement is not None and requirement.needed
