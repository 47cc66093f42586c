"""The first administrator, whom the settings name: made where nobody may do everything yet."""

import datetime
import logging

from paddles.accounts import addresses, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import NewUser
from paddles.db.session import Session
from paddles.settings import Settings

log = logging.getLogger(__name__)


def wanted(session: Session, settings: Settings) -> bool:
    """Return whether the settings name an administrator, and there is none yet."""
    return bool(settings.admin_password) and not users.any_superuser(session)


def make(session: Session, settings: Settings, hashed: str, now: datetime.datetime) -> int:
    """Make the administrator that the settings name, with the hash of its password; return how many were made.

    One process makes it however many try at once. A user who has the name, or the address, already is left as it is.

    Raises:
        Invalid: the address is none.
    """
    session.execute(users.ONE_AT_A_TIME)
    if users.any_superuser(session):
        return 0
    name = settings.admin_user or "admin"
    email = addresses.checked(settings.admin_email or f"{name}@localhost")
    try:
        users.create(session, NewUser(name, email, hashed, is_verified=True, is_superuser=True), NOBODY, now)
    except users.Taken as error:
        log.warning("no administrator was made: %s", error)
        return 0
    log.info("the administrator %s was made", name)
    return 1
