"""Claims that were sent, and what became of them: their payers' answers, what they deny, what was sent in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session, col

from edi.ledger.accepting import last_words
from edi.ledger.corrections.billed import YEAR, SentBill, meant, told_apart
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.sendings import sendings
from edi.ledger.storing import claim_key
from edi.ledger.tables import REPLACING, ClaimRow, ClaimTextRow, FindingRow, PaymentRow, RemittanceRow, WorkRow
from edi.ledger.work.worklist import item_named
from edi.linkage.denials.acceptance import REJECTED
from edi.linkage.denials.correction import ClaimHistory, ClaimRejection, CorrectionPlan, PayerAnswer, Refusal, refused, same_claim
from edi.linkage.denials.denial import Finding
from edi.linkage.identity import may_be_same_patient
from edi.linkage.joining import folded
from edi.records.claim import Claim
from edi.records.remittance import Payment


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """What the ledger knows of a claim: its history, and its bytes as it was last sent, where they were kept."""

    history: ClaimHistory
    text: bytes | None


def claims_kept(
    session: Session, called: Mapping[str, str], given: Mapping[str, Claim] = MappingProxyType({})
) -> dict[str, KeptClaim]:
    """What the ledger knows of claims, by what they are called (`claims_called`).

    Of several bills under one CLM01 that which is meant (see `billed.meant`); `given` are claims in their place, by CLM01.
    """
    known: dict[str, list[SentBill]] = {}
    for one in _sent(session, list(called.values())):
        known.setdefault(one.claim.id, []).append(one)
    mine = {claim: [one for one in found if same_claim(found[-1].claim, one.claim)] for claim, found in known.items()}
    answers = _answers(session, [one.id for found in mine.values() for one in found])
    numbers = {id: frozenset(a.payment.payer_claim for a in some) - {""} for id, some in answers.items()}
    replacing = _replacing(session, sorted(frozenset().union(*numbers.values())))
    bills = {
        claim: told_apart(replace(one, numbers=numbers.get(one.id, frozenset())) for one in found)
        for claim, found in mine.items()
    }
    last = [bill[-1].sending for found in bills.values() for bill in found]
    texts, words = _texts(session, [one.id for one in last]), last_words(session, last)

    def history(bill: Sequence[SentBill]) -> ClaimHistory:
        claim, own = bill[-1].claim, [answer for one in bill for answer in answers.get(one.id, ())]
        own.sort(key=lambda answer: answer.day or date.min)
        others = [other for a in own for other in replacing.get(a.payment.payer_claim, ()) if other.id != claim.id]
        others = [other for other in others if same_claim(claim, other)]  # payers' numbers are unique with each payer alone
        return ClaimHistory(
            claim=claim,
            sent=bill[-1].day,
            answers=tuple(own),
            rejected=_rejection(words.get(bill[-1].id)),
            again=len(bill) > 1,
            replaced_by=others[-1] if others else None,
            shared=_is_shared(bill[-1], known[claim.id]),
        )

    kept = {}
    for name, claim in called.items():
        number = name if name != claim else ""
        found = bills.get(claim, ())
        if any(not number or number in one.numbers for bill in found for one in bill):  # else it is another patient's number
            bill, told = meant(found, [history(one) for one in found], number, given.get(claim))
            kept[name] = KeptClaim(told, texts.get(bill[-1].id))
    return kept


def claims_called(session: Session, names: Sequence[str]) -> dict[str, str]:
    """The CLM01 of each name: it, else that of the only claim to which a payer gave it as its number (CLP07)."""
    own: set[str] = set()
    for chunk in chunks(sorted(set(names)), NAMES):
        own.update(session.execute(select(col(ClaimRow.claim)).where(col(ClaimRow.claim).in_(chunk))).scalars())
    known = select(col(PaymentRow.payer_claim), col(ClaimRow.claim)).join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id))
    found: dict[str, set[str]] = {}
    for chunk in chunks(sorted(set(names) - own), NAMES):
        for number, claim in session.execute(known.where(col(PaymentRow.payer_claim).in_(chunk))):
            found.setdefault(number, set()).add(claim)
    only = {number: min(claims) for number, claims in found.items() if len(claims) == 1}  # two payers may give one number
    return {name: only.get(name, name) for name in names}


def claims_of_work(session: Session, names: Sequence[str]) -> list[str]:
    """The same names, but of an item of the worklist (W12) the claim that it is about, where no claim is called so."""
    items = {name: item[1] for name in names if (item := item_named(name)) and item[0] == "W"}
    if not items:
        return list(names)
    known = claims_kept(session, claims_called(session, list(items)))
    work = select(col(WorkRow.id), col(WorkRow.claim)).where(col(WorkRow.authorization_id).is_(None), col(WorkRow.claim) != "")
    claims: dict[int, str] = {}
    for ids in chunks(sorted(items.values()), NAMES):
        claims.update((id, claim) for id, claim in session.execute(work.where(col(WorkRow.id).in_(ids))))
    return [name if name not in items or name in known else claims.get(items[name], name) for name in names]


def unknown(session: Session, name: str) -> CorrectionPlan:
    """Why nothing is done about a name that no claim has; a claim that has it but for case and punctuation is told."""
    query = select(col(ClaimRow.claim)).where(col(ClaimRow.claim_key) == claim_key(name)).distinct()
    alike = sorted(claim for claim in session.execute(query).scalars() if folded(claim) == folded(name))
    perhaps = f" Did you mean {' or '.join(alike)}?" if alike else ""
    return refused(Refusal.UNKNOWN, f"No claim with this number was sent, as far as the ledger knows.{perhaps}")


def _rejection(said: Any) -> ClaimRejection | None:
    if said is None or said.result != REJECTED:
        return None
    return ClaimRejection(source=said.source, codes=tuple(said.codes.split()), of_claim=bool(said.claim))


def _sent(session: Session, names: Sequence[str]) -> list[SentBill]:
    """Every sending of claims with these numbers, in the order in which they were sent."""
    read = read_as(Claim)
    records: dict[int, Claim] = {}
    for chunk in chunks(sorted(set(names)), NAMES):
        rows = session.execute(select(col(ClaimRow.id), col(ClaimRow.record)).where(col(ClaimRow.claim).in_(chunk)))
        records.update((id, read(record)) for id, record in rows)
    return [SentBill(one, records[id]) for id, one in sendings(session, records).items() if id in records]


def _is_shared(last: SentBill, found: Iterable[SentBill]) -> bool:
    """Whether another patient's claim was sent under its number within a year of it: later, a number is used again."""
    near = [one for one in found if one.day is None or last.day is None or abs((one.day - last.day).days) <= YEAR]
    payer = last.claim.payer.id.strip()
    return any(one.claim.payer.id.strip() == payer and not may_be_same_patient(last.claim, one.claim) for one in near)


