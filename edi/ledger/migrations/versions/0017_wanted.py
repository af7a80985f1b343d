"""Whether a payer waits for something of ours before it decides. Of what is on file it is not known until the next answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authorizations", sa.Column("wanted", sa.Boolean(), nullable=True))
    of = sa.text("wanted")
    op.create_index("ix_authorizations_wanted", "authorizations", ["id"], sqlite_where=of, postgresql_where=of)


def downgrade() -> None:
    op.drop_index("ix_authorizations_wanted", "authorizations")
    op.drop_column("authorizations", "wanted")
