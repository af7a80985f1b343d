"""Requests say that an acknowledgment rejected them. Of what was taken before this none does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("refused", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("events", "refused")
