"""Claims that were sent, and what became of them: their payers' answers, what they deny, what was sent in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.accepting import last_words
from edi.ledger.questions import NAMES, chunks
from edi.ledger.reading import read_as
from edi.ledger.sendings import Sending, sendings
from edi.ledger.tables import ClaimRow, ClaimTextRow, FindingRow, PaymentRow, RemittanceRow
from edi.linkage.denials.acceptance import REJECTED
from edi.linkage.denials.correction import Answer, History, Rejection, same_claim, same_patient
from edi.linkage.denials.denial import Finding
from edi.records.claim import Claim
from edi.records.remittance import Payment

_YEAR: Final = 366


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger knows of a claim: its history, and its bytes as it was last sent, where they were kept."""

    history: History
    text: bytes | None


def claims_kept(session: Session, names: Sequence[str]) -> dict[str, Kept]:
    """What the ledger knows of claims, by CLM01."""
    known: dict[str, list[_Sent]] = {}
    for one in _sent(session, names):
        known.setdefault(one.claim.id, []).append(one)
    mine = {name: _of_the_last(found) for name, found in known.items()}
    answers = _answers(session, [one.id for found in mine.values() for one in found])
    numbers = {a.payment.payer_claim for given in answers.values() for a in given} - {""}
    replacing = _replacing(session, sorted(numbers))
    last = [found[-1].sending for found in mine.values()]
    texts, words = _texts(session, [one.id for one in last]), last_words(session, last)
    kept = {}
    for name, found in mine.items():
        own = [answer for one in found for answer in answers.get(one.id, ())]
        own.sort(key=lambda answer: answer.day or date.min)
        claim, id = found[-1].claim, found[-1].id
        others = [other for a in own for other in replacing.get(a.payment.payer_claim, ()) if other.id != name]
        others = [other for other in others if same_claim(claim, other)]  # payers' numbers are unique with each payer alone
        history = History(
            claim=claim,
            sent=found[-1].day,
            answers=tuple(own),
            rejected=_rejection(words.get(id)),
            again=len(found) > 1,
            replaced_by=others[-1] if others else None,
            shared=_is_shared(found[-1], known[name]),
        )
        kept[name] = Kept(history, texts.get(id))
    return kept


def _rejection(said: Any) -> Rejection | None:
    if said is None or said.result != REJECTED:
        return None
    return Rejection(source=said.source, codes=tuple(said.codes.split()), of_claim=bool(said.claim))


@dataclass(frozen=True, slots=True)
class _Sent:
    sending: Sending
    claim: Claim

    @property
    def id(self) -> int:
        return self.sending.id

    @property
    def day(self) -> date | None:
        return self.sending.sent.date() if self.sending.sent else None


def _sent(session: Session, names: Sequence[str]) -> list[_Sent]:
    """Every sending of claims with these numbers, in the order in which they were sent."""
    read = read_as(Claim)
    records: dict[int, Claim] = {}
    for chunk in chunks(sorted(set(names)), NAMES):
        rows = session.execute(select(col(ClaimRow.id), col(ClaimRow.record)).where(col(ClaimRow.claim).in_(chunk)))
        records.update((id, read(record)) for id, record in rows)
    return [_Sent(one, records[id]) for id, one in sendings(session, records).items() if id in records]


def _of_the_last(found: Sequence[_Sent]) -> list[_Sent]:
    """Of all that was sent under one number what was of the same claim as the last: numbers are used again."""
    last = found[-1].claim
    return [o for o in found if same_claim(last, o.claim) and (last.original or o.claim.period == last.period)] or [found[-1]]


def _is_shared(last: _Sent, found: Iterable[_Sent]) -> bool:
    """Whether another patient's claim was sent under its number within a year of it: later, a number is used again."""
    near = [one for one in found if one.day is None or last.day is None or abs((one.day - last.day).days) <= _YEAR]
    payer = last.claim.payer.id.strip()
    return any(one.claim.payer.id.strip() == payer and not same_patient(last.claim, one.claim) for one in near)


def _answers(session: Session, claims: Sequence[int]) -> Mapping[int, list[Answer]]:
    """The answers to sendings, by their ids, in the order of the payers' days."""
    findings = _findings(session, claims)
    read = read_as(Payment)
    found: dict[int, list[Answer]] = {}
    for chunk in chunks(claims, NAMES):
        query = (
            select(col(PaymentRow.id), col(PaymentRow.claim_id), col(PaymentRow.record))
            .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
            .where(col(PaymentRow.claim_id).in_(chunk))
            .order_by(col(RemittanceRow.produced_on), col(PaymentRow.id))
        )
        for row in session.execute(query):
            found.setdefault(row.claim_id, []).append(Answer(read(row.record), tuple(findings.get(row.id, ()))))
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
        query = select(col(ClaimRow.record)).where(col(ClaimRow.original).in_(chunk)).order_by(col(ClaimRow.id))
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
