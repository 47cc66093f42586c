"""Users: made, found, changed and taken away."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.accounts import addresses
from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict

ADD = text("""
    INSERT INTO users (id, username, email, email_key, password, is_verified, is_superuser, created)
    VALUES (:id, :username, :email, :email_key, :password, :is_verified, :is_superuser, :now)
    ON CONFLICT DO NOTHING RETURNING id
""")
# What is wrong when a user could not be made or renamed: the name or the address is another user's.
TAKEN = text(
    "SELECT username = :username FROM users WHERE username = :username OR email_key = :email_key ORDER BY 1 DESC"
)
JOIN = text("""
    INSERT INTO memberships (user_id, group_id) SELECT :id, groups.id FROM groups WHERE name = ANY(:names)
    ON CONFLICT DO NOTHING
""")
COLUMNS = """
    users.id, username, email, password, is_active, is_verified, is_superuser, generation,
    ARRAY(SELECT groups.id FROM memberships JOIN groups ON groups.id = group_id
          WHERE user_id = users.id ORDER BY groups.id) AS group_ids,
    ARRAY(SELECT groups.name FROM memberships JOIN groups ON groups.id = group_id
          WHERE user_id = users.id ORDER BY groups.id) AS groups
"""
BY_ID = text(f"SELECT {COLUMNS} FROM users WHERE id = :id")
BY_NAME = text(f"SELECT {COLUMNS} FROM users WHERE username = :username")
# With the key that tokens are signed with where the settings give none, so that a request asks once.
SPOKEN_FOR = hot(
    """
    SELECT id, username, email, is_superuser, is_verified, generation,
        (SELECT value FROM signing_keys WHERE name = 'tokens') AS key,
        ARRAY(SELECT groups.name FROM memberships JOIN groups ON groups.id = group_id
              WHERE user_id = users.id ORDER BY groups.id) AS groups
    FROM users WHERE id = :id AND is_active
    """,
    "id username email is_superuser is_verified generation key groups",
)


@dataclass(frozen=True)
class NewUser:
    """Who is to become a user; ``password`` is a hash, ``groups`` are names of groups that there are."""

    username: str
    email: str
    password: str
    groups: Sequence[str] = ()
    is_verified: bool = False
    is_superuser: bool = False


class Taken(Conflict):
    """There is another user of this name, or with this address where ``by_name`` is false."""

    def __init__(self, *, by_name: bool) -> None:
        super().__init__("the username is taken" if by_name else "the e-mail address is taken")
        self.by_name = by_name


def create(session: Session, new: NewUser, now: datetime.datetime) -> str:
    """Make a user and return its id.

    Raises:
        Taken: the name or the address is another user's.
    """
    email_key = addresses.key(new.email)
    values = {"id": object_ids.make(now)[0], "username": new.username, "email": new.email, "email_key": email_key}
    flags = {"is_verified": new.is_verified, "is_superuser": new.is_superuser}
    user_id = session.scalar(ADD, {**values, **flags, "password": new.password, "now": now})
    if user_id is None:
        raise taken(session, new.username, email_key)
    if new.groups:
        session.execute(JOIN, {"id": user_id, "names": list(new.groups)})
    return str(user_id)


def taken(session: Session, username: str, email_key: str) -> Taken:
    """Return why there is no room for a user of this name and address."""
    return Taken(by_name=bool(session.scalar(TAKEN, {"username": username, "email_key": email_key})))


def by_id(session: Session, user_id: str) -> Row[Any] | None:
    """Return the user of this id with ``group_ids`` and names of ``groups``, both in one order; None for nobody."""
    return session.execute(BY_ID, {"id": user_id}).first()


def by_name(session: Session, username: str) -> Row[Any] | None:
    """Return the user of this name as :func:`by_id` does."""
    return session.execute(BY_NAME, {"username": username}).first()


def spoken_for(session: Session, user_id: str) -> Row[Any] | None:
    """Return the active user of this id as requests need it, with the service's own ``key``; None for nobody."""
    return session.execute(SPOKEN_FOR, {"id": user_id}).first()


def principal(row: Row[Any] | Mapping[str, Any]) -> Principal:
    """Return whom a row of :func:`spoken_for` is."""
    said: Any = row._mapping if isinstance(row, Row) else row
    return Principal(
        id=said["id"],
        username=said["username"],
        email=said["email"],
        groups=tuple(said["groups"]),
        is_superuser=said["is_superuser"],
        is_verified=said["is_verified"],
    )
