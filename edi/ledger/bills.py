"""The bills that were sent under claims' numbers (CLM01), and what their payers called them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select, text, union
from sqlmodel import Session, col

from edi.ledger.answer_tables import ClaimAnswerRow
from edi.ledger.questions import NAMES, chunks
from edi.ledger.sendings import sendings
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import REPLACING, ClaimRow, PaymentRow
from edi.linkage.replacing import Bill
from edi.linkage.usage import REPLACEMENT
from edi.records.claim import AGAIN
from edi.records.services import Period

_BILLS: Final = select(col(ClaimRow.id), col(ClaimRow.frequency), col(ClaimRow.original)).where(
    one_of(col(ClaimRow.claim), "claims")
)
_NUMBERS: Final = union(
    select(col(PaymentRow.claim_id), col(PaymentRow.payer_claim)).where(one_of(col(PaymentRow.claim_id), "ids")),
    select(col(ClaimAnswerRow.claim_id), col(ClaimAnswerRow.payer_claim)).where(one_of(col(ClaimAnswerRow.claim_id), "ids")),
)

_NAMING: Final = select(col(ClaimRow.id), col(ClaimRow.claim), col(ClaimRow.original)).where(
    text(f"claims.{REPLACING}"), one_of(col(ClaimRow.original), "numbers"), col(ClaimRow.frequency) == REPLACEMENT
)
_CALLED: Final = select(col(ClaimRow.id), col(ClaimRow.claim)).where(one_of(col(ClaimRow.id), "ids"))


def bills(session: Session, claims: Collection[str]) -> dict[str, list[Bill]]:
    """By CLM01 what was sent under it, in the order in which it was sent."""
    rows = [row for names in chunks(sorted(claims), NAMES) for row in ask(session, _BILLS, claims=names)]
    numbers: dict[int, set[str]] = {}
    for ids in chunks([row.id for row in rows], NAMES):
        for id, number in ask(session, _NUMBERS, ids=ids):
            numbers.setdefault(id, set()).add(number)
    known = {row.id: row for row in rows}
    found: dict[str, list[Bill]] = {}
    for one in sendings(session, known).values():
        row = known[one.id]
        period = Period(start=one.start, end=one.end) if one.start and one.end else None
        given = frozenset(numbers.get(one.id, ())) - {""}
        found.setdefault(one.claim, []).append(Bill(period, row.frequency, row.original, given))
    return found


def naming(session: Session, numbers: Mapping[str, int]) -> list[int]:
    """The replacements that name payers' claim numbers, and take the place of something else where it is known whose these are.

    `numbers` has a claim of each. A replacement of the only bill under its CLM01 takes the place of that, whatever it names.
    """
    rows = [row for some in chunks(sorted(numbers), NAMES) for row in ask(session, _NAMING, numbers=some)]
    if not rows:
        return []
    sent = bills(session, {row.claim for row in rows})
    several = {name for name, mine in sent.items() if len({bill[:2] for bill in mine if bill.frequency not in AGAIN}) > 1}
    ids = sorted({numbers[row.original] for row in rows})
    called = {id: name for some in chunks(ids, NAMES) for id, name in ask(session, _CALLED, ids=some)}
    return [row.id for row in rows if row.claim in several or called.get(numbers[row.original], row.claim) != row.claim]
