"""The relay: parts of messages on the wire, reports that came too early, texts that came in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. There is no way down: what was sent and consented to is only ever extended."""
    op.add_column("sms_outbox", sa.Column("text_mark", sa.String(24)))
    op.add_column("sms_outbox", sa.Column("link_id", sa.String(20)))
    op.add_column("sms_outbox", sa.Column("not_before_us", sa.BigInteger))
    op.add_column("sms_outbox", sa.Column("accepted_us", sa.BigInteger))
    op.add_column("sms_outbox", sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"))
    _parts()
    _orphans()
    _texts()


def _parts() -> None:
    op.create_table(
        "sms_parts",
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("of", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("gateway_id", sa.String(70)),
        sa.Column("code", sa.String(80)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("on_wire_us", sa.BigInteger, nullable=False),
        sa.Column("changed_us", sa.BigInteger, nullable=False),
    )
    is_open = sa.text("state IN ('on_wire', 'unknown', 'held', 'composed')")
    op.create_index("ix_parts_open", "sms_parts", ["state"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_parts_gateway", "sms_parts", ["gateway_id"])
    op.create_index("ix_parts_number", "sms_parts", ["number_mark"])


def _orphans() -> None:
    op.create_table(
        "sms_orphans",
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(90), primary_key=True),
        sa.Column("gateway_id", sa.String(70), nullable=False),
        sa.Column("fate", sa.String(12), nullable=False),
        sa.Column("stat", sa.String(20), nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
    )


def _texts() -> None:
    op.create_table(
        "sms_ported",
        sa.Column("number_mark", sa.String(24), primary_key=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("learnt_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sms_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("key", sa.String(70), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("to", sa.String(24), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary, nullable=False),
        sa.Column("ref", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("link_id", sa.String(20), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
    )
    op.create_index("uq_texts_key", "sms_texts", ["account", "key"], unique=True)
    new = sa.text("state = 'new'")
    op.create_index("ix_texts_new", "sms_texts", ["id"], sqlite_where=new, postgresql_where=new)
    op.create_index("ix_texts_number", "sms_texts", ["number_mark", "at_us"])
