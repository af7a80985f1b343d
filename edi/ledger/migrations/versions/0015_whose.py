"""Work says whose claim it is about. What was opened before this is of whoever has its number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("who", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("work", "who")
