"""The first administrator: looked for when the service starts, and from time to time."""

import datetime

from paddles.accounts import first, passwords
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.settings import Settings


def ensure(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Make the administrator that the settings name where there is none yet; return how many were made."""
    if not settings.admin_password or not read(database, lambda session: first.wanted(session, settings)):
        return 0
    hashed = passwords.hashed(settings.admin_password, settings.password_memory_kib)
    return transact(database, lambda session: first.make(session, settings, hashed, now))
