"""What a claim's appeal is made of: the payer's answer, what speaks against it, and the authorizations with all that happened."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlmodel import Session

from edi.ledger.candidates import Finder
from edi.ledger.corrections.answered import claims_called, claims_kept, claims_of_work, unknown
from edi.ledger.lives import AuthorizationLife, decisions, lives
from edi.linkage.denials.appeal import Appeal, appeal
from edi.linkage.denials.correction import CorrectionPlan
from edi.linkage.one_by_one import decide_one
from edi.linkage.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealPacket:
    """An appeal with what is enclosed; or why there is none."""

    claim: str
    """CLM01."""
    appeal: Appeal | None = None
    refusal: CorrectionPlan | None = None
    lives: tuple[AuthorizationLife, ...] = ()
    """The authorizations that speak for it."""
    decisions: tuple[bytes, ...] = field(default=(), repr=False)
    """The transactions that decided them, as they came (see `edi.records.copies`)."""
    text: bytes | None = field(default=None, repr=False)
    """The claim's bytes as it was sent, behind its envelope's beginning (see `edi.records.single`)."""


def packet(session: Session, name: str, terms: Terms) -> AppealPacket:
    """What there is for an appeal of a claim (CLM01, or the payer's number)."""
    (name,) = claims_of_work(session, [name])
    kept = claims_kept(session, claims_called(session, [name])).get(name)
    if kept is None:
        return AppealPacket(claim=name, refusal=unknown(session, name))
    claim = kept.history.claim
    name = claim.id
    find = Finder(session, linking=True)
    (near,) = find([claim])
    rows, _ = decide_one(claim, near, find.usage, terms)
    found = appeal(kept.history, rows)
    if isinstance(found, CorrectionPlan):
        return AppealPacket(claim=name, refusal=found)
    keys = {authorization.key for authorization in near}
    known = [life for number in found.authorizations for life in lives(session, number) if life.held.key in keys]
    copies = dict.fromkeys(copy for life in known for copy in decisions(session, life))
    return AppealPacket(claim=name, appeal=found, lives=tuple(known), decisions=tuple(copies), text=kept.text)
