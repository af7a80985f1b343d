"""835: payments and adjustments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from edi.records.parties import Party, Person, Reference
from edi.records.services import Period, Procedure


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One triplet of a CAS: group (CO, PR, OA, PI, CR), reason (CARC), amount with its sign, units where given."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """2110: one service as the payer adjudicated it."""

    ordinal: int
    """Counted from 1 in its claim."""
    control_number: str = ""
    """REF*6R: the 837's line control number, when it had one."""
    procedure: Procedure | None = None
    submitted: Procedure | None = None
    """SVC06, when the payer changed the code."""
    revenue_code: str = ""
    charge: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    units: Decimal | None = None
    period: Period | None = None
    """DTM*472 or 150/151, else the claim's 232/233."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """LQ*HE."""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """2100: one claim as the payer adjudicated it, with the remittance that it stands in."""

    claim: str
    """CLP01."""
    payer_claim: str = ""
    """CLP07."""
    status: str = ""
    """CLP02: 1 2 3 primary to tertiary, 4 patient unknown, 22 reversal, 25 predetermination ..."""
    charge: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    patient_share: Decimal | None = None
    filing: str = ""
    facility: str = ""
    frequency: str = ""
    patient: Person
    insured: Person | None = None
    period: Period | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """MIA05 and 20-23, MOA03-07."""
    references: tuple[Reference, ...] = ()
    rendering: Party | None = None
    lines: tuple[PaidLine, ...] = ()
    payer: Party
    payee: Party
    trace: str = ""
    """TRN02: the check or EFT number."""
    paid_on: date | None = None
    """BPR16."""
    produced_on: date | None = None
    """DTM*405, else BPR16."""
    transaction: str = ""
    """ST02."""
    offset: int = 0
