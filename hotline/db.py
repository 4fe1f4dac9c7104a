"""The journal's tables, and how a database is opened: SQLite (WAL, FULL) on one machine, PostgreSQL for several.

Laws:

* ``events`` is append-only: nothing here updates or deletes a row of it;
* at most one ``CallEnded`` per call, kept by a partial unique index in both databases;
* a commit that returned is on the disk: ``synchronous=FULL`` in SQLite, ``synchronous_commit=on`` in PostgreSQL;
* nothing but what both databases understand; the few exceptions stand in this file.

The schema is made by the Alembic migrations in ``hotline/migrations`` and equals ``metadata`` (a test compares them). Rooms with
tables of their own have a :class:`Schema` and migrations of their own, run by the same :func:`migrate` (hotline/tables.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.pool import NullPool, StaticPool

from hotline.errors import HotlineError

SCHEMA = "0001"
"""The newest migration. A database that stands there already is opened without loading Alembic (0.2 s of a worker's start)."""

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64 bits in both; SQLite's row number must be spelt INTEGER."""

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("call", String),
    Column("seat", Integer),
    Column("wall_us", BigInteger, nullable=False),
    Column("mono_us", BigInteger, nullable=False),
    Column("boot", String, nullable=False),
    Column("body", Text, nullable=False),
)
Index("ix_events_call", events.c.call, events.c.seq, sqlite_where=events.c.call.is_not(None), postgresql_where=events.c.call.is_not(None))
Index("ix_events_wall", events.c.wall_us)
Index(
    "ix_events_arrived",
    events.c.wall_us,
    sqlite_where=events.c.type == "CallArrived",
    postgresql_where=events.c.type == "CallArrived",
)
Index(
    "uq_events_call_ended",
    events.c.call,
    unique=True,
    sqlite_where=events.c.type == "CallEnded",
    postgresql_where=events.c.type == "CallEnded",
)

set_aside = Table(
    "events_set_aside",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("call", String),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Events the journal refused (a second CallEnded, a value the database can't hold): kept for people, read by no figure."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("name", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("taken_us", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""A state as it was after event ``seq``; a shortcut only, it can be thrown away."""

callers = Table(
    "callers",
    metadata,
    Column("call", String, primary_key=True),
    Column("number_encrypted", LargeBinary, nullable=False),
    Column("key", String, nullable=False),
    Column("wall_us", BigInteger, nullable=False),
)
"""Who called: the number encrypted (hotline/callers.py) and erasable, because no event and no figure depends on it."""
Index("ix_callers_wall", callers.c.wall_us)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one owner: what the code believes in, the newest migration, and the folder of the migrations that lead there.

    Owners may share a database: each keeps its place in a version table of its own.
    """

    metadata: MetaData
    newest: str
    migrations: Path
    versions_in: str = "alembic_version"


JOURNAL = Schema(metadata, SCHEMA, Path(__file__).parent / "migrations" / "versions")


class DatabaseTooNew(HotlineError):
    """The database was written by a newer version of the hotline; start that version, or restore an older backup:"""


def journal_url(folder: Path) -> str:
    """The URL of the default journal: a SQLite file in the runtime ``folder``."""
    return f"sqlite:///{(folder / 'journal.db').absolute()}"


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite ``url``; None for PostgreSQL and for a database in memory."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        return None
    return Path(parts.database)


def writer_engine(url: str, busy_s: float = 2.0, pragmas: dict[str, int] | None = None) -> Engine:
    """An engine for the one writer; each transaction takes SQLite's write lock at its beginning, waiting up to ``busy_s``.

    ``pragmas`` are set on every new SQLite connection beside our own. Parameters never appear in an error's text.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=_postgres_arguments())
    pool = NullPool if sqlite_file(url) else StaticPool
    arguments = {"isolation_level": None, "timeout": busy_s, "check_same_thread": False}  # whose thread it is is the asker's affair
    engine = create_engine(url, poolclass=pool, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "begin", _begin_immediate)
    ours = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON", "journal_size_limit": 67_108_864}

    def set_pragmas(connection: Any, _record: Any) -> None:
        for name, value in {**ours, **(pragmas or {})}.items():
            connection.execute(f"PRAGMA {name}={value}").close()

    event.listen(engine, "connect", set_pragmas)
    return engine


def reader_engine(url: str) -> Engine:
    """An engine that can only read, for any process, while the writer writes. The database must be there already."""
    file = sqlite_file(url)
    if file is None:
        arguments = {**_postgres_arguments(), "options": "-c default_transaction_read_only=on"}
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    read_only = make_url(url).set(database=f"file:{quote(str(file.absolute()))}").update_query_dict({"mode": "ro", "uri": "true"})
    return create_engine(read_only, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": 5.0})


def migrate(connection: Connection, schema: Schema = JOURNAL) -> None:
    """Bring the tables to ``schema.newest``. Raises DatabaseTooNew when they are beyond what we know.

    A database in memory begins anew each time and gets today's tables at once.
    """
    if sqlite_file(str(connection.engine.url)) is None and connection.dialect.name == "sqlite":
        schema.metadata.create_all(connection)
        return
    present = inspect(connection).has_table(schema.versions_in)
    at = connection.execute(text(f"SELECT version_num FROM {schema.versions_in}")).scalar() if present else None
    if at == schema.newest:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", _escaped(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(schema.migrations))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseTooNew(str(error)) from None


def reason(error: BaseException) -> str:
    """What the database said, in its own words, without statement or values."""
    origin = getattr(error, "orig", None) or error
    words = str(origin).splitlines()
    return f"{type(origin).__name__}: {words[0] if words else ''}"


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file itself is damaged."""
    return any(words in str(error) for words in ("malformed", "not a database"))


def _escaped(folder: Path) -> str:
    """A path as an ini file wants it."""
    return str(folder).replace("%", "%%")


def _begin_immediate(connection: Connection) -> None:
    """Past SQLAlchemy's own statement handling: it runs once per commit, and an error is as clear from the driver itself."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN IMMEDIATE").close()


def _postgres_arguments() -> dict[str, Any]:
    """A dead server or a cut network is noticed within about ten seconds instead of hours."""
    return {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "options": "-c synchronous_commit=on -c lock_timeout=2000",
    }
