"""Runs the migrations on the connection that :func:`hotline.db.migrate` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from hotline.db import JOURNAL

schema = context.config.attributes.get("schema", JOURNAL)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=schema.versions_in,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
