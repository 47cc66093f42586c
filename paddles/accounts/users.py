"""Users: made, found, changed and taken away."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text

from paddles.accounts import addresses, audit
from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.pages import OLDEST_FIRST, Order, Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict

ADD = text("""
    INSERT INTO users (id, username, email, email_key, password, is_active, is_verified, is_superuser, created)
    VALUES (:id, :username, :email, :email_key, :password, :is_active, :is_verified, :is_superuser, :now)
    ON CONFLICT DO NOTHING RETURNING id
""")
# Names and addresses are given to one user at a time: what was found free stays free until the end of the transaction.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7233465)")
# Whether the name, else the address, is another user's; nothing when neither is.
TAKEN = text("""
    SELECT username = :username FROM users WHERE id <> :id AND (username = :username OR email_key = :email_key)
    ORDER BY 1 DESC LIMIT 1
""")
CHANGE = text("""
    UPDATE users SET username = COALESCE(:username, username), email = COALESCE(:email, email),
        email_key = COALESCE(:email_key, email_key), password = COALESCE(:password, password),
        is_active = COALESCE(:is_active, is_active), is_verified = COALESCE(:is_verified, is_verified),
        is_superuser = COALESCE(:is_superuser, is_superuser), generation = generation + :moved
    WHERE id = :id
""")
VOID = text("UPDATE users SET generation = generation + 1 WHERE id = :id")
REHASH = text("UPDATE users SET password = :after WHERE id = :id AND password = :before")
DELETE = text("DELETE FROM users WHERE id = :id")
LEAVE = text("""
    DELETE FROM memberships USING groups WHERE groups.id = group_id AND user_id = :id AND name <> ALL(:names)
""")
# A group that is being taken away is waited for, and not joined.
JOIN = text("""
    INSERT INTO memberships (user_id, group_id)
    SELECT :id, id FROM (SELECT id FROM groups WHERE name = ANY(:names) ORDER BY id FOR KEY SHARE) AS there
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
LOCK = text(f"SELECT {COLUMNS} FROM users WHERE id = :id FOR UPDATE OF users")
BY_NAME = text(f"SELECT {COLUMNS} FROM users WHERE username = :username")
BY_EMAIL = text(f"SELECT {COLUMNS} FROM users WHERE email_key = :email_key")
FIELDS = ("id", "username", "email_key", "is_active", "is_verified", "is_superuser")
WANTED = """
    (CAST(:id AS text) IS NULL OR users.id = :id) AND (CAST(:username AS text) IS NULL OR username = :username)
    AND (CAST(:email_key AS text) IS NULL OR email_key = :email_key)
    AND (CAST(:is_active AS boolean) IS NULL OR is_active = :is_active)
    AND (CAST(:is_verified AS boolean) IS NULL OR is_verified = :is_verified)
    AND (CAST(:is_superuser AS boolean) IS NULL OR is_superuser = :is_superuser)
"""
_LIST = f"""
    SELECT {COLUMNS} FROM users WHERE {WANTED} AND (CAST(:after AS text) IS NULL OR users.id %s :after)
    ORDER BY users.id %s LIMIT :limit OFFSET :offset
"""
# By whether the newest come first.
LIST = {False: text(_LIST % (">", "ASC")), True: text(_LIST % ("<", "DESC"))}
COUNT = text(f"SELECT count(*) FROM users WHERE {WANTED}")
ANY_SUPERUSER = text("SELECT EXISTS (SELECT FROM users WHERE is_superuser AND is_active)")
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
    """Who is to become a user; ``password`` is a hash, ``groups`` are names of groups that there are.

    With an ``id`` it is one who had that elsewhere.
    """

    username: str
    email: str
    password: str = field(repr=False)
    groups: Sequence[str] = ()
    is_verified: bool = False
    is_superuser: bool = False
    is_active: bool = True
    id: str = ""


@dataclass(frozen=True)
class Changes:
    """What is to be another about a user; None for what stays. ``groups`` are all that it is in then."""

    username: str | None = None
    email: str | None = None
    password: str | None = field(default=None, repr=False)
    groups: Sequence[str] | None = None
    is_active: bool | None = None
    is_verified: bool | None = None
    is_superuser: bool | None = None


class Taken(Conflict):
    """There is another user of this name, or with this address where ``by_name`` is false."""

    def __init__(self, *, by_name: bool) -> None:
        super().__init__("the username is taken" if by_name else "the e-mail address is taken")
        self.by_name = by_name


