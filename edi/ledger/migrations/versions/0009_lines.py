"""Lines that a payer denied give back what they used, and findings know the rule that gives their deadline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = (("claims", "denied_lines"), ("payments", "denied_lines"), ("payments", "other_lines"), ("findings", "limited_by"))


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """What denied lines gave back is forgotten: they count again when their claims are decided anew."""
    for table, column in _COLUMNS:
        op.drop_column(table, column)
