"""Work has an owner, minutes, a history, and an order that an index has too."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from edi.ledger.columns import Exact, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LISTED = "state <> 'closed' AND authorization_id IS NULL"
_PARTIAL = (
    ("ix_work_order", _LISTED, ["stake", "until", "id"]),
    ("ix_work_owner", "owner <> ''", ["owner", "stake", "until", "id"]),
    ("ix_work_authorization", "authorization_id IS NOT NULL", ["authorization_id"]),
)
_COLUMNS = ("payer_id", "minutes", "closed_by", "authorization_id", "stake", "until")
_SET = 10_000
_AMOUNTS = sa.text("SELECT id, amount, deadline FROM work WHERE id > :after ORDER BY id LIMIT :many").columns(
    amount=Exact(), deadline=sa.Date()
)
_ORDER = sa.text("UPDATE work SET stake = :stake, until = :until WHERE id = :id").bindparams(
    sa.bindparam("until", type_=sa.Date())
)
_PAYER = sa.text("UPDATE work SET payer_id = :payer_id WHERE id = :id")
_PAYERS = sa.text(
    """SELECT work.id AS id, remittances.payer_id AS payer_id FROM work
    JOIN payments ON work.subject LIKE 'payment:' || CAST(payments.id AS TEXT) || ':%' AND payments.claim = work.claim
    JOIN remittances ON remittances.id = payments.remittance_id WHERE work.kind = 'denial'"""
)


def upgrade() -> None:
    for name, kind, default in (
        ("payer_id", sa.String(), ""),
        ("minutes", sa.Integer(), "0"),
        ("closed_by", sa.String(), ""),
        ("stake", sa.BigInteger(), "0"),
        ("until", sa.Date(), date.max.isoformat()),
    ):
        op.add_column("work", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("work", sa.Column("authorization_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "work_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_work_events_work_id", "work_events", ["work_id"])
    _fill()
    for name, where, columns in _PARTIAL:
        said = sa.text(where)
        op.create_index(name, "work", columns, sqlite_where=said, postgresql_where=said)


def downgrade() -> None:
    """Who did what goes, and what only newer programs keep as work."""
    for name, *_ in _PARTIAL:
        op.drop_index(name, "work")
    op.drop_table("work_events")
    op.execute("DELETE FROM work WHERE authorization_id IS NOT NULL")
    op.execute("UPDATE work SET state = 'open' WHERE state = 'worked'")
    for name in _COLUMNS:
        op.drop_column("work", name)


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE work SET payer_id = payer WHERE kind = 'link'"))
    _change(_PAYER, [dict(row) for row in connection.execute(_PAYERS).mappings()])
    after = -1
    while rows := connection.execute(_AMOUNTS, {"after": after, "many": _SET}).all():
        after = rows[-1].id
        debts = [(row.id, -int((row.amount or 0) * 100), row.deadline or date.max) for row in rows]
        _change(_ORDER, [{"id": id, "stake": stake, "until": until} for id, stake, until in debts])


def _change(statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(statement, rows)
