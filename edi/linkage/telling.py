"""What is told of evidence: a sentence for each authorization that was looked at, and all that speaks for and against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from edi.linkage.evidence import Evidence, Stage
from edi.linkage.offers import REFERRAL, Offer
from edi.linkage.usage import Room
from edi.linkage.verdict import Candidate, Verdict
from edi.records.authorization import Authorization, Decision

T = TypeVar("T")
_AUTHORIZATION: Final = "Authorization"


def sentence(evidence: Evidence) -> str:
    """What an authorization says about a claim, and for a decision when it was made."""
    when = decided_on(evidence.offer) if evidence.stage is Stage.DECISION else ""
    perhaps = f" It may be the same patient: {evidence.perhaps}." if evidence.perhaps else ""
    return spoken(evidence.offer, f"{evidence.why}{when}", perhaps)


def decided_on(offer: Offer) -> str:
    """When a decision was made: ", answered 2026-03-01"."""
    issued, asked = offer.authorization.issued, offer.service.decision is Decision.UNANSWERED
    return f", {'asked' if asked else 'answered'} {issued}" if issued else ""


def spoken(offer: Offer, why: str, more: str = "") -> str:
    """What an offer says about a claim, as a sentence; `more` sentences stand behind it."""
    label = offer.label + _channel(offer.authorization)
    what = "Referral" if offer.authorization.kind == REFERRAL else _AUTHORIZATION
    subject = f"{what} {label}" if label else f"{what} without a number"
    doubt = f" {offer.service.doubt}" if offer.service.doubt else ""
    return f"{subject}: {why}.{more}{doubt}"


def authorized(number: str, why: str) -> str:
    """The same of an authorization that came as a 278, and of which nothing is unclear."""
    return f"{_AUTHORIZATION} {number}: {why}."


def _channel(authorization: Authorization) -> str:
    """How an authorization came that did not come as a 278: " (by phone, call 4711)"."""
    if authorization.source == "278":
        return ""
    return f" (by {authorization.source}{', reference ' if authorization.call_reference else ''}{authorization.call_reference})"


def candidates(
    evidence: Sequence[Evidence], rooms: Mapping[int, Room], perhaps: Sequence[Evidence], *, brief: bool = False
) -> tuple[Candidate, ...]:
    """One for each authorization that was looked at, by its best service; `perhaps` are those of who may be another patient.

    `brief`: only of what fits, units left aside.
    """
    best: dict[str, tuple[int, Candidate]] = {}
    for n, e in [(n, evidence[n]) for n in rooms] if brief else enumerate((*evidence, *perhaps)):
        fits = n in rooms and (rooms[n].full or e.verdict is Verdict.UNITS_SHORT)
        known = best.get(e.offer.label)
        if known is None or known[0] < e.stage:
            why = f"may be the same patient: {e.perhaps}; {e.why}" if e.perhaps else e.why
            told = Candidate(e.offer.label, fits, _same(why), _same(e.speaks_for), _same(e.speaks_against))
            best[e.offer.label] = e.stage, told
    return tuple(candidate for _, candidate in best.values())


@lru_cache(maxsize=8192)
def _same(said: T) -> T:
    """What was said before in the same words: rows are kept by the hundred thousand, and most of them say the same."""
    return said
