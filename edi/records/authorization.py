"""278: request and response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from edi.records.parties import Party, Person
from edi.records.services import Pattern, Period, Procedure, Quantity


class Decision(StrEnum):
    """What the payer decided: HCR01, or what stands in its place."""

    CERTIFIED = "certified"  # A1
    PARTLY_CERTIFIED = "partly-certified"  # A2, event level only: look at the services
    DENIED = "denied"  # A3
    PENDED = "pended"  # A4
    MODIFIED = "modified"  # A6: certified with changes
    CANCELLED = "cancelled"  # C
    CONTACT_PAYER = "contact-payer"  # CT
    NOT_REQUIRED = "not-required"  # NA
    REJECTED = "rejected"  # AAA: not decided, and not a denial
    UNANSWERED = "unanswered"  # a request without its response


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """AAA: a request, or a part of one, that could not be processed. Not a denial."""

    loop: str
    reason: str
    """AAA03."""
    follow_up: str
    """AAA04: C correct and resend, N do not resend, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedService:
    """One service of an authorization, with the payer's decision: what the event says where the service is silent."""

    decision: Decision
    number: str = ""
    """The service's own certification number (HCR02 at 2000F), else the event's. Byte for byte as the payer gave it."""
    procedure: Procedure | None = None
    """None: approved by service type, without a code."""
    revenue_code: str = ""
    service_type: str = ""
    """UM03."""
    period: Period | None = None
    """The dates certified; None where neither service nor event gives any."""
    quantity: Quantity | None = None
    pattern: Pattern | None = None
    place: str = ""
    place_qualifier: str = ""
    """UM04-2: B place of service, A the first two digits of a type of bill."""
    providers: tuple[Party, ...] = ()
    reasons: tuple[str, ...] = ()
    """HCR03."""
    rejections: tuple[Rejection, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a payer decided about one patient event: a response, joined with its request where that is known.

    A referral (UM01 = SC) has `kind` "referral": its number goes into REF*9F, never into REF*G1.
    `key` names the authorization where it is kept (the ledger's id); it is "" for one that was only read.
    """

    kind: str = "authorization"
    key: str = ""
    decision: Decision
    number: str = ""
    """HCR02 of the event, byte for byte, or "" when only services have numbers or none was given."""
    category: str = ""
    """UM01: AR admission, HS services, SC referral, IN reservation."""
    certification_type: str = ""
    """UM02: I initial, R renewal, S revised, 4 extension, 3 cancel, 1 / 2 / N appeals."""
    payer: Party
    requester: Party
    subscriber: Person
    patient: Person
    dependent: bool = False
    period: Period | None = None
    admission: Period | None = None
    """DTP*435 as certified."""
    providers: tuple[Party, ...] = ()
    services: tuple[CertifiedService, ...] = ()
    """Empty: the event itself was answered and no service is known; use `whole` then."""
    service_type: str = ""
    quantity: Quantity | None = None
    pattern: Pattern | None = None
    place: str = ""
    place_qualifier: str = ""
    traces: tuple[str, ...] = ()
    """TRN02 values that the request gave (echoed with TRN01 = 2)."""
    request_reference: str = ""
    """BHT03."""
    previous_number: str = ""
    """REF*BB."""
    administrative_reference: str = ""
    """REF*NT: a handle for what is pended or refused; never a number for a claim."""
    reasons: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    issued: date | None = None
    source: str = "278"
    """278, or how else it came: phone, portal, fax."""
    received: date | None = None
