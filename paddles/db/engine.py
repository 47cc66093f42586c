"""Two ways to one database: a writer that works in transactions, a reader that PostgreSQL keeps from writing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2.extensions
from sqlalchemy import Engine, create_engine, event

from paddles.db import embedded, limits, prepared
from paddles.db.statsd import Statsd
from paddles.settings import Settings

# The type ids of json and jsonb in PostgreSQL's catalogue (src/include/catalog/pg_type.dat).
JSON_OIDS = (114, 3802)
# How many connections beyond pool_size a pool makes when all are in use.
OVERFLOW = 4
RAW_JSON = psycopg2.extensions.new_type(JSON_OIDS, "RAW_JSON", psycopg2.extensions.BYTES)


# Nothing waits for ever for somebody's forgotten transaction, and none of ours is forgotten.
WAITS = "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
CONNECT_TIMEOUT_S = 10


@dataclass
class Replica:
    """A read-only copy of the database that may lag; ``away_until`` is when to try it again, by the monotonic clock."""

    engine: Engine
    away_until: float = 0.0


@dataclass(frozen=True)
class Database:
    """Where units of work get their sessions from."""

    writer: Engine
    reader: Engine
    url: str
    statsd: Statsd | None = None
    replica: Replica | None = None

    def dispose(self) -> None:
        """Close every idle connection, and the way to the statsd."""
        for engine in (self.writer, self.reader, *([self.replica.engine] if self.replica else [])):
            engine.dispose()
        if self.statsd:
            self.statsd.close()


def connect(settings: Settings) -> Database:
    """Return the database of ``settings``; with no URL set, the embedded server, started when it does not run."""
    url = settings.database_url
    if not url:
        url = embedded.acquire(settings.home or embedded.default_home()).url
    copy = settings.database_replica_url
    return Database(
        writer=_engine(url, settings, f"-c timezone=UTC {WAITS}"),
        reader=_reading(url, settings),
        url=url,
        statsd=Statsd(*settings.statsd, settings.statsd_prefix) if settings.statsd else None,
        replica=Replica(_reading(copy, settings)) if copy else None,
    )


def _reading(url: str, settings: Settings) -> Engine:
    return _engine(url, settings, "-c timezone=UTC -c default_transaction_read_only=on", isolation_level="AUTOCOMMIT")


def on_use(connections: Engine, changed: Callable[[int], None]) -> None:
    """Have ``changed`` told 1 when a connection is taken out of the pool and -1 when it is put back."""

    def taken(_connection: Any, record: Any, _fairy: Any) -> None:
        record.record_info[changed] = True
        changed(1)

    def back(_connection: Any, record: Any) -> None:
        # What could not be connected again comes back without ever having been taken.
        if record.record_info.pop(changed, None):
            changed(-1)

    pool = connections.pool
    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", back)


def _engine(url: str, settings: Settings, at_start: str, **options: Any) -> Engine:
    # A transaction pooler refuses start-up options: reads are then kept from writing by the code alone.
    more = {} if settings.database_pooler else {"options": at_start}
    options["connect_args"] = {"application_name": "paddles", "connect_timeout": CONNECT_TIMEOUT_S, **more}
    # A stale connection shows itself in use and the unit of work is repeated: no ping before each.
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=OVERFLOW,
        pool_timeout=10,
        pool_use_lifo=True,
        hide_parameters=True,
        **options,
    )
    event.listen(engine, "connect", _raw_json)
    limits.enable(engine)
    if settings.database_pooler:
        event.listen(engine, "connect", _times_in_utc)
    else:
        prepared.enable(engine)
    return engine


def _raw_json(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(RAW_JSON, connection)


def _times_in_utc(connection: Any, _record: Any) -> None:
    # The one SET that a transaction pooler keeps for its client: the server reports the zone to it when it changes.
    before, connection.autocommit = connection.autocommit, True
    with connection.cursor() as cursor:
        cursor.execute("SET timezone TO 'UTC'")
    connection.autocommit = before
