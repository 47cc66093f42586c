"""Groups: made, listed and taken away."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.accounts import audit
from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound
from paddles.events import log

ADD = text("INSERT INTO groups (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING RETURNING id")
ENSURE = text("""
    INSERT INTO groups (id, name) SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:names AS text[]))
    ON CONFLICT DO NOTHING
""")
BY_ID = text("SELECT id, name FROM groups WHERE id = :id")
LIST = text("""
    SELECT id, name FROM groups WHERE CAST(:name AS text) IS NULL OR name = :name
    ORDER BY id LIMIT :limit OFFSET :offset
""")
COUNT = text("SELECT count(*) FROM groups WHERE CAST(:name AS text) IS NULL OR name = :name")
MEMBER = text("""
    SELECT users.id, username FROM memberships JOIN users ON users.id = user_id
    WHERE group_id = :id ORDER BY username LIMIT :limit
""")
LOCK = text("SELECT name FROM groups WHERE id = :id FOR UPDATE")
MEMBERS = text("SELECT count(*) FROM memberships WHERE group_id = :id")
DELETE = text("DELETE FROM groups WHERE id = :id")
UNKNOWN = text("""
    SELECT name FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS asked (name, place)
    WHERE NOT EXISTS (SELECT FROM groups WHERE groups.name = asked.name) ORDER BY place LIMIT 1
""")
# The channel on which KernelCI's API tells of groups.
CHANNEL = "user_group"


def create(session: Session, name: str, by: Principal, now: datetime.datetime) -> str:
    """Make a group and return its id. Raises Conflict when there is one of that name."""
    group_id = session.scalar(ADD, {"id": object_ids.make(now)[0], "name": name})
    if group_id is None:
        raise Conflict(f"there is a group {name}")
    audit.note(session, "group.created", f"/groups/{group_id}", by, name=name)
    log.append(session, CHANNEL, "user_group.created", f"/groups/{group_id}", {"op": "created", "id": group_id})
    return str(group_id)


def ensure(session: Session, names: Sequence[str], now: datetime.datetime) -> None:
    """Make those of the groups that there are not, without anybody in them; no event tells of it."""
    missing = list(names)
    if unknown(session, missing) is not None:
        session.execute(ENSURE, {"ids": object_ids.make(now, len(missing)), "names": missing})


def by_id(session: Session, group_id: str) -> Row[Any] | None:
    """Return the ``id`` and ``name`` of a group, None when there is none."""
    return session.execute(BY_ID, {"id": group_id}).first()


def listed(session: Session, name: str | None, page: Page) -> tuple[Sequence[Row[Any]], int]:
    """Return part of the groups, or of those called ``name``, as they were made; and how many there are in all."""
    rows = session.execute(LIST, {"name": name, "limit": page.limit, "offset": page.offset}).all()
    return rows, int(session.scalar(COUNT, {"name": name}) or 0)


def members(session: Session, group_id: str, limit: int) -> Sequence[Row[Any]]:
    """Return the ``id`` and ``username`` of up to ``limit`` users who are in a group, by name."""
    return session.execute(MEMBER, {"id": group_id, "limit": limit}).all()


def unknown(session: Session, names: Sequence[str]) -> str | None:
    """Return the first of ``names`` that no group has, None when each has one."""
    return session.scalar(UNKNOWN, {"names": list(names)}) if names else None


def delete(session: Session, group_id: str, by: Principal, *, with_members: bool) -> str:
    """Take a group away, out of its users too, and return its name.

    Raises:
        NotFound: there is no such group.
        Conflict: it has members, and is not to be taken from them.
    """
    name: str | None = session.scalar(LOCK, {"id": group_id})
    if name is None:
        raise NotFound(f"there is no group {group_id}")
    if not with_members and session.scalar(MEMBERS, {"id": group_id}):
        raise Conflict(f"the group {name} has members")
    session.execute(DELETE, {"id": group_id})
    audit.note(session, "group.deleted", f"/groups/{group_id}", by, name=name)
    return name
