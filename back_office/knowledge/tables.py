"""The knowledge base's tables: every version of every article, what was read how often, branches and estates."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()
"""All tables of the back office; the tickets' join it in back_office/tickets/tables.py."""

articles = Table(
    "articles",
    metadata,
    Column("id", String(80), primary_key=True, comment="policy/deposit: kind, then what it is about"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("status", String(12), nullable=False),
    Column("title", String(120), nullable=False),
    Column("full_text", Text, nullable=False),
    Column("spoken", Text, nullable=False, comment="empty: not told by phone"),
    Column("sms", String(500), nullable=False, comment="empty: not sent"),
    Column("channels", String(80), nullable=False, comment="names in order, separated by spaces"),
    Column("audience", String(12), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, comment="the last day; none: until further notice"),
    Column("demo", Boolean, nullable=False, comment="invented, and says so"),
    Column("written_by", String(40), nullable=False),
    Column("written_us", BigInteger, nullable=False),
    Column("reviewed_by", String(40), comment="another person than the writer"),
    Column("published_us", BigInteger),
)
Index("ix_articles_status", articles.c.status, articles.c.valid_from)

article_uses = Table(
    "article_uses",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("channel", String(12), primary_key=True),
    Column("uses", Integer, nullable=False),
)
"""How often an article was told, sent or shown: the hot list 热点 of seed 002 §七 is counted from it."""

branches = Table(
    "branches",
    metadata,
    Column("code", String(20), primary_key=True, comment="the fund core's code of the office"),
    Column("area", String(4), nullable=False, comment="telephone area code with its 0"),
    Column("place", Integer, nullable=False, comment="order in which the branches of an area are told"),
    Column("name", String(80), nullable=False),
    Column("address", String(160), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("hours", String(80), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
)
Index("ix_branches_area", branches.c.area, branches.c.place)

estates = Table(
    "estates",
    metadata,
    Column("number", String(12), primary_key=True, comment="备案编号"),
    Column("name", String(80), nullable=False),
    Column("developer", String(120), nullable=False),
    Column("address", String(160), nullable=False),
    Column("lends", Boolean, nullable=False, comment="whether fund loans are given for it now"),
    Column("demo", Boolean, nullable=False),
)
