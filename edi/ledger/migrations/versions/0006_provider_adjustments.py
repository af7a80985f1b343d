"""What remittances settle beside claims (PLB), found by the claim's number; not that of remittances that were taken before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import ID, Exact

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_adjustments",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("remittance_id", ID, sa.ForeignKey("remittances.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
    )
    op.create_index("ix_provider_adjustments_remittance_id", "provider_adjustments", ["remittance_id"])
    op.create_index("ix_provider_adjustments_claim", "provider_adjustments", ["claim"])


def downgrade() -> None:
    op.drop_table("provider_adjustments")
