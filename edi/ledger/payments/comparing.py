"""Payments compared with the claims that they may answer, and those with the authorizations that are near: nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.frozen import changed
from edi.ledger.candidates import Finder
from edi.ledger.payments.denying import denies, lines_denied, ordinals
from edi.ledger.payments.earlier import Sequel
from edi.ledger.payments.matched import Judged, Unmatched
from edi.ledger.payments.sent import SentClaims
from edi.ledger.questions import chunks
from edi.ledger.reading import read_as, reader
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow, PaymentRow
from edi.linkage.denials.denial import Finding, PaymentMatch, asks, findings, match_payment
from edi.linkage.identity import NO_ALIASES
from edi.linkage.terms import PayerRules
from edi.linkage.usage import Usage
from edi.records.claim import Claim
from edi.records.parties import NOBODY
from edi.records.remittance import Payment

_SET: Final = 500
_CLAIMS: Final = select(col(ClaimRow.id), col(ClaimRow.record)).where(one_of(col(ClaimRow.id), "ids"))
_PAYMENTS: Final = select(col(PaymentRow.id), col(PaymentRow.record)).where(one_of(col(PaymentRow.id), "ids"))


def compared(
    session: Session,
    payments: Sequence[tuple[int, Payment]],
    pairs: Mapping[int, int],
    interchange: int | None,
    required: PayerRules | None,
) -> list[Judged]:
    """Payments, by their ids, of one interchange; `pairs` has the claims of those of which it is known that no other is meant."""
    claims = _claims(session, pairs.values())
    sent = SentClaims(session, [payment for id, payment in payments if id not in pairs], interchange=interchange)
    payers = required.matching.payers if required else NO_ALIASES
    matches: list[tuple[PaymentMatch, int | None]] = []
    for id, payment in payments:
        possible = [(pairs[id], claims[pairs[id]])] if id in pairs else sent.of(payment)
        match = match_payment(payment, [claim for _, claim in possible], payers=payers, payer_claims=sent.payer_claims)
        meant = next((claim_id for claim_id, claim in possible if claim is match.claim), None)
        matches.append((match, meant))
    find = Finder(session, reserved=False, denied=True)
    asking = [
        (match.claim, claim_id)
        for (_, payment), (match, claim_id) in zip(payments, matches, strict=True)
        if match.claim is not None and claim_id is not None and asks(payment)
    ]
    found = dict(zip((id for _, id in asking), find([claim for claim, _ in asking]) if asking else (), strict=True))
    order = Sequel(session, find.usage, list(found))
    told = []
    for (id, payment), (match, claim_id) in zip(payments, matches, strict=True):
        candidates, usage = found.get(claim_id, []) if claim_id is not None else [], Usage()
        if match.claim is not None and claim_id in found:
            usage = order.when_sent(match.claim, claim_id, candidates, find.usage)
        what = findings(payment, match.claim, candidates, usage, match=match, payers=payers, required=required)
        told.append(_judged(id, payment, match, claim_id, what))
    return told


def _judged(id: int, payment: Payment, match: PaymentMatch, claim_id: int | None, found: tuple[Finding, ...]) -> Judged:
    denied, others = lines_denied(payment, match.claim) if match.claim is not None else ((), ())
    return Judged(
        id=id,
        payment=changed(payment, lines=(), adjustments=(), patient=NOBODY, insured=None, corrected=None, other_subscriber=None),
        claim_id=claim_id if match.sure else None,
        sent=match.claim.id if match.claim is not None else "",
        payer_id=payment.payer.id or (match.claim.payer.id if match.claim is not None else ""),
        findings=found,
        denied=denies(payment, found),
        denied_lines=ordinals(denied),
        other_lines=ordinals(others),
        unmatched=Unmatched(payment, match) if match.claim is None else None,
    )


def _claims(session: Session, claims: Iterable[int]) -> dict[int, Claim]:
    read = reader(session, Claim)
    found: dict[int, Claim] = {}
    for ids in chunks(sorted(claims), _SET):
        found.update((id, read(id, record)) for id, record in ask(session, _CLAIMS, ids=ids))
    return found


def payments_of(session: Session, payments: Sequence[int]) -> list[tuple[int, Payment]]:
    """Payments by their ids, each with it."""
    read = read_as(Payment)
    found: dict[int, str] = {}
    for ids in chunks(payments, _SET):
        found.update((id, record) for id, record in ask(session, _PAYMENTS, ids=ids))
    return [(id, read(found[id])) for id in payments]
