"""Claims that are clear, decided by their facts: nothing on file is near a line, or one certified service fits it and has room.

Of such a claim it is told at once what `matching` would tell. Whatever is not so plain is left to that: another payer's, another
decision than certified, a code without its modifiers, a patient who may be the same, two that fit, too few units, a referral,
what the claim reserved before. So this way is stricter than the other, never laxer, and what it says is the same to the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edi.errors import RecordError
from edi.frozen import changed
from edi.guides.document import Unit
from edi.linkage.evidence import Subject, compare
from edi.linkage.identity import same_patient, same_payer
from edi.linkage.matching import NOTHING_KNOWN, unknown
from edi.linkage.measuring import remaining_of
from edi.linkage.misfit import Remaining, least
from edi.linkage.offers import POSITIVE, REFERRAL, Offer, offers
from edi.linkage.patients import resemblance
from edi.linkage.placement import CLAIM, LINE
from edi.linkage.procedures import is_far
from edi.linkage.telling import candidates, sentence
from edi.linkage.terms import Terms
from edi.linkage.usage import Taking, Usage
from edi.linkage.verdict import Candidate, Row, Verdict
from edi.records.authorization import Authorization, Decision
from edi.records.claim import Claim, ClaimLine, billing_of
from edi.records.claim_facts import Facts
from edi.records.claim_numbers import with_numbers
from edi.records.parties import Party


class _Fit(NamedTuple):
    """A certified service that a line fits, and what is told of it."""

    offer: Offer
    reason: str
    candidates: tuple[Candidate, ...]
    remaining: Remaining


class _UnclearError(Exception):
    """The claim is not clear."""


def decide_clear(
    unit: Unit, facts: Facts, near: Sequence[Authorization], usage: Usage, terms: Terms
) -> tuple[Unit, tuple[Row, ...]] | None:
    """The claim with its numbers in it, and its rows; None, and nothing is done, where it is not clear.

    `terms` ask no rules. What the claim uses is taken from `usage`.
    """
    if usage.knows(facts.claim.id) or _says_more(facts.claim, near):
        return None
    try:
        offered = _offered(facts.claim, near)
        if not offered:
            return unit, (unknown(facts.claim),)
        claim = facts.whole(billing_of(unit))
        if claim is None:
            return None
        taking = Taking(usage, claim)
        fits = [_fit(claim, line, offered, taking, terms) for line in claim.lines]
        if not any(fits):
            return unit, (unknown(claim),)
        rows = _rows(claim, fits)
        raw = with_numbers(unit, facts, {row.line: row.authorization for row in rows if row.written})
    except (_UnclearError, RecordError):
        return None
    taking.commit()
    return changed(unit, loop=unit.loop.rewritten(raw)), rows


def _says_more(claim: Claim, near: Sequence[Authorization]) -> bool:
    """Whether a claim carries what is to be judged too: a number, the reason why there is none, another payer's number."""
    if claim.authorizations or claim.exception or any(line.authorizations or line.referrals for line in claim.lines):
        return True
    if not near or not (claim.referral or claim.other_payers):
        return False
    if any(other.authorization or other.referral for other in claim.other_payers):
        return True
    payers = [Party(id=other.id, name=other.name) for other in claim.other_payers]
    held = claim.referral.strip()
    if held and held in {offer.number for one in near for offer in offers(one)}:
        return True
    return any(same_payer(one.payer, payer) for one in near for payer in payers)


def _offered(claim: Claim, near: Sequence[Authorization]) -> list[Offer]:
    """What is offered to the claim's patient."""
    found: list[Offer] = []
    for authorization in near:
        if authorization.kind == REFERRAL:
            raise _UnclearError
        if same_patient(authorization, claim):
            found += offers(authorization)
        elif resemblance(authorization, claim):
            raise _UnclearError
    return found


def _fit(claim: Claim, line: ClaimLine, offered: Sequence[Offer], taking: Taking, terms: Terms) -> _Fit | None:
    """The one service that a line fits; None where none is near. What it uses is taken."""
    close = [offer for offer in offered if not _is_far(line, offer)]
    if not terms.brief and len({offer.label for offer in close}) < len({offer.label for offer in offered}):
        raise _UnclearError  # that it is far, and why, is to be told
    if not close:
        return None
    if len(close) > 1:
        raise _UnclearError
    offer = close[0]
    evidence = compare(Subject(claim=claim, line=line), offer)
    if not evidence.fits or evidence.verdict is not Verdict.LINKED or evidence.rate != 1:
        raise _UnclearError
    room = taking.ask(offer, line)
    if not room.full:
        raise _UnclearError
    taking.grant(room)
    told = candidates((evidence,), {0: room}, ())
    return _Fit(offer, sentence(evidence), told, remaining_of(line, offer, taking))


def _is_far(line: ClaimLine, offer: Offer) -> bool:
    """Whether an offer cannot be meant, whatever else it says: it is certified for quite another procedure."""
    service = offer.service
    if service.procedure is None or Decision.CANCELLED in (service.decision, offer.authorization.decision):
        raise _UnclearError
    return line.procedure is not None and is_far(service.procedure, line.procedure, decided=service.decision in POSITIVE)


def _rows(claim: Claim, fits: Sequence[_Fit | None]) -> tuple[Row, ...]:
    """The rows, as `placement` tells them: one number for all lines goes on the claim, else each on its line."""
    numbers = {fit.offer.number for fit in fits if fit is not None}
    if len(numbers) > 1 or None in fits:
        return tuple([_row(claim, line, [fit] if fit else ()) for line, fit in zip(claim.lines, fits, strict=True)])
    return (_row(claim, None, [fit for fit in fits if fit is not None]),)


def _row(claim: Claim, line: ClaimLine | None, fits: Sequence[_Fit]) -> Row:
    """What is told of a line, or (None) of all that fit, which is told once."""
    first = fits[0] if fits else None
    return Row(
        claim=claim.id,
        transaction=claim.transaction,
        payer=claim.payer.id.strip() or claim.payer.name,
        line=line.number if line is not None else None,
        verdict=Verdict.LINKED if first else Verdict.REQUIREMENT_UNKNOWN,
        written=first is not None,
        authorization=first.offer.number if first else "",
        key=first.offer.authorization.key if first else "",
        placement=(LINE if line is not None else CLAIM) if first else "",
        reasons=tuple(dict.fromkeys(fit.reason for fit in fits)) if first else (NOTHING_KNOWN,),
        candidates=tuple({each.authorization: each for fit in reversed(fits) for each in fit.candidates}.values()),
        remaining=least([fit.remaining for fit in fits]),
        amount=claim.charge if line is None else line.charge,
        offset=claim.offset,
    )
