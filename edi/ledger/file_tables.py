"""SQLModel tables of files that were worked off, and of the interchanges in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from edi.ledger.columns import PLAIN, key, moment, of, record_text


class FileRow(SQLModel, table=True):
    """A file of an inbox, and what was done with it."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_state", "state", "run"),)

    id: int = key()
    name: str = Field(index=True)
    """As it came."""
    label: str = Field(unique=True)
    """What its outputs are named from: the name, with a number behind it where that is taken (claims.837.2)."""
    digest: str
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str
    """The transaction sets in it (837; 278, 837); "" where there are none."""
    partner: str
    run: str
    """The folder that it was taken into."""
    state: str
    """decided (its outputs wait to be put in their places) or finished."""
    outcome: str
    """done, known, stopped, quarantined."""
    received_at: datetime | None = moment()
    outputs: str = Field(sa_column=Column(Text, nullable=False))
    """JSON: where each stands, its digest, its bytes; the last is the place of the file itself."""
    record: str = record_text()
    """What is told of it, as JSON; "" when that was purged."""


class FileInterchangeRow(SQLModel, table=True):
    """An interchange that was worked off with a file."""

    __tablename__ = "file_interchanges"
    __table_args__ = (Index("ix_file_interchanges_control", "sender", "receiver", "control"), PLAIN)

    file_id: int = of("files", primary=True)
    position: int = Field(primary_key=True)
    digest: str = Field(index=True)
    control: str
    sender: str
    receiver: str
    usage: str
