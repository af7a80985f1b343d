"""Which payments of a claim stand, and which later one settled each of the others.

A payer that answers again settles its earlier answer. A reversal takes one answer back, as if it had never been: what that had
settled stands again, so that a denial whose correction is taken back is a denial again. Where it takes back less than was
charged, some lines as a rule, the answer stands: what that denies of the others is denied.

That a claim was decided before (a duplicate) is no answer: it settles nothing, and stands only where that decision is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.payments.answers import answers, asking, by_claim
from edi.ledger.payments.payers import by_payer
from edi.ledger.statements import ask, one_of
from edi.ledger.tables import ClaimRow, PaymentRow, RemittanceRow
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.verdict import money

_REPLACEMENT: Final = "7"
_SAID_BEFORE: Final = "It says that the claim was decided before: so it was, by remittance {}."
_ASKED: Final = asking(*map(col, (RemittanceRow.payer_id, RemittanceRow.payer_name, RemittanceRow.produced_on)))
_SENT: Final = select(col(ClaimRow.id)).where(one_of(col(ClaimRow.claim), "claims"))
_OF_CLAIMS: Final = (
    _ASKED.where(one_of(col(PaymentRow.claim), "claims")),
    _ASKED.where(col(PaymentRow.claim_id).in_(_SENT)),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The ids of payments that no later one settled, and for each other one, in words, what did."""

    ids: frozenset[int]
    settled: dict[int, str]
    claims: frozenset[str]
    """What these payments call their claims, and what they were sent as."""


def standing(session: Session, claims: Sequence[str]) -> Standing:
    """What stands of all payments of these claims (CLP01), and of those that they replace or that replace them (REF*F8)."""
    rows = answers(session, claims, lambda names: (row for of in _OF_CLAIMS for row in ask(session, of, claims=names)))
    ids: set[int] = set()
    settled: dict[int, str] = {}
    for of_one in (some for of_claim in by_claim(session, rows) for some in by_payer(of_claim)):
        by = _settled_by(_in_order(of_one))
        ids.update(row.id for row in of_one if row.id not in by)
        repeats = {row.id for row in of_one if _repeats(row)}
        settled.update((id, _SAID_BEFORE.format(later.trace) if id in repeats else _said(later)) for id, later in by.items())
    return Standing(frozenset(ids), settled, frozenset({row.claim for row in rows} | {row.sent for row in rows if row.sent}))


def standing_of(rows: Sequence[Any]) -> set[int]:
    """The ids of those of one payer's payments of a claim that no later one of them settled."""
    return {row.id for row in rows} - _settled_by(_in_order(rows)).keys()


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """As payers mean it, in whatever order they came: of one day the remittance that takes something back is the later one, and
    in a remittance the reversals come first, though not all payers write them so.
    """
    taking_back = {row.remittance_id for row in rows if row.status == REVERSAL}

    def order(row: Any) -> tuple[date, bool, str, int, bool, int]:
        back = row.remittance_id in taking_back
        return (row.produced_on or date.min, back, row.trace, row.remittance_id, row.status != REVERSAL, row.id)

    return sorted(rows, key=order)


def of_parts(rows: Sequence[Any]) -> set[int]:
    """The ids of those of one payer's reversals of a claim that take back a part of a payment, which stands without it."""
    return _undone_by(_in_order(rows))[1]


def _undone_by(rows: Sequence[Any]) -> tuple[dict[int, Any], set[int]]:
    """The reversal that took back each payment, of reversals themselves; and the ids of those that took back a part of one."""
    by = {row.id: row for row in rows if row.status == REVERSAL}
    parts: set[int] = set()
    for n, row in enumerate(rows):
        if row.status == REVERSAL:
            left = [one for one in rows[:n] if one.id not in by]
            same = [one for one in left if one.payer_claim == row.payer_claim] or left
            whole = [one for one in same if one.charge == _undone(row)] or same
            for one in whole[-1:]:
                if _is_of_a_part(row, one):
                    parts.add(row.id)
                else:
                    by[one.id] = row
    return by, parts


def _settled_by(rows: Sequence[Any]) -> dict[int, Any]:
    """The payment that settled each that does not stand. Of a reversal that is itself: it takes back, and says nothing."""
    by, _ = _undone_by(rows)
    told = [row for row in rows if row.id not in by]
    answers = [row for row in told if not _repeats(row)] or told[-1:]
    by.update((row.id, answers[-1]) for row in told if row not in answers)
    for n, row in enumerate(answers):
        by.update((row.id, later) for later in answers[n + 1 :][::-1] if _answers_again(later, row))
    return by


def _repeats(row: Any) -> bool:
    """Whether an answer says no more than that the claim was decided before."""
    return bool(row.repeats and not row.paid and row.status != REVERSAL)


def _undone(reversal: Any) -> Decimal:
    return -(reversal.charge or Decimal(0))


def _is_of_a_part(reversal: Any, row: Any) -> bool:
    """Whether a reversal is of less than was charged: the rest of the answer stands."""
    return Decimal(0) < _undone(reversal) < (row.charge or Decimal(0))


def _answers_again(later: Any, row: Any) -> bool:
    """Whether a payment is another answer to what an earlier one answered, in another remittance.

    That is one under the same payer's number, one to a replacement, and one that pays all of a claim that was not paid at all:
    who may send no replacement sends the claim anew. Two parts of one claim answer each its own; but one that pays what was
    not paid under that number, and is of as much, is no other part.
    """
    if later.remittance_id == row.remittance_id:
        return False
    pays = bool(later.paid) and not row.paid and bool(later.charge == row.charge)
    if pays and later.payer_claim and later.payer_claim == row.payer_claim:
        return True
    if _are_parts(later, row):
        return False
    replaces = later.sent_as == _REPLACEMENT and later.claim_id != row.claim_id
    return pays or replaces or later.payer_claim == row.payer_claim or later.frequency == _REPLACEMENT


def _are_parts(later: Any, row: Any) -> bool:
    """Whether two payments may be parts of one claim, for together they are no more than was billed."""
    return row.billed is not None and Decimal(0) < (row.charge or 0) + (later.charge or 0) <= row.billed


def _said(later: Any) -> str:
    """By what a payment was settled."""
    day = f" of {later.produced_on}" if later.produced_on else ""
    did = "takes the answer back" if later.status == REVERSAL else f"answers again, and pays {money(later.paid or Decimal(0))}"
    return f"Remittance {later.trace}{day}: for claim {later.claim} the payer {did}."
