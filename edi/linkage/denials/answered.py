"""Which line of a claim a paid line answers: by its control number, else by procedure, date and charge, else by its place.

A payer may split a line, bundle several under one code, or give back no control number; of two lines that it may be, neither is
taken, unless one of them stands in its place.
"""

from __future__ import annotations

from edi.records.claim import Claim, ClaimLine
from edi.records.remittance import PaidLine, Payment


def answered(paid: PaidLine, payment: Payment, claim: Claim) -> int | None:
    """The position of the claim's line that a line of a payment answers; None where that is not known."""
    found = by_control_number(paid, claim)
    if found is not None:
        return found
    place = paid.ordinal - 1
    for same in (_same_service_and_charge, _same_service, _same_code):
        like = [n for n, line in enumerate(claim.lines) if same(paid, line)]
        if len(like) == 1:
            return like[0]
        if place in like:
            return place
    return place if len(claim.lines) == len(payment.lines) else None


def by_control_number(paid: PaidLine, claim: Claim) -> int | None:
    """The position of the one line of the claim that has the paid line's control number (REF*6R)."""
    if not paid.control_number:
        return None
    found = [n for n, line in enumerate(claim.lines) if line.control_number == paid.control_number]
    return found[0] if len(found) == 1 else None


def _same_code(paid: PaidLine, line: ClaimLine) -> bool:
    """The submitted procedure (SVC06, else SVC01), or the revenue code of a line without one."""
    procedure = paid.submitted or paid.procedure
    if procedure is None or line.procedure is None:
        return bool(paid.revenue_code) and line.procedure is None and paid.revenue_code == line.revenue_code
    return procedure.code == line.procedure.code


def _same_service(paid: PaidLine, line: ClaimLine) -> bool:
    procedure = paid.submitted or paid.procedure
    modifiers = not procedure or not line.procedure or set(procedure.modifiers) == set(line.procedure.modifiers)
    return _same_code(paid, line) and modifiers and (paid.period is None or paid.period == line.period)


def _same_service_and_charge(paid: PaidLine, line: ClaimLine) -> bool:
    return _same_service(paid, line) and abs(paid.charge) == line.charge
