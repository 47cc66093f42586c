"""The KernelCI face's words: its names for what the core knows, both ways. Pure."""

import datetime
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from paddles.accounts import access
from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.pages import Page
from paddles.errors import Fault, Malformed

NOBODYS_ID = "0" * object_ids.LENGTH


def timestamp(moment: datetime.datetime | None) -> str | None:
    """Return a moment as the API writes it: UTC without saying so, no fraction when it is zero."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat() if moment else None


def page(items: Iterable[Any], total: int | None, part: Page) -> dict[str, Any]:
    """Return part of a list, and where in the list it is."""
    return {"items": list(items), "total": total, "limit": part.limit, "offset": part.offset}


def misplaced(name: str, message: str, value: str) -> Malformed:
    """Return the refusal of a part of the path that is not what stands there: 422, ``loc`` is ``["path", name]``."""
    return Malformed(f"{name}: {message}", (Fault("value_error", ("path", name), message, value[:200]),))


def user(row: Any, asker: Principal) -> dict[str, Any]:
    """Return a user as ``asker`` may see it: the address is for the user and for superusers alone."""
    shown = {
        "id": row.id,
        "email": row.email,
        "is_active": row.is_active,
        "is_superuser": row.is_superuser,
        "is_verified": row.is_verified,
        "username": row.username,
        "groups": [group(*pair) for pair in zip(row.group_ids, row.groups, strict=True)],
    }
    if not access.reads_address(asker, row.id):
        del shown["email"]
    return shown


def id_or_none(text: str) -> str:
    """Return an id that a path holds, in lower case; what is none is nobody's."""
    return text.lower() if len(text) == object_ids.LENGTH and object_ids.DIGITS.issuperset(text) else NOBODYS_ID


def group(group_id: str, name: str) -> dict[str, str]:
    """Return a group."""
    return {"id": group_id, "name": name}


class GroupShown(BaseModel):
    """A group."""

    id: str
    name: str


class UserShown(BaseModel):
    """A user; the address is for the user and for administrators."""

    id: str
    email: str | None = None
    is_active: bool
    is_superuser: bool
    is_verified: bool
    username: str
    groups: list[GroupShown]


class UserPage(BaseModel):
    """Part of the users."""

    items: list[UserShown]
    total: int
    limit: int
    offset: int


class GroupPage(BaseModel):
    """Part of the groups."""

    items: list[GroupShown]
    total: int
    limit: int
    offset: int
