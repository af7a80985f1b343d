"""When requests were made and answered, how what stands came, and the control numbers that were given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OLDEST = """UPDATE authorizations SET asked_at = (
    SELECT min(made_at) FROM events WHERE events.authorization_id = authorizations.id AND events.kind = 'requested'
) WHERE awaiting"""
"""As near as an older ledger tells: it did not keep which of several requests waits."""


def upgrade() -> None:
    op.add_column("authorizations", sa.Column("asked_at", Moment(), nullable=True))
    op.add_column("authorizations", sa.Column("expedited", sa.Boolean(), nullable=True))
    op.add_column("authorizations", sa.Column("source", sa.String(), nullable=True))
    op.add_column("events", sa.Column("made_at", Moment(), nullable=True))
    op.add_column("events", sa.Column("expedited", sa.Boolean(), nullable=True))
    op.create_table(
        "series",
        sa.Column("sender", sa.String(), primary_key=True),
        sa.Column("receiver", sa.String(), primary_key=True),
        sa.Column("usage", sa.String(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    midnight = "day || ' 00:00:00.000000'" if op.get_bind().dialect.name == "sqlite" else "CAST(day AS timestamp)"
    op.execute(f"UPDATE events SET made_at = {midnight} WHERE day IS NOT NULL")
    op.execute(_OLDEST)


def downgrade() -> None:
    op.drop_table("series")
    for table, names in (("events", ("made_at", "expedited")), ("authorizations", ("asked_at", "expedited", "source"))):
        for name in names:
            op.drop_column(table, name)
