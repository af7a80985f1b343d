"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import ID, Exact, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interchanges",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("control", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("sent", Moment(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=True),
    )
    op.create_index("ix_interchanges_control", "interchanges", ["sender", "receiver", "control"])
    op.create_table(
        "transactions",
        sa.Column(
            "interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("set", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("control", sa.String(), nullable=False),
        sa.Column("group_control", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_transactions_control", "transactions", ["control"])
    op.create_table(
        "authorizations",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("awaiting", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("member_key", sa.String(), nullable=False),
        sa.Column("patient", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("issued", sa.Date(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_index(
        "ix_authorizations_awaiting",
        "authorizations",
        ["id"],
        sqlite_where=sa.text("awaiting"),
        postgresql_where=sa.text("awaiting"),
    )
    op.create_index("ix_authorizations_period_end", "authorizations", ["period_end"])
    op.create_table(
        "services",
        sa.Column(
            "authorization_id", ID, sa.ForeignKey("authorizations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("qualifier", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_end", sa.String(), nullable=False),
        sa.Column("revenue_code", sa.String(), nullable=False),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "identifiers",
        sa.Column(
            "authorization_id", ID, sa.ForeignKey("authorizations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("folded", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identifiers_folded", "identifiers", ["folded", "kind"])
    op.create_table(
        "events",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("authorization_id", ID, sa.ForeignKey("authorizations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("certification_type", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=True),
    )
    op.create_index("ix_events_authorization_id", "events", ["authorization_id"])
    op.create_index("ix_events_interchange_id", "events", ["interchange_id"])
    op.create_table(
        "claims",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("claim_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("member_key", sa.String(), nullable=False),
        sa.Column("billing_id", sa.String(), nullable=False),
        sa.Column("charge", Exact(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_index("ix_claims_claim", "claims", ["claim"])
    op.create_index("ix_claims_claim_key", "claims", ["claim_key"])
    op.create_index("ix_claims_interchange_id", "claims", ["interchange_id"])
    op.create_index("ix_claims_member_key", "claims", ["member_key"])
    op.create_table(
        "lines",
        sa.Column("claim_id", ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("charge", Exact(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lines_control_number", "lines", ["control_number"])
    op.create_table(
        "numbers",
        sa.Column("claim_id", ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("line", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("folded", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_numbers_folded", "numbers", ["folded"])
    op.create_table(
        "uses",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("authorization_id", ID, sa.ForeignKey("authorizations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("service", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
    )
    op.create_index("ix_uses_authorization", "uses", ["authorization_id", "service"])
    op.create_index("ix_uses_claim", "uses", ["claim"])
    op.create_table(
        "remittances",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("interchange_id", ID, sa.ForeignKey("interchanges.id", ondelete="CASCADE"), nullable=True),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payee_id", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("produced_on", sa.Date(), nullable=True),
    )
    op.create_index("ix_remittances_interchange_id", "remittances", ["interchange_id"])
    op.create_index("ix_remittances_trace", "remittances", ["trace", "payer_id", "payee_id"])
    op.create_table(
        "payments",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("remittance_id", ID, sa.ForeignKey("remittances.id", ondelete="CASCADE"), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("claim_key", sa.String(), nullable=False),
        sa.Column("payer_claim", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("charge", Exact(), nullable=True),
        sa.Column("paid", Exact(), nullable=True),
        sa.Column("member_key", sa.String(), nullable=False),
        sa.Column("claim_id", ID, sa.ForeignKey("claims.id", ondelete="CASCADE"), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_index("ix_payments_claim", "payments", ["claim"])
    op.create_index("ix_payments_claim_id", "payments", ["claim_id"])
    op.create_index("ix_payments_claim_key", "payments", ["claim_key"])
    op.create_index("ix_payments_member_key", "payments", ["member_key"])
    op.create_index("ix_payments_payer_claim", "payments", ["payer_claim"])
    op.create_index("ix_payments_remittance_id", "payments", ["remittance_id"])
    op.create_table(
        "findings",
        sa.Column("payment_id", ID, sa.ForeignKey("payments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_findings_kind", "findings", ["kind"])
    op.create_table(
        "work",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("authorization", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
    )
    op.create_index("ix_work_claim", "work", ["claim"])
    op.create_index("ix_work_state", "work", ["state"])


def downgrade() -> None:
    for table in (
        "work",
        "findings",
        "payments",
        "remittances",
        "uses",
        "numbers",
        "lines",
        "claims",
        "events",
        "identifiers",
        "services",
        "authorizations",
        "transactions",
        "interchanges",
    ):
        op.drop_table(table)
