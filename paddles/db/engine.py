"""Two ways to one database: a writer that works in transactions, a reader that PostgreSQL keeps from writing."""

from dataclasses import dataclass
from typing import Any

import psycopg2.extensions
from sqlalchemy import Engine, create_engine, event

from paddles.db import embedded
from paddles.settings import Settings

# The type ids of json and jsonb in PostgreSQL's catalogue (src/include/catalog/pg_type.dat).
JSON_OIDS = (114, 3802)
RAW_JSON = psycopg2.extensions.new_type(JSON_OIDS, "RAW_JSON", psycopg2.extensions.BYTES)


# Nothing waits for ever for somebody's forgotten transaction, and none of ours is forgotten.
WAITS = "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True)
class Database:
    """Where units of work get their sessions from."""

    writer: Engine
    reader: Engine
    url: str

    def dispose(self) -> None:
        """Close every idle connection."""
        self.writer.dispose()
        self.reader.dispose()


def connect(settings: Settings) -> Database:
    """Return the database of ``settings``; with no URL set, the embedded server, started when it does not run."""
    url = settings.database_url
    if not url:
        url = embedded.acquire(settings.home or embedded.default_home()).url
    return Database(
        writer=_engine(url, settings, f"-c timezone=UTC {WAITS}"),
        reader=_engine(
            url, settings, "-c timezone=UTC -c default_transaction_read_only=on", isolation_level="AUTOCOMMIT"
        ),
        url=url,
    )


def _engine(url: str, settings: Settings, at_start: str, **options: Any) -> Engine:
    # A transaction pooler refuses start-up options: reads are then kept from writing by the code alone, and the zone
    # is the server's.
    more = {} if settings.database_pooler else {"options": at_start}
    options["connect_args"] = {"application_name": "paddles", "connect_timeout": CONNECT_TIMEOUT_S, **more}
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
    return engine


def _raw_json(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(RAW_JSON, connection)