def create(session: Session, new: NewUser, by: Principal, now: datetime.datetime) -> str:
    """Make a user and return its id.

    Raises:
        Taken: the name or the address is another user's.
    """
    session.execute(ONE_AT_A_TIME)
    email_key = addresses.key(new.email)
    values = {**vars(new), "id": new.id or object_ids.make(now)[0], "email_key": email_key, "now": now}
    user_id = session.scalar(ADD, values)
    if user_id is None:
        raise Taken(by_name=bool(session.scalar(TAKEN, {"id": "", "username": new.username, "email_key": email_key})))
    if new.groups:
        session.execute(JOIN, {"id": user_id, "names": list(new.groups)})
    audit.note(session, "user.created", f"/users/{user_id}", by, username=new.username, is_superuser=new.is_superuser)
    return str(user_id)


def change(session: Session, user: Row[Any], changes: Changes, by: Principal) -> None:
    """Change a user as :func:`locked` found it.

    A new password, and an end of activity, make the user's tokens void; a new address is not verified yet, unless
    ``changes`` say so.

    Raises:
        Taken: the name or the address is to become another user's.
    """
    said = {name: value for name, value in vars(changes).items() if value is not None}
    if changes.email and changes.email != user.email:
        said.setdefault("is_verified", False)
    if changes.username or changes.email:
        session.execute(ONE_AT_A_TIME)
        names = {"username": changes.username or user.username, "email_key": addresses.key(changes.email or user.email)}
        by_name = session.scalar(TAKEN, {"id": user.id, **names})
        if by_name is not None:
            raise Taken(by_name=bool(by_name))
    unsaid = dict.fromkeys(("username", "email", "password", "is_active", "is_verified", "is_superuser"))
    void = changes.password is not None or changes.is_active is False
    email_key = addresses.key(changes.email) if changes.email else None
    session.execute(CHANGE, {**unsaid, **said, "email_key": email_key, "id": user.id, "moved": int(void)})
    if changes.groups is not None:
        session.execute(LEAVE, {"id": user.id, "names": list(changes.groups)})
        session.execute(JOIN, {"id": user.id, "names": list(changes.groups)})
    audit.note(session, "user.changed", f"/users/{user.id}", by, username=user.username, changed=sorted(said))


def void(session: Session, user_id: str, by: Principal) -> None:
    """Make all tokens of a user void."""
    session.execute(VOID, {"id": user_id})
    audit.note(session, "user.logged_out", f"/users/{user_id}", by)


def rehash(session: Session, user_id: str, before: str, after: str) -> None:
    """Put a new hash of the same password in the place of the one from before, if that is still there."""
    session.execute(REHASH, {"id": user_id, "before": before, "after": after})


def delete(session: Session, user: Row[Any], by: Principal) -> None:
    """Take a user away."""
    session.execute(DELETE, {"id": user.id})
    audit.note(session, "user.deleted", f"/users/{user.id}", by, username=user.username)


def listed(
    session: Session, asked: Mapping[str, Any], page: Page, order: Order = OLDEST_FIRST
) -> tuple[Sequence[Row[Any]], int]:
    """Return part of the users that have the values ``asked``, in an order; and how many those are in all."""
    wanted = {**dict.fromkeys(FIELDS), **{name: asked[name] for name in FIELDS if name in asked}}
    part = {"limit": page.limit, "offset": page.offset, "after": order.after}
    rows = session.execute(LIST[order.newest_first], {**wanted, **part}).all()
    return rows, int(session.scalar(COUNT, wanted) or 0)


def everybody(session: Session) -> Sequence[Row[Any]]:
    """Return all users, as they were made."""
    return listed(session, {}, Page())[0]


def any_superuser(session: Session) -> bool:
    """Return whether there is an active user who may do everything."""
    return bool(session.scalar(ANY_SUPERUSER))


def by_id(session: Session, user_id: str) -> Row[Any] | None:
    """Return the user of this id with ``group_ids`` and names of ``groups``, both in one order; None for nobody."""
    return session.execute(BY_ID, {"id": user_id}).first()


def locked(session: Session, user_id: str) -> Row[Any] | None:
    """Return a user as :func:`by_id` does, to be changed: whoever else is about to waits for this transaction."""
    return session.execute(LOCK, {"id": user_id}).first()


def by_name(session: Session, username: str) -> Row[Any] | None:
    """Return the user of this name as :func:`by_id` does."""
    return session.execute(BY_NAME, {"username": username}).first()


def by_email(session: Session, email: str) -> Row[Any] | None:
    """Return the user with this address, however it is written, as :func:`by_id` does."""
    return session.execute(BY_EMAIL, {"email_key": addresses.key(email)}).first()


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
