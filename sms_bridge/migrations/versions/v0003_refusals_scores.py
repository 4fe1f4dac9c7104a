"""Numbers that want nothing they did not ask for, and the scores people text back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; messages are found by their parts' gateway ids now."""
    op.drop_index("ix_outbox_gateway", "sms_outbox")
    op.create_table(
        "sms_refusals",
        sa.Column("number_mark", sa.String(24), primary_key=True),
        sa.Column("since_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sms_scores",
        sa.Column("invitation", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
    )
