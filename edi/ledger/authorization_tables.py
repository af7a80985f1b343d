"""SQLModel tables of what was processed, and of authorizations: see `edi.ledger.tables`, which has them all."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from edi.ledger.columns import PLAIN, exact, key, moment, of, packed, partial, record_text

UNDECIDED: Final = "decision IN ('rejected', 'contact-payer')"
"""What an answer left to be done, in the words that its index has too."""


class InterchangeRow(SQLModel, table=True):
    """ISA to IEA, known by its content: the same bytes again are the same row."""

    __tablename__ = "interchanges"
    __table_args__ = (
        Index("ix_interchanges_control", "sender", "receiver", "control"),
        Index("ix_interchanges_number", "control"),
        Index("ix_interchanges_sent", "sent", "control"),
    )

    id: int = key()
    digest: str = Field(unique=True)
    """SHA-256 of its bytes, without what follows the last terminator."""
    control: str
    sender: str
    receiver: str
    usage: str
    """ISA15: P or T."""
    sent: datetime | None = moment()
    """ISA09 and ISA10, as sent: the sender's own clock."""
    name: str
    """The file's name, "" for a stream."""
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    taken_at: datetime | None = moment()


class TransactionRow(SQLModel, table=True):
    """ST to SE in an interchange."""

    __tablename__ = "transactions"
    __table_args__ = PLAIN

    interchange_id: int = of("interchanges", primary=True)
    position: int = Field(primary_key=True)
    set: str
    version: str
    control: str = Field(index=True)
    group_control: str = Field(index=True)
    reference: str = Field(default="", index=True)
    """BHT03."""


class AuthorizationRow(SQLModel, table=True):
    """An authorization as it stands after all its events."""

    __tablename__ = "authorizations"
    __table_args__ = (
        partial("ix_authorizations_awaiting", "awaiting", "id"),
        partial("ix_authorizations_undecided", UNDECIDED, "id"),
        partial("ix_authorizations_wanted", "wanted", "id"),
        partial("ix_authorizations_refused", "refused", "period_end", "id"),
        partial("ix_authorizations_asked", "asked_at IS NOT NULL", "expedited", "asked_at", "id"),
        partial("ix_authorizations_payer_asked", "asked_at IS NOT NULL", "payer_id", "expedited", "asked_at", "id"),
        partial("ix_authorizations_decide_by", "decide_by IS NOT NULL", "decide_by", "id"),
        partial("ix_authorizations_used", "used > 0", "used", "id"),
        partial("ix_authorizations_payer_awaiting", "awaiting", "payer_id", "id"),
        partial("ix_authorizations_payer_used", "used > 0", "payer_id", "used", "id"),
        Index("ix_authorizations_payer", "payer_id", "id"),
        Index("ix_authorizations_payer_period_end", "payer_id", "period_end", "id"),
        Index("ix_authorizations_period_end", "period_end", "id"),
    )

    id: int = key()
    kind: str
    """authorization, referral or notice: what was only asked about or told of, which no claim is linked to."""
    decision: str
    awaiting: bool
    """A request of it is not answered yet, or was pended."""
    asked_at: datetime | None = moment()
    """When the oldest request that waits was made, by its own clock: the payer's time runs from then."""
    expedited: bool | None = None
    """Whether that request is urgent."""
    decide_by: date | None = None
    """Until when the payer says that it decides about it."""
    review: str | None = None
    """What that request is, where it is no first review before the service: appeal, cancellation, retrospective."""
    wanted: bool | None = None
    """Whether its payer waits for something of ours before it decides: documents, answers. None: not known yet."""
    refused: bool | None = None
    """Whether it was refused, wholly or in part, and no appeal was asked for. None: not, by a version that did not ask."""
    source: str | None = None
    """How what stands came: 278, inquiry, notification, phone, portal, fax, letter; TA1, 999: it was rejected. None: by a version
    that took 278s alone.
    """
    used: int = 0
    """Of the service that is used most: the share that claims took, in hundredths of a percent."""
    number: str
    payer_id: str
    payer_name: str
    member_key: str
    """The subscriber's member id, folded."""
    patient: str
    period_start: date | None = None
    period_end: date | None = None
    issued: date | None = None
    record: str = record_text()


class ServiceRow(SQLModel, table=True):
    """One certified service, by its position in the record."""

    __tablename__ = "services"
    __table_args__ = PLAIN

    authorization_id: int = of("authorizations", primary=True)
    position: int = Field(primary_key=True)
    decision: str
    number: str
    qualifier: str
    code: str
    code_end: str
    revenue_code: str
    service_type: str
    period_start: date | None = None
    period_end: date | None = None
    unit: str
    amount: Decimal | None = exact()


class IdentifierRow(SQLModel, table=True):
    """What an authorization can be found by, also what it was: numbers, traces, references, member ids, the patient's last name
    with the birth date.
    """

    __tablename__ = "identifiers"
    __table_args__ = (Index("ix_identifiers_folded", "folded", "kind"), PLAIN)

    authorization_id: int = of("authorizations", primary=True)
    kind: str = Field(primary_key=True)
    """number, previous (REF*BB), trace, request (BHT03), untraced (BHT03 alone), administrative (REF*NT), member, person."""
    value: str = Field(primary_key=True)
    folded: str


class EventRow(SQLModel, table=True):
    """One message in an authorization's life, whole."""

    __tablename__ = "events"

    id: int = key()
    authorization_id: int = of("authorizations", index=True)
    interchange_id: int | None = of("interchanges", optional=True, index=True)
    kind: str
    """requested, answered, inquired, inquiry-refused, notified, acknowledged."""
    decision: str
    certification_type: str
    number: str
    day: date | None = None
    """When it was issued, by its own account."""
    made_at: datetime | None = moment()
    """When it was made, by its own clock; midnight where only the day is told."""
    expedited: bool | None = None
    decide_by: date | None = None
    """Of what is pended: until when the payer says that it decides."""
    record: str = record_text()
    recorded_at: datetime | None = moment()
    refused: str = ""
    """Of what was sent, and not taken in: the acknowledgment that says so, "999 of 2026-11-03 (5)"."""


class EventTextRow(SQLModel, table=True):
    """The bytes of the transaction in which a decision came, behind its ISA and GS (see `edi.records.copies`)."""

    __tablename__ = "event_texts"

    event_id: int = of("events", primary=True)
    text: bytes = packed()
