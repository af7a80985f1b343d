"""SQLModel tables of what came back: what acknowledgments say of claims, and by what remittances are known again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlmodel import Field, SQLModel

from edi.ledger.columns import PLAIN, exact, key, moment, of, record_text


class ClaimAnswerRow(SQLModel, table=True):
    """What an acknowledgment says of one claim (277CA), or of all claims of what it names: `edi.linkage.denials.acceptance`."""

    __tablename__ = "claim_answers"

    id: int = key()
    interchange_id: int | None = of("interchanges", optional=True, index=True)
    """That brought it."""
    source: str
    """TA1, 999, 277CA."""
    sender: str
    receiver: str
    """Of the acknowledgment (ISA06, ISA08): those of what it answers the other way round."""
    control: str = Field(index=True)
    transaction: str
    claim: str
    claim_key: str = Field(index=True)
    payer_claim: str = Field(index=True)
    result: str
    """accepted, rejected, received."""
    codes: str
    """Blanks between."""
    made_at: datetime | None = moment()
    """By its own clock."""
    recorded_at: datetime | None = moment()
    claim_id: int | None = of("claims", optional=True, index=True)
    """The claim that it is about, where it is about one, and on file."""
    answered_id: int | None = of("interchanges", optional=True, index=True)
    """The interchange that it is about, where it is about all claims of its sets from `first_set` to `last_set`."""
    first_set: int = 0
    last_set: int = 0
    provider: str
    """The billing provider whose claims it is about; "" for any."""
    record: str = record_text()


class TraceRow(SQLModel, table=True):
    """An 835 transaction that came, by what makes it known again in another envelope (see `edi.ledger.payments.repeats`)."""

    __tablename__ = "traces"
    __table_args__ = PLAIN

    interchange_id: int = of("interchanges", primary=True)
    position: int = Field(primary_key=True)
    control: str
    trace: str = Field(index=True)
    payer: str
    payee: str
    amount: Decimal | None = exact()
    digest: str
    again_id: int | None = of("interchanges", optional=True)
    """Where another remittance came under this trace before: in which interchange, and under which ST02."""
    again_control: str

    @property
    def parties(self) -> tuple[str, str, str]:
        return self.trace, self.payer, self.payee
