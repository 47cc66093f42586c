"""The schema's migrations: where they are, how far a database is, and how to bring it up to date."""

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, pool, text

import paddles
from alembic import command
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound, Unavailable

CURRENT = text("SELECT version_num FROM alembic_version")
HAS_VERSIONS = text("SELECT to_regclass('alembic_version') IS NOT NULL")
NOTES = text("SELECT revision, applied FROM migrations")
HAS_NOTES = text("SELECT to_regclass('migrations') IS NOT NULL")


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


@dataclass(frozen=True)
class Step:
    """A migration: its name, what it is for, whether the database has had it, and when, where that is known."""

    revision: str
    about: str
    done: bool
    applied: datetime.datetime | None


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema; does nothing where it is there already.

    Raises:
        Unavailable: the database is at a schema that this version does not know.
    """
    try:
        command.upgrade(config(url), "head")
    except CommandError as error:
        raise Unavailable(f"the database cannot be brought to this version's schema: {error}") from None


def move(url: str, target: str, *, down: bool) -> None:
    """Bring the database at ``url`` to the schema of the revision ``target``, or to none with ``base``.

    Raises:
        Conflict: that is further back and ``down`` does not say that what came later may be lost, or the other way
            round.
        NotFound: there is no such migration.
    """
    known = [step.revision for step in _all()]
    if target not in ("head", "base", *known):
        raise NotFound(f"there is no migration {target}; there are {', '.join(known)}, head and base")
    with Session(create_engine(url, poolclass=pool.NullPool)) as session:
        at = current(session)
    place = {"base": -1, "head": len(known) - 1} | {revision: number for number, revision in enumerate(known)}
    if at is not None and at not in place:
        raise Conflict(f"the database is at migration {at}, which this version does not know")
    back = place[target] < place[at or "base"]
    if back != down:
        raise Conflict(f"the database is at {at or 'none'}: {target} is {'back' if back else 'not back'} from there")
    (command.downgrade if back else command.upgrade)(config(url), target)


def listed(session: Session) -> list[Step]:
    """Return all migrations, oldest first, those included that the database has yet to have."""
    at = current(session)
    applied: dict[str, datetime.datetime] = {}
    if session.scalar(HAS_NOTES):
        applied = {row.revision: row.applied for row in session.execute(NOTES)}
    known = _all()
    done = next((number for number, step in enumerate(known, 1) if step.revision == at), len(known) if at else 0)
    return [
        Step(step.revision, (step.doc or "").strip(), number <= done, applied.get(step.revision))
        for number, step in enumerate(known, 1)
    ]


@functools.cache
def _all() -> tuple[Any, ...]:
    return tuple(reversed(list(ScriptDirectory(str(directory())).walk_revisions())))


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
