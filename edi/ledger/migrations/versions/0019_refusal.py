"""What was refused, and that no appeal was asked for, is a column: it is work before the service is given.

Of what is there already that is known by its decisions; that less was certified than asked for is not, until the next message.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_REFUSED = """UPDATE authorizations SET refused = true
WHERE kind <> 'notice' AND (decision = 'denied' OR id IN (SELECT authorization_id FROM services WHERE decision = 'denied'))
AND id NOT IN (SELECT authorization_id FROM events WHERE kind = 'requested' AND certification_type IN ('1', '2', 'N'))"""


def upgrade() -> None:
    op.add_column("authorizations", sa.Column("refused", sa.Boolean(), nullable=True))
    op.execute(_REFUSED)
    where = sa.text("refused")
    columns = ["period_end", "id"]
    op.create_index("ix_authorizations_refused", "authorizations", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_authorizations_refused", "authorizations")
    op.drop_column("authorizations", "refused")