def _answers(session: Session, claims: Sequence[int]) -> Mapping[int, list[PayerAnswer]]:
    """The answers to sendings, by their ids, in the order of the payers' days."""
    findings = _findings(session, claims)
    read = read_as(Payment)
    found: dict[int, list[PayerAnswer]] = {}
    for chunk in chunks(claims, NAMES):
        query = (
            select(col(PaymentRow.id), col(PaymentRow.claim_id), col(PaymentRow.record))
            .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
            .where(col(PaymentRow.claim_id).in_(chunk))
            .order_by(col(RemittanceRow.produced_on), col(PaymentRow.id))
        )
        for row in session.execute(query):
            found.setdefault(row.claim_id, []).append(PayerAnswer(read(row.record), tuple(findings.get(row.id, ()))))
    return found


def _findings(session: Session, claims: Sequence[int]) -> Mapping[int, list[Finding]]:
    """What payments for claims deny or cut, by the payments' ids."""
    read = read_as(Finding)
    found: dict[int, list[Finding]] = {}
    for chunk in chunks(claims, NAMES):
        query = (
            select(col(FindingRow.payment_id), col(FindingRow.record))
            .join(PaymentRow, col(PaymentRow.id) == col(FindingRow.payment_id))
            .where(col(PaymentRow.claim_id).in_(chunk))
            .order_by(col(FindingRow.payment_id), col(FindingRow.position))
        )
        for payment, record in session.execute(query):
            found.setdefault(payment, []).append(read(record))
    return found


def _replacing(session: Session, numbers: Sequence[str]) -> Mapping[str, list[Claim]]:
    """The claims that were sent to replace or void those of payers' claim numbers."""
    read = read_as(Claim)
    found: dict[str, list[Claim]] = {}
    for chunk in chunks(numbers, NAMES):
        of = col(ClaimRow.original).in_(chunk), text(f"claims.{REPLACING}")
        query = select(col(ClaimRow.record)).where(*of).order_by(col(ClaimRow.id))
        for record in session.execute(query).scalars():
            claim = read(record)
            found.setdefault(claim.original, []).append(claim)
    return found


def _texts(session: Session, claims: Iterable[int]) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    for chunk in chunks(list(claims), NAMES):
        query = select(col(ClaimTextRow.claim_id), col(ClaimTextRow.text)).where(col(ClaimTextRow.claim_id).in_(chunk))
        found.update((id, text) for id, text in session.execute(query))
    return found
