"""Claims are kept as they were sent, byte for byte, to be sent again. Those that were taken before this are not there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import ID, Packed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_texts",
        sa.Column("claim_id", ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("text", Packed(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("claim_texts")
