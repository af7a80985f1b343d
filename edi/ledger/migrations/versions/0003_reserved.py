"""What linked claims reserve and denied ones give back, how much is used, payers' extensions, and indices for long lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import Exact

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SERVICES = sa.text(
    """SELECT authorization_id, position, unit, amount FROM services
    WHERE decision IN ('certified', 'partly-certified', 'modified') AND authorization_id IN (SELECT authorization_id FROM uses)"""
).columns(amount=Exact())
_USES = sa.text("SELECT authorization_id, service, role, days, amount FROM uses").columns(amount=Exact())
_PARTIAL = (
    ("ix_authorizations_asked", "asked_at IS NOT NULL", ["expedited", "asked_at", "id"]),
    ("ix_authorizations_payer_asked", "asked_at IS NOT NULL", ["payer_id", "expedited", "asked_at", "id"]),
    ("ix_authorizations_decide_by", "decide_by IS NOT NULL", ["decide_by", "id"]),
    ("ix_authorizations_used", "used > 0", ["used", "id"]),
    ("ix_authorizations_payer_used", "used > 0", ["payer_id", "used", "id"]),
    ("ix_authorizations_payer_awaiting", "awaiting", ["payer_id", "id"]),
    ("ix_authorizations_undecided", "decision IN ('rejected', 'contact-payer')", ["id"]),
)
_FULL = (
    ("ix_authorizations_period_end", ["period_end", "id"]),
    ("ix_authorizations_payer", ["payer_id", "id"]),
    ("ix_authorizations_payer_period_end", ["payer_id", "period_end", "id"]),
)
_COLUMNS = {
    "authorizations": ("used", "decide_by"),
    "events": ("decide_by",),
    "claims": ("denied",),
    "payments": ("denied",),
    "uses": ("state",),
}


def upgrade() -> None:
    op.add_column("uses", sa.Column("state", sa.String(), nullable=False, server_default="sent"))
    op.add_column("claims", sa.Column("denied", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("payments", sa.Column("denied", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("authorizations", sa.Column("used", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("authorizations", sa.Column("decide_by", sa.Date(), nullable=True))
    op.add_column("events", sa.Column("decide_by", sa.Date(), nullable=True))
    op.execute("UPDATE authorizations SET expedited = false WHERE expedited IS NULL AND asked_at IS NOT NULL")
    _fill_used()
    op.drop_index("ix_authorizations_period_end", "authorizations")
    for name, columns in _FULL:
        op.create_index(name, "authorizations", columns)
    for name, where, columns in _PARTIAL:
        said = sa.text(where)
        op.create_index(name, "authorizations", columns, sqlite_where=said, postgresql_where=said)


def downgrade() -> None:
    """What only newer programs know goes: reservations, and what denials gave back."""
    op.execute("DELETE FROM uses WHERE state <> 'sent'")
    for name, *_ in (*_PARTIAL, *_FULL):
        op.drop_index(name, "authorizations")
    op.create_index("ix_authorizations_period_end", "authorizations", ["period_end"])
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)


def _fill_used() -> None:
    """As `edi.ledger.using` keeps it, said once more for the tables as they were."""
    connection = op.get_bind()
    uses: dict[tuple[int, int], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(_USES):
        uses[row.authorization_id, row.service][row.role].append(row)
    shares: dict[int, int] = {}
    for row in connection.execute(_SERVICES):
        used = max((_measured(rows, row.unit) for rows in uses[row.authorization_id, row.position].values()), default=Decimal(0))
        if row.amount is not None and row.amount > 0:
            share = min(int(used * 10_000 / row.amount), 10_000)
            shares[row.authorization_id] = max(share, shares.get(row.authorization_id, 0))
    if shares:
        change = sa.text("UPDATE authorizations SET used = :share WHERE id = :id")
        connection.execute(change, [{"id": id, "share": share} for id, share in shares.items()])


def _measured(rows: Iterable[Any], unit: str) -> Decimal:
    if unit in ("VS", "DY", "DA", "MN"):
        return Decimal(len({day[:7] if unit == "MN" else day for row in rows for day in row.days.split()}))
    return sum((row.amount for row in rows), Decimal(0)) / (60 if unit == "HS" else 1)
