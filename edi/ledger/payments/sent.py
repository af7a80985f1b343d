"""The sent claims that a batch of payments may answer, by one query, and which of them each payment is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import or_, select, union
from sqlmodel import Session, col

from edi.ledger import questions
from edi.ledger.answer_tables import ClaimAnswerRow
from edi.ledger.questions import chunks
from edi.ledger.reading import reader
from edi.ledger.storing import SHORTEST, claim_key, numbers_of
from edi.ledger.tables import ClaimRow, LineRow, NumberRow, PaymentRow, RemittanceRow
from edi.linkage.denials.nearby import KEY, LINE, MEMBER, NUMBER, Name, Nearby
from edi.linkage.denials.pairing import LENGTHENED
from edi.linkage.joining import folded
from edi.records.claim import Claim
from edi.records.remittance import Payment

_NUMBERS: Final = frozenset({"G1", "BB", "9F"})
_ORIGINAL: Final = "F8"
_LEAST: Final = 6
"""A claim number shorter than this is not looked for at the beginning of a longer one."""
_ORDINAL: Final = 4
"""A line control number no longer than this is the line's ordinal, or one of few: by it half of all claims would be found."""


class SentClaims:
    """The claims that payments may answer, as they were sent, oldest first; and the CLM01s of payers' claim numbers.

    What payers' numbers mean is learnt from what other interchanges told for certain, not from the payments' own (`interchange`):
    else the second asking would know more than the first.
    """

    def __init__(self, session: Session, payments: Sequence[Payment], *, interchange: int | None = None) -> None:
        self.payer_claims = _payer_claims(session, payments, interchange)
        self._nearby = Nearby()
        names = {name for payment in payments for name in self._called(payment)}
        read = reader(session, Claim)
        found: dict[int, str] = {}
        for chunk in chunks(sorted(names), questions.NAMES):
            found.update((id, record) for id, record in session.execute(_near(chunk, payments)))
        for id, record in sorted(found.items()):
            claim = read(id, record)
            self._nearby.add(id, claim, _names(claim) & names)

    def of(self, payment: Payment) -> list[tuple[int, Claim]]:
        """The claims that a payment may answer, with their ids."""
        return self._nearby.of(payment, self._called(payment))

    def _called(self, payment: Payment) -> set[Name]:
        """What the claim that a payment answers may be found by."""
        known = (self.payer_claims.get(number) for number in _payer_numbers(payment))
        keys = {claim_key(claim) for claim in (payment.claim, *known) if claim}
        # A payer may have added something: what we sent is then the beginning of what came back.
        keys.update(key[:length] for key in list(keys) for length in range(_LEAST, SHORTEST))
        references = (*payment.references, *(r for line in payment.lines for r in line.references))
        people = (payment.patient, *((payment.insured,) if payment.insured else ()))
        members = {folded(person.member_id) for person in people} - {""}
        if not members:
            # What was put before our number hides it; a claim of a known member is found by its dates all the same.
            keys.update(claim_key(payment.claim[cut:]) for cut in range(1, len(payment.claim) - _LEAST + 1))
        members.update(member[:-cut] for member in list(members) for cut in range(1, LENGTHENED + 1) if member[-cut:].isdigit())
        return {
            *((KEY, key) for key in keys if key),
            *((LINE, line.control_number) for line in payment.lines if len(line.control_number) > _ORDINAL),
            *((NUMBER, folded(r.value)) for r in references if r.qualifier in _NUMBERS and folded(r.value)),
            *((MEMBER, member) for member in members if member),
        }


def _names(claim: Claim) -> set[Name]:
    """What a claim can be found by."""
    return {
        (KEY, claim_key(claim.id)),
        (MEMBER, folded(claim.subscriber.member_id)),
        *((LINE, line.control_number) for line in claim.lines),
        *((NUMBER, folded(value)) for _, value in numbers_of(claim)),
    }


def _near(names: Iterable[Name], payments: Iterable[Payment]) -> Any:
    wanted: dict[str, list[str]] = {KEY: [], LINE: [], NUMBER: [], MEMBER: []}
    for kind, name in names:
        wanted[kind].append(name)
    ids = union(
        select(col(ClaimRow.id)).where(col(ClaimRow.claim_key).in_(wanted[KEY])),
        select(col(ClaimRow.id)).where(col(ClaimRow.member_key).in_(wanted[MEMBER]), *_at_the_time(payments)),
        select(col(LineRow.claim_id)).where(col(LineRow.control_number).in_(wanted[LINE])),
        select(col(NumberRow.claim_id)).where(col(NumberRow.folded).in_(wanted[NUMBER])),
    )
    return select(col(ClaimRow.id), col(ClaimRow.record)).where(col(ClaimRow.id).in_(ids)).order_by(col(ClaimRow.id))


def _at_the_time(payments: Iterable[Payment]) -> list[Any]:
    """Of a patient's claims only those of the dates that the payments speak of: a long therapy has hundreds."""
    periods = [period for payment in payments for period in (payment.period, *(line.period for line in payment.lines)) if period]
    if not periods:
        return []
    start, end = col(ClaimRow.period_start), col(ClaimRow.period_end)
    return [
        or_(start.is_(None), start <= max(period.end for period in periods)),
        or_(end.is_(None), end >= min(period.start for period in periods)),
    ]


def _payer_numbers(payment: Payment) -> set[str]:
    return {payment.payer_claim, *(r.value for r in payment.references if r.qualifier == _ORIGINAL)} - {""}


def _payer_claims(session: Session, payments: Iterable[Payment], interchange: int | None) -> dict[str, str]:
    """The CLM01 behind each payer's claim number that payments name, as other interchanges and acknowledgments told it.

    A number of which two things were told says nothing.
    """
    numbers = {number for payment in payments for number in _payer_numbers(payment)}
    if not numbers:
        return {}
    remitted = (
        select(col(PaymentRow.payer_claim), col(ClaimRow.claim))
        .join(ClaimRow, col(ClaimRow.id) == col(PaymentRow.claim_id))
        .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
        .where(col(PaymentRow.payer_claim).in_(numbers), col(RemittanceRow.interchange_id).is_distinct_from(interchange))
    )
    acknowledged = (
        select(col(ClaimAnswerRow.payer_claim), col(ClaimRow.claim))
        .join(ClaimRow, col(ClaimRow.id) == col(ClaimAnswerRow.claim_id))
        .where(col(ClaimAnswerRow.payer_claim).in_(numbers))
    )
    told: dict[str, set[str]] = {}
    for number, claim in (*session.execute(remitted), *session.execute(acknowledged)):
        told.setdefault(number, set()).add(claim)
    return {number: next(iter(claims)) for number, claims in told.items() if len(claims) == 1}
