"""Two ways to one database: a writer that works in transactions, a reader that PostgreSQL keeps from writing."""

from dataclasses import dataclass
from typing import Any

import psycopg2.extensions
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from paddles.db import embedded
from paddles.settings import Settings

# The type ids of json and jsonb in PostgreSQL's catalogue (src/include/catalog/pg_type.dat).
JSON_OIDS = (114, 3802)
RAW_JSON = psycopg2.extensions.new_type(JSON_OIDS, "RAW_JSON", psycopg2.extensions.BYTES)


@dataclass
class Replica:
    """A read-only copy of the database that may lag; ``away_until`` is when to try it again, by the monotonic clock."""

    sessions: sessionmaker[Session]
    away_until: float = 0.0


@dataclass(frozen=True)
class Database:
    """Where units of work get their sessions from."""

    writer: sessionmaker[Session]
    reader: sessionmaker[Session]
    url: str
    replica: Replica | None = None

    def dispose(self) -> None:
        """Close every idle connection."""
        for sessions in (self.writer, self.reader, *([self.replica.sessions] if self.replica else [])):
            sessions.kw["bind"].dispose()


def connect(settings: Settings) -> Database:
    """Return the database of ``settings``; with no URL set, the embedded server, started when it does not run."""
    url = settings.database_url
    if not url:
        url = embedded.acquire(settings.home or embedded.default_home()).url
    copy = settings.database_replica_url
    return Database(
        writer=_sessions(_engine(url, settings, "-c timezone=UTC")),
        reader=_sessions(_reading(url, settings)),
        url=url,
        replica=Replica(_sessions(_reading(copy, settings))) if copy else None,
    )


def _reading(url: str, settings: Settings) -> Engine:
    return _engine(url, settings, "-c timezone=UTC -c default_transaction_read_only=on", isolation_level="AUTOCOMMIT")


def _sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False, autoflush=False)


def _engine(url: str, settings: Settings, at_start: str, **options: Any) -> Engine:
    # A transaction pooler refuses start-up options: reads are then kept from writing by the code alone.
    more = {} if settings.database_pooler else {"options": at_start}
    options["connect_args"] = {"application_name": "paddles", **more}
    # A stale connection shows itself in use and the unit of work is repeated: no ping before each.
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=4,
        pool_timeout=10,
        pool_use_lifo=True,
        hide_parameters=True,
        **options,
    )
    event.listen(engine, "connect", _raw_json)
    if settings.database_pooler:
        event.listen(engine, "connect", _times_in_utc)
    return engine


def _raw_json(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(RAW_JSON, connection)


def _times_in_utc(connection: Any, _record: Any) -> None:
    # The one SET that a transaction pooler keeps for its client: the server reports the zone to it when it changes.
    before, connection.autocommit = connection.autocommit, True
    with connection.cursor() as cursor:
        cursor.execute("SET timezone TO 'UTC'")
    connection.autocommit = before
