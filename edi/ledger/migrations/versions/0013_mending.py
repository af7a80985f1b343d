"""Decisions of payers are kept as they came, byte for byte; and of what claims use, whether it was granted by rules.

Decisions that were taken before this are not there, and of uses from before it nothing is known of rules.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import ID, Packed

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_texts",
        sa.Column("event_id", ID, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("text", Packed(), nullable=False),
    )
    op.add_column("uses", sa.Column("ruled", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("uses", "ruled")
    op.drop_table("event_texts")
