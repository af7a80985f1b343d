"""An interchange is found by its number alone: a TA1 says that, and its sender may be called otherwise there."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_interchanges_number", "interchanges", ["control"])


def downgrade() -> None:
    op.drop_index("ix_interchanges_number", "interchanges")
