"""Take users over that another service had, with their ids, as often as one likes."""

import datetime

from paddles.accounts import addresses, groups, passwords, users
from paddles.accounts.access import NOBODY
from paddles.accounts.dumped import Dumped
from paddles.accounts.users import NewUser
from paddles.db.session import Session


def take(session: Session, found: Dumped, decoy: str, now: datetime.datetime) -> bool:
    """Store a user who is not here yet, and say whether that was so. Groups that it is in are made.

    Who is here, by id, or by name and address, stays as it is. A hash that cannot be compared here is replaced by
    ``decoy``, which nobody knows the password of.

    Raises:
        Taken: the name or the address is another user's.
    """
    if users.by_id(session, found.id) or _same(session, found):
        return False
    groups.ensure(session, sorted(found.groups), now)
    password = found.password if passwords.comparable(found.password) else decoy
    flags = {"is_active": found.is_active, "is_verified": found.is_verified, "is_superuser": found.is_superuser}
    users.create(
        session, NewUser(found.username, found.email, password, found.groups, id=found.id, **flags), NOBODY, now
    )
    return True


def _same(session: Session, found: Dumped) -> bool:
    named = users.by_name(session, found.username)
    return named is not None and addresses.key(named.email) == addresses.key(found.email)
