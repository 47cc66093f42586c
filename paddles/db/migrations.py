"""The schema's migrations: where they are, how far a database is, and how to bring it up to date."""

import functools
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

import paddles
from alembic import command
from paddles.db.session import Session
from paddles.errors import Unavailable

CURRENT = text("SELECT version_num FROM alembic_version")
HAS_VERSIONS = text("SELECT to_regclass('alembic_version') IS NOT NULL")


def config(url: str) -> Config:
    """Return Alembic's configuration for the database at ``url``; needs no ``alembic.ini``."""
    made = Config()
    made.set_main_option("script_location", str(directory()))
    # Alembic interpolates %; a password may hold one.
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def directory() -> Path:
    """Return the folder of the migrations: beside the package in a checkout, inside it when installed."""
    package = Path(paddles.__file__).parent
    checkout = package.parent / "alembic"
    return checkout if (checkout / "env.py").exists() else package / "alembic"


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema; does nothing where it is there already.

    Raises:
        Unavailable: the database is at a schema that this version does not know.
    """
    try:
        command.upgrade(config(url), "head")
    except CommandError as error:
        raise Unavailable(f"the database cannot be brought to this version's schema: {error}") from None


@functools.cache
def head() -> str:
    """Return the revision that this code needs."""
    revision = ScriptDirectory(str(directory())).get_current_head()
    if revision is None:
        raise RuntimeError(f"no migrations in {directory()}")
    return revision


def fits(revision: str | None) -> bool:
    """Return whether this code can serve from a database at ``revision``: the one that it needs, or one after it.

    While a release is rolled out the database is ahead of the processes that are yet to be replaced. Its migrations
    leave them what they use.
    """
    newest = head()
    return revision is not None and (revision == newest or (revision.isdecimal() and int(revision) > int(newest)))


def current(session: Session) -> str | None:
    """Return the revision of the database, None when it was never migrated."""
    return session.scalar(CURRENT) if session.scalar(HAS_VERSIONS) else None
