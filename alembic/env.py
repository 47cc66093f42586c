"""How migrations run: in one transaction, one process at a time, on the database that the settings name.

They run while the service does: requests never wait long behind one that waits for a table. It gives up instead, and
tries again.
"""

import logging
import time
from logging.config import fileConfig
from typing import Any

from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from alembic import context
from paddles import settings
from paddles.accounts import models as _accounts  # noqa: F401
from paddles.archive import models as _archive  # noqa: F401 - their tables belong to the metadata
from paddles.db import models as _db  # noqa: F401
from paddles.db.base import Model
from paddles.events import models as _events  # noqa: F401
from paddles.ingest import models as _ingest  # noqa: F401
from paddles.lab import models as _lab  # noqa: F401
from paddles.nodes import models as _nodes  # noqa: F401
from paddles.telemetry import models as _telemetry  # noqa: F401

# Any number will do as long as nothing else uses it: two processes that migrate at once take turns.
MIGRATION_LOCK = 7_233_463
# A wait for one's turn, or within a statement, would stop those who build an index CONCURRENTLY: they wait for it.
TURN = text("SELECT pg_try_advisory_xact_lock(:lock)")
KEEP = text("SET LOCAL idle_in_transaction_session_timeout = 0")
TURN_PAUSE_S = 0.2
# For how long requests may stand behind a migration that waits for a table, and how long they then have for themselves.
IMPATIENCE = text("SET LOCAL lock_timeout = '1s'")
PAUSE_S = 1.0
GIVE_UP_S = 1800.0
# Lock not available, deadlock.
BUSY = ("55P03", "40P01")

# The table itself comes with one of them.
HAS_NOTES = text("SELECT to_regclass('migrations') IS NOT NULL")
NOTE = text("""
    INSERT INTO migrations (revision, applied) VALUES (:revision, now())
    ON CONFLICT (revision) DO UPDATE SET applied = excluded.applied
""")
STRIKE = text("DELETE FROM migrations WHERE revision = :revision")

log = logging.getLogger("alembic.paddles")

if context.config.config_file_name:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)


def url() -> str:
    """Return the URL of alembic.ini or of the settings; the embedded server serves whoever set neither."""
    named = context.config.get_main_option("sqlalchemy.url") or settings.load().migrations_url
    if named:
        return settings.normalise(named)
    from paddles.db import embedded  # noqa: PLC0415 - only needed, and only started, here

    return embedded.acquire(settings.load().home or embedded.default_home()).url


def offline() -> None:
    """Print the SQL instead of executing it (`alembic upgrade head --sql`)."""
    context.configure(dialect_name="postgresql", target_metadata=Model.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    """Execute the migrations."""
    engine = create_engine(url(), poolclass=pool.NullPool)
    give_up = time.monotonic() + GIVE_UP_S
    with engine.connect() as turn, engine.connect() as connection:
        take(turn)
        while not migrated(connection, last=time.monotonic() > give_up):
            log.warning("somebody uses what is to be changed; trying again")
            time.sleep(PAUSE_S)


def take(turn: Connection) -> None:
    """Wait until nobody else migrates; it is our turn until the transaction of ``turn`` ends."""
    while not turn.scalar(TURN, {"lock": MIGRATION_LOCK}):
        turn.rollback()
        time.sleep(TURN_PAUSE_S)
    turn.execute(KEEP)


def migrated(connection: Connection, *, last: bool) -> bool:
    """Run the migrations; return whether they are done, and not undone since others would have waited too long."""
    context.configure(connection=connection, target_metadata=Model.metadata, on_version_apply=note)
    try:
        with context.begin_transaction():
            connection.execute(IMPATIENCE)
            context.run_migrations()
    except DBAPIError as error:
        connection.rollback()
        if last or getattr(error.orig, "pgcode", None) not in BUSY:
            raise
        return False
    return True


def note(ctx: Any, step: Any, **_: Any) -> None:
    """Write down that a migration ran, or that it was undone."""
    connection = ctx.connection
    if connection.scalar(HAS_NOTES):
        done = NOTE if step.is_upgrade else STRIKE
        connection.execute(done, {"revision": step.up_revision_id})


if context.is_offline_mode():
    offline()
else:
    online()
