"""What was purged is remembered; indices for what is asked of each 837 and 999."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("purged_at", Moment(), nullable=True),
    )
    op.create_index("ix_interchanges_sent", "interchanges", ["sent", "control"])
    op.create_index("ix_transactions_group_control", "transactions", ["group_control"])


def downgrade() -> None:
    op.drop_index("ix_transactions_group_control", "transactions")
    op.drop_index("ix_interchanges_sent", "interchanges")
    op.drop_table("purges")
