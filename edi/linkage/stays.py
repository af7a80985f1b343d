"""Which claims are bills of an inpatient stay, which of its bills one is, and its nights."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from edi.records.claim import AGAIN, Claim

_INPATIENT: Final = frozenset({"11", "18", "21", "28", "41", "51", "61", "65", "66", "86"})
"""CLM05-1 of an 837I, the first two digits of the type of bill: inpatient, and swing bed or residential."""
_OUTPATIENT: Final = frozenset({"13", "14", "23", "43", "53", "71", "73", "74", "75", "76", "77", "83", "85"})
"""CLM05-1 of an 837I for those who are not admitted. Not ancillary services to who is (12, 22), nor a hospice or care at home,
which admit too.
"""
_LATER_BILLS: Final = frozenset({"3", "4"})
"""CLM05-3 of the bills of a stay that follow its first one."""
_INTERIM: Final = frozenset({"2", "3"})
"""CLM05-3 of an 837I whose last day is not one of discharge: the patient stays."""
_STILL_PATIENT: Final = "30"
"""CL103, which says the same of a bill that replaces or voids such a one."""
LEAVE: Final = "018"
"""What the revenue codes of leave of absence begin with."""
LONGEST: Final = 3_660
"""Days, ten years of them: a longer range is a slip of the pen (2026 to 2926), and its days would fill memory and ledger."""


def inpatient(claim: Claim) -> bool:
    """Whether a claim is one stay: by its type of bill, else (where it gives none) by its date of admission."""
    if claim.kind != "institutional":
        return False
    return claim.place in _INPATIENT or (claim.admission is not None and not claim.place)


def outpatient(claim: Claim) -> bool:
    """Whether a claim is a bill for somebody who was not admitted, by its type of bill."""
    return claim.kind == "institutional" and claim.place in _OUTPATIENT


def is_later_bill(claim: Claim) -> bool:
    """Whether a bill follows the first one of its stay. What replaces or voids one tells it by a statement after the admission.

    A first bill's statement may begin before the admission, with what was done beforehand, but not after it.
    """
    if claim.frequency in AGAIN and claim.period is not None and claim.admission is not None:
        return claim.period.start > claim.admission
    return claim.frequency in _LATER_BILLS


def nights(claim: Claim) -> tuple[date, ...]:
    """The nights of a stay without those of leave: as bills do not say when that was, so many as are left from the first."""
    found = all_nights(claim)
    return found[: max(len(found) - leave(claim), 0)]


def leave(claim: Claim) -> int:
    """How many days of a stay the patient was on leave, as the bill shows them apart."""
    own = (line.quantity.amount for line in claim.lines if line.quantity and line.revenue_code.startswith(LEAVE))
    return int(sum(own, Decimal(0)))


def all_nights(claim: Claim) -> tuple[date, ...]:
    """The nights of a stay, from the admission on where the statement begins earlier.

    The day of discharge is not one, except where the stay began on it, or goes on (an interim bill, or one in its place).
    """
    if claim.period is None:
        return ()
    start = max(claim.period.start, claim.admission or claim.period.start)
    goes_on = claim.frequency in _INTERIM or (claim.frequency in AGAIN and claim.patient_status == _STILL_PATIENT)
    count = min((claim.period.end - start).days + goes_on, LONGEST)
    return tuple(start + timedelta(n) for n in range(max(count, 1)))
