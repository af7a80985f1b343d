"""What payers said at first of each line of claims, as evidence of what they want authorized.

Only claims are read one by one with a procedure that was denied for an authorization or a referral, or that a rule names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, exists, select
from sqlmodel import Session, col

from edi.guides.rules.requirement import RequirementRule
from edi.ledger.figures.adjudicated import LINKAGE, FigureSpan, Payers, first_answers, payers
from edi.ledger.figures.denied import paid_by_line
from edi.ledger.questions import chunks
from edi.ledger.reading import read_as
from edi.ledger.tables import ClaimRow, FindingRow, LineRow, PaymentRow
from edi.linkage.denials.denial import EXCEEDED
from edi.linkage.denials.kinds import REFERRAL as REFERRAL_KIND
from edi.linkage.numbers import is_placeholder
from edi.linkage.suggesting import AUTHORIZATION, REFERRAL, Seen
from edi.records.claim import Claim, ClaimLine

_SET: Final = 400
_WANTS: Final = and_(LINKAGE, col(FindingRow.kind) != EXCEEDED)
"""Denials that show that the payer wants one; not those for more than was certified, which may need none up to there."""


def seen(session: Session, span: FigureSpan, rules: Sequence[RequirementRule]) -> Iterator[Seen]:
    """Every line that says something about what a payer wants, of claims first answered in a span."""
    codes = sorted(_codes(session, rules))
    known = payers(session)
    first = first_answers(span, known)
    ids: dict[int, tuple[str, int]] = {}
    for chunk in chunks(codes, _SET):
        with_it = exists().where(col(LineRow.claim_id) == first.c.claim_id, col(LineRow.code).in_(chunk))
        query = select(first.c.payment_id, first.c.payer, first.c.claim_id).where(with_it)
        ids.update((payment, (payer, claim)) for payment, payer, claim in session.execute(query))
    wanted = frozenset(codes)
    for payments in chunks(sorted(ids), _SET):
        yield from _lines(session, {id: ids[id] for id in payments}, wanted, known)


def _codes(session: Session, rules: Sequence[RequirementRule]) -> set[str]:
    """The procedures that are worth a look."""
    billed = session.execute(select(col(LineRow.code)).distinct()).scalars()
    named = {code for code in billed if any(span.covers(code) for rule in rules for span in rule.procedures)}
    denied = (
        select(col(LineRow.code))
        .join(PaymentRow, col(PaymentRow.claim_id) == col(LineRow.claim_id))
        .join(FindingRow, col(FindingRow.payment_id) == col(PaymentRow.id))
        .where(_WANTS)
        .distinct()
    )
    return (named | set(session.execute(denied).scalars())) - {""}


def _lines(session: Session, answers: dict[int, tuple[str, int]], codes: frozenset[str], known: Payers) -> Iterator[Seen]:
    found = _found(session, sorted(answers))
    claims = {claim for _, claim in answers.values()}
    texts = select(col(ClaimRow.id), col(ClaimRow.record)).where(col(ClaimRow.id).in_(claims))
    read = read_as(Claim)
    records = {id: read(text) for id, text in session.execute(texts)}
    paid = select(col(PaymentRow.id), col(PaymentRow.record)).where(col(PaymentRow.id).in_(answers)).order_by(col(PaymentRow.id))
    for id, text in session.execute(paid):
        payer, claim_id = answers[id]
        claim = records[claim_id]
        if payer not in map(known.id, (claim.payer.id, claim.payer.name)):
            continue  # another payer's list
        amounts = paid_by_line(text, {line.control_number: line.number for line in claim.lines if line.control_number})
        for line in claim.lines:
            if line.procedure is not None and line.procedure.code in codes:
                yield _seen(claim, line, found.get(id, ()), amounts.get(line.number, Decimal(0)))


def _seen(claim: Claim, line: ClaimLine, found: Sequence[tuple[str, str, Decimal]], paid: Decimal) -> Seen:
    whole = len({each.procedure.code for each in claim.lines if each.procedure}) == 1
    mine = [(kind, amount) for place, kind, amount in found if place == line.number or (not place and whole)]
    carried = [held.value for held in line.authorizations]
    carried += [number for number in (claim.authorization, *claim.authorizations) if number]
    return Seen(
        claim=claim,
        line=line,
        denied=frozenset(REFERRAL if kind == REFERRAL_KIND else AUTHORIZATION for kind, _ in mine),
        amount=sum((amount for _, amount in mine), Decimal(0)),
        paid=paid,
        carried=frozenset(
            {AUTHORIZATION for number in carried if not is_placeholder(number, claim)}
            | ({REFERRAL} if claim.referral or line.referrals else set())
        ),
    )


def _found(session: Session, payments: Sequence[int]) -> dict[int, list[tuple[str, str, Decimal]]]:
    """By payment what it denies for an authorization or a referral: the line ("" for the whole claim), the kind, how much."""
    query = select(FindingRow).where(_WANTS, col(FindingRow.payment_id).in_(payments))
    found: dict[int, list[tuple[str, str, Any]]] = {}
    for row in session.execute(query.order_by(col(FindingRow.payment_id), col(FindingRow.position))).scalars():
        line = json.loads(row.record).get("line") or ""
        found.setdefault(row.payment_id, []).append((line, row.kind, row.amount))
    return found
