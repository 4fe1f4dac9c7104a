"""The bridge's tables. Numbers and texts are sealed, marks make numbers findable; a code is kept as a keyed hash only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, MetaData, String, Table, Text

from hotline.db import BIG, Schema

metadata = MetaData()

outbox = Table(
    "sms_outbox",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("key", String(120), nullable=False, unique=True, comment="one per business event: asking twice sends once"),
    Column("lane", String(8), nullable=False),
    Column("topic", String(12), nullable=False),
    Column("stat", String(12), nullable=False, comment="class of the monthly report"),
    Column("depositor", String(40)),
    Column("call", String(40)),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("number_mark", String(24), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False, comment="sealed about the key; a code's is emptied when it is final"),
    Column("segments", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text, comment="why it is held or failed"),
    Column("created_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, comment="not to be delivered afterwards"),
    Column("submitted_us", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("gateway", String(40)),
    Column("gateway_id", String(64), comment="Msg_Id, as text"),
    Column("text_mark", String(24), comment="finds the same text to the same number"),
    Column("link_id", String(20), comment="of the text it answers (CMPP 3.0 LinkID)"),
    Column("not_before_us", BigInteger, comment="not to be sent earlier: a wish, or too many to one number"),
    Column("accepted_us", BigInteger, comment="when a gateway took its first part"),
    Column("cost", BigInteger, nullable=False, server_default="0", comment="1/10,000 yuan, for the parts that were accepted"),
)
_waits = outbox.c.state.in_(("composed", "held"))
Index("ix_outbox_waits", outbox.c.lane, outbox.c.id, sqlite_where=_waits, postgresql_where=_waits)
Index("ix_outbox_created", outbox.c.created_us)
Index("ix_outbox_number", outbox.c.number_mark, outbox.c.topic)

parts = Table(
    "sms_parts",
    metadata,
    Column("message", BIG, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("of", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("account", String(40), nullable=False),
    Column("number_mark", String(24), nullable=False),
    Column("gateway_id", String(70), comment="Msg_Id in the protocol's own form"),
    Column("code", String(80), comment="last answer or report, in the gateway's words"),
    Column("attempts", Integer, nullable=False),
    Column("on_wire_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
)
_open = parts.c.state.in_(("on_wire", "unknown", "held", "composed"))
Index("ix_parts_open", parts.c.state, sqlite_where=_open, postgresql_where=_open)
Index("ix_parts_gateway", parts.c.gateway_id)
Index("ix_parts_number", parts.c.number_mark)

orphans = Table(
    "sms_orphans",
    metadata,
    Column("account", String(40), primary_key=True),
    Column("key", String(90), primary_key=True),
    Column("gateway_id", String(70), nullable=False),
    Column("fate", String(12), nullable=False),
    Column("stat", String(20), nullable=False),
    Column("number_mark", String(24), nullable=False),
    Column("at_us", BigInteger, nullable=False),
)
"""Reports that came before the answer to their message, or of a message nobody knows: kept 72 hours."""

ported = Table(
    "sms_ported",
    metadata,
    Column("number_mark", String(24), primary_key=True),
    Column("account", String(40), nullable=False),
    Column("learnt_us", BigInteger, nullable=False),
)
"""Numbers that go by another account than their prefix says: learnt from refusals."""

texts = Table(
    "sms_texts",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("account", String(40), nullable=False),
    Column("key", String(70), nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("number_mark", String(24), nullable=False),
    Column("to", String(24), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("ref", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("link_id", String(20), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("state", String(10), nullable=False, comment="new, then what became of it"),
)
Index("uq_texts_key", texts.c.account, texts.c.key, unique=True)
_new = texts.c.state == "new"
Index("ix_texts_new", texts.c.id, sqlite_where=_new, postgresql_where=_new)
Index("ix_texts_number", texts.c.number_mark, texts.c.at_us)

refusals = Table(
    "sms_refusals",
    metadata,
    Column("number_mark", String(24), primary_key=True),
    Column("since_us", BigInteger, nullable=False),
)
"""Numbers that texted TD: nothing nobody asked for goes to them, bound or not, until they text KT."""

scores = Table(
    "sms_scores",
    metadata,
    Column("invitation", BIG, primary_key=True, autoincrement=False, comment="the message that asked"),
    Column("score", Integer, nullable=False, comment="1 satisfied, 2 fairly, 3 not"),
    Column("at_us", BigInteger, nullable=False),
)

codes = Table(
    "sms_codes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("purpose", String(12), nullable=False),
    Column("depositor", String(40), nullable=False, comment="empty: nobody's, it can't be right"),
    Column("number_mark", String(24), nullable=False),
    Column("code_mark", String(24), nullable=False, comment="keyed hash of id and code"),
    Column("day", Date, nullable=False),
    Column("sent_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("used_us", BigInteger, comment="keyed rightly"),
    Column("spent_us", BigInteger, comment="what it proved was done with it"),
)
Index("ix_codes_number", codes.c.number_mark, codes.c.day)
Index("ix_codes_depositor", codes.c.depositor, codes.c.day)

bindings = Table(
    "sms_bindings",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("depositor", String(40), nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("number_mark", String(24), nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, comment="none: bound now"),
    Column("way", String(10), nullable=False),
    Column("by", String(40), nullable=False),
)
_now = bindings.c.until_us.is_(None)
Index("uq_bindings_one", bindings.c.depositor, unique=True, sqlite_where=_now, postgresql_where=_now)
Index("ix_bindings_number", bindings.c.number_mark, sqlite_where=_now, postgresql_where=_now)

subscriptions = Table(
    "sms_subscriptions",
    metadata,
    Column("depositor", String(40), primary_key=True),
    Column("sms_class", String(10), primary_key=True),
    Column("since_us", BigInteger, nullable=False),
)
Index("ix_subscriptions_class", subscriptions.c.sms_class)

subscription_changes = Table(
    "sms_subscription_changes",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("depositor", String(40), nullable=False),
    Column("sms_class", String(10), nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("way", String(10), nullable=False),
    Column("by", String(40), nullable=False),
    Column("words", Text, nullable=False, comment="what the person was told: proof of consent"),
)
Index("ix_changes_at", subscription_changes.c.at_us)
Index("ix_changes_depositor", subscription_changes.c.depositor, subscription_changes.c.at_us)

SCHEMA = Schema(metadata, "0003", Path(__file__).parent / "migrations" / "versions", "sms_version")
