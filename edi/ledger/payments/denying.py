"""What the payer denied, claims and lines, gives back what it used; when it is paid after all, it takes it again.

What tells is the payments that stand. A claim is denied where each of them denies every dollar, and together they are of the
whole charge, for a payer may answer a claim in parts; a line where each of them that answers it, and at least one, denies every
dollar of it and pays nothing. What is cut, taken off by contract, laid on the patient as a deductible or not decided yet is not
denied. A payment that is older than the claim as it was last sent is an answer to an earlier sending, and tells nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from edi.ledger.inserting import change
from edi.ledger.plenty import with_plenty
from edi.ledger.questions import NAMES, chunks
from edi.ledger.sendings import last_ones, sendings
from edi.ledger.statements import ask, one_of
from edi.ledger.storing import Writer, table_of
from edi.ledger.tables import ClaimRow, PaymentRow, RemittanceRow, UseRow
from edi.ledger.using import give_back, positions, use_near
from edi.linkage.denials.answered import answered
from edi.linkage.denials.denial import Finding, kind_of
from edi.linkage.denials.kinds import DUPLICATE
from edi.linkage.denials.pairing import REVERSAL
from edi.linkage.terms import PayerRules
from edi.linkage.usage import DENIED
from edi.records.claim import Claim
from edi.records.remittance import PaidLine, Payment

UNKNOWN_PATIENT: Final = "4"
"""CLP02 where nothing was processed."""
_NAMED: Final = select(col(PaymentRow.claim)).where(one_of(col(PaymentRow.claim_id), "claims"))
_TOLD: Final = (
    select(
        col(PaymentRow.id),
        col(PaymentRow.claim_id),
        col(PaymentRow.denied),
        col(PaymentRow.denied_lines),
        col(PaymentRow.other_lines),
        col(PaymentRow.charge),
        col(RemittanceRow.produced_on),
    )
    .join(RemittanceRow, col(RemittanceRow.id) == col(PaymentRow.remittance_id))
    .where(one_of(col(PaymentRow.claim_id), "claims"))
)
_USERS: Final = select(col(UseRow.claim)).where(one_of(col(UseRow.claim), "claims"))


def denies(payment: Payment, found: Iterable[Finding]) -> bool:
    """Whether a payment denies every dollar of its claim. A duplicate is no denial: the first one was decided."""
    if payment.status == REVERSAL or payment.paid or not payment.charge:
        return False
    if payment.status == UNKNOWN_PATIENT:
        return True
    amounts = [finding.amount for finding in found if finding.kind != DUPLICATE]
    return sum(amounts, Decimal(0)) >= payment.charge


def lines_denied(payment: Payment, claim: Claim) -> tuple[frozenset[int], frozenset[int]]:
    """The positions of a claim's lines that a payment denies, and of those that it answers otherwise.

    A line that the payer split is denied where each part is. A line whose place in the claim is not known tells nothing.
    """
    if payment.status == REVERSAL:
        return frozenset(), frozenset()
    denied, others = set[int](), set[int]()
    for line in payment.lines:
        position = answered(line, payment, claim)
        if position is not None:
            (denied if _denies_line(line, payment) else others).add(position)
    return frozenset(denied - others), frozenset(others)


def _denies_line(line: PaidLine, payment: Payment) -> bool:
    if line.paid or line.charge <= 0:
        return False
    remarks = line.remarks or payment.remarks
    amounts = [a.amount for a in line.adjustments if kind_of(a, remarks) not in (None, DUPLICATE)]
    return sum(amounts, Decimal(0)) >= line.charge


def payments_named(session: Session, claims: Collection[int]) -> set[str]:
    """What payers called these claims (CLP01) in all payments for them."""
    found: set[str] = set()
    for ids in chunks(sorted(claims), NAMES):
        found.update(ask(session, _NAMED, claims=ids).scalars())
    return found


def settle_denials(
    session: Session, writer: Writer, claims: Collection[int], standing: Collection[int], required: PayerRules | None = None
) -> dict[int, str]:
    """Have what claims use agree with their payments; `standing` are those payments that no later one settled.

    Gives the claims (with their keys) that were decided anew, by the rules of payers (`required`), as they were at first.
    """
    told: dict[int, list[Any]] = {}
    for ids in chunks(sorted(claims), NAMES):
        for row in ask(session, _TOLD, claims=ids):
            if row.id in standing:
                told.setdefault(row.claim_id, []).append(row)
    found = sendings(session, claims)
    last = last_ones(found.values())
    denied: list[int] = []
    changes: list[dict[str, Any]] = []
    for id in sorted(last.intersection(claims)):
        one = found[id]
        answers = [row for row in told.get(id, ()) if not is_older(row.produced_on, one.sent)]
        charge = sum((row.charge for row in answers), Decimal(0))
        is_denied = bool(answers) and all(row.denied for row in answers) and charge >= one.charge
        denied += [id] if is_denied else []
        lines = "" if is_denied else _denied_lines(answers)
        if (is_denied, lines) != (one.denied, one.denied_lines):
            changes.append({"id": id, "denied": is_denied, "denied_lines": lines})
    if changes:
        change(session.connection(), table_of(ClaimRow), changes)
    decided = [row["id"] for row in changes]
    users = _users(session, sorted({found[id].claim for id in (*denied, *decided)}))
    give_back(session, writer, [id for id in denied if found[id].claim in users], DENIED)
    # Who used nothing leaves nothing to others. Where it was denied before, or by rules that are new, it may use something now.
    new = set() if required else {id for id in decided if not (found[id].denied or found[id].denied_lines)}
    idle = {id for id in new if found[id].claim not in users}
    # What is given back where there was enough for all is nobody else's gain either.
    sent = Counter(one.claim for one in found.values())
    back = {found[id].claim for id in new.intersection(denied) - idle if sent[found[id].claim] == 1}
    plenty = with_plenty(session, back)
    idle.update(id for id in new.intersection(denied) if found[id].claim in plenty)
    return use_near(session, writer, [id for id in decided if id not in idle], required)


def _users(session: Session, claims: Sequence[str]) -> set[str]:
    """Those of claims (CLM01) that use something, or did before it was given back."""
    found: set[str] = set()
    for names in chunks(claims, NAMES):
        found.update(ask(session, _USERS, claims=names).scalars())
    return found


def _denied_lines(answers: Iterable[Any]) -> str:
    """The lines that answers deny and none answers otherwise, by their ordinals."""
    denied = frozenset[int]().union(*(positions(row.denied_lines) for row in answers))
    others = frozenset[int]().union(*(positions(row.other_lines) for row in answers))
    return ordinals(denied - others)


def ordinals(lines: Iterable[int]) -> str:
    """Positions of lines as they are kept."""
    return " ".join(str(position + 1) for position in sorted(lines))


def is_older(day: date | None, sent: datetime | None) -> bool:
    """Whether a remittance of a day is older than a claim that was sent at a moment."""
    return day is not None and sent is not None and day < sent.date()
