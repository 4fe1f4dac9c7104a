"""The tickets' tables: a ticket as it stands, and every step that brought it there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Text

from back_office.knowledge.tables import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("number", String(16), primary_key=True, comment="yyyymmdd and 8 digits"),
    Column("tail", String(8), nullable=False, unique=True, comment="the 8 digits: what the caller hears and keys"),
    Column("request", String(120), nullable=False, unique=True, comment="the asker's own id: asking twice makes one ticket"),
    Column("version", Integer, nullable=False, comment="counts the changes: who changes an old one is refused"),
    Column("kind", String(12), nullable=False),
    Column("about", String(20), nullable=False, comment="complaint target"),
    Column("category", String(6), comment="GB/T 39666 code"),
    Column("source", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("title", String(200), nullable=False),
    Column("content", Text, nullable=False),
    Column("confidential", Boolean, nullable=False, comment="the complainant is hidden from the handling department"),
    Column("created_us", BigInteger, nullable=False),
    Column("due", Date, nullable=False),
    Column("due_provisional", Boolean, nullable=False, comment="a year's notice is missing: recomputed after its import"),
    Column("returned_us", BigInteger, comment="handling time ended"),
    Column("feed_back_due", Date, comment="second clock: one working day for the answer"),
    Column("suspended_us", BigInteger, comment="the clock stands since; none: it runs"),
    Column("closed_us", BigInteger),
    Column("department", String(40)),
    Column("owner", String(40), comment="who has it in hand"),
    Column("depositor", String(40)),
    Column("call", String(40)),
    Column("recording", String(80)),
    Column("external", String(64), unique=True, comment="the number another hotline (12345) gave it"),
    Column("merged_into", String(16)),
    Column("name_sealed", LargeBinary, comment="the complainant's name"),
    Column("phone_sealed", LargeBinary, comment="where he wants to be called"),
    Column("phone_mark", String(24)),
    Column("phone_tail_mark", String(24), comment="of ticket and last four digits: what the progress query compares"),
)
Index("ix_tickets_state_due", tickets.c.state, tickets.c.due)
Index("ix_tickets_created", tickets.c.created_us)
Index("ix_tickets_call", tickets.c.call, sqlite_where=tickets.c.call.is_not(None), postgresql_where=tickets.c.call.is_not(None))
Index("ix_tickets_phone", tickets.c.phone_mark)
Index(
    "ix_tickets_provisional", tickets.c.due_provisional, sqlite_where=tickets.c.due_provisional, postgresql_where=tickets.c.due_provisional
)

steps = Table(
    "ticket_steps",
    metadata,
    Column("ticket", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("left", String(20), comment="the state before; none: it was made"),
    Column("entered", String(20), nullable=False),
    Column("who", String(40), nullable=False, comment="agent number, person, or which part of the house"),
    Column("role", String(20), nullable=False),
    Column("why", Text, nullable=False),
)
"""Append-only: who did what when, and why."""
