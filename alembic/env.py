"""How migrations run: in one transaction, one process at a time, on the database that the settings name."""

from logging.config import fileConfig

from sqlalchemy import create_engine, pool, text

from alembic import context
from paddles import settings
from paddles.archive import models as _archive  # noqa: F401 - their tables belong to the metadata
from paddles.db.base import Model
from paddles.events import models as _events  # noqa: F401
from paddles.lab import models as _lab  # noqa: F401

# Any number will do as long as nothing else uses it: two processes that migrate at once take turns.
MIGRATION_LOCK = 7_233_463

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
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Model.metadata)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
