"""What acknowledgments say of claims that were sent; remittances known again in another envelope."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import ID, Exact, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transactions", sa.Column("reference", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_transactions_reference", "transactions", ["reference"])
    op.add_column("claims", sa.Column("rejected", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("claims", sa.Column("set_position", sa.Integer(), nullable=True))
    op.execute(_ONLY_SET)
    op.create_table(
        "claim_answers",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("control", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("claim_key", sa.String(), nullable=False),
        sa.Column("payer_claim", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("codes", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=True),
        sa.Column("recorded_at", Moment(), nullable=True),
        sa.Column("claim_id", ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), nullable=True),
        sa.Column("answered_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("first_set", sa.Integer(), nullable=False),
        sa.Column("last_set", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
    )
    for column in ("interchange_id", "control", "claim_key", "payer_claim", "claim_id", "answered_id"):
        op.create_index(f"ix_claim_answers_{column}", "claim_answers", [column])
    op.create_table(
        "traces",
        sa.Column(
            "interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("control", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("again_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("again_control", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_traces_trace", "traces", ["trace"])


def downgrade() -> None:
    op.drop_table("traces")
    op.drop_table("claim_answers")
    op.execute("DELETE FROM uses WHERE state = 'rejected'")
    op.drop_column("claims", "set_position")
    op.drop_column("claims", "rejected")
    op.drop_index("ix_transactions_reference", "transactions")
    op.drop_column("transactions", "reference")


_ONLY_SET = """
UPDATE claims SET set_position = (
    SELECT min(position) FROM transactions WHERE transactions.interchange_id = claims.interchange_id
) WHERE interchange_id IN (SELECT interchange_id FROM transactions GROUP BY interchange_id HAVING count(*) = 1)
"""
"""An interchange with one transaction has its claims in that; of others it is not known any more."""
