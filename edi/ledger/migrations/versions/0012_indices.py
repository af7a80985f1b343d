"""Indices for what is asked of each 837 and 999: whether a later one came before it, and which groups it names."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_interchanges_sent", "interchanges", ["sent", "control"])
    op.create_index("ix_transactions_group_control", "transactions", ["group_control"])


def downgrade() -> None:
    op.drop_index("ix_transactions_group_control", "transactions")
    op.drop_index("ix_interchanges_sent", "interchanges")
