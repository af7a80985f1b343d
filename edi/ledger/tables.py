"""SQLModel tables.

A row keeps two things: the columns that questions are asked by, and the whole record as JSON, so that nothing that was
read is lost to a table that did not foresee it. Ids are given by the ledger, not by the database (one writer at a time),
which lets a batch of rows and the rows below them be written together.

    interchanges 1--n transactions                        what was processed
    authorizations 1--n services, identifiers, events     what is certified now; the messages that made it so
    claims 1--n lines                                     what was sent
    uses                                                  what a claim takes of a service of an authorization
    remittances 1--n payments 1--n findings               what was paid, and what was denied or cut
    work 1--n work_events                                 what a person has to do, and what became of it
    series                                                the control numbers that were given
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from edi.ledger.columns import PLAIN, exact, key, moment, of, partial, record_text

UNDECIDED: Final = "decision IN ('rejected', 'contact-payer')"
"""What an answer left to be done, in the words that its index has too."""
LISTED: Final = "state <> 'closed' AND authorization_id IS NULL"
"""Work that is to be done about claims, in the words that its index has too."""


class InterchangeRow(SQLModel, table=True):
    """ISA to IEA, known by its content: the same bytes again are the same row."""

    __tablename__ = "interchanges"
    __table_args__ = (Index("ix_interchanges_control", "sender", "receiver", "control"),)

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
    group_control: str


class AuthorizationRow(SQLModel, table=True):
    """An authorization as it stands after all its events."""

    __tablename__ = "authorizations"
    __table_args__ = (
        partial("ix_authorizations_awaiting", "awaiting", "id"),
        partial("ix_authorizations_undecided", UNDECIDED, "id"),
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
    source: str | None = None
    """How what stands came: 278, inquiry, notification, phone, portal, fax, letter. None: by a version that took 278s alone."""
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


class ClaimRow(SQLModel, table=True):
    """A claim as it was sent."""

    __tablename__ = "claims"

    id: int = key()
    interchange_id: int | None = of("interchanges", optional=True, index=True)
    claim: str = Field(index=True)
    claim_key: str = Field(index=True)
    """The first 14 letters and digits of CLM01: what the worst payer gives back of it."""
    kind: str
    frequency: str
    original: str
    payer_id: str
    payer_name: str
    member_key: str = Field(index=True)
    billing_id: str
    charge: Decimal | None = exact()
    period_start: date | None = None
    period_end: date | None = None
    sent_at: datetime | None = moment()
    denied: bool = False
    """The payer denied it as a whole: it uses nothing."""
    record: str = record_text()


class LineRow(SQLModel, table=True):
    """A service line of a claim, by its position."""

    __tablename__ = "lines"
    __table_args__ = PLAIN

    claim_id: int = of("claims", primary=True)
    position: int = Field(primary_key=True)
    number: str
    control_number: str = Field(index=True)
    code: str
    charge: Decimal | None = exact()
    period_start: date | None = None
    period_end: date | None = None


class NumberRow(SQLModel, table=True):
    """An authorization's or referral's number on a claim that was sent: at the claim (line "") or at a line."""

    __tablename__ = "numbers"
    __table_args__ = PLAIN

    claim_id: int = of("claims", primary=True)
    line: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    folded: str = Field(index=True)


class UseRow(SQLModel, table=True):
    """What a claim takes of one service of an authorization, in one role (see `edi.linkage.usage`)."""

    __tablename__ = "uses"
    __table_args__ = (Index("ix_uses_authorization", "authorization_id", "service"),)

    id: int = key()
    authorization_id: int = of("authorizations")
    service: int
    role: str
    claim: str = Field(index=True)
    """CLM01: a claim counts once, however often it is sent."""
    days: str
    """The dates, ISO 8601, blanks between."""
    amount: Decimal | None = exact()
    state: str
    """sent, reserved (linked, and not sent yet) or denied (given back)."""


class RemittanceRow(SQLModel, table=True):
    """The 835 transaction that payments came in: one check or transfer of a payer to a payee."""

    __tablename__ = "remittances"
    __table_args__ = (Index("ix_remittances_trace", "trace", "payer_id", "payee_id"),)

    id: int = key()
    interchange_id: int | None = of("interchanges", optional=True, index=True)
    transaction: str
    trace: str
    payer_id: str
    payer_name: str
    payee_id: str
    paid_on: date | None = None
    produced_on: date | None = None


class PaymentRow(SQLModel, table=True):
    """One claim as a payer adjudicated it."""

    __tablename__ = "payments"

    id: int = key()
    remittance_id: int = of("remittances", index=True)
    claim: str = Field(index=True)
    claim_key: str = Field(index=True)
    payer_claim: str = Field(index=True)
    status: str
    frequency: str
    charge: Decimal | None = exact()
    paid: Decimal | None = exact()
    member_key: str = Field(index=True)
    claim_id: int | None = of("claims", optional=True, index=True)
    """The claim that it answers, where that is sure."""
    denied: bool = False
    """Every dollar of it is denied."""
    record: str = record_text()


class FindingRow(SQLModel, table=True):
    """What a payment denied or cut, and why, by its position among the payment's findings."""

    __tablename__ = "findings"
    __table_args__ = PLAIN

    payment_id: int = of("payments", primary=True)
    position: int = Field(primary_key=True)
    kind: str = Field(index=True)
    cause: str
    amount: Decimal | None = exact()
    deadline: date | None = None
    record: str = record_text()


