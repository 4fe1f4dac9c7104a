"""The SMS bridge as it began: outbox, one-time codes, bindings, subscriptions with their changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. There is no way down: what was sent and consented to is only ever extended."""
    _outbox()
    _codes()
    _bindings()
    _subscriptions()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _outbox() -> None:
    op.create_table(
        "sms_outbox",
        _id(),
        sa.Column("key", sa.String(120), nullable=False, unique=True),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("topic", sa.String(12), nullable=False),
        sa.Column("stat", sa.String(12), nullable=False),
        sa.Column("depositor", sa.String(40)),
        sa.Column("call", sa.String(40)),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary, nullable=False),
        sa.Column("segments", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("changed_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger),
        sa.Column("submitted_us", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("gateway", sa.String(40)),
        sa.Column("gateway_id", sa.String(64)),
    )
    waits = sa.text("state IN ('composed', 'held')")
    op.create_index("ix_outbox_waits", "sms_outbox", ["lane", "id"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_outbox_created", "sms_outbox", ["created_us"])
    op.create_index("ix_outbox_number", "sms_outbox", ["number_mark", "topic"])
    op.create_index("ix_outbox_gateway", "sms_outbox", ["gateway", "gateway_id"])


def _codes() -> None:
    op.create_table(
        "sms_codes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("depositor", sa.String(40), nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("code_mark", sa.String(24), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("sent_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("used_us", sa.BigInteger),
        sa.Column("spent_us", sa.BigInteger),
    )
    op.create_index("ix_codes_number", "sms_codes", ["number_mark", "day"])
    op.create_index("ix_codes_depositor", "sms_codes", ["depositor", "day"])


def _bindings() -> None:
    op.create_table(
        "sms_bindings",
        _id(),
        sa.Column("depositor", sa.String(40), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("number_mark", sa.String(24), nullable=False),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("until_us", sa.BigInteger),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
    )
    now = sa.text("until_us IS NULL")
    op.create_index("uq_bindings_one", "sms_bindings", ["depositor"], unique=True, sqlite_where=now, postgresql_where=now)
    op.create_index("ix_bindings_number", "sms_bindings", ["number_mark"], sqlite_where=now, postgresql_where=now)


def _subscriptions() -> None:
    op.create_table(
        "sms_subscriptions",
        sa.Column("depositor", sa.String(40), primary_key=True),
        sa.Column("sms_class", sa.String(10), primary_key=True),
        sa.Column("since_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_subscriptions_class", "sms_subscriptions", ["sms_class"])
    op.create_table(
        "sms_subscription_changes",
        _id(),
        sa.Column("depositor", sa.String(40), nullable=False),
        sa.Column("sms_class", sa.String(10), nullable=False),
        sa.Column("opened", sa.Boolean, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("ix_changes_at", "sms_subscription_changes", ["at_us"])
    op.create_index("ix_changes_depositor", "sms_subscription_changes", ["depositor", "at_us"])
