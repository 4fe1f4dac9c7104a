"""The journal as it began: events, what was set aside, snapshots, callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the four tables. There is no way down: the journal is only ever extended."""
    _events()
    op.create_table(
        "events_set_aside",
        _seq(),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("call", sa.String),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "snapshots",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("taken_us", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "callers",
        sa.Column("call", sa.String, primary_key=True),
        sa.Column("number_encrypted", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("wall_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_callers_wall", "callers", ["wall_us"])


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False)


def _events() -> None:
    op.create_table(
        "events",
        _seq(),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("call", sa.String),
        sa.Column("seat", sa.Integer),
        sa.Column("wall_us", sa.BigInteger, nullable=False),
        sa.Column("mono_us", sa.BigInteger, nullable=False),
        sa.Column("boot", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    called, arrived, ended = sa.text("call IS NOT NULL"), sa.text("type = 'CallArrived'"), sa.text("type = 'CallEnded'")
    op.create_index("ix_events_call", "events", ["call", "seq"], sqlite_where=called, postgresql_where=called)
    op.create_index("ix_events_wall", "events", ["wall_us"])
    op.create_index("ix_events_arrived", "events", ["wall_us"], sqlite_where=arrived, postgresql_where=arrived)
    op.create_index("uq_events_call_ended", "events", ["call"], unique=True, sqlite_where=ended, postgresql_where=ended)
