"""Files of an inbox that were worked off, with their interchanges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "files",
        _id("id"),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "label", "digest")),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "partner", "run", "state", "outcome")),
        sa.Column("received_at", Moment(), nullable=True),
        sa.Column("outputs", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.UniqueConstraint("label"),
    )
    op.create_index("ix_files_name", "files", ["name"])
    op.create_index("ix_files_state", "files", ["state", "run"])
    op.create_table(
        "file_interchanges",
        _id("file_id"),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("digest", "control", "sender", "receiver", "usage")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_file_interchanges_control", "file_interchanges", ["sender", "receiver", "control"])
    op.create_index("ix_file_interchanges_digest", "file_interchanges", ["digest"])


def downgrade() -> None:
    op.drop_table("file_interchanges")
    op.drop_table("files")
