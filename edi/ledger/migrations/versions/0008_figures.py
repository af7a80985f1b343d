"""Who gave the care stands beside each claim, and claims are found by the payer's number of the one that they replace."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SET = 10_000
_RECORDS = sa.text("SELECT id, record FROM claims WHERE id > :after ORDER BY id LIMIT :many")
_CHANGE = sa.text("UPDATE claims SET rendering_id = :rendering WHERE id = :id")
_REPLACING = sa.text("original <> ''")


def upgrade() -> None:
    op.add_column("claims", sa.Column("rendering_id", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    after = -1
    while rows := connection.execute(_RECORDS, {"after": after, "many": _SET}).all():
        after = rows[-1].id
        found = [{"id": id, "rendering": giving} for id, record in rows if (giving := _rendering(json.loads(record)))]
        if found:
            connection.execute(_CHANGE, found)
    op.create_index("ix_claims_original", "claims", ["original"], sqlite_where=_REPLACING, postgresql_where=_REPLACING)


def downgrade() -> None:
    op.drop_index("ix_claims_original", "claims")
    op.drop_column("claims", "rendering_id")


def _rendering(record: dict[str, Any]) -> str:
    """What new claims say, of a record as it is kept."""
    providers = record.get("providers", [])
    found = (party["id"] for role in ("82", "71") for party in providers if party.get("role") == role and party.get("id"))
    return next(found, "").replace("\0", "")
