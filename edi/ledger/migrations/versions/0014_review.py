"""What the request is that waits, where payers do not have the time of a first review for it; what is cancelled waits no more.

Of those that wait already, appeals and cancellations are known; what was over when it was asked for is not, until the next
message about it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_REVIEW = """UPDATE authorizations SET review = (
    SELECT max(CASE WHEN certification_type = '3' THEN 'cancellation'
                    WHEN certification_type IN ('1', '2', 'N') THEN 'appeal' ELSE '' END)
    FROM events
    WHERE events.authorization_id = authorizations.id AND kind = 'requested' AND made_at = authorizations.asked_at
) WHERE awaiting AND asked_at IS NOT NULL"""

_CANCELLED = """UPDATE authorizations SET awaiting = false, asked_at = NULL, expedited = false, decide_by = NULL
WHERE awaiting AND decision = 'cancelled' AND (
    SELECT max(day) FROM events
    WHERE events.authorization_id = authorizations.id AND kind = 'answered' AND certification_type = '3'
) > (
    SELECT max(day) FROM events
    WHERE events.authorization_id = authorizations.id AND kind = 'requested' AND certification_type <> '3'
)"""
"""What was asked for on the day of the cancellation or later is left to wait."""


def upgrade() -> None:
    op.execute(_CANCELLED)
    op.add_column("authorizations", sa.Column("review", sa.String(), nullable=True))
    op.execute(_REVIEW)


def downgrade() -> None:
    op.drop_column("authorizations", "review")
