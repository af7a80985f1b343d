"""SQLModel tables.

A row keeps two things: the columns that questions are asked by, and the whole record as JSON, so that nothing that was
read is lost to a table that did not foresee it. Ids are given by the ledger, not by the database (one writer at a time),
which lets a batch of rows and the rows below them be written together.

    interchanges 1--n transactions                        what was processed
    authorizations 1--n services, identifiers, events     what is certified now; the messages that made it so
    events 1--1 texts                                     the bytes in which a decision came
    claims 1--n lines, texts                              what was sent, and its bytes
    claim_answers                                         what acknowledgments say of what was sent
    uses                                                  what a claim takes of a service of an authorization
    remittances 1--n payments 1--n findings               what was paid, and what was denied or cut
    work 1--n work_events                                 what a person has to do, and what became of it
    series                                                the control numbers that were given
    files 1--n file_interchanges                          what was worked off from an inbox, and what was done with it
    purges                                                of which tables rows were purged

What came back about claims and payments, and is not itself one, is in `answer_tables`; files are in `file_tables`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from edi.ledger.answer_tables import ClaimAnswerRow as ClaimAnswerRow
from edi.ledger.answer_tables import TraceRow as TraceRow
from edi.ledger.authorization_tables import UNDECIDED as UNDECIDED
from edi.ledger.authorization_tables import AuthorizationRow as AuthorizationRow
from edi.ledger.authorization_tables import EventRow as EventRow
from edi.ledger.authorization_tables import EventTextRow as EventTextRow
from edi.ledger.authorization_tables import IdentifierRow as IdentifierRow
from edi.ledger.authorization_tables import InterchangeRow as InterchangeRow
from edi.ledger.authorization_tables import ServiceRow as ServiceRow
from edi.ledger.authorization_tables import TransactionRow as TransactionRow
from edi.ledger.columns import PLAIN, exact, key, moment, of, packed, partial, record_text
from edi.ledger.file_tables import FileInterchangeRow as FileInterchangeRow
from edi.ledger.file_tables import FileRow as FileRow

LISTED: Final = "state <> 'closed' AND authorization_id IS NULL"
"""Work that is to be done about claims, in the words that its index has too."""
REPLACING: Final = "original <> ''"
"""A claim that names another one by the payer's number, in the words that its index has too."""


class ClaimRow(SQLModel, table=True):
    """A claim as it was sent."""

    __tablename__ = "claims"
    __table_args__ = (partial("ix_claims_original", REPLACING, "original"),)

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
    rendering_id: str = ""
    """Who gave the care: rendering (82), else attending (71); "" where that is the billing provider."""
    charge: Decimal | None = exact()
    period_start: date | None = None
    period_end: date | None = None
    sent_at: datetime | None = moment()
    denied: bool = False
    """The payer denied it as a whole: it uses nothing."""
    denied_lines: str = ""
    """Else the lines that it denied, by their ordinals, blanks between: they use nothing."""
    rejected: bool = False
    """It was not taken in (TA1, 999, 277CA), and never adjudicated: it uses nothing."""
    set_position: int | None = None
    """That of its transaction in its interchange."""
    record: str = record_text()


class ClaimTextRow(SQLModel, table=True):
    """A claim's bytes as it was sent, with its envelope's beginning and its levels (see `edi.records.single`)."""

    __tablename__ = "claim_texts"

    claim_id: int = of("claims", primary=True)
    text: bytes = packed()


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
    """sent, reserved (linked, and not sent yet), denied or rejected (given back)."""
    ruled: bool = False
    """It was granted when payers' rules were named (see `edi.ledger.ruled`)."""


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
    denied_lines: str = ""
    """The lines of its claim of which it denies every dollar, by their ordinals, blanks between."""
    other_lines: str = ""
    """Those that it answers otherwise."""
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
    limited_by: str = ""
    """The payer's rule that gives the deadline; "" where it is a default."""
    record: str = record_text()


class WorkRow(SQLModel, table=True):
    """What a person has to do, and has done. `subject` says what about: the same subject is the same work.

    Requests and authorizations that are refused or end are work by what is known of them; they have a row when a person has taken
    them on.
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
    """denial, recoupment, reversal, link, rejection, silence, request, refusal or expiring."""
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
    """Of a request, or of an authorization that is refused or ends."""
    stake: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """The amount in cents, as a debt (-420000): the list's order, for which text and NULL do not do."""
    until: date = date.max
    """The deadline, or the last day that there is."""
    who: str = ""
    """Of `link`: whose claim it is, of those with its number (see `edi.ledger.work.whose`)."""


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


class PurgeRow(SQLModel, table=True):
    """A table of which rows were purged: how many in all, and the highest id among them, which is not given again."""

    __tablename__ = "purges"

    name: str = Field(primary_key=True)
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    before: date
    """Of the latest purge."""
    purged_at: datetime | None = moment()


TABLES: tuple[type[SQLModel], ...] = (
    InterchangeRow,
    TransactionRow,
    AuthorizationRow,
    ServiceRow,
    IdentifierRow,
    EventRow,
    EventTextRow,
    ClaimRow,
    ClaimAnswerRow,
    ClaimTextRow,
    LineRow,
    NumberRow,
    UseRow,
    RemittanceRow,
    TraceRow,
    PaymentRow,
    FindingRow,
    WorkRow,
    WorkEventRow,
    SeriesRow,
    FileRow,
    FileInterchangeRow,
    PurgeRow,
)
