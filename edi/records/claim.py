"""837: the claim, and REF*G1 put where the guide wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from edi.records.parties import Party, Person
from edi.records.services import Diagnosis, Period, Procedure, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumber:
    """A REF*G1 or REF*9F that a claim carries: the value, and the payer it names (REF04-2) where it is not the destination."""

    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """2400: one service line."""

    number: str
    """LX01, as sent."""
    procedure: Procedure | None = None
    revenue_code: str = ""
    charge: Decimal = Decimal(0)
    quantity: Quantity | None = None
    period: Period | None = None
    """DTP*472 of the line, else the claim's."""
    place: str = ""
    providers: tuple[Party, ...] = ()
    authorizations: tuple[HeldNumber, ...] = ()
    referrals: tuple[HeldNumber, ...] = ()
    control_number: str = ""
    """REF*6R."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """2320 and 2330B: a payer that is not the destination, with its own numbers."""

    id: str
    name: str = ""
    responsibility: str = ""
    authorization: str = ""
    referral: str = ""
    paid: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """2300 in its context: billing provider (2000A), subscriber (2000B), patient (2000C when a dependent)."""

    id: str
    """CLM01."""
    kind: str = "professional"
    """professional, institutional or dental."""
    transaction: str = ""
    """ST02."""
    offset: int = 0
    """Where CLM begins, in bytes from the start of the source."""
    purpose: str = ""
    """BHT06: CH chargeable, RP reporting, 31 subrogation; BHT02 and the guide tell predeterminations apart."""
    predetermination: bool = False
    charge: Decimal = Decimal(0)
    place: str = ""
    """CLM05-1."""
    place_qualifier: str = ""
    """CLM05-2: B place of service; A the first two digits of the type of bill."""
    frequency: str = ""
    """CLM05-3: 1 original, 7 replacement, 8 void, ..."""
    payer: Party
    responsibility: str = ""
    """SBR01: P primary, S secondary, T tertiary."""
    subscriber: Person
    patient: Person
    dependent: bool = False
    billing: Party
    providers: tuple[Party, ...] = ()
    """2310: rendering 82, referring DN, supervising DQ, facility 77, attending 71, operating 72 ..."""
    lines: tuple[ClaimLine, ...] = ()
    period: Period | None = None
    """Statement dates (DTP*434), else from the first to the last line date."""
    admission: date | None = None
    """DTP*435."""
    diagnoses: tuple[Diagnosis, ...] = ()
    authorization: str = ""
    """REF*G1 at 2300 as it stands, "" when there is none."""
    authorizations: tuple[str, ...] = ()
    """Every REF*G1 at 2300 (more than one is a fault)."""
    referral: str = ""
    exception: str = ""
    """REF*4N."""
    original: str = ""
    """REF*F8: the payer's control number of the claim that this one replaces or voids."""
    delay_reason: str = ""
    other_payers: tuple[OtherPayer, ...] = ()
