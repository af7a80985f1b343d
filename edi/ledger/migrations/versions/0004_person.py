"""Authorizations are found by the patient's last name and birth date too: who may be the same under another member id."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from edi.linkage.joining import folded
from edi.linkage.patients import person_key
from edi.records.parties import Person

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SET = 10_000
_RECORDS = sa.text("SELECT id, record FROM authorizations WHERE id > :after ORDER BY id LIMIT :many")
_NAME = sa.text(
    """INSERT INTO identifiers (authorization_id, kind, value, folded)
    SELECT CAST(:id AS BIGINT), 'person', CAST(:value AS VARCHAR), CAST(:folded AS VARCHAR)
    WHERE NOT EXISTS (SELECT 1 FROM identifiers WHERE authorization_id = CAST(:id AS BIGINT) AND kind = 'person'
        AND value = CAST(:value AS VARCHAR))"""
)
"""Some ledgers of the step before have them already: versions between two steps were used too."""


def upgrade() -> None:
    connection = op.get_bind()
    after = -1
    while rows := connection.execute(_RECORDS, {"after": after, "many": _SET}).all():
        after = rows[-1].id
        names = [{"id": id, "value": name, "folded": folded(name)} for id, record in rows if (name := _name(json.loads(record)))]
        if names:
            connection.execute(_NAME, names)


def downgrade() -> None:
    op.execute("DELETE FROM identifiers WHERE kind = 'person'")


def _name(record: dict[str, Any]) -> str:
    """What new authorizations are found by, of a record as it is kept."""
    patient = record.get("patient", {})
    born = patient.get("birth_date")
    last_name = patient.get("last_name", "").replace("\0", "")
    return person_key(Person(last_name=last_name, birth_date=date.fromisoformat(born) if born else None))