class WorkRow(SQLModel, table=True):
    """What a person has to do, and has done. `subject` says what about: the same subject is the same work.

    Requests and authorizations that end are work by what is known of them; they have a row when a person has taken them on.
    """

    __tablename__ = "work"
    __table_args__ = (
        partial("ix_work_order", LISTED, "stake", "until", "id"),
        partial("ix_work_owner", "owner <> ''", "owner", "stake", "until", "id"),
        partial("ix_work_authorization", "authorization_id IS NOT NULL", "authorization_id"),
    )

    id: int = key()
    subject: str = Field(unique=True)
    kind: str
    """denial, link, request or expiring."""
    state: str = Field(index=True)
    """open, worked (a person took it on) or closed."""
    owner: str
    claim: str = Field(index=True)
    line: str
    authorization: str
    payer: str
    payer_id: str = ""
    reason: str
    amount: Decimal | None = exact()
    deadline: date | None = None
    action: str
    minutes: int = 0
    """What persons spent on it."""
    opened_at: datetime | None = moment()
    closed_at: datetime | None = moment()
    closed_by: str = ""
    """The person; "" where something that happened closed it."""
    authorization_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Of a request, or of an authorization that ends."""
    stake: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """The amount in cents, as a debt (-420000): the list's order, for which text and NULL do not do."""
    until: date = date.max
    """The deadline, or the last day that there is."""


class WorkEventRow(SQLModel, table=True):
    """What happened to an item of work."""

    __tablename__ = "work_events"

    id: int = key()
    work_id: int = of("work", index=True)
    at: datetime | None = moment()
    what: str
    """opened, taken, noted, closed or reopened."""
    by: str
    """The person; "" where it happened by itself, by what `note` says."""
    note: str = Field(sa_column=Column(Text, nullable=False))
    minutes: int


class SeriesRow(SQLModel, table=True):
    """The control numbers (ISA13) from a sender to a receiver; those of tests are a series of their own."""

    __tablename__ = "series"

    sender: str = Field(primary_key=True)
    """Qualifier and id: ZZ:LARKSPUR."""
    receiver: str = Field(primary_key=True)
    usage: str = Field(primary_key=True)
    last: int


TABLES: tuple[type[SQLModel], ...] = (
    InterchangeRow,
    TransactionRow,
    AuthorizationRow,
    ServiceRow,
    IdentifierRow,
    EventRow,
    ClaimRow,
    LineRow,
    NumberRow,
    UseRow,
    RemittanceRow,
    PaymentRow,
    FindingRow,
    WorkRow,
    WorkEventRow,
    SeriesRow,
)
