"""The back office as it began: tickets with their steps; articles with their uses, branches, estates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. There is no way down: what people were promised is only ever extended."""
    _articles()
    _places()
    _tickets()
    _steps()


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("full_text", sa.Text, nullable=False),
        sa.Column("spoken", sa.Text, nullable=False),
        sa.Column("sms", sa.String(500), nullable=False),
        sa.Column("channels", sa.String(80), nullable=False),
        sa.Column("audience", sa.String(12), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.Column("written_by", sa.String(40), nullable=False),
        sa.Column("written_us", sa.BigInteger, nullable=False),
        sa.Column("reviewed_by", sa.String(40)),
        sa.Column("published_us", sa.BigInteger),
    )
    op.create_index("ix_articles_status", "articles", ["status", "valid_from"])
    op.create_table(
        "article_uses",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("channel", sa.String(12), primary_key=True),
        sa.Column("uses", sa.Integer, nullable=False),
    )


def _places() -> None:
    op.create_table(
        "branches",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("area", sa.String(4), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("hours", sa.String(80), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
    )
    op.create_index("ix_branches_area", "branches", ["area", "place"])
    op.create_table(
        "estates",
        sa.Column("number", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("developer", sa.String(120), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("lends", sa.Boolean, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(16), primary_key=True),
        sa.Column("tail", sa.String(8), nullable=False, unique=True),
        sa.Column("request", sa.String(120), nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("about", sa.String(20), nullable=False),
        sa.Column("category", sa.String(6)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("returned_us", sa.BigInteger),
        sa.Column("feed_back_due", sa.Date),
        sa.Column("suspended_us", sa.BigInteger),
        sa.Column("closed_us", sa.BigInteger),
        sa.Column("department", sa.String(40)),
        sa.Column("owner", sa.String(40)),
        sa.Column("depositor", sa.String(40)),
        sa.Column("call", sa.String(40)),
        sa.Column("recording", sa.String(80)),
        sa.Column("external", sa.String(64), unique=True),
        sa.Column("merged_into", sa.String(16)),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("phone_sealed", sa.LargeBinary),
        sa.Column("phone_mark", sa.String(24)),
        sa.Column("phone_tail_mark", sa.String(24)),
    )
    called, provisional = sa.text("call IS NOT NULL"), sa.text("due_provisional")
    op.create_index("ix_tickets_state_due", "tickets", ["state", "due"])
    op.create_index("ix_tickets_created", "tickets", ["created_us"])
    op.create_index("ix_tickets_call", "tickets", ["call"], sqlite_where=called, postgresql_where=called)
    op.create_index("ix_tickets_phone", "tickets", ["phone_mark"])
    op.create_index("ix_tickets_provisional", "tickets", ["due_provisional"], sqlite_where=provisional, postgresql_where=provisional)


def _steps() -> None:
    op.create_table(
        "ticket_steps",
        sa.Column("ticket", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("left", sa.String(20)),
        sa.Column("entered", sa.String(20), nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
